"""Lengths of time as rules write them: 2wd, 16wh, 3d, 2w, 36h, 90m, "2wd at 10:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.model.wording import worded

UNITS = ("wd", "wh", "w", "d", "h", "m")
_LENGTH = re.compile(rf"(-?[0-9]{{1,5}})({'|'.join(UNITS)})(?:\s+at\s+([0-9]{{1,2}}):([0-9]{{2}}))?\Z")
_WITH_TIME = frozenset({"wd", "w", "d"})
_FURTHEST = {"wd": 3650, "wh": 36_500, "w": 520, "d": 3650, "h": 87_600, "m": 99_999}
"""Some ten years: nobody plans further, and working days are counted one by one."""
_IN_WORDS = re.compile(
    r"(-?[0-9]{1,5})\s*([^\W\d_][^\d_]*?)(?:,?\s+(?:at|by|@|об?|до|в|у|к)\s*([0-9]{1,2})(?:[:.]([0-9]{2}))?)?\Z"
)
_WORK = r"(роб|раб|work|business|р\.?\s?)"
_WORDS = {
    "wd": rf"wd\Z|{_WORK}\w*\.?\s*(дн|ден|дні|д\b|day|d\b)",
    "wh": rf"wh\Z|{_WORK}\w*\.?\s*(год|час|г\b|ч\b|hour|h\b)",
    "w": r"(w\Z|week|тиж|нед)",
    "d": r"(d\Z|day|д\Z|дн|ден)",
    "h": r"(h\Z|hour|hr|год|час|г\Z|ч\Z)",
    "m": r"(m\Z|min|хв|мин|м\Z)",
}
"""How each unit begins where people write it out, in the order in which they are tried."""
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

    def comes_before(self, other: Length) -> bool:
        """Whether it comes earlier from the same start. False too where a calendar would have to say so."""
        if self.unit != other.unit:
            return False
        if self.count == other.count:
            return self.at is not None and other.at is not None and self.at < other.at
        return self.count < other.count

    @property
    def working(self) -> bool:
        """Whether it takes a calendar to say what it comes to."""
        return self.unit in ("wd", "wh")


def parse_length(text: str) -> Length:
    """The length that `text` says. Raises ValueError with advice."""
    found = _LENGTH.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        meant = meant_length(text) if isinstance(text, str) else ""
        advice = _meant(meant) if meant else _ADVICE
        raise ValueError(worded('length "{text}" is not understood ({advice})', text=text, advice=advice))
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


def _meant(length: str) -> str:
    """Days in words may be of either kind."""
    count, days, time = length.partition("d")
    if days and not count.endswith("w"):
        both = 'did you mean "{days}" (calendar days) or "{working}" (working days)?'
        return worded(both, days=length, working=f"{count}wd{time}")
    return worded('did you mean "{name}"?', name=length)


def meant_length(text: str) -> str:
    """The length that somebody means who writes it in words ("2 робочі дні о 10:00", "2дн", "3 days"), else ""."""
    found = _IN_WORDS.match(text.strip().casefold())
    unit = next((unit for unit, words in _WORDS.items() if re.match(words, found[2])), "") if found else ""
    if not found or not unit:
        return ""
    hour, minute = found[3], found[4] or "00"
    if hour is None:
        return f"{found[1]}{unit}"
    fits = unit in _WITH_TIME and int(hour) <= 23 and int(minute) <= 59
    return f"{found[1]}{unit} at {int(hour):02}:{minute}" if fits else ""


def declared_length(text: str) -> Length:
    """The length that a rule declares: one of some ten years at most. Raises ValueError with advice."""
    length = parse_length(text)
    if abs(length.count) > _FURTHEST[length.unit]:
        most = f"{_FURTHEST[length.unit]}{length.unit}"
        raise ValueError(worded('length "{text}" is longer than ten years: at most {most}', text=text, most=most))
    return length
