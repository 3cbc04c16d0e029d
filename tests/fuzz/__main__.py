"""`python -m tests.fuzz --minutes 10`: cases from a seed, each of which has to be read or refused within a second.

A case that is not is printed with the command that replays it: `python -m tests.fuzz --seed 1 --case 4711`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from types import FrameType

from tests.fuzz.cases import Case, case

AT_ONCE = 1.0
"""Seconds of the processor for one case."""
NEVER = 20
"""Seconds after which a case counts as one that does not end."""
EVERY = 30.0
"""Seconds between two lines of progress."""


class Hung(BaseException):
    """A case did not end."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs the cases. 1 when one of them crashed, hung, or took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for how long")
    parser.add_argument("--seed", type=int, default=1, help="which cases")
    parser.add_argument("--case", type=int, help="only this one, shown whole")
    asked = parser.parse_args(words)
    if asked.case is not None:
        found = case(asked.seed, asked.case)
        print(f"{found.kind}: {found.shown}")
        wrong, took = run(found)
        print(wrong or f"as it should be, {took * 1000:.0f} ms")
        return 1 if wrong else 0
    return _many(asked.seed, 60 * asked.minutes)


def _many(seed: int, seconds: float) -> int:
    begun = told = time.monotonic()
    count: Counter[str] = Counter()
    slowest: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    failed = 0
    number = 0
    while time.monotonic() - begun < seconds:
        number += 1
        found = case(seed, number)
        wrong, took = run(found)
        count[found.kind] += 1
        slowest[found.kind] = max(slowest[found.kind], (took, number))
        if wrong:
            failed += 1
            print(
                f"\n{found.kind}: {found.shown}\n{wrong}\nagain: python -m tests.fuzz --seed {seed} --case {number}",
                flush=True,
            )
        if time.monotonic() - told > EVERY:
            told = time.monotonic()
            print(f"{number} cases, {failed} failed, {told - begun:.0f} s", flush=True)
    for kind in sorted(count):
        took, which = slowest[kind]
        print(f"{kind:10} {count[kind]:8} cases, the slowest {took * 1000:5.0f} ms (case {which})")
    print(f"{number} cases in {time.monotonic() - begun:.0f} s, {failed} failed")
    return 1 if failed else 0


def run(found: Case) -> tuple[str, float]:
    """What went wrong with a case, "" for nothing, and how many seconds of the processor it took."""
    before = signal.signal(signal.SIGALRM, _hung)
    signal.alarm(NEVER)
    begun = time.process_time()
    wrong = ""
    try:
        found.check()
    except Hung:
        wrong = f"did not end within {NEVER} s\n{traceback.format_exc(limit=-6)}"
    except Exception:  # whatever it is: that is what is looked for
        wrong = traceback.format_exc(limit=-6)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    took = time.process_time() - begun
    return wrong or ("" if took < AT_ONCE else f"took {took:.2f} s"), took


def _hung(_number: int, _frame: FrameType | None) -> None:
    raise Hung


if __name__ == "__main__":
    sys.exit(main())
