"""Opening the database: its schema, and the one process that works on it."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bridge.model.errors import StoreError
from bridge.store import Store
from bridge.store.database import open_engine, reading, revision_of, revisions, upgrade, writing
from bridge.store.tables import metadata

HOLD = """
import sys
from bridge.store import Store
store = Store(sys.argv[1])
store.lock()
print("held", flush=True)
sys.stdin.read()
"""


def test_new_databases_of_several_agencies_are_made_at_the_same_time(tmp_path: Path) -> None:
    engines = [open_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("alpha", "beta", "gamma")]
    begin = threading.Barrier(len(engines))

    def made(engine: sa.Engine) -> str:
        begin.wait(10)
        upgrade(engine)
        return revision_of(engine)

    with ThreadPoolExecutor(len(engines)) as pool:
        assert set(pool.map(made, engines)) == {revisions()[-1]}
    for engine in engines:
        engine.dispose()


def test_migrations_give_exactly_the_tables_of_the_metadata() -> None:
    engine = open_engine("sqlite://")
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/bridge.db")
    upgrade(engine)
    upgrade(engine)
    assert set(sa.inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_a_second_process_is_refused_and_told_who_holds_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bridge.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=rf"process {holder.pid}\b"):
            Store(url).lock()
        holder.stdin.close()


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bridge.db"
    first, second = Store(url), Store(url)
    first.lock()
    first.close()
    second.lock()
    second.close()


def test_the_database_survives_a_power_cut(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/bridge.db")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT * FROM nothing_like_it", "INSERT INTO meta VALUES ('a', NULL)"])
def test_an_error_of_the_database_is_a_store_error(statement: str) -> None:
    engine = open_engine("sqlite://")
    upgrade(engine)
    with pytest.raises(StoreError), writing(engine) as connection:
        connection.exec_driver_sql(statement)
