"""What was changed in two places at once: every value, which one won, and what still waits for a person."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import USAGE
from bridge.cli.looking import any_of, find_subjects, names_of, nobody
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, print_table, spoken
from bridge.cli.room import store_to_read
from bridge.model.merging import OURSELVES, Why
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import worded
from bridge.store.agreed import StoredConflict

_WHY = {
    Why.OWNER: worded("changed in two places: the owner's value won"),
    Why.READ_ONLY: worded("changed where it is not read: taken back"),
    Why.FIRST_SIGHT: worded("they never agreed: enter the right one in both"),
    Why.NO_SUCH_VALUE: worded("no value of this fact: enter one of its own"),
}
_WORDS = {"": worded("unknown who"), OURSELVES: worded("the bridge")}


def conflicts(
    client: Annotated[str, typer.Argument(help="Only of this client: name, card or local id.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many: first those that still stand.")] = 50,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Facts that two places held differently: what stood where, and what became of it."""
    with store_to_read() as (store, _settings, agency):
        tongue = language or agency.language
        whose = ""
        if client:
            subjects = set(find_subjects(store, client))
            clients = sorted({subject.client for subject in store.subjects() if subject.id in subjects})
            if len(clients) != 1:
                complain(any_of(store, client, clients) if clients else nobody(store, client, of_clients=True), tongue)
                raise typer.Exit(USAGE)
            [whose] = clients
        found = store.conflicts(whose, limit)
        names = names_of(store, [one.client for one in found])
    if as_json:
        print_json([{**_plain(one), "name": names.get(one.client, "")} for one in found])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            f"{one.at.astimezone(zone):%d.%m %H:%M}",
            names.get(one.client, one.client),
            _fact(one.conflict.field, agency.ruleset.fields, tongue),
            "; ".join(_held(held, zone, tongue) for held in one.conflict.held),
            _became(one),
        ]
        for one in found
    ]
    titles = [worded("since"), worded("whose"), worded("what"), worded("where"), worded("reason")]
    print_table(titles, cells, worded("no conflicts: everything in step agrees"), tongue)


def _fact(key: str, fields: Any, language: str) -> str:
    spec = fields.get(key)
    return str(spec.titles.get(language, key)) if spec is not None else key


def _became(one: StoredConflict) -> str:
    decided = one.conflict.why in (Why.OWNER, Why.READ_ONLY)
    return _WHY[one.conflict.why] if decided or one.settled_at is None else worded("settled")


def _held(held: Any, zone: ZoneInfo, language: str) -> str:
    """One value with its place, who entered it and when; the one that won with a sign before it."""
    value = "—" if held["value"] is None else held["value"]
    by = held.get("by", "")
    by = by if by not in _WORDS else spoken(_WORDS[by], language)
    at = f", {parse_moment(held['at']).astimezone(zone):%d.%m %H:%M}" if held["at"] else ""
    return f"{'✓ ' if held['won'] else ''}{held['place']}: {value} ({by}{at})"


def _plain(one: StoredConflict) -> dict[str, Any]:
    """A conflict for programs."""
    return {
        "client": one.client,
        "subject": one.conflict.subject,
        "field": one.conflict.field,
        "why": one.conflict.why.value,
        "held": [dict(held) for held in one.conflict.held],
        "at": moment_text(one.at),
        "settled_at": moment_text(one.settled_at) if one.settled_at is not None else None,
    }
