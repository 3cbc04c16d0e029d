"""What can be done to cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.trello.errors import TrelloError, invalid, not_found
from sandbox.trello.ids import short_link
from sandbox.trello.model import Action, Actor, Attachment, Board, BoardList, Card, CustomFieldItem, Label, Member
from sandbox.trello.store import Store
from sandbox.trello.values import (
    COLORS,
    date_text,
    is_none,
    number,
    read_bool,
    read_date,
    read_ids,
    read_pos,
    read_text,
)

NAME_LIMIT = 16384
ATTACHMENT_NAME_LIMIT = 256


def card_ref(card: Card) -> dict[str, Any]:
    """A card as actions name it."""
    return {"id": card.id, "name": card.name, "idShort": card.short_number, "shortLink": card.short_link}


def list_ref(board_list: BoardList) -> dict[str, Any]:
    """A list as actions name it."""
    return {"id": board_list.id, "name": board_list.name}


class Cards:
    """Changes of cards. Values are read as clients send them; a refusal (TrelloError) changes nothing."""

    def __init__(self, store: Store, upload_limit_bytes: int = 10_000_000) -> None:
        self._store = store
        self.upload_limit_bytes = upload_limit_bytes
        self._plain: dict[str, tuple[str, Callable[[Any, Card], Any]]] = {
            "name": ("name", lambda value, _: read_text("name", value, least=1, most=NAME_LIMIT)),
            "desc": ("desc", lambda value, _: "" if value is None else read_text("desc", value)),
            "closed": ("closed", lambda value, _: read_bool("closed", value)),
            "due": ("due", lambda value, _: read_date("due", value)),
            "start": ("start", lambda value, _: read_date("start", value)),
            "dueComplete": ("due_complete", lambda value, _: read_bool("dueComplete", value)),
            "dueReminder": ("due_reminder", lambda value, _: _read_minutes(value)),
            "idAttachmentCover": ("cover_id", _read_cover),
        }

    def create(self, values: Mapping[str, Any], actor: Actor) -> Card:
        """A new card in the list `idList`, at the bottom unless `pos` says otherwise."""
        if is_none(values.get("idList")):
            raise invalid("idList")
        board_list = self._list_for_card(str(values["idList"]), actor.member)
        board = self._store.boards[board_list.board_id]
        source = values.get("idCardSource")
        if not is_none(source):
            values = self._copied(self._store.card(str(source), actor.member), values)
        card = self._blank(board, board_list, read_pos(values.get("pos"), self._store.cards_of(board_list)))
        plans = self._plan_plain(card, {name: values[name] for name in self._plain if name in values})
        label_ids = self._read_labels(board, values.get("idLabels"))
        member_ids = self._read_members(board, values.get("idMembers"))
        for attribute, _, value in plans.values():
            setattr(card, attribute, value)
        card.label_ids, card.member_ids = label_ids, member_ids
        board.cards_made += 1
        board.cards[card.id] = self._store.cards[card.id] = card
        self._store.short_links[card.short_link] = card.id
        data = {"card": card_ref(card), "list": list_ref(board_list)}
        self._store.record("createCard", actor, board, data, card)
        self._store.touch(card)
        return card

    def update(self, card: Card, values: Mapping[str, Any], actor: Actor) -> Card:
        """Set the named values; each one that differs makes its own action."""
        board = self._store.boards[card.board_id]
        target = self._target(card, values, actor)
        plans = self._plan_plain(card, {name: values[name] for name in self._plain if name in values})
        goal = self._store.boards[target.board_id]
        labels = self._read_labels(goal, values["idLabels"]) if "idLabels" in values else None
        members = self._read_members(goal, values["idMembers"]) if "idMembers" in values else None
        row = [other for other in self._store.cards_of(target) if other is not card]
        moved = target.id != card.list_id
        pos = read_pos(values.get("pos"), row) if moved or "pos" in values else card.pos
        color = _read_cover_color(values["cover"]) if "cover" in values else card.cover_color
        if goal is not board:
            self._move_to_board(card, target, pos, actor)
        elif moved:
            self._move(card, target, pos, actor)
        elif pos != card.pos:
            self._changed(card, "pos", "pos", pos, actor)
        for name, (attribute, _, value) in plans.items():
            if getattr(card, attribute) != value:
                self._changed(card, name, attribute, value, actor)
        if color != card.cover_color:
            self._changed(card, "cover", "cover_color", color, actor)
        self._set_labels(card, labels, actor)
        self._set_members(card, members, actor)
        return card

    def delete(self, card: Card, actor: Actor) -> None:
        """Remove a card for ever; its other actions go with it."""
        board = self._store.boards[card.board_id]
        for action in card.actions:
            del self._store.actions[action.id]
        for one in self._store.boards.values():
            one.actions = [action for action in one.actions if action.card_id != card.id]
        for checklist in card.checklists.values():
            del self._store.checklists[checklist.id]
        del board.cards[card.id], self._store.cards[card.id], self._store.short_links[card.short_link]
        reference = {"id": card.id, "idShort": card.short_number, "shortLink": card.short_link}
        data = {"card": reference, "list": list_ref(self._store.lists[card.list_id])}
        self._store.record("deleteCard", actor, board, data)

    def comment(self, card: Card, text: Any, actor: Actor) -> Action:
        """Write a comment."""
        words = read_text("text", text, least=1)
        card.comments += 1
        self._store.touch(card)
        return self._record("commentCard", card, actor, text=words, textData={"emoji": {}})

    def edit_comment(self, action: Action, text: Any, actor: Actor) -> Action:
        """Change the text of one's own comment; action lists show only the new text."""
        words = read_text("text", text, least=1)
        if action.actor.member.id != actor.member.id:
            raise TrelloError(401, "unauthorized permission requested")
        card = self._commented(action)
        old = action.data["text"]
        action.data["text"] = words
        action.data["dateLastEdited"] = date_text(self._store.clock.now())
        self._store.touch(card)
        self._record("updateComment", card, actor, action={"id": action.id, "text": words}, old={"text": old})
        return action

    def delete_comment(self, action: Action, actor: Actor) -> None:
        """Remove a comment: its own, or anybody's for an admin of the board."""
        card = self._commented(action)
        board = self._store.boards[card.board_id]
        is_admin = board.member_ids.get(actor.member.id) == "admin"
        if action.actor.member.id != actor.member.id and not is_admin:
            raise TrelloError(401, "unauthorized permission requested")
        for actions in (self._store.boards[action.data["board"]["id"]].actions, card.actions):
            actions.remove(action)
        del self._store.actions[action.id]
        card.comments -= 1
        self._store.touch(card)
        self._record("deleteComment", card, actor, action={"id": action.id})

    def add_label(self, card: Card, label_id: Any, actor: Actor) -> None:
        """Put a label on a card."""
        label = self._board_label(self._store.boards[card.board_id], label_id)
        if label.id in card.label_ids:
            raise TrelloError(400, "that label is already on the card")
        self._put_label(card, label, actor)

    def remove_label(self, card: Card, label_id: str, actor: Actor) -> None:
        """Take a label off a card."""
        if label_id not in card.label_ids:
            raise TrelloError(400, "that label is not on the card")
        self._take_label(card, self._store.labels[label_id], actor)

    def add_member(self, card: Card, member_id: Any, actor: Actor) -> None:
        """Put a member on a card."""
        board = self._store.boards[card.board_id]
        if member_id not in board.member_ids:
            raise invalid("value")
        if member_id in card.member_ids:
            raise TrelloError(400, "member is already on the card")
        self._put_member(card, str(member_id), actor)

    def remove_member(self, card: Card, member_id: str, actor: Actor) -> None:
        """Take a member off a card."""
        if member_id not in card.member_ids:
            raise TrelloError(400, "member is not on the card")
        self._take_member(card, member_id, actor)

    def attach_link(self, card: Card, url: Any, name: Any, actor: Actor) -> Attachment:
        """Attach a link."""
        address = read_text("url", url, least=1)
        if not address.startswith(("http://", "https://")):
            raise invalid("url")
        title = address[:ATTACHMENT_NAME_LIMIT] if is_none(name) else _read_attachment_name(name)
        return self._attach(card, title, actor, url=address, mime_type="")

    def attach_file(
        self, card: Card, content: bytes, file_name: str, name: Any, mime_type: str, actor: Actor
    ) -> Attachment:
        """Attach an uploaded file. Nothing stops the same file from being there twice."""
        if len(content) > self.upload_limit_bytes:
            raise TrelloError(413, "Request Entity Too Large")
        title = file_name if is_none(name) else _read_attachment_name(name)
        kept = re.sub(r"[/\\]", "_", file_name or title)  # it stands in the address that the file gets
        return self._attach(card, title, actor, mime_type=mime_type, file_name=kept, content=content)

    def detach(self, card: Card, attachment_id: str, actor: Actor) -> None:
        """Remove an attachment."""
        attachment = card.attachments.pop(attachment_id, None)
        if attachment is None:
            raise not_found()
        if card.cover_id == attachment_id:
            card.cover_id = None
        self._store.touch(card)
        reference = {"id": attachment.id, "name": attachment.name}
        self._record("deleteAttachmentFromCard", card, actor, attachment=reference)

    def set_field(self, card: Card, field_id: str, body: Mapping[str, Any], actor: Actor) -> CustomFieldItem:
        """Give a custom field its value, `{"value": {"text": ".."}}` or `{"idValue": ".."}`; empty texts clear it.

        It does not move the card's last activity.
        """
        board = self._store.boards[card.board_id]
        definition = board.custom_fields.get(field_id)
        if definition is None:
            raise not_found()
        value, option_id = _read_field(definition.type, set(definition.options), body)
        before = card.fields.get(field_id)
        identifier = before.id if before is not None else self._store.new_id()
        after = CustomFieldItem(identifier, value, option_id)
        if value is None and option_id is None:
            card.fields.pop(field_id, None)
        else:
            card.fields[field_id] = after
        if before == after or (before is None and field_id not in card.fields):
            return after
        item = {"id": identifier, "value": value, "idValue": option_id, "idCustomField": field_id, "idModel": card.id}
        old = {"value": before.value if before else None, "idValue": before.option_id if before else None}
        reference = {"id": field_id, "name": definition.name, "type": definition.type}
        self._record(
            "updateCustomFieldItem",
            card,
            actor,
            customField=reference,
            customFieldItem={**item, "modelType": "card"},
            old=old,
        )
        return after

    def _blank(self, board: Board, board_list: BoardList, pos: float) -> Card:
        identifier = self._store.new_id()
        now = self._store.clock.now()
        number_ = board.cards_made + 1
        return Card(identifier, board.id, board_list.id, "", "", pos, number_, short_link(identifier), now)

    def _copied(self, source: Card, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = read_ids(values.get("keepFromSource") or "all")
        copied: dict[str, Any] = {"name": source.name, "desc": source.desc}
        if {"all", "due"} & set(kept):
            copied["due"] = date_text(source.due)
        if {"all", "labels"} & set(kept):
            copied["idLabels"] = list(source.label_ids)
        if {"all", "members"} & set(kept):
            copied["idMembers"] = list(source.member_ids)
        return {**copied, **values}

    def _plan_plain(self, card: Card, values: Mapping[str, Any]) -> dict[str, tuple[str, str, Any]]:
        plans = {}
        for name, value in values.items():
            attribute, read = self._plain[name]
            plans[name] = (attribute, name, read(value, card))
        return plans

    def _list_for_card(self, identifier: str, member: Member) -> BoardList:
        if identifier not in self._store.lists:
            raise invalid("idList")
        return self._store.board_list(identifier, member)

    def _target(self, card: Card, values: Mapping[str, Any], actor: Actor) -> BoardList:
        """The list a card is to stand in: the one named, the first of the board named, or its own."""
        if not is_none(values.get("idList")):
            target = self._list_for_card(str(values["idList"]), actor.member)
            if target.board_id != str(values.get("idBoard") or card.board_id):
                raise invalid("idList")
            return target
        board_id = values.get("idBoard")
        if is_none(board_id) or board_id == card.board_id:
            return self._store.lists[card.list_id]
        board = self._store.board(str(board_id), actor.member)
        open_lists = [board_list for board_list in board.lists.values() if not board_list.closed]
        if not open_lists:
            raise invalid("idBoard")
        return min(open_lists, key=lambda board_list: board_list.pos)

    def _move(self, card: Card, target: BoardList, pos: float, actor: Actor) -> None:
        before = self._store.lists[card.list_id]
        card.list_id, card.pos = target.id, pos
        self._store.touch(card)
        data = {
            "card": {**card_ref(card), "idList": target.id},
            "listBefore": list_ref(before),
            "listAfter": list_ref(target),
            "old": {"idList": before.id},
        }
        self._store.record("updateCard", actor, self._store.boards[card.board_id], data, card)

    def _move_to_board(self, card: Card, target: BoardList, pos: float, actor: Actor) -> None:
        """Labels stay where the new board has the same ones, members where they belong to it; fields are lost."""
        source, goal = self._store.boards[card.board_id], self._store.boards[target.board_id]
        data = {"card": card_ref(card), "list": list_ref(self._store.lists[card.list_id])}
        self._store.record("moveCardFromBoard", actor, source, {**data, "boardTarget": {"id": goal.id}}, card)
        worn = {(self._store.labels[i].name, self._store.labels[i].color) for i in card.label_ids}
        card.label_ids = [label.id for label in goal.labels.values() if (label.name, label.color) in worn]
        card.member_ids = [member_id for member_id in card.member_ids if member_id in goal.member_ids]
        card.fields.clear()
        del source.cards[card.id]
        goal.cards_made += 1
        card.board_id, card.list_id, card.pos, card.short_number = goal.id, target.id, pos, goal.cards_made
        goal.cards[card.id] = card
        for checklist in card.checklists.values():
            checklist.board_id = goal.id
        self._store.touch(card)
        data = {"card": card_ref(card), "list": list_ref(target), "boardSource": {"id": source.id}}
        self._store.record("moveCardToBoard", actor, goal, data, card)

    def _changed(self, card: Card, name: str, attribute: str, value: Any, actor: Actor) -> None:
        old = getattr(card, attribute)
        setattr(card, attribute, value)
        self._store.touch(card)
        data = {
            "card": {**card_ref(card), name: _shown(value)},
            "list": list_ref(self._store.lists[card.list_id]),
            "old": {name: _shown(old)},
        }
        self._store.record("updateCard", actor, self._store.boards[card.board_id], data, card)

    def _record(self, kind: str, card: Card, actor: Actor, **data: Any) -> Action:
        shown = {**data, "card": card_ref(card), "list": list_ref(self._store.lists[card.list_id])}
        return self._store.record(kind, actor, self._store.boards[card.board_id], shown, card)

    def _commented(self, action: Action) -> Card:
        card = self._store.cards.get(action.card_id or "")
        if card is None or action.type != "commentCard":
            raise not_found()
        return card

    def _board_label(self, board: Board, label_id: Any) -> Label:
        label = board.labels.get(str(label_id))
        if label is None:
            raise invalid("value")
        return label

    def _read_labels(self, board: Board, value: Any) -> list[str]:
        wanted = read_ids(value)
        if any(label_id not in board.labels for label_id in wanted):
            raise invalid("idLabels")
        return list(dict.fromkeys(wanted))

    def _read_members(self, board: Board, value: Any) -> list[str]:
        wanted = read_ids(value)
        if any(member_id not in board.member_ids for member_id in wanted):
            raise invalid("idMembers")
        return list(dict.fromkeys(wanted))

    def _set_labels(self, card: Card, wanted: list[str] | None, actor: Actor) -> None:
        if wanted is None:
            return
        for label_id in [label_id for label_id in card.label_ids if label_id not in wanted]:
            self._take_label(card, self._store.labels[label_id], actor)
        for label_id in [label_id for label_id in wanted if label_id not in card.label_ids]:
            self._put_label(card, self._store.labels[label_id], actor)

    def _set_members(self, card: Card, wanted: list[str] | None, actor: Actor) -> None:
        if wanted is None:
            return
        for member_id in [member_id for member_id in card.member_ids if member_id not in wanted]:
            self._take_member(card, member_id, actor)
        for member_id in [member_id for member_id in wanted if member_id not in card.member_ids]:
            self._put_member(card, member_id, actor)

    def _put_label(self, card: Card, label: Label, actor: Actor) -> None:
        card.label_ids.append(label.id)
        self._store.touch(card)
        self._record("addLabelToCard", card, actor, **_label_data(label))

    def _take_label(self, card: Card, label: Label, actor: Actor) -> None:
        card.label_ids.remove(label.id)
        self._store.touch(card)
        self._record("removeLabelFromCard", card, actor, **_label_data(label))

    def _put_member(self, card: Card, member_id: str, actor: Actor) -> None:
        card.member_ids.append(member_id)
        self._store.touch(card)
        self._record("addMemberToCard", card, actor, **self._member_data(member_id))

    def _take_member(self, card: Card, member_id: str, actor: Actor) -> None:
        card.member_ids.remove(member_id)
        self._store.touch(card)
        self._record("removeMemberFromCard", card, actor, **self._member_data(member_id))

    def _member_data(self, member_id: str) -> dict[str, Any]:
        return {"idMember": member_id, "member": {"id": member_id, "name": self._store.members[member_id].full_name}}

    def _attach(self, card: Card, name: str, actor: Actor, *, url: str = "", **kind: Any) -> Attachment:
        pos = read_pos("bottom", list(card.attachments.values()))
        now = self._store.clock.now()
        attachment = Attachment(
            id=self._store.new_id(), name=name, url=url, date=now, member_id=actor.member.id, pos=pos, **kind
        )
        card.attachments[attachment.id] = attachment
        self._store.touch(card)
        reference = {"id": attachment.id, "name": attachment.name, "url": attachment.url}
        self._record("addAttachmentToCard", card, actor, attachment=reference)
        return attachment


def _label_data(label: Label) -> dict[str, Any]:
    return {
        "value": label.color,
        "text": label.name,
        "label": {"id": label.id, "name": label.name, "color": label.color},
    }


def _read_minutes(value: Any) -> int | None:
    if is_none(value):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise invalid("dueReminder") from None


def _read_cover(value: Any, card: Card) -> str | None:
    if is_none(value):
        return None
    if value not in card.attachments:
        raise invalid("idAttachmentCover")
    return str(value)


def _read_cover_color(value: Any) -> str | None:
    if is_none(value):
        return None
    color = value.get("color") if isinstance(value, Mapping) else value
    if not is_none(color) and color not in COLORS:
        raise invalid("cover")
    return None if is_none(color) else str(color)


def _read_attachment_name(value: Any) -> str:
    return read_text("name", value, most=ATTACHMENT_NAME_LIMIT)


_VALUE_KEYS = {"text": "text", "number": "number", "date": "date", "checkbox": "checked"}


def _read_field(kind: str, option_ids: set[str], body: Mapping[str, Any]) -> tuple[dict[str, str] | None, str | None]:
    """The value and option a custom field gets: both None clear it."""
    refused = TrelloError(400, "Invalid custom field item value.")
    if kind == "list":
        option_id = body.get("idValue")
        if is_none(option_id):
            return None, None
        if option_id not in option_ids:
            raise refused
        return None, str(option_id)
    value = body.get("value")
    if is_none(value) or value == {}:
        return None, None
    key = _VALUE_KEYS[kind]
    if not isinstance(value, Mapping) or set(value) != {key}:
        raise refused
    inner = str(value[key]).lower() if isinstance(value[key], bool) else value[key]
    if inner == "":
        return None, None
    if not isinstance(inner, str) or not _fits(kind, inner):
        raise refused
    return ({key: inner} if (kind, inner) != ("checkbox", "false") else None), None


def _fits(kind: str, text: str) -> bool:
    try:
        if kind == "number":
            float(text)
        if kind == "date":
            datetime.fromisoformat(text)
    except ValueError:
        return False
    return kind != "checkbox" or text in ("true", "false")


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return date_text(value)
    return number(value) if isinstance(value, float) else value
