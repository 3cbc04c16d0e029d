"""Files that the map copies between a card and a deal: each content once, and never one that the bridge put there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from bridge.model.decisions import AttachDocument, CopyFile, MakeDocument
from bridge.model.deliveries import Delivery, Receipt, State, StoredFile
from bridge.model.errors import ConnectorError, FileGone, FileTooLarge, Retry
from bridge.model.files import FILES, Fetched, FileThere, Mirror, plain_files
from bridge.model.reasons import OWN_FILE
from bridge.model.records import Record, Ref
from bridge.store import tables as t
from bridge.store.database import writing
from bridge.store.rows import Row
from bridge.store.stops import Scope
from bridge.testing import FakeConnector
from connectors import copying
from tests.connectors.files import sha
from tests.engine.office import NOON, Desk, agency

CARD, TASK, CONTACT = (
    Ref("trello", "main", "card", "c1"),
    Ref("planfix", "main", "task", "t1"),
    Ref("planfix", "main", "contact", "7"),
)
UP, DOWN = Mirror("trello.card", "planfix.task"), Mirror("planfix.task", "trello.card")
KINDS = {"trello": "attachment", "planfix": "file"}


@dataclass
class Shelf:
    """What hangs on one thing outside, as a connector sees it."""

    thing: Ref
    things: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    largest: int = 1000

    def files(self) -> list[FileThere]:
        files = [FileThere(id, name, len(content)) for id, (name, content) in self.things.items()]
        return [*files, *(FileThere(id, name, None, address) for id, (name, address) in self.links.items())]

    def ref(self, file: str) -> Ref:
        return Ref(self.thing.system, "main", KINDS[self.thing.system], file)

    @contextmanager
    def fetch(self, file: Ref, most: int) -> Iterator[Fetched]:
        if file.id not in self.things:
            raise FileGone("shelf", "gone")
        content = self.things[file.id][1]
        if len(content) > most:
            raise FileTooLarge("shelf", "too large")
        yield Fetched(BytesIO(content), len(content), sha(content))

    def hang(self, name: str, file: Fetched) -> Ref:
        self.things[made := f"b{len(self.things)}"] = name, file.content.read()
        return self.ref(made)

    def linked(self, name: str, address: str) -> Ref | None:
        return next((self.ref(id) for id, link in self.links.items() if link == (name, address)), None)

    def link(self, name: str, address: str, note: str) -> Ref:
        self.links[made := f"l{len(self.links)}"] = name, address
        return self.ref(made)


@dataclass
class Holder(FakeConnector):
    """A system on whose things files hang."""

    shelves: Mapping[Ref, Shelf] = field(default_factory=dict)

    def fetch(self, holder: Ref, file: Ref, most: int) -> Any:
        return self.shelves[holder].fetch(file, most)

    def push(self, delivery: Delivery) -> Receipt:
        done = super().push(delivery)
        if isinstance(delivery.decision, CopyFile) and delivery.target is not None:
            return copying.copy(delivery, delivery.decision, self.shelves[delivery.target], done.at)
        return done

    def look(self, delivery: Delivery) -> Receipt | None:
        if not isinstance(delivery.decision, CopyFile) or delivery.target is None:
            return super().look(delivery)
        return copying.find(delivery, delivery.decision, self.shelves[delivery.target], self.clock.now())


class House(Desk):
    """A client whose deal has a card and a task, on both of which files hang."""

    def __init__(self, *mirrors: Mirror) -> None:
        super().__init__(context=replace(agency(), mirrors=mirrors))
        self.shelves = {thing: Shelf(thing) for thing in (CARD, TASK, CONTACT)}
        self.on_card, self.on_task = self.shelves[CARD], self.shelves[TASK]
        self.client_id, self.deal = self.client()

    def _twin(self, name: str, *given: Any) -> FakeConnector:
        twin = super()._twin(name, *given)
        holder = Holder(name, twin.capabilities, self.clock, twin.sources)
        holder.shelves = _Later(self)
        return holder

    def looks(self) -> House:
        """Both systems are read."""
        self.take(self._seen(CARD, self.card(names=(TASK,), labels=[], url="https://trello.test/c/c1")))
        self.take(self._seen(TASK, self.task(names=(CONTACT,), url="https://planfix.test/task/t1")))
        self.engine.plan_due()
        return self

    def _seen(self, thing: Ref, record: Record) -> Record:
        return replace(record, fields={**record.fields, FILES: plain_files(self.shelves[thing].files())})

    def settles(self) -> House:
        """Reads, plans and delivers until nothing is left to do."""
        for _round in range(5):
            self.wait(minutes=1)
            self.looks()
            while self.deliver():
                self.engine.plan_due()
        return self

    def copies(self) -> list[Row]:
        return [row for row in self.store.deliveries() if isinstance(row.decision, CopyFile)]


class _Later(dict[Ref, Shelf]):
    """The shelves of a house that is still being built."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __getitem__(self, thing: Ref) -> Shelf:
        return self._house.shelves[thing]


def contents(shelf: Shelf) -> list[tuple[str, bytes]]:
    return sorted(shelf.things.values())


def test_without_a_row_in_the_map_no_file_goes_anywhere() -> None:
    house = House()
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.settles()
    assert (house.copies(), house.on_task.things) == ([], {})


def test_a_file_of_either_side_reaches_the_other_once_and_the_copies_stay_where_they_are() -> None:
    house = House(UP, DOWN)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.on_task.things["b"] = "Макет.png", b"layout"
    house.settles()
    both = [("Бриф.pdf", b"brief"), ("Макет.png", b"layout")]
    assert (contents(house.on_card), contents(house.on_task)) == (both, both)
    assert len(house.copies()) == 2


def test_what_people_put_on_both_sides_by_hand_stays_one_file_whatever_it_is_called() -> None:
    house = House(UP, DOWN)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.on_task.things["b"] = "scan0001.pdf", b"brief"
    house.settles()
    assert (contents(house.on_card), contents(house.on_task)) == (
        [("Бриф.pdf", b"brief")],
        [("scan0001.pdf", b"brief")],
    )


def test_a_copy_that_a_person_brings_back_under_another_name_is_no_news() -> None:
    house = House(UP, DOWN)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.settles()
    house.on_card.things["back"] = "Бриф (1).pdf", b"brief"
    house.settles()
    assert contents(house.on_task) == [("Бриф.pdf", b"brief")]


@pytest.mark.parametrize("side", ["card", "task"])
def test_what_is_taken_off_one_side_stays_on_the_other_and_does_not_come_back(side: str) -> None:
    house = House(UP, DOWN)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.settles()
    emptied, kept = (house.on_card, house.on_task) if side == "card" else (house.on_task, house.on_card)
    emptied.things.clear()
    house.settles()
    assert (emptied.things, contents(kept)) == ({}, [("Бриф.pdf", b"brief")])


def test_a_file_edited_on_both_sides_is_two_more_files_on_both() -> None:
    house = House(UP, DOWN)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.settles()
    house.on_card.things["a2"] = "Бриф.pdf", b"edited on the card"
    house.on_task.things["t2"] = "Бриф.pdf", b"edited on the task"
    house.settles()
    assert contents(house.on_card) == contents(house.on_task)
    assert len(house.on_card.things) == 3


def test_only_names_that_fit_go_and_what_is_commercial_never_to_a_card() -> None:
    house = House(UP, replace(DOWN, only=("*.pdf",), commercial=("*рахунок*",)))
    for id, name in enumerate(["Макет.PDF", "Макет.png", "Рахунок 7.pdf"]):
        house.on_task.things[f"f{id}"] = name, name.encode()
    house.settles()
    assert [name for name, _content in contents(house.on_card)] == ["Макет.PDF"]


def test_a_file_larger_than_the_map_allows_is_linked_to_where_it_is() -> None:
    house = House(replace(DOWN, largest=3))
    house.on_task.things["b"] = "Відео.mp4", b"long"
    house.settles()
    assert house.on_card.things == {}
    assert list(house.on_card.links.values()) == [("Відео.mp4", "https://planfix.test/task/t1")]


def test_a_link_is_copied_as_a_link_but_none_to_what_the_bridge_reads_itself() -> None:
    house = House(UP)
    house.on_card.links = {
        "a": ("Диск", "https://disk.test/a"),
        "b": ("Угода", "https://planfix.test/task/t1"),
        "c": ("Дивне", "javascript:alert(1)"),
    }
    house.settles()
    assert list(house.on_task.links.values()) == [("Диск", "https://disk.test/a")]
    assert len(house.copies()) == 1


def test_a_document_of_the_bridges_own_on_a_card_is_not_copied_on() -> None:
    house = House(UP)
    made = MakeDocument("brief", "Бриф", "uk", "key", 1)
    house.documents.outcomes.append(Receipt(NOON, files=(StoredFile("Бриф.pdf", "application/pdf", b"made"),)))
    house.want(made, house.deal, "made")
    house.deliver()
    house.on_card.things["ours"] = "Бриф.pdf", b"made"
    house.trello.outcomes.append(Receipt(house.now, house.on_card.ref("ours")))
    house.want(AttachDocument("trello", "brief", "key", "pdf", "Бриф.pdf"), house.deal, "hung")
    house.deliver()
    house.settles()
    assert (house.copies(), house.on_task.things) == ([], {})


def test_a_document_that_was_hung_before_the_map_had_rows_is_not_copied_either() -> None:
    house = House()
    house.documents.outcomes.append(Receipt(NOON, files=(StoredFile("Бриф.pdf", "application/pdf", b"made"),)))
    house.want(MakeDocument("brief", "Бриф", "uk", "key", 1), house.deal, "made")
    house.deliver()
    house.trello.outcomes.append(Receipt(house.now, house.on_card.ref("ours")))
    house.want(AttachDocument("trello", "brief", "key", "pdf", "Бриф.pdf"), house.deal, "hung")
    house.deliver()
    with writing(house.store._engine) as connection:
        connection.execute(t.files.delete())  # as it was before the bridge knew of files
    house.on_card.things["ours"] = "Бриф.pdf", b"made"
    house.engine.context = replace(house.context, mirrors=(UP,))
    house.settles()
    assert house.copies() == []


def test_a_document_read_before_its_receipt_came_waits_and_is_then_known_as_our_own() -> None:
    house = House(UP)
    house.documents.outcomes.append(Receipt(NOON, files=(StoredFile("Бриф.pdf", "application/pdf", b"made"),)))
    house.want(MakeDocument("brief", "Бриф", "uk", "key", 1), house.deal, "made")
    house.deliver()
    house.on_card.things["ours"] = "Бриф.pdf", b"made"
    house.trello.outcomes.append(ConnectorError("trello", "no answer", retry=Retry.UNKNOWN))
    house.want(AttachDocument("trello", "brief", "key", "pdf", "Бриф.pdf"), house.deal, "hung")
    house.deliver()
    house.looks().deliver()
    [copy] = house.copies()
    assert (copy.state, copy.attempts) == (State.WAITING, 0)
    house.trello.found.append(Receipt(house.now, house.on_card.ref("ours")))
    house.settles()
    assert (house.row(copy.id).state, house.row(copy.id).reason) == (State.CANCELLED, OWN_FILE)
    assert house.on_task.things == {}


@pytest.mark.parametrize("rule_wants_both", [True, False])
def test_a_document_that_a_card_only_links_to_is_hung_on_the_deal_once(rule_wants_both: bool) -> None:
    house = House()
    house.documents.outcomes.append(Receipt(NOON, files=(StoredFile("Бриф.pdf", "application/pdf", b"made"),)))
    house.want(MakeDocument("brief", "Бриф", "uk", "key", 1), house.deal, "made")
    house.deliver()
    house.trello.outcomes.append(Receipt(house.now, house.on_card.ref("link"), details={"linked": True}))
    for system in ("trello", "planfix") if rule_wants_both else ("trello",):
        decision = AttachDocument(system, "brief", "key", "pdf", "")
        house.want(decision, house.deal, f"attach:{house.deal}:brief:1:key:{system}:pdf")
    while house.deliver():
        pass
    hung = [(one.decision, one.target) for one in house.planfix.pushed]
    assert hung == [(AttachDocument("planfix", "brief", "key", "pdf", "Бриф.pdf"), TASK)]


def test_a_process_that_dies_while_it_copies_leaves_one_file() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.looks()
    house.crash_between_intend_and_settle()
    house.wait(hours=2)
    house.settles()
    assert contents(house.on_task) == [("Бриф.pdf", b"brief")]


def test_a_copy_that_takes_its_time_is_not_begun_by_another_worker() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Відео.mp4", b"video"
    house.looks()
    begun: list[Row] = []
    house.planfix.before = lambda _delivery: begun.extend(house.wait(minutes=10).outbox.claim(house.context))
    house.deliver()
    assert (begun, [row.state for row in house.copies()]) == ([], [State.CONFIRMED])


def test_an_upload_whose_answer_was_lost_is_found_by_its_content() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.looks()
    house.on_task.things["lost"] = "Бриф.pdf", b"brief"
    house.planfix.outcomes.append(ConnectorError("planfix", "no answer", retry=Retry.UNKNOWN))
    house.deliver()
    house.wait(minutes=5)
    house.settles()
    assert (contents(house.on_task), len(house.copies())) == ([("Бриф.pdf", b"brief")], 1)


def test_a_file_that_was_taken_off_before_it_was_copied_is_let_be_in_silence() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.looks()
    house.on_card.things.clear()
    house.settles()
    assert ([row.state for row in house.copies()], house.told()) == ([State.CONFIRMED], [])


def test_files_of_a_contact_go_to_the_cards_of_the_clients_deals() -> None:
    house = House(Mirror("planfix.contact", "trello.card"))
    house.shelves[CONTACT].things["f"] = "Реквізити.pdf", b"requisites"
    house.take(house._seen(CONTACT, house.contact()))
    house.settles()
    assert contents(house.on_card) == [("Реквізити.pdf", b"requisites")]


def test_an_archived_card_rests_and_catches_up_when_it_is_back() -> None:
    house = House(DOWN)
    house.on_task.things["b"] = "Макет.png", b"layout"
    house.take(house._seen(CARD, house.card(names=(TASK,), closed=True)))
    house.take(house._seen(TASK, house.task(names=(CONTACT,))))
    house.planned()
    assert house.copies() == []
    house.settles()
    assert contents(house.on_card) == [("Макет.png", b"layout")]


def test_copies_rest_while_people_have_stopped_them() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.store.stop(Scope.RULE, FILES, now=house.now, by="olena")
    house.settles()
    assert ([row.state for row in house.copies()], house.on_task.things) == ([State.WAITING], {})
    house.store.go(Scope.RULE, FILES)
    house.wait(hours=1)
    house.settles()
    assert contents(house.on_task) == [("Бриф.pdf", b"brief")]


def test_many_files_at_once_are_asked_about() -> None:
    house = House(UP)
    for number in range(104):
        house.on_card.things[f"f{number}"] = f"{number}.pdf", str(number).encode()
    house.settles()
    states = [row.state for row in house.copies()]
    assert State.HELD in states
    assert any("flood" in text for text in house.told())


def test_an_erased_client_leaves_nothing_that_is_known_of_files() -> None:
    house = House(UP)
    house.on_card.things["a"] = "Бриф.pdf", b"brief"
    house.settles()
    assert set(house.store.files_on([CARD, TASK])) == {CARD, TASK}
    house.store.erase(house.client_id, house.now + timedelta(minutes=1), "olena")
    assert house.store.files_on([CARD, TASK]) == {}
