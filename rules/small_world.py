"""The small world that stands around the planner in a test of rules. Pure.

What the planner wants is confirmed at once and comes back as the events that real receipts would be. Only a message to
a client waits: its receipt is an event of the test (delivered, undelivered).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.model.checklists import NONE, OPEN, Put, titles_of, value_of
from bridge.model.decisions import (
    AttachDocument,
    CallWebhook,
    CommentCard,
    CreateCard,
    CreateDeal,
    CreateTask,
    LabelCard,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
    WriteFields,
)
from bridge.model.deliveries import delivery_id
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.people import Directory
from bridge.model.planning import (
    Edge,
    Fact,
    MadeDocument,
    Outcome,
    Plan,
    Ran,
    Snapshot,
    Subject,
    Timer,
    Waiting,
    Wanted,
)
from bridge.model.questions import Asked, Kind, Question
from bridge.model.quoting import quoted
from bridge.model.values import NotKnown, Plain, Value, moment_text
from bridge.model.wording import worded
from rules.answers import sample_answer
from rules.coverage import Seen
from rules.deciding import CLIENT, STAFF_CHAT, document_kind
from rules.facts import Facts
from rules.holders import holder_of
from rules.plan import Office, plan
from rules.ruleset import RuleSet
from rules.schedules import WORKSPACE
from rules.speaking import Said, Unsaid, bare, say

PARENTS: Mapping[str, str] = {"client": "", "deal": "client", "task": "deal", "invoice": "deal"}
_BY: Mapping[str, ActorKind] = {
    "form.answered": ActorKind.CLIENT,
    "message": ActorKind.CLIENT,
    "approved": ActorKind.CLIENT,
    "rejected": ActorKind.CLIENT,
    "bound": ActorKind.CLIENT,
    "delivered": ActorKind.BRIDGE,
    "undelivered": ActorKind.BRIDGE,
    "document.ready": ActorKind.BRIDGE,
    "source.blind": ActorKind.BRIDGE,
}
_ROUNDS = 50
_BLINK = timedelta(seconds=1)
_SAMPLES: Mapping[FieldType, Plain] = {
    FieldType.FLAG: True,
    FieldType.NUMBER: "1",
    FieldType.MONEY: "1",
    FieldType.MOMENT: "2026-01-05T10:00:00Z",
    FieldType.DATE: "2026-01-05",
    FieldType.SET: ["так"],
    FieldType.LIST: ["так"],
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that was wanted, as a test may name it. `parts` are the values of a `set`."""

    verb: str
    what: str
    to: str = ""
    text: str = ""
    also: str = ""
    parts: Mapping[str, Plain] = field(default_factory=dict)

    def __str__(self) -> str:
        about = self.what or ", ".join(self.parts)
        to = f", to: {self.to.removeprefix('person:')}" if self.to else ""
        says = f" {quoted(self.text, 'uk')}" if self.text else ""
        return f"{self.verb}: {about}{to}{says}"


class Restless(Exception):
    """The rules never come to rest: each round wants something new."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class _Message:
    """A text to the client on its way; `said` once it is known to be true."""

    wanted: Wanted
    decision: SendMessage
    said: bool = False


class World:
    """What the store and the connectors are to the planner, in memory: carried forward from plan to plan."""

    def __init__(self, ruleset: RuleSet, directory: Directory, now: datetime) -> None:
        self.now = now
        self.blind: set[str] = set()
        self._ruleset = ruleset
        self._office = Office(directory, _document_key)
        self._kinds = ["client", "deal"]
        self._facts: dict[tuple[str, str], Value | NotKnown] = {}
        self._events: list[Event] = []
        self._parked: Mapping[str, datetime] = {}
        self._timers: dict[str, Timer] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._runs: dict[tuple[str, str], Ran] = {}
        self._documents: dict[tuple[str, str], MadeDocument] = {}
        self._written: dict[tuple[str, str], Plain] = {}
        self._unread: dict[str, datetime | None] = {}
        self._wanted: set[str] = set()
        self._messages: list[_Message] = []
        self._held: dict[str, _Message] = {}
        self._questions: dict[str, Question] = {}
        self._effects: list[Effect] = []
        self._fired: set[str] = set()
        self._count = 0
        self.seen = Seen()

    # -- what the test does -------------------------------------------------------------------------------------

    def give(self, spec: FieldSpec, value: Value | NotKnown) -> None:
        """The fact is so."""
        self._facts[(self._owner(spec), spec.key)] = value

    def never_read(self, spec: FieldSpec) -> None:
        """The fact has not been read yet."""
        if spec.source != "bridge":
            self.give(spec, NotKnown(spec.source_name))
        self._unread.update(dict.fromkeys(self._sources_of_own(spec)))

    def stop_reading(self, specs: Sequence[FieldSpec]) -> None:
        """From now on the sources of these facts, and no others, are not read."""
        sources = {source for spec in specs for source in (self._sources_of_own(spec) or [spec.source_name])}
        since = {source: self._unread.get(source, self.now - _BLINK) for source in sources}
        self._unread = since

    def change(self, spec: FieldSpec, value: Value) -> None:
        """The fact is read, and is another than before."""
        for source in (*self._sources_of_own(spec), spec.source_name):
            self._unread.pop(source, None)
        owner = self._owner(spec)
        before = self._facts.get((owner, spec.key))
        self.give(spec, value)
        old = None if isinstance(before, NotKnown) else plain_value(before)
        if before != value:
            self._tell("field.changed", {"field": spec.key, "old": old, "new": plain_value(value)}, owner, Actor())

    def happen(self, kind: str, data: dict[str, Plain], of: str, by: str) -> None:
        """Something happens; what it changes by its nature is so."""
        self._subject(of)
        match kind:
            case "card.moved":
                data.setdefault("from", _text(self._facts.get((of, "card.list"))))
                self._put(of, "card.list", _text(data.get("to")))
            case "card.created":
                self._put(of, "card.list", _text(data.get("list")))
            case "label.added" | "label.removed":
                self._label(of, str(data.get("label")), kind == "label.added")
            case "bound" if not self._facts.get(("client", "client.chat")):
                self._put("client", "client.chat", "1")
                self._put("client", "client.channel", "chat")
                self._put("client", "client.chat_state", "open")
            case "document.ready":
                template = document_kind(str(data.get("document")))
                self._documents.setdefault((of, template), MadeDocument(1, "ready"))
            case "form.answered":
                data = self._answers(data)
            case "button" if (asked := self._asked(str(data.get("button")))) is not None:
                data["delivery"], of = asked.id, asked.subject
                kind = "answer" if asked.to == CLIENT else kind
            case "delivered" | "undelivered":
                self._arrived(str(data.get("template")))
                data["delivery"] = f"{of}:{data.get('template')}"  # the newest, sent in the test or before it
        kinds = {one.value: one for one in ActorKind}
        actor = Actor(_BY.get(kind, ActorKind.PERSON), by)
        self._tell(kind, data, of, Actor(kinds[by]) if by in kinds else actor)

    def go_to(self, moment: datetime) -> None:
        """Time passes, from one due step to the next."""
        while due := [timer.due for timer in self._timers.values() if self.now < timer.due <= moment]:
            self.now = min(due)
            self.settle()
        self.now = moment
        self.settle()

    def settle(self) -> None:
        """Plans and confirms until nothing more is wanted."""
        for _round in range(_ROUNDS):
            made = plan(self._snapshot(), self._ruleset, self._office, self.now)
            self._commit(made)
            if not (made.planned or made.wanted or made.sets or made.edges):
                return
        raise Restless(worded("the rules do not come to rest in {rounds} rounds", rounds=_ROUNDS))

    # -- what the test asks -------------------------------------------------------------------------------------

    def take(self) -> tuple[list[Effect], set[str]]:
        """Effects and rules that ran since the last time."""
        effects, self._effects = self._effects, []
        fired, self._fired = self._fired, set()
        return effects, fired

    def fact(self, name: str) -> Value | NotKnown:
        """A fact or gate as rules see it now."""
        spec = self._ruleset.fields.get(name)
        return self._known().value(name, self._owner(spec) if spec else "deal")

    def recipient(self, to: str) -> str:
        """Who a role stands for now."""
        if to in (CLIENT, STAFF_CHAT):
            return to
        holder = holder_of(to, "deal", self._known(), self._ruleset, self._office.directory)
        return f"person:{holder}" if holder else STAFF_CHAT

    # -- what goes into a plan ------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            client="client",
            version=1,
            subjects={kind: Subject(kind, kind, PARENTS.get(kind, ""), self._facts_of(kind)) for kind in self._kinds},
            events=tuple(self._events),
            parked=self._parked,
            timers=tuple(self._timers.values()),
            edges=dict(self._edges),
            runs=dict(self._runs),
            documents=dict(self._documents),
            waiting=tuple(self._waiting()),
            seen_up_to={source: moment for source in self._sources() if (moment := self._seen(source))},
            written=dict(self._written),
            questions=dict(self._questions),
        )

    def _facts_of(self, subject: str) -> dict[str, Fact]:
        specs = self._ruleset.fields
        return {
            name: Fact(value, source=specs[name].source_name)
            for (owner, name), value in self._facts.items()
            if owner == subject
        }

    def _waiting(self) -> Iterator[Waiting]:
        for message in self._messages:
            wanted = message.wanted
            if wanted.calls_off and (not message.said or (wanted.not_before or self.now) > self.now):
                yield Waiting(wanted.key, wanted.calls_off, wanted.subject, wanted.cause.step)

    def _sources(self) -> set[str]:
        outside = {spec.source_name for spec in self._ruleset.fields.values() if spec.source not in ("bridge", "event")}
        return outside.union(*self._ruleset.set_by.values())

    def _seen(self, source: str) -> datetime | None:
        return self._unread.get(source, self.now)

    def _sources_of_own(self, spec: FieldSpec) -> list[str]:
        return sorted(self._ruleset.set_by.get(spec.key, ())) if spec.source == "bridge" else []

    def _owner(self, spec: FieldSpec) -> str:
        kind = spec.subject if spec.subject in (*PARENTS, WORKSPACE) else "deal"
        self._subject(kind)
        return kind

    def _subject(self, kind: str) -> None:
        if kind not in self._kinds:
            self._kinds.append(kind)

    def _known(self) -> Facts:
        return Facts(self._snapshot(), self._ruleset, self._office.directory, self.now)

    # -- what comes of a plan -----------------------------------------------------------------------------------

    def _commit(self, made: Plan) -> None:
        planned = set(made.planned)
        self._events = [event for event in self._events if event.id not in planned]
        self._parked = made.parked
        self._edges.update(made.edges)
        self._runs.update(made.runs)
        self._timers.update({timer.key: timer for timer in made.timers})
        for key in made.timers_ended:
            self._timers.pop(key, None)
        for one in made.sets:
            self._facts[(one.subject, one.field)] = parse_value(self._ruleset.fields[one.field], one.value)
        gone = [one.wanted for one in self._messages if one.wanted.key in made.called_off]
        self.seen.called_off |= {wanted.calls_off for wanted in gone}
        self._messages = [one for one in self._messages if one.wanted not in gone]
        self._fired |= {trace.rule for trace in made.traces if trace.outcome is Outcome.FIRED}
        self.seen.evaluations(made.traces, self._ruleset)
        self.seen.gates(made.traces, self._ruleset, self._known())
        self.blind = {wait.rule for wait in made.blind}
        self._questions.update({question.id: question for question in made.questions})
        for held in made.called_off:
            self._held.pop(held, None)
        self._messages += [self._held.pop(one) for one in made.released if one in self._held]
        for wanted in made.wanted:
            if wanted.key not in self._wanted:
                self._wanted.add(wanted.key)
                self._carry_out(wanted)
        for message in [one for one in self._messages if not one.said]:
            self._speak(message)

    def _carry_out(self, wanted: Wanted) -> None:
        match wanted.decision:
            case SendMessage() as sent if sent.to_client and wanted.held:
                self._held[delivery_id(wanted.key)] = _Message(wanted, sent)
            case SendMessage() as sent if sent.to_client:
                self._messages.append(_Message(wanted, sent))
            case SendMessage(to=to, template=template, text=text):
                question = self._questions.get(delivery_id(wanted.key))
                proposes = question is not None and question.kind is Kind.PROPOSAL
                self._effect(
                    Effect("propose", question.role, to, bare(text), template)
                    if question is not None and proposes
                    else Effect("send", template, to, bare(text))
                )
            case MoveCard(list=name, back=back):
                before = _text(self._facts.get((wanted.subject, "card.list")))
                self._effect(Effect("move", "back" if back else name, also=name))
                self._put(wanted.subject, "card.list", name)
                if not back and before != name:
                    self._confirm(wanted, "card.moved", {"to": name, "from": before})
            case CreateCard(list=name, name=title):
                self._effect(Effect("create", "card", text=title))
                self._put(wanted.subject, "card.list", name)
                self._put(wanted.subject, "card.name", title)
                self._confirm(wanted, "card.created", {"list": name, "origin": "bridge"})
            case CreateDeal(name=title):
                self._effect(Effect("deal.open", title, text=title))
            case CommentCard(text=text, template=template):
                self._effect(Effect("comment", template, text=bare(text.replace("\\", ""))))
                self._confirm(wanted, "comment.added", {"text": text})
            case LabelCard(label=label, present=present):
                self._effect(Effect("label.add" if present else "label.remove", label))
                if self._label(wanted.subject, label, present):
                    self._confirm(wanted, "label.added" if present else "label.removed", {"label": label})
            case PutChecklist(title=title, template=template):
                self._effect(Effect("checklist", template, text=title, also=title))
                self._put_list(title)
            case CreateTask(title=title, role=role):
                self._effect(Effect("task", role, text=title))
            case MakeDocument(template=template, version=version, key=key, name=name):
                self._documents[(wanted.subject, template)] = MadeDocument(version, key)
                self._effect(Effect("document", template, text=name))
            case AttachDocument(template=template):
                self._effect(Effect("attach", template), once=True)
            case CallWebhook(webhook=name):
                self._effect(Effect("call", name))
            case WriteFields() as write:
                self._write(wanted, write)

    def _speak(self, message: _Message) -> None:
        """Says a text to the client as it is true now; what cannot be known yet waits."""
        sent = message.decision
        said = say(
            self._ruleset,
            self._known(),
            message.wanted.subject,
            sent.template,
            sent.language,
            gate=sent.gate,
            extra=sent.values,
        )
        if isinstance(said, Said):
            message.said = True
            self._effect(Effect("send", said.template, CLIENT, bare(said.text)))
        elif isinstance(said, Unsaid) and not said.sources:
            self._messages.remove(message)

    def _write(self, wanted: Wanted, write: WriteFields) -> None:
        targets = {f"{write.record}.{name}": value for name, value in write.values.items()}
        for target, value in targets.items():
            self._written[(wanted.subject, target)] = value
        parts: dict[str, Plain] = {}
        for spec in self._ruleset.fields.values():
            found = [targets[target] for target in (*spec.write_to, spec.source) if target in targets]
            if found:
                parts[spec.key] = found[0]
            if spec.source in targets:
                owner = self._owner(spec)
                self._facts[(owner, spec.key)] = parse_value(spec, targets[spec.source])
                self._written[(owner, spec.source)] = targets[spec.source]
        because = " ".join(write.because.values())
        filled = [form.id for form in self._ruleset.maps.values() if f"form:{form.form} " in because]
        self._effect(Effect("fill", filled[0]) if filled else Effect("set", "", parts=parts), once=bool(filled))

    def _effect(self, effect: Effect, *, once: bool = False) -> None:
        if effect.verb in ("send", "comment", "propose"):
            self.seen.texts |= {effect.what, effect.also}
        if not once or effect not in self._effects:
            self._effects.append(effect)

    def _confirm(self, wanted: Wanted, kind: str, data: Mapping[str, Plain]) -> None:
        self._tell(kind, data, wanted.subject, Actor(ActorKind.BRIDGE), wanted.cause)

    def _tell(
        self, kind: str, data: Mapping[str, Plain], subject: str, actor: Actor, cause: Cause | None = None
    ) -> None:
        self._count += 1
        self._events.append(
            Event(
                id=f"test-{self._count}:{kind}",
                kind=kind,
                at=self.now,
                seen_at=self.now,
                actor=actor,
                source="bridge" if actor.kind is ActorKind.BRIDGE else "test",
                subject=subject,
                data=data,
                cause=cause,
                sequence=self._count,
            )
        )

    def _asked(self, button: str) -> Question | None:
        """The newest question that has this button and was not answered yet."""
        waiting = [one for one in self._questions.values() if one.state is Asked.OPEN and button in one.buttons]
        return waiting[-1] if waiting else None

    def _put(self, subject: str, name: str, value: Value) -> None:
        if name in self._ruleset.fields:
            self._facts[(subject, name)] = value

    def _put_list(self, title: str) -> None:
        """From now on the list is there: a fact about it that was none is open."""
        for spec in self._ruleset.fields.values():
            if titles_of(spec) is None or value_of(spec, (), (Put(title, on_its_way=True),)) != OPEN:
                continue
            owner = self._owner(spec)
            if self._facts.get((owner, spec.key)) in (None, NONE):
                self._facts[(owner, spec.key)] = OPEN

    def _label(self, subject: str, label: str, present: bool) -> bool:
        """Puts a label on or takes it off; False when nothing was to do."""
        before = self._facts.get((subject, "card.labels"))
        has = before if isinstance(before, tuple) else ()
        if (label in has) is present:
            return False
        self._put(subject, "card.labels", (*has, label) if present else tuple(one for one in has if one != label))
        return True

    def _arrived(self, template: str) -> None:
        found = next((one for one in self._messages if one.said and one.decision.template == template), None)
        if found is not None:
            self._messages.remove(found)

    def _answers(self, data: Mapping[str, Plain]) -> dict[str, Plain]:
        """The answers of a form: those the test gives, else one that fits for each question."""
        maps = [one for one in self._ruleset.maps.values() if one.form == data.get("form")]
        questions = {question: name for one in maps for question, name in one.answers.items()}
        given = data.get("values")
        values = given if isinstance(given, Mapping) else {name: self._sample(name) for name in questions.values()}
        rows = [{"question": question, "answer": str(values.get(name, ""))} for question, name in questions.items()]
        made: dict[str, Plain] = {"title": "", "revision": self._count, "answered_at": moment_text(self.now)}
        return {**made, "answers": rows, **data, "values": values}

    def _sample(self, name: str) -> Plain:
        spec = self._ruleset.fields[name]
        value = self._facts.get((self._owner(spec), name))
        if value is not None and not isinstance(value, NotKnown):
            return plain_value(value)
        return spec.choices[0] if spec.choices else _SAMPLES.get(spec.type, sample_answer(spec))


def _document_key(template: str, data: Mapping[str, Plain]) -> str:
    text = json.dumps([template, data], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
