"""Steps: when they are due, what calls them off, and what a change of rules or calendar does to a running clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.model.events import ActorKind, Cause
from bridge.model.planning import Fact, Outcome, Snapshot, Subject, Waiting
from bridge.model.reasons import DID_NOT_ARRIVE, DONE, RULE_NO_MORE, STEP_NO_MORE, UNLESS
from bridge.model.values import NotKnown, Value
from tests.rules.planned import (
    AROUND,
    BRIEF_IN,
    EDGE,
    FORM,
    GATE,
    NOW,
    RECEIPT,
    SILENT,
    TASK,
    after,
    event,
    later,
    moved,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
    started,
)

REMIND_AT = later(days=2, hours=6)  # Wednesday, 18:00 in Kyiv
A_MOMENT = timedelta(seconds=1)
DAYS = "then: [{send: days, to: head}]"


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
    assert list(made.timers_ended.values()) == [DONE]


def test_a_step_goes_on_with_the_chain_of_what_started_it() -> None:
    rules = ruleset(SILENT)
    receipt = replace(RECEIPT, cause=Cause("earlier", depth=2, trace="kx7"))
    before = snapshot(rules, {"brief.state": "delivered"}, [receipt])
    state = after(before, planned(rules, before), rules)
    [wanted] = planned(rules, seen(state, REMIND_AT), REMIND_AT).wanted
    cause = wanted.cause
    assert (cause.rule, cause.step, cause.depth, cause.trace) == ("silent", "remind", 3, "kx7")


def test_a_step_is_not_due_a_moment_earlier() -> None:
    rules, state = started()
    early = REMIND_AT - A_MOMENT
    assert planned(rules, seen(state, early), early).wanted == ()


def test_unless_cancels_all_steps_at_once_when_it_is_true() -> None:
    rules, state = started()
    answered = replace(seen(state, later(hours=1)), events=(event("form.answered", form="brief"),))
    made = planned(rules, answered, later(hours=1))
    assert set(made.timers_ended.values()) == {UNLESS.of(rule="silent")}
    assert outcomes(made, "silent") == [Outcome.CANCELLED, Outcome.CANCELLED]
    trees = [trace.tree for trace in made.traces if trace.outcome is Outcome.CANCELLED]
    assert trees == [((0, "✔", "brief.state is received", "received"),)] * 2


def test_unless_of_one_rule_is_asked_beside_the_clock_of_another_that_has_none() -> None:
    plain = SILENT.replace("id: silent", "id: always").replace("    unless: {brief.state: received}\n", "")
    rules, state = started(plain.removeprefix(BRIEF_IN) + SILENT)
    made = planned(rules, seen(state, later(hours=1), brief_state="received"), later(hours=1))
    assert {key.partition(":")[0] for key in made.timers_ended} == {"silent"}


def test_unless_cancels_on_old_readings_too() -> None:
    rules, state = started()
    stale = replace(seen(state, NOW, brief_state="received"), seen_up_to={})
    assert set(planned(rules, stale, REMIND_AT).timers_ended.values()) == {UNLESS.of(rule="silent")}


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


@pytest.mark.parametrize("read", [None, REMIND_AT - A_MOMENT])
def test_a_due_step_waits_for_its_own_source_though_another_one_holds_up_an_event(read: datetime | None) -> None:
    rules, state = started(SILENT + GATE)
    facts = seen(state, REMIND_AT, deal_prepaid=NotKnown(TASK), deal_talk_done=True)
    read_up_to = {source: moment for source, moment in facts.seen_up_to.items() if source != FORM}
    read_up_to |= {FORM: read} if read is not None else {}
    made = planned(rules, replace(facts, seen_up_to=read_up_to, events=(moved(),)), REMIND_AT)
    assert [(wait.rule, wait.sources) for wait in made.blind] == [("gate", (TASK,)), ("silent", (FORM,))]


def test_a_due_step_waits_for_what_holds_up_its_own_deal_and_nothing_else() -> None:
    named = GATE.replace("id: gate", "id: named").replace("gate.start: closed", "deal.project: {filled: false}")
    rules, state = started(SILENT + GATE + named)
    facts = seen(state, REMIND_AT, deal_prepaid=NotKnown(TASK), deal_talk_done=True, deal_project="Зерно")
    known = {"deal.talk_done": Fact(True), "deal.prepaid": Fact(True), "deal.project": Fact(NotKnown("trello.card"))}
    other = Subject("deal2", "deal", "client", known)
    events = (moved(), moved(ident="m2", subject="deal2"))
    both = replace(facts, subjects={**facts.subjects, "deal2": other}, events=events)
    made = planned(rules, both, REMIND_AT)
    assert {wait.rule: wait.sources for wait in made.blind} == {
        "gate": (TASK,),
        "named": ("trello.card",),
        "silent": (TASK,),
    }


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


def test_a_clock_that_was_stored_is_known_by_the_words_of_its_client() -> None:
    rules, state = started()
    again = event("delivered", template="hello", by=ActorKind.BRIDGE, ident="again", at=later(days=1))
    read = tuple(replace(timer, subject="".join(timer.subject)) for timer in state.timers)
    assert all(timer.subject is not again.subject for timer in read)
    made = planned(rules, replace(seen(state, later(days=1)), events=(again,), timers=read), later(days=1))
    assert {timer.start for timer in after(state, made, rules).timers} == {later(days=1)}


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


def test_a_deadline_that_moved_is_told_and_one_that_was_counted_first_is_not() -> None:
    _rules, state = started()
    slower = ruleset(SILENT.replace("after: 2wd", "after: 4wd"))
    made = planned(slower, seen(state, later(hours=1)), later(hours=1))
    told = [(trace.step, str(trace.reason)) for trace in made.traces if trace.outcome is Outcome.LATER]
    assert [step for step, _reason in told] == ["remind"]
    assert "2026-11-25 16:00Z" in told[0][1]


def test_a_holiday_that_comes_too_late_moves_no_step_that_waits_to_be_taken() -> None:
    _rules, state = started()
    closed = AROUND.replace('18:00"}}\nroles', '18:00"}, dates: {2026-11-25: closed}}\nroles')
    made = planned(ruleset(SILENT, closed), seen(state, REMIND_AT - A_MOMENT), REMIND_AT)
    assert [(timer.step, timer.due) for timer in made.timers] == [("call", later(days=3, hours=22))]
    assert [wait.since for wait in made.blind] == [REMIND_AT]


@pytest.mark.parametrize(("after_", "late", "days"), [("3d", 0, 3), ("3d", 7, 10), ("3wd", 7, 8), ("0wd", 0, 0)])
def test_a_step_says_how_many_days_it_has_been(after_: str, late: int, days: int) -> None:
    rules, state = started(SILENT.replace("after: 2wd, then: [{send: hello, to: client}]", f"after: {after_}, {DAYS}"))
    due = next(timer.due for timer in state.timers if timer.step == "remind") + timedelta(days=late)
    assert ("person:helen", f"days: {days}") in sent(planned(rules, seen(state, due), due))


def test_timers_of_a_rule_or_step_that_is_gone_end_at_once() -> None:
    _rules, state = started()
    fewer = ruleset(SILENT.replace("      - {id: remind, after: 2wd, then: [{send: hello, to: client}]}\n", ""))
    assert list(planned(fewer, state).timers_ended.values()) == [STEP_NO_MORE]
    assert set(planned(ruleset(BRIEF_IN), state).timers_ended.values()) == {RULE_NO_MORE}


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
    assert sorted(map(str, made.timers_ended.values())) == ["done", "unless of silent"]


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
    assert made.called_off == {"delivery-1": UNLESS.of(rule="silent")}


def test_the_clock_of_a_message_that_did_not_arrive_after_all_runs_no_more() -> None:
    rules, told = ruleset(SILENT), replace(RECEIPT, data={**RECEIPT.data, "delivery": "d1"})
    before = snapshot(rules, {"brief.state": "delivered"}, [told])
    state = after(before, planned(rules, before), rules)
    another, lost = (event("undelivered", template="hello", delivery=one) for one in ("d2", "d1"))
    other_clock = replace(state, events=(event("undelivered", template="hello"),), timers=started()[1].timers)
    assert planned(rules, replace(state, events=(another,))).timers_ended == {}
    assert planned(rules, other_clock).timers_ended == {}
    ended = planned(rules, replace(state, events=(lost,))).timers_ended
    assert list(ended.values()) == [DID_NOT_ARRIVE, DID_NOT_ARRIVE]
