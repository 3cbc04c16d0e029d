"""What the bridge says around those who come to a client's chats: to themselves, and to the staff who know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bridge.engine.arriving import BUTTONS, answered, is_waiting
from bridge.engine.context import Context
from bridge.engine.inviting import good_code
from bridge.engine.wishes import propose_language
from bridge.model.correspondents import Role, written_to
from bridge.model.decisions import SendMessage
from bridge.model.events import Event, trace_id
from bridge.model.records import Ref
from bridge.store.intake import Intake

COMINGS = frozenset(
    {"bound", "joined", "chat.stopped", "chat.resumed", "language.asked", "language.chosen", "help.asked"}
)
"""What somebody at a client does in their chat that the bridge answers by itself, beside /start."""


class Voice(Protocol):
    """How something is said: to a member of staff, once for each key, and into the chat of an event."""

    def staff(self, template: str, key: str, to: str, subject: str, names: Mapping[str, Any]) -> None:
        """A message to `to` about a subject."""
        ...

    def visitor(self, template: str, event: Event, key: str = "") -> None:
        """An answer into the chat that wrote, whoever it is; once for each key."""
        ...

    def answer(self, template: str, event: Event, names: Mapping[str, Any] | None = None) -> None:
        """An answer into a chat that is the client's."""
        ...

    def access_link(self, subject: str) -> str:
        """Where a client hands accesses over; "" while there is nothing to hand over."""
        ...

    def manager(self, subject: str) -> str:
        """Who answers for a client."""
        ...

    def language_of(self, subject: str) -> str:
        """The client's own language; "" while nobody knows it."""
        ...


class Greeter:
    """Answers those who come, inside the transaction that takes them in."""

    def __init__(self, intake: Intake, context: Context, voice: Voice) -> None:
        self._intake = intake
        self._context = context
        self._voice = voice

    def came(self, event: Event) -> None:
        """Somebody opened a link, or became one of a client's."""
        match event.kind:
            case "start.again":
                self._voice.answer("client.already_bound", event)
            case "start.unknown" if not event.data.get("payload"):
                self._stranger(event)
            case "start.unknown" | "start.refused":
                self._voice.visitor("client.unknown_link", event)
            case "start.expired":
                self._manager("system.start_expired", event, {"message.link": self._new_link(event.subject)})
                self._voice.visitor("client.expired_link", event)
            case "start.taken":
                self._manager("system.start_taken", event, {})
                self._voice.visitor("client.unknown_link", event)
            case "start.visit":
                asks = "system.start_visit" in self._context.ruleset.texts  # a pack of before has no such text
                names = {"message.chat": str(event.data.get("chat", ""))}
                self._manager("system.start_visit" if asks else "system.start_taken", event, names)
                self._voice.visitor("client.link_waits", event)
            case "bound":
                propose_language(self._intake, event, self._voice.language_of(event.subject))
            case "joined":
                propose_language(self._intake, event, self._voice.language_of(event.subject))
                self._voice.answer("client.joined", event)
            case "chat.stopped":
                self._manager("system.chat_stopped", event, {"message.next": heir(self._intake, event.subject)})
                self._voice.answer("client.stopped", event)
            case "chat.resumed":
                self._manager("system.chat_resumed", event, {})
                self._voice.answer("client.resumed", event)
            case "help.asked":
                self._voice.answer("client.help", event)
            case "language.asked":
                self._voice.answer("client.language_ask", event)
            case "language.chosen":
                self._voice.answer("client.language_chosen", event)
            case _:
                return

    def is_back(self, event: Event) -> bool:
        """Whether the bot had been shut out of the chat that is open: who opens it for the first time is no news."""
        return bool(self._intake.events_about(_chat_of(event), "chat.blocked"))

    def wrote(self, event: Event) -> None:
        """A password is asked to be deleted. Of whom nobody has said yet who they are, staff read the words at once."""
        if event.subject:
            if event.data.get("password"):
                link = self._voice.access_link(event.subject)
                self._voice.answer("client.password_seen", event, {"message.link": link})
            return
        client = is_waiting(self._intake, _chat_of(event))
        if client:
            names = {
                "message.by": event.actor.name or event.actor.id,
                "message.text": event.data.get("text") or self._content(event),
            }
            self._voice.staff("system.visitor_wrote", event.id, self._voice.manager(client), client, names)
        if event.data.get("password"):
            self._voice.visitor("client.password_of_visitor", event)
        elif not client and event.data.get("chat_type") == "private":  # in a group people may talk to each other
            self._stranger(event)

    def _stranger(self, event: Event) -> None:
        """Of whoever writes to the bot and is nobody's: no person reads it, and once a day they learn of it."""
        self._voice.visitor("client.stranger", event, f"{event.data.get('chat')}:{event.at:%Y-%m-%d}")

    def _content(self, event: Event) -> str:
        """What a message without words holds, as people call it."""
        content, ruleset = str(event.data.get("content", "")), self._context.ruleset
        spec = ruleset.fields.get("event.content")
        return f"[{spec.called(content, ruleset.defaults.language) if spec is not None else content}]"

    def answered(self, notice: SendMessage, button: str, by: str) -> bool:
        """Whether a person's word on a visitor is the first one."""
        chat = Ref("telegram", "bot", "chat", str(notice.values.get("message.chat", "")))
        client = is_waiting(self._intake, chat)
        born = answered(self._intake, chat, client, BUTTONS[button], by) if client else None
        if born is not None and self._intake.add_event(born, str(chat), wakes=born.kind == "joined"):
            self.came(born)
        return born is not None

    def _manager(self, template: str, event: Event, names: Mapping[str, Any]) -> None:
        """Whoever answers for the client hears of it; of the same person by the same link once."""
        who = {"message.by": event.data.get("who", ""), "message.text": ""}
        key = f"{trace_id(str(event.data.get('payload', '')))}:{event.data.get('chat')}"
        key = key if event.kind.startswith("start.") else event.id
        self._voice.staff(template, key, self._voice.manager(event.subject), event.subject, {**who, **names})

    def _new_link(self, client: str) -> str:
        return self._context.chat_link(good_code(self._intake, client, self._context))


def heir(intake: Intake, subject: str) -> str:
    """Who at a client reads what the bridge says from now on, by name; "" for nobody."""
    found = written_to(Role.READS, intake.correspondents(intake.client_of(subject)))
    return found.name if found is not None else ""


def _chat_of(event: Event) -> Ref:
    return Ref("telegram", "bot", "chat", str(event.data.get("chat", "")))
