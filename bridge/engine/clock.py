"""Clocks: the machine's, and one that is told the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.model.protocols import Clock
from bridge.model.values import aware

CLOCK_KEY = "clock"
"""Under this name the store remembers the time as the bridge last saw it."""


class SystemClock:
    """The machine's clock. A step backwards (a time server's correction) is not followed: time catches up."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The present moment, never before an earlier answer."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest


class SetClock:
    """A clock that stands still until it is set. Raises ValueError when it is set back.

    `real`: it was set to the time that people live in, not to one that somebody made up.
    """

    def __init__(self, now: datetime, *, real: bool = False) -> None:
        self._now = aware(now)
        self.real = real

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Moves it on."""
        moment = aware(now)
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now:%Y-%m-%d %H:%M:%S}Z and never goes backwards")
        self._now = moment

    def advance(self, by: timedelta) -> None:
        """Moves it on by a length of time."""
        self.set(self._now + by)


def is_real(clock: Clock) -> bool:
    """Whether a clock shows the time that people and services live in. One that was set by hand leaps at will."""
    return isinstance(clock, SystemClock) or (isinstance(clock, SetClock) and clock.real)
