"""Triggers and actions by the word that rules write for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """The elements of one kind. Each is declared once, under one word, with a docstring that has an `Example:`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._elements: dict[str, type[T]] = {}

    def declare(self, word: str) -> Callable[[type[T]], type[T]]:
        """A class decorator. Raises ValueError for a word that is taken, and for an element nobody explained."""

        def enter(element: type[T]) -> type[T]:
            if word in self._elements:
                raise ValueError(f'{self.kind} "{word}" is declared twice')
            if not (element.__dict__.get("__doc__") or "").strip():
                raise ValueError(f'{self.kind} "{word}" has no docstring')
            self._elements[word] = element
            return element

        return enter

    def get(self, word: str) -> type[T] | None:
        """The element of that word."""
        return self._elements.get(word)

    def words(self) -> tuple[str, ...]:
        """Every declared word, in order of the alphabet."""
        return tuple(sorted(self._elements))


def example_of(element: type[object]) -> str:
    """The YAML below `Example:` in an element's docstring, "" where there is none."""
    doc = inspect.getdoc(element) or ""
    _, _, example = doc.partition("Example:\n")
    return inspect.cleandoc("\n" + example)
