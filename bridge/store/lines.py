"""Connections that stay open between transactions: opening and closing them costs more than most transactions do."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bridge.store.prepared import PreparedConnection

STAYS = "stays_open"
"""The option of a connection whose transactions are not SQLAlchemy's."""


class Lines:
    """The open connections of one engine on an SQLite file. Thread-safe: each serves one transaction at a time.

    To SQLAlchemy everything on such a connection is one transaction that never ends; the driver is told of the real
    ones here. What went wrong in one is closed, and rolled back by that.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._idle: deque[PreparedConnection] = deque()
        sa.event.listen(engine, "engine_disposed", self._close)

    @contextmanager
    def transaction(self, begin: str) -> Iterator[sa.Connection]:
        """One transaction, begun with these words; all of it is kept or nothing."""
        idle = self._idle
        try:
            line = idle.pop()
        except IndexError:
            line = self._opened()
        try:
            line.driver.execute(begin)
            yield line
            line.driver.commit()
        except BaseException:
            line.close()
            raise
        if idle is self._idle:
            idle.append(line)
        else:
            _end(line)

    def _opened(self) -> PreparedConnection:
        line = self._engine.connect().execution_options(**{STAYS: True})
        if not isinstance(line, PreparedConnection):
            raise TypeError("the engine was not made by open_engine")
        line.begin()
        line.driver = line.connection.driver_connection
        return line

    def _close(self, _engine: sa.Engine) -> None:
        idle, self._idle = self._idle, deque()
        while idle:
            _end(idle.pop())


def _end(line: PreparedConnection) -> None:
    """Closes it for good, where its pool would keep it open."""
    line.detach()
    line.close()
