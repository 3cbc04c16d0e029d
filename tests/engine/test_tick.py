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


def heard(desk: Desk, gap: timedelta, real: bool) -> list[str]:
    """What is told when the bot is listened to again after so long, by a clock that is real or set by hand."""
    desk.telegram.keeps = timedelta(hours=24)  # type: ignore[attr-defined]
    desk.engine.pull("telegram")
    desk.clock.real = real
    desk.wait(seconds=gap.total_seconds()).engine.pull("telegram")
    return desk.told()


def test_what_a_service_may_have_forgotten_meanwhile_is_told() -> None:
    assert heard(Desk(), timedelta(hours=25), real=True) == ["person:andrii: unheard Telegram"]


def test_who_comes_in_time_has_missed_nothing() -> None:
    assert heard(Desk(), timedelta(hours=23), real=True) == []


def test_a_clock_that_is_set_by_hand_leaps_and_nothing_is_forgotten() -> None:
    assert heard(Desk(), timedelta(days=3), real=False) == []
