"""An hour of storm at the vendors' full limits, on a clock that needs no waiting: none is refused, people go first."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from connectors.http import BACKGROUND, TokenBuckets
from sandbox.limits import Window
from tests.virtual_time import VirtualTime

HOUR = 3600.0


@dataclass
class Storm:
    """A vendor that counts what comes, a backfill that never ends, a poll, and people who act all the while."""

    lane: str
    limit: int
    span: float
    time: VirtualTime = field(default_factory=VirtualTime)
    refused: int = 0
    calls: int = 0
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vendor = Window(self.limit, self.span, self.time.now)
        self.pace = TokenBuckets({self.lane: (self.limit, self.span)}, now=self.time.now, sleep=self.time.sleep)

    def blow(self) -> None:
        people = [lambda seed=seed: self._person(Random(seed)) for seed in range(3)]
        self.time.live(self._backfill, self._backfill, self._poll, *people)

    def _call(self, *lanes: str) -> None:
        self.pace.take(self.lane, *lanes)
        self.calls += 1
        self.refused += self.vendor.wait("token") > 0
        self.vendor.take("token")
        self.time.sleep(0.2)  # the answer

    def _backfill(self) -> None:
        while self.time.now() < HOUR:
            self._call(BACKGROUND)

    def _poll(self) -> None:
        while self.time.now() < HOUR:
            for _request in range(2):
                self._call(BACKGROUND)
            self.time.sleep(60)

    def _person(self, random: Random) -> None:
        """Somebody whose every act is a reading and a writing."""
        while self.time.now() < HOUR:
            self.time.sleep(random.expovariate(1 / 45))
            begun = self.time.now()
            for _request in range(2):
                self._call()
            self.waited.append(self.time.now() - begun)


@pytest.mark.parametrize(("lane", "limit", "span"), [("planfix.second", 1, 1.0), ("trello.token", 100, 10.0)])
def test_hour_of_storm_provokes_no_refusal_and_people_wait_less_than_15_seconds(
    lane: str, limit: int, span: float
) -> None:
    storm = Storm(lane, limit, span)
    storm.blow()
    assert storm.refused == 0
    assert storm.calls > 0.84 * HOUR * limit / span
    assert len(storm.waited) > 150
    assert max(storm.waited) < 15
