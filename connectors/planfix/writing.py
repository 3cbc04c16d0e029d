"""How wanted effects are carried out in Planfix, and found again after an attempt whose outcome is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bridge.model.decisions import AttachDocument, CreateTask, WriteFields
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Clock
from bridge.model.records import Ref
from bridge.model.values import Plain, parse_moment
from connectors.planfix.account import Account
from connectors.planfix.api import NAME, Contact, CustomField, PlanfixApi, PlanfixSettings, Task
from connectors.planfix.mapping import (
    CONTACT_FIELDS,
    SYSTEM,
    TASK_FIELDS,
    PlanfixMapping,
    created_after,
    custom_value,
    field_body,
    mark_in,
    object_id,
    parse_contact,
    parse_task,
    phones_of,
    same_value,
    time_point,
)

CLOCKS_APART = timedelta(minutes=10)
"""How far Planfix's clock and ours may disagree when something is looked for by its time."""
BUSY = timedelta(seconds=30)
"""When to look whether a queued change was made."""
_STANDARD: Mapping[str, frozenset[str]] = {
    "task": frozenset({"name", "status", "assignee", "owner", "due"}),
    "contact": frozenset({"phone", "email", "owner", "telegram"}),
}


class Writer:
    """Carries out `push` and `look`. Raises ConnectorError."""

    def __init__(
        self, api: PlanfixApi, account: Account, settings: PlanfixSettings, mapping: PlanfixMapping, clock: Clock
    ) -> None:
        self._api = api
        self._account = account
        self._settings = settings
        self._mapping = mapping
        self._clock = clock

    def push(self, delivery: Delivery) -> Receipt:
        """Do it. A change that Planfix only queued is not proved: that is raised as UNKNOWN, and `look` tells later."""
        match delivery.decision:
            case CreateTask() as wanted:
                number, failed = self._api.create_task(self._new_task(delivery, wanted))
                return self._receipt(self._ref("todo", number), {"not_set": failed} if failed else None)
            case WriteFields() as wanted:
                return self._write(delivery, wanted)
            case AttachDocument() as wanted:
                return self._attach(delivery, wanted)
            case other:
                raise _permanent(f"Planfix cannot do {other.kind}")

    def look(self, delivery: Delivery) -> Receipt | None:
        """What an earlier attempt left, or None."""
        match delivery.decision:
            case CreateTask():
                return self._find_task(delivery)
            case WriteFields() as wanted:
                ref = _target(delivery, wanted.record)
                return self._receipt(ref, already=True) if self._is_written(ref, wanted) else None
            case AttachDocument() as wanted:
                return self._find_file(delivery, wanted)
            case other:
                raise _permanent(f"Planfix cannot do {other.kind}")

    def _new_task(self, delivery: Delivery, wanted: CreateTask) -> dict[str, Any]:
        deal, contact = _related(delivery, "task"), _related(delivery, "contact")
        body: dict[str, Any] = {
            "name": wanted.title,
            "description": wanted.description,
            "assignees": {"users": [{"id": self._person(wanted.person)}], "groups": []},
            "sourceObjectId": object_id(delivery.id),
            "sourceDataVersion": delivery.id,
        }
        if wanted.due:
            body["endDateTime"] = time_point(parse_moment(wanted.due), self._mapping.zone)
        if deal is not None:
            body["parent"] = {"id": int(deal.id)}
        if contact is not None:
            body["counterparty"] = {"id": f"contact:{contact.id}"}
        if self._mapping.task_template is not None:
            body["template"] = {"id": self._account.number("template", self._mapping.task_template)}
        return body

    def _find_task(self, delivery: Delivery) -> Receipt | None:
        filters = []
        if delivery.first_tried_at is not None:
            filters = [created_after(delivery.first_tried_at - CLOCKS_APART, self._mapping.zone)]
        fields = ("id", "name", "sourceObjectId", "sourceDataVersion")
        found = [task for task in self._api.tasks(fields, filters) if mark_in(task) == delivery.id]
        return self._receipt(self._ref("todo", min(task.id for task in found)), already=True) if found else None

    def _write(self, delivery: Delivery, wanted: WriteFields) -> Receipt:
        ref = _target(delivery, wanted.record)
        try:
            body = self._body(ref, wanted)
        except ValueError as error:
            raise _permanent(str(error)) from error
        done = self._api.update(
            ref.kind if ref.kind == "contact" else "task", ref.id, body, silent=self._mapping.silent
        )
        if done or self._is_written(ref, wanted):
            return self._receipt(ref)
        what = f"the change of {wanted.record} {ref.id} is queued, not made yet"
        raise ConnectorError(NAME, what, retry=Retry.UNKNOWN, code="queued", wait=BUSY)

    def _body(self, ref: Ref, wanted: WriteFields) -> dict[str, Any]:
        """All values, checked. Raises ValueError for one that does not fit."""
        kind = wanted.record.partition(".")[2]
        body: dict[str, Any] = {}
        custom: list[dict[str, Any]] = []
        for key, value in wanted.values.items():
            if f"{wanted.record}.{key}" in self._mapping.fields:
                custom.append(field_body(self._definition(kind, key), value, self._mapping))
            elif key in _STANDARD[kind]:
                body |= self._standard(ref, key, value)
            else:
                self._definition(kind, key)
        return body | ({"customFieldData": custom} if custom else {})

    def _standard(self, ref: Ref, key: str, value: Plain) -> dict[str, Any]:
        text = str(value or "")
        match key:
            case "assignee":
                return {"assignees": {"users": [{"id": self._person(text)}], "groups": []}}
            case "owner" if ref.kind == "contact":
                return {"supervisors": {"users": [{"id": self._person(text)}], "groups": []}}
            case "owner":
                return {"assigner": {"id": self._person(text)}}
            case "due":
                return {"endDateTime": time_point(parse_moment(text), self._mapping.zone) if text else None}
            case "status":
                return {"status": {"id": self._status(ref, text)}}
            case "phone":
                return {"phones": self._phones(ref, text)}
            case _:
                return {key: text}

    def _phones(self, ref: Ref, text: str) -> list[dict[str, Any]]:
        """The contact's phones and this one: the list is replaced whole, and none may get lost."""
        contact = self._api.contact(ref.id, ("id", "phones"))
        held = [phone.number for phone in (contact.phones if contact else ()) or () if phone.number]
        known = set(phones_of(held, self._mapping.region)) | set(held)
        fresh = [] if known & {text, *phones_of([text], self._mapping.region)} else [text]
        return [{"number": number, "type": 1} for number in (*held, *fresh)]

    def _status(self, ref: Ref, wanted: str) -> int:
        task = self._api.task(ref.id, ("id", "processId"))
        statuses = self._api.statuses(task.processId) if task and task.processId else ()
        for status in statuses:
            if status.name == wanted and status.id is not None:
                return status.id
        raise ValueError(f'task {ref.id} has no status "{wanted}": {", ".join(one.name or "" for one in statuses)}')

    def _is_written(self, ref: Ref, wanted: WriteFields) -> bool:
        kind = wanted.record.partition(".")[2]
        definitions = {
            key: self._definition(kind, key)
            for key in wanted.values
            if f"{wanted.record}.{key}" in self._mapping.fields
        }
        asked = [str(definition.id) for definition in definitions.values()]
        thing: Task | Contact | None
        if kind == "contact":
            thing = self._api.contact(ref.id, (*CONTACT_FIELDS, *asked))
        else:
            thing = self._api.task(ref.id, (*TASK_FIELDS, *asked))
        if thing is None:
            return False
        held = {item.field.id: item for item in thing.customFieldData or ()}
        for key, value in wanted.values.items():
            if key not in definitions:
                if not self._holds(thing, key, value):
                    return False
                continue
            definition = definitions[key]
            item = held.get(definition.id)
            theirs = custom_value(definition.type, item.value if item else None, self._mapping)
            if not same_value(definition, value, theirs, self._mapping):
                return False
        return True

    def _holds(self, thing: Task | Contact, key: str, value: Plain) -> bool:
        text, now = str(value or ""), self._clock.now()
        if isinstance(thing, Contact):
            record = parse_contact(thing, {}, self._settings, self._mapping, now)
            if key == "phone":
                return bool({text, *phones_of([text], self._mapping.region)} & {*record.phones, record.fields["phone"]})
        else:
            record = parse_task(thing, {}, True, self._settings, self._mapping, now)
        theirs = record.fields.get(key) or ""
        if key == "due" and text and theirs:
            return parse_moment(text).replace(second=0, microsecond=0) == parse_moment(str(theirs))
        return text == theirs

    def _attach(self, delivery: Delivery, wanted: AttachDocument) -> Receipt:
        """Two requests: a file that was uploaded and not hung anywhere is seen by nobody."""
        if delivery.file is None:
            raise _permanent("there is no file to attach: the document was not made")
        task = _target(delivery, "planfix.task")
        file = self._api.upload(wanted.file_name, delivery.file.media_type, delivery.file.content)
        self._api.attach(file, task.id)
        return self._receipt(self._ref("file", file))

    def _find_file(self, delivery: Delivery, wanted: AttachDocument) -> Receipt | None:
        for file in self._api.files(_target(delivery, "planfix.task").id):
            same_size = delivery.file is None or file.size in (None, len(delivery.file.content))
            if file.name == wanted.file_name and same_size:
                return self._receipt(self._ref("file", file.id), already=True)
        return None

    def _definition(self, kind: str, key: str) -> CustomField:
        wanted = self._mapping.fields.get(f"planfix.{kind}.{key}")
        if wanted is None:
            what = f'planfix.{kind}.{key} is not mapped: name its custom field under "fields" of planfix'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-field")
        return self._account.definition(kind, self._account.number(kind, wanted))

    def _person(self, person: str) -> str:
        found = self._mapping.planfix_id(person) or (person if person.startswith("user:") else None)
        if found is None:
            what = f'"{person}" has no Planfix id: write one (user:5) into people.yaml'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-person")
        return found

    def _ref(self, kind: str, id: int) -> Ref:
        return Ref(SYSTEM, self._settings.account, kind, str(id))

    def _receipt(self, remote: Ref, details: Mapping[str, Plain] | None = None, *, already: bool = False) -> Receipt:
        return Receipt(at=self._clock.now(), remote=remote, already=already, details=details or {})


def _target(delivery: Delivery, record: str) -> Ref:
    """The task or contact that the effect is about."""
    kind = record.partition(".")[2]
    found = _related(delivery, kind) if record.startswith("planfix.") and kind in _STANDARD else None
    if found is None:
        raise _permanent(f"{delivery.subject} has no {record} bound to it")
    return found


def _related(delivery: Delivery, kind: str) -> Ref | None:
    target = delivery.target
    if target is not None and target.system == SYSTEM and target.kind in (kind, *(("todo",) if kind == "task" else ())):
        return target
    return delivery.related.get(f"planfix.{kind}")


def _permanent(what: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PERMANENT)
