"""Everything the stand-in of Planfix keeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox.planfix.errors import NO_COMMENT, NO_CONTACT, NO_FILE, NO_TASK, PlanfixError
from sandbox.planfix.model import (
    Comment,
    CustomField,
    DataTag,
    Directory,
    Employee,
    File,
    Process,
    Status,
    TagEntry,
    Template,
    Thing,
    Token,
)

GROUPS = {"group:1": "Команда"}


class Clock(Protocol):
    """Tells the present moment, aware."""

    def now(self) -> datetime: ...


@dataclass
class Store:
    """The tables. Every reading or changing method of this package is called with `lock` held."""

    clock: Clock
    lock: threading.RLock = field(default_factory=threading.RLock)
    tokens: dict[str, Token] = field(default_factory=dict)
    employees: dict[int, Employee] = field(default_factory=dict)
    custom_fields: dict[int, CustomField] = field(default_factory=dict)
    statuses: dict[int, Status] = field(default_factory=dict)
    processes: dict[int, Process] = field(default_factory=dict)
    templates: dict[int, Template] = field(default_factory=dict)
    data_tags: dict[int, DataTag] = field(default_factory=dict)
    tag_entries: dict[int, TagEntry] = field(default_factory=dict)
    directories: dict[int, Directory] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    """Contact groups."""
    things: dict[str, dict[int, Thing]] = field(default_factory=lambda: {"task": {}, "contact": {}})
    comments: dict[int, Comment] = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    """What employees would see in the account's log; silent updates leave nothing here."""
    synced: dict[str, datetime] = field(default_factory=dict)
    """Application (`sourceId`) to its last reading of contacts."""
    _last: dict[str, int] = field(default_factory=dict)

    def number(self, kind: str, first: int = 1) -> int:
        """The next free number of that kind."""
        self._last[kind] = self._last.get(kind, first - 1) + 1
        return self._last[kind]

    def thing(self, kind: str, identifier: int, *, purpose: str = "") -> Thing:
        """A task or contact. Raises PlanfixError in the vendor's words; `purpose` is "for update " or empty."""
        found = self.things[kind].get(identifier)
        if found is None or (kind == "task" and found.plain["isDeleted"]):
            code = NO_TASK if kind == "task" else NO_CONTACT
            status = 404 if purpose or kind == "contact" else 400
            raise PlanfixError(status, code, f"{kind.capitalize()} {purpose}not found by id {identifier}")
        return found

    def comment(self, identifier: int) -> Comment:
        """A comment. Raises PlanfixError."""
        found = self.comments.get(identifier)
        if found is None:
            raise PlanfixError(400, NO_COMMENT, f"Comment not found by id {identifier}")
        return found

    def file(self, identifier: int) -> File:
        """A file. Raises PlanfixError."""
        found = self.files.get(identifier)
        if found is None:
            raise PlanfixError(400, NO_FILE, f"File not found by id {identifier}")
        return found

    def person_name(self, person_id: str) -> str | None:
        """The name behind `user:5`, `contact:7` or `group:1`; None when there is nobody."""
        kind, _, number = person_id.partition(":")
        if not number.isdigit():
            return None
        if kind == "user":
            employee = self.employees.get(int(number))
            return None if employee is None else employee.full_name
        if kind == "contact":
            contact = self.things["contact"].get(int(number))
            return None if contact is None else contact_name(contact)
        return GROUPS.get(person_id)

    def comments_of(self, thing: Thing) -> list[Comment]:
        """The comments of a task or contact, oldest first."""
        return [comment for comment in self.comments.values() if comment.about is thing]


def contact_name(contact: Thing) -> str:
    """First and last name of a contact."""
    return f"{contact.plain['name']} {contact.plain['lastname']}".strip()
