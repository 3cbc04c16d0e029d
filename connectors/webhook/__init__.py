"""Webhooks: what happened, told to other systems over HTTP, signed, and told again until it was taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bridge.model.decisions import CallWebhook, Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Ref
from bridge.model.wording import worded
from connectors.http import VendorSession

__all__ = ["LIMITS", "Endpoint", "WebhookConnector", "WebhookReader", "signature"]

NAME = "webhook"
LIMITS: dict[str, tuple[int, float]] = {NAME: (60, 60.0)}
"""Lane -> (calls, seconds): nobody tells a limit, and an office's own server is small."""
_TIMES = (5.0, 15.0)
_TAKEN = range(200, 300)
_LATER = frozenset({408, 409, 423, 425, 429})
"""What a server says that takes it later, beside everything from 500 on."""
_PREFIX = "whsec_"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SHORTEST_KEY = 24


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address to call. `secret` is the key that signs, as Standard Webhooks writes it: whsec_ and base64.

    Raises ValueError, in words for admins, for an address that is not https (http to this machine only), and for a key
    that is none or shorter than 24 bytes.
    """

    name: str
    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(worded("{url} is no https address", url=self.url))
        if not parts.hostname or parts.username or parts.fragment:
            raise ValueError(worded("{url} is no address of a webhook", url=self.url))
        if len(self.key) < _SHORTEST_KEY:
            raise ValueError(worded("the secret is too short: whsec_ and 24 bytes or more in base64"))

    @property
    def key(self) -> bytes:
        """The key itself; b"" for a secret that cannot be read."""
        try:
            return base64.b64decode(self.secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            return b""


def signature(key: bytes, message: str, at: int, body: str) -> str:
    """The value of `webhook-signature`. https://github.com/standard-webhooks/standard-webhooks"""
    signed = hmac.new(key, f"{message}.{at}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


class WebhookReader:
    """The addresses that are called. Nothing is read from them."""

    name = NAME
    capabilities = frozenset({Capability.WEBHOOKS})
    sources: frozenset[str] = frozenset()

    def __init__(self, endpoints: Sequence[Endpoint], clock: Clock, pace: Pace) -> None:
        self._endpoints = {one.name: one for one in endpoints}
        self._clock = clock
        secrets = [one.secret for one in endpoints]
        self._session = VendorSession(NAME, pace, lanes=(NAME,), secrets=secrets, timeout=_TIMES)

    def pull(self, cursor: Cursor | None) -> Page:
        """Nothing: there is no source."""
        return Page(cursor=cursor)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Nothing, as above."""
        return Page(cursor=None)

    def check(self) -> list[Finding]:
        """Nothing is asked: a call would be taken for something that happened."""
        return []

    def close(self) -> None:
        """Closes the connections that are kept open."""
        self._session.close()


class WebhookConnector(WebhookReader):
    """Calls each address until it takes what happened. Whoever is called drops what comes twice by `webhook-id`."""

    def push(self, delivery: Delivery) -> Receipt:
        """One call. An answer that did not come is no doubt: the call is made again. Raises ConnectorError."""
        decision = delivery.decision
        if not isinstance(decision, CallWebhook):
            raise ConnectorError(NAME, f"cannot carry out {decision.kind}", retry=Retry.PERMANENT)
        endpoint = self._endpoints.get(decision.webhook)
        if endpoint is None:
            raise ConnectorError(
                NAME,
                worded('there is no webhook "{name}" any more', name=decision.webhook),
                retry=Retry.PERMANENT,
                code="no-webhook",
            )
        body = body_of(decision)
        at = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(endpoint.key, delivery.id, at, body),
        }
        try:
            answer = self._session.request("POST", endpoint.url, data=body, headers=headers)
        except ConnectorError as error:
            if error.retry is Retry.UNKNOWN:
                raise ConnectorError(NAME, error.what, retry=Retry.PASSING, code=error.code) from None
            raise
        if answer.status_code not in _TAKEN:
            raise self._not_taken(endpoint, answer.status_code, self._session.refused(answer, answer.reason or ""))
        return Receipt(self._clock.now(), details={"status": answer.status_code})

    def look(self, delivery: Delivery) -> Receipt | None:
        """Never there as far as we know: it is called again, and a second call is told apart by its id."""
        return None

    def _not_taken(self, endpoint: Endpoint, status: int, told: ConnectorError) -> ConnectorError:
        """The error of an answer: what may pass, and what an admin has to put right."""
        passes = status in _LATER or status >= 500
        named = {"name": endpoint.name, "status": status, "words": told.what}
        what = worded('the webhook "{name}" answered {status}: {words}', **named)
        retry = Retry.PASSING if passes else Retry.ASK_ADMIN if status in (401, 403) else Retry.PERMANENT
        return ConnectorError(NAME, what, retry=retry, code=str(status), wait=told.wait if passes else None)


def body_of(decision: CallWebhook) -> str:
    """What is posted: the shape of Standard Webhooks, with the same bytes at every attempt."""
    said: Mapping[str, object] = {"type": decision.type, "timestamp": decision.at, "data": dict(decision.data)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
