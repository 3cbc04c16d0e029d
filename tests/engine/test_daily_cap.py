"""A client reads so many messages a day; the rest waits for the next one, money and answers to his own act do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.reasons import OVER_CAP, SAID
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


def test_what_was_tried_yesterday_and_read_today_counts_today(full: Desk) -> None:
    late = full.want(SendMessage("client", "", "sum"), full.local(full.card().ref), "late")
    wait = timedelta(hours=24)
    full.telegram.outcomes.append(ConnectorError("telegram", "slow down", retry=Retry.PASSING, wait=wait))
    full.deliver()
    full.clock.advance(wait)
    full.deliver()
    assert full.store.sent_since(full.row(late).client, MORNING + timedelta(hours=12)) == 1


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


def test_money_passes_what_waits_for_tomorrow_in_the_same_chat(full: Desk) -> None:
    waiting = news(full)
    money = full.want(SendMessage("client", "", "sum"), full.local(full.card().ref), "money")
    full.deliver()
    assert (full.state(waiting), full.state(money)) == (State.WAITING, State.CONFIRMED)


def test_the_rest_keeps_its_order_behind_what_waits_for_tomorrow(full: Desk) -> None:
    deal = full.local(full.card().ref)
    wanted = [full.want(SendMessage("client", "", "thanks"), deal, f"late{place}") for place in range(3)]
    for _round in wanted:
        full.deliver()
    assert [full.row(one).reason for one in wanted] == [OVER_CAP] * 3
    full.clock.advance(timedelta(days=1))
    while full.deliver():
        pass
    gone = [delivery.id for delivery in full.telegram.pushed if delivery.id in wanted]
    assert gone == wanted[: len(gone)]


def test_what_comes_later_does_not_overtake_when_one_message_fewer_counts(full: Desk) -> None:
    waiting = news(full)
    read = full.store.deliveries(states=[State.CONFIRMED])[0]
    full.store.settle(read, State.DEAD, now=full.now, reason=SAID.of(words="it did not arrive after all"))
    later = full.want(SendMessage("client", "", "hello"), full.local(full.card().ref), "later")
    full.deliver()
    assert full.row(later).next_at == full.row(waiting).next_at


def test_a_storm_sends_no_more_than_the_cap_each_day_and_loses_nothing_of_it() -> None:
    desk = Desk(MORNING)
    _client, deal = desk.client()
    storm = [desk.want(SendMessage("client", "", "hello"), deal, f"storm{place}") for place in range(20)]
    days: list[int] = []
    while any(desk.state(one) is State.WAITING for one in storm):
        before = len(desk.telegram.pushed)
        while desk.deliver():
            pass
        days.append(len(desk.telegram.pushed) - before)
        desk.clock.advance(timedelta(days=1))
    assert max(days) <= 3
    assert [desk.state(one) for one in storm] == [State.CONFIRMED] * 20
    said = [(row.first_tried_at, row.n) for one in storm if (row := desk.row(one))]
    assert said == sorted(said)
