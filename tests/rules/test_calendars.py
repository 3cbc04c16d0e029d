"""Working time: the table that defines it, and what always holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendars import Calendar, parse_calendar, parse_hours, parse_weekdays, shifted
from rules.flaws import Flawed
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
def test_next_open_is_now_or_the_next_opening(moment: str, opens: str) -> None:
    assert OFFICE.next_open(kyiv(moment)) == kyiv(opens)


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
    said = OFFICE.because(kyiv("20.11.2026 15:00"), parse_length("2wd"), "uk")
    assert said == (
        "пт 20.11.2026 15:00 + 2wd = вт 24.11.2026 18:00 (календар office; робочі: 23.11, 24.11; вихідні: 21.11, 22.11)"
    )


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
COUNTS = st.integers(0, 40)


@given(MOMENTS, COUNTS, COUNTS)
def test_working_days_add_up(start: datetime, first: int, second: int) -> None:
    middle = OFFICE.add(start, parse_length(f"{first + 1}wd"))
    whole = OFFICE.add(start, parse_length(f"{first + 1 + second + 1}wd"))
    assert OFFICE.add(middle, parse_length(f"{second + 1}wd")) == whole


@given(MOMENTS, COUNTS, COUNTS)
def test_working_hours_add_up(start: datetime, first: int, second: int) -> None:
    middle, whole = OFFICE.add(start, parse_length(f"{first}wh")), parse_length(f"{first + second + 1}wh")
    assert OFFICE.add(middle, parse_length(f"{second + 1}wh")) == OFFICE.add(start, whole)


@given(MOMENTS, COUNTS)
def test_days_between_undo_adding(start: datetime, count: int) -> None:
    assert OFFICE.working_days_between(start, OFFICE.add(start, parse_length(f"{count + 1}wd"))) == count + 1


@given(MOMENTS, st.integers(0, 60 * 24 * 5), COUNTS, st.sampled_from(["wd", "wh", "d", "h"]))
def test_a_later_start_is_never_due_earlier(start: datetime, minutes: int, count: int, unit: str) -> None:
    length = parse_length(f"{count}{unit}")
    assert OFFICE.add(start, length) <= OFFICE.add(start + timedelta(minutes=minutes), length)


@given(MOMENTS, COUNTS, st.sampled_from(["wd", "wh"]), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_closing_a_day_never_makes_a_deadline_earlier(start: datetime, count: int, unit: str, day: date) -> None:
    length = parse_length(f"{count + 1}{unit}")
    closed = Calendar(OFFICE.zone, OFFICE.week, {**OFFICE.dates, day: ()}, "office")
    assert closed.add(start, length) >= OFFICE.add(start, length)


@given(MOMENTS)
def test_what_is_open_stays_where_it_is(moment: datetime) -> None:
    opens = OFFICE.next_open(moment)
    assert OFFICE.next_open(opens) == opens >= moment


@given(MOMENTS, st.integers(-300, 300))
def test_moving_there_and_back_by_hours_is_nothing(moment: datetime, count: int) -> None:
    there = shifted(moment, parse_length(f"{count}h"), "Europe/Kyiv")
    assert shifted(there, parse_length(f"{-count}h"), "Europe/Kyiv") == moment


def test_a_calendar_without_days_left_says_so() -> None:
    once = Calendar("Europe/Kyiv", {}, {date(2026, 11, 23): ((540, 600),)}, "once")
    with pytest.raises(OverflowError, match="no working day left"):
        once.add(kyiv("23.11.2026 09:00"), parse_length("1wd"))


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


def test_weekdays_are_read_and_misspelt_ones_named() -> None:
    assert parse_weekdays("mon-wed, sat") == (0, 1, 2, 5)
    with pytest.raises(ValueError, match='did you mean "mon"'):
        parse_weekdays("mom-fri")


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
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
    ],
)
def test_a_mistake_in_a_calendar_is_placed(data: object, code: str, path: tuple[str, ...]) -> None:
    with pytest.raises(Flawed) as caught:
        parse_calendar("office", data)
    [flaw] = caught.value.flaws
    assert (flaw.code, flaw.path) == (code, path)
