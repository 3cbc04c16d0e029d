"""`kill -9` of the daemon while the story plays, and a count at the sandbox of what was lost or happened twice.

`python -m benchmarks.kill9 [--kills 30] [--seed 1]` prints what was killed and counted; exits 1 when anything is wrong.
Two kills of three come when the sandbox has carried out a write and holds its answer back: between the vendor's receipt
and our commit, where only looking before repeating helps.
"""

from __future__ import annotations

import argparse
import html
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.fast_agency import (
    ClientsWay,
    DaemonProcess,
    ProjectManager,
    bridge_environment,
    doubtful_words,
    fast_config,
    one_line,
)
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import OPEN, State
from bridge.store import Store
from bridge.store.rows import Row
from connectors.trello.texts import without_mark
from sandbox import Sandbox
from sandbox.faults import Fault
from sandbox.journal import Exchange
from sandbox.server import serve_in_thread
from sandbox.trello.model import Action
from sandbox.world import STAFF, TEAM_CHAT

ANY_MOMENT = "any moment"
WRITES: dict[str, tuple[str, str, str, str | None]] = {
    "Trello card": ("trello", "POST", r"/1/cards$", None),
    "Trello move": ("trello", "PUT", r"/1/cards/\w+$", None),
    "Trello comment": ("trello", "POST", r"/actions/comments$", None),
    "Trello attachment": ("trello", "POST", r"/attachments$", None),
    "Trello field": ("trello", "PUT", r"/customField/", None),
    "Planfix task": ("planfix", "POST", r"/task/$", None),
    "Planfix contact": ("planfix", "POST", r"/contact/\d+$", None),
    "message to a client": ("telegram", "POST", r"/sendMessage$", '"chat_id": "53'),
    "message to staff": ("telegram", "POST", r"/sendMessage$", '"chat_id": "52'),
}
"""The writes whose answer may be held back: service, method, path, and what stands in the body."""

AT_ONCE = 6
_HOLDING = 300.0
_UNTIL_HELD = 120.0
"""Seconds for the write of one kind to come up, and once more for one of any kind; a busy machine is slow."""
_UNTIL_QUIET = 600.0
_QUIET = 3.0
_MESSAGES = 4
"""To one client: the welcome, the brief, the thanks, the start of work."""


@dataclass(frozen=True)
class Kill:
    """One `kill -9`: the kind of write that was held back, or `ANY_MOMENT`, and what the journal says was written."""

    moment: str
    written: str = ""


@dataclass
class Line:
    """One line of the count."""

    what: str
    wanted: int = 0
    found: int = 0
    twice: int = 0
    lost: int = 0
    allowed_twice: bool = False

    @property
    def good(self) -> bool:
        return self.lost == 0 and (self.twice == 0 or self.allowed_twice)


@dataclass
class Result:
    """What came of a run. `wrong` are sentences about what must not be."""

    kills: list[Kill] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    clients: int = 0
    recoveries: list[float] = field(default_factory=list)
    """Seconds from a start to the first attempt at something that the killed process left open."""
    sent_again: int = 0
    doubts_told: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> int:
        """How many kills came between the receipt of a write and our commit."""
        return sum(1 for kill in self.kills if kill.moment != ANY_MOMENT)


def run(
    moments: Sequence[str], *, clients: int, seed: int = 1, tell: Callable[[str], None] = lambda _line: None
) -> Result:
    """Play the story of so many clients and kill the daemon at each of the moments. Real time, some 5 s a kill.

    `tell` hears of each kill as it happens.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill9-") as name:
        folder = Path(name)
        sandbox = Sandbox(world="demo", limits="off", start=datetime.now(UTC), clock_mode="real")
        with serve_in_thread(sandbox) as running:
            key = sandbox.google.account.credentials(running.base_url)
            environment = bridge_environment(running.base_url, folder, fast_config(folder), key)
            daemon = DaemonProcess(environment, folder)
            trial = _Trial(sandbox, daemon, random.Random(seed), clients)
            result = Result()
            store = Store(f"sqlite:///{folder}/bridge.db", "agency")
            try:
                daemon.start()
                with trial.people_at_work():
                    for place, moment in enumerate(moments):
                        result.kills.append(trial.kill_at(moment))
                        left = _tried(store)
                        started = time.monotonic()
                        daemon.start()
                        result.recoveries += trial.taken_up(store, left, started)
                        took = f"{result.recoveries[-1]:.1f} s" if left and result.recoveries else ""
                        tell(f"{place + 1:3} {result.kills[-1].moment} {took}")
                    trial.at_once = clients
                    trial.wait_until_quiet(store)
                rows = store.deliveries(limit=100_000)
            finally:
                daemon.stop()
                store.close()
                if trial.trouble:
                    sys.stderr.write((folder / "daemon.log").read_text()[-4000:])
        _count(result, trial, rows)
    result.seconds = time.monotonic() - began
    return result


class _Trial:
    """One run: people act in a thread of their own while the daemon dies and comes back."""

    def __init__(self, sandbox: Sandbox, daemon: DaemonProcess, chance: random.Random, clients: int) -> None:
        self.sandbox = sandbox
        self.daemon = daemon
        self.ways = [ClientsWay(sandbox, number) for number in range(clients)]
        self.manager = ProjectManager(sandbox)
        self.at_once = AT_ONCE
        """How many clients are on their way at a time, as long as there are any left."""
        self.trouble: list[str] = []
        self._chance = chance

    @contextmanager
    def people_at_work(self) -> Iterator[None]:
        """Clients and staff act as long as the block runs."""
        ended = threading.Event()

        def act() -> None:
            while not ended.wait(0.05):
                try:
                    for way in islice((way for way in self.ways if not way.done), self.at_once):
                        way.step()
                    self.manager.step(self.ways)
                except Exception as error:
                    self.trouble.append(f"the people stumbled: {type(error).__name__}: {error}")
                    return

        thread = threading.Thread(target=act, name="people")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    # -- kills --------------------------------------------------------------------------------------------------

    def kill_at(self, moment: str) -> Kill:
        """Kill the daemon when that kind of write is held back, or at any moment of its work."""
        if moment == ANY_MOMENT:
            return self._kill_any()
        since = self.sandbox.journal.last()
        self._hold(moment)
        entry = self._wait_for_held(since, _UNTIL_HELD)
        if entry is None:
            for other in WRITES:
                self._hold(other)
            entry = self._wait_for_held(since, _UNTIL_HELD)
        self.daemon.kill()
        self.sandbox.faults.clear()
        if entry is None:
            return Kill(ANY_MOMENT)
        return Kill(next(kind for kind in WRITES if _fault(kind).fits(entry)), entry.write or "")

    def _hold(self, kind: str) -> None:
        self.sandbox.faults.add(_fault(kind))

    def _wait_for_held(self, since: int, seconds: float) -> Exchange | None:
        """The write whose answer is being held back, once it was carried out."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for entry in self.sandbox.journal.since(since):
                if entry.fault == "hold_after" and entry.status is not None:
                    return entry
            time.sleep(0.005)
        return None

    def _kill_any(self) -> Kill:
        """Somewhere in the first two seconds of its work; before its first request if that is slow to come."""
        asked = self.sandbox.journal.last()
        until = time.monotonic() + 10
        while self.sandbox.journal.last() == asked and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(self._chance.uniform(0.0, 2.0))
        self.daemon.kill()
        return Kill(ANY_MOMENT)

    def taken_up(self, store: Store, left: Mapping[str, int], began: float) -> list[float]:
        """Seconds until the new process tried the first of what was left open; empty when nothing was."""
        while left and time.monotonic() - began < 15.0:
            now = _tried(store, settled=True)
            if any(now.get(delivery, 0) > attempts for delivery, attempts in left.items()):
                return [time.monotonic() - began]
            time.sleep(0.02)
        return []

    # -- the end ------------------------------------------------------------------------------------------------

    def wait_until_quiet(self, store: Store) -> None:
        """Until every client has come through, nothing is open in the outbox, and nothing was written for a while."""
        until = time.monotonic() + _UNTIL_QUIET
        quiet_since, writes = time.monotonic(), -1
        while time.monotonic() < until:
            time.sleep(0.2)
            if not self.daemon.alive:
                self.trouble.append("the daemon ended by itself")
                return
            if self.trouble:
                return
            counts = store.counts()
            now = len(self.sandbox.journal.writes())
            busy = not all(way.done for way in self.ways) or any(counts.get(state.value) for state in OPEN)
            if busy or now != writes:
                quiet_since, writes = time.monotonic(), now
            elif time.monotonic() - quiet_since > _QUIET:
                return
        stuck = ", ".join(f"{way.name} at {way.stage}" for way in self.ways if not way.done)
        self.trouble.append(f"not quiet after {_UNTIL_QUIET:.0f} s: {stuck or dict(store.counts())}")


def _tried(store: Store, *, settled: bool = False) -> dict[str, int]:
    """The attempts so far at each delivery that is under way; with `settled` of those that have ended, too."""
    states = () if settled else (State.CLAIMED,)
    return {row.id: row.attempts for row in store.deliveries(states=states, limit=100) if row.doubt or settled}


def _fault(kind: str) -> Fault:
    service, method, path, contains = WRITES[kind]
    return Fault(service, "hold_after", method=method, path=path, contains=contains, seconds=_HOLDING)


# -- counting -------------------------------------------------------------------------------------------------------


def _count(result: Result, trial: _Trial, rows: Sequence[Row]) -> None:
    """Counts at the sandbox, and compares with what the outbox says. In this story nothing has a reason to be dead."""
    ways = trial.ways
    result.clients = len(ways)
    result.sent_again = trial.manager.sent_again
    result.doubts_told = len(trial.manager.notices)
    result.states.update(row.state.value for row in rows)
    result.lines = [
        _line("Trello cards (per deal)", [["card"] * len(way.cards) for way in ways], [{"card"}] * len(ways)),
        _line(
            "Trello moves by the bridge",
            [_moves(trial.sandbox, way) for way in ways],
            [{"Ініціалізація", "Виробництво"}] * len(ways),
        ),
        _line(
            "Trello comments (by text)",
            [_comments(way) for way in ways],
            [set(_comments(way)) or {"why the card came back"} for way in ways],
        ),
        _line(
            "Trello attachments (by name)",
            [[one.name for card in way.cards for one in card.attachments.values()] for way in ways],
            [{f"Бриф {way.name} v1.docx", f"Бриф {way.name} v1.pdf"} for way in ways],
        ),
        _line(
            "Trello fields",
            [_fields(way) for way in ways],
            [{f"kava{way.number:03}.example", "SEO"} for way in ways],
        ),
        _line(
            "Planfix tasks (by title)",
            [way.task_titles for way in ways],
            [
                {f"Комунікація: {way.name}, Сайт {way.number:03}", f"Почати роботу: Сайт {way.number:03}"}
                for way in ways
            ],
        ),
        _line(
            "Planfix contact fields",
            [_answers(trial.sandbox, way) for way in ways],
            [{f"kava{way.number:03}.example", "SEO", "Усі, хто п’є каву", "Тепло й коротко"} for way in ways],
        ),
        _clients_line(ways, rows),
        _staff_line(trial.sandbox, rows),
    ]
    result.wrong += trial.trouble
    result.wrong += [f"{line.what}: {line.twice} twice, {line.lost} lost" for line in result.lines if not line.good]
    result.wrong += [
        f"{row.decision.kind} {row.id} is still {row.state.value}: {row.reason}" for row in rows if row.state in OPEN
    ]
    result.wrong += [f"{row.decision.kind} {row.id} died: {row.reason}" for row in rows if row.state is State.DEAD]
    result.wrong += list(_untold(trial.manager, ways, rows))
    if not any(row.state is State.CONFIRMED for row in rows):
        result.wrong.append("nothing was confirmed at all")


def _line(what: str, found: Sequence[Sequence[str]], wanted: Sequence[set[str]]) -> Line:
    """Compares, client by client, the things that are there with those that must be."""
    line = Line(what, wanted=sum(len(each) for each in wanted))
    for things, names in zip(found, wanted, strict=True):
        counted = Counter(things)
        line.found += sum(counted.values())
        line.twice += sum(count - 1 for count in counted.values())
        line.lost += len(names - counted.keys())
    return line


def _moves(sandbox: Sandbox, way: ClientsWay) -> list[str]:
    return [
        action.data["listAfter"]["name"]
        for card in way.cards
        for action in card.actions
        if action.type == "updateCard" and "listAfter" in action.data and _by_bridge(sandbox, action)
    ]


def _by_bridge(sandbox: Sandbox, action: Action) -> bool:
    return sandbox.trello.store.members[action.actor.member.id].username == "bridge_bot"


def _comments(way: ClientsWay) -> list[str]:
    found = [action for card in way.cards for action in card.actions if action.type == "commentCard"]
    return [without_mark(action.data["text"]) for action in found]


def _fields(way: ClientsWay) -> list[str]:
    return [str(item.value["text"]) for card in way.cards for item in card.fields.values() if item.value]


def _answers(sandbox: Sandbox, way: ClientsWay) -> list[str]:
    contact = sandbox.planfix.store.things["contact"][way.contact]
    return [str(value) for value in contact.values.values() if value]


def _clients_line(ways: Sequence[ClientsWay], rows: Sequence[Row]) -> Line:
    """Four messages each. One that is confirmed stands in the chat; a doubtful one may; none stands there twice."""
    line = Line("messages to clients", wanted=len(ways) * _MESSAGES)
    for way in ways:
        mine = _rows_of(way, rows)
        read = Counter(one_line(text) for text in way.client_reads)
        confirmed = [row for row in mine if row.state is State.CONFIRMED]
        doubtful = [row for row in mine if row.state is State.UNKNOWN]
        line.found += sum(read.values())
        line.twice += sum(count - 1 for count in read.values())
        line.lost += sum(1 for row in confirmed if _plain(row) not in read)
        line.lost += max(0, _MESSAGES - len(confirmed) - len(doubtful))
    return line


def _staff_line(sandbox: Sandbox, rows: Sequence[Row]) -> Line:
    """Messages to staff may come twice, never not at all."""
    read = [
        one_line(message.body.text)
        for chat in (TEAM_CHAT, *(person.id for person in STAFF))
        for message in sandbox.telegram.chats.chats[chat].messages.values()
        if message.sender.is_bot
    ]
    staff = [row for row in rows if isinstance(row.decision, SendMessage) and not row.decision.to_client]
    wanted = Counter(_plain(row) for row in staff)
    found = {text: sum(1 for message in read if text in message) for text in wanted}  # alone, or in a list
    return Line(
        "messages to staff",
        wanted=len(staff),
        found=sum(found.values()),
        twice=sum(max(0, found[text] - count) for text, count in wanted.items()),
        lost=sum(max(0, count - found[text]) for text, count in wanted.items()),
        allowed_twice=True,
    )


def _untold(manager: ProjectManager, ways: Sequence[ClientsWay], rows: Sequence[Row]) -> Iterator[str]:
    """Doubtful messages that no notice to staff is about."""
    told = [(notice.body.text, doubtful_words(notice)) for notice in manager.notices]
    for way in ways:
        for row in _rows_of(way, rows):
            if row.state is State.UNKNOWN and not any(
                way.name in text and _plain(row).startswith(words) for text, words in told
            ):
                yield f"nobody was told that message {row.id} to {way.name} may not have arrived"


def _rows_of(way: ClientsWay, rows: Sequence[Row]) -> list[Row]:
    """The client's own messages in the outbox: those of whoever was greeted by that name."""
    to_client = [row for row in rows if isinstance(row.decision, SendMessage) and row.decision.to_client]
    ids = {row.client for row in to_client if way.name in _plain(row)}
    return [row for row in to_client if row.client in ids]


def _plain(row: Row) -> str:
    """A message's words as they stand in a chat."""
    text = row.decision.text if isinstance(row.decision, SendMessage) else ""
    return one_line(html.unescape(re.sub(r"<[^>]+>", "", text)))


# -- printing -------------------------------------------------------------------------------------------------------


def report(result: Result) -> str:
    """The result for people."""
    moments = Counter(f"{kill.moment} held back" if kill.written else kill.moment for kill in result.kills)
    states = ", ".join(f"{count} {state}" for state, count in sorted(result.states.items()))
    table = [f"{'effect':34}{'wanted':>8}{'found':>8}{'twice':>8}{'lost':>8}"]
    for line in result.lines:
        note = "" if line.good and not line.twice else "  allowed: at least once" if line.good else "  WRONG"
        table.append(f"{line.what:34}{line.wanted:>8}{line.found:>8}{line.twice:>8}{line.lost:>8}{note}")
    return "\n".join(
        [
            f"{len(result.kills)} kills, {result.held} of them between receipt and commit; "
            f"{result.clients} clients from lead to start of work; {result.seconds:.0f} s",
            *(f"  {count:3}  {moment}" for moment, count in sorted(moments.items())),
            "",
            *table,
            "",
            f"outbox: {states}",
            _recovery(result.recoveries),
            f"doubtful messages to clients: {result.doubts_told} told to staff, "
            f"{result.sent_again} sent again by a person",
            *(f"WRONG: {sentence}" for sentence in result.wrong),
            "FAILED" if result.wrong else "nothing lost, nothing twice",
        ]
    )


def _recovery(seconds: Sequence[float]) -> str:
    if not seconds:
        return "recovery: nothing was left open"
    ordered = sorted(seconds)
    middle, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    return (
        f"from start to the first attempt at what was left open: {middle:.2f} s at the median, "
        f"{most:.2f} s at 95 %, {ordered[-1]:.2f} s at most ({len(ordered)} kills)"
    )


def moments_for(kills: int) -> list[str]:
    """Two held writes, of all kinds in turn, then a kill at any moment; and so on."""
    kinds = list(WRITES)
    return [ANY_MOMENT if number % 3 == 2 else kinds[(number - number // 3) % len(kinds)] for number in range(kills)]


def main() -> int:
    """Run and print. 0 when all is well, 1 when not."""
    parser = argparse.ArgumentParser(description="Kill the daemon while the story plays, and count.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--clients", type=int, help="six at a time; one and a half for each kill, if not given")
    parser.add_argument("--seed", type=int, default=1, help="of the moments that are nobody's")
    given = parser.parse_args()
    result = run(
        moments_for(given.kills),
        clients=given.clients or given.kills * 3 // 2,
        seed=given.seed,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(report(result))
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
