"""Clocks that stand still: what a length comes to with its pauses left out, and how pauses are followed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.model.planning import NEVER
from bridge.model.values import Plain
from rules.lengths import parse_length
from rules.pauses import Pause, end_of, followed, read, told, under, written
from tests.rules.planned import ruleset

OFFICE = ruleset("").calendars["office"]  # 09:00-13:00 and 14:00-18:00 in Kyiv, Monday to Friday
MONDAY = "11-23 12:00"


def kyiv(day: str) -> datetime:
    """A moment of November or December 2026 on Kyiv's clocks."""
    return datetime.fromisoformat(f"2026-{day}+02:00").astimezone(UTC)


def pause(since: str, until: str = "") -> Pause:
    return Pause(kyiv(since), kyiv(until) if until else None)


NOW = kyiv("11-25 12:00")


def ends(length: str, *pauses: Pause) -> str:
    """What the length comes to from Monday noon on, on Kyiv's clocks."""
    due = end_of(OFFICE, kyiv(MONDAY), parse_length(length), pauses)
    return "never" if due == NEVER else f"{OFFICE.local(due):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("since", "until", "end"),
    [
        ("11-25 12:00", "11-27 12:00", "12-05 12:00"),
        ("11-20 12:00", "11-25 12:00", "12-05 12:00"),  # of a pause that was there already, what is left of it
        ("11-20 12:00", "11-23 12:00", "12-03 12:00"),
        ("12-03 11:00", "12-03 13:00", "12-03 14:00"),
        ("12-03 12:00", "12-05 12:00", "12-05 12:00"),  # it begins at the end: the end waits for it to be over
        ("12-03 12:01", "12-05 12:00", "12-03 12:00"),
        ("11-25 12:00", "", "never"),
        ("12-03 12:00", "", "never"),
        ("12-03 12:01", "", "12-03 12:00"),
    ],
)
def test_plain_days_move_by_the_length_of_each_pause_that_begins_before_they_are_over(
    since: str, until: str, end: str
) -> None:
    assert ends("10d", pause(since, until)) == end


def test_pauses_add_up_and_one_that_the_end_moves_into_counts_too() -> None:
    both = pause("11-25 12:00", "11-27 12:00"), pause("12-04 12:00", "12-05 12:00")
    assert (ends("10d", *both), ends("10d", both[0]), ends("10d")) == ("12-06 12:00", "12-05 12:00", "12-03 12:00")


def test_a_pause_that_was_over_before_hides_no_later_one() -> None:
    assert ends("10d", pause("11-20 12:00", "11-21 12:00"), pause("11-25 12:00", "11-27 12:00")) == "12-05 12:00"


@pytest.mark.parametrize(
    ("since", "until", "end"),
    [
        ("11-24 10:00", "11-24 18:00", "11-25 18:00"),
        ("11-24 10:00", "11-24 18:01", "11-26 18:00"),
        ("11-24 18:00", "11-24 19:00", "11-26 18:00"),
        ("11-24 18:01", "11-24 19:00", "11-25 18:00"),
        ("11-24 10:00", "11-26 17:00", "11-27 18:00"),
        ("11-25 18:00", "", "never"),
        ("11-25 18:01", "", "11-25 18:00"),
    ],
)
def test_a_working_day_counts_when_its_close_lies_outside_every_pause(since: str, until: str, end: str) -> None:
    assert ends("2wd", pause(since, until)) == end


def test_an_hour_inside_a_pause_waits_for_its_end() -> None:
    assert ends("2wd at 10:00", pause("11-25 09:00", "11-25 11:30")) == "11-25 11:30"
    assert ends("2wd at 10:00", pause("11-25 09:00", "11-25 10:00")) == "11-25 10:00"


@pytest.mark.parametrize("length", ["0wd", "-1wd", "0wd at 15:00"])
def test_no_days_and_days_before_are_counted_as_without_a_pause_that_comes_later(length: str) -> None:
    assert ends(length, pause("12-04 12:00", "12-05 12:00")) == ends(length) != "never"


@pytest.mark.parametrize(
    ("before", "holds", "until", "after"),
    [
        ((), True, None, (pause("11-25 12:00"),)),
        ((), False, None, ()),
        ((pause("11-24 12:00"),), True, NOW, (Pause(kyiv("11-24 12:00"), NOW),)),
        ((pause("11-24 12:00", "11-25 12:01"),), True, None, (pause("11-24 12:00"),)),
        ((pause("11-24 12:00", "11-25 12:00"),), True, None, (pause("11-24 12:00", "11-25 12:00"), Pause(NOW))),
        ((pause("11-24 12:00", "11-26 12:00"),), False, None, (pause("11-24 12:00", "11-25 12:00"),)),
        ((pause("11-24 12:00", "11-25 11:00"),), False, None, (pause("11-24 12:00", "11-25 11:00"),)),
        ((pause("11-25 12:00"),), False, None, ()),
    ],
)
def test_a_pause_goes_on_while_its_condition_holds_and_ends_with_it(
    before: tuple[Pause, ...], holds: bool, until: datetime | None, after: tuple[Pause, ...]
) -> None:
    assert followed(before, holds, NOW, until) == after
    earlier = pause("11-20 12:00", "11-21 12:00")
    assert followed((earlier, *before), holds, NOW, until) == (earlier, *after)


BOTH = pause("11-24 12:00", "11-24 13:30"), pause("11-25 12:00")


def test_pauses_are_told_with_an_end_or_with_none() -> None:
    assert told(BOTH, OFFICE) == "24.11.2026 12:00 – 24.11.2026 13:30, 25.11.2026 12:00 – ?"


def test_a_history_is_kept_with_the_conditions_it_stood_still_for() -> None:
    history = under("paid", (("asked", BOTH),), NOW)
    assert read(written(history), "paid") == history
    assert [name for name, _pauses in history] == ["asked", "paid"]


def test_a_clock_that_never_stood_still_keeps_nothing() -> None:
    nothing = read(None, "asked")
    assert (read([], "asked"), written(nothing)) == (nothing, None)


def test_pauses_kept_by_an_earlier_release_are_those_of_the_condition_there_is() -> None:
    rows: Plain = [
        ["2026-11-24T10:00:00.000000Z", "2026-11-24T11:30:00.000000Z"],
        ["2026-11-25T10:00:00.000000Z", None],
    ]
    assert read(rows, "asked") == (("asked", BOTH),)


def test_a_change_that_is_taken_back_finds_the_pauses_that_were_there() -> None:
    changed = under("paid", (("asked", BOTH),), kyiv("11-26 12:00"))
    assert changed[-1] == ("paid", (BOTH[0], pause("11-25 12:00", "11-26 12:00")))
    assert under("asked", changed, NOW) == (("asked", BOTH),)
