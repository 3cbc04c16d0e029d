"""Connections that stay open between transactions: opening and closing them costs more than most transactions do.

Those that write take turns, in the order in which they came, and those that come while one is at work are committed
with it: the disk is waited for once for all of them, and nobody is told that something is kept before it is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa

from bridge.store.prepared import PreparedConnection

STAYS = "stays_open"
"""The option of a connection whose transactions are not SQLAlchemy's."""
_UNTIL_BACK, _GLANCE = 2.0, 0.01
"""Seconds that closing waits for transactions under way to end, and between two looks."""
_MOST = 20
"""So many transactions are committed at once: the first must not wait for ever longer rows of others."""


class Lines:
    """The open connections of one engine on an SQLite file. Thread-safe: each serves one transaction at a time.

    To SQLAlchemy everything on such a connection is one transaction that never ends; the driver is told of the real
    ones here. `patience` is how many seconds one that writes waits for its turn.
    """

    def __init__(self, engine: sa.Engine, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._idle: deque[PreparedConnection] = deque()
        self._open: set[PreparedConnection] = set()
        """Those that are idle, and those in a transaction."""
        self._turns = Turns()
        self._group: _Group | None = None
        sa.event.listen(engine, "engine_disposed", self._close)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database, and nothing that is not committed."""
        idle, line = self._idle, self._line()
        try:
            line.driver.execute("BEGIN")
            yield line
            line.driver.commit()
        except BaseException:
            self._drop(line)
            raise
        self._put_back(line, idle)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction of which all is kept or nothing; it ends once it is on the disk, by itself or with others.

        Raises what the driver raises, and TurnNotCome.
        """
        self._turns.take(self._patience)
        try:
            group = self._group or self._begin()
            leads = group.members == 0
            yield from self._member(group, leads=leads)
            # The first one commits, after all that were waiting when it was done: so somebody always does.
            if group.members >= _MOST or (leads and not self._turns.wanted):
                self._commit(group)
        finally:
            self._turns.give()
        if leads:
            self._commit_later(group)
        group.ended.wait()
        if group.error is not None:
            raise group.error

    def _member(self, group: _Group, *, leads: bool) -> Iterator[sa.Connection]:
        """One transaction of a group. When it fails it is taken back, and nothing of the others."""
        driver = group.line.driver
        try:
            if not leads:
                driver.execute("SAVEPOINT member")
            yield group.line
            if not leads:
                driver.execute("RELEASE member")
        except BaseException as error:
            if leads or not _took_back(driver):
                self._fail(group, error)
            raise
        group.members += 1

    def _commit_later(self, group: _Group) -> None:
        """Commits the group, unless that has been done, when those that wait now have had their turns."""
        if group.ended.is_set():
            return
        self._turns.take()
        try:
            if not group.ended.is_set():
                self._commit(group)
        finally:
            self._turns.give()

    def _begin(self) -> _Group:
        idle, line = self._idle, self._line()
        try:
            line.driver.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._drop(line)
            raise
        self._group = _Group(line, idle)
        return self._group

    def _commit(self, group: _Group) -> None:
        try:
            group.line.driver.commit()
        except BaseException as error:
            self._fail(group, error)
            raise
        self._group = None
        self._put_back(group.line, group.idle)
        group.ended.set()

    def _fail(self, group: _Group, error: BaseException) -> None:
        """Nothing of the group is kept: closing the connection rolls it back."""
        self._group = None
        known = isinstance(error, (sqlite3.Error, sa.exc.DBAPIError))
        group.error = error if known else sqlite3.OperationalError("rolled back together with another transaction")
        self._drop(group.line)
        group.ended.set()

    def _line(self) -> PreparedConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._opened()

    def _put_back(self, line: PreparedConnection, idle: deque[PreparedConnection]) -> None:
        if idle is self._idle:
            idle.append(line)
        else:  # the engine let go of its connections meanwhile
            self._end(line)

    def _opened(self) -> PreparedConnection:
        line = self._engine.connect().execution_options(**{STAYS: True})
        if not isinstance(line, PreparedConnection):
            raise TypeError("the engine was not made by open_engine")
        line.begin()
        line.driver = line.connection.driver_connection
        self._open.add(line)
        return line

    def _close(self, _engine: sa.Engine) -> None:
        """Closes all, those in a transaction when it ends: who closes the last one leaves a single file behind."""
        idle, self._idle = self._idle, deque()
        while idle:
            self._end(idle.pop())
        until = monotonic() + _UNTIL_BACK
        while self._open and monotonic() < until:
            sleep(_GLANCE)

    def _end(self, line: PreparedConnection) -> None:
        """Closes it for good, where its pool would keep it open."""
        line.detach()
        self._drop(line)

    def _drop(self, line: PreparedConnection) -> None:
        line.close()
        self._open.discard(line)


@dataclass(eq=False)
class _Group:
    """Transactions that are committed together."""

    line: PreparedConnection
    idle: deque[PreparedConnection]
    members: int = 0
    """How many are done, and wait to be committed."""
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class TurnNotCome(Exception):
    """One that wanted to write waited for longer than it has patience: those before it do not end."""


class Turns:
    """Who may do something that only one may do at a time: in the order in which they asked. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Lock] = deque()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._queue)

    def take(self, patience: float | None = None) -> None:
        """Waits for a turn. Raises TurnNotCome after `patience` seconds."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        try:
            if mine.acquire(timeout=-1 if patience is None else patience):
                return
            raise TurnNotCome
        except BaseException:
            self._give_up(mine)
            raise

    def give(self) -> None:
        """Ends a turn: the next one begins."""
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._taken = False

    def _give_up(self, mine: threading.Lock) -> None:
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
                return
        self.give()  # it came in this very moment


def _took_back(driver: Any) -> bool:
    """Whether one member of a group was undone by itself: some errors make SQLite undo all of it."""
    try:
        driver.execute("ROLLBACK TO member")
        driver.execute("RELEASE member")
    except sqlite3.Error:
        return False
    return True
