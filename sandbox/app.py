"""The sandbox as a whole: time, journal, faults, limits and the services, and the ASGI app that serves them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from starlette.applications import Starlette
from starlette.types import ASGIApp

from sandbox.clock import ClockMode, SandboxClock
from sandbox.control import control_routes
from sandbox.faults import Faults
from sandbox.gateway import Gateway, Service
from sandbox.google import Forms, Google
from sandbox.journal import Journal
from sandbox.limits import Limits, LimitsMode, Monotonic
from sandbox.people import People
from sandbox.planfix import Planfix
from sandbox.play import play_routes
from sandbox.telegram import Telegram
from sandbox.trello import Trello
from sandbox.world import seed

WorldName = Literal["demo", "empty"]

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Kyiv."""


class Sandbox:
    """Owns the state of all stand-ins. Every state class shares one `lock`, so people and requests do not collide.

    Time stands at `start` until it is moved, unless `clock_mode` is "real". `services` replaces the stand-ins.
    """

    def __init__(
        self,
        world: WorldName = "demo",
        limits: LimitsMode = "off",
        start: datetime = START,
        clock_mode: ClockMode = "frozen",
        services: Sequence[Service] | None = None,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self.clock = SandboxClock(start, clock_mode)
        self.next_timer: datetime | None = None
        """When whoever works on the stand-ins has something planned next; told over the control route."""
        self.lock = threading.RLock()
        self.journal = Journal()
        self.faults = Faults()
        self.limits = Limits(limits, monotonic)
        self.base_url = "http://127.0.0.1:8090"
        """Where it is served; set by the server before the first request."""
        self.trello = Trello(self.clock, self.lock)
        self.planfix = Planfix(self.clock, self.lock)
        self.google = Google(self.clock, self.lock)
        self.forms = Forms(self.google)
        self.telegram = Telegram(self.clock, self.lock)
        offered: list[Service] = [self.trello, self.planfix, self.google, self.forms, self.telegram]
        self.services = list(services) if services is not None else offered
        self.people = People(self)
        if world == "demo":
            seed(self)

    def asgi(self) -> ASGIApp:
        """The ASGI app: the services behind their prefixes, the control routes under `/sandbox`, the page at `/`."""
        rest = Starlette(routes=[*control_routes(self), *play_routes(self)])
        return Gateway(self.services, rest, self.clock, self.journal, self.faults, self.limits)
