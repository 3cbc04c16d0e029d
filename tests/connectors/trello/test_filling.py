"""Fields of a card are written with a look at what people put there meanwhile."""

from __future__ import annotations

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
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


def test_the_card_is_looked_at_last_before_it_is_written(world: Agency, card: Card, connector: TrelloConnector) -> None:
    """A process that has just begun knows no names yet: while it reads them people go on writing."""
    with world.requests() as asked:
        connector.push(delivery(WriteFields("trello.card", {"name": "Жито"}, base={"name": "Пекарня"}), card))
    assert asked[-2:] == ["GET /1/cards/{id}", "PUT /1/cards/{id}"]
    assert len(asked) > 2


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
        connector.push(delivery(WriteFields("trello.card", {"budget": text}), card))
    assert raised.value.retry is Retry.PERMANENT
    assert f'custom field "Бюджет" is of type number and takes no {text!r}' in raised.value.what


def test_a_value_that_does_not_fit_is_told_and_the_others_are_written(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    values: dict[str, Plain] = {"budget": "дорого", "name": "Жито", "site": "zhyto.example"}
    wanted = delivery(WriteFields("trello.card", values), card)
    receipt = connector.push(wanted)
    assert receipt.details["holds"] == {"budget": None, "name": "Жито", "site": "zhyto.example"}
    assert str(receipt.details["not_set"]).startswith('custom field "Бюджет" is of type number')
    assert not receipt.already
    assert connector.look(wanted) is None


def test_a_value_that_trello_refuses_is_told_and_the_others_are_written(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.fails("status", status=400, method="PUT", path="/customField/", message="Invalid custom field item value.")
    values: dict[str, Plain] = {"budget": "700", "site": "zhyto.example"}
    receipt = connector.push(delivery(WriteFields("trello.card", values), card))
    assert receipt.details["holds"] == {"budget": None, "site": "zhyto.example"}
    assert "Invalid custom field item value." in str(receipt.details["not_set"])


def test_a_long_sum_is_told_from_its_neighbour(world: Agency, card: Card, connector: TrelloConnector) -> None:
    for text in ("9007199254740993", "9007199254740992"):
        connector.push(delivery(WriteFields("trello.card", {"budget": text}), card))
    assert told(world, card, connector)["budget"] == "9007199254740992"


def put_on(world: Agency, card: Card, *members: str) -> None:
    for id in members:
        world.trello.cards.add_member(card, id, world.by_olena)


@pytest.fixture
def taras(world: Agency) -> str:
    member = world.trello.add_member("taras", "Тарас Шевчук")
    world.trello.boards.add_member(world.board, member, "normal", world.by_olena)
    return member.id


def test_members_come_and_go_one_by_one(world: Agency, card: Card, taras: str) -> None:
    put_on(world, card, taras, world.robot.id)
    connector = world.connector(people={"olena": "olena", "taras": "taras"})
    before = world.sandbox.journal.last()
    receipt = connector.push(delivery(WriteFields("trello.card", {"members": ["olena", "taras"]}), card))
    writes = [one.operation for one in world.sandbox.journal.since(before) if one.method != "GET"]
    assert sorted(world.card(card.id).member_ids) == sorted([taras, world.olena.id])
    assert receipt.details == {"holds": {"members": ["olena", "taras"]}}
    assert writes == ["/1/cards/{id}/idMembers", "/1/cards/{id}/idMembers/{idMember}"]


def test_a_member_whom_somebody_put_on_meanwhile_stays(world: Agency, card: Card, taras: str) -> None:
    put_on(world, card, taras)
    wanted = WriteFields("trello.card", {"members": ["olena"]}, base={"members": []})
    receipt = world.connector().push(delivery(wanted, card))
    assert receipt.details == {"holds": {}, "overtaken": {"members": ["taras"]}}
    assert not receipt.already
    assert world.card(card.id).member_ids == [taras]


def test_a_member_whom_somebody_puts_on_in_that_very_moment_is_no_fault(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    put, api = connector._writer._api.add_member, connector._writer._api
    api.add_member = lambda *asked: (put(*asked), put(*asked))[0]  # type: ignore[method-assign]
    connector.push(delivery(WriteFields("trello.card", {"members": ["olena"]}), card))
    assert world.card(card.id).member_ids == [world.olena.id]


def test_nobody_of_the_board_is_asked_for(world: Agency, card: Card, connector: TrelloConnector) -> None:
    before = world.writes()
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(WriteFields("trello.card", {"members": ["andrii"]}), card))
    assert (raised.value.retry, world.writes()) == (Retry.ASK_ADMIN, before)
    assert 'has no member "andrii"' in raised.value.what


def test_one_who_is_not_on_the_board_is_told_and_the_others_come(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    receipt = connector.push(delivery(WriteFields("trello.card", {"members": ["andrii", "olena"]}), card))
    assert (receipt.already, receipt.details["holds"]) == (False, {"members": ["olena"]})
    assert 'has no member "andrii": invite them' in str(receipt.details["not_set"])
    assert world.card(card.id).member_ids == [world.olena.id]


def test_one_whom_trello_refuses_is_told_and_the_others_come(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    wanted = WriteFields("trello.card", {"members": ["bridge_bot", "olena"]})
    world.fails("status", status=400, method="POST", path="/idMembers$", message="member is not on the board")
    receipt = connector.push(delivery(wanted, card))
    assert receipt.details["holds"] == {"members": ["olena"]}
    assert "member is not on the board" in str(receipt.details["not_set"])


def test_half_a_set_that_was_written_is_no_write_that_left_nothing(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.fails("status", status=429, method="POST", path="idLabels", after=1)
    with pytest.raises(ConnectorError) as raised:
        connector.push(
            delivery(WriteFields("trello.card", {"labels": ["VIP", "Терміново"]}, base={"labels": []}), card)
        )
    assert (raised.value.retry, len(world.card(card.id).label_ids)) == (Retry.UNKNOWN, 1)


def test_labels_are_written_as_a_set(world: Agency, card: Card, connector: TrelloConnector) -> None:
    world.trello.cards.add_label(card, world.label_id("VIP"), world.by_olena)
    wanted = WriteFields("trello.card", {"labels": ["Терміново"]}, base={"labels": ["VIP"]})
    assert connector.push(delivery(wanted, card)).details == {"holds": {"labels": ["Терміново"]}}
    assert world.card(card.id).label_ids == [world.label_id("Терміново")]


def test_done_and_due_are_one_request(world: Agency, card: Card, connector: TrelloConnector) -> None:
    values: dict[str, Plain] = {"due": "2026-04-01T12:00:00+03:00", "done": True}
    with world.requests() as asked:
        receipt = connector.push(delivery(WriteFields("trello.card", values), card))
    assert [one for one in asked if one.startswith("PUT")] == ["PUT /1/cards/{id}"]
    assert receipt.details["holds"] == {"due": "2026-04-01T09:00:00.000000Z", "done": True}


def test_values_are_taken_away(world: Agency, card: Card, connector: TrelloConnector) -> None:
    put_on(world, card, world.olena.id)
    world.edit(card, due="2026-04-01T09:00:00.000Z", dueComplete=True)
    gone: dict[str, Plain] = {"due": None, "done": False, "members": None, "labels": [], "description": None}
    receipt = connector.push(delivery(WriteFields("trello.card", gone), card))
    assert receipt.details["holds"] == {"due": None, "done": False, "members": [], "labels": [], "description": ""}
    assert world.card(card.id).member_ids == []


def test_a_card_keeps_its_name(card: Card, connector: TrelloConnector) -> None:
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(WriteFields("trello.card", {"name": " "}), card))
    assert raised.value.retry is Retry.PERMANENT


@pytest.mark.parametrize(
    ("zone", "noon", "hour"),
    [
        ("Europe/Kyiv", "2026-03-05T10:00:00", "2026-03-04T22:30:00"),
        ("UTC", "2026-03-05T12:00:00", "2026-03-05T23:59:00"),
    ],
)
def test_a_day_is_any_hour_of_it_where_the_agency_is(
    world: Agency, card: Card, zone: str, noon: str, hour: str
) -> None:
    world.add_field("Дедлайн", "date")
    connector = world.connector(fields={"deadline": "Дедлайн"}, zone=zone)
    day = delivery(WriteFields("trello.card", {"deadline": "2026-03-05", "due": "2026-03-05"}), card)
    at_noon = dict.fromkeys(("deadline", "due"), f"{noon}.000000Z")
    assert connector.push(day).details["holds"] == at_noon
    connector.push(delivery(WriteFields("trello.card", dict.fromkeys(at_noon, f"{hour}Z")), card))
    assert connector.push(day).already
    connector.push(delivery(WriteFields("trello.card", dict.fromkeys(at_noon, "2026-03-06T00:00:00Z")), card))
    assert not connector.push(day).already


def test_a_value_that_is_no_day_is_refused(card: Card, connector: TrelloConnector) -> None:
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(WriteFields("trello.card", {"due": "завтра"}), card))
    assert raised.value.retry is Retry.PERMANENT


def test_a_description_is_written_above_what_the_bridge_keeps_there(world: Agency) -> None:
    line, mark = "Planfix: https://acme.planfix.com/task/12", "‹міст a1b2c3d4e5›"
    card = world.add_card("Пекарня", desc=f"Новий сайт\n\n{line}\n\n{mark}")
    connector = world.connector()
    assert record_of(connector.pull(None), card).fields["description"] == "Новий сайт"
    connector.push(delivery(WriteFields("trello.card", {"description": "Інший опис"}), card))
    assert world.card(card.id).desc == f"Інший опис\n\n{line}\n\n{mark}"
