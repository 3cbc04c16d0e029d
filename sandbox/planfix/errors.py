"""What Planfix says when it refuses: a code and a text, under mixed HTTP statuses."""

from __future__ import annotations

UNKNOWN, BAD_TOKEN, TOKEN_INACTIVE, OUT_OF_SCOPE, NO_ACCESS = 0, 1, 2, 5, 6
INVALID_JSON, MISSING, INVALID = 30, 40, 41
NO_TASK, NO_CONTACT, NO_NAME, NO_USER, NO_COMMENT, COMMENT_FAILED = 1000, 2000, 2006, 4000, 5000, 5001
NO_FILE, FILE_FAILED, FILE_TOO_LARGE = 7000, 7001, 7002
NO_TAG, NO_TAG_ENTRY, TAG_FAILED = 6000, 6010, 6011
NO_DIRECTORY = 8000


class PlanfixError(ValueError):
    """A refusal with the vendor's status, code and text."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> PlanfixError:
    """A parameter with a value that Planfix does not take."""
    return PlanfixError(400, INVALID, message)


def missing(name: str) -> PlanfixError:
    """A required parameter that is not there."""
    return PlanfixError(400, MISSING, f"Required parameter is missing: {name}")
