"""Reading the values clients send, with the vendor's leniency and its refusals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from sandbox.trello.errors import invalid

POS_STEP = 16384
TEXT_LIMIT = 16384
COLORS = tuple(
    name + shade
    for name in ("green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black")
    for shade in ("", "_light", "_dark")
)
_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "", "none")


class Placed(Protocol):
    """Something with a place in a row."""

    @property
    def pos(self) -> float: ...


def is_none(value: Any) -> bool:
    """Whether a value clears: JSON null, nothing, or the word `null`."""
    return value is None or value == "" or value == "null"


def read_bool(name: str, value: Any) -> bool:
    """True or false, written as Trello's clients do. Raises TrelloError."""
    text = str(value).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise invalid(name)


def read_text(name: str, value: Any, *, least: int = 0, most: int = TEXT_LIMIT) -> str:
    """A text within its limits. Raises TrelloError."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise invalid(name)
    text = str(value)
    if not least <= len(text) <= most:
        raise invalid(name)
    return text


def read_date(name: str, value: Any) -> datetime | None:
    """A moment (UTC when it names no zone), or None when the value clears it. Raises TrelloError."""
    if is_none(value):
        return None
    try:
        if isinstance(value, int) or str(value).isdigit():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise invalid(name) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_pos(value: Any, row: Sequence[Placed]) -> float:
    """The place a thing gets in its row: top, bottom or a positive number. Raises TrelloError."""
    if value == "top":
        return min((thing.pos for thing in row), default=POS_STEP * 2) / 2
    if value is None or value == "bottom":
        return max((thing.pos for thing in row), default=0) + POS_STEP
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise invalid("pos") from None
    if not math.isfinite(number) or number < 0:
        raise invalid("pos")
    return number


def read_color(value: Any) -> str | None:
    """A label colour, None for a label without. Raises TrelloError."""
    if is_none(value):
        return None
    if value not in COLORS:
        raise invalid("color")
    return str(value)


def read_ids(value: Any) -> list[str]:
    """A list of ids, given as a list or comma-separated."""
    if is_none(value):
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


@lru_cache(maxsize=10_000)
def date_text(moment: datetime | None) -> str | None:
    """A moment as Trello writes it, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def number(value: float) -> float | int:
    """A place in a row as JSON shows it: whole numbers without a fraction."""
    return int(value) if value == int(value) else value
