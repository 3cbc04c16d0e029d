"""The one door all requests come through: finds the service, writes the journal, applies faults and limits."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Faults
from sandbox.journal import Call, Exchange, Journal, decode_body, pairs
from sandbox.limits import Limits

logger = logging.getLogger(__name__)


class Service(Protocol):
    """One stand-in. It knows nothing of journal, faults and limits.

    `routes` are relative to `prefix`. `error` gives the vendor's own kind of error answer; the limits call it with
    what they know of the vendor (Trello `error=`, Planfix `code=`, Telegram `parameters=`).
    """

    name: str
    prefix: str

    def routes(self) -> list[Route]: ...

    def error(self, status: int, message: str, **kw: Any) -> Response: ...


class Gateway:
    """The outermost ASGI app. What belongs to no service goes to `rest` and is not journalled."""

    def __init__(
        self,
        services: Sequence[Service],
        rest: ASGIApp,
        clock: SandboxClock,
        journal: Journal,
        faults: Faults,
        limits: Limits,
    ) -> None:
        self._mounts = sorted(
            ((service.prefix, service, service.routes()) for service in services), key=lambda mount: -len(mount[0])
        )
        self._rest = rest
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for prefix, service, routes in self._mounts:
                if scope["path"].startswith(prefix + "/"):
                    await self._serve(service, routes, scope, receive, send)
                    return
        await self._rest(scope, receive, send)

    async def _serve(self, service: Service, routes: list[Route], scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:  # died before it had asked
            return
        call = await _read(service, scope, body)
        entry = self._journal.open(call, self._clock.now())
        fault = self._faults.strike(entry)
        if fault is not None:
            entry.fault = fault.kind
            if fault.kind == "drop_before":
                await drop_connection(receive, send)
                return
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "status":
            response = _broken(service, fault)
        else:
            response = await self._respond(service, routes, scope, body, call, entry)
        response.headers.update(self._limits.headers(call))
        self._journal.close(entry, response.status_code, response.headers.get("content-type", ""), bytes(response.body))
        if fault is not None and fault.kind == "drop_after":
            await drop_connection(receive, send)
            return
        if fault is not None and fault.kind == "hold_after":
            await _hold(self._faults.gate(), fault.seconds)
        await response(scope, receive, send)

    async def _respond(
        self, service: Service, routes: list[Route], scope: Scope, body: bytes, call: Call, entry: Exchange
    ) -> Response:
        refusal = self._limits.take(call)
        if refusal is not None:
            return service.error(refusal.status, refusal.message, **refusal.details)
        inner = dict(scope, root_path=service.prefix, state={}, **{"sandbox.exchange": entry})
        status = 404
        for route in routes:
            match, found = route.matches(inner)
            if match is Match.FULL:
                entry.operation = route.path
                return await _answer(service, route, {**inner, **found}, body)
            if match is Match.PARTIAL:
                status = 405
        return service.error(status, "Not Found" if status == 404 else "Method Not Allowed")


async def drop_connection(receive: Receive, send: Send) -> None:
    """Close the TCP connection without an answer: the client sees a reset, not a status.

    Needs uvicorn, whose `send` belongs to the request's cycle with the transport. Elsewhere raises RuntimeError.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("a dropped connection needs the sandbox to be served by uvicorn directly")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(service: Service, scope: Scope, body: bytes) -> Call:
    request = Request(scope, _replay(body))
    return Call(
        service=service.name,
        method=scope["method"],
        path=scope["path"],
        query=pairs(request.query_params.multi_items()),
        headers=dict(request.headers.items()),
        body=await decode_body(request),
    )


async def _answer(service: Service, route: Route, scope: Scope, body: bytes) -> Response:
    """Run the route and keep its whole answer, so that it can be written down before it is sent."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(dict(message))

    try:
        await route.handle(scope, _replay(body), keep)
    except HTTPException as error:
        return service.error(error.status_code, error.detail)
    except Exception:
        logger.exception("%s failed at %s %s", service.name, scope["method"], route.path)
        return service.error(500, "Internal error of the sandbox")
    response = Response(b"".join(message.get("body", b"") for message in messages[1:]), messages[0]["status"])
    response.raw_headers = list(messages[0]["headers"])
    return response


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _broken(service: Service, fault: Fault) -> Response:
    if fault.body is None:
        response = service.error(fault.status, fault.message)
    elif isinstance(fault.body, str):
        response = HTMLResponse(fault.body, fault.status)
    else:
        response = JSONResponse(fault.body, fault.status)
    response.headers.update(fault.headers)
    return response


async def _hold(gate: threading.Event, seconds: float) -> None:
    await asyncio.get_running_loop().run_in_executor(None, gate.wait, seconds)
