"""Which parts of a rule set were ever put to the test: by its tests, or by life as far as evaluations are stored. Pure.

A clause is seen when it was true once and false once; a need of a gate when it was met once and missing once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bridge.model.findings import Position
from bridge.model.planning import Outcome, Trace
from bridge.model.wording import worded
from rules.conditions import Clause, Condition, Group
from rules.facts import Facts
from rules.ruleset import Rule, RuleSet
from rules.telling import Teller

_YES, _NO = "✔", "✘"
_GROUPS = frozenset({"all", "any", "none"})
_GATE = "gate."


@dataclass(slots=True)
class Seen:
    """What was seen. `fired` are rules with "" and steps; `marks` are (rule, number of the clause, mark)."""

    fired: set[tuple[str, str]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    called_off: set[str] = field(default_factory=set)
    marks: set[tuple[str, int, str]] = field(default_factory=set)
    needs: set[tuple[str, int, bool]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def add(self, other: Seen) -> None:
        """What another has seen counts, too."""
        for name in Seen.__slots__:
            getattr(self, name).update(getattr(other, name))

    def evaluations(self, traces: Iterable[Trace], ruleset: RuleSet) -> None:
        """Evaluations, of a test or as they were stored. Those of other conditions than the present do not count."""
        rules = {rule.id: rule for rule in ruleset.rules}
        for trace in traces:
            rule = rules.get(trace.rule)
            if rule is None:
                continue
            if trace.outcome in (Outcome.FIRED, Outcome.SHADOW):
                self.fired.add((rule.id, trace.step))
            elif trace.outcome is Outcome.CONDITION_FALSE:
                self.refused.add(rule.id)
            elif trace.outcome is Outcome.CANCELLED:
                self.called_off.add(rule.id)
            if rule.condition is not None and trace.outcome is not Outcome.CANCELLED:
                self._marks(rule.id, rule.condition, trace)

    def _marks(self, rule: str, condition: Condition, trace: Trace) -> None:
        ours = [(line[0], line[2]) for line in condition.tree(0, 0, lambda _field: None)]
        if ours != [(line[0], line[2]) for line in trace.tree]:
            return
        lines = (line for line in trace.tree if line[2] not in _GROUPS)
        self.marks |= {(rule, number, line[1]) for number, line in enumerate(lines)}

    def gates(self, traces: Iterable[Trace], ruleset: RuleSet, facts: Facts) -> None:
        """How the needs of gates stood for those whom a rule has just asked about them."""
        rules = {rule.id: rule for rule in ruleset.rules}
        asked = {
            (name.removeprefix(_GATE), trace.subject)
            for trace in traces
            if (rule := rules.get(trace.rule)) is not None
            for name in _asked_by(rule)
            if name.startswith(_GATE)
        }
        for gate, subject in asked:
            needs = {id(need): number for number, need in enumerate(ruleset.gates[gate].needs)}
            for one in facts.gate(gate, subject):
                if one.answer is not None:
                    self.needs.add((gate, needs[id(one.need)], one.answer))


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that was never put to the test, and where it stands."""

    where: Position
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many parts there are, and which of them were never seen, in the order of the files."""

    parts: int
    unseen: tuple[Unseen, ...]

    @property
    def percent(self) -> int:
        """How much was seen, rounded down: a hundred means everything."""
        return 100 * (self.parts - len(self.unseen)) // self.parts if self.parts else 100


def coverage(ruleset: RuleSet, seen: Seen, language: str = "") -> Coverage:
    """What of a rule set was seen. Rules that are off do not count, nor do gates and texts that no rule needs.

    Clauses and needs are told in a language; without one, clauses as rules write them.
    """
    told_clause = Teller(ruleset, language).clause if language else str
    rules = [rule for rule in ruleset.rules if rule.enabled != "false"]
    told = [part for rule in rules for part in _rule(rule, seen, told_clause)]
    told += [part for gate in sorted(_gates(rules, ruleset)) for part in _gate(gate, ruleset, seen, language)]
    told += list(_texts(ruleset, seen))
    unseen = sorted((part for part, found in told if not found), key=lambda part: (part.where, part.what))
    return Coverage(len(told), tuple(unseen))


def _rule(rule: Rule, seen: Seen, told_clause: Callable[[Clause], str]) -> Iterator[tuple[Unseen, bool]]:
    def part(what: str, found: bool) -> tuple[Unseen, bool]:
        return Unseen(rule.where, what), found

    name = rule.id
    yield part(worded("{rule} never fires", rule=name), (name, "") in seen.fired)
    if rule.condition is not None:
        yield part(worded("{rule} is never kept from firing by its condition", rule=name), name in seen.refused)
        for number, clause in enumerate(_clauses(rule.condition.root)):
            for mark, said in ((_YES, "{rule}: never true: {clause}"), (_NO, "{rule}: never false: {clause}")):
                found = (name, number, mark) in seen.marks
                yield part(worded(said, rule=name, clause=told_clause(clause)), found)
    if rule.otherwise:
        yield part(worded("{rule}: else is never taken", rule=name), name in seen.refused)
    if rule.unless is not None:
        yield part(worded("{rule}: unless never calls it off", rule=name), name in seen.called_off)
    for step in rule.steps:
        yield part(worded("{rule}: step {step} is never taken", rule=name, step=step.id), (name, step.id) in seen.fired)


def _gate(gate: str, ruleset: RuleSet, seen: Seen, language: str) -> Iterator[tuple[Unseen, bool]]:
    language = language or ruleset.defaults.language
    for number, need in enumerate(ruleset.gates[gate].needs):
        said = need.say.get(language, str(number + 1))
        for met, what in ((True, "gate {gate}: never there: {need}"), (False, "gate {gate}: never missing: {need}")):
            found = (gate, number, met) in seen.needs
            yield Unseen(ruleset.gates[gate].where, worded(what, gate=gate, need=said)), found


def _texts(ruleset: RuleSet, seen: Seen) -> Iterator[tuple[Unseen, bool]]:
    """Texts that rules name. What the engine says by itself no test of rules can bring about."""
    named = {name for name in _named_texts(ruleset) if name in ruleset.texts}
    named |= {ruleset.texts[name].otherwise for name in named} - {""}
    for name in sorted(named):
        text = ruleset.texts[name]
        yield Unseen(text.where, worded("text {text} is never said", text=name)), name in seen.texts


def _named_texts(ruleset: RuleSet) -> Iterator[str]:
    for rule in ruleset.rules:
        for action in _actions(rule) if rule.enabled != "false" else ():
            template = getattr(action, "template", "")
            if isinstance(template, str) and template:
                yield template


def _actions(rule: Rule) -> Iterator[object]:
    yield from rule.then
    yield from rule.otherwise
    for step in rule.steps:
        yield from step.then


def _gates(rules: Iterable[Rule], ruleset: RuleSet) -> set[str]:
    names = {name for rule in rules for name in _asked_by(rule)}
    return {name[len(_GATE) :] for name in names if name.startswith(_GATE) and name[len(_GATE) :] in ruleset.gates}


def _asked_by(rule: Rule) -> frozenset[str]:
    """The facts and gates that a rule looks at."""
    conditions = [rule.condition, rule.unless, *(getattr(trigger, "condition", None) for trigger in rule.when)]
    return frozenset().union(*(one.fields for one in conditions if isinstance(one, Condition)))


def _clauses(node: Clause | Group) -> Iterator[Clause]:
    """The clauses in the order in which a tree tells them."""
    if isinstance(node, Clause):
        yield node
        return
    for item in node.inside:
        yield from _clauses(item)
