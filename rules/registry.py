"""Triggers and actions by the word that rules write for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rules.kinds import Kind

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
            if not example_of(element):
                raise ValueError(f'{self.kind} "{word}" has no example')
            dark = [key for key, item in keys_of(element).items() if not meaning_of(item)]
            if dark:
                raise ValueError(f'{self.kind} "{word}" does not say what {", ".join(dark)} is')
            self._elements[word] = element
            return element

        return enter

    def get(self, word: str) -> type[T] | None:
        """The element of that word."""
        return self._elements.get(word)

    def words(self) -> tuple[str, ...]:
        """Every declared word, in order of the alphabet."""
        return tuple(sorted(self._elements))

    def items(self) -> Iterator[tuple[str, type[T]]]:
        """Every word with its element, in order of the alphabet."""
        yield from sorted(self._elements.items())


def example_of(element: type[object]) -> str:
    """The YAML below `Example:` in an element's docstring, "" where there is none."""
    doc = inspect.getdoc(element) or ""
    _, _, example = doc.partition("Example:\n")
    return inspect.cleandoc("\n" + example)


def explanation_of(element: type[object]) -> str:
    """The docstring of an element without its example."""
    return (inspect.getdoc(element) or "").partition("Example:")[0].strip()


def keys_of(element: type[object]) -> Mapping[str, FieldInfo]:
    """The keys of an element as rules write them, in the order of the declaration."""
    if not issubclass(element, BaseModel):
        return {}
    return {item.alias or name: item for name, item in element.model_fields.items()}


def meaning_of(item: FieldInfo) -> str:
    """What an admin writes at a key: its description, else what kind of value it is."""
    kind = kind_of(item)
    return item.description or (kind.said if kind is not None else "")


def kind_of(item: FieldInfo) -> Kind | None:
    """The kind of a parameter, None where its type says enough."""
    return next((part for part in (*item.metadata, *_inner_marks(item.annotation)) if isinstance(part, Kind)), None)


def shape_of(item: FieldInfo) -> type[BaseModel] | None:
    """The shape of a parameter that has keys of its own."""
    for part in (item.annotation, *get_args(item.annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _inner_marks(annotation: Any) -> Iterator[Any]:
    """What stands beside the type inside an optional parameter."""
    for part in get_args(annotation):
        if get_origin(part) is Annotated:
            yield from get_args(part)[1:]
