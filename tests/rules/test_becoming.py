"""Conditions that become true: primed at first sight, fired once a rise, never by a change of the rules."""

from __future__ import annotations

from dataclasses import replace

from bridge.model.planning import Edge, Fact, Outcome
from bridge.model.values import NotKnown
from tests.rules.planned import BRIEF_IN, EDGE, TASK, Known, after, event, outcomes, planned, ruleset, sent, snapshot


def test_becomes_only_primes_at_first_sight() -> None:
    rules = ruleset(EDGE)
    made = planned(rules, snapshot(rules, {"deal.prepaid": True}))
    assert list(made.edges.values()) == [Edge(True)]
    assert made.wanted == ()


def test_becomes_fires_once_a_rise_and_again_after_a_fall() -> None:
    rules = ruleset(EDGE)
    state = snapshot(rules, {"deal.prepaid": False})
    keys = []
    for prepaid in (False, True, True, False, True):
        deal = replace(state.subjects["deal"], facts={"deal.prepaid": Fact(prepaid)})
        state = replace(state, subjects={**state.subjects, "deal": deal})
        made = planned(rules, state)
        state = after(state, made, rules)
        keys.append([wanted.key for wanted in made.wanted])
    assert [len(some) for some in keys] == [0, 1, 0, 0, 1]
    assert keys[1] != keys[4]


def test_becomes_keeps_its_value_while_it_is_not_known() -> None:
    rules = ruleset(EDGE)
    (name,) = planned(rules, snapshot(rules, {"deal.prepaid": True})).edges
    blind = snapshot(rules, {"deal.prepaid": NotKnown(TASK)}, edges={name: Edge(True)})
    assert planned(rules, blind).edges == {}
    assert planned(rules, snapshot(rules, {"deal.prepaid": True}, edges={name: Edge(True)})).wanted == ()


def test_a_changed_condition_is_primed_again_and_not_fired() -> None:
    old, new = ruleset(EDGE), ruleset(EDGE.replace("deal.prepaid: true", "deal.talk_done: true"))
    state = snapshot(old, {"deal.talk_done": True})
    state = after(state, planned(old, state), old)
    assert planned(new, state).wanted == ()


def test_a_rule_that_was_off_does_not_fire_for_what_rose_meanwhile() -> None:
    off, on = ruleset(EDGE.replace("    per", "    enabled: false\n    per")), ruleset(EDGE)
    state = snapshot(on, {"deal.prepaid": False})
    state = after(state, planned(on, state), on)
    state = replace(state, subjects=snapshot(on, {"deal.prepaid": True}).subjects)
    state = after(state, planned(off, state), off)
    assert planned(on, state).wanted == ()


def test_what_a_rule_sets_wakes_becomes_in_the_same_plan() -> None:
    rules = ruleset(BRIEF_IN + EDGE.replace("deal.prepaid: true", "brief.state: received"))
    state = snapshot(rules)
    state = after(state, planned(rules, state), rules, events=(event("form.answered", form="brief"),))
    made = planned(rules, state)
    assert sent(made) == [("person:petro", "Вітаю, Зерно")]
    assert made.wanted[0].cause.depth == 2


def test_what_rises_falls_and_rises_in_one_plan_has_risen_twice() -> None:
    fall = "  - {id: fall, when: {button: go}, per: deal, then: [{set: {brief.state: asked}}]}\n"
    rules = ruleset(BRIEF_IN + fall + EDGE.replace("deal.prepaid: true", "brief.state: received"))
    state = snapshot(rules)
    answered = [event("form.answered", ident=ident, form="brief") for ident in ("one", "two")]
    both = (answered[0], event("button", button="go"), answered[1])
    made = planned(rules, after(state, planned(rules, state), rules, events=both))
    assert (outcomes(made, "edge"), [edge.flips for edge in made.edges.values()]) == ([Outcome.FIRED] * 2, [2])


def test_a_chain_of_conditions_that_became_true_grows_by_one_with_each() -> None:
    setter = EDGE.replace("{send: hello, to: pm}", "{set: {brief.state: asked}}")
    rules = ruleset(setter + EDGE.replace("id: edge", "id: next").replace("deal.prepaid: true", "brief.state: asked"))
    state = snapshot(rules, {"deal.prepaid": False})
    state = after(state, planned(rules, state), rules)
    made = planned(rules, replace(state, subjects=snapshot(rules, {"deal.prepaid": True}).subjects))
    causes = [*(one.cause for one in made.sets), *(one.cause for one in made.wanted)]
    assert [(cause.rule, cause.depth) for cause in causes] == [("edge", 2), ("next", 3)]


def test_a_guard_never_holds_up_a_condition_that_became_true() -> None:
    guard = EDGE.replace("    per", "    if: {deal.talk_done: true}\n    guard: true\n    per")
    rules = ruleset(guard + EDGE.replace("id: edge", "id: other"))
    state = snapshot(rules, {"deal.prepaid": False})
    state = after(state, planned(rules, state), rules)
    facts: Known = {"deal.prepaid": True, "deal.talk_done": NotKnown(TASK)}
    made = planned(rules, replace(state, subjects=snapshot(rules, facts).subjects))
    assert (outcomes(made, "edge"), outcomes(made, "other")) == ([Outcome.NOT_KNOWN], [Outcome.FIRED])
    assert made.parked == {}
