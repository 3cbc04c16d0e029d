"""Users, chats and messages of the Telegram stand-in: what is there and what people do, without HTTP."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.clock import SandboxClock
from sandbox.telegram.errors import bad_request, forbidden
from sandbox.telegram.formatting import Formatted, plain
from sandbox.telegram.updates import UpdateQueue, WebhookSender

QUERY_LIVES = timedelta(minutes=15)
"""How long a button press can be answered; Telegram gives no figure."""
DELETABLE_FOR = timedelta(hours=48)

ChatKind = Literal["private", "group", "supergroup"]


@dataclass
class User:
    """A person with a Telegram account."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = ""
    is_bot: bool = False

    def as_json(self) -> dict[str, Any]:
        """The User object."""
        shown: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shown["username"] = self.username
        if self.language_code:
            shown["language_code"] = self.language_code
        return shown


@dataclass
class Message:
    """One message; `extra` holds document, contact, caption and service members as the Bot API shows them."""

    id: int
    chat: Chat
    sender: User
    sent_at: datetime
    body: Formatted = field(default_factory=lambda: Formatted(""))
    edited_at: datetime | None = None
    markup: dict[str, Any] | None = None
    reply_to: Message | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self, with_reply: bool = True) -> dict[str, Any]:
        """The Message object."""
        shown: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender.as_json(),
            "chat": self.chat.as_json(),
            "date": int(self.sent_at.timestamp()),
        }
        if self.edited_at is not None:
            shown["edit_date"] = int(self.edited_at.timestamp())
        if self.reply_to is not None and with_reply:
            shown["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        caption = "document" in self.extra or "photo" in self.extra
        if self.body.text:
            shown["caption" if caption else "text"] = self.body.text
        if self.body.entities:
            shown["caption_entities" if caption else "entities"] = self.body.entities
        if self.markup is not None and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        return {**shown, **self.extra}


@dataclass
class Chat:
    """A private chat, a group or a supergroup, with its messages by id."""

    id: int
    kind: ChatKind
    title: str = ""
    username: str = ""
    user: User | None = None
    members: dict[int, str] = field(default_factory=dict)
    """Status by user id: creator, administrator, member, left, kicked."""
    messages: dict[int, Message] = field(default_factory=dict)
    bot_status: Literal["member", "kicked", "left", "none"] = "none"
    """For a private chat: `none` before /start, `kicked` when the user blocked the bot."""
    migrated_to: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The Chat object."""
        shown: dict[str, Any] = {"id": self.id, "type": self.kind}
        if self.user is not None:
            shown["first_name"] = self.user.first_name
        if self.title:
            shown["title"] = self.title
        if self.username or (self.user is not None and self.user.username):
            shown["username"] = self.username or (self.user.username if self.user else "")
        return shown


@dataclass
class StoredFile:
    """A file that Telegram keeps; `path` is what getFile gives."""

    id: str
    unique_id: str
    name: str
    content_type: str
    content: bytes
    path: str

    def as_document(self) -> dict[str, Any]:
        """The Document object."""
        return {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_name": self.name,
            "mime_type": self.content_type,
            "file_size": len(self.content),
        }


@dataclass
class Query:
    """A pressed button that waits for its answer."""

    id: str
    at: datetime
    answer: dict[str, Any] | None = None


class Chats:
    """All that the bot's Telegram holds. Its methods take the shared lock themselves."""

    def __init__(self, clock: SandboxClock, lock: threading.RLock, bot: User) -> None:
        self.clock = clock
        self.lock = lock
        self.bot = bot
        self.updates = UpdateQueue(clock, lock)
        self.sender = WebhookSender(self.updates)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        """By whom they are for, and in which language."""
        self._next_message = 0
        self._next_query = 4_382_000_000_000_000_000

    # What stands there -------------------------------------------------------------------------------------------

    def add_user(self, user: User, started: bool = False) -> Chat:
        """A person whom the bot may meet; `started` when they have already pressed START."""
        with self.lock:
            self.users[user.id] = user
            chat = Chat(user.id, "private", user=user, bot_status="member" if started else "none")
            self.chats[user.id] = chat
            return chat

    def add_group(self, chat: Chat, members: dict[int, str]) -> Chat:
        """A group in which the bot is a member; `members` gives the status of each person."""
        with self.lock:
            chat.members = {**members, self.bot.id: "member"}
            chat.bot_status = "member"
            self.chats[chat.id] = chat
            return chat

    def find(self, chat_id: str) -> Chat:
        """The chat by id or by @username. Raises the Bot API's 400 when there is none."""
        with self.lock:
            if chat_id.startswith("@"):
                for chat in self.chats.values():
                    if chat.username and chat.username.lower() == chat_id[1:].lower():
                        return chat
            elif chat_id.lstrip("-").isdigit() and int(chat_id) in self.chats:
                return self.chats[int(chat_id)]
        raise bad_request("chat_id is empty" if not chat_id else "chat not found")

    def writable(self, chat_id: str) -> Chat:
        """The chat, when the bot may write there; else the Bot API's 400 or 403."""
        chat = self.find(chat_id)
        if chat.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.kind == "private":
            if chat.bot_status == "kicked":
                raise forbidden("bot was blocked by the user")
            if chat.bot_status == "none":
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        elif chat.bot_status != "member":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def message(self, chat: Chat, message_id: int, missing: str) -> Message:
        """The message. Raises the Bot API's 400 `missing` when it is not there."""
        try:
            return chat.messages[message_id]
        except KeyError:
            raise bad_request(missing) from None

    # What the bot does -------------------------------------------------------------------------------------------

    def post(self, chat: Chat, sender: User, body: Formatted, **members: Any) -> Message:
        """A new message in the chat. Supergroups count their messages themselves, all other chats together."""
        with self.lock:
            if chat.kind == "supergroup":
                number = max(chat.messages, default=0) + 1
            else:
                self._next_message += 1
                number = self._next_message
            message = Message(number, chat, sender, self.clock.now(), body, **members)
            chat.messages[number] = message
            return message

    def store_file(self, name: str, content_type: str, content: bytes) -> StoredFile:
        """Keep a file; equal contents have an equal unique id, every sending its own id."""
        with self.lock:
            number = len(self.files)
            unique = hashlib.sha256(content).hexdigest()[:15]
            suffix = name.rpartition(".")[2] if "." in name else "bin"
            path = f"documents/file_{number}.{suffix}"
            stored = StoredFile(f"BQACAgIAAxk{number:06d}{unique}", f"AgAD{unique}", name, content_type, content, path)
            self.files[stored.id] = stored
            return stored

    # What people do ----------------------------------------------------------------------------------------------

    def person_sends(
        self, user_id: int, text: str = "", chat_id: int | None = None, reply_to: int | None = None, **extra: Any
    ) -> Message:
        """A person writes in their private chat with the bot, or in a group. Writing first is a START."""
        with self.lock:
            user, chat = self._person(user_id), self._present(user_id, chat_id)
            if chat.kind == "private" and chat.bot_status != "member":
                self._set_bot_status(chat, user, "member")
            message = self.post(chat, user, plain(text), extra=extra)
            if reply_to is not None:
                message.reply_to = chat.messages[reply_to]
            if chat.bot_status == "member":
                self.announce("message", message.as_json())
            return message

    def person_edits(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> Message:
        """A person changes a message of their own."""
        with self.lock:
            message = self._present(user_id, chat_id).messages[message_id]
            if message.sender.id != user_id:
                raise ValueError("people can edit their own messages only")
            message.body, message.edited_at = plain(text), self.clock.now()
            self.announce("edited_message", message.as_json())
            return message

    def person_presses(self, user_id: int, message_id: int, button: str, chat_id: int | None = None) -> str:
        """A person presses the button with that text or data; gives the query's id, or the address of a link."""
        with self.lock:
            user, chat = self._person(user_id), self._present(user_id, chat_id)
            message = chat.messages[message_id]
            rows = (message.markup or {}).get("inline_keyboard", [])
            fitting = [b for row in rows for b in row if button in (b["text"], b.get("callback_data"))]
            if not fitting:
                raise ValueError(f"message {message_id} has no button {button!r}")
            if "callback_data" not in fitting[0]:
                return str(fitting[0].get("url", ""))
            self._next_query += 1
            query = Query(str(self._next_query), self.clock.now())
            self.queries[query.id] = query
            self.announce(
                "callback_query",
                {
                    "id": query.id,
                    "from": user.as_json(),
                    "message": message.as_json(),
                    "chat_instance": str(-(chat.id * 7919) % 10**18),
                    "data": fitting[0]["callback_data"],
                },
            )
            return query.id

    def person_blocks(self, user_id: int) -> None:
        """A person stops the bot: it hears of it once, and cannot write any more."""
        with self.lock:
            self._set_bot_status(self.chats[user_id], self._person(user_id), "kicked")

    def person_unblocks(self, user_id: int) -> None:
        """A person lets the bot in again."""
        with self.lock:
            self._set_bot_status(self.chats[user_id], self._person(user_id), "member")

    def bot_is_removed(self, chat_id: int, by_user: int) -> None:
        """Somebody throws the bot out of a group."""
        with self.lock:
            self._set_bot_status(self.chats[chat_id], self._person(by_user), "kicked")

    def bot_is_added(self, chat_id: int, by_user: int) -> None:
        """Somebody takes the bot into a group."""
        with self.lock:
            self._set_bot_status(self.chats[chat_id], self._person(by_user), "member")

    def migrate(self, chat_id: int, by_user: int) -> int:
        """A group becomes a supergroup with a new id, which is given; the old id answers with a hint only."""
        with self.lock:
            old, user = self.chats[chat_id], self._person(by_user)
            if old.kind != "group" or old.migrated_to is not None:
                raise ValueError("only a group can become a supergroup, and once")
            new_id = -1_000_000_000_000 - abs(chat_id)
            new = self.add_group(Chat(new_id, "supergroup", title=old.title), old.members)
            old.migrated_to = new_id
            leaving = self.post(old, user, Formatted(""), extra={"migrate_to_chat_id": new_id})
            arriving = self.post(new, user, Formatted(""), extra={"migrate_from_chat_id": chat_id})
            self.announce("message", leaving.as_json())
            self.announce("message", arriving.as_json())
            return new_id

    def announce(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update and wake the webhook."""
        self.updates.put(kind, content)
        self.sender.wake()

    def member_json(self, chat: Chat, user_id: int) -> dict[str, Any]:
        """The ChatMember object. Raises the Bot API's 400 for somebody nobody knows."""
        user = self.bot if user_id == self.bot.id else self.users.get(user_id)
        if user is None or (chat.kind == "private" and user_id not in (self.bot.id, chat.id)):
            raise bad_request("member not found")
        default = "member" if chat.kind == "private" else "left"
        return _member(user, chat.members.get(user_id, default))

    def _set_bot_status(self, chat: Chat, by: User, status: Literal["member", "kicked"]) -> None:
        was, chat.bot_status = chat.bot_status, status
        if chat.kind != "private":
            chat.members[self.bot.id] = status
        if was == status or (was == "none" and chat.kind == "private"):
            return
        before = "left" if was == "none" else was
        self.announce(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": by.as_json(),
                "date": int(self.clock.now().timestamp()),
                "old_chat_member": _member(self.bot, before),
                "new_chat_member": _member(self.bot, status),
            },
        )

    def _person(self, user_id: int) -> User:
        try:
            return self.users[user_id]
        except KeyError:
            raise ValueError(f"nobody has the id {user_id}") from None

    def _present(self, user_id: int, chat_id: int | None) -> Chat:
        chat = self.chats[user_id if chat_id is None else chat_id]
        if chat.migrated_to is not None:
            raise ValueError(f"the group has become the supergroup {chat.migrated_to}")
        if chat.kind != "private" and chat.members.get(user_id, "left") in ("left", "kicked"):
            raise ValueError(f"{user_id} is not in the chat {chat.id}")
        if chat.kind == "private" and chat.bot_status == "kicked":
            raise ValueError(f"{user_id} has blocked the bot; unblock it first")
        return chat


def _member(user: User, status: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": status, "user": user.as_json()}
    if status == "kicked":
        shown["until_date"] = 0
    if status == "creator":
        shown["is_anonymous"] = False
    if status == "administrator":
        shown |= dict.fromkeys(_ADMINISTRATOR_RIGHTS, False) | {"can_manage_chat": True}
    return shown


_ADMINISTRATOR_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
