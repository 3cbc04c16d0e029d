"""How tasks and contacts are read: everything once, then what changed, with an overlap of some minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from bridge.model.events import Actor
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import moment_text, parse_moment
from connectors.planfix.account import Account
from connectors.planfix.api import Contact, PlanfixReading, PlanfixSettings, Task
from connectors.planfix.mapping import (
    CONTACT,
    CONTACT_FIELDS,
    SYSTEM,
    TASK,
    TASK_FIELDS,
    PlanfixMapping,
    changed_after,
    gone,
    mark_in,
    moment_of,
    parse_contact,
    parse_task,
    pressed,
)

TEMPLATE_FILTER = 51


class _Position(BaseModel):
    """`since` is when the last read began; `pressed` are the boxes ("41:send-brief") that were ticked then."""

    since: str
    pressed: list[str] = []
    numbers: dict[str, dict[str, int]] = {}


@dataclass(frozen=True)
class Numbers:
    """The numbers of the configured custom fields and deal templates."""

    task: dict[str, int]
    contact: dict[str, int]
    templates: frozenset[int]


class Reader:
    """Carries out `pull` and `refresh`. A cycle in which nothing happened costs two requests."""

    def __init__(
        self, api: PlanfixReading, account: Account, settings: PlanfixSettings, mapping: PlanfixMapping, clock: Clock
    ) -> None:
        self._api = api
        self._account = account
        self._settings = settings
        self._mapping = mapping
        self._clock = clock

    def pull(self, cursor: Cursor | None, lag: timedelta) -> Page:
        """What changed since the cursor. Without one: all deals and contacts, and no presses of long ago."""
        started = self._clock.now()
        before = _Position.model_validate_json(cursor) if cursor else None
        if before is not None:
            self._account.know(before.numbers)
        numbers = self._numbers()
        tasks = self._tasks(before, numbers)
        contacts = self._contacts(before, numbers)
        ticked, happenings = self._presses(tasks, before, numbers, started)
        after = _Position(since=moment_text(started), pressed=sorted(ticked), numbers=self._account.known())
        records = [self._task(task, numbers, started) for task in tasks]
        records += [self._contact(contact, numbers, started) for contact in contacts]
        return Page(
            cursor=Cursor(after.model_dump_json()),
            records=tuple(records),
            happenings=happenings,
            seen_up_to={TASK: started - lag, CONTACT: started - lag},
        )

    def refresh(self, refs: Sequence[Ref]) -> Page:
        """These records now, a request each."""
        numbers = self._numbers()
        return Page(cursor=None, records=tuple(self._one(ref, numbers) for ref in refs))

    def _one(self, ref: Ref, numbers: Numbers) -> Record:
        read_at = self._clock.now()
        if ref.kind == "contact":
            contact = self._api.contact(ref.id, _asked(CONTACT_FIELDS, numbers.contact))
            return self._contact(contact, numbers, read_at) if contact else gone(ref, read_at)
        task = self._api.task(ref.id, _asked(TASK_FIELDS, numbers.task))
        return self._task(task, numbers, read_at) if task else gone(ref, read_at)

    def _numbers(self) -> Numbers:
        templates = frozenset(self._account.deal_templates())
        return Numbers(self._account.fields("task"), self._account.fields("contact"), templates)

    def _tasks(self, before: _Position | None, numbers: Numbers) -> list[Task]:
        """Deals and what the bridge made; other tasks are nobody's business here."""
        if before is None:
            templates = sorted(numbers.templates)
            value = templates if len(templates) > 1 else templates[0]
            wanted = {"type": TEMPLATE_FILTER, "operator": "equal", "value": value}
        else:
            wanted = self._changed(before)
        found = self._api.tasks(_asked(TASK_FIELDS, numbers.task), [wanted])
        return [task for task in found if _is_deal(task, numbers) or mark_in(task)]

    def _contacts(self, before: _Position | None, numbers: Numbers) -> list[Contact]:
        filters = [] if before is None else [self._changed(before)]
        fields = _asked(CONTACT_FIELDS, numbers.contact)
        found = self._api.contacts(fields, filters)
        if self._mapping.companies:
            found += self._api.contacts(fields, filters, companies=True)
        return list({contact.id: contact for contact in found}.values())

    def _changed(self, before: _Position) -> dict[str, object]:
        overlap = timedelta(minutes=self._mapping.overlap_minutes)
        return changed_after(parse_moment(before.since) - overlap, self._mapping.zone)

    def _presses(
        self, tasks: Iterable[Task], before: _Position | None, numbers: Numbers, started: datetime
    ) -> tuple[set[str], tuple[Happening, ...]]:
        """The boxes ticked now, and those that were not ticked before."""
        ticked = set(before.pressed) if before else set()
        found: list[Happening] = []
        for task in tasks:
            now = {f"{task.id}:{button}": button for button in pressed(task, numbers.task, self._mapping)}
            fresh = {box: button for box, button in now.items() if box not in ticked}
            ticked = {box for box in ticked if not box.startswith(f"{task.id}:")} | now.keys()
            if before is not None:
                found += [self._press(task, box, button, numbers, started) for box, button in sorted(fresh.items())]
        return ticked, tuple(found)

    def _press(self, task: Task, box: str, button: str, numbers: Numbers, started: datetime) -> Happening:
        at = moment_of(task.dateOfLastUpdate, self._mapping.zone) or started
        return Happening(
            ref=Ref(SYSTEM, self._settings.account, "press", f"{box}:{moment_text(at)}"),
            kind="button",
            at=at,
            about=self._task(task, numbers, started).ref,
            actor=Actor(),
            data={"button": button},
        )

    def _task(self, task: Task, numbers: Numbers, read_at: datetime) -> Record:
        deal = _is_deal(task, numbers)
        return parse_task(task, numbers.task, deal, self._settings, self._mapping, read_at)

    def _contact(self, contact: Contact, numbers: Numbers, read_at: datetime) -> Record:
        return parse_contact(contact, numbers.contact, self._settings, self._mapping, read_at)


def _is_deal(task: Task, numbers: Numbers) -> bool:
    return task.template is not None and task.template.id in numbers.templates


def _asked(standard: Sequence[str], custom: dict[str, int]) -> list[str]:
    """Lists give almost nothing that was not asked for; custom fields are asked for by number."""
    return [*standard, *(str(number) for number in dict.fromkeys(custom.values()))]
