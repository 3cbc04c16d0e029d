"""A client reads so many messages a day; the rest waits for the next one, money and answers to his own act do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import OVER_CAP, State
from bridge.model.errors import ConnectorError, Retry
from tests.engine.office import MORNING, Desk


@pytest.fixture
def full() -> Desk:
    """A morning on which the client has read three messages."""
    desk = Desk(MORNING)
    _client, deal = desk.client()
    for place in range(3):
        desk.want(SendMessage("client", "", "hello"), deal, f"k{place}")
        desk.deliver()
        desk.clock.advance(timedelta(minutes=1))
    return desk


def news(desk: Desk, template: str = "hello", **more: object) -> str:
    deal = desk.local(desk.card().ref)
    ident = desk.want(SendMessage("client", "", template), deal, "news", **more)
    desk.deliver()
    return ident


def test_what_is_one_too_many_waits_for_tomorrows_contact_hours(full: Desk) -> None:
    row = full.row(news(full))
    assert (row.state, row.reason, row.next_at) == (State.WAITING, OVER_CAP, MORNING + timedelta(days=1))


def test_it_goes_the_next_morning(full: Desk) -> None:
    waiting = news(full)
    full.clock.advance(timedelta(days=1))
    full.deliver()
    assert full.state(waiting) is State.CONFIRMED


def test_money_does_not_wait(full: Desk) -> None:
    assert full.state(news(full, "sum")) is State.CONFIRMED


def test_what_was_read_yesterday_does_not_count(full: Desk) -> None:
    full.clock.advance(timedelta(hours=24))
    assert full.state(news(full)) is State.CONFIRMED


def test_what_surely_did_not_arrive_does_not_count(full: Desk) -> None:
    waiting = full.want(SendMessage("client", "", "sum"), full.local(full.card().ref), "dead")
    full.telegram.outcomes.append(ConnectorError("telegram", "blocked", retry=Retry.PERMANENT))
    full.deliver()
    assert full.state(waiting) is State.DEAD
    assert full.store.sent_since(full.row(waiting).client, MORNING) == 3


def test_several_in_one_message_count_once() -> None:
    desk = Desk(MORNING)
    _client, deal = desk.client()
    for place in range(3):
        desk.want(SendMessage("client", "", "hello"), deal, f"k{place}", late=True)
    desk.deliver()
    assert desk.store.sent_since(desk.row(desk.store.deliveries()[0].id).client, MORNING) == 1
