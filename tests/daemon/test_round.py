"""One round of the daemon: it does what is due, and nothing when nothing is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.daemon import Daemon
from bridge.engine.clock import CLOCK_KEY
from tests.engine.office import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.store.close()


def test_a_round_with_nothing_due_does_not_write(desk: Desk) -> None:
    daemon = Daemon(desk.engine, {})
    daemon.work()
    kept = desk.store.recall(CLOCK_KEY)
    desk.wait(seconds=1)
    daemon.work()
    assert kept is not None
    assert desk.store.recall(CLOCK_KEY) == kept


def test_a_round_plans_a_client_that_changed(desk: Desk) -> None:
    client, _deal = desk.client()
    with desk.store.intake(desk.now) as intake:
        intake.dirty(client)
    assert desk.store.due(desk.now).plans
    Daemon(desk.engine, {}).work()
    assert not desk.store.due(desk.now).plans
