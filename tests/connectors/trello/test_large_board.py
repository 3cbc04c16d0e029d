"""Boards too large for one answer: read by their actions, and everything within five minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry
from connectors.trello.api import CARDS_IN_ONE_ANSWER, TrelloApi
from connectors.trello.cursors import Position
from sandbox.faults import Fault
from tests.connectors.trello.board import SETTINGS, Agency, happening, record_of

MANY = CARDS_IN_ONE_ANSWER + 20


def fill(world: Agency, count: int) -> None:
    idList = world.list_id("Ліди")
    for number in range(count):
        world.trello.cards.create({"name": f"Картка {number}", "idList": idList}, world.by_olena)


def test_a_thousand_cards_are_still_one_request(world: Agency) -> None:
    fill(world, CARDS_IN_ONE_ANSWER)
    connector = world.connector()
    first = connector.pull(None)
    with world.requests() as asked:
        connector.pull(first.cursor)
    assert (len(first.records), asked) == (CARDS_IN_ONE_ANSWER, ["GET /1/boards/{id}"])


def test_the_same_answer_is_not_read_through_again(world: Agency) -> None:
    fill(world, 100)
    api = TrelloApi(replace(SETTINGS, base_url=f"{world.base_url}/trello"), world.pace)
    first = api.board_with_cards(world.board.id, "all")
    assert api.board_with_cards(world.board.id, "all") is first
    world.add_card("Пекарня")
    assert len(api.board_with_cards(world.board.id, "all").cards) == 101
    api.close()


def test_a_large_answer_that_is_cut_short_counts_as_none(world: Agency) -> None:
    fill(world, 100)
    connector = world.connector()
    body = f'{{"name": "{"x" * 60_000}"'
    world.sandbox.faults.add(Fault("trello", "status", path="/1/boards/", status=200, body=body))
    with pytest.raises(ConnectorError) as caught:
        connector.pull(None)
    assert (caught.value.retry, caught.value.code) == (Retry.PASSING, "unreadable")


def test_more_cards_than_one_answer_holds_are_all_read(world: Agency) -> None:
    fill(world, MANY)
    page = world.connector().pull(None)
    assert len({record.ref for record in page.records}) == MANY
    assert page.whole == frozenset()


def test_idle_cycle_of_a_large_board_costs_two_requests(world: Agency) -> None:
    fill(world, MANY)
    connector = world.connector()
    first = connector.pull(None)
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    assert asked == ["GET /1/boards/{id}", "GET /1/boards/{id}/actions"]
    assert page.records == ()


def test_move_on_a_large_board_costs_one_request_more(world: Agency) -> None:
    card = world.add_card("Пекарня")
    fill(world, 3)
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    world.drag(card, "Договір")
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    assert happening(page, "card.moved").data["to"] == "Договір"
    assert [record.fields["list"] for record in page.records] == ["Договір"]
    assert len(asked) == 3


def test_ten_changed_cards_cost_one_request_with_their_attachments(world: Agency) -> None:
    cards = [world.add_card(f"Картка {number}") for number in range(20)]
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    for card in cards:
        world.trello.cards.attach_link(card, "https://acme.planfix.com/task/41", "Угода", world.by_olena)
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    assert asked == ["GET /1/boards/{id}", "GET /1/boards/{id}/actions", "GET /1/batch", "GET /1/batch"]
    assert [len(record.names) for record in page.records] == [1] * 20


def test_label_on_a_large_board_is_seen_within_five_minutes(world: Agency) -> None:
    card = world.add_card("Пекарня", idLabels=[])
    fill(world, 3)
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    world.trello.cards.add_label(card, world.label_id("Терміново"), world.by_olena)
    soon = connector.pull(first.cursor)
    world.sandbox.clock.advance(timedelta(minutes=5))
    later = connector.pull(soon.cursor)
    assert soon.records == ()
    assert record_of(later, card).fields["labels"] == ["Терміново"]


def test_rolling_read_has_a_lane_of_its_own(world: Agency) -> None:
    fill(world, 3)
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    world.sandbox.clock.advance(timedelta(minutes=3))
    world.pace.taken.clear()
    connector.pull(first.cursor)
    assert ["trello.rolling" in lanes for lanes in world.pace.taken] == [False, False, True]
    assert all("background" in lanes for lanes in world.pace.taken)


def test_deleted_card_of_a_large_board_comes_deleted(world: Agency) -> None:
    card = world.add_card("Пекарня")
    fill(world, 3)
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    world.delete(card)
    assert record_of(connector.pull(first.cursor), card).deleted


def test_board_that_shrank_is_read_whole_again(world: Agency) -> None:
    cards = [world.add_card(f"Картка {number}") for number in range(6)]
    connector = world.connector(large_board=5)
    page = connector.pull(None)
    for card in cards[:4]:
        world.delete(card)
    for _ in range(4):
        world.sandbox.clock.advance(timedelta(minutes=5))
        page = connector.pull(page.cursor)
    with world.requests() as asked:
        connector.pull(page.cursor)
    assert asked == ["GET /1/boards/{id}"]


def test_refused_nested_cards_are_read_in_pages(world: Agency) -> None:
    card = world.add_card("Пекарня")
    body = {"error": "API_TOO_MANY_CARDS_REQUESTED", "message": "Requested too many cards"}
    world.fails("status", status=403, body=body, path=r"/boards/\w+$", times=2)
    page = world.connector().pull(None)
    assert record_of(page, card).fields["name"] == "Пекарня"
    assert page.cursor is not None
    assert Position.model_validate_json(page.cursor).boards["Клієнти"].mode == "large"


def test_more_actions_than_one_answer_holds_are_all_read(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    for number in range(1030):
        world.trello.cards.comment(card, f"Коментар {number}", world.by_olena)
    page = connector.pull(first.cursor)
    assert [said.data["text"] for said in page.happenings] == [f"Коментар {number}" for number in range(1030)]


def test_card_changed_among_a_thousand_costs_one_request_more(world: Agency) -> None:
    fill(world, CARDS_IN_ONE_ANSWER)
    connector = world.connector()
    first = connector.pull(None)
    world.edit(next(iter(world.board.cards.values())), name="Пекарня")
    with world.requests() as asked:
        connector.pull(first.cursor)
    assert asked == ["GET /1/boards/{id}", "GET /1/boards/{id}/actions"]


def test_no_card_is_lost_when_a_full_board_gets_one_more(world: Agency) -> None:
    fill(world, CARDS_IN_ONE_ANSWER)
    connector = world.connector()
    first = connector.pull(None)
    world.add_card("Пекарня")
    page = connector.pull(first.cursor)
    assert len({record.ref for record in page.records}) == CARDS_IN_ONE_ANSWER + 1
    assert page.whole == frozenset()


def test_polls_between_two_pages_do_not_slow_the_rolling_read_down(world: Agency) -> None:
    card = world.add_card("Пекарня", idLabels=[])
    fill(world, 3)
    connector = world.connector(large_board=2)
    page = connector.pull(None)
    world.trello.cards.add_label(card, world.label_id("Терміново"), world.by_olena)
    labels = []
    for _ in range(15):
        world.sandbox.clock.advance(timedelta(seconds=20))
        page = connector.pull(page.cursor)
        labels += [record.fields["labels"] for record in page.records if record.ref.id == card.id]
    assert ["Терміново"] in labels


def test_an_answer_that_was_cut_earlier_than_today_loses_no_card(
    world: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, 130)
    monkeypatch.setattr("sandbox.trello.reading._capped", lambda cards: cards[-100:])
    world.trello.reading.most_cards_in_a_page = 100
    assert len(world.connector().pull(None).records) == 130


def test_smaller_pages_do_not_slow_the_rolling_read_down(world: Agency) -> None:
    card = world.add_card("Пекарня", idLabels=[])
    fill(world, 30)
    world.trello.reading.most_cards_in_a_page = 10
    connector = world.connector(large_board=2)
    first = connector.pull(None)
    world.trello.cards.add_label(card, world.label_id("Терміново"), world.by_olena)
    world.sandbox.clock.advance(timedelta(minutes=5))
    assert record_of(connector.pull(first.cursor), card).fields["labels"] == ["Терміново"]
