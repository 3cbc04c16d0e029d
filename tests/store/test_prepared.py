"""A statement that stays gives the same, and fails the same, whoever carries it out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.model.errors import StoreError
from bridge.store import tables as t
from bridge.store.database import open_engine, reading, writing
from bridge.store.prepared import Found

NOW = datetime(2026, 12, 3, 8, tzinfo=UTC)
LINK = {"workspace": "main", "system": "trello", "account": "main", "kind": "card", "because": "", "at": NOW}
AMONG = sa.select(t.links).where(t.links.c.remote_id.in_(sa.bindparam("ids", expanding=True))).order_by("remote_id")
HERE = sa.select(t.links.c.remote_id, t.links.c.at).where(t.links.c.kind.in_(("card", "chat")))
MOVE = t.links.update().where(t.links.c.remote_id == sa.bindparam("the_id")).values(because="moved")
ADD = t.links.insert()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    made = open_engine(f"sqlite:///{tmp_path}/bridge.db")
    t.metadata.create_all(made)
    with writing(made) as connection:
        connection.execute(ADD, [{**LINK, "remote_id": f"c{number}", "local_id": "deal-1"} for number in range(5)])
    yield made
    made.dispose()


def twice(engine: sa.Engine, statement: sa.Executable, **given: object) -> list[list[tuple[object, ...]]]:
    """What it gives when it is seen first, and when it is known."""
    found = []
    for _time in range(3):
        with reading(engine) as connection:
            found.append([tuple(row) for row in connection.execute(statement, given)])
    return found


def test_values_are_read_as_ever(engine: sa.Engine) -> None:
    first, second, third = twice(engine, HERE)
    assert first == second == third
    assert first[0] == ("c0", NOW)


@pytest.mark.parametrize("ids", [[], ["c1"], ["c1", "c4"], ["c1", "c4", "none"]])
def test_a_list_of_any_length_finds_its_rows(engine: sa.Engine, ids: list[str]) -> None:
    for rows in twice(engine, AMONG, ids=ids):
        assert [row[t.links.c.keys().index("remote_id")] for row in rows] == [id for id in ids if id != "none"]


def test_what_is_known_goes_straight_to_sqlite(engine: sa.Engine) -> None:
    twice(engine, HERE)
    with reading(engine) as connection:
        assert isinstance(connection.execute(HERE), Found)


def test_other_columns_make_another_statement_of_the_same_update(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        for given in ({}, {"local_id": "deal-2"}, {}, {"local_id": "deal-3"}):
            assert connection.execute(MOVE, {"the_id": "c1", **given}).rowcount == 1
    with reading(engine) as connection:
        row = connection.execute(AMONG, {"ids": ["c1"]}).one()
    assert (row.because, row.local_id) == ("moved", "deal-3")


def test_a_statement_that_fails_takes_the_whole_transaction_back_and_says_so(engine: sa.Engine) -> None:
    same = {**LINK, "remote_id": "new", "local_id": "deal-1"}

    def add_twice() -> None:
        with writing(engine) as connection:
            for _time in range(2):
                connection.execute(ADD, same)

    with pytest.raises(StoreError):
        add_twice()
    with reading(engine) as connection:
        assert connection.execute(AMONG, {"ids": ["new"]}).first() is None
