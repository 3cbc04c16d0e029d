"""Sentences that can be said again in another language: English, and beside it the pattern and what was put into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Catalogue: TypeAlias = Mapping[str, str]
"""English patterns, and what stands for each in one language, with the same names in braces."""


class Worded(str):
    """An English sentence, a text like any other, that knows how it was made."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, Any]


def worded(pattern: str, /, **values: Any) -> Worded:
    """The pattern with the values in its braces; a list of sentences is parted by commas."""
    made = Worded(_filled(pattern, values, {}))
    made.pattern, made.values = pattern, values
    return made


def said_by(catalogue: Catalogue, text: str) -> str:
    """The sentence, and those inside it, in the language of the catalogue; English where it lacks the pattern."""
    if isinstance(text, Worded):
        return _filled(catalogue.get(text.pattern, text.pattern), text.values, catalogue)
    return catalogue.get(text, text)


def _filled(pattern: str, values: Mapping[str, Any], catalogue: Catalogue) -> str:
    return pattern.format_map({name: _said(value, catalogue) for name, value in values.items()})


def _said(value: Any, catalogue: Catalogue) -> Any:
    if isinstance(value, Worded):
        return said_by(catalogue, value)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_said(item, catalogue)) for item in value)
    return value
