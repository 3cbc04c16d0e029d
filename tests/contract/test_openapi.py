"""The checks against the vendors' OpenAPI files see what is wrong, and pass what the vendors' files allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract import descriptions
from tests.contract.openapi import validate_planfix, validate_trello

pytestmark = pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
CARD, LIST = "69a535845a6db0e1c4000029", "69a535845a6db0e1c4000007"


@dataclass
class Sent:
    """An exchange made up for a test."""

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    status: int | None = 200
    answer: Any = None


def test_a_route_that_is_not_described_is_a_fault() -> None:
    assert validate_trello(Sent("POST", "/trello/1/cards/x/nonsense")) == ["POST /cards/x/nonsense is not described"]


def test_a_required_parameter_may_stand_in_query_or_body() -> None:
    assert validate_trello(Sent("POST", "/trello/1/cards", query={"idList": LIST}, answer={"id": CARD})) == []
    assert validate_trello(Sent("POST", "/trello/1/cards", body={"idList": LIST}, answer={"id": CARD})) == []
    assert validate_trello(Sent("POST", "/trello/1/cards", answer={"id": CARD})) == ["idList is required"]


def test_a_body_where_none_is_described_is_a_fault() -> None:
    sent = Sent("POST", "/trello/1/checklists", query={"idCard": CARD}, body={"name": "Brief"}, status=None)
    assert validate_trello(sent) == ["a body is not described"]


def test_an_answer_of_the_wrong_shape_is_a_fault() -> None:
    faults = validate_trello(Sent("GET", f"/trello/1/cards/{CARD}", answer={"id": CARD, "closed": "no"}))
    assert any(fault.startswith("answer['closed']") for fault in faults)
    assert any(fault.startswith("trello.js: answer['closed']") for fault in faults)


def test_the_raw_description_refuses_what_the_errata_allow() -> None:
    exchange = Sent("GET", f"/trello/1/cards/{CARD}", answer={"id": CARD, "due": "2026-03-02T07:00:00.000Z"})
    assert validate_trello(exchange) == []
    assert validate_trello(exchange, patched=False) != []


@pytest.mark.parametrize(("asked", "faults"), [("true", 0), ("cover", 0), ("all", 1)])
def test_a_query_is_text_that_may_stand_for_a_flag(asked: str, faults: int) -> None:
    exchange = Sent("GET", f"/trello/1/cards/{CARD}", query={"attachments": asked}, answer={"id": CARD})
    assert [len(validate_trello(exchange, patched)) for patched in (True, False)] == [faults, faults]


def test_what_is_asked_within_a_batch_is_checked_as_well() -> None:
    urls = f"/cards/{CARD}?customFieldItems=maybe,/cards/{CARD}/a/nonsense"
    faults = validate_trello(Sent("GET", "/trello/1/batch", query={"urls": urls}, status=None))
    assert len(faults) == 2
    assert faults[1] == f"GET /cards/{CARD}/a/nonsense is not described"


def test_a_planfix_filter_needs_its_operator() -> None:
    body = {"filters": [{"type": 38, "value": "x"}], "fields": "id"}
    faults = validate_planfix(Sent("POST", "/planfix/rest/task/list", body=body, answer={"tasks": []}))
    assert faults == ["body['filters'][0]: 'operator' is a required property"]


def test_a_status_planfix_does_not_describe_is_a_fault() -> None:
    assert validate_planfix(Sent("GET", "/planfix/rest/ping", status=418)) == ["status 418 is not described"]
