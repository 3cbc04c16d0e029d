"""What can be done to boards, their lists, labels and custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.trello.cards import list_ref
from sandbox.trello.errors import TrelloError, invalid, not_found
from sandbox.trello.ids import short_link
from sandbox.trello.model import Actor, Board, BoardList, CustomField, Label, Member, Option
from sandbox.trello.store import Store
from sandbox.trello.values import is_none, read_bool, read_color, read_pos, read_text

FIELD_TYPES = ("text", "number", "date", "checkbox", "list")


class Boards:
    """Changes of boards. Values are read as clients send them; a refusal (TrelloError) changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, values: Mapping[str, Any], actor: Actor) -> Board:
        """A new board of the actor's, with the three usual lists unless `defaultLists` is false."""
        name = read_text("name", values.get("name"), least=1)
        identifier, now = self._store.new_id(), self._store.clock.now()
        board = Board(
            id=identifier,
            name=name,
            desc=str(values.get("desc") or ""),
            creator_id=actor.member.id,
            organization_id=str(values.get("idOrganization") or self._store.new_id()),
            short_link=short_link(identifier),
            last_activity=now,
            member_ids={actor.member.id: "admin"},
        )
        self._store.boards[board.id] = board
        self._store.short_links[board.short_link] = board.id
        self._store.record("createBoard", actor, board, {})
        if read_bool("defaultLists", values.get("defaultLists", True)):
            for title in ("To Do", "Doing", "Done"):
                self.create_list(board, {"name": title, "pos": "bottom"}, actor)
        return board

    def update(self, board: Board, values: Mapping[str, Any], actor: Actor) -> Board:
        """Rename, describe or close a board."""
        new = {
            "name": read_text("name", values.get("name", board.name), least=1),
            "desc": read_text("desc", values.get("desc", board.desc)),
            "closed": read_bool("closed", values.get("closed", board.closed)),
        }
        for name, value in new.items():
            old = getattr(board, name)
            if old != value:
                setattr(board, name, value)
                self._store.record("updateBoard", actor, board, {"old": {name: old}})
        return board

    def add_member(self, board: Board, member: Member, role: str, actor: Actor) -> None:
        """Make a member part of a board, or change the role: admin, normal or observer."""
        if role not in ("admin", "normal", "observer"):
            raise invalid("type")
        is_new = member.id not in board.member_ids
        board.member_ids[member.id] = role
        if is_new:
            data = {"idMemberAdded": member.id, "member": {"id": member.id, "name": member.full_name}}
            self._store.record("addMemberToBoard", actor, board, data)

    def remove_member(self, board: Board, member: Member, actor: Actor) -> None:
        """Take a member off a board; what only members see is gone for them."""
        if board.member_ids.pop(member.id, None) is None:
            raise not_found()
        data = {"idMember": member.id, "member": {"id": member.id, "name": member.full_name}}
        self._store.record("removeMemberFromBoard", actor, board, data)

    def create_list(self, board: Board, values: Mapping[str, Any], actor: Actor) -> BoardList:
        """A new list: on top, as the vendor does, unless `pos` says otherwise."""
        name = read_text("name", values.get("name"), least=1)
        pos = read_pos(values.get("pos", "top"), list(board.lists.values()))
        board_list = BoardList(self._store.new_id(), board.id, name, pos)
        board.lists[board_list.id] = self._store.lists[board_list.id] = board_list
        self._store.record("createList", actor, board, {"list": list_ref(board_list)})
        return board_list

    def update_list(self, board_list: BoardList, values: Mapping[str, Any], actor: Actor) -> BoardList:
        """Rename, archive or move a list."""
        board = self._store.boards[board_list.board_id]
        others = [other for other in board.lists.values() if other is not board_list]
        new = {
            "name": read_text("name", values.get("name", board_list.name), least=1),
            "closed": read_bool("closed", values.get("closed", board_list.closed)),
            "pos": read_pos(values["pos"], others) if "pos" in values else board_list.pos,
        }
        for name, value in new.items():
            old = getattr(board_list, name)
            if old != value:
                setattr(board_list, name, value)
                self._store.record(
                    "updateList", actor, board, {"list": {**list_ref(board_list), name: value}, "old": {name: old}}
                )
        return board_list

    def create_label(self, board: Board, values: Mapping[str, Any], actor: Actor) -> Label:
        """A new label."""
        name = read_text("name", values.get("name", ""))
        label = Label(self._store.new_id(), board.id, name, read_color(values.get("color")))
        board.labels[label.id] = self._store.labels[label.id] = label
        self._store.record("createLabel", actor, board, {"label": _label_ref(label)})
        return label

    def update_label(self, label: Label, values: Mapping[str, Any], actor: Actor) -> Label:
        """Rename or recolour a label."""
        name = read_text("name", values.get("name", label.name))
        color = read_color(values["color"]) if "color" in values else label.color
        old = _label_ref(label)
        label.name, label.color = name, color
        board = self._store.boards[label.board_id]
        self._store.record("updateLabel", actor, board, {"label": _label_ref(label), "old": old})
        return label

    def delete_label(self, label: Label, actor: Actor) -> None:
        """Remove a label from its board and from every card."""
        board = self._store.boards[label.board_id]
        del board.labels[label.id], self._store.labels[label.id]
        for card in board.cards.values():
            if label.id in card.label_ids:
                card.label_ids.remove(label.id)
        self._store.record("deleteLabel", actor, board, {"label": {"id": label.id}})

    def create_field(self, board: Board, values: Mapping[str, Any], actor: Actor) -> CustomField:
        """A new custom field; a list field may bring its `options`."""
        kind = values.get("type")
        if kind not in FIELD_TYPES:
            raise invalid("type")
        name = read_text("name", values.get("name"), least=1)
        pos = read_pos(values.get("pos"), list(board.custom_fields.values()))
        custom_field = CustomField(self._store.new_id(), board.id, name, str(kind), pos)
        for option in values.get("options") or []:
            self._add_option(custom_field, option)
        board.custom_fields[custom_field.id] = self._store.custom_fields[custom_field.id] = custom_field
        self._store.record("createCustomField", actor, board, {"customField": _field_ref(custom_field)})
        return custom_field

    def delete_field(self, custom_field: CustomField, actor: Actor) -> None:
        """Remove a custom field and its values on every card."""
        board = self._store.boards[custom_field.board_id]
        del board.custom_fields[custom_field.id], self._store.custom_fields[custom_field.id]
        for card in board.cards.values():
            card.fields.pop(custom_field.id, None)
        self._store.record("deleteCustomField", actor, board, {"customField": _field_ref(custom_field)})

    def add_option(self, custom_field: CustomField, values: Mapping[str, Any], actor: Actor) -> Option:
        """A new choice of a list field."""
        if custom_field.type != "list":
            raise TrelloError(400, "Custom field is not a list")
        option = self._add_option(custom_field, values)
        board = self._store.boards[custom_field.board_id]
        self._store.record("updateCustomField", actor, board, {"customField": _field_ref(custom_field)})
        return option

    def _add_option(self, custom_field: CustomField, values: Mapping[str, Any]) -> Option:
        value = values.get("value")
        text = read_text("value", value.get("text") if isinstance(value, Mapping) else value, least=1)
        color = "none" if is_none(values.get("color")) else str(values["color"])
        pos = read_pos(values.get("pos"), list(custom_field.options.values()))
        option = Option(self._store.new_id(), text, color, pos)
        custom_field.options[option.id] = option
        return option


def _label_ref(label: Label) -> dict[str, Any]:
    return {"id": label.id, "name": label.name, "color": label.color}


def _field_ref(custom_field: CustomField) -> dict[str, Any]:
    return {"id": custom_field.id, "name": custom_field.name, "type": custom_field.type}
