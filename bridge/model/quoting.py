"""Quotation marks: which pair stands inside another, in every sentence that names somebody's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PAIRS = {"uk": ("«", "»"), "ru": ("«", "»")}
_INNER = {
    "«": str.maketrans("«»", "„“"),
    "“": str.maketrans("“”", "‘’"),
}
"""By the mark that opens outside: what the same marks are inside."""
OPENING = frozenset(_INNER)
"""The marks that open a quotation."""
_QUOTED = re.compile("(«[^«»]*»|“[^“”]*”)")


def quoted(words: str, language: str) -> str:
    """The words in the quotation marks of that language: «ТОВ „Ромашка“», “Romashka”."""
    opening, closing = _PAIRS.get(language, ("“", "”"))
    return f"{opening}{inside(words, opening)}{closing}"


def inside(words: str, opening: str) -> str:
    """The words as they stand behind that mark: the same marks of their own become the inner ones."""
    return words.translate(_INNER[opening])


def filled(pattern: str, values: Mapping[str, Any]) -> str:
    """The pattern with the values in its braces; marks of a value that lands within marks become the inner ones."""
    if not any(isinstance(value, str) and not _INNER.keys().isdisjoint(value) for value in values.values()):
        return pattern.format_map(values)
    parts = _QUOTED.split(pattern)
    return "".join(part.format_map(_within(values, part[:1])) for part in parts)


def _within(values: Mapping[str, Any], opening: str) -> Mapping[str, Any]:
    if opening not in _INNER:
        return values
    return {name: inside(value, opening) if isinstance(value, str) else value for name, value in values.items()}
