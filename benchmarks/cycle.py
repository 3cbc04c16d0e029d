"""What an idle tick and the planning of one client cost in CPU time, by the number of clients.

`python -m benchmarks.cycle [--cards 1000] [--profile]` prints milliseconds of CPU of this process (connectors, store
and rules; the sandbox answers from a process of its own); exits 1 when planning one client grows with their number.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fast_agency import bridge_settings, fast_config
from benchmarks.requests import LanesTaken
from bridge.engine.clock import SystemClock
from bridge.engine.engine import Engine
from bridge.wiring.agency import load_agency
from bridge.wiring.assemble import assemble
from sandbox import Sandbox
from sandbox.server import serve_in_thread
from sandbox.trello.model import Actor

ROUNDS = 5
GROWTH = 3.0
"""How much dearer one client's planning may be with all cards than with a tenth of them."""


def _serve(cards: int, pipe: Connection) -> None:
    """The sandbox in a process of its own, with a board of so many cards, until told to end."""
    sandbox = Sandbox(world="demo", limits="off", start=datetime.now(UTC), clock_mode="real")
    trello = sandbox.trello
    board = next(iter(trello.store.boards.values()))
    leads = next(iter(board.lists.values()))
    olena = Actor(trello.store.member("olena"))
    for number in range(cards):
        trello.cards.create({"name": f"Клієнт {number}", "idList": leads.id}, olena)
    with serve_in_thread(sandbox) as running:
        pipe.send((running.base_url, sandbox.google.account.credentials(running.base_url)))
        pipe.recv()


@contextmanager
def engine_with(cards: int) -> Iterator[Engine]:
    """The pack's engine before a board of so many cards, each a client, all read and planned."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(cards, there), daemon=True)
    server.start()
    base_url, key = here.recv()
    with tempfile.TemporaryDirectory(prefix="cycle-") as name:
        folder = Path(name)
        settings = bridge_settings(base_url, folder, fast_config(folder), key)
        agency, findings = load_agency(settings.config_dir)
        if agency is None:
            raise ValueError(f"the pack does not load: {findings}")
        engine = assemble(settings, agency, SystemClock(), LanesTaken())
        try:
            yield engine
        finally:
            for connector in engine.connectors.values():
                connector.close()
            engine.store.close()
            here.send("end")
            server.join()


def cpu(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of CPU of this process for one round of the work: the least of some."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent) * 1000


@contextmanager
def profiled(wanted: bool) -> Iterator[None]:
    """Prints where the time went, if wanted."""
    profile = cProfile.Profile()
    if wanted:
        profile.enable()
    yield
    if wanted:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(35)


def figures(cards: int, *, profile: bool = False) -> dict[str, float]:
    """CPU milliseconds: the first tick, a tick with nothing to do, a round of the daemon, planning one client."""
    with engine_with(cards) as engine:
        with profiled(profile):
            first = cpu(engine.tick, 1)
        client = engine.store.subjects()[0].client
        with profiled(profile):
            idle = cpu(engine.tick)
        return {
            "the first tick: all cards taken in and planned": first,
            "an idle tick: four systems read, nothing new": idle,
            "a look for work, once a second": cpu(lambda: (engine.plan_due(), engine.outbox.claim(engine.context))),
            "planning one client": cpu(lambda: engine.plan_client(client)),
        }


def main() -> int:
    """Measure with a tenth of the cards and with all, and print."""
    parser = argparse.ArgumentParser(description="CPU time of a cycle.")
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    few, many = figures(given.cards // 10), figures(given.cards, profile=given.profile)
    print(f"{'CPU milliseconds':50}{given.cards // 10:>8} cards{given.cards:>8} cards")
    for what, spent in many.items():
        print(f"{what:50}{few[what]:>14.1f}{spent:>14.1f}")
    planning = "planning one client"
    return 1 if many[planning] > few[planning] * GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
