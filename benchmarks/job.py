"""The job that automation tools are measured on: a card moved to production is checked, answered and told of.

`python -m benchmarks.job [--events 1000] [--rate 5] [--burst 100] [--limits] [--kills 0]` starts `bridge run` before a
sandbox in a process of its own, moves cards there as people do, and measures up to the last effect that the sandbox
saw. An incomplete card (of six fields one is empty) is put back, commented and told to staff; a complete one is
commented, and its client is written to. Prints the figures beside the bars; exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from benchmarks.fast_agency import PACES, ROOT, DaemonProcess
from sandbox import Sandbox, telegram, trello_world
from sandbox.journal import Exchange
from sandbox.server import serve_in_thread
from sandbox.telegram import User
from sandbox.trello import Actor
from sandbox.world import TEAM_CHAT

FROM, TO = "Ініціалізація", "Виробництво"
FIELDS = ("Сайт", "Послуга", "Бюджет", "Контакт", "Обсяг", "Термін")
FIRST_CLIENT = 540_000_000
HANDS = 8
"""How many webhooks are under way at once."""
PATIENCE = 600.0
_TICKS = os.sysconf("SC_CLK_TCK")


# -- the world: the sandbox in a process of its own -----------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What the sandbox saw of some cards. Seconds are those between the move and the card's last effect."""

    seconds: tuple[float, ...] = ()
    took: float = 0.0
    """Seconds from the first move to the last effect of all."""
    trello_took: float = 0.0
    """The same to the last effect on Trello."""
    calls: Mapping[str, int] = field(default_factory=dict)
    """Calls from outside by what they asked for."""
    refused: int = 0
    """Calls that were answered with 429."""
    doubtful: int = 0
    """Cards whose client may not have been told, as the bridge has said."""
    wrong: tuple[str, ...] = ()
    """What is not as it should be: lost, half done or done twice."""


class World:
    """The agency's cards, the people who move them, and what came of it. Lives in its own process."""

    def __init__(self, cards: int, *, limits: bool) -> None:
        self.sandbox = Sandbox(
            world="demo", limits="vendor" if limits else "off", start=datetime.now(UTC), clock_mode="real"
        )
        trello = self.sandbox.trello
        self._olena = Actor(trello.store.member("olena"))
        self._board = next(iter(trello.store.boards.values()))
        for name in FIELDS[2:]:
            trello.boards.create_field(self._board, {"name": name, "type": "text"}, self._olena)
        self._lists = {one.name: one.id for one in self._board.lists.values()}
        self._cards = [self._card(number) for number in range(cards)]
        self._moved_at: dict[int, datetime] = {}
        self._from = 0

    def _card(self, number: int) -> str:
        trello = self.sandbox.trello
        card = trello.cards.create({"name": _name(number), "idList": self._lists[FROM]}, self._olena)
        fields = {one.name: one.id for one in self._board.custom_fields.values()}
        for name in FIELDS[: len(FIELDS) if _complete(number) else -1]:
            trello.cards.set_field(card, fields[name], {"value": {"text": f"{name} {number}"}}, self._olena)
        if _complete(number):
            self.sandbox.telegram.chats.add_user(User(FIRST_CLIENT + number, f"Клієнт {number}", language_code="uk"))
        return card.id

    def subscribe(self, callback: str) -> None:
        """Registers the bridge's webhook, as an admin does."""
        trello = self.sandbox.trello
        trello.webhooks.deliver_at_once(HANDS)
        trello.webhooks.create(
            {"callbackURL": callback, "idModel": self._board.id}, trello.store.tokens[trello_world.TOKEN]
        )

    def open_links(self, codes: Mapping[str, str]) -> None:
        """The clients of complete cards open their one-time links."""
        for number, card in enumerate(self._cards):
            if _complete(number):
                self.sandbox.people.client_types(FIRST_CLIENT + number, f"/start {codes[card]}")

    def move(self, numbers: Sequence[int], rate: float) -> None:
        """Drags cards to production: so many a second, or all at once for a rate of 0."""
        trello = self.sandbox.trello
        self._moved_at, self._from = {}, self.sandbox.journal.last()
        began = time.monotonic()
        for done, number in enumerate(numbers):
            if rate:
                time.sleep(max(0.0, began + done / rate - time.monotonic()))
            with self.sandbox.lock:
                self._moved_at[number] = self.sandbox.clock.now()
                card = trello.store.cards[self._cards[number]]
                trello.cards.update(card, {"idList": self._lists[TO], "pos": "bottom"}, self._olena)

    def webhooks_failed(self) -> int:
        """How many webhooks in a row were not answered with 2xx."""
        return max((one.failures for one in self.sandbox.trello.store.webhooks.values()), default=0)

    def unfinished(self, doubtful: frozenset[int] = frozenset()) -> int:
        """How many moved cards still lack an effect. `doubtful` cards need not have their client told."""
        with self.sandbox.lock:
            effects = self._effects()
        return sum(
            not _wanted(number) - ({"client told"} if number in doubtful else set()) <= effects[number].keys()
            for number in self._moved_at
        )

    def seen(self, killed: bool, doubtful: frozenset[int] = frozenset()) -> Seen:
        """What the moved cards have come to.

        After a kill staff may read a message twice: that much is promised. Whether the clients of `doubtful` cards read
        theirs is left to a person.
        """
        with self.sandbox.lock:
            effects = self._effects()
            exchanges = self.sandbox.journal.since(self._from)
            seconds = {
                number: (max(moment for times in kinds.values() for moment in times) - self._moved_at[number])
                for number, kinds in effects.items()
                if kinds
            }
            began = min(self._moved_at.values())
            on_trello = [
                moment
                for kinds in effects.values()
                for kind, times in kinds.items()
                for moment in times
                if kind in ("comment", "moved back")
            ]
            return Seen(
                seconds=tuple(sorted(span.total_seconds() for span in seconds.values())),
                took=max((self._moved_at[number] + span - began).total_seconds() for number, span in seconds.items()),
                trello_took=(max(on_trello) - began).total_seconds(),
                calls=Counter(f"{one.service} {one.method} {one.operation}" for one in exchanges),
                refused=sum(one.status == 429 for one in exchanges),
                doubtful=len(doubtful),
                wrong=tuple(self._wrong(effects, killed, doubtful)),
            )

    def _effects(self) -> dict[int, dict[str, list[datetime]]]:
        """When each effect on each moved card came: by card and kind."""
        found: dict[int, dict[str, list[datetime]]] = {number: {} for number in self._moved_at}
        numbers = {self._cards[number]: number for number in self._moved_at}
        names = {_name(number): number for number in self._moved_at}
        for one in self.sandbox.journal.since(self._from):
            for number, kind in _effects_of(one, numbers, names):
                found[number].setdefault(kind, []).append(one.at)
        return found

    def _wrong(
        self, effects: Mapping[int, Mapping[str, Sequence[datetime]]], killed: bool, doubtful: frozenset[int]
    ) -> Iterator[str]:
        store = self.sandbox.trello.store
        for number, kinds in effects.items():
            left_out = {"client told"} - kinds.keys() if number in doubtful else set()
            wanted = dict.fromkeys(_wanted(number) - left_out, 1)
            found = {kind: 1 if killed and kind == "staff told" else len(times) for kind, times in kinds.items()}
            place = store.lists[store.cards[self._cards[number]].list_id].name
            if found != wanted or place != (TO if _complete(number) else FROM):
                yield f"{_name(number)}: {found} and stands in {place}"


def _effects_of(one: Exchange, cards: Mapping[str, int], names: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """Which effects one exchange brought about, by card."""
    if not one.write:
        return
    if one.service == "trello":
        parts = one.path.split("/")
        number = cards.get(parts[parts.index("cards") + 1]) if "cards" in parts else None
        if number is not None:
            yield number, "comment" if "comments" in parts else "moved back"
    elif one.service == "telegram" and isinstance(one.body, dict):
        chat, text = int(one.body.get("chat_id", 0)), str(one.body.get("text", ""))
        if chat == TEAM_CHAT:
            # One message may tell of several cards.
            yield from ((names[name], "staff told") for name in _names_in(text) if name in names)
        elif chat >= FIRST_CLIENT and chat - FIRST_CLIENT in names.values():
            yield chat - FIRST_CLIENT, "client told"


def _name(number: int) -> str:
    return f"Угода-{number:05}"


def _names_in(text: str) -> Iterator[str]:
    return (word.rstrip(":,.") for word in text.split() if word.startswith("Угода-"))


def _complete(number: int) -> bool:
    return number % 2 == 0


def _wanted(number: int) -> set[str]:
    return {"comment", "client told"} if _complete(number) else {"moved back", "comment", "staff told"}


def _serve(cards: int, limits: bool, pipe: Connection) -> None:
    """Serves a world, and does what the pipe asks of it until it is told to end."""
    world = World(cards, limits=limits)
    with serve_in_thread(world.sandbox) as running:
        pipe.send(running.base_url)
        while (asked := pipe.recv()) is not None:
            name, arguments = asked
            pipe.send(getattr(world, name)(*arguments))


class WorldProcess:
    """A world from outside: its methods by name."""

    def __init__(self, cards: int, *, limits: bool) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(cards, limits, there), daemon=True)
        self._process.start()
        self.base_url: str = self._pipe.recv()

    def ask(self, name: str, *arguments: Any) -> Any:
        """Has the world do something, and gives what came of it."""
        self.begin(name, *arguments)
        return self._pipe.recv()

    def begin(self, name: str, *arguments: Any) -> None:
        """Has the world do something; `end` waits for it."""
        self._pipe.send((name, arguments))

    def end(self) -> Any:
        """What came of what was begun."""
        return self._pipe.recv()

    def close(self) -> None:
        """Ends it."""
        self._pipe.send(None)
        self._process.join(10)


# -- the bridge ------------------------------------------------------------------------------------------------------


class Bridge:
    """`bridge run` as a process, and what it costs."""

    def __init__(self, base_url: str, folder: Path, *, limits: bool) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        self.database = folder / "bridge.db"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")} | {
            "PYTHONPATH": str(ROOT),
            "BRIDGE_CONFIG_DIR": str(_config(folder, limits=limits)),
            "BRIDGE_DATABASE_URL": f"sqlite:///{self.database}",
            "BRIDGE_PUBLIC_URL": self.url,
            "BRIDGE_TRELLO__KEY": trello_world.KEY,
            "BRIDGE_TRELLO__TOKEN": trello_world.TOKEN,
            "BRIDGE_TRELLO__SECRET": trello_world.SECRET,
            "BRIDGE_TRELLO__BASE_URL": f"{base_url}/trello",
            "BRIDGE_TELEGRAM__TOKEN": telegram.TOKEN,
            "BRIDGE_TELEGRAM__BASE_URL": f"{base_url}/telegram",
            "BRIDGE_WEB__PORT": str(port),
        }
        self._process = DaemonProcess(environment, folder)

    def start(self) -> float:
        """Starts it; gives the seconds until it said that it is ready."""
        began = time.monotonic()
        self._process.start()
        wait_until(self._ready, "the bridge is ready")
        return time.monotonic() - began

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()

    def stop(self) -> None:
        """Asks it to end."""
        self._process.stop()

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self, what: str = "VmRSS") -> float:
        """Its memory now in megabytes, or its peak (VmHWM)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What its database holds."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as connection:
            return connection.execute(query).fetchall()

    def doubtful(self) -> frozenset[int]:
        """The cards with a message to a client that may not have arrived, by number. Staff are told of each."""
        query = (
            "SELECT r.fields FROM deliveries d JOIN subjects s ON s.client = d.client "
            "JOIN links l ON l.local_id = s.id AND l.kind = 'card' "
            "JOIN records r ON r.kind = 'card' AND r.remote_id = l.remote_id WHERE d.state = 'unknown'"
        )
        return frozenset(int(json.loads(fields)["name"].rpartition("-")[2]) for (fields,) in self.rows(query))

    def still(self) -> bool:
        """Whether nothing waits to be planned or delivered."""
        (dirty,) = self.rows("SELECT count(*) FROM clients WHERE dirty")[0]
        (open_,) = self.rows("SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'claimed')")[0]
        return not dirty and not open_

    def _ready(self) -> bool:
        if not self._process.alive:
            raise RuntimeError("the bridge ended; see daemon.log")
        try:
            return requests.get(f"{self.url}/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False


def _config(folder: Path, *, limits: bool) -> Path:
    made = folder / "config"
    shutil.copytree(ROOT / "benchmarks" / "job_agency", made)
    shutil.copytree(ROOT / "config" / "templates", made / "templates")
    for part in ("system.yaml", "buttons.yaml"):
        shutil.copy(ROOT / "config" / "messages" / part, made / "messages" / part)
    if not limits:
        kept = [line for line in PACES.splitlines() if "planfix" not in line and "google" not in line]
        with (made / "bridge.yaml").open("a", encoding="utf-8") as choices:
            choices.write("\n".join(kept) + "\n")
    return made


def wait_until(so: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Looks until it is so. Raises TimeoutError that says what never came."""
    until = time.monotonic() + seconds
    while not so():
        if time.monotonic() > until:
            raise TimeoutError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.02)


@contextmanager
def at_work(cards: int, *, limits: bool) -> Iterator[tuple[WorldProcess, Bridge, dict[str, float]]]:
    """A world, a bridge that has read it and tied every client to his chat, and the figures of its starts."""
    world = WorldProcess(cards, limits=limits)
    with tempfile.TemporaryDirectory(prefix="job-") as name:
        bridge = Bridge(world.base_url, Path(name), limits=limits)
        try:
            figures = {"first start, s": bridge.start()}
            wait_until(bridge.still, "everything is planned")
            codes = dict(
                bridge.rows(
                    "SELECT l.remote_id, t.token FROM links l JOIN subjects s ON s.id = l.local_id "
                    "JOIN tokens t ON t.subject = s.client AND t.purpose = 'start' WHERE l.kind = 'card'"
                )
            )
            world.ask("open_links", codes)
            bound = "SELECT count(*) FROM links WHERE kind = 'chat'"
            wait_until(lambda: bridge.rows(bound)[0][0] >= (cards + 1) // 2, "every chat is bound")
            wait_until(bridge.still, "everything is planned")
            bridge.stop()
            figures["start to ready, s"] = bridge.start()
            world.ask("subscribe", f"{bridge.url}/hooks/trello")
            time.sleep(2)
            figures["RSS idle, MB"] = bridge.memory()
            yield world, bridge, figures
        finally:
            bridge.stop()
            if "JOB_KEEP" in os.environ:
                shutil.copytree(name, os.environ["JOB_KEEP"], dirs_exist_ok=True)
            world.close()


# -- measuring ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """Some cards moved, at a rate or all at once, and what came of it."""

    rate: float
    """Cards a second; 0 for all at once."""
    events: int
    seen: Seen
    cpu_ms: float
    peak_mb: float

    @property
    def steady(self) -> bool:
        return self.rate > 0

    @property
    def per_second(self) -> float:
        return self.events / self.seen.took if self.seen.took else 0.0

    @property
    def calls(self) -> float:
        return sum(self.seen.calls.values()) / self.events

    def percentile(self, part: float) -> float:
        """Milliseconds within which so large a part of the cards had their last effect."""
        times = self.seen.seconds
        return times[min(len(times) - 1, int(len(times) * part))] * 1000 if times else 0.0


def moved(world: WorldProcess, bridge: Bridge, numbers: Sequence[int], rate: float, kills: int = 0) -> Run:
    """Moves cards and waits for the last effect; kills the bridge meanwhile if asked to."""
    before = bridge.cpu
    world.begin("move", numbers, rate)
    peak = 0.0
    for number in range(kills):
        time.sleep(0.7 + 0.4 * number)
        bridge.kill()
        before = 0.0
        bridge.start()
    world.end()
    wait_until(lambda: world.ask("unfinished", bridge.doubtful()) == 0, "every effect is there")
    wait_until(bridge.still, "nothing is under way")
    peak = max(peak, bridge.memory("VmHWM"))
    seen: Seen = world.ask("seen", kills > 0, bridge.doubtful())
    return Run(rate, len(numbers), seen, (bridge.cpu - before) * 1000 / len(numbers), peak)


def report(run: Run) -> str:
    """The figures of one run, for people."""
    calls = "  ".join(f"{what} {count}" for what, count in sorted(run.seen.calls.items()))
    pace = f"{run.rate:g} a second" if run.steady else "all at once"
    lines = [
        f"{run.events} cards, {pace}: {run.seen.took:.1f} s, {run.per_second:.1f} events/s",
        f"  CPU of the bridge {run.cpu_ms:.1f} ms an event, {run.calls:.2f} calls an event, {run.seen.refused} refused",
        f"  webhook to last effect: p50 {run.percentile(0.5):.0f} ms, p99 {run.percentile(0.99):.0f} ms",
        f"  peak RSS {run.peak_mb:.0f} MB; right {run.events - len(run.seen.wrong)} of {run.events}"
        f"{f', {run.seen.doubtful} in doubt and told to staff' if run.seen.doubtful else ''}",
        f"  {calls}",
        *(f"  WRONG {line}" for line in run.seen.wrong[:10]),
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Bar:
    """One figure and what it may be at most (or must be at least)."""

    what: str
    measured: float
    allowed: float
    at_least: bool = False

    @property
    def good(self) -> bool:
        return self.measured >= self.allowed if self.at_least else self.measured <= self.allowed

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{'' if self.good else 'MISSED  '}{self.what}: {self.measured:.1f} ({sign} {self.allowed:g})"


def bars_of(run: Run, *, limits: bool) -> Iterator[Bar]:
    """What one run has to keep to."""
    yield Bar("cards that are not as they should be", len(run.seen.wrong), 0)
    yield Bar("peak RSS, MB", run.peak_mb, 220)
    if limits:
        yield Bar("seconds to the last effect on Trello", run.seen.trello_took, 60)
        yield Bar("calls that were refused", run.seen.refused, 0)
    elif run.steady:
        yield Bar("p50, ms", run.percentile(0.5), 60)
        yield Bar("p99, ms", run.percentile(0.99), 200)
    else:
        yield Bar("events a second to the last effect", run.per_second, 50, at_least=True)
        yield Bar("CPU of the bridge, ms an event", run.cpu_ms, 15)
        yield Bar("calls an event", run.calls, 3.5)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The job other tools were measured on.")
    parser.add_argument("--events", type=int, default=1000, help="cards of the run without limits")
    parser.add_argument("--rate", type=float, default=5.0, help="cards a second of the steady run")
    parser.add_argument("--steady", type=int, default=300, help="cards of the steady run, 0 for none")
    parser.add_argument("--burst", type=int, default=100, help="cards moved at once under the vendors' limits")
    parser.add_argument("--limits", action="store_true", help="only the run under the vendors' limits")
    parser.add_argument("--kills", type=int, default=0, help="kill -9 so often in the middle of the run")
    given = parser.parse_args()
    cards = given.burst if given.limits else given.steady + given.events
    runs: list[Run] = []
    with at_work(cards, limits=given.limits) as (world, bridge, figures):
        if given.steady and not given.limits:
            runs.append(moved(world, bridge, range(given.steady), given.rate))
        runs.append(moved(world, bridge, range(0 if given.limits else given.steady, cards), 0, given.kills))
    bars = [
        Bar("start to ready, s", figures["start to ready, s"], 4),
        Bar("RSS idle, MB", figures["RSS idle, MB"], 150),
        *(bar for run in runs for bar in bars_of(run, limits=given.limits)),
    ]
    print("\n".join([*map(report, runs), *map(str, bars)]))
    return 0 if all(bar.good for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
