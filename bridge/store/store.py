"""The store: one object, one method a transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.errors import Conflict
from bridge.model.events import Event
from bridge.model.planning import ASKED, Outcome, Plan, Timer, Trace, Wanted
from bridge.model.records import Cursor, Ref
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.agreed import Conflicts
from bridge.store.belongings import Clients
from bridge.store.database import reading, writing
from bridge.store.deliveries import Deliveries
from bridge.store.emptied import EmptiedSources
from bridge.store.files import Files
from bridge.store.intake import Intake
from bridge.store.known_keys import KnownKeys
from bridge.store.known_stops import Stops
from bridge.store.loads import Loads
from bridge.store.opening import Opening
from bridge.store.past import Pasts
from bridge.store.planning import PlanWriter
from bridge.store.reading import ClientReader, parse_timer
from bridge.store.records import events_about, hashes, stored
from bridge.store.retention import Retention
from bridge.store.rows import (
    ClientState,
    Due,
    InboxItem,
    SourceState,
    StoredRecord,
    StoredSubject,
    Wait,
    parse_event,
    parse_inbox_item,
    parse_subject,
    parse_trace,
)
from bridge.store.rule_sets import RuleSets
from bridge.store.statements import upsert
from bridge.store.trail import Trail
from bridge.store.vault import Boxes
from bridge.store.watching import Watched


class Store(
    Opening,
    Boxes,
    Clients,
    Conflicts,
    Deliveries,
    EmptiedSources,
    Files,
    KnownKeys,
    Loads,
    Pasts,
    Retention,
    RuleSets,
    Stops,
    Trail,
    Watched,
):
    """All state of one workspace. Safe to use from several threads; every method is one short transaction."""

    # -- intake -------------------------------------------------------------------------------------------------

    def cursor(self, connector: str) -> Cursor | None:
        """Where reading a connector goes on; None for a first reading."""
        given = {"workspace": self.workspace, "connector": connector}
        with reading(self._engine) as connection:
            found = connection.execute(q.CURSOR, given).scalar()
        return Cursor(found) if found is not None else None

    def hashes(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """The hashes of the kept records among `refs`; "" for one that was written since it was read."""
        with reading(self._engine) as connection:
            return hashes(connection, self.workspace, refs)

    def kept(self, refs: Iterable[Ref]) -> dict[Ref, StoredRecord]:
        """The kept records among `refs`."""
        with reading(self._engine) as connection:
            return stored(connection, self.workspace, refs)

    def bound(self, ref: Ref, subject: str, now: datetime) -> StoredRecord | None:
        """What is kept of a thing, None where it is not, or not any more, bound to this subject."""
        with reading(self._engine) as connection:
            intake = Intake(connection, self.workspace, now)
            return intake.stored([ref]).get(ref) if intake.local(ref) == intake.real(subject) else None

    def source_failed(self, sources: Sequence[str], error: str, now: datetime, fault: str = "") -> None:
        """Notes that reading failed; the first failure's time stays until a reading works again.

        `fault` names its kind; a failure of no kind in particular leaves the kind as it was.
        """
        with writing(self._engine) as connection:
            for source in sources:
                keys = {"workspace": self.workspace, "source": source}
                known = connection.execute(
                    sa.select(t.sources.c.failing_since, t.sources.c.fault).where(
                        t.sources.c.workspace == self.workspace, t.sources.c.source == source
                    )
                ).first()
                since = known.failing_since if known else None
                kind = fault or (known.fault if known else "")
                upsert(connection, t.sources, keys, {"failing_since": since or now, "error": error, "fault": kind})

    def sources(self) -> dict[str, SourceState]:
        """How far each source was read."""
        with reading(self._engine) as connection:
            rows = connection.execute(q.SOURCES, {"workspace": self.workspace}).all()
        return {
            row.source: SourceState(row.source, row.seen_up_to, row.failing_since, row.error, row.fault) for row in rows
        }

    def forget_sources(self, connectors: Collection[str]) -> None:
        """Forgets how far further accounts (`trello:second`) were read that are read no more: nobody waits for them."""
        gone = [name for name in self.sources() if ":" in name and name.partition(".")[0] not in connectors]
        if gone:
            s = t.sources.c
            with writing(self._engine) as connection:
                connection.execute(t.sources.delete().where(s.workspace == self.workspace, s.source.in_(gone)))

    # -- planning -----------------------------------------------------------------------------------------------

    def clients_to_plan(self, now: datetime) -> list[str]:
        """Clients that changed, have a timer due, or waited for a source that has now been read far enough."""
        given = {"workspace": self.workspace, "now": now}
        with reading(self._engine) as connection:
            clients = set(connection.execute(q.CLIENTS_TO_PLAN, given).scalars())
            waits = connection.execute(q.WAITS).all()
            if waits:
                seen = {row.source: row.seen_up_to for row in connection.execute(q.SOURCES, given)}
                clients |= {row.client for row in waits if row.client and _released(row, seen)}
        return sorted(clients, key=lambda client: (len(client), client))

    def due(self, now: datetime) -> Due:
        """What there is to do at a moment, told by one look: most rounds have nothing."""
        with reading(self._engine) as connection:
            row = connection.execute(q.DUE, {"workspace": self.workspace, "now": now}).one()
        return Due(plans=row.plans, waits=row.waits, asked=row.asked, deliveries=row.deliveries)

    def waits(self) -> list[Wait]:
        """Everything that waits for a source."""
        with reading(self._engine) as connection:
            rows = connection.execute(q.WAITS).all()
        return [
            Wait(row.what, row.client, row.subject, row.rule, tuple(row.sources), row.past, row.since, row.told_at)
            for row in rows
        ]

    def told(self, what: str, now: datetime) -> None:
        """Notes that staff know about a wait."""
        with writing(self._engine) as connection:
            connection.execute(q.CHANGE_WAIT, {"the_what": what, "told_at": now})

    def next_moment(self) -> datetime | None:
        """When something is due next: a timer, a delivery that waits, a lease that ends; None when nothing is planned.

        A timer that waits for a source is due when the source is read, which no clock tells: it is left out.
        """
        queries = (q.NEXT_TIMER, q.NEXT_DELIVERY, q.NEXT_LEASE)
        with reading(self._engine) as connection:
            moments = [connection.execute(query, {"workspace": self.workspace}).scalar() for query in queries]
        return min((moment for moment in moments if moment is not None), default=None)

    def load_client(self, client: str) -> ClientState:
        """Everything kept about one client, seen at one moment."""
        with reading(self._engine) as connection:
            return ClientReader(connection, self.workspace, client).state()

    def commit_plan(
        self,
        plan: Plan,
        *,
        now: datetime,
        ruleset: str,
        connector_of: Callable[[Wanted], str],
        lane_of: Callable[[Wanted], str],
    ) -> int:
        """Writes a whole plan, or raises Conflict when the client moved meanwhile. Gives how many effects are new."""
        with writing(self._engine) as connection:
            planned = {"the_client": plan.client, "the_version": plan.version}
            if connection.execute(q.PLANNED, planned).rowcount == 0:
                raise Conflict(f"{plan.client} changed while it was being planned")
            writer = PlanWriter(connection, self.workspace, plan, now)
            return writer.write(ruleset, connector_of, lane_of)

    # -- for people -----------------------------------------------------------------------------------------------

    def inbox(self, *, settled: bool = False) -> list[InboxItem]:
        """What waits for a person, oldest first; with `settled`, what was settled too."""
        query = sa.select(t.inbox).where(t.inbox.c.workspace == self.workspace).order_by(t.inbox.c.n)
        if not settled:
            query = query.where(t.inbox.c.settled_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [parse_inbox_item(row) for row in rows]

    def traces(
        self, subjects: Sequence[str], rule: str | None = None, limit: int = 50, until: datetime | None = None
    ) -> list[Trace]:
        """The newest evaluations about these subjects, newest first; none made after `until`."""
        query = sa.select(t.traces).where(t.traces.c.subject.in_(subjects)).order_by(t.traces.c.n.desc()).limit(limit)
        if rule:
            query = query.where(t.traces.c.rule == rule)
        if until is not None:
            query = query.where(t.traces.c.at <= until)
        with reading(self._engine) as connection:
            return [parse_trace(row) for row in connection.execute(query)]

    def traced(self, outcome: Outcome, since: datetime) -> dict[str, int]:
        """How many evaluations of each rule came to that since a moment; rules with none are left out."""
        query = (
            sa.select(t.traces.c.rule, sa.func.count())
            .where(t.traces.c.outcome == outcome.value, t.traces.c.at >= since)
            .group_by(t.traces.c.rule)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def subjects(self) -> list[StoredSubject]:
        """All living local things."""
        query = sa.select(t.subjects).where(t.subjects.c.workspace == self.workspace, t.subjects.c.alias_of == "")
        with reading(self._engine) as connection:
            return [parse_subject(row) for row in connection.execute(query.order_by(t.subjects.c.n))]

    def timers(self, client: str = "") -> list[Timer]:
        """Timers that are running, soonest first."""
        here = t.timers.c.workspace == self.workspace
        query = sa.select(t.timers).where(here, t.timers.c.state == "live").order_by(t.timers.c.due)
        if client:
            query = query.where(t.timers.c.client == client)
        with reading(self._engine) as connection:
            return [parse_timer(row) for row in connection.execute(query)]

    def asked(self) -> list[Timer]:
        """Steps that came late and that a person was, or has to be, asked about."""
        query = sa.select(t.timers).where(t.timers.c.workspace == self.workspace, t.timers.c.state == ASKED)
        with reading(self._engine) as connection:
            return [parse_timer(row) for row in connection.execute(query.order_by(t.timers.c.due))]

    def plan_again(self) -> None:
        """Has every client planned anew: the rules have changed, and new ones have to see how things stand now."""
        c = t.clients
        with writing(self._engine) as connection:
            here = c.c.workspace == self.workspace
            connection.execute(c.update().where(here).values(dirty=True, version=c.c.version + 1))

    def events_since(self, sequence: int, limit: int = 1000) -> list[Event]:
        """Events after a sequence number, in order."""
        query = sa.select(t.events).where(t.events.c.sequence > sequence).order_by(t.events.c.sequence).limit(limit)
        with reading(self._engine) as connection:
            return [parse_event(row) for row in connection.execute(query)]

    def events_about(self, ref: Ref, kind: str) -> list[Event]:
        """The newest events of a kind about a remote thing, newest first."""
        with reading(self._engine) as connection:
            return events_about(connection, self.workspace, ref, kind)

    def remember(self, key: str, value: str) -> None:
        """Keeps one small fact about the process itself (its clock, its start)."""
        with writing(self._engine) as connection:
            q.upsert(connection, t.meta, {"key": key}, {"value": value})

    def recall(self, key: str) -> str | None:
        """The small fact again."""
        with reading(self._engine) as connection:
            found = connection.execute(q.META, {"key": key}).scalar()
        return None if found is None else str(found)


def _released(wait: Any, seen: Mapping[str, datetime | None]) -> bool:
    """Whether all that a wait is for has been read far enough."""
    return all((moment := seen.get(source)) is not None and moment >= wait.past for source in wait.sources)
