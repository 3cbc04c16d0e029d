"""SMS: short messages to clients whom neither a chat nor a letter reaches, by the gateway of an operator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Ref
from bridge.model.values import Plain
from bridge.model.wording import worded
from connectors.email.letters import plain_text
from connectors.http import VendorSession
from connectors.sms.segments import measured, segments
from connectors.sms.settings import Gateway

__all__ = ["LIMITS", "Gateway", "SmsConnector", "SmsReader", "measured", "segments"]

NAME = "sms"
LIMITS: dict[str, tuple[int, float]] = {NAME: (30, 60.0)}
"""Lane -> (messages, seconds): less than what operators take."""
_TIMES = (5.0, 30.0)


class SmsReader:
    """One gateway, of which nothing is read: messages only go out."""

    name = NAME
    capabilities = frozenset({Capability.SMS})
    sources: frozenset[str] = frozenset()

    def __init__(self, gateway: Gateway, clock: Clock, pace: Pace) -> None:
        self._gateway = gateway
        self._clock = clock
        self._session = VendorSession(NAME, pace, lanes=(NAME,), secrets=[gateway.secret], timeout=_TIMES)

    def pull(self, cursor: Cursor | None) -> Page:
        """Nothing: there is no source."""
        return Page(cursor=cursor)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Nothing, as above."""
        return Page(cursor=None)

    def check(self) -> list[Finding]:
        """Nothing is asked: gateways have no call that costs nothing and is the same everywhere."""
        return []

    def close(self) -> None:
        """Closes the connections that are kept open."""
        self._session.close()


class SmsConnector(SmsReader):
    """One gateway that takes messages. One to a client goes out at most once: no gateway can be asked for it."""

    def push(self, delivery: Delivery) -> Receipt:
        """Hands the message over to the number that is the target. Raises ConnectorError."""
        decision, target = delivery.decision, delivery.target
        if not isinstance(decision, SendMessage) or target is None or target.kind != "phone":
            raise ConnectorError(NAME, f"cannot carry out {decision.kind}", retry=Retry.PERMANENT)
        text = plain_text(decision.text.strip(), (), decision.language).strip()
        parts = segments(text)
        if parts > self._gateway.segments:
            most = self._gateway.segments
            words = worded("too long for an SMS: {parts} parts, {most} may go", parts=parts, most=most)
            raise ConnectorError(NAME, words, retry=Retry.PERMANENT, code="too-long")
        body, headers = self._gateway.filled({"phone": target.id, "text": text, "id": delivery.id})
        form = self._gateway.as_form
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        answer = self._session.request(
            "POST",
            self._gateway.url,
            data=urlencode(body) if form else json.dumps(body, ensure_ascii=False),
            headers={"Content-Type": kind, **headers},
        )
        said = answer.text[:2000]
        if not 200 <= answer.status_code < 300:
            raise self._session.refused(answer, self._refused(said or answer.reason or ""))
        refusal = self._gateway.refusal(said)
        if refusal:
            told = self._session.scrub(self._refused(refusal))
            raise ConnectorError(NAME, told, retry=Retry.PERMANENT, code="refused")
        details: dict[str, Plain] = {"channel": NAME, "segments": parts, "message": self._gateway.id_in(said)}
        return Receipt(self._clock.now(), target, details=details)

    def look(self, delivery: Delivery) -> Receipt | None:
        """Always CannotTell: what a gateway took cannot be asked for in a way that all have."""
        raise CannotTell(NAME, "a gateway cannot be asked what it took")

    @staticmethod
    def _refused(words: str) -> str:
        return str(worded("the SMS gateway refused: {words}", words=" ".join(words.split())[:200]))
