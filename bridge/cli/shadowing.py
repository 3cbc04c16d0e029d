"""What runs in shadow found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.frame import Commands
from bridge.cli.moments import parse_past
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import counted, print_json, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.context import Context
from bridge.engine.shadow_report import Lacking, RuleInShadow, ShadowReport, shadow_report
from bridge.model.values import moment_text
from bridge.model.wording import worded
from rules.plan import Office

shadow = Commands("A run that only reads: what it would have done.")

_FORTNIGHT = 14


@shadow.callback()
def _group() -> None:
    """Keeps `report` a command of its own, though it is the only one."""


@shadow.command()
def report(
    since: Annotated[
        str, typer.Option("--since", help="From this day on, as 2026-12-03; a fortnight without it.")
    ] = "",
    silent: Annotated[
        int, typer.Option("--silent", min=1, help="Days without news that make a client silent.")
    ] = _FORTNIGHT,
    live: Annotated[
        bool, typer.Option("--live", help="Of the bridge at work: of its rules with `enabled: shadow`.")
    ] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """What would have been done, whom nobody wrote to, what cards lack, what the configuration does not know."""
    with store_to_read(shadow=not live) as (store, settings, agency):
        told_in = language or agency.language
        now = time_there(store)
        zone = ZoneInfo(agency.zone)
        context = Context(agency.ruleset, Office(agency.people), {})
        begins = (
            parse_past(since, agency.zone, now, '"{text}" is no day: write 2026-12-03')
            if since
            else now - timedelta(days=_FORTNIGHT)
        )
        found = shadow_report(
            store, context, since=begins, now=now, silent=timedelta(days=silent), live=live, language=told_in
        )
        unnamed = [name for name in found.lists if name not in _written(settings.config_dir)]
    if as_json:
        print_json(_plain(found, unnamed))
        return
    for line in (*_lines(found, zone, live), *_lacking(found.lacking), *_drafts(found, unnamed)):
        say(line, told_in)


def _lines(found: ShadowReport, zone: ZoneInfo, live: bool) -> Iterator[str]:
    period = {
        "begins": f"{found.since.astimezone(zone):%d.%m.%Y}",
        "ends": f"{found.until.astimezone(zone):%d.%m.%Y %H:%M}",
        "clients": counted(found.clients, "client"),
    }
    if live:
        yield worded("rules in shadow, from {begins} to {ends}, {clients}; nothing of theirs was done", **period)
    else:
        yield worded("in shadow from {begins} to {ends}, {clients}; nothing was written anywhere", **period)
    yield ""
    yield worded("what would have been done:") if found.rules else worded("nothing would have been done")
    for one in found.rules:
        yield from _of_rule(one)
    if found.waiting:
        yield worded("  still waiting for contact hours or a source: {count}", count=found.waiting)
    if found.kept_for_hours:
        kept = "  kept for contact hours instead of going at night or on a day off: {count}"
        yield worded(kept, count=found.kept_for_hours)
    for client, day, count in found.too_often:
        messages = counted(count, "message")
        yield worded("  {client} would have had {messages} on {day}", client=client, messages=messages, day=day)
    yield ""
    yield worded("silent clients:") if found.silent else worded("no client is silent")
    for client, days in found.silent:
        if days is None:
            yield worded("  {client}: nothing was ever heard", client=client)
        else:
            yield worded("  {client}: {days} without news", client=client, days=counted(days, "day"))
    for source, error in found.not_read:
        yield worded("not read: {source}: {error}", source=source, error=error)
    for name, count in sorted(found.unreadable.items()):
        yield worded("values of {name} that cannot be understood: {count}", name=name, count=count)


def _of_rule(one: RuleInShadow) -> Iterator[str]:
    """What a rule would have done; of one in shadow by its own file also how often it would have fired."""
    did = [worded("{what} x{count}", what=what, count=count) for what, count in sorted(one.did.items())]
    times = counted(one.held_back, "time")
    if not did:
        yield worded("  {rule}: would have fired {times}, and has come to no effect yet", rule=one.rule, times=times)
        return
    if one.clients:
        yield worded("  {rule}: {did}, for {clients}", rule=one.rule, did=did, clients=counted(one.clients, "client"))
    else:
        yield worded("  {rule}: {did}", rule=one.rule, did=did)
    if one.example:
        yield worded("      such as: {text}", text=" / ".join(one.example.splitlines()))
    if one.held_back:
        yield worded("      in shadow by its own file: would have fired {times}", times=times)


def _lacking(lacking: Sequence[Lacking]) -> Iterator[str]:
    """What cards lack, a line for each who owes something: a client's name and its gate stand above."""
    yield ""
    yield worded("what cards lack, and who owes it:") if lacking else worded("no card lacks anything")
    for one in lacking:
        yield f"  {one.client} — {one.gate}"
        for who in dict.fromkeys(miss.who for miss in one.missing):
            what = [miss.what for miss in one.missing if miss.who == who]
            yield worded("      {who}: {what}", who=who, what=what)


def _drafts(found: ShadowReport, unnamed: list[str]) -> Iterator[str]:
    """Comments for people.yaml and bridge.yaml: suggestions, not decisions."""
    if found.strangers or unnamed:
        yield ""
        yield worded("drafts for the configuration, to be checked by somebody who knows:")
    if found.strangers:
        yield worded("# people.yaml: they act in these systems, and the bridge does not know who they are")
        for (system, id), name in sorted(found.strangers.items()):
            yield f'#  somebody:\n#    name: {name or "?"}\n#    roles: []\n#    ids: {{{system}: "{id}"}}'
    for name in sorted(unnamed):
        cards = counted(found.lists[name], "card")
        yield worded("# the list «{name}» ({cards}) is named in no rule", name=name, cards=cards)


def _written(folder: Path) -> str:
    """All that the configuration says, as one text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.yaml")))


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
