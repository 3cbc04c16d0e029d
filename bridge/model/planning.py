"""The two ends of planning: the snapshot of one client that goes in, the plan that comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from bridge.model.decisions import Decision
from bridge.model.events import Cause, Event
from bridge.model.merging import Agreed, Kept, Pending
from bridge.model.questions import Question
from bridge.model.reasons import NO_REASON, Reason
from bridge.model.snoozes import Snooze
from bridge.model.values import NotKnown, Plain, Value

ASKED = "asked"
"""How a timer stands that a person is asked about: it runs again when they agree."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a timer is due that waits for a fact and for no moment."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A field's value with the time it is known for.

    `read_at` is the latest moment at which its source was read for this value; None for what the bridge itself decides
    (always fresh). `value` is None for read-and-empty and NotKnown for not read at all.
    """

    value: Value | NotKnown
    read_at: datetime | None = None
    source: str = "bridge"


@dataclass(frozen=True, slots=True)
class Subject:
    """One client, deal, task or invoice: its local id, the one it belongs to, and its own facts."""

    id: str
    kind: str
    parent: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timer:
    """A step that is due at a moment, and why it stands there.

    `key` is rule : subject : start : step. `formula` is the length as written ("2wd at 10:00"); `because` tells
    the trail.
    """

    key: str
    rule: str
    subject: str
    step: str
    start: datetime
    due: datetime
    formula: str
    occurrence: str
    because: str = ""
    data: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def in_shadow(self) -> bool:
        """Whether its rule was in shadow when it began to run: then nothing of it is ever done."""
        return bool(self.data.get("shadow"))


@dataclass(frozen=True, slots=True)
class Edge:
    """The last value of a `becomes` condition for a subject, and how often it has flipped to true."""

    value: bool
    flips: int = 0


@dataclass(frozen=True, slots=True)
class Ran:
    """How often a rule has fired for a subject, and when last."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """The newest version of a document kind of a subject."""

    version: int
    key: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that has not started and may still be called off by its rule's `unless`."""

    id: str
    rule: str
    subject: str
    step: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a plan for one client may look at. Equal snapshots, rule sets and moments give equal plans.

    `events` are those not planned yet, in order of ingestion; `parked` are ids among them that wait for a source.
    `seen_up_to` says how far each source was read. `edges` and `runs` are by (rule, subject). `written` is what the
    bridge last wrote outside, by (subject, mapping name). While one of `snoozes` holds, reminders wait.
    """

    client: str
    version: int
    subjects: Mapping[str, Subject]
    events: tuple[Event, ...] = ()
    parked: Mapping[str, datetime] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    edges: Mapping[tuple[str, str], Edge] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], Ran] = field(default_factory=dict)
    documents: Mapping[tuple[str, str], MadeDocument] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    seen_up_to: Mapping[str, datetime] = field(default_factory=dict)
    written: Mapping[tuple[str, str], Plain] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    snoozes: tuple[Snooze, ...] = ()


class Outcome(StrEnum):
    """What came of one evaluation. Everything but `fired` and `let_through` is a kind of no, and all are kept."""

    FIRED = "fired"
    CONDITION_FALSE = "condition_false"
    NOT_KNOWN = "not_known"
    REFUSED = "refused_by_guard"
    REPEAT = "held_by_repeat"
    CANCELLED = "cancelled_by_unless"
    DISABLED = "disabled"
    SHADOW = "shadow"
    LATER = "later"
    SILENT = "text_not_true"
    LOOP = "loop_limit"
    MISSED = "missed"
    NO_SUBJECT = "no_subject"
    ANSWERED = "answered"
    OVERRIDDEN = "overridden"
    LET_THROUGH = "let_through"


@dataclass(frozen=True, slots=True)
class Trace:
    """One evaluation of one rule for one subject, also when it said no.

    `tree` is the verdict tree as lines of (depth, mark, clause, value seen); `change` is the smallest change that would
    have made it fire.
    """

    rule: str
    subject: str
    event: str
    at: datetime
    outcome: Outcome
    reason: Reason = NO_REASON
    step: str = ""
    tree: tuple[tuple[int, str, str, str], ...] = ()
    change: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision with its name for ever (`key`), whose it is and why, and when it may start.

    `calls_off` is the id of the rule whose `unless` is asked once more before it starts; `fresh_past` is the moment its
    sources must have been read past. `background` is work nobody waits for: what people did goes first. `late` says
    that it was due long before it was planned, while the bridge stood still or a source could not be read. What is
    `held` goes only when the plan of a later event releases it.
    """

    key: str
    decision: Decision
    subject: str
    cause: Cause
    not_before: datetime | None = None
    calls_off: str = ""
    fresh_past: datetime | None = None
    background: bool = False
    late: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class FactSet:
    """A bridge-owned fact set by a rule."""

    subject: str
    field: str
    value: Plain
    at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Blind:
    """Something waits because a source was not read past a moment: `what` waits since `since` for `sources`."""

    what: str
    subject: str
    sources: tuple[str, ...]
    since: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one planning of one client wants. Committed in one transaction, or not at all.

    `would` is what rules in shadow would have done: it is kept beside the rest, and never done. `agreed` and
    `conflicts` are of facts that several places hold; `shared` is what they agree on of sets that
    differ in the rest; `withdrawn` are writes of them that something newer took over.
    """

    client: str
    version: int
    planned: tuple[str, ...] = ()
    parked: Mapping[str, datetime] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()
    would: tuple[Wanted, ...] = ()
    sets: tuple[FactSet, ...] = ()
    timers: tuple[Timer, ...] = ()
    timers_ended: Mapping[str, Reason] = field(default_factory=dict)
    edges: Mapping[tuple[str, str], Edge] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], Ran] = field(default_factory=dict)
    called_off: Mapping[str, Reason] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    blind: tuple[Blind, ...] = ()
    questions: tuple[Question, ...] = ()
    released: Mapping[str, str] = field(default_factory=dict)
    agreed: tuple[Agreed, ...] = ()
    shared: tuple[Agreed, ...] = ()
    conflicts: tuple[Kept, ...] = ()
    withdrawn: tuple[Pending, ...] = ()
