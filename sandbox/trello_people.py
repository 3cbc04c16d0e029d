"""What people do in Trello."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.trello import Actor, Trello
from sandbox.trello.cards import list_ref
from sandbox.trello.model import Board, Card

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class TrelloPeople:
    """Acts in Trello. Boards, lists, labels, fields and cards are given by name or id, people by user name.

    A name that fits nothing, or several things, raises LookupError; a value Trello refuses raises TrelloError.
    """

    _sandbox: Sandbox

    def create_card(self, title: str, list: str, by: str = "olena", board: str = "Клієнти", desc: str = "") -> str:
        """Somebody makes a card; gives its id."""
        target = _named(self._board(board).lists.values(), list)
        return self._trello.cards.create({"name": title, "desc": desc, "idList": target.id}, self._actor(by)).id

    def drag_card(self, card: str, list: str, by: str = "olena", pos: str = "bottom") -> dict[str, str]:
        """Somebody drags a card to a list; gives the list."""
        moved = self._card(card)
        target = _named(self._trello.store.boards[moved.board_id].lists.values(), list)
        self._trello.cards.update(moved, {"idList": target.id, "pos": pos}, self._actor(by))
        return list_ref(target)

    def comment_card(self, card: str, text: str, by: str = "olena") -> str:
        """Somebody comments a card; gives the comment's id."""
        return self._trello.cards.comment(self._card(card), text, self._actor(by)).id

    def label_card(self, card: str, label: str, by: str = "olena") -> None:
        """Somebody puts a label on a card."""
        labelled = self._card(card)
        found = _named(self._trello.store.boards[labelled.board_id].labels.values(), label)
        self._trello.cards.add_label(labelled, found.id, self._actor(by))

    def unlabel_card(self, card: str, label: str, by: str = "olena") -> None:
        """Somebody takes a label off a card."""
        labelled = self._card(card)
        found = _named(self._trello.store.boards[labelled.board_id].labels.values(), label)
        self._trello.cards.remove_label(labelled, found.id, self._actor(by))

    def edit_card(self, card: str, values: dict[str, Any], by: str = "olena") -> None:
        """Somebody changes fields of a card, named as in the API: name, desc, due, dueComplete, idMembers."""
        self._trello.cards.update(self._card(card), values, self._actor(by))

    def archive_card(self, card: str, by: str = "olena") -> None:
        """Somebody archives a card."""
        self.edit_card(card, {"closed": True}, by)

    def delete_card(self, card: str, by: str = "olena") -> None:
        """Somebody deletes a card for ever."""
        self._trello.cards.delete(self._card(card), self._actor(by))

    def set_custom_field(self, card: str, field: str, value: str | None, by: str = "olena") -> None:
        """Somebody fills a custom field of a card, by the text of the option for list fields; None empties it."""
        filled = self._card(card)
        definition = _named(self._trello.store.boards[filled.board_id].custom_fields.values(), field)
        body: dict[str, Any] = {"value": ""}
        if value is not None and definition.type == "list":
            body = {"idValue": next(one.id for one in definition.options.values() if one.text == value)}
        elif value is not None:
            key = "checked" if definition.type == "checkbox" else definition.type
            body = {"value": {key: value}}
        self._trello.cards.set_field(filled, definition.id, body, self._actor(by))

    def tick_item(self, card: str, item: str, by: str = "olena", done: bool = True) -> None:
        """Somebody ticks or unticks a line of a card's checklists, given by its text."""
        ticked = self._card(card)
        found = _named([one for each in ticked.checklists.values() for one in each.items.values()], item)
        state = "complete" if done else "incomplete"
        self._trello.checklists.update_item(ticked, found.id, {"state": state}, self._actor(by))

    def disturb_trello_webhooks(self, lose: int = 0, duplicate: int = 0, reorder: int = 0) -> None:
        """Nobody's doing: the next deliveries get lost, come twice or come in the wrong order."""
        self._trello.webhooks.disturb(lose=lose, duplicate=duplicate, reorder=reorder)

    @property
    def _trello(self) -> Trello:
        return self._sandbox.trello

    def _actor(self, username: str) -> Actor:
        members = self._trello.store.members.values()
        found = next((one for one in members if username in (one.username, one.id)), None)
        if found is None:
            raise LookupError(f"nobody in Trello is called {username!r}")
        return Actor(found)

    def _board(self, name: str) -> Board:
        board: Board = _named(self._trello.store.boards.values(), name)
        return board

    def _card(self, name: str) -> Card:
        store = self._trello.store
        by_link = store.cards.get(store.short_links.get(name, ""))
        return by_link or _named(store.cards.values(), name)


def _named(things: Any, name: str) -> Any:
    found = [one for one in things if name in (one.id, one.name)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} things are called {name!r}")
    return found[0]
