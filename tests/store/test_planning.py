"""Committing plans, and knowing whom to plan next."""

from __future__ import annotations

import pytest

from bridge.model.errors import Conflict
from bridge.model.planning import NEVER, Blind
from bridge.model.reasons import DONE
from tests.store.shelf import NOW, Shelf, event, later, timer, wanted


def blind(what: str, subject: str, past_minutes: int = 0) -> Blind:
    return Blind(what, subject, ("planfix.task",), later(minutes=past_minutes), "rule")


def test_a_plan_from_before_a_change_is_refused_whole(shelf: Shelf) -> None:
    client = shelf.client()
    version = shelf.store.load_client(client).version
    shelf.add(event("e1", client))
    with pytest.raises(Conflict):
        shelf.commit(client, version, wanted=[wanted("k", client)], timers=[timer("t", NOW, client)])
    assert shelf.store.deliveries() == []
    assert shelf.store.timers() == []


def test_of_two_plans_made_beside_each_other_one_is_refused(shelf: Shelf) -> None:
    client = shelf.client()
    version = shelf.store.load_client(client).version
    shelf.commit(client, version)
    with pytest.raises(Conflict):
        shelf.commit(client, version)


def test_equal_key_is_one_delivery_for_ever(shelf: Shelf) -> None:
    client = shelf.client()
    assert shelf.commit(client, wanted=[wanted("k", client), wanted("k", client)]) == 1
    row = shelf.claim()[0]
    shelf.store.settle(row, row.state.CONFIRMED, now=NOW)
    assert shelf.commit(client, wanted=[wanted("k", client)]) == 0
    assert len(shelf.store.deliveries()) == 1


def test_a_changed_client_is_planned_until_a_plan_is_committed(shelf: Shelf) -> None:
    client = shelf.client()
    assert shelf.store.clients_to_plan(NOW) == []
    shelf.add(event("e1", client))
    assert shelf.store.clients_to_plan(NOW) == [client]
    shelf.commit(client, planned=["e1"])
    assert shelf.store.clients_to_plan(NOW) == []
    assert shelf.store.load_client(client).events == ()


def test_a_due_timer_is_planned_and_an_ended_one_is_not(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=[timer("t", later(hours=1), client)])
    assert shelf.store.clients_to_plan(later(minutes=59)) == []
    assert shelf.store.clients_to_plan(later(hours=1)) == [client]
    shelf.commit(client, timers_ended={"t": DONE})
    assert shelf.store.clients_to_plan(later(hours=1)) == []


def test_a_timer_that_waits_for_a_source_is_planned_once_the_source_is_read_past_it(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=[timer("t", NOW, client)], blind=[blind("t", client, 5)])
    assert shelf.store.clients_to_plan(later(hours=1)) == []
    with shelf.store.intake(NOW) as intake:
        intake.seen({"planfix.task": later(minutes=4)})
    assert shelf.store.clients_to_plan(later(hours=1)) == []
    with shelf.store.intake(NOW) as intake:
        intake.seen({"planfix.task": later(minutes=5)})
    assert shelf.store.clients_to_plan(later(hours=1)) == [client]


def test_a_wait_that_moves_on_is_not_released_by_what_was_read_before(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, blind=[blind("e1", client, 5)])
    with shelf.store.intake(NOW) as intake:
        intake.seen({"planfix.task": later(minutes=6)})
    shelf.commit(client, at=later(minutes=7), blind=[blind("e1", client, 10)])
    assert shelf.store.clients_to_plan(later(hours=1)) == []
    assert [(wait.past, wait.since) for wait in shelf.store.waits()] == [(later(minutes=10), NOW)]


def test_a_wait_ends_with_the_plan_that_no_longer_has_it(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, blind=[blind("e1", client)])
    shelf.commit(client)
    assert shelf.store.waits() == []


def test_the_next_moment_is_the_nearest_of_timers_deliveries_and_leases(shelf: Shelf) -> None:
    client = shelf.client()
    assert shelf.store.next_moment() is None
    shelf.commit(client, timers=[timer("t", later(hours=3), client)])
    assert shelf.store.next_moment() == later(hours=3)
    shelf.want("k", not_before=later(hours=2))
    assert shelf.store.next_moment() == later(hours=2)
    shelf.want("now", lane="other")
    shelf.claim()
    assert shelf.store.next_moment() == later(minutes=2)


def test_a_timer_that_waits_for_a_source_is_no_next_moment(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=[timer("t", NOW, client)], blind=[blind("t", client)])
    assert shelf.store.next_moment() is None


def test_a_timer_that_waits_for_a_fact_is_no_moment_to_wake_at(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=[timer("t", NEVER, client)])
    assert shelf.store.next_moment() is None
