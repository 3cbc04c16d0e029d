"""How connectors speak HTTP: what failures mean, what stays secret, and how fast they may ask."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import requests

from bridge.model.errors import ConnectorError, Retry
from connectors.http import Secrets, TokenBuckets, VendorSession, retry_of, wished_wait
from tests.pace import FreePace
from tests.secrets import TRELLO_KEY, TRELLO_TOKEN, planted_in

NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server(answer: Callable[[socket.socket], None], arrived: list[bytes] | None = None) -> Iterator[str]:
    """Listens on loopback and treats one connection as told, after reading its request (into `arrived`)."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            request = connection.recv(65536)
            while arrived is not None and not whole(request):
                request += connection.recv(65536)
            if arrived is not None:
                arrived.append(request)
            answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(timeout=5)
    listener.close()


def whole(request: bytes) -> bool:
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return len(body) >= (int(length[1]) if length else 0)


def session(**options: object) -> VendorSession:
    made = VendorSession("trello", FreePace(), secrets=(TRELLO_KEY, TRELLO_TOKEN), **options)  # type: ignore[arg-type]
    made.trust_env = False
    return made


def failure(method: str, url: str, **options: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        session(**options).request(method, url, params={"key": TRELLO_KEY, "token": TRELLO_TOKEN})
    return raised.value


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_where_only_reading_is_allowed_a_write_is_refused_before_anything_is_sent() -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        error = failure(method, closed_port(), only_reads=True)
        assert (error.code, error.retry) == ("reads", Retry.PERMANENT)
    assert failure("GET", closed_port(), only_reads=True).what.startswith("no connection")


def test_a_list_asked_for_by_post_is_a_read() -> None:
    options = {"only_reads": True, "reads": lambda method, url: url.endswith("/list")}
    assert failure("POST", f"{closed_port()}/task/list", **options).what.startswith("no connection")
    assert failure("POST", f"{closed_port()}/task/", **options).code == "reads"


def say_nothing(connection: socket.socket) -> None:
    """Hang up without an answer."""


def wait_for_the_client(connection: socket.socket) -> None:
    connection.settimeout(5)
    connection.recv(1)


def cut_short(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_write_that_never_left_may_be_repeated(method: str) -> None:
    assert failure(method, closed_port()).retry is Retry.PASSING


@pytest.mark.parametrize("behaviour", [say_nothing, wait_for_the_client, cut_short])
@pytest.mark.parametrize(("method", "retry"), [("GET", Retry.PASSING), ("POST", Retry.UNKNOWN)])
def test_write_without_a_proper_answer_is_unknown(
    behaviour: Callable[[socket.socket], None], method: str, retry: Retry
) -> None:
    with server(behaviour) as url:
        assert failure(method, url, timeout=(1.0, 0.2)).retry is retry


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "head": b"",
    "body": HEAD + b"Content-Length: 1000\r\n\r\n",
    "length of a piece": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "compressed": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n",
}


def drip(connection: socket.socket, begun: bytes, each: bytes, times: int = 400) -> None:
    """Send so much every 20 ms, until all is sent or the client has hung up."""
    connection.settimeout(0.02)
    try:
        connection.sendall(begun)
        for _time in range(times):
            with suppress(TimeoutError):
                connection.recv(1)
                return
            connection.sendall(each)
    except OSError:
        return


@pytest.mark.parametrize("begun", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("plain", [True, False])
def test_an_answer_that_drips_holds_nobody_up_for_ever(begun: bytes, plain: bool) -> None:
    asked = {} if plain else {"files": {"f": b"x"}}
    with server(lambda connection: drip(connection, begun, b"0")) as url:
        since = time.monotonic()
        with pytest.raises(ConnectorError) as raised:
            session(timeout=(1.0, 0.1)).request("POST", url, **asked)
    assert (raised.value.retry, time.monotonic() - since < 5) == (Retry.UNKNOWN, True)


def test_a_file_that_drips_is_given_up_in_the_middle() -> None:
    with server(lambda connection: drip(connection, DRIPS["body"], b"0")) as url:
        asking = session(timeout=(1.0, 0.1))
        coming = asking.pieces(asking.request("GET", url, stream=True), 65_536)
        with pytest.raises(ConnectorError):
            next(coming)


def test_an_answer_that_keeps_coming_may_take_its_while() -> None:
    long = HEAD + b"Content-Length: 150000\r\n\r\n"
    with server(lambda connection: drip(connection, long, b"0" * 2000, times=75)) as url:
        assert len(session(timeout=(1.0, 0.3)).request("GET", url).content) == 150_000


def test_reading_by_post_may_be_repeated() -> None:
    with server(say_nothing) as url:
        assert failure("POST", f"{url}/task/list", reads=lambda _, url: "/list" in url).retry is Retry.PASSING


def test_address_nobody_can_ask_is_a_matter_for_the_admin() -> None:
    assert failure("GET", "trello.com/1/boards").retry is Retry.ASK_ADMIN


@pytest.mark.parametrize("behaviour", [say_nothing, cut_short])
def test_failure_tells_no_secret(behaviour: Callable[[socket.socket], None]) -> None:
    with server(behaviour) as url:
        error = failure("POST", url)
    assert planted_in("".join(traceback.format_exception(error))) == []
    assert error.__context__ is None


def test_debug_log_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "urllib3.connectionpool"), server(cut_short) as url:
        failure("GET", url)
    assert "GET /?key=***&token=***" in caplog.text
    assert planted_in(caplog.text) == []


def test_secret_is_found_in_its_encoded_form() -> None:
    assert Secrets(["a/b c"]).scrub("a/b c, a%2Fb%20c, a%2Fb+c") == "***, ***, ***"


def test_prefix_is_swapped_before_asking() -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with server(greet) as url:
        answer = session(swap=("https://api.trello.com/", f"{url}/")).get("https://api.trello.com/1/boards")
    assert answer.url == f"{url}/1/boards"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"params": {"key": "ключ", "none": None, "two": ["a", "b c"]}},
        {"data": '{"text": "Вітаємо"}', "headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"json": {"text": "Вітаємо"}},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_straight_way_sends_what_requests_would(method: str, asked: dict[str, Any]) -> None:
    assert sent(method, asked) == sent(method, {**asked, "auth": lambda request: request})


def sent(method: str, asked: dict[str, Any]) -> list[bytes]:
    """The lines that arrive, without the port; what is not empty beside the plain parts takes the long way."""
    arrived: list[bytes] = []
    with server(lambda connection: connection.sendall(NOTHING), arrived) as url:
        answer = session(headers={"X-Own": "bridge"}).request(method, f"{url}/1/boards", **asked)
        assert answer.json() == {}
    head, _, body = arrived[0].partition(b"\r\n\r\n")
    lines = [line for line in head.lower().split(b"\r\n") if not line.startswith(b"host:")]
    return [*sorted(lines), head.split(b"\r\n")[0], body]


def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived: list[bytes] = []
    with server(lambda connection: connection.sendall(NOTHING), arrived) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        VendorSession("trello", FreePace()).get("http://trello.example/1/boards")
    assert arrived[0].startswith(b"GET http://trello.example/1/boards ")


def test_redirect_is_an_answer_and_takes_no_secret_elsewhere() -> None:
    def redirect(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")

    with server(redirect) as url:
        assert session().get(url).status_code == 302


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (302, Retry.ASK_ADMIN, Retry.ASK_ADMIN),
        (400, Retry.PERMANENT, Retry.PERMANENT),
        (403, Retry.ASK_ADMIN, Retry.ASK_ADMIN),
        (404, Retry.PERMANENT, Retry.PERMANENT),
        (429, Retry.PASSING, Retry.PASSING),
        (502, Retry.PASSING, Retry.UNKNOWN),
    ],
)
def test_status_says_what_may_be_done(status: int, reading: Retry, writing: Retry) -> None:
    assert (retry_of(status, reading=True), retry_of(status, reading=False)) == (reading, writing)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 10),
        ({"Retry-After": "7"}, 7),
        ({"x-rate-limit-api-token-interval-ms": "10000", "x-rate-limit-api-token-remaining": "0"}, 10),
        ({"x-rate-limit-api-member-interval-ms": "900000", "x-rate-limit-api-member-remaining": "0"}, 900),
        ({"x-rate-limit-api-member-interval-ms": "900000", "x-rate-limit-api-member-remaining": "3"}, 10),
    ],
)
def test_wait_is_the_vendors_own_wish(headers: dict[str, str], seconds: int) -> None:
    response = requests.Response()
    response.headers.update(headers)
    assert wished_wait(response) == timedelta(seconds=seconds)


class Time:
    """Monotonic seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.naps:
            self.naps.pop(0)()


def buckets(time: Time, **limits: tuple[int, float]) -> TokenBuckets:
    return TokenBuckets(limits, now=lambda: time.now, sleep=time.sleep)


def test_buckets_stay_under_the_vendors_limit() -> None:
    time = Time()
    limited = buckets(time, token=(100, 10.0))
    for _ in range(85):
        limited.take("token")
    assert time.now == 0.0
    limited.take("token")
    assert time.now == pytest.approx(10.0)


def test_no_window_of_the_vendors_ever_holds_too_many() -> None:
    time = Time()
    limited = buckets(time, token=(10, 10.0))
    moments = []
    for _ in range(60):
        limited.take("token")
        moments.append(time.now)
        time.now += 0.3
    assert max(sum(start <= moment < start + 10 for moment in moments) for start in moments) == 8


def test_one_a_second_becomes_one_in_a_little_more() -> None:
    time = Time()
    limited = buckets(time, second=(1, 1.0))
    for _ in range(3):
        limited.take("second")
    assert time.now == pytest.approx(2 / 0.85)


def test_chats_are_counted_apart_under_one_limit() -> None:
    time = Time()
    limited = buckets(time, chat=(1, 1.0))
    limited.take("chat:1")
    limited.take("chat:2")
    assert time.now == 0.0
    limited.take("chat:1")
    assert time.now > 1.0


def test_the_nearest_limit_of_a_long_lane_counts() -> None:
    time = Time()
    limited = buckets(time, **{"bot": (30, 1.0), "bot:chat": (1, 1.0)})
    limited.take("bot", "bot:chat:1")
    assert time.now == 0.0
    limited.take("bot", "bot:chat:1")
    assert time.now > 1.0


def test_pause_holds_everybody_in_the_lane() -> None:
    time = Time()
    limited = buckets(time, token=(100, 10.0))
    limited.pause(timedelta(seconds=5), "token")
    limited.take("other")
    assert time.now == 0.0
    limited.take("token")
    assert time.now == pytest.approx(5.0)


def test_people_go_before_the_background() -> None:
    """The permit is free again after 1.2 s, but a person waits for it: the background lets it pass."""
    time = Time()
    limited = buckets(time, token=(1, 1.0))
    limited.take("token")
    limited._people["token"] = 1
    time.naps += [lambda: None] * 9 + [lambda: limited._people.clear()]
    limited.take("token", "background")
    assert time.now == pytest.approx(1 / 0.85 + 9 * 0.01)


def test_background_is_not_starved() -> None:
    time = Time()
    limited = buckets(time, token=(100, 10.0))
    limited._people["token"] = 1
    limited.take("token", "background")
    assert time.now == pytest.approx(TokenBuckets.PATIENCE, abs=0.1)
