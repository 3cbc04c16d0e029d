"""Who at a client is written to, and the links by which they come: made, listed, taken back."""

from __future__ import annotations

import getpass
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import segno
import typer

from bridge.cli.errors import FINDINGS, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import any_of, called, find_subjects, name_of, names_of, nobody, which_of
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, print_table, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.clock import SystemClock
from bridge.engine.inviting import STARTS, ends_at, keep, new_code, roles_of, withdraw
from bridge.model.correspondents import EVERY_ROLE, Correspondent, Role, roles_with
from bridge.model.findings import did_you_mean
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rows import Token
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import links_alone
from bridge.words import Language

chat = Commands("Chats of clients: who is there for what, and the links by which they come.")

Client = Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")]
_PICTURES = (".png", ".svg")


@chat.command("list")
def list_chats(client: Client = "", language: ToldIn = None, as_json: AsJson = False) -> None:
    """Who of a client, or of all, has a chat and what they are there for; then the links nobody has used yet."""
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        clients = [_client(store, client, told_in)] if client else sorted({one.client for one in store.subjects()})
        names = names_of(store, clients)
        people = [(one, person) for one in clients for person in store.correspondents(one)]
        with store.intake(now := time_there(store)) as intake:
            codes = [(one, code) for one in clients for code in intake.codes(one, STARTS) if code.used_at is None]
        lasts = _lasts(agency)
    if as_json:
        links = [_plain_code(code, names.get(one, one), now, lasts) for one, code in codes]
        print_json({"people": [_plain(one, names.get(client, client)) for client, one in people], "links": links})
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            names.get(one, one),
            who.name,
            _is_for(who.roles),
            _state(who),
            _day(who.bound_at, zone),
        ]
        for one, who in people
    ]
    titles = [worded("client"), worded("who"), worded("is there for"), worded("state"), worded("since")]
    print_table(titles, cells, worded("nobody has a chat yet"), told_in)
    cells = [
        [
            names.get(one, one),
            code.token,
            _is_for(roles_of(code)),
            worded("out of date") if ends_at(code, lasts) <= now else _day(ends_at(code, lasts), zone),
        ]
        for one, code in codes
    ]
    if cells:
        titles = [worded("client"), worded("code of a link"), worded("for"), worded("good until")]
        print_table(titles, cells, "", told_in)


@chat.command()
def link(
    client: Client,
    group: Annotated[bool, typer.Option("--group", help="To take the bot into a group of the client.")] = False,
    role: Annotated[
        str, typer.Option("--role", help="What the person is there for: decides, pays, answers or reads.")
    ] = "",
    qr: Annotated[
        Path | None, typer.Option("--qr", help="Also draw it as a QR code into this .png or .svg file.")
    ] = None,
    language: ToldIn = None,
) -> None:
    """Make a link for one more person or group of a client. It is good once, and for a while."""
    meant = which_of(role, Role) if role else None
    with store_to_read() as (store, settings, agency):
        told_in = language or agency.language
        if qr is not None and qr.suffix.casefold() not in _PICTURES:
            complain(worded('"{file}" is no .png or .svg file', file=qr), told_in)
            raise typer.Exit(USAGE)
        whose = _client(store, client, told_in)
        links = links_alone(settings, agency, store, SystemClock())
        if links is None or not links.known:
            words = "the bot has not said its name yet: see bridge check, then try again"
            complain(worded(words), told_in)
            raise typer.Exit(FINDINGS)
        with store.intake(time_there(store)) as intake:
            code = new_code(intake, whose, meant)
        address, name = links(code, group=group), name_of(store, whose)
    say(address)
    whom = worded("for a group of {name}", name=name) if group else worded("for one person of {name}", name=name)
    say(worded("{whom}, good for {days}", whom=whom, days=counted(_lasts(agency).days, "day")), told_in)
    if qr is not None:
        try:
            segno.make(address, error="m").save(str(qr), scale=8)
        except OSError as error:
            complain(worded("{file} cannot be written: {why}", file=qr, why=error.strerror or error), told_in)
            raise typer.Exit(FINDINGS) from None
        say(worded("drawn into {file}", file=qr), told_in)


@chat.command("withdraw")
def take_back(
    code: Annotated[str, typer.Argument(help="The code of a link, as `bridge chat list` shows it.")],
    language: ToldIn = None,
) -> None:
    """Take back a link that nobody has used: it does nothing from now on."""
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        with store.intake(time_there(store)) as intake:
            gone = withdraw(intake, code.rpartition("=")[2])
        name = name_of(store, gone.subject) if gone is not None else ""
    if gone is None:
        complain(worded("no unused link has the code {code}; see: bridge chat list", code=code), told_in)
        raise typer.Exit(USAGE)
    say(worded("the link of {name} does nothing any more", name=name), told_in)


@chat.command("role")
def set_role(
    client: Client,
    who: Annotated[str, typer.Argument(help="The person's or group's name, as `bridge chat list` shows it.")],
    roles: Annotated[list[str], typer.Argument(help="decides, pays, answers, reads; all for the main person.")],
    language: ToldIn = None,
) -> None:
    """Say what somebody at a client is there for. Whoever is there for anything reads the news, too."""
    meant = _meant(roles)
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        whose = _client(store, client, told_in)
        found = _person(store.correspondents(whose), who, told_in)
        with store.intake(time_there(store)) as intake:
            keep(intake, whose, replace(found, roles=meant), f"said by {getpass.getuser()}")
    say(worded("{who} is there for: {roles}", who=found.name, roles=_roles(meant)), told_in)


@chat.command("language")
def set_language(
    client: Client,
    who: Annotated[str, typer.Argument(help="The person's or group's name, as `bridge chat list` shows it.")],
    tongue: Annotated[Language, typer.Argument(metavar="LANGUAGE", help="uk, ru or en.")],
    language: ToldIn = None,
) -> None:
    """Say in which language somebody at a client reads."""
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        whose = _client(store, client, told_in)
        found = _person(store.correspondents(whose), who, told_in)
        with store.intake(time_there(store)) as intake:
            keep(intake, whose, replace(found, language=tongue.value), f"said by {getpass.getuser()}")
    say(worded("{who} reads in: {tongue}", who=found.name, tongue=tongue.value), told_in)


def _meant(roles: list[str]) -> frozenset[Role]:
    """The roles that were typed, apart or with commas between them. Raises BadParameter."""
    typed = [word for one in roles for word in one.split(",") if word.strip()]
    if [word.strip().casefold() for word in typed] == ["all"]:
        return EVERY_ROLE
    return frozenset[Role]().union(*(roles_with(which_of(word, Role)) for word in typed))


def _client(store: Store, who: str, language: str) -> str:
    """The one client that is meant. Ends the command for nobody and for several."""
    subjects = set(find_subjects(store, who))
    clients = sorted({one.client for one in store.subjects() if one.id in subjects})
    if len(clients) != 1:
        complain(any_of(store, who, clients) if clients else nobody(store, who, of_clients=True), language)
        raise typer.Exit(USAGE)
    return clients[0]


def _person(people: tuple[Correspondent, ...], who: str, language: str) -> Correspondent:
    """The one of a client's people that is meant. Ends the command for nobody and for several."""
    wanted = who.strip().casefold()
    found = [one for one in people if wanted in (one.chat.id, one.name.casefold())]
    found = found or [one for one in people if wanted and wanted in one.name.casefold()]
    if len(found) != 1:
        advice = did_you_mean(who, [one.name for one in people]) or worded("see: bridge chat list")
        several = worded('"{who}" may be {names}; name one of them', who=who, names=[one.chat.id for one in found])
        complain(several if found else worded('nobody is called "{who}"; {advice}', who=who, advice=advice), language)
        raise typer.Exit(USAGE)
    return found[0]


def _roles(roles: frozenset[Role]) -> list[str]:
    return [worded("everything")] if roles == EVERY_ROLE else [called(role.value) for role in Role if role in roles]


def _is_for(roles: frozenset[Role]) -> str:
    return worded("{parts}", parts=_roles(roles))


def _state(one: Correspondent) -> str:
    if not one.is_open:
        return worded("blocked or left")
    return worded("asked for silence") if one.stopped_at is not None else worded("reads us")


def _day(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M}" if at is not None else ""


def _lasts(agency: Agency) -> timedelta:
    return timedelta(days=agency.telegram.link_days if agency.telegram else 0)


def _plain(one: Correspondent, client: str) -> dict[str, object]:
    return {
        "client": client,
        "chat": one.chat.id,
        "name": one.name,
        "roles": sorted(one.roles),
        "open": one.is_open,
        "stopped_at": moment_text(one.stopped_at) if one.stopped_at else None,
        "language": one.language,
        "since": moment_text(one.bound_at) if one.bound_at else None,
    }


def _plain_code(code: Token, client: str, now: datetime, lasts: timedelta) -> dict[str, object]:
    until = ends_at(code, lasts)
    return {
        "client": client,
        "code": code.token,
        "roles": sorted(roles_of(code)),
        "made_at": moment_text(code.created_at),
        "good_until": moment_text(until),
        "good": until > now,
    }
