"""The stand-ins as the demo steers them, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests

from bridge.model.errors import BridgeError
from bridge.model.values import aware


class SandboxTrouble(BridgeError):
    """The stand-ins did not start, or do not answer."""


class SandboxLink:
    """The control routes of a sandbox: its clock, and what its people do."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()

    def get(self, path: str) -> Any:
        """What a control route shows."""
        answer = self._session.get(f"{self.base_url}/sandbox/{path}", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Steers the sandbox. Raises SandboxTrouble with the reason when it refuses."""
        answer = self._session.post(f"{self.base_url}/sandbox/{path}", json=body, timeout=30)
        if answer.status_code >= 400:
            raise SandboxTrouble(f"{body}: {answer.text}")
        return answer.json()

    def act(self, name: str, **arguments: Any) -> Any:
        """Somebody does something; gives what came of it."""
        return self.post("act", {"act": name, **arguments})["result"]

    def now(self) -> datetime:
        """The sandbox's time."""
        return aware(datetime.fromisoformat(self.get("clock")["now"]))

    def set_clock(self, moment: datetime) -> None:
        """Moves the sandbox's time on."""
        self.post("clock", {"set": moment.isoformat()})

    def announce(self, moment: datetime | None) -> None:
        """Tells the page when the bridge has something planned next."""
        self.post("clock", {"announce": moment.isoformat() if moment else None})
