"""E-mail: messages to clients who cannot be reached in a chat."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.findings import Finding, Level, Position
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Ref
from connectors.email.letters import letter
from connectors.email.settings import EmailMapping, SmtpSettings, address
from connectors.email.smtp import NAME, greet, send

__all__ = ["LIMITS", "EmailConnector", "EmailMapping", "EmailReader", "SmtpSettings", "address"]

LIMITS: dict[str, tuple[int, float]] = {NAME: (30, 60.0)}
"""Lane -> (letters, seconds). Mail servers tell no limit: so many a minute is less than small accounts allow."""


class EmailReader:
    """One mail server, of which nothing is read: letters only go out."""

    name = NAME
    capabilities = frozenset({Capability.LETTERS})
    sources: frozenset[str] = frozenset()

    def __init__(self, settings: SmtpSettings, mapping: EmailMapping, clock: Clock, pace: Pace) -> None:
        self._settings = settings
        self._mapping = mapping
        self._clock = clock
        self._pace = pace

    def pull(self, cursor: Cursor | None) -> Page:
        """Nothing: there is no source."""
        return Page(cursor=cursor)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Nothing, as above."""
        return Page(cursor=None)

    def check(self) -> list[Finding]:
        """Connects and logs in, and sends nothing."""
        try:
            greet(self._settings)
        except ConnectorError as error:
            passing = error.retry is Retry.PASSING
            level = Level.WARNING if passing else Level.ERROR
            code = "not-asked" if passing else "no-access"
            return [Finding(Position(NAME), code, error.what, "", "connectors/email/README.md", level)]
        return []

    def close(self) -> None:
        """Nothing is kept open between letters."""


class EmailConnector(EmailReader):
    """One mail server that takes letters. A letter to a client goes out at most once: no server can be asked for it."""

    def push(self, delivery: Delivery) -> Receipt:
        """Sends the letter to the address that is the target. Raises ConnectorError."""
        decision, target = delivery.decision, delivery.target
        if not isinstance(decision, SendMessage):
            raise ConnectorError(NAME, f"cannot carry out {decision.kind}", retry=Retry.PERMANENT)
        if target is None or target.kind != "address":
            raise ConnectorError(NAME, "no address is known", retry=Retry.PERMANENT, code="no-mailbox")
        try:
            to = address(target.id)
        except ValueError as error:
            raise ConnectorError(NAME, error.args[0], retry=Retry.PERMANENT, code="no-mailbox") from None
        at, thread = self._clock.now(), f"{delivery.subject} {to}"
        made = letter(self._settings, self._mapping, decision, to, delivery.id, thread, at, delivery.file)
        self._pace.take(NAME)
        answer = send(self._settings, made, to)
        return Receipt(at=self._clock.now(), remote=target, details={"channel": NAME, "answer": answer})

    def look(self, delivery: Delivery) -> Receipt | None:
        """Always CannotTell: what a mail server took cannot be asked for."""
        raise CannotTell(NAME, "a mail server cannot be asked what it took")
