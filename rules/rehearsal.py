"""What rules would do, tried on a snapshot: plans made one after the other, with nothing stored and nothing sent. Pure.

What a plan wants counts as done, and wakes what it would wake. Only a message to a client is not taken for delivered:
nobody can know that it would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.model.checklists import NONE, OPEN, Put, titles_of, value_of
from bridge.model.decisions import CommentCard, CreateCard, LabelCard, MoveCard, PutChecklist, WriteFields
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.fields import FieldSpec, parse_value
from bridge.model.planning import Fact, Plan, Ran, Snapshot, Subject, Wanted
from bridge.model.values import NotKnown, Plain, Value
from rules.imagining import read_event
from rules.plan import Office, plan
from rules.ruleset import RuleSet

_ROUNDS = 20
_LIST, _LABELS, _NAME = "card.list", "card.labels", "card.name"
_BY: Mapping[str, ActorKind] = {
    "form.answered": ActorKind.CLIENT,
    "message": ActorKind.CLIENT,
    "approved": ActorKind.CLIENT,
    "bound": ActorKind.CLIENT,
    "delivered": ActorKind.BRIDGE,
    "undelivered": ActorKind.BRIDGE,
    "document.ready": ActorKind.BRIDGE,
    "source.blind": ActorKind.BRIDGE,
}


@dataclass(frozen=True, slots=True)
class History:
    """What is stored of a client's time around a moment.

    `later` are the events after it, oldest first; `own` the bridge's own facts as they were then (None: not there yet);
    `fired` how often each rule had fired by then.
    """

    later: tuple[Event, ...] = ()
    own: Mapping[tuple[str, str], Plain] | None = None
    fired: Mapping[tuple[str, str], Ran] | None = None


def rehearse(before: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> tuple[Plan, ...]:
    """The plans that would be made for a client at a moment, until nothing more follows from them."""
    made: list[Plan] = []
    snapshot, known = before, set[str]()
    for number in range(_ROUNDS):
        following = plan(snapshot, ruleset, office, now)
        fresh = tuple(wanted for wanted in following.wanted if wanted.key not in known)
        made.append(replace(following, wanted=fresh))
        known |= {wanted.key for wanted in fresh}
        snapshot = after(snapshot, made[-1], ruleset, now, number)
        if not snapshot.events or not (following.planned or fresh or following.sets):
            break
    return tuple(made)


def after(before: Snapshot, made: Plan, ruleset: RuleSet, now: datetime, number: int = 0) -> Snapshot:
    """The client once a plan is carried out, with the events of its receipts. `number` tells rounds apart."""
    facts = _Facts(before, ruleset)
    for one in made.sets:
        facts.put(one.subject, one.field, parse_value(ruleset.fields[one.field], one.value))
    born = [
        event
        for place, wanted in enumerate(made.wanted)
        for event in _receipts(wanted, facts, f"would:{number}:{place}", now)
    ]
    planned = set(made.planned)
    timers = {timer.key: timer for timer in before.timers} | {timer.key: timer for timer in made.timers}
    return replace(
        before,
        subjects=facts.subjects,
        events=(*(event for event in before.events if event.id not in planned), *born),
        parked=made.parked,
        timers=tuple(timer for key, timer in timers.items() if key not in made.timers_ended),
        edges={**before.edges, **made.edges},
        runs={**before.runs, **made.runs},
        waiting=tuple(one for one in before.waiting if one.id not in made.called_off),
    )


def imagined(given: object, subject: str, before: Snapshot, ruleset: RuleSet, now: datetime) -> Snapshot:
    """The client with one event more, written as a rule names it: `card.moved: {to: Архів}`.

    What the event changes by its nature is so, and sources that were ever read are read past it. Raises ValueError with
    advice for what is no event.
    """
    trigger, data = read_event(given, ruleset)
    facts = _Facts(before, ruleset)
    if trigger.kind == "card.moved":
        data.setdefault("from", facts.plain(subject, _LIST))
    event = Event(
        id=f"imagined:{trigger.kind}",
        kind=trigger.kind,
        at=now,
        seen_at=now,
        actor=Actor(_BY.get(trigger.kind, ActorKind.PERSON)),
        source="imagined",
        subject=subject,
        data=data,
        sequence=1 + max((event.sequence for event in before.events), default=0),
    )
    facts.happen(event)
    return replace(read_now(before, now), subjects=facts.subjects, events=(*before.events, event))


def read_now(before: Snapshot, now: datetime) -> Snapshot:
    """The client with every source that was ever read read up to a moment."""
    return replace(before, seen_up_to=dict.fromkeys(before.seen_up_to, now))


def as_of(before: Snapshot, ruleset: RuleSet, history: History, moment: datetime) -> Snapshot:
    """The client as it was at an earlier moment, as far as that is stored: facts, and how often rules had fired.

    Facts count as read at that moment. Of timers only those that run to this day and had begun by then are known; of
    conditions that turn true only what they are now.
    """
    facts = _Facts(before, ruleset)
    for event in reversed(history.later):
        facts.undo(event)
    for (subject, name), plain in (history.own or {}).items():
        if name in ruleset.fields:
            facts.put(subject, name, parse_value(ruleset.fields[name], plain))
    subjects = {
        name: replace(one, facts={key: _read_at(fact, moment) for key, fact in one.facts.items()})
        for name, one in facts.subjects.items()
    }
    return replace(
        before,
        subjects=subjects,
        events=(),
        parked={},
        timers=tuple(timer for timer in before.timers if timer.start <= moment),
        runs=dict(history.fired) if history.fired is not None else before.runs,
        waiting=(),
        seen_up_to=dict.fromkeys(before.seen_up_to, moment),
    )


def _read_at(fact: Fact, moment: datetime) -> Fact:
    return replace(fact, read_at=moment) if fact.read_at is not None else fact


class _Facts:
    """The subjects of a snapshot while facts of theirs change."""

    def __init__(self, before: Snapshot, ruleset: RuleSet) -> None:
        self.fields = ruleset.fields
        self.subjects: dict[str, Subject] = dict(before.subjects)

    def put(self, subject: str, name: str, value: Value) -> None:
        """The fact is so."""
        there = self.subjects.get(subject)
        if there is None or name not in self.fields:
            return
        spec = self.fields[name]
        known = there.facts.get(name)
        fact = Fact(value, known.read_at if known else None, spec.source_name)
        self.subjects[subject] = replace(there, facts={**there.facts, name: fact})

    def value(self, subject: str, name: str) -> Value | NotKnown:
        """What the fact of the subject itself is."""
        there = self.subjects.get(subject)
        fact = there.facts.get(name) if there else None
        return fact.value if fact else None

    def plain(self, subject: str, name: str) -> str | None:
        """A text, None for anything else."""
        value = self.value(subject, name)
        return value if isinstance(value, str) else None

    def label(self, subject: str, label: str, present: bool) -> bool:
        """Puts a label on or takes it off; False when nothing was to do."""
        before = self.value(subject, _LABELS)
        has = before if isinstance(before, tuple) else ()
        if (label in has) is present:
            return False
        self.put(subject, _LABELS, (*has, label) if present else tuple(one for one in has if one != label))
        return True

    def happen(self, event: Event) -> None:
        """What an event changes by its nature."""
        data = event.data
        if event.kind == "card.moved":
            self._text(event.subject, _LIST, data.get("to"))
        elif event.kind == "card.created":
            self._text(event.subject, _LIST, data.get("list"))
        elif event.kind in ("label.added", "label.removed"):
            self.label(event.subject, str(data.get("label")), event.kind == "label.added")
        elif event.kind == "field.changed":
            self._changed(event, data.get("new"))

    def undo(self, event: Event) -> None:
        """Takes back what an event changed."""
        data = event.data
        if event.kind == "card.moved":
            self._text(event.subject, _LIST, data.get("from"))
        elif event.kind == "card.created":
            for name in (_LIST, _NAME):
                self.put(event.subject, name, None)
        elif event.kind in ("label.added", "label.removed"):
            self.label(event.subject, str(data.get("label")), event.kind == "label.removed")
        elif event.kind == "field.changed":
            self._changed(event, data.get("old"))

    def _text(self, subject: str, name: str, value: Plain) -> None:
        self.put(subject, name, value if isinstance(value, str) else None)

    def _changed(self, event: Event, plain: Plain) -> None:
        name = str(event.data.get("field"))
        spec = self.fields.get(name)
        if spec is not None and spec.source != "bridge":
            self.put(self.owner(spec, event.subject), name, parse_value(spec, plain))

    def owner(self, spec: FieldSpec, subject: str) -> str:
        """The subject of the fact's own kind, from this one upwards; a deal without tasks counts as one."""
        here = self.subjects.get(subject)
        if here is not None and here.kind == "deal" and spec.subject == "task":
            return here.id
        while here is not None and here.kind != spec.subject and here.parent and spec.subject != "card":
            here = self.subjects.get(here.parent)
        return here.id if here is not None else subject


def _receipts(wanted: Wanted, facts: _Facts, ident: str, now: datetime) -> Iterator[Event]:
    """The events that carrying out an effect would bring, and what it changes."""
    match wanted.decision:
        case MoveCard(list=name, back=back):
            before = facts.plain(wanted.subject, _LIST)
            facts.put(wanted.subject, _LIST, name)
            if not back and before != name:
                yield _born(wanted, "card.moved", {"to": name, "from": before}, ident, now)
        case CreateCard(list=name, name=title):
            facts.put(wanted.subject, _LIST, name)
            facts.put(wanted.subject, _NAME, title)
            yield _born(wanted, "card.created", {"list": name, "origin": "bridge"}, ident, now)
        case CommentCard(text=text):
            yield _born(wanted, "comment.added", {"text": text}, ident, now)
        case LabelCard(label=label, present=present):
            if facts.label(wanted.subject, label, present):
                yield _born(wanted, "label.added" if present else "label.removed", {"label": label}, ident, now)
        case PutChecklist(title=title):
            for about in (spec for spec in facts.fields.values() if titles_of(spec) is not None):
                owner, put = facts.owner(about, wanted.subject), (Put(title, on_its_way=True),)
                if value_of(about, (), put) == OPEN and facts.value(owner, about.key) in (None, NONE):
                    facts.put(owner, about.key, OPEN)
        case WriteFields(record=record, values=values):
            facts_by_source = {spec.source: spec for spec in facts.fields.values()}
            for name, plain in values.items():
                spec = facts_by_source.get(f"{record}.{name}")
                if spec is not None:
                    facts.put(facts.owner(spec, wanted.subject), spec.key, parse_value(spec, plain))


def _born(wanted: Wanted, kind: str, data: Mapping[str, Plain], ident: str, now: datetime) -> Event:
    bridge = Actor(ActorKind.BRIDGE)
    return Event(f"{ident}:{kind}", kind, now, now, bridge, "bridge", wanted.subject, data, wanted.cause)
