"""The buttons under a message: a row each, or side by side where there are many and their words are short. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bridge.model.errors import ConnectorError, Retry
from connectors.telegram.api import NAME

Button = tuple[str, str]
"""What a press means, or an address; and the words on it."""

_FEW = 3
"""So many buttons have a row each: they are read at once, and easy to hit."""
_WIDTH = 30
"""So many letters a phone shows in one row; its buttons share it equally, and longer words would be cut."""
_MOST = 3
"""So many buttons stand side by side at most."""


def keyboard_of(delivery_id: str, buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """The buttons as Telegram takes them, None for none. Raises ConnectorError for a button with too long a name."""
    rows = [[_button(delivery_id, *button) for button in row] for row in in_rows(buttons)]
    return InlineKeyboardMarkup(rows) if rows else None


def in_rows(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    """The same buttons in the same order, row by row; no words are cut for the sake of company."""
    row: list[Button] = []
    for button in buttons:
        if row and (len(buttons) <= _FEW or not _fit([*row, button])):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _fit(row: Sequence[Button]) -> bool:
    return len(row) <= _MOST and len(row) * max(len(title) for _action, title in row) <= _WIDTH


def _button(delivery_id: str, action: str, title: str) -> InlineKeyboardButton:
    if action.startswith(("http://", "https://")):
        return InlineKeyboardButton(title, url=action)
    data = f"{delivery_id}:{action}"
    if len(data.encode()) > InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise ConnectorError(NAME, f"the button {action!r} has too long a name", retry=Retry.PERMANENT, code="button")
    return InlineKeyboardButton(title, callback_data=data)
