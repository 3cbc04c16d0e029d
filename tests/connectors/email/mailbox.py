"""A mailbox on loopback that speaks IMAP (RFC 9051) as far as a reader needs it, and refuses or breaks on request."""

from __future__ import annotations

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import cast

from bridge.engine.clock import SetClock
from connectors.email import EmailConnector, EmailMapping, InboxSettings, SmtpSettings
from tests.connectors.email.post_office import AT, BREAKS
from tests.pace import FreePace
from tests.secrets import SMTP_PASSWORD

_UNTIL = re.compile(rb"BODY\.PEEK\[(HEADER|)\]<0\.(\d+)>", re.IGNORECASE)

OURS = "<0123456789@agency.test>"
"""The id of a letter of ours, about which letters tell."""
_REPORT = """From: Mail Delivery System <mailer-daemon@post.test>
To: office@agency.test
Subject: Undelivered Mail
Message-ID: <b1@post.test>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; post.test

Final-Recipient: rfc822; client@kavarnia.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: message/rfc822

From: office@agency.test
Message-ID: {ours}
References: <ffff.client@agency.test>

Добрий день!
--b--
"""


@dataclass
class Mailbox:
    """`letters` are what it has, by number; `answers` what it says otherwise than usual, by command."""

    letters: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)
    validity: int = 7
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logins: int = 0

    def add(self, raw: str | bytes, at: datetime = AT) -> int:
        """A letter comes in. Gives its number."""
        number = max(self.letters, default=0) + 1
        given = raw.encode() if isinstance(raw, str) else raw
        self.letters[number] = (at, given.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return number

    def count_anew(self) -> None:
        """The server gives all letters other numbers, as after a move to another one."""
        self.validity += 1
        self.letters = {100 + place: letter for place, letter in enumerate(self.letters.values())}


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    mailbox: Mailbox


class _Guest(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._box = cast("_Server", self.server).mailbox
        self._say("* OK [CAPABILITY IMAP4rev1] ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            words = rest.split()
            command = " ".join(words[:2] if words[0].upper() == "UID" else words[:1]).upper()
            self._box.asked.append(rest if "LOGIN" not in command else "LOGIN")
            said = self._box.answers.get(command, "")
            if said == BREAKS:
                return
            if said:
                self._say(f"{tag} {said}")
                continue
            self._answer(command, rest)
            self._say(f"{tag} OK {command} done")
            if command == "LOGOUT":
                return

    def _answer(self, command: str, rest: str) -> None:
        box = self._box
        match command:
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
            case "LOGIN":
                box.logins += 1
            case "EXAMINE":
                self._say(f"* {len(box.letters)} EXISTS\r\n* OK [UIDVALIDITY {box.validity}] yes")
                self._say(f"* OK [UIDNEXT {max(box.letters, default=0) + 1}] next")
            case "UID SEARCH":
                self._say(" ".join(["* SEARCH", *map(str, self._found(rest.split()[2:]))]))
            case "UID FETCH":
                self._fetched(rest)
            case "LOGOUT":
                self._say("* BYE see you")

    def _found(self, criteria: list[str]) -> list[int]:
        if criteria[0] == "SINCE":
            day = datetime.strptime(criteria[1].strip('"'), "%d-%b-%Y").replace(tzinfo=UTC)
            return [number for number, (at, _raw) in self._box.letters.items() if at >= day]
        first, last = int(criteria[1].partition(":")[0]), max(self._box.letters, default=0)
        return sorted(number for number in self._box.letters if number >= min(first, last))  # * is at least the last

    def _fetched(self, rest: str) -> None:
        wanted = _UNTIL.search(rest.encode())
        assert wanted is not None, "a reader that would mark letters as read, or take them whole"
        numbers = [int(one) for one in rest.split()[2].split(",") if ":" not in one]
        for one in rest.split()[2].split(","):
            first, colon, last = one.partition(":")
            numbers += range(int(first), int(last) + 1) if colon else ()
        for place, number in enumerate(self._box.letters, 1):
            if number in numbers:
                at, raw = self._box.letters[number]
                head = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if wanted[1] else raw
                text, name = head[: int(wanted[2])], wanted[1].decode()
                date = at.strftime("%d-%b-%Y %H:%M:%S +0000")
                begin = f'* {place} FETCH (UID {number} INTERNALDATE "{date}" BODY[{name}]<0> {{{len(text)}}}\r\n'
                self.wfile.write(begin.encode() + text + b")\r\n")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def open_mailbox() -> Iterator[tuple[Mailbox, int]]:
    """The mailbox while its server runs, and the port."""
    with _Server(("127.0.0.1", 0), _Guest) as server:
        server.mailbox = Mailbox()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.mailbox, server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def reader(port: int, *, keep_words: bool = False) -> EmailConnector:
    """A connector that reads there."""
    inbox = InboxSettings.of(f"imap://office%40agency.test:{SMTP_PASSWORD}@127.0.0.1:{port}")
    given = SmtpSettings.of("smtp://127.0.0.1:1", "office@agency.test")
    mapping = EmailMapping("Агенція «Міст»", reply_to="olena@agency.test", keep_words=keep_words)
    return EmailConnector(given, mapping, inbox, SetClock(AT), FreePace())


def letter(body: str = "Дякую!", *, sender: str = "Олена <client@kavarnia.test>", **headers: str) -> str:
    """A letter of a client, with these headers beside the usual ones."""
    lines = {"From": sender, "Subject": "Re: новини", "Message-ID": "<1@kavarnia.test>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\n".join(f"{name}: {value}" for name, value in lines.items()) + f"\n\n{body}\n"


def returned(
    action: str = "failed", status: str = "5.1.1", words: str = "550 5.1.1 No such user", ours: str = OURS
) -> str:
    """A mail server's report on a letter of ours."""
    return _REPORT.format(action=action, status=status, words=words, ours=ours)
