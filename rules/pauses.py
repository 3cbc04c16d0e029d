"""A clock that stands still for a while: when a length comes to its end, all pauses left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bridge.model.planning import NEVER
from bridge.model.values import Plain, moment_text, parse_moment
from rules.calendars import Calendar
from rules.lengths import Length

NONE = ""
"""The name of no condition at all."""
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


History: TypeAlias = tuple[tuple[str, tuple[Pause, ...]], ...]
"""The pauses of one clock by the condition that it stood still for, in the order in which rules had these: never empty.

Earlier ones are kept, since a change of the rules may be taken back: then the clock is what it was.
"""

_NOTHING: History = ((NONE, ()),)


def under(name: str, history: History, now: datetime) -> History:
    """The history up to that condition. A new one goes on with the pauses so far; one that lasts ends now."""
    for place, (known, _pauses) in enumerate(history):
        if known == name:
            return history[: place + 1]
    return (*history, (name, followed(history[-1][1], False, now, None)))


def end_of(calendar: Calendar, start: datetime, length: Length, pauses: Sequence[Pause]) -> datetime:
    """The moment that the length comes to when the clock stands still in the pauses (in order, apart); NEVER for none.

    A working day counts when its close lies outside every pause; other lengths move by the length of each pause that
    begins before they are over. What comes to a moment inside a pause waits for its end.
    """
    if length.unit == "wd" and length.count > 0:
        return after(_working_days(calendar, start, length, pauses), pauses)
    due = calendar.add(start, length)
    for pause in pauses:
        if pause.since >= due or (pause.until is not None and pause.until <= start):
            continue
        if pause.until is None:
            return NEVER
        due += pause.until - max(pause.since, start)
    return after(due, pauses)


def joined(*several: Sequence[Pause]) -> tuple[Pause, ...]:
    """Pauses of several kinds as one: in order, and apart."""
    made: list[Pause] = []
    for pause in sorted((one for pauses in several for one in pauses), key=lambda one: one.since):
        last = made[-1] if made else None
        if last is None or (last.until is not None and last.until < pause.since):
            made.append(pause)
        elif last.until is not None:
            until = None if pause.until is None else max(last.until, pause.until)
            made[-1] = Pause(last.since, until)
    return tuple(made)


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


def after(due: datetime, pauses: Sequence[Pause]) -> datetime:
    """The moment itself, or the end of the pauses that it lies in (in order, apart); NEVER for none."""
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


def written(history: History) -> Plain:
    """The history as a timer keeps it; None for one in which nothing ever stood still."""
    if history == _NOTHING:
        return None
    return [[name, [_row(one) for one in pauses]] for name, pauses in history]


def _row(pause: Pause) -> Plain:
    return [moment_text(pause.since), moment_text(pause.until) if pause.until else None]


def read(given: Plain, name: str) -> History:
    """The history that a timer keeps. One without names was written by an earlier release, for the condition `name`."""
    rows = [row for row in given if isinstance(row, list)] if isinstance(given, list) else []
    if not rows:
        return _NOTHING
    if not isinstance(rows[0][1], list):
        return ((name, tuple(map(_pause, rows))),)
    return tuple(
        (str(known), tuple(_pause(one) for one in kept if isinstance(one, list)))
        for known, kept in rows
        if isinstance(kept, list)
    )


def _pause(row: list[Plain]) -> Pause:
    since, until = row
    return Pause(parse_moment(str(since)), parse_moment(str(until)) if until else None)


def told(pauses: Sequence[Pause], calendar: Calendar) -> str:
    """The pauses on the calendar's wall clock, for the trail of a timer; "" for none."""

    def shown(moment: datetime | None) -> str:
        return "?" if moment is None else f"{calendar.local(moment):%d.%m.%Y %H:%M}"

    return ", ".join(f"{shown(one.since)} – {shown(one.until)}" for one in pauses)
