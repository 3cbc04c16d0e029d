"""The first command of the README, as a newcomer types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_the_whole_story_once_and_says_that_all_is_well(tmp_path: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    variables |= {"BRIDGE_CONFIG_DIR": str(ROOT / "config"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bridge", "demo", "--once", "--language", "en"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    *story, last = done.stdout.strip().splitlines()
    assert last.startswith("All is well: ")
    assert any("fills in the contact: “Website”, “Service”" in line for line in story)
    assert list(tmp_path.iterdir()) == []
