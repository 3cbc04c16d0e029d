"""Monday after a stopped weekend: all of it is told once, in order, within what clients and Telegram bear.

Fifty clients and a thousand events: `python -m tests.daemon`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.daemon import monday_checks as checks
from tests.daemon.monday_storm import MondayStorm
from tests.daemon.storms import blown


class SmallStorm(MondayStorm):
    clients, events = 10, 200


@pytest.fixture(scope="module")
def monday() -> Iterator[MondayStorm]:
    with blown(SmallStorm, 0.0) as storm:
        yield storm


def test_no_client_gets_more_on_a_day_than_the_agency_allows(monday: MondayStorm) -> None:
    assert checks.over_cap(monday) == {}
    assert max(checks.messages_on_a_day(monday).values()) == checks.CAP  # one is told more than fits into a day


def test_no_client_hears_of_anything_before_nine_or_after_seven(monday: MondayStorm) -> None:
    assert checks.out_of_hours(monday) == []


def test_whatever_was_said_is_read_exactly_once(monday: MondayStorm) -> None:
    assert len(monday.before) > 0.3 * monday.events
    assert checks.not_told(monday) == {}


def test_everything_is_read_in_the_order_in_which_it_was_said(monday: MondayStorm) -> None:
    assert checks.disordered(monday) == []


def test_nothing_stays_open_and_nothing_ends_without_a_reason(monday: MondayStorm) -> None:
    assert checks.unsettled(monday) == []


def test_telegram_refuses_nothing_as_too_much(monday: MondayStorm) -> None:
    assert monday.calls > monday.events
    assert monday.rejected == 0


def test_the_staff_group_has_read_all_of_it_within_two_minutes(monday: MondayStorm) -> None:
    assert 0 < checks.group_lag(monday) < 60  # while each question went alone: 64 s


def test_who_acts_in_the_morning_is_answered_at_once(monday: MondayStorm) -> None:
    waits = checks.waits(monday)
    assert waits["client to manager"] < 5
    assert waits["client to group"] < 5
    assert max(waits["note to group"], waits["news to client"]) < 15  # of it ten between two polls of the board


def test_missed_steps_are_taken_left_out_or_asked_about_as_their_rules_say(monday: MondayStorm) -> None:
    assert checks.steps(monday) == {"late": 4, "skip": 0, "ask": 0}
    assert checks.questions(monday) == 3


class HeldStorm(MondayStorm):
    clients, events = 6, 120
    polled_every = 10.0
    too_much = "messages: 4 in 10m"


def test_what_is_held_as_too_much_is_all_told_once_a_person_lets_it_go() -> None:
    with blown(HeldStorm, 0.0) as storm:
        assert storm.held > 20
        assert checks.not_told(storm) == {}
        assert not checks.disordered(storm)
        assert not checks.unsettled(storm)
        assert checks.over_cap(storm) == {}
        assert storm.rejected == 0
