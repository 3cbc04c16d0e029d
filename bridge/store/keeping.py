"""Keeping a database: a copy in one file while the bridge works, taking such a copy back, and looking a file through.

Only SQLite files. A copy is the whole database with every made document; config/ and secrets are not in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.model.errors import StoreError
from bridge.model.reasons import RESTORED
from bridge.model.values import moment_text
from bridge.model.wording import as_it_says, worded
from bridge.store import tables as t
from bridge.store.database import Lock, file_of, open_engine, revision_of, revisions, upgrade
from bridge.store.faults import MAGIC, damaged, look_through, store_error

AT_WORK = "at-work"
NOT_STARTED = "not-started"
"""Under this name the store keeps why one of several workspaces could not begin; "" once it has."""
"""The meta row of a process at work; one that is found at a start says that the last stop was not an orderly one."""
DOUBT_LASTS = timedelta(minutes=30)
"""How long after its first start a restored bridge looks before every effect, also before those it plans anew."""

_BACKUP, _RESTORED, _UNTIL = "backup", "restored", "restored:until"
_COUNTED = ("subjects", "records", "events", "deliveries", "documents", "timers", "traces")
_ALWAYS_CHECKED = 50_000_000  # bytes; a quick check reads some 500 MB a second
_PATIENCE = 60
_ITSELF = "{file} is the database itself"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `sha256` is of the file; `counts` are rows by table; `schema` its revision."""

    file: str
    at: str
    schema: str
    workspaces: tuple[str, ...]
    counts: Mapping[str, int]
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration did. `doubtful` counts deliveries that are looked for before they are repeated.

    `made_at` is when the backup was made, "" for a plain copy. `replaced` is where the database before it lies now.
    """

    schema: str
    made_at: str
    doubtful: int
    replaced: str


# -- a copy -----------------------------------------------------------------------------------------------------------


def back_up(url: str, target: Path, now: datetime, *, force: bool = False) -> Backup:
    """Copies the database into one checked file, with its description beside it (`FILE.json`). The bridge may work.

    The copy is one moment of the database, and appears under its name only when it is whole and sound. Raises
    StoreError when it cannot be made, and when `target` exists and `force` is not given.
    """
    source = _existing(url)
    if target.exists() and (target.samefile(source) or not force):
        same = target.samefile(source)
        raise StoreError(worded(_ITSELF if same else "{file} exists; --force replaces it", file=target))
    part = _part(target)
    try:
        _copy(source, part)
        with _opened(part) as copy:
            _sound(copy, source)
            _say_what_it_is(copy, now)
            copy.execute("PRAGMA journal_mode=DELETE")
            about = _described(copy)
        made = Backup(file=target.name, size_bytes=part.stat().st_size, sha256=_sha256(part), **about)
        _put(part, target)
    finally:
        _remove(part)
    description = Path(f"{target}.json")
    with _disk(description):
        description.write_text(json.dumps(asdict(made), indent=2) + "\n", encoding="utf-8")
    return made


def keep_before_upgrade(url: str) -> Path | None:
    """Copies a database of an older schema beside itself, and gives the copy: `bridge.db.before-0002`."""
    source = file_of(url)
    if source is None or not source.exists():
        return None
    target = Path(f"{source}.before-{revisions()[-1]}")
    part = _part(target)
    try:
        _copy(source, part)
        with _opened(part) as copy:
            _sound(copy, source)
            copy.execute("PRAGMA journal_mode=DELETE")
        _put(part, target)
    finally:
        _remove(part)
    return target


# -- taking it back ---------------------------------------------------------------------------------------------------


def restore(url: str, source: Path, now: datetime) -> Restored:
    """Puts a backup in the place of the database, which is kept beside it. Refuses while a bridge works.

    The backup is checked and brought to the newest schema first; until then nothing is touched. What the bridge did
    between the backup and now is not in it, so nothing is repeated blindly: see `_doubt_what_may_have_happened`.
    Raises StoreError: no backup, damaged, changed since it was made, of a newer program, a bridge at work.
    """
    database = file_of(url)
    if database is None:
        raise StoreError(worded("only an SQLite file can be restored"))
    if not source.is_file():
        raise StoreError(worded("there is no file {file}", file=source))
    if database.exists() and database.samefile(source):
        raise StoreError(worded(_ITSELF, file=source))
    _unchanged(source)
    with Lock(url).held():
        part = _part(database)
        try:
            made = _prepared(source, part, now)
            owner = (database if database.exists() else database.parent).stat()
            with suppress(OSError):  # only the administrator may give files away, and only then it matters
                os.chown(part, owner.st_uid, owner.st_gid)
            replaced = _put_aside(database)
            _put(part, database)
        finally:
            _remove(part)
    return Restored(*made, replaced=str(replaced or ""))


def after_restoration(connection: sa.Connection, now: datetime) -> None:
    """Lets the doubt of a restoration end: half an hour after the first start that follows it."""
    query = sa.select(t.meta.c.key, t.meta.c.value).where(t.meta.c.key.in_((_RESTORED, _UNTIL)))
    found = {row.key: row.value for row in connection.execute(query)}
    if _RESTORED not in found:
        return
    if _UNTIL not in found:
        connection.execute(t.meta.insert().values(key=_UNTIL, value=moment_text(now + DOUBT_LASTS)))
    elif found[_UNTIL] < moment_text(now):
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS after_restoration")
        connection.execute(t.meta.delete().where(t.meta.c.key.in_((_RESTORED, _UNTIL))))


def _prepared(source: Path, part: Path, now: datetime) -> tuple[str, str, int]:
    """A checked copy of the backup in the newest schema, with doubt where it belongs."""
    with _disk(part):
        shutil.copyfile(source, part)
        if Path(f"{source}-wal").exists():  # a plain copy of a stopped bridge's files
            shutil.copyfile(f"{source}-wal", f"{part}-wal")
    _not_cut(part, source)
    with _opened(part) as copy:
        _sound(copy, source)
    engine = open_engine(f"sqlite:///{part}")
    try:
        schema = revision_of(engine)
        if not schema:
            raise StoreError(worded("{file} is empty: it is no backup of a bridge", file=source))
        upgrade(engine)
    finally:
        engine.dispose()
    with _opened(part) as copy:
        made_at = _made_at(copy)
        doubtful = _doubt_what_may_have_happened(copy, made_at, now)
        copy.execute("PRAGMA journal_mode=DELETE")
    return schema, made_at, doubtful


def _doubt_what_may_have_happened(copy: sqlite3.Connection, made_at: str, now: datetime) -> int:
    """Makes the restored bridge look before it repeats. Gives how many deliveries of the backup are in doubt.

    What waited in the backup may have gone out since: it is in doubt, so Trello and Planfix are looked at first, a
    message to a client becomes `unknown` and is shown, a message to staff is repeated. What was due only later has not
    gone out. What happened after the backup is read and planned a second time, and its effects are in doubt as well;
    the trigger sees to that without a word in the code that plans. For a client or deal that the backup does not know
    nothing can be recognised (its mark was made from a local id that is lost), so what would come twice is held for
    people. New local ids begin far above those that were given after the backup: no mark means two things.
    """
    moment = moment_text(now)
    newest = copy.execute("SELECT max(seen_at) FROM events").fetchone()[0]
    since = made_at or newest or moment
    with copy:
        copy.execute("BEGIN IMMEDIATE")
        doubtful = copy.execute(
            "UPDATE deliveries SET doubt = 1, first_tried_at = coalesce(first_tried_at, created_at), fence = fence + 1,"
            " lease_until = NULL, state = CASE state WHEN 'claimed' THEN 'waiting' ELSE state END"
            " WHERE state IN ('claimed', 'held') OR state = 'waiting' AND (next_at <= :now OR doubt)"
            " OR state = 'dead' AND kind <> 'send_message'",
            {"now": moment},
        ).rowcount
        copy.execute(
            "INSERT INTO subjects (n, id, workspace, kind, parent, client, alias_of, origin, created_at)"
            " SELECT (max(n) / 10000 + 1) * 10000, 'restored-' || max(n), max(workspace), 'restored', '', '',"
            " 'restored', 'restored', :now FROM subjects HAVING count(*) > 0",
            {"now": moment},
        )
        copy.execute("DROP TRIGGER IF EXISTS after_restoration")
        copy.execute(
            f"""
            CREATE TRIGGER after_restoration AFTER INSERT ON deliveries
            WHEN NEW.next_at <= coalesce((SELECT value FROM meta WHERE key = '{_UNTIL}'), '9')
            BEGIN
                UPDATE deliveries SET doubt = 1, first_tried_at = '{since}' WHERE n = NEW.n;
                UPDATE deliveries SET state = 'held', reason = '{RESTORED}'
                WHERE n = NEW.n AND state = 'waiting'
                AND kind IN ('create_card', 'create_task', 'create_contact', 'create_deal',
                    'comment_card', 'comment_task', 'attach_document', 'copy_file')
                AND EXISTS (SELECT 1 FROM subjects WHERE id = NEW.subject AND created_at >= '{moment}');
            END
            """  # noqa: S608 - moments that we wrote; a trigger takes no parameters
        )
        copy.execute("DELETE FROM meta WHERE key IN (?, ?, ?)", (AT_WORK, _BACKUP, _UNTIL))
        copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_RESTORED, moment))
    return doubtful


def _put_aside(database: Path) -> Path | None:
    """Keeps the database under a name beside it, without ever leaving its own name empty or its log to the next one."""
    if not database.exists():
        return None
    with suppress(sqlite3.DatabaseError, StoreError), _opened(database) as old:
        old.execute("PRAGMA journal_mode=DELETE")  # what the log holds goes into the file; a damaged one keeps its log
    aside = Path(f"{database}.before-restore")
    n = 1
    while aside.exists():
        n += 1
        aside = Path(f"{database}.before-restore-{n}")
    with _disk(aside):
        for tail in ("-wal", "-shm"):
            if Path(f"{database}{tail}").exists():
                os.replace(f"{database}{tail}", f"{aside}{tail}")
        try:
            os.link(database, aside)
        except OSError:  # a file system without links
            os.replace(database, aside)
    return aside


# -- looking it through -----------------------------------------------------------------------------------------------


def check(url: str) -> list[str]:
    """Everything that is wrong with a database: its structure, its indexes, texts that are no JSON. Reads all of it."""
    source = _existing(url)
    _not_cut(source, source)
    with _opened(source) as connection:
        found = look_through(connection)
        if found:
            return [found]
        problems = []
        for table, column in _json_columns():
            if (table,) not in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                continue
            query = f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND NOT json_valid({column})"  # noqa: S608
            if broken := connection.execute(query).fetchone()[0]:
                problems.append(f"{broken} rows of {table}.{column} cannot be read")
        return problems


def scrub(url: str) -> bool:
    """Writes the file anew, so that no unused place of it holds what was erased; the log is emptied.

    Writers wait meanwhile, and the disk needs room for a second copy. False when somebody read for so long that the log
    could not be emptied: then do it again.
    """
    with _opened(_existing(url)) as connection:
        connection.execute("VACUUM")
        busy, _pages, _done = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def examine(file: Path) -> None:
    """Looks at a database before anything is written to it; raises StoreError when it is damaged.

    The file is read through when it is small, or when the last stop was not an orderly one.
    """
    if not file.exists() or file.stat().st_size == 0:
        return
    _not_cut(file, file)
    with _opened(file) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        cut = known and connection.execute("SELECT 1 FROM meta WHERE key = ?", (AT_WORK,)).fetchone()
        if cut or file.stat().st_size < _ALWAYS_CHECKED:
            _sound(connection, file, quick=True)


def _json_columns() -> Iterator[tuple[str, str]]:
    for table in t.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, sa.JSON):
                yield table.name, column.name


# -- files ------------------------------------------------------------------------------------------------------------


def _existing(url: str) -> Path:
    file = file_of(url)
    if file is None:
        raise StoreError(worded("only an SQLite file can be copied and checked"))
    if not file.exists() or file.stat().st_size == 0:
        raise StoreError(worded("there is no database yet at {file}; see BRIDGE_DATABASE_URL", file=file))
    return file


def _part(target: Path) -> Path:
    """An empty file beside the target that only this user may read; it becomes the target when it is whole."""
    part = target.with_name(f".{target.name}.part")
    with _disk(target):
        _remove(part)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return part


def _copy(source: Path, part: Path) -> None:
    """One moment of a database, in one step: writers go on meanwhile."""
    with _opened(source) as old, closing(sqlite3.connect(part)) as new:
        try:
            old.backup(new)
        except sqlite3.Error as error:
            full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
            raise store_error(error, part if full else source, _PATIENCE) from error


def _not_cut(file: Path, named: Path) -> None:
    """Refuses a file whose last page is not whole: SQLite itself would read zeroes in its place."""
    log = Path(f"{file}-wal")
    if log.exists() and log.stat().st_size:
        return  # the log holds that page: a power cut came while it was written into the file
    with file.open("rb") as opened:
        header = opened.read(100)
    page = int.from_bytes(header[16:18], "big")  # https://www.sqlite.org/fileformat.html, 1.3; 1 stands for 65536
    ours = MAGIC.startswith(header[: len(MAGIC)])
    if ours and (len(header) < 100 or file.stat().st_size % (65536 if page == 1 else page)):
        raise StoreError(damaged(named, worded("its end is missing")))


def _sound(connection: sqlite3.Connection, named: Path, *, quick: bool = False) -> None:
    if found := look_through(connection, quick=quick):
        raise StoreError(damaged(named, found))


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection; what SQLite says becomes a StoreError."""
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise store_error(error, file, _PATIENCE) from error


@contextmanager
def _disk(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            worded("{file} cannot be written: {reason}", file=file, reason=as_it_says(error.strerror))
        ) from error


def _put(part: Path, target: Path) -> None:
    """Makes a whole file appear under its name, on the disk before it does."""
    with _disk(target):
        _sync(part)
        os.replace(part, target)
        _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    for tail in ("", "-wal", "-shm", "-journal"):
        Path(f"{part}{tail}").unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# -- what a backup says of itself -------------------------------------------------------------------------------------


def _say_what_it_is(copy: sqlite3.Connection, now: datetime) -> None:
    copy.execute("DELETE FROM meta WHERE key = ?", (AT_WORK,))
    copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_BACKUP, moment_text(now)))


def _described(copy: sqlite3.Connection) -> dict[str, Any]:
    return {
        "at": _made_at(copy),
        "schema": copy.execute("SELECT version_num FROM alembic_version").fetchone()[0],
        "workspaces": tuple(row[0] for row in copy.execute("SELECT DISTINCT workspace FROM clients ORDER BY 1")),
        "counts": {
            table: copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names from above
            for table in _COUNTED
        },
    }


def _made_at(copy: sqlite3.Connection) -> str:
    found = copy.execute("SELECT value FROM meta WHERE key = ?", (_BACKUP,)).fetchone()
    return str(found[0]) if found else ""


def _unchanged(source: Path) -> None:
    """Compares a backup with the description beside it, where there is one."""
    try:
        said = json.loads(Path(f"{source}.json").read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if said != _sha256(source):
        raise StoreError(
            worded("{file} is not what {file}.json describes: it was changed or copied in part", file=source)
        )
