"""Telegram HTML in as many messages as it takes: each fits, and none has a tag left open. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import unescape
from itertools import accumulate, takewhile

from bridge.model.values import utf16_units

LIMIT = 4096
"""How long a text may be after its entities are parsed, counted as Telegram counts entities: in UTF-16 units.

https://core.telegram.org/bots/api#sendmessage
"""
CAPTION_LIMIT = 1024
"""The same for the words under a file. https://core.telegram.org/bots/api#senddocument"""

_TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z][\w-]*)[^>]*>|&(?:#\d+|#x[\da-fA-F]+|lt|gt|amp|quot);|.", re.DOTALL)
"""Other named entities are none to Telegram. https://core.telegram.org/bots/api#html-style"""
_SPACE = re.compile("[^\\S\u00a0\u2007\u202f]+")
"""White space at which a text may be cut: not within "12 345 ₴"."""
_ENDS_A_SENTENCE = re.compile(r"[.!?…][\"'»”)]*\Z")
_WHOLE = frozenset({"a", "code", "tg-emoji"})
"""What is not cut where there is any other place: a link, or words in type, would come apart."""
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class _Sign:
    """One visible sign: how it is written, what stands there, and the tags that are open around it."""

    raw: str
    shown: str
    opened: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return any(_name(tag) in _WHOLE for tag in self.opened)


def parts(html: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The text in parts that fit into `limit`, in their order; a text that fits is the only one.

    It is cut between paragraphs, else lines, sentences, words, else between two letters. Markup around a cut is closed
    before it and opened again behind it; the white space there goes.
    """
    if length(html) <= limit:
        return (html,)
    signs = _signs(html)
    text = "".join(sign.shown for sign in signs)
    upto = list(accumulate(map(utf16_units, text), initial=0))
    end, made = len(text.rstrip()), []
    start = len(text) - len(text.lstrip())
    while start < end:
        cut = _cut(text, upto, signs, start, end, limit)
        made.append(_written(signs[start:cut]))
        gap = _SPACE.match(text, cut)
        start = gap.end() if gap else cut
    return tuple(made)


def length(html: str) -> int:
    """How long a text is to Telegram: its markup does not count, an emoji is two."""
    return sum(utf16_units(_shown(token[0])) for token in _TOKEN.finditer(html) if not token["tag"])


def _cut(text: str, upto: list[int], signs: list[_Sign], start: int, end: int, limit: int) -> int:
    """Where the part that begins at `start` ends. A place in its second half is better than a nobler one before it."""
    stop = next((place for place in range(start + 1, end + 1) if upto[place] - upto[start] > limit), end + 1) - 1
    if stop == end:
        return end
    gaps = takewhile(lambda gap: gap.start() <= stop, _SPACE.finditer(text, start + 1))
    places = [(_rank(text, gap), gap.start(), signs[gap.start()].is_whole) for gap in gaps]
    late = [place for place in places if upto[place[1]] - upto[start] >= limit // 2 and not place[2]]
    if late:
        noblest = min(rank for rank, _place, _whole in late)
        return max(place for rank, place, _whole in late if rank == noblest)
    if places:
        return max(places, key=lambda place: (not place[2], place[1]))[1]
    letters = (place for place in range(stop, start, -1) if not _belong_together(text, place))
    return max(next(letters, stop), start + 1)


def _rank(text: str, gap: re.Match[str]) -> int:
    """How good a place to cut is: 0 between paragraphs, then lines, sentences, words."""
    lines = gap[0].count("\n")
    if lines:
        return 0 if lines > 1 else 1
    return 2 if _ENDS_A_SENTENCE.search(text, max(gap.start() - 9, 0), gap.start()) else 3


def _belong_together(text: str, place: int) -> bool:
    """Whether the signs before and after a place are one to readers: an accent, a family, a flag.

    https://unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules
    """
    before, after = text[place - 1], text[place]
    if _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # the colour of a skin, the name of a region
    halves = len(list(takewhile(_is_half_a_flag, reversed(text[:place]))))
    return _is_half_a_flag(after) and halves % 2 == 1


def _is_half_a_flag(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _signs(html: str) -> list[_Sign]:
    signs = []
    opened: tuple[str, ...] = ()
    for token in _TOKEN.finditer(html):
        if not token["tag"]:
            signs.append(_Sign(token[0], _shown(token[0]), opened))
        else:
            opened = opened[:-1] if token["close"] else (*opened, token[0])
    return signs


def _written(signs: list[_Sign]) -> str:
    """The signs with the tags around them, each closed at the end."""
    made: list[str] = []
    opened: tuple[str, ...] = ()
    for sign in [*signs, _Sign("", "", ())]:
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(opened, sign.opened, strict=False))))
        made += [f"</{_name(tag)}>" for tag in reversed(opened[same:])]
        made += [*sign.opened[same:], sign.raw]
        opened = sign.opened
    return "".join(made)


def _name(tag: str) -> str:
    return re.split(r"[\s>]", tag[1:], maxsplit=1)[0].lower()


def _shown(raw: str) -> str:
    return unescape(raw) or "\ufffd"  # of a number that no character has
