"""Claims for several connectors: many that wait are looked through now and then, and nobody is held up by it."""

from __future__ import annotations

from datetime import datetime

import pytest

from bridge.model.deliveries import State
from bridge.model.reasons import DROPPED
from bridge.store import lanes
from bridge.store.prepared import PreparedConnection
from tests.store.shelf import LEASE, NOW, Shelf, later


def claimed(shelf: Shelf, room: int, at: datetime = NOW) -> list[str]:
    return [row.key for row in shelf.store.claim_each(at, LEASE, {"telegram": room})]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that somebody looks for what is due."""
    seen: list[str] = []
    execute = PreparedConnection.execute

    def counted(self: PreparedConnection, statement: object, *rest: object, **more: object) -> object:
        if statement is lanes.DUE_HEADS_OF:
            seen.append("look")
        return execute(self, statement, *rest, **more)

    monkeypatch.setattr(PreparedConnection, "execute", counted)
    return seen


def test_a_long_queue_is_looked_through_once_for_many_claims(shelf: Shelf, looks: list[str]) -> None:
    for number in range(30):
        shelf.want(f"k{number:02}", lane=f"lane{number}")
    found = [key for _round in range(10) for key in claimed(shelf, 3)]
    assert found == [f"k{number:02}" for number in range(30)]
    assert looks == ["look"]


def test_what_people_wait_for_passes_what_was_found_before_it_after_a_moment(shelf: Shelf) -> None:
    for number in range(8):
        shelf.want(f"k{number}", lane=f"lane{number}", background=True)
    assert claimed(shelf, 2) == ["k0", "k1"]
    shelf.want("urgent", lane="of a person")
    assert claimed(shelf, 2, later(seconds=0.1)) == ["k2", "k3"]
    assert claimed(shelf, 2, later(seconds=0.3)) == ["urgent", "k4"]


def test_only_so_much_that_nobody_waits_for_is_claimed_and_all_that_people_wait_for(shelf: Shelf) -> None:
    for number in range(4):
        shelf.want(f"k{number}", lane=f"lane{number}", background=True)
    rows = shelf.store.claim_each(NOW, LEASE, {"telegram": 3}, {"telegram": 1})
    assert [row.key for row in rows] == ["k0"]
    for number in range(2):
        shelf.want(f"urgent{number}", lane=f"of person {number}")
    rows = shelf.store.claim_each(later(seconds=1), LEASE, {"telegram": 3}, {"telegram": 0})
    assert [row.key for row in rows] == ["urgent0", "urgent1"]


def test_what_stands_before_a_persons_delivery_in_its_lane_goes_as_soon_as_that(shelf: Shelf) -> None:
    for number in range(3):
        shelf.want(f"k{number}", lane=f"lane{number}", background=True)
    shelf.want("urgent", lane="lane2")
    rows = shelf.store.claim_each(NOW, LEASE, {"telegram": 3}, {"telegram": 0})
    assert [(row.key, row.background, row.unhurried) for row in rows] == [("k2", True, False)]


def test_what_was_called_off_meanwhile_is_passed_over_and_the_room_filled_by_others(shelf: Shelf) -> None:
    for number in range(4):
        shelf.want(f"k{number}", lane=f"lane{number}")
    assert claimed(shelf, 1) == ["k0"]
    for row in shelf.store.deliveries(states=[State.WAITING]):
        shelf.store.decide(row.id, State.CANCELLED, now=NOW, reason=DROPPED)
    shelf.want("new", lane="lane0")
    shelf.want("newer", lane="lane5")
    assert claimed(shelf, 3) == ["newer"]


def test_the_next_of_a_lane_comes_when_the_first_is_done(shelf: Shelf) -> None:
    for key in ("a1", "b1", "a2"):
        shelf.want(key, lane=key[0])
    [first] = shelf.store.claim_each(NOW, LEASE, {"telegram": 1})
    assert claimed(shelf, 5) == ["b1"]
    shelf.store.settle(first, State.CONFIRMED, now=NOW)
    assert claimed(shelf, 5) == ["a2"]
