"""What goes wrong is told in the transaction that writes it down; what a restoration left, at the next start."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry
from bridge.store.stops import Scope
from tests.engine.office import MORNING, Desk


@pytest.fixture
def doubtful(desk: Desk) -> str:
    """A message to a client that may have arrived, and nobody was told."""
    _client, deal = desk.client()
    delivery = desk.want(SendMessage("client", "Добрий день"), deal)
    desk.telegram.outcomes.append(ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN))
    desk.outbox.tell = lambda _intake, _trouble: None
    desk.deliver()
    desk.engine.outbox = desk.outbox
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


def dies(*_given: Any) -> None:
    raise KeyboardInterrupt


def test_a_crash_before_it_is_told_leaves_what_was_called_off_to_the_next_process() -> None:
    desk = Desk(MORNING)
    client, deal = desk.client()
    hello = desk.want(SendMessage("client", "Вітаємо", "hello"), deal)
    desk.store.stop(Scope.CLIENT, client, now=MORNING, by="olena")
    desk.outbox.tell = dies
    with contextlib.suppress(KeyboardInterrupt):
        desk.deliver()
    assert (desk.state(hello), desk.told()) == (State.CLAIMED, [])
    desk.engine.outbox = desk.outbox
    desk.clock.advance(desk.context.lease)
    desk.deliver()
    assert (desk.state(hello), desk.told()) == (State.CANCELLED, ["person:olena: not sent Вітаємо"])


def test_a_crash_before_it_is_told_leaves_what_nobody_heard_to_the_next_reading(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.telegram.keeps = timedelta(hours=24)  # type: ignore[attr-defined]
    desk.clock.real = True
    desk.engine.pull("telegram")
    desk.wait(hours=25)
    with monkeypatch.context() as crash, contextlib.suppress(KeyboardInterrupt):
        crash.setattr("bridge.engine.engine.Teller.unheard", dies)
        desk.engine.pull("telegram")
    desk.engine.pull("telegram")
    assert desk.told() == ["person:andrii: unheard Telegram"]
