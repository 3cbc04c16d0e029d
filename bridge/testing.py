"""Twins for tests: a clock that stands, a store in memory, and a connector that does as it was told."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import ClassVar, TypeVar, cast

import sqlalchemy as sa

from bridge.engine.clock import SetClock as FakeClock
from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.findings import Finding
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.store import Store
from bridge.store.database import open_engine, upgrade

__all__ = ["FakeClock", "FakeConnector", "MemoryStore"]

T = TypeVar("T")


class MemoryStore(Store):
    """A store whose database lives in memory and goes with it. For one thread; it is the real one in all else.

    Once closed, its engine serves the next one: it has compiled the statements already.
    """

    _free: ClassVar[list[sa.Engine]] = []

    def __init__(self, workspace: str = "main") -> None:
        super().__init__("sqlite://", workspace)
        if self._free:
            self._engine = self._free.pop()
        _raw(self._engine).deserialize(_empty())

    def content(self) -> bytes:
        """Everything in it, for `restore`."""
        return _raw(self._engine).serialize()

    def restore(self, content: bytes) -> None:
        """Makes it hold exactly what another one held."""
        _raw(self._engine).deserialize(content)

    def close(self) -> None:
        """Lets go of the database."""
        self._free.append(self._engine)


@cache
def _empty() -> bytes:
    """A migrated database with nothing in it: the migrations run once a process, not once a test."""
    engine = open_engine("sqlite://")
    upgrade(engine)
    content = _raw(engine).serialize()
    engine.dispose()
    return content


def _raw(engine: sa.Engine) -> sqlite3.Connection:
    """The one connection of a database in memory."""
    return cast("sqlite3.Connection", engine.raw_connection().driver_connection)


@dataclass
class FakeConnector:
    """An outside system that answers what was put into it, in order, and remembers what it was asked.

    `pages` are answers of `pull`, `outcomes` of `push`, `found` of `look`; an exception among them is raised. With
    nothing put in, a pull is an empty page, a push succeeds at once, and a look raises AssertionError: a test that lets
    the bridge look says what it finds. `living` are records that `refresh` gives; others come back deleted. `before`
    runs at the start of each push: the place to look into the store while a call is under way.
    """

    name: str
    capabilities: frozenset[Capability]
    clock: Clock
    sources: frozenset[str] = frozenset()
    pages: deque[Page | Exception] = field(default_factory=deque)
    outcomes: deque[Receipt | Exception] = field(default_factory=deque)
    found: deque[Receipt | Exception | None] = field(default_factory=deque)
    living: dict[Ref, Record] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    before: Callable[[Delivery], None] = lambda _delivery: None
    pulled: list[Cursor | None] = field(default_factory=list)
    refreshed: list[Ref] = field(default_factory=list)
    pushed: list[Delivery] = field(default_factory=list)
    looked: list[Delivery] = field(default_factory=list)
    closed: bool = False

    def pull(self, cursor: Cursor | None) -> Page:
        """The next page that was put in."""
        self.pulled.append(cursor)
        if self.pages:
            return _answer(self.pages.popleft())
        return Page(cursor=cursor or Cursor("0"), seen_up_to=self._now_for(self.sources))

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """What lives under these refs; the rest has been deleted."""
        self.refreshed += refs
        now = self.clock.now()
        gone = [Record(ref, {}, now, deleted=True) for ref in refs if ref not in self.living]
        return Page(None, [*(replace(self.living[ref], read_at=now) for ref in refs if ref in self.living), *gone])

    def push(self, delivery: Delivery) -> Receipt:
        """The next outcome that was put in, else success."""
        self.before(delivery)
        self.pushed.append(delivery)
        return _answer(self.outcomes.popleft()) if self.outcomes else Receipt(self.clock.now(), delivery.target)

    def look(self, delivery: Delivery) -> Receipt | None:
        """What was put in to be found."""
        self.looked.append(delivery)
        if not self.found:
            raise AssertionError(f"nobody told {self.name} what an earlier attempt left")
        return _answer(self.found.popleft())

    def check(self) -> list[Finding]:
        """The findings it was given."""
        return list(self.findings)

    def close(self) -> None:
        """Remembers that it was let go."""
        self.closed = True

    def _now_for(self, sources: frozenset[str]) -> dict[str, datetime]:
        return dict.fromkeys(sources, self.clock.now())


def _answer(answer: T | Exception) -> T:
    if isinstance(answer, Exception):
        raise answer
    return answer
