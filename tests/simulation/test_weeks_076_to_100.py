"""Weeks 76 to 100: see docs/explanation/simulation.md. Files are what the workers of a test run share out."""

from __future__ import annotations

import pytest

from tests.simulation.seeds import run_seed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(76, 101))
def test_a_week_breaks_no_invariant(seed: int) -> None:
    assert not run_seed(seed).broken, f"replay with: SEED={seed} make sim"
