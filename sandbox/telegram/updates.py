"""The bot's queue of updates: polled by one poller, or posted to a webhook."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.clock import SandboxClock
from sandbox.telegram.errors import ApiError

KEPT_FOR = timedelta(hours=24)
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_POLL_STEP_SECONDS = 0.01
_RETRY_SECONDS = 0.5


@dataclass
class Webhook:
    """Where updates are posted, and how that went."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error_at: datetime | None = None
    last_error: str = ""


@dataclass
class UpdateQueue:
    """Updates wait here until a poller confirms them by a higher offset, at most 24 hours.

    Long polls end after `longest_poll` real seconds, whatever the bot asks for.
    """

    clock: SandboxClock
    lock: threading.RLock
    longest_poll: float = 0.3
    webhook: Webhook | None = None
    _next_id: int = 500_000_001
    _waiting: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)
    _poller: int = 0

    def put(self, kind: str, content: dict[str, Any]) -> int | None:
        """Queue an update and give its id; None when the bot does not take that kind."""
        with self.lock:
            if kind not in self._allowed if self._allowed else kind in NOT_BY_DEFAULT:
                return None
            number = self._next_id
            self._next_id += 1
            self._waiting.append((self.clock.now(), {"update_id": number, kind: content}))
            return number

    def allow(self, kinds: list[str] | None) -> None:
        """Take only these kinds from now on; None leaves the setting, an empty list is the default set."""
        if kinds is not None:
            self._allowed = kinds

    @property
    def allowed(self) -> list[str]:
        """The kinds asked for; empty for the default set."""
        return self._allowed

    def pending(self) -> list[dict[str, Any]]:
        """The updates that wait, oldest first; what is older than a day is gone."""
        with self.lock:
            oldest = self.clock.now() - KEPT_FOR
            self._waiting = [(at, update) for at, update in self._waiting if at > oldest]
            return [update for _, update in self._waiting]

    def drop(self) -> None:
        """Forget all waiting updates."""
        with self.lock:
            self._waiting.clear()

    def confirm(self, below: int) -> None:
        """Forget the updates with an id lower than that."""
        with self.lock:
            self._waiting = [(at, update) for at, update in self._waiting if update["update_id"] >= below]

    async def poll(self, offset: int, limit: int, timeout: int) -> list[dict[str, Any]]:
        """Confirm what is below the offset and give what waits, waiting for something to come if need be.

        A second poller ends the first with a 409, as does a webhook.
        """
        with self.lock:
            self._poller += 1
            me = self._poller
            self._confirm_by(offset)
        deadline = time.monotonic() + min(timeout, self.longest_poll)
        while True:
            if self.webhook is not None:
                raise ApiError(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; "
                    "use deleteWebhook to delete the webhook first",
                )
            if me != self._poller:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            updates = self.pending()
            if updates or time.monotonic() >= deadline:
                return updates[: limit if 1 <= limit <= 100 else 100]
            await asyncio.sleep(_POLL_STEP_SECONDS)

    def _confirm_by(self, offset: int) -> None:
        if offset < 0:
            waiting = self.pending()
            offset = waiting[offset:][0]["update_id"] if waiting else 0
        self.confirm(offset)


class WebhookSender:
    """Posts waiting updates to the webhook, in order, on a thread of its own; what fails is tried again."""

    def __init__(self, queue: UpdateQueue) -> None:
        self._queue = queue
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Look whether something is to be posted; starts the thread when a webhook is set."""
        if self._queue.webhook is not None and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="telegram-webhook", daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while (webhook := self._queue.webhook) is not None:
            self._wake.clear()
            waiting = self._queue.pending()
            if not waiting:
                self._wake.wait(_RETRY_SECONDS)
            elif self._post(webhook, waiting[0]):
                self._queue.confirm(waiting[0]["update_id"] + 1)
            else:
                time.sleep(_RETRY_SECONDS)

    def _post(self, webhook: Webhook, update: dict[str, Any]) -> bool:
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
        try:
            answer = requests.post(webhook.url, data=json.dumps(update), headers=headers, timeout=10)
        except requests.RequestException:
            webhook.last_error = "Connection refused"
        else:
            if 200 <= answer.status_code < 300:
                return True
            webhook.last_error = f"Wrong response from the webhook: {answer.status_code} {answer.reason}"
        webhook.last_error_at = self._queue.clock.now()
        return False
