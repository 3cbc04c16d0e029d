"""The trail from an outside event to its last effect, as the database keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.events import Event, trace_id
from bridge.model.reasons import Reason, read
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.rows import Row, parse_event, parse_row

_TIMER = "timer:"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a rule, by which rule set (its hash)."""

    at: datetime
    trace: str
    client: str
    rule: str
    step: str
    event: str
    outcome: str
    reason: Reason
    ruleset: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What happened, what the rules said to it, and what became of what they wanted; each oldest first."""

    events: Sequence[tuple[Event, str]] = field(default_factory=tuple)
    evaluations: Sequence[Evaluation] = field(default_factory=tuple)
    deliveries: Sequence[Row] = field(default_factory=tuple)


class Trail(Base):
    """Looking back. Of each kind at most the newest `limit` are given."""

    def chain(self, trace: str, limit: int = _AT_ONCE) -> Chain:
        """Everything with one correlation id, from the event to the last effect."""
        with reading(self._engine) as connection:
            own = t.deliveries.c.cause["trace"].as_string() == trace
            deliveries = self._deliveries(connection, own, limit)
            ids = self._events_of(connection, trace) | {row.cause.event for row in deliveries if row.cause.event}
            known = {row.n for row in deliveries}
            older = t.deliveries.c.cause["event"].as_string().in_(sorted(ids))
            found = (row for row in self._deliveries(connection, older, limit) if row.n not in known)
            deliveries += [row for row in found if row.trace == trace]
            timers = self._timers_of(connection, trace)
            evaluations = self._evaluations(
                connection, t.traces.c.event.in_(sorted(ids | timers)), limit, dict.fromkeys(ids | timers, trace)
            )
            events = self._events(connection, t.events.c.id.in_(sorted(ids)), limit)
        return Chain(events, evaluations, sorted(deliveries, key=lambda row: row.n))

    def of_clients(self, clients: Collection[str], since: datetime | None, limit: int) -> Chain:
        """Everything about these clients."""
        e, r, d = t.events.c, t.traces.c, t.deliveries.c
        return self._chain(
            e.client.in_(list(clients)), r.client.in_(list(clients)), d.client.in_(list(clients)), since, limit
        )

    def of_rule(self, rule: str, since: datetime | None, limit: int) -> Chain:
        """Every evaluation of a rule, and what it wanted."""
        return self._chain(
            sa.false(), t.traces.c.rule == rule, t.deliveries.c.cause["rule"].as_string() == rule, since, limit
        )

    def of_all(self, since: datetime | None, limit: int) -> Chain:
        """The newest of everything."""
        return self._chain(sa.true(), sa.true(), sa.true(), since, limit)

    def _chain(
        self,
        events: sa.ColumnElement[bool],
        evaluations: sa.ColumnElement[bool],
        deliveries: sa.ColumnElement[bool],
        since: datetime | None,
        limit: int,
    ) -> Chain:
        if since is not None:
            events = sa.and_(events, q.placed_at() >= since)
            evaluations = sa.and_(evaluations, t.traces.c.at >= since)
            deliveries = sa.and_(deliveries, t.deliveries.c.created_at >= since)
        with reading(self._engine) as connection:
            rows = self._deliveries(connection, deliveries, limit)
            happened = self._events(connection, events, limit)
            known = {row.cause.event: row.trace for row in rows} | {event.id: event.trace for event, _ in happened}
            return Chain(happened, self._evaluations(connection, evaluations, limit, known), rows)

    def _events(self, connection: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[tuple[Event, str]]:
        """History, which no rule heard, is told as if it had been read when it happened: there it stands."""
        query = (
            sa.select(t.events, q.placed_at().label("placed_at"))
            .where(t.events.c.workspace == self.workspace, which)
            .order_by(q.placed_at().desc(), t.events.c.sequence.desc())
            .limit(limit)
        )
        rows = reversed(connection.execute(query).all())
        return [(replace(parse_event(row), seen_at=row.placed_at), row.client) for row in rows]

    def _deliveries(self, connection: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[Row]:
        query = (
            sa.select(t.deliveries)
            .where(t.deliveries.c.workspace == self.workspace, which)
            .order_by(t.deliveries.c.n.desc())
            .limit(limit)
        )
        return [parse_row(row) for row in reversed(connection.execute(query).all())]

    def _evaluations(
        self, connection: sa.Connection, which: sa.ColumnElement[bool], limit: int, known: Mapping[str, str]
    ) -> list[Evaluation]:
        query = sa.select(t.traces).where(which).order_by(t.traces.c.n.desc()).limit(limit)
        rows = connection.execute(query).all()
        traces = {**known} | self._traces_of(connection, {row.event for row in rows} - known.keys())
        return [_evaluation(row, traces.get(row.event, "")) for row in reversed(rows)]

    def _traces_of(self, connection: sa.Connection, events: Collection[str]) -> dict[str, str]:
        """The correlation id of each of these events; what came of a timer has that of the event which started it."""
        found: dict[str, str] = {}
        keys = [event.removeprefix(_TIMER) for event in events if event.startswith(_TIMER)]
        for part in _parts(keys):
            timers = sa.select(t.timers.c.key, t.timers.c.data).where(t.timers.c.key.in_(part))
            found |= {f"{_TIMER}{row.key}": str(row.data.get("trace", "")) for row in connection.execute(timers)}
        for part in _parts(sorted(events)):
            stored = sa.select(t.events.c.id, t.events.c.cause).where(t.events.c.id.in_(part))
            found |= {row.id: _trace_of(row.id, row.cause) for row in connection.execute(stored)}
        return found

    def _events_of(self, connection: sa.Connection, trace: str) -> set[str]:
        """The stored events with that correlation id: made of the first one's id, so no database can search for it."""
        query = sa.select(t.events.c.id, t.events.c.cause).where(t.events.c.workspace == self.workspace)
        return {row.id for row in connection.execute(query) if _trace_of(row.id, row.cause) == trace}

    def _timers_of(self, connection: sa.Connection, trace: str) -> set[str]:
        query = sa.select(t.timers.c.key).where(t.timers.c.data["trace"].as_string() == trace)
        return {f"{_TIMER}{key}" for key in connection.execute(query).scalars()}


def _trace_of(event: str, cause: Mapping[str, Any] | None) -> str:
    return str((cause or {}).get("trace") or "") or trace_id(event)


def _evaluation(row: Any, trace: str) -> Evaluation:
    why = read(row.reason)
    return Evaluation(row.at, trace, row.client, row.rule, row.step, row.event, row.outcome, why, row.ruleset)


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """In portions that every database takes as one list."""
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
