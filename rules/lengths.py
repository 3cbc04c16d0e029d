"""Lengths of time as rules write them: 2wd, 16wh, 3d, 2w, 36h, 90m, "2wd at 10:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.model.wording import worded

UNITS = ("wd", "wh", "w", "d", "h", "m")
_LENGTH = re.compile(r"(-?[0-9]{1,5})(wd|wh|w|d|h|m)(?:\s+at\s+([0-9]{1,2}):([0-9]{2}))?\Z")
_WITH_TIME = frozenset({"wd", "w", "d"})
_FURTHEST = {"wd": 3650, "wh": 36_500, "w": 520, "d": 3650, "h": 87_600, "m": 99_999}
"""Some ten years: nobody plans further, and working days are counted one by one."""
_ADVICE = worded('write 2wd, 16wh, 3d, 90m, or "2wd at 10:00"')


@dataclass(frozen=True, slots=True)
class Length:
    """A formula, not a duration: what it comes to depends on the start and on a calendar (rules.calendars).

    wd = working days, wh = working hours, w and d = the same wall clock later, h and m = elapsed time. `at` is minutes
    from midnight on the day it comes to.
    """

    count: int
    unit: str
    at: int | None = None

    def __str__(self) -> str:
        text = f"{self.count}{self.unit}"
        return text if self.at is None else f"{text} at {self.at // 60:02}:{self.at % 60:02}"

    @property
    def working(self) -> bool:
        """Whether it takes a calendar to say what it comes to."""
        return self.unit in ("wd", "wh")


def parse_length(text: str) -> Length:
    """The length that `text` says. Raises ValueError with advice."""
    found = _LENGTH.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(worded('length "{text}" is not understood ({advice})', text=text, advice=_ADVICE))
    count, unit, hour, minute = int(found[1]), found[2], found[3], found[4]
    if hour is None:
        return Length(count, unit)
    if unit not in _WITH_TIME:
        raise ValueError(worded('length "{text}": a time fits days only ({advice})', text=text, advice=_ADVICE))
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(
            worded('length "{text}": {hour}:{minute} is no time of the day', text=text, hour=hour, minute=minute)
        )
    return Length(count, unit, int(hour) * 60 + int(minute))


def declared_length(text: str) -> Length:
    """The length that a rule declares: one of some ten years at most. Raises ValueError with advice."""
    length = parse_length(text)
    if abs(length.count) > _FURTHEST[length.unit]:
        most = f"{_FURTHEST[length.unit]}{length.unit}"
        raise ValueError(worded('length "{text}" is longer than ten years: at most {most}', text=text, most=most))
    return length
