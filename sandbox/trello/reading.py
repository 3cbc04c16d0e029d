"""Reading routes: what Trello shows, with nested resources, paging and filters.

https://developer.atlassian.com/cloud/trello/guides/rest-api/nested-resources/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from starlette.responses import Response

from sandbox.trello.call import Answer, Call
from sandbox.trello.errors import TrelloError, invalid, not_found
from sandbox.trello.ids import is_id
from sandbox.trello.model import Action, Board, BoardList, Card
from sandbox.trello.store import Store
from sandbox.trello.values import read_date
from sandbox.trello.views import BOARD_FIELDS, Json, Views

CARDS_CAP = 1000
"""Most cards that one answer holds."""
ACTIONS_CAP = 1000
CARD_ACTIONS_DEFAULT = "commentCard,updateCard:idList"


class Reading:
    """Everything GET answers. Raises TrelloError."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views
        self.most_cards_in_a_page = CARDS_CAP
        """Fewer where a server sends smaller pages than it is asked for."""

    def member(self, call: Call) -> Answer:
        shown = self._views.full_member(self._store.member(call.path("id"), call.me))
        return _picked(shown, call.text("fields"))

    def member_boards(self, call: Call) -> Answer:
        member = self._store.member(call.path("id"), call.me)
        wanted = call.text("filter", "all").split(",")
        boards = [
            board
            for board in self._store.boards.values()
            if member.id in board.member_ids and call.me.id in board.member_ids and _board_fits(board, wanted)
        ]
        return [_picked(self._views.board(board), call.text("fields")) for board in boards]

    def token(self, call: Call) -> Answer:
        token = self._store.tokens.get(call.path("token"))
        if token is None or token.member is not call.me:
            raise not_found()
        shown = self._views.token(token)
        if call.flag("webhooks"):
            shown["webhooks"] = self._token_webhooks(call.path("token"))
        return shown

    def token_member(self, call: Call) -> Answer:
        token = self._store.tokens.get(call.path("token"))
        if token is None or token.member is not call.me:
            raise not_found()
        return _picked(self._views.full_member(token.member), call.text("fields"))

    def token_webhooks(self, call: Call) -> Answer:
        if self._store.tokens.get(call.path("token")) is not call.token:
            raise not_found()
        return self._token_webhooks(call.path("token"))

    def webhook(self, call: Call) -> Answer:
        webhook = self._store.webhooks.get(call.path("id"))
        if webhook is None or webhook.token is not call.token:
            raise not_found()
        return self._views.webhook(webhook)

    def board(self, call: Call) -> Answer:
        board = self._store.board(call.path("id"), call.me)
        shown = _picked(self._views.board(board), call.text("fields", ",".join(BOARD_FIELDS)))
        cards = call.text("cards", "none")
        if cards != "none":
            shown["cards"] = self._nested_cards(board, cards, call)
        if call.text("lists", "none") != "none":
            lists = self._lists(board, call.text("lists"))
            shown["lists"] = [_picked(self._views.board_list(one), call.text("list_fields")) for one in lists]
        if call.text("labels", "none") not in ("none", "false"):
            shown["labels"] = self._labels(board, call.text("labels_limit", "50"), call.text("label_fields"))
        if call.text("members", "none") not in ("none", "false"):
            shown["members"] = [_picked(one, call.text("member_fields")) for one in self._members(board)]
        if call.text("checklists", "none") not in ("none", "false"):
            fields = call.text("checklist_fields")
            shown["checklists"] = [
                _picked(self._views.checklist(one), fields, keep=("checkItems",))
                for card in board.cards.values()
                for one in card.checklists.values()
            ]
        if call.flag("customFields"):
            shown["customFields"] = self._custom_fields(board)
        if call.text("memberships", "none") != "none":
            shown["memberships"] = self._memberships(board)
        if call.text("actions", "none") not in ("none", "false"):
            shown["actions"] = self._actions(board.actions, call, call.text("actions"), 50, "actions_limit")
        return shown

    def board_field(self, call: Call) -> Answer:
        return _value(self._views.board(self._store.board(call.path("id"), call.me)), call.path("field"))

    def board_cards(self, call: Call) -> Answer:
        board = self._store.board(call.path("id"), call.me)
        wanted = call.given.path.get("filter") or call.text("filter", "visible")
        return [self._full_card(card, call) for card in self._page(self._cards(board, wanted), call)]

    def board_lists(self, call: Call) -> Answer:
        board = self._store.board(call.path("id"), call.me)
        wanted = call.given.path.get("filter") or call.text("filter", "open")
        cards = call.text("cards", "none")
        shown = []
        for one in self._lists(board, wanted):
            view = _picked(self._views.board_list(one), call.text("fields"))
            if cards != "none":
                held = [card for card in self._cards(board, cards) if card.list_id == one.id]
                view["cards"] = [_picked(self._views.card(card), call.text("card_fields")) for card in held]
            shown.append(view)
        return shown

    def board_labels(self, call: Call) -> Answer:
        board = self._store.board(call.path("id"), call.me)
        return self._labels(board, call.text("limit", "50"), call.text("fields"))

    def board_members(self, call: Call) -> Answer:
        return self._members(self._store.board(call.path("id"), call.me))

    def board_memberships(self, call: Call) -> Answer:
        return self._memberships(self._store.board(call.path("id"), call.me))

    def board_custom_fields(self, call: Call) -> Answer:
        return self._custom_fields(self._store.board(call.path("id"), call.me))

    def board_checklists(self, call: Call) -> Answer:
        cards = self._store.board(call.path("id"), call.me).cards.values()
        return [self._views.checklist(one) for card in cards for one in card.checklists.values()]

    def board_actions(self, call: Call) -> Answer:
        board = self._store.board(call.path("id"), call.me)
        return self._actions(board.actions, call, call.text("filter", "all"), 50)

    def one_list(self, call: Call) -> Answer:
        return _picked(self._views.board_list(self._store.board_list(call.path("id"), call.me)), call.text("fields"))

    def list_board(self, call: Call) -> Answer:
        board_list = self._store.board_list(call.path("id"), call.me)
        return _picked(self._views.board(self._store.boards[board_list.board_id]), call.text("fields"))

    def list_cards(self, call: Call) -> Answer:
        board_list = self._store.board_list(call.path("id"), call.me)
        wanted = call.given.path.get("filter") or call.text("filter", "open")
        cards = self._cards(self._store.boards[board_list.board_id], wanted)
        held = [card for card in cards if card.list_id == board_list.id]
        return [self._full_card(card, call) for card in self._page(held, call)]

    def list_actions(self, call: Call) -> Answer:
        board_list = self._store.board_list(call.path("id"), call.me)
        actions = self._store.boards[board_list.board_id].actions
        concerned = [action for action in actions if _concerns_list(action, board_list)]
        return self._actions(concerned, call, call.text("filter", "all"), 50)

    def label(self, call: Call) -> Answer:
        return _picked(self._views.label(self._store.label(call.path("id"), call.me)), call.text("fields"))

    def custom_field(self, call: Call) -> Answer:
        return self._views.custom_field(self._store.custom_field(call.path("id"), call.me))

    def custom_field_options(self, call: Call) -> Answer:
        custom_field = self._store.custom_field(call.path("id"), call.me)
        return [self._views.option(option, custom_field) for option in custom_field.options.values()]

    def card(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        shown = self._full_card(card, call)
        if call.flag("board"):
            board = self._views.board(self._store.boards[card.board_id])
            shown["board"] = _picked(board, call.text("board_fields", ",".join(BOARD_FIELDS)))
        if call.flag("list"):
            shown["list"] = self._views.board_list(self._store.lists[card.list_id])
        if call.text("actions", "none") not in ("none", "false"):
            shown["actions"] = self._actions(card.actions, call, call.text("actions"), 50, "actions_limit")
        return shown

    def card_field(self, call: Call) -> Answer:
        return _value(self._views.card(self._store.card(call.path("id"), call.me)), call.path("field"))

    def card_actions(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        return self._actions(card.actions, call, call.text("filter", CARD_ACTIONS_DEFAULT), 50)

    def card_attachments(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        shown = [self._views.attachment(one, card) for one in card.attachments.values()]
        return [_picked(one, call.text("fields")) for one in shown]

    def card_attachment(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        attachment = card.attachments.get(call.path("idAttachment"))
        if attachment is None:
            raise not_found()
        return _picked(self._views.attachment(attachment, card), call.text("fields"))

    def download(self, call: Call) -> Answer:
        """The bytes of an uploaded file; key and token count only in the Authorization header."""
        if not call.given.by_header:
            raise TrelloError(401, "unauthorized permission requested")
        attachment = self._store.card(call.path("id"), call.me).attachments.get(call.path("idAttachment"))
        if attachment is None or attachment.content is None:
            raise not_found()
        return Response(attachment.content, media_type=attachment.mime_type)

    def card_board(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        return _picked(self._views.board(self._store.boards[card.board_id]), call.text("fields"))

    def card_list(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        return _picked(self._views.board_list(self._store.lists[card.list_id]), call.text("fields"))

    def card_members(self, call: Call) -> Answer:
        return self._views.members_of(self._store.card(call.path("id"), call.me))

    def card_checklists(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        return [self._views.checklist(one) for one in card.checklists.values()]

    def card_check_item(self, call: Call) -> Answer:
        card = self._store.card(call.path("id"), call.me)
        for checklist in card.checklists.values():
            if call.path("idCheckItem") in checklist.items:
                return self._views.check_item(checklist.items[call.path("idCheckItem")], checklist)
        raise not_found()

    def card_check_item_states(self, call: Call) -> Answer:
        return self._views.check_item_states(self._store.card(call.path("id"), call.me))

    def card_field_items(self, call: Call) -> Answer:
        return self._views.field_items(self._store.card(call.path("id"), call.me))

    def card_nothing(self, call: Call) -> Answer:
        """Parts of a card that are always empty here: plugin data, stickers, votes."""
        self._store.card(call.path("id"), call.me)
        return []

    def checklist(self, call: Call) -> Answer:
        checklist = self._views.checklist(self._store.checklist(call.path("id"), call.me))
        return _picked(checklist, call.text("fields"), keep=("checkItems",))

    def check_items(self, call: Call) -> Answer:
        checklist: list[Any] = self._views.checklist(self._store.checklist(call.path("id"), call.me))["checkItems"]
        return checklist

    def action(self, call: Call) -> Answer:
        action = self._store.actions.get(call.path("id"))
        if action is None:
            raise not_found()
        self._store.board(action.data["board"]["id"], call.me)
        return self._views.action(action)

    def _token_webhooks(self, token: str) -> list[Json]:
        webhooks = self._store.webhooks.values()
        return [self._views.webhook(webhook) for webhook in webhooks if webhook.token.text == token]

    def _nested_cards(self, board: Board, wanted: str, call: Call) -> list[Json]:
        cards = self._cards(board, wanted)
        if len(cards) > CARDS_CAP and call.text("card_actions", "none") not in ("none", "false"):
            raise TrelloError(403, "API_TOO_MANY_CARDS_REQUESTED")
        fields = call.text("card_fields")
        parts = self._parts(call, "card_")
        shown = []
        for card in _capped(cards):
            view = _picked(self._views.card(card), fields)
            for name, part in parts:
                view[name] = part(card)
            shown.append(view)
        return shown

    def _full_card(self, card: Card, call: Call) -> Json:
        view = _picked(self._views.card(card), call.text("fields"))
        for name, part in self._parts(call, ""):
            view[name] = part(card)
        return view

    def _parts(self, call: Call, prefix: str) -> list[tuple[str, Callable[[Card], Any]]]:
        """The nested resources of a card that were asked for."""
        parts: dict[str, Callable[[Card], Any]] = {
            "customFieldItems": self._views.field_items,
            "attachments": lambda card: [self._views.attachment(one, card) for one in card.attachments.values()],
            "checklists": lambda card: [self._views.checklist(one) for one in card.checklists.values()],
            "members": self._views.members_of,
            "checkItemStates": self._views.check_item_states,
            "stickers": lambda card: [],
            "pluginData": lambda card: [],
        }
        asked = {name: call.text(prefix + name, "none") for name in parts}
        return [(name, part) for name, part in parts.items() if asked[name] not in ("none", "false")]

    def _cards(self, board: Board, wanted: str) -> list[Card]:
        """The cards a filter lets through, in the order of the board."""
        lists = board.lists
        checks: dict[str, Callable[[Card], bool]] = {
            "all": lambda card: True,
            "open": lambda card: not card.closed,
            "closed": lambda card: card.closed,
            "visible": lambda card: not card.closed and not lists[card.list_id].closed,
            "none": lambda card: False,
        }
        if wanted not in checks:
            raise invalid("filter")
        chosen = [card for card in board.cards.values() if checks[wanted](card)]
        return sorted(chosen, key=lambda card: (lists[card.list_id].pos, card.pos))

    def _page(self, cards: list[Card], call: Call) -> list[Card]:
        """One page of cards: the newest ones first when `limit`, `before` or `since` asks for paging."""
        if not {"limit", "before", "since"} & call.params.keys():
            return _capped(cards)
        ids = _span(call, lambda card: self._store.cards[card].last_activity)
        newest = sorted((card for card in cards if ids(card.id)), key=lambda card: card.id, reverse=True)
        return newest[: min(call.limit(CARDS_CAP, CARDS_CAP), self.most_cards_in_a_page)]

    def _lists(self, board: Board, wanted: str) -> list[BoardList]:
        if wanted not in ("all", "open", "closed", "none"):
            raise invalid("filter")
        chosen = [
            one
            for one in board.lists.values()
            if wanted == "all" or (wanted == "open" and not one.closed) or (wanted == "closed" and one.closed)
        ]
        return sorted(chosen, key=lambda one: one.pos)

    def _labels(self, board: Board, limit: str, fields: str) -> list[Json]:
        if not limit.isdigit() or int(limit) > 1000:
            raise invalid("limit")
        return [_picked(self._views.label(label), fields) for label in list(board.labels.values())[: int(limit)]]

    def _members(self, board: Board) -> list[Json]:
        return [self._views.member(self._store.members[member_id]) for member_id in board.member_ids]

    def _memberships(self, board: Board) -> list[Json]:
        return [
            {
                "id": f"{board.id[:12]}{member_id[12:]}",
                "idMember": member_id,
                "memberType": role,
                "unconfirmed": False,
                "deactivated": False,
            }
            for member_id, role in board.member_ids.items()
        ]

    def _custom_fields(self, board: Board) -> list[Json]:
        fields = sorted(board.custom_fields.values(), key=lambda one: one.pos)
        return [self._views.custom_field(one) for one in fields]

    def _actions(
        self, actions: list[Action], call: Call, wanted: str, default: int, limit_name: str = "limit"
    ) -> list[Json]:
        text = call.text(limit_name, str(default))
        if not text.isdigit() or int(text) > ACTIONS_CAP:
            raise invalid("limit")
        limit, page = int(text), int(call.text("page", "0") or 0)
        fits = _action_filter(wanted)
        within = _span(call, None)
        models = set(call.text("idModels").split(",")) - {""}
        chosen = (
            action
            for action in reversed(actions)
            if fits(action)
            and within(action.id, action.date)
            and (not models or models & {action.card_id, action.data["board"]["id"]})
        )
        shown = [self._views.action(action) for action in islice(chosen, page * limit, (page + 1) * limit)]
        fields = call.text("fields")
        if call.text("memberCreator") == "false":
            shown = [{name: value for name, value in one.items() if name != "memberCreator"} for one in shown]
        return [_picked(one, fields, keep=("memberCreator",)) for one in shown] if fields else shown


def _span(call: Call, dated: Any) -> Callable[..., bool]:
    """Whether an id (and date) lies strictly after `since` and strictly before `before`, both ids or dates."""
    since, before = call.text("since"), call.text("before")
    after_id, after = _bound("since", since)
    until_id, until = _bound("before", before)

    def within(identifier: str, date: datetime | None = None) -> bool:
        moment = date
        if moment is None and (after or until) and dated is not None:
            moment = dated(identifier)
        return (
            (after_id is None or identifier > after_id)
            and (until_id is None or identifier < until_id)
            and (after is None or (moment is not None and moment > after))
            and (until is None or (moment is not None and moment < until))
        )

    return within


def _bound(name: str, text: str) -> tuple[str | None, datetime | None]:
    if is_id(text):
        return text, None
    return None, read_date(name, text)


def _action_filter(wanted: str) -> Callable[[Action], bool]:
    """A list of action types, each perhaps with the changed field: `commentCard,updateCard:idList`."""
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    if "all" in names or not names:
        return lambda action: True

    def fits(action: Action) -> bool:
        if action.type in names:
            return True
        changed: Iterable[str] = action.data.get("old", {})
        return any(f"{action.type}:{field}" in names for field in changed)

    return fits


def _concerns_list(action: Action, board_list: BoardList) -> bool:
    places: Iterator[Any] = (action.data.get(name) for name in ("list", "listBefore", "listAfter"))
    return any(place is not None and place["id"] == board_list.id for place in places)


def _capped(cards: list[Card]) -> list[Card]:
    """The newest cards that fit into one answer, in their order."""
    if len(cards) <= CARDS_CAP:
        return cards
    kept = set(sorted((card.id for card in cards), reverse=True)[:CARDS_CAP])
    return [card for card in cards if card.id in kept]


def _board_fits(board: Board, wanted: list[str]) -> bool:
    return "all" in wanted or "members" in wanted or ("closed" if board.closed else "open") in wanted


def _picked(shown: Json, fields: str, keep: tuple[str, ...] = ()) -> Json:
    """Only the fields asked for, and the id; unknown names are passed over."""
    if fields in ("", "all"):
        return shown
    wanted = {"id", *keep, *(name.strip() for name in fields.split(","))}
    return {name: value for name, value in shown.items() if name in wanted}


def _value(shown: Json, field: str) -> Json:
    if field not in shown:
        raise invalid("field")
    value = shown[field]
    return value if isinstance(value, dict) else {"_value": value}
