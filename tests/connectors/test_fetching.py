"""Files over HTTP: in pieces, no larger than allowed, and with no secret for whoever keeps them."""

from __future__ import annotations

import re
import socket
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from bridge.model.errors import ConnectorError, FileTooLarge, Retry
from connectors.fetching import Upload, fetched
from tests.connectors.test_http import NOTHING, cut_short, server, session
from tests.secrets import PLANFIX_TOKEN

LARGE = 20_000_000


def read(url: str, most: int = 1000) -> bytes:
    asked = session(headers={"Authorization": f"Bearer {PLANFIX_TOKEN}"})
    with fetched("planfix", asked, asked.request("GET", url, stream=True), most, "/file/9/download") as file:
        return file.content.read()


def saying(head: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(f"HTTP/1.1 {head}\r\n\r\n".encode() + body)


def sent_on_to(url: str) -> Callable[[socket.socket], None]:
    return saying(f"302 Found\r\nContent-Length: 0\r\nLocation: {url}")


def test_who_keeps_the_file_gets_no_token() -> None:
    asked: list[bytes] = []
    with server(saying("200 OK\r\nContent-Length: 4", b"%PDF"), asked) as keeper, server(sent_on_to(keeper)) as vendor:
        assert read(vendor) == b"%PDF"
    assert PLANFIX_TOKEN.encode() not in asked[0]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://keeper.test/a"])
def test_only_web_addresses_are_followed(address: str) -> None:
    with server(sent_on_to(address)) as vendor, pytest.raises(ConnectorError, match="no web address"):
        read(vendor)


def test_a_file_that_was_cut_short_is_no_file() -> None:
    with server(cut_short) as vendor, pytest.raises(ConnectorError) as raised:
        read(vendor)
    assert raised.value.retry is Retry.PASSING


@pytest.mark.parametrize("head", ["200 OK\r\nContent-Length: 1001", "200 OK\r\nConnection: close"])
def test_a_file_is_read_no_further_than_was_allowed(head: str) -> None:
    with server(saying(head, b"x" * 1001)) as vendor, pytest.raises(FileTooLarge):
        read(vendor)


def test_a_large_file_is_never_in_memory_whole() -> None:
    def swallow(connection: socket.socket) -> None:
        while not connection.recv(1_000_000).endswith(b"--\r\n"):
            pass
        connection.sendall(NOTHING)

    with TemporaryFile() as content, server(swallow) as vendor:
        content.truncate(LARGE)
        body = Upload("Відео.mp4", "video/mp4", content, LARGE)
        tracemalloc.start()
        session().request("POST", vendor, data=body, headers=body.headers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < LARGE / 4


@pytest.mark.parametrize(
    ("name", "written"),
    [("Бриф.pdf", "Бриф.pdf"), ('a"b.pdf', "a%22b.pdf"), ("a\r\nX-Evil: 1.pdf", "a%0D%0AX-Evil: 1.pdf")],
)
def test_a_name_cannot_leave_its_header(name: str, written: str) -> None:
    body = Upload(name, "application/pdf", BytesIO(b"%PDF"), 4)
    whole = b"".join(body)
    assert len(whole) == len(body)
    assert re.findall(rb'filename="([^"]*)"', whole) == [written.encode()]


def test_a_body_can_be_read_from_its_beginning_again() -> None:
    body = Upload("Бриф.pdf", "application/pdf", BytesIO(b"%PDF"), 4)
    assert b"".join(body) == b"".join(body)
