"""A request of a program, and the routes that answer one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.responses import Response

from sandbox.planfix.errors import invalid
from sandbox.planfix.model import Employee, Token
from sandbox.planfix.views import Json, asked

PAGE = 100


@dataclass(frozen=True)
class Call:
    """A request of a known token."""

    token: Token
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    upload: tuple[str, bytes] | None
    base_url: str

    @property
    def me(self) -> Employee:
        """The employee in whose name it is made."""
        return self.token.employee

    @property
    def fields(self) -> list[str]:
        """The fields asked for, in body or query."""
        return asked(self.body.get("fields") or self.query.get("fields"))

    @property
    def silent(self) -> bool:
        """Whether nobody is to be told."""
        return self.query.get("silent") == "true"

    def number(self, name: str) -> int:
        """A number in the path; contacts and tasks may be named with their prefix. Raises PlanfixError."""
        text = self.path[name].rpartition(":")[2]
        if not text.isdigit():
            raise invalid(f"{name} is not a number")
        return int(text)

    def page(self, items: list[Any]) -> list[Any]:
        """The part of a list that `offset` and `pageSize` ask for, 100 at most. Raises PlanfixError."""
        source = self.body if "offset" in self.body or "pageSize" in self.body else self.query
        try:
            offset, size = int(source.get("offset", 0)), int(source.get("pageSize", PAGE))
        except (TypeError, ValueError):
            raise invalid("offset and pageSize are numbers") from None
        if offset < 0 or size < 1:
            raise invalid("offset or pageSize is out of range")
        return items[offset : offset + min(size, PAGE)]


Handler: TypeAlias = Callable[[Call], Json | Response]


@dataclass(frozen=True)
class Operation:
    """One route, the scope a token needs for it, and what it changes, for the journal."""

    method: str
    path: str
    scope: str
    handler: Handler
    write: str | None = None


def success(**members: Any) -> Json:
    """The answer of what was done."""
    return {"result": "success", **members}
