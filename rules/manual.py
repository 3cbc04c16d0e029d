"""The manual of the language: one page an element, made from its declaration. Printed, shown, and put into docs/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from bridge.model.wording import worded
from rules.actions.action import ACTIONS
from rules.comparisons import COMPARISONS
from rules.conditions import OPERATORS
from rules.deciding import decide
from rules.entries import RuleEntry
from rules.field_types import FIELD_TYPES
from rules.filters import FILTERS
from rules.flaws import Params
from rules.registry import example_of, explanation_of, keys_of, meaning_of, shape_of
from rules.triggers import TRIGGERS, Trigger


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an element: what stands there, and whether it must."""

    word: str
    said: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to know of one element. `kind` is trigger, action, comparison, filter, type or key.

    `facts` are lines of what else was declared: the types it fits, what it takes, what it gives. `missing` is true for
    what is read and checked, and not carried out by this version.
    """

    kind: str
    word: str
    said: str
    example: str
    keys: tuple[Key, ...] = ()
    facts: tuple[str, ...] = ()
    missing: bool = False

    @property
    def summary(self) -> str:
        """What it is for, in one line."""
        return self.said.partition("\n")[0]

    @property
    def details(self) -> str:
        """What there is to say besides."""
        return self.said.partition("\n")[2].strip()


def pages() -> tuple[Page, ...]:
    """Every page: triggers, conditions, actions, filters, types, and the keys of a rule."""
    return (*_triggers(), *_comparisons(), *_actions(), *_filters(), *_types(), *_keys_of_rules())


def find(word: str) -> tuple[Page, ...]:
    """The pages under that word; none when it names no element."""
    return tuple(page for page in pages() if page.word == word)


def _triggers() -> Iterator[Page]:
    for word, element in TRIGGERS.items():
        facts = (worded("Hears what the bridge itself did, too."),) if element.hears_own else ()
        yield _page("trigger", word, element, facts, False)


def _actions() -> Iterator[Page]:
    for word, element in ACTIONS.items():
        yield _page("action", word, element, (), decide.dispatch(element) is decide.dispatch(object))


def _page(kind: str, word: str, element: type[Params], facts: tuple[str, ...], missing: bool) -> Page:
    keys = {name: item for name, item in keys_of(element).items() if name != "id"}
    said = explanation_of(element)
    bare = _stands_alone(element, keys)
    if bare:
        said += f"\n\nTakes {meaning_of(keys.pop(bare))}."
    listed = tuple(key for name, item in keys.items() for key in _keys(name, item))
    return Page(kind, word, said, example_of(element), listed, facts, missing)


def _stands_alone(element: type[Params], keys: Mapping[str, FieldInfo]) -> str:
    """The key that nobody writes, because its value stands right behind the word."""
    if issubclass(element, Trigger) and element.short and (element.whole or len(keys) == 1):
        return element.short
    return ""


def _keys(word: str, item: FieldInfo) -> Iterator[Key]:
    """A key, and behind it those that stand inside it: `task`, `task.title`."""
    yield Key(word, meaning_of(item), item.is_required())
    shape = shape_of(item)
    if shape is not None:
        for name, inner in keys_of(shape).items():
            yield from _keys(f"{word}.{name}", inner)


def _comparisons() -> Iterator[Page]:
    for word, one in COMPARISONS.items():
        fits = [kind.value for kind, words in OPERATORS.items() if word in words]
        told = worded("all types") if len(fits) == len(OPERATORS) else ", ".join(fits)
        yield Page(
            "comparison", word, f"True when: {one.said}.", one.example, facts=(worded("Fits {types}.", types=told),)
        )


def _filters() -> Iterator[Page]:
    for word, one in FILTERS.items():
        fits = (worded("Fits {types}.", types=sorted(one.fits)),) if one.fits else ()
        said = f"{one.said[:1].upper()}{one.said[1:]}."
        yield Page("filter", word, said, one.example, facts=(*fits, worded("Gives: {shows}", shows=one.shows)))


def _types() -> Iterator[Page]:
    for kind, one in FIELD_TYPES.items():
        yield Page(
            "type",
            kind.value,
            one.said,
            one.example,
            facts=(worded("Compared by {words}.", words=list(OPERATORS[kind])),),
        )


def _keys_of_rules() -> Iterator[Page]:
    for word, item in keys_of(RuleEntry).items():
        needed = "needed" if item.is_required() else "may be left out"
        said = meaning_of(item)
        yield Page("key", word, f"A key of a rule: {said} ({needed}).", "")
