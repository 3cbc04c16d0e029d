"""What places of one fact last agreed upon, and the conflicts between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.merging import Agreed, Brought, Kept, Pending, Why
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading, writing
from bridge.store.intake import Intake
from bridge.store.rows import ClientState

_BASE = ("subject", "based", "value", "shown", "at")


@dataclass(frozen=True, slots=True)
class StoredConflict:
    """A conflict for people to look at: whose, of which fact, what each place held, and since when all agree again."""

    n: int
    client: str
    conflict: Kept
    at: datetime
    settled_at: datetime | None = None


class Agreements:
    """Agreements and conflicts as one transaction changes them."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._now = now

    def agree(self, found: Sequence[Agreed]) -> None:
        """All places of a fact hold the same: what was in conflict about it is settled."""
        self._keep(found, _BASE)
        for field, subject in sorted({(one.field, one.subject) for one in found}):
            self._c.execute(q.SETTLE_CONFLICTS, {"the_field": field, "the_subject": subject, "settled_at": self._now})

    def share(self, found: Sequence[Agreed]) -> None:
        """Places of a set agree on some of it: what is in conflict about it stays so."""
        self._keep(found, _BASE)

    def note(self, client: str, conflicts: Sequence[Kept]) -> None:
        """Keeps conflicts, each once."""
        for one in conflicts:
            row = {
                "key": one.key,
                "workspace": self._workspace,
                "client": client,
                "subject": one.subject,
                "field": one.field,
                "why": one.why.value,
                "held": [dict(held) for held in one.held],
                "at": self._now,
            }
            q.insert_new(self._c, t.conflicts, "key", row)

    def brought(self, one: Brought) -> None:
        """A write ended: both ends agree on it, unless somebody had been there before it. The next one is another."""
        if one.overtaken:
            self._next_round(one.to, one.field, one.subject)
            return
        count = self._round(one.to, one.field) + 1
        self._keep(
            [Agreed(one.to, one.field, one.subject, (one.value,), self._now, count, one.shown)],
            (*_BASE, "round"),
        )
        if one.source:
            shown = self._still_shown(one)
            self.agree([Agreed(one.source, one.field, one.subject, (one.value,), self._now, shown=shown)])

    def _still_shown(self, one: Brought) -> tuple[Plain, ...]:
        """How the thing that a value is from shows it: of a set it may not be able to hold all."""
        given = {"workspace": self._workspace, "ref": one.source, "field": one.field}
        before = self._c.execute(q.AGREED, given).first()
        if before is None or not before.based or before.subject != one.subject or not before.shown:
            return ()
        hidden = _elements(before.value) - _elements(before.shown[0])
        return (sorted(_elements(one.value) - hidden) or None,) if hidden & _elements(one.value) else ()

    def withdrawn(self, one: Pending) -> None:
        """A write ended before it began: the same one wanted again is another."""
        self._next_round(one.ref, one.field, one.subject)

    def _round(self, ref: str, field: str) -> int:
        row = self._c.execute(q.AGREED, {"workspace": self._workspace, "ref": ref, "field": field}).first()
        return row.round if row is not None else 0

    def _next_round(self, ref: str, field: str, subject: str) -> None:
        """Counts on, and leaves all else as it is; a thing that never agreed still has not."""
        self._keep([Agreed(ref, field, subject, (), self._now, self._round(ref, field) + 1)], ("round",))

    def _keep(self, found: Sequence[Agreed], changes: tuple[str, ...]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "workspace": self._workspace,
                "ref": one.ref,
                "field": one.field,
                "subject": one.subject,
                "based": bool(one.base),
                "value": one.base[0] if one.base else None,
                "shown": list(one.shown),
                "at": one.at,
                "round": one.round,
            }
            for one in found
        ]
        q.put(self._c, t.agreed, ("workspace", "ref", "field"), changes, rows)


def _elements(value: Plain) -> set[str]:
    return {str(one) for one in value} if isinstance(value, (list, tuple)) else set()


class Conflicts(Base):
    """What the places of facts agree on, and the conflicts of one workspace, for people."""

    def agree_on(self, ref: Ref, now: datetime, weigh: Callable[[ClientState], Sequence[Agreed]]) -> None:
        """Keeps what `weigh` finds the facts of a thing's client to agree on, on the state that this is written to."""
        with writing(self._engine) as connection:
            intake = Intake(connection, self.workspace, now)
            client = intake.client_of(intake.local(ref))
            if client:
                Agreements(connection, self.workspace, now).agree(weigh(intake.client_state(client)))

    def conflicts(self, client: str = "", limit: int = 100) -> list[StoredConflict]:
        """The newest conflicts, of one client or of all; those that still stand first."""
        c = t.conflicts
        query = sa.select(c).where(c.c.workspace == self.workspace)
        if client:
            query = query.where(c.c.client == client)
        query = query.order_by(c.c.settled_at.is_not(None), c.c.n.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_parse(row) for row in connection.execute(query)]


def _parse(row: Any) -> StoredConflict:
    kept = Kept(row.key, row.subject, row.field, Why(row.why), tuple(row.held))
    return StoredConflict(row.n, row.client, kept, row.at, row.settled_at)
