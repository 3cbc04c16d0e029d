"""A command loads what it needs, and no more: the daemon starts in seconds and stays small."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.store import Store

ROOT = Path(__file__).parents[2]
HEAVY = {
    "alembic",
    "bridge.cli.demo",
    "connectors.google_forms",
    "connectors.planfix",
    "docx",
    "docxtpl",
    "google",
    "gspread",
    "holidays",
    "lxml",
    "num2words",
    "openpyxl",
    "psycopg",
    "sandbox",
    "typst",
    "xlsxwriter",
}
AT_WORK = """
from bridge.cli.room import engine_at_work
from bridge.engine.clock import SystemClock
with engine_at_work(SystemClock()):
    print(*sys.modules)
"""


def loaded(code: str, **environment: str) -> set[str]:
    """The heavy modules that a new process has loaded in the end."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    command = [sys.executable, "-c", f"import sys\nimport bridge.cli.main\n{code}"]
    done = subprocess.run(
        command, env=known | environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    return HEAVY & set(done.stdout.split())


@pytest.fixture
def small_agency(tmp_path: Path) -> dict[str, str]:
    """The settings of an agency with Trello and Telegram only, whose database is up to date."""
    config = tmp_path / "config"
    for source in (ROOT / "benchmarks" / "job_agency").rglob("*.yaml"):
        target = config / source.relative_to(ROOT / "benchmarks" / "job_agency")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    for name in ("system.yaml", "buttons.yaml"):
        (config / "messages" / name).write_bytes((ROOT / "config" / "messages" / name).read_bytes())
    (config / "templates").mkdir()
    store = Store(f"sqlite:///{tmp_path}/bridge.db", "job")
    store.upgrade()
    store.close()
    return {
        "BRIDGE_CONFIG_DIR": str(config),
        "BRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db",
        "BRIDGE_TRELLO__KEY": "sandbox-trello-key",
        "BRIDGE_TRELLO__TOKEN": "sandbox-trello-token",
        "BRIDGE_TELEGRAM__TOKEN": "1:sandbox",
    }


def test_asking_for_a_command_loads_nothing_heavy() -> None:
    assert loaded("print(*sys.modules)") == set()


def test_an_engine_at_work_has_loaded_only_the_systems_it_uses(small_agency: dict[str, str]) -> None:
    assert loaded(AT_WORK, **small_agency) == set()
