"""Claims, leases and fences: who holds a delivery, and what a worker that lost it may still write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.model.decisions import plain_decision
from bridge.model.deliveries import Receipt, State
from bridge.model.reasons import ARRIVED, DROPPED, TRIED_AGAIN
from bridge.store import Store
from bridge.store.rows import Row
from tests.store.shelf import LEASE, NOW, Shelf, event, later


def keys(rows: list) -> list[str]:  # type: ignore[type-arg]
    return [row.key for row in rows]


def test_a_claim_gives_one_a_lane_in_order(shelf: Shelf) -> None:
    for key in ("a1", "b1", "a2", "b2"):
        shelf.want(key, lane=key[0])
    first = shelf.claim()
    assert keys(first) == ["a1", "b1"]
    assert shelf.claim() == []
    shelf.store.settle(first[0], State.CONFIRMED, now=NOW)
    assert keys(shelf.claim()) == ["a2"]


def test_a_lane_keeps_its_order_while_the_first_waits_for_its_retry(shelf: Shelf) -> None:
    shelf.want("a1")
    shelf.want("a2")
    shelf.store.settle(shelf.claim()[0], State.WAITING, now=NOW, next_at=later(minutes=1))
    assert shelf.claim() == []
    assert keys(shelf.claim(later(minutes=1))) == ["a1"]


@pytest.mark.parametrize("state", [State.CONFIRMED, State.DEAD, State.UNKNOWN, State.CANCELLED])
def test_what_has_ended_does_not_hold_up_its_lane(shelf: Shelf, state: State) -> None:
    shelf.want("a1")
    shelf.want("a2")
    shelf.store.settle(shelf.claim()[0], state, now=NOW)
    assert keys(shelf.claim()) == ["a2"]


def test_two_claimers_never_hold_the_same_one(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    shelf = Shelf(store)
    for number in range(30):
        shelf.want(f"k{number}", lane=f"lane{number}")
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _n: keys(shelf.claim(limit=3)), range(16)))
    claims.append(keys(shelf.claim(limit=30)))  # who is overtaken between look and claim comes away with less
    held = [key for claim in claims for key in claim]
    assert sorted(held) == sorted({f"k{number}" for number in range(30)})
    store.close()


def look_then(shelf: Shelf, meanwhile: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Something happens between the next claim's look for what is due and its claiming."""
    claimed = Store._claimed

    def overtaken(store: Store, *given: Any) -> list[Row]:
        monkeypatch.undo()
        meanwhile()
        return claimed(store, *given)

    monkeypatch.setattr(Store, "_claimed", overtaken)


def test_what_another_claimed_since_the_look_is_his(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.want("a1")
    look_then(shelf, shelf.claim, monkeypatch)
    assert shelf.claim() == []


def test_a_lease_that_was_renewed_since_the_look_is_not_taken(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.want("a1")
    row = shelf.claim()[0]
    look_then(shelf, lambda: shelf.store.intend(row, now=NOW + LEASE, lease=LEASE, expect={}), monkeypatch)
    assert shelf.claim(NOW + LEASE) == []


def test_what_was_put_off_since_the_look_waits(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.want("a1")
    row = shelf.claim()[0]
    put_off = partial(shelf.store.settle, row, State.WAITING, now=NOW + LEASE, next_at=later(hours=1))
    look_then(shelf, put_off, monkeypatch)
    assert shelf.claim(NOW + LEASE) == []


def test_what_comes_up_ahead_in_the_lane_since_the_look_goes_first(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.want("a1")
    shelf.want("a2")
    first = shelf.claim()[0]
    shelf.store.settle(first, State.DEAD, now=NOW)
    again = partial(shelf.store.decide, first.id, State.WAITING, now=NOW, reason=TRIED_AGAIN)
    look_then(shelf, again, monkeypatch)
    assert shelf.claim() == []
    assert keys(shelf.claim()) == ["a1"]


def test_a_lease_that_ran_out_is_given_again_under_a_higher_fence(shelf: Shelf) -> None:
    shelf.want("a1")
    first = shelf.claim()[0]
    assert shelf.claim(NOW + LEASE / 2) == []
    second = shelf.claim(NOW + LEASE)[0]
    assert second.key == first.key
    assert second.fence > first.fence


def test_the_lease_counts_from_the_intent(shelf: Shelf) -> None:
    shelf.want("a1")
    row = shelf.claim()[0]
    assert shelf.intend(row, NOW + LEASE / 2)
    assert shelf.claim(NOW + LEASE) == []
    assert keys(shelf.claim(NOW + LEASE * 1.5)) == ["a1"]


def test_a_worker_that_lost_its_lease_writes_nothing(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.want("a1", client=client, subject=client)
    old = shelf.claim()[0]
    shelf.claim(NOW + LEASE)
    assert not shelf.intend(old)
    assert not shelf.store.settle(old, State.CONFIRMED, now=NOW, receipt=Receipt(NOW), born=[event("receipt", client)])
    row = shelf.store.deliveries()[0]
    assert (row.state, row.attempts, row.receipt) == (State.CLAIMED, 0, None)
    assert shelf.store.events_since(0) == []


def test_an_attempt_is_in_doubt_from_its_intent_until_its_outcome_is_written(shelf: Shelf) -> None:
    shelf.want("a1")
    row = shelf.claim()[0]
    shelf.intend(row)
    again = shelf.claim(NOW + LEASE)[0]
    assert (again.doubt, again.attempts, again.first_tried_at) == (True, 1, NOW)
    shelf.store.settle(again, State.WAITING, now=NOW, next_at=NOW, no_effect=True)
    assert not shelf.claim()[0].doubt


def test_the_event_of_a_receipt_is_born_with_it(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.want("a1", client=client, subject=client)
    shelf.store.settle(shelf.claim()[0], State.CONFIRMED, now=NOW, born=[event("receipt", client)])
    assert [item.id for item in shelf.store.load_client(client).events] == ["receipt"]
    assert shelf.store.clients_to_plan(NOW) == [client]


# -- a person's word -------------------------------------------------------------------------------------------------


def ended(shelf: Shelf, state: State) -> str:
    """A delivery that was tried once and came to that state."""
    shelf.want("a1")
    row = shelf.claim()[0]
    shelf.intend(row)
    shelf.store.settle(row, state, now=NOW)
    return row.id


def test_an_unknown_delivery_that_is_sent_again_is_a_first_attempt(shelf: Shelf) -> None:
    delivery = ended(shelf, State.UNKNOWN)
    assert shelf.store.decide(delivery, State.WAITING, now=NOW, reason=TRIED_AGAIN) is not None
    row = shelf.claim()[0]
    assert (row.doubt, row.attempts, row.first_tried_at) == (False, 0, None)


def test_a_dead_delivery_in_doubt_is_looked_for_before_it_is_repeated(shelf: Shelf) -> None:
    delivery = ended(shelf, State.DEAD)
    shelf.store.decide(delivery, State.WAITING, now=later(hours=1), reason=TRIED_AGAIN)
    row = shelf.claim(later(hours=1))[0]
    assert (row.doubt, row.attempts, row.first_tried_at) == (True, 0, NOW)


def test_what_is_under_way_or_done_cannot_be_decided(shelf: Shelf) -> None:
    shelf.want("a1")
    row = shelf.claim()[0]
    assert shelf.store.decide(row.id, State.CANCELLED, now=NOW, reason=DROPPED) is None
    shelf.store.settle(row, State.CONFIRMED, now=NOW)
    assert shelf.store.decide(row.id, State.WAITING, now=NOW, reason=TRIED_AGAIN) is None
    assert shelf.store.decide("nothing", State.WAITING, now=NOW, reason=TRIED_AGAIN) is None


def test_a_dropped_delivery_is_kept_and_never_given_out(shelf: Shelf) -> None:
    shelf.want("a1")
    delivery = shelf.store.deliveries()[0].id
    shelf.store.decide(delivery, State.CANCELLED, now=NOW, reason=DROPPED)
    assert shelf.claim() == []
    assert [(row.state, row.reason) for row in shelf.store.deliveries()] == [(State.CANCELLED, DROPPED)]


def test_arrived_bears_the_event_that_the_receipt_would_have(shelf: Shelf) -> None:
    client = shelf.client()
    delivery = ended(shelf, State.UNKNOWN)
    shelf.store.decide(delivery, State.CONFIRMED, now=NOW, reason=ARRIVED, born=[event("delivered", client)])
    assert shelf.store.deliveries()[0].state is State.CONFIRMED
    assert [item.id for item in shelf.store.load_client(client).events] == ["delivered"]


def test_a_plan_calls_off_only_what_has_surely_not_gone_out(shelf: Shelf) -> None:
    client = shelf.client()
    for key in ("fresh", "tried"):
        shelf.want(key, lane=key, client=client, subject=client, calls_off="rule")
    tried = next(row for row in shelf.claim() if row.key == "tried")
    shelf.intend(tried)
    shelf.store.settle(tried, State.WAITING, now=NOW, next_at=NOW)
    for row in shelf.store.deliveries(states=[State.CLAIMED]):
        shelf.store.settle(row, State.WAITING, now=NOW, next_at=NOW)
    ids = {row.key: row.id for row in shelf.store.deliveries()}
    assert [item.id for item in shelf.store.load_client(client).waiting] == [ids["fresh"]]
    shelf.commit(client, called_off={ids["fresh"]: "unless", ids["tried"]: "unless"})
    states = {row.key: row.state for row in shelf.store.deliveries()}
    assert states == {"fresh": State.CANCELLED, "tried": State.WAITING}


def test_what_goes_along_has_an_intent_of_its_own(shelf: Shelf) -> None:
    shelf.want("a1")
    shelf.want("a2")
    (row,) = shelf.claim()
    (behind,) = shelf.store.behind(row, NOW)
    said = plain_decision(behind.decision)
    taken = shelf.store.intend(row, now=NOW, lease=LEASE, expect={}, along=[(behind, said, {})])
    assert [one.key for one in taken or ()] == ["a2"]
    (kept,) = shelf.store.deliveries(delivery=behind.id)
    assert (kept.state, kept.doubt, kept.together, kept.attempts) == (State.CLAIMED, True, row.id, 1)


def test_what_was_decided_meanwhile_does_not_go_along(shelf: Shelf) -> None:
    shelf.want("a1")
    shelf.want("a2")
    (row,) = shelf.claim()
    (behind,) = shelf.store.behind(row, NOW)
    shelf.store.decide(behind.id, State.CANCELLED, now=NOW, reason=DROPPED)
    assert shelf.store.intend(row, now=NOW, lease=LEASE, expect={}, along=[(behind, {}, {})]) == ()
    assert shelf.store.deliveries(delivery=behind.id)[0].state is State.CANCELLED
