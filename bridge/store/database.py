"""Opening the database: pragmas, migrations, and the lock that keeps a second process out."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from socket import gethostname
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bridge.model.errors import DatabaseHeld, StoreError
from bridge.model.wording import as_it_says, worded
from bridge.store.faults import store_error
from bridge.store.lines import STAYS, Lines, TurnNotCome
from bridge.store.prepared import PreparedConnection

_PATIENCE = 60
"""Seconds that a writer waits for another. The first reading of a large board stores a thousand new cards at once."""
_GLANCE = 0.05
"""Seconds that are enough for another process to see whether a lock is taken."""
_ON, _SINCE, _CLOCK = " on ", ", since ", "%Y-%m-%d %H:%M:%S UTC"
"""How the file of a lock says by whom and since when it is held."""
_LINES = "lines"
"""The option of an engine that names its connections which stay open."""
_FAILURES = (sa.exc.DBAPIError, sa.exc.TimeoutError, TurnNotCome, sqlite3.Error)
_MIGRATIONS = resources.files("bridge.store") / "migrations"


def file_of(url: str | sa.URL) -> Path | None:
    """The file of a database; None for one in memory or on a server."""
    parsed = make_url(url)
    named = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)).expanduser() if named else None


def open_engine(url: str) -> sa.Engine:
    """A SQLAlchemy engine for the URL; for SQLite: WAL, `synchronous=FULL`, a busy timeout, the folder made.

    Writing transactions begin IMMEDIATE (see `writing`), so two writers wait for each other instead of failing late.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url)
    file = file_of(parsed)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = "the folder of {file} cannot be made: {reason}"
            raise StoreError(worded(words, file=file, reason=as_it_says(error.strerror))) from error
        engine = sa.create_engine(parsed.set(database=str(file)), connect_args={"timeout": _PATIENCE})
    else:
        engine = sa.create_engine(url, connect_args={"check_same_thread": False}, poolclass=sa.StaticPool)
    engine._connection_cls = PreparedConnection

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_PATIENCE * 1000}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if options.get(STAYS):
            return
        immediate = options.get("writes", False)
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance("BEGIN", None, error, sqlite3.Error, dialect=connection.dialect) from error

    if file is not None:
        engine.update_execution_options(**{_LINES: Lines(engine, _PATIENCE)})
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database."""
    try:
        lines = _lines(engine)
        with lines.reading() if lines is not None else engine.begin() as connection:
            yield connection
    except _FAILURES as error:
        raise _told(engine, error) from error


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that may write; all of it is kept or nothing. Raises StoreError (locked, full, read-only)."""
    try:
        lines = _lines(engine)
        with lines.writing() if lines is not None else _begun(engine) as connection:
            yield connection
    except _FAILURES as error:
        raise _told(engine, error) from error


@contextmanager
def _begun(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A writing transaction of an engine none of whose connections stays open."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _lines(engine: sa.Engine) -> Lines | None:
    return engine.get_execution_options().get(_LINES)


def _told(engine: sa.Engine, error: Exception) -> StoreError:
    if isinstance(error, (sa.exc.TimeoutError, TurnNotCome)):
        words = "the database is busy: all its connections wait for one another; the bridge tries again"
        return StoreError(worded(words))
    driver = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return store_error(driver, file_of(engine.url), _PATIENCE)


@cache
def revisions() -> tuple[str, ...]:
    """The schemas that this program knows, oldest first."""
    names = (path.name for path in (_MIGRATIONS / "versions").iterdir())
    return tuple(sorted(name.partition("_")[0] for name in names if name[:1].isdigit()))


def revision_of(engine: sa.Engine) -> str:
    """The schema that a database has, "" for an empty one.

    Raises StoreError for a schema of a newer program, and for a database that is none of ours.
    """
    with reading(engine) as connection:
        tables = set(sa.inspect(connection).get_table_names())
        found = None
        if "alembic_version" in tables:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found not in revisions():
        words = (
            "the database was written by a newer bridge (schema {schema}, this one knows {known}); "
            "install that version again, or restore a backup that is older"
        )
        raise StoreError(worded(words, schema=found, known=revisions()[-1]))
    if found is None and tables - {"alembic_version"}:
        words = "{file} is a database of another program; see BRIDGE_DATABASE_URL"
        raise StoreError(worded(words, file=file_of(engine.url)))
    return str(found or "")


_UPGRADING = threading.Lock()
"""Alembic keeps what it works on in globals: two databases of one process would get each other's tables."""


def upgrade(engine: sa.Engine) -> None:
    """Brings the schema to the newest version, all of it or nothing. One database of a process at a time."""
    if revision_of(engine) == revisions()[-1]:
        return
    from alembic import command  # loading it takes longer than a start that has nothing to upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with _UPGRADING, writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


class Lock:
    """Held by the one process that works on a database file; released when the process ends, however it ends."""

    def __init__(self, url: str) -> None:
        file = file_of(url)
        self._path = Path(f"{file}.lock") if file is not None else None
        self._file: int | None = None

    def acquire(self) -> None:
        """Takes the lock, once. Raises StoreError that names the process holding it, its machine, and since when."""
        if self._path is None or self._file is not None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            words = "{file} cannot be written: {reason}"
            raise StoreError(worded(words, file=self._path, reason=as_it_says(error.strerror))) from error
        try:
            _take(handle)
        except BlockingIOError as error:
            holder = os.read(handle, 200).decode(errors="replace").strip()
            os.close(handle)
            raise _held_by(holder) from error
        self._file = handle
        with suppress(OSError):  # a full disk keeps the name of the holder out, not the lock
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}{_ON}{gethostname()}{_SINCE}{datetime.now(UTC):{_CLOCK}}".encode())

    @property
    def taken(self) -> bool:
        """Whether a process works on the database now. Asking changes nothing, and keeps nobody from starting."""
        if self._file is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDONLY) if self._path is not None else None
        except OSError:  # nobody has worked here yet
            return False
        if handle is None:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """The lock for one block; one that was held before stays held."""
        mine = self._file is None
        self.acquire()
        try:
            yield
        finally:
            if mine:
                self.release()

    def release(self) -> None:
        """Lets the lock go; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _held_by(text: str) -> DatabaseHeld:
    """What a lock's file says of who holds it; it may say nothing when the disk was full."""
    holder, _, since = text.partition(_SINCE)
    process, _, machine = holder.partition(_ON)
    try:
        return DatabaseHeld(process, machine, datetime.strptime(since, _CLOCK).replace(tzinfo=UTC))
    except ValueError:
        return DatabaseHeld(process, machine, None)


def _take(handle: int) -> None:
    """The lock of an open file; tried twice: somebody may just ask whether it is taken. Raises BlockingIOError."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_GLANCE)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
