"""The shadow by command: it ticks on its own database with rights to read alone, and reports."""

from __future__ import annotations

from typing import Any, cast

from tests.cli.conftest import Day


def in_shadow(day: Day, *times: str) -> None:
    for time in times:
        assert day.bridge("tick", "--shadow", "--at", time).code == 0


def a_lead_in_shadow(day: Day) -> None:
    in_shadow(day, "2026-11-30T10:00")
    contact = day.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
    day.people.create_task("Сайт", contact=contact)
    in_shadow(day, "2026-11-30T10:05", "2026-11-30T10:06")


def test_a_shadow_with_a_token_that_may_only_read_finds_all_well(day: Day) -> None:
    for token in day.sandbox.trello.store.tokens.values():
        token.may_write = False
    assert "token-read-only" in day.bridge("check").err
    assert "token-read-only" not in day.bridge("check", "--shadow").err


def test_the_report_for_people_tells_what_would_have_been_done(day: Day) -> None:
    a_lead_in_shadow(day)
    answer = day.bridge("shadow", "report")
    assert "lead-card: картку створено ×1, повідомлення команді ×1; 1 клієнт\n" in answer.out
    assert "нікуди нічого не записано\n" in answer.out
    assert day.sandbox.journal.writes() == []


def test_the_report_tells_what_a_card_lacks_by_who_owes_it(day: Day) -> None:
    a_lead_in_shadow(day)
    told = day.bridge("shadow", "report", "--language", "en").out
    assert "  ТОВ «Ромашка» — Handoff to production\n      account manager: Олена: the project’s name, the kind" in told


def test_the_report_for_programs_holds_the_same(day: Day) -> None:
    a_lead_in_shadow(day)
    found = cast("dict[str, Any]", day.bridge("shadow", "report", "--json").json)
    assert [(one["rule"], one["did"]) for one in found["rules"]] == [
        ("lead-card", {"card made": 1, "message to staff": 1})
    ]
    owner = found["lacking"][0]["missing"][0]
    assert (owner["owed_by"], owner["who"]) == ("manager", "менеджер з продажу: Олена")


def test_a_day_that_is_none_is_refused(day: Day) -> None:
    a_lead_in_shadow(day)
    answer = day.bridge("shadow", "report", "--since", "yesterday")
    assert (answer.code, answer.err.splitlines()[0]) == (2, "«yesterday» — не день: напишіть 2026-12-03")
