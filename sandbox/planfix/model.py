"""The things Planfix keeps. People are `user:5`, `contact:7` or `group:8`; everything else has a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

LINE, NUMBER, TEXT, DATE, TIME, DATE_TIME, PERIOD, CHECKBOX, LIST, DIRECTORY = range(10)
CONTACT, EMPLOYEE, COUNTERPARTY, SOMEBODY, USERS, ENTRIES, TASK, TASKS = range(10, 18)
SET_OF_VALUES, FILES, PROJECT, TIME_FRAME = 20, 21, 22, 28
CUSTOM_FIELD_TYPES = (
    LINE,
    NUMBER,
    TEXT,
    DATE,
    DATE_TIME,
    CHECKBOX,
    LIST,
    CONTACT,
    EMPLOYEE,
    TASK,
    SET_OF_VALUES,
    FILES,
)


@dataclass
class Employee:
    """Somebody who works in the account."""

    id: int
    name: str
    lastname: str = ""
    role: str = "User"
    email: str = ""
    position: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Kyiv"))
    is_active: bool = True

    @property
    def person_id(self) -> str:
        """How other things name this employee."""
        return f"user:{self.id}"

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.name} {self.lastname}".strip()


@dataclass
class Token:
    """Lets a program act for an employee, within scopes such as `task_update`; None means all of them."""

    text: str
    employee: Employee
    scopes: frozenset[str] | None = None
    is_active: bool = True


@dataclass
class CustomField:
    """A field the account added; `kind` is "task", "contact", "directory" or "datatag".

    Values of one with a `directory` are entries of it.
    """

    id: int
    name: str
    type: int
    kind: str
    choices: tuple[str, ...] = ()
    directory: int | None = None


@dataclass
class Entry:
    """An entry of a directory, or a group of them."""

    key: int
    name: str
    archived: bool = False
    is_group: bool = False


@dataclass
class Directory:
    """A list of things with names; `name_field` is the custom field that holds the name of an entry."""

    id: int
    name: str
    name_field: int
    entries: dict[int, Entry]


@dataclass
class DataTag:
    """What may be noted on tasks and contacts; `field_ids` are the custom fields of an entry."""

    id: int
    name: str
    field_ids: tuple[int, ...]


@dataclass
class Status:
    """A status of a process; tasks in inactive ones are finished."""

    id: int
    name: str
    color: str = "#4573b1"
    is_active: bool = True


@dataclass
class Process:
    """A set of statuses."""

    id: int
    name: str
    status_ids: list[int]


@dataclass
class Template:
    """What a task or contact is made from; `kind` is "task" or "contact"."""

    id: int
    name: str
    kind: str
    process_id: int | None = None


@dataclass
class File:
    """An uploaded file."""

    id: int
    name: str
    content: bytes
    key: str
    """The unguessable part of the address it is downloaded from."""


@dataclass
class Thing:
    """A task or a contact; `kind` says which. What it has is told by the shape of its kind."""

    kind: str
    id: int
    created: datetime
    updated: datetime
    plain: dict[str, Any] = field(default_factory=dict)
    dates: dict[str, datetime | None] = field(default_factory=dict)
    timed: dict[str, bool] = field(default_factory=dict)
    """Whether a date names a time of day."""
    person: dict[str, str | None] = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=dict)
    refs: dict[str, int | None] = field(default_factory=dict)
    values: dict[int, Any] = field(default_factory=dict)
    """Custom field id to value; moments and people's ids inside."""
    file_ids: list[int] = field(default_factory=list)
    phones: list[dict[str, Any]] = field(default_factory=list)
    status_id: int | None = None
    process_id: int | None = None
    source_object_id: str | None = None
    source_version: str | None = None
    commented: datetime | None = None
    completed: datetime | None = None


@dataclass
class Comment:
    """A comment of a task or contact."""

    id: int
    about: Thing
    owner: str
    date: datetime
    text: str
    updated: datetime
    file_ids: list[int] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    is_pinned: bool = False
    is_hidden: bool = False
    source_id: str | None = None
    source_object_id: str | None = None
    source_version: str | None = None


@dataclass
class TagEntry:
    """What was noted in a comment, by custom field."""

    key: int
    tag: DataTag
    comment: Comment
    values: dict[int, Any]
