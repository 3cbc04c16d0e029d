"""Many seeds on all cores, one result each; and a failing seed made as short as it can be."""

from __future__ import annotations

import gc
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from time import process_time

from tests.simulation.drawing import Scale, draw
from tests.simulation.invariants import broken
from tests.simulation.looked import Broken
from tests.simulation.run import Simulation
from tests.simulation.trouble import CELLS, COLUMNS, EFFECTS, IMPOSSIBLE, PAGES, SOURCES

RAISED = "nothing is raised"


@dataclass(frozen=True)
class Result:
    """What came of one seed."""

    seed: int
    broken: tuple[Broken, ...]
    digest: str
    seconds: float
    effects: int
    crashes: int
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)


@contextmanager
def _seldom_looking_for_garbage() -> Iterator[None]:
    """Most of what a simulation makes lives to its end: looking for garbage all the time is in vain."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_seldom_looking_for_garbage()
def run_seed(seed: int, scale: Scale | None = None, without: frozenset[int] = frozenset()) -> Result:
    """Runs one seed. What the bridge raises is a broken invariant like any other."""
    begun = process_time()
    simulation = Simulation(seed, scale, without)
    found: tuple[Broken, ...]
    try:
        simulation.run()
        found = tuple(broken(simulation))
    except Exception:
        found = (Broken(RAISED, traceback.format_exc()),)
    world, trouble = simulation.world, simulation.trouble
    digest = simulation.digest()
    simulation.close()
    return Result(seed, found, digest, process_time() - begun, len(world.effects), simulation.crashes, trouble.reached)


def run_seeds(seeds: Sequence[int], processes: int = 2, scale: Scale | None = None) -> Iterator[Result]:
    """Runs them in several processes, each seed in one; results come in the order of the seeds."""
    if processes < 2:
        yield from (run_seed(seed, scale) for seed in seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_seed, seeds, [scale] * len(seeds), chunksize=1)


def shrunk(seed: int, invariant: str, scale: Scale | None = None, budget: int = 60) -> frozenset[int]:
    """The steps that can be left out so that the same invariant still breaks, found by halving."""
    steps = [step.number for step in draw(seed, scale or Scale())]

    def breaks(without: frozenset[int]) -> bool:
        return any(one.invariant == invariant for one in run_seed(seed, scale, without).broken)

    return frozenset(_without_needless(steps, breaks, budget))


def _without_needless(steps: list[int], breaks: Callable[[frozenset[int]], bool], budget: int) -> set[int]:
    """Delta debugging: leave out ever smaller parts as long as it still breaks."""
    out: set[int] = set()
    size = len(steps) // 2
    while size and budget > 0:
        place = 0
        kept = [step for step in steps if step not in out]
        while place < len(kept) and budget > 0:
            part = set(kept[place : place + size])
            budget -= 1
            if breaks(frozenset(out | part)):
                out |= part
            place += size
        size //= 2
    return out


def replay(seed: int, invariant: str, scale: Scale | None = None, budget: int = 60) -> str:
    """The short story of a failing seed: the steps that matter, and what happened outside."""
    without = shrunk(seed, invariant, scale, budget)
    simulation = Simulation(seed, scale, without)
    lines: list[str] = []
    try:
        simulation.run()
        lines += [f"  broken: {one}" for one in broken(simulation) if one.invariant == invariant][:3]
    except Exception:
        lines.append(traceback.format_exc())
    told = [f"  {line}" for line in simulation.happened]
    world = [f"    {line}" for line in simulation.world.log[-60:]]
    simulation.close()
    left = len(draw(seed, scale or Scale())) - len(without)
    return "\n".join([f"seed {seed}, {left} steps left:", *told, "  outside:", *world, *lines])


def never_met(reached: Counter[tuple[str, str]]) -> list[str]:
    """The cells of the table in which nothing was counted."""
    return [f"{effect}: {column}" for effect, column in CELLS if not reached[effect, column]]


def table(reached: Counter[tuple[str, str]]) -> str:
    """How often each kind of effect met each trouble, and which cells were never reached."""
    heads = [f"{number:>5}" for number in range(1, len(COLUMNS) + 1)]
    lines = ["trouble x effect (times met):", f"{'':<15}{''.join(heads)}"]
    for effect in EFFECTS:
        cells = [f"{'·' if (effect, column) in IMPOSSIBLE else reached[effect, column]:>5}" for column in COLUMNS]
        lines.append(f"{effect:<15}{''.join(cells)}")
    lines += [f"{number:>4} {column}" for number, column in enumerate(COLUMNS, 1)]
    lines.append("trouble x reading (times met):")
    lines += [
        f"{source:<15}" + "  ".join(f"{column}: {reached[source, column]}" for column in PAGES) for source in SOURCES
    ]
    empty = never_met(reached)
    lines.append(f"never met: {len(empty)} of {len(CELLS)} cells" + "".join(f"\n  {cell}" for cell in empty))
    reasons: dict[str, list[str]] = {}
    for (effect, column), reason in IMPOSSIBLE.items():
        reasons.setdefault(reason, []).append(f"{effect}: {column}")
    lines += [f"cannot be ({reason}): {', '.join(cells)}" for reason, cells in reasons.items()]
    return "\n".join(lines)
