"""What can be done to checklists and their items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.trello.cards import card_ref
from sandbox.trello.errors import invalid, not_found
from sandbox.trello.model import Actor, Card, CheckItem, Checklist
from sandbox.trello.store import Store
from sandbox.trello.values import is_none, read_bool, read_date, read_pos, read_text

NAME_LIMIT = 16384


class Checklists:
    """Changes of checklists. Values are read as clients send them; a refusal (TrelloError) changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, card: Card, values: Mapping[str, Any], actor: Actor) -> Checklist:
        """A new checklist, or a fresh copy of `idChecklistSource` with nothing ticked."""
        source_id = values.get("idChecklistSource")
        source = None if is_none(source_id) else self._store.checklist(str(source_id), actor.member)
        given = values.get("name")
        name = "Checklist" if is_none(given) else read_text("name", given, most=NAME_LIMIT)
        pos = read_pos(values.get("pos"), list(card.checklists.values()))
        if source is not None and is_none(given):
            name = source.name
        checklist = Checklist(self._store.new_id(), card.board_id, card.id, name, pos)
        for item in source.items.values() if source is not None else ():
            copy = CheckItem(self._store.new_id(), item.name, item.pos)
            checklist.items[copy.id] = copy
        card.checklists[checklist.id] = self._store.checklists[checklist.id] = checklist
        self._store.touch(card)
        self._record("addChecklistToCard", checklist, actor)
        return checklist

    def update(self, checklist: Checklist, values: Mapping[str, Any], actor: Actor) -> Checklist:
        """Rename or move a checklist."""
        card = self._store.cards[checklist.card_id]
        old = checklist.name
        name = read_text("name", values.get("name", checklist.name), least=1, most=NAME_LIMIT)
        others = [other for other in card.checklists.values() if other is not checklist]
        checklist.pos = read_pos(values["pos"], others) if "pos" in values else checklist.pos
        checklist.name = name
        self._store.touch(card)
        if name != old:
            self._record("updateChecklist", checklist, actor, old={"name": old})
        return checklist

    def delete(self, checklist: Checklist, actor: Actor) -> None:
        """Remove a checklist from its card."""
        card = self._store.cards[checklist.card_id]
        del card.checklists[checklist.id], self._store.checklists[checklist.id]
        self._store.touch(card)
        self._record("removeChecklistFromCard", checklist, actor)

    def add_item(self, checklist: Checklist, values: Mapping[str, Any], actor: Actor) -> CheckItem:
        """A new line of a checklist."""
        name = read_text("name", values.get("name"), least=1, most=NAME_LIMIT)
        pos = read_pos(values.get("pos"), list(checklist.items.values()))
        complete = read_bool("checked", values.get("checked", False))
        due = read_date("due", values.get("due"))
        item = CheckItem(self._store.new_id(), name, pos, complete, due, self._member(checklist, values))
        checklist.items[item.id] = item
        self._store.touch(self._store.cards[checklist.card_id])
        self._record("createCheckItem", checklist, actor, checkItem=_item_ref(item))
        return item

    def update_item(self, card: Card, item_id: str, values: Mapping[str, Any], actor: Actor) -> CheckItem:
        """Rename, tick, untick or move a line. Only ticking stands in action lists."""
        checklist, item = self.item(card, item_id)
        name = read_text("name", values.get("name", item.name), least=1, most=NAME_LIMIT)
        complete = _read_state(values["state"]) if "state" in values else item.complete
        others = [other for other in checklist.items.values() if other is not item]
        item.pos = read_pos(values["pos"], others) if "pos" in values else item.pos
        item.due = read_date("due", values["due"]) if "due" in values else item.due
        item.member_id = self._member(checklist, values) if "idMember" in values else item.member_id
        self._store.touch(card)
        if name != item.name:
            old, item.name = item.name, name
            self._record("updateCheckItem", checklist, actor, checkItem=_item_ref(item), old={"name": old})
        if complete != item.complete:
            item.complete = complete
            self._record("updateCheckItemStateOnCard", checklist, actor, checkItem=_item_ref(item))
        return item

    def delete_item(self, card: Card, item_id: str, actor: Actor) -> None:
        """Remove a line."""
        checklist, item = self.item(card, item_id)
        del checklist.items[item.id]
        self._store.touch(card)
        self._record("deleteCheckItem", checklist, actor, checkItem=_item_ref(item))

    def item(self, card: Card, item_id: str) -> tuple[Checklist, CheckItem]:
        """A line of a card's checklists, with the checklist it stands in. Raises TrelloError."""
        for checklist in card.checklists.values():
            if item_id in checklist.items:
                return checklist, checklist.items[item_id]
        raise not_found()

    def _member(self, checklist: Checklist, values: Mapping[str, Any]) -> str | None:
        member_id = values.get("idMember")
        if is_none(member_id):
            return None
        if member_id not in self._store.boards[checklist.board_id].member_ids:
            raise invalid("idMember")
        return str(member_id)

    def _record(self, kind: str, checklist: Checklist, actor: Actor, **data: Any) -> None:
        card = self._store.cards[checklist.card_id]
        shown = {**data, "card": card_ref(card), "checklist": {"id": checklist.id, "name": checklist.name}}
        self._store.record(kind, actor, self._store.boards[checklist.board_id], shown, card)


def _read_state(value: Any) -> bool:
    if value in ("complete", "incomplete"):
        return bool(value == "complete")
    return read_bool("state", value)


def _item_ref(item: CheckItem) -> dict[str, Any]:
    return {"id": item.id, "name": item.name, "state": "complete" if item.complete else "incomplete"}
