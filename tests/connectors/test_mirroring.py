"""Files between a board and a Planfix over HTTP: both connectors, the engine and the store together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bridge.engine.engine import Engine
from bridge.model.files import Mirror
from bridge.model.protocols import Reader
from bridge.testing import MemoryStore
from sandbox.planfix.model import Thing
from sandbox.trello.model import Card
from tests.connectors.planfix.office import Office, office
from tests.connectors.trello.board import Agency
from tests.connectors.trello.board import agency as board
from tests.engine.office import agency

BOTH = (Mirror("trello.card", "planfix.task"), Mirror("planfix.task", "trello.card"))


@dataclass
class Pair:
    """A deal with a card and a task, and a bridge that copies files between them."""

    trello: Agency
    planfix: Office
    engine: Engine
    card: Card
    task: Thing

    def settles(self) -> Pair:
        """Some minutes in which the bridge works."""
        for _round in range(4):
            self.trello.sandbox.clock.advance(timedelta(minutes=5))
            self.planfix.sandbox.clock.advance(timedelta(minutes=5))
            self.engine.tick()
        return self

    def on_card(self) -> list[tuple[str, bytes | None]]:
        return sorted((one.name, one.content) for one in self.card.attachments.values())

    def on_task(self) -> list[tuple[str, bytes]]:
        files = self.planfix.planfix.store.files
        return sorted((files[one].name, files[one].content) for one in self.task.file_ids)

    def hang(self, name: str, content: bytes) -> None:
        self.trello.sandbox.clock.advance(timedelta(seconds=1))
        self.trello.trello.cards.attach_file(self.card, content, name, None, "application/pdf", self.trello.by_olena)

    def put(self, name: str, content: bytes) -> None:
        file = self.planfix.planfix.add_file(name, content)
        self.planfix.edit(self.task, files=[{"id": one} for one in (*self.task.file_ids, file.id)])


@contextmanager
def paired() -> Iterator[Pair]:
    with board() as trello, office() as planfix:
        client = planfix.add_contact("Ромашка")
        task = planfix.add_task("Сайт", counterparty={"id": f"contact:{client.id}"})
        link = f"{planfix.base_url}/planfix/task/{{id}}"
        card = trello.add_card("Ромашка", desc=link.format(id=task.id))
        connectors: dict[str, Reader] = {
            "trello": trello.connector(files=True, task_link=link),
            "planfix": planfix.connector(files=frozenset({"task"})),
        }
        engine = Engine(MemoryStore(), connectors, replace(agency(), mirrors=BOTH), trello.sandbox.clock)
        yield Pair(trello, planfix, engine, card, task).settles()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with paired() as found:
        yield found


def test_a_file_of_either_side_reaches_the_other_once_with_its_name_and_content(pair: Pair) -> None:
    pair.hang("Бриф «Ромашка».pdf", b"%PDF brief")
    pair.put("Макет.png", b"layout")
    pair.settles().settles()
    both = [("Бриф «Ромашка».pdf", b"%PDF brief"), ("Макет.png", b"layout")]
    assert (pair.on_card(), pair.on_task()) == (both, both)


def test_what_hangs_on_both_sides_by_hand_and_is_sent_back_under_another_name_stays_one(pair: Pair) -> None:
    pair.hang("Бриф.pdf", b"%PDF brief")
    pair.put("scan0001.pdf", b"%PDF brief")
    pair.settles()
    pair.hang("Бриф (1).pdf", b"%PDF brief")
    pair.settles()
    assert pair.on_task() == [("scan0001.pdf", b"%PDF brief")]


def test_what_is_taken_off_stays_off_and_stays_on_the_other_side(pair: Pair) -> None:
    pair.hang("Бриф.pdf", b"%PDF brief")
    pair.settles()
    pair.planfix.edit(pair.task, files=[])
    pair.settles()
    assert (pair.on_card(), pair.on_task()) == ([("Бриф.pdf", b"%PDF brief")], [])


@pytest.mark.parametrize(("step", "kind"), [(r"/file/$", "drop_before"), (r"/attach/task$", "drop_after")])
def test_whatever_line_breaks_on_the_way_the_file_arrives_once(pair: Pair, step: str, kind: str) -> None:
    pair.planfix.fails(kind, path=step)
    pair.hang("Бриф.pdf", b"%PDF brief")
    pair.settles().settles()
    assert (pair.on_card(), pair.on_task()) == ([("Бриф.pdf", b"%PDF brief")], [("Бриф.pdf", b"%PDF brief")])


def test_a_file_too_large_for_trello_is_linked_to_the_deal_and_the_link_does_not_come_back(pair: Pair) -> None:
    pair.trello.trello.cards.upload_limit_bytes = 3
    pair.put("Відео.mp4", b"video")
    pair.settles().settles()
    [link] = pair.card.attachments.values()
    assert (link.name, link.content, link.url.endswith(f"/task/{pair.task.id}")) == ("Відео.mp4", None, True)
    assert pair.planfix.planfix.store.comments_of(pair.task) == []
