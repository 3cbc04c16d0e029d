"""Fields of a card are written with a look at what people put there meanwhile."""

from __future__ import annotations

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.errors import ConnectorError, Retry
from connectors.trello import TrelloConnector
from sandbox.faults import Fault
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, record_of


@pytest.fixture
def card(world: Agency) -> Card:
    world.add_field("Сайт")
    world.add_field("Бюджет", "number")
    return world.add_card("Пекарня", desc="Печуть хліб")


@pytest.fixture
def connector(world: Agency, card: Card) -> TrelloConnector:
    return world.connector(fields={"site": "Сайт", "budget": "Бюджет"})


def told(world: Agency, card: Card, connector: TrelloConnector) -> dict[str, object]:
    """What a fresh reading tells of the card."""
    return dict(record_of(connector.pull(None), card).fields)


def test_a_value_that_a_person_wrote_since_the_decision_stays(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    wanted = WriteFields("trello.card", {"name": "Жито", "site": "zhyto.example"}, base={"name": "Пекарня"})
    world.edit(card, name="Пекарня «Колос»")
    receipt = connector.push(delivery(wanted, card))
    assert receipt.details == {"holds": {"site": "zhyto.example"}, "overtaken": {"name": "Пекарня «Колос»"}}
    assert not receipt.already
    assert told(world, card, connector)["name"] == "Пекарня «Колос»"


def test_a_value_that_nobody_touched_since_is_written(world: Agency, card: Card, connector: TrelloConnector) -> None:
    wanted = WriteFields("trello.card", {"name": "Жито"}, base={"name": "Пекарня "})
    assert connector.push(delivery(wanted, card)).details == {"holds": {"name": "Жито"}}
    assert world.card(card.id).name == "Жито"


def test_a_custom_field_that_a_person_filled_meanwhile_is_left_alone(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    connector.push(delivery(WriteFields("trello.card", {"budget": "700"}), card))
    wanted = WriteFields("trello.card", {"budget": "900", "site": "zhyto.example"}, base={"budget": None, "site": None})
    receipt = connector.push(delivery(wanted, card))
    assert receipt.details == {"holds": {"site": "zhyto.example"}, "overtaken": {"budget": "700"}}


def test_what_a_person_wrote_just_as_wanted_is_not_overtaken(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.edit(card, name="Жито")
    receipt = connector.push(delivery(WriteFields("trello.card", {"name": "Жито"}, base={"name": "Пекарня"}), card))
    assert (receipt.already, receipt.details) == (True, {"holds": {"name": "Жито"}})


def test_the_receipt_tells_what_the_next_reading_tells(world: Agency, card: Card, connector: TrelloConnector) -> None:
    values = {"budget": "1500.50", "description": "Новий опис\n", "due": "2026-04-01T12:00:00+03:00"}
    receipt = connector.push(delivery(WriteFields("trello.card", values), card))
    now = told(world, card, connector)
    assert receipt.details["holds"] == {key: now[key] for key in values}


def test_an_answer_that_shows_no_field_is_taken_for_done_as_sent(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.sandbox.faults.add(Fault("trello", "status", method="PUT", path="/customField/", status=200, body={}))
    receipt = connector.push(delivery(WriteFields("trello.card", {"site": "zhyto.example", "budget": None}), card))
    assert receipt.details["holds"] == {"site": "zhyto.example", "budget": None}


def test_a_write_whose_answer_was_lost_is_found_with_what_it_left(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    wanted = delivery(WriteFields("trello.card", {"name": "Жито"}, base={"name": "Пекарня"}), card)
    world.fails("drop_after", method="PUT", path="/cards")
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is Retry.UNKNOWN
    found = connector.look(wanted)
    assert found is not None
    assert (found.already, found.details) == (True, {"holds": {"name": "Жито"}})


def test_a_write_that_was_interrupted_halfway_goes_on_where_it_stopped(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    values = {"name": "Жито", "site": "zhyto.example"}
    wanted = delivery(WriteFields("trello.card", values, base={"name": "Пекарня", "site": None}), card)
    world.fails("status", method="PUT", path="/customField/", status=503)
    with pytest.raises(ConnectorError):
        connector.push(wanted)
    assert connector.look(wanted) is None
    assert connector.push(wanted).details == {"holds": values}


@pytest.mark.parametrize("text", ["дорого", "nan", "1e"])
def test_what_is_no_number_is_refused(card: Card, connector: TrelloConnector, text: str) -> None:
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(WriteFields("trello.card", {"name": "Жито", "budget": text}), card))
    assert raised.value.retry is Retry.PERMANENT


def test_a_long_sum_is_told_from_its_neighbour(world: Agency, card: Card, connector: TrelloConnector) -> None:
    for text in ("9007199254740993", "9007199254740992"):
        connector.push(delivery(WriteFields("trello.card", {"budget": text}), card))
    assert told(world, card, connector)["budget"] == "9007199254740992"
