"""How many requests a cycle of reading costs, counted at the sandbox, against what is allowed and a plain loop.

`python -m benchmarks.requests [--cards 10000]` prints measured against allowed; exits 1 when anything is over. The
clock is virtual: five minutes pass in the time that the requests take. Beside it stands what a plain py-trello loop
spends on the same work (benchmarks/plain_loop.py), which reads card by card: counted, but for the first reading of more
than `COUNTED` cards, where what it spends on so many is taken for each of the others as well.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.fast_agency import bridge_settings, fast_config
from benchmarks.plain_loop import PlainLoop
from bridge.model.decisions import PutChecklist
from bridge.model.deliveries import Delivery
from bridge.model.records import Cursor, Page, Ref
from bridge.wiring.agency import load_agency
from bridge.wiring.connect import build_connectors
from connectors.trello.session import LIMITS, ROLLING_LANE, TOKEN_LANE
from sandbox import Sandbox
from sandbox.server import serve_in_thread
from sandbox.trello.model import Actor, Card
from sandbox.trello.reading import CARDS_CAP

POLL = timedelta(seconds=20)
"""What the pack reads Trello by."""
WITHIN = timedelta(minutes=5)
LABEL = "Терміново"
COUNTED = 200
"""The plain loop's first reading is counted for as many cards: each costs the same."""


@dataclass(frozen=True)
class Measure:
    """One figure, and the most that it may be."""

    what: str
    measured: float
    allowed: float
    unit: str = "requests"
    plain: float | None = None
    """What a plain py-trello loop spends."""

    @property
    def good(self) -> bool:
        return self.measured <= self.allowed


class LanesTaken:
    """Lets every call through, and counts the lanes that were asked for."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def take(self, *lanes: str) -> None:
        """At once."""
        self.taken.update(lanes)

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """Nothing waits."""


class Desk:
    """The connectors of the pack before a sandbox whose board has so many cards."""

    def __init__(self, base_url: str, sandbox: Sandbox, folder: Path, cards: int) -> None:
        self.sandbox = sandbox
        self.base_url = base_url
        self.pace = LanesTaken()
        key = sandbox.google.account.credentials(base_url)
        settings = bridge_settings(base_url, folder, fast_config(folder), key)
        agency, findings = load_agency(settings.config_dir)
        if agency is None:
            raise ValueError(f"the pack does not load: {findings}")
        self.connectors = build_connectors(settings, agency, sandbox.clock, self.pace)
        self.cards = self._fill(cards)
        self._cursors: dict[str, Cursor | None] = {}

    def _fill(self, count: int) -> list[Card]:
        trello = self.sandbox.trello
        olena = Actor(trello.store.member("olena"))
        board = next(iter(trello.store.boards.values()))
        lists = list(board.lists.values())
        return [
            trello.cards.create({"name": f"Клієнт {number}", "idList": lists[number % len(lists)].id}, olena)
            for number in range(count)
        ]

    def pull(self, name: str) -> Page:
        """The next page of a system; its cursor is kept."""
        page = self.connectors[name].pull(self._cursors.get(name))
        self._cursors[name] = page.cursor
        return page

    def read_whole(self) -> tuple[int, int]:
        """Trello until a page says that there is no more: how many requests, and how many cards were seen."""
        before, seen = self.sandbox.journal.last(), set()
        while True:
            page = self.pull("trello")
            seen |= {record.ref.id for record in page.records}
            if not page.more:
                return sum(1 for one in self.sandbox.journal.since(before) if one.service == "trello"), len(seen)

    def plain_loop(self) -> PlainLoop:
        """The other way to ask for the same."""
        return PlainLoop(self.base_url, self.sandbox)

    def asked(self, name: str, service: str = "") -> int:
        """How many requests the next reading of a system costs."""
        before = self.sandbox.journal.last()
        self.pull(name)
        return sum(1 for entry in self.sandbox.journal.since(before) if entry.service == (service or name))

    def close(self) -> None:
        for connector in self.connectors.values():
            connector.close()


@contextmanager
def desk(cards: int) -> Iterator[Desk]:
    """A fresh sandbox and the connectors before it."""
    sandbox = Sandbox(world="demo", limits="off")
    with tempfile.TemporaryDirectory(prefix="requests-") as folder, serve_in_thread(sandbox) as running:
        made = Desk(running.base_url, sandbox, Path(folder), cards)
        try:
            yield made
        finally:
            made.close()


def small_board(cards: int) -> list[Measure]:
    """A board that one answer holds: nothing happened; a card moved; a label that no action list shows."""
    with desk(cards) as at:
        at.pull("trello")
        idle = at.asked("trello")
        _wait(at)
        at.sandbox.people.drag_card(at.cards[0].id, "Договір")
        moved = at.asked("trello")
        _wait(at)
        at.sandbox.people.label_card(at.cards[1].id, LABEL)
        before = at.sandbox.journal.last()
        seen = _shows_label(at.pull("trello"), at.cards[1])
        labelled = at.sandbox.journal.last() - before
        settled = at.asked("trello")
    return [
        Measure(f"idle cycle, {cards} cards", idle, 1),
        Measure(f"a card moved, {cards} cards", moved, 2),
        Measure(f"a label set, {cards} cards: cycles until seen", 1 if seen else 2, 1, "cycles"),
        Measure(f"a label set, {cards} cards", labelled, 2),
        Measure(f"idle again, {cards} cards", settled, 1),
    ]


def large_board(cards: int) -> list[Measure]:
    """A board read by actions: nothing happened; a card moved; and how long a label stays unseen without webhooks."""
    with desk(cards) as at:
        at.pull("trello")
        idle = at.asked("trello")
        at.sandbox.people.drag_card(at.cards[0].id, "Договір")
        moved = at.asked("trello")
        waited, rolled = _until_label_is_seen(at)
    tenth = LIMITS[TOKEN_LANE][0] / 10
    return [
        Measure(f"idle cycle, {cards} cards", idle, 2),
        Measure(f"a card moved, {cards} cards", moved, 3),
        Measure(
            f"a label set, {cards} cards: until seen, no webhook", waited.total_seconds(), WITHIN.total_seconds(), "s"
        ),
        Measure("rolling read, on the way there", rolled / waited.total_seconds() * 10, tenth, "requests/10 s"),
        Measure("rolling read, the most its lane gives", LIMITS[ROLLING_LANE][0], tenth, "requests/10 s"),
    ]


def _until_label_is_seen(at: Desk) -> tuple[timedelta, int]:
    """The worst case: the label comes just after the rolling read has passed the card. Gives time and pages read."""
    newest = at.cards[-1]
    while not _rolled_past(at, newest):
        _wait(at)
    at.sandbox.people.label_card(newest.id, LABEL)
    began, pages = at.sandbox.clock.now(), at.pace.taken[ROLLING_LANE]
    while at.sandbox.clock.now() - began < 3 * WITHIN:
        _wait(at)
        if _shows_label(at.pull("trello"), newest):
            break
    return at.sandbox.clock.now() - began, at.pace.taken[ROLLING_LANE] - pages


def _rolled_past(at: Desk, card: Card) -> bool:
    """One cycle; whether it brought the card, which nobody touched."""
    return any(record.ref.id == card.id for record in at.pull("trello").records)


def first_reading(cards: int, page: int = CARDS_CAP) -> Measure:
    """A board read for the first time; `page` is the most cards that the server sends at once: fewer than Trello's own
    is no promise of anybody's, but pages and a few more is what it may cost."""
    with desk(cards) as at:
        at.sandbox.trello.reading.most_cards_in_a_page = page
        asked, found = at.read_whole()
    if found != cards:
        raise ValueError(f"{found} of {cards} cards were read")
    allowed = 40 if page == CARDS_CAP else math.ceil(cards / page) + 8
    return Measure(f"first reading of {cards} cards, pages of {page}", asked, allowed, plain=plain_reading(cards))


def plain_reading(cards: int) -> float:
    """What the plain loop spends on a first reading: counted for as many as `COUNTED` cards."""
    with desk(min(cards, COUNTED)) as at:
        loop = at.plain_loop()
        before = loop.asked()
        loop.read()
        once, each = 1, (loop.asked() - before - 1) / len(at.cards)
    return once + each * cards


def changed(cards: int, counts: Sequence[int] = (1, 8, 80, 300)) -> Iterator[Measure]:
    """So many cards of a large board were moved since the last cycle: beyond what an idle cycle costs."""
    with desk(cards) as at:
        at.read_whole()
        idle = at.asked("trello")
        loop = at.plain_loop()
        loop.know(at.cards)
        for count in counts:
            _wait(at)
            for card in at.cards[-count:]:
                at.sandbox.people.drag_card(card.id, "Договір" if card.list_id == at.cards[0].list_id else "Ліди")
            before = loop.asked()
            loop.read_changed()
            plain = loop.asked() - before
            extra = at.asked("trello") - idle
            yield Measure(f"{count} of {cards} cards changed, beyond idle", extra, 1 + count / 8, plain=plain)


def checklist(cards: int, lines: int = 60) -> Measure:
    """A checklist put on a card, where another card has the same one."""
    wanted = PutChecklist("Запуск", tuple(f"Пункт {number}" for number in range(lines)), "launch")
    with desk(cards) as at:
        by = Actor(at.sandbox.trello.store.member("olena"))
        template = at.sandbox.trello.checklists.create(at.cards[0], {"name": wanted.title}, by)
        for line in wanted.items:
            at.sandbox.trello.checklists.add_item(template, {"name": line}, by)
        at.read_whole()
        before = at.sandbox.journal.last()
        target = Ref("trello", "main", "card", at.cards[1].id)
        at.connectors["trello"].push(Delivery("a1b2c3d4e5", "checklist", wanted, "deal", target, {}))
        asked = at.sandbox.journal.last() - before
        loop = at.plain_loop()
        before_loop = loop.asked()
        loop.add_checklist(at.cards[2].id, wanted.title, wanted.items)
        plain = loop.asked() - before_loop
    return Measure(f"a checklist of {lines} lines", asked, 3, plain=plain)


def other_systems() -> list[Measure]:
    """An idle cycle of the other systems."""
    with desk(1) as at:
        for name in ("planfix", "google_forms", "telegram"):
            at.pull(name)
        _wait(at)
        return [
            Measure("idle cycle, Planfix", at.asked("planfix"), 2),
            Measure("idle cycle, Google Sheets", at.asked("google_forms", "google"), 1),
            Measure("idle cycle, Telegram", at.asked("telegram"), 1),
        ]


def measure(cards: int, small: tuple[int, ...] = (999, 1000)) -> list[Measure]:
    """All figures, with a large board of so many cards."""
    return [
        *(one for count in small for one in small_board(count)),
        *large_board(cards),
        *(first_reading(cards, page) for page in (CARDS_CAP, 300)),
        *changed(cards),
        checklist(cards),
        *other_systems(),
    ]


def _wait(at: Desk) -> None:
    at.sandbox.clock.advance(POLL)


def _shows_label(page: Page, card: Card) -> bool:
    labels: Any = next((record.fields["labels"] for record in page.records if record.ref.id == card.id), ())
    return LABEL in labels


def report(measures: list[Measure], seconds: float) -> str:
    """The figures for people."""
    lines = [f"{'':52}{'measured':>9}{'allowed':>9}{'py-trello':>11}"]
    for one in measures:
        note = "" if one.good else "  OVER"
        plain = "" if one.plain is None else f"{one.plain:.0f}"
        lines.append(f"{one.what:52}{one.measured:>9.4g}{one.allowed:>9.4g}{plain:>11}  {one.unit}{note}")
    return "\n".join([*lines, f"measured in {seconds:.0f} s"])


def main() -> int:
    """Measure and print. 0 when all is within what is allowed, 1 when not."""
    parser = argparse.ArgumentParser(description="Count the requests of a cycle.")
    parser.add_argument("--cards", type=int, default=10_000, help="on the large board")
    began = time.monotonic()
    measures = measure(parser.parse_args().cards)
    print(report(measures, time.monotonic() - began))
    return 0 if all(one.good for one in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
