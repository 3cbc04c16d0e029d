"""The intake transaction: all of a page or nothing of it, and what binding and merging leave behind."""

from __future__ import annotations

from contextlib import suppress

from bridge.model.decisions import MoveCard, WriteFields
from bridge.model.deliveries import Receipt, State
from bridge.model.planning import Edge, Ran
from bridge.model.records import Cursor, Ref
from tests.store.shelf import CARD, CHAT, LEASE, NOW, Shelf, card, event, later, timer


def test_an_error_inside_a_page_leaves_nothing_of_it(shelf: Shelf) -> None:
    with suppress(RuntimeError), shelf.store.intake(NOW) as intake:
        intake.put(card(list="Лід"), None)
        intake.bind(CARD, intake.new_subject("client", "", "test"), "test")
        intake.add_event(event("e1"))
        intake.checkpoint("trello", Cursor("2"))
        raise RuntimeError
    assert shelf.store.cursor("trello") is None
    assert shelf.store.events_since(0) == []
    assert shelf.store.subjects() == []
    with shelf.store.intake(NOW) as intake:
        assert intake.stored([CARD]) == {}


def test_an_error_inside_a_page_leaves_the_checkpoint_of_the_page_before(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.checkpoint("trello", Cursor("1"))
    with suppress(RuntimeError), shelf.store.intake(NOW) as intake:
        intake.checkpoint("trello", Cursor("2"))
        raise RuntimeError
    assert shelf.store.cursor("trello") == Cursor("1")


def test_an_event_is_kept_once(shelf: Shelf) -> None:
    assert shelf.add(event("e1"), event("e1"), event("e2")) == [True, False, True]
    assert [item.id for item in shelf.store.events_since(0)] == ["e1", "e2"]


def test_what_was_read_never_moves_back(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.seen({"trello.card": later(minutes=5)})
        intake.seen({"trello.card": NOW})
    assert shelf.store.sources()["trello.card"].seen_up_to == later(minutes=5)


def test_a_source_fails_since_its_first_failure_until_it_is_read_again(shelf: Shelf) -> None:
    shelf.store.source_failed(["trello.card"], "timeout", NOW)
    shelf.store.source_failed(["trello.card"], "refused", later(hours=1))
    failing = shelf.store.sources()["trello.card"]
    assert (failing.failing_since, failing.error) == (NOW, "refused")
    with shelf.store.intake(NOW) as intake:
        intake.seen({"trello.card": later(hours=2)})
    assert shelf.store.sources()["trello.card"].failing_since is None


def test_events_of_an_unbound_thing_find_home_at_the_binding(shelf: Shelf) -> None:
    client = shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.add_event(event("e1"), str(CHAT))
        intake.bind(CHAT, client, "test")
    assert shelf.store.clients_to_plan(NOW) == [client]
    assert [item.subject for item in shelf.store.load_client(client).events] == [client]


def test_a_deleted_record_is_not_found_by_its_address(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.put(card(url="https://trello.test/c/abcd/1-x"), None)
        assert intake.find_by_url("trello", "card", "abcd") == CARD
        assert intake.find_by_url("trello", "card", "bcd") is None
        gone = card(url="https://trello.test/c/abcd/1-x")
        intake.put(type(gone)(CARD, {}, NOW, url=gone.url, deleted=True), intake.stored([CARD])[CARD])
        assert intake.find_by_url("trello", "card", "abcd") is None


def test_what_was_settled_lies_on_the_desk_anew_when_it_comes_up_again(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        assert intake.add_inbox("answer", "a", {"n": 1})
        assert not intake.add_inbox("answer", "a", {"n": 2})
        intake.settle_inbox("a", "nobody's")
        assert intake.add_inbox("answer", "a", {"n": 3})
    assert [item.summary for item in shelf.store.inbox()] == [{"n": 3}]


# -- merging -----------------------------------------------------------------------------------------------------------


def merged(shelf: Shelf, duplicate: str, into: str) -> None:
    with shelf.store.intake(later(minutes=1)) as intake:
        intake.merge(duplicate, into)


def test_merging_moves_links_and_keeps_the_old_id_as_another_name(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.bind(CHAT, old, "test")
    merged(shelf, old, new)
    with shelf.store.intake(NOW) as intake:
        assert (intake.local(CHAT), intake.bound(new, CHAT.system, CHAT.kind)) == (new, [CHAT])
        assert intake.real(old) == new
    assert [subject.id for subject in shelf.store.subjects()] == [new]


def test_merging_keeps_once_flags_by_or(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    shelf.commit(old, runs={("greet", old): Ran(1, NOW), ("both", old): Ran(1, NOW)})
    shelf.commit(new, runs={("both", new): Ran(2, later(hours=1))})
    merged(shelf, old, new)
    runs = shelf.store.load_client(new).runs
    assert runs == {("greet", new): Ran(1, NOW), ("both", new): Ran(3, later(hours=1))}


def test_merging_moves_events_facts_timers_edges_and_deliveries(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    shelf.commit(old, timers=[timer("t", later(days=1), old)], edges={("rule", old): Edge(True, 1)})
    with shelf.store.intake(NOW) as intake:
        intake.add_event(event("e1", old))
        intake.set_fact(old, "client.state", "active", "test")
    shelf.want("k", lane=f"chat:{old}", client=old, subject=old)
    merged(shelf, old, new)
    state = shelf.store.load_client(new)
    assert [item.subject for item in state.events] == [new]
    assert state.facts[(new, "client.state")][0] == "active"
    assert [item.subject for item in state.timers] == [new]
    assert state.edges == {("rule", new): Edge(True, 1)}
    assert [(row.client, row.subject, row.lane) for row in shelf.store.deliveries()] == [(new, new, f"chat:{new}")]


def test_merging_keeps_a_fact_that_the_remaining_one_has_itself(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.set_fact(old, "client.state", "lead", "test")
        intake.set_fact(new, "client.state", "active", "test")
    merged(shelf, old, new)
    assert shelf.store.load_client(new).facts[(new, "client.state")][0] == "active"


def test_merging_clients_takes_their_deals_along(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    deal = shelf.deal(old)
    shelf.add(event("e1", deal))
    merged(shelf, old, new)
    assert [(item.id, item.parent) for item in shelf.store.load_client(new).subjects] == [(new, ""), (deal, new)]
    assert [item.id for item in shelf.store.load_client(new).events] == ["e1"]


def test_what_still_names_a_merged_id_reaches_the_remaining_one(shelf: Shelf) -> None:
    old, new = shelf.client(), shelf.client()
    merged(shelf, old, new)
    shelf.add(event("late", old))
    with shelf.store.intake(NOW) as intake:
        intake.bind(CHAT, old, "late")
        assert intake.local(CHAT) == new
    assert [(item.id, item.subject) for item in shelf.store.load_client(new).events] == [("late", new)]


# -- what a receipt proves ---------------------------------------------------------------------------------------------


def test_a_receipt_changes_the_kept_record_at_once(shelf: Shelf) -> None:
    client = shelf.client()
    with shelf.store.intake(NOW) as intake:
        intake.put(card(list="Лід", list_id="1"), None)
        intake.bind(CARD, client, "test")
    shelf.want("k", subject=client, decision=MoveCard("Договір"))
    row = shelf.claim()[0]
    shelf.store.intend(row, now=NOW, lease=LEASE, expect={(str(CARD), "list"): "Договір"})
    patch = {"list": "Договір", "list_id": "2"}
    shelf.store.settle(row, State.CONFIRMED, now=NOW, receipt=Receipt(NOW, CARD), patch=patch)
    assert shelf.store.load_client(client).records[client][0].fields == patch


def test_a_late_receipt_does_not_undo_what_was_read_after_the_write(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.put(card(list="Лід"), None)
    shelf.want("k", decision=MoveCard("Договір"))
    row = shelf.claim()[0]
    shelf.store.intend(row, now=NOW, lease=LEASE, expect={(str(CARD), "list"): "Договір"})
    with shelf.store.intake(NOW) as intake:  # somebody moved it on before we heard of our own move
        intake.put(card(list="Архів"), intake.stored([CARD])[CARD])
        intake.seen_expected(CARD, "list")
    shelf.store.settle(row, State.CONFIRMED, now=NOW, receipt=Receipt(NOW, CARD), patch={"list": "Договір"})
    with shelf.store.intake(NOW) as intake:
        assert intake.stored([CARD])[CARD].fields == {"list": "Архів"}


def test_every_value_written_outside_tells_where_it_came_from(shelf: Shelf) -> None:
    client = shelf.client()
    decision = WriteFields("planfix.contact", {"site": "a.test"}, {"site": "answer 3"})
    shelf.want("k", client=client, subject=client, decision=decision)
    row = shelf.claim()[0]
    shelf.store.settle(row, State.CONFIRMED, now=NOW, receipt=Receipt(NOW, Ref("planfix", "main", "contact", "7")))
    assert shelf.store.load_client(client).written == {(client, "planfix.contact.site"): "a.test"}
