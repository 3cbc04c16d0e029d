"""Checklists on cards: put there once, copied where they can be, read with who ticked what."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model.checklists import parse_checklists
from bridge.model.decisions import PutChecklist
from bridge.model.errors import ConnectorError, Retry
from connectors.trello.listing import LINES_AT_ONCE
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, happening, kinds, record_of

TALK = PutChecklist("Розмова", ("Реалістичність", "Ризики", "Права й обов’язки"))
LONG = PutChecklist("Запуск", tuple(f"Пункт {number}" for number in range(60)), "launch-60")


def lines(card: Card) -> list[list[str]]:
    return [[item.name for item in one.items.values()] for one in card.checklists.values()]


def put_whole(connector: Any, wanted: PutChecklist, card: Card) -> int:
    """Attempts until it is there; how many it took."""
    for attempt in range(1, 13):
        try:
            connector.push(delivery(wanted, card, attempt=attempt))
        except ConnectorError as error:
            if error.retry is not Retry.PASSING:
                raise
        else:
            return attempt
    raise AssertionError("never there")


def tick(world: Agency, card: Card, line: str, state: str = "complete") -> None:
    item = next(item for one in card.checklists.values() for item in one.items.values() if item.name == line)
    world.trello.checklists.update_item(card, item.id, {"state": state}, world.by_olena)


def test_list_comes_with_its_lines_in_their_order(world: Agency) -> None:
    card = world.add_card("Пекарня")
    receipt = world.connector().push(delivery(TALK, card))
    assert lines(world.card(card.id)) == [list(TALK.items)]
    (told,) = parse_checklists(receipt.details["checklists"])
    assert (told.name, [item.name for item in told.items], receipt.already) == ("Розмова", list(TALK.items), False)


def test_list_that_is_there_is_not_made_again(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.push(delivery(TALK, card))
    before = world.writes()
    assert connector.push(delivery(TALK, card)).already
    assert world.writes() == before


def test_half_made_list_is_completed(world: Agency) -> None:
    card = world.add_card("Пекарня")
    made = world.trello.checklists.create(card, {"name": " Розмова "}, world.by_olena)
    world.trello.checklists.add_item(made, {"name": "Реалістичність"}, world.by_olena)
    connector = world.connector()
    assert connector.look(delivery(TALK, card)) is None
    connector.push(delivery(TALK, card))
    assert lines(world.card(card.id)) == [list(TALK.items)]


def test_lost_receipt_of_the_last_line_is_found(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    world.fails("drop_after", method="POST", path="/checkItems", after=2)
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(TALK, card))
    found = connector.look(delivery(TALK, card))
    assert (raised.value.retry, found is not None and found.already) == (Retry.UNKNOWN, True)
    assert lines(world.card(card.id)) == [list(TALK.items)]


def test_lost_receipt_in_the_middle_makes_no_line_twice(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    world.fails("drop_after", method="POST", path="/checkItems", after=1)
    with pytest.raises(ConnectorError):
        connector.push(delivery(TALK, card))
    assert connector.look(delivery(TALK, card)) is None
    connector.push(delivery(TALK, card))
    assert lines(world.card(card.id)) == [list(TALK.items)]


def test_first_long_list_takes_a_quarter_of_the_window_at_a_time(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    with world.requests() as asked, pytest.raises(ConnectorError) as raised:
        connector.push(delivery(LONG, card))
    assert (asked.count("POST /1/checklists/{id}/checkItems"), raised.value.retry) == (LINES_AT_ONCE, Retry.PASSING)
    assert put_whole(connector, LONG, card) == 2
    assert lines(world.card(card.id)) == [list(LONG.items)]


def test_sixty_lines_of_a_template_card_cost_two_requests_on_a_large_board(world: Agency) -> None:
    template, card = world.add_card("Зразок"), world.add_card("Пекарня")
    template.is_template = True
    made = world.trello.checklists.create(template, {"name": "Запуск"}, world.by_olena)
    for line in LONG.items:
        world.trello.checklists.add_item(made, {"name": line}, world.by_olena)
    body = {"error": "API_TOO_MANY_CARDS_REQUESTED", "message": "Requested too many cards"}
    world.fails("status", status=403, body=body, path=r"/boards/\w+$", times=2)
    connector = world.connector()
    connector.pull(None)
    with world.requests() as asked:
        connector.push(delivery(LONG, card))
    assert asked == ["GET /1/cards/{id}/checklists", "POST /1/checklists"]
    assert lines(world.card(card.id)) == [list(LONG.items)]


def test_next_list_with_the_same_lines_is_copied_in_one_request(world: Agency) -> None:
    first, second = world.add_card("Пекарня"), world.add_card("Жито")
    connector = world.connector()
    put_whole(connector, LONG, first)
    with world.requests() as asked:
        connector.push(delivery(PutChecklist("Повторна перевірка", LONG.items), second))
    assert asked == ["GET /1/cards/{id}/checklists", "POST /1/checklists"]
    assert lines(world.card(second.id)) == [list(LONG.items)]


def test_after_a_restart_an_equal_list_on_the_board_is_copied(world: Agency) -> None:
    first, second = world.add_card("Пекарня"), world.add_card("Жито")
    put_whole(world.connector(), LONG, first)
    connector = world.connector()
    connector.pull(None)
    before = world.writes()
    connector.push(delivery(LONG, second))
    assert (world.writes() - before, lines(world.card(second.id))) == (1, [list(LONG.items)])


def test_source_that_was_deleted_meanwhile_is_done_without(world: Agency) -> None:
    first, second = world.add_card("Пекарня"), world.add_card("Жито")
    connector = world.connector()
    connector.push(delivery(TALK, first))
    world.delete(first)
    connector.push(delivery(TALK, second))
    assert lines(world.card(second.id)) == [list(TALK.items)]


def test_card_is_read_with_its_lists_in_one_request(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.push(delivery(TALK, card))
    first = connector.pull(None)
    tick(world, world.card(card.id), "Ризики")
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    (read,) = parse_checklists(record_of(page, card).fields["checklists"])
    assert [item.done for item in read.items] == [False, True, False]
    assert asked == ["GET /1/boards/{id}", "GET /1/boards/{id}/actions"]


def test_tick_tells_who_and_untick_too(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.push(delivery(TALK, card))
    first = connector.pull(None)
    tick(world, world.card(card.id), "Ризики")
    told = happening(connector.pull(first.cursor), "checklist.ticked")
    assert (told.actor.id, told.data["line"], told.data["checklist"], told.data["done"]) == (
        "olena",
        "Ризики",
        "Розмова",
        True,
    )


def test_card_without_lists_reads_as_before(world: Agency) -> None:
    card = world.add_card("Пекарня")
    page = world.connector().pull(None)
    assert "checklists" not in record_of(page, card).fields
    assert kinds(page) == []


@pytest.mark.parametrize("refreshed", [True, False])
def test_card_asked_for_by_itself_shows_its_lists(world: Agency, refreshed: bool) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector(large_board=1000 if refreshed else 0)
    connector.push(delivery(TALK, card))
    first = connector.pull(None)
    ref = record_of(first, card).ref
    page = connector.refresh([ref]) if refreshed else first
    (read,) = parse_checklists(record_of(page, card).fields["checklists"])
    assert read.name == "Розмова"
