"""`python -m tests.mutation.kill COPY/STAGES.json`: runs the tests that can notice a fault. 1 as soon as one does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PYTEST = (
    *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line"),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=1", "-o", "timeout=40"),
    # How long something takes is no matter here: other tests ask for that, on a machine that does nothing else.
    *(
        "-k",
        "not (takes_less or loads_fast or at_once or in_no_time or hash_seed or seed_of_hashes or language_server)",
    ),
)
NO_TEST_RAN = 5


def main(stages: Path) -> int:
    """Runs the tests stage by stage."""
    for tests in json.loads(stages.read_text(encoding="utf-8")):
        if subprocess.run([*PYTEST, *tests], cwd=stages.parent, check=False).returncode not in (0, NO_TEST_RAN):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
