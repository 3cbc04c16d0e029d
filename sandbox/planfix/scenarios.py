"""Buttons and automatic scenarios of the account: HTTP requests that an admin has set up by hand.

One at a time; unsigned; anything but a 200 is tried again after 15 and 30 minutes and twice after an hour,
and then nothing leaves the account for 3 minutes (vendor help page "HTTP request").
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.courier import Courier
from sandbox.planfix.store import Store

TIMEOUT_SECONDS = 10
TRY_AGAIN_AFTER = (timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=1))
PAUSE = timedelta(minutes=3)


@dataclass(frozen=True)
class Scenario:
    """What a button calls. `body` goes out as JSON with the facts of the press added."""

    button: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ScenarioCall:
    """One press on its way; `statuses` has what each attempt was answered, 0 for no answer."""

    scenario: Scenario
    body: bytes
    due: datetime
    statuses: list[int] = field(default_factory=list)


class Scenarios:
    """The account's scenarios and their calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._courier = Courier("planfix-scenarios")
        self._session = requests.Session()
        self._session.trust_env = False
        self._lock = threading.Lock()
        self._waiting: deque[ScenarioCall] = deque()
        self._silent_until: datetime | None = None
        self.scenarios: dict[str, Scenario] = {}
        self.calls: list[ScenarioCall] = []

    def set_up(
        self, button: str, url: str, headers: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> None:
        """Say what a button calls; an earlier setting is replaced."""
        self.scenarios[button] = Scenario(button, url, dict(headers or {}), dict(body or {}))

    def press(self, button: str, facts: Mapping[str, Any]) -> None:
        """Call what the button is set up to call. Raises LookupError when it is not set up."""
        if button not in self.scenarios:
            raise LookupError(f"no scenario is set up for the button «{button}»")
        scenario = self.scenarios[button]
        body = json.dumps({**scenario.body, "button": button, **facts}, ensure_ascii=False).encode()
        call = ScenarioCall(scenario, body, self._store.clock.now())
        self.calls.append(call)
        with self._lock:
            self._waiting.append(call)
        self.tick()

    def tick(self) -> None:
        """Send what is due by the sandbox's clock."""
        now = self._store.clock.now()
        with self._lock:
            if self._silent_until is not None and now < self._silent_until:
                return
            due = [call for call in self._waiting if call.due <= now]
            for call in due:
                self._waiting.remove(call)
        for call in due:
            self._courier.send(lambda call=call: self._send(call))  # type: ignore[misc]

    def wait(self) -> None:
        """Return once everything due was sent. Call it without the lock."""
        self._courier.wait()

    def _send(self, call: ScenarioCall) -> None:
        headers = {"Content-Type": "application/json", **call.scenario.headers}
        with self._lock:
            if self._silent_until is not None and self._store.clock.now() < self._silent_until:
                self._waiting.append(call)
                return
        try:
            answer = self._session.post(call.scenario.url, data=call.body, headers=headers, timeout=TIMEOUT_SECONDS)
            status = answer.status_code
        except requests.RequestException:
            status = 0
        call.statuses.append(status)
        if status == 200:
            return
        now = self._store.clock.now()
        with self._lock:
            self._silent_until = now + PAUSE
            if len(call.statuses) <= len(TRY_AGAIN_AFTER):
                call.due = now + TRY_AGAIN_AFTER[len(call.statuses) - 1]
                self._waiting.append(call)
