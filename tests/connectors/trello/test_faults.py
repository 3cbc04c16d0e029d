"""What goes wrong between the bridge and Trello: every write is done once, and no reading loses anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
    Decision,
    LabelCard,
    MoveCard,
    PutChecklist,
    WriteFields,
)
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Ref
from connectors.trello import TrelloConnector
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, pdf, record_of

FIELDS = {"site": "Сайт"}
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


def fields(**values: Any) -> WriteFields:
    return WriteFields("trello.card", values)


ATTACH = AttachDocument("trello", "brief", "key", "pdf", "Бриф v1.pdf")
WRITES: Mapping[str, tuple[Decision, str, str]] = {
    "create a card": (CreateCard("Ліди", "Жито"), "POST", "/cards$"),
    "comment": (CommentCard("Готово"), "POST", "/comments$"),
    "move": (MoveCard("Договір"), "PUT", r"/cards/\w+$"),
    "put a label on": (LabelCard("VIP"), "POST", "/idLabels$"),
    "take a label off": (LabelCard("Терміново", present=False), "DELETE", r"/idLabels/\w+$"),
    "attach": (ATTACH, "POST", "/attachments$"),
    "make a checklist": (PutChecklist("Запуск", ("Домен", "Хостинг")), "POST", "/checklists$"),
    "add a line to it": (PutChecklist("Запуск", ("Домен", "Хостинг")), "POST", "/checkItems$"),
    "write the card's own fields": (fields(name="Жито", due="2026-04-01T09:00:00Z"), "PUT", r"/cards/\w+$"),
    "write a custom field": (fields(site="zhyto.example"), "PUT", "/customField/"),
    "put a member on": (fields(members=["olena"]), "POST", "/idMembers$"),
    "write labels": (fields(labels=["VIP", "Терміново"]), "POST", "/idLabels$"),
}
"""Each with the request that does it."""
NOT_DONE: tuple[tuple[Retry, dict[str, Any]], ...] = (
    (Retry.UNKNOWN, {"kind": "drop_before"}),
    (Retry.UNKNOWN, {"kind": "status", "status": 502, "body": HTML, "headers": {"Content-Type": "text/html"}}),
    (Retry.UNKNOWN, {"kind": "status", "status": 504, "body": ""}),
    (Retry.UNKNOWN, {"kind": "status", "status": 200, "body": '{"id": "5f0000'}),
    (Retry.UNKNOWN, {"kind": "status", "status": 200, "body": HTML}),
    (Retry.PASSING, {"kind": "status", "status": 429, "headers": {"Retry-After": "3"}}),
    (Retry.ASK_ADMIN, {"kind": "status", "status": 401, "message": "invalid token"}),
    (Retry.ASK_ADMIN, {"kind": "status", "status": 403, "message": "unauthorized permission requested"}),
)
"""What a write may meet that does nothing, and what may be done then."""


@pytest.fixture
def card(world: Agency) -> Card:
    world.add_field("Сайт")
    return world.add_card("Пекарня", idLabels=[world.label_id("Терміново")])


@pytest.fixture
def connector(world: Agency, card: Card) -> TrelloConnector:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    return connector


def doubled(world: Agency) -> list[str]:
    """What the writes left twice."""
    left: Counter[str] = Counter()
    for card in world.trello.store.cards.values():
        left[f"card {card.name}"] += 1
        left[f"comment on {card.id}"] += card.comments
        left.update(f"{one.name} on {card.id}" for one in card.attachments.values())
        for checklist in card.checklists.values():
            left[f"{checklist.name} on {card.id}"] += 1
            left.update(f"{line.name} in {checklist.name}" for line in checklist.items.values())
    return [name for name, count in left.items() if count > 1]


@pytest.mark.parametrize("write", WRITES)
def test_what_was_not_done_is_done_once_afterwards(
    world: Agency, card: Card, connector: TrelloConnector, write: str
) -> None:
    decision, method, path = WRITES[write]
    wanted = delivery(decision, card, file=pdf(), first_tried_at=world.sandbox.clock.now())
    for retry, fault in NOT_DONE:
        world.fails(method=method, path=path, **fault)
        with pytest.raises(ConnectorError) as raised:
            connector.push(wanted)
        assert (raised.value.retry, connector.look(wanted)) == (retry, None)
    assert not connector.push(wanted).already
    assert connector.look(wanted) is not None
    assert doubled(world) == []


@pytest.mark.parametrize("write", WRITES)
def test_what_was_done_but_not_answered_is_found_and_not_done_again(
    world: Agency, card: Card, connector: TrelloConnector, write: str
) -> None:
    decision, method, path = WRITES[write]
    wanted = delivery(decision, card, file=pdf(), first_tried_at=world.sandbox.clock.now())
    world.fails("drop_after", method=method, path=path, after=int(write == "add a line to it"))
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    found = connector.look(wanted)
    assert (raised.value.retry, found is not None) == (Retry.UNKNOWN, write != "make a checklist")
    receipt = found or connector.push(wanted)  # of a list the lines are still due
    assert (connector.look(wanted) is not None, receipt.already) == (True, found is not None)
    assert doubled(world) == []


def test_a_set_of_which_a_part_was_written_is_no_doing_of_others(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.trello.cards.add_member(card, world.robot.id, world.by_olena)
    decision = WriteFields("trello.card", {"members": ["olena"]}, base={"members": ["bridge_bot"]})
    wanted = delivery(decision, card, first_tried_at=world.sandbox.clock.now())
    world.fails("drop_before", method="DELETE", path="/idMembers/")
    with pytest.raises(ConnectorError):
        connector.push(wanted)
    assert connector.push(wanted).details == {"holds": {"members": ["olena"]}}
    assert world.card(card.id).member_ids == [world.olena.id]


def test_another_good_status_is_no_refusal(world: Agency, card: Card, connector: TrelloConnector) -> None:
    world.fails("status", status=201, body={"value": []}, method="POST", path="/idLabels$")
    assert not connector.push(delivery(LabelCard("VIP"), card)).already


BAD_PARTS: tuple[tuple[dict[str, Any], Retry, str], ...] = (
    ({"name": "Error", "message": "Rate limit exceeded", "statusCode": 429}, Retry.PASSING, "429"),
    ({"name": "Error", "message": "invalid token", "statusCode": 401}, Retry.ASK_ADMIN, "401"),
    ({"name": "Error", "message": "Internal error", "statusCode": "ERR"}, Retry.PASSING, "500"),
    ({"503": "Service Unavailable"}, Retry.PASSING, "503"),
    ({"200": HTML}, Retry.PASSING, "unreadable"),
    ({"200": None}, Retry.PASSING, "unreadable"),
    ({}, Retry.PASSING, "500"),
)


@pytest.mark.parametrize(("part", "retry", "code"), BAD_PARTS, ids=lambda one: str(one))
def test_a_bad_part_of_a_batch_makes_no_card_vanish(
    world: Agency, card: Card, connector: TrelloConnector, part: dict[str, Any], retry: Retry, code: str
) -> None:
    world.fails("status", status=200, body=[part], path="/batch")
    with pytest.raises(ConnectorError) as raised:
        connector.refresh([Ref("trello", "main", "card", card.id)])
    assert (raised.value.retry, raised.value.code) == (retry, code)
    assert bool(world.pace.paused) is (code == "429")


def test_a_part_of_a_batch_that_is_not_found_is_a_card_that_is_gone(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.fails(
        "status", status=200, body=[{"404": {"message": "The requested resource was not found."}}], path="/batch"
    )
    (record,) = connector.refresh([Ref("trello", "main", "card", card.id)]).records
    assert record.deleted


@pytest.mark.parametrize("wait", ["3", ""])
def test_a_limit_met_by_a_batch_is_kept(world: Agency, card: Card, connector: TrelloConnector, wait: str) -> None:
    world.fails("status", status=429, path="/batch", headers={"Retry-After": wait} if wait else {})
    with pytest.raises(ConnectorError) as raised:
        connector.refresh([Ref("trello", "main", "card", card.id)])
    assert (raised.value.retry, raised.value.wait) == (Retry.PASSING, timedelta(seconds=3 if wait else 10))


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502])
def test_a_reading_that_failed_goes_on_where_it_was(
    world: Agency, card: Card, connector: TrelloConnector, status: int
) -> None:
    page = connector.pull(None)
    world.comment(card, "Передзвонила")
    for path in ("/actions$", r"/boards/\w+$"):
        world.fails("status", status=status, path=path)
        with pytest.raises(ConnectorError):
            connector.pull(page.cursor)
    assert [one.data["text"] for one in connector.pull(page.cursor).happenings] == ["Передзвонила"]


NOTHING: tuple[dict[str, Any], ...] = (
    {"due": "", "dateLastActivity": "", "desc": None, "idLabels": None, "idMembers": None, "badges": None},
    {"due": None, "dateLastActivity": None, "customFieldItems": None, "attachments": [None], "checklists": None},
    {"name": 2026, "url": None, "pos": "16384.5", "closed": "false", "shortLink": None},
)


@pytest.mark.parametrize("said", NOTHING, ids=lambda said: ", ".join(said))
def test_nothing_is_nothing_however_it_is_written(
    world: Agency, card: Card, connector: TrelloConnector, said: dict[str, Any]
) -> None:
    answer: dict[str, Any] = {
        "id": card.id,
        "name": "Пекарня",
        "idBoard": world.board.id,
        "idList": card.list_id,
        **said,
    }
    world.fails("status", status=200, body=[{"200": answer}], path="/batch")
    (record,) = connector.refresh([Ref("trello", "main", "card", card.id)]).records
    assert (record.fields["name"], record.fields["due"]) == (str(said.get("name", "Пекарня")), None)
    assert (record.fields["labels"], record.fields["description"]) == ([], "")


STRANGE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("text", {"value": "zhyto.example"}),
    ("date", {"value": {"date": "завтра"}}),
    ("button", {"value": {"pressed": "true"}}),
)


@pytest.mark.parametrize(("type", "item"), STRANGE, ids=[type for type, _item in STRANGE])
def test_a_field_that_holds_what_nobody_understands_is_unknown_and_not_empty(
    world: Agency, card: Card, type: str, item: dict[str, Any]
) -> None:
    field = next(iter(world.board.custom_fields.values()))
    field.type = type
    answer: dict[str, Any] = {"id": card.id, "name": "Пекарня", "idBoard": world.board.id, "idList": card.list_id}
    answer |= {"customFieldItems": [{"idCustomField": field.id, **item}]}
    connector = world.connector(fields=FIELDS)
    world.fails("status", status=200, body=[{"200": answer}], path="/batch")
    (record,) = connector.refresh([Ref("trello", "main", "card", card.id)]).records
    assert "site" not in record.fields
    assert record.unknown == {"site"}


def test_a_field_of_a_type_that_nobody_knows_is_not_written(world: Agency, card: Card) -> None:
    next(iter(world.board.custom_fields.values())).type = "button"
    before = world.writes()
    with pytest.raises(ConnectorError, match="is of type button") as raised:
        world.connector(fields=FIELDS).push(delivery(fields(site="zhyto.example"), card))
    assert (raised.value.retry, world.writes()) == (Retry.PERMANENT, before)


def test_a_field_that_was_removed_since_its_name_was_read_is_told_and_not_written(
    world: Agency, card: Card, connector: TrelloConnector
) -> None:
    world.trello.boards.delete_field(next(iter(world.board.custom_fields.values())), world.by_olena)
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(fields(site="zhyto.example"), card))
    assert raised.value.retry in (Retry.ASK_ADMIN, Retry.PERMANENT)


def test_a_label_that_was_deleted_is_none(world: Agency, card: Card, connector: TrelloConnector) -> None:
    answer: dict[str, Any] = {"id": card.id, "name": "Пекарня", "idBoard": world.board.id, "idList": card.list_id}
    answer |= {"idLabels": ["7" * 24, world.label_id("VIP")]}
    world.fails("status", status=200, body=[{"200": answer}], path="/batch")
    (record,) = connector.refresh([Ref("trello", "main", "card", card.id)]).records
    assert record.fields["labels"] == ["VIP"]


def test_a_label_that_was_made_while_a_large_board_was_being_read_has_its_name(world: Agency, card: Card) -> None:
    world.add_card("Жито")
    connector = world.connector(large_board=1)
    page = connector.pull(None)
    made = world.trello.boards.create_label(world.board, {"name": "Новий", "color": "blue"}, world.by_olena)
    frame = connector._api.board(world.board.id)
    known = frame.model_copy(update={"labels": frame.labels[:-1]})
    asked, read = iter([known]), connector._api.board
    connector._api.board = lambda board: next(asked, None) or read(board)  # type: ignore[method-assign]
    world.edit(card, idLabels=made.id, name="Колос")
    assert record_of(connector.pull(page.cursor), card).fields["labels"] == ["Новий"]
