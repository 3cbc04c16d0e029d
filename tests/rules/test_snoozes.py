"""Reminders that people put off: until when, what waits meanwhile, and what goes on afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bridge.model.planning import Snapshot
from bridge.model.snoozes import Snooze, ended, put_off, read, running, written
from rules.pauses import Pause, joined
from rules.snoozing import until_of
from tests.rules.planned import FORM, NOW, event, later, planned, ruleset, snapshot, started

OFFICE = replace(ruleset("").calendars["office"], dates={date(2026, 11, 25): ()})  # Wednesday is a holiday
MONDAY = Snooze(NOW, later(days=3), "Олена")


def until(said: str) -> str:
    """Until when from Monday noon on, on Kyiv's clocks, with the reason behind it."""
    moment, why = until_of(said, OFFICE, NOW)
    return f"{OFFICE.local(moment):%m-%d %H:%M} {why}".strip()


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("1wd", "11-24 09:00"),
        ("2wd просив пізніше", "11-26 09:00 просив пізніше"),
        ("2 робочі дні у відпустці", "11-26 09:00 у відпустці"),
        ("1 р.д.", "11-24 09:00"),
        ("3 дня болеет", "11-26 09:00 болеет"),
        ("3 days", "11-26 09:00"),
        ("2d", "11-26 09:00"),  # Wednesday is a holiday: the next day that somebody works
        ("до 27.11 відпустка", "11-27 09:00 відпустка"),
        ("27.11.2026", "11-27 09:00"),
        ("2026-11-27 back then", "11-27 09:00 back then"),
        ("28.11", "11-30 09:00"),
        ("завтра", "11-24 09:00"),
        ("3h", "11-23 15:00"),
    ],
)
def test_a_day_ends_where_the_office_opens_and_what_follows_is_the_reason(said: str, means: str) -> None:
    assert until(said) == means


def test_a_date_that_is_over_this_year_is_meant_for_the_next() -> None:
    assert until_of("20.05", OFFICE, NOW)[0].year == 2027


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", "say until when"),
        ("просив", "say until when"),
        ("31.02", "there is no day"),
        ("2026-11-20", "over already"),
        ("23.11", "over already"),
        ("20.10", "if you mean the next year, write 20.10.2027"),
        ("500d", "more than a year"),
        ("2028-01-01", "more than a year"),
    ],
)
def test_what_is_no_day_to_come_is_refused_with_what_may_be_said(said: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        until_of(said, OFFICE, NOW)


def test_a_new_snooze_ends_the_one_before_and_an_ended_one_holds_no_more() -> None:
    both = put_off((MONDAY,), Snooze(later(days=1), later(days=9), "Марія", "відпустка"))
    assert [one.until for one in both] == [later(days=1), later(days=9)]
    assert running(both, later(days=2)) == both[1]
    assert running(ended(both, later(days=2)), later(days=2)) is None
    assert read(written(both)) == both


def test_pauses_of_two_kinds_count_once_where_they_meet() -> None:
    a, b, c, d = (datetime(2026, 11, day, tzinfo=UTC) for day in (23, 24, 25, 26))
    assert joined([Pause(a, c)], [Pause(b, d)]) == (Pause(a, d),)
    assert joined([Pause(c)], [Pause(a, b), Pause(d, d)]) == (Pause(a, b), Pause(c))


def put_off_now(state: Snapshot, *snoozes: Snooze) -> Snapshot:
    return replace(state, snoozes=snoozes)


def test_the_clock_of_reminders_stands_still_while_they_are_put_off() -> None:
    rules, state = started()  # remind after 2wd, on Wednesday; call after 3wd
    made = planned(rules, put_off_now(state, MONDAY))
    assert {timer.step: timer.due for timer in made.timers} == {
        "remind": later(days=4, hours=6),  # Thursday and Friday are the two working days
        "call": later(days=6, hours=22),
    }
    assert "stood still 23.11.2026 12:00 – 26.11.2026 12:00" in made.timers[0].because


def test_a_reminder_whose_snooze_was_taken_back_comes_when_it_would_have() -> None:
    rules, state = started()
    waits = planned(rules, put_off_now(state, MONDAY))
    waiting = replace(put_off_now(state), timers=waits.timers)
    again = planned(rules, waiting)
    assert [timer.due for timer in again.timers] == [timer.due for timer in state.timers]


def test_an_old_snooze_moves_nothing_that_began_after_it() -> None:
    old = Snooze(NOW - timedelta(days=9), NOW - timedelta(days=2), "Олена")
    rules, state = started()
    assert planned(rules, put_off_now(state, old)).timers == ()


def test_what_comes_minutes_after_something_is_no_reminder_and_waits_for_nothing() -> None:
    steps = "steps: [{after: 5m, id: a, then: [{send: hello, to: client}]}]"
    rules = ruleset(f"  - {{id: soon, when: {{label.added: VIP}}, per: deal, {steps}}}")
    made = planned(rules, put_off_now(snapshot(rules, events=[event("label.added", label="VIP")]), MONDAY))
    assert [timer.due for timer in made.timers] == [NOW + timedelta(minutes=5)]


def test_a_reminder_that_is_due_and_waits_for_a_source_is_put_off_too() -> None:
    rules, state = started()
    late = later(days=2, hours=7)  # "remind" is an hour overdue, as the form was not read since
    state = replace(state, seen_up_to={**state.seen_up_to, FORM: NOW})
    made = planned(rules, put_off_now(state, Snooze(late, later(days=9), "Олена")), late)
    assert {timer.step: timer.due for timer in made.timers}["remind"] == later(days=9)
