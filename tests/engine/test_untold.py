"""A process that dies after it wrote down a doubt and before it told of it leaves the telling to the next one."""

from __future__ import annotations

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry
from tests.engine.office import Desk


@pytest.fixture
def doubtful(desk: Desk) -> str:
    """A message to a client that may have arrived; the process died before it told anybody."""
    _client, deal = desk.client()
    delivery = desk.want(SendMessage("client", "Добрий день"), deal)
    desk.telegram.outcomes.append(ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN))
    for row in desk.outbox.claim(desk.context):
        desk.outbox.deliver(row, desk.context)
    assert (desk.state(delivery), desk.told()) == (State.UNKNOWN, [])
    return delivery


def test_the_next_process_tells_of_a_doubt_that_was_not_told(desk: Desk, doubtful: str) -> None:
    desk.engine.take_up()
    assert desk.told() == [f"person:andrii: unknown {doubtful}"]


def test_a_doubt_that_was_told_is_not_told_again_by_each_start(desk: Desk, doubtful: str) -> None:
    desk.engine.take_up()
    desk.deliver()
    desk.engine.take_up()
    assert desk.told() == [f"person:andrii: unknown {doubtful}"]
