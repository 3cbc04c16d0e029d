"""How Planfix shows its things: only the fields that were asked for, and the id."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.planfix import times
from sandbox.planfix.model import CHECKBOX, Comment, CustomField, Employee, File, Status, Template, Thing
from sandbox.planfix.shapes import CONTACT, OBJECT_TYPES, TASK, Shape
from sandbox.planfix.store import Store
from sandbox.planfix.values import Values

Json = dict[str, Any]
Reader = Callable[[Thing, ZoneInfo], Any]
"""Gets one field of a task or contact, dates for a reader in that zone."""


def asked(fields: Any) -> list[str]:
    """The names in `id,name,1234`."""
    return [name.strip() for name in str(fields or "").split(",") if name.strip()]


def picked(shown: Json, fields: list[str]) -> Json:
    """The fields asked for, and the id."""
    return {name: value for name, value in shown.items() if name == "id" or name in fields}


class Views:
    """Shows things; dates in the zone of the employee who reads."""

    def __init__(self, store: Store, values: Values) -> None:
        self._store = store
        self._values = values
        self._readers = {
            "task": self._common(TASK) | self._task(),
            "contact": self._common(CONTACT) | self._contact(),
        }

    def thing(self, thing: Thing, fields: list[str], zone: ZoneInfo, *, prefixed: bool = False) -> Json:
        """A task or contact."""
        readers = self._readers[thing.kind]
        shown: Json = {"id": f"{thing.kind}:{thing.id}" if prefixed else thing.id}
        for name in fields:
            if name in readers:
                shown[name] = readers[name](thing, zone)
        if any(name.isdigit() for name in fields):
            custom = [self._custom(thing, int(name), zone) for name in fields if name.isdigit()]
            shown["customFieldData"] = [one for one in custom if one is not None]
        return {name: value for name, value in shown.items() if value is not None}

    def _common(self, shape: Shape) -> dict[str, Reader]:
        readers: dict[str, Reader] = {
            "sourceObjectId": lambda thing, _: thing.source_object_id,
            "sourceDataVersion": lambda thing, _: thing.source_version,
            "processId": lambda thing, _: thing.process_id,
            "dateOfLastUpdate": lambda thing, zone: times.shown(thing.updated, zone),
            "files": lambda thing, _: [self.file(self._store.files[one]) for one in thing.file_ids],
            "dataTags": lambda thing, _: self._noted(self._store.comments_of(thing)),
        }
        readers |= {name: partial(_plain, name) for name in shape.plain()}
        readers |= {name: partial(_date, name) for name in shape.dates}
        readers |= {name: partial(self._one_person, name) for name in shape.person}
        readers |= {name: partial(self._several_people, name) for name in shape.people}
        readers |= {name: partial(_reference, name) for name in shape.refs}
        return readers

    def _task(self) -> dict[str, Reader]:
        return {
            "type": lambda task, _: "Task",
            "status": lambda task, _: self.status(self._store.statuses[task.status_id]) if task.status_id else None,
            "dateTime": lambda task, zone: times.shown(task.created, zone),
            "hasStartDate": lambda task, _: task.dates["startDateTime"] is not None,
            "hasEndDate": lambda task, _: task.dates["endDateTime"] is not None,
            "hasStartTime": lambda task, _: task.timed.get("startDateTime", False),
            "hasEndTime": lambda task, _: task.timed.get("endDateTime", False),
            "actualCompletionDate": lambda task, zone: times.shown(task.completed, zone),
            "dateOfLastComment": lambda task, zone: times.shown(task.commented, zone),
            "overdue": lambda task, _: self._is_overdue(task),
        }

    def _contact(self) -> dict[str, Reader]:
        return {
            "phones": lambda contact, _: list(contact.phones),
            "createdDate": lambda contact, zone: times.shown(contact.created, zone),
            "additionalEmailAddresses": lambda contact, _: [],
            "companies": lambda contact, _: [],
            "contacts": lambda contact, _: [],
            "group": lambda contact, _: self._group(contact.refs["group"]),
        }

    def _one_person(self, name: str, thing: Thing, zone: ZoneInfo) -> Json | None:
        return self._person(thing.person[name])

    def _several_people(self, name: str, thing: Thing, zone: ZoneInfo) -> Json:
        return self._values.people(thing.people[name])

    def _custom(self, thing: Thing, field_id: int, zone: ZoneInfo) -> Json | None:
        custom_field = self._store.custom_fields.get(field_id)
        if custom_field is None or custom_field.kind != thing.kind:
            return None
        value = thing.values.get(field_id, False if custom_field.type == CHECKBOX else None)
        return self.value(custom_field, value, zone)

    def custom_field(self, custom_field: CustomField) -> Json:
        """The definition of a custom field."""
        shown: Json = {
            "id": custom_field.id,
            "name": custom_field.name,
            "names": {"uk": custom_field.name},
            "type": custom_field.type,
            "objectType": OBJECT_TYPES[custom_field.kind],
            "groupId": 1,
        }
        if custom_field.directory is not None:
            shown["directoryId"] = custom_field.directory
            shown["directoryFields"] = [self._store.directories[custom_field.directory].name_field]
        if custom_field.choices:
            shown["enumValues"] = list(custom_field.choices)
        return shown

    def status(self, status: Status) -> Json:
        """A status of a process."""
        return {
            "id": status.id,
            "name": status.name,
            "color": status.color,
            "isActive": status.is_active,
            "hasDeadline": status.is_active,
            "isAppliedIndividually": False,
        }

    def template(self, template: Template) -> Json:
        """A template of tasks or contacts."""
        shown: Json = {"id": template.id, "name": template.name}
        if template.kind == "task":
            shown["type"] = "Template"
        if template.process_id is not None:
            shown["processId"] = template.process_id
        return shown

    def comment(self, comment: Comment, zone: ZoneInfo) -> Json:
        """A comment with all its fields."""
        shown: Json = {
            "id": comment.id,
            "sourceObjectId": comment.source_object_id,
            "sourceDataVersion": comment.source_version,
            "dateTime": times.shown(comment.date, zone),
            "type": "Comment",
            "fromType": "Planfix",
            "description": comment.text,
            "additionalDescriptionData": "",
            "task": {"id": comment.about.id} if comment.about.kind == "task" else None,
            "contact": self._person(f"contact:{comment.about.id}") if comment.about.kind == "contact" else None,
            "owner": self._person(comment.owner),
            "isDeleted": False,
            "isPinned": comment.is_pinned,
            "isHidden": comment.is_hidden,
            "isNotRead": False,
            "recipients": self._values.people(comment.recipients),
            "reminders": [],
            "dataTags": self._noted([comment]),
            "files": [self.file(self._store.files[one]) for one in comment.file_ids],
        }
        return {name: value for name, value in shown.items() if value is not None}

    def _noted(self, comments: list[Comment]) -> list[Json]:
        """The entries of data tags that these comments brought."""
        entries = [one for one in self._store.tag_entries.values() if any(one.comment is said for said in comments)]
        return [{"dataTag": {"id": one.tag.id, "name": one.tag.name}, "key": one.key} for one in entries]

    def value(self, custom_field: CustomField, value: Any, zone: ZoneInfo) -> Json:
        """A custom field with what it holds."""
        definition = {
            "id": custom_field.id,
            "name": custom_field.name,
            "type": custom_field.type,
            "objectType": OBJECT_TYPES[custom_field.kind],
        }
        return {"field": definition, "value": self._values.shown(custom_field, value, zone)}

    def file(self, file: File) -> Json:
        """A file."""
        return {"id": file.id, "size": len(file.content), "name": file.name}

    def employee(self, employee: Employee, *, prefixed: bool = False) -> Json:
        """An employee with all fields."""
        return {
            "id": employee.person_id if prefixed else employee.id,
            "name": employee.name,
            "midname": "",
            "lastname": employee.lastname,
            "gender": "NotDefined",
            "isDeleted": False,
            "groups": [{"id": 1, "name": "Команда"}],
            "role": employee.role,
            "email": employee.email,
            "secondaryEmails": [],
            "status": "Active" if employee.is_active else "Inactive",
            "phones": [],
            "timezone": employee.zone.key,
            "position": {"id": 1, "name": employee.position},
        }

    def _person(self, person_id: str | None) -> Json | None:
        return None if person_id is None else self._values.person(person_id)

    def _group(self, group_id: int | None) -> Json | None:
        return None if group_id is None else {"id": group_id, "name": self._store.groups.get(group_id, "")}

    def _is_overdue(self, task: Thing) -> bool:
        end = task.dates["endDateTime"]
        return end is not None and task.completed is None and end < self._store.clock.now()


def _plain(name: str, thing: Thing, zone: ZoneInfo) -> Any:
    return thing.plain[name]


def _date(name: str, thing: Thing, zone: ZoneInfo) -> Json | None:
    return times.shown(thing.dates[name], zone)


def _reference(name: str, thing: Thing, zone: ZoneInfo) -> Json | None:
    identifier = thing.refs[name]
    return None if identifier is None else {"id": identifier}
