"""Why a delivery does not go: people stopped it, its rule is gone, or what its text says was read too long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import AttachDocument, CommentCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Event
from bridge.model.reasons import KEPT_BACK, TRIED_AGAIN
from bridge.store.stops import Scope
from tests.engine.office import MORNING, OLENA, Desk, agency

NOTE = CommentCard("нотатка")
HELLO = SendMessage("client", "Вітаємо", "hello")


@pytest.fixture
def morning() -> Desk:
    return Desk(MORNING)


def test_a_stopped_client_hears_nothing_and_staff_are_told(morning: Desk) -> None:
    client, deal = morning.client()
    hello = morning.want(HELLO, deal)
    morning.store.stop(Scope.CLIENT, client, now=MORNING, by="olena", reason="сварка")
    morning.deliver()
    assert (morning.state(hello), str(morning.row(hello).reason)) == (State.CANCELLED, "stopped by olena: сварка")
    assert morning.telegram.pushed == []
    assert morning.told() == ["person:olena: not sent Вітаємо"]


@pytest.mark.parametrize(("background", "state"), [(False, State.CONFIRMED), (True, State.CANCELLED)])
def test_what_people_did_for_a_stopped_client_goes_on_and_its_clocks_do_not(
    morning: Desk, background: bool, state: State
) -> None:
    client, deal = morning.client()
    note = morning.want(NOTE, deal, background=background)
    morning.store.stop(Scope.CLIENT, client, now=MORNING, by="olena")
    morning.deliver()
    assert morning.state(note) is state


def test_a_stopped_rule_does_nothing_for_a_stopped_client_either(morning: Desk) -> None:
    client, deal = morning.client()
    note = morning.want(NOTE, deal, background=False)
    morning.store.stop(Scope.CLIENT, client, now=MORNING, by="olena")
    morning.store.stop(Scope.RULE, "rule", now=MORNING, by="andrii")
    morning.deliver()
    assert (morning.state(note), str(morning.row(note).reason)) == (State.CANCELLED, "stopped by andrii")


def test_what_was_called_off_does_not_count_as_done(morning: Desk) -> None:
    client, deal = morning.client()
    with morning.store.intake(MORNING) as intake:
        intake.add_event(Event("go", "command", MORNING, MORNING, OLENA, "telegram", deal, {"command": "/правило"}))
    morning.engine.plan_due()
    assert ("rule", deal) in morning.store.load_client(client).runs
    morning.store.stop(Scope.RULE, "rule", now=MORNING, by="olena")
    morning.deliver()
    assert ("rule", deal) not in morning.store.load_client(client).runs


def test_while_everything_is_stopped_everything_waits(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(NOTE, deal)
    morning.store.stop(Scope.ALL, now=MORNING, by="olena")
    morning.deliver()
    assert morning.state(note) is State.WAITING
    morning.store.go(Scope.ALL)
    morning.deliver()
    assert morning.state(note) is State.CONFIRMED


def test_what_a_gone_rule_wanted_is_not_begun(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(NOTE, deal)
    rules = tuple(rule for rule in morning.context.ruleset.rules if rule.id != "rule")
    morning.engine.context = morning.context = agency(replace(morning.context.ruleset, rules=rules))
    morning.deliver()
    assert (morning.state(note), str(morning.row(note).reason)) == (State.CANCELLED, "rule rule is gone")


def test_what_may_have_gone_out_is_looked_for_though_its_rule_is_gone(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(NOTE, deal)
    morning.trello.outcomes.append(ConnectorError("trello", "no answer", retry=Retry.UNKNOWN))
    morning.deliver()
    morning.engine.context = morning.context = agency(replace(morning.context.ruleset, rules=()))
    morning.clock.advance(timedelta(minutes=1))
    morning.trello.found.append(None)
    morning.deliver()
    assert [one.id for one in morning.trello.looked] == [note]
    assert morning.state(note) is State.CANCELLED
    assert len(morning.trello.pushed) == 1


def test_the_bridges_own_words_need_no_rule(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(NOTE, deal)
    morning.trello.outcomes.append(ConnectorError("trello", "no such card", retry=Retry.PERMANENT))
    morning.deliver()
    morning.deliver()
    assert morning.state(note) is State.DEAD
    assert [one.decision.kind for one in morning.telegram.pushed] == ["send_message"]


def test_a_text_that_has_become_untrue_and_has_no_otherwise_is_told_to_the_manager(morning: Desk) -> None:
    _client, deal = morning.client()
    paid = morning.want(SendMessage("client", "Оплату отримано", "paid"), deal)
    morning.deliver()
    assert (morning.state(paid), str(morning.row(paid).reason)) == (State.CANCELLED, "paid is not true now")
    assert morning.told() == ["person:olena: not true Оплату отримано"]


def test_a_text_is_not_said_on_facts_of_long_ago(morning: Desk) -> None:
    _client, deal = morning.client()
    thanks = morning.want(SendMessage("client", "Дякуємо", "thanks"), deal)
    morning.clock.advance(timedelta(hours=2))
    morning.deliver()
    assert morning.state(thanks) is State.WAITING
    assert [wait.sources for wait in morning.store.waits()] == [("planfix.task",)]


def test_a_held_delivery_waits_for_a_persons_word_and_holds_up_nobody(morning: Desk) -> None:
    _client, deal = morning.client()
    held, other = morning.want(NOTE, deal, "k1"), morning.want(NOTE, deal, "k2")
    morning.store.decide(held, State.HELD, now=MORNING, reason=KEPT_BACK)
    morning.deliver()
    assert (morning.state(held), morning.state(other)) == (State.HELD, State.CONFIRMED)
    morning.store.decide(held, State.WAITING, now=MORNING, reason=TRIED_AGAIN)
    morning.deliver()
    assert morning.state(held) is State.CONFIRMED


def test_what_went_out_cannot_be_held(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(NOTE, deal)
    morning.deliver()
    assert morning.store.decide(note, State.HELD, now=MORNING, reason=KEPT_BACK) is None


def test_a_mistake_in_making_it_ready_is_told_once_and_not_tried_for_ever(morning: Desk) -> None:
    _client, deal = morning.client()
    note = morning.want(SendMessage("client", "Дякуємо", "thanks"), deal)
    broken: dict[str, Any] = {**morning.context.ruleset.texts, "thanks": None}
    morning.context = agency(replace(morning.context.ruleset, texts=broken))
    morning.deliver()
    assert morning.state(note) is State.DEAD
    assert "unforeseen" in str(morning.row(note).reason)


def test_what_people_did_goes_before_what_a_clock_wants(morning: Desk) -> None:
    client, deal = morning.client()
    morning.want(NOTE, deal, "clock", background=True)
    morning.want(SendMessage("person:olena", "Питання"), client, "person")
    assert [row.key for row in morning.outbox.claim(morning.context)] == ["person", "clock"]


def test_staff_read_in_their_language_why_a_delivery_is_dead(morning: Desk) -> None:
    _client, deal = morning.client()
    morning.want(AttachDocument("trello", "brief", "key", "pdf", ""), deal)
    morning.deliver()
    morning.deliver()
    [told] = morning.told()
    assert told.endswith("файл brief.pdf не зроблено")
