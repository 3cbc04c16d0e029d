"""Files of cards: read, fetched for another system, and another system's hung on a card once for each content."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import CopyFile
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, FileGone, FileTooLarge, Retry
from bridge.model.files import FILES, LARGEST, FileThere, parse_files
from bridge.model.records import Ref
from connectors.trello import TrelloConnector
from sandbox.trello.model import Attachment, Card
from tests.connectors.files import ELSEWHERE, sha, source
from tests.connectors.trello.board import Agency, delivery, record_of

BRIEF = b"%PDF brief"
ODD = '“Бриф” №1/2: «Ромашка» "a"\\b.pdf'


def hung(world: Agency, card: Card, name: str, content: bytes) -> Attachment:
    return world.trello.cards.attach_file(card, content, name, None, "application/pdf", world.by_olena)


def copying(card: Card, name: str = "Бриф.pdf", content: bytes | None = BRIEF, **given: Any) -> Delivery:
    known, tried = given.pop("known", None), given.pop("first_tried_at", None)
    size = {"size": len(content)} if content is not None else {}
    wanted: dict[str, Any] = {**size, "page": ELSEWHERE, "largest": LARGEST} | given
    decision = CopyFile("trello.card", "planfix:main:task:7", "planfix:main:file:9", name, **wanted)
    return delivery(decision, card, source=source(content, known), first_tried_at=tried)


def files_on(card: Card) -> list[tuple[str, bytes | None]]:
    return [(one.name, one.content) for one in card.attachments.values()]


def ref(item: Attachment) -> Ref:
    return Ref("trello", "main", "attachment", item.id)


def test_a_record_tells_the_files_and_links_of_a_card_where_they_are_wanted(world: Agency) -> None:
    card = world.add_card("Ромашка")
    file = hung(world, card, "Бриф.pdf", BRIEF)
    link = world.trello.cards.attach_link(card, "https://disk.test/a", "Диск", world.by_olena)
    there = [FileThere(file.id, "Бриф.pdf", len(BRIEF)), FileThere(link.id, "Диск", None, "https://disk.test/a")]
    told = record_of(world.connector(files=True).pull(None), card).fields[FILES]
    assert parse_files(told) == sorted(there, key=lambda one: one.id)
    assert FILES not in record_of(world.connector().pull(None), card).fields


@pytest.mark.parametrize("name", ["Бриф.pdf", ODD, "a%20b#c?.txt", "ї" * 150 + ".docx"])
def test_an_uploaded_file_is_fetched_whatever_it_is_called(world: Agency, name: str) -> None:
    card = world.add_card("Ромашка")
    item = hung(world, card, name, BRIEF)
    with world.connector().fetch(card_ref(card), ref(item), 1000) as file:
        assert (file.content.read(), file.size, file.hash) == (BRIEF, len(BRIEF), sha(BRIEF))


def test_a_file_that_was_taken_off_meanwhile_is_gone(world: Agency) -> None:
    card = world.add_card("Ромашка")
    item = hung(world, card, "Бриф.pdf", BRIEF)
    world.trello.cards.detach(card, item.id, world.by_olena)
    with pytest.raises(FileGone), world.connector().fetch(card_ref(card), ref(item), 1000):
        pass


def test_no_more_is_fetched_than_was_asked_for(world: Agency) -> None:
    card = world.add_card("Ромашка")
    item = hung(world, card, "Бриф.pdf", b"x" * 3_000_000)
    with pytest.raises(FileTooLarge), world.connector().fetch(card_ref(card), ref(item), 2_000_000):
        pass


def test_a_file_is_hung_with_its_name_and_content_and_its_receipt_tells_the_hash(world: Agency) -> None:
    card = world.add_card("Ромашка")
    receipt = world.connector().push(copying(card))
    assert files_on(card) == [("Бриф.pdf", BRIEF)]
    assert (receipt.already, receipt.details["hash"]) == (False, sha(BRIEF))
    assert receipt.remote == ref(next(iter(card.attachments.values())))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (ODD, "“Бриф” №1_2_ «Ромашка» _a_b.pdf"),
        ("../../etc/passwd", "etc_passwd"),
        ("", "file"),
        ("ї" * 300 + ".pdf", "ї" * 98 + ".pdf"),
    ],
)
def test_odd_names_are_cleaned(world: Agency, given: str, kept: str) -> None:
    card = world.add_card("Ромашка")
    world.connector().push(copying(card, given))
    assert files_on(card) == [(kept, BRIEF)]


def test_an_empty_file_is_a_file(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.connector().push(copying(card, content=b""))
    assert files_on(card) == [("Бриф.pdf", b"")]


def test_a_file_of_the_same_content_is_not_hung_again_whatever_it_is_called(world: Agency) -> None:
    card = world.add_card("Ромашка")
    by_hand = hung(world, card, "scan0001.pdf", BRIEF)
    receipt = world.connector().push(copying(card))
    assert (receipt.already, receipt.remote) == (True, ref(by_hand))
    assert receipt.details["found"] == {str(ref(by_hand)): sha(BRIEF)}
    assert len(card.attachments) == 1


def test_another_file_of_the_same_name_and_size_is_another_file(world: Agency) -> None:
    card = world.add_card("Ромашка")
    hung(world, card, "Бриф.pdf", BRIEF[::-1])
    world.connector().push(copying(card))
    assert files_on(card) == [("Бриф.pdf", BRIEF[::-1]), ("Бриф.pdf", BRIEF)]


def test_what_somebody_took_off_the_card_does_not_come_back(world: Agency) -> None:
    card = world.add_card("Ромашка")
    once_there = Ref("trello", "main", "attachment", "5" * 24)
    receipt = world.connector().push(copying(card, known={once_there: sha(BRIEF)}))
    assert (receipt.already, receipt.remote, files_on(card)) == (True, None, [])


def test_a_file_whose_content_is_known_is_not_fetched_to_be_compared(world: Agency) -> None:
    card = world.add_card("Ромашка")
    other = hung(world, card, "Інше.pdf", BRIEF[::-1])
    with world.requests() as asked:
        world.connector().push(copying(card, known={ref(other): sha(BRIEF[::-1])}))
    assert asked == ["GET /1/cards/{id}/attachments", "POST /1/cards/{id}/attachments"]


def test_a_file_that_is_gone_at_its_source_is_let_be(world: Agency) -> None:
    card = world.add_card("Ромашка")
    receipt = world.connector().push(copying(card, content=None))
    assert (receipt.already, receipt.remote, "gone" in receipt.details, files_on(card)) == (True, None, True, [])


@pytest.mark.parametrize("limit", ["the map's", "the plan's", "unknown size"])
def test_a_file_that_is_too_large_is_linked_to_where_it_is(world: Agency, limit: str) -> None:
    card = world.add_card("Ромашка")
    given: dict[str, Any] = {"the map's": {"largest": 5}, "unknown size": {"largest": 5, "size": -1}}.get(limit, {})
    world.trello.cards.upload_limit_bytes = 5 if limit == "the plan's" else 1000
    connector = world.connector()
    receipt = connector.push(copying(card, **given))
    assert [(one.name, one.url) for one in card.attachments.values()] == [("Бриф.pdf", ELSEWHERE)]
    again = connector.push(copying(card, known={receipt.remote: receipt.details["hash"]}, **given))
    assert (again.already, len(card.attachments)) == (True, 1)


def test_a_link_is_hung_as_a_link_once(world: Agency) -> None:
    card, connector = world.add_card("Ромашка"), world.connector()
    wanted = copying(card, "Диск", None, link="https://disk.test/a")
    assert [connector.push(wanted).already, connector.push(wanted).already] == [False, True]
    assert [(one.name, one.url) for one in card.attachments.values()] == [("Диск", "https://disk.test/a")]


FAULTS: dict[str, tuple[dict[str, Any], Retry]] = {
    "lost before": ({"kind": "drop_before"}, Retry.UNKNOWN),
    "lost after": ({"kind": "drop_after"}, Retry.UNKNOWN),
    "server error": ({"kind": "status", "status": 502}, Retry.UNKNOWN),
    "too fast": ({"kind": "status", "status": 429}, Retry.PASSING),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_comes_of_the_upload_the_file_hangs_there_once(world: Agency, fault: str) -> None:
    card, connector = world.add_card("Ромашка"), world.connector()
    what, retry = FAULTS[fault]
    world.fails(**what, method="POST", path="/attachments")
    wanted = copying(card, first_tried_at=world.sandbox.clock.now())
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is retry
    world.sandbox.clock.advance(timedelta(minutes=1))
    assert done(connector, wanted) is not None
    assert files_on(card) == [("Бриф.pdf", BRIEF)]


def done(connector: TrelloConnector, wanted: Delivery) -> Receipt:
    """As an outbox does after an attempt whose outcome is open."""
    return connector.look(wanted) or connector.push(wanted)


def card_ref(card: Card) -> Ref:
    return Ref("trello", "main", "card", card.id)
