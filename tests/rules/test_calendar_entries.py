"""Calendars as they are written: what is read, and where a mistake is told."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date

import pytest

from rules.calendar_entries import missing_years, parse_calendar, parse_dates, parse_hours, parse_weekdays
from rules.flaws import Flaw, Flawed

WEEK = {"mon-fri": "09:00-18:00"}
KYIV = {"zone": "Europe/Kyiv", "week": WEEK, "dates": {"2026-12-25": "closed"}}


def flaws(name: str, data: object, others: dict[str, object] | None = None) -> list[Flaw]:
    with pytest.raises(Flawed) as caught:
        parse_calendar(name, data, others)
    return list(caught.value.flaws)


@pytest.mark.parametrize(
    ("text", "hours"), [("09:00-18:00", ((540, 1080),)), ("closed", ()), ("0:00-24:00", ((0, 1440),))]
)
def test_hours_are_read(text: str, hours: tuple[tuple[int, int], ...]) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    "text", ["9-18", "18:00-09:00", "09:00-25:00", "14:00-18:00, 09:00-13:00", "", 900, "09:70-10:00"]
)
def test_other_hours_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("08:59-10:59", True),
        ("09:60-10:30", False),
        ("09:00-10:60", False),
        ("23:00-24:00", True),
        ("23:00-24:01", False),
        ("09:00-09:00", False),
        ("09:00-13:00, 13:00-18:00", True),
        ("09:00-13:00, 12:59-18:00", False),
    ],
)
def test_an_hour_has_sixty_minutes_and_intervals_may_touch(text: str, taken: bool) -> None:
    with nullcontext() if taken else pytest.raises(ValueError, match="hours"):
        parse_hours(text)


def test_weekdays_are_read_and_misspelt_ones_named() -> None:
    assert parse_weekdays("mon-wed, sat") == (0, 1, 2, 5)
    with pytest.raises(ValueError, match='did you mean "mon"'):
        parse_weekdays("mom-fri")


@pytest.mark.parametrize("text", ["fri-mon", "mon-tue-wed", "tue-mon, sat"])
def test_weekdays_in_the_wrong_order_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="are not understood"):
        parse_weekdays(text)


def test_a_day_may_be_a_span_of_itself() -> None:
    assert (parse_weekdays("mon-mon"), parse_dates("2026-12-24..2026-12-24")) == ((0,), (date(2026, 12, 24),))


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        ("09:00-18:00", "wrong-type", ()),
        ({"zone": 5, "week": WEEK}, "unknown-zone", ("zone",)),
        ({"zone": "Europe/Kyiv", "week": ["mon"]}, "wrong-type", ("week",)),
        ({"zone": "Europe/Kyiv", "week": WEEK, "dates": ["2026-12-24"]}, "wrong-type", ("dates",)),
        ({"week": WEEK}, "missing-key", ()),
        ({"like": 5, "week": WEEK}, "unknown-calendar", ("like",)),
        ({"zone": "Europe/Kiyv", "week": {"mon": "09:00-10:00"}}, "unknown-zone", ("zone",)),
        ({"zone": "Europe/Kyiv", "week": {"mom": "09:00-10:00"}}, "bad-day", ("week", "mom")),
        ({"zone": "Europe/Kyiv", "week": {"mon": "9-10"}}, "bad-hours", ("week", "mon")),
        ({"zone": "Europe/Kyiv", "week": {"mon": "closed"}}, "empty-calendar", ("week",)),
        ({"zone": "Europe/Kyiv"}, "missing-key", ()),
        ({"zone": "Europe/Kyiv", "week": {"mon": "09:00-10:00"}, "date": {}}, "unknown-key", ("date",)),
        (
            {"zone": "Europe/Kyiv", "week": {"mon": "09:00-10:00"}, "dates": {"24.12": "closed"}},
            "bad-day",
            ("dates", "24.12"),
        ),
        (
            {"zone": "Europe/Kyiv", "week": {"mon-fri": "09:00-10:00", "fri": "closed"}},
            "bad-day",
            ("week", "fri"),
        ),
        ({"like": "offise", "week": WEEK}, "unknown-calendar", ("like",)),
    ],
)
def test_a_mistake_in_a_calendar_is_placed(data: object, code: str, path: tuple[str, ...]) -> None:
    [flaw] = flaws("office", data)
    assert (flaw.code, flaw.path) == (code, path)


def test_dates_are_read_one_by_one_or_as_a_span() -> None:
    assert parse_dates("2026-12-24") == (date(2026, 12, 24),)
    assert len(parse_dates("2026-01-01..2027-01-01")) == 366
    assert parse_dates("2026-12-31..2027-01-02") == (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("24.12.2026", "is not a date"),
        ("20261224", "is not a date"),
        ("2026-02-30", "is not a date"),
        ("2026-12-24..2026-12-25..2026-12-26", "is not a date"),
        ("2026-12-25..2026-12-24", "ends before it begins"),
        ("2026-01-01..2036-01-01", "longer than a year"),
        ("2026-01-01..2027-01-02", "longer than a year"),
    ],
)
def test_other_dates_are_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_dates(text)


def test_a_day_that_is_said_twice_is_a_mistake() -> None:
    [flaw] = flaws("office", {**KYIV, "dates": {"2026-12-20..2026-12-31": "closed", "2026-12-24": "09:00-13:00"}})
    assert (flaw.code, flaw.path) == ("bad-day", ("dates", "2026-12-24"))


def test_a_calendar_is_like_another_but_for_what_it_says_itself() -> None:
    others = {"office": KYIV}
    warsaw = parse_calendar(
        "warsaw", {"like": "office", "zone": "Europe/Warsaw", "week": {"sat": "10:00-14:00"}}, others
    )
    assert (warsaw.zone, warsaw.name) == ("Europe/Warsaw", "warsaw")
    assert warsaw.hours(date(2026, 12, 25)) == ()
    assert warsaw.hours(date(2026, 12, 26)) == ((600, 840),)


def test_a_date_of_its_own_counts_more_than_that_of_the_other() -> None:
    shift = parse_calendar("shift", {"like": "office", "dates": {"2026-12-25": "09:00-13:00"}}, {"office": KYIV})
    assert shift.hours(date(2026, 12, 25)) == ((540, 780),)


def test_calendars_like_each_other_are_a_mistake_of_each() -> None:
    others: dict[str, object] = {"a": {"like": "b"}, "b": {"like": "a"}}
    [flaw] = flaws("a", others["a"], others)
    assert (flaw.code, flaw.what) == ("calendar-cycle", "calendars like each other: a -> b -> a")


def test_a_mistake_in_the_other_calendar_is_told_there_only() -> None:
    assert flaws("a", {"like": "b"}, {"b": {"zone": "Mars", "week": WEEK}}) == []


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 6, 1), ()),
        (date(2026, 10, 31), ()),
        (date(2026, 11, 1), (2027,)),
        (date(2027, 1, 1), (2027,)),
        (date(2027, 11, 1), (2027, 2028)),
    ],
)
def test_a_calendar_with_dates_is_asked_for_the_next_year_from_november_on(
    today: date, missing: tuple[int, ...]
) -> None:
    assert missing_years(parse_calendar("office", KYIV), today) == missing


def test_a_calendar_without_dates_is_asked_for_none() -> None:
    assert missing_years(parse_calendar("always", {**KYIV, "dates": {}}), date(2026, 11, 1)) == ()
