"""How long the whole of an answer may take: a timeout alone begins anew with every byte that comes."""

from __future__ import annotations

import http.client
import io
import socket
import time
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connectionpool import ConnectionPool

_WAITS = 4
"""Within so many timeouts an answer must be there, head and body."""
_BYTES_A_SECOND = 10_000
"""What came gives the rest more time at this rate: a large file may take its while on a slow line."""


class PatientAdapter(HTTPAdapter):
    """Takes connections that give up an answer which drips.

    Each answer has four times the read timeout, and a second more for every 10 kB that have come. After that it counts
    as a read that timed out, whatever still comes.
    """

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        """The connections to a host, or to the proxy before it."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if isinstance(pool, HTTPConnectionPool):
            pool.ConnectionCls = _with_a_limit(pool.ConnectionCls)
        return pool


@cache
def _with_a_limit(made: type[Any]) -> type[Any]:
    limited = made.response_class is _Answer
    return made if limited else type(made.__name__, (made,), {"response_class": _Answer})


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Coming(sock, self.fp.detach()))


class _Coming(io.RawIOBase):
    """The bytes of one answer. Raises TimeoutError once they have taken too long."""

    def __init__(self, sock: socket.socket, line: io.RawIOBase) -> None:
        self._sock = sock
        self._line = line
        self._wait = sock.gettimeout()
        self._until = time.monotonic() + _WAITS * (self._wait or 0.0)

    def readinto(self, space: Any) -> int | None:
        """Give what has come, waiting no longer than the answer has left."""
        if self._wait is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer came too slowly")
            if left < self._wait:
                self._sock.settimeout(left)
        came: int | None = self._line.readinto(space)
        self._until += (came or 0) / _BYTES_A_SECOND
        return came

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._line.fileno()

    def close(self) -> None:
        self._line.close()
        super().close()
