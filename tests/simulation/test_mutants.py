"""The simulation is worth its time: faults put into the engine on purpose are found, and told in a few steps."""

from __future__ import annotations

import pytest

from tests.simulation.drawing import Scale, draw
from tests.simulation.mutants import MUTANTS, hunt
from tests.simulation.seeds import replay, run_seed, shrunk

SMALL = Scale(days=2, clients=3, troubles=4, spells=2)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("mutant", "first"),
    [
        ("mark not looked for", 1),
        ("echo not dropped", 1),
        ("client version not compared before the planning commit", 3),
    ],
)
def test_a_fault_put_into_the_engine_is_found_within_few_seeds(mutant: str, first: int) -> None:
    """`first` is where it shows today: the hunt begins there, and goes on where it does so no more."""
    assert hunt(mutant, 6, first).seeds


def test_a_failing_seed_shrinks_to_the_steps_that_matter() -> None:
    with MUTANTS["echo not dropped"]():
        found = run_seed(1, SMALL).broken[0]
        without = shrunk(1, found.invariant, SMALL, budget=25)
        assert len(draw(1, SMALL)) - len(without) <= 6
        assert found.invariant in replay(1, found.invariant, SMALL, budget=25)
