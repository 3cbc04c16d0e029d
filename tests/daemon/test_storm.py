"""The daemon in storms at the vendors' full limits, on a clock that needs no waiting: none is refused, people go first.

An hour of each: `python -m tests.daemon`.
"""

from __future__ import annotations

from tests.daemon.planfix_storm import PlanfixStorm
from tests.daemon.storms import blown
from tests.daemon.trello_storm import TrelloStorm


def test_storm_at_planfix_provokes_no_refusal_and_people_wait_less_than_15_seconds() -> None:
    with blown(PlanfixStorm, 600.0) as storm:
        people, others = storm.waited(background=False), storm.waited(background=True)
        assert storm.rejected == 0
        assert storm.calls > 0.84 * storm.lasts
        assert len(people) == storm.acts > storm.lasts / 30
        assert len(others) > storm.lasts / 6
        assert max(people) < 15
        assert len(storm.pressed) > storm.lasts / 70
        assert max(storm.pressed) < 15


def test_storm_at_trello_provokes_no_refusal_and_people_wait_less_than_15_seconds() -> None:
    with blown(TrelloStorm, 120.0) as storm:
        people, others = storm.waited(background=False), storm.waited(background=True)
        assert storm.rejected == 0
        assert storm.calls > 8.4 * storm.lasts
        assert len(people) == storm.acts > storm.lasts / 4
        assert len(others) > 2 * storm.lasts
        assert max(people) < 15
