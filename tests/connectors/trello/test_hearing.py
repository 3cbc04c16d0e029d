"""A webhook tells what `pull` would tell, under the same ids; cards are read again ten in one request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Heard, Ref
from connectors.trello import TrelloConnector
from sandbox.trello.model import Action, Card
from tests.connectors.trello.board import Agency, happening, record_of


def told(world: Agency) -> list[bytes]:
    """The body of a webhook's call for each thing that happens from now on."""
    bodies: list[bytes] = []

    def note(action: Action, *_: object) -> None:
        shown = {"action": world.trello.views.action(action), "model": {"id": world.board.id}}
        bodies.append(json.dumps(shown).encode())

    world.trello.store.listeners.append(note)
    return bodies


def ready(world: Agency) -> TrelloConnector:
    connector = world.connector()
    connector.pull(None)
    return connector


def card_ref(card: Card) -> Ref:
    return Ref("trello", "main", "card", card.id)


def test_a_move_is_told_as_the_next_reading_tells_it(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    bodies = told(world)
    world.drag(card, "Договір")
    heard = connector.hear(bodies[-1])
    assert heard.happenings == (happening(connector.pull(first.cursor), "card.moved"),)
    assert heard.touched == (card_ref(card),)


def test_a_comment_leaves_the_card_as_it_was(world: Agency) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    bodies = told(world)
    world.comment(card, "Дзвонив клієнт")
    heard = connector.hear(bodies[-1])
    assert ([one.kind for one in heard.happenings], heard.touched) == (["comment.added"], ())


def test_what_no_happening_tells_is_a_card_to_be_read(world: Agency) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    bodies = told(world)
    world.trello.cards.add_label(card, world.label_id("VIP"), world.by_olena)
    heard = connector.hear(bodies[-1])
    assert (heard.happenings, heard.touched) == ((), (card_ref(card),))


def test_a_change_of_the_board_itself_is_for_the_poll(world: Agency) -> None:
    connector, bodies = ready(world), told(world)
    world.trello.boards.create_list(world.board, {"name": "Пауза", "pos": "bottom"}, world.by_olena)
    assert connector.hear(bodies[-1]).unclear


def test_our_own_doing_tells_us_nothing(world: Agency) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    bodies = told(world)
    world.drag(card, "Договір")
    heard = connector.hear(bodies[-1], sender="agency-bridge")
    assert (heard.happenings, heard.touched, heard.unclear) == ((), (), False)


def test_another_board_tells_us_nothing(world: Agency) -> None:
    connector = ready(world)
    other, bodies = world.add_board("Особисте", ("Справи",)), told(world)
    world.add_card("Купити хліб", idBoard=other.id, idList=world.list_id("Справи", other))
    assert [connector.hear(body).touched for body in bodies] == [()]


def test_nothing_is_understood_before_the_boards_were_read(world: Agency) -> None:
    card, connector, bodies = world.add_card("Пекарня"), world.connector(), told(world)
    world.drag(card, "Договір")
    with pytest.raises(ConnectorError) as error:
        connector.hear(bodies[-1])
    assert error.value.retry is Retry.PASSING
    assert not connector.hears


def test_ten_cards_are_read_in_one_request(world: Agency) -> None:
    cards = [world.add_card(f"Клієнт {number}") for number in range(12)]
    connector = ready(world)
    world.edit(cards[3], name="Жито")
    with world.requests() as asked:
        page = connector.refresh([card_ref(card) for card in cards])
    assert asked == ["GET /1/batch"] * 2
    assert record_of(page, cards[3]).fields["name"] == "Жито"
    assert len(page.records) == 12


def test_attachments_that_a_batch_left_out_are_asked_by_themselves(world: Agency) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    world.trello.cards.attach_link(card, "https://acme.planfix.com/task/41", "Угода", world.by_olena)
    short = {"id": card.id, "idBoard": card.board_id, "idList": card.list_id, "badges": {"attachments": 1}}
    world.fails("status", status=200, body=[{"200": short}], path="/batch")
    with world.requests() as asked:
        page = connector.refresh([card_ref(card)])
    assert len(asked) == 2
    assert [name.id for name in record_of(page, card).names] == ["41"]


def test_a_card_that_left_for_another_board_comes_deleted(world: Agency) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    other = world.add_board("Архів відділу", ("Усе",))
    world.edit(card, idBoard=other.id, idList=world.list_id("Усе", other))
    assert connector.refresh([card_ref(card)]).records[0].deleted


@pytest.mark.parametrize("status", [429, 500])
def test_a_refusal_is_never_read_as_a_card(world: Agency, status: int) -> None:
    card, connector = world.add_card("Пекарня"), ready(world)
    world.fails("status", status=status, path="/batch")
    with pytest.raises(ConnectorError) as error:
        connector.refresh([card_ref(card)])
    assert error.value.retry is Retry.PASSING


ODD: tuple[tuple[dict[str, Any], Heard], ...] = (
    ({"board": None, "card": None}, Heard()),
    ({"board": {"id": "b" * 24}, "card": {"id": "c" * 24, "name": None}}, Heard()),
    ({"card": None, "list": None, "old": {"name": None}}, Heard(unclear=True)),
)


@pytest.mark.parametrize(("data", "heard"), ODD, ids=["no board", "unknown board", "no card"])
def test_a_call_that_names_little_is_no_fault(world: Agency, data: dict[str, Any], heard: Heard) -> None:
    action = {"id": "a" * 24, "type": "updateBoard", "date": "2026-03-02T07:00:00.000Z", "memberCreator": None}
    call = {"action": {**action, "data": {"board": {"id": world.board.id}, **data}}, "model": None}
    assert ready(world).hear(json.dumps(call).encode()) == heard


@pytest.mark.parametrize("body", [b"", b"[]", b'{"action": {"id"', b"<html></html>", b"\xff\xfe", b'{"action": null}'])
def test_what_is_no_call_is_told_so(world: Agency, body: bytes) -> None:
    with pytest.raises(ValueError, match="not a call of Trello"):
        ready(world).hear(body)
