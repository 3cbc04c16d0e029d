"""Storms over a daemon: real rounds, workers, connector and limits on a clock that needs no waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from bridge.daemon import Daemon
from bridge.engine.engine import Engine
from bridge.engine.routing import lane_of
from bridge.model.decisions import Decision
from bridge.model.deliveries import OPEN, State, delivery_id
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.model.protocols import Connector
from bridge.model.records import Ref
from bridge.testing import FakeClock, MemoryStore
from tests.engine.office import agency
from tests.virtual_time import VirtualPool, VirtualTime

BEGIN = datetime(2026, 12, 1, 0, 55, tzinfo=UTC)
"""Five minutes before Planfix is listed whole."""


class Moving(FakeClock):
    """The time of day that goes with a virtual time."""

    def __init__(self, time: VirtualTime, begin: datetime) -> None:
        super().__init__(begin)
        self._time, self._begin = time, begin

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._time.now())


class Storm:
    """A daemon with one connector, `refs` it knows, and as much at once as `lives` do; over after so many seconds."""

    name = ""
    begin = BEGIN
    polled_every = 60.0
    calls = rejected = 0
    """How many requests the system got, and how many of them it refused as too many."""

    def __init__(self, time: VirtualTime, lasts: float) -> None:
        self.time, self.lasts = time, lasts
        self.clock = Moving(time, self.begin)
        self.store = MemoryStore()  # good enough: of those who live by a virtual time one is awake
        self.refs: Sequence[Ref] = ()
        self.wanted = self.acts = 0
        self.connector = self.connected()
        self.engine = self.assembled()
        self.daemon = Daemon(self.engine, {})

    def connected(self) -> Connector:
        """The connector to a system with all its `refs`."""
        raise NotImplementedError

    def assembled(self) -> Engine:
        """What the daemon runs: an agency that has this one system."""
        return Engine(self.store, {self.name: self.connector}, agency(), self.clock)

    def lives(self) -> Sequence[Callable[[], None]]:
        """What goes on beside rounds and polls."""
        raise NotImplementedError

    def blow(self) -> None:
        with capture_logs():
            self.time.live(self._first_reading)
            self.time.live(self._rounds, self._polls, *self.lives())

    @property
    def over(self) -> bool:
        return self.time.now() >= self.lasts

    def _first_reading(self) -> None:
        self.engine.pull(self.name)

    def _rounds(self) -> None:
        """As the daemon's own loop: whenever something happened, and once a second."""
        worked = 0.0
        while not self.over:
            if self.daemon._wake.is_set() or self.time.now() >= worked + 1:
                self.daemon._wake.clear()
                worked = self.time.now()
                self.daemon.work()
            self.time.sleep(0.25)

    def _polls(self) -> None:
        while not self.over:
            self.daemon.read(self.name)
            self.time.sleep(self.polled_every)

    def act(self, decision: Decision, thing: int) -> None:
        """What follows at once from something that a person did."""
        self.acts += 1
        self.want(decision, thing)

    def want(self, decision: Decision, thing: int, *, background: bool = False) -> str:
        """Gives the id of the delivery."""
        self.wanted += 1
        with self.store.intake(self.clock.now()) as intake:
            subject = intake.local(self.refs[thing])
            wanted = Wanted(f"k{self.wanted}", decision, subject, Cause(""), background=background)
            intake.want(wanted, client="", connector=self.name, lane=lane_of(wanted, ""))
        self.daemon.wake()
        return delivery_id(wanted.key)

    def is_open(self, delivery: str) -> bool:
        """Whether a delivery is still to be made."""
        return any(row.state in OPEN for row in self.store.deliveries(delivery=delivery))

    def waited(self, *, background: bool) -> list[float]:
        """How long each took that is done, in seconds."""
        rows = [
            row for row in self.store.deliveries(states=[State.CONFIRMED], limit=100000) if row.background is background
        ]
        return [(row.ended_at - row.created_at).total_seconds() for row in rows if row.ended_at is not None]

    def told(self) -> str:
        """What came of it."""
        people = self.waited(background=False)
        return (
            f"{self.name}: {self.calls} requests, {self.rejected} refused; {len(people)} acts of people, "
            f"the longest wait {max(people):.1f} s; {len(self.waited(background=True))} of the backfill"
        )


_Kind = TypeVar("_Kind", bound=Storm)


@contextmanager
def blown(kind: type[_Kind], lasts: float) -> Iterator[_Kind]:
    """A storm of so many seconds, when it is over."""
    time = VirtualTime()
    with pytest.MonkeyPatch.context() as patch:
        for place in ("bridge.daemon", "bridge.engine.rereading"):
            patch.setattr(f"{place}.ThreadPoolExecutor", partial(VirtualPool, time))
            patch.setattr(f"{place}.time", SimpleNamespace(monotonic=time.now))
        storm = kind(time, lasts)
        try:
            storm.blow()
            yield storm
        finally:
            storm.store.close()
