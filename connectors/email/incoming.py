"""Letters that came, as happenings: what a client wrote, and which of our own letters did not arrive. Pure.

Whatever a stranger can write into a letter is read here, so nothing in it is believed: not its encoding, not its
length, not who it says it is from. What cannot be read is nobody's.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from bridge.model.events import Actor, ActorKind
from bridge.model.passwords import without_passwords
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain
from connectors.email.inbox import Letter
from connectors.email.settings import address
from connectors.email.smtp import NAME, is_nobodys

LETTER, RETURNED = "letter", "letter.returned"
"""The kinds of happenings: somebody wrote, and a letter of ours came back."""
STOP, RESUME = "stop", "resume"
_WISHES = dict.fromkeys(("stop", "стоп", "unsubscribe"), STOP) | dict.fromkeys(("start", "старт"), RESUME)
"""What a letter of a single word asks for."""
_LONGEST_LINE, _LONGEST_TEXT, _MOST_PARTS, _MOST_REFERENCES = 300, 4000, 60, 4000
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_BY_PROGRAM = ("X-Autoreply", "X-Autorespond", "List-Id")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NOT_SHOWN = re.compile(r"<(style|script|head)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_LINE_ENDS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_QUOTED = re.compile(r"^\s*(?:>|-{2,}\s*(?:Original|Исходное|Вихідне|Пересла|Forwarded)|_{8,})", re.IGNORECASE)
_SAYS_WHO_WROTE = re.compile(r"(?:<[^<>]{1,300}>|wrote|пише|писал[аи]?|написал[аи]?|написав)\s*:\s*$", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^Message-ID:\s{0,9}(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)\b")


@dataclass(frozen=True, slots=True)
class Post:
    """Reads letters for one sender. `own` are the addresses the agency writes from, in small letters."""

    domain: str
    own: frozenset[str]
    keep_words: bool
    read_at: datetime

    def happening(self, letter: Letter, whole: Callable[[], bytes]) -> Happening | None:
        """What a letter tells; None for what a program wrote, for what is our own, and for what cannot be read.

        `whole` fetches its beginning with its headers, where they alone do not tell. Raises what that raises, and
        whatever the parser of the standard library does at reports that were made to break it.
        """
        headers = BytesHeaderParser().parsebytes(letter.headers)
        if _is_report(headers):
            return self._returned(letter, headers, whole())
        sender = self._sender(headers)
        if not sender or _is_by_program(headers):
            return None
        answers = self._ours(f"{_line(headers, 'In-Reply-To')} {_line(headers, 'References', _MOST_REFERENCES)}")
        subject = without_passwords(_line(headers, "Subject"))
        said = self._said(whole()) if answers or self.keep_words else ""
        wish = _WISHES.get(_bare(subject)) or (_WISHES.get(_bare(said.partition("\n")[0])) if answers else None)
        data: dict[str, Plain] = {
            "text": without_passwords(said) if self.keep_words else "",
            "subject": subject,
            "content": "letter",
            "from": sender,
            "answers": answers,
            "own_domain": sender.rpartition("@")[2] == self.domain,
        }
        if wish:
            data["wish"] = wish
        if self.keep_words and data["text"] != said:
            data["password"] = True
        name = without_passwords(_decoded(parseaddr(_line(headers, "From"))[0])) or sender
        return Happening(
            ref=_ref(headers),
            kind=LETTER,
            at=self._moment(letter),
            about=Ref(NAME, "main", "address", sender),
            actor=Actor(ActorKind.CLIENT, sender, name),
            data=data,
        )

    def _returned(self, letter: Letter, headers: Message, whole: bytes) -> Happening | None:
        """One of our letters did not arrive, for good. What is only late, or is none of ours, tells nothing.

        https://www.rfc-editor.org/rfc/rfc3464
        """
        failed = _failure(headers, _parsed(whole))
        ours = self._ours(" ".join(_MESSAGE_ID.findall(whole.decode("ascii", errors="replace"))))
        if failed is None or not ours:
            return None
        to, status, words = failed
        data: dict[str, Plain] = {
            "delivery": ours[-1],  # the letter that is given back stands at the end, as a whole or by its headers
            "address": to,
            "words": words or status,
            "nobodys": is_nobodys(_smtp_code(words, status), f"{status} {words}".strip()),
        }
        about = Ref(NAME, "main", "address", to)
        return Happening(_ref(headers), RETURNED, self._moment(letter), about, Actor(ActorKind.ROBOT), data)

    def _sender(self, headers: Message) -> str:
        """Who wrote; "" for nobody who can be told, and for the agency itself."""
        try:
            found = address(parseaddr(_line(headers, "From"))[1]).lower()
        except ValueError:
            return ""
        return "" if found in self.own else found

    def _ours(self, text: str) -> list[Plain]:
        """The deliveries whose letters are named in a text, in its order."""
        marks = re.findall(rf"<([0-9a-f]{{10}})@{re.escape(self.domain)}>", text, re.IGNORECASE)
        return list(dict.fromkeys(mark.lower() for mark in marks))

    def _said(self, whole: bytes) -> str:
        """What is new in a letter, without the letter that it answers; "" where its words cannot be read.

        That somebody wrote is told by the headers: what a mail program made of the rest must not hide it.
        """
        try:
            return _without_quotation(_words(_parsed(whole)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError):
            return ""

    def _moment(self, letter: Letter) -> datetime:
        """When the mailbox took it; never later than it was read."""
        return min(letter.came_at, self.read_at)


def _parsed(whole: bytes) -> Message:
    """A letter in its parts. Raises ValueError for so many in each other that the parser would take its time."""
    if whole.lower().count(b"boundary=") > _MOST_PARTS:
        raise ValueError("too many parts")
    return message_from_bytes(whole)


def _line(headers: Message, name: str, longest: int = _LONGEST_LINE) -> str:
    """A header as people read it, in one line, cut where it has no end; "" where it is not there."""
    return " ".join(_decoded(_header(headers, name)).replace("\x00", "").split())[:longest]


def _header(headers: Message, name: str) -> str:
    """The first header of a name as it was sent; many senders leave its encoding out and write UTF-8."""
    found = next((value for key, value in headers.raw_items() if key.lower() == name.lower()), "")
    return str(found).encode(errors="surrogateescape").decode(errors="replace")


def _decoded(text: str) -> str:
    """A header without its encoding: RFC 2047. As it came where that cannot be read."""
    try:
        return str(make_header(decode_header(text[: 4 * _MOST_REFERENCES])))
    except (ValueError, LookupError, TypeError, MessageError):
        return text


def _is_report(headers: Message) -> bool:
    """Whether a mail server tells what became of a letter."""
    if headers.get("X-Failed-Recipients"):
        return True
    kind = _line(headers, "Content-Type", 1000).lower()
    return kind.startswith("multipart/report") and "delivery-status" in kind


def _is_by_program(headers: Message) -> bool:
    """Whether no person wrote it: leave notices, newsletters, mail servers. https://www.rfc-editor.org/rfc/rfc3834"""
    automatic = _line(headers, "Auto-Submitted").lower()
    return (
        (automatic not in ("", "no"))
        or _line(headers, "Precedence").lower() in _BULK
        or _line(headers, "Return-Path") == "<>"
        or any(headers.get(name) for name in _BY_PROGRAM)
    )


def _failure(headers: Message, report: Message) -> tuple[str, str, str] | None:
    """Which address a letter did not reach, with status and words; None where it may still arrive."""
    for part in _parts(report):
        if part.get_content_type() == "message/delivery-status":
            for one in _blocks(part):
                if _line(one, "Action").lower() == "failed":
                    to = _line(one, "Original-Recipient") or _line(one, "Final-Recipient")
                    words = _line(one, "Diagnostic-Code").partition(";")[2].strip()
                    return _recipient(to.partition(";")[2]), _line(one, "Status")[:20], words[:_LONGEST_LINE]
            return None
    failed = _recipient(_line(headers, "X-Failed-Recipients").partition(",")[0])
    if not failed:
        return None
    words = _words(report)[:_LONGEST_TEXT]
    status = _STATUS.search(words)
    line = next((line for line in words.splitlines() if status and status[1] in line), "")
    return failed, status[1] if status else "", " ".join(line.split())[:_LONGEST_LINE]


def _smtp_code(words: str, status: str) -> int:
    code = _CODE.search(words)
    return int(code[1]) if code else int(status[:1] or 5) * 100


def _blocks(part: Message) -> Iterator[Message]:
    blocks = part.get_payload()
    if isinstance(blocks, list):
        yield from (one for one in blocks[:_MOST_PARTS] if isinstance(one, Message))


def _recipient(text: str) -> str:
    try:
        return address(text.strip().strip("<>")).lower()
    except ValueError:
        return ""


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a letter, so many and no more, however deep they lie in each other."""
    waiting = [message]
    for _number in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting[:0] = [one for one in part.get_payload() if isinstance(one, Message)]


def _words(message: Message) -> str:
    """The words of a letter: its plain text, else its HTML without the markup."""
    texts: Mapping[str, list[Message]] = {"text/plain": [], "text/html": []}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in texts and part.get_content_disposition() != "attachment":
            texts[kind].append(part)
    if texts["text/plain"]:
        return _text_of(texts["text/plain"][0])
    return _without_markup(_text_of(texts["text/html"][0])) if texts["text/html"] else ""


def _text_of(part: Message) -> str:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError):
        return ""
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", errors="replace").replace("\x00", "")
    except (LookupError, ValueError):  # a charset that nobody knows
        return raw.decode("utf-8", errors="replace").replace("\x00", "")


def _without_markup(text: str) -> str:
    shown = _NOT_SHOWN.sub("", text)
    return html.unescape(_TAG.sub("", _LINE_ENDS.sub("\n", shown)))


def _without_quotation(text: str) -> str:
    """What stands above the letter that is answered, and the line that says who wrote that."""
    own: list[str] = []
    for line in text.splitlines():
        if _QUOTED.match(line) or line.strip() == "--":
            break
        own.append(line.rstrip())
    quotes = len(own) < len(text.splitlines())
    while own and not own[-1]:
        own.pop()
    if quotes and own and _SAYS_WHO_WROTE.search(own[-1]):
        own.pop()
    return "\n".join(own).strip()[:_LONGEST_TEXT]


def _bare(text: str) -> str:
    return text.strip().casefold().strip(".!/ ")


def _ref(headers: Message) -> Ref:
    """The identity of a letter, whatever number a mailbox gives it; two letters with one id are told apart."""
    told = "\n".join(_header(headers, name) for name in ("Message-ID", "From", "Date", "Subject"))
    name = hashlib.sha256(told.encode()).hexdigest()[:20]
    return Ref(NAME, "main", "letter", name)
