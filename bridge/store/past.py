"""What is stored of a client's past: enough to go back to any moment since the journal begins, and forward again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from bridge.model.events import Event
from bridge.model.planning import Outcome, Ran, Trace
from bridge.model.records import Ref
from bridge.model.values import Plain, moment_text
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.journal import MERGED, TIMER_COLUMNS, Entry
from bridge.store.reading import ClientReader
from bridge.store.rows import ClientState, Row, SetFact, StoredRecord, parse_event, parse_record, parse_row, parse_trace

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Past:
    """A client around a moment: the events after it, oldest first; the bridge's own facts, and rules fired, by then.

    History that an import or a first reading brought counts as known from when it happened.
    """

    later: tuple[Event, ...]
    own: Mapping[tuple[str, str], Plain]
    fired: Mapping[tuple[str, str], Ran]


@dataclass(frozen=True, slots=True)
class Written:
    """A value that delivery `delivery` wrote outside."""

    subject: str
    field: str
    value: Plain
    at: datetime
    delivery: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything about one client, now and before: the present state, and the journal that leads back from it.

    `links` are what is bound to the client's things, in the order of binding; `timers` all rows, also ended ones, by
    their columns (see TIMER_COLUMNS). `since` is from when on the journal tells of this client; None: it does not.
    `merged` is when another client became part of this one: what was before is not told.
    """

    state: ClientState
    since: datetime | None
    entries: tuple[Entry, ...] = ()
    events: Mapping[str, Event] = field(default_factory=dict)
    deliveries: tuple[Row, ...] = ()
    written: tuple[Written, ...] = ()
    records: Mapping[str, StoredRecord] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    timers: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    merged: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """One time that a rule really fired, or one of its steps was taken. `at` is when it was decided."""

    at: datetime
    client: str
    subject: str
    rule: str
    step: str
    event: str
    ruleset: str


class Pasts(Base):
    """Looking at clients as they were."""

    def remembered(self, client: str) -> Remembered:
        """Everything that a replay of a client needs, seen at one moment."""
        with reading(self._engine) as connection:
            return _Remembering(connection, self.workspace, client).all()

    def journal_begins(self) -> datetime | None:
        """The oldest moment that the journal still tells of; None while it is empty."""
        query = sa.select(sa.func.min(t.journal.c.at)).where(t.journal.c.workspace == self.workspace)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def facts_set(self, subjects: Sequence[str]) -> list[SetFact]:
        """The bridge's own facts of these subjects as rules set them, oldest first."""
        c = t.lineage.c
        query = sa.select(c.subject, c.field, c.value, c.at, c.origin).where(c.subject.in_(subjects), c.delivery == "")
        with reading(self._engine) as connection:
            return [SetFact(*row) for row in connection.execute(query.order_by(c.n))]

    def fired(self, rule: str, since: datetime, until: datetime) -> list[Fired]:
        """When a rule really fired, and when its steps were taken, oldest first."""
        c = t.traces.c
        query = (
            sa.select(c.at, c.client, c.subject, c.rule, c.step, c.event, c.ruleset)
            .where(c.rule == rule, c.outcome == Outcome.FIRED.value, c.at >= since, c.at <= until)
            .order_by(c.n)
        )
        with reading(self._engine) as connection:
            return [Fired(*row) for row in connection.execute(query)]

    def newest_traces(self, limit: int = 20_000) -> list[Trace]:
        """The newest evaluations of all rules, whosever they are."""
        query = sa.select(t.traces).order_by(t.traces.c.n.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [parse_trace(row) for row in connection.execute(query)]

    def texts_said(self) -> set[str]:
        """The templates of all that was ever said by rules."""
        template = t.deliveries.c.decision["template"].as_string()
        query = sa.select(template).where(t.deliveries.c.first_tried_at.is_not(None)).distinct()
        with reading(self._engine) as connection:
            return {name for name in connection.execute(query).scalars() if name}

    def erased_between(self, since: datetime, until: datetime) -> int:
        """How many clients were erased in that time: nothing is known of them any more."""
        e = t.erasures.c
        query = sa.select(sa.func.count()).where(e.workspace == self.workspace, e.at >= since, e.at <= until)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def past(self, client: str, subjects: Sequence[str], moment: datetime) -> Past:
        """What is stored of a client and these subjects of theirs around a moment."""
        placed = q.placed_at()
        events = sa.select(t.events).where(t.events.c.client == client, placed > moment)
        events = events.order_by(placed, t.events.c.sequence)
        lineage = sa.select(t.lineage).where(t.lineage.c.subject.in_(subjects), t.lineage.c.delivery == "")
        fired = (
            sa.select(t.traces.c.rule, t.traces.c.subject, sa.func.count(), sa.func.max(t.traces.c.at))
            .where(t.traces.c.subject.in_(subjects), t.traces.c.outcome == Outcome.FIRED.value)
            .where(t.traces.c.step == "", t.traces.c.at <= moment)
            .group_by(t.traces.c.rule, t.traces.c.subject)
        )
        with reading(self._engine) as connection:
            later = [parse_event(row) for row in connection.execute(events)]
            rows = connection.execute(lineage.order_by(t.lineage.c.n)).all()
            runs = {(row[0], row[1]): Ran(row[2], row[3]) for row in connection.execute(fired)}
        own: dict[tuple[str, str], Plain] = {}
        for row in rows:
            key = (row.subject, row.field)
            own[key] = row.value if row.at <= moment else own.get(key)
        return Past(tuple(later), own, runs)


class _Remembering:
    """Reads what is remembered of one client inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, client: str) -> None:
        self._c = connection
        self._given = {"workspace": workspace, "client": client}
        self._client = client

    def all(self) -> Remembered:
        links, records = self._things()
        entries = self._entries([self._client, *links])
        merged = [entry.n for entry in entries if entry.kind == MERGED]
        kept = tuple(entry for entry in entries if not merged or entry.n > merged[-1])
        joined = next((entry.at for entry in reversed(entries) if entry.kind == MERGED), None)
        begins = joined or self._c.execute(sa.select(sa.func.min(t.journal.c.at))).scalar()
        return Remembered(
            state=ClientReader(self._c, self._given["workspace"], self._client).state(),
            since=begins,
            entries=kept,
            events=self._events(),
            deliveries=self._deliveries(),
            written=self._written(),
            records=records,
            links=links,
            timers=self._timers(),
            merged=joined,
            sources=tuple(row.source for row in self._c.execute(q.SOURCES, self._given) if row.seen_up_to is not None),
        )

    def _things(self) -> tuple[dict[str, str], dict[str, StoredRecord]]:
        links: dict[str, str] = {}
        records: dict[str, StoredRecord] = {}
        subjects = sa.select(t.subjects.c.id).where(t.subjects.c.client == self._client)
        bound = sa.select(t.links).where(t.links.c.local_id.in_(subjects)).order_by(t.links.c.at)
        for row in self._c.execute(bound):
            links[str(Ref(row.system, row.account, row.kind, row.remote_id))] = row.local_id
        for row in self._c.execute(q.CLIENT_THINGS, self._given):
            if row.version is not None:
                record = parse_record(row)
                records[str(record.ref)] = record
        return links, records

    def _entries(self, about: Sequence[str]) -> list[Entry]:
        found: list[Entry] = []
        j = t.journal.c
        for start in range(0, len(about), _AT_ONCE):
            query = sa.select(t.journal).where(j.about.in_(about[start : start + _AT_ONCE]))
            found += [Entry(r.n, r.kind, r.about, r.name, r.at, r.data) for r in self._c.execute(query)]
        return sorted(found, key=lambda entry: entry.n)

    def _events(self) -> dict[str, Event]:
        rows = self._c.execute(sa.select(t.events).where(t.events.c.client == self._client))
        return {row.id: parse_event(row) for row in rows}

    def _deliveries(self) -> tuple[Row, ...]:
        query = sa.select(t.deliveries).where(t.deliveries.c.client == self._client).order_by(t.deliveries.c.n)
        return tuple(parse_row(row) for row in self._c.execute(query))

    def _written(self) -> tuple[Written, ...]:
        of_client = sa.select(t.subjects.c.id).where(t.subjects.c.client == self._client)
        query = sa.select(t.lineage).where(t.lineage.c.subject.in_(of_client), t.lineage.c.delivery != "")
        rows = self._c.execute(query.order_by(t.lineage.c.n))
        return tuple(Written(row.subject, row.field, row.value, row.at, row.delivery) for row in rows)

    def _timers(self) -> dict[str, tuple[object, ...]]:
        rows = self._c.execute(sa.select(t.timers).where(t.timers.c.client == self._client))
        return {row.key: tuple(_plain(getattr(row, name)) for name in TIMER_COLUMNS) for row in rows}


def _plain(value: object) -> object:
    return moment_text(value) if isinstance(value, datetime) else value
