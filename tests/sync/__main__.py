"""`python -m tests.sync`: SEQUENCES=200 runs so many, SEED=7 replays one in words, and shortens it where it fails."""

from __future__ import annotations

import os
import sys
from time import monotonic

from tests.sync.invariants import broken
from tests.sync.run import Run
from tests.sync.seeds import figures, replay, run_seeds


def main() -> int:
    """Runs what the environment asks for. 1 when an invariant broke."""
    if seed := os.environ.get("SEED"):
        return _one(int(seed))
    count = int(os.environ.get("SEQUENCES") or 2000)
    first = int(os.environ.get("FIRST") or 1)
    return _many(range(first, first + count), int(os.environ.get("PROCESSES") or 2))


def _one(seed: int) -> int:
    run = Run(seed).run()
    print("\n".join(run.world.told))
    found = broken(run)
    run.close()
    for one in found:
        print(f"BROKEN {one}")
    if found:
        print(replay(seed, found[0].invariant))
    print(f"sequence {seed}: {len(found)} broken")
    return 1 if found else 0


def _many(seeds: range, processes: int) -> int:
    begun = monotonic()
    results = []
    for result in run_seeds(seeds, processes):
        results.append(result)
        for one in result.broken:
            print(f"sequence {result.seed} BROKEN {one}", flush=True)
        if len(results) % 100 == 0:
            print(f"{len(results)} sequences, {monotonic() - begun:.0f} s", flush=True)
    print(figures(results))
    failed = next((one for one in results if one.broken), None)
    if failed is not None:
        print(replay(failed.seed, failed.broken[0].invariant))
    return 1 if failed is not None else 0


if __name__ == "__main__":
    sys.exit(main())
