"""The refusals of Google's APIs, in their own shape."""

from __future__ import annotations

from typing import Any

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ApiError(Exception):
    """An answer with an `error` object."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def error_body(status: int, message: str) -> dict[str, Any]:
    """The error object; https://cloud.google.com/apis/design/errors#http_mapping."""
    return {"error": {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN")}}


def invalid(message: str) -> ApiError:
    """A 400: the request itself is wrong."""
    return ApiError(400, message)


def no_permission() -> ApiError:
    """A 403: the file is there, but not shared with the caller."""
    return ApiError(403, "The caller does not have permission")


def not_found() -> ApiError:
    """A 404: no such file."""
    return ApiError(404, "Requested entity was not found.")
