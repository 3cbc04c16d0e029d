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
