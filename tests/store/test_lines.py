"""Connections that stay open: each transaction is whole and by itself, as if it had a connection of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.store.database import open_engine, reading, writing

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


def test_no_connection_outlives_its_engine(engine: sa.Engine, tmp_path: Path) -> None:
    with writing(engine) as outer:
        outer.execute(ADD, {"id": 1})
        things(engine)
    engine.dispose()
    opened = [os.readlink(f"/proc/self/fd/{number}") for number in _open_files()]
    assert not [name for name in opened if name.startswith(str(tmp_path))]


def _open_files() -> list[str]:
    return [number for number in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{number}")]
