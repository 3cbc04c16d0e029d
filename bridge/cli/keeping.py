"""Keeping what the bridge knows: a copy to carry away, taking it back, one client's file, erasing one client."""

from __future__ import annotations

import getpass
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import is_called, name_of, one_client
from bridge.cli.options import AsJson
from bridge.cli.output import complain, confirmed, counted, print_json, say, things
from bridge.cli.room import store_to_read, time_there, told_here, try_database, unusable_database, whose
from bridge.model.errors import ConfigError, DatabaseHeld, StoreError
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import as_it_says, worded
from bridge.store import Store
from bridge.store.belongings import Belongings
from bridge.store.database import file_of
from bridge.store.faults import copies_beside
from bridge.store.keeping import Restored, back_up, check, restore, scrub
from bridge.wiring.workspaces import settings_here

db = Commands("The database file: its schema, its health.")

Who = Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")]


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the whole database into one checked file, while the bridge works. Config and secrets are not in it."""
    made = back_up(_url(), file, datetime.now(UTC), force=force)
    if as_json:
        print_json(asdict(made))
        return
    held, language = things(made.counts) or worded("nothing yet"), told_here()
    size = f"{made.size_bytes / 1_000_000:.1f}"
    words = "{file}: {size} MB, schema {schema}, found sound; it holds {held}"
    say(worded(words, file=file, size=size, schema=made.schema, held=held), language)
    say(worded("what is in it, and its checksum: {file}.json", file=file), language)
    say(worded("not in it: the config folder and the secrets; keep copies of them, too"), language)


def put_back(
    file: Annotated[Path, typer.Argument(help="A file that `bridge backup` made.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, which is kept beside it. The bridge has to be stopped."""
    try:
        done = restore(_url(), file, datetime.now(UTC))
    except DatabaseHeld as held:
        raise DatabaseHeld(held.process, held.machine, held.since, replaces=True) from held
    if as_json:
        print_json(asdict(done))
        return
    zone, language = whose()
    for line in _restored(file, done, zone):
        say(line, language)


def export(
    client: Who,
    to: Annotated[Path | None, typer.Option("--to", help="The file; else named after the client, here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write everything kept about one client into one JSON file, or a zip file when documents belong to it."""
    with store_to_read() as (store, _settings, agency):
        language = agency.language
        local_id = one_client(store, client, language)
        name = name_of(store, local_id)
        found = store.belongings(local_id)
    file = to or Path(f"{local_id}.zip" if found.documents else f"{local_id}.json")
    if found.documents and file.suffix != ".zip":
        documents = counted(len(found.documents), "document")
        complain(worded("{documents} belong to it: name a .zip file", documents=documents), language)
        raise typer.Exit(USAGE)
    if file.exists():
        complain(worded("{file} exists; name another file with --to", file=file), language)
        raise typer.Exit(USAGE)
    try:
        _write(file, found)
    except OSError as error:
        words = "{file} cannot be written: {reason}"
        raise StoreError(worded(words, file=file, reason=as_it_says(error.strerror))) from error
    rows = {name: len(part) for name, part in found.content.items() if isinstance(part, list)}
    if as_json:
        print_json({"file": str(file), "client": local_id, "rows": rows, "documents": len(found.documents)})
        return
    count = counted(sum(rows.values()), "row")
    say(worded("{file}: everything kept about {name}, {rows}", file=file, name=name, rows=count), language)


def erase(
    client: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take away everything personal that the bridge keeps about one client. Numbers stay. This cannot be undone."""
    with store_to_read() as (store, settings, agency):
        language = agency.language
        local_id = one_client(store, client, language)
        name = name_of(store, local_id)
        if yes and not is_called(client, local_id, name):
            advice = '"{who}" is only a part of {name}: write all of it with --yes, or leave --yes out and be asked'
            complain(worded(advice, who=client, name=name), language)
            raise typer.Exit(USAGE)
        asked = worded("Erase everything kept about {name}? This cannot be undone", name=name)
        if not yes and not confirmed(asked, language):
            complain(worded("nothing was erased"), language)
            raise typer.Exit(FINDINGS)
        counts = store.erase(local_id, time_there(store), _who())
        clean = scrub(settings.database_url)
        file = file_of(settings.database_url)
    copies = [str(path) for path in copies_beside(file)]
    if as_json:
        print_json({"client": local_id, "rows": counts, "clean": clean, "copies": copies})
        raise typer.Exit(GOOD if clean else FINDINGS)
    say(worded("erased {name}: {what}", name=name, what=things(counts)), language)
    say(worded("backups made before still hold it, and so do Trello, Planfix, Google and Telegram"), language)
    for copy in copies:
        say(worded("  a copy beside the database: {copy}", copy=copy), language)
    if not clean:
        complain(
            worded("the database's log could not be emptied, since somebody reads it; finish with: bridge db scrub"),
            language,
        )
        raise typer.Exit(FINDINGS)


@db.command("upgrade")
def upgrade_schema() -> None:
    """Bring the database to this program's schema, with a copy of the old one beside it. Stop the bridge first."""
    url = _url()
    try_database(settings_here(), made_by="bridge run")
    before = copies_beside(file_of(url))
    store = Store(url)
    try:
        store.lock()
        store.examine()
        store.upgrade()
        now_at = store.schema
    finally:
        store.close()
    for copy in sorted(set(copies_beside(file_of(url))) - set(before)):
        say(worded("the database as it was: {copy}", copy=copy), told_here())
    say(worded("schema {schema}, up to date", schema=now_at), told_here())


@db.command("check")
def check_file(as_json: AsJson = False) -> None:
    """Read the whole database and say what is wrong with it. The bridge may work meanwhile."""
    problems = check(_url())
    if as_json:
        print_json({"sound": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            complain(problem)
        complain(
            worded("stop the bridge, then: bridge restore FILE, with the newest backup older than it"), told_here()
        )
    else:
        say(worded("sound"), told_here())
    raise typer.Exit(FINDINGS if problems else GOOD)


@db.command("scrub")
def scrub_file() -> None:
    """Write the file anew, so that no unused place of it holds what was erased. Writers wait meanwhile."""
    if not scrub(_url()):
        complain(worded("somebody reads the database for too long; try again, or stop the bridge first"), told_here())
        raise typer.Exit(FINDINGS)
    say(worded("done"), told_here())


def _url() -> str:
    """The address of the database; a broken config folder must not stand in the way of a backup."""
    settings = settings_here()
    if findings := unusable_database(settings):
        raise ConfigError(findings)
    return settings.database_url


def _write(file: Path, found: Belongings) -> None:
    content = {"exported_at": moment_text(datetime.now(UTC)), **found.content}
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    file.touch(0o600)
    if file.suffix != ".zip":
        file.write_text(text, encoding="utf-8")
        return
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{found.client}.json", text)
        for document in found.documents:
            archive.writestr(document.name, document.content)


def _restored(file: Path, done: Restored, zone: ZoneInfo) -> Iterator[str]:
    if done.made_at:
        made_at = f"{parse_moment(done.made_at).astimezone(zone):%d.%m.%Y %H:%M}"
        yield worded("restored from {file}, made at {made_at}", file=file, made_at=made_at)
    else:
        yield worded("restored from {file}", file=file)
    if done.replaced:
        yield worded("the database before it: {file}", file=done.replaced)
    yield worded("deliveries in doubt: {count}", count=done.doubtful)
    yield worded(
        "what went out after the backup is looked for before it is repeated, for half an hour after the next start;"
    )
    yield worded("then look at: bridge outbox list --state unknown, bridge outbox list --state held")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"
