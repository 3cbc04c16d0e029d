"""The vendors' rate limits, counted in real monotonic time (figures: the vendors' pages, 2025-2026)."""

from __future__ import annotations

import math
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sandbox.journal import Call

LimitsMode = Literal["vendor", "off"]
Monotonic = Callable[[], float]


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: what the service's own `error` is called with."""

    message: str
    status: int = 429
    details: dict[str, Any] = field(default_factory=dict)


class Limiter(Protocol):
    """One vendor's limits."""

    def take(self, call: Call) -> Refusal | None: ...

    def headers(self, call: Call) -> dict[str, str]: ...


class Window:
    """At most `limit` requests in any `seconds`, per name."""

    def __init__(self, limit: int, seconds: float, clock: Monotonic = time.monotonic) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._taken: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, name: str) -> float:
        """Seconds until the next request is allowed; 0.0 when it is allowed now."""
        taken = self._fresh(name)
        return 0.0 if len(taken) < self.limit else taken[0] + self.seconds - self._clock()

    def take(self, name: str) -> None:
        """Count one request."""
        self._taken[name].append(self._clock())

    def remaining(self, name: str) -> int:
        """How many requests are still allowed now."""
        return self.limit - len(self._fresh(name))

    def _fresh(self, name: str) -> deque[float]:
        taken = self._taken[name]
        horizon = self._clock() - self.seconds
        while taken and taken[0] <= horizon:
            taken.popleft()
        return taken


class TrelloLimits:
    """300 in 10 s per key, 100 in 10 s per token, members and search 100 in 900 s.

    https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/
    """

    _MEMBER_ROUTES = re.compile(r"/1/(members(?!/[^/]+/boards)(/|$)|membersSearch|search)")

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._key = Window(300, 10, clock)
        self._token = Window(100, 10, clock)
        self._member = Window(100, 900, clock)

    def take(self, call: Call) -> Refusal | None:
        key, token = _trello_credentials(call)
        windows = [(self._key, key, "API_KEY_LIMIT_EXCEEDED"), (self._token, token, "API_TOKEN_LIMIT_EXCEEDED")]
        if self._MEMBER_ROUTES.search(call.path):
            windows.append((self._member, token, "MEMBER_LIMIT_EXCEEDED"))
        for window, name, code in windows:
            if window.wait(name) > 0:
                return Refusal("Rate limit exceeded", details={"error": code})
        for window, name, _ in windows:
            window.take(name)
        return None

    def headers(self, call: Call) -> dict[str, str]:
        key, token = _trello_credentials(call)
        result: dict[str, str] = {}
        for kind, window, name in (("token", self._token, token), ("key", self._key, key)):
            prefix = f"x-rate-limit-api-{kind}"
            result[f"{prefix}-interval-ms"] = str(int(window.seconds * 1000))
            result[f"{prefix}-max"] = str(window.limit)
            result[f"{prefix}-remaining"] = str(window.remaining(name))
        return result


class PlanfixLimits:
    """One request a second (429), and a daily cap (error code 22).

    The daily count starts anew 24 real hours after its first request; `X-RateLimit-Remaining` tells the rest.
    """

    def __init__(self, per_day: int = 20_000, clock: Monotonic = time.monotonic) -> None:
        self._second = Window(1, 1, clock)
        self._day = Window(per_day, 86_400, clock)

    def take(self, call: Call) -> Refusal | None:
        if self._day.wait("") > 0:
            return Refusal("Daily request limit used up", details={"code": 22})
        if self._second.wait("") > 0:
            return Refusal("Too many requests")
        self._second.take("")
        self._day.take("")
        return None

    def headers(self, call: Call) -> dict[str, str]:
        return {"X-RateLimit-Remaining": str(self._day.remaining(""))}


class GoogleLimits:
    """60 reads and 60 writes a minute per user; a service account is one user. Tokens and form pages are not counted.

    https://developers.google.com/workspace/sheets/api/limits
    """

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._window = Window(60, 60, clock)

    def take(self, call: Call) -> Refusal | None:
        if "/v4/" not in call.path and "/v1/" not in call.path:
            return None
        kind = "Read" if call.method == "GET" else "Write"
        if self._window.wait(kind) > 0:
            return Refusal(
                f"Quota exceeded for quota metric '{kind} requests' and limit "
                f"'{kind} requests per minute per user' of service 'sheets.googleapis.com'."
            )
        self._window.take(kind)
        return None

    def headers(self, call: Call) -> dict[str, str]:
        return {}


class TelegramLimits:
    """About 1 message a second per chat, 20 a minute per group, 30 a second per bot.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._chat = Window(1, 1, clock)
        self._group = Window(20, 60, clock)
        self._bot = Window(30, 1, clock)

    def take(self, call: Call) -> Refusal | None:
        _, _, method = call.path.rpartition("/")
        if not method.startswith(("send", "edit", "copy", "forward")):
            return None
        chat = str(call.body.get("chat_id", "")) if isinstance(call.body, dict) else ""
        windows = [(self._bot, ""), (self._chat, chat)]
        if chat.startswith(("-", "@")):
            windows.append((self._group, chat))
        wait = max(window.wait(name) for window, name in windows)
        if wait > 0:
            return _flood(math.ceil(wait))
        for window, name in windows:
            window.take(name)
        return None

    def headers(self, call: Call) -> dict[str, str]:
        return {}


class Limits:
    """The limits of all services, or none at all when `mode` is "off". Planfix's daily cap goes by the plan."""

    def __init__(
        self, mode: LimitsMode = "off", clock: Monotonic = time.monotonic, planfix_per_day: int = 20_000
    ) -> None:
        self.mode = mode
        self._lock = threading.Lock()
        self._limiters: dict[str, Limiter] = {
            "trello": TrelloLimits(clock),
            "planfix": PlanfixLimits(planfix_per_day, clock),
            "google": GoogleLimits(clock),
            "telegram": TelegramLimits(clock),
        }

    def take(self, call: Call) -> Refusal | None:
        """Count the request, or say why it is refused."""
        limiter = self._limiters.get(call.service)
        if self.mode == "off" or limiter is None:
            return None
        with self._lock:
            return limiter.take(call)

    def headers(self, call: Call) -> dict[str, str]:
        """The headers the vendor adds to every answer."""
        limiter = self._limiters.get(call.service)
        if self.mode == "off" or limiter is None:
            return {}
        with self._lock:
            return limiter.headers(call)


def _flood(seconds: int) -> Refusal:
    return Refusal(f"Too Many Requests: retry after {seconds}", details={"parameters": {"retry_after": seconds}})


def _trello_credentials(call: Call) -> tuple[str, str]:
    given = dict(re.findall(r'oauth_(consumer_key|token)="?([^",\s]*)', call.headers.get("authorization", "")))
    body = call.body if isinstance(call.body, dict) else {}
    key = call.query.get("key") or body.get("key") or given.get("consumer_key", "")
    token = call.query.get("token") or body.get("token") or given.get("token", "")
    return str(key), str(token)
