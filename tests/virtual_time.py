"""A clock that needs no waiting: threads that sleep by it are woken in order, one at a time."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any


@dataclass
class VirtualTime:
    """Goes on when all who live by it sleep. Each of them is a thread; they wake one at a time."""

    seconds: float = 0.0
    awake: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    sleepers: list[tuple[float, int, threading.Event]] = field(default_factory=list)
    number: int = 0
    begun: list[threading.Thread] = field(default_factory=list)
    ended_early: list[Exception] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        until, turn = self.seconds + seconds, threading.Event()
        with self.lock:
            if self.awake == 1 and (not self.sleepers or self.sleepers[0][0] > until):
                self.seconds = until  # nobody else wakes before
                return
            self.number += 1
            heapq.heappush(self.sleepers, (until, self.number, turn))
            self._let_go()
        turn.wait()

    def live(self, *lives: Callable[[], None]) -> None:
        """All these lives at once, and those that they begin, until each has ended. Raises what ended one early."""
        self.awake = 1
        for life in lives:
            self.begin(life)
        with self.lock:
            self._let_go()
        while self.begun:
            self.begun.pop().join()
        if self.ended_early:
            raise self.ended_early[0]

    def begin(self, life: Callable[[], None]) -> None:
        """One more life, from now on. For those who live by it already."""
        turn = threading.Event()

        def waits() -> None:
            turn.wait()
            self._one(life)

        with self.lock:
            self.number += 1
            heapq.heappush(self.sleepers, (self.seconds, self.number, turn))
        thread = threading.Thread(target=waits)
        thread.start()
        self.begun.append(thread)

    def _one(self, life: Callable[[], None]) -> None:
        try:
            life()
        except Exception as error:
            self.ended_early.append(error)
        with self.lock:
            self._let_go()

    def _let_go(self) -> None:
        self.awake -= 1
        if self.awake == 0 and self.sleepers:
            self.seconds, _number, turn = heapq.heappop(self.sleepers)
            self.awake = 1
            turn.set()


class VirtualPool:
    """Stands in for a ThreadPoolExecutor: so many workers, who live by a virtual time."""

    def __init__(self, time: VirtualTime, workers: int, **_more: Any) -> None:
        self._time = time
        self._workers = workers
        self._waiting: deque[Callable[[], Any]] = deque()
        self._busy = 0

    def submit(self, work: Callable[..., Any], *given: Any) -> None:
        self._waiting.append(partial(work, *given))
        if self._busy < self._workers:
            self._busy += 1
            self._time.begin(self._work)

    def _work(self) -> None:
        while self._waiting:
            self._waiting.popleft()()
        self._busy -= 1
