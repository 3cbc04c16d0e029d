"""What is stored of a client's past: later events to take back, own facts as they were, how often rules had fired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bridge.model.events import Event
from bridge.model.planning import Outcome, Ran
from bridge.model.values import Plain
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.rows import parse_event


@dataclass(frozen=True, slots=True)
class Past:
    """A client around a moment: the events after it, oldest first; the bridge's own facts, and rules fired, by then."""

    later: tuple[Event, ...]
    own: Mapping[tuple[str, str], Plain]
    fired: Mapping[tuple[str, str], Ran]


class Pasts(Base):
    """Looking at clients as they were."""

    def past(self, client: str, subjects: Sequence[str], moment: datetime) -> Past:
        """What is stored of a client and these subjects of theirs around a moment."""
        events = sa.select(t.events).where(t.events.c.client == client, t.events.c.seen_at > moment)
        lineage = sa.select(t.lineage).where(t.lineage.c.subject.in_(subjects), t.lineage.c.delivery == "")
        fired = (
            sa.select(t.traces.c.rule, t.traces.c.subject, sa.func.count(), sa.func.max(t.traces.c.at))
            .where(t.traces.c.subject.in_(subjects), t.traces.c.outcome == Outcome.FIRED.value)
            .where(t.traces.c.step == "", t.traces.c.at <= moment)
            .group_by(t.traces.c.rule, t.traces.c.subject)
        )
        with reading(self._engine) as connection:
            later = [parse_event(row) for row in connection.execute(events.order_by(t.events.c.sequence))]
            rows = connection.execute(lineage.order_by(t.lineage.c.n)).all()
            runs = {(row[0], row[1]): Ran(row[2], row[3]) for row in connection.execute(fired)}
        own: dict[tuple[str, str], Plain] = {}
        for row in rows:
            key = (row.subject, row.field)
            own[key] = row.value if row.at <= moment else own.get(key)
        return Past(tuple(later), own, runs)
