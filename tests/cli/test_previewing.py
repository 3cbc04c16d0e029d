"""`bridge message preview`: what a client would read now, and nothing is sent."""

from __future__ import annotations

from tests.cli.conftest import Day

WHO = "ТОВ «Ромашка»"


def test_a_text_is_shown_as_the_client_would_read_it(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.ask", WHO)
    assert said.code == 0
    assert said.out.startswith("Добрий день, ТОВ «Ромашка»!\nЩоб ми могли почати")
    assert "<a" not in said.out


def test_another_language_may_be_asked_for(day: Day) -> None:
    day.lead()
    assert day.bridge("message", "preview", "brief.ask", WHO, "--in", "en").out.startswith("Hello, ТОВ «Ромашка»!")


def test_in_the_place_of_a_text_that_would_be_untrue_its_other_one_is_shown(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.thanks", WHO, "--gate", "start", "--language", "en")
    assert said.out.startswith("it would not be true now; in its place goes brief.thanks_but:\nБриф отримали")


def test_nothing_is_sent_and_nothing_changes(day: Day) -> None:
    day.lead()
    before = day.bridge("outbox", "list", "--json").out
    day.bridge("message", "preview", "brief.ask", WHO)
    assert day.bridge("outbox", "list", "--json").out == before


def test_a_misspelt_text_is_told_with_the_nearest_one(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.aks", WHO, "--language", "en")
    assert (said.code, said.out) == (2, "")
    assert "there is no text" in said.err
    assert "brief.ask" in said.err


def test_what_the_bridge_says_by_itself_has_no_preview(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "system.gone", WHO, "--language", "en")
    assert (said.code, "messages/system.yaml" in said.err) == (2, True)


def test_nobody_known_is_told_with_the_nearest_name(day: Day) -> None:
    day.lead()
    said = day.bridge("message", "preview", "brief.ask", "ТОВ Ромашко", "--language", "en")
    assert (said.code, "nobody is called" in said.err) == (2, True), said.err
