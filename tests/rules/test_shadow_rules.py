"""`enabled: shadow`: a rule is planned to its depth, and everything it would do is noted and never done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.planning import Outcome, Plan
from bridge.model.reasons import BEGAN_IN_SHADOW
from tests.rules.planned import BRIEF_IN, NOW, after, event, moved, outcomes, planned, ruleset, snapshot
from tests.rules.test_clocks import FORGOTTEN, QUIET, at, started

HELLO = """\
  - id: greet
    enabled: shadow
    when: {button: go}
    per: deal
    repeat: once
    then: [{set: {brief.state: asked}}, {send: hello, to: client}]
"""
LADDER = (
    BRIEF_IN
    + """\
  - id: silent
    enabled: shadow
    when: {delivered: hello}
    per: deal
    unless: {brief.state: received}
    steps:
      - {id: remind, after: 2wd, then: [{send: days, to: client}]}
"""
)
PROPOSE = """\
  - id: ask
    enabled: shadow
    when: {button: go}
    per: deal
    then: [{propose: {to: head, template: hello, on_approve: [{send: hello, to: client}]}}]
"""
PRESS = event("button", button="go")


def noted(made: Plan) -> list[tuple[str, str]]:
    """Who would have read what."""
    return [(one.decision.to, one.decision.text) for one in made.would if isinstance(one.decision, SendMessage)]


def test_what_it_would_do_is_noted_under_a_key_of_its_own() -> None:
    rules = ruleset(HELLO)
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    assert noted(made) == [("client", "Вітаю, Зерно")]
    assert (made.wanted, made.sets) == ((), ())
    assert all(one.key.startswith("shadow:greet:deal:") for one in made.would)


def test_the_facts_it_would_set_stay_and_are_told() -> None:
    rules = ruleset(HELLO)
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    assert "would set brief.state = asked" in [str(trace.reason) for trace in made.traces]


def test_its_steps_run_and_are_noted_when_they_are_due() -> None:
    rules = ruleset(HELLO + LADDER)
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    [timer] = made.timers
    assert (timer.rule, timer.in_shadow, timer.key.startswith("shadow:")) == ("silent", True, True)
    state = after(snapshot(rules, {}, [PRESS]), made, rules)
    later, _state = at(timer.due, rules, state)
    assert (noted(later), later.wanted) == ([("client", "днів: 2")], ())
    assert outcomes(later, "silent") == [Outcome.SHADOW]


def test_what_it_would_say_is_heard_by_no_rule_at_work() -> None:
    rules = ruleset(HELLO + LADDER.replace("    enabled: shadow\n", ""))
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    assert (made.timers, outcomes(made, "silent")) == ((), [])


def test_a_question_it_would_ask_waits_for_nobody() -> None:
    rules = ruleset(PROPOSE)
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    assert ([to for to, _text in noted(made)], made.questions) == (["person:helen"], ())


def test_a_move_it_would_make_leaves_the_card_where_it_is_for_the_others() -> None:
    would = "  - {id: push, enabled: shadow, when: {button: go}, per: deal, then: [{move: Виробництво}]}\n"
    risen = "  - {id: arrived, when: {becomes: {card.list: Виробництво}}, per: deal, then: [{send: hello, to: pm}]}\n"
    rules = ruleset(would + risen)
    before = started(would + risen, {"card.list": "Договір"})[1]
    made = planned(rules, snapshot(rules, {"card.list": "Договір"}, [PRESS], edges=before.edges))
    assert (len(made.would), made.wanted) == (1, ())


@pytest.mark.parametrize(("enabled", "heard"), [("shadow", [Outcome.SHADOW]), ("true", [])])
def test_a_move_it_would_make_is_heard_by_rules_in_shadow_alone(enabled: str, heard: list[Outcome]) -> None:
    push = "{id: push, enabled: shadow, when: {button: go}, per: deal, then: [{move: Виробництво}]}"
    told = f"{{id: told, enabled: {enabled}, also_own: true, when: {{card.moved: {{to: Виробництво}}}}, per: deal,"
    rules = ruleset(f"  - {push}\n  - {told} then: [{{send: hello, to: pm}}]}}\n")
    assert outcomes(planned(rules, snapshot(rules, {}, [PRESS])), "told") == heard


def test_what_a_guard_in_shadow_would_put_back_is_heard_by_nobody() -> None:
    gate = "{id: gate, enabled: shadow, when: {card.moved: {to: Виробництво}}, guard: true, per: deal,"
    back = "{id: back, enabled: shadow, also_own: true, when: {card.moved: {to: Договір}}, per: deal,"
    rules = ruleset(f"  - {gate} then: [{{move: back}}]}}\n  - {back} then: [{{send: hello, to: pm}}]}}\n")
    made = planned(rules, snapshot(rules, {}, [moved()]))
    assert ([one.decision.kind for one in made.would], outcomes(made, "back")) == (["move_card"], [])


def test_repeat_counts_in_shadow_apart_from_what_was_done() -> None:
    rules, at_work = ruleset(HELLO), ruleset(HELLO.replace("    enabled: shadow\n", ""))
    state = started(HELLO, {}, PRESS)[1]
    again = [event("button", ident="e2", button="go")]
    assert outcomes(planned(rules, snapshot(rules, {}, again, runs=state.runs)), "greet") == [Outcome.REPEAT]
    assert len(planned(at_work, snapshot(at_work, {}, again, runs=state.runs)).wanted) == 1


def test_out_of_the_shadow_its_steps_of_there_end_and_none_is_taken() -> None:
    rules, at_work = ruleset(HELLO + LADDER), ruleset((HELLO + LADDER).replace("    enabled: shadow\n", ""))
    made = planned(rules, snapshot(rules, {}, [PRESS]))
    state = after(snapshot(rules, {}, [PRESS]), made, rules)
    later, _state = at(made.timers[0].due + timedelta(days=1), at_work, state)
    assert (later.wanted, list(later.timers_ended.values())) == ((), [BEGAN_IN_SHADOW])


def test_out_of_the_shadow_a_silence_that_was_noted_there_is_not_told_again() -> None:
    rules, state = started(FORGOTTEN.replace("    per:", "    enabled: shadow\n    per:"), QUIET)
    made, state = at(state.timers[0].due, rules, state)
    assert len(made.would) == 1
    at_work, _state = started(FORGOTTEN, QUIET)
    later, _state = at(NOW + timedelta(days=1), at_work, state)
    assert (later.wanted, later.would) == ((), ())


def test_a_guard_in_shadow_notes_what_it_would_put_back_and_lets_it_stand() -> None:
    gate = "  - {id: gate, enabled: shadow, when: {card.moved: {to: Виробництво}}, if: {gate.start: closed},"
    rules = ruleset(gate + " guard: true, per: deal, then: [{move: back}]}\n")
    made = planned(rules, snapshot(rules, {"deal.prepaid": False}, [moved()]))
    assert ([one.decision.kind for one in made.would], made.wanted) == (["move_card"], ())
