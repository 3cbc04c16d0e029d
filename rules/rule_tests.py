"""The tests of a rule set (`tests:`): given facts, a clock, and exactly what must be wanted after each step. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.findings import Position, did_you_mean
from bridge.model.people import Directory, Person
from bridge.model.values import Plain, Value
from rules.actions import ACTIONS, Fill
from rules.checks import actions_of
from rules.conditions import shown, typed_constant
from rules.coverage import Seen
from rules.deciding import CLIENT, document_kind
from rules.flaws import Flawed, Path, written
from rules.load import RawTest
from rules.maps import FormMap
from rules.ruleset import RuleSet
from rules.schedules import WORKSPACE
from rules.small_world import PARENTS, Effect, Restless, World
from rules.triggers import TRIGGERS, FormAnswered

_DOES = ("event", "change", "until")
TEST_KEYS = ("name", "given", "unread", "now", "steps")
STEP_KEYS = (*_DOES, "by", "of", "unread", "expect", "facts", "not", "parked")
_CLIENTS_OWN = frozenset({"bound", "message"})
_WORD: Mapping[str, str] = {"comment.added": "text", "message": "text"}


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test. `message` is "" when it passed; `fired` are the rules that ran, `seen` what was met."""

    __test__: ClassVar[bool] = False

    name: str
    passed: bool
    where: Position
    message: str = ""
    fired: frozenset[str] = frozenset()
    seen: Seen = field(default_factory=Seen, compare=False, repr=False)

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


class _Running:
    """One test from its first line to its last."""

    def __init__(self, ruleset: RuleSet, test: RawTest, directory: Directory) -> None:
        self._ruleset = ruleset
        self._test = test
        self._directory = directory
        self._data = test.data if isinstance(test.data, dict) else {}
        self._fired: set[str] = set()
        self._seen = Seen()

    def result(self) -> TestResult:
        name = str(self._data.get("name", "?"))
        try:
            self._run()
        except _Wrong as wrong:
            where = self._test.places.position((*self._test.path, *wrong.path))
            return TestResult(name, False, where, f"{where}: {name}: {wrong}", frozenset(self._fired), self._seen)
        where = self._test.places.position(self._test.path)
        return TestResult(name, True, where, "", frozenset(self._fired), self._seen)

    def _run(self) -> None:
        self._known_keys(self._data, TEST_KEYS)
        for key in ("name", "now", "steps"):
            if key not in self._data:
                raise _Wrong(f'key "{key}" is missing')
        world = World(self._ruleset, self._directory, self._moment(self._data["now"], "now"))
        self._seen = world.seen
        for name, given in self._map(self._data.get("given"), "given").items():
            world.give(self._spec(name, "given", name), self._value(name, given, "given", name))
        for place, name in enumerate(self._list(self._data.get("unread"), "unread")):
            world.never_read(self._spec(name, "unread", place))
        world.settle()
        world.take()
        for place, step in enumerate(self._list(self._data["steps"], "steps")):
            self._step(world, self._map(step, "steps", place), ("steps", place))

    # -- one step -----------------------------------------------------------------------------------------------

    def _step(self, world: World, step: Mapping[str, Any], path: Path) -> None:
        self._known_keys(step, STEP_KEYS, *path)
        does = [key for key in _DOES if key in step]
        if len(does) != 1:
            raise _Wrong("a step does one thing", *path, advice="write event:, change: or until:")
        if "unread" in step:
            names = self._list(step["unread"], *path, "unread")
            world.stop_reading([self._spec(name, *path, "unread", place) for place, name in enumerate(names)])
        try:
            self._do(world, does[0], step, path)
        except Restless as error:
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

    def _do(self, world: World, does: str, step: Mapping[str, Any], path: Path) -> None:
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

    def _event(self, world: World, step: Mapping[str, Any], path: Path) -> None:
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
        if timed and "of" not in step and not self._is_somebodys(str(data["rule"])):
            of = WORKSPACE
        elif of not in PARENTS:
            raise _Wrong(f'unknown subject "{of}"', *path, "of", advice=did_you_mean(of, PARENTS))
        world.happen(kind, data, of, str(step.get("by", "")))

    def _is_somebodys(self, rule: str) -> bool:
        """Whether a rule is a client's, a deal's or a task's; one that is nobody's is planned on the workspace."""
        return any(one.per for one in self._ruleset.rules if one.id == rule)

    def _fact(self, world: World, name: str, wanted: Plain, *path: str | int) -> None:
        if name.startswith("gate.") and name[5:] in self._ruleset.gates:
            value: Value = str(wanted)
        else:
            self._spec(name, *path)
            value = self._value(name, wanted, *path)
        got = world.fact(name)
        if got != value:
            raise _Wrong(f"{name}: expected {shown(value)}, got {shown(got)}", *path)

    # -- expected against got -----------------------------------------------------------------------------------

    def _compare(self, world: World, effects: list[Effect], step: Mapping[str, Any], path: Path) -> None:
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

    def _is(self, world: World, effect: Effect, verb: str, entry: Mapping[str, Any]) -> bool:
        named = entry[verb]
        if effect.verb != verb or ("to" in entry and effect.to != world.recipient(str(entry["to"]))):
            return False
        if verb in ("document", "attach"):
            return effect.what == document_kind(str(named))
        if verb == "set" and isinstance(named, dict):
            return all(effect.parts.get(key) == value for key, value in named.items())
        return named in (effect.what, effect.also) or (verb == "comment" and not effect.what and named in effect.text)

    def _says(self, effect: Effect, words: list[Any], where: Path) -> None:
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
