"""Connections that stay open: each transaction is whole and by itself, as if it had a connection of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.model.errors import StoreError
from bridge.store import database
from bridge.store.database import open_engine, reading, writing
from bridge.store.lines import Lines

T = sa.Table("things", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
ADD, ALL = T.insert(), sa.select(T.c.id)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    made = open_engine(f"sqlite:///{tmp_path}/bridge.db")
    with writing(made) as connection:
        T.create(connection)
    yield made
    made.dispose()


def things(engine: sa.Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(ALL).scalars())


def driver_of(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def test_the_next_transaction_takes_the_connection_of_the_last(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first = driver_of(connection)
    with reading(engine) as connection:
        assert driver_of(connection) is first


def test_a_transaction_in_another_has_a_connection_of_its_own(engine: sa.Engine) -> None:
    with writing(engine) as outer:
        outer.execute(ADD, {"id": 1})
        assert things(engine) == []
    assert things(engine) == [1]


def test_nothing_of_a_failed_transaction_is_kept(engine: sa.Engine) -> None:
    for known in range(3):  # seen first, and carried out past SQLAlchemy
        with suppress(ZeroDivisionError), writing(engine) as connection:
            connection.execute(ADD, {"id": known})
            connection.execute(ADD, {"id": 1 // 0})
        assert things(engine) == []
    with writing(engine) as connection:
        connection.execute(ADD, {"id": 7})
    assert things(engine) == [7]


def test_what_is_put_together_anew_belongs_to_the_same_transaction(engine: sa.Engine) -> None:
    with suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(T.insert().values(id=5))
        assert list(connection.execute(sa.select(T.c.id)).scalars()) == [5]
        connection.execute(T.insert().values(id=1 // 0))
    assert things(engine) == []


def test_a_reading_sees_one_state_from_its_first_look_on(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        assert connection.execute(ALL).all() == []
        with writing(engine) as other:
            other.execute(ADD, {"id": 1})
        assert connection.execute(ALL).all() == []
    assert things(engine) == [1]


# -- several that write at the same time ------------------------------------------------------------------------------


class Writers:
    """Threads that write while a first one is at work: each begins when the one before it waits for its turn."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.outcomes: dict[int, str] = {}
        self._threads: list[threading.Thread] = []
        self._lines: Lines = engine.get_execution_options()["lines"]

    def begin(self, id: int, beside: Callable[[], object] = lambda: None) -> None:
        """Adds a thing, and does something in the same transaction, in a thread of its own."""
        thread = threading.Thread(target=self._write, args=[id, beside])
        thread.start()
        self._threads.append(thread)
        while thread.is_alive() and len(self._lines._turns._queue) < len(self._threads):
            thread.join(0.001)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(10)

    def _write(self, id: int, beside: Callable[[], object]) -> None:
        try:
            with writing(self.engine) as connection:
                connection.execute(ADD, {"id": id})
                beside()
            self.outcomes[id] = "kept"
        except (StoreError, ZeroDivisionError) as error:
            self.outcomes[id] = type(error).__name__


@pytest.fixture
def writers(engine: sa.Engine) -> Iterator[Writers]:
    made = Writers(engine)
    yield made
    made.end()


def test_those_that_wait_are_committed_with_the_one_at_work(engine: sa.Engine, writers: Writers) -> None:
    said: list[str] = []
    with writing(engine) as connection:
        driver_of(connection).set_trace_callback(said.append)
        for id in (1, 2, 3):
            writers.begin(id)
    writers.end()
    assert (said.count("COMMIT"), things(engine)) == (1, [1, 2, 3])


def test_nobody_is_told_of_what_is_not_on_the_disk(engine: sa.Engine, writers: Writers) -> None:
    told: list[object] = []
    with writing(engine) as connection:
        connection.execute(ADD, {"id": 1})
        writers.begin(2)
        writers.begin(3, lambda: told.append((things(engine), dict(writers.outcomes))))
    writers.end()
    assert told == [([], {})]
    assert things(engine) == [1, 2, 3]


def test_what_fails_among_others_takes_back_itself_alone(engine: sa.Engine, writers: Writers) -> None:
    with writing(engine) as connection:
        connection.execute(ADD, {"id": 1})
        writers.begin(2, lambda: 1 // 0)
        writers.begin(3)
    writers.end()
    assert writers.outcomes == {2: "ZeroDivisionError", 3: "kept"}
    assert things(engine) == [1, 3]


def test_those_that_wait_for_one_that_fails_go_on(engine: sa.Engine, writers: Writers) -> None:
    with suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(ADD, {"id": 1 // 1})
        writers.begin(2)
        writers.begin(3, lambda: 1 // 0)
        raise ZeroDivisionError
    writers.end()
    assert writers.outcomes == {2: "kept", 3: "ZeroDivisionError"}
    assert things(engine) == [2]


def test_a_commit_that_fails_is_told_to_all_whose_it_was(engine: sa.Engine, writers: Writers) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE owned (id REFERENCES things DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(StoreError), writing(engine) as connection:  # noqa: PT012 - the commit itself fails
        connection.exec_driver_sql("INSERT INTO owned VALUES (99)")
        writers.begin(2)
        writers.begin(3)
    writers.end()
    assert writers.outcomes == {2: "StoreError", 3: "StoreError"}
    assert things(engine) == []


def test_one_that_sqlite_undid_whole_is_kept_for_nobody(engine: sa.Engine, writers: Writers) -> None:
    undo: list[Any] = []
    with pytest.raises(StoreError), writing(engine) as connection:  # noqa: PT012 - its fellow's failure comes at the end
        connection.execute(ADD, {"id": 1})
        undo.append(driver_of(connection))
        writers.begin(2, lambda: undo[0].execute("ROLLBACK"))
    writers.end()
    assert writers.outcomes == {2: "StoreError"}
    assert things(engine) == []


def test_a_turn_that_does_not_come_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 0)
    engine = open_engine(f"sqlite:///{tmp_path}/other.db")
    with writing(engine), pytest.raises(StoreError, match="busy"), writing(engine):
        pass
    with writing(engine) as connection:
        T.create(connection)
    assert things(engine) == []
    engine.dispose()


def test_no_connection_outlives_its_engine(engine: sa.Engine, tmp_path: Path) -> None:
    with writing(engine) as outer:
        outer.execute(ADD, {"id": 1})
        things(engine)
    engine.dispose()
    opened = [os.readlink(f"/proc/self/fd/{number}") for number in _open_files()]
    assert not [name for name in opened if name.startswith(str(tmp_path))]


def test_closing_waits_for_a_transaction_under_way_so_that_one_file_is_left(engine: sa.Engine, tmp_path: Path) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def look() -> None:
        with reading(engine) as connection:
            connection.execute(ALL)
            begun.set()
            may_end.wait(5)

    other = threading.Thread(target=look)
    other.start()
    begun.wait(5)
    threading.Timer(0.1, may_end.set).start()
    engine.dispose()
    assert [file.name for file in tmp_path.iterdir()] == ["bridge.db"]
    other.join()


def _open_files() -> list[str]:
    return [number for number in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{number}")]
