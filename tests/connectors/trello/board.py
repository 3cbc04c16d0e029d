"""A small agency's Trello, served over real HTTP, with people who work on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge.model.decisions import Decision
from bridge.model.deliveries import Delivery, StoredFile
from bridge.model.records import Happening, Page, Record, Ref
from connectors.trello import TrelloConnector, TrelloMapping, TrelloSettings
from sandbox import Sandbox, serve_in_thread
from sandbox.faults import Fault
from sandbox.trello import Trello
from sandbox.trello.model import Actor, Board, Card
from tests.pace import FreePace
from tests.secrets import TRELLO_KEY, TRELLO_SECRET, TRELLO_TOKEN

SETTINGS = TrelloSettings(TRELLO_KEY, TRELLO_TOKEN, TRELLO_SECRET)
LISTS = ("Ліди", "Договір", "Ініціалізація")
LABELS = ("Терміново", "VIP")


class Agency:
    """The board «Клієнти» and its people. `olena` works by hand, the bridge through its token."""

    def __init__(self, base_url: str, sandbox: Sandbox, trello: Trello) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.trello = trello
        self.robot = trello.add_member("bridge_bot", "Bridge Bot")
        self.olena = trello.add_member("olena", "Олена Коваль")
        self.by_olena = Actor(self.olena)
        app = trello.add_app("bridge", TRELLO_KEY, TRELLO_SECRET)
        trello.add_token(TRELLO_TOKEN, app, self.robot)
        self.board = self.add_board("Клієнти")
        self.pace = FreePace()

    def add_board(self, name: str, lists: tuple[str, ...] = LISTS) -> Board:
        boards = self.trello.boards
        board = boards.create({"name": name, "defaultLists": False, "defaultLabels": False}, self.by_olena)
        boards.add_member(board, self.robot, "normal", self.by_olena)
        for title in lists:
            boards.create_list(board, {"name": title, "pos": "bottom"}, self.by_olena)
        for title in LABELS:
            boards.create_label(board, {"name": title, "color": "red"}, self.by_olena)
        return board

    def add_field(self, name: str, type: str = "text", options: tuple[str, ...] = ()) -> str:
        values = {"name": name, "type": type, "pos": "bottom", "display_cardFront": True}
        made = self.trello.boards.create_field(self.board, values, self.by_olena)
        for text in options:
            self.trello.boards.add_option(made, {"value": {"text": text}, "pos": "bottom"}, self.by_olena)
        return made.id

    def list_id(self, name: str, board: Board | None = None) -> str:
        return next(one.id for one in (board or self.board).lists.values() if one.name == name)

    def label_id(self, name: str) -> str:
        return next(one.id for one in self.board.labels.values() if one.name == name)

    def add_card(self, name: str, in_list: str = "Ліди", **values: Any) -> Card:
        self.sandbox.clock.advance(timedelta(seconds=1))
        return self.trello.cards.create({"name": name, "idList": self.list_id(in_list), **values}, self.by_olena)

    def drag(self, card: Card, to: str) -> None:
        self.edit(card, idList=self.list_id(to))

    def edit(self, card: Card, **values: Any) -> None:
        self.sandbox.clock.advance(timedelta(seconds=1))
        self.trello.cards.update(card, values, self.by_olena)

    def comment(self, card: Card, text: str) -> None:
        self.sandbox.clock.advance(timedelta(seconds=1))
        self.trello.cards.comment(card, text, self.by_olena)

    def delete(self, card: Card) -> None:
        self.sandbox.clock.advance(timedelta(seconds=1))
        self.trello.cards.delete(card, self.by_olena)

    def card(self, id: str) -> Card:
        return self.trello.store.cards[id]

    def list_of(self, card: Card) -> str:
        return self.trello.store.lists[self.card(card.id).list_id].name

    def fails(self, kind: str, **fault: Any) -> None:
        self.sandbox.faults.add(Fault("trello", kind, **fault))  # type: ignore[arg-type]

    def connector(self, **mapping: Any) -> TrelloConnector:
        wanted = {"boards": ("Клієнти",), "fields": {}, "people": {"olena": "olena"}} | mapping
        settings = replace(SETTINGS, base_url=f"{self.base_url}/trello")
        return TrelloConnector(settings, TrelloMapping(**wanted), self.sandbox.clock, self.pace)

    @contextmanager
    def requests(self) -> Iterator[list[str]]:
        """The requests made inside, as "GET /1/boards/{id}"."""
        before, asked = self.sandbox.journal.last(), list[str]()
        yield asked
        asked += [f"{one.method} {one.operation}" for one in self.sandbox.journal.since(before)]

    def writes(self) -> int:
        return len(self.sandbox.journal.writes("trello"))


@contextmanager
def agency() -> Iterator[Agency]:
    sandbox = Sandbox(world="empty", services=[])
    trello = Trello(sandbox.clock, sandbox.lock)
    sandbox.services.append(trello)
    with serve_in_thread(sandbox) as running:
        yield Agency(running.base_url, sandbox, trello)


def record_of(page: Page, card: Card) -> Record:
    return next(record for record in page.records if record.ref.id == card.id)


def kinds(page: Page) -> list[str]:
    return [happening.kind for happening in page.happenings]


def happening(page: Page, kind: str) -> Happening:
    (found,) = (happening for happening in page.happenings if happening.kind == kind)
    return found


def delivery(decision: Decision, card: Card | None = None, **more: Any) -> Delivery:
    target = Ref("trello", "main", "card", card.id) if card else None
    related: Mapping[str, Ref] = more.pop("related", {})
    return Delivery("a1b2c3d4e5", "key", decision, "deal-1", target, related, **more)


def pdf(name: str = "Бриф.pdf", content: bytes = b"%PDF") -> StoredFile:
    return StoredFile(name, "application/pdf", content)
