"""Telegram's updates become events and the state of chats. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bridge.model.events import Actor, ActorKind
from bridge.model.passwords import without_passwords
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import Plain
from connectors.telegram.settings import TelegramMapping
from connectors.telegram.updates import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User

_STOP_WORDS = frozenset({"stop", "стоп"})
_WISHES = {
    **dict.fromkeys(_STOP_WORDS, "stop"),
    **dict.fromkeys(("language", "мова", "язык"), "language"),
    **dict.fromkeys(("help", "settings", "допомога", "довідка", "помощь", "справка"), "help"),
}
"""Commands of clients, in their three languages. Telegram itself proposes /start, /help and /settings to everybody."""
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]+))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Command:
    word: str
    rest: str
    bot: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads updates for one bot. `bot_username` is asked only when a text names a bot."""

    mapping: TelegramMapping
    bot_username: Callable[[], str]
    read_at: datetime

    def happenings(self, update: Update) -> list[Happening]:
        """What happened, in the bridge's words; nothing for other bots, channels and kinds it does not read."""
        if update.message is not None:
            return self._message(update.update_id, update.message)
        if update.edited_message is not None:
            return self._said(update.update_id, update.edited_message)
        if update.callback_query is not None:
            return [self._press(update.update_id, update.callback_query)]
        if update.my_chat_member is not None:
            return self._membership(update.update_id, update.my_chat_member)
        return []

    def all_happenings(self, updates: Iterable[Update]) -> list[Happening]:
        """What happened in all of these updates. An album is one message, told with the first of its pictures."""
        told: list[Happening] = []
        albums: dict[tuple[Ref, Plain], int] = {}
        for happening in (one for update in updates for one in self.happenings(update)):
            name = (happening.about, happening.data.get("album"))
            if name[1] is None:
                told.append(happening)
            elif name in albums:
                told[albums[name]] = _joined(told[albums[name]], happening)
            else:
                albums[name] = len(told)
                told.append(_joined(happening))
        return told

    def records(self, updates: Iterable[Update]) -> list[Record]:
        """The chats that were touched, each as its last update leaves it."""
        touched: dict[int, Record] = {}
        for update in updates:
            for chat, is_open in _touched(update):
                touched[chat.id] = chat_record(chat, is_open=is_open, read_at=self.read_at)
        return list(touched.values())

    def _message(self, update_id: int, message: Message) -> list[Happening]:
        moved = _migration(message)
        if moved is not None:
            return [self._migrated(message, *moved)]
        if not _is_own_word(message):
            return self._said(update_id, message)
        wish = self._wish(message)
        if wish and not self.mapping.person(message.sender.id if message.sender is not None else 0):
            return [self._from_message(update_id, wish, message, {"text": message.text, "content": "text"})]
        command = _parse_command(message.text)
        if command is None or message.sender is None or message.sender.is_bot:
            return self._said(update_id, message)
        if not self._is_ours(command.bot):
            return self._said(update_id, message)
        if command.word == "start":
            return [self._from_message(update_id, "start", message, {"payload": command.rest})]
        if self.mapping.person(message.sender.id):
            return [self._from_message(update_id, "command", message, {"command": command.word, "text": command.rest})]
        return self._said(update_id, message)

    def _wish(self, message: Message) -> str:
        """What a client's word alone asks of the bot: `stop` for silence, `language` for another one, `help` for what
        there is; "" for anything else.

        A bare word counts in a private chat only: in a group people say it to each other.
        """
        if message.sender is None or message.sender.is_bot or message.edit_date:
            return ""
        said = message.text.strip().casefold().rstrip(".!")
        word, _at, bot = said.partition("@")
        if word.startswith("/"):
            return _WISHES.get(word.removeprefix("/"), "") if self._is_ours(bot) else ""
        return "stop" if message.chat.is_private and said in _STOP_WORDS else ""

    def _is_ours(self, bot: str) -> bool:
        """Whether a command that names this bot, or none, is for us."""
        return not bot or bot.casefold() == self.bot_username().casefold()

    def _said(self, update_id: int, message: Message) -> list[Happening]:
        if not message.content or _is_no_person(message):
            return []
        said = message.text or message.caption
        text = without_passwords(said)
        data: dict[str, Plain] = {"text": text, "content": message.content}
        if text != said:
            data["password"] = True
        if message.media_group_id and not message.edit_date:
            data["album"] = message.media_group_id
        if message.edit_date:
            data["edited"] = True
        return [self._from_message(update_id, "message", message, data)]

    def _from_message(self, update_id: int, kind: str, message: Message, data: Mapping[str, Plain]) -> Happening:
        return Happening(
            ref=_update_ref(update_id),
            kind=kind,
            at=self._moment(message.edit_date or message.date),
            about=chat_ref(message.chat.id),
            actor=self._writer(message),
            data={
                **data,
                "message": message.message_id,
                **_topic(message),
                **_place(message.chat),
                **_user(message.sender),
            },
        )

    def _press(self, update_id: int, query: CallbackQuery) -> Happening:
        chat = query.message.chat if query.message is not None else _private_chat(query.sender)
        return Happening(
            ref=_update_ref(update_id),
            kind="press",
            at=self.read_at,  # Telegram does not tell when a button was pressed
            about=chat_ref(chat.id),
            actor=self._actor(query.sender),
            data={
                "data": query.data,
                "query": query.id,
                "message": query.message.message_id if query.message is not None else None,
                **_place(chat),
                **_user(query.sender),
            },
        )

    def _membership(self, update_id: int, change: ChatMemberUpdated) -> list[Happening]:
        if change.old_chat_member.is_in == change.new_chat_member.is_in:
            return []
        kind = "chat.open" if change.new_chat_member.is_in else "chat.blocked"
        return [
            Happening(
                ref=_update_ref(update_id),
                kind=kind,
                at=self._moment(change.date),
                about=chat_ref(change.chat.id),
                actor=self._actor(change.sender),
                data={"status": change.new_chat_member.status, **_place(change.chat), **_user(change.sender)},
            )
        ]

    def _migrated(self, message: Message, old: int, new: int) -> Happening:
        """The same event for both messages about it: one comes in the old group, one in the new."""
        return Happening(
            ref=Ref("telegram", "bot", "update", f"migrated:{old}:{new}"),
            kind="chat.migrated",
            at=self._moment(message.date),
            about=chat_ref(old),
            actor=Actor(ActorKind.UNKNOWN),
            data={"from": str(old), "to": str(new), "name": message.chat.shown_title},
        )

    def _moment(self, seconds: int) -> datetime:
        """When it was; the time of reading for a moment that is not told, cannot be, or is still to come."""
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= self.read_at.timestamp() else self.read_at

    def _writer(self, message: Message) -> Actor:
        if message.sender is None or message.sender_chat is not None:
            return Actor(ActorKind.UNKNOWN, name=(message.sender_chat or message.chat).shown_title)
        return self._actor(message.sender)

    def _actor(self, user: User) -> Actor:
        person = self.mapping.person(user.id)
        if person:
            return Actor(ActorKind.PERSON, person, user.full_name)
        kind = ActorKind.ROBOT if user.is_bot else ActorKind.CLIENT
        return Actor(kind, str(user.id), user.full_name)


def chat_ref(chat_id: int | str) -> Ref:
    """The identity of a chat."""
    return Ref("telegram", "bot", "chat", str(chat_id))


def chat_record(chat: Chat, *, is_open: bool, read_at: datetime) -> Record:
    """What is known of a chat. `is_open`: a message would reach it."""
    return Record(
        ref=chat_ref(chat.id),
        fields={
            "title": chat.shown_title,
            "type": chat.type,
            "state": "open" if is_open else "blocked",
            "username": chat.username,
        },
        read_at=read_at,
        url=f"https://t.me/{chat.username}" if chat.username else "",
    )


def _touched(update: Update) -> list[tuple[Chat, bool]]:
    change = update.my_chat_member
    if change is not None:
        return [(change.chat, change.new_chat_member.is_in)]
    query = update.callback_query
    message = update.message or update.edited_message or (query.message if query is not None else None)
    if message is None or message.migrate_to_chat_id is not None or message.chat.type == "channel":
        return []
    return [(message.chat, True)]


def _migration(message: Message) -> tuple[int, int] | None:
    """The ids of a group before and after it became a supergroup. Only groups do: theirs are below zero."""
    here, to, before = message.chat.id, message.migrate_to_chat_id, message.migrate_from_chat_id
    old, new = (here, to) if to is not None else (before, here)
    return (old, new) if old is not None and new is not None and old < 0 and new < 0 else None


def _is_own_word(message: Message) -> bool:
    """Whether somebody says it in their own name: what they pass on, or say as a channel, is no command of theirs."""
    return message.forward_origin is None and message.sender_chat is None and message.chat.type != "channel"


def _is_no_person(message: Message) -> bool:
    """Whether a robot or a channel wrote it. An anonymous admin writes in the name of the group itself."""
    if message.chat.type == "channel":
        return True
    if message.sender_chat is not None:
        return message.sender_chat.type == "channel" and message.sender is not None and message.sender.id == 777000
    return message.sender is not None and message.sender.is_bot


def _parse_command(text: str) -> _Command | None:
    found = _COMMAND.fullmatch(text.strip())
    return _Command(found[1].lower(), (found[3] or "").strip(), found[2] or "") if found else None


def _joined(first: Happening, other: Happening | None = None) -> Happening:
    """An album as one message. What comes of it on a later page without words is the same event, and tells nothing."""
    said = [str(one.data.get("text") or "") for one in (first, other) if one is not None]
    text = "\n".join(filter(None, said))
    password = any(one is not None and one.data.get("password") for one in (first, other))
    data = {**first.data, "text": text, "content": "album", **({"password": True} if password else {})}
    name = f"album:{first.about.id}:{first.data['album']}{':said' if text else ''}"
    return replace(first, ref=replace(first.ref, id=name), data=data)


def _update_ref(update_id: int) -> Ref:
    return Ref("telegram", "bot", "update", f"update:{update_id}")


def _topic(message: Message) -> dict[str, Plain]:
    """The topic of a forum group in which something was said; nothing elsewhere."""
    return {"thread": str(message.message_thread_id)} if message.is_topic_message and message.message_thread_id else {}


def _place(chat: Chat) -> dict[str, Plain]:
    return {"chat": str(chat.id), "chat_type": chat.type}


def _user(user: User | None) -> dict[str, Plain]:
    if user is None:
        return {"user": "", "name": "", "username": ""}
    spoken = {"language": user.language_code} if user.language_code else {}
    return {"user": str(user.id), "name": user.full_name, "username": user.username, **spoken}


def _private_chat(user: User) -> Chat:
    return Chat(id=user.id, first_name=user.first_name, last_name=user.last_name, username=user.username)
