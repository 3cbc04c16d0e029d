"""Hostile and broken updates of Telegram: `python -m tests.fuzz.updates` runs thousands of them."""

from __future__ import annotations

import pytest

from tests.fuzz.updates import wrong


@pytest.mark.parametrize("number", range(12))
def test_nothing_that_an_outsider_sends_counts_for_more_than_it_is(number: int) -> None:
    assert wrong(7, number) == ""
