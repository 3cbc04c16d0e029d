"""How wanted effects are carried out in Planfix, and found again after an attempt whose outcome is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

from bridge.model.decisions import (
    AttachDocument,
    CommentTask,
    CopyFile,
    CreateContact,
    CreateDeal,
    CreateTask,
    NoteTime,
    WriteFields,
)
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Clock
from bridge.model.records import Ref
from bridge.model.values import Plain, parse_moment
from connectors import copying
from connectors.planfix.account import Account
from connectors.planfix.api import NAME, PlanfixApi, PlanfixSettings
from connectors.planfix.comments import COMMENT_FIELDS, html_of
from connectors.planfix.creating import CLOCKS_APART, Creating
from connectors.planfix.fields import STANDARD, Fields, why
from connectors.planfix.files import ThingFiles
from connectors.planfix.mapping import (
    SYSTEM,
    PlanfixMapping,
    commented_after,
    created_after,
    mark_in,
    object_id,
)
from connectors.planfix.noting import TimeNotes
from connectors.planfix.values import time_point


class Writer:
    """Carries out `push` and `look`. Raises ConnectorError.

    What was made is found in lists, and those are `lag` late: nobody says before that nothing was made. What a process
    before this one tried was tried before this one began.
    """

    def __init__(
        self,
        api: PlanfixApi,
        account: Account,
        settings: PlanfixSettings,
        mapping: PlanfixMapping,
        clock: Clock,
        lag: timedelta,
    ) -> None:
        self._lag = lag
        self._lists_tell_from = clock.now() + lag
        self._api = api
        self._account = account
        self._settings = settings
        self._mapping = mapping
        self._clock = clock
        self._fields = Fields(api, account, settings, mapping, clock)
        self._times = TimeNotes(api, mapping.time, mapping)
        self._creating = Creating(api, account, settings, mapping, clock)

    def push(self, delivery: Delivery) -> Receipt:
        """Do it. A change that Planfix only queued is not proved: that is raised as UNKNOWN, and `look` tells later."""
        match delivery.decision:
            case CreateTask() as wanted:
                body = self._new_task(delivery, wanted)
                with self._looked_for_later():
                    number, failed = self._api.create_task(body)
                return self._receipt(self._ref("todo", number), {"not_set": why(failed)} if failed else None)
            case CreateContact() as wanted:
                with self._looked_for_later():
                    return self._creating.contact(delivery, wanted)
            case CreateDeal() as wanted:
                with self._looked_for_later():
                    return self._creating.deal(delivery, wanted)
            case WriteFields() as wanted:
                return self._write(delivery, wanted)
            case CommentTask(text=text):
                return self._comment(delivery, text)
            case NoteTime() as wanted:
                return self._note_time(delivery, wanted)
            case AttachDocument() as wanted:
                return self._attach(delivery, wanted)
            case CopyFile() as wanted:
                return copying.copy(delivery, wanted, self._files(delivery, wanted), self._clock.now())
            case other:
                raise _permanent(f"Planfix cannot do {other.kind}")

    def look(self, delivery: Delivery) -> Receipt | None:
        """What an earlier attempt left, or None."""
        match delivery.decision:
            case CreateTask():
                return self._once_lists_tell(self._find_task(delivery))
            case CreateContact():
                return self._once_lists_tell(self._creating.find_contact(delivery))
            case CreateDeal():
                return self._once_lists_tell(self._creating.find_deal(delivery))
            case WriteFields() as wanted:
                ref = _target(delivery, wanted.record)
                found = self._fields.find(ref, wanted)
                return self._receipt(ref, found.details, already=True) if found is not None else None
            case CommentTask():
                return self._once_lists_tell(self._find_comment(delivery))
            case NoteTime():
                return self._once_lists_tell(self._find_time(delivery))
            case AttachDocument() as wanted:
                return self._find_file(delivery, wanted)
            case CopyFile() as wanted:
                return copying.find(delivery, wanted, self._files(delivery, wanted), self._clock.now())
            case other:
                raise _permanent(f"Planfix cannot do {other.kind}")

    def _new_task(self, delivery: Delivery, wanted: CreateTask) -> dict[str, Any]:
        deal, contact = _related(delivery, "task"), _related(delivery, "contact")
        body: dict[str, Any] = {
            "name": wanted.title,
            "description": wanted.description,
            "assignees": {"users": [{"id": self._fields.person(wanted.person)}], "groups": []},
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
        written = self._fields.write(ref, wanted)
        return self._receipt(ref, written.details, already=written.already)

    def _comment(self, delivery: Delivery, text: str) -> Receipt:
        return self._receipt(self._commented(delivery, _target(delivery, "planfix.task"), text))

    def _commented(self, delivery: Delivery, thing: Ref, text: str) -> Ref:
        mark = {"sourceObjectId": object_id(delivery.id), "sourceDataVersion": delivery.id}
        kind = "contact" if thing.kind == "contact" else "task"
        with self._looked_for_later():
            return self._ref("comment", self._api.comment(thing.id, {"description": html_of(text), **mark}, kind))

    def _find_comment(self, delivery: Delivery) -> Receipt | None:
        """Our mark among all that was commented since the first attempt."""
        since = (delivery.first_tried_at or self._clock.now()) - CLOCKS_APART
        found = self._api.comments(COMMENT_FIELDS, [commented_after(since, self._mapping.zone)])
        ours = [one.id for one in found if mark_in(one) == delivery.id]
        return self._receipt(self._ref("comment", min(ours)), already=True) if ours else None

    def _note_time(self, delivery: Delivery, wanted: NoteTime) -> Receipt:
        """Two requests: a comment that an earlier attempt left gets the entry that it lacks."""
        self._times.asked()
        task = _target(delivery, "planfix.task")
        there = self._find_comment(delivery) if delivery.first_tried_at is not None else None
        left = there.remote if there is not None else None
        comment = left or self._commented(delivery, task, wanted.text)
        with self._looked_for_later():
            self._times.add(delivery, wanted, task.id, comment.id)
        return self._receipt(comment)

    def _find_time(self, delivery: Delivery) -> Receipt | None:
        """The comment of an earlier attempt, where it has its entry."""
        found, task = self._find_comment(delivery), _target(delivery, "planfix.task")
        whole = found is not None and found.remote is not None and self._times.is_there(task.id, found.remote.id)
        return found if whole else None

    def _attach(self, delivery: Delivery, wanted: AttachDocument) -> Receipt:
        """Two requests: a file that was uploaded and not hung anywhere is seen by nobody."""
        if delivery.file is None:
            raise _permanent("there is no file to attach: the document was not made")
        task = _target(delivery, "planfix.task")
        content, size = BytesIO(delivery.file.content), len(delivery.file.content)
        file = self._api.upload(wanted.file_name, delivery.file.media_type, content, size)
        self._api.attach(file, task.id)
        return self._receipt(self._ref("file", file))

    def _files(self, delivery: Delivery, wanted: CopyFile) -> ThingFiles:
        """What hangs on the thing that a file is copied to; a link stands in a comment there."""

        def commented() -> Ref | None:
            if delivery.first_tried_at is None:
                return None
            found = self._once_lists_tell(self._find_comment(delivery))
            return found.remote if found is not None else None

        thing = _target(delivery, wanted.to)
        return ThingFiles(self._api, thing, lambda note: self._commented(delivery, thing, note), commented)

    def _find_file(self, delivery: Delivery, wanted: AttachDocument) -> Receipt | None:
        for file in self._api.files(_target(delivery, "planfix.task").id):
            same_size = delivery.file is None or file.size in (None, len(delivery.file.content))
            if file.name == wanted.file_name and same_size:
                return self._receipt(self._ref("file", file.id), already=True)
        return None

    @contextmanager
    def _looked_for_later(self) -> Iterator[None]:
        """Where nobody knows whether something was made, lists are asked when they can tell."""
        try:
            yield
        except ConnectorError as error:
            if error.retry is Retry.UNKNOWN:
                error.wait = self._lag
            raise

    def _once_lists_tell(self, found: Receipt | None) -> Receipt | None:
        """What was found in a list. Raises ConnectorError for nothing while lists cannot tell yet."""
        rest = self._lists_tell_from - self._clock.now()
        if found is None and rest > timedelta(0):
            what = "whether it was made before the restart does not show yet"
            raise ConnectorError(NAME, what, retry=Retry.UNKNOWN, code="lists-late", wait=rest)
        return found

    def _ref(self, kind: str, id: int) -> Ref:
        return Ref(SYSTEM, self._settings.account, kind, str(id))

    def _receipt(self, remote: Ref, details: Mapping[str, Plain] | None = None, *, already: bool = False) -> Receipt:
        return Receipt(at=self._clock.now(), remote=remote, already=already, details=details or {})


def _target(delivery: Delivery, record: str) -> Ref:
    """The task or contact that the effect is about."""
    kind = record.partition(".")[2]
    found = _related(delivery, kind) if record.startswith("planfix.") and kind in STANDARD else None
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
