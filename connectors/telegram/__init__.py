"""Telegram: what clients and staff say and press there, and messages to them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from telegram import (
    Bot,
    BotCommandScope,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
)
from telegram.constants import FileSizeLimit, ParseMode
from telegram.helpers import create_deep_linked_url

from bridge.model.decisions import Capability, EditMessage, SendMessage
from bridge.model.deliveries import Delivery, Receipt, StoredFile
from bridge.model.errors import CannotTell, ConnectorError, FileTooLarge, Retry
from bridge.model.findings import Finding, Level, Position
from bridge.model.menus import Menu
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain
from bridge.model.wording import worded
from connectors.http import BACKGROUND, LONGEST_PAUSE
from connectors.telegram.api import BATCH, LIMITS, NAME, BotReading, BotThread
from connectors.telegram.keyboards import keyboard_of
from connectors.telegram.mapping import Reader, chat_record
from connectors.telegram.settings import TelegramMapping, TelegramSettings
from connectors.telegram.texts import CAPTION_LIMIT, LIMIT, length, parts
from connectors.telegram.updates import Update

__all__ = ["LIMITS", "TelegramConnector", "TelegramMapping", "TelegramReader", "TelegramSettings"]

_SOURCE = "telegram.chat"
_LOG = logging.getLogger(__name__)

Result = TypeVar("Result")


class TelegramReader:
    """One bot, only listened to: below it there is no call that writes.

    Nothing is confirmed, so whoever else reads this bot misses nothing. Telegram then shows the oldest hundred updates
    of a day at most: `seen_up_to` is empty while there may be more.
    """

    name = NAME
    capabilities = frozenset({Capability.CHAT})
    sources = frozenset({_SOURCE})
    keeps = timedelta(hours=24)
    """Updates that nobody fetched are kept so long: https://core.telegram.org/bots/api#getting-updates"""

    def __init__(self, settings: TelegramSettings, mapping: TelegramMapping, clock: Clock, pace: Pace) -> None:
        self._use(BotReading(settings), mapping, clock)

    def _use(self, bot: BotReading, mapping: TelegramMapping, clock: Clock) -> None:
        self._reading = bot
        self._mapping = mapping
        self._clock = clock
        self._username = mapping.bot_username.removeprefix("@")
        self._lock = threading.Lock()

    def pull(self, cursor: Cursor | None) -> Page:
        """What waits and was not shown before; the cursor remembers what that was. Confirms nothing."""
        sent_at = self._clock.now()
        raw = self._reading.waiting()
        seen = _seen(cursor)
        fresh = [update for update in raw if _update_id(update) not in seen]
        full = len(raw) >= BATCH
        if full and fresh:
            _LOG.warning("a hundred updates wait unconfirmed: newer ones show when older ones are a day old")
        return self._page(
            fresh,
            Cursor(json.dumps([_update_id(update) for update in raw])),
            {} if full else {_SOURCE: sent_at},
            sent_at,
        )

    def _page(
        self, raw: Sequence[dict[str, Any]], cursor: Cursor, seen_up_to: Mapping[str, datetime], sent_at: datetime
    ) -> Page:
        updates = [update for update in map(_parse, raw) if update is not None]
        reader = Reader(self._mapping, self.bot_username, sent_at)
        return Page(
            cursor=cursor,
            records=reader.records(updates),
            happenings=reader.all_happenings(updates),
            seen_up_to=seen_up_to,
        )

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """The groups among these chats as they are now. Whether a person blocked the bot cannot be asked: left out."""
        read_at = self._clock.now()
        groups = [ref for ref in refs if ref.system == NAME and ref.kind == "chat" and ref.id.startswith("-")]
        return Page(cursor=None, records=[self._read_group(ref, read_at) for ref in groups])

    @property
    def number(self) -> str:
        """Telegram's number of the bot, with which its token begins: https://core.telegram.org/bots/features#botfather"""
        return self._reading.number

    def bot_username(self) -> str:
        """The bot's name without @, asked once."""
        with self._lock:
            if not self._username:
                self._username = self._reading.me().username
            return self._username

    def deep_link(self, payload: str, *, name: str = "", group: bool = False) -> str:
        """The link by which somebody starts the bot with `payload`, or takes it into a group.

        The bot is asked for its name when none is given. Raises ValueError for a payload that is not up to 64 of
        A-Z, a-z, 0-9, _ and -.
        """
        return create_deep_linked_url(name or self.bot_username(), payload, group)

    def check(self) -> list[Finding]:
        """Asks Telegram for the bot, its webhook and the staff chat."""
        try:
            return [*self._check_bot(), *self._check_webhook(), *self._check_staff_chat()]
        except ConnectorError as error:
            passing = error.retry is Retry.PASSING
            level = Level.WARNING if passing else Level.ERROR
            return [_finding("not-asked" if passing else "no-access", error.what, level=level)]

    def close(self) -> None:
        """Lets go of the connections and ends the bot's thread."""
        self._reading.close()

    def _read_group(self, ref: Ref, read_at: datetime) -> Record:
        try:
            found = self._reading.chat(int(ref.id))
        except ConnectorError as error:
            if error.code not in ("blocked", "chat-not-found"):
                raise
            return Record(ref, {"state": "blocked"}, read_at, deleted=error.code == "chat-not-found")
        return chat_record(found, is_open=True, read_at=read_at)

    def _check_bot(self) -> list[Finding]:
        me = self._reading.me()
        findings = []
        wanted = self._mapping.bot_username.removeprefix("@")
        if wanted and wanted.casefold() != (me.username or "").casefold():
            words = "the token is of @{name}, the configuration names @{wanted}"
            findings.append(_finding("wrong-bot", worded(words, name=me.username, wanted=wanted)))
        if not me.can_read_all_group_messages:
            findings.append(
                _finding(
                    "privacy-mode",
                    worded(
                        "in groups @{name} is shown commands only, so what clients write there stays unseen",
                        name=me.username,
                    ),
                    worded(
                        "switch it off: @BotFather, /setprivacy, Disable; then take the bot out of its groups and in "
                        "again"
                    ),
                    Level.WARNING,
                )
            )
        return findings

    def _check_webhook(self) -> list[Finding]:
        webhook = self._reading.webhook()
        if not webhook.url:
            return []
        return [
            _finding(
                "webhook-set",
                worded("a webhook takes the bot's updates, so nothing can be read"),
                worded("delete it: open https://api.telegram.org/bot<TOKEN>/deleteWebhook once"),
            )
        ]

    def _check_staff_chat(self) -> list[Finding]:
        chat = self._mapping.staff_chat
        if chat is None:
            return []
        try:
            self._reading.chat(int(chat))
        except ConnectorError as error:
            if error.retry is not Retry.PERMANENT:
                raise
            what = worded("the staff chat {chat} is out of reach: {why}", chat=chat, why=error.what)
            return [_finding("staff-chat", what, worded("take the bot into it"))]
        return []


class TelegramConnector(TelegramReader):
    """One bot. A message to a client goes out at most once: what was sent cannot be read back."""

    def __init__(self, settings: TelegramSettings, mapping: TelegramMapping, clock: Clock, pace: Pace) -> None:
        self._bot = BotThread(settings)
        self._use(self._bot, mapping, clock)
        self._pace = pace
        self._long_poll = settings.long_poll
        self._moved: dict[str, str] = {}

    def pull(self, cursor: Cursor | None) -> Page:
        """What happened since `cursor`. Asking with a cursor confirms all before it: hand it in once it is stored.

        `seen_up_to` is empty while more waits: only the last page has seen everything.
        """
        sent_at = self._clock.now()
        raw = self._bot.updates(int(cursor) if cursor else None, self._long_poll)
        following = max((number + 1 for number in map(_update_id, raw) if number is not None), default=None)
        more = len(raw) >= BATCH
        after = Cursor(str(following)) if following is not None else cursor or Cursor("0")
        page = self._page(raw, after, {} if more else {_SOURCE: sent_at}, sent_at)
        return replace(page, more=more)

    def parts(self, message: SendMessage) -> tuple[str, ...]:
        """The texts, in their order, that say the message. https://core.telegram.org/bots/api#sendmessage"""
        if not message.document or length(message.text) <= CAPTION_LIMIT:
            return parts(message.text)
        return (*parts(message.text), "")

    def push(self, delivery: Delivery) -> Receipt:
        """Sends the message. Raises ConnectorError: `moved_to` names the new id of a group that became a supergroup."""
        decision = delivery.decision
        if isinstance(decision, EditMessage):
            return self._edit(delivery, decision)
        if not isinstance(decision, SendMessage):
            raise ConnectorError(NAME, f"cannot carry out {decision.kind}", retry=Retry.PERMANENT)
        chat = self._moved.get(target := self._chat(delivery, decision), target)
        keyboard = keyboard_of(delivery.id, decision.buttons)
        file = delivery.file if decision.document else None
        _fits(decision.text, file)
        if (renewed := self._renewed(chat, decision, delivery)) is not None:
            return renewed
        sent = _known(self._send(chat, decision.text, keyboard, file, delivery))
        kept: dict[str, Plain] = {"file_id": sent.document.file_id} if sent.document is not None else {}
        return Receipt(
            at=self._clock.now(),
            remote=Ref(NAME, "bot", "message", f"{chat}:{sent.message_id}"),
            details={"message_id": sent.message_id, "chat": chat, **kept},
        )

    def _renewed(self, chat: str, decision: SendMessage, delivery: Delivery) -> Receipt | None:
        """The earlier message, which says these words now; None where there is none or it can be changed no more."""
        earlier, _, number = decision.instead_of.partition(":")
        if earlier != chat:
            return None
        try:
            changed = self._edit(delivery, EditMessage(delivery.id, chat=chat, message=int(number), text=decision.text))
        except ConnectorError as error:
            if error.code != "400":
                raise
            return None
        return replace(changed, details={"message_id": int(number), "chat": chat})

    def _send(
        self,
        chat: str,
        text: str,
        keyboard: InlineKeyboardMarkup | None,
        file: StoredFile | None,
        delivery: Delivery,
    ) -> Message:
        """One message. A file that Telegram has by now is not sent anew, unless it does not know it any more."""

        thread = delivery.related.get(f"{NAME}.thread")
        topic = int(thread.id) if thread is not None else None

        def as_text(bot: Bot) -> Coroutine[Any, Any, Message]:
            preview = LinkPreviewOptions(is_disabled=True)
            return bot.send_message(
                int(chat),
                text,
                parse_mode=ParseMode.HTML,
                link_preview_options=preview,
                reply_markup=keyboard,
                message_thread_id=topic,
            )

        def with_file(bot: Bot, document: str | InputFile) -> Coroutine[Any, Any, Message]:
            return bot.send_document(
                int(chat),
                document,
                caption=text or None,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                message_thread_id=topic,
            )

        def ask(what: Callable[[Bot], Coroutine[Any, Any, Message]]) -> Message:
            nonlocal topic
            try:
                return self._paced(chat, what, writes=True, background=delivery.background)
            except ConnectorError as error:
                if topic is None or not _is_topic_gone(error):
                    raise
                topic = None  # closed or deleted: the group is still there, and reads it in its general topic
                return self._paced(chat, what, writes=True, background=delivery.background)

        if file is None:
            return ask(as_text)
        if delivery.known_as:
            try:
                return ask(lambda bot: with_file(bot, delivery.known_as))
            except ConnectorError as error:
                if error.code != "400" or "file" not in error.what.lower():
                    raise
        return ask(lambda bot: with_file(bot, InputFile(file.content, file.name)))

    def look(self, delivery: Delivery) -> Receipt | None:
        """Always CannotTell: a bot cannot read what it sent."""
        raise CannotTell(NAME, "a bot cannot read back what it sent")

    def acknowledge(self, press: Happening, text: str = "") -> bool:
        """Ends the little clock on the pressed button, with a short note if `text`. False for a press gone stale.

        https://core.telegram.org/bots/api#answercallbackquery
        """
        query = str(press.data["query"])
        try:
            return self._bot.call(lambda bot: bot.answer_callback_query(query, text=text[:200] or None), writes=False)
        except ConnectorError as error:
            if "query is too old" in error.what.lower():
                return False
            raise

    def offer(self, menu: Menu) -> None:
        """Puts a menu beside the field for writing. https://core.telegram.org/bots/api#setmycommands"""
        chat = int(self._moved.get(menu.chat, menu.chat)) if menu.chat else None
        scope: BotCommandScope = BotCommandScopeDefault() if chat is None else BotCommandScopeChat(chat)
        language = menu.language or None

        def put(bot: Bot) -> Coroutine[Any, Any, bool]:
            if not menu.commands:
                return bot.delete_my_commands(scope, language)
            return bot.set_my_commands(menu.commands, scope, language)

        self._pace.take(NAME, BACKGROUND)
        self._bot.call(put, writes=False)

    def _edit(self, delivery: Delivery, wanted: EditMessage) -> Receipt:
        """Takes the buttons off a message, or gives it others, and replaces its words where they fit.

        Doing it twice is no error.

        https://core.telegram.org/bots/api#editmessagetext
        """
        where = self._moved.get(wanted.chat, wanted.chat)
        limit = CAPTION_LIMIT if wanted.under else LIMIT
        text = wanted.text if length(wanted.text) <= limit else ""

        def edit(bot: Bot) -> Coroutine[Any, Any, Any]:
            chat, message = int(where), wanted.message
            if not text:
                keyboard = keyboard_of(wanted.delivery, wanted.buttons)
                return bot.edit_message_reply_markup(chat, message, reply_markup=keyboard)
            if wanted.under:
                return bot.edit_message_caption(chat, message, caption=text, parse_mode=ParseMode.HTML)
            preview = LinkPreviewOptions(is_disabled=True)
            return bot.edit_message_text(text, chat, message, parse_mode=ParseMode.HTML, link_preview_options=preview)

        already = False
        try:
            self._paced(where, edit, writes=False, background=delivery.background)
        except ConnectorError as error:
            if "message is not modified" not in error.what.lower():
                raise
            already = True
        remote = Ref(NAME, "bot", "message", f"{where}:{wanted.message}")
        return Receipt(at=self._clock.now(), remote=remote, already=already)

    def _chat(self, delivery: Delivery, decision: SendMessage) -> str:
        chat: int | str | None
        if decision.to == "client":
            chat = delivery.target.id if delivery.target is not None and delivery.target.kind == "chat" else None
        elif decision.to == "staff-chat":
            chat = self._mapping.staff_chat
        else:
            chat = self._mapping.person_chats.get(decision.to.removeprefix("person:"))
        if chat is None or not str(chat).removeprefix("-").isdecimal():
            raise ConnectorError(NAME, f"no chat is known for {decision.to}", retry=Retry.PERMANENT, code="no-chat")
        return str(chat)

    def _paced(
        self, chat: str, ask: Callable[[Bot], Coroutine[Any, Any, Result]], *, writes: bool, background: bool = False
    ) -> Result:
        self._pace.take(NAME, *_lanes(chat), *([BACKGROUND] if background else []))
        try:
            return self._bot.call(ask, writes=writes)
        except ConnectorError as error:
            if error.moved_to is not None:
                self._moved[chat] = error.moved_to
            if error.wait is not None:
                self._pause(chat, error.wait)
            raise

    def _pause(self, chat: str, wait: timedelta) -> None:
        """A group's own limit (20 a minute) must not silence everybody else; a private chat has none that we reach.

        Threads wait in a paused lane: a longer wish sends only the message away, which comes again when it is over.
        """
        overall = () if chat.startswith("-") else (NAME,)
        self._pace.pause(min(wait, LONGEST_PAUSE), *overall, *_lanes(chat))


def _known(sent: Message) -> Message:
    """The message that Telegram says it took. Raises ConnectorError where it does not say which: it may be there."""
    if isinstance(sent, Message) and isinstance(sent.message_id, int):
        return sent
    raise ConnectorError(NAME, "an answer that names no message", retry=Retry.UNKNOWN)


def _is_topic_gone(error: ConnectorError) -> bool:
    """Whether Telegram refuses a message because of the topic it is for."""
    what = error.what.lower().replace("_", " ")
    return "thread not found" in what or "topic closed" in what or "topic deleted" in what


def _parse(raw: dict[str, Any]) -> Update | None:
    try:
        return Update.model_validate(raw)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        _LOG.warning("update %s is skipped, its shape is unknown at %s", raw.get("update_id"), places)
        return None


def _seen(cursor: Cursor | None) -> frozenset[int]:
    """The updates that were shown before. A cursor that is no such list (of the writing half) remembers none."""
    known = json.loads(cursor) if cursor else []
    return frozenset(known) if isinstance(known, list) else frozenset()


def _update_id(raw: dict[str, Any]) -> int | None:
    number = raw.get("update_id")
    return number if isinstance(number, int) else None


def _fits(text: str, file: StoredFile | None) -> None:
    """Refuses what Telegram would not take, before anything is sent."""
    if length(text) > (LIMIT if file is None else CAPTION_LIMIT):
        raise ConnectorError(
            NAME, worded("the text is too long for one message"), retry=Retry.PERMANENT, code="too-large"
        )
    if file is not None and len(file.content) > FileSizeLimit.FILESIZE_UPLOAD:
        what = worded("{file} has more than 50 MB, which a bot cannot send", file=file.name)
        raise FileTooLarge(NAME, what)


def _lanes(chat: str) -> tuple[str, ...]:
    own = f"telegram:chat:{chat}"
    return (own, f"telegram:group:{chat}") if chat.startswith("-") else (own,)


def _finding(code: str, what: str, advice: str = "", level: Level = Level.ERROR) -> Finding:
    return Finding(Position("telegram"), code, what, advice, "connectors/telegram/README.md", level)
