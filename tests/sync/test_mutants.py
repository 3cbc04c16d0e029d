"""The sequences are worth their time: faults put into the merge on purpose are found, each in a known sequence."""

from __future__ import annotations

import pytest

from tests.sync.invariants import DIVERGED, ECHO, LOST, NEEDLESS, RESTLESS
from tests.sync.mutants import MUTANTS
from tests.sync.run import steps_of
from tests.sync.seeds import replay, run_seed, shrunk

KNOWN = {
    "stale list of Planfix accepted": (48, LOST),
    "the last write wins": (3, LOST),
    "conflict not recorded": (3, LOST),
    "base not sent with the write": (9, LOST),
    "absent taken for empty": (6, RESTLESS),
    "key without its round": (17, DIVERGED),
    "base not moved after an agreement": (26, NEEDLESS),
    "echo compared without its canonical form": (200, ECHO),
}
"""A sequence that finds a fault, and by which invariant."""


@pytest.mark.parametrize("mutant", KNOWN)
def test_a_fault_put_into_the_merge_is_found(mutant: str) -> None:
    seed, invariant = KNOWN[mutant]
    with MUTANTS[mutant]():
        assert invariant in {one.invariant for one in run_seed(seed).broken}


def test_every_fault_has_a_sequence_that_finds_it() -> None:
    assert KNOWN.keys() == MUTANTS.keys()


def test_a_failing_sequence_is_told_in_few_steps() -> None:
    with MUTANTS["conflict not recorded"]():
        without = shrunk(3, LOST, budget=12)
        assert len(without) > len(steps_of(3)) // 2
        assert LOST in replay(3, LOST, budget=0)
