"""The mailbox into which answers and returned letters come: what is new there is read, and nothing is changed."""

from __future__ import annotations

import imaplib
import json
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor
from bridge.model.wording import worded
from connectors.email.settings import InboxSettings
from connectors.email.smtp import NAME, keep_password
from connectors.http import Secrets

MOST_AT_ONCE = 50
"""So many letters a page."""
_HEADERS = "BODY.PEEK[HEADER]<0.65536>"
_WHOLE = "BODY.PEEK[]<0.131072>"
"""As much of a letter as is ever read: its headers, and of some the first 128 KB."""
_SHOWN_HEADERS, _SHOWN_WHOLE = b"BODY[HEADER]<0>", b"BODY[]<0>"
_PASSING_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "TRY AGAIN", "TEMPORAR", "TOO MANY")
"""What servers say that let nobody in just now: https://www.rfc-editor.org/rfc/rfc5530#section-3"""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read: the last letter's number, which means something under this `validity` only.

    Once the server counts anew, `day` (ISO, UTC) tells from which day on letters may be new.
    """

    validity: int
    number: int
    day: str

    @classmethod
    def of(cls, cursor: Cursor | None) -> Place | None:
        """From what was stored; None before the first reading."""
        return cls(**json.loads(cursor)) if cursor else None

    def cursor(self) -> Cursor:
        """As it is stored."""
        return Cursor(json.dumps(asdict(self)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the mailbox has it: its number, when it came (aware UTC), and its headers as they were sent."""

    number: int
    came_at: datetime
    headers: bytes


class Inbox:
    """One folder of one mailbox, over a connection that is kept and renewed. One reading at a time."""

    def __init__(self, settings: InboxSettings) -> None:
        self._settings = settings
        self._client: IMAPClient | None = None
        self._lock = threading.Lock()

    def after(self, place: Place | None, today: date) -> tuple[list[Letter], Place, bool]:
        """The letters behind a place, the place behind them, and whether there are more. Raises ConnectorError.

        What was in the mailbox before the first reading is nobody's news: then only the place is told.
        """
        with self._lock:
            return self._asked(lambda client: self._after(client, place, today))

    def whole(self, letter: Letter) -> bytes:
        """The beginning of a letter with its headers; empty for one that is gone. Raises ConnectorError."""
        with self._lock:
            return self._asked(lambda client: _part(client, letter.number))

    def greet(self) -> None:
        """Logs in and opens the folder, as before a reading. Raises ConnectorError."""
        with self._lock:
            self._asked(self._folder)

    def close(self) -> None:
        """Leaves politely."""
        with self._lock:
            self._let_go()

    def _after(self, client: IMAPClient, place: Place | None, today: date) -> tuple[list[Letter], Place, bool]:
        folder = self._folder(client)
        validity, day = int(folder.get(b"UIDVALIDITY", 0)), today.isoformat()
        if place is None:
            return [], Place(validity, _last(client, folder), day), False
        if place.validity == validity:
            numbers = sorted(one for one in client.search(["UID", f"{place.number + 1}:*"]) if one > place.number)
        else:
            numbers = sorted(client.search(["SINCE", date.fromisoformat(place.day) - timedelta(days=1)]))
        here = numbers[:MOST_AT_ONCE]
        known = place.number if place.validity == validity else _last(client, folder)
        reached = Place(validity, here[-1] if here else known, day)
        return _headers(client, here), reached, len(numbers) > len(here)

    def _folder(self, client: IMAPClient) -> dict[bytes, Any]:
        """Opens the folder so that nothing in it can be changed, not even what counts as read."""
        found: dict[bytes, Any] = client.select_folder(self._settings.folder, readonly=True)
        return found

    def _asked(self, ask: Callable[[IMAPClient], Result]) -> Result:
        """Asks the server; over a new connection where it has closed the one that was kept."""
        kept = self._client is not None
        try:
            try:
                return ask(self._opened())
            except (OSError, imaplib.IMAP4.abort):
                self._let_go()
                if not kept:
                    raise
                return ask(self._opened())
        except ConnectorError:
            raise
        except Exception as error:
            self._let_go()
            raise self._failed(error) from None

    def _opened(self) -> IMAPClient:
        if self._client is None:
            self._client = self._connected()
        return self._client

    def _connected(self) -> IMAPClient:
        given, context = self._settings, ssl.create_default_context()
        timeout = SocketTimeout(given.connect_seconds, given.answer_seconds)
        client = IMAPClient(given.host, given.port, ssl=given.encrypted, ssl_context=context, timeout=timeout)
        try:
            client.normalise_times = False
            self._encrypt(client, context)
            client.login(given.user, given.password)
        except BaseException:
            with suppress(Exception):
                client.shutdown()
            raise
        return client

    def _encrypt(self, client: IMAPClient, context: ssl.SSLContext) -> None:
        """STARTTLS wherever the server can."""
        if self._settings.encrypted:
            return
        if client.has_capability("STARTTLS"):
            client.starttls(context)
        else:
            keep_password(self._settings.host)

    def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.logout()
            with suppress(Exception):
                client.shutdown()

    def _failed(self, error: Exception) -> ConnectorError:
        """What went wrong as our error: nothing was taken from the mailbox, so that the same is asked again."""
        why = Secrets([self._settings.password]).scrub(" ".join(str(error).split()))[:300]
        if isinstance(error, LoginError):
            passes = any(word in why.upper() for word in _PASSING_CODES)
            what = worded("the mailbox does not take the user or the password: {words}", words=why)
            return ConnectorError(NAME, what, retry=Retry.PASSING if passes else Retry.ASK_ADMIN, code="login")
        if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort):
            what = worded("the mailbox refuses to be read: {words}", words=why)
            no_folder = why.lower().startswith("select failed")
            return ConnectorError(NAME, what, retry=Retry.ASK_ADMIN if no_folder else Retry.PASSING, code="inbox")
        retry = Retry.ASK_ADMIN if isinstance(error, ssl.SSLCertVerificationError) else Retry.PASSING
        host, port = self._settings.host, self._settings.port
        words = "the mailbox at {host}:{port} cannot be reached ({why})"
        what = worded(words, host=host, port=port, why=f"{type(error).__name__} {why}".strip())
        return ConnectorError(NAME, what, retry=retry)


def _last(client: IMAPClient, folder: dict[bytes, Any]) -> int:
    """The highest number in the folder, or the one before that of the next letter, where the server tells it."""
    following = folder.get(b"UIDNEXT")
    if isinstance(following, int) and following > 0:
        return following - 1
    return max(client.search(["UID", "*"]), default=0)


def _headers(client: IMAPClient, numbers: Sequence[int]) -> list[Letter]:
    """The headers of these letters; those that somebody deletes meanwhile are left out."""
    found = client.fetch(numbers, ["INTERNALDATE", _HEADERS])
    return [
        Letter(number, _moment(one.get(b"INTERNALDATE")), bytes(one.get(_SHOWN_HEADERS) or b""))
        for number, one in sorted(found.items())
        if one.get(_SHOWN_HEADERS)
    ]


def _part(client: IMAPClient, number: int) -> bytes:
    return bytes(client.fetch([number], [_WHOLE]).get(number, {}).get(_SHOWN_WHOLE) or b"")


def _moment(given: object) -> datetime:
    """When the server took the letter; the beginning of time where it does not tell."""
    if not isinstance(given, datetime):
        return datetime.min.replace(tzinfo=UTC)
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
