"""The daemon: polls, a one-second tick, delivery workers and the web app in one process, until it is told to stop."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bind_contextvars, bound_contextvars

from bridge.engine.accounts import system_of
from bridge.engine.clock import CLOCK_KEY
from bridge.engine.engine import Engine
from bridge.engine.rereading import Rereader
from bridge.model.errors import BridgeError, ConnectorError, SourceEmptied, StoreError
from bridge.model.protocols import Subscribing
from bridge.model.records import Heard
from bridge.model.values import moment_text
from bridge.ping import Ping
from bridge.store.rehearsal import rehearse
from bridge.store.rows import Row

log = structlog.get_logger(__name__)

_WORKERS = {"trello": 4, "telegram": 4, "planfix": 2}
_KEPT = {"planfix": 1}
"""So many workers are kept for what people wait for: at a request a second all else would stand in their way."""
_AHEAD = 2
"""So many deliveries are claimed for each worker: the next lies ready when one is done, and half as many claims are
made. Those that a stop leaves lying are claimed anew at the next start."""
_TICK = 1.0
_LET_GO = 600.0
_READ_AGAIN = 20.0
_SOON = 1.0
"""Seconds for which a client is not planned because a delivery to him is under way: its receipt is planned with him."""
_WATCH, _PING = 30.0, 60.0
_MENUS = 600.0
"""Seconds between two looks whether all commands are offered; most of them find nothing to do."""
_WEBHOOKS, _SERVED = 3600.0, timedelta(seconds=20)
"""Seconds between two looks after webhooks; the first when pages are served: a system tries the address first."""
_RULES = 2.0
"""Seconds between two looks whether other rules were put in force."""
_STUCK = 120.0
"""Seconds without a round, or without a look at itself, after which it counts as stuck: longer than any call takes."""
_GARBAGE = 10_000, 20, 20
"""How many new objects are looked through for garbage at once: Python's own 700 come together in half an event."""
_DRAIN = timedelta(seconds=10)
_TIME_KEPT = 30.0
"""Seconds between two notes of what time it is while there is nothing to do; with work, one a second."""


class Daemon:
    """Runs an engine. `polls` are seconds between two readings by connector; `ping` tells outsiders that it lives.

    `renew` has the engine go on by other rules when there are any, and tells whether there were. With a `workspace`
    every line that is logged names it.

    Everything it does is safe to repeat, so it may die on any line: what was not written down is done again.
    """

    def __init__(
        self,
        engine: Engine,
        polls: Mapping[str, float],
        ping: Ping | None = None,
        renew: Callable[[], bool] = lambda: False,
        workspace: str = "",
    ) -> None:
        self._names = {"workspace": workspace} if workspace else {}
        self._engine = engine
        self._renew = renew
        self._ping = ping or Ping()
        self._polls = {name: polls.get(name, 60.0) for name, one in engine.connectors.items() if one.sources}
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._wake = threading.Event()
        self.stopped = threading.Event()
        self._reading = {name: threading.Lock() for name in engine.connectors}
        self._pools = {
            name: ThreadPoolExecutor(
                _workers(name),
                thread_name_prefix=f"deliver-{name}",
                initializer=partial(bind_contextvars, **self._names),
            )
            for name in ["", *engine.connectors]
        }
        self._rereaders = {name: Rereader(engine, name, self._wake.set, self._names) for name in engine.connectors}
        self._busy = dict.fromkeys(self._pools, 0)
        self._unhurried = dict.fromkeys(self._pools, 0)
        self._busy_lock = threading.Lock()
        self._under_way: dict[str, tuple[str, float]] = {}
        """By delivery: whose it is, and since when it is under way (monotonic seconds)."""
        self._round_at = self._watched_at = time.monotonic()
        self._time_kept_at: float | None = None
        self._read_for: dict[str, float] = {}
        """What waits for a fresh reading, and when it was last read for (monotonic seconds)."""

    def run(self, beside: Callable[[], None] | None = None) -> None:
        """Works until SIGTERM or SIGINT; then lets what is under way end, ten seconds at most.

        `beside` is called once everything runs. Call it from the main thread.
        """
        until_told(self.stop)
        self.start()
        threading.Thread(target=rehearse, name="rehearsal", daemon=True).start()
        try:
            if beside is not None:
                beside()
            self.loop()
        finally:
            self.drain()

    def work_on(self) -> None:
        """The same in a thread, until `stop` is called: one of several daemons of a process."""
        with bound_contextvars(**self._names):
            self.start()
            try:
                self.loop()
            finally:
                self.drain()

    def start(self) -> None:
        """Starts the polls and the tick. First what the process before this one left open is told and handed out."""
        self._engine.take_up()
        self._hand_out()  # what was left open goes before anything is read
        at_once = datetime.now(UTC)
        jobs: list[tuple[str, float, Callable[[], None]]] = [
            (f"poll-{name}", seconds, partial(self.read, name)) for name, seconds in sorted(self._polls.items())
        ]
        for name, seconds, work in [*jobs, ("tick", _TICK, self._wake.set)]:
            self._scheduler.add_job(
                self._named(work),
                "interval",
                seconds=seconds,
                id=name,
                next_run_time=at_once,
                max_instances=1,
                coalesce=True,
            )
        for name, seconds, work in [
            ("rules", _RULES, self.look_for_rules),
            ("watch", _WATCH, self.watch),
            ("ping", _PING, self.send_ping),
            ("let-go", _LET_GO, self.let_go),
        ]:
            job = self._named(work)
            self._scheduler.add_job(job, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True)
        for name, seconds, begins, work in [
            ("webhooks", _WEBHOOKS, at_once + _SERVED, self.keep_webhooks),
            ("menus", _MENUS, at_once, self.keep_menus),
        ]:
            job = self._named(work)
            self._scheduler.add_job(job, "interval", seconds=seconds, id=name, next_run_time=begins, max_instances=1)
        self._scheduler.start()
        log.info("running", polls=self._polls)

    def _named(self, work: Callable[[], None]) -> Callable[[], None]:
        """The same work, with the workspace on every line that it logs."""
        if not self._names:
            return work

        def named() -> None:
            with bound_contextvars(**self._names):
                work()

        return named

    def stop(self) -> None:
        """Asks it to end."""
        self.stopped.set()
        self._wake.set()

    def loop(self) -> None:
        """Plans and hands out deliveries whenever something happened, and once a second."""
        while not self.stopped.is_set():
            self._wake.wait()
            self._wake.clear()
            if self.stopped.is_set():
                return
            self.work()

    @property
    def still_for(self) -> float:
        """Seconds since the last round began; a daemon that works begins one every second."""
        return time.monotonic() - self._round_at

    def work(self) -> None:
        """One round: read again what something waits for, plan, tell, hand out. Does nothing when nothing is due."""
        self._round_at = time.monotonic()
        try:
            due = self._engine.store.due(self._engine.clock.now())
            self._keep_time(_TICK if due.anything else _TIME_KEPT)
            if due.deliveries:
                self._hand_out()  # first, so that what follows in a lane is under way before its client is planned
            if due.waits:
                self._refresh()
                self._engine.tell_waits()
            wanted = self._engine.plan_due(self._not_yet())[1] if due.plans or due.waits else 0
            if due.asked:
                self._engine.tell_missed()
            if wanted or due.waits or due.asked:
                self._hand_out()
        except StoreError as error:
            self._database_refused(error)
        except BridgeError:
            log.exception("round failed")
        finally:
            self._engine.tally.took("round", time.monotonic() - self._round_at)

    def _keep_time(self, every: float) -> None:
        """Notes what time it is, at most once in so many seconds."""
        if self._time_kept_at is None or self._round_at - self._time_kept_at >= every:
            self._engine.store.remember(CLOCK_KEY, moment_text(self._engine.clock.now()))
            self._time_kept_at = self._round_at

    def _not_yet(self) -> set[str]:
        """Clients that are better planned a moment later, once for all that is about to be known of them."""
        just_now = time.monotonic() - _SOON
        with self._busy_lock:
            under_way = {client for client, since in self._under_way.values() if client and since > just_now}
        return under_way.union(*(reader.unread() for reader in self._rereaders.values()))

    def watch(self) -> None:
        """Sees whether anything is wrong with the bridge itself."""
        try:
            if self._engine.watch(time.monotonic()):
                self._wake.set()
            self._watched_at = time.monotonic()
        except StoreError as error:
            self._database_refused(error)

    def look_for_rules(self) -> None:
        """Goes on by other rules when somebody has put them in force."""
        try:
            if self._renew():
                self._wake.set()
                self._scheduler.modify_job("menus", next_run_time=datetime.now(UTC))
        except BridgeError as error:
            log.error("rules not taken over", error=str(error))

    def send_ping(self) -> None:
        """A sign of life, or of trouble, to whoever watches from outside."""
        self._ping.send(self._engine.clock.now(), self.healthy, self._engine.watcher.holding)

    @property
    def healthy(self) -> bool:
        """Whether it works through its rounds, looks after itself, and clients are served."""
        watched = time.monotonic() - self._watched_at < _STUCK
        return watched and self.still_for < _STUCK and not any(alarm.urgent for alarm in self._engine.watcher.holding)

    def _database_refused(self, error: StoreError) -> None:
        log.error("database", error=str(error))
        self._engine.faults.database(str(error), self._engine.clock.now())

    def _refresh(self) -> None:
        """Reads again what something waits for: at once, and then every twenty seconds, however often there is work."""
        now = time.monotonic()
        self._read_for = {what: at for what, at in self._read_for.items() if now - at < _READ_AGAIN}
        resting = set(self._read_for)
        for by_rules in (True, False):
            for name, refs in self._engine.awaited(resting, by_rules=by_rules).items():
                self._rereaders[name].ask(refs, background=not by_rules)
        self._read_for = {what: self._read_for.get(what, now) for what in resting}

    def read(self, name: str) -> None:
        """One reading of one system; two of the same never overlap."""
        if self.stopped.is_set() or not self._reading[name].acquire(blocking=False):
            return
        try:
            if self._engine.pull(name).events:
                self._wake.set()
        except (ConnectorError, SourceEmptied) as error:
            log.warning("source not read", connector=name, error=str(error))
        except StoreError as error:
            self._database_refused(error)
        finally:
            self._reading[name].release()

    def let_go(self) -> None:
        """Lets go of what has been kept long enough; the engine sees to it that this happens once a day."""
        try:
            self._engine.let_go()
        except StoreError as error:
            log.error("database", error=str(error))

    def keep_webhooks(self) -> None:
        """Sees that systems call when something changes there; what is left to people, `bridge check` tells too."""
        for name, connector in sorted(self._engine.connectors.items()):
            if isinstance(connector, Subscribing):
                try:
                    for finding in connector.keep_webhooks():
                        log.warning("webhook", connector=name, code=finding.code, what=finding.what)
                except ConnectorError as error:
                    log.warning("webhooks not looked after", connector=name, error=str(error))

    def keep_menus(self) -> None:
        """Sees that people are offered the commands they may give; no menu is worth a failure of the daemon."""
        try:
            self._engine.keep_menus()
        except StoreError as error:
            self._database_refused(error)

    def read_soon(self, name: str) -> None:
        """A webhook said that something changed: read now instead of at the next poll."""
        if name in self._polls and not self.stopped.is_set():
            self._scheduler.modify_job(f"poll-{name}", next_run_time=datetime.now(UTC))

    def heard(self, name: str, heard: Heard, clients: Collection[str]) -> None:
        """A webhook was stored that is about these clients: what it left open is read, then they are planned."""
        if heard.touched:
            self._rereaders[name].ask(dict.fromkeys(heard.touched, clients))
        elif heard.happenings:
            self._wake.set()
        if heard.unclear:
            self.read_soon(name)

    def wake(self) -> None:
        """Something was stored outside a poll: plan it."""
        self._wake.set()

    def drain(self) -> None:
        """No new work; what is under way may end, for ten seconds. What does not is looked for at the next start."""
        self._scheduler.shutdown(wait=False)
        for reader in self._rereaders.values():
            reader.close()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        ended = threading.Event()
        threading.Thread(target=self._join_pools, args=[ended], daemon=True).start()
        if not ended.wait(_DRAIN.total_seconds()):
            log.warning("stopped with deliveries under way; they are looked for at the next start")

    def _join_pools(self, ended: threading.Event) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        ended.set()

    def _hand_out(self) -> None:
        with self._busy_lock:
            room = {name: self._room(_workers(name), self._busy[name]) for name in self._pools}
            behind = {name: _workers(name) - _kept(name) - self._unhurried[name] for name in room if _kept(name)}
        for row in self._engine.outbox.claim_each(self._engine.context, room, behind):
            name = row.connector
            with self._busy_lock:
                self._busy[name] += 1
                self._unhurried[name] += row.unhurried
                self._under_way[row.id] = row.client, time.monotonic()
            self._pools[name].submit(self._deliver, name, row)

    @staticmethod
    def _room(workers: int, busy: int) -> int:
        """How many more to claim: none while every worker has a next one waiting, then all that there is room for."""
        return _AHEAD * workers - busy if busy <= workers else 0

    def _deliver(self, name: str, row: Row) -> None:
        try:
            self._engine.carry_out(row)
        except StoreError as error:
            self._database_refused(error)
        except Exception:  # the pool would swallow it, and nobody would know why nothing goes out
            log.exception("delivery failed", delivery=row.id, trace=row.trace)
        finally:
            with self._busy_lock:
                self._busy[name] -= 1
                self._unhurried[name] -= row.unhurried
                self._under_way.pop(row.id, None)
            self._wake.set()


def until_told(stop: Callable[[], None]) -> None:
    """Has SIGTERM and SIGINT stop what is about to work in this process. Call it from the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    gc.freeze()  # what is loaded by now stays, and need not be looked through for garbage ever again
    gc.set_threshold(*_GARBAGE)


def _workers(connector: str) -> int:
    """How many deliveries of a connector may be under way at once."""
    return _WORKERS.get(system_of(connector), 1)


def _kept(connector: str) -> int:
    """How many of them carry out what people wait for, and nothing else."""
    return _KEPT.get(system_of(connector), 0)


def leave() -> NoReturn:
    """Ends the process well, at once. For when everything has been closed.

    Python itself would wait for calls that hang, half a minute and more, which nobody can end. What they were about is
    looked for, or read again, at the next start.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
