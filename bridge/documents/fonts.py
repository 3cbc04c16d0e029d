"""The fonts shipped with documents, and which characters they can draw.

A glyph that no font has is drawn as an empty box at best, so whoever makes a file must know of it.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS_FOLDER = Path(__file__).parent / "fonts"

# Joiners and variation selectors steer the glyphs beside them and need none of their own.
_GUIDES = frozenset({0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)})


def undrawn(text: str) -> str:
    """The characters of a text that no shipped font can draw, each once, in the order of their numbers."""
    drawn = _all_characters()
    lost = {c for c in text if ord(c) not in drawn and ord(c) not in _GUIDES and unicodedata.category(c) != "Cc"}
    return "".join(sorted(lost))


def characters_of(font: bytes) -> frozenset[int]:
    """The code points that a TrueType font has glyphs for, from its cmap table.

    https://learn.microsoft.com/typography/opentype/spec/cmap (formats 4 and 12, the Unicode ones).
    """
    cmap = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", cmap, 2)
    offsets = {struct.unpack_from(">HHL", cmap, 4 + 8 * index)[2] for index in range(count)}
    found: set[int] = set()
    for offset in offsets:
        (form,) = struct.unpack_from(">H", cmap, offset)
        if form == 4:
            found.update(_segments(cmap, offset))
        elif form == 12:
            found.update(_groups(cmap, offset))
    return frozenset(found)


@cache
def _all_characters() -> frozenset[int]:
    return frozenset().union(*(characters_of(path.read_bytes()) for path in FONTS_FOLDER.glob("*.ttf")))


def _table(font: bytes, tag: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * index)
        if name == tag:
            return font[offset : offset + length]
    raise ValueError(f"the font has no table {tag!r}")


def _segments(cmap: bytes, offset: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", cmap, offset + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", cmap, offset + 14)
    starts = struct.unpack_from(f">{count}H", cmap, offset + 16 + twice)
    for start, end in zip(starts, ends, strict=True):
        yield from (code for code in range(start, end + 1) if code != 0xFFFF)


def _groups(cmap: bytes, offset: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">L", cmap, offset + 12)
    for index in range(count):
        start, end, _ = struct.unpack_from(">LLL", cmap, offset + 16 + 12 * index)
        yield from range(start, end + 1)
