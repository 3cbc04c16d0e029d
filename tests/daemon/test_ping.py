"""A sign of life reaches whoever watches from outside, says what is wrong, and shows no secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.engine.alarms import Alarm, AlarmKind
from bridge.ping import Ping

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ALARM = Alarm(AlarmKind.DISK_LOW, "", NOW, "12 MB are left", "make room")


class Watcher(HTTPServer):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Asked)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/planted-secret"


class Asked(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Watcher)
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    with Watcher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_healthy_bridge_calls_the_address_and_an_unhealthy_one_its_fail(watcher: Watcher) -> None:
    ping = Ping(url=watcher.url)
    ping.send(NOW, True, ())
    ping.send(NOW, False, (ALARM,))
    assert watcher.asked == ["/planted-secret", "/planted-secret/fail"]


def test_the_file_says_the_time_and_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "var" / "alive"
    Ping(file).send(NOW, False, (ALARM,))
    assert json.loads(file.read_text()) == {
        "at": "2026-12-01T12:00:00.000000Z",
        "healthy": False,
        "alarms": [{"kind": "disk_low", "about": "", "what": "12 MB are left", "fix": "make room"}],
    }
    assert [path.name for path in file.parent.iterdir()] == ["alive"]


def test_an_address_out_of_reach_is_logged_without_the_secret_in_it(watcher: Watcher) -> None:
    url = watcher.url
    watcher.server_close()
    with capture_logs() as logs:
        Ping(url=url).send(NOW, True, ())
    assert [line["log_level"] for line in logs] == ["warning"]
    assert "planted-secret" not in str(logs)


def test_a_file_that_cannot_be_written_is_logged_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with capture_logs() as logs:
        Ping(tmp_path / "var" / "alive").send(NOW, True, ())
    assert [line["log_level"] for line in logs] == ["warning"]
