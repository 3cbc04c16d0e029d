"""`bridge run`: takes the database, listens, loads the rules, and works until it is told to stop."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from types import FrameType
from typing import NoReturn

from bridge.cli.errors import GOOD
from bridge.cli.room import database_held, engine_at_work
from bridge.daemon import Daemon, leave
from bridge.engine.clock import SystemClock
from bridge.logs import set_up_logs
from bridge.ping import Ping
from bridge.web.app import web_app
from bridge.web.gate import Gate
from bridge.web.server import WebServer
from bridge.wiring.hooks import hooks
from bridge.wiring.renewal import Renewal
from bridge.wiring.settings import Settings, load_settings, shown
from bridge.wiring.shadow import shadow_polls, shadow_settings
from bridge.wiring.workspaces import settings_here, unchosen


def run(shadow: bool) -> None:
    """Runs the daemon. Raises ConfigError, AddressTaken, and StoreError that names who holds the database.

    It listens once the database is its own; callers are asked to come again until the rules are loaded. The web is
    closed before the store, whatever happens.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    common = load_settings()
    if common.workspaces:
        _run_several(common, unchosen() or (settings_here().workspace,), shadow)
    settings = settings_here()
    set_up_logs(settings)
    gate = Gate()
    with (
        database_held(shadow_settings(settings) if shadow else settings) as lock,
        closing(WebServer(gate, settings.web.host, settings.web.port)) as web,
        engine_at_work(SystemClock(), shadow=shadow, lock=lock) as (engine, settings, agency),
        closing(web),
    ):
        polls = agency.of_each_account(shadow_polls(agency.polls) if shadow else agency.polls)
        ping = Ping() if shadow else Ping(settings.ping.file, shown(settings.ping.url))
        daemon = Daemon(engine, polls, ping, Renewal(engine, settings))
        gate.open(web_app(engine, daemon, hooks(settings, agency)))
        gc.freeze()  # all this lives as long as the process: later searches for garbage pass it by
        daemon.run()
    leave()


def _run_several(common: Settings, names: Sequence[str], shadow: bool) -> NoReturn:
    """Runs these workspaces, and ends the process after them."""
    from bridge.cli.running_several import House  # what one agency has no use for

    House(common, names, shadow=shadow).run()
    leave()


def _end(_number: int, _frame: FrameType | None) -> None:
    """Told to stop before it works: what was opened is closed, as after work."""
    sys.exit(GOOD)
