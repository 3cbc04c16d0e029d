"""Hostile and broken letters: `python -m tests.fuzz.letters` runs thousands of them."""

from __future__ import annotations

import pytest

from tests.fuzz.letters import wrong


@pytest.mark.parametrize("number", range(12))
def test_no_letter_counts_for_more_than_it_is(number: int) -> None:
    assert wrong(7, number) == ""
