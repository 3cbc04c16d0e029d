"""Serves an ASGI app from a thread beside the daemon, which keeps the main thread and its signals."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from bridge.model.errors import BridgeError


class AddressTaken(BridgeError):
    """The host and port of the web app are in use."""

    exit_code = 1


@contextmanager
def serving(app: ASGIApp, host: str, port: int) -> Iterator[int]:
    """Listens while the block runs; gives the port. Raises AddressTaken before anything else is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol named, asyncio leaves small answers waiting for more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # calls that come before the app is up wait instead of being refused
    except OSError as error:
        listener.close()
        raise AddressTaken(
            f"{host}:{port} is in use; choose another BRIDGE_WEB__PORT, or end what listens there ({error.strerror})"
        ) from error
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()
