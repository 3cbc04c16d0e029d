"""What can be done to tasks and contacts, also the vendor's half-successes and late ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.planfix import times
from sandbox.planfix.errors import INVALID, NO_NAME, PlanfixError, invalid
from sandbox.planfix.model import Employee, Thing
from sandbox.planfix.shapes import CONTACT, SHAPES, Shape
from sandbox.planfix.store import Store
from sandbox.planfix.values import Values

Failure = dict[str, str]
READ_ONLY = ("id", "addedBy", "duration", "durationUnit", "durationType", "overdue", "closeToDeadLine")
_REFUSALS = (ValueError, TypeError, KeyError, AttributeError)
"""What a value of the wrong kind leads to: the field fails, the others are changed."""
QUEUED_FOR = timedelta(seconds=30)
"""How long a queued update waits by the sandbox's clock, unless requests move it on first."""


@dataclass
class Queued:
    """An update of a busy task that waits."""

    task: Thing
    body: Mapping[str, Any]
    by: Employee
    until: datetime
    requests_left: int


@dataclass
class Refusal:
    """A switch: the field that the next updates of a thing fail to change."""

    kind: str
    identifier: int
    field: str
    error: str
    times: int


class Changes:
    """Creates and updates. Values are read as clients send them."""

    def __init__(self, store: Store, values: Values) -> None:
        self._store = store
        self._values = values
        self._busy: dict[int, tuple[int, int]] = {}
        self._queue: list[Queued] = []
        self._refusals: list[Refusal] = []

    def make_busy(self, task_id: int, updates: int = 1, requests: int = 3) -> None:
        """Queue the next `updates` of a task: each is done 30 s later by the clock, or `requests` requests later.

        Whatever comes while one waits is queued behind it.
        """
        self._busy[task_id] = (updates, requests)

    def refuse(
        self, kind: str, identifier: int, field: str, error: str = "Field change failed", times: int = 1
    ) -> None:
        """Let the next updates fail at one field (its name or custom field id) and do the rest."""
        self._refusals.append(Refusal(kind, identifier, str(field), error, times))

    def tick(self) -> None:
        """Count one request, and do the queued updates whose time has come, in order."""
        if not self._queue:
            return
        now = self._store.clock.now()
        for queued in self._queue:
            queued.requests_left -= 1
        while self._queue and (self._queue[0].requests_left < 0 or self._queue[0].until <= now):
            queued = self._queue.pop(0)
            self._apply(queued.task, queued.body, queued.by)

    def create(self, kind: str, body: Mapping[str, Any], by: Employee) -> tuple[Thing, list[Failure]]:
        """A new task or contact. Raises PlanfixError when it cannot be made at all."""
        shape = SHAPES[kind]
        if kind == "contact" and not str(body.get("name") or "").strip():
            raise PlanfixError(400, NO_NAME, "Contact name is empty")
        status_id = self._status_of(body)
        now = self._store.clock.now()
        thing = Thing(kind, 0, now, now, plain=shape.plain())
        thing.person = dict.fromkeys(shape.person)
        thing.people = {name: [] for name in shape.people}
        thing.dates, thing.refs = dict.fromkeys(shape.dates), dict.fromkeys(shape.refs)
        thing.person["addedBy" if kind == "contact" else "assigner"] = by.person_id
        self._settle_template(thing, body)
        failures = self._apply(thing, {name: value for name, value in body.items() if name != "status"}, by)
        if status_id is not None:
            thing.status_id = status_id
        if kind == "task" and not thing.plain["name"]:
            thing.plain["name"] = "Нова задача"
        thing.id = self._store.number(kind)
        self._store.things[kind][thing.id] = thing
        self._note(thing, "created", by)
        return thing, failures

    def update(
        self, thing: Thing, body: Mapping[str, Any], by: Employee, *, silent: bool = False
    ) -> list[Failure] | None:
        """Change the named fields; gives those that failed, or None when the update waits in the queue (202)."""
        self._status_of(body)
        updates, requests = self._busy.get(thing.id, (0, 0)) if thing.kind == "task" else (0, 0)
        has_to_wait = any(queued.task is thing for queued in self._queue)
        if updates or has_to_wait:
            self._busy[thing.id] = (max(updates - 1, 0), requests)
            self._queue.append(Queued(thing, body, by, self._store.clock.now() + QUEUED_FOR, requests))
            return None
        failures = self._apply(thing, body, by)
        if not silent:
            self._note(thing, "updated", by)
        return failures

    def _apply(self, thing: Thing, body: Mapping[str, Any], by: Employee) -> list[Failure]:
        failures: list[Failure] = []
        before = _picture(thing)
        for name, value in body.items():
            if name == "customFieldData":
                failures += self._apply_custom(thing, value, by)
                continue
            try:
                self._check_refusal(thing, name)
                self._set(thing, name, value, by)
            except _REFUSALS as error:
                failures.append({"field": name, "error": str(error)})
        if _picture(thing) != before:
            thing.updated = self._store.clock.now()
        return failures

    def _apply_custom(self, thing: Thing, items: Any, by: Employee) -> list[Failure]:
        failures = []
        for item in items if isinstance(items, list) else []:
            identifier = str((item.get("field") or {}).get("id", ""))
            try:
                self._check_refusal(thing, identifier)
                custom_field = self._store.custom_fields.get(int(identifier))
                if custom_field is None or custom_field.kind != thing.kind:
                    raise ValueError(f"Custom field not found by id {identifier}")
                thing.values[custom_field.id] = self._values.read(custom_field, item.get("value"), by.zone)
            except _REFUSALS as error:
                failures.append({"field": identifier, "error": str(error)})
        return failures

    def _set(self, thing: Thing, name: str, value: Any, by: Employee) -> None:
        """Change one field. Raises ValueError for a value it does not take; unknown names are passed over."""
        shape = SHAPES[thing.kind]
        if name in READ_ONLY:
            return
        if name in shape.texts:
            thing.plain[name] = _read_text(shape, name, value)
        elif name in shape.flags:
            thing.plain[name] = bool(value)
        elif name in shape.dates:
            thing.dates[name] = times.read(value, by.zone)
            thing.timed[name] = times.has_time(value)
        elif name in shape.person:
            thing.person[name] = self._values.read_person(value, "contact" if name == "counterparty" else "user")
        elif name in shape.people:
            thing.people[name] = self._values.read_people(value)
        elif name in shape.refs:
            self._set_ref(thing, name, value)
        else:
            self._set_special(thing, name, value)

    def _set_ref(self, thing: Thing, name: str, value: Any) -> None:
        identifier = int((value or {}).get("id") or 0) or None
        if name == "template" and identifier is not None:
            template = self._store.templates.get(identifier)
            if template is None or template.kind != thing.kind:
                raise ValueError(f"Template not found by id {identifier}")
        if name == "parent" and identifier is not None and identifier not in self._store.things["task"]:
            raise ValueError(f"Task not found by id {identifier}")
        thing.refs[name] = identifier

    def _set_special(self, thing: Thing, name: str, value: Any) -> None:
        if name == "status":
            self._set_status(thing, int(value["id"]))
        elif name == "processId":
            if int(value) not in self._store.processes:
                raise ValueError(f"Process not found by id {value}")
            thing.process_id = int(value)
        elif name == "files":
            thing.file_ids = [self._store.file(int(one["id"])).id for one in value or []]
        elif name == "phones":
            thing.phones = [_phone(one) for one in value or []]
        elif name == "sourceObjectId":
            thing.source_object_id = value
        elif name == "sourceDataVersion":
            thing.source_version = value
        elif name in ("hasStartDate", "hasEndDate") and value is False:
            thing.dates["startDateTime" if name == "hasStartDate" else "endDateTime"] = None

    def _set_status(self, thing: Thing, status_id: int) -> None:
        status = self._store.statuses[status_id]
        thing.status_id = status.id
        thing.completed = None if status.is_active else self._store.clock.now()

    def _status_of(self, body: Mapping[str, Any]) -> int | None:
        """The status a body names. Raises PlanfixError when there is no such status."""
        if body.get("status") is None:
            return None
        try:
            status_id = int(body["status"]["id"])
        except (KeyError, TypeError, ValueError):
            raise invalid("Status is not valid") from None
        if status_id not in self._store.statuses:
            raise PlanfixError(400, INVALID, f"Status not find by id {status_id}")
        return status_id

    def _settle_template(self, thing: Thing, body: Mapping[str, Any]) -> None:
        """Give a new task the process and first status of its template."""
        if thing.kind != "task":
            return
        reference = body.get("template")
        identifier = reference.get("id") if isinstance(reference, dict) else None
        template = self._store.templates.get(int(identifier)) if identifier is not None else None
        process_id = template.process_id if template is not None else None
        process = self._store.processes.get(process_id or 0) or next(iter(self._store.processes.values()), None)
        if process is not None:
            thing.process_id, thing.status_id = process.id, process.status_ids[0]

    def _check_refusal(self, thing: Thing, field: str) -> None:
        for refusal in self._refusals:
            if (refusal.kind, refusal.identifier, refusal.field) == (thing.kind, thing.id, field) and refusal.times:
                refusal.times -= 1
                raise ValueError(refusal.error)

    def _note(self, thing: Thing, what: str, by: Employee) -> None:
        entry = {"at": self._store.clock.now(), "what": f"{thing.kind}.{what}", "id": thing.id, "by": by.person_id}
        self._store.log.append(entry)


def _read_text(shape: Shape, name: str, value: Any) -> str:
    if value is None and name not in shape.choices:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"not a text: {value!r}")
    if name in shape.choices and value not in shape.choices[name]:
        raise ValueError(f"{name} has no value {value!r}")
    if shape is CONTACT and name == "name" and not str(value).strip():
        raise ValueError("Contact name is empty")
    return str(value)


def _phone(value: Mapping[str, Any]) -> dict[str, Any]:
    number = str(value["number"])
    return {"number": number, "maskedNumber": number, "type": int(value.get("type") or 1)}


def _picture(thing: Thing) -> tuple[Any, ...]:
    """What a reader could tell apart, to see whether an update changed anything."""
    return (
        dict(thing.plain),
        dict(thing.dates),
        dict(thing.person),
        {name: list(who) for name, who in thing.people.items()},
        dict(thing.refs),
        dict(thing.values),
        list(thing.file_ids),
        list(thing.phones),
        thing.status_id,
        thing.process_id,
        thing.source_object_id,
        thing.source_version,
    )
