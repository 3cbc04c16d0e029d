"""Planning: what guards hold back, what becomes true, when steps are due, and what is never done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import pytest

from bridge.model.decisions import CreateTask, MoveCard
from bridge.model.events import ActorKind, Cause
from bridge.model.planning import Edge, Fact, MadeDocument, Outcome, Plan, Ran, Snapshot, Subject, Waiting
from bridge.model.values import NotKnown, Value
from rules.ruleset import RuleSet
from tests.rules.planned import (
    AROUND,
    BRIEF_IN,
    CARD,
    FORM,
    GATE,
    NOW,
    SILENT,
    TASK,
    after,
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

Known: TypeAlias = "dict[str, Value | NotKnown]"
TOLD = """\
  - id: told
    when: {card.moved: {to: Виробництво}}
    per: deal
    then: [{send: hello, to: pm}]
"""
EDGE = """\
  - id: edge
    when: {becomes: {deal.prepaid: true}}
    per: deal
    then: [{send: hello, to: pm}]
"""
ARRIVES = """\
  - id: arrives
    when: {becomes: {card.list: Виробництво}}
    per: deal
    then: [{send: hello, to: pm}]
"""
PRESSED = "  - {{id: pressed, when: {{button: go}}, per: deal, {0}then: [{{send: hello, to: pm}}]}}\n"
DONE: Known = {"deal.talk_done": True, "deal.prepaid": True}
HERE: Known = {"card.list": "Виробництво"}


def moved_back(made: Plan) -> list[str]:
    """The lists that cards are moved back to."""
    return [one.list for one in decisions(made) if isinstance(one, MoveCard) and one.back]


# -- guards ----------------------------------------------------------------------------------------------------------


def test_a_guard_that_fires_refuses_the_event_for_all_others() -> None:
    rules = ruleset(GATE + TOLD)
    made = planned(rules, snapshot(rules, HERE, [moved()]))
    assert moved_back(made) == ["Договір"]
    assert outcomes(made, "told") == [Outcome.REFUSED]


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


def test_a_move_after_a_refused_one_is_seen_again() -> None:
    rules = ruleset(GATE + ARRIVES.replace("Виробництво", "Ініціалізація"))
    (name,) = planned(rules, snapshot(rules)).edges
    events = [moved(), moved("Ініціалізація", "Виробництво", ident="second")]
    made = planned(rules, snapshot(rules, {"card.list": "Ініціалізація"}, events, edges={name: Edge(False)}))
    assert outcomes(made, "arrives") == [Outcome.FIRED]


def test_of_several_moves_only_the_last_is_sent_back() -> None:
    rules = ruleset(GATE)
    to_and_fro = [moved(ident="1"), moved("Договір", "Виробництво", ident="2"), moved(ident="3")]
    made = planned(rules, snapshot(rules, HERE, to_and_fro))
    assert (moved_back(made), made.planned) == (["Договір"], ("1", "2", "3"))
    assert moved_back(planned(rules, snapshot(rules, {}, to_and_fro[:2]))) == []


def test_a_guard_does_not_know_what_rules_set_while_the_form_was_not_read_past_the_event() -> None:
    rules = ruleset(BRIEF_IN + GATE.replace("gate.start: closed", "brief.state: {is_not: received}"))
    made = planned(rules, snapshot(rules, {"brief.state": "asked"}, [moved()], {FORM: later(seconds=-1)}))
    assert made.blind[0].sources == (FORM,)


# -- one event -------------------------------------------------------------------------------------------------------


def test_conditions_are_asked_as_things_stood_when_the_event_was_reached() -> None:
    first = "  - {id: first, when: {button: go}, per: deal, then: [{set: {brief.state: received}}]}\n"
    rules = ruleset(first + PRESSED.format("if: {brief.state: received}, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert outcomes(made, "pressed") == [Outcome.CONDITION_FALSE]


def test_the_next_event_sees_what_rules_set_on_the_one_before() -> None:
    first = "  - {id: first, when: {button: prepare}, per: deal, then: [{set: {brief.state: received}}]}\n"
    rules = ruleset(first + PRESSED.format("if: {brief.state: received}, "))
    events = [event("button", ident="one", button="prepare"), event("button", ident="two", button="go")]
    assert outcomes(planned(rules, snapshot(rules, {}, events)), "pressed") == [Outcome.FIRED]


def test_a_condition_that_is_not_known_never_acts_and_says_what_was_not_read() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: false}, else: [{send: hello, to: head}], "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")], {TASK: None}))
    assert made.wanted == ()
    assert [(trace.outcome, trace.reason) for trace in made.traces] == [(Outcome.NOT_KNOWN, f"not read: {TASK}")]


def test_else_runs_only_when_the_condition_said_no() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true}, else: [{send: because, to: pm}], "))
    press = event("button", button="go")
    assert sent(planned(rules, snapshot(rules, {"deal.prepaid": True}, [press])))[0][1] == "Вітаю, Зерно"
    assert sent(planned(rules, snapshot(rules, {"deal.prepaid": False}, [press])))[0][1].startswith("не вийшло")


def test_a_rule_that_is_off_is_silent_and_one_in_shadow_explains_only() -> None:
    off = ruleset(PRESSED.format("enabled: false, "))
    shadow = ruleset(PRESSED.format("enabled: shadow, "))
    press = [event("button", button="go")]
    assert planned(off, snapshot(off, {}, press)).traces == ()
    made = planned(shadow, snapshot(shadow, {}, press))
    assert (outcomes(made, "pressed"), made.wanted, list(made.runs)) == (
        [Outcome.SHADOW],
        (),
        [("pressed/shadow", "deal")],
    )


def test_every_no_has_its_reason_and_the_smallest_change() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true}, "))
    [trace] = planned(rules, snapshot(rules, {"deal.prepaid": False}, [event("button", button="go")])).traces
    assert (trace.tree, trace.change) == (((0, "✘", "deal.prepaid is true", "false"),), ("deal.prepaid = true",))


def test_an_event_of_nobody_is_planned_and_explained() -> None:
    rules = ruleset(PRESSED.format(""))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go", subject="")]))
    assert (made.planned, outcomes(made, "pressed")) == (("e:button",), [Outcome.NO_SUBJECT])


# -- whose event it is -----------------------------------------------------------------------------------------------


def test_an_event_of_the_client_reaches_the_rules_of_all_his_deals() -> None:
    rules = ruleset("  - {id: talk, when: {message: {}}, per: deal, then: [{send: hello, to: pm}]}\n")
    before = snapshot(rules, {}, [event("message", subject="client", text="так")])
    two = {**before.subjects, "deal2": Subject("deal2", "deal", "client")}
    made = planned(rules, replace(before, subjects=two))
    assert [wanted.subject for wanted in made.wanted] == ["deal", "deal2"]


def test_an_event_of_a_deal_reaches_its_client_once() -> None:
    rules = ruleset("  - {id: press, when: {button: go}, per: client, then: [{send: hello, to: pm}]}\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [wanted.subject for wanted in made.wanted] == ["client"]


@pytest.mark.parametrize(("per", "on", "hears"), [("deal", "ads", []), ("task", "ads", ["ads"]), ("task", "deal", [])])
def test_a_campaigns_card_and_the_deals_card_are_told_apart(per: str, on: str, hears: list[str]) -> None:
    rules = ruleset(TOLD.replace("per: deal", f"per: {per}"))
    before = snapshot(rules, {}, [moved(subject=on)])
    with_campaign = {**before.subjects, "ads": Subject("ads", "task", "deal")}
    made = planned(rules, replace(before, subjects=with_campaign))
    assert [wanted.subject for wanted in made.wanted] == hears


def test_a_deal_without_campaigns_counts_as_one_task() -> None:
    rules = ruleset(TOLD.replace("per: deal", "per: task"))
    made = planned(rules, snapshot(rules, {}, [moved()]))
    assert [wanted.subject for wanted in made.wanted] == ["deal"]


def test_own_events_are_heard_only_where_a_rule_or_its_trigger_says_so() -> None:
    label = "  - {{id: {0}, when: {{label.added: VIP}}, {1}per: deal, then: [{{send: hello, to: pm}}]}}\n"
    rules = ruleset(TOLD + label.format("deaf", "") + label.format("hears", "also_own: true, "))
    own = [moved(by=ActorKind.BRIDGE), event("label.added", label="VIP", by=ActorKind.BRIDGE)]
    made = planned(rules, snapshot(rules, DONE, own))
    assert {trace.rule for trace in made.traces} == {"told", "hears"}


def test_a_fact_that_a_rule_set_is_told_to_rules_that_hear_own_changes() -> None:
    setter = "  - {id: setter, when: {button: go}, per: deal, then: [{set: {client.state: active}}]}\n"
    heard = "  - {{id: {0}, when: {{field.changed: client.state}}, {1}per: client, then: [{{send: hello, to: pm}}]}}\n"
    rules = ruleset(setter + heard.format("deaf", "") + heard.format("hears", "also_own: true, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [wanted.cause.rule for wanted in made.wanted] == ["hears"]
    again = planned(rules, snapshot(rules, {"client.state": "active"}, [event("button", button="go")]))
    assert again.wanted == ()


def test_a_chain_of_causes_is_cut_at_the_limit() -> None:
    rules = ruleset(TOLD)
    chain = [moved(by=ActorKind.BRIDGE, cause=Cause("told", depth=depth), ident=str(depth)) for depth in (3, 4)]
    made = planned(rules, snapshot(rules, {}, chain))
    assert outcomes(made, "told") == [Outcome.FIRED, Outcome.LOOP]
    assert made.wanted[0].cause.depth == 4
    assert made.planned == ("3", "4")


# -- repeat ----------------------------------------------------------------------------------------------------------


def test_once_survives_everything_that_was_before() -> None:
    rules = ruleset(PRESSED.format("repeat: once, "))
    ran = {("pressed", "deal"): Ran(1, later(days=-400))}
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")], runs=ran))
    assert (outcomes(made, "pressed"), made.wanted) == ([Outcome.REPEAT], ())


def test_two_presses_within_the_hour_send_one_message() -> None:
    rules = ruleset(PRESSED.format("repeat: {not_within: 1h}, "))
    presses = [
        event("button", ident=str(minutes), button="go", at=later(minutes=minutes)) for minutes in (-90, -40, -30)
    ]
    made = planned(rules, snapshot(rules, {}, presses))
    assert outcomes(made, "pressed") == [Outcome.FIRED, Outcome.REPEAT, Outcome.FIRED]
    assert made.runs == {("pressed", "deal"): Ran(2, later(minutes=-30))}


# -- conditions that become true -------------------------------------------------------------------------------------


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


def test_a_guard_never_holds_up_a_condition_that_became_true() -> None:
    guard = EDGE.replace("    per", "    if: {deal.talk_done: true}\n    guard: true\n    per")
    rules = ruleset(guard + EDGE.replace("id: edge", "id: other"))
    state = snapshot(rules, {"deal.prepaid": False})
    state = after(state, planned(rules, state), rules)
    facts: Known = {"deal.prepaid": True, "deal.talk_done": NotKnown(TASK)}
    made = planned(rules, replace(state, subjects=snapshot(rules, facts).subjects))
    assert (outcomes(made, "edge"), outcomes(made, "other")) == ([Outcome.NOT_KNOWN], [Outcome.FIRED])
    assert made.parked == {}


# -- steps and timers ------------------------------------------------------------------------------------------------

RECEIPT = event("delivered", template="hello", by=ActorKind.BRIDGE)
REMIND_AT = later(days=2, hours=6)  # Wednesday, 18:00 in Kyiv
A_MOMENT = timedelta(seconds=1)


def started(rules: str = SILENT) -> tuple[RuleSet, Snapshot]:
    """The rules, and the client after the clock of the steps has started."""
    known = ruleset(rules)
    before = snapshot(known, {"brief.state": "delivered"}, [RECEIPT])
    return known, after(before, planned(known, before), known)


def seen(state: Snapshot, moment: datetime, **facts: Value | NotKnown) -> Snapshot:
    """The client at a later moment, every source read by then."""
    deal = state.subjects["deal"]
    facts_then = {**deal.facts, **{key.replace("_", ".", 1): Fact(value) for key, value in facts.items()}}
    return replace(
        state,
        subjects={**state.subjects, "deal": replace(deal, facts=facts_then)},
        seen_up_to=dict.fromkeys(state.seen_up_to, moment),
    )


def test_all_steps_count_from_the_start() -> None:
    _rules, state = started()
    assert [(timer.step, timer.due) for timer in state.timers] == [
        ("remind", REMIND_AT),
        ("call", later(days=2, hours=22)),
    ]
    assert {timer.start for timer in state.timers} == {NOW}
    assert state.timers[0].because.startswith("Mon 23.11.2026 12:00 + 2wd = Wed 25.11.2026 18:00")


def test_a_step_that_is_due_speaks_and_is_done() -> None:
    rules, state = started()
    made = planned(rules, seen(state, REMIND_AT), REMIND_AT)
    assert sent(made) == [("client", "Вітаю, Зерно")]
    assert list(made.timers_ended.values()) == ["done"]


def test_a_step_is_not_due_a_moment_earlier() -> None:
    rules, state = started()
    early = REMIND_AT - A_MOMENT
    assert planned(rules, seen(state, early), early).wanted == ()


def test_unless_cancels_all_steps_at_once_when_it_is_true() -> None:
    rules, state = started()
    answered = replace(seen(state, later(hours=1)), events=(event("form.answered", form="brief"),))
    made = planned(rules, answered, later(hours=1))
    assert set(made.timers_ended.values()) == {"unless of silent"}
    assert outcomes(made, "silent") == [Outcome.CANCELLED, Outcome.CANCELLED]


def test_unless_cancels_on_old_readings_too() -> None:
    rules, state = started()
    stale = replace(seen(state, NOW, brief_state="received"), seen_up_to={})
    assert set(planned(rules, stale, REMIND_AT).timers_ended.values()) == {"unless of silent"}


def test_a_due_step_is_held_while_the_source_was_not_read_past_the_deadline() -> None:
    rules, state = started()
    made = planned(rules, seen(state, REMIND_AT - A_MOMENT), REMIND_AT)
    assert (made.wanted, made.timers_ended) == ((), {})
    assert [(wait.what, wait.sources, wait.since) for wait in made.blind] == [(state.timers[0].key, (FORM,), REMIND_AT)]


def test_a_due_step_is_held_while_the_answer_waits_behind_a_parked_event() -> None:
    rules, state = started(SILENT + GATE)
    facts = seen(state, REMIND_AT, deal_prepaid=NotKnown(TASK), deal_talk_done=True)
    made = planned(rules, replace(facts, events=(moved(), event("form.answered", form="brief"))), REMIND_AT)
    assert made.wanted == ()
    assert [(wait.rule, wait.sources) for wait in made.blind] == [("gate", (TASK,)), ("silent", (TASK,))]


def test_a_parked_event_of_another_deal_holds_no_step() -> None:
    rules, state = started(SILENT + GATE)
    parked = {"e:other": NOW}
    other = Subject("other", "deal", "client", {"deal.talk_done": Fact(True), "deal.prepaid": Fact(NotKnown(TASK))})
    two = replace(seen(state, REMIND_AT), subjects={**state.subjects, "other": other}, parked=parked)
    made = planned(rules, replace(two, events=(moved(ident="e:other", subject="other"),)), REMIND_AT)
    assert sent(made) == [("client", "Вітаю, Зерно")]


@pytest.mark.parametrize(("mode", "count", "first"), [("restart", 2, 1), ("keep", 2, 0), ("stack", 4, 0)])
def test_a_new_start_restarts_keeps_or_stacks(mode: str, count: int, first: int) -> None:
    rules, state = started(SILENT.replace("if_running: restart", f"if_running: {mode}"))
    again = event("delivered", template="hello", by=ActorKind.BRIDGE, ident="again", at=later(days=1))
    made = planned(rules, replace(seen(state, later(days=1)), events=(again,)), later(days=1))
    timers = after(state, made, rules).timers
    assert len(timers) == count
    assert min(timer.start for timer in timers) == later(days=first)


def test_two_starts_in_one_plan_leave_one_clock() -> None:
    rules = ruleset(SILENT)
    twice = [RECEIPT, event("delivered", template="hello", by=ActorKind.BRIDGE, ident="again")]
    made = planned(rules, snapshot(rules, {"brief.state": "delivered"}, twice))
    assert {timer.occurrence for timer in made.timers} == {"again"}
    assert made.timers_ended == {}


def test_a_changed_length_counts_from_the_stored_start() -> None:
    _rules, state = started()
    slower = ruleset(SILENT.replace("after: 2wd", "after: 4wd"))
    made = planned(slower, seen(state, later(hours=1)), later(hours=1))
    assert [(timer.step, timer.due, timer.formula) for timer in made.timers] == [
        ("remind", later(days=4, hours=6), "4wd")
    ]


def test_a_new_holiday_moves_a_running_deadline() -> None:
    _rules, state = started()
    closed = AROUND.replace('18:00"}}\nroles', '18:00"}, dates: {2026-11-25: closed}}\nroles')
    made = planned(ruleset(SILENT, closed), seen(state, later(hours=1)), later(hours=1))
    assert {timer.step: timer.due for timer in made.timers} == {
        "remind": later(days=3, hours=6),
        "call": later(days=3, hours=22),
    }


def test_timers_of_a_rule_or_step_that_is_gone_end_at_once() -> None:
    _rules, state = started()
    fewer = ruleset(SILENT.replace("      - {id: remind, after: 2wd, then: [{send: hello, to: client}]}\n", ""))
    assert list(planned(fewer, state).timers_ended.values()) == ["step is gone"]
    assert set(planned(ruleset(BRIEF_IN), state).timers_ended.values()) == {"rule is gone"}


def test_late_steps_come_oldest_first() -> None:
    rules, state = started()
    week = later(days=7)
    made = planned(rules, seen(state, week), week)
    assert [wanted.cause.step for wanted in made.wanted] == ["remind", "call"]
    assert sent(made)[1] == ("person:petro", "днів: 5")


def test_a_step_that_makes_unless_true_calls_off_the_next_one() -> None:
    both = SILENT.replace("then: [{send: hello, to: client}]", "then: [{set: {brief.state: received}}]")
    rules, state = started(both)
    week = later(days=7)
    made = planned(rules, seen(state, week), week)
    assert made.wanted == ()
    assert sorted(made.timers_ended.values()) == ["done", "unless of silent"]


def test_what_a_step_sets_wakes_becomes() -> None:
    step = SILENT.replace("then: [{send: hello, to: client}]", "then: [{set: {client.state: active}}]")
    woken = EDGE.replace("deal.prepaid: true", "client.state: active")
    rules, state = started(step + woken)
    made = planned(rules, seen(state, REMIND_AT), REMIND_AT)
    assert outcomes(made, "edge") == [Outcome.FIRED]


def test_a_message_that_has_not_left_is_called_off_when_unless_is_true() -> None:
    rules = ruleset(SILENT)
    waiting = (Waiting("delivery-1", "silent", "deal", "remind"),)
    assert planned(rules, snapshot(rules, {"brief.state": "delivered"}, waiting=waiting)).called_off == {}
    made = planned(rules, snapshot(rules, {"brief.state": "received"}, waiting=waiting))
    assert made.called_off == {"delivery-1": "unless of silent"}


# -- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_names_rule_subject_event_and_action_and_never_a_place() -> None:
    rules = ruleset(PRESSED.format(""))
    [wanted] = planned(rules, snapshot(rules, {}, [event("button", ident="e1", button="go")])).wanted
    assert wanted.key == "pressed:deal:e1:send/hello/pm>person:petro"


def test_the_key_of_a_rule_that_runs_once_does_not_hang_on_the_event() -> None:
    rules = ruleset(PRESSED.format("repeat: once, "))
    keys = {
        planned(rules, snapshot(rules, {}, [event("button", ident=ident, button="go")])).wanted[0].key
        for ident in ("one", "two")
    }
    assert keys == {"pressed:deal:once:send/hello/pm>person:petro"}


def test_an_action_put_above_changes_no_other_key() -> None:
    one = "  - {id: one, when: {button: go}, per: deal, then: [{send: hello, to: client}]}\n"
    two = one.replace("then: [", "then: [{send: hello, to: pm}, ")
    keys = []
    for text in (one, two):
        rules = ruleset(text)
        keys.append(
            {wanted.key for wanted in planned(rules, snapshot(rules, {}, [event("button", button="go")])).wanted}
        )
    assert keys[0] < keys[1]


def test_a_step_deleted_above_does_not_hand_its_key_on() -> None:
    unnamed = SILENT.replace("id: remind, ", "").replace("id: call, ", "")
    shorter = unnamed.replace("      - {after: 2wd, then: [{send: hello, to: client}]}\n", "")
    keys = [{timer.key for timer in started(text)[1].timers} for text in (unnamed, shorter)]
    assert len(keys[0]) == 2
    assert keys[1] < keys[0]


def test_twins_in_one_rule_have_keys_of_their_own() -> None:
    rules = ruleset(PRESSED.format("").replace("then: [", "then: [{send: hello, to: pm}, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert len({wanted.key for wanted in made.wanted}) == 2


# -- the order of effects --------------------------------------------------------------------------------------------


def test_effects_stand_in_the_order_of_the_rule() -> None:
    then = 'then: [{label.add: VIP}, {task: {title: "Дзвінок", for: pm}}, {send: hello, to: pm}]'
    rules = ruleset(f"  - {{id: many, when: {{button: go}}, per: deal, {then}}}\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [decision.kind for decision in decisions(made)] == ["label_card", "create_task", "send_message"]
    assert isinstance(decisions(made)[1], CreateTask)


def test_a_plan_of_nothing_wants_nothing() -> None:
    rules = ruleset(GATE + SILENT + EDGE)
    state = snapshot(rules, documents={("deal", "brief"): MadeDocument(1, "key")}, seen={CARD: None})
    state = after(state, planned(rules, state), rules)
    made = planned(rules, state)
    assert (made.wanted, made.sets, made.edges, made.runs, made.traces) == ((), (), {}, {}, ())
