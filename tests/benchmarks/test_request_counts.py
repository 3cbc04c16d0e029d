"""How many requests a cycle may cost: the same figures as `python -m benchmarks.requests`, on smaller boards."""

from __future__ import annotations

import pytest

from benchmarks.requests import Measure, large_board, other_systems, small_board


def over(measures: list[Measure]) -> list[Measure]:
    return [one for one in measures if not one.good]


@pytest.mark.parametrize("cards", [999, 1000])
def test_a_board_of_up_to_a_thousand_cards_costs_one_request_and_one_more_for_a_change(cards: int) -> None:
    assert over(small_board(cards)) == []


def test_a_larger_board_costs_two_requests_and_shows_a_label_within_five_minutes() -> None:
    assert over(large_board(2000)) == []


def test_an_idle_cycle_costs_two_requests_of_planfix_and_one_of_the_sheets() -> None:
    assert over(other_systems()) == []
