"""A webhook is called over real HTTP: signed, again until it was taken, and never further than its own address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bridge.engine.clock import SetClock
from bridge.model.decisions import CallWebhook, CommentCard, Decision
from bridge.model.deliveries import Delivery
from bridge.model.errors import ConnectorError, Retry
from connectors.webhook import Endpoint, WebhookConnector
from tests.engine.office import NOON
from tests.pace import FreePace

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
CALL = CallWebhook("books", "paid", "2026-12-01T10:00:00.000000Z", {"facts": {"client.name": "Кав’ярня"}})


class Listener:
    """A server that answers as told, and keeps what came. `answers` are statuses; None hangs up without one."""

    def __init__(self) -> None:
        self.answers: list[int | None] = []
        self.came: list[tuple[dict[str, str], str]] = []
        self.url = ""


@contextmanager
def listening() -> Iterator[Listener]:
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = heard.answers.pop(0) if heard.answers else 200
            if status is None:
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Location", f"{heard.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    heard.url = f"http://127.0.0.1:{server.server_port}/hooks"
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def books() -> Iterator[Listener]:
    with listening() as heard:
        yield heard


def called(heard: Listener, decision: Decision = CALL, delivery: str = "d1") -> None:
    connector = WebhookConnector([Endpoint("books", heard.url, SECRET)], SetClock(NOON), FreePace())
    connector.push(Delivery(delivery, "key", decision, "deal-1", None))


def refusal(heard: Listener, decision: Decision = CALL) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        called(heard, decision)
    return caught.value


def test_what_happened_is_posted_signed_as_standard_webhooks_are(books: Listener) -> None:
    called(books)
    [(headers, body)] = books.came
    stamp = str(int(NOON.timestamp()))
    signed = hmac.new(KEY, f"d1.{stamp}.{body}".encode(), hashlib.sha256).digest()
    assert json.loads(body) == {"type": "paid", "timestamp": CALL.at, "data": CALL.data}
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("d1", stamp)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (None, Retry.PASSING),
        (500, Retry.PASSING),
        (429, Retry.PASSING),
        (409, Retry.PASSING),
        (401, Retry.ASK_ADMIN),
        (302, Retry.PERMANENT),
        (410, Retry.PERMANENT),
        (422, Retry.PERMANENT),
    ],
)
def test_each_answer_is_told_apart_and_none_leaves_a_doubt(books: Listener, status: int | None, retry: Retry) -> None:
    books.answers = [status]
    assert refusal(books).retry is retry
    assert len(books.came) == 1  # not asked anywhere else either


def test_a_call_made_again_is_known_by_its_id(books: Listener) -> None:
    books.answers = [503]
    refusal(books)
    called(books)
    assert [(headers["webhook-id"], body) for headers, body in books.came] == [("d1", books.came[0][1])] * 2


def test_nothing_tells_the_secret(books: Listener) -> None:
    books.answers = [422]
    assert "whsec" not in f"{refusal(books)} {Endpoint('books', books.url, SECRET)!r}"


@pytest.mark.parametrize("decision", [CommentCard("hi"), CallWebhook("gone", "paid", CALL.at)])
def test_what_it_cannot_do_is_given_up(books: Listener, decision: Decision) -> None:
    assert (refusal(books, decision).retry, books.came) == (Retry.PERMANENT, [])


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://books.example/hook", SECRET),
        ("https://user:pass@books.example/hook", SECRET),
        ("ftp://books.example", SECRET),
        ("https://books.example/hook", "whsec_c2hvcnQ="),
        ("https://books.example/hook", "not base64 at all"),
    ],
)
def test_an_address_or_a_secret_that_is_not_safe_is_refused(url: str, secret: str) -> None:
    with pytest.raises(ValueError, match=r"webhook|https|secret"):
        Endpoint("books", url, secret)
