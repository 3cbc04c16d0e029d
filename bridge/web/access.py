"""The page of a one-time link, where a client hands accesses over. Plain HTML: no script, no cookie, nothing foreign.

What is written there is sealed before anything is kept, and stands in no log and no address.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bridge.daemon import Daemon
from bridge.engine.engine import Engine
from bridge.engine.handing_over import OpenPage, hand_over, opened
from bridge.model.errors import StoreError
from bridge.model.vault import PATH, digest_of
from bridge.web.access_words import WORDS, Words

log = structlog.get_logger(__name__)

_HERE = Path(__file__).parent
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_PARTS = ("login", "password", "note")
_LONGEST = {"login": 300, "password": 1000, "note": 3000}
_LARGEST_BODY = 256 * 1024
_MISSES_A_MINUTE, _POSTS_A_MINUTE = 120, 12
"""Of one address so many links that are none, of one link so many answers: a person needs a handful."""

_STYLE = (_HERE / "access.css").read_text(encoding="utf-8")
_PAGE = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).get_template("access.html")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def access_route(engine: Engine, daemon: Daemon) -> Route:
    """Where clients hand accesses over. Without a vault every link is one that is none."""
    return Route(PATH + "{token:path}", _AccessPage(engine, daemon).answer, methods=["GET", "HEAD", "POST"])


class _AccessPage:
    def __init__(self, engine: Engine, daemon: Daemon) -> None:
        self._engine = engine
        self._daemon = daemon
        self._misses, self._posts = _Tries(_MISSES_A_MINUTE), _Tries(_POSTS_A_MINUTE)

    async def answer(self, request: Request) -> Response:
        """The form of a link; after a POST the same address says thank you."""
        token, now = request.path_params["token"], self._engine.clock.now()
        peer = request.client.host if request.client else ""
        if not self._misses.are_left(peer):
            return self._said(self._words.busy, 429, headers={"Retry-After": "60"})
        try:
            page = await self._opened(token, now)
            if page is None:
                self._misses.note(peer)
                return self._said(self._words.unknown, 404)
            if request.method == "POST":
                return await self._handed_in(request, token, page, now)
        except StoreError as error:
            log.error("access page: database", error=str(error))
            return self._said(self._words.trouble, 503, headers={"Retry-After": "60"})
        return self._shown(page, now)

    async def _opened(self, token: str, now: datetime) -> OpenPage | None:
        if self._engine.context.vault is None or _TOKEN.fullmatch(token) is None:
            return None
        return await run_in_threadpool(opened, self._engine.store, token, now)

    async def _handed_in(self, request: Request, token: str, page: OpenPage, now: datetime) -> Response:
        words, posts = _words_of(page), digest_of(token)
        if not _is_ours(request):
            return self._said(words.foreign, 403, page)
        if not self._posts.are_left(posts):
            return self._said(words.busy, 429, page, {"Retry-After": "60"})
        self._posts.note(posts)
        body = await _limited(request)
        if page.is_done or page.is_over(now):
            return self._shown(page, now)
        if body is None:
            return self._form(page, words.too_large, 413)
        given = _parsed(body, page.names)
        if not any(any(value.strip() for value in parts.values()) for parts in given.values()):
            return self._form(page, words.empty, 422)
        for name, parts in given.items():
            if any(len(parts[part]) > _LONGEST[part] for part in _PARTS):
                return self._form(page, words.too_long.format(title=self._title(name, page)), 422, given)
        filled = {name: parts for name, parts in given.items() if any(value.strip() for value in parts.values())}
        came = await run_in_threadpool(hand_over, self._engine.store, self._engine.context, token, filled, now)
        if came:
            log.info("accesses handed over", subject=page.link.subject, accesses=list(came))
            self._daemon.wake()
        return RedirectResponse(token, 303, headers=_HEADERS)

    # -- pages --------------------------------------------------------------------------------------------------

    def _shown(self, page: OpenPage, now: datetime) -> Response:
        words = _words_of(page)
        if page.is_done:
            return self._said((*words.done, words.more), 200, page)
        if page.is_over(now):
            return self._said(words.over, 410, page)
        return self._form(page)

    def _form(
        self, page: OpenPage, wrong: str = "", status: int = 200, given: Mapping[str, Mapping[str, str]] | None = None
    ) -> Response:
        """The form; what was wrong stands above it. A password that was typed does not come back."""
        fields = [
            {
                "name": name,
                "title": self._title(name, page),
                "login": (given or {}).get(name, {}).get("login", "")[: _LONGEST["login"]],
                "note": (given or {}).get(name, {}).get("note", "")[: _LONGEST["note"]],
            }
            for name in page.names
        ]
        zone = ZoneInfo(self._engine.context.ruleset.zone)
        day = format_date(page.link.expires_at.astimezone(zone).date(), "d MMMM", locale=_language_of(page))
        return self._rendered(page, status, fields=fields, wrong=wrong, day=day, longest=_LONGEST)

    def _said(
        self,
        lines: tuple[str, ...],
        status: int,
        page: OpenPage | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        return self._rendered(page, status, headers, fields=[], heading=lines[0], lines=lines[1:])

    def _rendered(
        self, page: OpenPage | None, status: int, headers: Mapping[str, str] | None = None, **values: object
    ) -> Response:
        vault, language = self._engine.context.vault, _language_of(page) if page else self._language
        agency = vault.agency if vault is not None else ""
        style = Markup(_STYLE)  # noqa: S704 - a file of this program
        html = _PAGE.render(language=language, words=WORDS[language], style=style, agency=agency, **values)
        return HTMLResponse(html, status, {**_HEADERS, "Content-Language": language, **(headers or {})})

    def _title(self, name: str, page: OpenPage) -> str:
        vault = self._engine.context.vault
        return vault.title(name, _language_of(page)) if vault is not None else name

    @property
    def _language(self) -> str:
        """That of the agency, where nobody can tell whose link it was."""
        usual = self._engine.context.ruleset.defaults.language
        return usual if usual in WORDS else "en"

    @property
    def _words(self) -> Words:
        return WORDS[self._language]


class _Tries:
    """How often somebody tried within a minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minute = 0
        self._counted: Counter[str] = Counter()

    def are_left(self, who: str) -> bool:
        """Whether another try is fine."""
        minute = int(monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counted = minute, Counter()
        return self._counted[who] < self._most

    def note(self, who: str) -> None:
        """Counts one."""
        self._counted[who] += 1


def _language_of(page: OpenPage) -> str:
    return page.link.language if page.link.language in WORDS else "en"


def _words_of(page: OpenPage) -> Words:
    return WORDS[_language_of(page)]


def _is_ours(request: Request) -> bool:
    """Whether a form was sent from this page: browsers say from which site, and of a no-referrer page no origin.

    A page without cookies has nothing that another site could borrow; this keeps one from filling in a link it knows.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "null")
    return site in ("same-origin", "none") and (
        origin == "null" or urlsplit(origin).netloc == request.headers.get("host", "")
    )


async def _limited(request: Request) -> bytes | None:
    """The body; None when it is too large, which is known without reading all of it."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > _LARGEST_BODY:
            return None
    return bytes(read)


def _parsed(body: bytes, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """What was written, by access and field, of the accesses that the link asks for."""
    try:
        sent = dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=1000))
    except ValueError:
        sent = {}
    return {name: {part: sent.get(f"{name}.{part}", "") for part in _PARTS} for name in names}
