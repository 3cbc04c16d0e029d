"""One look at the database tells whether there is anything to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bridge.model.planning import Blind
from bridge.model.reasons import ASKED_FIRST
from bridge.store import lanes
from bridge.store import statements as q
from bridge.store.database import reading
from bridge.store.rows import Due
from tests.store.shelf import LEASE, NOW, Shelf, event, later, timer

SOON = timedelta(minutes=5)


def test_nothing_is_due_in_an_empty_database(shelf: Shelf) -> None:
    assert shelf.store.due(NOW) == Due()
    assert not shelf.store.due(NOW).anything


def test_a_changed_client_is_to_be_planned(shelf: Shelf) -> None:
    client = shelf.client()
    assert not shelf.store.due(NOW).anything
    shelf.add(event("e1", client))
    assert shelf.store.due(NOW) == Due(plans=True)


def test_a_timer_is_due_from_its_moment_on(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=(timer("t1", NOW + SOON, client),))
    assert not shelf.store.due(NOW).anything
    assert shelf.store.due(NOW + SOON) == Due(plans=True)


def test_a_timer_that_waits_for_a_source_has_to_be_looked_at(shelf: Shelf) -> None:
    client = shelf.client()
    blind = Blind("t1", client, ("trello.card",), NOW, "rule")
    shelf.commit(client, timers=(timer("t1", NOW, client),), blind=(blind,))
    assert shelf.store.due(NOW) == Due(waits=True)


def test_a_delivery_is_due_from_its_moment_on(shelf: Shelf) -> None:
    shelf.want("a1", not_before=NOW + SOON)
    assert not shelf.store.due(NOW).anything
    assert shelf.store.due(NOW + SOON) == Due(deliveries=True)


def test_a_delivery_under_way_is_due_when_its_lease_ends(shelf: Shelf) -> None:
    shelf.want("a1")
    shelf.claim()
    assert not shelf.store.due(NOW).anything
    assert shelf.store.due(NOW + LEASE) == Due(deliveries=True)


def test_a_question_that_a_person_has_to_answer_has_to_be_looked_at(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, timers=(timer("t1", NOW, client),))
    shelf.commit(client, timers_ended={"t1": ASKED_FIRST})
    assert shelf.store.due(NOW) == Due(asked=True)


def test_another_workspace_has_work_of_its_own(shelf: Shelf) -> None:
    shelf.want("a1")
    shelf.store.workspace = "other"
    assert not shelf.store.due(later(hours=1)).anything


def test_a_client_is_changed_once_by_one_transaction(shelf: Shelf) -> None:
    client = shelf.client()
    before = shelf.store.load_client(client).version
    shelf.add(event("e1", client), event("e2", client))
    assert shelf.store.load_client(client).version == before + 1


def test_a_lane_whose_oldest_delivery_is_put_off_gives_nothing_however_much_is_due_in_it(shelf: Shelf) -> None:
    shelf.want("first", not_before=NOW + SOON, lane="a")
    for number in range(50):
        shelf.want(f"behind-{number}", lane="a")
    shelf.want("elsewhere", lane="b")
    assert [row.key for row in shelf.claim()] == ["elsewhere"]


def steps_of(shelf: Shelf, statement: Any) -> list[str]:
    """How SQLite would go about a statement, step by step."""
    given = {"workspace": "main", "connector": "a", "client": "b", "now": NOW, "at_most": 1}
    with reading(shelf.store._engine) as connection:
        made = statement.params(given).compile(connection, compile_kwargs={"render_postcompile": True})
        values = tuple("1" for _name in made.positiontup)
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", values)]


@pytest.mark.parametrize("name", ["DUE", "CLIENTS_TO_PLAN", "DUE_HEADS", "DUE_HEADS_OF", "NEXT_TIMER", "NEXT_DELIVERY"])
def test_no_round_walks_through_all_deliveries_timers_or_clients(shelf: Shelf, name: str) -> None:
    walked = [
        step for step in steps_of(shelf, getattr(lanes if "HEADS" in name else q, name)) if step.startswith("SCAN")
    ]
    assert [step for step in walked if step.split()[1] in ("deliveries", "timers", "clients")] == []


def test_a_client_is_read_without_walking_through_any_table(shelf: Shelf) -> None:
    names = [name for name in vars(q) if name.startswith("CLIENT_")]
    walked = [step for name in names for step in steps_of(shelf, getattr(q, name)) if step.startswith("SCAN")]
    assert walked == []
