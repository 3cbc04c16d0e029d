"""Sentences that can be said again in another language: English, and beside it the pattern and what was put into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from bridge.model.quoting import filled

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


def as_it_says(text: str | None) -> Worded:
    """What another program says, word for word; a catalogue may know it."""
    made = Worded(text or "")
    made.pattern, made.values = made.replace("{", "{{").replace("}", "}}"), {}
    return made


class Counted(Worded):
    """A number with its noun. Its pattern holds the forms of the noun, parted by |: two in English, three in Slavic."""

    __slots__ = ()


def counted(count: int, forms: str) -> Counted:
    """A number in front of its noun: `counted(2, "{count} day|{count} days")` is "2 days"."""
    made = Counted(_form(count, forms).format(count=count))
    made.pattern, made.values = forms, {"count": count}
    return made


def said_by(catalogue: Catalogue, text: str) -> str:
    """The sentence, and those inside it, in the language of the catalogue; English where it lacks the pattern."""
    if isinstance(text, Counted):
        return _form(text.values["count"], catalogue.get(text.pattern, text.pattern)).format(**text.values)
    if isinstance(text, Worded):
        return _filled(catalogue.get(text.pattern, text.pattern), text.values, catalogue)
    return catalogue.get(text, text)


def _form(count: int, forms: str) -> str:
    """The form that goes with a whole number: how many forms there are tells which languages' rule it is."""
    one, *others = forms.split("|")
    if len(others) == 1:
        return one if count == 1 else others[0]
    few, many = others
    last, last_two = abs(count) % 10, abs(count) % 100
    if last == 1 and last_two != 11:
        return one
    return few if 2 <= last <= 4 and not 12 <= last_two <= 14 else many


def _filled(pattern: str, values: Mapping[str, Any], catalogue: Catalogue) -> str:
    return filled(pattern, {name: _said(value, catalogue) for name, value in values.items()})


def _said(value: Any, catalogue: Catalogue) -> Any:
    if isinstance(value, Worded):
        return said_by(catalogue, value)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_said(item, catalogue)) for item in value)
    return value
