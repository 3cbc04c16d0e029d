"""The bot itself: python-telegram-bot in a thread with its own loop, asked from ordinary threads.

The one file that knows the library and what its failures mean. https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # not exported, yet RequestData is made of these

from bridge.model.errors import ConnectorError, Retry
from bridge.model.wording import worded
from connectors.http import writes_refused
from connectors.telegram.request import REFUSED, ThreadRequest, outcome, told
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.updates import Chat

NAME = "telegram"
BATCH = 100
"""The most updates one getUpdates gives."""

LIMITS: Mapping[str, tuple[int, float]] = {NAME: (30, 1), "telegram:chat": (1, 1), "telegram:group": (20, 60)}
"""Calls in so many seconds: of the bot, in one chat, in one group.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

READS = frozenset({"getUpdates", "getMe", "getChat", "getWebhookInfo"})
"""Methods that change nothing, `getUpdates` as long as it is asked without an offset."""

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")

if find_spec("sniffio") is None:
    # httpcore tries to import it several times a request, and looking for what is not there takes longer than all the
    # rest of a request. May go once httpcore remembers the answer.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

# The library's own way to get waits as timedelta; without it every 429 is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_NEVER_OPENED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Result = TypeVar("Result")
Shape = TypeVar("Shape", bound=BaseModel)


class Me(BaseModel):
    """The bot itself. https://core.telegram.org/bots/api#user"""

    model_config = ConfigDict(extra="ignore", frozen=True)
    username: str = ""
    can_read_all_group_messages: bool = False


class Webhook(BaseModel):
    """Where Telegram delivers the bot's updates; "" when they wait to be asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    url: str = ""


class BotReading:
    """A bot that is only read, and the loop it lives in. Thread-safe; started by the first call, ended by `close`.

    Its requests refuse every method that is not one of `READS` before a byte is sent.
    """

    _only_reads: ClassVar[bool] = True

    def __init__(self, settings: TelegramSettings) -> None:
        _keep_out_of_logs(settings.token)
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        made = _OnlyReads if self._only_reads else _Reads
        self._requests = (_request(made, 4), _request(made, 32))

    @property
    def number(self) -> str:
        """Telegram's number of the bot."""
        return self._settings.token.partition(":")[0]

    def waiting(self) -> list[dict[str, Any]]:
        """The oldest updates that nobody has confirmed, as they are. Asking so confirms none and changes no choice.

        Telegram gives a hundred at most, and keeps each for a day. https://core.telegram.org/bots/api#getupdates
        """
        return self._updates({"limit": BATCH}, timedelta())

    def me(self) -> Me:
        """https://core.telegram.org/bots/api#getme"""
        return self._read("getMe", Me)

    def webhook(self) -> Webhook:
        """https://core.telegram.org/bots/api#getwebhookinfo"""
        return self._read("getWebhookInfo", Webhook)

    def chat(self, id: int) -> Chat:
        """https://core.telegram.org/bots/api#getchat"""
        return self._read("getChat", Chat, {"chat_id": id})

    def close(self) -> None:
        """Closes the connections and ends the thread. Later calls are refused."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._shut_down(), loop).result(timeout=_READ_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=_CONNECT_SECONDS)

    def _updates(self, fields: Mapping[str, Any], wait: timedelta) -> list[dict[str, Any]]:
        """Not the library's own method: that one refuses the whole batch for one update it cannot read."""
        answer = self._wait_for(lambda: self._post(0, "getUpdates", fields, wait), writes=False, wait=wait)
        return [update for update in answer if isinstance(update, dict)] if isinstance(answer, list) else []

    def _read(self, method: str, shape: type[Shape], fields: Mapping[str, Any] | None = None) -> Shape:
        answer = self._wait_for(lambda: self._post(1, method, fields or {}, timedelta()), writes=False)
        try:
            return shape.model_validate(answer)
        except ValidationError as error:
            raise _no_answer(f"an answer of {method} in an unknown shape", writes=False) from error

    async def _post(self, pool: int, method: str, fields: Mapping[str, Any], wait: timedelta) -> Any:
        given = [RequestParameter.from_input(name, value) for name, value in fields.items() if value is not None]
        return await self._requests[pool].post(
            f"{self._settings.base_url.rstrip('/')}/bot{self._settings.token}/{method}",
            RequestData(given),
            read_timeout=_READ_SECONDS + wait.total_seconds(),
        )

    def _wait_for(
        self, ask: Callable[[], Coroutine[Any, Any, Result]], *, writes: bool, wait: timedelta = timedelta()
    ) -> Result:
        """What the loop comes back with. `writes`: an attempt without an answer may have taken effect.

        `wait` is how long Telegram is asked to hold the answer back. Raises ConnectorError.
        """

        def come_back() -> Result:
            future = asyncio.run_coroutine_threadsafe(ask(), self._started())
            try:
                return future.result(timeout=2 * (_READ_SECONDS + _CONNECT_SECONDS) + wait.total_seconds())
            finally:
                future.cancel()  # of no effect on a finished one

        return _told(come_back, writes=writes)

    async def _shut_down(self) -> None:
        for request in self._requests:
            await request.shutdown()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise _closed()
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="telegram-bot", daemon=True)
                self._thread.start()
            return self._loop


class BotThread(BotReading):
    """A bot that reads and writes."""

    _only_reads = False

    def __init__(self, settings: TelegramSettings) -> None:
        super().__init__(settings)
        base = settings.base_url.rstrip("/")
        self._sending = ThreadRequest(NAME, settings.token, (_CONNECT_SECONDS, settings.patience.total_seconds()))
        self._bot = Bot(
            settings.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._sending,
        )

    def call(self, ask: Callable[[Bot], Coroutine[Any, Any, Result]], *, writes: bool) -> Result:
        """What the bot answers. `writes`: an attempt without an answer may have taken effect. Raises ConnectorError."""
        if self._closed:
            raise _closed()
        return _told(lambda: outcome(ask(self._bot)), writes=writes)

    def close(self) -> None:
        """Closes the connections and ends the thread. Later calls are refused."""
        super().close()
        outcome(self._sending.shutdown())

    def updates(self, offset: int | None, wait: timedelta) -> list[dict[str, Any]]:
        """The waiting updates as Telegram sends them, oldest first; those below `offset` are confirmed by asking.

        https://core.telegram.org/bots/api#getupdates
        """
        fields = {
            "offset": offset,
            "limit": BATCH,
            "timeout": int(wait.total_seconds()),
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        return self._updates(fields, wait)


_SHUT_OUT = ("chat was deleted", "user is deactivated", "rights to send", "chat_write_forbidden", "bot was kicked")
"""In what words Telegram refuses a message because nobody is there any more, or the bot may not speak."""


class _Refused(TelegramError):
    """A request that would have written, where only reading is allowed."""


class _Reads(HTTPXRequest):
    """Takes for Telegram's word only what Telegram wrote: the page of a machine on the way refuses no token."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *waits: Any, **more: Any
    ) -> tuple[int, bytes]:
        """The status and body of the answer."""
        status, content = await super().do_request(url, method, request_data, *waits, **more)
        return told(NAME, status, content)


class _OnlyReads(_Reads):
    """Sends nothing but reads. An offset confirms updates, and a list of kinds changes what Telegram keeps."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *waits: Any, **more: Any
    ) -> tuple[int, bytes]:
        """Send the request, or raise before anything is sent."""
        name = url.rpartition("/")[2]
        given = set(request_data.parameters) if request_data is not None else set()
        if name not in READS or given & {"offset", "allowed_updates"}:
            raise _Refused(name)
        return await super().do_request(url, method, request_data, *waits, **more)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


@cache
def _certificates() -> ssl.SSLContext:
    """Those that are trusted; reading them takes longer than all else that a request is made of."""
    return httpx.create_ssl_context()


def _request(made: type[_Reads], connections: int) -> _Reads:
    return made(
        httpx_kwargs={"verify": _certificates()},
        connection_pool_size=connections,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        write_timeout=_READ_SECONDS,
        pool_timeout=_CONNECT_SECONDS,
    )


_UNKNOWN_SHAPES = (TypeError, LookupError, ValueError, AttributeError, ArithmeticError, OSError, RecursionError)
"""How the library, and what reads JSON for it, meet an answer in an unknown shape."""


def _told(ask: Callable[[], Result], *, writes: bool) -> Result:
    """What the library says, and its failures in our words. Raises ConnectorError."""
    try:
        return ask()
    except (TelegramError, TimeoutError, CancelledError) as error:
        failure = classified(error, writes=writes)
    except _UNKNOWN_SHAPES as error:
        failure = _no_answer(f"an answer in an unknown shape ({type(error).__name__})", writes)
    raise failure from None  # the library puts the token into some of its texts


def classified(error: BaseException, *, writes: bool) -> ConnectorError:
    """What a failure of the library means. Only Telegram's own description enters the text, never the library's.

    BadRequest is a NetworkError for the library, yet it is final: the order of the cases matters.
    """
    match error:
        case _Refused():
            return writes_refused(NAME, error.message)
        case RetryAfter():
            wait = error.retry_after
            wait = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
            return ConnectorError(NAME, worded("Telegram asks to wait"), retry=Retry.PASSING, code="429", wait=wait)
        case ChatMigrated():
            new = str(error.new_chat_id)
            return ConnectorError(
                NAME, f"the group became the supergroup {new}", retry=Retry.PASSING, code="migrated", moved_to=new
            )
        case Forbidden():
            return _permanent(error.message, "cannot-initiate" if "initiate" in error.message else "blocked")
        case InvalidToken():
            return _ask_admin(
                worded("Telegram does not know the bot's token; get the present one from @BotFather"), "401"
            )
        case Conflict() if "webhook" in error.message:
            words = "a webhook takes the bot's updates; delete it (deleteWebhook), then start again"
            return _ask_admin(worded(words), "409")
        case Conflict():
            return _ask_admin(worded("two bridges (or another program) read this bot; stop one of them"), "409")
        case BadRequest():
            what = error.message.lower()
            if any(words in what for words in _SHUT_OUT):
                return _permanent(error.message, "blocked")
            return _permanent(error.message, "chat-not-found" if "chat not found" in what else "400")
        case NetworkError(__cause__=ConnectorError() as sending) if sending.retry is Retry.UNKNOWN:
            why = sending.what.rpartition(": ")[2]
            return _no_answer(worded("no answer from Telegram ({why})", why=why), writes)
        case NetworkError(__cause__=ConnectorError() as refusal) if refusal.code == REFUSED:
            return refusal
        case NetworkError() if isinstance(error.__cause__, (ConnectorError, *_NEVER_OPENED)):
            return ConnectorError(NAME, worded("Telegram cannot be reached"), retry=Retry.PASSING, code="unreachable")
        case _:
            cause = error.__cause__ if isinstance(error.__cause__, httpx.HTTPError) else error
            return _no_answer(worded("no answer from Telegram ({why})", why=type(cause).__name__), writes)


def _closed() -> ConnectorError:
    return ConnectorError(NAME, "the connector is closed", retry=Retry.PASSING)


def _no_answer(what: str, writes: bool) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.UNKNOWN if writes else Retry.PASSING)


def _permanent(what: str, code: str) -> ConnectorError:
    return ConnectorError(NAME, what[:300], retry=Retry.PERMANENT, code=code)


def _ask_admin(what: str, code: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code=code)


class _WithoutToken(logging.Filter):
    """Drops what a library logs about a request whose address holds the token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._secret = token.rpartition(":")[2]  # an address may write the colon before it as %3A

    def filter(self, record: logging.LogRecord) -> bool:
        return not self._secret or self._secret not in record.getMessage()


def _keep_out_of_logs(token: str) -> None:
    """httpx logs every address at INFO, the library its base address at DEBUG: both hold the token.

    Of an answer that is no JSON the library logs the whole text, and a cut-off one may hold what people wrote.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name in ("httpx", "httpcore", "telegram.Bot"):
        logging.getLogger(name).addFilter(_WithoutToken(token))
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
