"""A short run of `python -m benchmarks.job`: twenty cards, once left alone and once with a kill in the middle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.job import Bridge, Run, WorldProcess, at_work, moved

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[WorldProcess, Bridge]]:
    with at_work(40, limits=False) as (world, bridge, _figures):
        yield world, bridge


@pytest.fixture(scope="module")
def alone(started: tuple[WorldProcess, Bridge]) -> Run:
    return moved(*started, range(20), 0)


def test_every_card_has_its_effects_exactly_once(alone: Run) -> None:
    assert alone.seen.wrong == ()


def test_the_outside_is_asked_little(alone: Run) -> None:
    polls = 5 + alone.seen.took / 5  # a few fall into so short a run, and more into that of a busy machine
    assert alone.calls <= 3.5 + polls / alone.events


def test_no_webhook_was_refused(alone: Run, started: tuple[WorldProcess, Bridge]) -> None:
    assert started[0].ask("webhooks_failed") == 0


def test_a_kill_in_the_middle_loses_nothing_and_does_nothing_twice(
    alone: Run, started: tuple[WorldProcess, Bridge]
) -> None:
    """But for messages to staff, which are promised at least once."""
    killed = moved(*started, range(20, 40), 0, kills=1)
    assert killed.seen.wrong == ()
