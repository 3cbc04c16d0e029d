"""Reply markup: what Telegram accepts as a keyboard under a message."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.errors import bad_request

CALLBACK_DATA_BYTES = 64
_ACTIONS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}


def checked_markup(markup: Any) -> dict[str, Any] | None:
    """The markup as given, None for none. Raises the Bot API's 400 for a keyboard it refuses."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad_request('field "inline_keyboard" must be of type Array of Arrays')
        for row in rows:
            for button in row:
                _check_button(button)
    return markup


def _check_button(button: Any) -> None:
    complaint = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(complaint + "InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str) or not button["text"]:
        raise bad_request(complaint + 'Can\'t find field "text"')
    actions = _ACTIONS & button.keys()
    if len(actions) != 1:
        raise bad_request(complaint + "Text buttons are unallowed in the inline keyboard")
    if "callback_data" in actions and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in actions and not str(button["url"]).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
