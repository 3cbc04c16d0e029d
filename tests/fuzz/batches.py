"""Runs batches of hostile input one by one, each repeatable by its seed and number, and prints what they did."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable


def run_batches(name: str, about: str | None, size: int, wrong: Callable[[int, int], str]) -> int:
    """The command of a fuzz run: `wrong` tells of a seed and a batch what it must not have done, "" for nothing.

    An error that `wrong` raises is a failure too. Gives the exit code: 1 when a batch failed.
    """
    parser = argparse.ArgumentParser(prog=f"python -m tests.fuzz.{name}", description=about)
    parser.add_argument("--count", type=int, default=20_000, help=f"of {name}")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun, failed = time.monotonic(), 0
    for number in range(asked.count // size):
        try:
            found = wrong(asked.seed, number)
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        if found:
            failed += 1
            print(f"batch {number}: {found[:300]}", flush=True)
    print(f"{asked.count} {name} in batches of {size}, {failed} batches failed; {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0
