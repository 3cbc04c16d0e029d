"""The real store in memory, with the places marked at which a process may die, a disk be full, or others be at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from bridge.model.decisions import Decision
from bridge.model.deliveries import Receipt, State
from bridge.model.planning import Plan, Timer
from bridge.store import lanes
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.intake import Intake
from bridge.store.lines import Lines
from bridge.store.rows import Row, SourceState, Wait, parse_row
from bridge.store.stops import Stop
from bridge.testing import MemoryStore
from tests.simulation.trouble import Trouble, effect_of

T = TypeVar("T")


_FORGOTTEN = (
    sa.select(t.events.c.id)
    .join(t.clients, t.clients.c.client == t.events.c.client)
    .where(t.events.c.state == "new", t.clients.c.dirty.is_(False))
    # Behind an event that waits for a source, others wait their turn: the client is planned once it is read.
    .where(~sa.exists().where(t.waits.c.client == t.events.c.client))
)


class Watched(Lines):
    """The one connection of a database in memory, for one thread. Who watches may raise where a transaction fails."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine, patience=0)
        self.begins: Callable[[], None] = _nothing
        self.commits: Callable[[], None] = _nothing
        self.open = 0
        self._one = self._opened()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        self.open += 1
        try:
            yield self._one  # nobody writes meanwhile, so nothing has to be begun
        finally:
            self.open -= 1

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self.begins()
        self.open += 1
        driver = self._one.driver
        try:
            driver.execute("BEGIN IMMEDIATE")
            yield self._one
            self.commits()
            driver.commit()
        except BaseException:
            driver.rollback()
            raise
        finally:
            self.open -= 1


def _nothing() -> None:
    return


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
        self.between: Callable[[str, Sequence[str], str], None] = lambda _point, _effects, _client: None
        self._lines: Watched = self._engine.get_execution_options().get("lines") or Watched(self._engine)
        self._lines.begins, self._lines.commits = self._begins, self._commits
        self._engine.update_execution_options(lines=self._lines)

    @property
    def busy(self) -> bool:
        """Whether a transaction is open: no call may go out then."""
        return self._lines.open > 0

    def close(self) -> None:
        self._lines.begins = self._lines.commits = _nothing
        super().close()

    def _begins(self) -> None:
        """A transaction that may write is about to begin: it may find the database locked."""
        self.trouble.at_begin(self.seconds())

    def _commits(self) -> None:
        """A transaction that may have written is about to be committed."""
        self.commits += 1
        self.trouble.at_commit(self.seconds())

    @contextmanager
    def intake(self, now: datetime) -> Iterator[Intake]:
        with self.trouble.around("page", [self.reading]), super().intake(now) as intake:
            yield intake

    def claim_each(
        self, now: datetime, lease: timedelta, room: Mapping[str, int], behind: Mapping[str, int] | None = None
    ) -> list[Row]:
        effects = self._due_effects(now, room) if self.trouble.waits_at("claim") else []
        with self.trouble.around("claim", effects):
            return super().claim_each(now, lease, room, behind)

    def _due_effects(self, now: datetime, room: Mapping[str, int]) -> list[str]:
        """What a claim will find."""
        given = {"workspace": self.workspace, "now": now}
        with reading(self._engine) as connection:
            asked = [{**given, "connector": name, "at_most": free} for name, free in room.items()]
            rows = [row for one in asked for row in connection.execute(lanes.DUE_HEADS_OF, one)]
        return [effect_of(found.decision, found.connector) for found in map(parse_row, rows)]

    def intend(self, row: Row, **more: Any) -> tuple[Row, ...] | None:
        effects = [effect_of(row.decision, row.connector)]
        self.between("intent", effects, row.client)
        with self.trouble.around("intent", effects):
            return super().intend(row, **more)

    def settle(self, row: Row, state: State, **more: Any) -> bool:
        if more.get("receipt") is None:
            return super().settle(row, state, **more)
        effects = [effect_of(row.decision, row.connector)]
        self.between("receipt", effects, row.client)
        with self.trouble.around("receipt", effects):
            return super().settle(row, state, **more)

    def keep_part(self, row: Row, rest: Decision, receipt: Receipt) -> bool:
        effects = [effect_of(row.decision, row.connector)]
        self.between("receipt", effects, row.client)
        with self.trouble.around("receipt", effects):
            return super().keep_part(row, rest, receipt)

    def commit_plan(self, plan: Plan, **more: Any) -> int:
        effects = [effect_of(wanted.decision) for wanted in plan.wanted]
        self.between("plan", effects, plan.client)
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

    def forgotten(self) -> list[str]:
        """New events that nobody is going to plan, as far as the tables say."""
        with reading(self._engine) as connection:
            return list(connection.execute(_FORGOTTEN).scalars())

    def things(self) -> dict[str, tuple[str, str]]:
        """Kind and id in Planfix of each local thing."""
        with reading(self._engine) as connection:
            found = connection.execute(
                sa.select(t.links.c.local_id, t.links.c.kind, t.links.c.remote_id).where(t.links.c.system == "planfix")
            )
            return {row[0]: (row[1], row[2]) for row in found}

    def rows(self) -> list[Row]:
        """Every delivery, oldest first."""
        return self.deliveries(limit=1_000_000)[::-1]
