"""Working time: what always holds, in four zones, in offices by day and at night, over every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar_entries import parse_calendar
from rules.calendars import Calendar, Hours, shifted
from rules.lengths import Length

ZONES = ("Europe/Kyiv", "Europe/Chisinau", "Europe/Moscow", "Europe/Warsaw")
"""Three zones with clock changes, and one without."""
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
COUNTS = st.integers(0, 40)
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))
CLOSED: Hours = ()
QUARTERS = 24 * 4


def one_day(last: int = QUARTERS) -> st.SearchStrategy[Hours]:
    """One to three intervals anywhere in the day up to that quarter of an hour, the hours of the clock change too."""
    edges = st.lists(st.integers(0, last).map(lambda quarter: quarter * 15), min_size=2, max_size=6, unique=True)
    return edges.map(lambda found: tuple(zip(sorted(found)[::2], sorted(found)[1::2], strict=False)))


@st.composite
def calendars(draw: st.DrawFn, last: int = QUARTERS) -> Calendar:
    """A calendar with some working days, and some dates of its own."""
    hours = one_day(last)
    week = {0: draw(hours), **draw(st.dictionaries(st.integers(1, 6), hours))}
    dates = draw(st.dictionaries(DATES, st.one_of(st.just(CLOSED), hours), max_size=20))
    return Calendar(draw(st.sampled_from(ZONES)), week, dates, "drawn")


BEFORE_MIDNIGHT = calendars(QUARTERS - 1)
"""A close at 24:00 is the first moment of the next date, and would count as that one."""


def wd(count: int) -> Length:
    return Length(count, "wd")


def wh(count: int) -> Length:
    return Length(count, "wh")


@given(BEFORE_MIDNIGHT, MOMENTS, COUNTS, COUNTS)
def test_working_days_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    middle = calendar.add(start, wd(first + 1))
    assert calendar.add(middle, wd(second + 1)) == calendar.add(start, wd(first + second + 2))


@given(calendars(), MOMENTS, COUNTS, COUNTS)
def test_working_hours_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    middle = calendar.add(start, wh(first))
    assert calendar.add(middle, wh(second + 1)) == calendar.add(start, wh(first + second + 1))


@given(calendars(), MOMENTS, st.integers(-40, 40))
def test_the_working_hours_that_were_added_lie_between(calendar: Calendar, start: datetime, count: int) -> None:
    assert calendar.working_time_between(start, calendar.add(start, wh(count))) == timedelta(hours=count)


@given(BEFORE_MIDNIGHT, MOMENTS, COUNTS)
def test_the_working_days_that_were_added_lie_between(calendar: Calendar, start: datetime, count: int) -> None:
    assert calendar.working_days_between(start, calendar.add(start, wd(count + 1))) == count + 1
    assert calendar.working_days_between(calendar.add(start, wd(-count - 1)), start) == count + bool(
        calendar.hours(calendar.local(start).date())
    )


@given(calendars(), MOMENTS, st.integers(1, 40))
def test_subtracting_the_hours_that_were_added_leads_back(calendar: Calendar, start: datetime, count: int) -> None:
    back = calendar.add(calendar.add(start, wh(count)), wh(-count))
    assert calendar.working_time_between(start, back) == timedelta()
    assert calendar.add(back, wh(0)) == calendar.add(start, wh(0))


@given(BEFORE_MIDNIGHT, MOMENTS, st.integers(1, 40))
def test_subtracting_the_days_that_were_added_leads_back(calendar: Calendar, start: datetime, count: int) -> None:
    """To the close of the day of the start, or of the last working day before it when nobody worked on it."""
    back = calendar.add(calendar.add(start, wd(count)), wd(-count))
    day = calendar.local(start).date()
    expected = calendar.add(start, wd(0)) if calendar.hours(day) else calendar.add(start, wd(-1))
    assert back == expected


@given(calendars(), MOMENTS, st.integers(0, 60 * 24 * 5), st.integers(-40, 40), st.sampled_from(["wd", "wh", "h", "m"]))
def test_a_later_start_is_never_due_earlier(
    calendar: Calendar, start: datetime, minutes: int, count: int, unit: str
) -> None:
    length = Length(count, unit)
    assert calendar.add(start, length) <= calendar.add(start + timedelta(minutes=minutes), length)


@given(calendars(), MOMENTS, COUNTS, COUNTS, st.sampled_from(["wd", "wh", "d", "w", "h", "m"]))
def test_a_longer_length_is_never_due_earlier(
    calendar: Calendar, start: datetime, count: int, more: int, unit: str
) -> None:
    shorter, longer = Length(count, unit), Length(count + more, unit)
    assert calendar.add(start, shorter) <= calendar.add(start, longer)


@given(calendars(), MOMENTS, st.integers(-40, 40), st.sampled_from(["wd", "wh"]))
def test_a_working_length_never_ends_outside_work(calendar: Calendar, start: datetime, count: int, unit: str) -> None:
    """It ends while somebody works, or at the very moment of opening or closing."""
    due = calendar.add(start, Length(count, unit))
    assert calendar.is_open(due) or calendar.is_open(due - timedelta(microseconds=1))


@given(calendars(), MOMENTS, COUNTS, st.sampled_from(["wd", "wh"]), DATES)
def test_closing_a_day_never_makes_a_deadline_earlier(
    calendar: Calendar, start: datetime, count: int, unit: str, day: date
) -> None:
    length = Length(count + 1, unit)
    assert calendar.away([(day, day)], "").add(start, length) >= calendar.add(start, length)


@given(calendars(), MOMENTS)
def test_what_is_open_stays_where_it_is(calendar: Calendar, moment: datetime) -> None:
    opens = calendar.add(moment, wh(0))
    assert calendar.is_open(opens)
    assert calendar.add(opens, wh(0)) == opens >= moment
    assert (opens == moment) == calendar.is_open(moment)


@given(calendars(), MOMENTS, st.integers(0, 23 * 60), st.integers(1, 60))
def test_contact_hours_are_on_working_days(calendar: Calendar, moment: datetime, opens: int, minutes: int) -> None:
    contact = calendar.next_contact(moment, (opens, opens + minutes))
    assert contact >= moment
    assert calendar.hours(calendar.local(contact).date())


@given(st.sampled_from(ZONES), MOMENTS, st.integers(-300, 300))
def test_days_keep_the_wall_clock_or_move_forward_by_what_is_skipped(zone: str, start: datetime, count: int) -> None:
    before = start.astimezone(ZoneInfo(zone))
    after = shifted(start, Length(count, "d"), zone).astimezone(ZoneInfo(zone))
    wall = before.replace(tzinfo=None) + timedelta(days=count)
    assert after.replace(tzinfo=None) - wall in (timedelta(), timedelta(hours=1))


@given(MOMENTS, st.integers(-300, 300), st.sampled_from(["h", "m"]))
def test_elapsed_time_leads_back_whatever_the_clocks_did(moment: datetime, count: int, unit: str) -> None:
    there = shifted(moment, Length(count, unit), "Europe/Kyiv")
    assert shifted(there, Length(-count, unit), "Europe/Kyiv") == moment


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("Europe/Kyiv", "2026-03-30 10:00+03:00", "2026-10-26 10:00+02:00"),
        ("Europe/Chisinau", "2026-03-30 10:00+03:00", "2026-10-26 10:00+02:00"),
        ("Europe/Moscow", "2026-03-30 10:00+03:00", "2026-10-26 10:00+03:00"),
        ("Europe/Warsaw", "2026-03-30 10:00+02:00", "2026-10-26 10:00+01:00"),
    ],
)
def test_two_hours_over_a_weekend_of_a_clock_change_are_two_hours_of_work(zone: str, spring: str, autumn: str) -> None:
    office = parse_calendar("office", {"zone": zone, "week": {"mon-fri": "09:00-18:00"}})
    for friday, due in ((date(2026, 3, 27), spring), (date(2026, 10, 23), autumn)):
        start = office.instant(friday, 17 * 60)
        assert office.add(start, wh(2)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Kyiv", "2026-03-29T00:59+00:00", "2026-03-29T01:00+00:00"),
        ("Europe/Chisinau", "2026-03-29T00:59+00:00", "2026-03-29T01:00+00:00"),
        ("Europe/Warsaw", "2026-03-29T00:59+00:00", "2026-03-29T01:00+00:00"),
    ],
)
def test_clocks_change_when_the_pinned_zone_data_says(zone: str, before: str, after: str) -> None:
    """Chisinau changed an hour earlier by the data of 2025: that of a machine must not count."""
    moments = [datetime.fromisoformat(text).astimezone(ZoneInfo(zone)) for text in (before, after)]
    assert moments[1].utcoffset() - moments[0].utcoffset() == timedelta(hours=1)  # type: ignore[operator]
