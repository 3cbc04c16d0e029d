"""Telling subscribers by HTTP of what happens, signed, in the background.

https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.courier import Courier
from sandbox.trello.errors import TrelloError, invalid
from sandbox.trello.model import Action, Board, Token, Webhook
from sandbox.trello.store import Store
from sandbox.trello.values import is_none, read_bool, read_text
from sandbox.trello.views import Views

TIMEOUT_SECONDS = 10
PAUSES = (timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120))
"""After each failed attempt the next one waits so long; after the last pause and its attempt there is none."""
MOST_FAILURES, PATIENCE = 1000, timedelta(days=30)
"""A webhook that failed more often in a row, and for longer, is switched off."""
GONE = 410
IDENTIFIER_HEADER = "X-Trello-Client-Identifier"


@dataclass(frozen=True)
class Delivery:
    """One message on its way to one subscriber, for the first time or after so many failed attempts."""

    webhook: Webhook
    body: bytes
    headers: Mapping[str, str]
    failed: int = 0


def signature(secret: str, body: bytes, callback_url: str) -> str:
    """What `X-Trello-Webhook` carries: base64 of HMAC-SHA1 over the raw body followed by the callback's URL."""
    return base64.b64encode(hmac.new(secret.encode(), body + callback_url.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """Subscriptions and deliveries. What failed is counted on the webhook, and tried three times more.

    Pauses are of the sandbox's time: what has come due goes out with the next request or happening.
    """

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views
        self._courier = Courier("trello-webhooks")
        self._session = requests.Session()
        self._session.trust_env = False
        self._switches = threading.Lock()
        self._lose = self._duplicate = self._reorder = 0
        self._kept_back: list[Delivery] = []
        self._again: list[tuple[datetime, Delivery]] = []
        """What failed, and when it is sent again."""
        store.listeners.append(self._happened)

    def create(self, values: Mapping[str, Any], token: Token) -> Webhook:
        """Subscribe, once the callback has answered a HEAD with 200. Call it without the lock. Raises TrelloError."""
        url = read_text("callbackURL", values.get("callbackURL"), least=1)
        if not url.startswith(("http://", "https://")):
            raise invalid("callbackURL")
        model_id = str(values.get("idModel") or "")
        with self._store.lock:
            self._refuse_double(url, model_id, token)
        self._ask(url)
        with self._store.lock:
            description = read_text("description", values.get("description") or "")
            webhook = Webhook(self._store.new_id(), token, url, model_id, description)
            webhook.active = read_bool("active", values.get("active", True))
            self._store.webhooks[webhook.id] = webhook
        return webhook

    def update(self, webhook: Webhook, values: Mapping[str, Any]) -> Webhook:
        """Change a subscription; switching it on forgives its failures. Call it without the lock."""
        url = read_text("callbackURL", values.get("callbackURL", webhook.callback_url), least=1)
        if url != webhook.callback_url:
            self._ask(url)
        with self._store.lock:
            webhook.callback_url = url
            webhook.description = str(values.get("description", webhook.description))
            active = read_bool("active", values.get("active", webhook.active))
            if active and not webhook.active:
                webhook.failures, webhook.failing_since = 0, None
            webhook.active = active
        return webhook

    def disturb(self, *, lose: int = 0, duplicate: int = 0, reorder: int = 0) -> None:
        """Let the next `lose` deliveries vanish, send the next `duplicate` twice, swap the next `reorder` around."""
        with self._switches:
            self._lose, self._duplicate, self._reorder = lose, duplicate, reorder

    def deliver_at_once(self, many: int) -> None:
        """From now on so many deliveries are under way at a time, in no certain order, as the vendor's own are."""
        self._courier.hands = many

    def wait(self) -> None:
        """Return once everything that is due so far was delivered or failed. Call it without the lock."""
        self._courier.wait()
        self.send_due()
        self._courier.wait()

    def send_due(self) -> None:
        """Send again what failed, as far as its pause is over."""
        now = self._store.clock.now()
        with self._switches:
            due = [delivery for moment, delivery in self._again if moment <= now]
            self._again = [(moment, delivery) for moment, delivery in self._again if moment > now]
        for one in due:
            self._courier.send(lambda one=one: self._deliver(one))  # type: ignore[misc]

    def _refuse_double(self, url: str, model_id: str, token: Token) -> None:
        if is_none(model_id) or self._views.model(model_id) is None:
            raise invalid("idModel")
        for other in self._store.webhooks.values():
            if (other.callback_url, other.model_id, other.token.text) == (url, model_id, token.text):
                raise TrelloError(400, "A webhook with that callback, model, and token already exists")

    def _ask(self, url: str) -> None:
        try:
            status = self._session.head(url, timeout=TIMEOUT_SECONDS, allow_redirects=False).status_code
        except requests.RequestException:
            raise TrelloError(400, f"URL ({url}) did not return 200 status code, could not be reached") from None
        if status != 200:
            raise TrelloError(400, f"URL ({url}) did not return 200 status code, got {status}")

    def _happened(self, action: Action, board: Board, models: frozenset[str]) -> None:
        self.send_due()
        for webhook in self._store.webhooks.values():
            sees = webhook.token.member.id in board.member_ids
            if webhook.active and webhook.model_id in models and sees:
                self._disturbed(self._message(webhook, action))

    def _message(self, webhook: Webhook, action: Action) -> Delivery:
        shown = {
            "model": self._views.model(webhook.model_id),
            "action": self._views.action(action),
            "webhook": self._views.webhook(webhook),
        }
        body = json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
        secret = webhook.token.app.secret
        headers = {
            "Content-Type": "application/json",
            "X-Trello-Webhook": signature(secret, body, webhook.callback_url),
        }
        if action.actor.client_identifier is not None:
            headers[IDENTIFIER_HEADER] = action.actor.client_identifier
        return Delivery(webhook, body, headers)

    def _disturbed(self, delivery: Delivery) -> None:
        """Send a delivery on, as the switches have it."""
        with self._switches:
            if self._lose:
                self._lose -= 1
                return
            if self._reorder:
                self._reorder -= 1
                self._kept_back.append(delivery)
                due = [] if self._reorder else self._kept_back[::-1]
                self._kept_back = self._kept_back if self._reorder else []
            else:
                due = [delivery]
            if due and self._duplicate:
                self._duplicate -= 1
                due = [due[0], *due]
        for one in due:
            self._courier.send(lambda one=one: self._deliver(one))  # type: ignore[misc]

    def _deliver(self, delivery: Delivery) -> None:
        webhook = delivery.webhook
        if not webhook.active or webhook.id not in self._store.webhooks:
            return
        try:
            answer = self._session.post(
                webhook.callback_url, data=delivery.body, headers=dict(delivery.headers), timeout=TIMEOUT_SECONDS
            )
            status = answer.status_code
        except requests.RequestException:
            status = 0
        with self._store.lock:
            if status == GONE:
                self._store.webhooks.pop(webhook.id, None)
            elif 200 <= status < 300:
                webhook.failures, webhook.failing_since = 0, None
            else:
                webhook.failures += 1
                now = self._store.clock.now()
                webhook.failing_since = webhook.failing_since or now
                webhook.active = webhook.failures <= MOST_FAILURES or now - webhook.failing_since <= PATIENCE
                if delivery.failed < len(PAUSES):
                    again = now + PAUSES[delivery.failed]
                    with self._switches:
                        self._again.append((again, replace(delivery, failed=delivery.failed + 1)))
