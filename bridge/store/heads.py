"""What was found due a moment ago: a long queue is looked through a few times a second, and not for every claim."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

LOOK = 32
"""So many deliveries of a connector are found in one look."""
_GOOD_FOR = timedelta(milliseconds=200)
"""After this time another look is due: what people wait for may have come meanwhile, and goes first."""


class Heads:
    """Deliveries found due by connector, those to go first at the front. Thread-safe.

    Nothing of it is a promise: claiming asks again whether each is still due and leads its lane.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[datetime, deque[Any]]] = {}

    def keep(self, connector: str, found: Sequence[Any], now: datetime) -> None:
        """What a look has found, in the order in which it should go."""
        with self._lock:
            self._found[connector] = now, deque(found)

    def take(self, room: Mapping[str, int], behind: Mapping[str, int], now: datetime) -> list[Any]:
        """As many of each connector as there is room for, of what was found within the last moment.

        No more than `behind` of them are work that nobody waits for, where it says how many.
        """
        with self._lock:
            return [one for name, free in room.items() for one in self._first(name, free, behind.get(name, free), now)]

    def _first(self, connector: str, free: int, behind: int, now: datetime) -> Iterator[Any]:
        at, found = self._found.get(connector, (now, deque()))
        if abs(now - at) > _GOOD_FOR:
            found.clear()
        for _one in range(min(free, len(found))):
            if found[0].unhurried and behind <= 0:
                return  # so are all that follow
            behind -= found[0].unhurried
            yield found.popleft()
