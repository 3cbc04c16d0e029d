"""What the simulation itself promises. The weeks that run with all tests are in the files beside this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.drawing import Scale, aims, draw
from tests.simulation.invariants import broken
from tests.simulation.run import Simulation
from tests.simulation.seeds import run_seed, table
from tests.simulation.trouble import CELLS
from tests.simulation.world import Row

SMALL = Scale(days=2, clients=3, troubles=4, spells=2)
_DIGEST = """\
from tests.simulation.drawing import Scale
from tests.simulation.seeds import run_seed
print(run_seed(3, Scale(days=2, clients=3, troubles=4, spells=2)).digest)
"""


def test_a_seed_decides_everything_whatever_the_order_of_sets() -> None:
    digests = {_digest_under(hash_seed) for hash_seed in ("1", "2")}
    assert digests == {run_seed(3, SMALL).digest}


def _digest_under(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_another_seed_is_another_week() -> None:
    assert run_seed(3, SMALL).digest != run_seed(4, SMALL).digest


def test_a_step_left_out_leaves_the_others_as_they_are() -> None:
    whole, part = Simulation(5, SMALL).run(), Simulation(5, SMALL, frozenset({len(draw(5, SMALL)) - 1})).run()
    assert whole.happened[: len(part.happened) // 2] == part.happened[: len(part.happened) // 2]


def test_a_crash_rolls_back_what_was_not_committed() -> None:
    simulation = Simulation(6, Scale(days=2, clients=3, troubles=30, spells=6)).run()
    assert simulation.crashes
    assert not broken(simulation)
    simulation.close()


def test_the_table_names_every_cell_that_was_never_met() -> None:
    reached = Counter(dict.fromkeys(CELLS[1:], 1))
    effect, column = CELLS[0]
    assert f"never met: 1 of {len(CELLS)} cells\n  {effect}: {column}" in table(reached)


@pytest.mark.parametrize("first", [1, 777])
def test_seeds_in_a_row_aim_at_every_cell(first: int) -> None:
    aimed = {cell for seed in range(first, first + 2 * 49) for cell in aims(seed, Scale().troubles)}
    assert aimed == set(CELLS)


def test_a_trouble_at_the_look_is_met_though_nothing_was_in_doubt() -> None:
    cell = ("send_client", "crash at the look")
    seed = next(seed for seed in range(1, 100) if cell in aims(seed, Scale().troubles))
    assert run_seed(seed).reached[cell]


def test_a_sheet_shows_the_old_answer_until_the_new_one_shows() -> None:
    noon = datetime(2026, 12, 3, 12, tzinfo=UTC)
    row = Row("T", {"Сайт": "new.test"}, noon, noon + timedelta(minutes=1), "T", ({"Сайт": "old.test"}, noon))
    assert row.listed(noon) == ({"Сайт": "old.test"}, noon)
    assert row.listed(noon + timedelta(minutes=1)) == ({"Сайт": "new.test"}, noon)
