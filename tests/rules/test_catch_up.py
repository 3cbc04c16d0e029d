"""Steps that come late: done, skipped or asked about; and what a client reads after a long silence of the bridge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.model.planning import ASKED, Outcome, Plan, Snapshot
from bridge.model.reasons import UNLESS
from rules.ruleset import RuleSet
from tests.rules.planned import (
    AROUND,
    NOW,
    RECEIPT,
    SILENT,
    SOURCES,
    after,
    event,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
    started,
)

REMIND_DUE = datetime(2026, 11, 25, 16, 0, tzinfo=NOW.tzinfo)  # the close of Wednesday in Kyiv
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=NOW.tzinfo)  # a weekend and two working days later, 10:00 in Kyiv
LADDER = SILENT.replace(
    '{id: call, after: "3wd at 10:00", then: [{send: days, to: pm}]}',
    '{id: again, after: "3wd at 10:00", then: [{send: days, to: client}, {send: days, to: pm}]}',
)


def with_policy(policy: str, rules: str = SILENT) -> str:
    return rules.replace("if_running: restart", f"if_running: restart\n    catch_up: {policy}")


def at(moment: datetime, rules: str) -> tuple[RuleSet, Snapshot, Plan]:
    """The clock started on Monday; the bridge comes back at the moment, and every source has been read."""
    known, begun = started(rules)
    state = replace(begun, seen_up_to=dict.fromkeys(SOURCES, moment))
    return known, state, planned(known, state, moment)


def test_a_step_in_time_is_nothing_to_catch_up_with() -> None:
    _rules, _state, made = at(REMIND_DUE + timedelta(minutes=59), with_policy("skip"))
    assert sent(made) == [("client", "Вітаю, Зерно")]
    assert [wanted.late for wanted in made.wanted] == [False]


def test_late_steps_are_taken_late_by_default() -> None:
    _rules, _state, made = at(MONDAY, SILENT)
    assert sent(made) == [("client", "Вітаю, Зерно"), ("person:petro", "днів: 5")]
    assert [wanted.late for wanted in made.wanted] == [True, True]


def test_a_rule_that_skips_leaves_late_steps_out_and_says_so() -> None:
    _rules, _state, made = at(MONDAY, with_policy("skip"))
    assert made.wanted == ()
    assert set(map(str, made.timers_ended.values())) == {
        "missed: was due 2026-11-25 16:00Z",
        "missed: was due 2026-11-26 08:00Z",
    }
    assert outcomes(made, "silent") == [Outcome.MISSED, Outcome.MISSED]


def test_a_rule_that_asks_does_nothing_until_a_person_agrees() -> None:
    rules, state, made = at(MONDAY, with_policy("ask"))
    assert made.wanted == ()
    assert set(map(str, made.timers_ended.values())) == {ASKED}
    agreed = replace(state.timers[0], data={**state.timers[0].data, "agreed": "petro"})
    assert sent(planned(rules, replace(state, timers=(agreed,)), MONDAY)) == [("client", "Вітаю, Зерно")]


def test_unless_is_asked_before_a_person_is() -> None:
    rules, state, _made = at(MONDAY, with_policy("ask"))
    answered = replace(state, events=(event("form.answered", form="brief"),))
    assert set(planned(rules, answered, MONDAY).timers_ended.values()) == {UNLESS.of(rule="silent")}


def test_after_a_long_stop_a_client_reads_the_last_reminder_and_staff_all() -> None:
    _rules, _state, made = at(MONDAY, LADDER)
    assert sent(made) == [("client", "днів: 5"), ("person:petro", "днів: 5")]
    reasons = [str(trace.reason) for trace in made.traces if trace.outcome is Outcome.MISSED]
    assert reasons == ["step again says it"]


def test_steps_in_time_never_speak_for_each_other() -> None:
    close = LADDER.replace('"3wd at 10:00"', "2wd").replace("{send: days, to: pm}", "{send: hello, to: pm}")
    _rules, _state, made = at(REMIND_DUE + timedelta(minutes=5), close)
    assert sorted(to for to, _text in sent(made)) == ["client", "client", "person:petro"]


def test_when_a_step_counts_as_late_is_the_agencys_choice() -> None:
    patient = AROUND.replace("loop_limit: 4}", "loop_limit: 4, late_after: 7d}")
    known = ruleset(with_policy("skip"), patient)
    before = snapshot(known, {"brief.state": "delivered"}, [RECEIPT])
    state = after(before, planned(known, before), known, seen_up_to=dict.fromkeys(SOURCES, MONDAY))
    assert len(planned(known, state, MONDAY).wanted) == 2


def test_work_of_a_timer_lets_that_of_people_go_first() -> None:
    _rules, _state, made = at(REMIND_DUE, SILENT)
    pressed = ruleset("  - {id: pressed, when: {button: go}, per: deal, then: [{send: hello, to: pm}]}\n")
    by_hand = planned(pressed, snapshot(pressed, {}, [event("button", button="go")]))
    assert [one.background for one in (*made.wanted, *by_hand.wanted)] == [True, False]


def test_what_happened_long_ago_is_told_as_late() -> None:
    rules = ruleset("  - {id: pressed, when: {button: go}, per: deal, then: [{send: hello, to: pm}]}\n")
    old = event("button", button="go", at=NOW - timedelta(hours=2))
    assert [wanted.late for wanted in planned(rules, snapshot(rules, {}, [old])).wanted] == [True]


def test_only_a_rule_with_steps_can_be_late() -> None:
    with pytest.raises(AssertionError, match="catch-up-without-steps"):
        ruleset("  - {id: x, when: {button: go}, per: deal, catch_up: ask, then: [{send: hello, to: pm}]}\n")
