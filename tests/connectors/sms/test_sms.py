"""An SMS goes to the gateway as its operator describes it, at most once, and never longer than agreed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from bridge.engine.clock import SetClock
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Ref
from connectors.sms import Gateway, SmsConnector, segments
from tests.engine.office import NOON
from tests.pace import FreePace

PHONE = Ref("sms", "main", "phone", "+380441234567")
BODY = {"to": ["{phone}"], "message": {"text": "{text}", "from": "{sender}"}, "ref": "{id}"}
SECRET = "sms-secret-of-nobody"


class Operator:
    """A gateway: answers as told, and keeps what was asked. A status of 0 hangs up without an answer."""

    def __init__(self) -> None:
        self.answer: tuple[int, str] = (200, '{"status": "OK", "result": [{"message_id": 77}]}')
        self.asked: list[tuple[dict[str, str], str]] = []
        self.url = ""


@pytest.fixture
def operator() -> Iterator[Operator]:
    made = Operator()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, words = made.answer
            if not status:
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(words.encode())))
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *_given: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/send"
    yield made
    server.shutdown()
    server.server_close()


def sent(operator: Operator, text: str = "Вітаємо", **given: Any) -> Receipt:
    described = {"body": BODY, "headers": {"Authorization": "Bearer {secret}"}, "sender": "ZERNO", **given}
    gateway = Gateway(operator.url, secret=SECRET, **described)
    connector = SmsConnector(gateway, SetClock(NOON), FreePace())
    return connector.push(Delivery("d1", "key", SendMessage("client", text), "deal-1", PHONE))


def test_the_request_is_the_operators_own_with_the_words_without_markup(operator: Operator) -> None:
    receipt = sent(operator, "<b>Зерно</b> &amp; Ко", id_path="result.0.message_id", taken={"status": "ok"})
    [(headers, body)] = operator.asked
    words = {"text": "Зерно & Ко", "from": "ZERNO"}
    assert json.loads(body) == {"to": [PHONE.id], "message": words, "ref": "d1"}
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert receipt.details == {"channel": "sms", "segments": 1, "message": "77"}


def test_a_gateway_that_takes_forms_gets_one(operator: Operator) -> None:
    sent(operator, body={"phone": "{phone}", "text": "{text}", "key": "{secret}"}, headers={}, as_form=True)
    [(headers, body)] = operator.asked
    assert parse_qs(body) == {"phone": [PHONE.id], "text": ["Вітаємо"], "key": [SECRET]}
    assert headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        ((0, ""), Retry.UNKNOWN),
        ((502, "bad gateway"), Retry.UNKNOWN),
        ((429, "slow down"), Retry.PASSING),
        ((401, f"wrong key {SECRET}"), Retry.ASK_ADMIN),
        ((402, "no money"), Retry.ASK_ADMIN),
        ((400, "bad number"), Retry.PERMANENT),
        ((200, '{"status": "REJECTED"}'), Retry.PERMANENT),
        ((200, "<html>"), Retry.PERMANENT),
    ],
)
def test_each_answer_is_told_apart(operator: Operator, answer: tuple[int, str], retry: Retry) -> None:
    operator.answer = answer
    with pytest.raises(ConnectorError) as caught:
        sent(operator, taken={"status": "ok"})
    assert caught.value.retry is retry
    assert SECRET not in str(caught.value)


def test_what_is_longer_than_agreed_is_not_sent(operator: Operator) -> None:
    with pytest.raises(ConnectorError, match="4"):
        sent(operator, "ї" * 202)
    assert operator.asked == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("ї" * 70, 1), ("ї" * 71, 2), ("😀" * 36, 2)],
)
def test_parts_are_counted_as_operators_do(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://gate.example"},
        {"body": {"to": "{phone}"}},
        {"body": {"to": "{phone}", "text": "{text} {password}"}},
        {"body": {"to": "{phone", "text": "{text}"}},
    ],
)
def test_a_gateway_that_could_not_be_told_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"https|told|brace"):
        Gateway(**{"url": "https://gate.example", "body": BODY, **wrong})
