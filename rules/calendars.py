"""Working calendars and the arithmetic of lengths. Zones appear here; what comes in and goes out is aware UTC."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bridge.model.wording import worded
from rules.lengths import Length

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Opening intervals of one day in minutes from midnight: ((540, 780), (840, 1080)). Empty for a closed day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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


@lru_cache(maxsize=8192)
def _opening(day: date, hours: Hours, zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The hours of a day as real time, in order and apart. What the clock change skips is nobody's working time."""
    made: list[tuple[datetime, datetime]] = []
    for opens, closes in hours:
        begin, end = _edge(day, opens, zone), _edge(day, closes, zone)
        if begin < end:
            made.append((begin, end))
    return tuple(made)


def _edge(day: date, minute: int, zone: str) -> datetime:
    """Where an interval begins or ends: a time that the clock change skips is the moment of the change."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - becomes aware below
    there = ZoneInfo(zone)
    after = local.replace(tzinfo=there).astimezone(UTC)
    if after.astimezone(there).replace(tzinfo=None) == local:
        return after
    before = local.replace(tzinfo=there, fold=1).astimezone(UTC)
    new = after.astimezone(there).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        if middle.astimezone(there).utcoffset() == new:
            after = middle
        else:
            before = middle
    return (after + timedelta(seconds=30)).replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office, a client or a person works: hours by weekday (0 = Monday), and by date where a date differs.

    `version` changes exactly when the zone, a weekday or a date does.
    """

    zone: str
    week: Mapping[int, Hours]
    dates: Mapping[date, Hours] = field(default_factory=dict)
    name: str = ""
    version: str = field(init=False, compare=False, default="")

    def __post_init__(self) -> None:
        said = (self.zone, sorted(self.week.items()), sorted((day.isoformat(), at) for day, at in self.dates.items()))
        object.__setattr__(self, "version", hashlib.sha256(repr(said).encode()).hexdigest()[:8])

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

    def away(self, spans: Iterable[tuple[date, date]], name: str) -> Calendar:
        """This calendar without work on the days of these spans, first and last included: a person's, with leave."""
        days = [first + timedelta(days=count) for first, last in spans for count in range((last - first).days + 1)]
        return replace(self, dates={**self.dates, **dict.fromkeys(days, ())}, name=name) if days else self

    def add(self, start: datetime, length: Length) -> datetime:
        """The moment that the length comes to, counted from `start` (aware). Raises OverflowError when no day is left.

        N wd is the close of the N-th working day after the date of the start: that date itself does not count. 0wd is
        the close of that day or of the next working one, 0wh the next moment at which somebody works.
        """
        if length.unit == "wd":
            day = self._working_day(self.local(start).date(), length.count)
            if length.at is not None:
                return self.instant(day, length.at)
            return _edge(day, self.hours(day)[-1][1], self.zone)
        if length.unit == "wh":
            hours = timedelta(hours=length.count)
            return self._forth(start, hours) if hours >= timedelta() else self._back(start, -hours)
        return shifted(start, length, self.zone)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody works at that moment; at the moment of closing nobody does any more."""
        return any(opens <= moment < closes for opens, closes in self._opening(self.local(moment).date()))

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie after the date of `start`, up to and with the date of `end`. Negative backwards."""
        first, last = self.local(start).date(), self.local(end).date()
        if last < first:
            return -self.working_days_between(end, start)
        days = (first + timedelta(days=count) for count in range(1, (last - first).days + 1))
        return sum(1 for day in days if self.hours(day))

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """For how long the office was open between the two. Negative backwards."""
        if end < start:
            return -self.working_time_between(end, start)
        first, last = self.local(start).date(), self.local(end).date()
        spans = (
            min(closes, end) - max(opens, start)
            for count in range((last - first).days + 1)
            for opens, closes in self._opening(first + timedelta(days=count))
        )
        return sum((span for span in spans if span > timedelta()), timedelta())

    def next_contact(self, moment: datetime, window: tuple[int, int]) -> datetime:
        """The first moment from `moment` on inside contact hours of a working day. The end of the window is outside."""
        local = self.local(moment)
        for day in self._days(local.date(), 1):
            if not self.hours(day):
                continue
            opens, closes = self.instant(day, window[0]), self.instant(day, window[1])
            if moment < closes:
                return max(moment.astimezone(UTC), opens)
        raise OverflowError(
            worded('calendar "{name}" has no working day after {day}', name=self.name, day=f"{local:%d.%m.%Y}")
        )

    def _opening(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        return _opening(day, self.hours(day), self.zone)

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
        raise OverflowError(
            worded('calendar "{name}" has no working day left around {day}', name=self.name, day=f"{day:%d.%m.%Y}")
        )

    def _days(self, day: date, step: int) -> Iterator[date]:
        """Days from `day` on, until too many in a row had no work."""
        idle = 0
        while idle <= _FURTHEST:
            yield day
            idle = 0 if self.hours(day) else idle + 1
            day += timedelta(days=step)

    def _forth(self, start: datetime, amount: timedelta) -> datetime:
        start = start.astimezone(UTC)
        for day in self._days(self.local(start).date(), 1):
            for opens, closes in self._opening(day):
                begin = max(opens, start)
                if begin >= closes:
                    continue
                if amount <= closes - begin:
                    return begin + amount
                amount -= closes - begin
        raise OverflowError(
            worded(
                'calendar "{name}" has no working hours left after {day}',
                name=self.name,
                day=f"{self.local(start):%d.%m.%Y}",
            )
        )

    def _back(self, start: datetime, amount: timedelta) -> datetime:
        start = start.astimezone(UTC)
        for day in self._days(self.local(start).date(), -1):
            for opens, closes in reversed(self._opening(day)):
                end = min(closes, start)
                if opens >= end:
                    continue
                if amount <= end - opens:
                    return end - amount
                amount -= end - opens
        raise OverflowError(
            worded(
                'calendar "{name}" has no working hours left before {day}',
                name=self.name,
                day=f"{self.local(start):%d.%m.%Y}",
            )
        )
