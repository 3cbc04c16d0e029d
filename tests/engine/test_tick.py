"""One tick does everything that a daemon does by and by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.store.retention import Keep
from tests.engine.office import Desk


def test_a_tick_lets_go_of_what_was_kept_long_enough() -> None:
    desk = Desk()
    _client, deal = desk.client()
    desk.engine.context = replace(desk.context, keep=Keep(traces=timedelta(days=30)))
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.tick()
    assert desk.store.traces([deal]) != []
    desk.wait(days=31).engine.tick()
    assert desk.store.traces([deal]) == []
