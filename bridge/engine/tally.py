"""Counts of what this process did since it started, for whoever measures it: plain numbers, no names of clients."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends in seconds, for how long planning one client and one round take."""


@dataclass(frozen=True, slots=True)
class Durations:
    """How often something took up to each of BUCKETS (the last one: longer), and how long all of it took together."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """All counts at one moment. Attempts are by (connector, kind of effect, outcome), rules by (rule, outcome)."""

    events: Mapping[str, int] = field(default_factory=dict)
    attempts: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    rules: Mapping[tuple[str, str], int] = field(default_factory=dict)
    near_misses: Mapping[str, int] = field(default_factory=dict)
    durations: Mapping[str, Durations] = field(default_factory=dict)


class Tally:
    """Counts up. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: Counter[str] = Counter()
        self._attempts: Counter[tuple[str, str, str]] = Counter()
        self._rules: Counter[tuple[str, str]] = Counter()
        self._near: Counter[str] = Counter()
        self._durations: dict[str, tuple[list[int], float]] = {}

    def events(self, source: str, count: int) -> None:
        """Events were taken in."""
        with self._lock:
            self._events[source] += count

    def attempt(self, connector: str, kind: str, outcome: str) -> None:
        """One attempt at an effect has ended so."""
        with self._lock:
            self._attempts[connector, kind, outcome] += 1

    def rule(self, rule: str, outcome: str, *, near: bool) -> None:
        """A rule was evaluated; `near`: one condition less, and it would have fired."""
        with self._lock:
            self._rules[rule, outcome] += 1
            self._near[rule] += near

    def took(self, what: str, seconds: float) -> None:
        """Something took so long."""
        with self._lock:
            counts, total = self._durations.get(what, ([0] * (len(BUCKETS) + 1), 0.0))
            counts[bisect_left(BUCKETS, seconds)] += 1
            self._durations[what] = counts, total + seconds

    def counts(self) -> Counts:
        """The counts as they are now."""
        with self._lock:
            durations = {what: Durations(tuple(counts), total) for what, (counts, total) in self._durations.items()}
            return Counts(dict(self._events), dict(self._attempts), dict(self._rules), dict(+self._near), durations)
