"""The ASGI app: webhooks in, health and metrics out. A webhook gets its 200 only after what it brought is stored."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import parse_qsl

import structlog
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bridge.daemon import Daemon
from bridge.engine.engine import Engine
from bridge.model.deliveries import State
from bridge.model.errors import StoreError
from bridge.model.records import Happening, Page
from bridge.model.values import Plain
from bridge.web.metrics import exposition
from bridge.wiring.agency import Agency
from bridge.wiring.connect import planfix_account
from bridge.wiring.settings import Settings
from connectors.planfix import parse_scenario_call
from connectors.trello import verify

log = structlog.get_logger(__name__)

ReadPress: TypeAlias = Callable[[Mapping[str, Plain], datetime], Happening]

_LARGEST_BODY = 256 * 1024
_STALE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What webhooks are checked against; "" closes the route."""

    trello: str = ""
    planfix: str = ""
    public_url: str = ""


def webhook_secrets(settings: Settings) -> Secrets:
    """The secrets of webhooks, from the settings."""

    def shown(secret: SecretStr | None) -> str:
        return secret.get_secret_value() if secret else ""

    return Secrets(shown(settings.trello.secret), shown(settings.planfix.scenario_secret), settings.public_url or "")


def presses(settings: Settings, agency: Agency) -> ReadPress:
    """How a call of this agency's Planfix scenarios is read: its buttons and people by the agency's own names."""
    account = planfix_account(settings.planfix.base_url or "")
    people = {person.ids["planfix"]: key for key, person in agency.people.people.items() if "planfix" in person.ids}
    buttons = agency.planfix.buttons if agency.planfix else {}
    return lambda call, received_at: parse_scenario_call(call, received_at, account, people, buttons)


def web_app(engine: Engine, daemon: Daemon, secrets: Secrets, read_press: ReadPress) -> Starlette:
    """The app of one running daemon."""
    routes = _Routes(engine, daemon, secrets, read_press)
    return Starlette(
        routes=[
            Route("/health", routes.health),
            Route("/ready", routes.ready),
            Route("/metrics", routes.metrics),
            Route("/hooks/trello", routes.trello, methods=["HEAD", "GET", "POST"]),
            Route("/hooks/planfix", routes.planfix, methods=["POST"]),
            Route("/hooks/planfix/{secret}", routes.planfix, methods=["POST"]),
        ]
    )


class _Routes:
    def __init__(self, engine: Engine, daemon: Daemon, secrets: Secrets, read_press: ReadPress) -> None:
        self._engine = engine
        self._daemon = daemon
        self._secrets = secrets
        self._read_press = read_press

    async def health(self, request: Request) -> Response:
        """200 while the process answers and its database does."""
        try:
            counts = await run_in_threadpool(self._engine.store.counts)
        except StoreError as error:
            return JSONResponse({"healthy": False, "error": str(error)}, status_code=503)
        return JSONResponse({"healthy": True, "deliveries": counts, "doubtful": counts.get(State.UNKNOWN.value, 0)})

    async def ready(self, request: Request) -> Response:
        """200 once every source has been read, and not longer ago than a quarter of an hour."""
        sources = await run_in_threadpool(self._engine.store.sources)
        wanted = {source for connector in self._engine.connectors.values() for source in connector.sources}
        now = self._engine.clock.now()
        blind = sorted(
            name
            for name in wanted
            if name not in sources or (seen := sources[name].seen_up_to) is None or now - seen > _STALE
        )
        return JSONResponse({"ready": not blind, "blind": blind}, status_code=503 if blind else 200)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text."""
        body, media_type = await run_in_threadpool(exposition, self._engine)
        return Response(body, media_type=media_type)

    async def trello(self, request: Request) -> Response:
        """Trello only wakes the poll: polling is the truth. https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/"""
        if request.method != "POST":
            return PlainTextResponse("ready")  # the HEAD check at creation
        body = await request.body()
        callback = f"{self._secrets.public_url}/hooks/trello"
        signature = request.headers.get("x-trello-webhook", "")
        if not self._secrets.trello or not verify(self._secrets.trello, body, callback, signature):
            return PlainTextResponse("signature does not fit", status_code=401)
        self._daemon.read_soon("trello")
        return PlainTextResponse("thank you")

    async def planfix(self, request: Request) -> Response:
        """A scenario's call, such as the press of a button: stored as an event on receipt, then answered."""
        given = request.path_params.get("secret") or request.headers.get("x-bridge-secret", "")
        if not self._secrets.planfix or not hmac.compare_digest(given.encode(), self._secrets.planfix.encode()):
            return PlainTextResponse("wrong secret", status_code=401)
        body = await request.body()
        if len(body) > _LARGEST_BODY:
            return PlainTextResponse("too large", status_code=413)
        call = _decoded(body, request.headers.get("content-type", ""))
        if call is None:
            return PlainTextResponse("send JSON or form fields: task, button, press", status_code=400)
        try:
            happening = self._read_press(call, self._engine.clock.now())
        except ValueError as error:
            return PlainTextResponse(str(error), status_code=400)
        try:
            await run_in_threadpool(self._engine.take_in, "planfix", Page(None, happenings=[happening]))
        except StoreError as error:
            log.error("database", error=str(error))
            return PlainTextResponse("not stored, send again", status_code=503)
        self._daemon.wake()
        return PlainTextResponse("stored")


def _decoded(body: bytes, media_type: str) -> Mapping[str, Plain] | None:
    if "json" in media_type or body.lstrip()[:1] == b"{":
        try:
            found = json.loads(body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
    fields = dict(parse_qsl(body.decode("utf-8", errors="replace")))
    return fields or None
