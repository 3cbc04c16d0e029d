"""Serves a sandbox over real HTTP, beside whatever else the process does."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.app import Sandbox


class _Current:
    """The app that answers now; requests under way stay with the app they began with."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass
class Running:
    """A sandbox that listens. Also a context manager that stops it at the end."""

    base_url: str
    sandbox: Sandbox
    _current: _Current = field(repr=False)
    _server: uvicorn.Server = field(repr=False)
    _thread: threading.Thread = field(repr=False)

    def serve(self, sandbox: Sandbox) -> None:
        """Put another sandbox behind the same address: a fresh one for every test costs no new server."""
        self.sandbox.faults.clear()
        sandbox.base_url = self.base_url
        self._current.app = sandbox.asgi()
        self.sandbox = sandbox

    def stop(self) -> None:
        """Close all connections and wait for the thread; held answers are let go."""
        self.sandbox.faults.clear()
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def serve_in_thread(sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> Running:
    """Serve in a background thread, and return once it listens; port 0 takes a free one.

    Installs no signal handlers and leaves the process's logging alone. Raises OSError when the port is taken.
    """
    # Named TCP, accepted connections get TCP_NODELAY from asyncio; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    base_url = f"http://{host}:{listener.getsockname()[1]}"
    sandbox.base_url = base_url
    current = _Current(sandbox.asgi())
    server = uvicorn.Server(server_config(current))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise OSError(f"the sandbox did not start on {base_url}")
        time.sleep(0.002)
    return Running(base_url, sandbox, current, server, thread)


def server_config(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """How uvicorn serves it: plain HTTP/1.1, no access log, no lifespan."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
