"""What a large, quiet database costs: a hundred thousand deliveries and as many timers, all due some other day.

`python -m benchmarks.idle [--count 100000] [--rounds 200]` fills a database and opens it in a process of its own, as
the daemon does. That works through rounds in which nothing is due and prints its figures; exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.fast_agency import ROOT, bridge_environment
from bridge.model.decisions import SendMessage, plain_decision
from bridge.model.deliveries import State
from bridge.store import Store
from bridge.store import tables as t
from bridge.store.database import open_engine, writing
from sandbox import Sandbox

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there, and nothing is asked: reading the systems is not what is measured."""
LANES = 20_000
CONNECTORS = ("trello", "planfix", "google_forms", "telegram", "documents")
BARS: Mapping[str, float] = {
    "start, seconds": 3.0,
    "start after a kill, seconds": 3.0,
    "a round with nothing due, ms": 5.0,
    "idle CPU, % of a core": 1.0,
    "memory, MB": 200.0,
}
"""What must not be exceeded. The other figures are told beside them."""


def fill(url: str, count: int, now: datetime, lanes: int = LANES, due: timedelta = timedelta(days=1)) -> None:
    """A database with so many waiting deliveries and live timers, the first of them due a while after `now`."""
    store = Store(url)
    store.upgrade()
    store.close()
    engine = open_engine(url)
    clients = [f"client-{number}" for number in range(1, min(lanes, count) + 1)]
    with writing(engine) as connection:
        _insert(connection, t.subjects, _subjects(clients, now))
        _insert(
            connection, t.clients, ({"client": c, "workspace": "main", "version": 1, "dirty": False} for c in clients)
        )
        _insert(connection, t.deliveries, _deliveries(clients, count, now, due))
        _insert(connection, t.timers, _timers(clients, count, now, due))
    engine.dispose()


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    connection.execute(table.insert(), list(rows))


def _subjects(clients: list[str], now: datetime) -> Iterator[dict[str, Any]]:
    for number, client in enumerate(clients, 1):
        row = {"n": number, "id": client, "kind": "client", "parent": "", "client": client}
        yield {**row, "workspace": "main", "origin": "benchmark", "created_at": now, "alias_of": ""}


def _deliveries(clients: list[str], count: int, now: datetime, due: timedelta) -> Iterator[dict[str, Any]]:
    decision = plain_decision(SendMessage(to="client", text="Нагадуємо про бриф. " * 10, template="reminder"))
    for number in range(count):
        client = clients[number % len(clients)]
        yield {
            "id": f"{number:010x}",
            "key": f"remind:{client}:event-{number}:send",
            "workspace": "main",
            "client": client,
            "subject": client,
            "connector": CONNECTORS[number % len(CONNECTORS)],
            "lane": f"chat:{client}",
            "kind": "send_message",
            "decision": decision,
            "cause": {"rule": "remind", "step": "", "event": f"event-{number}", "depth": 1, "trace": ""},
            "state": State.WAITING.value,
            "next_at": now + due + timedelta(seconds=number),
            "attempts": 0,
            "calls_off": "remind",
            "created_at": now,
        }


def _timers(clients: list[str], count: int, now: datetime, due: timedelta) -> Iterator[dict[str, Any]]:
    for number in range(count):
        client = clients[number % len(clients)]
        yield {
            "key": f"remind:{client}:event-{number}:step",
            "workspace": "main",
            "client": client,
            "subject": client,
            "rule": "remind",
            "step": "step",
            "start": now,
            "due": now + due + timedelta(seconds=number),
            "formula": "2wd at 10:00",
            "occurrence": f"event-{number}",
            "because": "пн 30.11.2026 12:00 + 2wd at 10:00 = ср 02.12.2026 10:00",
            "data": {"event": f"event-{number}", "depth": 1},
            "state": "live",
        }


def measured(rounds: int) -> dict[str, float]:
    """Opens the database of the environment as a daemon does and works through rounds; the figures.

    Call it in a process of its own: what is imported, and what memory it takes, are among them.
    """
    began = time.perf_counter()
    from bridge.daemon import Daemon
    from bridge.engine.clock import SystemClock
    from bridge.wiring.agency import load_agency
    from bridge.wiring.assemble import assemble, opened
    from bridge.wiring.settings import load_settings

    imported = time.perf_counter()
    settings = load_settings(env_file=None)
    agency, findings = load_agency(settings.config_dir)
    if agency is None:
        raise ValueError(f"the pack does not load: {findings}")
    loaded = time.perf_counter()
    opened(settings, agency, SystemClock()).close()
    started = time.perf_counter()
    engine = assemble(settings, agency, SystemClock())
    ready = time.perf_counter()
    daemon = Daemon(engine, {})
    daemon.work()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(rounds):
        daemon.work()
    spent, passed = (time.process_time() - cpu) / rounds, (time.perf_counter() - wall) / rounds
    looked = time.perf_counter()
    engine.store.counts()
    counted = time.perf_counter()
    engine.store.next_moment()
    return {
        "start, seconds": started - loaded,
        "a round with nothing due, ms": passed * 1000,
        "idle CPU, % of a core": spent * 100,
        "memory, MB": _peak_memory(),
        "imports, seconds": imported - began,
        "rules and templates, seconds": loaded - imported,
        "connectors with their imports, seconds": ready - started,
        "deliveries counted by state, ms": (counted - looked) * 1000,
        "the next moment, ms": (time.perf_counter() - counted) * 1000,
    }


def _peak_memory() -> float:
    """The most memory this process ever had, in MB. `getrusage` would tell that of the process it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def in_a_process(folder: Path, rounds: int) -> dict[str, float]:
    """The figures of a process that begins with nothing, on the database `bridge.db` in `folder`."""
    key = Sandbox(world="demo", limits="off", start=datetime.now(UTC), clock_mode="real").google.account
    environment = bridge_environment(NOWHERE, folder, ROOT / "config", key.credentials(NOWHERE))
    script = "import json, sys; from benchmarks.idle import measured; print(json.dumps(measured(int(sys.argv[1]))))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(rounds)], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description="The cost of a large, quiet database.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-") as folder:
        url = f"sqlite:///{folder}/bridge.db"
        fill(url, given.count, datetime.now(UTC))
        size = Path(folder, "bridge.db").stat().st_size / 1024**2
        print(f"{given.count} deliveries and {given.count} timers, {size:.0f} MB on disk")
        figures = in_a_process(Path(folder), given.rounds)
        # That process has ended without a word, as a killed one does: this one reads the file through first.
        figures["start after a kill, seconds"] = in_a_process(Path(folder), 1)["start, seconds"]
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    for name, value in figures.items():
        bar = f"   at most {BARS[name]:g}" if name in BARS else ""
        print(f"{name:40}{value:>10.2f}{bar}{'   MISSED' if name in missed else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
