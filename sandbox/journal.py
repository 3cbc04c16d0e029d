"""What was asked of the stand-ins and what they answered: the ground truth of end-to-end tests."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

HIDDEN = "***"
_SECRET_PARAMETERS = {"key", "token", "access_token", "assertion", "secret_token"}
_SECRET_HEADERS = {"authorization", "cookie", "x-trello-webhook", "x-telegram-bot-api-secret-token"}
_SECRET_IN_PATH = re.compile(r"(?<=/bot)[^/]+|(?<=/tokens/)[^/]+")


@dataclass
class Call:
    """One request as it arrived, secrets included: for limits, faults and services, never for the journal."""

    service: str
    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any


@dataclass
class Exchange:
    """One request and its answer, without secrets. `status` is None while the answer is due or was never sent."""

    n: int
    at: datetime
    service: str
    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any
    operation: str | None = None
    """The path template of the route, relative to the service, or what the service called it (`sendMessage`)."""
    write: str | None = None
    """A short noun such as `card.move` when the request changed something."""
    status: int | None = None
    fault: str | None = None
    """The kind of the fault that struck, if any: a `drop_after` has an answer the client never saw."""
    answer_type: str = ""
    answer_bytes: bytes | None = field(default=None, repr=False)

    @property
    def answer(self) -> Any:
        """The answer's body: decoded JSON, text, `{"bytes": n}` for files, None when empty or no longer kept."""
        if not self.answer_bytes:
            return None
        if "json" in self.answer_type:
            return hide(json.loads(self.answer_bytes), {"access_token", "secret_token"})
        if self.answer_type.startswith("text/"):
            return self.answer_bytes.decode(errors="replace")
        return {"bytes": len(self.answer_bytes)}

    def as_json(self) -> dict[str, Any]:
        """The entry as the control route shows it."""
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "service": self.service,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "operation": self.operation,
            "write": self.write,
            "status": self.status,
            "fault": self.fault,
            "answer": self.answer,
        }


_WATCHERS: list[Callable[[Exchange], None]] = []


def watch(watcher: Callable[[Exchange], None]) -> None:
    """From now on tell `watcher` of each request that arrives at any sandbox of this process, before it is answered."""
    _WATCHERS.append(watcher)


class Journal:
    """Every exchange in the order of arrival, numbered from 1. Entries stay; only the newest keep their answers."""

    def __init__(self, keep_answers: int = 5000) -> None:
        self._entries: list[Exchange] = []
        self._with_answers: deque[Exchange] = deque()
        self.keep_answers = keep_answers
        self._lock = threading.Lock()

    def open(self, call: Call, at: datetime) -> Exchange:
        """Write down a request that has just arrived."""
        with self._lock:
            entry = Exchange(
                n=len(self._entries) + 1,
                at=at,
                service=call.service,
                method=call.method,
                path=_SECRET_IN_PATH.sub(HIDDEN, call.path),
                query=hide(call.query, _SECRET_PARAMETERS),
                headers={name: HIDDEN if name in _SECRET_HEADERS else value for name, value in call.headers.items()},
                body=hide(call.body, _SECRET_PARAMETERS - {"key"}),
            )
            self._entries.append(entry)
        for watcher in _WATCHERS:
            watcher(entry)
        return entry

    def close(self, entry: Exchange, status: int, content_type: str, body: bytes) -> None:
        """Write down what was answered."""
        with self._lock:
            entry.answer_type, entry.answer_bytes, entry.status = content_type, body, status
            self._with_answers.append(entry)
            if len(self._with_answers) > self.keep_answers:
                self._with_answers.popleft().answer_bytes = None

    def last(self) -> int:
        """The number of the newest entry; 0 when nothing was asked yet."""
        return len(self._entries)

    def since(self, n: int = 0) -> list[Exchange]:
        """The entries after number `n`."""
        with self._lock:
            return self._entries[n:]

    def count(self, service: str | None = None, method: str | None = None, operation: str | None = None) -> int:
        """How many requests were made, of any kind or of the one asked for."""
        return sum(
            1
            for entry in self.since()
            if (service is None or entry.service == service)
            and (method is None or entry.method == method)
            and (operation is None or entry.operation == operation)
        )

    def writes(self, service: str | None = None) -> list[Exchange]:
        """The requests that changed something, oldest first, also those whose answer was lost on the way."""
        return [entry for entry in self.since() if entry.write and (service is None or entry.service == service)]


def mark(request: Request, *, write: str | None = None, operation: str | None = None) -> None:
    """Name what this request did; called by a service's route once it is done."""
    entry: Exchange | None = request.scope.get("sandbox.exchange")
    if entry is None:
        return
    entry.write = write or entry.write
    entry.operation = operation or entry.operation


async def decode_body(request: Request) -> Any:
    """The request's body for the journal: JSON, form fields, files as name, type and size, or raw text."""
    body = await request.body()
    if not body:
        return None
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type == "application/x-www-form-urlencoded":
        return pairs(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    if content_type == "multipart/form-data":
        async with request.form() as form:
            return pairs([(name, _part(value)) for name, value in form.multi_items()])
    try:
        return json.loads(body)
    except ValueError:
        return body[:2000].decode(errors="replace")


def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Parameters as a dict; a name that comes several times has a list."""
    result: dict[str, Any] = {}
    for name, value in items:
        if name not in result:
            result[name] = value
        elif isinstance(result[name], list):
            result[name].append(value)
        else:
            result[name] = [result[name], value]
    return result


def hide(value: Any, names: set[str]) -> Any:
    """The same value with the named members blanked at its top level."""
    if not isinstance(value, Mapping) or not names & value.keys():
        return value
    return {name: HIDDEN if name in names else member for name, member in value.items()}


def _part(value: UploadFile | str) -> Any:
    if isinstance(value, str):
        return value
    return {"filename": value.filename, "content_type": value.content_type, "size": value.size}
