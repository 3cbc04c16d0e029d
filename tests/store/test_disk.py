"""The disk fails in every way it can: a clear sentence, nothing confirmed is lost, work goes on once it is mended."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.errors import StoreError
from bridge.store import Store, database, keeping
from bridge.store.database import reading
from bridge.store.keeping import back_up, check
from tests.store.shelf import NOW, Shelf, card, event, later, timer, wanted

CUTS = int(os.environ.get("CUTS", "60"))
"""How many places of a file are cut at; CUTS=20000 is for an afternoon."""
PAGE = 4096
WRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("writing", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def shelf(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A store in a file that waits for no other writer."""
    monkeypatch.setattr(database, "_PATIENCE", 0)
    shelf = Shelf(Store(f"sqlite:///{file}"))
    shelf.store.begin(NOW)
    yield shelf
    shelf.store.close()


# -- a disk that fails and is mended ----------------------------------------------------------------------------------


@contextmanager
def every_connection(shelf: Shelf, *pragmas: str) -> Iterator[None]:
    """Sets something on every connection of a store for a while."""

    def on_connect(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    engine = shelf.store._engine
    engine.dispose()
    sa.event.listen(engine, "connect", on_connect)
    yield
    sa.event.remove(engine, "connect", on_connect)
    engine.dispose()


@contextmanager
def full(shelf: Shelf, file: Path) -> Iterator[None]:
    """Not one page more; what is free inside the file is used up by a table that goes again."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE ballast (content)")
        connection.commit()
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            connection.executemany("INSERT INTO ballast VALUES (?)", [("x" * 40,)] * 100_000)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with every_connection(shelf, f"max_page_count={pages}"):
        yield
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE ballast")
        connection.commit()


@contextmanager
def read_only(shelf: Shelf, _file: Path) -> Iterator[None]:
    with every_connection(shelf, "query_only=ON"):
        yield


@contextmanager
def locked(_shelf: Shelf, file: Path) -> Iterator[None]:
    """Another process has begun to write, and does not end."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "writing\n"
        yield
        other.stdin.close()


FAULTS = {
    "full": (full, "the disk is full: .*bridge.db cannot grow; free some space"),
    "read-only": (read_only, "bridge.db is read-only; give this user the right"),
    "locked": (locked, r"bridge.db is locked: another program( \(process \d+\))? has been writing"),
}
LARGE = "л" * 30_000
"""More than the unused places of a small file hold."""


def intake(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as taking:
        taking.put(card(name=LARGE), None)
        taking.add_event(event("e1"))
        taking.checkpoint("trello", None)


def plan(shelf: Shelf) -> None:
    client = shelf.store.subjects()[0].client
    version = shelf.store.load_client(client).version
    items = tuple(wanted(f"p{n}", client) for n in range(300))
    shelf.commit(client, version, timers=(timer("t1", later(days=1), client),), wanted=items)


MOMENTS: dict[str, Callable[[Shelf], None]] = {"intake": intake, "plan": plan}


def content(file: Path) -> list[str]:
    """Everything in a database as statements."""
    with closing(sqlite3.connect(file)) as connection:
        return [line for line in connection.iterdump() if "ballast" not in line]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_transaction_that_meets_a_failing_disk_is_told_undone_and_done_once_it_is_mended(
    shelf: Shelf, file: Path, fault: str, moment: str
) -> None:
    shelf.client()
    before = content(file)
    failing, sentence = FAULTS[fault]
    with failing(shelf, file), pytest.raises(StoreError, match=sentence):
        MOMENTS[moment](shelf)
    assert content(file) == before
    MOMENTS[moment](shelf)
    assert content(file) != before


@pytest.mark.parametrize("fault", ["read-only", "locked"])
def test_nothing_is_claimed_or_intended_that_cannot_be_written_down(shelf: Shelf, file: Path, fault: str) -> None:
    shelf.want("k1")
    failing, sentence = FAULTS[fault]
    with failing(shelf, file), pytest.raises(StoreError, match=sentence):
        shelf.claim()
    [row] = shelf.claim()
    with failing(shelf, file), pytest.raises(StoreError, match=sentence):
        shelf.intend(row)
    assert (shelf.store.deliveries()[0].attempts, shelf.store.deliveries()[0].doubt) == (0, False)
    assert shelf.intend(row) is not None


@pytest.mark.parametrize("fault", ["read-only", "locked"])
def test_a_receipt_that_cannot_be_written_down_leaves_the_doubt(shelf: Shelf, file: Path, fault: str) -> None:
    shelf.want("k1")
    [row] = shelf.claim()
    shelf.intend(row)
    failing, sentence = FAULTS[fault]
    with failing(shelf, file), pytest.raises(StoreError, match=sentence):
        shelf.store.settle(row, State.CONFIRMED, now=NOW)
    [again] = shelf.claim(later(minutes=3))
    assert (again.id, again.doubt) == (row.id, True)


def test_the_program_that_holds_the_lock_is_named(shelf: Shelf, file: Path) -> None:
    with locked(shelf, file), pytest.raises(StoreError) as told:
        intake(shelf)
    if Path("/proc/locks").exists():
        assert "(process " in str(told.value)


def test_reading_goes_on_while_another_program_writes(shelf: Shelf, file: Path) -> None:
    shelf.want("k1")
    with locked(shelf, file):
        assert shelf.store.counts() == {"waiting": 1}


def test_a_store_whose_connections_are_all_taken_says_that_it_is_busy(shelf: Shelf) -> None:
    engine = shelf.store._engine
    engine.pool._timeout = 0  # type: ignore[attr-defined]
    with ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(reading(engine))
        with pytest.raises(StoreError, match="the database is busy"):
            shelf.store.counts()


# -- a real small disk ------------------------------------------------------------------------------------------------


class SmallDisk:
    """A disk of two megabytes in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/bridge.db"

    def mount(self, options: str) -> bool:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(self.folder)], capture_output=True)
        return done.returncode == 0

    def fill(self) -> None:
        """Leaves no block free."""
        with (self.folder / "photos").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(512))
            except OSError:
                return

    def free(self) -> None:
        (self.folder / "photos").unlink()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallDisk]:
    small = SmallDisk(tmp_path / "small")
    small.folder.mkdir()
    if not shutil.which("mount") or not small.mount("size=2m"):
        pytest.skip("this user may not mount a disk")
    yield small
    subprocess.run(["umount", "-l", str(small.folder)], check=True)


def test_a_disk_that_fills_up_loses_nothing_and_is_used_again_when_there_is_room(small: SmallDisk) -> None:
    shelf = Shelf(Store(small.url))
    shelf.store.begin(NOW)
    confirm(shelf, "before")
    small.fill()
    with pytest.raises(StoreError, match="the disk is full"):
        confirm(shelf, *(f"during-{n}" for n in range(100)))
    kept = set(confirmed(small.folder / "bridge.db"))
    small.free()
    confirm(shelf, "after")
    shelf.store.close()
    assert set(confirmed(small.folder / "bridge.db")) == kept | {"before", "after"}
    assert check(small.url) == []


def test_a_backup_onto_a_full_disk_leaves_nothing_half_made(small: SmallDisk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bridge.db"
    shelf = Shelf(Store(url))
    shelf.store.begin(NOW)
    small.fill()
    with pytest.raises(StoreError, match=r"the disk is full: .*small|cannot be written: No space"):
        back_up(url, small.folder / "monday.backup", NOW)
    shelf.store.close()
    assert [path.name for path in small.folder.iterdir()] == ["photos"]


def test_a_start_on_a_full_disk_says_so_and_a_later_one_works(small: SmallDisk) -> None:
    small.fill()
    store = Store(small.url)
    with pytest.raises(StoreError, match=r"the disk is full|disk fails|cannot be opened"):
        store.begin(NOW)
    store.close()
    small.free()
    store = Store(small.url)
    store.begin(NOW)
    store.close()
    assert check(small.url) == []


def test_a_start_on_a_disk_that_is_mounted_read_only_says_so(small: SmallDisk) -> None:
    store = Store(small.url)
    store.begin(NOW)
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small.folder)], check=True)
    store = Store(small.url)
    with pytest.raises(StoreError, match=r"read-only|Read-only|cannot be opened"):
        store.begin(NOW)
    store.close()


# -- a torn file ------------------------------------------------------------------------------------------------------


def confirm(shelf: Shelf, *keys: str) -> None:
    """Effects from their wish to their receipt, one after the other."""
    for key in keys:
        shelf.want(key, lane=key)
        [row] = shelf.claim()
        shelf.intend(row)
        shelf.store.settle(row, State.CONFIRMED, now=NOW)


def confirmed(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT key FROM deliveries WHERE state = 'confirmed'")]


@pytest.fixture
def whole(shelf: Shelf, file: Path) -> bytes:
    """A closed database with some work in it."""
    for n in range(20):
        shelf.client()
        confirm(shelf, f"k{n}")
    shelf.store.close()
    return file.read_bytes()


def refused(file: Path, torn: bytes) -> bool:
    """Whether a start on these bytes is refused as damaged, and leaves them alone."""
    file.write_bytes(torn)
    store = Store(f"sqlite:///{file}")
    try:
        store.begin(NOW)
    except StoreError as error:
        return "is damaged" in str(error) and "bridge restore" in str(error) and file.read_bytes() == torn
    finally:
        store.close()
    return False


def test_a_file_cut_anywhere_is_refused_and_not_touched(file: Path, whole: bytes) -> None:
    chance = random.Random(7)
    cuts = [1, 15, 16, 100, PAGE, len(whole) - 1, *(chance.randrange(1, len(whole)) for _ in range(CUTS))]
    assert [cut for cut in cuts if not refused(file, whole[:cut])] == []


def test_a_file_with_rubbish_in_any_page_is_refused_and_not_touched(file: Path, whole: bytes) -> None:
    chance = random.Random(7)
    starts = range(0, len(whole), PAGE)
    chosen = starts if len(starts) < CUTS * 2 else chance.sample(starts, CUTS * 2)
    spoiled = {start: whole[:start] + chance.randbytes(PAGE) + whole[start + PAGE :] for start in chosen}
    assert [start // PAGE for start, torn in spoiled.items() if not refused(file, torn)] == []


# -- a power cut ------------------------------------------------------------------------------------------------------


class Tape:
    """A database at work, with the lengths of its log noted after every commit that was answered."""

    def __init__(self, shelf: Shelf, file: Path, efforts: int) -> None:
        self.log = Path(f"{file}-wal")
        self.file = file
        self.marks: list[tuple[int, int]] = []
        with reading(shelf.store._engine) as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database = file.read_bytes()
        with every_connection(shelf, "wal_autocheckpoint=0"):
            for n in range(efforts):
                confirm(shelf, f"k{n}")
                self.marks.append((self.log.stat().st_size, n + 1))
            self.written = self.log.read_bytes()

    def promised(self, length: int) -> int:
        """How many effects had been confirmed when the log was so long."""
        return max((count for size, count in self.marks if size <= length), default=0)


def after_the_cut(folder: Path, database_: bytes, log: bytes) -> int:
    """Starts on what a power cut left; gives how many effects are confirmed there, -1 when it is unsound."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "bridge.db").write_bytes(database_)
    (folder / "bridge.db-wal").write_bytes(log)
    store = Store(f"sqlite:///{folder}/bridge.db")
    store.begin(NOW)
    store.close()
    return len(confirmed(folder / "bridge.db")) if check(f"sqlite:///{folder}/bridge.db") == [] else -1


@pytest.fixture
def tape(shelf: Shelf, file: Path) -> Tape:
    return Tape(shelf, file, 25)


def test_everything_confirmed_is_there_after_a_power_cut_at_any_byte_of_the_log(tape: Tape, tmp_path: Path) -> None:
    chance = random.Random(7)
    edges = [size + by for size, _count in tape.marks for by in (-1, 0, 1)]
    cuts = sorted({min(max(cut, 0), len(tape.written)) for cut in edges} | {0, 31, 32, 33})
    cuts += [chance.randrange(len(tape.written)) for _ in range(CUTS)]
    lost = [
        cut for cut in cuts if after_the_cut(tmp_path / "cut", tape.database, tape.written[:cut]) < tape.promised(cut)
    ]
    assert lost == []


def test_rubbish_after_the_last_synced_commit_is_not_believed(tape: Tape, tmp_path: Path) -> None:
    chance = random.Random(7)
    for size, count in tape.marks[:: max(1, 400 // CUTS)]:
        rest = chance.randbytes(len(tape.written) - size)
        assert after_the_cut(tmp_path / "cut", tape.database, tape.written[:size] + rest) == count


def test_a_power_cut_while_the_log_is_written_into_the_file_loses_nothing(tape: Tape, tmp_path: Path) -> None:
    chance = random.Random(7)
    done = tmp_path / "done.db"
    done.write_bytes(tape.database)
    Path(f"{done}-wal").write_bytes(tape.written)
    with closing(sqlite3.connect(done)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target = done.read_bytes()
    for _ in range(CUTS // 2):
        mixed = bytearray(tape.database.ljust(len(target), b"\0"))
        for start in range(0, len(target), PAGE):
            if chance.random() < 0.5:
                mixed[start : start + PAGE] = target[start : start + PAGE]
        assert after_the_cut(tmp_path / "cut", bytes(mixed), tape.written) == tape.marks[-1][1]


def test_an_empty_file_is_a_new_database(file: Path) -> None:
    file.touch()
    store = Store(f"sqlite:///{file}")
    store.begin(NOW)
    assert store.counts() == {}
    store.close()


def test_a_large_file_is_read_through_only_after_a_stop_that_was_not_orderly(
    file: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_ALWAYS_CHECKED", 0)
    with closing(sqlite3.connect(file)) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_lineage_subject_field'"
        ).fetchone()
    spoiled = whole[: (page[0] - 1) * PAGE] + bytes(PAGE) + whole[page[0] * PAGE :]
    assert not refused(file, spoiled)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('at-work', 'a process that is gone')")
    assert refused(file, file.read_bytes())
