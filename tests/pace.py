"""A pace that lets every call through at once, for tests in which limits are off."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class FreePace:
    """Gives every permit, and remembers what was asked."""

    taken: list[tuple[str, ...]] = field(default_factory=list)
    paused: list[tuple[timedelta, tuple[str, ...]]] = field(default_factory=list)

    def take(self, *lanes: str) -> None:
        self.taken.append(lanes)

    def pause(self, wait: timedelta, *lanes: str) -> None:
        self.paused.append((wait, lanes))
