"""One board that cannot be read does not hide the others, and makes no card of its own vanish."""

from __future__ import annotations

import pytest

from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.records import Page
from sandbox.trello.model import Board, Card
from tests.connectors.trello.board import Agency, record_of

BOTH = ("Клієнти", "Виробництво")


@pytest.fixture
def other(world: Agency) -> Board:
    return world.add_board("Виробництво", ("Ліди", "В роботі"))


@pytest.fixture
def card(world: Agency) -> Card:
    return world.add_card("Пекарня")


def add_to(world: Agency, board: Board, name: str = "Кав'ярня") -> Card:
    return world.trello.cards.create({"name": name, "idList": world.list_id("Ліди", board)}, world.by_olena)


def close(world: Agency, board: Board, closed: bool = True) -> None:
    world.trello.boards.update(board, {"closed": closed}, world.by_olena)


def failure(page: Page) -> str:
    return str(page.failed["trello.card"])


def test_a_closed_board_leaves_the_others_to_be_read(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector(boards=BOTH)
    first = connector.pull(None)
    close(world, other)
    world.drag(card, "Договір")
    page = connector.pull(first.cursor)
    assert record_of(page, card).fields["list"] == "Договір"
    assert 'board "Виробництво" is closed' in failure(page)
    assert (page.seen_up_to, page.whole) == ({}, frozenset())


def test_a_board_out_of_sight_makes_none_of_its_cards_vanish(world: Agency, other: Board, card: Card) -> None:
    add_to(world, other)
    connector = world.connector(boards=BOTH)
    first = connector.pull(None)
    world.trello.boards.remove_member(other, world.robot, world.by_olena)
    page = connector.pull(first.cursor)
    assert ([record.ref.id for record in page.records if record.deleted], page.whole) == ([], frozenset())
    assert 'board "Виробництво" is gone' in failure(page)


def test_lists_keep_their_names_while_a_board_that_shares_them_is_away(world: Agency, other: Board, card: Card) -> None:
    first = world.connector(boards=BOTH).pull(None)
    world.trello.boards.remove_member(other, world.robot, world.by_olena)
    world.edit(card, name="Жито")
    record = record_of(world.connector(boards=BOTH).pull(first.cursor), card)
    assert record.fields["list"] == "Клієнти / Ліди"


def test_a_board_that_is_back_is_read_from_where_it_was_left(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector(boards=BOTH)
    page = connector.pull(None)
    close(world, other)
    page = connector.pull(page.cursor)
    close(world, other, closed=False)
    late = add_to(world, other)
    page = connector.pull(page.cursor)
    assert record_of(page, late).fields["name"] == "Кав'ярня"
    assert (page.failed, list(page.seen_up_to)) == ({}, ["trello.card"])
    assert connector.pull(page.cursor).whole == {("trello", "card")}


def test_what_is_gone_from_the_others_meanwhile_is_told_when_it_is_back(
    world: Agency, other: Board, card: Card
) -> None:
    connector = world.connector(boards=BOTH)
    page = connector.pull(None)
    world.edit(card, name="Жито")
    world.fails("status", status=403, path=rf"/boards/{other.id}$")
    failed = connector.pull(page.cursor)
    back = connector.pull(failed.cursor)
    assert list(failed.failed) == ["trello.card"]
    assert back.whole == {("trello", "card")}


def test_an_emptied_board_is_asked_about_while_the_others_are_read(world: Agency, other: Board, card: Card) -> None:
    only = add_to(world, other)
    connector = world.connector(boards=BOTH)
    first = connector.pull(None)
    world.delete(only)
    world.edit(card, name="Жито")
    page = connector.pull(first.cursor)
    assert isinstance(page.failed["trello.card"], SourceEmptied)
    assert record_of(page, card).fields["name"] == "Жито"


def test_a_board_that_nobody_knows_does_not_hide_the_others(world: Agency, card: Card) -> None:
    page = world.connector(boards=("Клієнти", "Виробицтво")).pull(None)
    assert record_of(page, card).fields["name"] == "Пекарня"
    assert 'sees no board "Виробицтво"' in failure(page)


def test_a_bad_token_stops_all_boards(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector(boards=BOTH)
    first = connector.pull(None)
    world.fails("status", status=401, path=rf"/boards/{other.id}$")
    with pytest.raises(ConnectorError) as raised:
        connector.pull(first.cursor)
    assert raised.value.retry is Retry.ASK_ADMIN
