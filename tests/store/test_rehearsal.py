"""What a usual day asks of the database is compiled before the day begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.model.decisions import plain_decision
from bridge.model.deliveries import Receipt, State
from bridge.store import Store, prepared
from bridge.store.prepared import PreparedConnection
from bridge.store.rehearsal import rehearse
from tests.store.shelf import CARD, CHAT, LEASE, NOW, Shelf, card, event, wanted


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A store of a process that has compiled nothing yet but what opening it took."""
    shelf = Shelf(Store(f"sqlite:///{tmp_path}/bridge.db"))
    shelf.store.begin(NOW)
    fresh: dict[int, tuple[Any, dict[Any, Any]]] = {
        key: (statement, {}) for key, (statement, _ways) in PreparedConnection._staying.items()
    }
    monkeypatch.setattr(PreparedConnection, "_staying", fresh)
    yield shelf
    shelf.store.close()


def a_day(shelf: Shelf) -> None:
    """A card comes, is planned, and what is wanted for it is carried out."""
    with shelf.store.intake(NOW) as intake:
        intake.put(card(list="To do"), None)
        client = intake.new_subject("client", "", "trello")
        intake.bind(CARD, client, "")
        intake.bind(CHAT, client, "")
        intake.add_event(event("moved", client))
    assert shelf.store.due(NOW).plans
    shelf.commit(client, wanted=[wanted("key", client)], planned=("moved",))
    for row in shelf.store.claim_each(NOW, LEASE, {"telegram": 1}):
        shelf.store.refs_of(row.subject)
        shelf.store.intend(row, now=NOW, lease=LEASE, decision=plain_decision(row.decision), expect={})
        shelf.store.settle(row, State.CONFIRMED, now=NOW, receipt=Receipt(NOW), born=[event("done", client)])


def test_a_first_day_compiles_nothing_anew(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearse()
    compiled: list[str] = []
    prepare = prepared._prepare

    def noted(statement: object, *rest: object) -> object:
        compiled.append(str(statement)[:80])
        return prepare(statement, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(prepared, "_prepare", noted)
    a_day(shelf)
    assert compiled == []
