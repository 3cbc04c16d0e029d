"""A backup is one sound file; a restored bridge knows what it knew then, and repeats nothing it may have done since."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.model.decisions import CommentCard, MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import StoreError
from bridge.store import Store
from bridge.store.database import revisions
from bridge.store.keeping import DOUBT_LASTS, back_up, check, restore
from bridge.store.rows import Row
from tests.store.shelf import NOW, Shelf, later
from tests.store.test_database import HOLD

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
MADE_AT = later(minutes=5)
RESTORED_AT = later(days=1)


class House:
    """A folder with a database and the ways to lose and regain it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "bridge.db"
        self.url = f"sqlite:///{self.file}"
        self.backup = folder / "monday.backup"
        self.stores: list[Store] = []

    def open(self, at: datetime | None = None) -> Shelf:
        """A shelf of the database; with `at`, as the bridge itself begins its work."""
        store = Store(self.url)
        self.stores.append(store)
        store.begin(at) if at else store.upgrade()
        return Shelf(store)

    def back_up(self) -> None:
        back_up(self.url, self.backup, MADE_AT)

    def restore(self, now: datetime = RESTORED_AT) -> Shelf:
        restore(self.url, self.backup, now)
        return self.open()

    def sql(self, query: str, file: Path | None = None) -> list[Any]:
        with closing(sqlite3.connect(file or self.file)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    for store in house.stores:
        store.close()


@pytest.fixture
def shelf(house: House) -> Shelf:
    return house.open()


def keys(rows: list[Row], *, doubt: bool) -> list[str]:
    return [row.key for row in rows if row.doubt is doubt]


# -- the copy ---------------------------------------------------------------------------------------------------------


def test_a_backup_is_made_while_somebody_writes(house: House, shelf: Shelf) -> None:
    shelf.want("before")
    with shelf.store.intake(NOW) as intake:
        intake.new_subject("client", "", "not committed yet")
        house.back_up()
    assert house.sql("SELECT key FROM deliveries", house.backup) == [("before",)]
    assert house.sql("SELECT count(*) FROM subjects", house.backup) == [(0,)]


def test_a_backup_is_one_file_that_only_its_owner_reads(house: House, shelf: Shelf) -> None:
    house.back_up()
    assert sorted(path.name for path in house.folder.glob("*monday*")) == ["monday.backup", "monday.backup.json"]
    assert house.backup.stat().st_mode & 0o777 == 0o600


def test_the_description_beside_it_says_what_is_in_it(house: House, shelf: Shelf) -> None:
    shelf.client()
    house.back_up()
    said = json.loads(house.backup.with_name("monday.backup.json").read_text())
    assert (said["workspaces"], said["counts"]["subjects"], said["at"]) == (["main"], 1, "2026-12-01T12:05:00.000000Z")
    assert said["size_bytes"] == house.backup.stat().st_size


def test_a_backup_replaces_nothing_unless_told_to(house: House, shelf: Shelf) -> None:
    house.backup.write_text("holiday photos")
    with pytest.raises(StoreError, match=r"monday\.backup exists; --force replaces it"):
        house.back_up()
    assert house.backup.read_text() == "holiday photos"


def test_the_database_itself_is_never_replaced_by_its_backup(house: House, shelf: Shelf) -> None:
    with pytest.raises(StoreError, match="is the database itself"):
        back_up(house.url, house.file, NOW, force=True)


def test_no_backup_is_made_of_a_damaged_database(house: House, shelf: Shelf) -> None:
    shelf.store.close()
    damage(house.file)
    with pytest.raises(StoreError, match="is damaged"):
        house.back_up()
    assert [path for path in house.folder.iterdir() if "monday" in path.name] == []


def test_nothing_is_backed_up_where_no_database_is(house: House) -> None:
    with pytest.raises(StoreError, match="there is no database yet"):
        house.back_up()


# -- taking it back ---------------------------------------------------------------------------------------------------


def test_a_restored_database_holds_what_the_backup_held(house: House, shelf: Shelf) -> None:
    client = shelf.client()
    house.back_up()
    shelf.client()
    shelf.store.close()
    assert [subject.id for subject in house.restore().store.subjects()] == [client]


def test_the_replaced_database_stays_beside_with_what_its_log_held(house: House, shelf: Shelf) -> None:
    house.back_up()
    shelf.want("after the backup")
    shelf.store.close()
    house.restore()
    house.restore()
    assert house.sql("SELECT key FROM deliveries", house.folder / "bridge.db.before-restore") == [("after the backup",)]
    assert (house.folder / "bridge.db.before-restore-2").exists()


def test_nothing_is_restored_while_a_bridge_works(house: House, shelf: Shelf) -> None:
    house.back_up()
    shelf.store.close()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, house.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        with pytest.raises(StoreError, match=rf"process {holder.pid}\b"):
            house.restore()
        holder.stdin.close()
    assert not (house.folder / "bridge.db.before-restore").exists()


def damage(file: Path) -> None:
    """Zeroes in the place of one page, as a torn write leaves them; a page that nobody looks at every day."""
    with closing(sqlite3.connect(file)) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_lineage_subject_field'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(bytes(size))


@pytest.mark.parametrize("how", ["damaged", "cut", "changed"])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_touched(house: House, shelf: Shelf, how: str) -> None:
    house.back_up()
    shelf.want("after the backup")
    shelf.store.close()
    description = house.backup.with_name("monday.backup.json")
    if how == "changed":
        house.sql("DELETE FROM meta", house.backup)
        with closing(sqlite3.connect(house.backup)) as connection:
            connection.execute("CREATE TABLE more (n)")
    else:
        description.unlink()
        damage(house.backup) if how == "damaged" else house.backup.write_bytes(house.backup.read_bytes()[:-5000])
    with pytest.raises(StoreError, match=r"is damaged|is not what"):
        restore(house.url, house.backup, RESTORED_AT)
    assert house.sql("SELECT key FROM deliveries") == [("after the backup",)]


def test_a_backup_of_a_newer_program_is_refused_with_what_to_do(house: House, shelf: Shelf) -> None:
    shelf.store.close()
    with closing(sqlite3.connect(house.file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreError, match=r"newer bridge \(schema 0999, this one knows \d+\); install"):
        house.open()


def test_any_file_that_is_no_backup_is_refused(house: House) -> None:
    house.backup.write_text("holiday photos")
    with pytest.raises(StoreError, match=r"is damaged|no backup"):
        house.restore()
    assert not house.file.exists()


# -- what may have happened since -------------------------------------------------------------------------------------


def test_what_waited_at_the_backup_is_in_doubt_afterwards(house: House, shelf: Shelf) -> None:
    shelf.want("message", lane="1", decision=SendMessage("client", "?"))
    shelf.want("move", lane="2", decision=MoveCard("Договір"))
    shelf.want("claimed", lane="3")
    shelf.claim(limit=1)
    house.back_up()
    shelf.store.close()
    rows = house.restore().store.deliveries()
    assert keys(rows, doubt=True) == ["claimed", "move", "message"]
    assert {row.state for row in rows} == {State.WAITING}
    assert {row.first_tried_at for row in rows} == {NOW}


def test_what_was_due_only_after_the_restoration_has_surely_not_gone_out(house: House, shelf: Shelf) -> None:
    shelf.want("tomorrow", not_before=RESTORED_AT + timedelta(hours=1))
    house.back_up()
    shelf.store.close()
    assert keys(house.restore().store.deliveries(), doubt=False) == ["tomorrow"]


def test_what_had_ended_is_left_as_it_was(house: House, shelf: Shelf) -> None:
    shelf.want("done")
    [row] = shelf.claim()
    shelf.store.settle(row, State.CONFIRMED, now=NOW)
    house.back_up()
    shelf.store.close()
    assert keys(house.restore().store.deliveries(), doubt=False) == ["done"]


def test_what_is_planned_a_second_time_is_looked_for_first(house: House, shelf: Shelf) -> None:
    client = shelf.client()
    house.back_up()
    shelf.store.close()
    shelf = house.restore()
    shelf.want("again", subject=client, client=client, decision=CommentCard("…"))
    [row] = shelf.claim(RESTORED_AT)
    assert (row.doubt, row.first_tried_at) == (True, MADE_AT)


def test_for_a_client_that_the_backup_does_not_know_people_decide(house: House, shelf: Shelf) -> None:
    house.back_up()
    shelf.store.close()
    shelf = house.restore()
    with shelf.store.intake(RESTORED_AT) as intake:
        newcomer = intake.new_subject("client", "", "test")
    shelf.want("card", lane="a", subject=newcomer, decision=CommentCard("…"))
    shelf.want("told", lane="b", subject=newcomer, decision=SendMessage("staff-chat", "…"))
    assert {row.key: row.state for row in shelf.store.deliveries()} == {"card": State.HELD, "told": State.WAITING}


def test_local_ids_given_after_the_backup_are_never_given_again(house: House, shelf: Shelf) -> None:
    shelf.client()
    house.back_up()
    lost = shelf.client()
    shelf.store.close()
    assert house.restore().client() != lost


def test_the_doubt_ends_half_an_hour_after_the_first_start(house: House, shelf: Shelf) -> None:
    house.back_up()
    shelf.store.close()
    house.restore()
    house.open(RESTORED_AT).store.close()
    shelf = house.open(RESTORED_AT + DOUBT_LASTS + timedelta(seconds=1))
    shelf.want("fresh")
    assert keys(shelf.claim(later(days=2)), doubt=False) == ["fresh"]


def test_while_it_lasts_a_message_for_later_is_not_doubted(house: House, shelf: Shelf) -> None:
    house.back_up()
    shelf.store.close()
    house.restore()
    shelf = house.open(RESTORED_AT)
    shelf.want("later", not_before=RESTORED_AT + DOUBT_LASTS + timedelta(minutes=1))
    assert keys(shelf.store.deliveries(), doubt=False) == ["later"]


# -- schemas ----------------------------------------------------------------------------------------------------------


def test_every_schema_before_this_one_has_its_database_here() -> None:
    assert tuple(path.stem for path in RELEASED) == revisions()[:-1]


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_database_of_every_released_schema_is_brought_up_and_keeps_its_rows(house: House, released: Path) -> None:
    before = lay_down(house, released)
    shelf = house.open()
    assert {table: house.sql(f"SELECT count(*) FROM {table}")[0][0] for table in before} == before
    assert min(before.values()) > 0
    assert check(house.url) == []
    work_a_little(shelf)


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_backup_of_every_released_schema_can_be_restored(house: House, released: Path) -> None:
    lay_down(house, released)
    back_up(house.url, house.backup, MADE_AT)
    house.file.unlink()
    shelf = house.restore()
    assert check(house.url) == []
    work_a_little(shelf)


def test_an_upgrade_keeps_the_old_database_beside(house: House) -> None:
    before = lay_down(house, RELEASED[0])
    house.open().store.close()
    [copy] = house.folder.glob("bridge.db.before-0*")
    assert house.sql("SELECT version_num FROM alembic_version", copy) == [(RELEASED[0].stem,)]
    assert {table: house.sql(f"SELECT count(*) FROM {table}", copy)[0][0] for table in before} == before


def test_an_upgrade_that_fails_leaves_the_old_database_as_it_was(house: House) -> None:
    lay_down(house, RELEASED[0])
    house.sql("CREATE TABLE erasures (n)")  # in the way of the new one
    before = house.sql("SELECT sql FROM sqlite_master ORDER BY name")
    with pytest.raises(StoreError, match="erasures already exists"):
        house.open()
    assert house.sql("SELECT sql FROM sqlite_master ORDER BY name") == before
    assert house.sql("SELECT version_num FROM alembic_version") == [(RELEASED[0].stem,)]


def test_a_database_of_another_program_is_left_alone(house: House) -> None:
    house.sql("CREATE TABLE photos (n)")
    with pytest.raises(StoreError, match="is a database of another program"):
        house.open()
    assert house.sql("SELECT name FROM sqlite_master") == [("photos",)]


def lay_down(house: House, released: Path) -> dict[str, int]:
    """Puts a released database down; gives its rows by table."""
    with closing(sqlite3.connect(house.file)) as connection:
        connection.executescript(released.read_text(encoding="utf-8"))
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in names
            if not name.startswith(("sqlite_", "alembic"))
        }


def work_a_little(shelf: Shelf) -> None:
    """What a bridge does with a client of the old database: reads, plans, claims and settles."""
    store = shelf.store
    client = next(subject.id for subject in store.subjects() if subject.kind == "client")
    assert store.load_client(client).client == client
    assert store.traces([client]) is not None
    shelf.commit(client)
    for row in shelf.claim(later(days=900)):
        assert shelf.intend(row, later(days=900))
        assert store.settle(row, State.CONFIRMED, now=later(days=900))
    assert store.counts()["confirmed"] > 0
