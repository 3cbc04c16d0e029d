"""`python -m tests.timelines`: TIMELINES=10000 draws so many, WORLD=7 replays the world of that number."""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from time import monotonic, process_time

import structlog

from tests.timelines.world import World


def outcome(number: int) -> tuple[int, list[str], Counter[str], float]:
    """One world: its number, what should not have been, its counts, and the processor seconds it took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    begun = process_time()
    world = World(number).run()
    world.store.close()
    return number, world.broken, world.counts, process_time() - begun


def main() -> int:
    """Draws worlds until there are as many timelines as are wanted. 1 when one of them shows what should not be."""
    wanted = int(os.environ.get("TIMELINES") or 10_000)
    first = int(os.environ.get("WORLD") or os.environ.get("FIRST") or 1)
    counts: Counter[str] = Counter()
    begun, seconds, worlds, broken = monotonic(), 0.0, 0, 0
    with ProcessPoolExecutor(1 if os.environ.get("WORLD") else int(os.environ.get("PROCESSES") or 2)) as pool:
        while counts["timelines"] < wanted:
            batch = 1 if os.environ.get("WORLD") else 20
            for number, found, counted, took in pool.map(outcome, range(first + worlds, first + worlds + batch)):
                counts += counted
                seconds += took
                broken += bool(found)
                for what in found:
                    print(f"world {number}: {what}", flush=True)
            worlds += batch
            if os.environ.get("WORLD"):
                break
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    print(f"{worlds} worlds: {told}; {broken} broken; {monotonic() - begun:.0f} s, {seconds:.0f} CPU seconds")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
