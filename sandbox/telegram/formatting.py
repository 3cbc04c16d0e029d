"""Telegram's HTML: text with tags becomes plain text and entities, and faulty tags are refused.

https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import bad_request

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?""")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_BARE_URL = re.compile(r"(?<![\w@])https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?")


@dataclass
class Formatted:
    """Plain text with its entities; offsets and lengths in UTF-16 code units, as the Bot API counts."""

    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Open:
    tag: str
    start: int
    attributes: dict[str, str]


def plain(text: str) -> Formatted:
    """Text without tags, with the links and commands that Telegram finds by itself."""
    text = text.strip()
    found = [(match, "url") for match in _BARE_URL.finditer(text)]
    found += [(match, "bot_command") for match in _COMMAND.finditer(text)]
    entities = [
        {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match.group())}
        for match, kind in sorted(found, key=lambda pair: pair[0].start())
    ]
    return Formatted(text, [entity for entity in entities if not _inside_link(entity, entities)])


def parse_html(source: str) -> Formatted:
    """Read the tags. Raises the Bot API's 400 "can't parse entities" when they are unknown or not balanced."""
    text: list[str] = []
    length = 0
    opened: list[_Open] = []
    entities: list[dict[str, Any]] = []
    position = 0
    while position < len(source):
        if source[position] != "<":
            end = source.find("<", position)
            chunk = _unescape(source[position : end if end >= 0 else len(source)])
            text.append(chunk)
            length += utf16(chunk)
            position = end if end >= 0 else len(source)
            continue
        offset = len(source[:position].encode())
        match = _TAG.match(source, position)
        if match is None:
            raise _unparsable(f"Unclosed start tag at byte offset {offset}")
        closing, tag, rest = match[1], match[2].lower(), match[3]
        if closing:
            entities += _close(opened, tag, length, offset)
        else:
            opened.append(_open(tag, rest, length, offset))
        position = match.end()
    if opened:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    return _trimmed("".join(text), entities)


def utf16(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _open(tag: str, rest: str, start: int, offset: int) -> _Open:
    attributes = {name: next((v for v in values if v), "") for name, *values in _ATTRIBUTE.findall(rest)}
    if tag not in _KINDS:
        raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {offset}')
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    return _Open(tag, start, {name: _unescape(value) for name, value in attributes.items()})


def _close(opened: list[_Open], tag: str, end: int, offset: int) -> list[dict[str, Any]]:
    if not opened:
        raise _unparsable(f"Unexpected end tag at byte offset {offset}")
    begun = opened.pop()
    if tag not in ("", begun.tag):
        raise _unparsable(f'Unmatched end tag at byte offset {offset}, expected "</{begun.tag}>", found "</{tag}>"')
    if end == begun.start:
        return []
    entity: dict[str, Any] = {"type": _KINDS[begun.tag], "offset": begun.start, "length": end - begun.start}
    if begun.tag == "a":
        if not begun.attributes.get("href"):
            return []
        entity["url"] = begun.attributes["href"]
    if begun.tag == "tg-emoji":
        entity["custom_emoji_id"] = begun.attributes.get("emoji-id", "")
    if begun.tag == "blockquote" and "expandable" in begun.attributes:
        entity["type"] = "expandable_blockquote"
    return [entity]


def _trimmed(text: str, entities: list[dict[str, Any]]) -> Formatted:
    """Telegram cuts white space at both ends after parsing; entities move along."""
    left = utf16(text) - utf16(text.lstrip())
    text = text.strip()
    size = utf16(text)
    kept = []
    for entity in sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])):
        start = max(0, entity["offset"] - left)
        end = min(size, entity["offset"] - left + entity["length"])
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return Formatted(text, kept)


def _inside_link(entity: dict[str, Any], entities: list[dict[str, Any]]) -> bool:
    return entity["type"] == "bot_command" and any(
        other["type"] == "url" and other["offset"] <= entity["offset"] < other["offset"] + other["length"]
        for other in entities
    )


def _unescape(text: str) -> str:
    return _REFERENCE.sub(lambda match: html.unescape(match.group()), text)


def _unparsable(what: str) -> Exception:
    return bad_request(f"can't parse entities: {what}")
