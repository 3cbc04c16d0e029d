"""The way from a connector to the stand-ins without a socket: its own session, and the sandbox's own door."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from requests.adapters import HTTPAdapter
from starlette.types import Message, Scope
from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from bridge.model.protocols import Pace
from connectors.http import VendorSession
from sandbox import Sandbox

HOST = "http://sandbox.test"


@dataclass(frozen=True)
class Asked:
    """One request on its way."""

    method: str
    path: str
    body: bytes

    @property
    def service(self) -> str:
        """Whose door it goes to."""
        return self.path.split("/", 2)[1]

    @property
    def writes(self) -> bool:
        """Whether it may change something: Planfix asks for lists by POST."""
        return self.method in ("PUT", "DELETE") or (self.method == "POST" and not self.path.endswith("/list"))


class Wire(HTTPConnectionPool):
    """Connections to one sandbox. `before` and `after` run around each request, on whatever side they change.

    `before` may raise what a broken line raises, or give the answer of somebody in between. What a process that ends
    meanwhile raises goes through as it is.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__("sandbox.test")
        self._app = sandbox.asgi()
        self.before: Callable[[Asked], HTTPResponse | None] = lambda _asked: None
        self.after: Callable[[Asked, HTTPResponse], None] = lambda _asked, _answer: None

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **_how: Any) -> Any:  # type: ignore[override]
        """The answer of the stand-in, made in this thread."""
        parts = urlsplit(url)
        given = body.encode() if isinstance(body, str) else body or b""
        asked = Asked(method, unquote(parts.path), given)
        answer = self.before(asked)
        if answer is None:
            answer = self._answer(asked, parts.query, headers or {})
            self.after(asked, answer)
        return answer

    def _answer(self, asked: Asked, query: str, headers: Any) -> HTTPResponse:
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"host", b"sandbox.test"),
                *((str(name).lower().encode(), str(value).encode("latin-1")) for name, value in headers.items()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("sandbox.test", 80),
        }
        line = _Line(asked.body)
        _at_once(self._app(scope, line.receive, line.send))
        if line.status is None:
            raise ProtocolError("the line broke")
        return reply(line.status, bytes(line.content), line.headers)


def reply(status: int, content: bytes, headers: HTTPHeaderDict | None = None) -> HTTPResponse:
    """An answer as a connection gives it."""
    return HTTPResponse(io.BytesIO(content), headers or HTTPHeaderDict(), status, preload_content=False)


@dataclass
class _Line:
    """Both ends of one request."""

    body: bytes
    sent: bool = False
    status: int | None = None
    headers: HTTPHeaderDict = field(default_factory=HTTPHeaderDict)
    content: bytearray = field(default_factory=bytearray)

    async def receive(self) -> Message:
        if self.sent:
            return {"type": "http.disconnect"}
        self.sent = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                self.headers.add(name.decode(), value.decode("latin-1"))
        else:
            self.content += message.get("body", b"")


def _at_once(work: Awaitable[None]) -> None:
    """Runs what never has to wait for anything."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration:
        return
    raise AssertionError("the sandbox waits for something")


class _Doors:
    """Stands where an adapter keeps its connections."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connection_from_host(self, *_where: Any, **_how: Any) -> Wire:
        return self._wire

    def connection_from_url(self, *_where: Any, **_how: Any) -> Wire:
        return self._wire

    def clear(self) -> None:
        """Nothing is held open."""


def connected(session: VendorSession, wire: Wire) -> VendorSession:
    """The session, with all its requests going over the wire."""
    adapter = session.get_adapter(HOST)
    assert isinstance(adapter, HTTPAdapter)
    adapter.poolmanager = _Doors(wire)
    return session


class NoPace(Pace):
    """Gives every permit at once."""

    def take(self, *lanes: str) -> None:
        return

    def pause(self, wait: Any, *lanes: str) -> None:
        return
