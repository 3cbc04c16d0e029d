"""One client's belongings: all of it is handed over, all of it is erased, and the numbers stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.model.decisions import CommentCard, MakeDocument, SendMessage
from bridge.model.deliveries import Receipt, State, StoredFile
from bridge.model.errors import Conflict
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.planning import FactSet, Outcome, Trace
from bridge.model.reasons import DATA_ERASED, SAID
from bridge.model.records import Record, Ref
from bridge.store import Store
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.keeping import scrub
from tests.store.shelf import CARD, CHAT, LEASE, NOW, Shelf, later, timer, wanted

CONTACT = Ref("planfix", "main", "contact", "7")
ANSWER = Ref("google_forms", "main", "response", "row-9")
WORDS = (
    "Ромашка-Захід",
    "+380441234567",
    "olha@romashka.example",
    "бюджет-таємний",
    "коментар-про-шлюб",
    "відповідь-на-бриф",
    "текст-повідомлення",
    "зміст-документа",
    "причина-з-іменем",
    "рядок-сліду",
    "хтось-клієнт",
    "quittung-details",
    "нерозпізнане",
    "ключ@romashka.example",
)
"""Words that were never seen anywhere else; each stands in another place."""


def careless(connection: Any, _record: Any) -> None:
    """An SQLite that leaves deleted content where it was, as it does unless it was built otherwise."""
    connection.execute("PRAGMA secure_delete=OFF")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A store in a file, since a file is what is searched."""
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    sa.event.listen(store._engine, "connect", careless)
    store.upgrade()
    yield Shelf(store)
    store.close()


@pytest.fixture
def client(shelf: Shelf) -> str:
    """A client with something in every table, and one of each of the words."""
    client = shelf.client()
    deal = shelf.deal(client)
    guest = Actor(ActorKind.CLIENT, "501", "хтось-клієнт")
    with shelf.store.intake(NOW) as intake:
        for ref, subject, because in ((CONTACT, client, "own"), (CARD, deal, "names"), (CHAT, client, "one-time link")):
            intake.bind(ref, subject, because)
        fields = {"name": "Ромашка-Захід", "phone": "+380441234567", "emails": ["olha@romashka.example"]}
        intake.put(Record(CONTACT, fields, NOW, emails=("ключ@romashka.example",)), None)
        intake.put(Record(CARD, {"name": "бюджет-таємний"}, NOW), None)
        intake.put(Record(CHAT, {"name": "хтось-клієнт"}, NOW), None)
        intake.bind(ANSWER, deal, "code")
        intake.add_event(Event("a1", "comment.added", NOW, NOW, guest, "trello", deal, {"text": "коментар-про-шлюб"}))
        intake.add_event(Event("a2", "message", NOW, NOW, guest, "telegram", "", {"text": "нерозпізнане"}), str(CHAT))
        intake.add_inbox("answer", str(ANSWER), {"answers": {"питання": "відповідь-на-бриф"}})
        intake.settle_inbox(str(ANSWER), "bound")
        intake.set_fact(deal, "deal.sum", "бюджет-таємний", "by hand")
        intake.new_token("start", client)
        intake.expect(CARD, "list", "бюджет-таємний", "0123456789")
    cause = Cause("rule", "", "a1")
    why = SAID.of(words="причина-з-іменем")
    trace = Trace("rule", deal, "a1", NOW, Outcome.FIRED, why, tree=((0, "✔", "if", "рядок-сліду"),))
    shelf.commit(
        client,
        traces=(trace,),
        timers=(timer("t1", later(days=1), deal),),
        sets=(FactSet(deal, "deal.note", "бюджет-таємний", NOW, cause),),
        wanted=(wanted("k1", deal, SendMessage("client", "текст-повідомлення")),),
    )
    made = MakeDocument("brief", "бюджет-таємний", "uk", "key", 1, {"a": "зміст-документа"})
    shelf.want("k2", lane="other", client=client, subject=deal, decision=made)
    file = StoredFile("бюджет-таємний.docx", "application/x", "зміст-документа".encode())
    for row in shelf.claim():
        receipt = Receipt(NOW, details={"said": "quittung-details"}, files=(file,) if row.key == "k2" else ())
        assert shelf.intend(row)
        assert shelf.store.settle(row, State.CONFIRMED, now=NOW, receipt=receipt)
    shelf.want("k3", lane="third", client=client, subject=deal, decision=CommentCard("коментар-про-шлюб"))
    shelf.want("k4", lane="chat:staff", decision=SendMessage("staff-chat", "Що таке Ромашка-Захід?"))
    return client


def erase(shelf: Shelf, client: str) -> dict[str, int]:
    return shelf.store.erase(client, later(hours=1), "admin")


def remains(folder: Path) -> set[str]:
    """The words that any file of the database still holds, as letters or as JSON writes them."""
    content = b"".join(path.read_bytes() for path in folder.glob("bridge.db*"))
    return {word for word in WORDS if word.encode() in content or json.dumps(word)[1:-1].encode() in content}


def count(shelf: Shelf, table: sa.Table) -> int:
    with reading(shelf.store._engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_every_planted_word_stands_in_the_file_before(shelf: Shelf, client: str, tmp_path: Path) -> None:
    assert remains(tmp_path) == set(WORDS)


def test_nothing_of_an_erased_client_is_left_in_any_file_of_the_database(
    shelf: Shelf, client: str, tmp_path: Path
) -> None:
    erase(shelf, client)
    assert scrub(f"sqlite:///{tmp_path}/bridge.db")
    assert remains(tmp_path) == set()


def test_the_numbers_stay(shelf: Shelf, client: str) -> None:
    before = {table: count(shelf, table) for table in (t.deliveries, t.events, t.traces, t.subjects)}
    erase(shelf, client)
    assert {table: count(shelf, table) for table in before} == before


def test_what_was_erased_is_written_down_without_saying_what_it_was(shelf: Shelf, client: str) -> None:
    counts = erase(shelf, client)
    assert counts["deliveries"] == 4
    with reading(shelf.store._engine) as connection:
        [row] = connection.execute(sa.select(t.erasures)).all()
    assert (row.client, row.by, row.at, row.counts) == (client, "admin", later(hours=1), counts)


def test_what_waited_is_called_off(shelf: Shelf, client: str) -> None:
    erase(shelf, client)
    assert shelf.claim(later(days=9)) == []
    assert shelf.store.counts() == {"confirmed": 2, "cancelled": 2}


def test_a_client_with_a_delivery_under_way_is_not_erased(shelf: Shelf, client: str, tmp_path: Path) -> None:
    shelf.claim()
    with pytest.raises(Conflict, match=r"is under way; try again"):
        erase(shelf, client)
    assert remains(tmp_path) == set(WORDS)


def test_erased_deliveries_can_still_be_listed(shelf: Shelf, client: str) -> None:
    erase(shelf, client)
    assert {row.reason for row in shelf.store.deliveries()} == {DATA_ERASED}


def test_other_clients_keep_everything(shelf: Shelf, client: str) -> None:
    other = shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.bind(Ref("planfix", "main", "contact", "8"), other, "own")
        intake.set_fact(other, "client.note", "лишається", "by hand")
    before = shelf.store.belongings(other)
    erase(shelf, client)
    assert shelf.store.belongings(other) == before


def test_things_outside_are_known_as_erased_and_a_chat_is_forgotten(shelf: Shelf, client: str) -> None:
    erase(shelf, client)
    with shelf.store.intake(NOW) as intake:
        assert intake.erased() == {CONTACT, CARD, ANSWER}
        assert intake.local(CARD) == ""


def test_a_new_local_id_never_repeats_an_erased_one(shelf: Shelf, client: str) -> None:
    erase(shelf, client)
    assert shelf.client() not in {client, ""}


def test_an_export_holds_every_word(shelf: Shelf, client: str) -> None:
    found = shelf.store.belongings(client)
    text = json.dumps(found.content, ensure_ascii=False) + "".join(file.content.decode() for file in found.documents)
    assert {word for word in WORDS if word not in text} == set()


def test_an_export_gives_no_codes_away(shelf: Shelf, client: str) -> None:
    [token] = shelf.store.belongings(client).content["tokens"]
    assert token["purpose"] == "start"
    assert "token" not in token


def test_two_exports_of_the_same_client_are_equal(shelf: Shelf, client: str) -> None:
    assert shelf.store.belongings(client) == shelf.store.belongings(client)


def test_a_lease_that_runs_out_after_an_erasure_finds_nothing(shelf: Shelf, client: str) -> None:
    [row] = shelf.claim(limit=1)
    shelf.store.settle(row, State.WAITING, now=NOW, next_at=NOW)
    erase(shelf, client)
    assert not shelf.store.intend(row, now=NOW, lease=LEASE, expect={})


def test_every_table_is_either_searched_for_a_client_or_holds_nobody(shelf: Shelf, client: str) -> None:
    nobody_s = {"clients", "erasures", "checkpoints", "sources", "meta", "rule_sets"}
    searched = {*shelf.store.belongings(client).content} - {"format", "client"}
    assert searched == set(t.metadata.tables) - nobody_s
