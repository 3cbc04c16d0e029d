"""The ASGI app: webhooks in, health and metrics out. A webhook gets its 200 only after what it brought is stored."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bridge.daemon import Daemon
from bridge.engine.accounts import connector_called
from bridge.engine.engine import Engine
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, StoreError
from bridge.model.protocols import Hearing
from bridge.model.records import Heard, Page, Ref
from bridge.model.values import Plain
from bridge.web.access import access_route
from bridge.web.reception import Reception
from bridge.wiring.hooks import Hooks

log = structlog.get_logger(__name__)

_LARGEST_BODY = 256 * 1024
_STALE = timedelta(minutes=15)
_STUCK = 120.0
"""Seconds without a round after which the process counts as dead: longer than any call may take."""


def web_app(engine: Engine, daemon: Daemon, hooks: Hooks) -> Starlette:
    """The app of one running daemon."""
    routes = _Routes(engine, daemon, hooks)
    return Starlette(
        routes=[
            Route("/health", routes.health),
            Route("/ready", routes.ready),
            Route("/metrics", routes.metrics),
            Route("/hooks/trello", routes.trello, methods=["HEAD", "GET", "POST"]),
            Route("/hooks/trello/{account}", routes.trello, methods=["HEAD", "GET", "POST"]),
            Route("/hooks/planfix", routes.planfix, methods=["POST"]),
            Route("/hooks/planfix/{secret}", routes.planfix, methods=["POST"]),
            access_route(engine, daemon),
        ]
    )


def readiness(engine: Engine) -> dict[str, Any]:
    """Whether webhooks are taken and every source was read, not longer ago than a quarter of an hour; which are not."""
    sources = engine.store.sources()
    wanted = {source for name in engine.connectors for source in engine.sources_of(name)}
    now = engine.clock.now()
    blind = sorted(
        name
        for name in wanted
        if name not in sources or (seen := sources[name].seen_up_to) is None or now - seen > _STALE
    )
    hearing = {name: one for name, one in engine.connectors.items() if isinstance(one, Hearing)}
    deaf = sorted(name for name, connector in hearing.items() if not connector.hears)
    return {"ready": not blind and not deaf, "blind": blind, "deaf": deaf}


class _Routes:
    def __init__(self, engine: Engine, daemon: Daemon, hooks: Hooks) -> None:
        self._engine = engine
        self._daemon = daemon
        self._hooks = hooks
        self._reception = Reception(engine)
        self._hearing = {name: one for name, one in engine.connectors.items() if isinstance(one, Hearing)}
        self._noted: dict[str, float] = {}

    async def health(self, request: Request) -> Response:
        """200 while the process works through its rounds and its database answers; tells of rules that were refused."""
        if self._daemon.still_for > _STUCK:
            return JSONResponse(
                {"healthy": False, "error": f"no round for {self._daemon.still_for:.0f} s"}, status_code=503
            )
        try:
            counts = await run_in_threadpool(self._engine.store.counts)
        except StoreError as error:
            return JSONResponse({"healthy": False, "error": str(error)}, status_code=503)
        told = {"healthy": True, "deliveries": counts, "doubtful": counts.get(State.UNKNOWN.value, 0)}
        refused = self._engine.faults.seen().rules
        if refused is not None:
            told["rules"] = f"refused, the last good ones are in force: {refused.what}"
        return JSONResponse(told)

    async def ready(self, request: Request) -> Response:
        """200 once webhooks are taken and every source was read, not longer ago than a quarter of an hour."""
        told = await run_in_threadpool(readiness, self._engine)
        return JSONResponse(told, status_code=200 if told["ready"] else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text."""
        from bridge.web.metrics import exposition  # loading it takes a tenth of a start, which nobody has asked yet

        body, media_type = await run_in_threadpool(exposition, self._engine)
        return Response(body, media_type=media_type)

    async def trello(self, request: Request) -> Response:
        """What happened on a board, stored before it is answered. Polling stays the truth: calls get lost.

        503 has Trello call again. https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
        """
        account = request.path_params.get("account", "")
        is_trello = self._hooks.from_trello.get(account)
        if is_trello is None:
            return PlainTextResponse("no such account", status_code=404)
        if request.method != "POST":
            return PlainTextResponse("ready")  # the HEAD check at creation
        body = await request.body()
        if not is_trello(body, request.headers.get("x-trello-webhook", "")):
            return PlainTextResponse("signature does not fit", status_code=401)
        name = connector_called("trello", account)
        connector = self._hearing.get(name)
        if connector is None:
            return PlainTextResponse("no Trello here", status_code=404)
        await self._note(name)
        try:
            heard = connector.hear(body, request.headers.get("x-trello-client-identifier", ""))
            about: Collection[str] = ()
            if heard.happenings:
                about = await self._reception.take_in(name, Page(None, happenings=heard.happenings))
        except ValueError as error:
            return PlainTextResponse(str(error), status_code=400)
        except (ConnectorError, StoreError) as error:
            log.error("webhook not taken in", error=str(error))
            return PlainTextResponse("not stored, call again", status_code=503)
        self._daemon.heard(name, heard, about)
        return PlainTextResponse("stored")

    async def _note(self, name: str) -> None:
        """Tells that a system's webhooks come, at most once a second."""
        now = monotonic()
        if now - self._noted.get(name, -1.0) >= 1.0:
            self._noted[name] = now
            await run_in_threadpool(self._engine.heard, name)

    async def planfix(self, request: Request) -> Response:
        """A scenario's call, such as the press of a button: stored as an event on receipt, then answered."""
        given = request.path_params.get("secret") or request.headers.get("x-bridge-secret", "")
        scenarios = self._hooks.scenarios(given)
        if scenarios is None:
            return PlainTextResponse("wrong secret", status_code=401)
        body = await request.body()
        if len(body) > _LARGEST_BODY:
            return PlainTextResponse("too large", status_code=413)
        call = _decoded(body, request.headers.get("content-type", ""))
        if call is None:
            return PlainTextResponse("send JSON or form fields: task, button, press; or task, changed", status_code=400)
        try:
            changed = scenarios.read_change(call)
            if changed:
                return await self._changed(scenarios.connector, changed)
            happening = scenarios.read_press(call, self._engine.clock.now())
        except ValueError as error:
            return PlainTextResponse(str(error), status_code=400)
        try:
            await run_in_threadpool(self._engine.take_in, scenarios.connector, Page(None, happenings=[happening]))
        except StoreError as error:
            log.error("database", error=str(error))
            return PlainTextResponse("not stored, send again", status_code=503)
        self._daemon.wake()
        return PlainTextResponse("stored")

    async def _changed(self, connector: str, changed: Sequence[Ref]) -> Response:
        """A call that says no more than what was changed: read now. What is not known yet comes with the next poll."""
        known = await run_in_threadpool(self._engine.store.hashes, changed)
        self._daemon.heard(connector, Heard(touched=tuple(known), unclear=not known), ())
        return PlainTextResponse("will be read")


def _decoded(body: bytes, media_type: str) -> Mapping[str, Plain] | None:
    if "json" in media_type or body.lstrip()[:1] == b"{":
        try:
            found = json.loads(body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
    fields = dict(parse_qsl(body.decode("utf-8", errors="replace")))
    return fields or None
