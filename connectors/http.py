"""How connectors speak HTTP: one session per vendor that paces, times out, names failures and keeps secrets out."""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers, select_proxy
from urllib3 import HTTPConnectionPool, Timeout
from urllib3 import Retry as Tries
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, HTTPError, NewConnectionError, ProxyError

from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Pace
from connectors.waiting import PatientAdapter

USER_AGENT = "agency-bridge"
"""How the bridge names itself to vendors."""
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
LONGEST_PAUSE = timedelta(minutes=1)
"""Threads wait inside a paused lane: for longer wishes (a day's limit) the error's own `wait` sends the work away."""
_NO_WISH = timedelta(seconds=10)
"""What a 429 is taken to ask for when it does not say."""
BACKGROUND = "background"
"""The lane name of work nobody waits for: in `take` it lets others go first."""

_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, EmptyPoolError, ProxyError)
_ONCE = Tries(0, read=False)
_NOTHING: tuple[Any, ...] = (None, {}, "", ())
_SIMPLE = frozenset({"params", "data", "json", "headers", "timeout", "allow_redirects"})
"""What a request may be made of to go straight to the connection, beside what is empty."""


class Secrets:
    """Takes given secrets out of texts, as they are and as they look inside a URL."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if secret}
        self._forms = sorted({form for item in known for form in (item, quote(item, ""), quote_plus(item))}, key=len)

    def scrub(self, text: str) -> str:
        """The text with every secret replaced by `***`."""
        for form in reversed(self._forms):
            text = text.replace(form, "***")
        return text

    def __repr__(self) -> str:
        return "Secrets(***)"


class _Redaction(logging.Filter):
    """Scrubs urllib3's debug lines, which show whole URLs."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._secrets.scrub(record.getMessage()), ()
        return True


class VendorSession(requests.Session):
    """A `requests.Session` for one vendor.

    Every request takes its permits first, has a timeout, follows no redirect and carries no cookie. `timeout` is in
    seconds: for the connection, and until something comes; the whole answer has four times the latter (PatientAdapter).
    `swap` is a pair of URL prefixes: what a client library writes, and what is really asked. `reads` says of (method,
    url) whether asking is harmless to repeat; by default that is so for GET and HEAD. With `only_reads` anything else
    is refused before a byte is sent. Raises only ConnectorError, from its own failures: answers of any status are
    returned. Safe to share among threads.

    Plain requests to hosts that no proxy stands before go to the pool of connections directly: what `requests` does
    on the way costs two thirds of a call.
    """

    def __init__(
        self,
        connector: str,
        pace: Pace,
        *,
        lanes: tuple[str, ...] = (),
        swap: tuple[str, str] | None = None,
        secrets: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        reads: Callable[[str, str], bool] | None = None,
        only_reads: bool = False,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        super().__init__()
        self._connector = connector
        self._pace = pace
        self._lanes = lanes
        self._swap = swap
        self._secrets = Secrets(secrets)
        self._reads = reads or (lambda method, _url: method.upper() in {"GET", "HEAD"})
        self._only_reads = only_reads
        self._timeout = timeout
        self._extra = threading.local()
        self._surroundings: dict[Any, Any] = {}
        self._pools: dict[str, HTTPConnectionPool | None] = {}
        for prefix in ("https://", "http://"):
            self.mount(prefix, PatientAdapter())
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": USER_AGENT, **(headers or {})})
        self._redaction = _Redaction(self._secrets)
        logging.getLogger("urllib3.connectionpool").addFilter(self._redaction)

    @contextmanager
    def also(self, *lanes: str) -> Iterator[None]:
        """Requests of this thread take these lanes as well, while inside."""
        before: tuple[str, ...] = getattr(self._extra, "lanes", ())
        self._extra.lanes = before + lanes
        try:
            yield
        finally:
            self._extra.lanes = before

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Ask. An answer that was cut short counts as none. Raises ConnectorError."""
        if self._swap is not None and url.startswith(self._swap[0]):
            url = self._swap[1] + url[len(self._swap[0]) :]
        if self._only_reads and not self._reads(method, url):
            raise writes_refused(self._connector, method)
        kwargs.setdefault("timeout", self._timeout)
        kwargs["allow_redirects"] = False
        self._pace.take(*self._lanes, *getattr(self._extra, "lanes", ()))
        try:
            answer = self._straight(method, url, args, kwargs)
            return super().request(method, url, *args, **kwargs) if answer is None else answer
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            failure = self._failure(error, reading=self._reads(method, url))
        raise failure  # outside of the handler: the cause holds the whole URL, key and token included

    def _straight(
        self, method: str, url: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> requests.Response | None:
        """The answer to a plain request; None when it is not plain, and nothing was sent."""
        given = {name: value for name, value in kwargs.items() if value not in _NOTHING}
        if args or not given.keys() <= _SIMPLE or not isinstance(given.get("data", ""), str):
            return None
        pool = self._pool(url)
        if pool is None:
            return None
        scheme, host, path, query, _fragment = urlsplit(url)
        headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict(self.headers)
        body = given.get("data")
        if body is None and kwargs.get("json") is not None:
            body = json.dumps(kwargs["json"], allow_nan=False)
            headers["Content-Type"] = "application/json"
        if body is None and method.upper() not in {"GET", "HEAD"}:
            headers["Content-Length"] = "0"
        headers.update(given.get("headers", {}))
        pairs = [(name, value) for name, value in given.get("params", {}).items() if value is not None]
        query = "&".join(part for part in (query, urlencode(pairs, doseq=True)) if part)
        target = f"{path or '/'}{'?' if query else ''}{query}"
        connect, read = given["timeout"]
        answer = pool.urlopen(
            method.upper(),
            target,
            body=body.encode() if body is not None else None,
            headers=headers,
            retries=_ONCE,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            timeout=Timeout(connect=connect, read=read),
        )
        response = requests.Response()
        response.status_code, response.reason = answer.status, answer.reason or ""
        response.url = f"{scheme}://{host}{target}"
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response._content = answer.data
        response.request = requests.PreparedRequest()
        response.request.method, response.request.url = method.upper(), response.url
        return response

    def _pool(self, url: str) -> HTTPConnectionPool | None:
        """The connections to the host of an address; None where a proxy or another adapter stands before it.

        Certificates are looked at as `requests` would.
        """
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._pools:
            given = self.merge_environment_settings(url, {}, None, None, None)
            adapter = self.get_adapter(url)
            self._pools[host] = None
            if type(adapter) is PatientAdapter and not parts.username and not select_proxy(url, given["proxies"]):
                asked = requests.Request("GET", url).prepare()
                pool = adapter.get_connection_with_tls_context(asked, given["verify"], cert=given["cert"])
                if isinstance(pool, HTTPConnectionPool):
                    adapter.cert_verify(pool, url, given["verify"], given["cert"])  # type: ignore[no-untyped-call]
                    self._pools[host] = pool
        return self._pools[host]

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Proxies and certificates that the environment names, looked up once a host: it costs more than a request."""
        key = (urlsplit(url)[:2], stream, verify, cert)
        if proxies:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        if key not in self._surroundings:
            self._surroundings[key] = super().merge_environment_settings(url, {}, stream, verify, cert)
        return dict(self._surroundings[key])

    def pieces(self, response: requests.Response, size: int) -> Iterator[bytes]:
        """The body of an answer that was asked for as a stream. Raises ConnectorError."""
        try:
            yield from response.iter_content(size)
            return
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = self._failure(error, reading=True)
        raise failure

    def refused(
        self, response: requests.Response, what: str, *, code: str = "", wait: timedelta | None = None
    ) -> ConnectorError:
        """The error that an answer's status stands for; pauses the lanes when the vendor said to slow down."""
        method, url = response.request.method or "", response.request.url or ""
        status = response.status_code
        retry = retry_of(status, reading=self._reads(method, url))
        if status == 429:
            wait = wait or wished_wait(response)
        if wait is not None:
            self._pace.pause(min(wait, LONGEST_PAUSE), *self._lanes)
        text = self._secrets.scrub(what)[:300]
        return ConnectorError(self._connector, text, retry=retry, code=code or str(status), wait=wait)

    def refused_in_part(self, status: int, what: str) -> ConnectorError:
        """The same for one of several questions that were read in one request. No header says how long to wait."""
        wait = _NO_WISH if status == 429 else None
        if wait is not None:
            self._pace.pause(wait, *self._lanes)
        text = self._secrets.scrub(what)[:300]
        return ConnectorError(self._connector, text, retry=retry_of(status, reading=True), code=str(status), wait=wait)

    def unreadable(self, response: requests.Response, what: str) -> ConnectorError:
        """The error for an answer that said "good" but cannot be understood: a write may well have happened."""
        reading = self._reads(response.request.method or "", response.request.url or "")
        retry = Retry.PASSING if reading else Retry.UNKNOWN
        return ConnectorError(self._connector, self._secrets.scrub(what)[:300], retry=retry, code="unreadable")

    def scrub(self, text: str) -> str:
        """The text without this session's secrets."""
        return self._secrets.scrub(text)

    def forget_connections(self) -> None:
        """The next requests open new connections. Not for when requests are under way."""
        self._pools.clear()
        for adapter in self.adapters.values():
            adapter.close()

    def close(self) -> None:
        """Let go of connections."""
        logging.getLogger("urllib3.connectionpool").removeFilter(self._redaction)
        self._pools.clear()
        super().close()

    def __repr__(self) -> str:
        return f"VendorSession({self._connector!r})"

    def _failure(self, error: Exception, *, reading: bool) -> ConnectorError:
        causes = tuple(_causes(error))
        what = "no connection" if _never_sent(causes) else "no proper answer"
        text = self._secrets.scrub(f"{what}: {type(causes[-1]).__name__}")
        return ConnectorError(self._connector, text, retry=_retry(causes, reading=reading))


@contextmanager
def after_a_write() -> Iterator[None]:
    """What fails in here may pass later, but not as if nothing had been done: what came of it is open."""
    try:
        yield
    except ConnectorError as error:
        if error.retry is Retry.PERMANENT:
            raise
        open_ = ConnectorError(error.connector, error.what, retry=Retry.UNKNOWN, code=error.code, wait=error.wait)
        raise open_ from error


def writes_refused(connector: str, what: str) -> ConnectorError:
    """The error for a call that would write where only reading is allowed. Nothing was sent."""
    return ConnectorError(connector, f"{what} would write, and here is only read", retry=Retry.PERMANENT, code="reads")


def retry_of(status: int, *, reading: bool) -> Retry:
    """What may be done after an answer of this HTTP status."""
    if status == 429:
        return Retry.PASSING
    if status >= 500 or status == 408:
        return Retry.PASSING if reading else Retry.UNKNOWN
    if status in {401, 402, 403, 405} or 300 <= status < 400:
        return Retry.ASK_ADMIN
    return Retry.PERMANENT


def wished_wait(response: requests.Response) -> timedelta:
    """How long a 429 asks to wait: `Retry-After`, Trello's interval of the bucket that is empty, or ten seconds."""
    header = response.headers.get("Retry-After", "")
    if header.isdigit():
        return timedelta(seconds=int(header))
    if header:
        try:
            return max(parsedate_to_datetime(header) - datetime.now(UTC), timedelta(seconds=1))
        except (ValueError, TypeError):
            pass
    spans = [
        int(response.headers[f"x-rate-limit-api-{kind}-interval-ms"])
        for kind in ("token", "key", "member")
        if response.headers.get(f"x-rate-limit-api-{kind}-remaining") == "0"
        and response.headers.get(f"x-rate-limit-api-{kind}-interval-ms", "").isdigit()
    ]
    return timedelta(milliseconds=max(spans)) if spans else _NO_WISH


class TokenBuckets:
    """Rate limits by lane, in real monotonic time: at most `count` calls in any `seconds`, less the margin.

    A lane named `chat:42` uses the limit of `chat` when it has none of its own, counted apart from other chats, and
    `bot:chat:42` that of `bot:chat` before that of `bot`; a lane without a limit never waits. Work in the lane
    `background` lets others of the same lanes go first, for half a minute at most, so that reading never stops.
    Thread-safe; `now` and `sleep` are seconds.
    """

    PATIENCE = 30.0

    def __init__(
        self,
        limits: Mapping[str, tuple[int, float]],
        *,
        margin: float = 0.15,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = {lane: _kept_under(count, seconds, margin) for lane, (count, seconds) in limits.items()}
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._taken: dict[str, deque[float]] = defaultdict(deque)
        self._closed_until: dict[str, float] = {}
        self._people: Counter[str] = Counter()
        self._waited: dict[str, float] = defaultdict(float)
        self._pauses: Counter[str] = Counter()

    def limit(self, lane: str, count: int, seconds: float, *, margin: float = 0.15) -> None:
        """A limit for a lane from now on; where it has one, the tighter of the two."""
        new = _kept_under(count, seconds, margin)
        with self._lock:
            self._limits[lane] = min(self._limits.get(lane, new), new, key=lambda one: one[0] / one[1])

    def take(self, *lanes: str) -> None:
        """Wait for one permit in each lane."""
        names = tuple(lane for lane in lanes if lane != BACKGROUND)
        if BACKGROUND in lanes:
            patient_until = self._now() + self.PATIENCE
            self._wait(names, lambda: self._now() < patient_until)
            return
        with self._lock:
            self._people.update(names)
        try:
            self._wait(names, lambda: False)
        finally:
            with self._lock:
                self._people.subtract(names)

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """Give no permit in these lanes before `wait` is over."""
        until = self._now() + wait.total_seconds()
        with self._lock:
            for lane in lanes:
                self._closed_until[lane] = max(until, self._closed_until.get(lane, until))
                self._pauses[self._kind(lane)] += 1

    def waited(self) -> Mapping[str, float]:
        """Seconds that calls have waited so far, by the limit that held them up longest."""
        with self._lock:
            return dict(self._waited)

    def pauses(self) -> Mapping[str, int]:
        """How often a vendor said to slow down, by limit."""
        with self._lock:
            return dict(self._pauses)

    def _wait(self, names: tuple[str, ...], lets_others_go: Callable[[], bool]) -> None:
        while True:
            with self._lock:
                delay, slowest = max(((self._delay(lane), lane) for lane in names), default=(0.0, ""))
                if delay <= 0 and not (lets_others_go() and any(self._people[lane] > 0 for lane in names)):
                    for lane in names:
                        self._count(lane)
                    return
                self._waited[self._kind(slowest)] += max(delay, 0.01)
            self._sleep(max(delay, 0.01))

    def _limit(self, lane: str) -> tuple[int, float] | None:
        return self._limits.get(self._kind(lane))

    def _kind(self, lane: str) -> str:
        """The name of the limit that a lane is under; "" for none."""
        name = lane
        while name and name not in self._limits:
            name = name.rpartition(":")[0]
        return name

    def _delay(self, lane: str) -> float:
        now = self._now()
        closed = self._closed_until.get(lane, now) - now
        limit = self._limit(lane)
        if limit is None:
            return closed
        count, seconds = limit
        taken = self._taken[lane]
        while taken and taken[0] + seconds <= now:  # as it is counted below, or rounding lets several through at once
            taken.popleft()
        return max(closed, taken[0] + seconds - now if len(taken) >= count else 0.0)

    def _count(self, lane: str) -> None:
        if self._limit(lane) is not None:
            self._taken[lane].append(self._now())


def _kept_under(count: int, seconds: float, margin: float) -> tuple[int, float]:
    """Fewer calls in the same span; where that would be none, one call in a longer span."""
    less = count * (1 - margin)
    return (int(less), seconds) if less >= 1 else (1, seconds / less)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stands in for authentication, so that a .netrc of the machine never replaces ours."""
    return request


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies beneath it, as requests and urllib3 wrap it."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        inner = [getattr(found, "reason", None), found.__cause__, *found.args]
        found = next((item for item in inner if isinstance(item, BaseException)), None)


def _never_sent(causes: tuple[BaseException, ...]) -> bool:
    refused = (*_NEVER_SENT, requests.ConnectTimeout, requests.exceptions.ProxyError)
    return any(isinstance(cause, refused) for cause in causes)


def _retry(causes: tuple[BaseException, ...], *, reading: bool) -> Retry:
    if isinstance(causes[0], ValueError) or any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Retry.ASK_ADMIN  # an address nobody can ask, or a certificate nobody should trust: nothing was sent
    if _never_sent(causes) or reading:
        return Retry.PASSING
    return Retry.UNKNOWN
