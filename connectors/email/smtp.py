"""Handing one letter to a mail server, with every failure told apart: nothing went, it was refused, or nobody knows."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage

from bridge.model.errors import ConnectorError, Retry
from bridge.model.wording import worded
from connectors.email.settings import SmtpSettings
from connectors.http import Secrets

NAME = "email"
_DONE, _FORWARDED = 250, 251
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
"""A line that begins with a dot gets another one: a single dot ends the letter. RFC 5321, 4.5.2"""
_STATUS = re.compile(r"5\.(\d{1,3}\.\d{1,3})\b")
_NO_MAILBOX = ("1.1", "1.2", "1.3", "1.6", "1.10", "2.1")
"""Enhanced status codes of an address that is nobody's: no such user or host, moved away, takes no mail, disabled."""
_OF_A_USER = re.compile(r"user|mailbox|recipient|address|account|unknown|exist|not found|no such", re.IGNORECASE)
_OF_A_LETTER = re.compile(r"spam|polic|block|listed|reputation|relay|denied|content|spf|dkim|dmarc", re.IGNORECASE)
"""What servers say that tell no enhanced code: of the address, or of this letter and its sender."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_REFUSED = {
    "login": "the mail server does not take the user or the password: {words}",
    "sender": "the mail server does not take letters from this sender: {words}",
    "recipient": "the mail server does not know the recipient: {words}",
    "letter": "the mail server does not take the letter: {words}",
}
_GREYLISTED = timedelta(minutes=5)
"""How long servers that do not know a sender yet usually want to be left alone: RFC 6647."""


def send(settings: SmtpSettings, letter: EmailMessage, to: str) -> str:
    """Hands the letter over; gives the server's own words of having it. Raises ConnectorError.

    Only a connection that breaks while the end of the letter is answered leaves open whether it was taken.
    """
    with _opened(settings) as server:
        _asked(settings, "sender", lambda: server.mail(settings.sender))
        _asked(settings, "recipient", lambda: server.rcpt(to))
        _asked(settings, "letter", lambda: server.docmd("DATA"), good=354)
        try:
            server.send(_LEADING_DOT.sub(b"..", letter.as_bytes()))
        except (OSError, smtplib.SMTPException) as error:
            raise _failed(settings, error, Retry.PASSING) from None  # without its last line it is no letter
        try:
            server.send(b".\r\n")
            code, words = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise _failed(settings, error, Retry.UNKNOWN) from None
        if code != _DONE:
            raise _refused(settings, "letter", code, words)
        return _shown(settings, words)


def greet(settings: SmtpSettings) -> None:
    """Connects and logs in, as before a letter, and leaves. Raises ConnectorError."""
    with _opened(settings):
        return


@contextmanager
def _opened(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """A server that knows us by now. It is left politely, but nothing depends on that."""
    server = _connected(settings)
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    try:
        if settings.encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.connect_seconds, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.connect_seconds)
    except (OSError, smtplib.SMTPException) as error:
        raise _failed(settings, error, Retry.PASSING) from None
    try:
        if server.sock is not None:
            server.sock.settimeout(settings.answer_seconds)
        server.ehlo_or_helo_if_needed()
        _encrypt(settings, server, context)
        if settings.user:
            server.login(settings.user, settings.password)
    except smtplib.SMTPAuthenticationError as error:
        server.close()
        raise _refused(settings, "login", error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        server.close()
        raise ConnectorError(NAME, _shown(settings, str(error)), retry=Retry.ASK_ADMIN, code="login") from None
    except (OSError, smtplib.SMTPException) as error:
        server.close()
        raise _failed(settings, error, Retry.PASSING) from None
    except ConnectorError:
        server.close()
        raise
    return server


def _encrypt(settings: SmtpSettings, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
    """STARTTLS wherever the server can."""
    if settings.encrypted:
        return
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif settings.user:
        keep_password(settings.host)


def keep_password(host: str) -> None:
    """Refuses to log in in the open anywhere but to this machine.

    Raises:
        ConnectorError: the host is another machine; an admin has to mend the settings.
    """
    if host not in LOOPBACK:
        what = worded("{host} offers no encryption, so the password is not sent to it", host=host)
        raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="no-encryption")


def _asked(settings: SmtpSettings, what: str, ask: Callable[[], tuple[int, bytes]], good: int = _DONE) -> None:
    """One command before the letter itself: whatever fails here, nothing was taken."""
    try:
        code, words = ask()
    except (OSError, smtplib.SMTPException) as error:
        raise _failed(settings, error, Retry.PASSING) from None
    if code not in (good, _FORWARDED):
        raise _refused(settings, what, code, words)


def _refused(settings: SmtpSettings, what: str, code: int, words: bytes | str) -> ConnectorError:
    """The server's answer as our error: 4 passes, 5 stays. https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1"""
    told = worded(_REFUSED[what], words=_shown(settings, words))
    if what in ("login", "sender") and code >= 500:
        return ConnectorError(NAME, told, retry=Retry.ASK_ADMIN, code=str(code))
    if code >= 500:
        nobodys = what == "recipient" and is_nobodys(code, words)
        return ConnectorError(NAME, told, retry=Retry.PERMANENT, code="no-mailbox" if nobodys else str(code))
    return ConnectorError(NAME, told, retry=Retry.PASSING, code=str(code), wait=_GREYLISTED)


def is_nobodys(code: int, words: bytes | str) -> bool:
    """Whether a refused recipient has no mailbox, rather than a full one or a server that does not want this letter.

    `words` begin with the enhanced status code where the server tells one.

    https://www.rfc-editor.org/rfc/rfc3463#section-3.2
    """
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    told = _STATUS.match(text)
    if told is not None and told[1] != "0.0":  # 5.0.0 says no more than that it was refused
        return told[1] in _NO_MAILBOX
    return code in (550, 551, 553) and _OF_A_USER.search(text) is not None and _OF_A_LETTER.search(text) is None


def _failed(settings: SmtpSettings, error: Exception, retry: Retry) -> ConnectorError:
    if isinstance(error, ssl.SSLCertVerificationError):
        retry = Retry.ASK_ADMIN
    why = _shown(settings, f"{type(error).__name__} {error}")
    what = worded(
        "the mail server {host}:{port} cannot be reached ({why})", host=settings.host, port=settings.port, why=why
    )
    return ConnectorError(NAME, what, retry=retry)


def _shown(settings: SmtpSettings, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Secrets([settings.password]).scrub(" ".join(text.split()))[:300]
