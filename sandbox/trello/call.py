"""One request to Trello: its parameters wherever they came, its files, and in whose name it is made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from sandbox.trello.errors import TrelloError, invalid
from sandbox.trello.model import Actor, Member, Token
from sandbox.trello.store import Store
from sandbox.trello.webhooks import IDENTIFIER_HEADER

_OAUTH = re.compile(r'oauth_(consumer_key|token)="?([^",\s]*)')


@dataclass(frozen=True)
class Upload:
    """A file that came with the request."""

    name: str
    content: bytes
    mime_type: str


class Note:
    """What the request changed, in a short noun for the journal; None as long as it changed nothing."""

    def __init__(self) -> None:
        self.write: str | None = None

    def __call__(self, write: str) -> None:
        self.write = write


@dataclass(frozen=True)
class Given:
    """What a request says, before anybody knows who makes it."""

    path: Mapping[str, str]
    params: Mapping[str, Any]
    upload: Upload | None
    by_header: bool
    client_identifier: str | None
    note: Note


@dataclass(frozen=True)
class Call:
    """A request of a known token."""

    given: Given
    token: Token

    @property
    def me(self) -> Member:
        """The member in whose name it is made."""
        return self.token.member

    @property
    def actor(self) -> Actor:
        """Who does what the request asks for."""
        return Actor(self.token.member, self.token.app, self.given.client_identifier)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of query and body."""
        return self.given.params

    def path(self, name: str) -> str:
        """A part of the path."""
        return self.given.path[name]

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        value = self.params.get(name)
        return default if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Whether a parameter is switched on."""
        return self.text(name).lower() == "true"

    def limit(self, default: int, most: int) -> int:
        """The parameter `limit`. Raises TrelloError when it is out of range."""
        text = self.text("limit", str(default))
        if not text.isdigit() or int(text) > most:
            raise invalid("limit")
        return int(text)


Answer = dict[str, Any] | list[Any] | Response


async def read(request: Request) -> Given:
    """Read a request; parameters of the body win over those of the query."""
    params: dict[str, Any] = dict(request.query_params)
    upload = None
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile):
                    params[name] = value
                elif name in ("file", "fileSource"):
                    mime_type = value.content_type or "application/octet-stream"
                    upload = Upload(value.filename or "", await value.read(), mime_type)
    else:
        params.update(_json(await request.body()))
    oauth = dict(_OAUTH.findall(request.headers.get("authorization", "")))
    by_header = bool(oauth)
    if by_header:
        params.update(key=oauth.get("consumer_key"), token=oauth.get("token"))
    identifier = request.headers.get(IDENTIFIER_HEADER)
    return Given(dict(request.path_params), params, upload, by_header, identifier, Note())


def authorize(given: Given, store: Store, *, writes: bool) -> Call:
    """The call, made by a known token of a known key. Raises TrelloError 401."""
    key, text = given.params.get("key"), given.params.get("token")
    if key not in store.apps:
        raise TrelloError(401, "invalid key")
    token = store.tokens.get(str(text))
    if token is None or token.app.key != key:
        raise TrelloError(401, "invalid token")
    if writes and not token.may_write:
        raise TrelloError(401, "unauthorized permission requested")
    return Call(given, token)


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        raise TrelloError(400, "Error parsing body: invalid JSON") from None
    return value if isinstance(value, dict) else {}
