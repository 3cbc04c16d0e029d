"""What the e-mail connector is handed: the mail server, whom its letters are from, and where answers to them come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from bridge.model.wording import worded

_PORTS = {"smtps": 465, "smtp": 587}
_INBOX_PORTS = {"imaps": 993, "imap": 143}
LANGUAGES = ("uk", "ru", "en")
SUBJECT: Mapping[str, str] = {
    "uk": "{agency}: новини щодо Вашого проєкту",
    "ru": "{agency}: новости о Вашем проекте",
    "en": "{agency}: news about your project",
}
"""The subject of a client's letters, in the language of the letter, where bridge.yaml has no other."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One mail server. With `encrypted` the connection is so from its first byte, otherwise from STARTTLS on.

    `sender` is the address that letters are from.
    """

    host: str
    port: int
    encrypted: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0

    @classmethod
    def of(cls, url: str, sender: str) -> SmtpSettings:
        """From `smtps://user:password@host:port`; signs that an address does not take are written as %40.

        `smtp://` encrypts by STARTTLS. Raises ValueError with words for an admin, without any secret.
        """
        parts = _parts(url, _PORTS)
        if parts is None:
            raise ValueError(worded("must look like smtps://user:password@host:465, or smtp:// with port 587"))
        return cls(
            host=str(parts.hostname),
            port=parts.port or _PORTS[parts.scheme],
            encrypted=parts.scheme == "smtps",
            sender=address(sender),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def domain(self) -> str:
        """What the ids of letters end in: the sender's domain."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """The mailbox into which answers and returned letters come. Read, and left as it is.

    With `encrypted` the connection is so from its first byte, otherwise from STARTTLS on.
    """

    host: str
    port: int
    encrypted: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0

    @classmethod
    def of(cls, url: str) -> InboxSettings:
        """From `imaps://user:password@host:port/folder`; signs that an address does not take are written as %40.

        `imap://` encrypts by STARTTLS. Raises ValueError with words for an admin, without any secret.
        """
        parts = _parts(url, _INBOX_PORTS)
        if parts is None or not parts.username or not parts.password:
            raise ValueError(worded("must look like imaps://user:password@host:993/INBOX, or imap:// with port 143"))
        return cls(
            host=str(parts.hostname),
            port=parts.port or _INBOX_PORTS[parts.scheme],
            encrypted=parts.scheme == "imaps",
            user=unquote(parts.username),
            password=unquote(parts.password),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )


@dataclass(frozen=True, slots=True)
class EmailMapping:
    """How letters look: the agency's name, the subject by language, and where a client's reply goes.

    `{agency}` in a subject becomes the name. An empty `reply_to` sends replies to the sender. With `keep_words` what a
    client writes in a letter is kept, otherwise only that there was one, from whom and about what.
    """

    agency: str
    subject: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    keep_words: bool = False

    def subject_in(self, language: str) -> str:
        """The subject of a letter."""
        words = self.subject.get(language) or SUBJECT.get(language) or SUBJECT["en"]
        return words.replace("{agency}", self.agency)


def address(text: str) -> str:
    """A bare e-mail address, its domain as mail servers spell it. Raises ValueError for what is none.

    https://www.rfc-editor.org/rfc/rfc5321#section-2.3.11
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(worded('"{text}" is no e-mail address', text=text)) from error
    if found.ascii_email is None or "." not in found.domain:
        raise ValueError(worded('"{text}" is no e-mail address', text=text))
    return found.ascii_email


def _parts(url: str, ports: Mapping[str, int]) -> SplitResult | None:
    """A server's address in its parts; None where its scheme is another one, or the host is not said.

    Raises ValueError with words for a port that is none.
    """
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise ValueError(
            worded("the port must be a number up to 65535; write @ and / in the password as %40 and %2F")
        ) from None
    return parts if parts.scheme in ports and parts.hostname else None
