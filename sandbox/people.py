"""What people do in the four services, for tests and the play page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class TelegramPeople:
    """Acts in Telegram. `chat` is the person's own id for a private chat, else the group's."""

    _sandbox: Sandbox

    def client_types(self, chat: int, text: str) -> int:
        """The client writes to the bot; gives the message's id."""
        return self._sandbox.telegram.chats.person_sends(chat, text).id

    def client_edits(self, chat: int, message_id: int, text: str) -> int:
        """The client changes a message of their own."""
        return self._sandbox.telegram.chats.person_edits(chat, message_id, text).id

    def client_presses(self, chat: int, message_id: int, button: str) -> str:
        """The client presses the button with that text or data; gives the query's id, or the link's address."""
        return self._sandbox.telegram.chats.person_presses(chat, message_id, button)

    def client_opens_link(self, chat: int, link: str) -> int:
        """The client follows a t.me link to the bot and presses START; gives the message's id."""
        address = urlsplit(link)
        bot = self._sandbox.telegram.chats.bot.username
        if address.hostname != "t.me" or address.path.strip("/").lower() != bot.lower():
            raise ValueError(f"not a link to https://t.me/{bot}: {link}")
        payload = parse_qs(address.query).get("start", [""])[0]
        return self.client_types(chat, f"/start {payload}".strip())

    def client_sends_file(self, chat: int, name: str, text: str, caption: str = "") -> int:
        """The client sends a small text document; gives the message's id."""
        chats = self._sandbox.telegram.chats
        stored = chats.store_file(name, "text/plain", text.encode())
        return chats.person_sends(chat, caption, document=stored.as_document()).id

    def client_shares_contact(self, chat: int, phone: str) -> int:
        """The client presses «share my number»; gives the message's id."""
        chats = self._sandbox.telegram.chats
        user = chats.users[chat]
        contact = {"phone_number": phone, "first_name": user.first_name, "user_id": user.id}
        return chats.person_sends(chat, contact=contact).id

    def staff_types(self, user: int, text: str, chat: int | None = None, reply_to: int | None = None) -> int:
        """Somebody of the staff writes to the bot, or in a group; gives the message's id."""
        return self._sandbox.telegram.chats.person_sends(user, text, chat, reply_to).id

    def staff_presses(self, user: int, message_id: int, button: str, chat: int | None = None) -> str:
        """Somebody of the staff presses a button, in their private chat or in a group."""
        return self._sandbox.telegram.chats.person_presses(user, message_id, button, chat)

    def block_bot(self, chat: int) -> None:
        """The person stops the bot."""
        self._sandbox.telegram.chats.person_blocks(chat)

    def unblock_bot(self, chat: int) -> None:
        """The person lets the bot in again."""
        self._sandbox.telegram.chats.person_unblocks(chat)

    def remove_bot_from_group(self, chat: int, user: int) -> None:
        """Somebody throws the bot out of the group."""
        self._sandbox.telegram.chats.bot_is_removed(chat, user)

    def add_bot_to_group(self, chat: int, user: int) -> None:
        """Somebody takes the bot into the group."""
        self._sandbox.telegram.chats.bot_is_added(chat, user)

    def migrate_group(self, chat: int, user: int) -> int:
        """The group becomes a supergroup; gives its new id."""
        return self._sandbox.telegram.chats.migrate(chat, user)


class People(TelegramPeople):
    """Acts of clients and staff. Every public method can be called over HTTP as `POST /sandbox/act`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def act(self, name: str, **arguments: Any) -> Any:
        """Do the act of that name. Raises LookupError when there is none, TypeError for wrong arguments."""
        if name.startswith("_") or name == "act" or not hasattr(type(self), name):
            raise LookupError(f"people do not know how to {name!r}")
        with self._sandbox.lock:
            return getattr(self, name)(**arguments)
