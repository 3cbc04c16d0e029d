"""The ASGI app of several workspaces: each answers under its own name, and the process for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bridge.engine.engine import Engine
from bridge.model.errors import StoreError
from bridge.web.app import readiness


class Served(Protocol):
    """One workspace as the web sees it. `trouble` is why it is not at work, "" while it is, or begins."""

    @property
    def gate(self) -> ASGIApp:
        """What answers under its name."""

    @property
    def engine(self) -> Engine | None:
        """Its engine, while it is at work."""

    @property
    def trouble(self) -> str:
        """Why it is not at work."""


def several_app(workspaces: Mapping[str, Served]) -> Starlette:
    """`/alpha/hooks/…`, `/alpha/health` and so on for each; `/health`, `/ready` and `/metrics` for all."""
    routes = _Routes(workspaces)
    fixed: list[BaseRoute] = [
        Route("/health", routes.health),
        Route("/ready", routes.ready),
        Route("/metrics", routes.metrics),
    ]
    return Starlette(routes=[*fixed, *(Mount(f"/{name}", app=one.gate) for name, one in workspaces.items())])


class _Routes:
    def __init__(self, workspaces: Mapping[str, Served]) -> None:
        self._workspaces = workspaces

    async def health(self, request: Request) -> Response:
        """200 while the process answers: a new start would mend no workspace. Tells which are not at work, and why."""
        states = {name: {"at_work": not one.trouble, "error": one.trouble} for name, one in self._workspaces.items()}
        return JSONResponse({"healthy": True, "workspaces": states})

    async def ready(self, request: Request) -> Response:
        """200 once every workspace is ready."""
        states = {name: await run_in_threadpool(_readiness, one) for name, one in self._workspaces.items()}
        ready = all(state["ready"] for state in states.values())
        return JSONResponse({"ready": ready, "workspaces": states}, status_code=200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text, with the workspace as a label."""
        from bridge.web.metrics import exposition_of  # as in the app of one workspace: nobody has asked yet

        engines = {name: one.engine for name, one in self._workspaces.items()}
        at_work = {name: engine for name, engine in engines.items() if engine is not None}
        body, media_type = await run_in_threadpool(exposition_of, at_work, engines.keys() - at_work.keys())
        return Response(body, media_type=media_type)


def _readiness(one: Served) -> dict[str, Any]:
    if one.engine is None:
        return {"ready": False, "error": one.trouble}
    try:
        return readiness(one.engine)
    except StoreError as error:
        return {"ready": False, "error": str(error)}
