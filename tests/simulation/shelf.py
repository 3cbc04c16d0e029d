"""The real store in memory, with the places marked at which a process may die, a disk be full, or others be at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.planning import Plan, Timer
from bridge.store.intake import Intake
from bridge.store.rows import Row, SourceState, Wait
from bridge.store.stops import Stop
from bridge.testing import MemoryStore
from tests.simulation.trouble import Trouble, effect_of

T = TypeVar("T")


class Shelf(MemoryStore):
    """One store for many simulations, one after the other: its engine has compiled the statements already.

    `reading` names the source whose page is being stored. `between` is called where another thread could come first.
    """

    _watched: ClassVar[set[int]] = set()
    _present: ClassVar[Shelf | None] = None

    def __init__(self, trouble: Trouble, seconds: Callable[[], float]) -> None:
        super().__init__()
        self.trouble = trouble
        self.seconds = seconds
        self.reading = ""
        self.commits = 0
        self._known: dict[str, tuple[int, Any]] = {}
        self.between: Callable[[str, Sequence[str]], None] = lambda _point, _effects: None
        Shelf._present = self
        if id(self._engine) not in self._watched:
            self._watched.add(id(self._engine))
            sa.event.listen(self._engine, "commit", _committing)

    def committing(self) -> None:
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
            waiting = self.deliveries(states=(State.WAITING,))
            effects = [effect_of(row.decision) for row in waiting if row.next_at <= now][-1:]
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


def _committing(connection: sa.Connection) -> None:
    if Shelf._present is not None and connection.get_execution_options().get("writes"):
        Shelf._present.committing()
