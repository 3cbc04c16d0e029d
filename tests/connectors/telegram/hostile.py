"""Telegram on a bad day: a server of its own over real sockets that answers as it is told to, one answer a request.

It knows of the Bot API what its official description says, and nothing of the bridge or of the sandbox.
https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

Asked = tuple[str, dict[str, str]]
"""A call: its method and its parameters."""
MESSAGE = {"message_id": 7, "date": 1_700_000_000, "chat": {"id": 1, "type": "private"}, "text": "…"}


@dataclass(frozen=True)
class Answer:
    """What comes back for one request. `done`: the method was carried out. `sends` False: the line is cut instead, or
    held open in silence (`holds`).
    """

    status: int = 200
    body: Any = None
    done: bool = False
    headers: tuple[str, ...] = ()
    sends: bool = True
    holds: bool = False
    cut_at: int | None = None

    def written(self) -> bytes:
        """The answer as it goes over the line. A body that is no text is written as JSON."""
        body = (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()
        length = f"Content-Length: {len(body)}"
        head = "\r\n".join((f"HTTP/1.1 {self.status} So", "Content-Type: application/json", length, *self.headers))
        return f"{head}\r\n\r\n".encode() + body[: self.cut_at]


def good(result: Any = MESSAGE) -> Answer:
    """It was carried out, and Telegram says so."""
    return Answer(body={"ok": True, "result": result}, done=True)


def no(status: int, words: str, *, http: int | None = None, **parameters: Any) -> Answer:
    """Telegram's own refusal; `http` is the status it comes with, where that is another than its code."""
    body = {"ok": False, "error_code": status, "description": words}
    return Answer(http or status, {**body, "parameters": parameters} if parameters else body)


def page(status: int, *headers: str, done: bool = False) -> Answer:
    """What a machine on the way writes: no word of Telegram's."""
    return Answer(status, f"<html><h1>{status}</h1></html>", done, headers)


CUT = Answer(sends=False, done=True)
"""The request was carried out, and the line breaks before the answer."""
SILENCE = Answer(sends=False, done=True, holds=True)
"""The same, and nothing ever comes."""


@dataclass
class Hostile:
    """Answers in the order given, then as if all were well. `asked` are the calls, `done` what was carried out."""

    answers: deque[Answer] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    done: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while target := lines.readline():
                head = BytesParser(policy=HTTP).parsebytes(b"".join(iter(lines.readline, b"\r\n")))
                method = target.split()[1].decode().rpartition("/")[2]
                asked = method, _fields(head, lines.read(int(head["Content-Length"] or 0)))
                self.asked.append(asked)
                answer = self.answers.popleft() if self.answers else good()
                if answer.done:
                    self.done.append(asked)
                if answer.holds:
                    lines.readline()
                if not answer.sends:
                    return
                connection.sendall(answer.written())
                if answer.cut_at is not None:
                    return


def _fields(head: Any, body: bytes) -> dict[str, str]:
    """The parameters of a call; of a file its name."""
    kind = str(head["Content-Type"])
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode()))
    whole = BytesParser(_class=EmailMessage, policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = {part.get_param("name", header="content-disposition"): part for part in whole.iter_parts()}
    return {str(name): part.get_filename() or part.get_content().strip() for name, part in parts.items()}
