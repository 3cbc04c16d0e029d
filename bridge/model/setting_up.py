"""Setting an outside system up: what the configuration wants of it, what is there, and what is to be done. Values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.model.fields import FieldType
from bridge.model.wording import worded

_OFFERED = 5
"""So many things are offered as those that could be meant."""


class Does(StrEnum):
    """What becomes of a thing: it is there · the bridge makes it · only a person can · when the bridge runs."""

    USE = "use"
    CREATE = "create"
    BY_HAND = "by_hand"
    LATER = "later"


class Thing(StrEnum):
    """What the configuration may want of a system."""

    BOARD = "board"
    LIST = "list"
    LABEL = "label"
    FIELD = "field"
    OPTION = "option"
    PEOPLE = "people"
    WEBHOOK = "webhook"
    TEMPLATE = "template"
    STATUS = "status"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Holds:
    """What the custom field behind a mapping name is to hold. `options` are as that system writes them."""

    type: FieldType
    options: tuple[str, ...] = ()
    written: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the configuration wants, beyond what connectors are told anyway. `fields` are by mapping name."""

    lists: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    fields: Mapping[str, Holds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldThere:
    """A custom field of a live system. `kind` says in words what it is.

    `reads` and `writes` are the types of facts it can hold when they are only read from it, and when they are written
    too. `options` are its values, None for a field that takes any. `why_not` says why nobody can write it; "" where
    somebody can.
    """

    name: str
    kind: str
    reads: frozenset[FieldType]
    writes: frozenset[FieldType]
    options: tuple[str, ...] | None = None
    why_not: str = ""

    def refuses(self, holds: Holds) -> bool:
        """Whether it is to be written, and nobody can."""
        return holds.written and bool(self.why_not)

    def fits(self, holds: Holds) -> bool:
        """Whether it can hold that."""
        return holds.type in (self.writes if holds.written else self.reads)

    def lacks(self, holds: Holds) -> tuple[str, ...]:
        """The values that it does not offer."""
        return () if self.options is None else tuple(one for one in holds.options if one not in self.options)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is wanted, and what becomes of it.

    `where` is the board of a list, label or field, the field of an option, `task` or `contact` for Planfix. `kind` is
    the vendor's word for the type of a field that is made, `said` the same for people. `why` is what a person is to do.
    `others` are things there that could be meant instead; `key` is the mapping name of a field, or the key of a person.
    """

    does: Does
    thing: Thing
    name: str
    where: str = ""
    kind: str = ""
    said: str = ""
    options: tuple[str, ...] = ()
    why: str = ""
    others: tuple[str, ...] = ()
    key: str = ""


def alike(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names that could be meant by one that is not there, the nearest first: spelt nearly so, or one in the other.

    Capital letters, spaces and signs do not matter.
    """
    wanted, bare = _bare(name), {one: _bare(one) for one in known}
    near = difflib.get_close_matches(wanted, list(dict.fromkeys(bare.values())), _OFFERED)
    inside = [one for one in bare.values() if min(len(one), len(wanted)) > 2 and (one in wanted or wanted in one)]
    found = [one for text in dict.fromkeys([*near, *inside]) for one in bare if bare[one] == text and one != name]
    return tuple(found[:_OFFERED])


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def in_words(step: Step) -> str:
    """A thing as people call it."""
    name, where = step.name, step.where
    match step.thing:
        case Thing.BOARD:
            return worded('board "{name}"', name=name)
        case Thing.LIST:
            return worded('list "{name}" on board "{where}"', name=name, where=where)
        case Thing.LABEL:
            return worded('label "{name}" on board "{where}"', name=name, where=where)
        case Thing.FIELD:
            return _field_in_words(step)
        case Thing.OPTION:
            return worded('value "{name}" of field "{where}"', name=name, where=where)
        case Thing.PEOPLE:
            return worded('on board "{where}": {name}', name=name, where=where)
        case Thing.WEBHOOK:
            return worded('webhook of board "{name}"', name=name)
        case Thing.TEMPLATE:
            return worded('task template "{name}"', name=name)
        case Thing.STATUS:
            return worded('status "{name}" of template "{where}"', name=name, where=where)
        case Thing.SCENARIO:
            return worded("scenario with an HTTP request to {name}", name=name)


def _field_in_words(step: Step) -> str:
    kind = step.said
    if kind and step.options:
        kind = worded("{kind}: {options}", kind=kind, options=list(step.options))
    match step.where:
        case "task" if kind:
            return worded('task field "{name}" ({kind})', name=step.name, kind=kind)
        case "task":
            return worded('task field "{name}"', name=step.name)
        case "contact" if kind:
            return worded('contact field "{name}" ({kind})', name=step.name, kind=kind)
        case "contact":
            return worded('contact field "{name}"', name=step.name)
        case where if kind:
            return worded('custom field "{name}" ({kind}) on board "{where}"', name=step.name, kind=kind, where=where)
        case where:
            return worded('custom field "{name}" on board "{where}"', name=step.name, where=where)
