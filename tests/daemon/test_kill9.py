"""A short version of `python -m benchmarks.kill9`: three kills between a receipt and our commit."""

from __future__ import annotations

import pytest

from benchmarks.kill9 import Result, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def killed() -> Result:
    """The story of two clients, killed while a card, a brief and a document were on their way."""
    return run(["Trello card", "message to a client", "Trello attachment"], clients=2)


def test_every_kill_came_between_the_receipt_of_a_write_and_our_commit(killed: Result) -> None:
    assert killed.held == len(killed.kills) == 3


def test_nothing_is_lost_and_nothing_happens_twice(killed: Result) -> None:
    assert killed.wrong == []


def test_the_message_nobody_can_be_sure_of_is_told_to_staff_and_not_repeated(killed: Result) -> None:
    assert killed.doubts_told >= max(1, killed.states["unknown"])
    assert next(line.twice for line in killed.lines if line.what == "messages to clients") == 0


def test_all_that_was_wanted_was_found(killed: Result) -> None:
    counted = {line.what: line.found for line in killed.lines if not line.allowed_twice}
    assert counted == {line.what: line.wanted for line in killed.lines if not line.allowed_twice}
