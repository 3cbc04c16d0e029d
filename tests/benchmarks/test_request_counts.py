"""How many requests a cycle may cost: the same figures as `python -m benchmarks.requests`, on smaller boards."""

from __future__ import annotations

import pytest

from benchmarks.requests import Measure, changed, checklist, first_reading, large_board, other_systems, small_board


def over(measures: list[Measure]) -> list[Measure]:
    return [one for one in measures if not one.good]


@pytest.mark.parametrize("cards", [999, 1000])
def test_a_board_of_up_to_a_thousand_cards_costs_one_request_and_one_more_for_a_change(cards: int) -> None:
    assert over(small_board(cards)) == []


def test_a_larger_board_costs_two_requests_and_shows_a_label_within_five_minutes() -> None:
    assert over(large_board(2000)) == []


def test_a_first_reading_costs_a_request_a_page_and_few_more() -> None:
    read = first_reading(1200, 300)
    assert read.measured <= 1200 / 300 + 10
    assert read.plain is not None
    assert read.plain > 100 * read.measured


def test_changed_cards_of_a_large_board_are_read_eight_or_more_at_once() -> None:
    assert over(list(changed(1001, (1, 8, 80)))) == []


def test_a_long_checklist_is_copied_from_one_that_is_there() -> None:
    assert over([checklist(50)]) == []


def test_an_idle_cycle_costs_two_requests_of_planfix_and_one_of_the_sheets() -> None:
    assert over(other_systems()) == []
