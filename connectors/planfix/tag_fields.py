"""What a task shows of the entries of a data tag: how many, how much, the last one. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from bridge.model.values import Plain, parse_moment
from connectors.planfix.answers import TagEntry
from connectors.planfix.values import LINE, NUMBER, PERIOD, TIME_FRAME, Names, custom_value, several

Take: TypeAlias = Literal["sum", "last", "count"]
SUMMED = frozenset({NUMBER, PERIOD, 24, TIME_FRAME})
"""Types of fields that can be summed; what is calculated may be a number."""
_MINUTE, _DAY = timedelta(minutes=1), 24 * 60


@dataclass(frozen=True, slots=True)
class TagField:
    """What a task shows of the entries of one data tag, which like its fields is named as in Planfix, or numbered.

    `take`: the `sum` of `field`, its value in the `last` entry, or the `count` of entries. Periods are summed in
    minutes. Only entries count that hold what `only` says, by field.
    """

    tag: str | int
    field: str | int | None = None
    take: Take = "sum"
    only: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def fields(self) -> tuple[str | int, ...]:
        """The fields that are looked at."""
        return (*((self.field,) if self.field is not None else ()), *self.only)


@dataclass(frozen=True, slots=True)
class TimeTag:
    """Where time is noted: a data tag and its fields, each as it is called in Planfix, or its number.

    `spent` is a number of hours, or a period of the day from midnight on. `kind` says what it was spent on, by `kinds`:
    ours, then theirs. `day` and `person` may be left out.
    """

    tag: str | int
    spent: str | int
    kind: str | int | None = None
    kinds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    day: str | int | None = None
    person: str | int | None = None


def taken(wanted: TagField, entries: Sequence[TagEntry], numbers: Mapping[str | int, int], names: Names) -> Plain:
    """What a task shows of these entries, the oldest first. What is no number adds nothing. Pure."""
    fitting = [entry for entry in entries if _fits(wanted, entry, numbers, names)]
    if wanted.take == "count":
        return str(len(fitting))
    number = numbers.get(wanted.field or "")
    if wanted.take == "last":
        return _held(fitting[-1], number, names)[1] if fitting else None
    total = sum((_amount(*_held(entry, number, names)) for entry in fitting), Decimal(0))
    return f"{total.normalize():f}" if total else "0"


def _fits(wanted: TagField, entry: TagEntry, numbers: Mapping[str | int, int], names: Names) -> bool:
    return all(text in several(_held(entry, numbers.get(name), names)[1]) for name, text in wanted.only.items())


def _held(entry: TagEntry, number: int | None, names: Names) -> tuple[int, Plain]:
    """The type of a field, and its value; None for one of a shape that is described nowhere."""
    held = next((one for one in entry.customFieldData if one.field.id == number), None)
    if held is None:
        return LINE, None
    try:
        return held.field.type, custom_value(held.field.type, held.value, names)
    except (ValueError, TypeError, AttributeError):
        return held.field.type, None


def _amount(type: int, value: Plain) -> Decimal:
    """A number, or the minutes of a period: one that ends before it begins goes over midnight."""
    text = str(value or 0)
    try:
        if type == TIME_FRAME:
            begins, ends = (parse_moment(end) for end in text.split("/"))
            return Decimal((ends - begins) // _MINUTE)
        if type == PERIOD:
            opens, closes = (time.fromisoformat(end) for end in text.split("-"))
            return Decimal(((closes.hour - opens.hour) * 60 + closes.minute - opens.minute) % _DAY)
        amount = Decimal(text)
    except (ValueError, InvalidOperation):
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)
