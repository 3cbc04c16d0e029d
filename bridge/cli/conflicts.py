"""What was changed in two places at once: every value, which one won, and what still waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import USAGE
from bridge.cli.looking import any_of, find_subjects, names_of, nobody, value_in_words
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, print_table, spoken
from bridge.cli.room import store_to_read
from bridge.engine.accounts import connector_called
from bridge.model.merging import OURSELVES, Why
from bridge.model.values import Plain, moment_text, parse_moment
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.agreed import StoredConflict
from bridge.store.rows import parse_ref
from bridge.wiring.agency import Agency
from rules.telling import Teller, system_name

_WHY = {
    Why.OWNER: worded("changed in two places: the owner's value won"),
    Why.READ_ONLY: worded("changed where it is not read: taken back"),
    Why.FIRST_SIGHT: worded("they never agreed: enter the right one in both"),
    Why.NO_SUCH_VALUE: worded("no value of this fact: enter one of its own"),
}
_KINDS = {"card": worded("card"), "contact": worded("contact"), "task": worded("task")}
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
        looking = _Looking(store, agency, tongue)
        cells = [
            [
                f"{one.at.astimezone(ZoneInfo(agency.zone)):%d.%m %H:%M}",
                names.get(one.client, one.client),
                _fact(one.conflict.field, agency.ruleset.fields, tongue),
                looking.told(one),
                _became(one),
            ]
            for one in found
        ]
    if as_json:
        print_json([{**_plain(one), "name": names.get(one.client, "")} for one in found])
        return
    titles = [worded("since"), worded("whose"), worded("what"), worded("where"), worded("reason")]
    print_table(titles, cells, worded("no conflicts: everything in step agrees"), tongue)


def _fact(key: str, fields: Any, language: str) -> str:
    spec = fields.get(key)
    return str(spec.titles.get(language, key)) if spec is not None else key


def _became(one: StoredConflict) -> str:
    decided = one.conflict.why in (Why.OWNER, Why.READ_ONLY)
    return _WHY[one.conflict.why] if decided or one.settled_at is None else worded("settled")


@dataclass(frozen=True)
class _Looking:
    """How values and places are told to one reader: systems, things and facts by the names that people know."""

    store: Store
    agency: Agency
    language: str

    def told(self, one: StoredConflict) -> str:
        """Every value with its place, the one that won first."""
        state = self.store.load_client(one.client)
        things = {str(record.ref): record.fields for records in state.records.values() for record in records}
        held = sorted(one.conflict.held, key=lambda each: not each["won"])
        return "; ".join(self._held(each, one.conflict.field, things.get(str(each["ref"]), {})) for each in held)

    def _held(self, held: Any, key: str, thing: Mapping[str, Plain]) -> str:
        """One value with its place, who entered it and when; the one that won with a sign before it."""
        fields, zone = self.agency.ruleset.fields, ZoneInfo(self.agency.zone)
        teller = Teller(self.agency.ruleset, self.language, self.agency.people)
        value = "—" if held["value"] is None else value_in_words(teller, fields.get(key), held["value"])
        by = held.get("by", "")
        by = by if by not in _WORDS else spoken(_WORDS[by], self.language)
        at = f", {parse_moment(held['at']).astimezone(zone):%d.%m %H:%M}" if held["at"] else ""
        where = spoken(self._where(held, thing), self.language)
        return f"{'✓ ' if held['won'] else ''}{where}: {value} ({by}{at})"

    def _where(self, held: Any, thing: Mapping[str, Plain]) -> str:
        """A place as people find it: the system, what it is there, and its name; of a card also its board."""
        system, what, *_field = str(held["place"]).split(".")
        account = parse_ref(held["ref"]).account
        called = system_name(connector_called(system, account if account in self.agency.accounts(system) else ""))
        name, board = str(thing.get("name") or ""), str(thing.get("board") or "")
        if what == "card" and name and board:
            return worded("{system}, card “{name}” on board “{board}”", system=called, name=name, board=board)
        kind = _KINDS.get(what, what)
        if not name:
            return worded("{system}, {kind}", system=called, kind=kind)
        return worded("{system}, {kind} “{name}”", system=called, kind=kind, name=name)


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
