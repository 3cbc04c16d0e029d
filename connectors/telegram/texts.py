"""Telegram HTML that fits: cut at a line when it is too long, and never with a tag left open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

LIMIT = 4096
"""How long a text may be after its entities are parsed, counted as Telegram counts entities: in UTF-16 units.

https://core.telegram.org/bots/api#sendmessage
"""

_TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z][\w-]*)[^>]*>|&(?:#\d+|#x[\da-fA-F]+|[a-zA-Z]+);|.", re.DOTALL)


def fit(html: str, limit: int = LIMIT) -> str:
    """The text, or what of it fits into `limit`, ended by "…" and with every tag closed.

    It is cut after the last whole line that fits; a text whose first line is too long is cut inside that line.
    """
    if _length(html) <= limit:
        return html
    kept: list[str] = []
    used = 0
    line_end = 0
    for token in _TOKEN.finditer(html):
        if token[0] == "\n" and used + len("\n…") <= limit:
            line_end = len(kept)
        used += _units(token)
        if used + len("…") > limit:
            break
        kept.append(token[0])
    if line_end:
        return _closed(kept[:line_end], "\n…")
    return _closed(kept, "…")


def _closed(tokens: list[str], end: str) -> str:
    html = "".join(tokens)
    return html + "".join(f"</{tag}>" for tag in reversed(list(_open_tags(html)))) + end


def _open_tags(html: str) -> Iterator[str]:
    stack: list[str] = []
    for token in _TOKEN.finditer(html):
        if token["tag"] and not token["close"]:
            stack.append(token["tag"])
        elif token["tag"] and stack:
            stack.pop()
    yield from stack


def _length(html: str) -> int:
    return sum(_units(token) for token in _TOKEN.finditer(html))


def _units(token: re.Match[str]) -> int:
    if token["tag"]:
        return 0
    return 2 if len(token[0]) == 1 and token[0] > "\uffff" else 1
