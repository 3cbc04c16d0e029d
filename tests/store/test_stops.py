"""Stops: what people told the bridge to leave alone."""

from __future__ import annotations

from bridge.model.reasons import SAID
from bridge.store.stops import Scope, Stop, stop_for
from tests.store.shelf import NOW, Shelf, later


def test_a_stop_is_kept_with_who_said_it_since_when_and_why(shelf: Shelf) -> None:
    assert shelf.store.stop(Scope.RULE, "handoff", now=NOW, by="Vira", reason="wrong list")
    assert shelf.store.stops() == [Stop(Scope.RULE, "handoff", NOW, "Vira", SAID.of(words="wrong list"))]


def test_the_first_word_stands_when_it_is_said_twice(shelf: Shelf) -> None:
    shelf.store.stop(Scope.ALL, now=NOW, by="Vira")
    assert not shelf.store.stop(Scope.ALL, now=later(hours=1), by="Oleh")
    assert [(stop.since, stop.by) for stop in shelf.store.stops()] == [(NOW, "Vira")]


def test_going_on_ends_that_stop_and_no_other(shelf: Shelf) -> None:
    shelf.store.stop(Scope.RULE, "handoff", now=NOW, by="Vira")
    shelf.store.stop(Scope.RULE, "silence", now=NOW, by="Vira")
    assert shelf.store.go(Scope.RULE, "handoff")
    assert not shelf.store.go(Scope.RULE, "handoff")
    assert [stop.about for stop in shelf.store.stops()] == ["silence"]


def test_a_stopped_client_stays_stopped_when_it_is_merged_into_another(shelf: Shelf) -> None:
    with shelf.store.intake(NOW) as intake:
        kept, duplicate = (intake.new_subject("client", "", "card") for _ in range(2))
    shelf.store.stop(Scope.CLIENT, duplicate, now=NOW, by="Vira")
    with shelf.store.intake(NOW) as intake:
        intake.merge(duplicate, kept)
    assert [stop.about for stop in shelf.store.stops()] == [kept]
    assert shelf.store.go(Scope.CLIENT, kept)
    assert shelf.store.stops() == []


def test_the_widest_stop_is_the_reason_and_an_uncovered_effect_has_none() -> None:
    client, rule = Stop(Scope.CLIENT, "client-1", NOW, "Vira"), Stop(Scope.RULE, "handoff", NOW, "Oleh")
    assert stop_for([rule, client], "client-1", "handoff") == client
    assert stop_for([rule, client], "client-2", "silence") is None
    assert stop_for([Stop(Scope.ALL, "", NOW, "Vira")], "", "") is not None
    assert stop_for([Stop(Scope.CLIENT, "", NOW, "Vira")], "", "handoff") is None


def test_the_reason_names_who_stopped_it_and_why() -> None:
    assert str(Stop(Scope.ALL, "", NOW, "Vira").because) == "stopped by Vira"
    assert str(Stop(Scope.ALL, "", NOW, "Vira", SAID.of(words="holidays")).because) == "stopped by Vira: holidays"
