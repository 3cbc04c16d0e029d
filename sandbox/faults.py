"""Faults on demand: what goes wrong between a client and a vendor, programmed by tests and the play page."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sandbox.journal import Exchange

FaultKind = Literal["status", "drop_before", "drop_after", "hold_after", "delay"]


@dataclass
class Fault:
    """Something that goes wrong with requests to one service.

    `status` answers without processing (vendor-shaped unless `body` is given); `drop_before` closes the
    connection unprocessed; `drop_after` processes and then closes it: a lost receipt; `hold_after` processes and
    holds the answer until released, at most `seconds`; `delay` waits `seconds` first. Seconds are real ones.
    """

    service: str
    kind: FaultKind
    method: str | None = None
    path: str = ""
    """Regular expression, searched in the path (without secrets)."""
    contains: str | None = None
    """Text to be found in the decoded body."""
    times: int = 1
    """How many requests it strikes; 0 means every one until the faults are cleared."""
    after: int = 0
    """How many fitting requests pass unharmed first."""
    status: int = 500
    message: str = "Internal error"
    body: str | dict[str, Any] | list[Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 5.0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"no fault of kind {self.kind!r}; there are {', '.join(get_args(FaultKind))}")
        re.compile(self.path)

    def fits(self, entry: Exchange) -> bool:
        """Whether this request is of the kind that may be struck."""
        return (
            entry.service == self.service
            and (self.method is None or self.method.upper() == entry.method)
            and re.search(self.path, entry.path) is not None
            and (self.contains is None or self.contains in _text(entry.body))
        )


class Faults:
    """The programmed faults, oldest first; the first one that fits and is not used up strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._released = threading.Event()

    def add(self, fault: Fault) -> Fault:
        """Program one more fault."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults and let held answers go."""
        with self._lock:
            self._faults.clear()
        self.release()

    def release(self) -> None:
        """Let the answers go that are held now."""
        with self._lock:
            self._released.set()
            self._released = threading.Event()

    def gate(self) -> threading.Event:
        """The event that the next release sets."""
        with self._lock:
            return self._released

    def strike(self, entry: Exchange) -> Fault | None:
        """The fault that hits this request, if any; its use is counted."""
        with self._lock:
            for fault in self._faults:
                if not fault.fits(entry):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif fault.times == 0 or fault.struck < fault.times:
                    fault.struck += 1
                    return fault
        return None


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
