"""Odd shapes that the real Trello sends, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.model.events import ActorKind
from connectors.trello.custom_fields import field_body, same_value
from connectors.trello.foreign import Action, Board, Card, CustomField
from connectors.trello.mapping import parse_action, parse_card
from connectors.trello.names import Bound, Names, read_names
from connectors.trello.settings import TrelloMapping

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
BOARD, LIST, FIELD, OPTION = (
    "5abbe4b7ddc1b351ef961414",
    "5abbe4b7ddc1b351ef961415",
    "5abbe4b7ddc1b351ef961416",
    "5" * 24,
)
MAPPING = TrelloMapping(boards=("Клієнти",), fields={"site": "Сайт"}, people={"olena": "olena"})


def names(**field: Any) -> Names:
    lists = [{"id": LIST, "name": "Ліди"}]
    fields = [{"id": FIELD, "name": "Сайт", "type": "text", **field}]
    labels = [{"id": "6" * 24, "name": "", "color": "red"}]
    board = {"id": BOARD, "name": "Клієнти", "lists": lists, "customFields": fields, "labels": labels}
    return read_names([Board.model_validate(board)], Bound())


def parsed(known: Names | None = None, **card: Any) -> dict[str, Any]:
    body = {"id": "69a535705a6db0e1c4000015", "name": "Пекарня", "idBoard": BOARD, "idList": LIST, **card}
    return dict(parse_card(Card.model_validate(body), known or names(), MAPPING, NOW).fields)


def test_card_without_a_last_activity_is_read() -> None:
    assert parsed(dateLastActivity=None, desc=None, url=None)["name"] == "Пекарня"


def test_text_field_that_was_cleared_is_empty() -> None:
    assert parsed(customFieldItems=[{"idCustomField": FIELD, "value": None}])["site"] is None


def test_value_of_a_deleted_field_is_passed_over() -> None:
    items = [{"idCustomField": "7" * 24, "value": {"text": "x"}}]
    assert parsed(customFieldItems=items)["site"] is None


def test_label_without_a_name_is_called_by_its_colour() -> None:
    assert parsed(idLabels=["6" * 24])["labels"] == ["red"]


def test_options_are_found_where_the_description_has_them() -> None:
    options = [{"id": OPTION, "value": {"text": "SEO"}}]
    known = names(type="list", display={"options": options})
    assert parsed(known, customFieldItems=[{"idCustomField": FIELD, "idValue": OPTION, "value": None}])["site"] == "SEO"


@pytest.mark.parametrize(
    ("type", "value", "read"),
    [
        ("number", {"number": "12.5"}, "12.5"),
        ("checkbox", {"checked": "true"}, True),
        ("date", {"date": "2026-03-05T08:00:00.000Z"}, "2026-03-05T08:00:00.000000Z"),
    ],
)
def test_values_are_read_by_their_type(type: str, value: dict[str, str], read: object) -> None:
    assert parsed(names(type=type), customFieldItems=[{"idCustomField": FIELD, "value": value}])["site"] == read


def test_checkbox_never_ticked_is_a_plain_no() -> None:
    assert parsed(names(type="checkbox"))["site"] is False


def test_card_in_an_archived_list_is_archived() -> None:
    lists = [{"id": LIST, "name": "Ліди", "closed": True}]
    known = read_names([Board.model_validate({"id": BOARD, "name": "Клієнти", "lists": lists})], Bound())
    assert parsed(known)["closed"] is True


def test_member_outside_people_yaml_is_nobody_known() -> None:
    """Not even the token's own member is taken for the bridge: it may be its owner's own."""
    body = {"id": "8" * 24, "type": "commentCard", "date": "2026-03-02T06:00:00.000Z", "idMemberCreator": "9" * 24}
    said = parse_action(Action.model_validate({**body, "data": {"card": {"id": "c"}, "text": "ок"}}), names(), MAPPING)
    assert said is not None
    assert (said.actor.kind, said.actor.id) == (ActorKind.UNKNOWN, "9" * 24)


@pytest.mark.parametrize(
    ("type", "ours", "theirs", "same"),
    [
        ("number", "12.50", "12.5", True),
        ("number", "12", None, False),
        ("checkbox", False, None, True),
        ("checkbox", True, False, False),
        ("date", "2026-03-05T10:00:00+02:00", "2026-03-05T08:00:00.000000Z", True),
        ("text", None, None, True),
        ("text", "a", "b", False),
    ],
)
def test_equal_values_are_equal_however_they_are_written(type: str, ours: Any, theirs: Any, same: bool) -> None:
    assert same_value(CustomField(id=FIELD, name="Сайт", type=type), ours, theirs) is same


def test_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(ValueError, match="checkbox"):
        field_body(CustomField(id=FIELD, name="Сайт", type="checkbox"), "yes")
