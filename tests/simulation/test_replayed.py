"""A simulated week, with all its troubles, replayed from what was stored: it comes to what it came to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.engine.replay import replay
from tests.engine.pasts import really, told
from tests.simulation.drawing import Scale, draw
from tests.simulation.run import START, Simulation

RULES_CHANGE = ("newer rules", "stop")
"""A replay is by one rule set: steps that bring another one are left out."""


@pytest.mark.parametrize("seed", [1, 5])
def test_a_week_replayed_by_its_own_rules_is_what_really_happened(seed: int) -> None:
    without = frozenset(step.number for step in draw(seed, Scale()) if step.kind in RULES_CHANGE)
    week = Simulation(seed, Scale(), without).run()
    for client in sorted({subject.client for subject in week.store.subjects()}):
        for hours in (0, 61):
            since = START + timedelta(hours=hours)
            made = replay(week.store.remembered(client), week.engine.context, since, week.clock.now())
            (traces, *rest), (really_so, *others) = told(made), really(week, client, made.since or since)
            # In a simulation several plans share one moment, and what happens at one moment has no order.
            assert (sorted(traces), rest) == (sorted(really_so), others)
            assert made.besides == ()
    week.close()
