"""Rows as values, and back: how events, causes and deliveries are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.model.checklists import Put
from bridge.model.decisions import Decision, parse_decision
from bridge.model.deliveries import State
from bridge.model.events import Actor, ActorKind, Cause, Event, trace_id
from bridge.model.merging import Agreed, Pending
from bridge.model.planning import Edge, MadeDocument, Outcome, Ran, Timer, Trace, Waiting
from bridge.model.questions import Question
from bridge.model.reasons import NO_REASON, Reason, read
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.model.vault import Access, AccessState


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """The newest state of one record as kept: its version grows by one with every change of content.

    What `unknown` names could not be read when it was read last: `fields` has what it held before, if it ever did.
    """

    ref: Ref
    version: int
    hash: str
    fields: Mapping[str, Plain]
    read_at: datetime
    url: str = ""
    changed_at: datetime | None = None
    deleted: bool = False
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """A value the bridge itself is writing: when it comes back from the source it is an echo."""

    field: str
    value: Plain
    delivery: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A one-time or respondent's code: what it is for and whose it is."""

    token: str
    purpose: str
    subject: str
    created_at: datetime
    used_at: datetime | None = None
    used_by: str = ""


RETURNED = "returned"
"""What of a receipt counts how often a delivery came back."""


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery as the outbox keeps it.

    `doubt`: an attempt went out whose outcome nobody has written down. `together`: the delivery in whose message this
    one was said, "" when it went by itself. `unhurried`: nobody waits for it, nor for one behind it in its lane.
    """

    n: int
    id: str
    key: str
    client: str
    subject: str
    connector: str
    lane: str
    decision: Decision
    cause: Cause
    state: State
    next_at: datetime
    attempts: int
    created_at: datetime
    first_tried_at: datetime | None = None
    doubt: bool = False
    lease_until: datetime | None = None
    fence: int = 0
    calls_off: str = ""
    fresh_past: datetime | None = None
    background: bool = False
    unhurried: bool = False
    late: bool = False
    together: str = ""
    receipt: Mapping[str, Any] | None = None
    reason: Reason = NO_REASON
    ended_at: datetime | None = None

    @property
    def returned(self) -> int:
        """How often it came back after it had been taken for delivered."""
        return int((self.receipt or {}).get(RETURNED, 0))

    @property
    def trace(self) -> str:
        """The short id of the chain that it belongs to; "" for a word of the bridge's own."""
        return self.cause.trace or (trace_id(self.cause.event) if self.cause.event else "")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """Something a person has to bind or settle."""

    n: int
    kind: str
    about: str
    summary: Mapping[str, Any]
    at: datetime
    settled_at: datetime | None = None
    settled: str = ""


def parse_inbox_item(row: Any) -> InboxItem:
    """An item of the inbox from its row."""
    return InboxItem(row.n, row.kind, row.about, row.summary, row.at, row.settled_at, row.settled)


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far a source was read, and since when reading it fails.

    `fault` is what kind of failure it is ("" while all is well), as the engine names them.
    """

    source: str
    seen_up_to: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Whether there is anything to do now: clients to plan, things that wait for a source, questions, deliveries.

    A client that waits for a source may be due once the source was read: `waits` says that it has to be looked at.
    """

    plans: bool = False
    waits: bool = False
    asked: bool = False
    deliveries: bool = False

    @property
    def anything(self) -> bool:
        """Whether a round would do anything at all."""
        return self.plans or self.waits or self.asked or self.deliveries


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits for sources to be read past a moment."""

    what: str
    client: str
    subject: str
    rule: str
    sources: tuple[str, ...]
    past: datetime
    since: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """A local thing: a client, a deal, a task or an invoice."""

    id: str
    kind: str
    parent: str
    client: str
    origin: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SetFact:
    """A fact of the bridge's own as a rule set it, and what had woken the rule."""

    subject: str
    field: str
    value: Plain
    at: datetime
    origin: str

    def comes_of(self, rule: str, event: str) -> bool:
        """Whether that rule set it, woken by that event."""
        return self.origin == origin_of(rule, event)


def origin_of(rule: str, event: str) -> str:
    """How the lineage of a fact names the rule that set it, and what woke the rule."""
    return f"rule:{rule} event:{event}"


@dataclass(frozen=True, slots=True)
class ClientState:
    """Everything kept about one client, raw: the engine makes a Snapshot of it."""

    client: str
    version: int
    subjects: tuple[StoredSubject, ...]
    records: Mapping[str, tuple[StoredRecord, ...]] = field(default_factory=dict)
    facts: Mapping[tuple[str, str], tuple[Plain, datetime]] = field(default_factory=dict)
    written: Mapping[tuple[str, str], Plain] = field(default_factory=dict)
    agreed: Mapping[tuple[str, str], Agreed] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()
    moving: Mapping[str, str] = field(default_factory=dict)
    chats: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[tuple[str, str], str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    parked: Mapping[str, datetime] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    edges: Mapping[tuple[str, str], Edge] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], Ran] = field(default_factory=dict)
    documents: Mapping[tuple[str, str], MadeDocument] = field(default_factory=dict)
    lists: Mapping[str, tuple[Put, ...]] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    questions: Mapping[str, Question] = field(default_factory=dict)
    accesses: tuple[Access, ...] = ()
    seen_up_to: Mapping[str, datetime] = field(default_factory=dict)


def parse_access(row: Any) -> Access:
    """An access from its row, without what is in it."""
    return Access(
        id=row.id,
        subject=row.subject,
        name=row.name,
        state=AccessState(row.state),
        asked_at=row.asked_at,
        received_at=row.received_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        expires_at=row.expires_at,
        sealed=bool(row.sealed),
        key=row.key,
    )


def plain_wait(wait: Wait) -> dict[str, Any]:
    """The row of a wait."""
    return {
        "what": wait.what,
        "client": wait.client,
        "subject": wait.subject,
        "rule": wait.rule,
        "sources": list(wait.sources),
        "past": wait.past,
        "since": wait.since,
        "told_at": wait.told_at,
    }


def plain_actor(actor: Actor) -> dict[str, str]:
    """The written form of an actor."""
    return {"kind": actor.kind.value, "id": actor.id, "name": actor.name}


def parse_actor(plain: Mapping[str, str]) -> Actor:
    """The actor again."""
    return Actor(ActorKind(plain["kind"]), plain["id"], plain["name"])


def plain_cause(cause: Cause) -> dict[str, Any]:
    """The written form of a cause."""
    return {
        "rule": cause.rule,
        "step": cause.step,
        "event": cause.event,
        "depth": cause.depth,
        "trace": cause.trace,
        **({"ruleset": cause.ruleset} if cause.ruleset else {}),
    }


def parse_cause(plain: Mapping[str, Any] | None) -> Cause | None:
    """The cause again."""
    return Cause(**plain) if plain else None


def parse_event(row: Any) -> Event:
    """An event from its row."""
    return Event(
        id=row.id,
        kind=row.kind,
        at=row.at,
        seen_at=row.seen_at,
        actor=parse_actor(row.actor),
        source=row.source,
        subject=row.subject,
        data=row.data,
        cause=parse_cause(row.cause),
        sequence=row.sequence,
    )


def parse_row(row: Any) -> Row:
    """A delivery from its row."""
    cause = parse_cause(row.cause)
    return Row(
        n=row.n,
        id=row.id,
        key=row.key,
        client=row.client,
        subject=row.subject,
        connector=row.connector,
        lane=row.lane,
        decision=parse_decision(row.decision),
        cause=cause or Cause(""),
        state=State(row.state),
        next_at=row.next_at,
        attempts=row.attempts,
        created_at=row.created_at,
        first_tried_at=row.first_tried_at,
        doubt=row.doubt,
        lease_until=row.lease_until,
        fence=row.fence,
        calls_off=row.calls_off,
        fresh_past=row.fresh_past,
        background=row.background,
        unhurried=getattr(row, "unhurried", row.background),
        late=row.late,
        together=row.together,
        receipt=row.receipt,
        reason=read(row.reason),
        ended_at=row.ended_at,
    )


def parse_ref(text: str) -> Ref:
    """A Ref from its text `system:account:kind:id`; the id may itself hold colons."""
    system, account, kind, remote = text.split(":", 3)
    return Ref(system, account, kind, remote)


def parse_record(row: Any) -> StoredRecord:
    """A record from its row."""
    return StoredRecord(
        ref=Ref(row.system, row.account, row.kind, row.remote_id),
        version=row.version,
        hash=row.hash,
        fields=row.fields,
        read_at=row.read_at,
        url=row.url,
        changed_at=row.changed_at,
        deleted=row.deleted,
        unknown=frozenset(row.unknown or ()),
    )


def parse_agreed(row: Any) -> Agreed:
    """What a thing and others agreed upon, from its row."""
    base = (row.value,) if row.based else ()
    return Agreed(row.ref, row.field, row.subject, base, row.at, row.round, tuple(row.shown))


def fact_and_ref(key: str) -> tuple[str, str]:
    """Of which fact a write is, and to what thing, as the key of its delivery tells."""
    _sync, field_, rest = key.split(":", 2)
    ref, _count, _said = rest.rsplit(":", 2)
    return field_, ref


def parse_pending(row: Any) -> Pending:
    """A write of a fact that has not ended, from the row of its delivery."""
    field_, ref = fact_and_ref(row.key)
    [(name, value)] = row.decision["values"].items()
    _sync, subject, _source = row.decision["because"][name].split(":", 2)
    started = row.doubt or row.state == State.CLAIMED.value
    return Pending(row.id, field_, subject, ref, value, row.decision["base"].get(name), started)


def parse_subject(row: Any) -> StoredSubject:
    """A local thing from its row."""
    return StoredSubject(row.id, row.kind, row.parent, row.client, row.origin, row.created_at)


def parse_trace(row: Any) -> Trace:
    """An evaluation from its row."""
    return Trace(
        rule=row.rule,
        subject=row.subject,
        event=row.event,
        at=row.at,
        outcome=Outcome(row.outcome),
        reason=read(row.reason),
        step=row.step,
        tree=tuple((line[0], line[1], line[2], line[3]) for line in row.tree),
        change=tuple(row.change),
    )
