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
            if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and not _told_how_long(answer.content):
                raise _slow_down(self._name, answer.headers.get("Retry-After", ""))
            if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                what = worded("Telegram does not take so much at once")
                raise ConnectorError(self._name, what, retry=Retry.PERMANENT, code=REFUSED)
            return answer.status_code, answer.content
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


def _told_how_long(content: bytes) -> bool:
    """Whether an answer says how long to wait, as Telegram's own do; one of a machine on the way may not."""
    try:
        found = json.loads(content)["parameters"]["retry_after"]
    except (ValueError, KeyError, TypeError):
        return False
    return isinstance(found, int) and found > 0


def _slow_down(name: str, after: str) -> ConnectorError:
    wait = timedelta(seconds=int(after)) if after.isascii() and after.isdecimal() else _USUAL_WAIT
    return ConnectorError(name, worded("Telegram asks to wait"), retry=Retry.PASSING, code=REFUSED, wait=wait)


def outcome(asked: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine gives that waits for no loop: every one of a bot that asks through ThreadRequest."""
    try:
        asked.send(None)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    asked.close()
    raise RuntimeError("the library waits for a loop where there is none")
