"""The stand-in of Trello as one service: its tables, its changes and its routes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from sandbox.journal import mark
from sandbox.trello.boards import Boards
from sandbox.trello.call import Answer, Call, authorize, read
from sandbox.trello.cards import Cards
from sandbox.trello.checklists import Checklists
from sandbox.trello.errors import TrelloError
from sandbox.trello.model import App, Member, Token
from sandbox.trello.reading import Reading
from sandbox.trello.store import Clock, Store
from sandbox.trello.views import Views
from sandbox.trello.webhooks import Webhooks
from sandbox.trello.writing import Writing

Handler = Callable[[Call], Answer]
BATCH_LIMIT = 10


@dataclass(frozen=True)
class Operation:
    """One route: `unlocked` ones call out over HTTP and take the lock themselves."""

    method: str
    path: str
    handler: Handler
    unlocked: bool = False


class TrelloRoute(Route):
    """A route that takes its path with and without a slash at the end, as the vendor's does."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/")}
        return super().matches(scope)


class Trello:
    """Boards, cards and what happens to them. People and requests change it through the same classes."""

    name = "trello"
    prefix = "/trello"

    def __init__(self, clock: Clock, lock: threading.RLock | None = None) -> None:
        self.store = Store(clock, lock or threading.RLock())
        self.views = Views(self.store)
        self.boards = Boards(self.store)
        self.cards = Cards(self.store)
        self.checklists = Checklists(self.store)
        self.webhooks = Webhooks(self.store, self.views)
        self.reading = Reading(self.store, self.views)
        self._served: list[tuple[Operation, Route]] = []

    def routes(self) -> list[Route]:
        """The routes under `/trello`. Made anew each time: a copy of this stand-in serves its own state."""
        self._served = [(operation, self._route(operation)) for operation in self._table()]
        return [route for _operation, route in self._served]

    def error(self, status: int, message: str, **kw: Any) -> Response:
        """The vendor's error answer: plain text, or an object with `error` and `message` for limits."""
        if "error" in kw:
            return JSONResponse({"error": kw["error"], "message": message}, status_code=status)
        return PlainTextResponse(message, status_code=status)

    def add_app(self, name: str, key: str, secret: str) -> App:
        """Register an application."""
        app = App(self.store.new_id(), name, key, secret)
        self.store.apps[key] = app
        return app

    def add_member(self, username: str, full_name: str, email: str = "") -> Member:
        """Register a Trello user."""
        address = email or f"{username}@agency.example"
        member = Member(self.store.new_id(), username, full_name, address)
        self.store.members[member.id] = member
        return member

    def add_token(self, text: str, app: App, member: Member, *, may_write: bool = True) -> Token:
        """Let an application act in the name of a member."""
        token = Token(self.store.new_id(), text, app, member, self.store.clock.now(), may_write)
        self.store.tokens[text] = token
        return token

    def state(self) -> dict[str, Any]:
        """Boards with their lists and cards, for a page."""
        return {
            "boards": [
                {
                    "id": board.id,
                    "name": board.name,
                    "lists": [
                        {
                            "id": one.id,
                            "name": one.name,
                            "cards": [self._card_state(card.id) for card in self.store.cards_of(one)],
                        }
                        for one in sorted(board.lists.values(), key=lambda one: one.pos)
                        if not one.closed
                    ],
                    "labels": [self.views.label(label) for label in board.labels.values()],
                    "members": [self.views.member(self.store.members[i]) for i in board.member_ids],
                    "customFields": [self.views.custom_field(one) for one in board.custom_fields.values()],
                    "actions": [self.views.action(action) for action in reversed(board.actions[-50:])],
                }
                for board in self.store.boards.values()
                if not board.closed
            ]
        }

    def _card_state(self, card_id: str) -> dict[str, Any]:
        card = self.store.cards[card_id]
        return {
            **self.views.card(card),
            "attachments": [self.views.attachment(one, card) for one in card.attachments.values()],
            "checklists": [self.views.checklist(one) for one in card.checklists.values()],
            "customFieldItems": self.views.field_items(card),
        }

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            self.views.base_url = str(request.base_url).rstrip("/")
            self.webhooks.send_due()
            try:
                given = await read(request)
                with self.store.lock:
                    call = authorize(given, self.store, writes=operation.method != "GET")
                    answer = None if operation.unlocked else operation.handler(call)
                if answer is None:
                    answer = await run_in_threadpool(operation.handler, call)
                mark(request, write=given.note.write)
                return _response(answer)
            except TrelloError as error:
                if error.message == "API_TOO_MANY_CARDS_REQUESTED":
                    return self.error(error.status, "Requested too many cards", error=error.message)
                return self.error(error.status, error.message)

        return TrelloRoute("/1" + operation.path, endpoint, methods=[operation.method], name=operation.path)

    def _batch(self, call: Call) -> Answer:
        """Up to ten GET routes in one request, each answer under its status."""
        urls = [url for url in call.text("urls").split(",") if url]
        if not 0 < len(urls) <= BATCH_LIMIT:
            raise TrelloError(400, "invalid value for urls")
        return [self._part_of_batch(url, call) for url in urls]

    def _part_of_batch(self, url: str, call: Call) -> dict[str, Any]:
        parts = urlsplit(url if url.startswith("/1/") else "/1" + url)
        scope: Scope = {"type": "http", "method": "GET", "path": parts.path, "root_path": "", "headers": []}
        for operation, route in self._served:
            match, found = route.matches(scope)
            if match is Match.FULL and operation.path != "/batch":
                params = dict(parse_qsl(parts.query, keep_blank_values=True))
                given = replace(call.given, path=found["path_params"], params=params)
                try:
                    return {"200": operation.handler(Call(given, call.token))}
                except TrelloError as error:
                    return {"name": "Error", "message": error.message, "statusCode": error.status}
        return {"name": "NotFoundError", "message": "Not Found", "statusCode": 404}

    def _table(self) -> list[Operation]:
        """All routes; a literal path stands before one with a placeholder in its place."""
        r = self.reading
        w = Writing(self.store, self.views, self.boards, self.cards, self.checklists, self.webhooks)
        return [
            Operation("GET", "/batch", self._batch),
            Operation("GET", "/members/{id}", r.member),
            Operation("GET", "/members/{id}/boards", r.member_boards),
            Operation("GET", "/tokens/{token}", r.token),
            Operation("GET", "/tokens/{token}/member", r.token_member),
            Operation("GET", "/tokens/{token}/webhooks", r.token_webhooks),
            Operation("POST", "/tokens/{token}/webhooks", w.create_webhook, unlocked=True),
            Operation("PUT", "/tokens/{token}/webhooks/{idWebhook}", w.update_webhook, unlocked=True),
            Operation("DELETE", "/tokens/{token}/webhooks/{idWebhook}", w.delete_webhook),
            Operation("POST", "/webhooks", w.create_webhook, unlocked=True),
            Operation("GET", "/webhooks/{id}", r.webhook),
            Operation("PUT", "/webhooks/{id}", w.update_webhook, unlocked=True),
            Operation("DELETE", "/webhooks/{id}", w.delete_webhook),
            Operation("POST", "/boards", w.create_board),
            Operation("GET", "/boards/{id}", r.board),
            Operation("PUT", "/boards/{id}", w.update_board),
            Operation("GET", "/boards/{id}/actions", r.board_actions),
            Operation("GET", "/boards/{id}/cards", r.board_cards),
            Operation("GET", "/boards/{id}/cards/{filter}", r.board_cards),
            Operation("GET", "/boards/{id}/lists", r.board_lists),
            Operation("POST", "/boards/{id}/lists", w.create_list),
            Operation("GET", "/boards/{id}/lists/{filter}", r.board_lists),
            Operation("GET", "/boards/{id}/labels", r.board_labels),
            Operation("POST", "/boards/{id}/labels", w.create_label),
            Operation("GET", "/boards/{id}/members", r.board_members),
            Operation("PUT", "/boards/{id}/members/{idMember}", w.put_board_member),
            Operation("DELETE", "/boards/{id}/members/{idMember}", w.delete_board_member),
            Operation("GET", "/boards/{id}/memberships", r.board_memberships),
            Operation("GET", "/boards/{id}/customFields", r.board_custom_fields),
            Operation("GET", "/boards/{id}/checklists", r.board_checklists),
            Operation("GET", "/boards/{id}/{field}", r.board_field),
            Operation("POST", "/lists", w.create_list),
            Operation("GET", "/lists/{id}", r.one_list),
            Operation("PUT", "/lists/{id}", w.update_list),
            Operation("GET", "/lists/{id}/actions", r.list_actions),
            Operation("GET", "/lists/{id}/board", r.list_board),
            Operation("GET", "/lists/{id}/cards", r.list_cards),
            Operation("GET", "/lists/{id}/cards/{filter}", r.list_cards),
            Operation("POST", "/lists/{id}/archiveAllCards", w.archive_list_cards),
            Operation("PUT", "/lists/{id}/{field}", w.update_list),
            Operation("POST", "/labels", w.create_label),
            Operation("GET", "/labels/{id}", r.label),
            Operation("PUT", "/labels/{id}", w.update_label),
            Operation("DELETE", "/labels/{id}", w.delete_label),
            Operation("PUT", "/labels/{id}/{field}", w.update_label),
            Operation("POST", "/customFields", w.create_custom_field),
            Operation("GET", "/customFields/{id}", r.custom_field),
            Operation("DELETE", "/customFields/{id}", w.delete_custom_field),
            Operation("GET", "/customFields/{id}/options", r.custom_field_options),
            Operation("POST", "/customFields/{id}/options", w.create_option),
            Operation("POST", "/cards", w.create_card),
            Operation("GET", "/cards/{id}", r.card),
            Operation("PUT", "/cards/{id}", w.update_card),
            Operation("DELETE", "/cards/{id}", w.delete_card),
            Operation("GET", "/cards/{id}/actions", r.card_actions),
            Operation("POST", "/cards/{id}/actions/comments", w.comment),
            Operation("PUT", "/cards/{id}/actions/{idAction}/comments", w.edit_comment),
            Operation("DELETE", "/cards/{id}/actions/{idAction}/comments", w.delete_comment),
            Operation("GET", "/cards/{id}/attachments", r.card_attachments),
            Operation("POST", "/cards/{id}/attachments", w.attach),
            Operation("GET", "/cards/{id}/attachments/{idAttachment}", r.card_attachment),
            Operation("DELETE", "/cards/{id}/attachments/{idAttachment}", w.detach),
            Operation("GET", "/cards/{id}/attachments/{idAttachment}/download/{fileName}", r.download),
            Operation("GET", "/cards/{id}/board", r.card_board),
            Operation("GET", "/cards/{id}/list", r.card_list),
            Operation("GET", "/cards/{id}/members", r.card_members),
            Operation("GET", "/cards/{id}/checkItemStates", r.card_check_item_states),
            Operation("GET", "/cards/{id}/customFieldItems", r.card_field_items),
            Operation("GET", "/cards/{id}/pluginData", r.card_nothing),
            Operation("GET", "/cards/{id}/stickers", r.card_nothing),
            Operation("GET", "/cards/{id}/membersVoted", r.card_nothing),
            Operation("GET", "/cards/{id}/checklists", r.card_checklists),
            Operation("POST", "/cards/{id}/checklists", w.create_checklist),
            Operation("DELETE", "/cards/{id}/checklists/{idChecklist}", w.delete_checklist),
            Operation("GET", "/cards/{id}/checkItem/{idCheckItem}", r.card_check_item),
            Operation("PUT", "/cards/{id}/checkItem/{idCheckItem}", w.update_check_item),
            Operation("DELETE", "/cards/{id}/checkItem/{idCheckItem}", w.delete_check_item),
            Operation("PUT", "/cards/{id}/checklist/{idChecklist}/checkItem/{idCheckItem}", w.update_check_item),
            Operation("POST", "/cards/{id}/idLabels", w.add_label),
            Operation("DELETE", "/cards/{id}/idLabels/{idLabel}", w.remove_label),
            Operation("POST", "/cards/{id}/labels", w.create_card_label),
            Operation("POST", "/cards/{id}/idMembers", w.add_member),
            Operation("DELETE", "/cards/{id}/idMembers/{idMember}", w.remove_member),
            Operation("POST", "/cards/{id}/members", w.add_member),
            Operation("PUT", "/cards/{idCard}/customField/{idCustomField}/item", w.set_field),
            Operation("PUT", "/card/{idCard}/customField/{idCustomField}/item", w.set_field),
            Operation("GET", "/cards/{id}/{field}", r.card_field),
            Operation("PUT", "/cards/{id}/{field}", w.update_card),
            Operation("POST", "/checklists", w.create_checklist),
            Operation("GET", "/checklists/{id}", r.checklist),
            Operation("PUT", "/checklists/{id}", w.update_checklist),
            Operation("DELETE", "/checklists/{id}", w.delete_checklist),
            Operation("GET", "/checklists/{id}/checkItems", r.check_items),
            Operation("POST", "/checklists/{id}/checkItems", w.add_check_item),
            Operation("DELETE", "/checklists/{id}/checkItems/{idCheckItem}", w.delete_check_item),
            Operation("PUT", "/checklists/{id}/{field}", w.update_checklist),
            Operation("GET", "/actions/{id}", r.action),
            Operation("PUT", "/actions/{id}", w.edit_comment),
            Operation("PUT", "/actions/{id}/text", w.edit_comment),
            Operation("DELETE", "/actions/{id}", w.delete_comment),
        ]


def _response(answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json; charset=utf-8")
