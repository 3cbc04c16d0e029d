"""Too much at once, at the command line: it is seen, and answered by the rule's id or the client's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bridge.model.decisions import CommentCard
from bridge.model.deliveries import State
from bridge.model.events import Cause
from bridge.model.floods import Flood, Whose
from bridge.model.planning import Wanted
from bridge.store import Store
from tests.cli.conftest import Terminal

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
def flooded(bridge: Terminal) -> Terminal:
    """A bridge that holds two comments of a rule."""
    store = Store("sqlite:///var/bridge.db", "agency")
    store.upgrade()
    flood = Flood(Whose.RULE, "lead-card", "3 in 10m", NOW)
    with store.intake(NOW) as intake:
        deal = intake.new_subject("deal", "", "test")
        intake.floods.trip(flood)
        for place in range(2):
            wanted = Wanted(f"k{place}", CommentCard("Слово"), deal, Cause("lead-card", "", "event"))
            intake.want(wanted, client=deal, connector="trello", lane="card")
    for row in store.claim(NOW, timedelta(minutes=2)) + store.deliveries(states=[State.WAITING]):
        store.settle(row, State.HELD, now=NOW, reason=flood.because)
    store.close()
    return bridge


def held(bridge: Terminal) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", bridge("outbox", "list", "--json", "--state", "held").json)


def test_what_is_too_much_is_listed_with_how_much_of_it_is_held(flooded: Terminal) -> None:
    [one] = cast("list[dict[str, Any]]", flooded("flood", "list", "--json").json)
    assert (one["whose"], one["name"], one["limit"], one["held"]) == ("rule", "lead-card", "3 in 10m", 2)
    assert flooded("flood", "list").out.splitlines()[1].split()[:2] == ["правило", "lead-card"]


def test_the_status_says_that_somebody_is_needed(flooded: Terminal) -> None:
    said = flooded("status", "--language", "en")
    assert said.code == 1
    assert "too much at once: rule lead-card, 2 effects held; bridge flood list" in said.out


@pytest.mark.parametrize(("word", "state"), [("send", "waiting"), ("drop", "cancelled"), ("stop", "cancelled")])
def test_an_answer_is_for_all_of_it(flooded: Terminal, word: str, state: str) -> None:
    said = flooded("flood", word, "lead-card", "--language", "en")
    assert (said.code, said.out.startswith("2 effects of lead-card: ")) == (0, True)
    rows = cast("list[dict[str, Any]]", flooded("outbox", "list", "--json", "--state", state).json)
    assert (len(rows), held(flooded)) == (2, [])


def test_what_is_not_too_much_cannot_be_answered(flooded: Terminal) -> None:
    assert flooded("flood", "send", "handoff").code == 2
    assert flooded("flood", "drop", "lead-card").code == 0
    assert flooded("flood", "drop", "lead-card").code == 2
