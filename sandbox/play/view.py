"""What the play page draws: the four services as people see them, without the API's ballast."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.planfix.model import CHECKBOX, DATE, DATE_TIME, LIST, NUMBER, TEXT, Thing
from sandbox.planfix.store import contact_name
from sandbox.telegram.chats import Chat, Message
from sandbox.trello.model import Board, Card

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]
ZONE = "Europe/Kyiv"
CLIENT, STAFF, BRIDGE = "client", "staff", "bridge"
KINDS = {CHECKBOX: "checkbox", DATE: "date", DATE_TIME: "datetime", LIST: "list", NUMBER: "number", TEXT: "paragraph"}
MESSAGES_SHOWN = 200


def view_of(sandbox: Sandbox) -> Json:
    """Everything on the page but the timeline. Call with the sandbox's lock held."""
    now, following = sandbox.clock.now(), sandbox.next_timer
    return {
        "clock": {
            "now": now.isoformat(),
            "mode": sandbox.clock.mode,
            "zone": ZONE,
            "next": following.isoformat() if following is not None and following > now else None,
        },
        "boards": [_board(sandbox, board) for board in sandbox.trello.store.boards.values() if not board.closed],
        "telegram": _telegram(sandbox),
        "planfix": _planfix(sandbox),
        "forms": _forms(sandbox),
    }


def trello_kind(sandbox: Sandbox, member_id: str) -> str:
    """Whether that member is the bridge, which works by a token, or somebody of the staff."""
    robots = {token.member.id for token in sandbox.trello.store.tokens.values()}
    return BRIDGE if member_id in robots else STAFF


def planfix_person(sandbox: Sandbox, person_id: str) -> Json:
    """Name and kind of `user:5` or `contact:7`."""
    robots = {token.employee.person_id for token in sandbox.planfix.store.tokens.values()}
    kind = CLIENT if person_id.startswith("contact:") else BRIDGE if person_id in robots else STAFF
    return {"name": sandbox.planfix.store.person_name(person_id) or person_id, "kind": kind}


def telegram_kind(sandbox: Sandbox, user_id: int) -> str:
    """Whether that person is the bot, of the staff (a member of some group), or a client."""
    chats = sandbox.telegram.chats
    if user_id == chats.bot.id:
        return BRIDGE
    in_groups = {member for chat in chats.chats.values() if chat.kind != "private" for member in chat.members}
    return STAFF if user_id in in_groups else CLIENT


def planfix_value(sandbox: Sandbox, value: Any) -> Any:
    """A field's value as a page shows it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(str(planfix_value(sandbox, one)) for one in value)
    return value


def _board(sandbox: Sandbox, board: Board) -> Json:
    lists = sorted((one for one in board.lists.values() if not one.closed), key=lambda one: one.pos)
    return {
        "id": board.id,
        "name": board.name,
        "labels": [{"id": one.id, "name": one.name, "color": one.color} for one in board.labels.values()],
        "members": [
            {"username": member.username, "name": member.full_name, "kind": trello_kind(sandbox, member.id)}
            for member in (sandbox.trello.store.members[identifier] for identifier in board.member_ids)
        ],
        "fields": [
            {
                "id": one.id,
                "name": one.name,
                "type": one.type,
                "choices": [option.text for option in sorted(one.options.values(), key=lambda option: option.pos)],
            }
            for one in sorted(board.custom_fields.values(), key=lambda one: one.pos)
        ],
        "lists": [
            {
                "id": one.id,
                "name": one.name,
                "cards": [
                    _card(sandbox, board, card)
                    for card in sorted(board.cards.values(), key=lambda card: card.pos)
                    if card.list_id == one.id and not card.closed
                ],
            }
            for one in lists
        ],
    }


def _card(sandbox: Sandbox, board: Board, card: Card) -> Json:
    members = [sandbox.trello.store.members[identifier] for identifier in card.member_ids]
    return {
        "id": card.id,
        "name": card.name,
        "desc": card.desc,
        "pos": card.pos,
        "link": card.short_link,
        "due": card.due.isoformat() if card.due else None,
        "done": card.due_complete,
        "labels": list(card.label_ids),
        "members": [{"name": member.full_name, "initials": member.initials} for member in members],
        "fields": {field_id: _field_text(board, card, field_id) for field_id in card.fields},
        "checklists": [
            {
                "id": checklist.id,
                "name": checklist.name,
                "items": [
                    {"id": item.id, "name": item.name, "done": item.complete}
                    for item in sorted(checklist.items.values(), key=lambda item: item.pos)
                ],
            }
            for checklist in sorted(card.checklists.values(), key=lambda one: one.pos)
        ],
        "attachments": [
            {
                "id": one.id,
                "name": one.name,
                "size": None if one.content is None else len(one.content),
                "href": one.url if one.content is None else f"/sandbox/files/trello/{one.id}",
            }
            for one in card.attachments.values()
        ],
        "comments": [
            {
                "id": action.id,
                "who": action.actor.member.full_name,
                "kind": trello_kind(sandbox, action.actor.member.id),
                "at": action.date.isoformat(),
                "text": action.data.get("text", ""),
            }
            for action in board.actions
            if action.type == "commentCard" and action.card_id == card.id
        ],
    }


def _field_text(board: Board, card: Card, field_id: str) -> str:
    item = card.fields[field_id]
    if item.option_id is not None:
        return board.custom_fields[field_id].options[item.option_id].text
    return next(iter((item.value or {}).values()), "")


def _telegram(sandbox: Sandbox) -> Json:
    chats = sandbox.telegram.chats
    return {
        "bot": {"id": chats.bot.id, "name": chats.bot.first_name, "username": chats.bot.username},
        "chats": [_chat(sandbox, chat) for chat in chats.chats.values() if chat.migrated_to is None],
        "answers": {
            query.id: query.answer.get("text") or "" for query in chats.queries.values() if query.answer is not None
        },
    }


def _chat(sandbox: Sandbox, chat: Chat) -> Json:
    users = sandbox.telegram.chats.users
    people = [users[one] for one in chat.members if one in users] if chat.kind != "private" else []
    return {
        "id": chat.id,
        "title": chat.title or (chat.user.first_name if chat.user else ""),
        "role": "group" if chat.kind != "private" else telegram_kind(sandbox, chat.id),
        "bot": chat.bot_status,
        "people": [{"id": person.id, "name": person.first_name} for person in people],
        "messages": [_message(sandbox, one) for one in list(chat.messages.values())[-MESSAGES_SHOWN:]],
    }


def _message(sandbox: Sandbox, message: Message) -> Json:
    document = message.extra.get("document")
    contact = message.extra.get("contact")
    return {
        "id": message.id,
        "who": message.sender.first_name,
        "sender": message.sender.id,
        "kind": telegram_kind(sandbox, message.sender.id),
        "at": message.sent_at.isoformat(),
        "edited": message.edited_at is not None,
        "text": message.body.text,
        "entities": message.body.entities,
        "buttons": [
            [{"text": one["text"], "data": one.get("callback_data"), "url": one.get("url")} for one in row]
            for row in (message.markup or {}).get("inline_keyboard", [])
        ],
        "reply": message.reply_to.body.text if message.reply_to is not None else None,
        "file": document and {"name": document["file_name"], "href": f"/sandbox/files/telegram/{document['file_id']}"},
        "phone": contact and contact["phone_number"],
    }


def _planfix(sandbox: Sandbox) -> Json:
    store = sandbox.planfix.store
    return {
        "employees": [
            {"id": one.id, "name": one.full_name, "position": one.position}
            for one in store.employees.values()
            if planfix_person(sandbox, one.person_id)["kind"] == STAFF
        ],
        "contacts": [
            {
                "id": one.id,
                "name": contact_name(one),
                "phones": [phone["number"] for phone in one.phones],
                "fields": _fields(sandbox, one),
            }
            for one in store.things["contact"].values()
        ],
        "tasks": [_task(sandbox, one) for one in store.things["task"].values() if not one.plain["isDeleted"]],
        "buttons": sorted(sandbox.planfix.scenarios.scenarios),
    }


def _task(sandbox: Sandbox, task: Thing) -> Json:
    store = sandbox.planfix.store
    template = store.templates.get(task.refs.get("template") or 0)
    process = store.processes.get(task.process_id or 0)
    status = store.statuses.get(task.status_id or 0)
    due = task.dates.get("endDateTime")
    contact = (task.person.get("counterparty") or "").partition(":")
    return {
        "id": task.id,
        "name": task.plain["name"],
        "template": template.name if template else "",
        "contact": int(contact[2]) if contact[0] == "contact" else None,
        "status": status.name if status else "",
        "statuses": [store.statuses[one].name for one in process.status_ids] if process else [],
        "assignees": [store.person_name(one) or one for one in task.people.get("assignees", [])],
        "due": due.isoformat() if due else None,
        "fields": _fields(sandbox, task),
        "comments": [
            {"id": one.id, **planfix_person(sandbox, one.owner), "at": one.date.isoformat(), "text": one.text}
            for one in store.comments_of(task)
        ],
        "files": [
            {"id": one, "name": store.files[one].name, "href": f"/sandbox/files/planfix/{one}"}
            for one in task.file_ids
            if one in store.files
        ],
    }


def _fields(sandbox: Sandbox, thing: Thing) -> list[Json]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "type": KINDS.get(one.type, "text"),
            "choices": list(one.choices),
            "value": planfix_value(sandbox, thing.values.get(one.id)),
        }
        for one in sandbox.planfix.store.custom_fields.values()
        if one.kind == thing.kind
    ]


def _forms(sandbox: Sandbox) -> list[Json]:
    return [
        {
            "id": form.id,
            "title": form.title,
            "href": form.address(""),
            "open": form.open and form.published,
            "responses": len(form.responses),
        }
        for form in sandbox.google.forms.values()
    ]
