"""E-mail: messages to clients who cannot be reached in a chat, what they answer, and what did not arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.findings import Finding, Level, Position
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Happening, Page, Ref
from connectors.email.inbox import Inbox, Letter, Place
from connectors.email.incoming import STOP, Post
from connectors.email.letters import letter
from connectors.email.settings import EmailMapping, InboxSettings, SmtpSettings, address
from connectors.email.smtp import NAME, greet, send

__all__ = ["LIMITS", "EmailConnector", "EmailMapping", "EmailReader", "InboxSettings", "SmtpSettings", "address"]

_SOURCE = "email.inbox"
_LOG = logging.getLogger(__name__)

LIMITS: dict[str, tuple[int, float]] = {NAME: (30, 60.0)}
"""Lane -> (letters, seconds). Mail servers tell no limit: so many a minute is less than small accounts allow."""


class EmailReader:
    """One mail server, and the mailbox into which answers come, where the agency has it read: else nothing is."""

    name = NAME
    capabilities = frozenset({Capability.LETTERS})

    def __init__(
        self, settings: SmtpSettings, mapping: EmailMapping, inbox: InboxSettings | None, clock: Clock, pace: Pace
    ) -> None:
        self._settings = settings
        self._mapping = mapping
        self._inbox = Inbox(inbox) if inbox is not None else None
        self._clock = clock
        self._pace = pace
        self.sources: frozenset[str] = frozenset({_SOURCE} if inbox is not None else ())

    def pull(self, cursor: Cursor | None) -> Page:
        """What came into the mailbox since `cursor`; nothing at the first reading. Raises ConnectorError.

        Letters stay as they are, unread where nobody has read them.
        """
        if self._inbox is None:
            return Page(cursor=cursor)
        read_at = self._clock.now()
        letters, place, more = self._inbox.after(Place.of(cursor), read_at.date())
        post = Post(self._settings.domain, self._own_addresses(), self._mapping.keep_words, read_at)
        return Page(
            cursor=place.cursor(),
            happenings=list(self._told(self._inbox, letters, post)),
            seen_up_to={} if more else {_SOURCE: read_at},
            more=more,
        )

    def _told(self, inbox: Inbox, letters: Sequence[Letter], post: Post) -> Iterator[Happening]:
        """What the letters tell. One that cannot be read stops no other: it stays in the mailbox, for people."""
        for one in letters:
            try:
                happening = post.happening(one, partial(inbox.whole, one))
            except ConnectorError:
                raise
            except Exception as error:  # whatever a stranger's letter does to the parser
                _LOG.warning("letter %s cannot be read: %s", one.number, type(error).__name__)
                continue
            if happening is not None:
                yield happening

    def _own_addresses(self) -> frozenset[str]:
        return frozenset(one.lower() for one in (self._settings.sender, self._mapping.reply_to) if one)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Nothing: letters do not change."""
        return Page(cursor=None)

    def check(self) -> list[Finding]:
        """Connects and logs in, to the mailbox too, and sends nothing."""
        return [*self._asked(partial(greet, self._settings)), *(self._asked(self._inbox.greet) if self._inbox else ())]

    def _asked(self, ask: Callable[[], None]) -> Iterator[Finding]:
        try:
            ask()
        except ConnectorError as error:
            passing = error.retry is Retry.PASSING
            level = Level.WARNING if passing else Level.ERROR
            code = "not-asked" if passing else "no-access"
            yield Finding(Position(NAME), code, error.what, "", "connectors/email/README.md", level)

    def close(self) -> None:
        """Leaves the mailbox. To send, nothing is kept open between letters."""
        if self._inbox is not None:
            self._inbox.close()


class EmailConnector(EmailReader):
    """The same, and the server takes letters. One to a client goes out at most once: no server can be asked for it."""

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
        if self._inbox is not None:
            made["List-Unsubscribe"] = f"<mailto:{self._settings.sender}?subject={STOP}>"
        self._pace.take(NAME)
        answer = send(self._settings, made, to)
        return Receipt(at=self._clock.now(), remote=target, details={"channel": NAME, "answer": answer})

    def look(self, delivery: Delivery) -> Receipt | None:
        """Always CannotTell: what a mail server took cannot be asked for."""
        raise CannotTell(NAME, "a mail server cannot be asked what it took")
