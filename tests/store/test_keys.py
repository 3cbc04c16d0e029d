"""By what records are found: phones, e-mails and links, by an index, kept up to date and let go with the record."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bridge.model.records import Record, Ref
from bridge.store import statements as q
from bridge.store.database import reading
from bridge.store.keys import EMAIL, PHONE, links_in
from bridge.store.rows import StoredRecord
from tests.store.shelf import CARD, NOW, Shelf

PHONE_NUMBER, MAIL = "+380671112233", "a@ex.test"
READ = Record(CARD, {}, NOW, url="https://trello.test/c/abcd/1-romashka", phones=(PHONE_NUMBER,), emails=(MAIL,))


def kept(shelf: Shelf, record: Record, before: Record | None = None) -> None:
    was = StoredRecord(before.ref, 1, "", before.fields, NOW) if before else None
    with shelf.store.intake(NOW) as intake:
        intake.put(record, was)


def bearers(shelf: Shelf, what: str, value: str) -> list[Ref]:
    with shelf.store.intake(NOW) as intake:
        return intake.bearers(what, value)


@pytest.mark.parametrize(("what", "value"), [(PHONE, PHONE_NUMBER), (EMAIL, MAIL)])
def test_a_record_is_found_by_its_phones_and_e_mails(shelf: Shelf, what: str, value: str) -> None:
    kept(shelf, READ)
    assert bearers(shelf, what, value) == [CARD]


def test_a_number_that_was_taken_off_finds_nothing_any_more(shelf: Shelf) -> None:
    kept(shelf, READ)
    kept(shelf, replace(READ, phones=("+380500000000",)), READ)
    assert (bearers(shelf, PHONE, PHONE_NUMBER), bearers(shelf, PHONE, "+380500000000")) == ([], [CARD])


def test_a_deleted_record_is_found_by_nothing(shelf: Shelf) -> None:
    kept(shelf, READ)
    kept(shelf, replace(READ, deleted=True), READ)
    with shelf.store.intake(NOW) as intake:
        assert (intake.bearers(EMAIL, MAIL), intake.find_by_url("trello", "card", "abcd")) == ([], None)


def test_of_many_with_one_number_only_the_first_few_are_told(shelf: Shelf) -> None:
    for number in range(9):
        kept(shelf, replace(READ, ref=replace(CARD, id=f"c{number}")))
    assert [ref.id for ref in bearers(shelf, PHONE, PHONE_NUMBER)] == ["c0", "c1", "c2", "c3", "c4", "c5"]


def test_a_link_of_two_records_finds_none(shelf: Shelf) -> None:
    for number in range(2):
        kept(shelf, replace(READ, ref=replace(CARD, id=f"c{number}")))
    with shelf.store.intake(NOW) as intake:
        assert intake.find_by_url("trello", "card", "abcd") is None


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://trello.com/c/AbCd1234/17-romashka", {"AbCd1234"}),
        ("https://trello.com/c/AbCd1234?filter=x#comment", {"AbCd1234"}),
        ("https://acme.planfix.com/task/1234", set()),
        ("", set()),
    ],
)
def test_only_what_nobody_wrote_in_an_address_is_a_short_link(url: str, found: set[str]) -> None:
    assert links_in(url, ("task", "1234")) == found


def test_nothing_is_looked_through_to_find_a_record_by_a_key(shelf: Shelf) -> None:
    given = {"workspace": "main", "what": PHONE, "value": MAIL, "several": 6, "system": "trello", "kind": "card"}
    with reading(shelf.store._engine) as connection:
        for statement in (q.BEARERS, q.BEARERS_OF_KIND):
            text = statement.compile(connection.engine, compile_kwargs={"render_postcompile": True})
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {text}", tuple(given.get(name, 0) for name in text.positiontup or ())
            )
            assert [row[3].split()[0] for row in plan] == ["SEARCH"]


def test_links_of_an_older_database_are_found_at_once(shelf: Shelf) -> None:
    kept(shelf, READ)
    with shelf.store._engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM keys"))
        with Operations.context(MigrationContext.configure(connection)):
            import_module("bridge.store.migrations.versions.0009_keys")._fill_links()
        assert connection.execute(sa.text("SELECT what, value FROM keys")).all() == [("link", "abcd")]
