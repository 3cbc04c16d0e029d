"""Telegram's updates as values: only what the bridge reads. Every other member is ignored.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_UNFIT = re.compile("[\x00\ud800-\udfff]")

_CONTENT = (
    "text", "photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker",
    "contact", "location", "venue", "poll", "checklist", "story", "paid_media", "dice", "game",
)  # fmt: skip
"""Members that make a message something a person said; a message with none of them is a service message."""


def _clean(value: Any) -> Any:
    return _UNFIT.sub("\ufffd", value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_clean)]
"""A text that any database takes: NUL and halves of surrogate pairs become U+FFFD."""


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class User(_Foreign):
    """Somebody, or a bot."""

    id: int
    is_bot: bool = False
    first_name: Text = ""
    last_name: Text = ""
    username: Text = ""
    language_code: Text = ""

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class Chat(_Foreign):
    """A private chat, group, supergroup or channel."""

    id: int
    type: Text = "private"
    title: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    username: Text = ""

    @property
    def is_private(self) -> bool:
        """Whether it is a chat of the bot with one person."""
        return self.type == "private" and self.id > 0

    @property
    def shown_title(self) -> str:
        """The group's title, or the person's name."""
        return self.title or f"{self.first_name} {self.last_name}".strip()


class Message(_Foreign):
    """A message. `content` names what it holds (text, photo, voice ...), "" for a service message.

    `message_thread_id` is the topic of a forum group where `is_topic_message`. `sender` is missing in channels.
    `sender_chat` is a group or channel in whose name somebody writes, `forward_origin` whose words are passed on.
    """

    message_id: int
    date: int = 0
    edit_date: int = 0
    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    sender_chat: Chat | None = None
    forward_origin: Any = None
    text: Text = ""
    caption: Text = ""
    content: str = ""
    media_group_id: Text = ""
    message_thread_id: int | None = None
    is_topic_message: bool = False
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_content(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {**data, "content": next((name for name in _CONTENT if data.get(name)), "")}


class CallbackQuery(_Foreign):
    """A press of a button. `message` is missing for inline messages."""

    id: Text
    sender: User = Field(alias="from")
    message: Message | None = None
    data: Text = ""


class ChatMember(_Foreign):
    """How somebody stands in a chat. The rest counts for restricted ones only."""

    status: Text
    is_member: bool = True
    can_send_messages: bool = True

    @property
    def is_in(self) -> bool:
        """Whether they are there and may speak: what the bot says arrives."""
        if self.status == "restricted":
            return self.is_member and self.can_send_messages
        return self.status not in ("left", "kicked")


class ChatMemberUpdated(_Foreign):
    """Somebody (here: the bot) came, left, was thrown out or blocked."""

    chat: Chat
    sender: User = Field(alias="from")
    date: int
    old_chat_member: ChatMember
    new_chat_member: ChatMember


class Update(_Foreign):
    """One update. At most one of the optional members is there; of a kind unknown here, none."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_member: ChatMemberUpdated | None = None
