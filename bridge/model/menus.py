"""Lists of commands that a chat program offers to those who write there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Menu:
    """What is offered in one chat, by its id, or with "" in every chat that has no menu of its own.

    `language` is the two letters of the readers' language for whom it is meant, "" for all others. `commands` are
    words of a-z, 0-9 and _ without a slash, each with what it is for; without any, the chat's own menu goes.
    """

    chat: str
    language: str = ""
    commands: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, as one word."""
        return f"{self.chat}:{self.language}"
