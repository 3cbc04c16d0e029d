"""Trello's identifiers: 24 hex digits that begin with the second of their making, and 8-letter short links."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID = re.compile(r"[0-9a-fA-F]{24}")


class Ids:
    """Makes ids that grow in the order of making, as long as the moments handed in never go back."""

    def __init__(self, machine: str = "5a6db0e1c4") -> None:
        self._machine = machine
        self._made = 0

    def new(self, now: datetime) -> str:
        """The next id, made at `now` (aware)."""
        self._made += 1
        return f"{int(now.timestamp()):08x}{self._machine}{self._made:06x}"


def is_id(text: str) -> bool:
    """Whether the text has the shape of an id."""
    return _ID.fullmatch(text) is not None


def made_at(identifier: str) -> datetime:
    """The second an id was made in."""
    return datetime.fromtimestamp(int(identifier[:8], 16), UTC)


def short_link(identifier: str) -> str:
    """The 8 letters of the thing's address; the same for the same id."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8])
    letters = []
    for _ in range(8):
        number, index = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[index])
    return "".join(letters)
