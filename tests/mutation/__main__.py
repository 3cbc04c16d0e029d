"""`python -m tests.mutation`: puts faults into a copy of rules/, one by one, and tells which of them no test noticed.

What was done is kept in the folder: the same command goes on where the last one stopped, also after --minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from queue import Queue

from attrs import evolve
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkItem, WorkResult

from tests.mutation.kill import PYTEST
from tests.mutation.reached import EXAMPLES, Reached, measured
from tests.mutation.sample import MODULES, drawn, items, mutants_of

ROOT = Path(__file__).parents[2]
LONGEST = 3600.0
"""Seconds for the tests of one fault. A test has less; only a loop at an import needs this, and counts as noticed."""


def main(words: Sequence[str] | None = None) -> int:
    """Tries the faults that are still to be tried, then tells. 1 when a fault of the sample was not noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many faults")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants", help="where the copy is made")
    parser.add_argument("--commit", default="HEAD", help="what is copied")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so long; the next call goes on")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--examples", action="store_true", help="without the properties: sooner, and never kinder")
    parser.add_argument("--only-tell", action="store_true", help="tell what was found so far")
    asked = parser.parse_args(words)
    folder = asked.folder.resolve()
    copy, session = folder / "copy", folder / f"sample-{asked.sample}-{asked.seed}.sqlite"
    if not (folder / "ready").exists():
        _prepare(folder, copy, asked.commit)
    os.chdir(copy)
    with use_db(str(session)) as work:
        if not work.num_work_items:
            work.add_work_items(items(drawn(mutants_of(folder), asked.sample, asked.seed)))
        if not asked.only_tell:
            reached = measured(folder / "reached", copy)
            _try(work, reached, folder, time.monotonic() + 60 * asked.minutes, asked.examples, asked.jobs)
        return tell(work)


def _prepare(folder: Path, copy: Path, commit: str) -> None:
    """A copy of what was committed, and which test runs which line of it."""
    shutil.rmtree(folder, ignore_errors=True)
    copy.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(copy, filter="data")
    settings = copy / "measure.ini"
    settings.write_text("[run]\nsource = rules\ndynamic_context = test_function\n", encoding="utf-8")
    coverage = ["coverage", "run", "--rcfile", str(settings), "--data-file", str(folder / "reached")]
    command = [sys.executable, "-m", *coverage, *PYTEST[1:], "-o", "timeout=900", *EXAMPLES]
    if subprocess.run(command, cwd=copy, check=False).returncode:
        sys.exit("the tests are red without any fault: mend them first")
    (folder / "ready").touch()


def _try(work: WorkDB, reached: Reached, folder: Path, until: float, examples: bool, jobs: int) -> None:
    """Tries the faults that are left, each in a copy that no other is tried in; what came of one is kept at once."""
    copies: Queue[Path] = Queue()
    for number in range(1, jobs + 1):
        copies.put(shutil.copytree(folder / "copy", folder / f"copy-{number}", dirs_exist_ok=True))

    def tried(item: WorkItem) -> tuple[WorkResult | None, float]:
        copy, begun = copies.get(), time.monotonic()
        try:
            return (_tried(item, reached, copy, examples) if begun < until else None), time.monotonic() - begun
        finally:
            copies.put(copy)

    left = sorted(work.pending_work_items, key=lambda one: one.job_id)
    with ThreadPoolExecutor(jobs) as threads:
        for item, (result, took) in zip(left, threads.map(tried, left), strict=True):
            if result is not None:
                [mutant] = item.mutations
                work.set_result(item.job_id, result)
                said = "noticed" if result.is_killed else "NOT noticed"
                where = f"{mutant.module_path}:{mutant.start_pos[0]} {mutant.operator_name.removeprefix('core/')}"
                print(f"{item.job_id} {where}: {said}, {took:.0f} s", flush=True)


def _tried(item: WorkItem, reached: Reached, copy: Path, examples: bool) -> WorkResult:
    """What came of one fault. The copy is left as it was."""
    [mutant] = item.mutations
    module = copy / mutant.module_path
    tests = reached.stages(str(mutant.module_path), mutant.start_pos[0], module.read_text(encoding="utf-8"))
    stages = copy / "stages.json"
    stages.write_text(json.dumps(tests[:-1] if examples else tests), encoding="utf-8")
    command = shlex.join([sys.executable, "-m", "tests.mutation.kill", str(stages)])
    return mutate_and_test([evolve(mutant, module_path=module)], command, LONGEST)


def tell(work: WorkDB) -> int:
    """Prints what came of the faults, with each that nobody noticed. 1 when there is one."""
    done = sorted(work.completed_work_items, key=lambda pair: pair[0].job_id)
    missed = [(item, result) for item, result in done if not result.is_killed]
    by_module = Counter(str(item.mutations[0].module_path) for item, _ in done)
    missed_by_module = Counter(str(item.mutations[0].module_path) for item, _ in missed)
    for module in MODULES:
        if by_module[module]:
            print(f"{module:28} {by_module[module] - missed_by_module[module]:4} of {by_module[module]} noticed")
    for item, result in missed:
        [mutant] = item.mutations
        print(f"\n{item.job_id} {mutant.module_path}:{mutant.start_pos[0]} {mutant.operator_name}")
        print(result.diff or result.output)
    share = 100 * (len(done) - len(missed)) / max(len(done), 1)
    print(f"\n{len(done)} of {work.num_work_items} faults tried, {len(missed)} not noticed: {share:.1f} % noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
