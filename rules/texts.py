"""Texts for people: a small part of Jinja2 over declared names, rendered for Telegram, for Trello, or plain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.model.fields import FieldSpec


@dataclass(frozen=True)
class Template:
    """A checked text. `names` are those it uses."""

    source: str
    language: str
    names: frozenset[str]

    def render(self, values: Mapping[str, Any], markup: str = "telegram", zone: str = "UTC") -> str:
        """The text for these values (nested by the dots of the names)."""
        raise NotImplementedError


def read_text(source: str, language: str, fields: Mapping[str, FieldSpec], free: Collection[str] = ()) -> Template:
    """The checked text. Raises Flawed."""
    return Template(source, language, frozenset())
