"""Which records are read again first, where many wait for it."""

from __future__ import annotations

from functools import partial

import pytest

from bridge.engine.rereading import Rereader
from bridge.model.records import Ref
from tests.engine.office import Desk
from tests.virtual_time import VirtualPool, VirtualTime


def task(number: int) -> Ref:
    return Ref("planfix", "main", "task", str(number))


def read(monkeypatch: pytest.MonkeyPatch, waited_for: range, behind: range) -> list[int]:
    """The numbers of tasks as they are read, when all of them were asked for before the first is."""
    time, desk = VirtualTime(), Desk()
    monkeypatch.setattr("bridge.engine.rereading.ThreadPoolExecutor", partial(VirtualPool, time))
    rereader = Rereader(desk.engine, "planfix", lambda: None)

    def ask() -> None:
        for number in behind:
            rereader.ask({task(number): ()}, background=True)
        for number in waited_for:
            rereader.ask({task(number): ()})

    time.live(ask)
    return [int(ref.id) for ref in desk.planfix.refreshed]


def test_what_people_wait_for_goes_before_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, range(8, 10), range(1, 4)) == [8, 9, 1, 2, 3]


def test_the_newest_go_first_and_in_each_batch_the_one_that_waited_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, range(1, 9), range(0)) == [1, 7, 8, 2, 5, 6, 3, 4]


def test_what_a_person_comes_to_wait_for_leaves_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, range(3, 4), range(1, 4)) == [3, 1, 2]
