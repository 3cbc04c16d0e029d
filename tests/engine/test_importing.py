"""Importing the past: everything becomes history, once, whatever goes wrong on the way, and no rule hears of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from bridge.engine.importing import Imported, Read, import_past, past_of
from bridge.model.decisions import Capability, CommentCard, CreateCard
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import moment_text
from bridge.testing import FakeConnector
from tests.engine.office import NOON, OLENA, Desk, agency, loaded_rules

RULES = """\
rules:
  - {id: heard, name: Heard, when: comment.added, per: deal, then: [{label.add: VIP}]}
  - {id: moved, name: Moved, when: card.moved, per: deal, then: [{label.add: VIP}]}
  - {id: made, name: Made, when: card.created, per: deal, then: [{label.add: VIP}]}
"""
LONG_AGO = NOON - timedelta(days=400)


class Remembering(FakeConnector):
    """A system with a past: its pages in order. A page is known by the number of those before it."""

    past_pages: tuple[Page, ...] = ()
    troubles: deque[Exception]
    asked: tuple[Cursor | None, ...] = ()
    untold = ("labels of the past",)

    def past(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """The page behind the cursor; those of before `since` are the end."""
        self.asked = (*self.asked, cursor)
        if self.troubles:
            raise self.troubles.popleft()
        done = int(cursor or "0")
        left = [page for page in self.past_pages[done:] if since is None or page.happenings[0].at >= since]
        if not left:
            return Page(cursor)
        return replace(left[0], cursor=Cursor(str(done + 1)), more=True)


class Archive(Desk):
    """A desk with a Trello that has a past; what is kept of other people's waiting is `waited`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        made = Remembering("trello", frozenset({Capability.CARDS}), self.clock, frozenset({"trello.card"}))
        made.troubles = deque()
        self.trello = self.past = made
        self.engine.connectors = {**self.engine.connectors, "trello": made}
        self.waited: list[float] = []

    def begins_with(self, *records: Record) -> None:
        """What the first reading shows."""
        self.past.pages.append(Page(Cursor("first"), records))

    def import_(self, since: datetime | None = None) -> Imported:
        return import_past(self.engine, ["trello"], since, self.waited.append)

    def read(self) -> Read:
        [read] = self.import_().read
        return read


def said(number: int, card: str = "c1", at: datetime = LONG_AGO, **more: Any) -> Happening:
    ref, about = Ref("trello", "main", "action", f"a{number}"), Ref("trello", "main", "card", card)
    return Happening(ref, "comment.added", at + timedelta(minutes=number), about, OLENA, {"text": "Так"}, **more)


def moved(number: int, at: datetime = LONG_AGO, card: str = "c1") -> Happening:
    return replace(said(number, card, at), kind="card.moved", data={"from": "Лід", "to": "Договір"})


def made(card: str = "c1") -> Happening:
    ref = Ref("trello", "main", "card", f"{card}:card")
    return replace(said(0, card), ref=ref, kind="card.created", data={"list": "Лід", "origin": "trello"})


def page(*happenings: Happening) -> Page:
    return Page(None, happenings=happenings)


@pytest.fixture
def desk() -> Iterator[Archive]:
    desk = Archive(context=agency(loaded_rules(RULES)))
    desk.begins_with(desk.card(created_at=moment_text(NOON - timedelta(hours=2))))
    desk.past.past_pages = (page(said(5), moved(4)), page(said(3), said(2)), page(made()))
    yield desk
    desk.store.close()


def ids(desk: Desk) -> list[str]:
    return sorted(event.id for event in desk.events if event.kind != "deal.created")


def test_the_past_is_kept_with_who_did_it_and_when(desk: Archive) -> None:
    read = desk.read()
    found = {event.id: event for event in desk.events}
    assert found["trello:main:action:a4"].at == LONG_AGO + timedelta(minutes=4)
    assert {event.actor for event in desk.events if event.kind != "deal.created"} == {OLENA}
    assert found["trello:main:card:c1:card"].at == LONG_AGO
    assert (read.first, read.news, read.oldest, read.untold) == (True, 6, LONG_AGO, ("labels of the past",))


def test_no_rule_hears_of_the_past_not_even_when_its_client_is_planned_later(desk: Archive) -> None:
    desk.import_()
    assert desk.woken() == []
    assert desk.engine.plan_due()[1] == 0
    assert (desk.store.deliveries(), desk.past.pushed) == ([], [])


def test_a_field_that_changed_is_told_as_the_fact_that_it_holds(desk: Archive) -> None:
    ref = Ref("trello", "main", "action", "a9:list")
    changes = [{"field": "list", "old": "Лід", "new": "Договір"}, {"field": "color", "old": "a", "new": "b"}]
    told = [replace(said(9), ref=ref, kind="field.changed", data=data) for data in changes]
    desk.past.past_pages = (page(*told),)
    desk.import_()
    [changed] = [event for event in desk.events if event.kind == "field.changed"]
    assert (changed.id, changed.data) == ("trello:main:action:a9:list:card.list", {**changes[0], "field": "card.list"})


def test_nobody_is_answered_and_nobody_is_told(desk: Archive) -> None:
    desk.past.past_pages = (page(replace(said(5), data={"text": "/бриф Ромашка"})),)
    desk.import_()
    assert desk.told() == []


def test_a_second_import_brings_nothing(desk: Archive) -> None:
    desk.import_()
    known = ids(desk)
    asked = len(desk.past.asked)
    assert desk.read().news == 0
    assert ids(desk) == known
    assert desk.past.asked[asked:] == (Cursor("3"),)


@pytest.mark.parametrize("killed_before", range(4))
def test_a_killed_import_goes_on_from_its_last_page(desk: Archive, killed_before: int) -> None:
    whole = Archive()
    whole.begins_with(whole.card(created_at=moment_text(NOON - timedelta(hours=2))))
    whole.past.past_pages = desk.past.past_pages
    whole.import_()
    with pytest.raises(KeyboardInterrupt):
        import_past(desk.engine, ["trello"], None, desk.waited.append, _dies_at(killed_before))
    desk.import_()
    assert ids(desk) == ids(whole)
    assert desk.past.asked.count(Cursor("1")) == 1
    whole.store.close()


def test_a_page_is_kept_with_its_checkpoint_or_not_at_all(desk: Archive) -> None:
    desk.engine.take_in("trello", desk.past.pull(None), first=True, history=True)
    known = ids(desk)
    with (
        patch("bridge.store.intake.Intake.checkpoint", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        desk.import_()
    assert ids(desk) == known
    assert desk.read().news == 4


def _dies_at(number: int) -> Any:
    def told(read: Read) -> None:
        if read.pages == number + 1:
            raise KeyboardInterrupt

    return told


def test_a_vendor_that_says_wait_is_waited_for(desk: Archive) -> None:
    slow = ConnectorError("trello", "too fast", retry=Retry.PASSING, wait=timedelta(seconds=10))
    desk.past.troubles.extend([slow, ConnectorError("trello", "timeout", retry=Retry.PASSING)])
    assert desk.read().news == 6
    assert desk.waited == [10, 2]


def test_a_vendor_that_stays_away_is_named_and_the_next_import_goes_on(desk: Archive) -> None:
    desk.past.troubles.extend(ConnectorError("trello", f"down {n}", retry=Retry.PASSING) for n in range(8))
    read = desk.read()
    assert (read.failed, len(desk.waited)) == (["trello: down 7"], 7)
    assert desk.read().news == 4


def test_a_refusal_that_does_not_pass_is_not_asked_again(desk: Archive) -> None:
    desk.past.troubles.append(ConnectorError("trello", "no right", retry=Retry.ASK_ADMIN))
    assert desk.read().failed == ["trello: no right"]
    assert desk.waited == []


def test_a_poll_after_the_import_tells_only_what_is_new(desk: Archive) -> None:
    desk.import_()
    desk.planned()
    desk.past.pages.append(Page(Cursor("second"), [desk.card()], [said(5), moved(4), said(9, at=NOON)]))
    desk.engine.pull("trello")
    assert desk.woken() == ["comment.added"]


def test_an_import_after_months_adds_only_what_is_older() -> None:
    desk = Archive()
    desk.past.pages.append(Page(Cursor("first"), [desk.card()]))
    desk.engine.pull("trello")
    desk.planned()
    since = desk.wait(days=30).now
    desk.past.pages.append(Page(Cursor("2"), [desk.card(list="Договір")], [said(7, at=since)]))
    desk.engine.pull("trello")
    desk.planned()
    desk.wait(days=30)
    polled = ids(desk)
    desk.past.past_pages = (page(said(7, at=since), moved(6, at=since), said(3), moved(2), made()),)
    assert desk.read().news == 2  # the move of that month was seen on the card, under another name
    assert sorted({*ids(desk)} - {*polled}) == ["trello:main:action:a2", "trello:main:action:a3"]
    assert len(desk.past.pulled) == 2  # what changed meanwhile is left to the next poll
    desk.store.close()


def test_a_card_of_our_own_making_has_no_past_but_what_was_said(desk: Archive) -> None:
    task = Ref("planfix", "main", "task", "t1")
    desk.take(desk.task())
    made_by_us = desk.want(CreateCard("Лід", "Ромашка"), desk.local(task))
    desk.past.pages.clear()
    desk.take(desk.card(names=(task,), mark=made_by_us), source="trello")
    desk.past.past_pages = (page(moved(6, at=desk.now), replace(made(), at=desk.now)),)
    assert desk.read().news == 0


def test_what_the_bridge_wrote_itself_is_no_past_of_people(desk: Archive) -> None:
    desk.import_()
    delivery = desk.want(CommentCard("Зведення"), desk.local(Ref("trello", "main", "card", "c1")))
    desk.past.past_pages = (*desk.past.past_pages, page(said(8, mark=delivery)))
    assert desk.read().news == 0


def test_the_past_of_an_unknown_card_waits_for_it_and_stays_silent(desk: Archive) -> None:
    desk.past.past_pages = (page(said(5, card="c2"), made("c2")),)
    desk.import_()
    desk.planned()
    desk.take(desk.card("c2"), source="trello")
    of_card = [event for event in desk.events if event.id.endswith(("a5", "c2:card"))]
    assert {event.subject for event in of_card} == {desk.local(Ref("trello", "main", "card", "c2"))}
    assert "comment.added" not in desk.woken()
    assert "card.created" not in desk.woken()


def test_the_past_of_an_erased_client_stays_erased(desk: Archive) -> None:
    desk.import_()
    card = Ref("trello", "main", "card", "c1")
    with desk.store.intake(desk.now) as intake:
        client = intake.client_of(intake.local(card))
    desk.store.erase(client, desk.now, by="test")
    desk.past.past_pages = (*desk.past.past_pages, page(said(8)))
    assert desk.read().news == 0


def test_what_belongs_together_and_what_stands_alone_is_told(desk: Archive) -> None:
    task, contact = Ref("planfix", "main", "task", "t1"), Ref("planfix", "main", "contact", "7")
    desk.take(desk.contact(), desk.task(names=(contact,)), desk.task("t2", name="Реклама", names=(contact,)))
    desk.past.pages.clear()
    archived = desk.card("c3", name="Старе", closed=True)
    desk.begins_with(desk.card(names=(task,)), desk.card("c2", name="Пекарня"), archived)
    found = desk.import_()
    assert found.bound == 1
    assert [card.name for card in found.cards] == ["Пекарня"]
    assert [deal.name for deal in found.deals] == ["Реклама"]


def test_an_equal_phone_binds_and_two_are_proposed_without_a_word_to_anybody(desk: Archive) -> None:
    one, both = ("+380671112233",), ("+380440000000",)
    desk.take(replace(desk.contact("7"), phones=one))
    desk.take(*(replace(desk.contact(id, name="Спільний"), phones=both) for id in ("8", "9")))
    desk.planned()
    desk.past.pages.clear()
    desk.begins_with(replace(desk.card(), phones=one), replace(desk.card("c2", name="Чия?"), phones=both))
    found = desk.import_()
    assert (found.bound, found.cards) == (1, ())
    assert [item.summary["name"] for item in found.proposed] == ["Чия?"]
    assert (desk.told(), desk.store.deliveries()) == ([], [])


def test_an_import_goes_back_to_a_day_and_a_later_one_further(desk: Archive) -> None:
    desk.past.past_pages = (page(said(5, at=NOON - timedelta(days=3))), page(said(3)))
    desk.import_(NOON - timedelta(days=10))
    assert "trello:main:action:a3" not in ids(desk)
    assert desk.read().news == 1
    assert desk.store.cursor(past_of("trello")) == Cursor("2")


def test_a_part_that_cannot_be_read_is_named(desk: Archive) -> None:
    gone = ConnectorError("trello", "board gone", retry=Retry.ASK_ADMIN)
    desk.past.past_pages = (replace(page(said(5)), failed={"trello.card": gone}), page(said(3)))
    read = desk.read()
    assert (read.failed, read.news) == (["trello: board gone"], 4)


def test_who_did_it_is_not_made_up(desk: Archive) -> None:
    nobody = Actor(ActorKind.UNKNOWN)
    desk.past.past_pages = (page(replace(made(), actor=nobody)),)
    desk.import_()
    [known] = [event for event in desk.events if event.kind == "card.created"]
    assert (known.actor, known.at) == (nobody, NOON - timedelta(hours=2))
