"""`bridge import`: the past of every board and account becomes history, and a report tells who belongs to whom."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.moments import parse_past
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, say, spoken
from bridge.cli.room import database_held, loaded, speaks, try_database
from bridge.engine.accounts import system_of
from bridge.engine.clock import SystemClock
from bridge.engine.engine import Engine
from bridge.engine.importing import Imported, Read, Thing, historical, import_past
from bridge.logs import set_up_logs
from bridge.model.errors import ConfigError
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store.database import Lock, file_of
from bridge.store.keeping import back_up
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import closing
from bridge.wiring.importing import assemble_import
from bridge.wiring.setting_up import locked_out
from bridge.wiring.settings import Settings
from rules.telling import system_name

_BOTH = worded("Trello and Planfix")
_SHOWN = 20
"""So many of those that stand alone are named; programs are told of all."""
_CARD_ALONE = worded("write the address of its Planfix task into the card, or the card's address into the task")
_DEAL_ALONE = worded("write the card's address into the task, where it has a card; others need none")


class Only(StrEnum):
    """The systems that have a past."""

    TRELLO = "trello"
    PLANFIX = "planfix"


def import_(
    since: Annotated[
        str, typer.Option("--since", help="Only what happened from then on: 2026-01-31; without it, everything.")
    ] = "",
    only: Annotated[Only | None, typer.Option("--only", help="The past of this system only.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read everything and tell what would be brought, but keep nothing.")
    ] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Read what happened before the bridge came into its history. Fires nothing. The bridge has to be stopped."""
    with _engine(dry_run, only) as (engine, agency):
        told_in = language or speaks(agency)
        begins = parse_past(since, agency.zone, datetime.now(UTC)) if since else None
        names = [name for name in historical(engine) if only is None or system_of(name) == only]
        if not names:
            systems = system_name(only) if only is not None else _BOTH
            complain(worded("nothing to import: of {systems} bridge.yaml says nothing", systems=systems), told_in)
            raise typer.Exit(USAGE)
        try:
            with _progress(told_in, ZoneInfo(agency.zone), hidden=as_json) as told:
                made = import_past(engine, names, begins, time.sleep, told)
        except KeyboardInterrupt:
            complain(worded("stopped; import again: it goes on from there"), told_in)
            raise typer.Exit(FINDINGS) from None
    if as_json:
        print_json({**_plain(made), "kept": not dry_run})
    else:
        _report(made, agency, told_in, dry_run=dry_run)
    raise typer.Exit(FINDINGS if any(read.failed for read in made.read) else GOOD)


@contextmanager
def _engine(dry_run: bool, only: Only | None) -> Iterator[tuple[Engine, Agency]]:
    """An engine that only reads, on the database or, in a dry run, on a copy that is thrown away afterwards.

    Either way nobody else works on the database meanwhile: two at once would be too fast for the vendors. A dry run
    makes no database where there is none. Credentials are asked for of the systems whose past is read.
    """
    settings, agency = loaded()
    locked = locked_out(settings, agency)
    missing = [one for name, found in locked.items() if only in (None, system_of(name)) for one in found]
    if missing:
        raise ConfigError(missing)
    set_up_logs(settings)
    if not dry_run:
        try_database(settings)
        with closing(assemble_import(settings, agency, SystemClock())) as engine:
            yield engine, agency
        return
    held = database_held(settings) if _is_there(settings) or Lock(settings.database_url).taken else nullcontext()
    with (
        held,
        tempfile.TemporaryDirectory() as folder,
        closing(assemble_import(_copied(settings, Path(folder)), agency, SystemClock())) as engine,
    ):
        yield engine, agency


def _copied(settings: Settings, folder: Path) -> Settings:
    """The settings with a copy of the database; of one that holds nothing yet there is nothing to copy."""
    copy = folder / "copy.db"
    if _is_there(settings):
        back_up(settings.database_url, copy, datetime.now(UTC))
    return settings.model_copy(update={"database_url": f"sqlite:///{copy}"})


def _is_there(settings: Settings) -> bool:
    """Whether there is a database that holds anything."""
    file = file_of(settings.database_url)
    return file is not None and file.exists() and file.stat().st_size > 0


@contextmanager
def _progress(language: str, zone: ZoneInfo, *, hidden: bool) -> Iterator[Callable[[Read], None]]:
    """Shows how far it is, on a screen; a pipe and a program are told the end only."""
    if hidden or not sys.stderr.isatty():
        yield lambda _read: None
        return
    from rich.console import Console  # only here: other commands show no progress

    with Console(stderr=True).status("") as status:
        yield lambda read: status.update(spoken(_far(read, zone), language))


def _far(read: Read, zone: ZoneInfo) -> str:
    """How far the past of a system was read, in one line."""
    values = {
        "system": system_name(read.name),
        "pages": counted(read.pages, "page"),
        "events": counted(read.news, "new event"),
    }
    if read.oldest is None:
        return worded("{system}: {pages}, {events}", **values)
    day = f"{read.oldest.astimezone(zone):%d.%m.%Y}"
    return worded("{system}: {pages}, {events}, back to {day}", **values, day=day)


def _report(made: Imported, agency: Agency, language: str, *, dry_run: bool) -> None:
    for read in made.read:
        say(_far(read, ZoneInfo(agency.zone)), language)
        if read.first:
            words = "{system} was read for the first time: how things stand there now is known, too"
            say(worded(words, system=system_name(read.name)), language)
    say(worded("bound: {cards} with a deal or a client", cards=counted(made.bound, "card")), language)
    if made.proposed:
        pairs = counted(len(made.proposed), "pair")
        say(worded("proposed: {pairs} that may belong together; decide: bridge inbox list", pairs=pairs), language)
        _list([str(item.summary.get("name", item.about)) for item in made.proposed], language)
    _alone(made.cards, worded("unmatched cards: {count}", count=len(made.cards)), _CARD_ALONE, language)
    _alone(made.deals, worded("deals without a card: {count}", count=len(made.deals)), _DEAL_ALONE, language)
    for gap in dict.fromkeys(gap for read in made.read for gap in read.untold):
        say(worded("not to be had: {gap}", gap=gap), language)
    if dry_run:
        say(worded("nothing of it was kept: this was a dry run"), language)
    elif agency.keep.events is not None:
        days = counted(agency.keep.events.days, "day")
        say(worded("history is kept for {days} from its import on (keep: events in bridge.yaml)", days=days), language)
    for read in made.read:
        for why in read.failed:
            words = "not read: {system}: {why}; import again: it goes on from there"
            complain(worded(words, system=system_name(read.name), why=why), language)


def _alone(things: Sequence[Thing], title: str, advice: str, language: str) -> None:
    if not things:
        return
    say(worded("{title}; {advice}", title=title, advice=advice), language)
    _list([f"{thing.name}  {thing.url}" for thing in things], language)


def _list(names: Sequence[str], language: str) -> None:
    for name in names[:_SHOWN]:
        say(f"  {name}")
    if len(names) > _SHOWN:
        say(worded("and {count} more: --json names all", count=len(names) - _SHOWN), language)


def _plain(made: Imported) -> dict[str, object]:
    """The report for programs."""
    return {
        "read": [
            {
                "name": read.name,
                "first": read.first,
                "pages": read.pages,
                "new": read.news,
                "known": read.known,
                "oldest": moment_text(read.oldest) if read.oldest else None,
                "untold": list(read.untold),
                "failed": read.failed,
            }
            for read in made.read
        ],
        "bound": made.bound,
        "proposed": [{"item": item.n, "about": item.about, **item.summary} for item in made.proposed],
        "unmatched": [_plain_thing(thing) for thing in made.cards],
        "without_card": [_plain_thing(thing) for thing in made.deals],
    }


def _plain_thing(thing: Thing) -> dict[str, str]:
    return {"ref": str(thing.ref), "name": thing.name, "url": thing.url}
