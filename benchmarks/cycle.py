"""What an idle tick and each step of the way from a record to a delivery cost in CPU time, by the number of clients.

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
from bridge.model.decisions import SendMessage, plain_decision
from bridge.model.deliveries import Receipt, State
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.model.records import Page, Record
from bridge.wiring.agency import load_agency
from bridge.wiring.assemble import assemble
from sandbox import Sandbox
from sandbox.server import serve_in_thread
from sandbox.trello.model import Actor

ROUNDS, STEPS = 5, 50
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


class _Steps:
    """The steps of one changed card, one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._number = 0
        with engine.store.intake(engine.clock.now()) as intake:
            self._kept = intake.find_records("trello", "card")[0]
            self._client = intake.client_of(intake.local(self._kept.ref))

    def take_in(self) -> None:
        """A page in which the card is called otherwise."""
        self._number += 1
        fields = {**self._kept.fields, "name": f"Клієнт {self._number}"}
        record = Record(self._kept.ref, fields, self._engine.clock.now(), url=self._kept.url)
        self._engine.take_in("trello", Page(None, (record,)))

    def plan(self) -> float:
        """Milliseconds to plan the client of the card, whose change was just taken in."""
        self.take_in()
        return cpu(lambda: self._engine.plan_client(self._client), 1)

    def deliver(self) -> float:
        """Milliseconds that one message to staff costs beside the call itself."""
        self._number += 1
        now, store = self._engine.clock.now(), self._engine.store
        lease = self._engine.context.lease
        wanted = Wanted(f"benchmark:{self._number}", SendMessage("staff-chat", "Готово"), "", Cause("benchmark"))
        store.want(wanted, client="", connector="telegram", lane="benchmark", now=now)
        began = time.process_time()
        row = store.claim(now, lease, 1, "telegram")[0]
        store.intend(row, now=now, lease=lease, decision=plain_decision(row.decision), expect={})
        store.settle(row, State.CONFIRMED, now=now, receipt=Receipt(now))
        return (time.process_time() - began) * 1000


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
        steps = _Steps(engine)
        with profiled(profile):
            idle = cpu(engine.tick)
        return {
            "the first tick: all cards taken in and planned": first,
            "an idle tick: four systems read, nothing new": idle,
            "a look for work": cpu(lambda: (engine.plan_due(), engine.outbox.claim(engine.context)), STEPS),
            "planning one client": cpu(lambda: engine.plan_client(client), STEPS),
            "taking in one changed card": cpu(steps.take_in, STEPS),
            "planning its client": min(steps.plan() for _ in range(STEPS)),
            "one delivery: claimed, intended, settled": min(steps.deliver() for _ in range(STEPS)),
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
