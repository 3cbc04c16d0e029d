"""Calendars at the command line: seeded with a country's holidays, shown, and asked when a length is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import USAGE
from bridge.cli.frame import Commands
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, print_table, say
from bridge.cli.room import speaks, today
from bridge.model.errors import ConfigError
from bridge.model.findings import did_you_mean
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.calendar_seed import USUAL_HOURS, Choice, SeedRefused, choices_for, seed, zone_of
from bridge.wiring.workspaces import settings_here
from bridge.wiring.writing import write_files
from rules.calendar_trail import because, shown_day, shown_hours
from rules.calendars import Calendar
from rules.lengths import parse_length

calendar = Commands("Working time: holidays of a country, days that differ, and when a length is over.")

Name = Annotated[str, typer.Option("--name", help="Which calendar; the office's without it.")]


@calendar.command("seed")
def put_holidays(
    country: Annotated[str, typer.Argument(help="A country as two letters: UA, RU, MD, BY, PL, …")],
    years: Annotated[
        list[int] | None,
        typer.Option(
            "--year",
            min=2000,
            max=2100,
            help="Of which year; may be repeated. Without it the rest of this one, and the next.",
        ),
    ] = None,
    name: Name = "",
    only_print: Annotated[bool, typer.Option("--print", help="Print the file; write nothing.")] = False,
    told_in: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Write a country's holidays into a calendar file, as dates to keep or change. What stands there is not touched."""
    folder = settings_here().config_dir
    agency, _findings = load_agency(folder)
    language = agency.language if agency else "uk"
    code, this_year = country.upper(), today().year
    wanted = name or (agency.ruleset.defaults.calendar if agency else "office")
    hours = _usual_hours(agency, wanted)
    try:
        dates = choices_for(code, sorted(set(years or (this_year, this_year + 1))), language, hours)
        dates = tuple(choice for choice in dates if years or choice.day >= today())
        made = seed(folder, wanted, code, dates, language, zone_of(code, agency.zone if agency else ""))
    except SeedRefused as error:
        complain(error.args[0], told_in or speaks(agency))
        raise typer.Exit(USAGE) from error
    if made.added and not only_print:
        write_files({made.file: made.text})
    written = bool(made.added) and not only_print
    if as_json:
        print_json({"file": made.file.as_posix(), "written": written, "dates": [_plain(one) for one in made.added]})
    elif only_print:
        say(made.text.rstrip("\n"))
    else:
        for line in _told(made.file.as_posix(), made.added):
            say(line, told_in or speaks(agency))


@calendar.command("show")
def show_dates(
    name: Annotated[str, typer.Argument(help="Which calendar; the office's without it.")] = "",
    year: Annotated[int | None, typer.Option("--year", min=2000, max=2100, help="Only dates of this year.")] = None,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """The days on which a calendar differs from its week."""
    agency, found = _agency_and(name, language)
    spoken = language or speaks(agency)
    days = [day for day in sorted(found.dates) if year is None or day.year == year]
    if as_json:
        plain = [{"date": day.isoformat(), "hours": shown_hours(found.hours(day), "en")} for day in days]
        print_json({"calendar": found.name, "zone": found.zone, "version": found.version, "dates": plain})
        return
    rows = [(shown_day(day, spoken), shown_hours(found.hours(day), spoken)) for day in days]
    say(f"{found.name}: {found.zone}")
    print_table((worded("day"), worded("hours")), rows, worded("no day differs from the week"), spoken)


@calendar.command("count")
def count_length(
    start: Annotated[str, typer.Argument(help="From when, as 2026-12-24T16:30 in the calendar's zone.")],
    length: Annotated[str, typer.Argument(help='How long: 2wd, 16wh, 3d, 90m, "2wd at 10:00".')],
    name: Name = "",
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """When a length is over that begins at a moment, and why then."""
    agency, found = _agency_and(name, language)
    spoken = language or speaks(agency)
    try:
        begin, formula = _moment(start, found), parse_length(length)
        due = found.add(begin, formula)
    except (ValueError, OverflowError) as error:
        complain(error.args[0], spoken)
        raise typer.Exit(USAGE) from error
    trail = because(found, begin, formula, spoken)
    if as_json:
        print_json({"due": moment_text(due), "because": trail})
    else:
        say(trail)


def _moment(text: str, there: Calendar) -> datetime:
    """A time as people write it: without a zone it is the calendar's."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(worded('"{text}" is no time: write 2026-12-24T16:30', text=text)) from error
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(there.zone)).astimezone(UTC)


def _agency_and(name: str, language: str | None) -> tuple[Agency, Calendar]:
    """The agency, and its calendar of that name. Ends the command with what is wrong."""
    agency, findings = load_agency(settings_here().config_dir)
    if agency is None:
        raise ConfigError(findings)
    known = agency.ruleset.calendars
    wanted = name or agency.ruleset.defaults.calendar
    if wanted not in known:
        unknown = worded('there is no calendar "{name}"; {advice}', name=wanted, advice=did_you_mean(wanted, known))
        complain(unknown, language or speaks(agency))
        raise typer.Exit(USAGE)
    return agency, known[wanted]


def _usual_hours(agency: Agency | None, name: str) -> str:
    """The hours of a usual working day in the calendar that is there."""
    there = agency.ruleset.calendars.get(name) if agency else None
    days = [hours for _day, hours in sorted(there.week.items()) if hours] if there else []
    return shown_hours(days[0]) if days else USUAL_HOURS


def _plain(choice: Choice) -> dict[str, object]:
    return {"date": choice.day.isoformat(), "hours": choice.hours, "name": choice.name, "counts": choice.sure}


def _told(file: str, added: Sequence[Choice]) -> Iterator[str]:
    if not added:
        yield worded("{file} has all these dates already; nothing was written", file=file)
        return
    open_choices = [choice for choice in added if not choice.sure]
    dates, choices = counted(len(added) - len(open_choices), "date"), counted(len(open_choices), "choice")
    yield worded("{file}: {dates} written, {choices}", file=file, dates=dates, choices=choices)
    if open_choices:
        yield worded("a choice stands behind #; remove the # and it counts")
    yield worded("look through them, then: bridge check --offline")
