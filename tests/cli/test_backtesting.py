"""Trying a rule on what really happened, at the command line."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Day, Said


def backtest(day: Day, *words: str) -> Said:
    return day.bridge("backtest", *words, "--since", "2026-11-30", "--language", "en")


def test_a_rule_as_it_is_would_have_done_what_it_did(day: Day) -> None:
    day.lead()
    made: Any = backtest(day, "lead-card", "--json").json
    assert (len(made["fired"]), len(made["really_fired"])) == (1, 1)
    assert made["fired"][0]["at"] == made["really_fired"][0]["at"]
    assert made["other_rules"] == {"besides": 0, "not": 0}
    assert made["would_not_have_gone"] == []


def test_a_backtest_says_how_often_and_for_whom(day: Day) -> None:
    day.lead()
    said = backtest(day, "lead-card")
    assert said.code == 0, said.err
    assert "It would have fired: 1, clients: 1; repeats: 0; on days off: 0" in said.out
    assert "ТОВ «Ромашка»" in said.out


def test_a_backtest_stores_nothing_and_sends_nothing(day: Day) -> None:
    day.lead()
    before = day.bridge("outbox", "list", "--json").out, day.bridge("logs", "--json").out
    backtest(day, "lead-card")
    assert (day.bridge("outbox", "list", "--json").out, day.bridge("logs", "--json").out) == before


def test_a_beginning_that_is_no_day_is_told_how_a_day_is_written(day: Day) -> None:
    day.lead()
    said = day.bridge("backtest", "lead-card", "--since", "вчора")
    assert said.code == 2
    assert "«вчора» — не день: напишіть 2026-12-03" in said.err


def test_it_says_that_nothing_is_stored_of_the_time_before_the_first_record(day: Day) -> None:
    day.lead()
    assert "Nothing is stored of the time before 30.11.2026 10:05" in backtest(day, "lead-card").out


def test_a_near_miss_says_what_was_wanting(day: Day) -> None:
    day.lead()
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    said = day.bridge("backtest", "brief-send", "--since", "2026-11-30").out
    assert "ТОВ «Ромашка»: щоб спрацювало: Канал зв’язку з клієнтом — заповнено\n" in said


def test_other_rules_are_tried_from_a_file(day: Day) -> None:
    day.lead()
    changed = day.bridge.folder / "10-lead.yaml"
    text = (day.bridge.folder / "config" / "rules" / "10-lead.yaml").read_text(encoding="utf-8")
    changed.write_text(text.replace("if: {card.list: {filled: false}}", "if: {card.list: Архів}"), encoding="utf-8")
    said = backtest(day, "lead-card", "--rules", str(changed))
    assert "It would never have fired." in said.out
    assert "It really fired: 1" in said.out


def test_an_unknown_rule_is_named_with_the_nearest(day: Day) -> None:
    day.lead()
    said = backtest(day, "brief-sned")
    assert said.code == 2
    assert "brief-send" in said.err
