"""`python -m tests.simulation`: SEEDS=200 runs so many, SEED=7 replays one, LONG=1 runs few and long ones."""

from __future__ import annotations

import os
import sys
from collections import Counter
from time import monotonic

from tests.simulation.drawing import Scale
from tests.simulation.invariants import broken
from tests.simulation.run import Simulation
from tests.simulation.seeds import never_met, replay, run_seeds, table

LONG = Scale(days=120, clients=100, acts=40, troubles=200, spells=100, coming=30)


_MEET_ALL = 200
"""So many seeds have to meet every cell of the table."""


def main() -> int:
    """Runs what the environment asks for. 1 when an invariant broke, or when many seeds left a cell empty."""
    scale = LONG if os.environ.get("LONG") else Scale()
    if seed := os.environ.get("SEED"):
        return _one(int(seed), scale)
    count = int(os.environ.get("SEEDS") or (5 if scale is LONG else 200))
    first = int(os.environ.get("FIRST") or 1)
    processes = int(os.environ.get("PROCESSES") or 2)
    return _many(range(first, first + count), processes, scale)


def _one(seed: int, scale: Scale) -> int:
    simulation = Simulation(seed, scale).run()
    print("\n".join(simulation.happened))
    print("outside:")
    print("\n".join(simulation.world.log))
    found = broken(simulation)
    for one in found:
        print(f"BROKEN {one}")
    print(f"seed {seed}: {len(found)} broken, digest {simulation.digest()}")
    return 1 if found else 0


def _many(seeds: range, processes: int, scale: Scale) -> int:
    reached: Counter[tuple[str, str]] = Counter()
    begun, cpu, effects, crashes = monotonic(), 0.0, 0, 0
    failed: dict[int, str] = {}
    done = 0
    for result in run_seeds(seeds, processes, scale):
        done += 1
        reached.update(result.reached)
        cpu, effects, crashes = cpu + result.seconds, effects + result.effects, crashes + result.crashes
        for one in result.broken:
            failed.setdefault(result.seed, one.invariant)
            print(f"seed {result.seed} BROKEN {one}", flush=True)
        if done % 10 == 0:
            print(f"{done} seeds, {monotonic() - begun:.0f} s", flush=True)
    took = monotonic() - begun
    print(table(reached))
    print(
        f"{done} seeds, {len(failed)} with a broken invariant; {effects} effects, {crashes} crashes; "
        f"{took:.0f} s, {done / took:.2f} seeds a second, {cpu / max(done, 1):.2f} CPU seconds a seed"
    )
    if failed:
        seed = min(failed)
        print(replay(seed, failed[seed], scale))
    return 1 if failed or (done >= _MEET_ALL and never_met(reached)) else 0


if __name__ == "__main__":
    sys.exit(main())
