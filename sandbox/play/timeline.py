"""What happened in the four services, in one list: time, who, where, what."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.planfix.model import Thing
from sandbox.planfix.store import contact_name
from sandbox.play.view import CLIENT, planfix_person, planfix_value, telegram_kind, trello_kind
from sandbox.trello.model import Action, Board

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]
KEPT = 300
TEXT_SHOWN = 160


class Timeline:
    """Gathers what is new each time it is asked, and keeps the newest `KEPT` events.

    Trello tells by itself; the other services are compared with what was there the last time, so what happened
    between two questions stands in the order of its time.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._events: deque[Json] = deque(maxlen=KEPT)
        self._count = 0
        self._heard: list[Json] = []
        self._last_message = 0
        self._logged = 0
        self._comments: set[int] = set()
        self._pictures: dict[tuple[str, int], dict[str, Any]] = {}
        self._responses: dict[str, datetime] = {}
        with sandbox.lock:
            sandbox.trello.store.listeners.append(self._hear)

    def events(self) -> list[Json]:
        """The newest events, oldest first. Call with the sandbox's lock held."""
        new = [*self._heard, *self._form_news(), *self._planfix_news(), *self._messages()]
        self._heard = []
        for event in sorted(new, key=lambda event: event["at"]):
            self._count += 1
            self._events.append({"n": self._count, **event})
        return list(self._events)

    def _hear(self, action: Action, board: Board, models: frozenset[str]) -> None:
        told = _trello_words(action)
        if told is None:
            return
        member = action.actor.member
        who = {"name": member.full_name, "kind": trello_kind(self._sandbox, member.id)}
        self._heard.append(_event(action.date, who, "trello", *told))

    def _messages(self) -> list[Json]:
        chats = self._sandbox.telegram.chats
        found = [one for chat in chats.chats.values() for one in chat.messages.values() if one.id > self._last_message]
        self._last_message = max([self._last_message, *(one.id for one in found)])
        events = []
        for message in sorted(found, key=lambda one: one.id):
            who = {"name": message.sender.first_name, "kind": telegram_kind(self._sandbox, message.sender.id)}
            document = message.extra.get("document", {})
            text = message.body.text or document.get("file_name", "")
            title = message.chat.title or (message.chat.user.first_name if message.chat.user else "")
            verb = "message.file" if document else "message.sent"
            events.append(_event(message.sent_at, who, "telegram", verb, {"chat": title, "text": _short(text)}))
        return events

    def _planfix_news(self) -> list[Json]:
        """New things, changed fields and new comments. A silent update has no author in the log."""
        store = self._sandbox.planfix.store
        authors = {(entry["what"].partition(".")[0], entry["id"]): entry for entry in store.log[self._logged :]}
        self._logged = len(store.log)
        events = []
        for things in store.things.values():
            for thing in things.values():
                entry = authors.get((thing.kind, thing.id))
                who = planfix_person(self._sandbox, entry["by"]) if entry else {"name": "", "kind": "unknown"}
                at = entry["at"] if entry else thing.updated
                events += [_event(at, who, "planfix", verb, args) for verb, args in self._changes(thing)]
        for comment in store.comments.values():
            if comment.id not in self._comments:
                self._comments.add(comment.id)
                args = {"name": _name(comment.about), "text": _short(comment.text)}
                owner = planfix_person(self._sandbox, comment.owner)
                events.append(_event(comment.date, owner, "planfix", "task.commented", args))
        return events

    def _changes(self, thing: Thing) -> list[tuple[str, Json]]:
        picture = self._picture(thing)
        before = self._pictures.get((thing.kind, thing.id))
        self._pictures[thing.kind, thing.id] = picture
        if before is None:
            return [(f"{thing.kind}.created", {"name": _name(thing)})]
        return [
            (f"{thing.kind}.field", {"name": _name(thing), "field": field, "value": picture.get(field)})
            for field in {**before, **picture}
            if before.get(field) != picture.get(field)
        ]

    def _picture(self, thing: Thing) -> dict[str, Any]:
        store = self._sandbox.planfix.store
        picture = {
            store.custom_fields[field_id].name: planfix_value(self._sandbox, value)
            for field_id, value in thing.values.items()
            if field_id in store.custom_fields
        }
        status = store.statuses.get(thing.status_id or 0)
        return {**picture, "status": status.name} if status else picture

    def _form_news(self) -> list[Json]:
        events = []
        for form in self._sandbox.google.forms.values():
            for response in form.responses:
                before = self._responses.get(response.id)
                if before == response.submitted_at:
                    continue
                self._responses[response.id] = response.submitted_at
                verb = "form.answered" if before is None else "form.changed"
                who = {"name": "", "kind": CLIENT}
                events.append(_event(response.submitted_at, who, "form", verb, {"form": form.title}))
        return events


def _event(at: datetime, who: Json, where: str, verb: str, args: Json) -> Json:
    return {"at": at.isoformat(), "who": who, "where": where, "verb": verb, "args": args}


def _trello_words(action: Action) -> tuple[str, Json] | None:
    """What an action of Trello means to people; None for what changes nothing they see."""
    data = action.data
    card = data.get("card", {}).get("name", "")
    match action.type:
        case "createCard" | "copyCard":
            return "card.created", {"card": card, "list": data.get("list", {}).get("name", "")}
        case "updateCard":
            return _card_change(card, data)
        case "commentCard":
            return "card.commented", {"card": card, "text": _short(data.get("text", ""))}
        case "addLabelToCard" | "removeLabelFromCard":
            verb = "card.labelled" if action.type.startswith("add") else "card.unlabelled"
            return verb, {"card": card, "label": data.get("label", {}).get("name", "") or data.get("text", "")}
        case "addAttachmentToCard":
            return "card.attached", {"card": card, "file": data["attachment"]["name"]}
        case "updateCustomFieldItem":
            return "card.field", {"card": card, "field": data.get("customField", {}).get("name", "")}
        case "addChecklistToCard":
            return "card.checklist", {"card": card, "list": data.get("checklist", {}).get("name", "")}
        case "updateCheckItemStateOnCard":
            done = data["checkItem"].get("state") == "complete"
            return "card.ticked" if done else "card.unticked", {"card": card, "item": data["checkItem"]["name"]}
        case "addMemberToCard":
            return "card.member", {"card": card, "member": data.get("member", {}).get("name", "")}
        case "deleteCard":
            return "card.deleted", {"card": card}
        case _:
            return None


def _card_change(card: str, data: Json) -> tuple[str, Json] | None:
    if "listAfter" in data:
        return "card.moved", {"card": card, "from": data["listBefore"]["name"], "to": data["listAfter"]["name"]}
    old = data.get("old", {})
    if "closed" in old:
        return "card.restored" if old["closed"] else "card.archived", {"card": card}
    if set(old) <= {"pos"}:
        return None
    return "card.changed", {"card": card}


def _name(thing: Thing) -> str:
    return contact_name(thing) if thing.kind == "contact" else str(thing.plain["name"])


def _short(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1].rstrip() + "…"
