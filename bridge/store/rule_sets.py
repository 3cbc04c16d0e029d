"""The history of rule sets: each that was taken over, whole, with who did it and when. The last one is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.model.errors import StoreError
from bridge.model.reasons import UNLESS
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import open_engine, reading, writing
from bridge.store.planning import GONE, because_of_rules


@dataclass(frozen=True, slots=True)
class TakenOver:
    """One entry of the history. `how` is start, apply or rollback; `files` are all of the config folder by name."""

    number: int
    workspace: str
    hash: str
    how: str
    by: str
    at: datetime
    files: Mapping[str, str]


class RuleSets(Base):
    """What the rules were, and when."""

    def take_over(self, hash: str, files: Mapping[str, str], *, how: str, by: str, at: datetime) -> int:
        """Notes a rule set as the one in force. Gives its number."""
        row = {"workspace": self.workspace, "hash": hash, "how": how, "by": by, "at": at, "files": dict(files)}
        with writing(self._engine) as connection:
            return int(connection.execute(t.rule_sets.insert(), row).inserted_primary_key[0])  # type: ignore[index]

    def in_force(self) -> TakenOver | None:
        """The rule set that was taken over last, None before the first."""
        return next(iter(self.rule_sets(1)), None)

    def number_in_force(self) -> int:
        """The number of that one, 0 before the first: cheap to ask every second."""
        query = sa.select(sa.func.max(t.rule_sets.c.n)).where(t.rule_sets.c.workspace == self.workspace)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar() or 0)

    def rule_sets(self, limit: int = 50) -> list[TakenOver]:
        """The history, newest first."""
        here = t.rule_sets.c.workspace == self.workspace
        query = sa.select(t.rule_sets).where(here).order_by(t.rule_sets.c.n.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def run_again(self, ruleset: str, stopped_otherwise: Iterable[str] = ()) -> int:
        """Timers run again that ended because this rule set had no place for them. Gives how many.

        So do those of the rules `stopped_otherwise` that its `unless` stopped: theirs is another one now.
        """
        reasons = [*GONE, *(UNLESS.of(rule=rule) for rule in stopped_otherwise)]
        ended = t.timers.c.ended_because.in_([because_of_rules(reason, ruleset) for reason in reasons])
        here = sa.and_(t.timers.c.workspace == self.workspace, t.timers.c.state == "cancelled", ended)
        with writing(self._engine) as connection:
            return connection.execute(t.timers.update().where(here).values(state="live", ended_because="")).rowcount


def last_rule_set(file: Path) -> TakenOver | None:
    """What was in force last in a database, whosever it is; None where that cannot be told. Changes nothing."""
    if not file.is_file():
        return None
    engine = open_engine(f"sqlite:///{file}")
    try:
        with reading(engine) as connection:
            row = connection.execute(sa.select(t.rule_sets).order_by(t.rule_sets.c.n.desc()).limit(1)).first()
    except (sa.exc.SQLAlchemyError, StoreError):
        return None
    finally:
        engine.dispose()
    return _entry(row) if row is not None else None


def _entry(row: Any) -> TakenOver:
    return TakenOver(row.n, row.workspace, row.hash, row.how, row.by, row.at, row.files)
