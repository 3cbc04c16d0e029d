"""Facts as one planning sees them: found upwards, with gates as fields, and with their freshness asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.model.events import Event
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.people import Directory
from bridge.model.planning import Fact, Snapshot, Subject
from bridge.model.values import Labelled, NotKnown, Plain, Value
from rules.conditions import Condition, Lookup, shown
from rules.ruleset import Gate, Need, RuleSet
from rules.waking import facts_behind

OPEN, CLOSED = "open", "closed"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "uk": {
        "empty": "порожньо",
        "not read": "не прочитано",
        "true": "так",
        "false": "ні",
        OPEN: "є все",
        CLOSED: "не все",
    },
    "ru": {
        "empty": "пусто",
        "not read": "не прочитано",
        "true": "да",
        "false": "нет",
        OPEN: "есть всё",
        CLOSED: "не всё",
    },
    "en": {
        "empty": "empty",
        "not read": "not read",
        "true": "yes",
        "false": "no",
        OPEN: "complete",
        CLOSED: "incomplete",
    },
}
LANGUAGES = tuple(_WORDS)
"""The languages in which the engine explains itself."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A need of a gate with its answer: True, False, or None for not known."""

    need: Need
    answer: bool | None


class _Asked(dict[str, "Value | NotKnown"]):
    """The facts of one subject as far as they were asked for. A dictionary, because nothing is looked up faster."""

    def __init__(self, facts: Facts, subject: str) -> None:
        super().__init__()
        self._facts = facts
        self._subject = subject

    def __missing__(self, field: str) -> Value | NotKnown:
        value = self[field] = self._facts.find(field, self._subject, None, None)
        return value


class Facts:
    """What is true for one client while a plan is made. `put` changes it for the rest of the plan only.

    `unplanned` are subjects with events that no rule has seen yet: what rules set for them may be about to change, so
    whoever asks for freshness does not know it.
    """

    def __init__(self, snapshot: Snapshot, ruleset: RuleSet, directory: Directory, now: datetime) -> None:
        self._snapshot = snapshot
        self._ruleset = ruleset
        self.directory = directory
        self.now = now
        self.unplanned = {event.subject for event in snapshot.events}
        self._set: dict[tuple[str, str], Value] = {}
        self._known: dict[str, _Asked] = {}
        """What was asked already of each subject, however fresh; a gate alone may ask for a dozen facts."""
        self._owners: dict[str, Mapping[str, Subject]] = {}
        self._lines: dict[str, tuple[str, ...]] = {}
        self._changed: set[str] = set()

    def owner(self, spec: FieldSpec, subject: str) -> Subject | None:
        """The subject a fact belongs to, found upwards from another; `card.*` is that of the subject itself."""
        owners = self._owners.get(subject)
        if owners is None:
            owners = self._owners[subject] = self._all_owners(subject)
        return owners.get(spec.subject)

    def _all_owners(self, subject: str) -> Mapping[str, Subject]:
        line = self.line(subject)
        above = [self._snapshot.subjects[name] for name in line]
        owners = {one.kind: one for one in reversed(above)}
        if "task" not in owners and (names := self._deal_as_task(line)):
            owners["task"] = self._snapshot.subjects[names[0]]
        return {**owners, "card": above[0]} if above else owners

    def _deal_as_task(self, line: tuple[str, ...]) -> list[str]:
        """The deal of a line that has no task below it: it counts as one task, on its own card."""
        subjects = self._snapshot.subjects
        parents = {one.parent for one in subjects.values() if one.kind == "task"}
        return [name for name in line if subjects[name].kind == "deal" and name not in parents]

    def put(self, subject: str, field: str, value: Value) -> None:
        """From here on the fact has this value."""
        self._another(field)
        self._set[(subject, field)] = value

    def forget(self, subject: str, field: str) -> None:
        """Takes back a `put`: the fact is again what the snapshot says."""
        self._another(field)
        self._set.pop((subject, field), None)

    def changed(self) -> set[str]:
        """The facts that were put or taken back since this was asked last."""
        found, self._changed = self._changed, set()
        return found

    def _another(self, field: str) -> None:
        """What was asked of the fact, and of the gates that look at it, is asked anew."""
        self._changed.add(field)
        for name in (field, *self._ruleset.waking.gates_over.get(field, ())):
            for asked in self._known.values():
                asked.pop(name, None)

    def value(
        self, field: str, subject: str, *, past: datetime | None = None, event: Event | None = None
    ) -> Value | NotKnown:
        """The value of a fact or gate for a subject.

        With `past`, a value counts only when its source was read at or after that moment; else it is not known.
        """
        if past is not None or (event is not None and field in self._ruleset.of_events):
            return self.find(field, subject, past, event)
        return self._asked_of(subject)[field]

    def _asked_of(self, subject: str) -> _Asked:
        asked = self._known.get(subject)
        if asked is None:
            asked = self._known[subject] = _Asked(self, subject)
        return asked

    def find(self, field: str, subject: str, past: datetime | None, event: Event | None) -> Value | NotKnown:
        """As `value`, whatever was asked before."""
        spec = self._ruleset.fields.get(field)
        if spec is None:
            return self._gate_value(field.removeprefix("gate."), subject, past)
        if spec.source == "event":
            return _from_event(spec, event)
        owners = self._owners.get(subject)
        owner = owners.get(spec.subject) if owners is not None else self.owner(spec, subject)
        if owner is None:
            return None
        fact = owner.facts.get(field)
        value = fact.value if fact is not None else None
        if past is not None or fact is None or fact.read_at is None or value.__class__ is NotKnown:
            not_known = self._not_read(spec, owner, fact, past)
            if not_known is not None:
                return not_known
        if self._set:
            value = self._set.get((owner.id, field), value)
        return parse_value(spec, spec.default) if value is None and spec.default is not None else value

    def lookup(self, subject: str, *, past: datetime | None = None, event: Event | None = None) -> Lookup:
        """`value` for one subject, as conditions want it."""
        if past is not None or (event is not None and self._ruleset.of_events):
            return lambda field: self.value(field, subject, past=past, event=event)
        return (self._known.get(subject) or self._asked_of(subject)).__getitem__

    def read_up_to(self, source: str) -> datetime | None:
        """How far a source was read, None when it never was."""
        return self._snapshot.seen_up_to.get(source)

    def title(self, field: str, language: str) -> str:
        """What people call a fact or a gate."""
        if field.startswith("gate."):
            return self._ruleset.gates[field[5:]].name.get(language, field)
        return self._ruleset.fields[field].titles.get(language, field)

    def told(self, field: str, subject: str, language: str, event: Event | None = None) -> str:
        """A fact and what it is, for people; of a gate also what is missing."""
        words = _WORDS.get(language, _WORDS["en"])
        value = self.value(field, subject, event=event)
        missing: list[str] = []
        if isinstance(value, NotKnown):
            said = words["not read"]
        elif field.startswith("gate."):
            said = words[CLOSED if value == CLOSED else OPEN]
            missing = [one.need.say.get(language, "") for one in self.gate(field[5:], subject) if one.answer is False]
        elif value is None or value == ():
            said = words["empty"]
        else:
            read = self.shown(self._ruleset.fields[field], value, language)
            said = _label(read) if isinstance(value, str | tuple) else words.get(shown(value)) or shown(read)
        return f"{self.title(field, language)} — {said}" + (f" ({', '.join(missing)})" if missing else "")

    def written(self, field: str, subject: str) -> Plain:
        """What the bridge itself last wrote into the fact's source, None when it never did."""
        spec = self._ruleset.fields[field]
        owner = self.owner(spec, subject)
        return self._snapshot.written.get((owner.id, spec.source)) if owner else None

    def gate(self, gate: str, subject: str, past: datetime | None = None) -> list[Answered]:
        """Every need that a gate asks of the subject, with its answer."""
        return [Answered(need, answer) for need, answer in self._answers(gate, self.lookup(subject, past=past))]

    def _answers(self, gate: str, lookup: Lookup) -> Iterator[tuple[Need, bool | None]]:
        for need in self._ruleset.gates[gate].needs:
            asked = need.only_if.holds(lookup, self.now) if need.only_if is not None else True
            if asked is not False:
                answer = need.condition.holds(lookup, self.now)
                yield need, answer if asked or answer else None

    def blind(self, condition: Condition, subject: str, past: datetime | None) -> tuple[str, ...]:
        """The sources that keep a condition from being known, sorted."""
        return self._unread(condition.fields, subject, past)

    def _unread(self, names: Collection[str], subject: str, past: datetime | None) -> tuple[str, ...]:
        values = [self.value(name, subject, past=past) for name in facts_behind(names, self._ruleset.gates)]
        return tuple(sorted({value.source for value in values if isinstance(value, NotKnown)}))

    def next_change(self, condition: Condition, subject: str, now: datetime) -> datetime | None:
        """The next moment at which a condition, or a gate that it asks for, may turn because time passes."""
        lookup = self.lookup(subject)
        moments = [condition.next_change(lookup, now)]
        for name in condition.fields:
            if name.startswith("gate."):
                needs = self._ruleset.gates[name[5:]].needs
                moments += [self.next_change(need.condition, subject, now) for need in needs]
        return min((moment for moment in moments if moment is not None), default=None)

    def for_text(
        self,
        subject: str,
        language: str,
        *,
        event: Event | None = None,
        gate: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """All facts of a subject as nested plain values, with the gate's missing needs in the reader's language."""
        values: dict[str, Any] = {}
        for key, spec in self._ruleset.fields.items():
            value = self.value(key, subject, event=event)
            head, _, tail = key.partition(".")
            values.setdefault(head, {})[tail] = self.shown(spec, value, language)
        if gate:
            values["gate"] = self._gate_text(self._ruleset.gates[gate], subject, language)
        for key, given in (extra or {}).items():
            head, _, tail = key.partition(".")
            if tail:
                values.setdefault(head, {})[tail] = _said_in(language, given)
            else:
                values[head] = _said_in(language, given)
        return values

    def _gate_text(self, gate: Gate, subject: str, language: str) -> dict[str, Any]:
        missing = [
            {
                "say": answered.need.say.get(language, ""),
                "owed_by": answered.need.owed_by,
                "who": self._ruleset.roles.get(answered.need.owed_by, {}).get(language, answered.need.owed_by),
            }
            for answered in self.gate(gate.id, subject)
            if answered.answer is False
        ]
        return {"name": gate.name.get(language, gate.id), "missing": missing}

    def shown(self, spec: FieldSpec, value: Value | NotKnown, language: str = "") -> Any:
        """A value as texts take it: a person by name, a choice with its label, nothing for what was not read."""
        if isinstance(value, NotKnown):
            return None
        if spec.type is FieldType.PERSON and isinstance(value, str):
            return self.directory.name(value)
        if spec.words and isinstance(value, str):
            return Labelled(value, spec.called(value, language))
        if spec.words and isinstance(value, tuple):
            return tuple(Labelled(item, spec.called(item, language)) for item in value)
        return value

    def _gate_value(self, gate: str, subject: str, past: datetime | None) -> Value | NotKnown:
        unknown: Need | None = None
        for need, answer in self._answers(gate, self.lookup(subject, past=past)):
            if answer is False:
                return CLOSED
            if answer is None:
                unknown = unknown or need
        return NotKnown(", ".join(self._unread(unknown.fields, subject, past))) if unknown is not None else OPEN

    def _not_read(self, spec: FieldSpec, owner: Subject, fact: Fact | None, past: datetime | None) -> NotKnown | None:
        """Why a fact cannot be known: its source was not read, or not past the moment. None when it is known."""
        if spec.source == "bridge":
            return self._not_settled(spec, owner, past) if past is not None else None
        read_at = self._snapshot.seen_up_to.get(spec.source_name)
        itself = fact.read_at if fact is not None else None
        if itself is not None and (read_at is None or (past is not None and itself > read_at)):
            read_at = itself
        if read_at is None or (past is not None and read_at < past):
            return NotKnown(spec.source_name, read_at)
        return fact.value if fact is not None and isinstance(fact.value, NotKnown) else None

    def _not_settled(self, spec: FieldSpec, owner: Subject, past: datetime) -> NotKnown | None:
        """A fact that rules set is as fresh as the sources of the rules that set it, once they saw all events.

        What people last did may show in any source.
        """
        anywhere = self._snapshot.seen_up_to if spec.by_people else ()
        sources = sorted({*self._ruleset.set_by.get(spec.key, frozenset()), *anywhere})
        for source in sources:
            seen = self._snapshot.seen_up_to.get(source)
            if seen is None or seen < past:
                return NotKnown(source, seen)
        if any(self.is_kin(owner.id, subject) for subject in self.unplanned):
            return NotKnown(sources[0] if sources else spec.source)
        return None

    def is_kin(self, one: str, other: str) -> bool:
        """Whether one of the two belongs to the other, or they are the same."""
        return one in self.line(other) or other in self.line(one)

    def line(self, subject: str) -> tuple[str, ...]:
        """The subject itself, then those it belongs to, upwards; nothing for one that does not exist."""
        if subject not in self._lines:
            here = self._snapshot.subjects.get(subject)
            self._lines[subject] = (subject, *self.line(here.parent)) if here is not None else ()
        return self._lines[subject]


def _label(read: Any) -> str:
    """The words for a text, a choice, or several."""
    if isinstance(read, tuple):
        return ", ".join(_label(item) for item in read)
    return read.label if isinstance(read, Labelled) else str(read)


def _said_in(language: str, given: Any) -> Any:
    """What a rule hands to a text: of words in several languages, those the reader reads."""
    return given[language] if isinstance(given, Mapping) and language in given else given


def _from_event(spec: FieldSpec, event: Event | None) -> Value:
    if event is None:
        return None
    name = spec.key.partition(".")[2]
    of_actor = {"event.by": event.actor.id, "event.by_name": event.actor.name}
    plain: Plain = of_actor[spec.key] if spec.key in of_actor else event.data.get(name)
    return parse_value(spec, plain)
