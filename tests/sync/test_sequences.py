"""A hundred random sequences of what people do on both sides, with trouble on the way; see docs/explanation/sync.md."""

from __future__ import annotations

import pytest

from tests.sync.run import Run, steps_of
from tests.sync.seeds import run_seed


@pytest.mark.slow
@pytest.mark.parametrize("tens", range(10))
def test_a_sequence_breaks_no_invariant(tens: int) -> None:
    for seed in range(10 * tens + 1, 10 * tens + 11):
        assert not run_seed(seed).broken, f"replay with: SEED={seed} python -m tests.sync"


def test_a_seed_decides_everything_that_happens() -> None:
    told = [Run(11, 12).run() for _time in range(2)]
    assert told[0].world.told == told[1].world.told
    for run in told:
        run.close()


def test_a_step_that_is_left_out_changes_nothing_of_the_others() -> None:
    assert [step for step in steps_of(3) if step.number != 5] == Run(3, without=frozenset({5})).steps
