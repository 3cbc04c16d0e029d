"""The journal holds what stood there before each change, so that any earlier moment can be told."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bridge.model.events import Cause
from bridge.model.planning import Blind, Edge, FactSet, Ran
from bridge.model.reasons import DONE
from bridge.model.records import Record, Ref
from bridge.store import tables as t
from bridge.store.database import reading
from tests.store.shelf import CARD, NOW, Shelf, card, later, timer


def entries(shelf: Shelf, kind: str) -> list[dict[str, object]]:
    query = sa.select(t.journal.c.data).where(t.journal.c.kind == kind).order_by(t.journal.c.n)
    with reading(shelf.store._engine) as connection:
        return list(connection.execute(query).scalars())


def test_a_plan_leaves_the_marks_it_changed_as_they_were(shelf: Shelf) -> None:
    client = shelf.client()
    shelf.commit(client, edges={("rule", client): Edge(False)}, runs={("rule", client): Ran(1, NOW)})
    shelf.commit(client, edges={("rule", client): Edge(True, 1)})
    first, second = entries(shelf, "planned")[1:]
    assert first["edges"] == [["rule", client, None, None]]
    assert second["edges"] == [["rule", client, False, 0]]


def test_a_plan_leaves_timers_and_facts_as_they_were(shelf: Shelf) -> None:
    client = shelf.client()
    fact = FactSet(client, "client.note", "new", NOW, Cause("rule"))
    shelf.commit(client, timers=(timer("t1", NOW, client),), sets=(fact,))
    shelf.commit(client, timers_ended={"t1": DONE})
    made, ended = entries(shelf, "planned")[1:]
    assert (made["timers"], made["facts"]) == ([["t1", None]], [[client, "client.note", False, None]])
    assert ended["timers"][0][1][-1] == "live"  # type: ignore[index]


def test_a_plan_says_what_it_could_not_see(shelf: Shelf) -> None:
    client = shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.seen({"trello.card": NOW - timedelta(hours=3), "planfix.task": NOW})
    version = shelf.store.load_client(client).version
    shelf.commit(client, version, blind=(Blind("e1", client, ("trello.card",), NOW, "rule"),))
    entry = entries(shelf, "planned")[-1]
    assert entry["blind"] == {"trello.card": "2026-12-01T12:00:00.000000Z"}
    assert entry["seen"] == {"trello.card": "2026-12-01T09:00:00.000000Z"}


def test_a_changed_record_leaves_only_what_changed(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.put(card(list="Brief", name="Ромашка"), None)
    with shelf.store.intake(later(hours=1)) as intake:
        intake.put(
            Record(CARD, {"list": "Work", "name": "Ромашка", "due": "1"}, later(hours=1)), intake.stored([CARD])[CARD]
        )
    assert entries(shelf, "record") == [{"first": True}, {"was": {"list": "Brief"}, "new": ["due"]}]


def test_a_receipt_says_whose_write_it_was(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.put(card(list="Brief"), None)
        intake.expect(CARD, "list", "Work", "d1")
        intake.patch(CARD, {"list": "Work"}, "d1")
    assert entries(shelf, "record")[-1] == {"by": "d1", "was": {"list": "Brief"}}


def test_a_binding_leaves_the_one_before(shelf: Shelf) -> None:
    client = shelf.client()
    chat = Ref("telegram", "bot", "chat", "7")
    with shelf.store.intake(NOW) as intake:
        intake.bind(chat, client, "once")
        intake.bind(chat, client, "again")
    assert entries(shelf, "bound") == [{}]  # bound to nobody before, and the second time nothing changed


def test_an_erased_client_leaves_no_word_in_the_journal(shelf: Shelf) -> None:
    client = shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.put(card(name="Ромашка"), None)
        intake.bind(CARD, client, "")
        intake.put(card(name="Волошка"), intake.stored([CARD])[CARD])
    shelf.store.erase(client, NOW, "olena")
    assert [entries(shelf, kind) for kind in ("planned", "record", "bound")] == [[], [], []]
