"""The links by which clients open the bot: a code of one use behind the bot's name, which only Telegram knows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from bridge.model.errors import ConnectorError
from bridge.store import Store

_ASK_AGAIN = 60.0
"""Seconds until a bot that could not say its name is asked again: one out of reach must not hold up planning."""


class NamedBot(Protocol):
    """A bot that can say its name."""

    @property
    def number(self) -> str:
        """Telegram's number of the bot: it stays for life."""
        ...

    def bot_username(self) -> str:
        """The name without @. Raises ConnectorError."""
        ...

    def deep_link(self, payload: str, *, name: str = "") -> str:
        """The link that starts the bot with a payload."""
        ...


class ChatLinks:
    """Makes a code a link; "" while nobody has ever learned the bot's name.

    The bot is asked at its first link. While it is out of reach, the name that was kept then still holds: a message
    that was planned meanwhile must not go out without its link later. Those who come while it is asked wait for the
    answer.
    """

    def __init__(self, bot: NamedBot, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self._key = f"bot name {bot.number}"
        self._name = ""
        self._failed_at = -_ASK_AGAIN
        self._asking = threading.Lock()

    def __call__(self, code: str) -> str:
        """The link for a code."""
        with self._asking:
            name = self._name or self._asked() or self._store.recall(self._key)
        return self._bot.deep_link(code, name=name) if name else ""

    def _asked(self) -> str:
        if self._clock() - self._failed_at < _ASK_AGAIN:
            return ""
        try:
            self._name = self._bot.bot_username()
        except ConnectorError:
            self._failed_at = self._clock()
            return ""
        self._store.remember(self._key, self._name)
        return self._name
