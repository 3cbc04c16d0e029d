"""A twin of Telegram: chats."""

from __future__ import annotations

from datetime import datetime

from bridge.model.decisions import Capability, EditMessage, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain
from connectors.telegram.texts import LIMIT, length, parts
from tests.simulation.twins.twin import Twin
from tests.simulation.world import STAFF, STAFF_CHAT, Said, Update, update_ref

_BATCH = 4


class TelegramTwin(Twin):
    """Chats. What was sent cannot be read back, and asking with a position confirms everything before it for ever."""

    name = "telegram"
    capabilities = frozenset({Capability.CHAT})
    sources = frozenset({"telegram.chat"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        self.world.confirm(int(cursor or 0))
        waiting = [update for update in self.world.updates if update.number >= self.world.confirmed]
        batch = waiting[:_BATCH]
        more = len(waiting) > _BATCH
        following = str(batch[-1].number + 1) if batch else cursor or "0"
        touched = {update.chat: update for update in batch if update.kind != "chat.migrated"}
        return Page(
            cursor=Cursor(following),
            records=[self._chat(update, at) for update in touched.values()],
            happenings=[_happened(update) for update in batch],
            seen_up_to={} if more else {"telegram.chat": at},
            more=more,
        )

    def acknowledge(self, press: Happening, text: str = "") -> bool:
        return True

    def _chat(self, update: Update, at: datetime) -> Record:
        state = "blocked" if update.kind == "chat.blocked" else "open"
        return Record(_chat_ref(update.chat), {"title": "", "type": "private", "state": state, "username": ""}, at)

    def parts(self, message: SendMessage) -> tuple[str, ...]:
        return (message.text,) if len(message.text) < LIMIT // 2 else parts(message.text)

    def apply(self, delivery: Delivery) -> Receipt:
        decision = delivery.decision
        if isinstance(decision, EditMessage):
            return self._edit(delivery, decision)
        if not isinstance(decision, SendMessage):
            raise ConnectorError(self.name, f"cannot do {decision.kind}", retry=Retry.PERMANENT)
        number = self._reached(self._number(delivery, decision))
        if len(decision.text) > LIMIT // 2 and length(decision.text) > LIMIT:
            raise ConnectorError(self.name, "message is too long", retry=Retry.PERMANENT, code="400")
        said = self._renewed(number, delivery, decision) or self.world.say(number, delivery, decision)
        details: dict[str, Plain] = {"message_id": said.number, "chat": number}
        return Receipt(self.now, Ref("telegram", "bot", "message", f"{number}:{said.number}"), details=details)

    def _renewed(self, number: str, delivery: Delivery, decision: SendMessage) -> Said | None:
        """The earlier message of ours that says this from now on; None where there is none in that chat."""
        chat, _, message = decision.instead_of.partition(":")
        said = self.world.message(chat, int(message)) if chat == number else None
        if said is not None:
            said.shows = decision.text
            self.world.did(delivery, f"message {said.number}")
        return said

    def _reached(self, number: str) -> str:
        """The chat, unless the bot is blocked there or its group is another one by now."""
        chat = self.world.chats.get(number)
        if chat is not None and chat.moved_to:
            raise ConnectorError(self.name, "moved", retry=Retry.PASSING, code="migrated", moved_to=chat.moved_to)
        if chat is not None and chat.blocked:
            raise ConnectorError(self.name, "blocked", retry=Retry.PERMANENT, code="blocked")
        return number

    def _edit(self, delivery: Delivery, wanted: EditMessage) -> Receipt:
        """A message of ours shows other words and no buttons. In a supergroup none of before is found."""
        chat = self.world.chats.get(wanted.chat)
        where = chat.moved_to if chat is not None and chat.moved_to else wanted.chat
        said = self.world.message(self._reached(where), wanted.message)
        if said is None:
            raise ConnectorError(self.name, "message to edit not found", retry=Retry.PERMANENT, code="400")
        already = not said.buttons and said.shows == (wanted.text or said.shows)
        if not already:
            said.shows, said.buttons = wanted.text or said.shows, ()
            self.world.did(delivery, f"message {said.number}")
        return Receipt(self.now, Ref("telegram", "bot", "message", f"{where}:{wanted.message}"), already=already)

    def find(self, delivery: Delivery) -> Receipt | None:
        raise CannotTell(self.name, "a bot cannot read what it sent")

    def _number(self, delivery: Delivery, decision: SendMessage) -> str:
        if decision.to_client:
            return delivery.target.id if delivery.target else ""
        if decision.to == "staff-chat":
            return STAFF_CHAT
        return STAFF[decision.to.removeprefix("person:")]


def _chat_ref(chat: str) -> Ref:
    return Ref("telegram", "bot", "chat", chat)


def _happened(update: Update) -> Happening:
    return Happening(
        update_ref(update), update.kind, update.at, _chat_ref(update.chat), update.actor, dict(update.data)
    )
