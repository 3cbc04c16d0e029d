"""Calendars as admins write them: hours, weekdays, dates, and one calendar made like another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules.calendars import DAYS, Calendar, Hours
from rules.flaws import Flaw, Flawed, written

KEYS = ("like", "zone", "week", "dates")
_INTERVAL = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*\Z")
_LONGEST_SPAN = 366
_KNOWN_FROM = 11
"""The month from which on a calendar is expected to know the next year: by then governments have moved its days."""
_K = TypeVar("_K", int, date)


def parse_hours(text: object) -> Hours:
    """The intervals of "09:00-13:00, 14:00-18:00"; none for "closed". Raises ValueError with advice."""
    if text == "closed":
        return ()
    if not isinstance(text, str):
        raise ValueError(
            worded('hours {given} are not understood (write "09:00-18:00" or closed)', given=written(text))
        )
    hours: list[tuple[int, int]] = []
    for part in text.split(","):
        found = _INTERVAL.match(part)
        if found is None:
            raise ValueError(
                worded('hours "{text}" are not understood (write "09:00-13:00, 14:00-18:00" or closed)', text=text)
            )
        opens, closes = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if int(found[2]) > 59 or int(found[4]) > 59 or closes > 24 * 60:
            raise ValueError(worded('hours "{text}": no such time of the day', text=text))
        if opens >= closes or (hours and opens < hours[-1][1]):
            raise ValueError(worded('hours "{text}" are in the wrong order', text=text))
        hours.append((opens, closes))
    return tuple(hours)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """The weekdays (0 = Monday) of "mon-fri", "sat" or "mon, wed". Raises ValueError with advice."""
    days: list[int] = []
    for part in text.split(","):
        ends = [end.strip().casefold() for end in part.split("-")]
        for end in ends:
            if end not in DAYS:
                raise ValueError(worded('"{end}" is not a weekday ({advice})', end=end, advice=did_you_mean(end, DAYS)))
        if len(ends) > 2 or DAYS.index(ends[0]) > DAYS.index(ends[-1]):
            raise ValueError(worded('weekdays "{days}" are not understood (write mon-fri)', days=part.strip()))
        days += range(DAYS.index(ends[0]), DAYS.index(ends[-1]) + 1)
    return tuple(days)


def parse_dates(text: str) -> tuple[date, ...]:
    """The dates of "2026-12-24" or "2026-12-28..2027-01-08". Raises ValueError with advice."""
    ends = [end.strip() for end in text.split("..")]
    try:
        first, last = date.fromisoformat(ends[0]), date.fromisoformat(ends[-1])
        if len(ends) > 2 or any(len(end) != len("2026-12-24") for end in ends):
            raise ValueError(text)
    except ValueError as error:
        raise ValueError(
            worded('"{text}" is not a date (write 2026-12-24, or 2026-12-28..2027-01-08)', text=text)
        ) from error
    length = (last - first).days
    if length < 0:
        raise ValueError(worded('"{text}" ends before it begins', text=text))
    if length >= _LONGEST_SPAN:
        raise ValueError(worded('"{text}" is longer than a year', text=text))
    return tuple(first + timedelta(days=count) for count in range(length + 1))


def parse_calendar(name: str, data: object, others: Mapping[str, object] | None = None) -> Calendar:
    """The calendar that `data` (loaded YAML) says. Raises Flawed with every mistake.

    `others` are the data of all calendars by name: one of them may be named by `like:`, and what is not said here is as
    there. Mistakes of that one are its own: then Flawed has nothing in it.
    """
    return _calendar(name, data, others or {}, ())


def _calendar(name: str, data: object, others: Mapping[str, object], above: tuple[str, ...]) -> Calendar:
    if not isinstance(data, dict):
        raise Flawed([Flaw("wrong-type", worded("expected zone:, week: and dates:, got {given}", given=written(data)))])
    flaws = [
        Flaw("unknown-key", worded('unknown key "{key}"', key=key), did_you_mean(key, KEYS), (key,), key=True)
        for key in data
        if key not in KEYS
    ]
    base = _base(name, data["like"], others, above) if "like" in data else None
    if base is None:
        flaws += [
            Flaw("missing-key", worded('key "{key}" is missing', key=key))
            for key in ("zone", "week")
            if key not in data
        ]
    zone, week = data.get("zone"), _hours_by(data.get("week", {}), "week", parse_weekdays, flaws)
    dates = _hours_by(data.get("dates") or {}, "dates", parse_dates, flaws)
    if "zone" in data and not _is_zone(zone):
        advice = did_you_mean(zone, available_timezones()) if isinstance(zone, str) else "write Europe/Kyiv"
        flaws.append(Flaw("unknown-zone", worded("{given} is not a time zone", given=written(zone)), advice, ("zone",)))
    if base is not None:
        zone, week, dates = zone or base.zone, {**base.week, **week}, {**base.dates, **dates}
    if not flaws and not any(week.values()):
        flaws.append(Flaw("empty-calendar", worded('calendar "{name}" has no working day', name=name), path=("week",)))
    if flaws:
        raise Flawed(flaws)
    return Calendar(str(zone), week, dates, name)


def _base(name: str, like: object, others: Mapping[str, object], above: tuple[str, ...]) -> Calendar:
    """The calendar that another is made like."""
    way = (*above, name)
    if not isinstance(like, str) or like not in others:
        advice = did_you_mean(str(like), [other for other in others if other != name])
        raise Flawed(
            [Flaw("unknown-calendar", worded("unknown calendar {given}", given=written(like)), advice, ("like",))]
        )
    if like in way:
        raise Flawed(
            [
                Flaw(
                    "calendar-cycle",
                    worded("calendars like each other: {circle}", circle=" -> ".join((*way, like))),
                    "",
                    ("like",),
                )
            ]
        )
    try:
        return _calendar(like, others[like], others, way)
    except Flawed as error:
        raise Flawed(flaw for flaw in error.flaws if flaw.code == "calendar-cycle") from error


def _hours_by(data: object, section: str, keys: Callable[[str], tuple[_K, ...]], flaws: list[Flaw]) -> dict[_K, Hours]:
    """Hours by weekday or by date; mistakes are added to `flaws`. A day that is said twice is one: which would win?"""
    if not isinstance(data, dict):
        flaws.append(
            Flaw(
                "wrong-type", worded("expected days and their hours, got {given}", given=written(data)), path=(section,)
            )
        )
        return {}
    made: dict[_K, Hours] = {}
    for key, value in data.items():
        try:
            days = keys(str(key))
            if any(day in made for day in days):
                raise ValueError(worded('"{key}" names a day that is said above already', key=key))
        except ValueError as error:
            flaws.append(Flaw("bad-day", error.args[0], path=(section, key), key=True))
            continue
        made |= dict.fromkeys(days, ())
        try:
            made |= dict.fromkeys(days, parse_hours(value))
        except ValueError as error:
            flaws.append(Flaw("bad-hours", error.args[0], path=(section, key)))
    return made


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def missing_years(calendar: Calendar, today: date) -> tuple[int, ...]:
    """The years, this one and from November on the next, of which a calendar that has dates has none at all."""
    years = {day.year for day in calendar.dates}
    wanted = (today.year, *([today.year + 1] if today.month >= _KNOWN_FROM else []))
    return tuple(year for year in wanted if years and year not in years)
