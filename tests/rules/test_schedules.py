"""The clock's own triggers: times of the day, week and month in a calendar, and sources not read for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.planning import Plan, Snapshot, Subject
from rules.ruleset import RuleSet
from rules.schedules import needs_workspace, next_time
from rules.triggers import Schedule
from tests.rules.planned import AROUND, planned, ruleset, sent, snapshot

HOLIDAYS = AROUND.replace(
    'week: {mon-fri: "09:00-13:00, 14:00-18:00"}',
    'week: {mon-fri: "09:00-13:00, 14:00-18:00"}, dates: {2026-11-30: closed, 2026-12-01: closed}',
)
WEEKLY = """\
  - id: weekly
    when: {schedule: {every: week, day: mon, time: "09:30"}}
    then: [{send: stage, to: head, with: {stage.title: "x"}}]
"""
BLIND = """\
  - id: blind
    when: {source.blind: {of: [deal.prepaid, client.name], for: 2wh}}
    then: [{send: stage, to: head, with: {stage.title: "x"}}]
"""
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 09:30 in Kyiv


def nobodys(
    rules: RuleSet, before: Snapshot | None = None, made: Plan | None = None, seen: Mapping[str, datetime] | None = None
) -> Snapshot:
    """The workspace's own subject, with the timers that a plan left."""
    fresh = replace(snapshot(rules), subjects={"w": Subject("w", "workspace")}, seen_up_to=seen or {})
    if before is None or made is None:
        return fresh
    timers = {timer.key: timer for timer in (*before.timers, *made.timers) if timer.key not in made.timers_ended}
    return replace(fresh, timers=tuple(timers.values()), runs={**before.runs, **made.runs})


# -- when ------------------------------------------------------------------------------------------------------------


def moment(schedule: Schedule, after: str, around: str = HOLIDAYS) -> str:
    office = ruleset("", around).calendars["office"]
    found = next_time(schedule, office, datetime.fromisoformat(after).replace(tzinfo=UTC))
    return f"{office.local(found):%a %d.%m %H:%M}"


@pytest.mark.parametrize(
    ("every", "day", "after", "comes"),
    [
        ("week", "mon", "2026-11-20 12:00", "Mon 23.11 09:30"),
        ("week", "mon", "2026-11-23 07:29", "Mon 23.11 09:30"),
        ("week", "mon", "2026-11-23 07:30", "Wed 02.12 09:30"),  # the next Monday and Tuesday are closed
        ("week", "mon", "2026-12-01 12:00", "Wed 02.12 09:30"),  # it is Tuesday: Monday's is still to come
        ("day", None, "2026-11-20 12:00", "Mon 23.11 09:30"),  # not on Saturday, and once on Monday
        ("day", None, "2026-11-23 08:00", "Tue 24.11 09:30"),
        ("month", 1, "2026-11-20 12:00", "Wed 02.12 09:30"),
        ("month", 28, "2026-11-27 12:00", "Wed 02.12 09:30"),  # a Saturday
    ],
)
def test_a_closed_day_moves_to_the_next_working_one(every: str, day: str | int | None, after: str, comes: str) -> None:
    schedule = Schedule.model_validate({"every": every, "day": day, "time": "09:30"})
    assert moment(schedule, after) == comes


# -- in a plan -------------------------------------------------------------------------------------------------------


def test_a_rule_of_nobodys_comes_at_its_time_and_not_when_it_is_written() -> None:
    rules = ruleset(WEEKLY)
    before = nobodys(rules)
    first = planned(rules, before, MONDAY - timedelta(hours=1))
    assert (first.wanted, [timer.due for timer in first.timers]) == ((), [MONDAY])
    made = planned(rules, nobodys(rules, before, first), MONDAY)
    assert [to for to, _text in sent(made)] == ["person:helen"]
    assert [timer.due for timer in made.timers] == [MONDAY + timedelta(days=7)]


def test_what_was_missed_comes_once() -> None:
    rules = ruleset(WEEKLY)
    before = nobodys(rules)
    first = planned(rules, before, MONDAY - timedelta(hours=1))
    made = planned(rules, nobodys(rules, before, first), MONDAY + timedelta(days=24))
    assert len(made.wanted) == 1
    assert [timer.due for timer in made.timers] == [MONDAY + timedelta(days=28)]


def test_another_time_is_counted_anew_and_does_not_come_at_once() -> None:
    rules = ruleset(WEEKLY)
    before = nobodys(rules)
    first = planned(rules, before, MONDAY - timedelta(hours=1))
    other = ruleset(WEEKLY.replace("09:30", "12:00"))
    made = planned(other, nobodys(other, before, first), MONDAY + timedelta(minutes=5))
    assert (made.wanted, len(made.timers_ended), len(made.timers)) == ((), 1, 1)


def test_a_day_that_was_closed_since_moves_what_is_already_set() -> None:
    rules = ruleset(WEEKLY)
    before = nobodys(rules)
    first = planned(rules, before, MONDAY + timedelta(hours=1))
    assert [timer.due for timer in first.timers] == [MONDAY + timedelta(days=7)]
    closed = ruleset(WEEKLY, HOLIDAYS)
    made = planned(closed, nobodys(closed, before, first), MONDAY + timedelta(hours=2))
    assert [timer.due for timer in made.timers] == [MONDAY + timedelta(days=9)]


def test_a_time_counts_from_when_it_was_set_and_a_new_one_from_now() -> None:
    rules = ruleset(WEEKLY)
    before, set_at = nobodys(rules), MONDAY - timedelta(hours=2)
    first = planned(rules, before, set_at)
    waiting = nobodys(rules, before, first)
    assert ([timer.start for timer in first.timers], planned(rules, waiting, MONDAY - timedelta(hours=1)).timers) == (
        [set_at],
        (),
    )
    assert [timer.start for timer in planned(rules, waiting, MONDAY).timers] == [MONDAY]


def test_each_time_of_one_rule_has_a_timer_of_its_own() -> None:
    twice = WEEKLY.replace("when: {", "when: [{").replace(
        '"09:30"}}', '"09:30"}}, {schedule: {every: day, time: "17:00"}}]'
    )
    rules = ruleset(twice)
    made = planned(rules, nobodys(rules), MONDAY - timedelta(hours=1))
    assert [timer.formula for timer in made.timers] == ["week mon 09:30", "day 17:00"]
    assert [timer.due for timer in made.timers] == [MONDAY, MONDAY + timedelta(hours=7, minutes=30)]


def test_a_client_hears_nothing_of_what_is_nobodys() -> None:
    rules = ruleset(WEEKLY)
    assert planned(rules, snapshot(rules), MONDAY).timers == ()


def test_with_per_each_client_has_a_clock_of_its_own() -> None:
    rules = ruleset(WEEKLY.replace("    when:", "    per: client\n    when:"))
    assert [timer.subject for timer in planned(rules, snapshot(rules), MONDAY).timers] == ["client"]
    assert (needs_workspace(rules), needs_workspace(ruleset(WEEKLY))) == (False, True)


def test_each_deal_has_a_clock_of_its_own_whatever_stands_before_it() -> None:
    rules = ruleset(WEEKLY.replace("    when:", "    per: deal\n    when:"))
    before = snapshot(rules)
    both = replace(before, subjects={**before.subjects, "deal2": Subject("deal2", "deal", "client")})
    assert [timer.subject for timer in planned(rules, both, MONDAY).timers] == ["deal", "deal2"]


# -- blind sources ---------------------------------------------------------------------------------------------------

SEEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 10:00 in Kyiv


def test_a_source_that_was_not_read_for_so_long_is_told_once() -> None:
    rules = ruleset(BLIND)
    seen = {"planfix.task": SEEN, "planfix.contact": SEEN + timedelta(hours=9)}
    before = nobodys(rules, seen=seen)
    first = planned(rules, before, SEEN + timedelta(minutes=119))
    assert (first.wanted, min(timer.due for timer in first.timers)) == ((), SEEN + timedelta(hours=2))
    before = nobodys(rules, before, first, seen=seen)
    made = planned(rules, before, SEEN + timedelta(hours=2))
    assert len(made.wanted) == 1
    again = planned(rules, nobodys(rules, before, made, seen=seen), SEEN + timedelta(hours=6))
    assert again.wanted == ()


def test_read_again_and_blind_again_it_is_told_again() -> None:
    rules = ruleset(BLIND)
    before = nobodys(rules, seen={"planfix.task": SEEN})
    made = planned(rules, before, SEEN + timedelta(hours=3))
    later = SEEN + timedelta(hours=3)
    again = planned(rules, nobodys(rules, before, made, seen={"planfix.task": later}), later + timedelta(days=1))
    assert (len(made.wanted), len(again.wanted)) == (1, 1)


def test_what_was_never_read_is_not_called_blind() -> None:
    rules = ruleset(BLIND)
    assert planned(rules, nobodys(rules), SEEN).wanted == ()


TOLD = """\
  - id: blind
    when: {source.blind: {of: [deal.prepaid, client.name, brief.state, card.list], for: 2wh}}
    then: [{send: seen, to: head}]
  - {id: brief-in, when: {form.answered: brief}, per: deal, then: [{set: {brief.state: received}}]}
"""
AROUND_TOLD = AROUND.replace(
    "  event.text:",
    "  event.name: {type: text, from: event}\n  event.seen_up_to: {type: moment, from: event}\n  event.text:",
) + ('  seen: {uk: "-", ru: "-", en: "{{ event.name }}: {{ event.seen_up_to|time }}"}\n')


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (("planfix.task",), "Planfix: 11:00"),
        (("planfix.task", "planfix.contact"), "Planfix: 10:30"),
        (("google_forms.brief", "planfix.task"), "Google Forms, Planfix: 11:00"),
    ],
)
def test_of_all_that_became_blind_the_systems_are_named_and_since_when(late: tuple[str, ...], told: str) -> None:
    rules = ruleset(TOLD, AROUND_TOLD)
    at = {
        "planfix.task": SEEN + timedelta(hours=1),
        "planfix.contact": SEEN + timedelta(minutes=30),
        "google_forms.brief": SEEN + timedelta(hours=1.5),
    }
    now = SEEN + timedelta(hours=5)
    seen = {source: at[source] if source in late else now for source in (*at, "trello.card")}
    made = planned(rules, nobodys(rules, seen=seen), now)
    assert sent(made) == [("person:helen", told)]


def test_a_source_that_becomes_blind_after_another_is_told_by_itself() -> None:
    rules = ruleset(TOLD, AROUND_TOLD)
    seen = {"planfix.task": SEEN, "trello.card": SEEN + timedelta(hours=1)}
    before = nobodys(rules, seen=seen)
    first = planned(rules, before, SEEN + timedelta(hours=2))
    assert ([text for _to, text in sent(first)], sorted(timer.due for timer in first.timers)) == (
        ["Planfix: 10:00"],
        [SEEN + timedelta(hours=3), SEEN + timedelta(hours=5)],
    )
    made = planned(rules, nobodys(rules, before, first, seen=seen), SEEN + timedelta(hours=3))
    assert [text for _to, text in sent(made)] == ["Trello: 11:00"]
    assert sorted(ran.count for ran in {**first.runs, **made.runs}.values()) == [1, 1, 2]


def test_a_wake_that_was_set_stays_where_it_was_until_it_came() -> None:
    rules = ruleset(BLIND)
    before = nobodys(rules, seen={"planfix.task": SEEN})
    first = planned(rules, before, SEEN + timedelta(hours=2))
    assert [timer.due for timer in first.timers] == [SEEN + timedelta(hours=5)]
    waiting = nobodys(rules, before, first, seen={"planfix.task": SEEN})
    assert planned(rules, waiting, SEEN + timedelta(hours=3)).timers == ()
    again = planned(rules, waiting, SEEN + timedelta(hours=5))
    assert [timer.due for timer in again.timers] == [SEEN + timedelta(hours=7)]
