"""The store: one object, one method a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import plain_decision
from bridge.model.deliveries import Receipt, State, StoredFile
from bridge.model.errors import Conflict
from bridge.model.events import Event
from bridge.model.planning import Outcome, Plan, Timer, Trace, Wanted
from bridge.model.records import Cursor, Ref
from bridge.model.values import Plain, moment_text
from bridge.store import tables as t
from bridge.store.database import Lock, open_engine, reading, upgrade, writing
from bridge.store.intake import Intake, insert_delivery, upsert
from bridge.store.reading import OPEN_STATES, ClientReader, parse_timer
from bridge.store.rows import (
    ClientState,
    InboxItem,
    Row,
    SourceState,
    StoredSubject,
    Wait,
    parse_event,
    parse_row,
    parse_subject,
)


class Store:
    """All state of one workspace. Safe to use from several threads; every method is one short transaction."""

    def __init__(self, url: str, workspace: str = "main") -> None:
        self.workspace = workspace
        self._url = url
        self._lock = Lock(url)
        self._engine = open_engine(url)

    def upgrade(self) -> None:
        """Brings the schema to the newest version."""
        upgrade(self._engine)

    def lock(self) -> None:
        """Makes this process the only one that works on the database. Raises StoreError that names the other."""
        self._lock.acquire()

    def close(self) -> None:
        """Lets go of the lock and all connections."""
        self._lock.release()
        self._engine.dispose()

    # -- intake -------------------------------------------------------------------------------------------------

    @contextmanager
    def intake(self, now: datetime) -> Iterator[Intake]:
        """The transaction of one page: records, links, events, then the checkpoint; all of it or nothing."""
        with writing(self._engine) as connection:
            yield Intake(connection, self.workspace, now)

    def cursor(self, connector: str) -> Cursor | None:
        """Where reading a connector goes on; None for a first reading."""
        query = sa.select(t.checkpoints.c.cursor).where(
            t.checkpoints.c.workspace == self.workspace, t.checkpoints.c.connector == connector
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).scalar()
        return Cursor(found) if found is not None else None

    def source_failed(self, sources: Sequence[str], error: str, now: datetime) -> None:
        """Notes that reading failed; the first failure's time stays until a reading works again."""
        with writing(self._engine) as connection:
            for source in sources:
                keys = {"workspace": self.workspace, "source": source}
                since = connection.execute(
                    sa.select(t.sources.c.failing_since).where(
                        t.sources.c.workspace == self.workspace, t.sources.c.source == source
                    )
                ).scalar()
                upsert(connection, t.sources, keys, {"failing_since": since or now, "error": error})

    def sources(self) -> dict[str, SourceState]:
        """How far each source was read."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(t.sources).where(t.sources.c.workspace == self.workspace)).all()
        return {row.source: SourceState(row.source, row.seen_up_to, row.failing_since, row.error) for row in rows}

    # -- planning -----------------------------------------------------------------------------------------------

    def clients_to_plan(self, now: datetime) -> list[str]:
        """Clients that changed, have a timer due, or waited for a source that has now been read far enough."""
        with reading(self._engine) as connection:
            dirty = set(
                connection.execute(
                    sa.select(t.clients.c.client).where(
                        t.clients.c.workspace == self.workspace, t.clients.c.dirty.is_(True)
                    )
                ).scalars()
            )
            held = {row.what for row in connection.execute(sa.select(t.waits.c.what)).all()}
            due = connection.execute(
                sa.select(t.timers.c.client, t.timers.c.key).where(
                    t.timers.c.workspace == self.workspace, t.timers.c.state == "live", t.timers.c.due <= now
                )
            ).all()
            dirty |= {row.client for row in due if row.key not in held}
        return sorted(dirty | self._released(), key=lambda client: (len(client), client))

    def _released(self) -> set[str]:
        seen = {name: state.seen_up_to for name, state in self.sources().items()}
        return {
            wait.client
            for wait in self.waits()
            if wait.client and all((moment := seen.get(source)) and moment >= wait.past for source in wait.sources)
        }

    def waits(self) -> list[Wait]:
        """Everything that waits for a source."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(t.waits).order_by(t.waits.c.since)).all()
        return [
            Wait(row.what, row.client, row.subject, row.rule, tuple(row.sources), row.past, row.since, row.told_at)
            for row in rows
        ]

    def told(self, what: str, now: datetime) -> None:
        """Notes that staff know about a wait."""
        with writing(self._engine) as connection:
            connection.execute(t.waits.update().where(t.waits.c.what == what).values(told_at=now))

    def next_moment(self) -> datetime | None:
        """When something is due next: a timer, a delivery that waits, a lease that ends; None when nothing is planned.

        A timer that waits for a source is due when the source is read, which no clock tells: it is left out.
        """
        d = t.deliveries
        held = sa.exists().where(t.waits.c.what == t.timers.c.key)
        queries = (
            sa.select(sa.func.min(t.timers.c.due)).where(
                t.timers.c.workspace == self.workspace, t.timers.c.state == "live", ~held
            ),
            sa.select(sa.func.min(d.c.next_at)).where(
                d.c.workspace == self.workspace, d.c.state == State.WAITING.value
            ),
            sa.select(sa.func.min(d.c.lease_until)).where(
                d.c.workspace == self.workspace, d.c.state == State.CLAIMED.value
            ),
        )
        with reading(self._engine) as connection:
            moments = [connection.execute(query).scalar() for query in queries]
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
            moved = connection.execute(
                t.clients.update()
                .where(t.clients.c.client == plan.client, t.clients.c.version == plan.version)
                # A version is planned once: a second plan made beside this one conflicts, too.
                .values(dirty=False, version=t.clients.c.version + 1)
            ).rowcount
            if moved == 0:
                raise Conflict(f"{plan.client} changed while it was being planned")
            writer = _PlanWriter(connection, self.workspace, plan, now)
            return writer.write(ruleset, connector_of, lane_of)

    # -- outbox -------------------------------------------------------------------------------------------------

    def want(self, wanted: Wanted, *, client: str, connector: str, lane: str, now: datetime) -> bool:
        """Puts an effect of the engine's own into the outbox. False: it is there already."""
        with writing(self._engine) as connection:
            return insert_delivery(connection, self.workspace, client, wanted, connector, lane, now)

    def claim(self, now: datetime, lease: timedelta, limit: int = 20, connector: str | None = None) -> list[Row]:
        """Claims due deliveries, oldest first, at most one a lane.

        Two workers never hold the same one: each claim raises the fence, and a claim whose lease ran out is given again
        with its attempt counted, so its new holder must look before repeating. Raises StoreError.
        """
        d, e = t.deliveries, t.deliveries.alias("earlier")
        ahead = sa.exists().where(
            e.c.workspace == d.c.workspace, e.c.lane == d.c.lane, e.c.n < d.c.n, e.c.state.in_(OPEN_STATES)
        )
        due = sa.or_(
            sa.and_(d.c.state == State.WAITING.value, d.c.next_at <= now),
            sa.and_(d.c.state == State.CLAIMED.value, d.c.lease_until <= now),
        )
        query = sa.select(d).where(d.c.workspace == self.workspace, due, ~ahead).order_by(d.c.n).limit(limit)
        if connector is not None:
            query = query.where(d.c.connector == connector)
        with reading(self._engine) as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []  # looking must not cost a write lock
        with writing(self._engine) as connection:
            rows = connection.execute(query).all()
            for row in rows:
                connection.execute(
                    d.update()
                    .where(d.c.n == row.n)
                    .values(
                        state=State.CLAIMED.value,
                        lease_until=now + lease,
                        fence=d.c.fence + 1,
                    )
                )
            fresh = connection.execute(sa.select(d).where(d.c.n.in_([row.n for row in rows])).order_by(d.c.n)).all()
        return [parse_row(row) for row in fresh]

    def end_claims(self, now: datetime) -> int:
        """Ends the leases of a process that is gone, so that nothing waits them out. Gives how many there were.

        Only for the process that holds the lock: nobody else can be at work on them.
        """
        d = t.deliveries
        ended = d.update().where(d.c.workspace == self.workspace, d.c.state == State.CLAIMED.value)
        with writing(self._engine) as connection:
            return connection.execute(ended.values(lease_until=now)).rowcount

    def intend(
        self,
        row: Row,
        *,
        now: datetime,
        lease: timedelta,
        decision: Mapping[str, Plain] | None = None,
        expect: Mapping[tuple[str, str], Plain],
    ) -> bool:
        """Commits the intent before the call: from here on the outcome is open until a receipt says otherwise.

        `expect` are the values that will come back as echoes, by (ref, field). The lease counts from here: rows claimed
        together wait for each other. False when the lease was lost.
        """
        d = t.deliveries
        values: dict[str, Any] = {
            "attempts": row.attempts + 1,
            "first_tried_at": row.first_tried_at or now,
            "doubt": True,
            "lease_until": now + lease,
        }
        if decision is not None:
            values["decision"] = dict(decision)
        with writing(self._engine) as connection:
            held = connection.execute(
                d.update()
                .where(d.c.n == row.n, d.c.fence == row.fence, d.c.state == State.CLAIMED.value)
                .values(**values)
            ).rowcount
            if not held:
                return False
            for (ref, field), value in expect.items():
                upsert(
                    connection,
                    t.expected,
                    {"ref": ref, "field": field},
                    {"value": value, "delivery": row.id, "at": now},
                )
        return True

    def settle(
        self,
        row: Row,
        state: State,
        *,
        now: datetime,
        reason: str = "",
        next_at: datetime | None = None,
        receipt: Receipt | None = None,
        born: Sequence[Event] = (),
        bind: tuple[Ref, str] | None = None,
        patch: Mapping[str, Plain] | None = None,
        no_effect: bool = False,
        wait: Wait | None = None,
        fresh_past: datetime | None = None,
    ) -> bool:
        """Ends or reschedules an attempt, and stores what its receipt brings: events, a binding, files, lineage.

        `patch` are fields of the receipt's remote thing that are so from now on. `no_effect` says that the attempt
        surely changed nothing: a next one need not look first. `wait` names the sources a postponed one waits for;
        `fresh_past` moves the moment they must have been read past. False when another worker took the delivery over
        meanwhile (its fence moved): then nothing is written.
        """
        d = t.deliveries
        values: dict[str, Any] = {"state": state.value, "reason": reason, "lease_until": None}
        if next_at is not None:
            values["next_at"] = next_at
        if state in (State.CONFIRMED, State.DEAD, State.CANCELLED, State.UNKNOWN):
            values["ended_at"] = now
        if receipt is not None:
            values["receipt"] = _plain_receipt(receipt)
        if no_effect or state is State.CONFIRMED:
            values["doubt"] = False
        if fresh_past is not None:
            values["fresh_past"] = fresh_past
        with writing(self._engine) as connection:
            intake = Intake(connection, self.workspace, now)
            held = connection.execute(
                d.update().where(d.c.n == row.n, d.c.fence == row.fence).values(**values)
            ).rowcount
            if not held:
                return False
            intake.wait(row.id, wait)
            subject = intake.real(row.subject)
            if bind is not None:
                intake.bind(bind[0], bind[1], f"made by {row.id}")
            if receipt is not None:
                if patch and receipt.remote is not None:
                    intake.patch(receipt.remote, patch, row.id)
                _keep_files(connection, self.workspace, subject, row, receipt, now)
                owner = intake.local(receipt.remote) if receipt.remote is not None else ""
                _keep_lineage(connection, owner or subject, row, now)
            if no_effect or (receipt is not None and receipt.already):
                intake.expect_no_more(row.id)
            for event in born:
                intake.add_event(event)
            if row.client:
                intake.dirty(intake.client_of(row.client))
        return True

    def deliveries(
        self, *, states: Sequence[State] = (), client: str = "", delivery: str = "", limit: int = 200
    ) -> list[Row]:
        """Deliveries for people to look at, newest first."""
        query = sa.select(t.deliveries).where(t.deliveries.c.workspace == self.workspace)
        if states:
            query = query.where(t.deliveries.c.state.in_([state.value for state in states]))
        if client:
            query = query.where(t.deliveries.c.client == client)
        if delivery:
            query = query.where(t.deliveries.c.id.startswith(delivery))
        with reading(self._engine) as connection:
            return [parse_row(row) for row in connection.execute(query.order_by(t.deliveries.c.n.desc()).limit(limit))]

    def decide(
        self, delivery: str, state: State, *, now: datetime, reason: str, born: Sequence[Event] = ()
    ) -> Row | None:
        """A person's word on a delivery: try again (waiting), given up (cancelled), or it arrived (confirmed).

        Only what is not under way can be decided. Gives the row as it was, None when there was nothing to decide.
        """
        with self.intake(now) as intake:
            return intake.decide(delivery, state, reason=reason, born=born)

    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        query = sa.select(t.deliveries.c.state, sa.func.count()).group_by(t.deliveries.c.state)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    # -- what a delivery needs to know ----------------------------------------------------------------------------

    def refs_of(self, subject: str) -> dict[str, Ref]:
        """The remote things of a subject and of those it belongs to, by "system.kind"; the nearest, newest one."""
        found: dict[str, Ref] = {}
        with reading(self._engine) as connection:
            here = subject
            while here:
                query = (
                    sa.select(t.links, t.records.c.deleted)
                    .outerjoin(
                        t.records,
                        sa.and_(
                            t.records.c.workspace == t.links.c.workspace,
                            t.records.c.system == t.links.c.system,
                            t.records.c.account == t.links.c.account,
                            t.records.c.kind == t.links.c.kind,
                            t.records.c.remote_id == t.links.c.remote_id,
                        ),
                    )
                    .where(t.links.c.local_id == here)
                    .order_by(t.links.c.at.desc())
                )
                for row in connection.execute(query):
                    if not row.deleted:
                        ref = Ref(row.system, row.account, row.kind, row.remote_id)
                        found.setdefault(f"{row.system}.{row.kind}", ref)
                here = str(
                    connection.execute(sa.select(t.subjects.c.parent).where(t.subjects.c.id == here)).scalar() or ""
                )
        return found

    def file(self, subject: str, template: str, key: str, format_: str) -> StoredFile | None:
        """A made document, None when it was not made (yet)."""
        query = sa.select(t.documents).where(
            t.documents.c.subject == subject,
            t.documents.c.template == template,
            t.documents.c.key == key,
            t.documents.c.format == format_,
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return StoredFile(row.name, row.media_type, row.content) if row else None

    # -- for people -----------------------------------------------------------------------------------------------

    def inbox(self, *, settled: bool = False) -> list[InboxItem]:
        """What waits for a person, oldest first; with `settled`, what was settled too."""
        query = sa.select(t.inbox).where(t.inbox.c.workspace == self.workspace).order_by(t.inbox.c.n)
        if not settled:
            query = query.where(t.inbox.c.settled_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [InboxItem(r.n, r.kind, r.about, r.summary, r.at, r.settled_at, r.settled) for r in rows]

    def traces(self, subjects: Sequence[str], rule: str | None = None, limit: int = 50) -> list[Trace]:
        """The newest evaluations about these subjects, newest first."""
        query = sa.select(t.traces).where(t.traces.c.subject.in_(subjects)).order_by(t.traces.c.n.desc()).limit(limit)
        if rule:
            query = query.where(t.traces.c.rule == rule)
        with reading(self._engine) as connection:
            return [_parse_trace(row) for row in connection.execute(query)]

    def subjects(self) -> list[StoredSubject]:
        """All living local things."""
        query = sa.select(t.subjects).where(t.subjects.c.workspace == self.workspace, t.subjects.c.alias_of == "")
        with reading(self._engine) as connection:
            return [parse_subject(row) for row in connection.execute(query.order_by(t.subjects.c.n))]

    def timers(self, client: str = "") -> list[Timer]:
        """Timers that are running, soonest first."""
        query = sa.select(t.timers).where(t.timers.c.state == "live").order_by(t.timers.c.due)
        if client:
            query = query.where(t.timers.c.client == client)
        with reading(self._engine) as connection:
            return [parse_timer(row) for row in connection.execute(query)]

    def events_since(self, sequence: int, limit: int = 1000) -> list[Event]:
        """Events after a sequence number, in order."""
        query = sa.select(t.events).where(t.events.c.sequence > sequence).order_by(t.events.c.sequence).limit(limit)
        with reading(self._engine) as connection:
            return [parse_event(row) for row in connection.execute(query)]

    def remember(self, key: str, value: str) -> None:
        """Keeps one small fact about the process itself (its clock, its start)."""
        with writing(self._engine) as connection:
            upsert(connection, t.meta, {"key": key}, {"value": value})

    def recall(self, key: str) -> str | None:
        """The small fact again."""
        with reading(self._engine) as connection:
            found = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
        return None if found is None else str(found)


class _PlanWriter:
    """Writes one plan inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, plan: Plan, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._plan = plan
        self._now = now

    def write(self, ruleset: str, connector_of: Callable[[Wanted], str], lane_of: Callable[[Wanted], str]) -> int:
        self._events()
        self._facts()
        self._timers()
        for (rule, subject), edge in self._plan.edges.items():
            keys = {"rule": rule, "subject": subject}
            upsert(self._c, t.edges, keys, {"value": edge.value, "flips": edge.flips})
        for (rule, subject), ran in self._plan.runs.items():
            upsert(self._c, t.runs, {"rule": rule, "subject": subject}, {"times": ran.count, "last_at": ran.last_at})
        self._called_off()
        self._traces(ruleset)
        self._waits()
        return sum(
            insert_delivery(
                self._c, self._workspace, self._plan.client, wanted, connector_of(wanted), lane_of(wanted), self._now
            )
            for wanted in self._plan.wanted
        )

    def _events(self) -> None:
        for event in self._plan.planned:
            self._c.execute(t.events.update().where(t.events.c.id == event).values(state="planned", parked_since=None))
        for event, since in self._plan.parked.items():
            self._c.execute(t.events.update().where(t.events.c.id == event).values(state="parked", parked_since=since))

    def _facts(self) -> None:
        for fact in self._plan.sets:
            keys = {"subject": fact.subject, "field": fact.field}
            upsert(self._c, t.facts, keys, {"value": fact.value, "at": fact.at})
            origin = f"rule:{fact.cause.rule} event:{fact.cause.event}"
            self._c.execute(
                t.lineage.insert().values(
                    subject=fact.subject, field=fact.field, value=fact.value, at=fact.at, origin=origin, delivery=""
                )
            )

    def _timers(self) -> None:
        for timer in self._plan.timers:
            values = {
                "workspace": self._workspace,
                "client": self._plan.client,
                "subject": timer.subject,
                "rule": timer.rule,
                "step": timer.step,
                "start": timer.start,
                "due": timer.due,
                "formula": timer.formula,
                "occurrence": timer.occurrence,
                "because": timer.because,
                "data": dict(timer.data),
                "state": "live",
                "ended_because": "",
            }
            upsert(self._c, t.timers, {"key": timer.key}, values)
        for key, reason in self._plan.timers_ended.items():
            state = "done" if reason == "done" else "cancelled"
            self._c.execute(t.timers.update().where(t.timers.c.key == key).values(state=state, ended_because=reason))

    def _called_off(self) -> None:
        d = t.deliveries
        for delivery, reason in self._plan.called_off.items():
            self._c.execute(
                d.update()
                .where(
                    d.c.id == delivery,
                    d.c.attempts == 0,
                    d.c.doubt.is_(False),
                    d.c.state.in_((State.WAITING.value, State.HELD.value)),
                )
                .values(state=State.CANCELLED.value, reason=reason, ended_at=self._now)
            )
            self._c.execute(t.waits.delete().where(t.waits.c.what == delivery))

    def _traces(self, ruleset: str) -> None:
        for trace in self._plan.traces:
            self._c.execute(
                t.traces.insert().values(
                    client=self._plan.client,
                    subject=trace.subject,
                    rule=trace.rule,
                    step=trace.step,
                    event=trace.event,
                    at=trace.at,
                    outcome=trace.outcome.value,
                    reason=trace.reason,
                    tree=[list(line) for line in trace.tree],
                    change=list(trace.change),
                    ruleset=ruleset,
                )
            )

    def _waits(self) -> None:
        blind = {wait.what: wait for wait in self._plan.blind}
        kept = sa.select(t.deliveries.c.id).where(t.deliveries.c.client == self._plan.client)
        self._c.execute(
            t.waits.delete().where(
                t.waits.c.client == self._plan.client,
                t.waits.c.what.not_in(list(blind)),
                t.waits.c.what.not_in(kept),
            )
        )
        for what, wait in blind.items():
            row = Wait(what, self._plan.client, wait.subject, wait.rule, wait.sources, wait.since, self._now)
            Intake(self._c, self._workspace, self._now).wait(what, row)


def _keep_files(
    connection: sa.Connection, workspace: str, subject: str, row: Row, receipt: Receipt, now: datetime
) -> None:
    decision = plain_decision(row.decision)
    for file in receipt.files:
        keys = {
            "subject": subject,
            "template": decision["template"],
            "key": decision["key"],
            "format": file.name.rsplit(".", 1)[-1],
        }
        values = {
            "workspace": workspace,
            "version": decision["version"],
            "name": file.name,
            "media_type": file.media_type,
            "content": file.content,
            "at": now,
        }
        upsert(connection, t.documents, keys, values)


def _keep_lineage(connection: sa.Connection, subject: str, row: Row, now: datetime) -> None:
    """Every value written outside resolves to where it came from."""
    decision: Mapping[str, Any] = plain_decision(row.decision)
    if decision["kind"] != "write_fields":
        return
    for name, value in decision["values"].items():
        connection.execute(
            t.lineage.insert().values(
                subject=subject,
                field=f"{decision['record']}.{name}",
                value=value,
                at=now,
                origin=decision["because"].get(name, f"rule:{row.cause.rule}"),
                delivery=row.id,
            )
        )


def _plain_receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "at": moment_text(receipt.at),
        "remote": str(receipt.remote) if receipt.remote else "",
        "already": receipt.already,
        "details": dict(receipt.details),
    }


def _parse_trace(row: Any) -> Trace:
    return Trace(
        rule=row.rule,
        subject=row.subject,
        event=row.event,
        at=row.at,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        step=row.step,
        tree=tuple((line[0], line[1], line[2], line[3]) for line in row.tree),
        change=tuple(row.change),
    )
