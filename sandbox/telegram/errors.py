"""The refusals of the Bot API, in its own words."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(what: str, **parameters: Any) -> ApiError:
    """A 400, the answer to everything that is wrong with the request itself."""
    return ApiError(400, f"Bad Request: {what}", **parameters)


def forbidden(what: str) -> ApiError:
    """A 403: the chat does not take messages from this bot."""
    return ApiError(403, f"Forbidden: {what}")
