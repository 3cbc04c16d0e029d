"""Whom an event may wake, and what a changed fact may make true: looked up once for a rule set, not at every event."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from bridge.model.events import Event
from bridge.model.values import NotKnown, Value
from rules.conditions import Clause, Condition, Group, Lookup
from rules.triggers import Becomes, Schedule, Silence, SourceBlind

if TYPE_CHECKING:
    from rules.ruleset import Gate, Rule

NAMED = frozenset({"becomes", "silence", "schedule", "source.blind"})
"""Events that are made for one rule, and name it."""
_ABOUT: Mapping[str, str] = {
    "button": "button",
    "command": "command",
    "label.added": "label",
    "label.removed": "label",
    "deal.created": "origin",
    "card.created": "list",
    "card.moved": "to",
    "checklist.done": "checklist",
    "form.answered": "form",
    "field.changed": "field",
    "delivered": "template",
    "undelivered": "template",
    "bound": "channel",
    "approved": "what",
    "rejected": "what",
    "document.ready": "document",
}
"""What an event of a kind is about, by the name that both the event and the trigger have for it."""
_MOST = 10_000
"""Answers that are kept; a client's words never are."""


class Waking:
    """The rules by what wakes them. `becomes` has each such trigger with the name under which its last value is kept,
    and `becomes_of` the places of those for each kind of subject, with these names.

    `turning` are those of them that may turn because time passes. `gates_over` are the gates that look at a fact.
    """

    def __init__(self, rules: Sequence[Rule], gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        triggers = [(rule, trigger) for rule in rules for trigger in rule.when]
        self.becomes: tuple[tuple[Rule, Becomes, str], ...] = tuple(
            (rule, trigger, f"{rule.id}/{fingerprint(trigger.condition)}")
            for rule, trigger in triggers
            if isinstance(trigger, Becomes)
        )
        self.becomes_of: dict[str, list[tuple[int, str]]] = {}
        for place, (rule, _trigger, name) in enumerate(self.becomes):
            self.becomes_of.setdefault(rule.per, []).append((place, name))
        on = [(rule, trigger) for rule, trigger in triggers if rule.enabled != "false"]
        self.silences = tuple((rule, trigger) for rule, trigger in on if isinstance(trigger, Silence))
        self.by_the_clock = tuple(
            (rule, trigger) for rule, trigger in on if isinstance(trigger, Schedule | SourceBlind)
        )
        self.turning = tuple(entry for entry in self.becomes if self._looks_at_the_clock(entry[1].condition))
        self.overridden = tuple(rule for rule in rules if rule.override is not None and rule.enabled == "true")
        self._hearing: dict[tuple[str, str | None], dict[int, Rule]] = {}
        places = {rule.id: place for place, rule in enumerate(rules)}
        for rule, trigger in on:
            about = _folded(getattr(trigger, _ABOUT[trigger.kind])) if trigger.kind in _ABOUT else None
            self._hearing.setdefault((trigger.kind, about), {})[places[rule.id]] = rule
        self._heard: dict[tuple[str, str | None], tuple[Rule, ...]] = {}
        self._reading: dict[str, list[int]] = {}
        for place, (_rule, trigger, _name) in enumerate(self.becomes):
            for field in facts_behind(trigger.watches, gates):
                self._reading.setdefault(field, []).append(place)
        self.gates_over: dict[str, list[str]] = {}
        for gate in gates:
            for field in facts_behind([f"gate.{gate}"], gates):
                self.gates_over.setdefault(field, []).append(f"gate.{gate}")
        self._needing = _by_needed(trigger.condition for _rule, trigger, _name in self.becomes)

    def may_hear(self, event: Event) -> Sequence[Rule]:
        """The rules among which are all that hear the event, in the order of the set."""
        if event.kind in NAMED and "rule" in event.data:
            rule = self.rules.get(str(event.data["rule"]))
            return () if rule is None else (rule,)
        about = _folded(event.data.get(_ABOUT[event.kind])) if event.kind in _ABOUT else None
        if (event.kind, about) not in self._heard:
            found = {**self._hearing.get((event.kind, None), {}), **self._hearing.get((event.kind, about), {})}
            rules = tuple(rule for _place, rule in sorted(found.items(), key=lambda entry: entry[0]))
            if not found or len(self._heard) > _MOST:
                return rules
            self._heard[(event.kind, about)] = rules
        return self._heard[(event.kind, about)]

    def reading(self, fields: Iterable[str]) -> Sequence[int]:
        """The places of the `becomes` triggers that look at one of these facts, in the order of the set."""
        return sorted({place for field in fields for place in self._reading.get(field, ())})

    def may_hold(self, lookup: Lookup) -> int:
        """A bit for the place of each `becomes` trigger among which are all that are not false for these facts."""
        found = (1 << len(self.becomes)) - 1
        for field, (needing, by_value) in self._needing.items():
            if found & needing:
                value = lookup(field)
                if value.__class__ is not NotKnown:
                    found &= ~needing | by_value.get(value, 0)
        return found

    def _looks_at_the_clock(self, condition: Condition) -> bool:
        if any(clause.constant == "now" or clause.operator == "older_than" for clause in condition.clauses):
            return True
        return any(
            self._looks_at_the_clock(need.condition)
            for name in condition.fields
            if name.startswith("gate.")
            for need in self._gates[name[5:]].needs
        )


def _folded(about: object) -> str | None:
    """A name without regard to capital letters, as some triggers take it; the trigger itself has the last word."""
    return about.casefold() if isinstance(about, str) else None


def facts_behind(names: Collection[str], gates: Mapping[str, Gate]) -> set[str]:
    """The facts behind these names: a gate stands for what its needs look at."""
    found: set[str] = set()
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop()
        gate = gates.get(name[5:]) if name.startswith("gate.") else None
        if gate is None:
            found.add(name)
            continue
        inside = {other for need in gate.needs for other in need.fields} - seen
        waiting += inside
        seen |= inside
    return found


def _by_needed(conditions: Iterable[Condition]) -> Mapping[str, tuple[int, Mapping[object, int]]]:
    """For each fact without which a condition is false: the bits of those conditions, and of those that allow a value.

    Gates come last: what it takes to answer them may not be needed any more.
    """
    needs = [_needed(condition) for condition in conditions]
    names = sorted({name for needed in needs for name in needed}, key=lambda name: (name.startswith("gate."), name))
    found: dict[str, tuple[int, dict[object, int]]] = {}
    for name in names:
        needing, by_value = 0, dict[object, int]()
        for place, needed in enumerate(needs):
            if name in needed:
                needing |= 1 << place
            for value in needed.get(name, ()):
                by_value[value] = by_value.get(value, 0) | 1 << place
        found[name] = needing, by_value
    return found


def _needed(condition: Condition) -> dict[str, frozenset[Value]]:
    """The facts without which the condition is false, each with the values of which it must have one."""
    root = condition.root
    inside = root.inside if isinstance(root, Group) and root.kind == "all" else (root,)
    found: dict[str, frozenset[Value]] = {}
    for part in inside:
        if isinstance(part, Clause) and part.operator in ("is", "one_of"):
            constant = part.constant
            values = constant if isinstance(constant, frozenset) else frozenset({constant})
            found[part.field] = found.get(part.field, values) & values
    return found


@lru_cache(maxsize=1000)
def fingerprint(condition: Condition) -> str:
    """Names a condition by its content: a changed one is another, and is primed again instead of fired."""
    lines = condition.tree(0, 0, lambda _field: None)
    text = "\n".join(f"{depth} {clause}" for depth, _mark, clause, _value in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
