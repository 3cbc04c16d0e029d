"""What the web address answers while there is no app behind it: services call at any time, also while rules load."""

from __future__ import annotations

from functools import partial

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_AGAIN_IN = "5"
"""Seconds after which a caller may try again: longer than a start takes."""


class Gate:
    """An ASGI app that asks callers to come again until it is opened; from then on it hands them to the app."""

    def __init__(self) -> None:
        self._app: ASGIApp = _starting

    def open(self, app: ASGIApp) -> None:
        """Callers reach this app from now on."""
        self._app = app

    def shut(self, why: str = "") -> None:
        """Callers are asked to come again; with a reason, whoever asks for its health hears that it is not well."""
        self._app = partial(_broken, why) if why else _starting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, answered by what is there now."""
        await self._app(scope, receive, send)


async def _broken(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """What should answer here cannot work now; what comes is not stored, and has to come again."""
    if scope["path"].endswith("/health"):
        await JSONResponse({"healthy": False, "error": why}, 503)(scope, receive, send)
        return
    await PlainTextResponse("not at work: call again later", 503, {"Retry-After": "60"})(scope, receive, send)


async def _starting(scope: Scope, receive: Receive, send: Send) -> None:
    """Health is well while the bridge loads; all others come again, since what they bring could not be stored."""
    if scope["path"].endswith("/health"):
        await JSONResponse({"healthy": True, "starting": True})(scope, receive, send)
        return
    said = "the bridge is starting and loads its rules: call again in a few seconds"
    await PlainTextResponse(said, 503, {"Retry-After": _AGAIN_IN})(scope, receive, send)
