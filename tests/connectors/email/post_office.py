"""A mail server on loopback that keeps what it takes, and refuses or breaks where a test says so."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bridge.engine.clock import SetClock
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Delivery
from bridge.model.records import Ref
from connectors.email import EmailConnector, EmailMapping, SmtpSettings
from tests.pace import FreePace
from tests.secrets import SMTP_PASSWORD

AT = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)
CLIENT = "client@kavarnia.test"
BREAKS = "breaks"
"""What a test says in the place of an answer, to have the connection die there."""


@dataclass
class PostOffice:
    """`answers` are what the server says otherwise than usual, by command; `taken` are the letters it has."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._answer(server, "MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._answer(server, "RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        found = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        if not self.answers.get("DATA", "").startswith(("4", "5")):
            self.taken.append((envelope.rcpt_tos[0], found))
        return self._answer(server, "DATA", "250 taken as 4711")

    def _answer(self, server: SMTP, command: str, usual: str) -> str:
        self.asked.append(command)
        said = self.answers.get(command, usual)
        if said == BREAKS:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return said

    def text(self) -> str:
        """What a person reads in the last letter."""
        body = self.taken[-1][1].get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@contextmanager
def open_office(host: str = "127.0.0.1", **given: Any) -> Iterator[tuple[PostOffice, int]]:
    """The server while it runs, and its port."""
    office, loop = PostOffice(), asyncio.new_event_loop()
    guests: list[SMTP] = []

    def guest() -> SMTP:
        guests.append(SMTP(office, hostname="post.test", loop=loop, **given))
        return guests[-1]

    server = loop.run_until_complete(loop.create_server(guest, host, 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield office, server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_close(server, guests), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server, guests: list[SMTP]) -> None:
    """Shows everybody out, and shuts the door behind the last one."""
    for guest in guests:
        if isinstance(guest.transport, asyncio.Transport):
            guest.transport.abort()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _turn in range(5):
        await asyncio.sleep(0)
    server.close()


def connector(port: int, url: str = "smtp://127.0.0.1:{port}", **settings: object) -> EmailConnector:
    """A connector that sends there."""
    given = SmtpSettings.of(url.format(port=port), "office@agency.test")
    mapping = EmailMapping("Агенція «Міст»", reply_to="olena@agency.test")
    return EmailConnector(given, mapping, None, SetClock(AT), FreePace())


def message(text: str = "Добрий день!", *buttons: tuple[str, str], to: str = CLIENT, deal: str = "deal-1") -> Delivery:
    """A message to a client about a deal, by letter."""
    decision = SendMessage("client", text, "client.brief", "uk", buttons=buttons)
    return Delivery("0123456789", "key", decision, deal, Ref("email", "main", "address", to))


def knows_password(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object) -> AuthResult:
    """Lets in whoever has the planted password."""
    good = isinstance(given, LoginPassword) and given.password == SMTP_PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@contextmanager
def encrypted_door(certificate: trustme.LeafCert) -> Iterator[int]:
    """The port of a server that is encrypted from the first byte, with a certificate that nobody vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)

    def answer() -> None:
        guest, _address = door.accept()
        with suppress(OSError), context.wrap_socket(guest, server_side=True):
            pass

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join(5)
