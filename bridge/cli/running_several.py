"""`bridge run` for several workspaces: each works in a thread of its own, and none stops another."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import chain

import structlog
from structlog.contextvars import bound_contextvars

from bridge.cli.room import engine_at_work
from bridge.daemon import Daemon, until_told
from bridge.engine.clock import SystemClock
from bridge.engine.engine import Engine
from bridge.logs import set_up_logs
from bridge.model.errors import BridgeError, ConfigError
from bridge.model.protocols import Pace
from bridge.ping import Ping
from bridge.store import Store
from bridge.store.database import file_of
from bridge.store.keeping import NOT_STARTED
from bridge.web.app import web_app
from bridge.web.gate import Gate
from bridge.web.server import serving
from bridge.web.several import several_app
from bridge.wiring.agency import Agency
from bridge.wiring.connect import limits_of
from bridge.wiring.hooks import hooks
from bridge.wiring.renewal import Renewal
from bridge.wiring.settings import Settings, shown
from bridge.wiring.shadow import shadow_polls, shadow_settings
from bridge.wiring.shared_limits import SharedLimits, secrets_behind
from bridge.wiring.workspaces import chosen, settings_here

log = structlog.get_logger(__name__)

_AGAIN, _PING = 60.0, 60.0
"""Seconds until a workspace that could not begin tries again; and between two signs of life."""
_STOPPING = 30.0
"""Seconds in which all workspaces let what is under way end: each takes ten at most."""


class Workspace:
    """One workspace at work in its thread; while it cannot work, it tries again every minute."""

    def __init__(self, name: str, house: House, *, shadow: bool) -> None:
        self.name = name
        self.gate = Gate()
        self.trouble = ""
        self.engine: Engine | None = None
        self.daemon: Daemon | None = None
        self._house = house
        self._shadow = shadow
        self._thread = threading.Thread(target=self._work_on, name=f"workspace-{name}", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end."""
        if self.daemon is not None:
            self.daemon.stop()

    def join(self, seconds: float) -> None:
        """Waits until it has ended; not at all where it never began."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    @property
    def healthy(self) -> bool:
        """Whether it works, and its clients are served."""
        return not self.trouble and (self.daemon is None or self.daemon.healthy)

    def _work_on(self) -> None:
        with chosen(self.name), bound_contextvars(workspace=self.name):
            while not self._house.stopped.is_set():
                try:
                    self._work()
                except ConfigError as error:
                    self._broken(error.findings[0] if error.findings else error)
                    for finding in error.findings:
                        log.error("workspace not started", finding=str(finding))
                except BridgeError as error:
                    self._broken(error)
                    log.error("workspace not started", error=str(error))
                except Exception as error:
                    self._broken(error)
                    log.exception("workspace broke")
                self._house.stopped.wait(_AGAIN if self.trouble else 0)

    def _work(self) -> None:
        """Works until the house stops. Raises what keeps it from working."""
        with engine_at_work(SystemClock(), shadow=self._shadow, pace=self._pace) as (engine, settings, agency):
            polls = agency.of_each_account(shadow_polls(agency.polls) if self._shadow else agency.polls)
            daemon = Daemon(engine, polls, None, Renewal(engine, settings), self.name)
            self._house.hide(self.name, settings)
            self.gate.open(web_app(engine, daemon, hooks(settings, agency)))
            self.engine, self.daemon, self.trouble = engine, daemon, ""
            engine.store.remember(NOT_STARTED, "")
            if self._house.stopped.is_set():
                return
            try:
                daemon.work_on()
            finally:
                self.gate.shut()
                self.engine = self.daemon = None

    def _pace(self, settings: Settings, agency: Agency) -> Pace:
        limits = limits_of(agency)
        return self._house.limits.pace(self.name, limits, secrets_behind(settings, agency, limits))

    def _broken(self, why: object) -> None:
        self.trouble = str(why)
        self.gate.shut(self.trouble)
        with suppress(BridgeError):
            settings = settings_here()
            settings = shadow_settings(settings) if self._shadow else settings
            file = file_of(settings.database_url)
            if file is not None and file.is_file():  # who cannot begin makes none
                with closing(Store(settings.database_url)) as store:
                    store.remember(NOT_STARTED, self.trouble)


class House:
    """All workspaces of a process: its web server, its log, its sign of life, and the limits they share."""

    def __init__(self, common: Settings, names: Sequence[str], *, shadow: bool = False) -> None:
        self.stopped = threading.Event()
        self.limits = SharedLimits()
        self._common = common
        self._secrets: dict[str, Settings] = {}
        self._lock = threading.Lock()
        set_up_logs(common)
        self._ping = Ping() if shadow else Ping(common.ping.file, shown(common.ping.url))
        self.workspaces: Mapping[str, Workspace] = {name: Workspace(name, self, shadow=shadow) for name in names}

    def run(self) -> None:
        """Works until SIGTERM or SIGINT. Raises AddressTaken before anything is started."""
        until_told(self.stopped.set)
        with serving(several_app(self.workspaces), self._common.web.host, self._common.web.port):
            self.start()
            while not self.stopped.wait(_PING):
                self.send_ping()
            self.stop()

    def start(self) -> None:
        """Begins all of them; none waits for another."""
        for workspace in self.workspaces.values():
            workspace.start()

    def stop(self) -> None:
        """Ends all of them at once, and waits until what is under way has ended."""
        self.stopped.set()
        for workspace in self.workspaces.values():
            workspace.stop()
        for workspace in self.workspaces.values():
            workspace.join(_STOPPING)

    def send_ping(self) -> None:
        """One sign of life for all: of trouble, when one of them is in trouble."""
        healthy = all(workspace.healthy for workspace in self.workspaces.values())
        engines = (workspace.engine for workspace in self.workspaces.values())
        alarms = chain.from_iterable(engine.watcher.holding for engine in engines if engine is not None)
        self._ping.send(datetime.now(UTC), healthy, list(alarms))

    def hide(self, name: str, settings: Settings) -> None:
        """From now on no log shows a secret of these settings either."""
        with self._lock:
            self._secrets[name] = settings
            set_up_logs(self._common, *self._secrets.values())
