"""Opening the database: pragmas, migrations, and the lock that keeps a second process out."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

from bridge.model.errors import StoreError

_PATIENCE = 60
"""Seconds that a writer waits for another. The first reading of a large board stores a thousand new cards at once."""


def open_engine(url: str) -> sa.Engine:
    """A SQLAlchemy engine for the URL; for SQLite: WAL, `synchronous=FULL`, a busy timeout, the folder made.

    Writing transactions begin IMMEDIATE (see `writing`), so two writers wait for each other instead of failing late.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, connect_args={"timeout": _PATIENCE})
    else:
        engine = sa.create_engine(url, connect_args={"check_same_thread": False}, poolclass=sa.StaticPool)

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_PATIENCE * 1000}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database."""
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise StoreError(str(error.orig)) from error


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that may write; all of it is kept or nothing. Raises StoreError (locked, full, read-only)."""
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection
    except sa.exc.DBAPIError as error:
        raise StoreError(str(error.orig)) from error


def upgrade(engine: sa.Engine) -> None:
    """Brings the schema to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("bridge.store") / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


class Lock:
    """Held by the one process that works on a database file; released when the process ends, however it ends."""

    def __init__(self, url: str) -> None:
        database = make_url(url).database
        self._path = Path(f"{database}.lock") if database and database != ":memory:" else None
        self._file: int | None = None

    def acquire(self) -> None:
        """Takes the lock. Raises StoreError that names the process holding it."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 40).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise StoreError(
                f"another bridge works on this database (process {holder}); stop it first, "
                "or use another BRIDGE_DATABASE_URL"
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._file = handle

    def release(self) -> None:
        """Lets the lock go; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
