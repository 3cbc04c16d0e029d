"""The database fails at any step of the work: what was under way is neither lost nor done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bridge.daemon import Daemon
from bridge.model.decisions import MoveCard, SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import CannotTell, StoreError
from bridge.model.records import Cursor, Page, Ref
from tests.engine.office import Desk

CHAT = Ref("telegram", "bot", "chat", "501")


def break_down(desk: Desk, broken: bool = True) -> None:
    raw: Any = desk.store._engine.raw_connection().driver_connection
    raw.execute(f"PRAGMA query_only={'ON' if broken else 'OFF'}")


@contextmanager
def broken(desk: Desk) -> Iterator[None]:
    """A disk that takes nothing for a while."""
    break_down(desk)
    try:
        yield
    finally:
        break_down(desk, broken=False)


def breaks_while_it_is_sent(desk: Desk) -> None:
    """The vendor carries it out, and then the receipt cannot be written down."""
    for twin in (desk.telegram, desk.trello):
        twin.before = lambda _delivery: break_down(desk)
    with pytest.raises(StoreError, match="read-only"):
        desk.deliver()
    break_down(desk, broken=False)
    for twin in (desk.telegram, desk.trello):
        twin.before = lambda _delivery: None


def test_a_message_whose_receipt_could_not_be_written_is_unknown_and_never_sent_again(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(SendMessage("client", "Вітаємо", "hello"), deal)
    breaks_while_it_is_sent(desk)
    desk.telegram.found.append(CannotTell("telegram", "a chat cannot be read back"))
    desk.clock.advance(desk.context.lease)
    desk.deliver()
    assert desk.state(message) is State.UNKNOWN
    assert len(desk.telegram.pushed) == 1
    assert len([text for text in desk.told() if "unknown" in text]) == 1


def test_a_move_whose_receipt_could_not_be_written_is_looked_for_and_confirmed(desk: Desk) -> None:
    _client, deal = desk.client()
    move = desk.want(MoveCard("Договір"), deal)
    breaks_while_it_is_sent(desk)
    desk.trello.found.append(Receipt(desk.now, Ref("trello", "main", "card", "c1"), already=True))
    desk.clock.advance(desk.context.lease)
    desk.deliver()
    assert (desk.state(move), len(desk.trello.pushed)) == (State.CONFIRMED, 1)


def test_nothing_goes_out_whose_intent_could_not_be_written(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(SendMessage("client", "Вітаємо", "hello"), deal)
    rows = desk.outbox.claim(desk.context)
    with broken(desk), pytest.raises(StoreError, match="read-only"):
        desk.outbox.deliver(rows[0], desk.context)
    assert desk.telegram.pushed == []
    desk.clock.advance(desk.context.lease)
    desk.deliver()
    assert (desk.state(message), len(desk.telegram.pushed)) == (State.CONFIRMED, 1)


def test_a_page_that_could_not_be_stored_is_read_again_whole(desk: Desk) -> None:
    page = Page(records=(desk.contact(), desk.card()), cursor=Cursor("next"))
    desk.trello.pages += [page, page]
    with broken(desk), pytest.raises(StoreError, match="read-only"):
        desk.engine.pull("trello")
    assert (desk.events, desk.store.cursor("trello")) == ([], None)
    desk.engine.pull("trello")
    assert desk.store.cursor("trello") == "next"
    assert desk.kinds("client.created", "deal.created") == ["client.created", "deal.created"]


def test_a_plan_that_could_not_be_written_is_made_again_with_the_same_effects(desk: Desk) -> None:
    _client, _deal = desk.client()
    desk.take(desk.card(labels=["VIP"], names=(Ref("planfix", "main", "task", "t1"),)))
    with broken(desk), pytest.raises(StoreError, match="read-only"):
        desk.engine.plan_due()
    assert desk.store.deliveries() == []
    desk.engine.plan_due()
    assert [row.cause.rule for row in desk.store.deliveries()] == ["remind"]


def test_the_daemon_goes_on_when_the_database_does_again(desk: Desk) -> None:
    _client, deal = desk.client()
    daemon = Daemon(desk.engine, {})
    with broken(desk):
        daemon.work()
        daemon.read("trello")
    with desk.store.intake(desk.now) as intake:
        intake.set_fact(deal, "deal.prepaid", True, "test")
    daemon.work()
    assert desk.store.clients_to_plan(desk.now) == []
