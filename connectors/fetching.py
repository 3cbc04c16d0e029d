"""Files over HTTP, read and sent piece by piece: one of 250 MB must not stand in memory."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.fields import RequestField

from bridge.model.errors import ConnectorError, FileTooLarge, Retry
from bridge.model.files import Fetched
from connectors.http import VendorSession

_IN_MEMORY = 1_000_000
"""A file of so many bytes needs no place on disk."""
_PIECE = 65_536
_REDIRECTS = 3
_ELSEWHERE: Mapping[str, str | None] = {"Authorization": None}
"""What the address that a vendor sends us on to must not get."""


@contextmanager
def fetched(
    connector: str, session: VendorSession, response: requests.Response, most: int, path: str
) -> Iterator[Fetched]:
    """The file in an answer that was asked for as a stream, or in the one that it leads on to.

    Raises FileTooLarge as soon as more than `most` bytes are announced or come, ConnectorError for a broken line.
    """
    response = _arrived(connector, session, response, path)
    try:
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > most:
            raise FileTooLarge(connector, f"GET {path}: {announced} bytes")
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            size, digest = 0, hashlib.sha256()
            for piece in session.pieces(response, _PIECE):
                size += len(piece)
                if size > most:
                    raise FileTooLarge(connector, f"GET {path}: more than {most} bytes")
                digest.update(piece)
                content.write(piece)
            content.seek(0)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
            yield Fetched(cast("BinaryIO", content), size, digest.hexdigest(), kind or "application/octet-stream")
    finally:
        response.close()


def _arrived(connector: str, session: VendorSession, response: requests.Response, path: str) -> requests.Response:
    """The answer at the end of the redirects. Who is asked on the way learns nothing of us."""
    for _hop in range(_REDIRECTS):
        if response.status_code not in (301, 302, 303, 307, 308):
            break
        begun = response.url
        address = urljoin(begun, response.headers.get("Location", ""))
        response.close()
        if urlsplit(address).scheme not in ("https", urlsplit(begun).scheme):
            raise ConnectorError(connector, f"GET {path}: sent on to no web address", retry=Retry.PASSING, code="302")
        response = session.request("GET", address, headers=_ELSEWHERE, stream=True)
    if not 200 <= response.status_code < 300:
        failure = session.refused(response, f"GET {path}: the file is not given out")
        response.close()
        raise failure
    return response


class Upload:
    """A multipart body that holds one file, for the `data` of a request; it is read as it is sent, from its beginning.

    `headers` say what it is. Names are written as browsers write them.
    """

    def __init__(self, name: str, media_type: str, content: BinaryIO, size: int) -> None:
        boundary = secrets.token_hex(16)
        field = RequestField(name="file", data=b"", filename=name)
        field.make_multipart(content_type=media_type)
        self._head = f"--{boundary}\r\n{field.render_headers()}".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content
        self._length = len(self._head) + size + len(self._tail)
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        self._content.seek(0)
        yield self._head
        while piece := self._content.read(_PIECE):
            yield piece
        yield self._tail
