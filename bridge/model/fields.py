"""Declared facts: every name that rules, gates, texts and documents may use (`fields.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from bridge.model.values import Money, Plain, Value, moment_text, parse_moment

_AN_HOUR = r"(?:\s+at\s+(?:[01]?[0-9]|2[0-3]):[0-5][0-9])?"
_LENGTH = re.compile(rf"\s*-?[0-9]{{1,5}}(?:(?:wd|w|d){_AN_HOUR}|wh|h|m)\s*")
"""A length as rules write it; what the outside world holds in its place is not understood."""
PEOPLE = frozenset({"trello.card.members", "planfix.task.assignees", "planfix.contact.supervisors"})
"""Places that hold several people, each by the key in people.yaml, or by the system's own name for a stranger."""


class FieldType(StrEnum):
    """What a fact can be. `length` is text such as 75d; `list` is made by the bridge for reports."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    MONEY = "money"
    MOMENT = "moment"
    DATE = "date"
    PERSON = "person"
    LENGTH = "length"
    SET = "set"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One declared fact.

    `key` is `client.website`; its first word is the subject that owns it (brief, access and report belong to the deal).
    `source` is the mapping name it is read from (`planfix.task.prepaid`, `trello.card.list`), or `bridge`, `event`.
    `write_to` lists mapping names it is written to; a field whose source is `bridge` is set at once.
    `choices` closes a choice or set; None leaves it open (a live board says). `words` is what people call a choice, in
    each language; one without them is called by its own name.

    `also` lists the other places of the same fact, which is kept in step with them: `sync: to` from the source to them,
    `both` whichever way it changes. `written` says by system how its places write a value: ours, then theirs.

    `silent` writes its places in Planfix so that nobody is notified there.

    `subject` owns it: client, deal, task, invoice, card, workspace, or what an event carries (event, source).
    `source_name` is the source whose freshness counts: `planfix.task.prepaid` -> `planfix.task`; `bridge` stays.
    """

    key: str
    type: FieldType
    source: str
    choices: tuple[str, ...] | None = None
    default: Plain = None
    titles: Mapping[str, str] = field(default_factory=dict)
    write_to: tuple[str, ...] = ()
    commercial: bool = False
    by_people: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    sync: str = "none"
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    silent: bool = False
    subject: str = field(init=False, repr=False, compare=False)
    source_name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", _subject_of(self.key))
        object.__setattr__(self, "source_name", _source_of(self.source))

    @property
    def places(self) -> tuple[str, ...]:
        """The mapping names where it is kept, read from first."""
        return tuple(dict.fromkeys((self.source, *self.also, *self.write_to)))

    @property
    def of_people(self) -> bool:
        """Whether its values are people, of whom not every system knows each."""
        return not PEOPLE.isdisjoint((self.source, *self.also))

    def called(self, value: str, language: str) -> str:
        """What people call one of its values in a language."""
        return self.words.get(value, {}).get(language, value)


def _subject_of(key: str) -> str:
    head = key.split(".", 1)[0]
    owners = {"brief": "deal", "access": "deal", "report": "deal", "checks": "task"}
    owners |= {"week": "workspace", "day": "workspace"}
    return owners.get(head, head)


def _source_of(source: str) -> str:
    record = source.split(".")[:2]
    return f"{record[0]}.card" if record[1:] == ["checklists"] else ".".join(record)


def parse_value(spec: FieldSpec, plain: Plain) -> Value:
    """The typed value of what a record, an event or the database holds.

    An empty text, list or None is None ("empty"). Raises ValueError with the field's key for what does
    not fit its type.
    """
    if plain is None or plain == "" or plain == []:
        return None
    try:
        return _parse(spec.type, plain)
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise ValueError(f"{spec.key} is a {spec.type}, got {plain!r}") from error


def _parse(kind: FieldType, plain: Plain) -> Value:
    match kind:
        case FieldType.FLAG:
            if not isinstance(plain, bool):
                raise TypeError(plain)
            return plain
        case FieldType.NUMBER:
            return Decimal(str(plain))
        case FieldType.MONEY:
            if isinstance(plain, Mapping):
                return Money(Decimal(str(plain["amount"])), str(plain["currency"]))
            return Money(Decimal(str(plain)))
        case FieldType.MOMENT:
            return parse_moment(str(plain))
        case FieldType.DATE:
            return date.fromisoformat(str(plain))
        case FieldType.SET | FieldType.LIST:
            if isinstance(plain, str) or not isinstance(plain, (list, tuple)):
                raise TypeError(plain)
            return tuple(str(item) for item in plain)
        case FieldType.LENGTH:
            if not isinstance(plain, str) or not _LENGTH.fullmatch(plain):
                raise ValueError(plain)
            return plain
        case _:
            return str(plain)


def plain_value(value: Value) -> Plain:
    """The written form of a value; `parse_value` of it gives the value back."""
    match value:
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case Decimal():
            return str(value)
        case datetime():
            return moment_text(value)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value
