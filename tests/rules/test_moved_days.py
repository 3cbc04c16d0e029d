"""A calendar that changes under a running timer: what is to come moves and says why, what is over stays over."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.model.planning import Outcome, Plan, Timer
from rules.ruleset import RuleSet
from tests.rules.planned import AROUND, NOW, SILENT, after, event, planned, ruleset, snapshot

CLOSED = AROUND.replace(
    'week: {mon-fri: "09:00-13:00, 14:00-18:00"}}',
    'week: {mon-fri: "09:00-13:00, 14:00-18:00"}, dates: {2026-11-25: closed}}',
)
WEDNESDAY, THURSDAY = datetime(2026, 11, 25, 16, tzinfo=UTC), datetime(2026, 11, 26, 16, tzinfo=UTC)


def running() -> tuple[RuleSet, Plan, Timer]:
    rules = ruleset(SILENT)
    made = planned(rules, snapshot(rules, events=[event("delivered", template="hello")]))
    return rules, made, next(timer for timer in made.timers if timer.step == "remind")


def renewed(now: datetime) -> Plan:
    rules, made, _timer = running()
    before = after(snapshot(rules), made, rules)
    return planned(ruleset(SILENT, CLOSED), before, now)


def test_a_day_that_is_closed_moves_what_is_due_after_it_and_says_so() -> None:
    assert running()[2].due == WEDNESDAY
    made = renewed(NOW)
    assert next(timer.due for timer in made.timers if timer.step == "remind") == THURSDAY
    told = next(trace for trace in made.traces if trace.step == "remind")
    assert told.outcome is Outcome.LATER
    assert str(told.reason).startswith("was due 2026-11-25 16:00Z, now 2026-11-26 16:00Z: Mon 23.11.2026 12:00 + 2wd")
    assert "dates in it: 25.11 closed" in str(told.reason)


def test_what_is_due_already_is_not_moved_by_a_day_that_is_closed_afterwards() -> None:
    made = renewed(WEDNESDAY)
    assert not [timer for timer in made.timers if timer.step == "remind"]


def test_a_plan_by_the_same_calendar_moves_nothing() -> None:
    rules, made, _timer = running()
    again = planned(rules, after(snapshot(rules), made, rules))
    assert (again.timers, [trace.outcome for trace in again.traces]) == ((), [])


def test_a_timer_keeps_the_name_and_version_of_the_calendar_it_was_counted_by() -> None:
    rules, _made, timer = running()
    assert timer.data["calendar"] == f"office {rules.calendars['office'].version}"
    moved = next(timer for timer in renewed(NOW).timers if timer.step == "remind")
    assert moved.data["calendar"] == f"office {ruleset(SILENT, CLOSED).calendars['office'].version}"
    assert moved.data["calendar"] != timer.data["calendar"]


def test_a_date_that_moves_nothing_changes_only_the_version_and_tells_nobody() -> None:
    rules, made, timer = running()
    later = AROUND.replace('18:00"}}', '18:00"}, dates: {2026-12-31: closed}}')
    again = planned(ruleset(SILENT, later), after(snapshot(rules), made, rules))
    [counted] = [one for one in again.timers if one.step == "remind"]
    assert (counted.due, counted.start) == (timer.due, timer.start)
    assert [trace for trace in again.traces if trace.step == "remind"] == []
