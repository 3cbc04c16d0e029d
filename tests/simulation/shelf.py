"""The real store in memory, with the places marked at which a process may die, a disk be full, or others be at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar, cast

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.planning import Plan, Timer
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.intake import Intake
from bridge.store.prepared import PreparedConnection
from bridge.store.rows import Row, SourceState, Wait, parse_row
from bridge.store.stops import Stop
from bridge.testing import MemoryStore
from tests.simulation.trouble import Trouble, effect_of

T = TypeVar("T")


_NEWEST_DUE = (
    sa.select(t.deliveries)
    .where(t.deliveries.c.state == State.WAITING.value, t.deliveries.c.next_at <= sa.bindparam("now", type_=t.Moment()))
    .order_by(t.deliveries.c.n.desc())
    .limit(1)
)


class Line(PreparedConnection):
    """The one connection of a database in memory, which is to `reading` and `writing` what an engine is.

    It stays open: to open and close one for every transaction would be a fifth of a simulation. `committing` is called
    before a transaction that may write is committed.
    """

    def __init__(self, engine: sa.Engine, committing: Callable[[], None]) -> None:
        super().__init__(engine)
        super().begin()  # for SQLAlchemy it is one transaction; the driver is told of the real ones here
        self.url = engine.url
        self._committing = committing
        driver: Any = self.connection.driver_connection
        self._driver = driver
        self._driver.execute("COMMIT")
        self._writes = False

    @property
    def busy(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._driver.in_transaction)

    def connect(self) -> Self:
        return self

    def execution_options(self, **options: Any) -> Self:
        self._writes = bool(options.get("writes"))
        return self

    def __exit__(self, *_error: object) -> None:
        return

    @contextmanager
    def begin(self) -> Iterator[Self]:  # type: ignore[override]
        """One transaction: kept as a whole, or rolled back when anything is raised."""
        writes, self._writes = self._writes, False
        self._driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            yield self
            if writes:
                self._committing()
        except BaseException:
            self._driver.execute("ROLLBACK")
            raise
        self._driver.execute("COMMIT")


class Shelf(MemoryStore):
    """The store of one simulation.

    `reading` names the source whose page is being stored. `between` is called where another thread could come first.
    """

    def __init__(self, trouble: Trouble, seconds: Callable[[], float]) -> None:
        super().__init__()
        self.trouble = trouble
        self.seconds = seconds
        self.reading = ""
        self.commits = 0
        self._known: dict[str, tuple[int, Any]] = {}
        self.between: Callable[[str, Sequence[str]], None] = lambda _point, _effects: None
        self._line = Line(self._engine, self._commits)
        self._real, self._engine = self._engine, cast("sa.Engine", self._line)

    @property
    def busy(self) -> bool:
        """Whether a transaction is open: no call may go out then."""
        return self._line.busy

    def close(self) -> None:
        self._engine = self._real
        self._line.close()
        super().close()

    def _commits(self) -> None:
        """A transaction that may have written is about to be committed."""
        self.commits += 1
        self.trouble.at_commit(self.seconds())

    @contextmanager
    def intake(self, now: datetime) -> Iterator[Intake]:
        with self.trouble.around("page", [self.reading]), super().intake(now) as intake:
            yield intake

    def claim(self, now: datetime, lease: timedelta, limit: int = 20, connector: str | None = None) -> list[Row]:
        effects: list[str] = []
        if self.trouble.waits_at("claim"):
            with reading(self._engine) as connection:
                effects = [effect_of(parse_row(row).decision) for row in connection.execute(_NEWEST_DUE, {"now": now})]
        with self.trouble.around("claim", effects):
            return super().claim(now, lease, limit, connector)

    def intend(self, row: Row, **more: Any) -> tuple[Row, ...] | None:
        effects = [effect_of(row.decision)]
        self.between("intent", effects)
        with self.trouble.around("intent", effects):
            return super().intend(row, **more)

    def settle(self, row: Row, state: State, **more: Any) -> bool:
        if more.get("receipt") is None:
            return super().settle(row, state, **more)
        effects = [effect_of(row.decision)]
        self.between("receipt", effects)
        with self.trouble.around("receipt", effects):
            return super().settle(row, state, **more)

    def commit_plan(self, plan: Plan, **more: Any) -> int:
        effects = [effect_of(wanted.decision) for wanted in plan.wanted]
        self.between("plan", effects)
        with self.trouble.around("plan", effects):
            return super().commit_plan(plan, **more)

    # Nothing was written since: the answer is the same. Idle rounds would cost most of a simulation else.

    def waits(self) -> list[Wait]:
        return self._same("waits", super().waits)

    def asked(self) -> list[Timer]:
        return self._same("asked", super().asked)

    def stops(self) -> list[Stop]:
        return self._same("stops", super().stops)

    def sources(self) -> dict[str, SourceState]:
        return self._same("sources", super().sources)

    def next_moment(self) -> datetime | None:
        return self._same("next", super().next_moment)

    def counts(self) -> dict[str, int]:
        return self._same("counts", super().counts)

    def _same(self, name: str, ask: Callable[[], T]) -> T:
        known = self._known.get(name)
        if known is None or known[0] != self.commits:
            known = self._known[name] = (self.commits, ask())
        answer: T = known[1]
        return answer

    def rows(self) -> list[Row]:
        """Every delivery, oldest first."""
        return self.deliveries(limit=1_000_000)[::-1]
