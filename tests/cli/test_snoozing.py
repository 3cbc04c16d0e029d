"""Reminders about a client that are put off on the command line."""

from __future__ import annotations

from tests.cli.conftest import Day


def test_reminders_are_put_off_and_go_on(day: Day) -> None:
    day.lead()
    put_off = day.bridge("snooze", "ромашка", "2030-01-10", "--reason", "у відпустці")
    assert put_off.code == 2  # more than a year away
    told = day.bridge("snooze", "ромашка", "2wd", "--reason", "у відпустці")
    assert "Нагадування відкладено до " in told.out
    assert 'bridge unsnooze "ТОВ «Ромашка»"' in told.out
    assert day.bridge("unsnooze", "ромашка").out == "ТОВ «Ромашка»: нагадування йдуть далі\n"
    assert day.bridge("unsnooze", "ромашка").code == 1


def test_what_was_put_off_here_stands_on_the_card_like_what_was_said_in_telegram(day: Day) -> None:
    day.lead()
    day.bridge("snooze", "ромашка", "10.12", "--reason", "у відпустці")
    day.tick("2026-11-30T10:07")
    actions = day.sandbox.trello.store.actions.values()
    comments = [one.data["text"] for one in actions if one.type == "commentCard"]
    [told] = [text for text in comments if text.startswith("⏰")]
    assert told.startswith("⏰ Нагадування відкладено до 10.12 09:00")
    assert "у відпустці" in told
