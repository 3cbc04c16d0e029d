"""What the store tells those who watch over the bridge: queues, rhythms, sizes."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Event
from bridge.model.floods import Flood, Limits, Sent, Whose, counted_from
from bridge.model.planning import Outcome, Trace
from bridge.model.reasons import CLOSED_HOURS, OVER_CAP, read
from bridge.model.values import Plain
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.alarms import AlarmRow, Alarms
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.floods import Floods
from bridge.store.reading import OPEN_STATES
from bridge.store.rows import Row, parse_event, parse_trace

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_WRITES = _LONG_AGO
_LONGEST_WAIT = timedelta(minutes=20)
"""A retry is never further away than this, unless a vendor or a clock asked for more."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What one connector has to carry out: since when the oldest has been due, and whether some were tried in vain."""

    connector: str
    due_since: datetime
    retrying: bool


_DUE_BEFORE = timedelta(days=1)
"""A delivery is done so soon after it was due: what was due before need not be looked through."""


class Watched(Base):
    """Readings of the whole workspace. Each is one short look; none writes."""

    def alarms(self) -> list[AlarmRow]:
        """All alarms that were ever raised, the newest first."""
        with reading(self._engine) as connection:
            return Alarms(connection, self.workspace).rows()

    def queues(self, now: datetime) -> dict[str, Queue]:
        """The connectors with deliveries that are due or being retried. What waits for contact hours is not due.

        What stands behind another one of its lane is left out: the one in front counts for both.
        """
        d, e = t.deliveries, t.deliveries.alias("earlier")
        ahead = sa.exists().where(
            e.c.workspace == d.c.workspace,
            e.c.lane == d.c.lane,
            e.c.n < d.c.n,
            e.c.state.in_(OPEN_STATES),
            sa.not_(sa.and_(e.c.reason == str(OVER_CAP), e.c.next_at > now)),
        )
        query = sa.select(d.c.connector, d.c.next_at, d.c.first_tried_at, d.c.reason).where(
            d.c.workspace == self.workspace,
            d.c.state == State.WAITING.value,
            d.c.next_at <= now + _LONGEST_WAIT,
            ~ahead,
        )
        found: dict[str, Queue] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                retrying = row.first_tried_at is not None and read(row.reason) not in (CLOSED_HOURS, OVER_CAP)
                if not retrying and row.next_at > now:
                    continue
                since = min(row.first_tried_at, row.next_at) if retrying else row.next_at
                known = found.get(row.connector)
                if known is not None:
                    since, retrying = min(since, known.due_since), retrying or known.retrying
                found[row.connector] = Queue(row.connector, since, retrying)
        return found

    def went_well_since(self, connector: str, since: datetime, *, apart: Collection[str] = ()) -> bool:
        """Whether anything went well with a connector's system since a moment: a reading, or a delivery.

        Readings of the sources in `apart` say nothing: they go another way.
        """
        d, s = t.deliveries, t.sources
        read_well = sa.select(s.c.source).where(
            s.c.workspace == self.workspace,
            s.c.source.startswith(f"{connector}.", autoescape=True),
            s.c.source.not_in(list(apart)),
            s.c.seen_up_to >= since,
        )
        done = sa.select(d.c.n).where(
            d.c.workspace == self.workspace,
            d.c.connector == connector,
            d.c.state == State.CONFIRMED.value,
            d.c.next_at >= since - _DUE_BEFORE,
            d.c.ended_at >= since,
        )
        with reading(self._engine) as connection:
            return any(connection.execute(query.limit(1)).first() is not None for query in (read_well, done))

    def rules_fired(self, rules: Iterable[str]) -> dict[str, datetime]:
        """When each of these rules fired last, for anybody; rules that never did are left out."""
        wanted = list(rules)
        if not wanted:
            return {}
        query = (
            sa.select(t.runs.c.rule, sa.func.max(t.runs.c.last_at))
            .where(t.runs.c.rule.in_(wanted))
            .group_by(t.runs.c.rule)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def outcomes(self, wanted: Iterable[Outcome], since: datetime) -> list[tuple[Trace, str]]:
        """The evaluations of all rules that came to one of these since a moment, each with its client; oldest first."""
        r = t.traces.c
        query = sa.select(t.traces).where(r.outcome.in_([one.value for one in wanted]), r.at >= since).order_by(r.n)
        with reading(self._engine) as connection:
            return [(parse_trace(row), str(row.client)) for row in connection.execute(query)]

    def with_fact(self, field: str, value: Plain) -> list[str]:
        """The subjects of which a fact that the bridge keeps itself is so, merged and erased ones left out."""
        return [subject for subject, kept in self.kept_as(field).items() if kept == value]

    def kept_as(self, field: str) -> dict[str, Plain]:
        """What the bridge itself keeps under that name, by subject; merged and erased ones left out."""
        f, s = t.facts.c, t.subjects.c
        query = (
            sa.select(f.subject, f.value)
            .join(t.subjects, s.id == f.subject)
            .where(f.field == field, s.workspace == self.workspace, s.alias_of == "")
            .order_by(s.n)
        )
        with reading(self._engine) as connection:
            return {str(row.subject): row.value for row in connection.execute(query)}

    def happened(self, since: datetime, until: datetime, client: str = "") -> list[tuple[Event, str]]:
        """What the bridge heard of after a moment, up to another, each with its client ("" for all); oldest first."""
        e = t.events.c
        between = sa.and_(q.placed_at() > since, q.placed_at() <= until)
        whose = e.client == client if client else e.client != ""
        query = sa.select(t.events).where(e.workspace == self.workspace, whose, between).order_by(e.sequence)
        with reading(self._engine) as connection:
            return [(parse_event(row), str(row.client)) for row in connection.execute(query)]

    def latest_news(self, connectors: Iterable[str]) -> dict[str, datetime]:
        """When each of these connectors last brought something that happened."""
        found: dict[str, datetime] = {}
        with reading(self._engine) as connection:
            for name in connectors:
                query = (
                    sa.select(t.events.c.seen_at)
                    .where(t.events.c.workspace == self.workspace, t.events.c.source == name)
                    .order_by(t.events.c.sequence.desc())
                    .limit(1)
                )
                moment = connection.execute(query).scalar()
                if moment is not None:
                    found[name] = moment
        return found

    def floods(self) -> list[Flood]:
        """Breakers that are open, and the last answered one of each rule and client, oldest first."""
        with reading(self._engine) as connection:
            return Floods(connection, self.workspace, _NEVER_WRITES).rows()

    def held_by(self, flood: Flood) -> int:
        """How many deliveries a breaker holds."""
        with reading(self._engine) as connection:
            return len(Floods(connection, self.workspace, _NEVER_WRITES).held(flood))

    def sent_within(self, limits: Limits, row: Row, now: datetime, floods: Sequence[Flood]) -> Sent:
        """How much has left the bridge of a delivery's rule and about its client, up to each limit and in its time.

        What was wanted before a person's last answer to a flood does not count.
        """
        decision = row.decision
        messages = limits.messages if isinstance(decision, SendMessage) and decision.to_client else None
        of_rule, of_client = (Whose.RULE, row.cause.rule), (Whose.CLIENT, row.client)
        given: dict[str, Any] = {"workspace": self.workspace, "rule": row.cause.rule, "client": row.client}
        for name, limit, about in (
            ("rule", limits.rule, of_rule),
            ("messages", messages, of_rule),
            ("client", limits.client if row.client else None, of_client),
        ):
            given[f"{name}_most"] = limit.count if limit else 0
            given[f"{name}_since"] = now - limit.within if limit else now
            given[f"{name}_after"] = counted_from(floods, *about) or _LONG_AGO
        with reading(self._engine) as connection:
            found = connection.execute(q.SENT_WITHIN, given).one()
        return Sent(found.of_rule, found.messages, found.about_client)

    def free_bytes(self) -> int | None:
        """Room left on the disk of the database; None when it is no file here."""
        file = self._file()
        return shutil.disk_usage(file.parent).free if file is not None and file.parent.is_dir() else None

    def size_bytes(self) -> int:
        """How much the database takes, with what is written but not merged into it yet."""
        file = self._file()
        parts = [file, Path(f"{file}-wal")] if file is not None else []
        return sum(part.stat().st_size for part in parts if part.is_file())

    def _file(self) -> Path | None:
        url = self._engine.url
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        return Path(url.database).expanduser()
