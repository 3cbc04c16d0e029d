"""What Planfix answers, as typed values: tasks, contacts, comments, files and what they are made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator


class Foreign(BaseModel):
    """Whatever the vendor tells: members that nobody asked for are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _told(cls, members: Any) -> Any:
        """A member that is null is one that was left out: nowhere is it written down which of them may be."""
        return {k: v for k, v in members.items() if v is not None} if isinstance(members, dict) else members


class TimePoint(Foreign):
    """A moment as Planfix writes it; `date` and `time` are in the zone of the token's employee."""

    date: str = ""
    time: str = ""
    datetime: str = ""
    dateTimeUtcSeconds: str = ""


class Person(Foreign):
    """`user:5`, `contact:7`, or a bare number where the field allows one kind only."""

    id: str = ""
    name: str | None = ""

    @field_validator("id", mode="before")
    @classmethod
    def _text(cls, id: object) -> str:
        return "" if id is None else str(id)


class People(Foreign):
    """Several people, and groups of them."""

    users: tuple[Person, ...] = ()
    groups: tuple[Person, ...] = ()


class Entity(Foreign):
    """A reference to a thing with a number."""

    id: int | None = None
    name: str | None = ""


class Template(Entity):
    """What a task is made from; `processId` has the statuses of such tasks."""

    processId: int | None = None


class CustomField(Foreign):
    """A custom field's definition; `type` is a number of the vendor's table.

    Of a field whose values are entries of a directory, `directoryFields` are what it shows of them.
    """

    id: int
    name: str = ""
    type: int = 0
    enumValues: tuple[str, ...] | None = ()
    directoryId: int | None = None
    directoryFields: tuple[int, ...] = ()


class CustomValue(Foreign):
    """A custom field's value: its form depends on the type."""

    field: CustomField
    value: Any = None


class Entry(Foreign):
    """An entry of a directory; `name` may be left out where `customFieldData` has it."""

    key: int
    name: str | None = ""
    archived: bool = False
    isGroup: bool = False
    customFieldData: tuple[CustomValue, ...] = ()

    @property
    def id(self) -> int:
        """What tells it from the others."""
        return self.key


class Directory(Foreign):
    """A directory, by the fields of its entries."""

    fields: tuple[CustomField, ...] = ()


class DataTag(Entity):
    """What entries may be added to tasks; `fields` are those of an entry."""

    fields: tuple[CustomField, ...] = ()


class TagEntry(Foreign):
    """One entry of a data tag; in comments and tasks only by its number and its tag."""

    key: int
    dataTag: Entity | None = None
    task: Entity | None = None
    commentId: int | None = None
    customFieldData: tuple[CustomValue, ...] = ()

    @property
    def id(self) -> int:
        """What tells it from the others."""
        return self.key


class Phone(Foreign):
    """A phone number as somebody typed it; `type` is a number of the vendor's table (1 mobile)."""

    number: str | None = ""
    type: int = 1


class File(Foreign):
    """A file of a task or contact; `link` is the address of a document that is kept elsewhere."""

    id: int
    name: str | None = ""
    size: int | None = None
    link: str | None = ""


class Thing(Foreign):
    """What tasks and contacts have in common."""

    id: int
    name: str | None = ""
    dateOfLastUpdate: TimePoint | None = None
    sourceObjectId: str | None = None
    sourceDataVersion: str | None = None
    isDeleted: bool | None = False
    customFieldData: tuple[CustomValue, ...] | None = ()
    files: tuple[File, ...] | None = None


class Task(Thing):
    """A task."""

    description: str | None = ""
    status: Entity | None = None
    processId: int | None = None
    template: Entity | None = None
    parent: Entity | None = None
    counterparty: Person | None = None
    assigner: Person | None = None
    assignees: People | None = None
    dateTime: TimePoint | None = None
    endDateTime: TimePoint | None = None
    dateOfLastComment: TimePoint | None = None
    dataTags: tuple[TagEntry, ...] = ()


class Contact(Thing):
    """A person or a company."""

    midname: str | None = ""
    lastname: str | None = ""
    email: str | None = ""
    additionalEmailAddresses: tuple[str, ...] | None = ()
    phones: tuple[Phone, ...] | None = ()
    supervisors: People | None = None
    isCompany: bool | None = False
    createdDate: TimePoint | None = None
    telegram: str | None = ""
    telegramId: str | None = ""

    @field_validator("id", mode="before")
    @classmethod
    def _number(cls, id: object) -> object:
        return id.rpartition(":")[2] if isinstance(id, str) else id

    @field_validator("telegramId", mode="before")
    @classmethod
    def _text(cls, id: object) -> object:
        return str(id) if isinstance(id, int) else id


class Comment(Foreign):
    """A comment. `description` is HTML; `type` is Reminder for what Planfix says by itself."""

    id: int
    description: str | None = ""
    dateTime: TimePoint | None = None
    type: str | None = "Comment"
    owner: Person | None = None
    task: Entity | None = None
    dataTags: tuple[TagEntry, ...] = ()
    isDeleted: bool | None = False
    sourceObjectId: str | None = None
    sourceDataVersion: str | None = None


class Failure(Foreign):
    """A field that was not taken, and why."""

    field: str = ""
    error: str = ""


class Answer(Foreign):
    """Any answer: good ones have the members of their kind, refusals `code` and `error`."""

    result: str = ""
    code: int = 0
    error: str = ""
    id: int | None = None
    failures: tuple[Failure, ...] = ()
    tasks: tuple[Task, ...] = ()
    contacts: tuple[Contact, ...] = ()
    task: Task | None = None
    contact: Contact | None = None
    templates: tuple[Template, ...] = ()
    customfields: tuple[CustomField, ...] = ()
    statuses: tuple[Entity, ...] = ()
    files: tuple[File, ...] = ()
    comments: tuple[Comment, ...] = ()
    dataTags: tuple[DataTag, ...] = ()
    dataTagEntries: tuple[TagEntry, ...] = ()
    directory: Directory | None = None
    directoryEntries: tuple[Entry, ...] = ()

    @field_validator("failures", mode="before")
    @classmethod
    def _several(cls, failures: object) -> object:
        """The vendor's own example shows one failure without the list around it."""
        return [failures] if isinstance(failures, dict) else failures or ()
