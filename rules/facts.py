"""Facts as one planning sees them: found upwards, with gates as fields, and with their freshness asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.model.events import Event
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.people import Directory
from bridge.model.planning import Fact, Snapshot, Subject
from bridge.model.values import NotKnown, Plain, Value
from rules.conditions import Condition
from rules.ruleset import Gate, Need, RuleSet

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class Answered:
    """A need of a gate with its answer: True, False, or None for not known."""

    need: Need
    answer: bool | None


class Facts:
    """What is true for one client while a plan is made. `put` changes it for the rest of the plan only."""

    def __init__(self, snapshot: Snapshot, ruleset: RuleSet, directory: Directory, now: datetime) -> None:
        self._snapshot = snapshot
        self._ruleset = ruleset
        self._directory = directory
        self.now = now
        self._set: dict[tuple[str, str], Value] = {}

    def owner(self, spec: FieldSpec, subject: str) -> Subject | None:
        """The subject a fact belongs to, found upwards from another; `card.*` is that of the subject itself."""
        here = self._snapshot.subjects.get(subject)
        if spec.subject == "card":
            return here
        while here is not None and here.kind != spec.subject:
            here = self._snapshot.subjects.get(here.parent)
        return here

    def put(self, subject: str, field: str, value: Value) -> None:
        """From here on the fact has this value."""
        self._set[(subject, field)] = value

    def value(
        self, field: str, subject: str, *, past: datetime | None = None, event: Event | None = None
    ) -> Value | NotKnown:
        """The value of a fact or gate for a subject.

        With `past`, a value counts only when its source was read at or after that moment; else it is not known.
        """
        if field.startswith("gate."):
            return self._gate_value(field[5:], subject, past)
        spec = self._ruleset.fields[field]
        if spec.source == "event":
            return _from_event(spec, event)
        owner = self.owner(spec, subject)
        if owner is None:
            return None
        if (owner.id, field) in self._set:
            return self._set[(owner.id, field)]
        if spec.source == "bridge":
            return self._own(spec, owner, past)
        return self._read(spec, owner, past)

    def lookup(
        self, subject: str, *, past: datetime | None = None, event: Event | None = None
    ) -> Callable[[str], Value | NotKnown]:
        """`value` for one subject, as conditions want it."""
        return lambda field: self.value(field, subject, past=past, event=event)

    def written(self, field: str, subject: str) -> Plain:
        """What the bridge itself last wrote into the fact's source, None when it never did."""
        spec = self._ruleset.fields[field]
        owner = self.owner(spec, subject)
        return self._snapshot.written.get((owner.id, spec.source)) if owner else None

    def gate(self, gate: str, subject: str, past: datetime | None = None) -> list[Answered]:
        """Every need of a gate with its answer."""
        lookup = self.lookup(subject, past=past)
        return [
            Answered(need, need.condition.evaluate(lookup, self.now).answer) for need in self._ruleset.gates[gate].needs
        ]

    def blind(self, condition: Condition, subject: str, past: datetime | None) -> tuple[str, ...]:
        """The sources that keep a condition from being known, sorted."""
        found: set[str] = set()
        for field in condition.fields:
            fields = self._needs_fields(field[5:]) if field.startswith("gate.") else {field}
            for name in fields:
                value = self.value(name, subject, past=past)
                if isinstance(value, NotKnown):
                    found.add(value.source)
        return tuple(sorted(found))

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
            values.setdefault(head, {})[tail] = self._shown(spec, value)
        if gate:
            values["gate"] = self._gate_text(self._ruleset.gates[gate], subject, language)
        for key, given in (extra or {}).items():
            head, _, tail = key.partition(".")
            if tail:
                values.setdefault(head, {})[tail] = given
            else:
                values[head] = given
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

    def _shown(self, spec: FieldSpec, value: Value | NotKnown) -> Any:
        if isinstance(value, NotKnown):
            return None
        if spec.type is FieldType.PERSON and isinstance(value, str):
            return self._directory.name(value)
        return value

    def _gate_value(self, gate: str, subject: str, past: datetime | None) -> Value | NotKnown:
        answers = self.gate(gate, subject, past)
        if any(answered.answer is False for answered in answers):
            return CLOSED
        unknown = [answered.need for answered in answers if answered.answer is None]
        if unknown:
            return NotKnown(", ".join(self.blind(unknown[0].condition, subject, past)))
        return OPEN

    def _needs_fields(self, gate: str) -> set[str]:
        return {field for need in self._ruleset.gates[gate].needs for field in need.condition.fields}

    def _own(self, spec: FieldSpec, owner: Subject, past: datetime | None) -> Value | NotKnown:
        """A fact that rules set is as fresh as the sources of the rules that set it."""
        if past is not None:
            for source in sorted(self._ruleset.set_by.get(spec.key, frozenset())):
                seen = self._snapshot.seen_up_to.get(source)
                if seen is None or seen < past:
                    return NotKnown(source, seen)
        fact = owner.facts.get(spec.key)
        if fact is None or fact.value is None:
            return parse_value(spec, spec.default)
        return fact.value

    def _read(self, spec: FieldSpec, owner: Subject, past: datetime | None) -> Value | NotKnown:
        seen = self._snapshot.seen_up_to.get(spec.source_name)
        fact = owner.facts.get(spec.key) or Fact(None, seen, spec.source_name)
        read_at = max((moment for moment in (fact.read_at, seen) if moment is not None), default=None)
        if read_at is None or (past is not None and read_at < past):
            return NotKnown(spec.source_name, read_at)
        if fact.value is None:
            return parse_value(spec, spec.default)
        return fact.value


def _from_event(spec: FieldSpec, event: Event | None) -> Value:
    if event is None:
        return None
    name = spec.key.partition(".")[2]
    plain: Plain = event.actor.id if spec.key == "event.by" else event.data.get(name)
    return parse_value(spec, plain)
