"""What python-telegram-bot sends through: connections of urllib3, in the thread that asks.

Its own way needs a loop in another thread, and a message costs four times as much there.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Coroutine
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram.request import BaseRequest, RequestData

from bridge.model.errors import ConnectorError, Retry
from bridge.model.wording import worded
from connectors.http import TokenBuckets, VendorSession

_IDLE_SECONDS = 5.0
"""A connection that lay idle for longer may be dead without anybody having been told: a message sent into it would be
one of which nobody knows whether it arrived."""
_USUAL_WAIT = timedelta(seconds=30)
"""How long nothing is sent where Telegram asks to wait and says no length: half of what a group's limit is about."""
REFUSED = "refused"
"""Names what was answered with a refusal that the library takes for an open outcome."""
_LONGEST_WAIT = timedelta(days=7)
"""No wish for more than this is taken for one."""
_KNOWN = frozenset({400, 401, 403, 404, 409})
"""Refusals that the library knows by their codes; any other of Telegram's own is one like 400."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Result = TypeVar("Result")


class ThreadRequest(BaseRequest):
    """Sends what the library asks for, and lets the thread wait for the answer. Thread-safe.

    Raises ConnectorError inside the library, which hands it on as the cause of a NetworkError; one whose outcome is not
    UNKNOWN was never sent, or was REFUSED. Limits are taken before, for each chat.
    """

    def __init__(self, name: str, token: str, timeout: tuple[float, float]) -> None:
        self._session = VendorSession(
            name,
            TokenBuckets({}),
            secrets=(token,),
            headers={"User-Agent": self.USER_AGENT},
            reads=lambda _method, _url: False,
            timeout=timeout,
        )
        self._name = name
        self._read_timeout = timeout[1]
        self._lock = threading.Lock()
        self._under_way = 0
        self._used_at = 0.0

    @property
    def read_timeout(self) -> float:
        """Seconds until an answer must have begun."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing: connections are opened when they are needed."""

    async def shutdown(self) -> None:
        """Lets go of the connections."""
        self._session.close()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_waits: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """The status and body of the answer."""
        fields = request_data.json_parameters if request_data is not None else {}
        self._begin()
        try:
            if request_data is not None and request_data.contains_files:
                answer = self._session.request(method, url, data=fields, files=request_data.multipart_data)
            else:
                answer = self._session.request(method, url, data=urlencode(fields), headers=_FORM)
            return told(self._name, answer.status_code, answer.content, answer.headers.get("Retry-After", ""))
        finally:
            self._end()

    def _begin(self) -> None:
        with self._lock:
            if not self._under_way and time.monotonic() - self._used_at > _IDLE_SECONDS:
                self._session.forget_connections()
            self._under_way += 1

    def _end(self) -> None:
        with self._lock:
            self._under_way -= 1
            self._used_at = time.monotonic()


def told(name: str, status: int, content: bytes, after: str = "") -> tuple[int, bytes]:
    """Status and body of an answer, in such a shape that the library takes them for what they say.

    `after` is its header Retry-After, for a refusal to slow down that is not Telegram's own.

    Whether Telegram refused stands in the body (`ok`, `error_code`); the status of the answer is a hint at most. What
    a machine on the way refused never came to Telegram. After an outage nobody knows, whatever else it says.
    Raises ConnectorError (REFUSED) for refusals that the library does not know.

    https://core.telegram.org/bots/api#making-requests
    """
    refusal = _refusal(content)
    if refusal is not None:
        status = _code(refusal, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return status, b"{}"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        what = worded("Telegram does not take so much at once")
        raise ConnectorError(name, what, retry=Retry.PERMANENT, code=REFUSED)
    given = refusal.get("parameters") if refusal is not None else None
    wish = _whole(given, "retry_after")
    if status == HTTPStatus.TOO_MANY_REQUESTS and not 0 < wish <= _LONGEST_WAIT.total_seconds():
        raise _slow_down(name, after)
    if refusal is None:
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _stopped_on_the_way(name, status)
        return status, content
    parameters = {"retry_after": wish} if status == HTTPStatus.TOO_MANY_REQUESTS else {}
    if moved := _whole(given, "migrate_to_chat_id"):
        parameters = {"migrate_to_chat_id": moved}
    words = refusal.get("description")
    said = {"description": words if isinstance(words, str) else "", "parameters": parameters}
    return status if status in _KNOWN or parameters else HTTPStatus.BAD_REQUEST, json.dumps(said).encode()


def _refusal(content: bytes) -> dict[str, Any] | None:
    """Telegram's own no; None for any other answer."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("ok") is False else None


def _code(refusal: dict[str, Any], status: int) -> int:
    """What Telegram refused with. An outage stays one, and a refusal is never a success."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return status
    code = refusal.get("error_code")
    if isinstance(code, int) and HTTPStatus.BAD_REQUEST <= code < 600:
        return code
    return max(status, HTTPStatus.BAD_REQUEST)


def _whole(given: object, field: str) -> int:
    """A number of the parameters; 0 where there is none."""
    found = given.get(field) if isinstance(given, dict) else None
    return found if isinstance(found, int) else 0


def _slow_down(name: str, after: str) -> ConnectorError:
    told = after.isascii() and after.isdecimal() and len(after) < 7
    wait = timedelta(seconds=int(after)) if told else _USUAL_WAIT
    return ConnectorError(name, worded("Telegram asks to wait"), retry=Retry.PASSING, code=REFUSED, wait=wait)


def _stopped_on_the_way(name: str, status: int) -> ConnectorError:
    what = worded(
        "something on the way answered {status} instead of Telegram: look at the address, the proxy, the firewall",
        status=status,
    )
    return ConnectorError(name, what, retry=Retry.ASK_ADMIN, code=REFUSED)


def outcome(asked: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine gives that waits for no loop: every one of a bot that asks through ThreadRequest."""
    try:
        asked.send(None)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    asked.close()
    raise RuntimeError("the library waits for a loop where there is none")
