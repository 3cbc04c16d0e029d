"""The tests of a rule set (`tests:`): given facts, a clock, and exactly what must be wanted after each step. Pure.

A small world stands around the planner: what it wants is confirmed at once and comes back as the events that real
receipts would be. Only a message to a client waits: its receipt is an event of the test (delivered, undelivered).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from bridge.model.checklists import NONE, OPEN, Put, titles_of, value_of
from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
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
from bridge.model.findings import Position, did_you_mean
from bridge.model.people import Directory, Person
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
from bridge.model.values import NotKnown, Plain, Value, moment_text
from rules.actions import ACTIONS, Fill
from rules.checks import actions_of
from rules.conditions import shown, typed_constant
from rules.deciding import CLIENT, STAFF_CHAT, document_kind, holder_of
from rules.facts import Facts
from rules.flaws import Flawed, Path, written
from rules.load import RawTest
from rules.maps import FormMap
from rules.plan import Office, plan
from rules.ruleset import RuleSet
from rules.speaking import Said, Unsaid, bare, say
from rules.triggers import TRIGGERS, FormAnswered

_DOES = ("event", "change", "until")
TEST_KEYS = ("name", "given", "unread", "now", "steps")
STEP_KEYS = (*_DOES, "by", "of", "unread", "expect", "facts", "not", "parked")
_PARENTS: Mapping[str, str] = {"client": "", "deal": "client", "task": "deal", "invoice": "deal"}
_CLIENTS_OWN = frozenset({"bound", "message"})
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
_WORD: Mapping[str, str] = {"comment.added": "text", "message": "text"}
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
class TestResult:
    """What came of one test. `message` is "" when it passed; `fired` are the rules that ran in it."""

    __test__: ClassVar[bool] = False

    name: str
    passed: bool
    where: Position
    message: str = ""
    fired: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name}: passed" if self.passed else self.message


def run_tests(ruleset: RuleSet, tests: Sequence[RawTest], directory: Directory | None = None) -> list[TestResult]:
    """Every test with its result, in order. Without a directory each role is held by a stand-in of that name.

    A map of answers that the set names and does not know (it was read without forms.yaml) has a stand-in too: it fills
    one fact that no rule can see.
    """
    whole = _with_maps(ruleset)
    return [_Running(whole, test, directory or _stand_ins(whole)).result() for test in tests]


def rules_without_test(ruleset: RuleSet, results: Sequence[TestResult]) -> list[str]:
    """The rules that are on and that no test has seen running, in order."""
    fired = {rule for result in results for rule in result.fired}
    return [rule.id for rule in ruleset.rules if rule.enabled == "true" and rule.id not in fired]


def _stand_ins(ruleset: RuleSet) -> Directory:
    language = ruleset.defaults.language
    people = {
        role: Person(role, titles.get(language, role), (role,), language) for role, titles in ruleset.roles.items()
    }
    return Directory({role: person for role, person in people.items() if role != CLIENT})


def _with_maps(ruleset: RuleSet) -> RuleSet:
    fields, maps = dict(ruleset.fields), dict(ruleset.maps)
    for rule in ruleset.rules:
        forms = [trigger.form for trigger in rule.when if isinstance(trigger, FormAnswered)]
        for _path, action in actions_of(rule):
            if isinstance(action, Fill) and forms and action.fill.map not in maps:
                spec = FieldSpec(f"client.answers of {action.fill.map}", FieldType.TEXT, f"form.{action.fill.map}")
                fields[spec.key] = spec
                maps[action.fill.map] = FormMap(action.fill.map, forms[0], {"?": spec.key})
    return replace(ruleset, fields=fields, maps=maps)


class _Wrong(Exception):
    """A test that cannot go on: what is wrong, and where from the test."""

    def __init__(self, what: str, *path: str | int, advice: str = "") -> None:
        super().__init__(f"{what}; {advice}" if advice else what)
        self.path: Path = path


@dataclass(frozen=True, slots=True)
class _Effect:
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
        says = f" «{self.text}»" if self.text else ""
        return f"{self.verb}: {about}{to}{says}"


class _Running:
    """One test from its first line to its last."""

    def __init__(self, ruleset: RuleSet, test: RawTest, directory: Directory) -> None:
        self._ruleset = ruleset
        self._test = test
        self._directory = directory
        self._data = test.data if isinstance(test.data, dict) else {}
        self._fired: set[str] = set()

    def result(self) -> TestResult:
        name = str(self._data.get("name", "?"))
        try:
            self._run()
        except _Wrong as wrong:
            where = self._test.places.position((*self._test.path, *wrong.path))
            return TestResult(name, False, where, f"{where}: {name}: {wrong}", frozenset(self._fired))
        where = self._test.places.position(self._test.path)
        return TestResult(name, True, where, "", frozenset(self._fired))

    def _run(self) -> None:
        self._known_keys(self._data, TEST_KEYS)
        for key in ("name", "now", "steps"):
            if key not in self._data:
                raise _Wrong(f'key "{key}" is missing')
        world = _World(self._ruleset, self._directory, self._moment(self._data["now"], "now"))
        for name, given in self._map(self._data.get("given"), "given").items():
            world.give(self._spec(name, "given", name), self._value(name, given, "given", name))
        for place, name in enumerate(self._list(self._data.get("unread"), "unread")):
            world.never_read(self._spec(name, "unread", place))
        world.settle()
        world.take()
        for place, step in enumerate(self._list(self._data["steps"], "steps")):
            self._step(world, self._map(step, "steps", place), ("steps", place))

    # -- one step -----------------------------------------------------------------------------------------------

    def _step(self, world: _World, step: Mapping[str, Any], path: Path) -> None:
        self._known_keys(step, STEP_KEYS, *path)
        does = [key for key in _DOES if key in step]
        if len(does) != 1:
            raise _Wrong("a step does one thing", *path, advice="write event:, change: or until:")
        if "unread" in step:
            names = self._list(step["unread"], *path, "unread")
            world.stop_reading([self._spec(name, *path, "unread", place) for place, name in enumerate(names)])
        try:
            self._do(world, does[0], step, path)
        except _Restless as error:
            raise _Wrong(str(error), *path, does[0]) from error
        finally:
            effects, traces = world.take()
            self._fired |= traces
        self._compare(world, effects, step, path)
        for place, rule in enumerate(self._list(step.get("not"), *path, "not")):
            if self._rule(rule, *path, "not", place) in traces:
                raise _Wrong(f"{rule} must not run, and it did", *path, "not", place)
        parked = self._list(step.get("parked"), *path, "parked")
        if {self._rule(rule, *path, "parked", place) for place, rule in enumerate(parked)} != world.blind:
            waits = ", ".join(sorted(world.blind)) or "nothing"
            raise _Wrong(f"expected to wait: {', '.join(parked) or 'nothing'}; waits: {waits}", *path, "parked")
        for name, wanted in self._map(step.get("facts"), *path, "facts").items():
            self._fact(world, name, wanted, *path, "facts", name)

    def _do(self, world: _World, does: str, step: Mapping[str, Any], path: Path) -> None:
        if does == "until":
            moment = self._moment(step["until"], *path, "until")
            if moment < world.now:
                raise _Wrong(f"{step['until']} is over already", *path, "until")
            world.go_to(moment)
        elif does == "change":
            for name, value in self._map(step["change"], *path, "change").items():
                if name in ("card.list", "card.labels"):
                    raise _Wrong(f"{name} is not changed by itself", *path, "change", name, advice="write event:")
                spec = self._spec(name, *path, "change", name)
                world.change(spec, self._value(name, value, *path, "change", name))
            world.settle()
        else:
            self._event(world, step, path)
            world.settle()

    def _event(self, world: _World, step: Mapping[str, Any], path: Path) -> None:
        event = step["event"]
        kind, given = next(iter(event.items())) if isinstance(event, dict) and len(event) == 1 else (event, {})
        trigger = TRIGGERS.get(kind) if isinstance(kind, str) else None
        timed = kind == "schedule" and isinstance(given, str)
        if timed:
            given = {"rule": self._rule(given, *path, "event", "schedule")}
        if trigger is None or (kind in ("becomes", "silence", "schedule") and not timed):
            raise _Wrong(f"unknown event {written(kind)}", *path, "event", advice=did_you_mean(str(kind), _events()))
        data = dict(given) if isinstance(given, dict) else {_WORD.get(kind, trigger.short): given}
        of = str(step.get("of") or ("client" if kind in _CLIENTS_OWN else "deal"))
        if of not in _PARENTS:
            raise _Wrong(f'unknown subject "{of}"', *path, "of", advice=did_you_mean(of, _PARENTS))
        world.happen(kind, data, of, str(step.get("by", "")))

    def _fact(self, world: _World, name: str, wanted: Plain, *path: str | int) -> None:
        if name.startswith("gate.") and name[5:] in self._ruleset.gates:
            value: Value = str(wanted)
        else:
            self._spec(name, *path)
            value = self._value(name, wanted, *path)
        got = world.fact(name)
        if got != value:
            raise _Wrong(f"{name}: expected {shown(value)}, got {shown(got)}", *path)

    # -- expected against got -----------------------------------------------------------------------------------

    def _compare(self, world: _World, effects: list[_Effect], step: Mapping[str, Any], path: Path) -> None:
        left = list(effects)
        for place, expected in enumerate(self._list(step.get("expect"), *path, "expect")):
            where = (*path, "expect", place)
            entry = self._map(expected, *where)
            verb = self._verb(entry, where)
            found = next((effect for effect in left if self._is(world, effect, verb, entry)), None)
            if found is None:
                got = "; ".join(map(str, left)) or "nothing"
                raise _Wrong(f"expected {_told(entry)}, got {got}", *where)
            left.remove(found)
            self._says(found, self._list(entry.get("says"), *where, "says"), where)
        if left:
            raise _Wrong(f"not expected: {'; '.join(map(str, left))}", *path, "expect")

    def _verb(self, entry: Mapping[str, Any], where: Path) -> str:
        verbs = [key for key in entry if ACTIONS.get(key)]
        if len(verbs) != 1:
            key = next(iter(entry), "")
            raise _Wrong(f'unknown effect "{key}"', *where, advice=did_you_mean(str(key), ACTIONS.words()))
        self._known_keys(entry, (verbs[0], "to", "says"), *where)
        named = entry[verbs[0]]
        if verbs[0] == "send" and named not in self._ruleset.texts:
            advice = did_you_mean(str(named), self._ruleset.texts)
            raise _Wrong(f"unknown template {written(named)}", *where, "send", advice=advice)
        return verbs[0]

    def _is(self, world: _World, effect: _Effect, verb: str, entry: Mapping[str, Any]) -> bool:
        named = entry[verb]
        if effect.verb != verb or ("to" in entry and effect.to != world.recipient(str(entry["to"]))):
            return False
        if verb in ("document", "attach"):
            return effect.what == document_kind(str(named))
        if verb == "set" and isinstance(named, dict):
            return all(effect.parts.get(key) == value for key, value in named.items())
        return named in (effect.what, effect.also) or (verb == "comment" and not effect.what and named in effect.text)

    def _says(self, effect: _Effect, words: list[Any], where: Path) -> None:
        place = 0
        for number, word in enumerate(words):
            place = effect.text.find(str(word), place)
            if place < 0:
                what = f"{effect.verb}: {effect.what} does not say «{word}» (in this order): «{effect.text}»"
                raise _Wrong(what, *where, "says", number)
            place += len(str(word))

    # -- what is written in the test ----------------------------------------------------------------------------

    def _known_keys(self, data: Mapping[str, Any], known: Sequence[str], *path: str | int) -> None:
        for key in data:
            if key not in known:
                raise _Wrong(f'unknown key "{key}"', *path, key, advice=did_you_mean(str(key), known))

    def _map(self, data: Any, *path: str | int) -> Mapping[str, Any]:
        if not isinstance(data, dict | None):
            raise _Wrong(f"expected a map (key: value), got {written(data)}", *path)
        return data or {}

    def _list(self, data: Any, *path: str | int) -> list[Any]:
        if not isinstance(data, list | None):
            raise _Wrong(f"expected a list, got {written(data)}", *path)
        return data or []

    def _spec(self, name: Any, *path: str | int) -> FieldSpec:
        spec = self._ruleset.fields.get(name)
        if spec is None or spec.source == "event":
            advice = did_you_mean(str(name), self._ruleset.fields)
            raise _Wrong(f"unknown field {written(name)}", *path, advice=advice)
        return spec

    def _rule(self, name: Any, *path: str | int) -> str:
        known = [rule.id for rule in self._ruleset.rules]
        if name not in known:
            raise _Wrong(f"unknown rule {written(name)}", *path, advice=did_you_mean(str(name), known))
        return str(name)

    def _value(self, name: str, given: Any, *path: str | int) -> Value:
        spec = self._ruleset.fields[name]
        try:
            if given is not None and spec.type in (FieldType.MOMENT, FieldType.DATE, FieldType.CHOICE):
                given = plain_value(typed_constant(spec, given, self._ruleset.zone))
            return parse_value(spec, given)
        except Flawed as error:
            flaw = error.flaws[0]
            raise _Wrong(flaw.what, *path, advice=flaw.advice) from error
        except ValueError as error:
            raise _Wrong(str(error), *path) from error

    def _moment(self, given: Any, *path: str | int) -> datetime:
        spec = FieldSpec("now", FieldType.MOMENT, "bridge")
        try:
            moment = typed_constant(spec, given, self._ruleset.zone)
        except Flawed:
            moment = None
        if not isinstance(moment, datetime):
            raise _Wrong(f"{written(given)} is not a moment", *path, advice="write 2026-11-23 11:00")
        return moment


def _events() -> list[str]:
    return [word for word in TRIGGERS.words() if word not in ("becomes", "silence", "schedule")]


def _told(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in entry.items() if key != "says")


class _Restless(Exception):
    """The rules never come to rest: each round wants something new."""


@dataclass(slots=True)
class _Message:
    """A text to the client on its way; `said` once it is known to be true."""

    wanted: Wanted
    decision: SendMessage
    said: bool = False


class _World:
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
        self._effects: list[_Effect] = []
        self._fired: set[str] = set()
        self._count = 0

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
        raise _Restless(f"the rules do not come to rest in {_ROUNDS} rounds")

    # -- what the test asks -------------------------------------------------------------------------------------

    def take(self) -> tuple[list[_Effect], set[str]]:
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
            subjects={kind: Subject(kind, kind, _PARENTS[kind], self._facts_of(kind)) for kind in self._kinds},
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
        kind = spec.subject if spec.subject in _PARENTS else "deal"
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
        self._messages = [one for one in self._messages if one.wanted.key not in made.called_off]
        self._fired |= {trace.rule for trace in made.traces if trace.outcome is Outcome.FIRED}
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
                    _Effect("propose", question.role, to, bare(text), template)
                    if question is not None and proposes
                    else _Effect("send", template, to, bare(text))
                )
            case MoveCard(list=name, back=back):
                before = _text(self._facts.get((wanted.subject, "card.list")))
                self._effect(_Effect("move", "back" if back else name, also=name))
                self._put(wanted.subject, "card.list", name)
                if not back and before != name:
                    self._confirm(wanted, "card.moved", {"to": name, "from": before})
            case CreateCard(list=name, name=title):
                self._effect(_Effect("create", "card", text=title))
                self._put(wanted.subject, "card.list", name)
                self._put(wanted.subject, "card.name", title)
                self._confirm(wanted, "card.created", {"list": name, "origin": "bridge"})
            case CommentCard(text=text, template=template):
                self._effect(_Effect("comment", template, text=bare(text.replace("\\", ""))))
                self._confirm(wanted, "comment.added", {"text": text})
            case LabelCard(label=label, present=present):
                self._effect(_Effect("label.add" if present else "label.remove", label))
                if self._label(wanted.subject, label, present):
                    self._confirm(wanted, "label.added" if present else "label.removed", {"label": label})
            case PutChecklist(title=title, template=template):
                self._effect(_Effect("checklist", template, text=title, also=title))
                self._put_list(title)
            case CreateTask(title=title, role=role):
                self._effect(_Effect("task", role, text=title))
            case MakeDocument(template=template, version=version, key=key, name=name):
                self._documents[(wanted.subject, template)] = MadeDocument(version, key)
                self._effect(_Effect("document", template, text=name))
            case AttachDocument(template=template):
                self._effect(_Effect("attach", template), once=True)
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
            self._effect(_Effect("send", said.template, CLIENT, bare(said.text)))
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
        self._effect(_Effect("fill", filled[0]) if filled else _Effect("set", "", parts=parts), once=bool(filled))

    def _effect(self, effect: _Effect, *, once: bool = False) -> None:
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
        return spec.choices[0] if spec.choices else _SAMPLES.get(spec.type, "відповідь")


def _document_key(template: str, data: Mapping[str, Plain]) -> str:
    text = json.dumps([template, data], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
