"""Why a length comes to where it does, for people: the days that counted, those that did not, and the entries used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from rules.calendars import Calendar, Hours
from rules.lengths import Length

_WORDS = {
    "uk": {
        "days": "пн вт ср чт пт сб нд",
        "calendar": "календар",
        "counted": "робочі",
        "closed": "вихідні",
        "dates": "з дат календаря",
        "off": "вихідний",
        "at": "о",
        "still": "стояло",
        "waits": "чекає на таке:",
    },
    "ru": {
        "days": "пн вт ср чт пт сб вс",
        "calendar": "календарь",
        "counted": "рабочие",
        "closed": "выходные",
        "dates": "из дат календаря",
        "off": "выходной",
        "at": "в",
        "still": "стояло",
        "waits": "ждёт вот чего:",
    },
    "en": {
        "days": "Mon Tue Wed Thu Fri Sat Sun",
        "calendar": "calendar",
        "counted": "worked",
        "closed": "closed",
        "dates": "dates in it",
        "off": "closed",
        "at": "at",
        "still": "stood still",
        "waits": "waits for",
    },
}
_NOTED = re.compile(
    r"\b(?P<days>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?= \d\d\.\d\d\.\d{4} \d\d:\d\d)"
    r"|(?<=\()(?P<calendar>calendar)(?= )"
    r"|(?<=[ (])(?:(?P<counted>worked)|(?P<closed>closed)|(?P<dates>dates in it))(?=: \d\d\.\d\d)"
    r"|(?<=\d\d\.\d\d )(?P<off>closed)"
    r"|(?<=[wd] )(?P<at>at)(?= \d\d:\d\d = )"
    r"|(?<=; )(?P<still>stood still)(?= [?\d])"
)
"""The words of a trail in English, each at its place: a calendar may have any name."""
_MOST = 7
"""So many days are listed one by one; of more, the first and the last three."""


def because(calendar: Calendar, start: datetime, length: Length, language: str = "en") -> str:
    """The start, the formula, where it comes to, and by which days of the calendar."""
    words = _WORDS.get(language, _WORDS["en"])
    due, begin = calendar.local(calendar.add(start, length)), calendar.local(start)
    formula = str(length).replace(" at ", f" {words['at']} ")
    trail = f"{_day(begin, words)} {begin:%H:%M} + {formula} = {_day(due, words)} {due:%H:%M}"
    if not length.working:
        return trail
    first, last = sorted((begin.date(), due.date()))
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    own = begin.date() if length.unit == "wd" else None  # its own day never counts
    counted = [f"{day:%d.%m}" for day in days if calendar.hours(day) and day != own]
    closed = [f"{day:%d.%m}" for day in days if not calendar.hours(day)]
    entries = [
        f"{day:%d.%m} {shown_hours(calendar.dates[day], language)}"
        for day in days
        if day in calendar.dates and day != own
    ]
    parts = [f"{words['calendar']} {calendar.name}"] if calendar.name else []
    parts += [f"{words['counted']}: {_listed(counted)}"] if counted else []
    parts += [f"{words['closed']}: {_listed(closed)}"] if closed else []
    parts += [f"{words['dates']}: {_listed(entries)}"] if entries else []
    return f"{trail} ({'; '.join(parts)})" if parts else trail


def retold(trail: str, language: str, title: Callable[[str], str] = str) -> str:
    """A trail as it was noted, which is in English, in another language; any other text as it stands.

    `title` is what people call the fact that a step waits for, until it is known what to count from.
    """
    waits, _, fact = trail.partition(f"{_WORDS['en']['waits']} ")
    if fact and not waits:
        return f"{_WORDS.get(language, _WORDS['en'])['waits']} {title(fact)}"
    return _NOTED.sub(lambda found: _other_word(found, language), trail)


def _other_word(found: re.Match[str], language: str) -> str:
    words, key = _WORDS.get(language, _WORDS["en"]), str(found.lastgroup)
    if key != "days":
        return words[key]
    return words["days"].split()[_WORDS["en"]["days"].split().index(found[0])]


def shown_hours(hours: Hours, language: str = "en") -> str:
    """The hours of a day as the calendar file says them: "09:00-13:00, 14:00-18:00", or that it is closed."""
    if not hours:
        return _WORDS.get(language, _WORDS["en"])["off"]
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in hours)


def shown_day(day: date, language: str = "en") -> str:
    """A date with its weekday."""
    return _day(day, _WORDS.get(language, _WORDS["en"]))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _day(day: date, words: Mapping[str, str]) -> str:
    return f"{words['days'].split()[day.weekday()]} {day:%d.%m.%Y}"


def _listed(shown: Sequence[str]) -> str:
    return ", ".join(shown if len(shown) <= _MOST else [*shown[:3], "…", *shown[-3:]])
