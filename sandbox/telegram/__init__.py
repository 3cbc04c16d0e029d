"""The Telegram stand-in: the Bot API of one bot, with the people it talks to."""

from __future__ import annotations

import re
import threading
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.journal import mark
from sandbox.telegram.chats import Chat, Chats, Message, User
from sandbox.telegram.errors import ApiError
from sandbox.telegram.methods import WRITES, Methods
from sandbox.telegram.parameters import Parameters, read_parameters

__all__ = ["BOT", "TOKEN", "Chat", "Chats", "Message", "Telegram", "User"]

BOT = User(7_000_000_001, "Agency Bridge", "agency_bridge_bot", is_bot=True)
TOKEN = f"{BOT.id}:sandbox-telegram-token"


class Telegram:
    """The service: `{prefix}/bot<token>/<method>` and `{prefix}/file/bot<token>/<path>`."""

    name = "telegram"
    prefix = "/telegram"

    def __init__(self, clock: SandboxClock, lock: threading.RLock, token: str = TOKEN) -> None:
        self.token = token
        self.chats = Chats(clock, lock, BOT)
        self._methods = Methods(self.chats)

    def routes(self) -> list[Route]:
        return [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
        ]

    def error(self, status: int, message: str, **kw: Any) -> Response:
        """The Bot API's error object; `parameters` may carry retry_after or migrate_to_chat_id."""
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": message}
        if kw.get("parameters"):
            body["parameters"] = kw["parameters"]
        return JSONResponse(body, status_code=status)

    def state(self) -> dict[str, Any]:
        """The chats with their messages, the queue and the unanswered presses, for a page."""
        return {
            "bot": self.chats.bot.as_json(),
            "chats": [
                {
                    **chat.as_json(),
                    "bot_status": chat.bot_status,
                    "members": chat.members,
                    "messages": [_page_message(message) for message in chat.messages.values()],
                }
                for chat in self.chats.chats.values()
            ],
            "pending_updates": len(self.chats.updates.pending()),
            "queries": [{"id": query.id, "answer": query.answer} for query in self.chats.queries.values()],
        }

    async def _call(self, request: Request) -> Response:
        name = request.path_params["method"]
        mark(request, operation=name)
        refused = self._refused(request)
        if refused is not None:
            return refused
        try:
            given = await read_parameters(request)
            result = await self._updates(given) if name.lower() == "getupdates" else self._do(name, given)
        except ApiError as error:
            return self.error(error.status, error.description, parameters=error.parameters)
        mark(request, write=WRITES.get(name))
        return JSONResponse({"ok": True, "result": result})

    def _do(self, name: str, given: Parameters) -> Any:
        method = self._methods.find(name)
        if method is None:
            raise ApiError(404, "Not Found")
        with self.chats.lock:
            return method(given)

    async def _updates(self, given: Parameters) -> list[dict[str, Any]]:
        updates = self.chats.updates
        updates.allow(given.structure("allowed_updates"))
        return await updates.poll(given.integer("offset"), given.integer("limit", 100), given.integer("timeout"))

    async def _download(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        for stored in self.chats.files.values():
            if stored.path == request.path_params["path"]:
                return Response(stored.content, media_type="application/octet-stream")
        return self.error(404, "Not Found")

    def _refused(self, request: Request) -> Response | None:
        """What looks like no token at all is not found, a wrong one is not authorized."""
        token = request.path_params["token"]
        if not re.fullmatch(r"\d+:[\w-]+", token):
            return self.error(404, "Not Found")
        return None if token == self.token else self.error(401, "Unauthorized")


def _page_message(message: Message) -> dict[str, Any]:
    return {**message.as_json(), "from_bot": message.sender.is_bot, "markup": message.markup}
