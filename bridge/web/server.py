"""Serves an ASGI app from a thread beside the daemon, which keeps the main thread and its signals."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from starlette.types import ASGIApp

from bridge.model.errors import BridgeError


class AddressTaken(BridgeError):
    """The host and port of the web app are in use."""

    exit_code = 1


class WebServer:
    """Listens from the start until it is closed; `port` is where. Raises AddressTaken before anything is started."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._listener = _bound(host, port)
        self.port: int = self._listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # who calls is told by signatures and secrets, never by an address
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(config)
        sockets = {"sockets": [self._listener]}
        self._thread = threading.Thread(target=self._server.run, kwargs=sockets, name="web", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Lets the calls under way end, for some seconds, and takes no more. Harmless when it was closed before."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._listener.close()


@contextmanager
def serving(app: ASGIApp, host: str, port: int) -> Iterator[int]:
    """Listens while the block runs; gives the port. Raises AddressTaken."""
    with closing(WebServer(app, host, port)) as server:
        yield server.port


def _bound(host: str, port: int) -> socket.socket:
    """A socket that takes calls: those that come before the app is up wait instead of being refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol named, asyncio leaves small answers waiting for more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise AddressTaken(
            f"{host}:{port} is in use; choose another BRIDGE_WEB__PORT, or end what listens there ({error.strerror})"
        ) from error
    return listener
