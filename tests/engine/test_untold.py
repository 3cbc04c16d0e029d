"""What goes wrong is told in the transaction that writes it down; what a restoration left, at the next start."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.engine.telling import TROUBLES
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.people import Directory
from bridge.store import tables as t
from bridge.store.database import writing
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


def test_a_start_finds_nothing_to_tell_once_all_was_told_whoever_it_is_told_to_now(desk: Desk, doubtful: str) -> None:
    desk.engine.take_up()
    assert desk.store.untold(TROUBLES) == []
    nobody = replace(desk.context.office, directory=Directory({}))
    desk.engine.context = replace(desk.context, office=nobody)
    desk.engine.take_up()
    assert desk.told() == [f"person:andrii: unknown {doubtful}"]


def test_all_that_was_not_told_is_told_however_much_it_is(desk: Desk, doubtful: str) -> None:
    first = desk.row(doubtful)
    with writing(desk.store._engine) as connection:
        row = dict(connection.execute(sa.select(t.deliveries).where(t.deliveries.c.n == first.n)).mappings().one())
        more = [{**row, "n": first.n + place, "id": f"d{place}", "key": f"d{place}"} for place in range(1, 300)]
        connection.execute(t.deliveries.insert(), more)
    desk.engine.take_up()
    assert len(desk.store.deliveries(states=[State.WAITING], limit=1000)) == 300


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
