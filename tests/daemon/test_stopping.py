"""The daemon as a process: told to stop it ends well and soon, and no second one works on its database."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from zoneinfo import ZoneInfo

import pytest
import requests

from benchmarks.fast_agency import bridge_environment, fast_config
from sandbox import Sandbox
from sandbox.faults import Fault
from sandbox.journal import Exchange
from sandbox.server import Running, serve_in_thread

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SOON = 12.0
"""Seconds in which a daemon that was told to stop has ended: ten to let things end, two to go.

A machine that takes longer than those two to start one has as long to end it.
"""
TEN = 10.0
UNTIL_IT_WORKS = 300.0
"""Seconds for anything to come about on a machine that has much else to do; one that died is not waited for."""
HELD = "з цією базою вже працює інший bridge"
KYIV = ZoneInfo("Europe/Kyiv")
WRONG_SECRET, COME_AGAIN = 401, 503
MORE_THAN_ANYBODY_WAITS = 25.0


@dataclass
class Machine:
    """A folder with a bridge in it, and the processes started there. `pace` is how long the slowest took to begin."""

    folder: Path
    sandbox: Sandbox
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    pace: float = 0.0
    called: list[int] = field(default_factory=list)
    _patience: threading.Event = field(default_factory=threading.Event)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """`bridge` with these words, as a process of its own. What it says goes to a file: a pipe could fill up."""
        command = [sys.executable, "-m", "bridge", *words]
        with self._words(len(self.started)).open("wb") as said:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=said
            )
        self.started.append(process)
        return process

    def said(self, process: subprocess.Popen[bytes]) -> str:
        """What a process has complained of by the time it has ended."""
        process.wait(timeout=UNTIL_IT_WORKS)
        return self._words(self.started.index(process)).read_text()

    def _words(self, number: int) -> Path:
        return self.folder / f"said-{number}.txt"

    def daemon(self, *words: str) -> subprocess.Popen[bytes]:
        """A daemon that has begun to read."""
        before, begun = len(self.asked("planfix")), time.monotonic()
        process = self.start("run", *words)
        self.until(lambda: len(self.asked("planfix")) > before or process.poll() is not None)
        assert process.poll() is None, self.said(process)
        self.pace = max(self.pace, time.monotonic() - begun)
        return process

    @property
    def left(self) -> list[str]:
        """The files of the database."""
        return sorted(file.name for file in self.folder.glob("bridge.db*"))

    def calls(self, port: int) -> int:
        """The status that a webhook gets, noted; 0 when nobody listens."""
        try:
            status = requests.post(f"http://127.0.0.1:{port}/hooks/planfix", data="{}", timeout=5).status_code
        except requests.ConnectionError:
            status = 0
        self.called.append(status)
        return status

    def asked(self, service: str, method: str = "", path: str = "") -> list[Exchange]:
        """Requests that came."""
        return [
            one
            for one in self.sandbox.journal.since()
            if one.service == service and method in (one.method, "") and path in one.path
        ]

    def until(self, what: Callable[[], object]) -> None:
        """Waits for something to be so."""
        begun = time.monotonic()
        while not what():
            assert time.monotonic() - begun < UNTIL_IT_WORKS, "it never came to that"
            self._patience.wait(0.05)

    def ends(self, process: subprocess.Popen[bytes], *signals: signal.Signals) -> int:
        """Gives the exit code of a process that is told to end, which it does soon."""
        for number in signals:
            process.send_signal(number)
        return process.wait(timeout=max(SOON, TEN + self.pace))


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with serve_in_thread(Sandbox(world="demo", limits="off", start=datetime.now(UTC), clock_mode="real")) as running:
        yield running


@pytest.fixture
def machine(served: Running, tmp_path: Path) -> Iterator[Machine]:
    sandbox = Sandbox(world="demo", limits="off", start=datetime.now(UTC), clock_mode="real")
    served.serve(sandbox)
    key = sandbox.google.account.credentials(served.base_url)
    environment = bridge_environment(served.base_url, tmp_path, fast_config(tmp_path), key)
    machine = Machine(tmp_path, sandbox, environment)
    yield machine
    sandbox.faults.clear()
    for process in machine.started:
        process.kill()
        process.wait()


def test_told_to_stop_it_ends_well(machine: Machine) -> None:
    assert machine.ends(machine.daemon(), signal.SIGTERM) == 0


def test_what_stays_after_it_was_told_to_stop_is_one_file(machine: Machine) -> None:
    machine.ends(machine.daemon(), signal.SIGTERM)
    assert machine.left == ["bridge.db", "bridge.db.lock"]


def test_told_to_stop_while_it_loads_it_ends_well_and_leaves_one_file(machine: Machine) -> None:
    begun = time.monotonic()
    process = machine.start("run")
    machine.until(lambda: (machine.folder / "bridge.db-wal").exists())
    machine.pace = time.monotonic() - begun
    assert machine.ends(process, signal.SIGTERM) == 0
    assert machine.left == ["bridge.db", "bridge.db.lock"]


def test_until_its_rules_are_loaded_webhooks_are_asked_to_come_again(machine: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    machine.environment["BRIDGE_WEB__PORT"] = str(port)
    machine.start("run")
    machine.until(lambda: machine.calls(port))
    assert machine.called[-1] == COME_AGAIN
    machine.until(lambda: machine.calls(port) != COME_AGAIN)
    assert machine.called[-1] == WRONG_SECRET


def test_told_twice_it_ends_well(machine: Machine) -> None:
    assert machine.ends(machine.daemon(), signal.SIGTERM, signal.SIGTERM) == 0


def test_a_slow_first_reading_does_not_keep_it(machine: Machine) -> None:
    machine.sandbox.faults.add(Fault("trello", "delay", seconds=MORE_THAN_ANYBODY_WAITS, times=0))
    process = machine.daemon()
    machine.until(lambda: machine.asked("trello"))
    assert machine.ends(process, signal.SIGTERM) == 0


def test_a_delivery_whose_answer_is_slow_does_not_keep_it(machine: Machine) -> None:
    held = Fault("trello", "hold_after", method="POST", path="/1/cards$", seconds=MORE_THAN_ANYBODY_WAITS)
    machine.sandbox.faults.add(held)
    process = machine.daemon()
    machine.until(lambda: len(machine.asked("planfix", path="/task/list")) > 1)  # what was there before is history
    machine.sandbox.people.create_task("Сайт", machine.sandbox.people.create_contact("Пекарня"))
    machine.until(lambda: held.struck)
    assert machine.ends(process, signal.SIGTERM) == 0


def test_no_second_process_works_on_its_database(machine: Machine) -> None:
    first = machine.daemon()
    machine.start("backup", "kept.db").wait(timeout=UNTIL_IT_WORKS)
    for words in (("run",), ("tick",), ("restore", "kept.db")):
        second = machine.start(*words)
        said = machine.said(second)
        assert (words, second.returncode) == (words, 1)
        assert f"{HELD} (процес {first.pid} на {gethostname()}, з {datetime.now(KYIV):%d.%m.%Y}" in said


def test_a_shadow_has_a_database_and_a_lock_of_its_own(machine: Machine) -> None:
    shadow = machine.daemon("--shadow")
    assert HELD not in machine.said(machine.start("tick"))
    assert machine.ends(shadow, signal.SIGTERM) == 0


def test_a_killed_process_leaves_no_lock_behind(machine: Machine) -> None:
    killed = machine.daemon()
    killed.kill()
    killed.wait()
    process = machine.daemon()
    assert machine.ends(process, signal.SIGTERM) == 0
