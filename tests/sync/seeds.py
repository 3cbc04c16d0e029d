"""Many seeds on all cores, one result each; and a failing one made as short as it can be, told in words."""

from __future__ import annotations

import gc
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from time import process_time

from tests.sync.invariants import RAISED, Broken, broken, in_window
from tests.sync.run import LENGTH, Run, steps_of


@dataclass(frozen=True)
class Result:
    """What came of one sequence. `counts` are what it was made of, by name."""

    seed: int
    broken: tuple[Broken, ...]
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)


@contextmanager
def _seldom_looking_for_garbage() -> Iterator[None]:
    """Most of what a sequence makes lives to its end: looking for garbage all the time is in vain."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_seldom_looking_for_garbage()
def run_seed(seed: int, length: int = LENGTH, without: frozenset[int] = frozenset()) -> Result:
    """Runs one sequence. What the bridge raises is a broken invariant like any other."""
    begun = process_time()
    run = Run(seed, length, without)
    try:
        run.run()
        found = tuple(broken(run))
    except Exception:
        found = (Broken(RAISED, traceback.format_exc()),)
    world = run.world
    counts = Counter(
        {
            "steps": len(run.steps),
            "edits": world.edits,
            "requests": run.requests,
            "crashes": run.crashes,
            "conflicts": len(run.store.conflicts(limit=10_000)),
            "overwritten": len(world.overwritten),
            "in the window": in_window(run),
        }
    )
    run.close()
    return Result(seed, found, process_time() - begun, counts, run.trouble.met)


def run_seeds(seeds: Sequence[int], processes: int = 2) -> Iterator[Result]:
    """Runs them in several processes, each seed in one; results come in the order of the seeds."""
    if processes < 2:
        yield from (run_seed(seed) for seed in seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_seed, seeds, chunksize=10)


def shrunk(seed: int, invariant: str, length: int = LENGTH, budget: int = 80) -> frozenset[int]:
    """The steps that can be left out so that the same invariant still breaks: ever smaller parts of them."""
    out: set[int] = set()
    size = length // 2
    while size and budget > 0:
        kept = [step.number for step in steps_of(seed, length) if step.number not in out]
        for place in range(0, len(kept), size):
            part = set(kept[place : place + size])
            budget -= 1
            if any(one.invariant == invariant for one in run_seed(seed, length, frozenset(out | part)).broken):
                out |= part
            if budget <= 0:
                break
        size //= 2
    return frozenset(out)


def replay(seed: int, invariant: str, length: int = LENGTH, budget: int = 80) -> str:
    """The short story of a failing seed: what people did, what went wrong, and what broke."""
    without = shrunk(seed, invariant, length, budget)
    run = Run(seed, length, without)
    lines: list[str] = []
    try:
        run.run()
        lines += [f"  broken: {one}" for one in broken(run)][:5]
    except Exception:
        lines.append(traceback.format_exc())
    told = [f"  {line}" for line in run.world.told]
    run.close()
    return "\n".join([f"SEED={seed}, {length - len(without)} steps left:", *told, *lines])


def figures(results: Sequence[Result]) -> str:
    """What all of them were made of, for people to read."""
    counts: Counter[str] = sum((one.counts for one in results), Counter())
    met: Counter[str] = sum((one.met for one in results), Counter())
    cpu = sum(one.seconds for one in results)
    failed = sum(bool(one.broken) for one in results)
    first = (
        f"{len(results)} sequences of {counts['steps'] // max(len(results), 1)} steps, {failed} broken; "
        f"{counts['edits']} edits of people, {counts['conflicts']} conflicts recorded, {counts['crashes']} crashes, "
        f"{counts['requests']} requests; {cpu:.0f} CPU s, {cpu / max(len(results), 1):.2f} a sequence"
    )
    second = "troubles met: " + ", ".join(f"{kind} {met[kind]}" for kind in sorted(met))
    third = (
        f"values of people that the bridge replaced: {counts['overwritten']}, each seen by who wrote the next or kept; "
        f"{counts['in the window']} of them in the moment between its look and its write"
    )
    return "\n".join((first, second, third))
