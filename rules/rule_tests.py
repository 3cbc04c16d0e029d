"""The tests of a rule set (`tests:`): given facts, a clock, and exactly what must be wanted after each step. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Position
from bridge.model.people import Directory, Person
from bridge.model.values import Value
from bridge.model.wording import worded
from rules.actions.facts import Fill
from rules.checks import actions_of
from rules.conditions import shown
from rules.coverage import Seen
from rules.deciding import CLIENT, document_kind
from rules.flaws import Flawed, Path
from rules.maps import FormMap
from rules.ruleset import RuleSet
from rules.small_world import Effect, Restless, World
from rules.triggers import FormAnswered
from rules.written_tests import Expected, Happening, RawTest, WrittenStep, WrittenTest, read_test


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test.

    `message` is "" when it passed, else `what` was otherwise, with its place and name; `wanted` and `got` are the same
    as what was missing and what was there in its stead. `fired` are the rules that ran, `seen` what was met.
    """

    __test__: ClassVar[bool] = False

    name: str
    passed: bool
    where: Position
    message: str = ""
    what: str = ""
    wanted: tuple[str, ...] = ()
    got: tuple[str, ...] = ()
    fired: frozenset[str] = frozenset()
    seen: Seen = field(default_factory=Seen, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.name}: passed" if self.passed else self.message


def run_tests(ruleset: RuleSet, tests: Sequence[RawTest], directory: Directory | None = None) -> list[TestResult]:
    """Every test with its result, in order. Without a directory each role is held by a stand-in of that name.

    A rule in shadow runs as if it acted: what it is to do when it leaves the shadow is what its tests say.
    A map of answers that the set names and does not know (it was read without forms.yaml) has a stand-in too: it fills
    one fact that no rule can see.
    """
    whole = _with_maps(_out_of_shadow(ruleset))
    return [_Running(whole, test, directory or _stand_ins(whole)).result() for test in tests]


def rules_without_test(ruleset: RuleSet, results: Sequence[TestResult]) -> list[str]:
    """The rules that are on and that no test has seen running, in order."""
    fired = {rule for result in results for rule in result.fired}
    return [rule.id for rule in ruleset.rules if rule.enabled == "true" and rule.id not in fired]


def _out_of_shadow(ruleset: RuleSet) -> RuleSet:
    return replace(
        ruleset,
        rules=tuple(replace(rule, enabled="true") if rule.enabled == "shadow" else rule for rule in ruleset.rules),
    )


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
    """Something was otherwise than the test says: what, and where from the test."""

    def __init__(self, what: str, *path: str | int, wanted: Sequence[str] = (), got: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.path: Path = path
        self.wanted, self.got = tuple(wanted), tuple(got)


class _Running:
    """One test from its first line to its last."""

    def __init__(self, ruleset: RuleSet, test: RawTest, directory: Directory) -> None:
        self._ruleset = ruleset
        self._test = test
        self._directory = directory
        self._fired: set[str] = set()
        self._seen = Seen()

    def result(self) -> TestResult:
        data = self._test.data
        name = str(data.get("name", "?")) if isinstance(data, dict) else "?"
        try:
            self._run(read_test(data, self._ruleset))
        except _Wrong as wrong:
            where = self._test.places.position((*self._test.path, *wrong.path))
            return replace(self._red(name, wrong.what, where), wanted=wrong.wanted, got=wrong.got)
        except Flawed as error:
            found = error.flaws[0].under(*self._test.path).finding(self._test.places)
            what = worded("{what}; {advice}", what=found.what, advice=found.advice) if found.advice else found.what
            return self._red(name, what, found.where)
        where = self._test.places.position(self._test.path)
        return TestResult(name, True, where, fired=frozenset(self._fired), seen=self._seen)

    def _red(self, name: str, what: str, where: Position) -> TestResult:
        message = worded("{where}: {name}: {what}", where=str(where), name=name, what=what)
        return TestResult(name, False, where, message, what, fired=frozenset(self._fired), seen=self._seen)

    def _run(self, test: WrittenTest) -> None:
        world = World(self._ruleset, self._directory, test.now)
        self._seen = world.seen
        for name, value in test.given.items():
            world.give(self._ruleset.fields[name], value)
        for spec in test.unread:
            world.never_read(spec)
        try:
            world.settle()
        except Restless as error:
            raise _Wrong(error.what, "given") from error
        world.take()
        for step in test.steps:
            self._step(world, step)

    def _step(self, world: World, step: WrittenStep) -> None:
        if step.stops is not None:
            world.stop_reading(step.stops)
        try:
            self._do(world, step.does)
        except Restless as error:
            raise _Wrong(error.what, *step.path) from error
        finally:
            effects, traces = world.take()
            self._fired |= traces
        self._compare(world, effects, step)
        for place, rule in enumerate(step.never):
            if rule in traces:
                what = worded("{rule} must not run, and it did", rule=rule)
                raise _Wrong(what, *step.path, "not", place)
        if set(step.parked) != world.blind:
            expected, waits = _named(step.parked), _named(sorted(world.blind))
            what = worded("expected to wait: {expected}; waits: {waits}", expected=expected, waits=waits)
            raise _Wrong(
                what,
                *step.path,
                "parked",
                wanted=[worded("waits: {rules}", rules=expected)],
                got=[worded("waits: {rules}", rules=waits)],
            )
        for name, wanted in step.facts.items():
            got = world.fact(name)
            if got != wanted:
                what = worded(
                    "{name}: expected {expected}, got {got}", name=name, expected=shown(wanted), got=shown(got)
                )
                told = [f"{name}: {shown(value)}" for value in (wanted, got)]
                raise _Wrong(what, *step.path, "facts", name, wanted=told[:1], got=told[1:])

    def _do(self, world: World, does: Happening | Mapping[str, Value] | datetime) -> None:
        if isinstance(does, datetime):
            world.go_to(does)
            return
        if isinstance(does, Happening):
            world.happen(does.kind, dict(does.data), does.of, does.by)
        else:
            for name, value in does.items():
                world.change(self._ruleset.fields[name], value)
        world.settle()

    def _compare(self, world: World, effects: list[Effect], step: WrittenStep) -> None:
        left, missing = list(effects), dict[int, str]()
        for place, expected in enumerate(step.expect):
            found = next((effect for effect in left if _is(world, effect, expected)), None)
            if found is None:
                missing[place] = _told(expected)
                continue
            left.remove(found)
            _says(found, expected.says, (*step.path, "expect", place))
        there = [str(effect) for effect in left]
        if missing:
            expected_, got = "; ".join(missing.values()), "; ".join(there) or worded("nothing")
            what = worded("expected {expected}, got {got}", expected=expected_, got=got)
            raise _Wrong(what, *step.path, "expect", min(missing), wanted=[*missing.values()], got=there)
        if left:
            raise _Wrong(worded("not expected: {effects}", effects="; ".join(there)), *step.path, "expect", got=there)


def _is(world: World, effect: Effect, expected: Expected) -> bool:
    named = expected.named
    if effect.verb != expected.verb or (expected.to and effect.to != world.recipient(expected.to)):
        return False
    if isinstance(named, dict):
        return all(effect.parts.get(key) == value for key, value in named.items())
    if effect.verb in ("document", "attach"):
        return effect.what == document_kind(str(named))
    if named in (effect.what, effect.also):
        return True
    return effect.verb == "comment" and not effect.what and str(named) in effect.text


def _says(effect: Effect, words: Sequence[str], where: Path) -> None:
    place = 0
    for number, word in enumerate(words):
        place = effect.text.find(word, place)
        if place < 0:
            what = worded(
                "{verb}: {what} does not say «{word}» (in this order): «{text}»",
                verb=effect.verb,
                what=effect.what,
                word=word,
                text=effect.text,
            )
            raise _Wrong(what, *where, "says", number, wanted=[*words], got=[effect.text])
        place += len(word)


def _named(rules: Sequence[str]) -> str:
    return ", ".join(rules) or worded("nothing")


def _told(expected: Expected) -> str:
    return ", ".join(f"{key}: {value}" for key, value in expected.entry.items() if key != "says")
