"""Guards: what they send back or hold back, and who hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import MoveCard
from bridge.model.planning import Edge, Outcome, Plan, Subject
from bridge.model.reasons import NO_REASON, OVERTAKEN
from bridge.model.values import NotKnown
from tests.rules.planned import (
    BRIEF_IN,
    DONE,
    FORM,
    GATE,
    NOW,
    PRESSED,
    TASK,
    TOLD,
    Known,
    decisions,
    event,
    later,
    moved,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
)

ARRIVES = """\
  - id: arrives
    when: {becomes: {card.list: Виробництво}}
    per: deal
    then: [{send: hello, to: pm}]
"""
STANDS = """\
  - id: stands
    when: {form.answered: brief}
    if: {card.list: Договір}
    per: deal
    then: [{send: hello, to: pm}]
"""
HERE: Known = {"card.list": "Виробництво"}


def moved_back(made: Plan) -> list[str]:
    """The lists that cards are moved back to."""
    return [one.list for one in decisions(made) if isinstance(one, MoveCard) and one.back]


def test_a_guard_that_fires_refuses_the_event_for_all_others() -> None:
    rules = ruleset(GATE + TOLD)
    made = planned(rules, snapshot(rules, HERE, [moved()]))
    assert moved_back(made) == ["Договір"]
    assert outcomes(made, "told") == [Outcome.REFUSED]


def test_what_a_guard_refused_is_told_no_change_of_its_own_condition() -> None:
    asking = TOLD.replace("    per: deal\n", "    if: {brief.state: asked}\n    per: deal\n")
    rules = ruleset(GATE + asking)
    made = planned(rules, snapshot(rules, {**HERE, "brief.state": "none"}, [moved()]))
    [told] = [trace for trace in made.traces if trace.rule == "told"]
    assert (told.outcome, told.change) == (Outcome.REFUSED, ())


def test_a_guard_whose_needs_are_met_lets_the_event_through() -> None:
    rules = ruleset(GATE + TOLD)
    made = planned(rules, snapshot(rules, {**HERE, **DONE}, [moved()]))
    assert sent(made) == [("person:petro", "Вітаю, Зерно")]


def test_a_guard_that_is_not_known_parks_the_event_for_all_rules() -> None:
    rules = ruleset(GATE + TOLD)
    before = snapshot(rules, {**HERE, **DONE, "deal.prepaid": NotKnown(TASK)}, [moved()])
    made = planned(rules, before)
    assert (made.wanted, made.planned, dict(made.parked)) == ((), (), {"e:card.moved": NOW})
    assert [(wait.rule, wait.sources) for wait in made.blind] == [("gate", (TASK,))]


def test_a_parked_event_keeps_the_moment_it_was_parked_first() -> None:
    rules = ruleset(GATE)
    before = snapshot(rules, DONE, [moved()], {TASK: None}, parked={"e:card.moved": later(hours=-1)})
    made = planned(rules, before)
    assert made.parked == {"e:card.moved": later(hours=-1)}
    assert made.traces == ()


def test_one_need_known_to_be_missing_is_enough_to_refuse() -> None:
    rules = ruleset(GATE)
    facts: Known = {"deal.talk_done": False, "deal.prepaid": NotKnown(TASK)}
    assert moved_back(planned(rules, snapshot(rules, facts, [moved()]))) == ["Договір"]


def test_a_guard_asks_for_sources_read_past_the_event() -> None:
    rules = ruleset(GATE)
    early = snapshot(rules, DONE, [moved()], {TASK: later(seconds=-1)})
    assert planned(rules, early).parked
    assert not planned(rules, replace(early, seen_up_to={**early.seen_up_to, TASK: NOW})).parked


def test_a_clock_ahead_of_ours_does_not_make_every_reading_stale() -> None:
    rules = ruleset(GATE)
    ahead = replace(moved(at=later(minutes=5)), seen_at=NOW)
    assert not planned(rules, snapshot(rules, DONE, [ahead])).parked


def test_a_rule_that_is_no_guard_acts_on_what_was_read_before_the_event() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true}, "))
    made = planned(rules, snapshot(rules, DONE, [event("button", button="go")], {TASK: later(hours=-1)}))
    assert outcomes(made, "pressed") == [Outcome.FIRED]


def test_parking_stops_only_the_subject_and_what_queues_behind_it() -> None:
    rules = ruleset(GATE + PRESSED.format(""))
    two = {"other": Subject("other", "deal", "client")}
    before = snapshot(rules, {"deal.prepaid": NotKnown(TASK), "deal.talk_done": True})
    events = (
        moved(),
        event("button", ident="behind", button="go"),
        event("button", ident="free", button="go", subject="other"),
    )
    made = planned(rules, replace(before, subjects={**before.subjects, **two}, events=events))
    assert made.planned == ("free",)
    assert [wanted.subject for wanted in made.wanted] == ["other"]


def test_events_behind_a_parked_one_are_planned_in_order_once_it_is_decided() -> None:
    rules = ruleset(GATE + PRESSED.format(""))
    events = [moved(), event("button", ident="behind", button="go")]
    made = planned(rules, snapshot(rules, DONE, events))
    assert made.planned == ("e:card.moved", "behind")


def test_a_second_guard_that_is_not_known_does_not_hold_up_a_refusal() -> None:
    second = GATE.replace("id: gate", "id: name-gate").replace("gate.start: closed", "client.name: {filled: false}")
    rules = ruleset(second + GATE)
    made = planned(rules, snapshot(rules, {**HERE, "client.name": NotKnown("planfix.contact")}, [moved()]))
    assert not made.parked
    assert moved_back(made) == ["Договір"]


def test_a_guard_in_shadow_neither_refuses_nor_parks() -> None:
    rules = ruleset(GATE.replace("    guard: true\n", "    guard: true\n    enabled: shadow\n") + TOLD)
    blind: Known = {"deal.prepaid": NotKnown(TASK), "deal.talk_done": True}
    for facts in ({}, blind):
        made = planned(rules, snapshot(rules, facts, [moved()]))
        assert [to for to, _text in sent(made)] == ["person:petro"]


def test_a_refused_move_is_not_seen_by_becomes() -> None:
    rules = ruleset(GATE + ARRIVES)
    (name,) = planned(rules, snapshot(rules)).edges
    before = snapshot(rules, HERE, [moved()], edges={name: Edge(False)})
    assert outcomes(planned(rules, before), "arrives") == []


def test_a_parked_move_is_not_seen_by_becomes_either() -> None:
    rules = ruleset(GATE + ARRIVES)
    (name,) = planned(rules, snapshot(rules)).edges
    facts = {**HERE, **DONE, "deal.prepaid": NotKnown(TASK)}
    assert outcomes(planned(rules, snapshot(rules, facts, [moved()], edges={name: Edge(False)})), "arrives") == []


@pytest.mark.parametrize("from_", [None, "Договір"])
def test_only_a_refused_move_of_which_is_known_from_where_puts_the_card_back_there(from_: str | None) -> None:
    labelled = GATE.replace("{card.moved: {to: Виробництво}}", "{label.added: VIP}").replace(
        "move: back", "label.add: VIP"
    )
    rules = ruleset((GATE if from_ is None else labelled) + STANDS)
    refused = event("card.moved", to="Виробництво") if from_ is None else event("label.added", label="VIP", from_=from_)
    made = planned(rules, snapshot(rules, HERE, [refused, event("form.answered", form="brief")]))
    assert (outcomes(made, "gate")[0], outcomes(made, "stands")) == (Outcome.FIRED, [Outcome.CONDITION_FALSE])


def test_a_move_after_a_refused_one_is_seen_again() -> None:
    rules = ruleset(GATE + ARRIVES.replace("Виробництво", "Ініціалізація"))
    (name,) = planned(rules, snapshot(rules)).edges
    events = [moved(), moved("Ініціалізація", "Виробництво", ident="second")]
    made = planned(rules, snapshot(rules, {"card.list": "Ініціалізація"}, events, edges={name: Edge(False)}))
    assert outcomes(made, "arrives") == [Outcome.FIRED]


def test_what_happens_after_a_refused_move_finds_the_card_where_it_came_from() -> None:
    rules = ruleset(GATE + STANDS)
    made = planned(rules, snapshot(rules, HERE, [moved(), event("form.answered", form="brief")]))
    assert outcomes(made, "stands") == [Outcome.FIRED]


def test_a_move_in_shadow_brings_no_card_back_that_was_refused() -> None:
    push = "  - {id: push, enabled: shadow, when: {button: go}, per: deal, then: [{move: Ініціалізація}]}\n"
    rules = ruleset(GATE + push + STANDS)
    events = [moved(), event("button", button="go"), event("form.answered", form="brief")]
    made = planned(rules, snapshot(rules, HERE, events))
    assert (outcomes(made, "push"), outcomes(made, "stands")) == ([Outcome.SHADOW], [Outcome.FIRED])


def test_of_several_moves_only_the_last_is_sent_back() -> None:
    rules = ruleset(GATE)
    to_and_fro = [moved(ident="1"), moved("Договір", "Виробництво", ident="2"), moved(ident="3")]
    made = planned(rules, snapshot(rules, HERE, to_and_fro))
    assert (moved_back(made), made.planned) == (["Договір"], ("1", "2", "3"))
    assert moved_back(planned(rules, snapshot(rules, {}, to_and_fro[:2]))) == []


def test_a_move_that_was_overtaken_is_told_with_the_last_one_whatever_their_ids() -> None:
    rules = ruleset(GATE)
    moves = [moved(ident="c"), moved("Договір", "Виробництво", ident="b"), moved(ident="a")]
    made = planned(rules, snapshot(rules, HERE, moves))
    told = [(trace.event, trace.outcome, trace.reason) for trace in made.traces]
    assert told == [("c", Outcome.REPEAT, OVERTAKEN.of(event="a")), ("a", Outcome.FIRED, NO_REASON)]


def test_a_guard_does_not_know_what_rules_set_while_the_form_was_not_read_past_the_event() -> None:
    rules = ruleset(BRIEF_IN + GATE.replace("gate.start: closed", "brief.state: {is_not: received}"))
    made = planned(rules, snapshot(rules, {"brief.state": "asked"}, [moved()], {FORM: later(seconds=-1)}))
    assert made.blind[0].sources == (FORM,)
