"""How messages are sent: over connections that stay open, in the thread that asks, and never into a dead one."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from connectors.telegram.request import ThreadRequest, outcome
from tests.connectors.telegram.agency import Agency, message

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"ok":true,"result":{}}'


class Other:
    """The other side: answers every request, and counts the connections that were opened to it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/send"
        self.opened = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.opened += 1
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                connection.sendall(ANSWER)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def other() -> Iterator[Other]:
    made = Other()
    yield made
    made.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of a clock that stands until it is set."""
    seconds = [1000.0]
    monkeypatch.setattr("connectors.telegram.request.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    return seconds


@pytest.mark.parametrize(("idle", "opened"), [(1.0, 1), (6.0, 2)])
def test_a_connection_that_lay_idle_for_long_is_not_written_into(
    other: Other, now: list[float], idle: float, opened: int
) -> None:
    request = ThreadRequest("telegram", "", (5.0, 5.0))
    outcome(request.post(other.url))
    now[0] += idle
    outcome(request.post(other.url))
    outcome(request.shutdown())
    assert other.opened == opened


def test_a_message_needs_no_other_thread(world: Agency) -> None:
    world.connector.push(message("staff-chat"))
    assert "telegram-bot" not in {thread.name for thread in threading.enumerate()}


def test_what_waits_for_a_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="loop"):
        outcome(asyncio.sleep(0))
