"""Dates for a calendar file: what a country's holidays would make of it, as choices of the admin.

Holidays are read here, once, and written into a file; planning never asks the library, whose days change with each
release. The file is the admin's: what stands in it already is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from bridge.model.errors import ConfigError
from bridge.model.wording import worded
from rules.calendar_entries import parse_dates, parse_hours
from rules.calendar_trail import shown_hours
from rules.calendars import DAYS
from rules.reader import Document, read

USUAL_HOURS = "09:00-18:00"
_LONGEST_NAME = 60
_DATE_LINE = re.compile(r"\s*(?:# ?)?([0-9]{4}-[0-9]{2}-[0-9]{2})[.0-9-]*:")
_SHORTER_BEFORE = frozenset({"BY", "RU"})
"""Where the law makes the working day before a holiday an hour shorter."""
_MAIN_ZONES = {"RU": "Europe/Moscow", "UA": "Europe/Kyiv"}
"""Countries whose capital is not in the first zone of the zone data's list."""
_WORDS = {
    "uk": {
        "days": "пн вт ср чт пт сб нд",
        "by law": "за законом робочий; у Вас вихідний? приберіть #",
        "anyway": "вихідний і так",
        "works": "робочий день",
        "shorter": "коротший день? приберіть #",
    },
    "ru": {
        "days": "пн вт ср чт пт сб вс",
        "by law": "по закону рабочий; у Вас выходной? уберите #",
        "anyway": "выходной и так",
        "works": "рабочий день",
        "shorter": "короткий день? уберите #",
    },
    "en": {
        "days": "Mon Tue Wed Thu Fri Sat Sun",
        "by law": "a working day by law; does your office rest? remove the #",
        "anyway": "a day off anyway",
        "works": "a working day",
        "shorter": "a short day? remove the #",
    },
}


class SeedRefused(Exception):
    """Dates could not be made, or not be put into the file; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the dates: counted at once when it is `sure`, else only after the admin removes the #."""

    day: date
    hours: str
    name: str
    note: str = ""
    sure: bool = True

    def line(self, language: str) -> str:
        """The line as it stands in the file, without its indent."""
        weekday = _words(language)["days"].split()[self.day.weekday()]
        hours = self.hours if self.hours == "closed" else f'"{self.hours}"'
        name = self.name if len(self.name) <= _LONGEST_NAME else self.name[: _LONGEST_NAME - 1].rstrip() + "…"
        said = " · ".join(part for part in (weekday, name, self.note) if part)
        return f"{'' if self.sure else '# '}{self.day}: {hours}".ljust(34) + f" # {said}"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made of a calendar file: its path, its text, and the lines that are new in it."""

    file: Path
    text: str
    added: tuple[Choice, ...]


def choices_for(country: str, years: Sequence[int], language: str, hours: str = USUAL_HOURS) -> tuple[Choice, ...]:
    """The dates of these years in a country (two letters), in order. Raises SeedRefused for one that nobody knows.

    `hours` are those of a usual working day: a Saturday that is worked instead of another day has them too.
    """
    import holidays  # only here: nothing that runs every day needs it, and it takes its time

    supported = [code for code in holidays.list_supported_countries() if len(code) == len("UA")]
    if country not in supported:
        raise SeedRefused(
            worded('no holidays are known for "{country}"; write two letters, as UA, RU, MD, BY, PL', country=country)
        )
    whole = holidays.country_holidays(country, years=years)
    spoken = next((one for one in (language, whole.default_language) if one in whole.supported_languages), None)

    def of(category: str) -> dict[date, str]:
        if category not in whole.supported_categories:
            return {}
        found = holidays.country_holidays(country, years=years, categories=(category,), language=spoken)
        return {day: str(name).replace("; ", ", ") for day, name in found.items()}

    words, public, weekend = _words(language), of("public"), whole.weekend
    made = {day: Choice(day, "closed", name) for day, name in public.items()}
    made |= {day: Choice(day, hours, words["works"]) for day in whole.weekend_workdays}
    for day, name in of("workday").items():
        made.setdefault(day, Choice(day, "closed", name, words["by law"], sure=False))
    for day, choice in made.items():
        if day.weekday() in weekend and choice.hours == "closed":
            made[day] = replace(choice, note=words["anyway"], sure=False)
    short = of("half_day") | (dict.fromkeys(_eves(public), "") if country in _SHORTER_BEFORE else {})
    for day, name in short.items():
        if day.weekday() not in weekend:
            made.setdefault(day, Choice(day, _shorter(hours), name, words["shorter"], sure=False))
    return tuple(made[day] for day in sorted(made) if day.year in years)


def week_of(country: str, hours: str = USUAL_HOURS) -> str:
    """The `week:` of a country, as YAML: its working days with the usual hours."""
    import holidays  # as above

    weekend = holidays.country_holidays(country).weekend
    days = [place for place in range(7) if place not in weekend]
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named = (DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)
    return f'{{"{", ".join(named)}": "{hours}"}}' if len(runs) > 1 else f'{{{next(named)}: "{hours}"}}'


def zone_of(country: str, own: str) -> str:
    """The time zone of a country: the agency's own where it lies there, else that of the capital."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines() if not row.startswith("#")]
    zones = [row[2] for row in rows if row[0] == country]
    return own if own in zones or not zones else _MAIN_ZONES.get(country, zones[0])


def seed(folder: Path, name: str, country: str, choices: Sequence[Choice], language: str, zone: str) -> Seeded:
    """The calendar file with these dates: a new one, or the one that has this calendar, with what it lacks.

    Nothing is written yet. Raises SeedRefused when the dates have no place in the file that is there.
    """
    for file in sorted([*(folder / "calendars").glob("*.y*ml"), *(folder / "rules").rglob("*.y*ml")]):
        document, text = _read(file)
        calendars = document.data.get("calendars") if isinstance(document.data, dict) else None
        if isinstance(calendars, dict) and name in calendars:
            return _into(file, text, document, name, choices, language)
    file = folder / "calendars" / f"{name}.yaml"
    if file.exists():
        raise SeedRefused(
            worded('{file} has no calendar "{name}"; name the one it has with --name', file=file, name=name)
        )
    return Seeded(file, _new_file(name, country, choices, language, zone), tuple(choices))


def _new_file(name: str, country: str, choices: Sequence[Choice], language: str, zone: str) -> str:
    lines = [
        f"# Working time. The dates were written by `bridge calendar seed {country}` (holidays {version('holidays')});",
        "# from here on they are yours: only what stands here counts. Remove the # of a choice, and it counts too.",
        "# Governments move days until late in the year: compare before January.",
        "version: 1",
        "calendars:",
        f"  {name}:",
        f"    zone: {zone}",
        f"    week: {week_of(country)}",
        "    dates:",
        *(f"      {choice.line(language)}" for choice in choices),
    ]
    return "\n".join(lines) + "\n"


def _into(file: Path, text: str, document: Document, name: str, choices: Sequence[Choice], language: str) -> Seeded:
    calendar = document.data["calendars"][name]
    dates = calendar.get("dates") if isinstance(calendar, dict) else None
    said = {day for key in dates or () for day in _days(str(key))} if isinstance(dates, dict | None) else set()
    new = tuple(choice for choice in choices if choice.day not in said and f"{choice.day}:" not in text)
    if not new:
        return Seeded(file, text, ())
    place = _place(document, name, calendar, dates)
    if place is None:
        raise SeedRefused(_by_hand(file, name, new, language))
    lines = text.split("\n")
    for choice in new:
        lines.insert(_after(lines, *place, choice.day), " " * place[1] + choice.line(language))
    made = "\n".join(lines)
    if not _only_adds(document, made, file, name, new):
        raise SeedRefused(_by_hand(file, name, new, language))
    return Seeded(file, made, new)


def _place(document: Document, name: str, calendar: object, dates: object) -> tuple[int, int] | None:
    """After which line the dates begin, and how far to the right. None where they are not written one to a line."""
    if not isinstance(calendar, dict) or "dates" not in calendar:
        return None
    path = ("calendars", name, "dates")
    head = document.position(path, key=True)
    if not dates:
        return head.line, head.column + 1
    keys = [document.position((*path, key), key=True) for key in dates] if isinstance(dates, dict) else []
    if any(key.line == head.line for key in keys) or len({key.line for key in keys}) < len(keys):
        return None
    return head.line, keys[0].column - 1


def _after(lines: Sequence[str], begin: int, indent: int, day: date) -> int:
    """Where a date goes among the dates that begin after a line: behind the last that is not later."""
    place = begin
    for number in range(begin, len(lines)):
        line = lines[number]
        if line.strip() and not line.startswith(" " * indent):
            break
        found = _DATE_LINE.match(line)
        if found is not None and found[1] <= day.isoformat():
            place = number + 1
    return place


def _only_adds(document: Document, made: str, file: Path, name: str, new: Iterable[Choice]) -> bool:
    """Whether the changed file says what it said, and the sure ones of these dates."""
    try:
        changed = read(file.as_posix(), made.encode()).data
    except ConfigError:
        return False
    calendar = document.data["calendars"][name]
    dates = {**(calendar.get("dates") or {}), **{str(choice.day): choice.hours for choice in new if choice.sure}}
    wanted = {**calendar, "dates": dates or None}
    calendars = {**document.data["calendars"], name: wanted}
    return bool(changed == {**document.data, "calendars": calendars})


def _by_hand(file: Path, name: str, new: Iterable[Choice], language: str) -> str:
    lines = "\n".join(f"      {choice.line(language)}" for choice in new)
    return worded(
        'write these lines under dates: of the calendar "{name}" in {file} yourself:\n{lines}',
        name=name,
        file=file,
        lines=lines,
    )


def _read(file: Path) -> tuple[Document, str]:
    blob = file.read_bytes()
    return read(file.as_posix(), blob), blob.decode("utf-8")


def _days(key: str) -> tuple[date, ...]:
    try:
        return parse_dates(key)
    except ValueError:
        return ()


def _eves(public: Iterable[date]) -> Iterator[date]:
    """The days before a holiday that are none themselves."""
    closed = set(public)
    yield from (day - timedelta(days=1) for day in sorted(closed) if day - timedelta(days=1) not in closed)


def _shorter(hours: str) -> str:
    *others, (opens, closes) = parse_hours(hours)
    return shown_hours((*others, (opens, closes - 60)))


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language, _WORDS["en"])
