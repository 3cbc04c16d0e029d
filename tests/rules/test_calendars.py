"""Working time: the table that defines it. What always holds stands in test_calendar_properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.calendar_entries import parse_calendar
from rules.calendar_trail import because, retold
from rules.calendars import Calendar
from rules.lengths import parse_length

KYIV = ZoneInfo("Europe/Kyiv")
OFFICE = parse_calendar(
    "office",
    {
        "zone": "Europe/Kyiv",
        "week": {"mon-fri": "09:00-13:00, 14:00-18:00"},
        "dates": {
            "2026-12-24": "09:00-13:00",
            "2026-12-25": "closed",
            "2027-01-01": "closed",
            "2026-12-19": "10:00-15:00",
        },
    },
)


def kyiv(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=KYIV).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        ("23.11.2026 15:00", "2wd", "25.11.2026 18:00"),
        ("20.11.2026 17:59", "2wd", "24.11.2026 18:00"),
        ("20.11.2026 18:01", "2wd", "24.11.2026 18:00"),
        ("21.11.2026 12:00", "2wd", "24.11.2026 18:00"),
        ("23.11.2026 02:00", "2wd", "25.11.2026 18:00"),
        ("22.12.2026 11:00", "2wd", "24.12.2026 13:00"),
        ("23.12.2026 11:00", "2wd", "28.12.2026 18:00"),
        ("18.12.2026 11:00", "1wd", "19.12.2026 15:00"),
        ("31.12.2026 23:30", "1wd", "04.01.2027 18:00"),
        ("22.11.2026 10:00", "0wd", "23.11.2026 18:00"),
        ("23.11.2026 10:00", "0wd", "23.11.2026 18:00"),
        ("23.11.2026 10:00", "-1wd", "20.11.2026 18:00"),
        ("20.11.2026 15:00", "3wd at 10:00", "25.11.2026 10:00"),
        ("20.11.2026 19:00", "0wh", "23.11.2026 09:00"),
        ("23.11.2026 15:00", "16wh", "25.11.2026 15:00"),
        ("23.11.2026 12:30", "1wh", "23.11.2026 14:30"),
        ("23.11.2026 09:00", "8wh", "23.11.2026 18:00"),
        ("24.11.2026 18:00", "-8wh", "24.11.2026 09:00"),
        ("24.12.2026 12:00", "4wh", "28.12.2026 12:00"),
        ("27.03.2026 17:00", "2wh", "30.03.2026 10:00"),
        ("25.11.2026 15:00", "-16wh", "23.11.2026 15:00"),
        ("23.11.2026 15:00", "3d", "26.11.2026 15:00"),
        ("23.11.2026 15:00", "2w at 09:00", "07.12.2026 09:00"),
        ("23.11.2026 15:00", "90m", "23.11.2026 16:30"),
    ],
)
def test_a_length_comes_to_what_the_definition_says(start: str, length: str, due: str) -> None:
    assert OFFICE.add(kyiv(start), parse_length(length)) == kyiv(due)


def test_days_keep_the_wall_clock_over_the_clock_change_and_hours_do_not() -> None:
    start = kyiv("24.10.2026 12:00")
    assert OFFICE.add(start, parse_length("2d")) == kyiv("26.10.2026 12:00")
    assert OFFICE.add(start, parse_length("48h")) == kyiv("26.10.2026 11:00")


@pytest.mark.parametrize("length", ["1d", "1d at 03:30"])
def test_a_time_that_the_clock_change_skips_moves_forward(length: str) -> None:
    due = OFFICE.add(kyiv("28.03.2026 03:30"), parse_length(length))
    assert due.astimezone(KYIV).strftime("%H:%M") == "04:30"


@pytest.mark.parametrize("length", ["1d", "1d at 03:30"])
def test_a_time_that_comes_twice_is_the_first(length: str) -> None:
    due = OFFICE.add(kyiv("24.10.2026 03:30"), parse_length(length))
    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_days_between_count_the_last_and_not_the_first() -> None:
    assert OFFICE.working_days_between(kyiv("20.11.2026 15:00"), kyiv("25.11.2026 09:00")) == 3
    assert OFFICE.working_days_between(kyiv("25.11.2026 09:00"), kyiv("20.11.2026 15:00")) == -3


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("23.11.2026 08:00", "23.11.2026 09:00"),
        ("23.11.2026 10:17", "23.11.2026 10:17"),
        ("23.11.2026 13:30", "23.11.2026 14:00"),
        ("20.11.2026 18:00", "23.11.2026 09:00"),
        ("24.12.2026 13:00", "28.12.2026 09:00"),
    ],
)
def test_no_hours_come_to_now_or_to_the_next_opening(moment: str, opens: str) -> None:
    assert OFFICE.add(kyiv(moment), parse_length("0wh")) == kyiv(opens)


@pytest.mark.parametrize(
    ("moment", "contact"),
    [
        ("23.11.2026 13:30", "23.11.2026 13:30"),
        ("23.11.2026 18:59", "23.11.2026 18:59"),
        ("23.11.2026 19:00", "24.11.2026 09:00"),
        ("23.11.2026 03:00", "23.11.2026 09:00"),
        ("21.11.2026 12:00", "23.11.2026 09:00"),
        ("19.12.2026 18:00", "19.12.2026 18:00"),
    ],
)
def test_clients_are_written_to_in_contact_hours_of_working_days(moment: str, contact: str) -> None:
    assert OFFICE.next_contact(kyiv(moment), (9 * 60, 19 * 60)) == kyiv(contact)


def test_the_trail_names_days_that_counted_and_days_that_did_not() -> None:
    said = because(OFFICE, kyiv("20.11.2026 15:00"), parse_length("2wd"), "uk")
    assert said == (
        "пт 20.11.2026 15:00 + 2wd = вт 24.11.2026 18:00 (календар office; робочі: 23.11, 24.11; вихідні: 21.11, 22.11)"
    )


def test_a_trail_of_many_days_names_the_first_three_and_the_last_three() -> None:
    said = because(OFFICE, kyiv("02.11.2026 15:00"), parse_length("10wd"))
    assert "worked: 03.11, 04.11, 05.11, …, 12.11, 13.11, 16.11;" in said
    assert "05.11, 06.11, 09.11, 10.11, 11.11;" in because(OFFICE, kyiv("02.11.2026 15:00"), parse_length("7wd"))


def test_the_trail_names_the_dates_of_the_calendar_that_made_the_difference() -> None:
    said = because(OFFICE, kyiv("24.12.2026 16:30"), parse_length("2wd"), "ru")
    assert said == (
        "чт 24.12.2026 16:30 + 2wd = вт 29.12.2026 18:00 (календарь office; рабочие: 28.12, 29.12; "
        "выходные: 25.12, 26.12, 27.12; из дат календаря: 25.12 выходной)"
    )


def test_the_trail_of_hours_counts_its_own_day() -> None:
    said = because(OFFICE, kyiv("24.12.2026 12:00"), parse_length("4wh"))
    assert "worked: 24.12, 28.12" in said
    assert "dates in it: 24.12 09:00-13:00, 25.12 closed" in said


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@pytest.mark.parametrize("length", ["2wd", "9wh", "90m", "2wd at 10:00"])
def test_a_trail_that_was_noted_is_said_in_another_language(length: str, language: str) -> None:
    closed = replace(OFFICE, name="closed")
    start, formula = kyiv("24.12.2026 12:00"), parse_length(length)
    assert retold(because(closed, start, formula), language) == because(closed, start, formula, language)


def test_a_pause_and_what_a_step_waits_for_are_said_in_the_readers_language_too() -> None:
    paused = "Thu 19.11.2026 10:00 + 1d = Fri 20.11.2026 10:00; stood still 23.11.2026 12:00 – ?"
    assert retold(paused, "uk").endswith("; стояло 23.11.2026 12:00 – ?")
    assert (
        retold("waits for invoice.due", "ru", {"invoice.due": "Срок оплаты"}.__getitem__)
        == "ждёт вот чего: Срок оплаты"
    )


def test_the_trail_of_plain_time_needs_no_calendar() -> None:
    assert because(OFFICE, kyiv("23.11.2026 15:00"), parse_length("90m")) == (
        "Mon 23.11.2026 15:00 + 90m = Mon 23.11.2026 16:30"
    )


def test_a_calendar_without_days_left_says_so() -> None:
    once = Calendar("Europe/Kyiv", {}, {date(2026, 11, 23): ((540, 600),)}, "once")
    with pytest.raises(OverflowError, match="no working day left"):
        once.add(kyiv("23.11.2026 09:00"), parse_length("1wd"))


@pytest.mark.parametrize(
    ("first", "last", "open_for"),
    [
        ("23.11.2026 08:00", "23.11.2026 20:00", timedelta(hours=8)),
        ("23.11.2026 12:30", "23.11.2026 14:30", timedelta(hours=1)),
        ("24.12.2026 12:00", "28.12.2026 12:00", timedelta(hours=4)),
        ("24.11.2026 10:00", "23.11.2026 17:00", timedelta(hours=-2)),
    ],
)
def test_working_time_between_counts_open_hours_only(first: str, last: str, open_for: timedelta) -> None:
    assert OFFICE.working_time_between(kyiv(first), kyiv(last)) == open_for


def test_an_office_is_open_until_it_closes() -> None:
    moments = ("09:00", "12:59", "13:00", "13:30", "17:59", "18:00")
    assert [OFFICE.is_open(kyiv(f"23.11.2026 {at}")) for at in moments] == [True, True, False, False, True, False]


NIGHTS = parse_calendar("nights", {"zone": "Europe/Kyiv", "week": {"mon-sun": "00:00-06:00"}})


@pytest.mark.parametrize(("day", "hours"), [("28.03.2026", 6), ("29.03.2026", 5), ("25.10.2026", 7)])
def test_the_night_of_a_clock_change_has_as_many_hours_as_really_pass(day: str, hours: int) -> None:
    midnight = kyiv(f"{day} 00:00")
    assert NIGHTS.working_time_between(midnight, midnight + timedelta(hours=12)) == timedelta(hours=hours)


def test_a_close_that_the_clock_change_skips_is_the_moment_of_the_change() -> None:
    office = parse_calendar("o", {"zone": "Europe/Kyiv", "week": {"mon-sun": "01:00-03:30"}})
    assert office.add(kyiv("28.03.2026 12:00"), parse_length("1wd")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_intervals_stay_apart_when_the_clock_change_swallows_what_lies_between() -> None:
    office = parse_calendar("o", {"zone": "Europe/Kyiv", "week": {"mon-sun": "03:00-03:30, 03:45-05:00"}})
    midnight = kyiv("29.03.2026 00:00")
    assert office.working_time_between(midnight, midnight + timedelta(hours=12)) == timedelta(hours=1)


def test_leave_that_ends_before_it_begins_closes_nothing() -> None:
    hers = OFFICE.away([(date(2026, 11, 25), date(2026, 11, 24))], "olena")
    assert (hers.name, hers.hours(date(2026, 11, 24))) == ("office", OFFICE.hours(date(2026, 11, 24)))


def test_the_version_of_a_calendar_changes_with_its_zone_its_week_and_its_dates_alone() -> None:
    same, zone = replace(OFFICE, name="другий"), replace(OFFICE, zone="Europe/Warsaw")
    week = replace(OFFICE, week={**OFFICE.week, 5: ((600, 700),)})
    dates = replace(OFFICE, dates={**OFFICE.dates, date(2026, 12, 31): ()})
    assert same.version == OFFICE.version
    assert len({one.version for one in (OFFICE, zone, week, dates)}) == 4
    assert len(OFFICE.version) == 8


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        ("21.11.2026 12:00", "-1wd", "20.11.2026 18:00"),
        ("21.11.2026 12:00", "-1wh", "20.11.2026 17:00"),
        ("23.11.2026 09:00", "-1wh", "20.11.2026 17:00"),
        ("23.11.2026 14:00", "-1wh", "23.11.2026 12:00"),
        ("23.11.2026 18:00", "-4wh", "23.11.2026 14:00"),
        ("23.11.2026 18:00", "-5wh", "23.11.2026 12:00"),
        ("23.11.2026 13:00", "0wh", "23.11.2026 14:00"),
        ("23.11.2026 09:00", "4wh", "23.11.2026 13:00"),
        ("23.11.2026 10:00", "0wd at 12:00", "23.11.2026 12:00"),
        ("23.11.2026 15:00", "-1d", "22.11.2026 15:00"),
        ("23.11.2026 15:00", "-1w at 09:00", "16.11.2026 09:00"),
    ],
)
def test_a_length_is_counted_backwards_too_and_up_to_the_minute_of_a_close(start: str, length: str, due: str) -> None:
    assert OFFICE.add(kyiv(start), parse_length(length)) == kyiv(due)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        ("1wd", "no working day left around 23.11.2026"),
        ("-1wd", "no working day left around 23.11.2026"),
        ("3wh", "no working hours left after 23.11.2026"),
        ("-3wh", "no working hours left before 23.11.2026"),
    ],
)
def test_a_calendar_that_comes_to_its_end_says_from_where(length: str, told: str) -> None:
    once = Calendar("Europe/Kyiv", {}, {date(2026, 11, 23): ((540, 600),)}, "once")
    with pytest.raises(OverflowError, match=told):
        once.add(kyiv("23.11.2026 09:30"), parse_length(length))


def test_a_client_is_never_written_to_where_no_day_is_left() -> None:
    once = Calendar("Europe/Kyiv", {}, {date(2026, 11, 23): ((540, 600),)}, "once")
    with pytest.raises(OverflowError, match="has no working day after 24"):
        once.next_contact(kyiv("24.11.2026 09:00"), (540, 1140))


def test_a_calendar_that_works_once_in_three_years_is_found_and_one_later_is_not() -> None:
    rare = Calendar("Europe/Kyiv", {}, {date(2026, 11, 23): ((540, 600),), date(2029, 11, 20): ((540, 600),)}, "rare")
    assert rare.add(kyiv("23.11.2026 09:30"), parse_length("1wd")) == kyiv("20.11.2029 10:00")
    later = Calendar("Europe/Kyiv", {}, {date(2029, 12, 20): ((540, 600),)}, "later")
    with pytest.raises(OverflowError):
        later.add(kyiv("23.11.2026 09:30"), parse_length("1wd"))


def test_leave_closes_the_days_from_its_first_to_its_last() -> None:
    hers = OFFICE.away([(date(2026, 11, 24), date(2026, 11, 25))], "olena")
    assert hers.add(kyiv("23.11.2026 15:00"), parse_length("1wd")) == kyiv("26.11.2026 18:00")
    assert hers.name == "olena"


def test_the_version_of_a_calendar_changes_with_any_day_and_with_nothing_else() -> None:
    same = Calendar(
        OFFICE.zone, dict(reversed(list(OFFICE.week.items()))), dict(reversed(list(OFFICE.dates.items()))), "other"
    )
    other = OFFICE.away([(date(2026, 11, 24), date(2026, 11, 24))], "office")
    assert (same.version == OFFICE.version, other.version == OFFICE.version) == (True, False)
