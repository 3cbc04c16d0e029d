"""Cards that go to a board which the bridge does not look after are not deleted ones, and may come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.records import Page
from sandbox.trello.model import Board, Card
from tests.connectors.trello.board import Agency, record_of


@pytest.fixture
def other(world: Agency) -> Board:
    return world.add_board("Архів", ("Ліди",))


@pytest.fixture
def card(world: Agency) -> Card:
    world.add_card("Кав'ярня")
    return world.add_card("Пекарня")


def carry(world: Agency, card: Card, board: Board) -> None:
    moved = {"idBoard": board.id, "idList": world.list_id("Ліди", board)}
    world.trello.cards.update(card, moved, world.by_olena)


def left(page: Page) -> list[tuple[str, str, str]]:
    return [(one.about.id, one.actor.id, str(one.data["from"])) for one in page.happenings if one.kind == "card.left"]


def test_a_card_that_leaves_our_boards_is_told_with_who_took_it(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector()
    first = connector.pull(None)
    carry(world, card, other)
    page = connector.pull(first.cursor)
    assert left(page) == [(card.id, "olena", "Клієнти")]
    assert card.id not in [record.ref.id for record in page.records if not record.deleted]


def test_a_card_that_goes_to_another_board_of_ours_has_not_left(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector(boards=("Клієнти", "Архів"))
    first = connector.pull(None)
    carry(world, card, other)
    page = connector.pull(first.cursor)
    assert left(page) == []
    assert record_of(page, card).fields["board"] == "Архів"


def test_a_card_that_comes_back_is_read_as_the_same(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector()
    page = connector.pull(None)
    home = next(one for one in world.trello.store.boards.values() if one.name == "Клієнти")
    for board in (other, home):
        carry(world, card, board)
        page = connector.pull(page.cursor)
    assert not record_of(page, card).deleted


def test_a_card_that_comes_to_a_board_of_ours_is_told_as_carried_there(world: Agency, other: Board, card: Card) -> None:
    connector = world.connector(boards=("Клієнти", "Архів"))
    page = connector.pull(None)
    home = next(one for one in world.trello.store.boards.values() if one.name == "Клієнти")
    for board in (other, home):
        carry(world, card, board)
    page = connector.pull(page.cursor)
    told = {(one.about.id, one.data["to"]) for one in page.happenings if one.kind == "card.carried"}
    assert told == {(card.id, "Архів"), (card.id, "Клієнти")}


def test_who_deleted_a_card_is_told(world: Agency, card: Card) -> None:
    connector = world.connector()
    first = connector.pull(None)
    world.delete(card)
    page = connector.pull(first.cursor)
    told = [(one.about.id, one.actor.id) for one in page.happenings if one.kind == "card.deleted"]
    assert told == [(card.id, "olena")]
    assert record_of(page, card).deleted


def test_what_happened_on_several_boards_is_told_in_the_order_in_which_it_happened(world: Agency, other: Board) -> None:
    connector, cards = world.connector(boards=("Клієнти", "Архів")), (world.add_card("Пекарня"), world.add_card("Жито"))
    carry(world, cards[1], other)
    page = connector.pull(None)
    for place in (1, 0, 1):
        world.sandbox.clock.advance(timedelta(minutes=1))
        world.trello.cards.comment(cards[place], f"на дошці {place}", world.by_olena)
    said = [one.data["text"] for one in connector.pull(page.cursor).happenings if one.kind == "comment.added"]
    assert said == ["на дошці 1", "на дошці 0", "на дошці 1"]
