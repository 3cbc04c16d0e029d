"""What runs in shadow found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import USAGE
from bridge.cli.output import complain, counted, print_json, print_table, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.context import Context
from bridge.engine.shadow_report import Lacking, ShadowReport, shadow_report
from bridge.model.values import moment_text
from rules.plan import Office

shadow = typer.Typer(help="A run that only reads: what it would have done.", no_args_is_help=True)

_FORTNIGHT = 14


@shadow.callback()
def _group() -> None:
    """Keeps `report` a command of its own, though it is the only one."""


@shadow.command()
def report(
    since: Annotated[
        str, typer.Option("--since", help="From this day on, as 2026-12-03; a fortnight without it.")
    ] = "",
    silent: Annotated[int, typer.Option("--silent", help="Days without news that make a client silent.")] = _FORTNIGHT,
    live: Annotated[
        bool, typer.Option("--live", help="Of the bridge at work: of its rules with `enabled: shadow`.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """What would have been done, whom nobody wrote to, what cards lack, what the configuration does not know."""
    with store_to_read(shadow=not live) as (store, settings, agency):
        now = time_there(store)
        zone = ZoneInfo(agency.zone)
        context = Context(agency.ruleset, Office(agency.people), {})
        begins = _day(since, zone) if since else now - timedelta(days=_FORTNIGHT)
        found = shadow_report(store, context, since=begins, now=now, silent=timedelta(days=silent), live=live)
        unnamed = [name for name in found.lists if name not in _written(settings.config_dir)]
    if as_json:
        print_json(_plain(found, unnamed))
        return
    for line in _lines(found, zone, live):
        say(line)
    _print_lacking(found.lacking)
    drafts = list(_drafts(found, unnamed))
    if drafts:
        say("\ndrafts for the configuration, to be checked by somebody who knows:")
        for line in drafts:
            say(line)


def _lines(found: ShadowReport, zone: ZoneInfo, live: bool) -> Iterator[str]:
    begins, ends = found.since.astimezone(zone), found.until.astimezone(zone)
    yield (
        f"{'rules in shadow,' if live else 'in shadow'} from {begins:%d.%m.%Y} to {ends:%d.%m.%Y %H:%M}, "
        f"{counted(found.clients, 'client')}; nothing {'of theirs was done' if live else 'was written anywhere'}"
    )
    yield ""
    yield "what would have been done:" if found.rules else "nothing would have been done"
    for one in found.rules:
        did = ", ".join(f"{what} x{count}" for what, count in sorted(one.did.items()))
        yield f"  {one.rule}: {did or 'nothing yet'}" + (
            f", for {counted(one.clients, 'client')}" if one.clients else ""
        )
        if one.example:
            yield f"      such as: {' / '.join(one.example.splitlines())}"
        if one.held_back:
            yield f"      switched to shadow in its own file: would have fired {counted(one.held_back, 'time')}"
    if found.waiting:
        yield f"  still waiting for contact hours or a source: {found.waiting}"
    if found.kept_for_hours:
        yield f"  kept for contact hours instead of going at night or on a day off: {found.kept_for_hours}"
    for client, day, count in found.too_often:
        yield f"  {client} would have had {counted(count, 'message')} on {day}"
    yield ""
    yield "silent clients:" if found.silent else "no client is silent"
    for client, days in found.silent:
        yield f"  {client}: " + ("nothing was ever heard" if days is None else f"{counted(days, 'day')} without news")
    for source, error in found.not_read:
        yield f"not read: {source}: {error}"
    for name, count in sorted(found.unreadable.items()):
        yield f"values of {name} that cannot be understood: {count}"


def _print_lacking(lacking: Sequence[Lacking]) -> None:
    rows = [[one.client, one.gate, "; ".join(f"{miss.what} ({miss.who})" for miss in one.missing)] for one in lacking]
    say("")
    print_table(["client", "gate", "lacks (who owes it)"], rows, "no card lacks anything")


def _drafts(found: ShadowReport, unnamed: list[str]) -> Iterator[str]:
    """Comments for people.yaml and bridge.yaml: suggestions, not decisions."""
    if found.strangers:
        yield "# people.yaml: they act in these systems, and the bridge does not know who they are"
        for (system, id), name in sorted(found.strangers.items()):
            yield f'#  somebody:\n#    name: {name or "?"}\n#    roles: []\n#    ids: {{{system}: "{id}"}}'
    for name in sorted(unnamed):
        yield f"# the list «{name}» ({counted(found.lists[name], 'card')}) is named in no rule"


def _written(folder: Path) -> str:
    """All that the configuration says, as one text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.yaml")))


def _day(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        complain(f'"{text}" is no day: write 2026-12-03')
        raise typer.Exit(USAGE) from error


def _plain(found: ShadowReport, unnamed: list[str]) -> dict[str, object]:
    return {
        "since": moment_text(found.since),
        "until": moment_text(found.until),
        "clients": found.clients,
        "rules": [asdict(one) for one in found.rules],
        "waiting": found.waiting,
        "too_often": [{"client": client, "day": day, "messages": count} for client, day, count in found.too_often],
        "kept_for_hours": found.kept_for_hours,
        "silent": [{"client": client, "days": days} for client, days in found.silent],
        "lacking": [
            {
                "client": one.client,
                "gate": one.gate,
                "missing": [asdict(miss) for miss in one.missing],
            }
            for one in found.lacking
        ],
        "not_read": [{"source": source, "error": error} for source, error in found.not_read],
        "unreadable": dict(found.unreadable),
        "strangers": [{"system": system, "id": id, "name": name} for (system, id), name in found.strangers.items()],
        "lists": dict(found.lists),
        "unnamed_lists": sorted(unnamed),
    }
