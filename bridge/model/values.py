"""Values that facts hold, and how they are written down.

`Plain` is what records, events and the database keep (JSON). `Value` is what rules and texts compute with. A field's
type says how one becomes the other (bridge.model.fields).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Self, TypeAlias

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum with its currency (ISO 4217). Compares with plain numbers by amount: rules write `over: 0`."""

    amount: Decimal
    currency: str = "UAH"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """A value nobody may act on: its source was not read, or not past the moment that matters.

    `source` is the name of the source (`planfix.task`, `google_forms.brief`); `since` is what it was last read up to.
    """

    source: str
    since: datetime | None = None


Value: TypeAlias = "bool | int | Decimal | str | Money | datetime | date | tuple[str, ...] | None"


class Labelled(str):
    """A choice: it compares as what it is, and people read its `label`."""

    __slots__ = ("label",)

    def __new__(cls, value: str, label: str) -> Self:
        made = super().__new__(cls, value)
        made.label = label
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """What a copy is made of: decisions that hold one are copied when they are written down."""
        return str(self), self.label

    label: str


def aware(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for a naive one: it is refused where it enters."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC)


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a `Z`, the one written form of moments inside. Keeps microseconds, sorts as text."""
    return f"{aware(moment).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment with a zone, as aware UTC. Raises ValueError."""
    return aware(datetime.fromisoformat(text))


def each_of(many: Plain) -> set[str]:
    """The texts of a list; none for what is no list."""
    return {str(one) for one in many} if isinstance(many, (list, tuple)) else set()


def utf16_units(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram, Trello and editors count: an emoji is two."""
    return len(text) + sum(letter > "\uffff" for letter in text)
