"""Accesses that clients hand over: the key pair, what came, reading it, throwing it away."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import name_of, one_client
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, confirmed, print_json, print_table, say
from bridge.cli.room import reader, store_to_read, time_there
from bridge.engine.accesses import link_by_hand, note_reading
from bridge.engine.context import Context
from bridge.engine.handing_over import about
from bridge.engine.sealing import CannotOpen, Opener, new_key
from bridge.engine.snapshots import snapshot_of
from bridge.model.errors import BridgeError
from bridge.model.events import Actor, ActorKind
from bridge.model.findings import did_you_mean
from bridge.model.values import moment_text
from bridge.model.vault import Access, AccessState
from bridge.model.wording import as_it_says, worded
from bridge.store import Store
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.settings import Settings
from bridge.wiring.workspaces import settings_here

vault = Commands("Accesses that clients hand over: the key pair, what came, reading it, throwing it away.")

Who = Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")]
Which = Annotated[str, typer.Argument(help="The access, as `bridge vault list` names it; all of the client without.")]

_STATES = {
    AccessState.ASKED: worded("access asked for"),
    AccessState.RECEIVED: worded("access received"),
    AccessState.CHECKED: worded("access works"),
    AccessState.WRONG: worded("access does not work"),
}
_PARTS = {"login": worded("login"), "password": worded("password"), "note": worded("note")}


@vault.command("init")
def init(
    file: Annotated[Path | None, typer.Argument(help="Where the private key goes; else vault.key here.")] = None,
    language: ToldIn = None,
) -> None:
    """Make the key pair. The private key opens what clients hand over; the public one goes into bridge.yaml."""
    spoken = language or reader()
    path = file or settings_here().vault.key_file or Path("vault.key")
    pem, public = new_key()
    try:
        _write_key(path, pem)
    except FileExistsError:
        words = "{file} exists, and whatever was sealed for it opens with nothing else; name another file"
        complain(worded(words, file=path), spoken)
        raise typer.Exit(USAGE) from None
    except OSError as error:
        words = "{file} cannot be written: {reason}"
        raise BridgeError(worded(words, file=path, reason=as_it_says(error.strerror))) from error
    say(worded("the private key: {file}; only you can read it", file=path), spoken)
    words = "keep a copy of it apart from the database and its backups: without it nobody can read anything"
    say(worded(words), spoken)
    words = "whoever reads accesses here sets: BRIDGE_VAULT__KEY_FILE={file}; the daemon needs no key"
    say(worded(words, file=path), spoken)
    say(worded("into bridge.yaml, with the accesses that you ask for:"), spoken)
    say(f"vault:\n  public_key: {public}")


@vault.command("list")
def list_accesses(
    client: Annotated[str, typer.Argument(help="A client's name, card or local id; everybody without.")] = "",
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """What was asked for, what came, whether it works, and until when it is kept. Nothing of what is in it."""
    with store_to_read() as (store, _settings, agency):
        spoken = language or agency.language
        found = store.accesses(one_client(store, client, spoken) if client else "")
        whose = {one.subject: name_of(store, one.subject) for one in found}
    if as_json:
        print_json([_plain(one, whose[one.subject]) for one in found])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            whose[one.subject],
            one.name,
            _title(agency, one.name, spoken),
            _STATES[one.state],
            f"{(one.received_at or one.asked_at).astimezone(zone):%d.%m.%Y %H:%M}",
            one.settled_by,
            f"{one.expires_at.astimezone(zone):%d.%m.%Y}" if one.sealed and one.expires_at else "",
        ]
        for one in found
    ]
    words = ("whose", "name", "access", "state", "since", "checked by", "kept until")
    print_table([worded(word) for word in words], cells, worded("nobody was asked for an access"), spoken)


@vault.command("show")
def show(client: Who, access: Which = "", language: ToldIn = None, as_json: AsJson = False) -> None:
    """Read what a client handed over. Needs the private key; who read it and when is written down first."""
    with store_to_read() as (store, settings, agency):
        spoken = language or agency.language
        opener = _opener(settings)
        found = [one for one in _meant(store, agency, client, access, spoken) if one.sealed]
        opened = _read(store, opener, found)
        whose = {one.subject: name_of(store, one.subject) for one in found}
    if as_json:
        print_json([{**_plain(one, whose[one.subject]), **content} for one, content in opened])
    for one, content in () if as_json else opened:
        say(f"{whose[one.subject]}: {_title(agency, one.name, spoken)}")
        for part, word in _PARTS.items():
            if content.get(part):
                say(worded("  {what}: {text}", what=word, text=_harmless(content[part])), spoken)
    if not opened:
        complain(worded("there is nothing to read; see: bridge vault list"), spoken)
    raise typer.Exit(GOOD if opened else FINDINGS)


@vault.command("link")
def link(
    client: Who,
    page: Annotated[
        str, typer.Option("--page", help="The language of the page: uk, ru or en; else the client's.")
    ] = "",
    language: ToldIn = None,
) -> None:
    """Make a one-time link to pass on by hand, for a client whom the bridge does not write to. It is told once."""
    with store_to_read() as (store, settings, agency):
        spoken = language or agency.language
        who = one_client(store, client, spoken)
        context = context_to_look(settings, agency)
        reads = page or _language_of(store, who, context) or agency.language
        made = link_by_hand(store, context, who, reads, time_there(store), _who())
    if not made:
        words = "there is no link to make: no access is missing, or there is no vault, or no BRIDGE_PUBLIC_URL"
        complain(worded(words), spoken)
        raise typer.Exit(FINDINGS)
    say(made)


@vault.command("forget")
def forget(
    client: Who,
    access: Which = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    language: ToldIn = None,
) -> None:
    """Throw away what a client handed over. That it came, and whether it works, stays known."""
    with store_to_read() as (store, _settings, agency):
        spoken = language or agency.language
        found = [one for one in _meant(store, agency, client, access, spoken) if one.sealed]
        titles = [_title(agency, one.name, spoken) for one in found]
        if not found:
            complain(worded("there is nothing to throw away; see: bridge vault list"), spoken)
            raise typer.Exit(FINDINGS)
        asked = worded("Throw away {titles}? This cannot be undone", titles=titles)
        if not yes and not confirmed(asked, spoken):
            complain(worded("nothing was thrown away"), spoken)
            raise typer.Exit(FINDINGS)
        with store.intake(time_there(store)) as intake:
            gone = [one for one in found if intake.accesses.forget(one.id)]
            note_reading(intake, gone, "forgotten", _who())
    say(worded("thrown away: {titles}", titles=titles), spoken)


def _language_of(store: Store, client: str, context: Context) -> str:
    """The language that the client reads, as far as it is known."""
    snapshot = snapshot_of(store.load_client(client), context)
    known = snapshot.subjects[client].facts.get("client.language")
    return known.value if known is not None and isinstance(known.value, str) else ""


def _write_key(path: Path, pem: bytes) -> None:
    """A file that only its owner can read, from its first byte on. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def _opener(settings: Settings) -> Opener:
    """The private key. Raises CannotOpen that says which file is missing or wrong."""
    path = settings.vault.key_file
    if path is None:
        words = "reading needs the private key: set BRIDGE_VAULT__KEY_FILE to the file that `bridge vault init` made"
        raise CannotOpen(worded(words))
    try:
        return Opener(path.read_bytes())
    except OSError as error:
        words = "{file} cannot be read: {reason}"
        raise CannotOpen(worded(words, file=path, reason=as_it_says(error.strerror))) from error


def _meant(store: Store, agency: Agency, client: str, access: str, language: str) -> list[Access]:
    """The accesses that a person means: all of a client, or those of a name or a title. Ends the command for none."""
    found = list(store.accesses(one_client(store, client, language)))
    if not access:
        return found
    wanted = access.casefold()
    meant = [one for one in found if wanted in (one.name, _title(agency, one.name, language).casefold(), one.id)]
    if not meant:
        advice = did_you_mean(access, [one.name for one in found])
        complain(worded('there is no access "{name}"; {advice}', name=access, advice=advice), language)
        raise typer.Exit(USAGE)
    return meant


def _read(store: Store, opener: Opener, found: Sequence[Access]) -> list[tuple[Access, dict[str, str]]]:
    """Opens the boxes, once it is written down who reads them: no reading without a trace. Raises CannotOpen."""
    now = time_there(store)
    with store.intake(now) as intake:
        boxes = [(one, box) for one in found if (box := intake.accesses.box(one.id)) is not None]
        opened = [(one, opener.open(box, about(store.workspace, one.id))) for one, box in boxes]
        note_reading(intake, [one for one, _content in opened], "read", _who())
    return opened


def _title(agency: Agency, name: str, language: str) -> str:
    known = agency.vault.accesses.get(name) if agency.vault is not None else None
    return known.title.by_language()[language] if known else name


def _harmless(text: str) -> str:
    """What a client wrote, as a terminal may show it: nothing in it moves the cursor or recolours the screen."""
    lines = " / ".join(text.splitlines())
    return "".join(letter if letter.isprintable() else " " for letter in lines)


def _plain(access: Access, whose: str) -> dict[str, object]:
    moments = {"asked_at": access.asked_at, "received_at": access.received_at, "checked_at": access.settled_at}
    return {
        "whose": whose,
        "subject": access.subject,
        "access": access.name,
        "state": access.state.value,
        **{name: moment_text(moment) if moment else None for name, moment in moments.items()},
        "checked_by": access.settled_by,
        "kept_until": moment_text(access.expires_at) if access.sealed and access.expires_at else None,
    }


def _who() -> Actor:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = "command line"
    return Actor(ActorKind.PERSON, name, name)
