"""Working calendars and the arithmetic of lengths. Zones appear here; what comes in and goes out is aware UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bridge.model.findings import did_you_mean
from rules.flaws import Flaw, Flawed, written
from rules.lengths import Length

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Opening intervals of one day in minutes from midnight: ((540, 780), (840, 1080)). Empty for a closed day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INTERVAL = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*\Z")
_FURTHEST = 3 * 366
"""Days without any work in between after which a calendar counts as having none left."""


def instant(day: date, minute: int, zone: str) -> datetime:
    """That time of that day as UTC. A time that the clock change skips moves forward, a doubled one is the first."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - becomes aware below
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shifted(start: datetime, length: Length, zone: str) -> datetime:
    """`start` moved by a length that needs no calendar: days and weeks on the wall clock, hours and minutes elapsed."""
    count = length.count
    match length.unit:
        case "h":
            return start.astimezone(UTC) + timedelta(hours=count)
        case "m":
            return start.astimezone(UTC) + timedelta(minutes=count)
        case "d" | "w":
            local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(
                days=count * (7 if length.unit == "w" else 1)
            )
            if length.at is not None:
                return instant(local.date(), length.at, zone)
            return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    raise ValueError(f"{length} needs a calendar")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office, a client or a person works: hours by weekday (0 = Monday), and by date where a date differs."""

    zone: str
    week: Mapping[int, Hours]
    dates: Mapping[date, Hours] = field(default_factory=dict)
    name: str = ""

    def hours(self, day: date) -> Hours:
        """The opening intervals of that day."""
        special = self.dates.get(day)
        return self.week.get(day.weekday(), ()) if special is None else special

    def local(self, moment: datetime) -> datetime:
        """The moment on the calendar's wall clock."""
        return moment.astimezone(ZoneInfo(self.zone))

    def instant(self, day: date, minute: int = 0) -> datetime:
        """That time of that day as UTC: 0 is where a date begins."""
        return instant(day, minute, self.zone)

    def add(self, start: datetime, length: Length) -> datetime:
        """The moment that the length comes to, counted from `start` (aware). Raises OverflowError when no day is left.

        N wd is the close of the N-th working day after the date of the start: that date itself does not count. 0wd is
        the close of that day or of the next working one, 0wh the next moment at which somebody works.
        """
        if length.unit == "wd":
            day = self._working_day(self.local(start).date(), length.count)
            return self.instant(day, self.hours(day)[-1][1] if length.at is None else length.at)
        if length.unit == "wh":
            return self._add_hours(start, timedelta(hours=length.count))
        return shifted(start, length, self.zone)

    def next_open(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which somebody works."""
        return self._add_hours(moment, timedelta())

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie after the date of `start`, up to and with the date of `end`. Negative backwards."""
        first, last = self.local(start).date(), self.local(end).date()
        if last < first:
            return -self.working_days_between(end, start)
        days = (first + timedelta(days=count) for count in range(1, (last - first).days + 1))
        return sum(1 for day in days if self.hours(day))

    def next_contact(self, moment: datetime, window: tuple[int, int]) -> datetime:
        """The first moment from `moment` on inside contact hours of a working day. The end of the window is outside."""
        local = self.local(moment)
        for day in self._days(local.date(), 1):
            if not self.hours(day):
                continue
            opens, closes = self.instant(day, window[0]), self.instant(day, window[1])
            if moment < closes:
                return max(moment.astimezone(UTC), opens)
        raise OverflowError(f'calendar "{self.name}" has no working day after {local:%d.%m.%Y}')

    def because(self, start: datetime, length: Length, language: str = "en") -> str:
        """Why the length comes to where it does, for people: the days that counted and those that did not."""
        words = _WORDS.get(language, _WORDS["en"])
        due, begin = self.local(self.add(start, length)), self.local(start)
        trail = f"{_day(begin, words)} {begin:%H:%M} + {length} = {_day(due, words)} {due:%H:%M}"
        if not length.working:
            return trail
        first, last = sorted((begin.date(), due.date()))
        days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
        closed = [day for day in days if not self.hours(day)]
        counted = [day for day in days if self.hours(day) and (length.unit == "wh" or day != begin.date())]
        parts = [f"{words['calendar']} {self.name}"] if self.name else []
        parts += [f"{words['counted']}: {_listed(counted)}"] if counted else []
        parts += [f"{words['closed']}: {_listed(closed)}"] if closed else []
        return f"{trail} ({'; '.join(parts)})" if parts else trail

    def _working_day(self, day: date, count: int) -> date:
        """The count-th working day after `day`; for 0 the day itself or the next one; for less than 0 backwards."""
        if count == 0 and self.hours(day):
            return day
        left = max(abs(count), 1)
        for other in self._days(day, -1 if count < 0 else 1):
            if other != day and self.hours(other):
                left -= 1
                if left == 0:
                    return other
        raise OverflowError(f'calendar "{self.name}" has no working day left around {day:%d.%m.%Y}')

    def _days(self, day: date, step: int) -> Iterator[date]:
        """Days from `day` on, until too many in a row had no work."""
        idle = 0
        while idle <= _FURTHEST:
            yield day
            idle = 0 if self.hours(day) else idle + 1
            day += timedelta(days=step)

    def _add_hours(self, start: datetime, amount: timedelta) -> datetime:
        if amount < timedelta():
            return self._subtract_hours(start, -amount)
        local = self.local(start).replace(tzinfo=None)
        for day in self._days(local.date(), 1):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clock of the calendar's zone
            for opens, closes in self.hours(day):
                begin, end = max(midnight + timedelta(minutes=opens), local), midnight + timedelta(minutes=closes)
                if begin >= end:
                    continue
                if amount <= end - begin:
                    return max(self._utc(begin + amount), start.astimezone(UTC))
                amount -= end - begin
        raise OverflowError(f'calendar "{self.name}" has no working hours left after {local:%d.%m.%Y}')

    def _subtract_hours(self, start: datetime, amount: timedelta) -> datetime:
        local = self.local(start).replace(tzinfo=None)
        for day in self._days(local.date(), -1):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clock of the calendar's zone
            for opens, closes in reversed(self.hours(day)):
                begin, end = midnight + timedelta(minutes=opens), min(midnight + timedelta(minutes=closes), local)
                if begin >= end:
                    continue
                if amount <= end - begin:
                    return min(self._utc(end - amount), start.astimezone(UTC))
                amount -= end - begin
        raise OverflowError(f'calendar "{self.name}" has no working hours left before {local:%d.%m.%Y}')

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


_WORDS = {
    "uk": {"days": "пн вт ср чт пт сб нд", "calendar": "календар", "counted": "робочі", "closed": "вихідні"},
    "ru": {"days": "пн вт ср чт пт сб вс", "calendar": "календарь", "counted": "рабочие", "closed": "выходные"},
    "en": {"days": "Mon Tue Wed Thu Fri Sat Sun", "calendar": "calendar", "counted": "worked", "closed": "closed"},
}


def _day(moment: datetime, words: Mapping[str, str]) -> str:
    return f"{words['days'].split()[moment.weekday()]} {moment:%d.%m.%Y}"


def _listed(days: list[date]) -> str:
    shown = [f"{day:%d.%m}" for day in days]
    return ", ".join(shown if len(shown) <= 7 else [*shown[:3], "…", *shown[-3:]])


def parse_hours(text: object) -> Hours:
    """The intervals of "09:00-13:00, 14:00-18:00"; none for "closed". Raises ValueError with advice."""
    if text == "closed":
        return ()
    if not isinstance(text, str):
        raise ValueError(f'hours {written(text)} are not understood (write "09:00-18:00" or closed)')
    hours: list[tuple[int, int]] = []
    for part in text.split(","):
        found = _INTERVAL.match(part)
        if found is None:
            raise ValueError(f'hours "{text}" are not understood (write "09:00-13:00, 14:00-18:00" or closed)')
        opens, closes = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if int(found[2]) > 59 or int(found[4]) > 59 or closes > 24 * 60:
            raise ValueError(f'hours "{text}": no such time of the day')
        if opens >= closes or (hours and opens < hours[-1][1]):
            raise ValueError(f'hours "{text}" are in the wrong order')
        hours.append((opens, closes))
    return tuple(hours)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """The weekdays (0 = Monday) of "mon-fri", "sat" or "mon, wed". Raises ValueError with advice."""
    days: list[int] = []
    for part in text.split(","):
        ends = [end.strip().casefold() for end in part.split("-")]
        for end in ends:
            if end not in DAYS:
                raise ValueError(f'"{end}" is not a weekday ({did_you_mean(end, DAYS)})')
        if len(ends) > 2 or DAYS.index(ends[0]) > DAYS.index(ends[-1]):
            raise ValueError(f'weekdays "{part.strip()}" are not understood (write mon-fri)')
        days += range(DAYS.index(ends[0]), DAYS.index(ends[-1]) + 1)
    return tuple(days)


def parse_calendar(name: str, data: object) -> Calendar:
    """The calendar that `data` (loaded YAML) says. Raises Flawed with every mistake."""
    if not isinstance(data, dict):
        raise Flawed([Flaw("wrong-type", f"expected zone:, week: and dates:, got {written(data)}")])
    keys = ("zone", "week", "dates")
    flaws = [
        Flaw("unknown-key", f'unknown key "{key}"', did_you_mean(key, keys), (key,), key=True)
        for key in data
        if key not in keys
    ]
    flaws += [Flaw("missing-key", f'key "{key}" is missing') for key in ("zone", "week") if key not in data]
    zone, week = data.get("zone"), _hours_by(data.get("week", {}), "week", parse_weekdays, flaws)
    dates = _hours_by(data.get("dates") or {}, "dates", _date_keys, flaws)
    if "zone" in data and not _is_zone(zone):
        advice = did_you_mean(zone, available_timezones()) if isinstance(zone, str) else "write Europe/Kyiv"
        flaws.append(Flaw("unknown-zone", f"{written(zone)} is not a time zone", advice, ("zone",)))
    if not flaws and not any(week.values()):
        flaws.append(Flaw("empty-calendar", f'calendar "{name}" has no working day', path=("week",)))
    if flaws:
        raise Flawed(flaws)
    return Calendar(str(zone), week, dates, name)


_K = TypeVar("_K", int, date)


def _hours_by(data: object, section: str, keys: Callable[[str], tuple[_K, ...]], flaws: list[Flaw]) -> dict[_K, Hours]:
    """Hours by weekday or by date; mistakes are added to `flaws`."""
    if not isinstance(data, dict):
        flaws.append(Flaw("wrong-type", f"expected days and their hours, got {written(data)}", path=(section,)))
        return {}
    made: dict[_K, Hours] = {}
    for key, value in data.items():
        try:
            made |= dict.fromkeys(keys(str(key)), ())
        except ValueError as error:
            flaws.append(Flaw("bad-day", str(error), path=(section, key), key=True))
            continue
        try:
            made |= dict.fromkeys(keys(str(key)), parse_hours(value))
        except ValueError as error:
            flaws.append(Flaw("bad-hours", str(error), path=(section, key)))
    return made


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _date_keys(text: str) -> tuple[date, ...]:
    try:
        return (date.fromisoformat(text),)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date (write 2026-12-24)') from error
