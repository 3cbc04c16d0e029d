"""What Trello says when it refuses: a status and a plain text body."""

from __future__ import annotations

NOT_FOUND = "The requested resource was not found."


class TrelloError(ValueError):
    """A refusal with the vendor's status and text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found() -> TrelloError:
    """The same answer for what does not exist and for what the token may not see."""
    return TrelloError(404, NOT_FOUND)


def invalid(name: str) -> TrelloError:
    """A parameter with a value that Trello does not take."""
    return TrelloError(400, f"invalid value for {name}")
