"""What is wrong with a database, in words for the person who looks after it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bridge.model.errors import StoreError
from bridge.model.wording import Worded, as_it_says, worded

MAGIC = b"SQLite format 3\0"
"""How every SQLite file begins."""
_WORDS = (
    ("SQLITE_FULL", "the disk is full: {place} cannot grow; free some space, nothing that was stored is lost"),
    (
        "SQLITE_READONLY_DBMOVED",
        "{place} was moved or deleted while it was in use; put it back, or start the bridge anew",
    ),
    ("SQLITE_READONLY", "{place} is read-only; give this user the right to write it and its folder"),
    ("SQLITE_IOERR", "the disk fails while {place} is read or written ({name}); look at the disk and its space"),
    ("SQLITE_CANTOPEN", "{place} cannot be opened; does its folder exist, and may this user write there?"),
)
"""What is said of an error by how SQLite's name for it begins (https://www.sqlite.org/rescode.html)."""
_WRITE_LOCK = 120
"""The byte of the -shm file that SQLite's one writer holds (https://www.sqlite.org/walformat.html, 2.3)."""


def store_error(error: BaseException | None, file: Path | None, patience: int) -> StoreError:
    """The error of a database driver as a sentence: what happened, to which file, and what helps.

    `patience` is how many seconds a writer waits for another.
    """
    name = str(getattr(error, "sqlite_errorname", "") or "")
    place = str(file) if file is not None else worded("the database")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(_locked(place, writer_of(file) if file is not None else None, patience))
    if name.startswith("SQLITE_CORRUPT") or name == "SQLITE_NOTADB":
        return StoreError(damaged(file, str(error)))
    words = next((words for start, words in _WORDS if name.startswith(start)), "")
    return StoreError(worded(words, place=place, name=name) if words else str(error))


def _locked(place: str, process: int | None, patience: int) -> str:
    if process is None:
        words = "{place} is locked: another program has been writing for over {patience} seconds"
        return worded(words, place=place, patience=patience)
    words = "{place} is locked: another program (process {process}) has been writing for over {patience} seconds"
    return worded(words, place=place, process=process, patience=patience)


def damaged(file: Path | None, how: str) -> Worded:
    """That a database is damaged, and the way out: the newest copy that lies beside it."""
    copy = newest_copy(file) if file is not None else None
    way = f"bridge restore {copy}" if copy else worded("bridge restore FILE, with the newest backup older than it")
    words = "{file} is damaged ({how}); nothing was changed. Stop the bridge, then: {way}"
    return worded(words, file=file or worded("the database"), how=as_it_says(how), way=way)


def newest_copy(file: Path) -> Path | None:
    """The newest other SQLite file in the folder of a database: most likely a backup of it."""
    return max(copies_beside(file), key=lambda path: path.stat().st_mtime, default=None)


def copies_beside(file: Path | None) -> list[Path]:
    """All other SQLite files in the folder of a database."""
    if file is None:
        return []
    return sorted(path for path in file.parent.glob("*") if path != file and path.is_file() and _is_sqlite(path))


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as opened:
            return opened.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def writer_of(file: Path) -> int | None:
    """The process that holds the write lock of a database in WAL mode, where the system tells (Linux)."""
    try:
        inode = Path(f"{file}-shm").stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in locks:
        # 12: POSIX  ADVISORY  WRITE 4711 08:01:393227 120 120
        words = line.split()
        if len(words) == 8 and words[3] == "WRITE" and words[5].endswith(f":{inode}") and words[6].isdigit():
            end = words[7]
            if int(words[6]) <= _WRITE_LOCK and (end == "EOF" or int(end) >= _WRITE_LOCK):
                return int(words[4])
    return None


def look_through(connection: sqlite3.Connection, *, quick: bool = False) -> str:
    """What an integrity check finds, "" when all is well. It reads the whole file; `quick` leaves the indexes out."""
    try:
        rows = connection.execute("PRAGMA quick_check(3)" if quick else "PRAGMA integrity_check(3)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    found = "; ".join(str(row[0]) for row in rows)
    return "" if found == "ok" else found.replace("\n", ", ")
