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

    def deep_link(self, payload: str, *, name: str = "", group: bool = False) -> str:
        """The link that starts the bot with a payload, or takes it into a group."""
        ...


class ChatLinks:
    """Makes a code a link; "" while nobody has ever learned the bot's name.

    The name is asked by `make_ready`, before anything is planned. While the bot is out of reach, the name that was kept
    in the database then still holds: what is planned meanwhile goes out later, and must not lack its link.
    """

    def __init__(self, bot: NamedBot, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self._key = f"bot name {bot.number}"
        self._name = store.recall(self._key) or ""
        self._asks_from = -_ASK_AGAIN
        self._knows = False
        self._asking = threading.Lock()

    def __call__(self, code: str, *, group: bool = False) -> str:
        """The link for a code; of a group, its admin takes the bot into it so. Asks nobody: transactions are open."""
        return self._bot.deep_link(code, name=self._name, group=group) if self._name else ""

    @property
    def known(self) -> bool:
        """Whether the bot's name is known."""
        return bool(self._name)

    def make_ready(self) -> None:
        """Asks the bot for its name, once. Who comes meanwhile waits; no transaction may be open."""
        if self._knows:
            return
        with self._asking:
            if self._knows or self._clock() < self._asks_from:
                return
            try:
                name = self._bot.bot_username()
            except ConnectorError:
                self._knows = bool(self._name)  # good enough until the next start: asking would hold up planning again
                self._asks_from = self._clock() + _ASK_AGAIN
                return
            if name != self._name:
                self._store.remember(self._key, name)
            self._name, self._knows = name, True
