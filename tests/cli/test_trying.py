"""Trying rules at the command line: nothing is stored, nothing is sent."""

from __future__ import annotations

from tests.cli.conftest import Day


def test_an_event_that_never_was_shows_its_effects_with_their_texts(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moved: {to: Ініціалізація}", "--language", "en")
    assert said.code == 0, said.err
    assert "This would be done:" in said.out
    assert "move the card back: Ліди" in said.out
    assert "Не вистачає" in said.out  # the words of the text that goes with the card


def test_simulating_stores_nothing_and_sends_nothing(day: Day) -> None:
    day.lead()
    before = day.bridge("export", "--help").code, day.bridge("outbox", "list", "--json").out
    day.bridge("simulate", "Ромашка", "--event", "label.added: Надіслати бриф")
    assert (0, day.bridge("outbox", "list", "--json").out) == before
    assert day.bridge("why", "Ромашка", "brief-send", "--json").json == []


def test_a_client_can_be_tried_as_of_an_earlier_moment(day: Day) -> None:
    day.lead()
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    said = day.bridge("simulate", "Ромашка", "--at", "2026-11-30T10:07", "--language", "en")
    assert said.code == 0, said.err
    assert "Nothing would be done." in said.out
    assert "Not stored of that time" not in said.out


def test_of_the_time_before_the_journal_it_is_said_what_is_not_stored(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--at", "2026-11-29T10:07", "--language", "en")
    assert "Not stored of that time" in said.out


def test_a_misspelt_event_is_named(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moevd: Архів")
    assert said.code == 2
    assert "card.moved" in said.err
