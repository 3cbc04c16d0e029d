"""Everything the stand-in of Trello keeps, and the one place where actions are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox.trello.errors import not_found
from sandbox.trello.ids import Ids
from sandbox.trello.model import (
    Action,
    Actor,
    App,
    Board,
    BoardList,
    Card,
    Checklist,
    CustomField,
    Label,
    Member,
    Token,
    Webhook,
)

WEBHOOK_ONLY = frozenset(
    {
        "addLabelToCard",
        "removeLabelFromCard",
        "createLabel",
        "updateLabel",
        "deleteLabel",
        "updateComment",
        "deleteComment",
        "createCheckItem",
        "updateCheckItem",
        "deleteCheckItem",
        "updateChecklist",
        "createCustomField",
        "updateCustomField",
        "deleteCustomField",
    }
)
"""Action types that reach webhooks and never stand in an action list (vendor guide on action types)."""
CUSTOM_FIELD_ACTION = "updateCustomFieldItem"


class Clock(Protocol):
    """Tells the present moment, aware."""

    def now(self) -> datetime: ...


Listener = Callable[[Action, Board, frozenset[str]], None]


@dataclass
class Store:
    """The tables. Every reading or changing method of this package is called with `lock` held."""

    clock: Clock
    lock: threading.RLock = field(default_factory=threading.RLock)
    ids: Ids = field(default_factory=Ids)
    apps: dict[str, App] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    lists: dict[str, BoardList] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    checklists: dict[str, Checklist] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    short_links: dict[str, str] = field(default_factory=dict)
    """Short link to the id of a card or board."""
    lists_custom_field_actions: bool = False
    """Whether action lists show changes of custom fields: the vendor does not say, so both can be tried."""
    listeners: list[Listener] = field(default_factory=list)

    def new_id(self) -> str:
        """The next id, made now."""
        return self.ids.new(self.clock.now())

    def member(self, name: str, me: Member | None = None) -> Member:
        """A member by id, user name, or `me`. Raises TrelloError."""
        if name == "me" and me is not None:
            return me
        found = self.members.get(name) or next((m for m in self.members.values() if m.username == name), None)
        if found is None:
            raise not_found()
        return found

    def board(self, name: str, seen_by: Member) -> Board:
        """A board by id or short link that the member may see. Raises TrelloError."""
        board = self.boards.get(name) or self.boards.get(self.short_links.get(name, ""))
        if board is None or seen_by.id not in board.member_ids:
            raise not_found()
        return board

    def card(self, name: str, seen_by: Member) -> Card:
        """A card by id or short link on a board that the member may see. Raises TrelloError."""
        card = self.cards.get(name) or self.cards.get(self.short_links.get(name, ""))
        if card is None:
            raise not_found()
        self.board(card.board_id, seen_by)
        return card

    def board_list(self, identifier: str, seen_by: Member) -> BoardList:
        """A list by id. Raises TrelloError."""
        found = self.lists.get(identifier)
        if found is None:
            raise not_found()
        self.board(found.board_id, seen_by)
        return found

    def checklist(self, identifier: str, seen_by: Member) -> Checklist:
        """A checklist by id. Raises TrelloError."""
        found = self.checklists.get(identifier)
        if found is None:
            raise not_found()
        self.board(found.board_id, seen_by)
        return found

    def label(self, identifier: str, seen_by: Member) -> Label:
        """A label by id. Raises TrelloError."""
        found = self.labels.get(identifier)
        if found is None:
            raise not_found()
        self.board(found.board_id, seen_by)
        return found

    def custom_field(self, identifier: str, seen_by: Member) -> CustomField:
        """A custom field by id. Raises TrelloError."""
        found = self.custom_fields.get(identifier)
        if found is None:
            raise not_found()
        self.board(found.board_id, seen_by)
        return found

    def cards_of(self, board_list: BoardList) -> list[Card]:
        """The open cards of a list, from top to bottom."""
        cards = self.boards[board_list.board_id].cards.values()
        return sorted((c for c in cards if c.list_id == board_list.id and not c.closed), key=lambda card: card.pos)

    def touch(self, card: Card) -> None:
        """Note that something happened on a card and so on its board."""
        card.last_activity = self.clock.now()
        self.boards[card.board_id].last_activity = card.last_activity

    def record(self, kind: str, actor: Actor, board: Board, data: dict[str, Any], card: Card | None = None) -> Action:
        """Write down an action, where its type stands in action lists, and tell those who listen."""
        now = self.clock.now()
        shown = {**data, "board": {"id": board.id, "name": board.name, "shortLink": board.short_link}}
        action = Action(self.ids.new(now), kind, now, shown, actor, card.id if card is not None else None)
        listed = kind not in WEBHOOK_ONLY and (kind != CUSTOM_FIELD_ACTION or self.lists_custom_field_actions)
        if listed:
            board.actions.append(action)
            self.actions[action.id] = action
            if card is not None:
                card.actions.append(action)
        board.last_activity = now
        models = frozenset({board.id, actor.member.id, *_ids_in(data)})
        for listener in self.listeners:
            listener(action, board, models)
        return action


def _ids_in(data: dict[str, Any]) -> Iterable[str]:
    for name in ("card", "list", "listBefore", "listAfter", "member"):
        if name in data:
            yield data[name]["id"]
