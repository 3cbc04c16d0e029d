"""Carries the stand-ins' own HTTP calls (webhooks, scenario requests) out in order, on a background thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Errand = Callable[[], None]


class Courier:
    """Runs errands in order on one thread that starts with the first errand and ends with the process.

    With more `hands` so many run at once, and their order is given up.
    """

    def __init__(self, name: str) -> None:
        self.hands = 1
        self._name = name
        self._errands: queue.Queue[Errand] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def send(self, errand: Errand) -> None:
        """Have an errand run soon. It must handle its own errors."""
        self._errands.put(errand)
        with self._starting:
            while len(self._threads) < self.hands:
                thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def wait(self) -> None:
        """Return once everything sent so far is done."""
        self._errands.join()

    def _work(self) -> None:
        while True:
            errand = self._errands.get()
            try:
                errand()
            finally:
                self._errands.task_done()
