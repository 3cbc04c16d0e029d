"""What the Telegram connector is handed: its bot, and which Telegram ids are people of the agency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """One bot. `base_url` is the host without `/bot`.

    `long_poll` is how long a reading waits at Telegram for something to happen; zero answers at once. `patience` is how
    long a message waits for its answer to begin: after that nobody knows whether it arrived.
    """

    token: str = field(repr=False)
    base_url: str = "https://api.telegram.org"
    long_poll: timedelta = timedelta()
    patience: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TelegramMapping:
    """Who is who. Everybody whose user id is not in `people` is a client.

    `people` gives the key of a person by Telegram user id, `person_chats` the chat in which that person is written to.
    `bot_username` saves a question to Telegram when it is known.
    """

    people: Mapping[int | str, str] = field(default_factory=dict)
    person_chats: Mapping[str, int | str] = field(default_factory=dict)
    staff_chat: int | str | None = None
    bot_username: str = ""

    def person(self, user_id: int) -> str:
        """The person's key, "" for somebody who is no member of staff."""
        return self.people.get(user_id) or self.people.get(str(user_id)) or ""
