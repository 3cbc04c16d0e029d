"""A clock that stands still for a while: when a length comes to its end, all pauses left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.model.planning import NEVER
from bridge.model.values import Plain, moment_text, parse_moment
from rules.calendars import Calendar
from rules.lengths import Length

_MOST = 3660
"""Working days that are tried before a pause counts as one without end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """From when to when the clock stands still; `until` is None while nobody knows."""

    since: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether that moment lies inside."""
        return self.since <= moment and (self.until is None or moment < self.until)


def end_of(calendar: Calendar, start: datetime, length: Length, pauses: Sequence[Pause]) -> datetime:
    """The moment that the length comes to when the clock stands still in the pauses (in order, apart); NEVER for none.

    A working day counts when its close lies outside every pause; other lengths move by the length of each pause that
    begins before they are over. What comes to a moment inside a pause waits for its end.
    """
    if length.unit == "wd" and length.count > 0:
        return _after(_working_days(calendar, start, length, pauses), pauses)
    due = calendar.add(start, length)
    for pause in pauses:
        if pause.since >= due or (pause.until is not None and pause.until <= start):
            continue
        if pause.until is None:
            return NEVER
        due += pause.until - max(pause.since, start)
    return _after(due, pauses)


def _working_days(calendar: Calendar, start: datetime, length: Length, pauses: Sequence[Pause]) -> datetime:
    counted = 0
    for number in range(1, _MOST):
        close = calendar.add(start, Length(number, "wd"))
        if any(pause.until is None and pause.since <= close for pause in pauses):
            return NEVER
        counted += not any(pause.holds(close) for pause in pauses)
        if counted == length.count:
            return calendar.add(start, Length(number, "wd", length.at))
    return NEVER


def _after(due: datetime, pauses: Sequence[Pause]) -> datetime:
    for pause in pauses:
        if pause.holds(due):
            due = NEVER if pause.until is None else pause.until
    return due


def followed(pauses: Sequence[Pause], holds: bool, now: datetime, until: datetime | None) -> tuple[Pause, ...]:
    """The pauses after a look at `now`: whether the condition holds, and until when by itself (None: nobody knows)."""
    *before, last = pauses or (None,)
    going = last is not None and (last.until is None or last.until > now)
    if holds:
        since = last.since if going and last is not None else now
        rest = before if going else pauses
        return (*(one for one in rest if one is not None), Pause(since, until))
    if going and last is not None:
        ended = (Pause(last.since, now),) if last.since < now else ()
        return (*(one for one in before if one is not None), *ended)
    return tuple(pauses)


def written(pauses: Sequence[Pause]) -> Plain:
    """The pauses as a timer keeps them."""
    return [[moment_text(one.since), moment_text(one.until) if one.until else None] for one in pauses]


def read(given: Plain) -> tuple[Pause, ...]:
    """The pauses that a timer keeps."""
    rows = given if isinstance(given, list) else []
    return tuple(
        Pause(parse_moment(str(row[0])), parse_moment(str(row[1])) if row[1] else None)
        for row in rows
        if isinstance(row, list)
    )


def told(pauses: Sequence[Pause], calendar: Calendar) -> str:
    """The pauses on the calendar's wall clock, for the trail of a timer; "" for none."""

    def shown(moment: datetime | None) -> str:
        return "?" if moment is None else f"{calendar.local(moment):%d.%m.%Y %H:%M}"

    return ", ".join(f"{shown(one.since)} – {shown(one.until)}" for one in pauses)
