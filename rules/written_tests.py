"""The tests of a rule set as they are written (`tests:`): read and checked before any of them runs. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bridge.model.events import ActorKind
from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.findings import did_you_mean
from bridge.model.values import Plain, Value
from bridge.model.wording import worded
from rules.actions.action import ACTIONS
from rules.actions.cards import Checklist, NewChecklist
from rules.checks import actions_of
from rules.constants import typed_constant, unknown_choice
from rules.deciding import CLIENT, STAFF_CHAT, document_kind
from rules.flaws import Flaw, Flawed, Path, Places, written
from rules.imagining import keys_of_event
from rules.names import Known
from rules.registry import keys_of
from rules.ruleset import RuleSet
from rules.schedules import WORKSPACE
from rules.small_world import PARENTS
from rules.triggers import TRIGGERS, Trigger, parse_trigger

_DOES = ("event", "change", "until")
TEST_KEYS = ("name", "given", "unread", "now", "steps")
STEP_KEYS = (*_DOES, "by", "of", "unread", "expect", "facts", "not", "parked")
_CLIENTS_OWN = frozenset({"bound", "message"})
_NOT_BY_THEMSELVES = ("becomes", "silence", "schedule")
_BY_EVENTS = ("card.list", "card.labels")
_WORD: Mapping[str, str] = {"comment.added": "text", "message": "text"}
_GATE = ("open", "closed")
_ANYBODY = tuple(kind.value for kind in ActorKind)
_LIKE_EVENTS = {
    "move": ("card.moved", "to"),
    "label.add": ("label.added", "label"),
    "label.remove": ("label.removed", "label"),
    "document": ("document.ready", "document"),
    "attach": ("document.ready", "document"),
}
"""Effects by the events that name the same things, with the key that names them."""
_KEY = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+\Z")
"""What may be meant as the key of a text; or they are words of a comment, such as an address."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RawTest:
    """One entry of `tests:` as it stands in its file: `places.position((*path, "steps", 0))`."""

    data: Any
    places: Places
    path: Path


@dataclass(frozen=True, slots=True)
class Expected:
    """One effect that a step expects. `named` is what stands behind the verb; `entry` is how it was written."""

    verb: str
    named: Plain
    to: str
    says: tuple[str, ...]
    entry: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a test: its kind, what it is about, whose it is and who did it."""

    kind: str
    data: Mapping[str, Plain]
    of: str
    by: str


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """One step: a happening, changed facts, or a moment to go to, and what must be so afterwards.

    `stops` are facts whose sources are not read from here on; None leaves them as they were.
    """

    does: Happening | Mapping[str, Value] | datetime
    path: Path
    stops: tuple[FieldSpec, ...] | None = None
    expect: tuple[Expected, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """One test without a mistake in how it is written."""

    name: str
    now: datetime
    given: Mapping[str, Value]
    unread: tuple[FieldSpec, ...]
    steps: tuple[WrittenStep, ...]


def read_test(
    data: object, ruleset: RuleSet, people: Collection[str] | None = None, names: Known | None = None
) -> WrittenTest:
    """The test that this entry says. Raises Flawed with every mistake, by its path from the entry.

    `people` are the keys of those who may be written to; None while nobody is known. With `names`, lists, labels, forms
    and whatever else an event names must be among them: an event that cannot come proves nothing.
    """
    reading = _Reading(ruleset, people, names)
    made = reading.test(data)
    if reading.flaws:
        raise Flawed(reading.flaws)
    return made


class _Reading:
    """One entry while it is read: a mistake is noted, and what stands beside it is read on."""

    def __init__(self, ruleset: RuleSet, people: Collection[str] | None, names: Known | None) -> None:
        self._ruleset = ruleset
        self._people = people
        self._names = names
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self.flaws: list[Flaw] = []

    def test(self, data: object) -> WrittenTest:
        known = self._closed(data, TEST_KEYS, ())
        for key in ("name", "now", "steps"):
            if key not in known:
                self._flaw("missing-key", worded('key "{key}" is missing', key=key))
        now = self._moment(known["now"], "now") if "now" in known else _NEVER
        return WrittenTest(
            str(known.get("name", "?")),
            now,
            self._values(known.get("given"), ("given",)),
            self._specs(known.get("unread"), ("unread",)),
            self._steps(known.get("steps"), now),
        )

    # -- one step -----------------------------------------------------------------------------------------------

    def _steps(self, data: object, now: datetime) -> tuple[WrittenStep, ...]:
        made: list[WrittenStep] = []
        for place, step in enumerate(self._list(data, "steps")):
            read = self._step(step, now, ("steps", place))
            if read is not None:
                made.append(read)
                now = read.does if isinstance(read.does, datetime) else now
        return tuple(made)

    def _step(self, data: object, now: datetime, path: Path) -> WrittenStep | None:
        step = self._closed(data, STEP_KEYS, path)
        does = [key for key in _DOES if key in step]
        if len(does) != 1:
            if isinstance(data, dict):
                self._flaw("bad-value", "a step does one thing", *path, advice="write event:, change: or until:")
            return None
        for key in ("by", "of"):
            if key in step and does[0] != "event":
                what = worded("{key} tells of an event, and this step has none", key=key)
                self._flaw("bad-value", what, *path, key)
        return WrittenStep(
            self._does(does[0], step, now, path),
            path,
            stops=self._specs(step["unread"], (*path, "unread")) if "unread" in step else None,
            expect=self._expect(step.get("expect"), (*path, "expect")),
            facts=self._facts(step.get("facts"), (*path, "facts")),
            never=self._rules_named(step.get("not"), (*path, "not")),
            parked=self._rules_named(step.get("parked"), (*path, "parked")),
        )

    def _does(
        self, does: str, step: Mapping[str, Any], now: datetime, path: Path
    ) -> Happening | Mapping[str, Value] | datetime:
        if does == "event":
            return self._event(step, path)
        if does == "change":
            for name in _BY_EVENTS:
                if isinstance(step["change"], dict) and name in step["change"]:
                    what = worded("{name} is not changed by itself", name=name)
                    self._flaw("bad-value", what, *path, "change", name, advice="write event:")
            return self._values(step["change"], (*path, "change"))
        moment = self._moment(step["until"], *path, "until")
        if _NEVER < moment < now:
            self._flaw("bad-value", worded("{moment} is over already", moment=step["until"]), *path, "until")
        return moment

    def _event(self, step: Mapping[str, Any], path: Path) -> Happening:
        event = step["event"]
        kind, given = next(iter(event.items())) if isinstance(event, dict) and len(event) == 1 else (event, {})
        trigger = TRIGGERS.get(kind) if isinstance(kind, str) else None
        timed = kind == "schedule" and given != {}
        if trigger is None or (kind in _NOT_BY_THEMSELVES and not timed):
            events = [word for word in TRIGGERS.words() if word not in _NOT_BY_THEMSELVES]
            what = worded("unknown event {event}", event=written(kind))
            self._flaw("unknown-trigger", what, *path, "event", advice=did_you_mean(str(kind), events))
            return Happening("", {}, "deal", "")
        if isinstance(given, list):
            what = worded("expected {expected}, got {given}", expected=worded("text"), given=written(given))
            self._flaw("wrong-type", what, *path, "event", kind)
        if timed:
            given = {"rule": self._rule(given, *path, "event", "schedule")}
        elif isinstance(given, dict):
            self._closed(given, self._keys(trigger), (*path, "event", kind))
        data = dict(given) if isinstance(given, dict) else {_WORD.get(kind, trigger.short): given}
        if not timed:
            self._can_come(trigger, data, (*path, "event"))
        of = self._text(step.get("of"), *path, "of") or ("client" if kind in _CLIENTS_OWN else "deal")
        if timed and "of" not in step and not self._is_somebodys(str(data["rule"])):
            of = WORKSPACE
        elif of not in PARENTS:
            what = worded('unknown subject "{subject}"', subject=of)
            self._flaw("bad-value", what, *path, "of", advice=did_you_mean(of, PARENTS))
        by = self._text(step.get("by"), *path, "by")
        if by:
            self._one_of(by, _ANYBODY, "person", (*path, "by"))
        return Happening(kind, data, of, by)

    def _can_come(self, trigger: type[Trigger], data: Mapping[str, Plain], path: Path) -> None:
        """Notes what no event of this kind can say: a list that no board has, a form that is none."""
        answers = data.get("values")
        for name in answers if isinstance(answers, dict) else ():
            self._spec(name, *path, trigger.kind, "values", name, key=True)
        if self._names is None:
            return
        own = keys_of(trigger)
        said = {key: value for key, value in data.items() if key in own and value not in (None, {})}
        try:
            parse_trigger({trigger.kind: said}, self._names)
        except Flawed as error:
            self.flaws += [flaw.under(*path) for flaw in error.flaws if flaw.code != "missing-key"]

    def _keys(self, trigger: type[Trigger]) -> Sequence[str]:
        """What may be said of an event of this kind, also by the facts that events carry."""
        carried = {key.partition(".")[2] for key in self._ruleset.of_events - {"event.by", "event.by_name"}}
        return sorted(keys_of_event(trigger) | carried)

    def _is_somebodys(self, rule: str) -> bool:
        """Whether a rule is a client's, a deal's or a task's; one that is nobody's is planned on the workspace."""
        return rule in self._rules and bool(self._rules[rule].per)

    # -- what is expected ---------------------------------------------------------------------------------------

    def _expect(self, data: object, path: Path) -> tuple[Expected, ...]:
        entries = [self._effect(entry, (*path, place)) for place, entry in enumerate(self._list(data, *path))]
        return tuple(entry for entry in entries if entry is not None)

    def _effect(self, data: object, path: Path) -> Expected | None:
        entry = self._map(data, *path)
        if not isinstance(data, dict):
            return None
        verbs = [key for key in entry if ACTIONS.get(key)]
        if len(verbs) != 1:
            odd = next((key for key in entry if key not in verbs), "") if not verbs else verbs[1]
            what = worded('unknown effect "{effect}"', effect=odd)
            self._flaw("unknown-action", what, *path, odd, key=True, advice=did_you_mean(odd, ACTIONS.words()))
            return None
        verb = verbs[0]
        self._closed(entry, (verb, "to", "says"), path)
        self._named(verb, entry[verb], (*path, verb))
        to = self._text(entry.get("to"), *path, "to")
        if to:
            self._one_of(to, (CLIENT, STAFF_CHAT), "recipient", (*path, "to"))
        words = self._list(entry.get("says"), *path, "says")
        for place, word in enumerate(words):
            if isinstance(word, list | dict | None):
                self._text(word if word is not None else False, *path, "says", place)
        return Expected(verb, entry[verb], to, tuple(map(str, words)), entry)

    def _one_of(self, name: str, beside: Collection[str], what: str, path: Path) -> None:
        """A role, a person, or one of the words `beside`; while nobody is known, only what looks like one of them."""
        allowed = {*self._ruleset.roles, *(self._people or ()), *beside}
        advice = "" if name in allowed else did_you_mean(name, allowed)
        if advice and (self._people is not None or advice.startswith("did")):
            said = worded(f'unknown {what} "{{name}}"', name=name)
            self._flaw(f"unknown-{what}", said, *path, advice=advice)

    def _there(self, verb: str, named: str, path: Path) -> None:
        """Notes what no effect of this verb can be: a list that no board has, a role that nobody declares."""
        ruleset, names = self._ruleset, self._names
        if verb in _LIKE_EVENTS:
            if names is None or (verb, named) == ("move", "back"):
                return
            kind, key = _LIKE_EVENTS[verb]
            given = document_kind(named) if key == "document" else named
            try:
                parse_trigger({kind: {key: given}}, names)
            except Flawed as error:
                self.flaws += [replace(flaw, path=path, key=False) for flaw in error.flaws]
        elif verb == "task":
            self._among(named, ruleset.roles, "role", path)
        elif verb == "propose":
            self._among(named, {*ruleset.roles, *ruleset.texts}, "template", path)
        elif verb == "comment" and _KEY.match(named) and did_you_mean(named, ruleset.texts).startswith("did"):
            self._among(named, ruleset.texts, "template", path)
        elif verb == "create" and named != "card":
            what = worded('unknown effect "{effect}"', effect=f"create: {named}")
            self._flaw("unknown-action", what, *path, advice=did_you_mean(named, ("card",)))
        elif verb == "fill" and names is not None and names.maps is not None:
            self._among(named, names.maps, "map", path)
        elif verb == "checklist" and names is not None and names.checklists is not None:
            own = [one.title for one in self._checklists() if one.title is not None]
            if not any(title.names for title in own):
                titles = {title for each in names.titles.values() for title in each}
                self._among(named, {*names.checklists, *titles, *(title.source for title in own)}, "checklist", path)

    def _checklists(self) -> Iterator[NewChecklist]:
        """What rules put on cards."""
        for rule in self._ruleset.rules:
            for _path, action in actions_of(rule):
                if isinstance(action, Checklist):
                    yield action.checklist

    def _among(self, name: str, allowed: Collection[str], kind: str, path: Path) -> None:
        if name not in allowed:
            what = worded('unknown {kind} "{name}"', kind=worded(kind), name=name)
            self._flaw(f"unknown-{kind}", what, *path, advice=did_you_mean(name, allowed))

    def _named(self, verb: str, named: object, path: Path) -> None:
        """What stands behind a verb: facts behind `set`, a name or words behind any other."""
        if verb == "set" and isinstance(named, dict):
            for name, value in named.items():
                spec = self._spec(name, *path, name)
                if spec is not None and spec.choices and isinstance(value, str) and value not in spec.choices:
                    self.flaws.append(unknown_choice(spec, value).under(*path, name))
        elif not isinstance(named, str) or not named:
            what = worded("expected {expected}, got {given}", expected=worded("text"), given=written(named))
            self._flaw("wrong-type", what, *path)
        elif verb == "send" and named not in self._ruleset.texts:
            advice = did_you_mean(named, self._ruleset.texts)
            what = worded('unknown {kind} "{name}"', kind=worded("template"), name=named)
            self._flaw("unknown-template", what, *path, advice=advice)
        elif verb != "send":
            self._there(verb, named, path)

    def _facts(self, data: object, path: Path) -> dict[str, Value]:
        made: dict[str, Value] = {}
        for name, wanted in self._map(data, *path).items():
            if name.startswith("gate.") and name[5:] in self._ruleset.gates:
                made[name] = str(wanted)
                if wanted not in _GATE:
                    what = worded("{given} is not allowed here", given=written(wanted))
                    self._flaw("bad-value", what, *path, name, advice=did_you_mean(str(wanted), _GATE))
            elif self._spec(name, *path, name) is not None:
                made[name] = self._value(name, wanted, *path, name)
        return made

    # -- what is written ----------------------------------------------------------------------------------------

    def _flaw(self, code: str, what: str, *path: str | int, advice: str = "", key: bool = False) -> None:
        self.flaws.append(Flaw(code, what, advice, path, key=key))

    def _closed(self, data: object, known: Sequence[str], path: Path) -> Mapping[str, Any]:
        given = self._map(data, *path)
        for key in given:
            if key not in known:
                what = worded('unknown key "{key}"', key=key)
                self._flaw("unknown-key", what, *path, key, advice=did_you_mean(str(key), known), key=True)
        return given

    def _map(self, data: object, *path: str | int) -> Mapping[str, Any]:
        if isinstance(data, dict):
            return data
        if data is not None or not path or isinstance(path[-1], int):
            what = worded("expected a map (key: value), got {given}", given=written(data))
            self._flaw("wrong-type", what, *path)
        return {}

    def _list(self, data: object, *path: str | int) -> list[Any]:
        if isinstance(data, list):
            return data
        if data is not None:
            what = worded("expected {expected}, got {given}", expected=worded("a list"), given=written(data))
            self._flaw("wrong-type", what, *path)
        return []

    def _text(self, data: object, *path: str | int) -> str:
        if data is None or isinstance(data, str):
            return data or ""
        what = worded("expected {expected}, got {given}", expected=worded("text"), given=written(data))
        self._flaw("wrong-type", what, *path, advice="put it in quotes")
        return ""

    def _specs(self, data: object, path: Path) -> tuple[FieldSpec, ...]:
        found = [self._spec(name, *path, place) for place, name in enumerate(self._list(data, *path))]
        return tuple(spec for spec in found if spec is not None)

    def _spec(self, name: object, *path: str | int, key: bool = False) -> FieldSpec | None:
        spec = self._ruleset.fields.get(name) if isinstance(name, str) else None
        if spec is None or spec.source == "event":
            what = worded('unknown field "{key}"', key=name)
            self._flaw("unknown-field", what, *path, advice=did_you_mean(str(name), self._ruleset.fields), key=key)
            return None
        return spec

    def _rules_named(self, data: object, path: Path) -> tuple[str, ...]:
        return tuple(self._rule(name, *path, place) for place, name in enumerate(self._list(data, *path)))

    def _rule(self, name: object, *path: str | int) -> str:
        if not isinstance(name, str) or name not in self._rules:
            what = worded("unknown rule {rule}", rule=written(name))
            near = did_you_mean(str(name), self._rules, alike=0.8)
            gone = worded("if it is gone, remove its tests too, or put the rule back")
            both = worded("{near} Or {how}", near=near, how=gone)
            self._flaw("unknown-rule", what, *path, advice=both if near.startswith("did") else gone)
        return str(name)

    def _values(self, data: object, path: Path) -> dict[str, Value]:
        given = self._map(data, *path)
        known = {name: value for name, value in given.items() if self._spec(name, *path, name) is not None}
        return {name: self._value(name, value, *path, name) for name, value in known.items()}

    def _value(self, name: str, given: Any, *path: str | int) -> Value:
        spec = self._ruleset.fields[name]
        for place, item in enumerate(given if spec.type is FieldType.SET and isinstance(given, list) else ()):
            if spec.choices and item not in spec.choices:
                self.flaws.append(unknown_choice(spec, str(item)).under(*path, place))
        try:
            if given is not None and spec.type in (FieldType.MOMENT, FieldType.DATE, FieldType.CHOICE, FieldType.FLAG):
                given = plain_value(typed_constant(spec, given, self._ruleset.zone))
            return parse_value(spec, given)
        except Flawed as error:
            self.flaws += [flaw.under(*path) for flaw in error.flaws]
        except ValueError:
            what = worded("{key} is a {type}, got {given}", key=name, type=spec.type.value, given=written(given))
            self._flaw("wrong-type", what, *path)
        return None

    def _moment(self, given: Any, *path: str | int) -> datetime:
        try:
            moment = typed_constant(FieldSpec("now", FieldType.MOMENT, "bridge"), given, self._ruleset.zone)
        except Flawed:
            moment = None
        if isinstance(moment, datetime):
            return moment
        what = worded("{given} is not a moment", given=written(given))
        self._flaw("bad-value", what, *path, advice="write 2026-11-23 11:00")
        return _NEVER
