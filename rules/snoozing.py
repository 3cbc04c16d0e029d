"""Until when somebody puts a reminder off, as people write it: "2wd", "3 дні", "25.11", "2026-11-25". Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bridge.model.wording import worded
from rules.actions.people import Send
from rules.calendars import Calendar
from rules.lengths import Length, meant_length, parse_length
from rules.ruleset import Rule, Step

SNOOZE = "desk-snooze-"
"""How a button begins that puts reminders off; behind it the length."""
_TITLES = {
    "1wd": {"uk": "⏰ Відкласти на 1 р. д.", "ru": "⏰ Отложить на 1 р. д.", "en": "⏰ Put off 1 working day"},
    "3wd": {"uk": "⏰ На 3 р. д.", "ru": "⏰ На 3 р. д.", "en": "⏰ 3 working days"},
    "1w": {"uk": "⏰ На тиждень", "ru": "⏰ На неделю", "en": "⏰ A week"},
}
LONGEST = timedelta(days=366)
_CLOCK = frozenset({"h", "m", "wh"})
_HALF_A_YEAR = timedelta(days=183)
_MOST_DAYS = 366
_WORDS = 3
"""So many words a length may take: "2 робочі дні"."""
_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?\.?|(\d{4})-(\d{1,2})-(\d{1,2})")
_BEFORE = frozenset({"до", "на", "by", "until", "till", "for"})
_TOMORROW = frozenset({"завтра", "tomorrow"})


def until_of(text: str, calendar: Calendar, now: datetime) -> tuple[datetime, str]:
    """The moment that a text begins with, and what is said behind it.

    Days end where the office opens, on that day or the next working one; a date without a year is the next such day,
    if it comes within half a year: one that has just gone by is a slip of the pen. Raises ValueError with what is
    wrong and what may be written.
    """
    words = text.split()
    if words and words[0].casefold() in _BEFORE:
        words = words[1:]
    meant = _meant(words, calendar.local(now).date())
    if meant is None:
        raise ValueError(worded("say until when: 2wd (working days), 3d, 25.11 or 2026-11-25"))
    count, said = meant
    if isinstance(said, date):
        until = _opens(calendar, said)
    else:
        end = calendar.add(now, said)
        until = end if said.unit in _CLOCK else _opens(calendar, calendar.local(end).date())
    if until <= now:
        raise ValueError(worded("that is over already: say a day to come"))
    if until - now > LONGEST:
        raise ValueError(worded("that is more than a year away: at most a year"))
    return until, " ".join(words[count:])


def reminds(rule: Rule, step: Step) -> bool:
    """Whether a step belongs to what reminds a client, and whoever looks after them when it does not help.

    What comes minutes or hours after something is an answer, and no reminder.
    """
    to_client = any(isinstance(action, Send) and action.to == "client" for one in rule.steps for action in one.then)
    return to_client and step.after.unit not in _CLOCK


def buttons_under(rule: Rule, step: Step | None, language: str) -> tuple[tuple[str, str], ...]:
    """The buttons by which staff put off what a reminder to them is about, in their language; none under others."""
    if step is None or not reminds(rule, step):
        return ()
    return tuple((f"{SNOOZE}{length}", titles.get(language, titles["en"])) for length, titles in _TITLES.items())


def _meant(words: list[str], today: date) -> tuple[int, date | Length] | None:
    """How many words say until when, and the day or the length that they say; None for anything else."""
    first = words[0].casefold() if words else ""
    if first in _TOMORROW:
        return 1, today + timedelta(days=1)
    if (found := _DATE.fullmatch(first)) is not None:
        return 1, _day(found, today)
    for count in range(1, min(_WORDS, len(words)) + 1):
        said = " ".join(words[:count])
        if said[:1].isdigit() and (length := _length(said)) is not None:
            return count, length
    return None


def _length(said: str) -> Length | None:
    try:
        length = parse_length(meant_length(said) or said)
    except ValueError:
        return None
    return length if length.unit in _CLOCK or length.count <= _MOST_DAYS else Length(_MOST_DAYS + 1, "d")


def _day(found: re.Match[str], today: date) -> date:
    """The day of a date. Raises ValueError for one that no calendar has."""
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        if iso_year:
            return date(int(iso_year), int(iso_month), int(iso_day))
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        this = date(today.year, int(month), int(day))
        meant = this if this >= today else date(today.year + 1, int(month), int(day))
    except ValueError:
        raise ValueError(worded("there is no day {day}", day=found[0])) from None
    if this < today and meant - today > _HALF_A_YEAR:
        whole = f"{meant:%d.%m.%Y}"
        raise ValueError(
            worded("{day} is over already; if you mean the next year, write {whole}", day=found[0], whole=whole)
        )
    return meant


def _opens(calendar: Calendar, day: date) -> datetime:
    """When the office first opens on that day or after it."""
    return calendar.add(calendar.instant(day), Length(0, "wh"))
