"""The sandbox's own time: everything the stand-ins stamp or compare comes from here."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Literal

ClockMode = Literal["frozen", "real"]


class SandboxClock:
    """Tells the sandbox's time, aware and UTC. It never goes back.

    `frozen` stands still until it is moved; `real` follows the wall clock plus an offset, and moving it
    changes the offset.
    """

    def __init__(self, start: datetime | None = None, mode: ClockMode = "frozen") -> None:
        self.mode = mode
        self._lock = threading.Lock()
        self._last = _aware(start) if start is not None else datetime.now(UTC)
        self._offset = self._last - datetime.now(UTC)

    def now(self) -> datetime:
        """The sandbox's present moment; a wall clock that is set back only makes it stand still."""
        with self._lock:
            if self.mode == "real":
                self._last = max(self._last, datetime.now(UTC) + self._offset)
            return self._last

    def set(self, moment: datetime) -> datetime:
        """Move to `moment`. Raises ValueError when that lies in the past or has no zone."""
        moment = _aware(moment)
        now = self.now()
        if moment < now:
            raise ValueError(f"the clock never goes back: it is {now.isoformat()}, asked for {moment.isoformat()}")
        with self._lock:
            self._offset += moment - now
            self._last = moment
        return moment

    def advance(self, step: timedelta) -> datetime:
        """Move on by `step`. Raises ValueError for a negative step."""
        return self.set(self.now() + step)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a zone: {moment.isoformat()}")
    return moment.astimezone(UTC)
