"""What the play page is served by: its own files, the view it draws, and the files that hang on cards and messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.play.timeline import Timeline
from sandbox.play.view import view_of

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]

FOLDER = Path(__file__).parent
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SHOWN_IN_PLACE = ("application/pdf", "image/png", "image/jpeg", "text/plain")
"""Other files are saved, so that nothing that somebody uploaded runs on this page's origin."""


def play_routes(sandbox: Sandbox) -> list[Route]:
    """The page at `/`, its parts under `/play/`, `/sandbox/view` and `/sandbox/files/`."""
    timeline = Timeline(sandbox)
    return [
        Route("/", _part("index.html"), methods=["GET"]),
        *(Route(f"/play/{file.name}", _part(file.name), methods=["GET"]) for file in _parts()),
        Route("/sandbox/view", _view(sandbox, timeline), methods=["GET"]),
        Route("/sandbox/files/{service}/{identifier}", _file(sandbox), methods=["GET"]),
    ]


def _parts() -> list[Path]:
    return sorted(file for file in FOLDER.iterdir() if file.suffix in TYPES)


def _part(name: str) -> Endpoint:
    async def part(request: Request) -> Response:
        file = FOLDER / name
        headers = {
            "Content-Security-Policy": PAGE_POLICY,
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(file.read_bytes(), media_type=TYPES[file.suffix], headers=headers)

    return part


def _view(sandbox: Sandbox, timeline: Timeline) -> Endpoint:
    async def view(request: Request) -> Response:
        with sandbox.lock:
            shown = {**view_of(sandbox), "timeline": timeline.events()}
        body = json.dumps(shown, ensure_ascii=False).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return view


def _file(sandbox: Sandbox) -> Endpoint:
    async def file(request: Request) -> Response:
        found = _stored(sandbox, request.path_params["service"], request.path_params["identifier"])
        if found is None:
            return PlainTextResponse("there is no such file", status_code=404)
        name, media_type, content = found
        shown = media_type in SHOWN_IN_PLACE
        headers = {
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type=media_type if shown else "application/octet-stream", headers=headers)

    return file


def _stored(sandbox: Sandbox, service: str, identifier: str) -> tuple[str, str, bytes] | None:
    """Name, type and content of a file."""
    with sandbox.lock:
        if service == "trello":
            for card in sandbox.trello.store.cards.values():
                attachment = card.attachments.get(identifier)
                if attachment is not None and attachment.content is not None:
                    return attachment.file_name or attachment.name, attachment.mime_type, attachment.content
        if service == "telegram" and identifier in sandbox.telegram.chats.files:
            stored = sandbox.telegram.chats.files[identifier]
            return stored.name, stored.content_type, stored.content
        if service == "planfix" and identifier.isdigit() and int(identifier) in sandbox.planfix.store.files:
            kept = sandbox.planfix.store.files[int(identifier)]
            return kept.name, "application/octet-stream", kept.content
    return None
