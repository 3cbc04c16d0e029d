"""Events that are history: kept at their own time, found by people, and never news to any rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.model.events import Actor, ActorKind, Event
from bridge.store.retention import Keep
from tests.store.shelf import CARD, NOW, Shelf, event, later

LONG_AGO = later(days=-800)
OLENA = Actor(ActorKind.PERSON, "olena", "Олена")


def past(id: str, subject: str = "", at: datetime = LONG_AGO, actor: Actor = OLENA, kind: str = "card.moved") -> Event:
    return replace(event(id, subject, kind, at=at), actor=actor)


def add(shelf: Shelf, *events: Event) -> list[bool]:
    with shelf.store.intake(NOW) as intake:
        return [intake.add_past(one, str(CARD)) for one in events]


@pytest.fixture
def client(shelf: Shelf) -> str:
    return shelf.client()


def test_history_is_kept_once_and_gives_nobody_anything_to_plan(shelf: Shelf, client: str) -> None:
    assert add(shelf, past("e1", client), past("e1", client)) == [True, False]
    assert shelf.store.clients_to_plan(NOW) == []
    assert shelf.store.load_client(client).events == ()


def test_history_of_nobody_stays_history_when_it_is_known_whose_it_is(shelf: Shelf, client: str) -> None:
    add(shelf, past("e1"))
    with shelf.store.intake(NOW) as intake:
        intake.bind(CARD, client, "named")
    assert [one.subject for one in shelf.store.events_since(0)] == [client]
    assert shelf.store.load_client(client).events == ()
    assert shelf.store.clients_to_plan(NOW) == []


def test_a_first_reading_learns_from_history_who_did_it_and_when(shelf: Shelf, client: str) -> None:
    with shelf.store.intake(NOW) as intake:
        intake.add_event(event("e1", client))
        intake.keep_quiet("e1")
    assert add(shelf, past("e1", client)) == [False]
    [known] = shelf.store.events_since(0)
    assert (known.actor, known.at) == (OLENA, LONG_AGO)


def test_what_rules_have_heard_is_never_told_otherwise(shelf: Shelf, client: str) -> None:
    shelf.add(event("e1", client))
    add(shelf, past("e1", client))
    [known] = shelf.store.events_since(0)
    assert (known.actor, known.at) == (Actor(), NOW)


def test_the_trail_shows_history_where_it_happened(shelf: Shelf, client: str) -> None:
    shelf.add(event("news", client))
    add(shelf, past("old", client), past("older", client, LONG_AGO - timedelta(days=1)))
    told = shelf.store.of_clients([client], None, 10).events
    assert [(one.id, one.seen_at) for one, _client in told][1:] == [("old", LONG_AGO), ("news", NOW)]
    assert [one.id for one, _client in shelf.store.of_all(None, 1).events] == ["news"]
    assert [one.id for one, _client in shelf.store.of_all(later(days=-1), 10).events] == ["news"]


def test_a_look_back_takes_history_for_known_since_it_happened(shelf: Shelf, client: str) -> None:
    add(shelf, past("late", client, later(days=-10)), past("early", client))
    found = shelf.store.past(client, [client], later(days=-20)).later
    assert [one.id for one in found] == ["late"]


def test_history_is_kept_as_long_from_its_import_on_as_news(shelf: Shelf, client: str) -> None:
    add(shelf, past("e1", client))
    keep = Keep(events=timedelta(days=730), journal=None)
    assert shelf.store.let_go(keep, later(days=729)) == {}
    assert shelf.store.let_go(keep, later(days=731)) == {"events": 1}
