"""The methods of the Bot API that a bridge needs, by their names.

https://core.telegram.org/bots/api#available-methods
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.chats import DELETABLE_FOR, QUERY_LIVES, Chat, Chats, Message
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.formatting import Formatted, parse_html, plain
from sandbox.telegram.keyboards import checked_markup
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.updates import Webhook

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200
SEND_LIMIT_BYTES = 50 * 1024 * 1024
FETCH_LIMIT_BYTES = 20 * 1024 * 1024

WRITES = {
    "sendMessage": "message.send",
    "sendDocument": "document.send",
    "editMessageText": "message.edit",
    "editMessageCaption": "message.edit",
    "editMessageReplyMarkup": "message.keyboard",
    "deleteMessage": "message.delete",
    "answerCallbackQuery": "query.answer",
    "setMyCommands": "commands.set",
    "deleteMyCommands": "commands.delete",
    "setWebhook": "webhook.set",
    "deleteWebhook": "webhook.delete",
    "leaveChat": "chat.leave",
}
"""The methods that change something, and what the journal calls it."""
_SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}

Method = Callable[[Parameters], Any]


class Methods:
    """What each method does; `getUpdates` is asynchronous and stands with the routes."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats
        self._by_name: dict[str, Method] = {
            "getme": self.get_me,
            "sendmessage": self.send_message,
            "senddocument": self.send_document,
            "editmessagetext": self.edit_text,
            "editmessagecaption": self.edit_caption,
            "editmessagereplymarkup": self.edit_markup,
            "deletemessage": self.delete_message,
            "answercallbackquery": self.answer_query,
            "getfile": self.get_file,
            "getchat": self.get_chat,
            "getchatmember": self.get_member,
            "setmycommands": self.set_commands,
            "getmycommands": self.get_commands,
            "deletemycommands": self.delete_commands,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.webhook_info,
            "leavechat": self.leave_chat,
        }

    def find(self, name: str) -> Method | None:
        """The method, whose name is not case-sensitive; None for one the stand-in does not have."""
        return self._by_name.get(name.lower())

    def get_me(self, given: Parameters) -> dict[str, Any]:
        return {
            **self._chats.bot.as_json(),
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def send_message(self, given: Parameters) -> dict[str, Any]:
        chat = self._chats.writable(given.text("chat_id"))
        body = _formatted(given, "text", "entities")
        if not body.text:
            raise bad_request("message text is empty")
        if len(body.text) > TEXT_LIMIT:
            raise bad_request("message is too long")
        return self._post(chat, given, body).as_json()

    def send_document(self, given: Parameters) -> dict[str, Any]:
        chat = self._chats.writable(given.text("chat_id"))
        caption = _formatted(given, "caption", "caption_entities")
        if len(caption.text) > CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        upload = given.upload("document")
        if upload is not None:
            if len(upload.content) > SEND_LIMIT_BYTES:
                raise ApiError(413, "Request Entity Too Large")
            if not upload.content:
                raise bad_request("file must be non-empty")
            stored = self._chats.store_file(upload.name, upload.content_type, upload.content)
        else:
            stored_id = given.text("document")
            if stored_id not in self._chats.files:
                raise bad_request(
                    "wrong file identifier/HTTP URL specified" if stored_id else "there is no document in the request"
                )
            stored = self._chats.files[stored_id]
        return self._post(chat, given, caption, extra={"document": stored.as_document()}).as_json()

    def edit_text(self, given: Parameters) -> dict[str, Any]:
        message = self._own_message(given, "message to edit not found")
        body = _formatted(given, "text", "entities")
        if not body.text:
            raise bad_request("message text is empty")
        if len(body.text) > TEXT_LIMIT:
            raise bad_request("message is too long")
        if "document" in message.extra:
            raise bad_request("there is no text in the message to edit")
        return self._change(message, body, checked_markup(given.structure("reply_markup")))

    def edit_caption(self, given: Parameters) -> dict[str, Any]:
        message = self._own_message(given, "message to edit not found")
        body = _formatted(given, "caption", "caption_entities")
        if len(body.text) > CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        if "document" not in message.extra:
            raise bad_request("there is no caption in the message to edit")
        return self._change(message, body, checked_markup(given.structure("reply_markup")))

    def edit_markup(self, given: Parameters) -> dict[str, Any]:
        message = self._own_message(given, "message to edit not found")
        return self._change(message, message.body, checked_markup(given.structure("reply_markup")))

    def delete_message(self, given: Parameters) -> bool:
        chat = self._chats.writable(given.text("chat_id"))
        message = self._chats.message(chat, given.integer("message_id"), "message to delete not found")
        foreign = message.sender.id != self._chats.bot.id
        if foreign and chat.kind != "private" and chat.members.get(self._chats.bot.id) != "administrator":
            raise bad_request("message can't be deleted")
        if self._chats.clock.now() - message.sent_at > DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")
        del chat.messages[message.id]
        return True

    def answer_query(self, given: Parameters) -> bool:
        query = self._chats.queries.get(given.text("callback_query_id"))
        if query is None or query.answer is not None or self._chats.clock.now() - query.at > QUERY_LIVES:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(given.text("text")) > ANSWER_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        query.answer = {"text": given.text("text"), "show_alert": given.flag("show_alert"), "url": given.text("url")}
        return True

    def get_file(self, given: Parameters) -> dict[str, Any]:
        stored = self._chats.files.get(given.text("file_id"))
        if stored is None:
            raise bad_request("invalid file_id" if given.text("file_id") else "file_id not specified")
        if len(stored.content) > FETCH_LIMIT_BYTES:
            raise bad_request("file is too big")
        return {
            "file_id": stored.id,
            "file_unique_id": stored.unique_id,
            "file_size": len(stored.content),
            "file_path": stored.path,
        }

    def get_chat(self, given: Parameters) -> dict[str, Any]:
        chat = self._readable(given)
        gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
        shown = {
            **chat.as_json(),
            "accent_color_id": abs(chat.id) % 7,
            "max_reaction_count": 11,
            "accepted_gift_types": {**gifts, "gifts_from_channels": False},
        }
        if chat.kind != "private":
            shown["permissions"] = dict.fromkeys(("can_send_messages", "can_send_documents", "can_invite_users"), True)
        return shown

    def get_member(self, given: Parameters) -> dict[str, Any]:
        chat = self._readable(given)
        if given.integer("user_id") <= 0:
            raise bad_request("invalid user_id specified")
        return self._chats.member_json(chat, given.integer("user_id"))

    def set_commands(self, given: Parameters) -> bool:
        commands = given.structure("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse commands JSON object")
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._chats.commands[self._scope(given)] = commands
        return True

    def delete_commands(self, given: Parameters) -> bool:
        self._chats.commands.pop(self._scope(given), None)
        return True

    def get_commands(self, given: Parameters) -> list[dict[str, str]]:
        return self._chats.commands.get(self._scope(given), [])

    def set_webhook(self, given: Parameters) -> bool:
        url = given.text("url")
        if url and urlsplit(url).scheme != "https" and not _is_loopback(url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", given.text("secret_token")):
            raise bad_request("secret token contains unallowed characters")
        if given.flag("drop_pending_updates"):
            self._chats.updates.drop()
        self._chats.updates.allow(given.structure("allowed_updates"))
        connections = given.integer("max_connections", 40)
        self._chats.updates.webhook = Webhook(url, given.text("secret_token"), connections) if url else None
        self._chats.sender.wake()
        return True

    def delete_webhook(self, given: Parameters) -> bool:
        if given.flag("drop_pending_updates"):
            self._chats.updates.drop()
        self._chats.updates.webhook = None
        return True

    def webhook_info(self, given: Parameters) -> dict[str, Any]:
        updates, webhook = self._chats.updates, self._chats.updates.webhook
        shown: dict[str, Any] = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending()),
        }
        if webhook is not None:
            shown["max_connections"] = webhook.max_connections
            if webhook.last_error_at is not None:
                shown["last_error_date"] = int(webhook.last_error_at.timestamp())
                shown["last_error_message"] = webhook.last_error
        if updates.allowed:
            shown["allowed_updates"] = updates.allowed
        return shown

    def leave_chat(self, given: Parameters) -> bool:
        chat = self._chats.writable(given.text("chat_id"))
        if chat.kind == "private":
            raise bad_request("chat member status can't be changed in private chats")
        chat.bot_status = "left"
        chat.members[self._chats.bot.id] = "left"
        return True

    def _post(self, chat: Chat, given: Parameters, body: Formatted, **members: Any) -> Message:
        markup = checked_markup(given.structure("reply_markup"))
        return self._chats.post(
            chat, self._chats.bot, body, markup=markup, reply_to=self._replied(chat, given), **members
        )

    def _replied(self, chat: Chat, given: Parameters) -> Message | None:
        wanted = given.structure("reply_parameters")
        if not wanted:
            return None
        message = chat.messages.get(int(wanted.get("message_id", 0)))
        if message is None and not wanted.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return message

    def _own_message(self, given: Parameters, missing: str) -> Message:
        chat = self._chats.writable(given.text("chat_id"))
        message = self._chats.message(chat, given.integer("message_id"), missing)
        if message.sender.id != self._chats.bot.id:
            raise bad_request("message can't be edited")
        return message

    def _change(self, message: Message, body: Formatted, markup: dict[str, Any] | None) -> dict[str, Any]:
        if body == message.body and _shown(markup) == _shown(message.markup):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        message.body, message.markup, message.edited_at = body, markup, self._chats.clock.now()
        return message.as_json()

    def _scope(self, given: Parameters) -> tuple[str, str]:
        """Whom commands are for, by kind and chat, and in which language. A chat has to be one that the bot is in."""
        scope, language = given.structure("scope") or {"type": "default"}, given.text("language_code")
        kind = scope.get("type") if isinstance(scope, dict) else None
        if kind not in _SCOPES:
            raise bad_request("can't parse BotCommandScope: Unsupported type specified")
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise bad_request("invalid language code specified")
        if not kind.startswith("chat"):
            return kind, language
        chat = self._readable(Parameters({"chat_id": scope.get("chat_id")}))
        return f"{kind} {chat.id} {scope.get('user_id', '')}".strip(), language

    def _readable(self, given: Parameters) -> Chat:
        chat = self._chats.find(given.text("chat_id"))
        if chat.migrated_to is not None or (chat.kind != "private" and chat.bot_status != "member"):
            return self._chats.writable(given.text("chat_id"))
        if chat.bot_status == "none":
            raise bad_request("chat not found")
        return chat


def _formatted(given: Parameters, name: str, entities: str) -> Formatted:
    mode = given.text("parse_mode").lower()
    if mode == "html":
        return parse_html(given.text(name))
    if mode:
        raise bad_request("unsupported parse_mode")
    explicit = given.structure(entities)
    return Formatted(given.text(name).strip(), explicit) if explicit else plain(given.text(name))


def _shown(markup: dict[str, Any] | None) -> list[Any]:
    return list((markup or {}).get("inline_keyboard", []))


def _is_loopback(url: str) -> bool:
    """The one thing that is looser than the real service: a webhook on this machine may be plain http."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
