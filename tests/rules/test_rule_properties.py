"""What holds for any rules over any facts: of the smallest change that is told, and of what was not read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, TypeAlias

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bridge.model.planning import Outcome, Trace
from bridge.model.values import NotKnown, Value
from rules.conditions import Condition
from rules.nearest import Change, nearest
from rules.ruleset import Rule, RuleSet
from rules.waking import facts_behind
from tests.rules.drawn_rules import ABOUT_THE_GATE, CONDITIONS, FACTS, SEEN, grown, read_set, with_gate
from tests.rules.planned import NOW, event, moved, planned, snapshot

ANY = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
DECIDED = (Outcome.FIRED, Outcome.CONDITION_FALSE, Outcome.REFUSED)
Facts: TypeAlias = "Mapping[str, Value | NotKnown]"


@st.composite
def rule_sets(draw: st.DrawFn, condition: st.SearchStrategy[Any] = CONDITIONS) -> RuleSet:
    """One to three rules for a press of a button, or a move that a guard may refuse, each under a condition."""
    conditions = draw(st.lists(condition, min_size=1, max_size=3))
    entries = []
    for number, condition in enumerate(conditions):
        guard = draw(st.booleans())
        when = {"card.moved": {"to": "Виробництво"}} if guard else [{"button": "go"}, {"card.moved": {}}]
        does = {"move": "back"} if guard else {"task": {"title": "Робота", "for": "pm"}}
        entries.append(
            {"id": f"r{number}", "when": when, "if": condition, "per": "deal", "guard": guard, "then": [does]}
        )
    return read_set(entries)


def traces(rules: RuleSet, facts: Facts, kind: str) -> dict[str, Trace]:
    """What came of each rule for a button or a move."""
    events = [event("button", button="go") if kind == "button" else moved()]
    made = planned(rules, snapshot(rules, facts, events))
    return {trace.rule: trace for trace in made.traces}


def stated(rules: RuleSet, rule: Rule, trace: Trace, facts: Facts) -> tuple[Change, ...] | None:
    """The change that the trace told of, as values; None when none would do."""
    condition = rule.condition
    assert condition is not None
    known = with_gate({**facts, "brief.state": facts["brief.state"] or "none"})  # what it is while nobody says
    changes = _nearest(rules, condition, known)
    assert trace.change == tuple(str(change) for change in changes or ())
    return changes


def _nearest(rules: RuleSet, condition: Condition, known: Facts) -> tuple[Change, ...] | None:
    verdict = condition.evaluate(known.__getitem__, NOW)
    return nearest(*rules.gates_apart.seen(condition, verdict, known.__getitem__, NOW), NOW)


def applied(facts: Facts, changes: tuple[Change, ...]) -> dict[str, Value | NotKnown]:
    """The facts as the changes ask for them: a gate is opened by all that it needs, and closed by one of it."""
    values = {change.field: change.example(NOW) for change in changes}
    match values.pop("gate.start", None):
        case "open":
            values |= {"deal.talk_done": True, "deal.prepaid": True}
        case "closed":
            values |= {"deal.prepaid": False}
    return {**facts, **values}


@ANY
@given(rule_sets(), FACTS)
def test_the_stated_smallest_change_fires_the_rule_and_no_part_of_it_does(rules: RuleSet, facts: Facts) -> None:
    _fires_by_all_that_is_stated(rules, facts)


@ANY
@given(rule_sets(grown(2, ABOUT_THE_GATE)), FACTS)
def test_that_holds_for_a_gate_and_the_facts_that_it_looks_at(rules: RuleSet, facts: Facts) -> None:
    _fires_by_all_that_is_stated(rules, facts)


def _fires_by_all_that_is_stated(rules: RuleSet, facts: Facts) -> None:
    for rule in rules.rules:
        trace = traces(rules, facts, "button").get(rule.id)
        if trace is None or trace.outcome not in (Outcome.CONDITION_FALSE, Outcome.NOT_KNOWN):
            continue
        changes = stated(rules, rule, trace, facts)
        if changes is None:
            continue
        assert traces(rules, applied(facts, changes), "button")[rule.id].outcome is Outcome.FIRED
        for fewer in range(len(changes)):
            for part in combinations(changes, fewer):
                assert traces(rules, applied(facts, part), "button")[rule.id].outcome is not Outcome.FIRED


@ANY
@given(rule_sets(), FACTS, st.sampled_from(["button", "moved"]), st.data())
def test_what_was_decided_before_a_value_came_stays_when_it_comes(
    rules: RuleSet, facts: Facts, kind: str, data: st.DataObject
) -> None:
    unread = [name for name, value in facts.items() if isinstance(value, NotKnown)]
    assume(unread)
    before = traces(rules, facts, kind)
    came = {name: data.draw(st.sampled_from(_read(name)), label=name) for name in unread}
    after = traces(rules, {**facts, **came}, kind)
    decided = {rule: trace.outcome for rule, trace in before.items() if trace.outcome in DECIDED}
    assert {rule: after[rule].outcome for rule in decided} == decided


@ANY
@given(CONDITIONS, FACTS, st.data())
def test_a_verdict_under_not_known_is_that_of_every_value_that_may_come(
    written: Any, facts: Facts, data: st.DataObject
) -> None:
    _rules, condition = _condition(written)
    answer = condition.evaluate(with_gate(facts).__getitem__, NOW).answer
    came = {
        name: data.draw(st.sampled_from(_read(name))) for name, value in facts.items() if isinstance(value, NotKnown)
    }
    if answer is not None:
        assert condition.evaluate(with_gate({**facts, **came}).__getitem__, NOW).answer is answer


@ANY
@given(CONDITIONS, FACTS)
def test_a_change_of_several_facts_is_told_only_where_no_single_fact_would_do(written: Any, facts: Facts) -> None:
    rules, condition = _condition(written)
    changes = _nearest(rules, condition, with_gate(facts))
    single = [
        {**facts, name: value}
        for name in sorted(facts_behind(condition.fields, rules.gates))
        for value in _read(name)
        if condition.evaluate(with_gate({**facts, name: value}).__getitem__, NOW).answer
    ]
    if changes != () and single:
        assert changes is not None
        assert len(changes) == 1


def _read(name: str) -> list[Value]:
    """What that fact may turn out to be."""
    return [value for value in SEEN[name] if not isinstance(value, NotKnown)]


def _condition(written: Any) -> tuple[RuleSet, Condition]:
    rules = read_set(
        [{"id": "a", "when": {"button": "go"}, "if": written, "per": "deal", "then": [{"label.add": "VIP"}]}]
    )
    condition = rules.rules[0].condition
    assert condition is not None
    return rules, condition
