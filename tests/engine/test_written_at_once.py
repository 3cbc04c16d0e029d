"""Several fields of one thing in one request: each keeps a row, an intent, an echo and a receipt of its own."""

from __future__ import annotations

import pytest

from bridge.model.decisions import CommentCard, Decision, WriteFields
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Ref
from bridge.model.values import Plain
from tests.engine.office import MORNING, Desk

TASK = Ref("planfix", "main", "task", "t1")
REFUSED = ConnectorError("planfix", "not an option", retry=Retry.PERMANENT)


@pytest.fixture
def morning() -> Desk:
    return Desk(MORNING)


def field(name: str, value: Plain, **base: Plain) -> WriteFields:
    return WriteFields("planfix.task", {name: value}, base=base)


def wanted(desk: Desk, *decisions: Decision, **more: object) -> list[str]:
    """These for one deal, in their order."""
    _client, deal = desk.client()
    return [desk.want(one, deal, f"k{place}", **more) for place, one in enumerate(decisions)]


def written(desk: Desk) -> list[dict[str, Plain]]:
    """What went out, request by request."""
    return [dict(one.decision.values) for one in desk.planfix.pushed if isinstance(one.decision, WriteFields)]


def told(desk: Desk, delivery: str) -> Plain:
    return (desk.row(delivery).receipt or {}).get("details")


def test_fields_of_one_deal_that_wait_are_written_in_one_request(morning: Desk) -> None:
    facts = wanted(morning, field("site", "b.test", site="a.test"), field("prepaid", True, prepaid=False))
    morning.deliver()
    assert written(morning) == [{"site": "b.test", "prepaid": True}]
    [sent] = [one.decision for one in morning.planfix.pushed if isinstance(one.decision, WriteFields)]
    assert sent.base == {"site": "a.test", "prepaid": False}
    assert [morning.state(one) for one in facts] == [State.CONFIRMED] * 2


def test_the_same_field_is_written_twice_and_in_its_order(morning: Desk) -> None:
    wanted(morning, field("site", "b.test"), field("prepaid", True), field("site", "c.test"))
    while morning.deliver():
        pass
    assert written(morning) == [{"site": "b.test", "prepaid": True}, {"site": "c.test"}]


def test_what_is_said_in_between_is_not_passed(morning: Desk) -> None:
    _client, deal = morning.client()
    name, due = WriteFields("trello.card", {"name": "Ромашка"}), WriteFields("trello.card", {"due": "2026-12-04"})
    for place, one in enumerate([name, CommentCard("Слово"), due]):
        morning.want(one, deal, f"k{place}")
    while morning.deliver():
        pass
    assert [one.decision for one in morning.trello.pushed] == [name, CommentCard("Слово"), due]


@pytest.mark.parametrize(
    "team", [field("assignees", ["olena"]), field("assignees", None), field("assignees", None, assignees=["olena"])]
)
def test_a_list_is_written_alone_as_another_field_may_be_a_part_of_it(morning: Desk, team: WriteFields) -> None:
    wanted(morning, field("assignee", "andrii"), team, field("site", "b.test"))
    while morning.deliver():
        pass
    assert [list(names) for names in written(morning)] == [["assignee"], ["assignees"], ["site"]]


def test_each_counts_for_what_is_too_much(morning: Desk) -> None:
    facts = wanted(morning, field("site", "b.test"), field("prepaid", True))
    morning.deliver()
    assert [morning.row(one).together for one in facts] == ["", ""]


def test_each_receipt_tells_of_its_own_fields(morning: Desk) -> None:
    facts = wanted(morning, field("site", "b.test", site="a.test"), field("prepaid", True, prepaid=False))
    details: dict[str, Plain] = {"holds": {"prepaid": True}, "overtaken": {"site": "c.test"}}
    morning.planfix.outcomes.append(Receipt(morning.now, TASK, details=details))
    morning.deliver()
    assert [told(morning, one) for one in facts] == [
        {"holds": {}, "overtaken": {"site": "c.test"}},
        {"holds": {"prepaid": True}, "overtaken": {}},
    ]


def test_the_echo_of_each_wakes_nobody(morning: Desk) -> None:
    wanted(morning, field("site", "b.test"), field("prepaid", True))
    morning.deliver()
    morning.take(morning.task(names=(morning.contact().ref,), site="b.test", prepaid=True))
    assert morning.kinds("field.changed") == []


@pytest.mark.parametrize("not_taken", [REFUSED, {"not_set": "Оплата: not an option"}], ids=["refused", "in part"])
def test_a_value_that_is_refused_stops_no_other(morning: Desk, not_taken: ConnectorError | dict[str, Plain]) -> None:
    facts = wanted(morning, field("site", "b.test"), field("prepaid", "?"))
    together = not_taken if isinstance(not_taken, Exception) else Receipt(morning.now, TASK, details=not_taken)
    morning.planfix.outcomes.extend([together, Receipt(morning.now, TASK), REFUSED])
    morning.planfix.found.append(None)  # the other is looked for: it may have been written
    while morning.deliver():
        pass
    assert written(morning)[1:] == [{"site": "b.test"}, {"prepaid": "?"}]
    assert [morning.state(one) for one in facts] == [State.CONFIRMED, State.DEAD]


def test_what_failed_once_goes_alone(morning: Desk) -> None:
    facts = wanted(morning, field("site", "b.test"), field("prepaid", True))
    morning.planfix.outcomes.append(ConnectorError("planfix", "slow down", retry=Retry.PASSING))
    morning.deliver()
    while morning.wait(minutes=1).deliver():
        pass
    assert written(morning)[1:] == [{"site": "b.test"}, {"prepaid": True}]
    assert [morning.state(one) for one in facts] == [State.CONFIRMED] * 2


def test_a_crash_in_the_call_leaves_each_field_in_doubt(morning: Desk) -> None:
    facts = wanted(morning, field("site", "b.test"), field("prepaid", True))
    morning.crash_between_intend_and_settle()
    assert [(morning.state(one), morning.row(one).doubt) for one in facts] == [(State.CLAIMED, True)] * 2
