"""What each answer to a message means, of a server written from the description alone: sent, refused, or open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from bridge.engine.clock import SetClock
from bridge.model.errors import ConnectorError, Retry
from connectors.telegram import TelegramConnector, TelegramMapping, TelegramSettings
from tests.connectors.telegram.agency import message
from tests.engine.office import NOON
from tests.pace import FreePace

SENT = {"message_id": 9, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "a"}
OPEN, PASSING, PERMANENT, ADMIN = Retry.UNKNOWN, Retry.PASSING, Retry.PERMANENT, Retry.ASK_ADMIN


def refusal(status: int, description: str, **parameters: int) -> tuple[int, bytes]:
    """https://core.telegram.org/bots/api#making-requests"""
    body = {"ok": False, "error_code": status, "description": description}
    return status, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


class Server(ThreadingHTTPServer):
    """Answers what it was told to, in order; None breaks the connection off. Keeps the texts that reached it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, bytes] | None] = []
        self.cut = False
        self.texts: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.texts += parse_qs(body).get("text", [])
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + 40 * self.server.cut))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def bot(server: Server) -> Iterator[TelegramConnector]:
    settings = TelegramSettings("7:fake-token", f"http://127.0.0.1:{server.server_port}")
    made = TelegramConnector(settings, TelegramMapping(), SetClock(NOON), FreePace())
    yield made
    made.close()


def failure(bot: TelegramConnector) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        bot.push(message("client", "Вітаємо", chat=7))
    return caught.value


def test_a_message_that_was_taken_has_its_number(server: Server, bot: TelegramConnector) -> None:
    server.answers.append((200, json.dumps({"ok": True, "result": SENT}).encode()))
    assert bot.push(message("client", "Вітаємо", chat=7)).details == {"message_id": 9, "chat": "7"}
    assert server.texts == ["Вітаємо"]


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (refusal(400, "Bad Request: message text is empty"), PERMANENT),
        (refusal(401, "Unauthorized"), ADMIN),
        (refusal(403, "Forbidden: bot was blocked by the user"), PERMANENT),
        (refusal(404, "Not Found"), ADMIN),
        (refusal(413, "Request Entity Too Large"), PERMANENT),
        ((413, b"<html>413</html>"), PERMANENT),
        (refusal(500, "Internal Server Error"), OPEN),
        ((502, b"<html>Bad Gateway</html>"), OPEN),
        (refusal(504, "Gateway Timeout"), OPEN),
        (None, OPEN),
    ],
)
def test_only_a_refusal_is_known_to_have_sent_nothing(
    server: Server, bot: TelegramConnector, answer: tuple[int, bytes] | None, retry: Retry
) -> None:
    server.answers.append(answer)
    assert (failure(bot).retry, len(server.texts)) == (retry, 1)


def test_an_answer_nested_without_end_leaves_it_open(server: Server, bot: TelegramConnector) -> None:
    server.answers = [(200, b"[" * 200_000)]
    assert failure(bot).retry is OPEN


def test_an_answer_that_is_cut_short_leaves_it_open(server: Server, bot: TelegramConnector) -> None:
    server.cut = True
    server.answers.append((200, json.dumps({"ok": True, "result": SENT}).encode()))
    assert failure(bot).retry is OPEN


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refusal(429, "Too Many Requests: retry after 7", retry_after=7), 7),
        (refusal(429, "Too Many Requests"), 30),
        (refusal(429, "Too Many Requests", retry_after=0), 30),
        ((429, b"<html>slow down</html>"), 30),
    ],
)
def test_a_request_to_slow_down_sent_nothing_and_pauses(
    server: Server, bot: TelegramConnector, answer: tuple[int, bytes], seconds: int
) -> None:
    server.answers.append(answer)
    error = failure(bot)
    assert (error.retry, error.wait) == (PASSING, timedelta(seconds=seconds))


def test_a_burst_of_refusals_ends_with_one_message(server: Server, bot: TelegramConnector) -> None:
    server.answers += [refusal(429, "Too Many Requests")] * 3
    assert [failure(bot).retry for _time in range(3)] == [PASSING] * 3
    server.answers.append((200, json.dumps({"ok": True, "result": SENT}).encode()))
    assert bot.push(message("client", "Вітаємо", chat=7)).details["message_id"] == 9


def test_a_group_that_became_a_supergroup_is_named(server: Server, bot: TelegramConnector) -> None:
    server.answers.append(refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100))
    error = failure(bot)
    assert (error.retry, error.moved_to) == (PASSING, "-100")
