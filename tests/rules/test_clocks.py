"""Clocks that count from a date, that stand still, and silences: what time alone brings about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bridge.model.events import ActorKind, Event
from bridge.model.planning import NEVER, Fact, Outcome, Plan, Snapshot, Subject
from bridge.model.values import NotKnown, Value
from rules.ruleset import RuleSet
from tests.rules.planned import (
    AROUND,
    NOW,
    SOURCES,
    after,
    decisions,
    event,
    later,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
)

CLOCKS = AROUND.replace(
    "  deal.project:",
    """  client.last: {type: moment, from: bridge, by: people}
  client.later: {type: moment, from: planfix.tasks, by: people}
  client.forget_after: {type: length, from: planfix.contact.forget_after, default: 60d}
  deal.due: {type: date, from: planfix.task.due}
  deal.project:""",
)
DATED = """\
  - id: dated
    when: {button: go}
    per: deal
    from: deal.due
    unless: {deal.prepaid: true}
    steps:
      - {id: first, after: "1wd at 10:00", then: [{send: days, to: pm}]}
"""
NOTES_IT = """\
  - id: notes
    when: {label.added: Бриф}
    per: deal
    then: [{set: {brief.sent_at: now}}]
"""
PAUSED = """\
  - id: paused
    when: {button: go}
    per: deal
    pause_while: {client.later: {after: now}}
    steps:
      - {id: first, after: "10wd at 10:00", then: [{send: days, to: pm}]}
"""
FORGOTTEN = """\
  - id: forgotten
    when: {silence: {of: client.last, for: client.forget_after, protected_until: client.later}}
    if: {client.state: active}
    per: client
    then: [{send: hello, to: pm}]
"""
TURNING = """\
  - id: turning
    when: {becomes: {client.later: {before: now}}}
    per: client
    then: [{send: hello, to: pm}]
"""
PRESS = event("button", ident="e1", button="go")
ALL = (*SOURCES, "planfix.tasks")


def kyiv(text: str) -> datetime:
    """A moment of November to February on Kyiv's clocks."""
    return datetime.fromisoformat(f"{text}+02:00").astimezone(UTC)


def started(rules: str, facts: dict[str, Value | NotKnown], *events: Event) -> tuple[RuleSet, Snapshot]:
    """The client after the first plan."""
    known = ruleset(rules, CLOCKS)
    before = snapshot(known, facts, events, seen=dict.fromkeys(ALL, NOW))
    return known, after(before, planned(known, before), known)


def at(
    moment: datetime, rules: RuleSet, state: Snapshot, read: datetime | None = None, **facts: Value | NotKnown
) -> tuple[Plan, Snapshot]:
    """The plan at a moment, every source read by then, with facts changed (`client__later` for client.later)."""
    subjects = dict(state.subjects)
    for name, value in facts.items():
        key = name.replace("__", ".")
        owner = key.partition(".")[0]
        subjects[owner] = replace(subjects[owner], facts={**subjects[owner].facts, key: Fact(value, None, "test")})
    now = replace(state, subjects=subjects, seen_up_to=dict.fromkeys(ALL, read or moment))
    made = planned(rules, now, moment)
    return made, after(now, made, rules)


# -- from a date -----------------------------------------------------------------------------------------------------


def test_steps_count_from_the_date_and_not_from_the_press() -> None:
    _rules, state = started(DATED, {"deal.due": date(2026, 11, 27)}, PRESS)
    assert [timer.due for timer in state.timers] == [kyiv("2026-11-30T10:00")]


def test_steps_move_with_their_date() -> None:
    rules, state = started(DATED, {"deal.due": date(2026, 11, 27)}, PRESS)
    _made, state = at(NOW, rules, state, deal__due=date(2026, 12, 4))
    assert [timer.due for timer in state.timers] == [kyiv("2026-12-07T10:00")]


def test_steps_wait_for_a_date_that_is_empty() -> None:
    rules, state = started(DATED, {}, PRESS)
    assert [timer.due for timer in state.timers] == [NEVER]
    _made, state = at(NOW, rules, state, deal__due=date(2026, 11, 27))
    assert [timer.due for timer in state.timers] == [kyiv("2026-11-30T10:00")]


def test_a_date_that_comes_after_the_press_is_told_by_what_was_waited_for() -> None:
    rules, state = started(DATED, {}, PRESS)
    assert [timer.because for timer in state.timers] == ["waits for deal.due"]
    made, state = at(NOW, rules, state, deal__due=date(2026, 11, 27))
    assert outcomes(made, "dated") == []
    assert [timer.data["calendar"] for timer in state.timers] == [f"office {rules.calendars['office'].version}"]


def test_a_date_that_this_very_plan_sets_counts_at_once() -> None:
    """Else the step would wait for a plan that nothing may bring about."""
    dated = DATED.replace("deal.due", "brief.sent_at") + NOTES_IT
    rules, state = started(dated, {}, PRESS)
    assert [timer.due for timer in state.timers] == [NEVER]
    made = planned(rules, replace(state, events=(event("label.added", ident="e2", label="Бриф"),)))
    assert [timer.due for timer in made.timers] == [kyiv("2026-11-24T10:00")]


def test_steps_that_count_from_no_date_any_more_count_from_the_press() -> None:
    _rules, state = started(DATED, {"deal.due": date(2026, 12, 25)}, PRESS)
    plain = ruleset(DATED.replace("    from: deal.due\n", ""), CLOCKS)
    _made, state = at(NOW, plain, state)
    assert [(timer.start, timer.due) for timer in state.timers] == [(PRESS.at, kyiv("2026-11-24T10:00"))]


def test_no_step_is_taken_on_a_date_that_was_not_read_since() -> None:
    rules, state = started(DATED, {"deal.due": date(2026, 11, 27)}, PRESS)
    made, _state = at(kyiv("2026-11-30T10:01"), rules, state, read=kyiv("2026-11-30T09:59"))
    assert (made.wanted, [wait.sources for wait in made.blind]) == ((), [("planfix.task",)])


# -- pauses ----------------------------------------------------------------------------------------------------------


def test_the_clock_stands_still_while_the_condition_holds() -> None:
    """Started on Thursday 19.11, paused from Monday to 15.01: Friday 20.11 is the first day, 15.01 the second."""
    rules, state = started(PAUSED, {}, replace(PRESS, at=kyiv("2026-11-19T12:00")))
    _made, state = at(kyiv("2026-11-23T12:00"), rules, state, client__later=kyiv("2027-01-15T10:00"))
    assert [timer.due for timer in state.timers] == [kyiv("2027-01-27T10:00")]


def test_a_pause_that_ends_early_lets_the_clock_go_on_from_there() -> None:
    rules, state = started(PAUSED, {}, replace(PRESS, at=kyiv("2026-11-19T12:00")))
    _made, state = at(kyiv("2026-11-23T12:00"), rules, state, client__later=kyiv("2027-01-15T10:00"))
    _made, state = at(kyiv("2026-11-25T12:00"), rules, state, client__later=None)
    assert [timer.due for timer in state.timers] == [kyiv("2026-12-07T10:00")]


def test_a_pause_that_is_over_stays_left_out() -> None:
    rules, state = started(PAUSED, {"client.later": kyiv("2026-11-25T12:00")}, PRESS)
    made, _state = at(kyiv("2026-11-26T12:00"), rules, state)
    assert made.timers == ()
    assert [timer.due for timer in state.timers] == [kyiv("2026-12-08T10:00")]


def test_a_length_of_plain_days_leaves_the_pause_out() -> None:
    plain = PAUSED.replace("10wd at 10:00", "10d")
    _rules, state = started(plain, {"client.later": kyiv("2026-11-25T12:00")}, PRESS)
    assert [timer.due for timer in state.timers] == [kyiv("2026-12-05T12:00")]


def test_a_length_of_plain_days_ends_never_while_nobody_knows_how_long_the_pause_lasts() -> None:
    held = PAUSED.replace("10wd at 10:00", "10d").replace("{client.later: {after: now}}", "{deal.prepaid: true}")
    _rules, state = started(held, {"deal.prepaid": True}, PRESS)
    assert [timer.due for timer in state.timers] == [NEVER]


HELD = PAUSED.replace("10wd at 10:00", "10d").replace("{client.later: {after: now}}", "{deal.prepaid: true}")


def test_a_rule_that_stands_still_no_more_goes_on_from_there() -> None:
    """Pressed on Monday noon, and free again on Tuesday noon: a day later than it would have been."""
    _rules, state = started(HELD, {"deal.prepaid": True}, PRESS)
    free = ruleset(HELD.replace("    pause_while: {deal.prepaid: true}\n", ""), CLOCKS)
    _made, state = at(NOW + timedelta(days=1), free, state)
    assert [timer.due for timer in state.timers] == [NOW + timedelta(days=11)]


def test_a_pause_is_kept_for_the_condition_that_it_was_under() -> None:
    rules, state = started(HELD, {"deal.prepaid": True}, PRESS)
    other = ruleset(HELD.replace("deal.prepaid: true", "deal.prepaid: false"), CLOCKS)
    _made, between = at(NOW + timedelta(days=1), other, state)
    _made, again = at(NOW + timedelta(days=2), rules, between)
    assert [timer.due for timer in between.timers] == [NOW + timedelta(days=11)]
    assert again.timers == state.timers


def test_pauses_that_an_earlier_release_wrote_still_count() -> None:
    rules, state = started(HELD, {}, PRESS)
    wrote = {"pauses": [["2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z"]]}
    older = tuple(replace(timer, data={**timer.data, **wrote}) for timer in state.timers)
    _made, state = at(NOW + timedelta(days=3), rules, replace(state, timers=older))
    assert [timer.due for timer in state.timers] == [NOW + timedelta(days=11)]


def test_what_is_not_known_neither_begins_nor_ends_a_pause() -> None:
    rules, state = started(PAUSED, {"client.later": kyiv("2026-12-25T12:00")}, PRESS)
    made, _state = at(kyiv("2026-11-26T12:00"), rules, state, client__later=NotKnown("planfix.tasks"))
    assert made.timers == ()


# -- silence ---------------------------------------------------------------------------------------------------------

QUIET: dict[str, Value | NotKnown] = {"client.last": kyiv("2026-09-24T12:00"), "client.state": "active"}


def test_a_silence_that_has_lasted_long_enough_is_told_once() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    assert [timer.due for timer in state.timers] == [datetime(2026, 11, 23, 11, tzinfo=UTC)]
    made, state = at(state.timers[0].due, rules, state)
    assert sent(made) == [("person:petro", "Вітаю, Зерно")]
    made, state = at(state.seen_up_to["planfix.task"] + timedelta(days=90), rules, state)
    assert (made.wanted, state.timers) == ((), ())


def test_a_new_sign_of_life_starts_the_silence_anew() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    _made, state = at(state.timers[0].due, rules, state)
    made, state = at(kyiv("2026-12-01T12:00"), rules, state, client__last=kyiv("2026-12-01T12:00"))
    assert (made.wanted, [timer.due for timer in state.timers]) == ((), [kyiv("2027-01-30T12:00")])


def test_each_silence_that_was_told_is_counted() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    _made, state = at(state.timers[0].due, rules, state)
    _made, state = at(kyiv("2026-12-01T12:00"), rules, state, client__last=kyiv("2026-12-01T12:00"))
    _made, state = at(state.timers[0].due, rules, state)
    assert {name: ran.count for (name, _subject), ran in state.runs.items()} == {
        "forgotten": 2,
        "forgotten/silence": 2,
    }


def test_a_sign_of_life_that_was_taken_back_starts_no_silence_that_was_told_of_already() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    _made, state = at(state.timers[0].due, rules, state)
    made, state = at(kyiv("2026-12-01T12:00"), rules, state, client__last=kyiv("2026-09-20T12:00"))
    assert (made.wanted, state.timers) == ((), ())


def test_a_task_for_later_protects_until_its_date_and_not_for_ever() -> None:
    rules, state = started(FORGOTTEN, {**QUIET, "client.later": kyiv("2027-01-15T10:00")})
    made, state = at(kyiv("2027-01-15T09:59"), rules, state)
    assert made.wanted == ()
    made, state = at(kyiv("2027-01-15T10:00"), rules, state)
    assert len(made.wanted) == 1


def test_nobody_counts_as_silent_by_sources_that_were_not_read_since() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    due = state.timers[0].due
    made, state = at(due + timedelta(minutes=5), rules, state, read=due - timedelta(minutes=1))
    assert made.wanted == ()
    assert [(wait.what, wait.since) for wait in made.blind] == [(state.timers[0].key, due)]


def test_a_silence_whose_condition_is_false_changes_nothing() -> None:
    rules, state = started(FORGOTTEN, {**QUIET, "client.state": "lead"})
    made, _state = at(state.timers[0].due, rules, state)
    assert (made.wanted, outcomes(made, "forgotten")) == ((), [Outcome.CONDITION_FALSE])


def test_what_people_do_is_a_sign_of_life_and_what_the_bridge_does_is_none() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    told = event("comment.added", ident="e2", at=NOW, text="дзвонив")
    own = event("comment.added", ident="e3", at=NOW, by=ActorKind.BRIDGE, text="")
    made = planned(rules, replace(state, events=(own,)))
    assert made.sets == ()
    made = planned(rules, replace(state, events=(told,)))
    assert [(one.subject, one.field, one.at) for one in made.sets] == [("client", "client.last", NOW)]


@pytest.mark.parametrize(
    ("at", "subject", "moves"), [(1, "deal", True), (0, "deal", False), (-1, "deal", False), (1, "", False)]
)
def test_only_a_later_sign_of_life_of_the_client_moves_the_last_one(at: int, subject: str, moves: bool) -> None:
    rules, state = started(FORGOTTEN, {**QUIET, "client.last": NOW})
    told = event("comment.added", at=later(minutes=at), subject=subject, text="дзвонив")
    made = planned(rules, replace(state, events=(told,)), later(minutes=2))
    assert [one.at for one in made.sets] == ([later(minutes=1)] if moves else [])


def test_a_rule_hears_of_a_sign_of_life() -> None:
    heard = (
        FORGOTTEN + "  - {id: back, when: {field.changed: client.last}, per: client, then: [{send: hello, to: pm}]}\n"
    )
    rules, state = started(heard, QUIET)
    made = planned(rules, replace(state, events=(event("comment.added", text="дзвонив"),)))
    assert outcomes(made, "back") == [Outcome.FIRED]
    assert [type(one).__name__ for one in decisions(made)] == ["SendMessage"]


def test_a_protection_that_was_not_read_leaves_the_silence_where_it_was() -> None:
    rules, state = started(FORGOTTEN, {**QUIET, "client.later": kyiv("2027-01-15T10:00")})
    made, state = at(NOW, rules, state, client__later=NotKnown("planfix.tasks"))
    assert (made.timers, [timer.due for timer in state.timers]) == ((), [kyiv("2027-01-15T10:00")])


@pytest.mark.parametrize("unread", ["planfix.tasks", "planfix.contact", "planfix.held"])
def test_each_source_that_a_silence_hangs_on_keeps_it_from_being_known(unread: str) -> None:
    held = "  client.held: {type: moment, from: planfix.held.until}\n  client.later:"
    watched = FORGOTTEN.replace("client.later", "client.held").replace("client.last", "client.later")
    rules = ruleset(watched, CLOCKS.replace("  client.later:", held))
    seen = {**dict.fromkeys((*ALL, "planfix.held"), later(days=1)), unread: later(days=-1)}
    before = snapshot(rules, {"client.later": later(days=-60), "client.state": "active"}, seen=seen)
    made = planned(rules, before, later(days=1))
    assert (made.wanted, [wait.sources for wait in made.blind]) == ((), [(unread,)])


def test_a_silence_of_a_length_that_the_rule_says_asks_for_no_source_of_it() -> None:
    rules, state = started(FORGOTTEN.replace("client.forget_after", "60d"), QUIET)
    due = state.timers[0].due
    assert sent(at(due, rules, state)[0]) == [("person:petro", "Вітаю, Зерно")]


def test_a_silence_whose_length_is_empty_is_not_waited_for() -> None:
    known = ruleset(FORGOTTEN, CLOCKS.replace(", default: 60d", ""))
    assert planned(known, snapshot(known, QUIET, seen=dict.fromkeys(ALL, NOW))).timers == ()


# -- conditions that look at the clock -------------------------------------------------------------------------------


def test_a_condition_that_time_turns_wakes_its_rule_by_itself() -> None:
    rules, state = started(TURNING, {"client.later": kyiv("2026-11-25T12:00")})
    [timer] = state.timers
    made, state = at(timer.due, rules, state)
    assert outcomes(made, "turning") == [Outcome.FIRED]
    assert state.timers == ()


def test_the_moment_at_which_a_condition_turns_is_kept_for_those_of_whom_the_rule_asks() -> None:
    _rules, state = started(TURNING, {"client.later": kyiv("2026-11-25T12:00")})
    assert [timer.subject for timer in state.timers] == ["client"]


def test_a_deals_own_moment_wakes_the_rule_for_the_deal() -> None:
    own = CLOCKS.replace("  deal.due:", "  deal.until: {type: moment, from: planfix.task.until}\n  deal.due:")
    rules = ruleset(TURNING.replace("client.later", "deal.until").replace("per: client", "per: deal"), own)
    before = snapshot(rules, {"deal.until": kyiv("2026-11-25T12:00")}, seen=dict.fromkeys(ALL, NOW))
    assert [(timer.subject, timer.rule) for timer in planned(rules, before).timers] == [("deal", "turning")]


def test_a_moment_that_was_put_off_wakes_the_rule_later() -> None:
    rules, state = started(TURNING, {"client.later": kyiv("2026-11-25T12:00")})
    made, state = at(NOW, rules, state, client__later=kyiv("2026-11-27T12:00"))
    assert [timer.due.astimezone(UTC).day for timer in state.timers] == [27]
    assert made.wanted == ()


def test_a_deal_has_silences_of_its_own() -> None:
    rules, state = started(FORGOTTEN, QUIET)
    other = Subject("client-2", "deal", "client")
    made = planned(rules, replace(state, subjects={**state.subjects, "client-2": other}))
    assert made.timers == ()
