"""A page is compared before the transaction that stores it; what was written in between is compared once more there."""

from __future__ import annotations

from dataclasses import replace

from bridge.engine.comparing import compare
from bridge.engine.observe import take_in
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain
from tests.engine.office import OLENA, Desk

CARD = Ref("trello", "main", "card", "c1")


def news(desk: Desk, page: Page) -> list[Record]:
    compared = compare(desk.store, page)
    with desk.store.intake(desk.now) as intake:
        return compared.news(page.records, intake)


def checklist(done: bool) -> list[Plain]:
    return [{"id": "l1", "name": "Запуск", "items": [{"id": "i1", "name": "Домен", "done": done}]}]


def test_of_a_whole_board_only_cards_that_differ_are_news(desk: Desk) -> None:
    desk.take(desk.card("c1"), desk.card("c2"), desk.card("c3"))
    changed, new = desk.card("c3", list="Договір"), desk.card("c4")
    assert news(desk, Page(Cursor("2"), [desk.card("c1"), desk.card("c2"), changed, new])) == [changed, new]


def test_what_was_stored_since_it_was_compared_is_compared_again(desk: Desk) -> None:
    desk.take(desk.card(list="Лід"))
    slow = desk.card(list="Договір")
    page = Page(Cursor("2"), [desk.wait(seconds=1).card(list="Лід")])
    compared = compare(desk.store, page)
    desk.take(slow, cursor=None)
    with desk.store.intake(desk.now) as intake:
        take_in(intake, page, "trello", desk.context, first=False, compared=compared)
    assert [event.data["to"] for event in desk.events if event.kind == "card.moved"] == ["Договір", "Лід"]


def test_a_card_that_is_deleted_since_it_was_compared_is_news(desk: Desk) -> None:
    desk.take(desk.card())
    page = Page(Cursor("2"), [desk.card()])
    compared = compare(desk.store, page)
    desk.take(desk.card(deleted=True), cursor=None)
    with desk.store.intake(desk.now) as intake:
        assert compared.news(page.records, intake) == page.records


def test_a_line_ticked_before_is_no_news_though_the_card_does_not_tell_who_ticked_it(desk: Desk) -> None:
    desk.take(desk.card(checklists=checklist(done=False)))
    tick = Happening(
        Ref("trello", "main", "action", "a1"), "checklist.ticked", desk.now, CARD, OLENA, {"item": "i1", "done": True}
    )
    desk.take(desk.card(checklists=checklist(done=True)), tick)
    page = Page(Cursor("3"), [desk.card(checklists=checklist(done=True))])
    assert news(desk, page) == []


def test_a_tick_that_the_page_tells_of_is_news(desk: Desk) -> None:
    desk.take(desk.card(checklists=checklist(done=True)))
    tick = Happening(
        Ref("trello", "main", "action", "a1"), "checklist.ticked", desk.now, CARD, OLENA, {"item": "i1", "done": True}
    )
    card = desk.card(checklists=checklist(done=True))
    assert news(desk, Page(Cursor("2"), [card], [tick])) == [card]


def test_a_card_of_which_a_field_cannot_be_read_is_no_news_twice(desk: Desk) -> None:
    desk.take(desk.card(site="a.test"))
    blind = replace(desk.card(), unknown=frozenset({"site"}))
    assert news(desk, Page(Cursor("2"), [blind])) == [blind]
    desk.take(blind)
    assert news(desk, Page(Cursor("3"), [blind])) == []
