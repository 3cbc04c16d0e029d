"""How tasks and contacts are read: everything once, then what changed, with an overlap of some minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.events import Actor
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text, parse_moment
from connectors.planfix.account import Account
from connectors.planfix.answers import Comment, Contact, Task
from connectors.planfix.api import NO_ACCESS, PlanfixReading, PlanfixSettings
from connectors.planfix.comments import COMMENT_FIELDS, parse_comment
from connectors.planfix.mapping import (
    CONTACT,
    CONTACT_FIELDS,
    SYSTEM,
    TASK,
    TASK_FIELDS,
    PlanfixMapping,
    changed_after,
    commented_after,
    gone,
    mark_in,
    of_templates,
    parse_contact,
    parse_task,
    pressed,
    touched_after,
    without_answer,
)
from connectors.planfix.tags import Tags
from connectors.planfix.values import moment_of

COMPARED_AT = time(3)
"""When, by the employee's clock, everything is listed once more: deletions stand in no list of changes."""
_SOONER = timedelta(hours=1)
"""After what time it is tried again when it failed, or when far too little was there."""
_FEW = 20
"""So many records may vanish in a day without anybody being asked, and a fifth of all."""


class _Position(BaseModel):
    """`since` is when the last read began; `pressed` are the boxes ("41:send-brief") that were ticked then.

    `compare_at` is when all is listed again, `counts` how many there were the last time, by source; `emptied` are the
    sources that showed far fewer since, with how many they had.
    """

    since: str
    pressed: list[str] = []
    numbers: dict[str, dict[str, int]] = {}
    compare_at: str = ""
    counts: dict[str, int] = {}
    emptied: dict[str, int] = {}


@dataclass(frozen=True)
class Numbers:
    """The numbers of the configured custom fields and deal templates."""

    task: dict[str, int]
    contact: dict[str, int]
    templates: frozenset[int]


@dataclass(frozen=True)
class _Listed:
    """All deals and contacts that lists show, or None where they were not asked for."""

    tasks: list[Task]
    contacts: list[Contact]
    noted: Mapping[int, Mapping[str, Plain]]
    """What data tags say of each task that has an entry."""

    @property
    def counts(self) -> dict[str, int]:
        """How many, by source."""
        return {TASK: len(self.tasks), CONTACT: len(self.contacts)}


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
        self._tags = Tags(api, mapping.tags, mapping)
        self._may_be_empty: set[str] = set()

    def accept_empty(self, source: str) -> None:
        """The next `pull` lists a source again that showed far too little, and takes it as it is."""
        self._may_be_empty.add(source)

    def pull(self, cursor: Cursor | None, lag: timedelta) -> Page:
        """What changed since the cursor, and once a night everything beside it.

        Without a cursor: all deals and contacts, and no presses of long ago.
        """
        started = self._clock.now()
        before = _Position.model_validate_json(cursor) if cursor else None
        if before is not None:
            self._account.know(before.numbers)
        numbers = self._numbers()
        tasks, contacts = self._tasks(before, numbers), self._contacts(before, numbers)
        listed = (
            _Listed(tasks, contacts, self._tags.of_all())
            if before is None
            else self._compared(before, numbers, started)
        )
        if before is not None and listed is not None:
            tasks = list({task.id: task for task in (*tasks, *listed.tasks)}.values())
            contacts = list({contact.id: contact for contact in (*contacts, *listed.contacts)}.values())
        ticked, presses = self._presses(tasks, before, numbers, started)
        said = self._said(tasks, before)
        noted = self._noted(tasks, before, listed, said)
        happenings = tuple(sorted((*presses, *self._comments(tasks, numbers, said)), key=lambda one: one.at))
        after = self._position(before, listed, started).model_copy(
            update={"since": moment_text(started), "pressed": sorted(ticked), "numbers": self._account.known()}
        )
        hidden = self._hidden(tasks, contacts, numbers)
        records = [self._task(task, numbers, started, hidden, noted.get(task.id)) for task in tasks]
        records += [self._contact(contact, numbers, started, hidden) for contact in contacts]
        whole = {TASK, CONTACT} - after.emptied.keys() if before is not None and listed is not None else set()
        return Page(
            cursor=Cursor(after.model_dump_json()),
            records=tuple(records),
            happenings=happenings,
            seen_up_to={source: started - lag for source in (TASK, CONTACT) if source not in after.emptied},
            listed=frozenset((SYSTEM, source.partition(".")[2]) for source in whole),
            failed={
                source: SourceEmptied(source, was, after.counts.get(source, 0)) for source, was in after.emptied.items()
            },
        )

    def _compared(self, before: _Position, numbers: Numbers, started: datetime) -> _Listed | None:
        """All deals and contacts, when it is time for that. What fails here is tried again later."""
        accepted = self._may_be_empty & before.emptied.keys()
        if not accepted and (not before.compare_at or started < parse_moment(before.compare_at)):
            return None
        try:
            return _Listed(self._tasks(None, numbers), self._contacts(None, numbers), self._tags.of_all())
        except ConnectorError:
            return None

    def _position(self, before: _Position | None, listed: _Listed | None, started: datetime) -> _Position:
        """When all is listed next, and what is to be expected then."""
        tonight = moment_text(_next(COMPARED_AT, started, self._mapping.zone))
        if before is None or listed is None:
            counts = listed.counts if listed else before.counts if before else {}
            due = before.compare_at if before else ""
            if due and parse_moment(due) <= started:
                due = moment_text(started + _SOONER)
            emptied = before.emptied if before else {}
            return _Position(since="", compare_at=due or tonight, counts=counts, emptied=emptied)
        accepted, self._may_be_empty = self._may_be_empty, set()
        had = {source: before.emptied.get(source, before.counts.get(source, 0)) for source in (TASK, CONTACT)}
        emptied = {
            source: had[source]
            for source, count in listed.counts.items()
            if source not in accepted and _is_far_less(count, had[source])
        }
        due = moment_text(started + _SOONER) if emptied else tonight
        return _Position(since="", compare_at=due, counts=listed.counts, emptied=emptied)

    def refresh(self, refs: Sequence[Ref]) -> Page:
        """These records now, a request each. One that the employee may not see holds up no other."""
        numbers = self._numbers()
        records: list[Record] = []
        refused: ConnectorError | None = None
        for ref in refs:
            try:
                records.append(self._one(ref, numbers))
            except ConnectorError as error:
                if error.code != NO_ACCESS:
                    raise
                refused = error
        if refused is not None and not records:
            raise refused
        return Page(cursor=None, records=tuple(records))

    def _one(self, ref: Ref, numbers: Numbers) -> Record:
        read_at = self._clock.now()
        if ref.kind == "contact":
            contact = self._api.contact(ref.id, self._asked("contact", CONTACT_FIELDS, numbers.contact))
            if contact is None:
                return gone(ref, read_at)
            return self._contact(contact, numbers, read_at, self._hidden((), [contact], numbers))
        fields = (*TASK_FIELDS, "dataTags") if self._tags.keys else TASK_FIELDS
        task = self._api.task(ref.id, self._asked("task", fields, numbers.task))
        if task is None:
            return gone(ref, read_at)
        noted = self._tags.of_one(task.id, task.dataTags) if self._tags.keys else None
        return self._task(task, numbers, read_at, self._hidden([task], (), numbers), noted)

    def _hidden(self, tasks: Iterable[Task], contacts: Iterable[Contact], numbers: Numbers) -> frozenset[int]:
        """The configured fields that are no more, or that the employee may not see: they are not empty.

        Asked for only where an answer lacks one: whether empty ones are left out of answers is not written down.
        """
        lacking = {"task": set[int]().union(*(without_answer(task, numbers.task) for task in tasks))}
        lacking["contact"] = set[int]().union(*(without_answer(one, numbers.contact) for one in contacts))
        return frozenset(
            id for kind, ids in lacking.items() if ids for id in ids - {one.id for one in self._api.custom_fields(kind)}
        )

    def _numbers(self) -> Numbers:
        templates = frozenset(self._account.deal_templates())
        return Numbers(self._account.fields("task"), self._account.fields("contact"), templates)

    def _tasks(self, before: _Position | None, numbers: Numbers) -> list[Task]:
        """Deals and what the bridge made; other tasks are nobody's business here."""
        if before is None:
            wanted = of_templates(numbers.templates)
        else:
            wanted = self._touched(before) if self._hears_comments else self._changed(before)
        fields = (*TASK_FIELDS, "dateOfLastComment") if self._hears_comments else TASK_FIELDS
        found = self._api.tasks(self._asked("task", fields, numbers.task), [wanted])
        ours = [task for task in found if _is_deal(task, numbers) or mark_in(task)]
        return ours if before is None else [self._with_files(task, before, numbers) for task in ours]

    def _with_files(self, task: Task, before: _Position, numbers: Numbers) -> Task:
        """A deal with the files of its comments as well: of one that somebody commented on they are asked for."""
        spoken = moment_of(task.dateOfLastComment, self._mapping.zone)
        if "task" not in self._mapping.files or spoken is None or spoken <= self._from(before):
            return task
        return task.model_copy(update={"files": self._api.files(str(task.id))}) if _is_deal(task, numbers) else task

    @property
    def _hears_comments(self) -> bool:
        """Whether it matters what is said of tasks: files and entries of data tags mostly come with a comment."""
        return self._mapping.comments or bool(self._mapping.tags) or "task" in self._mapping.files

    def _asked(self, kind: str, standard: Sequence[str], custom: dict[str, int]) -> list[str]:
        return _asked((*standard, "files") if kind in self._mapping.files else standard, custom)

    def _contacts(self, before: _Position | None, numbers: Numbers) -> list[Contact]:
        filters = [] if before is None else [self._changed(before)]
        fields = self._asked("contact", CONTACT_FIELDS, numbers.contact)
        found = self._api.contacts(fields, filters)
        if self._mapping.companies:
            found += self._api.contacts(fields, filters, companies=True)
        return list({contact.id: contact for contact in found}.values())

    def _from(self, before: _Position) -> datetime:
        """From when on everything is read again."""
        return _read_from(before, self._mapping)

    def _changed(self, before: _Position) -> dict[str, object]:
        return changed_after(self._from(before), self._mapping.zone)

    def _touched(self, before: _Position) -> dict[str, object]:
        return touched_after(self._from(before), self._mapping.zone)

    def _said(self, tasks: Iterable[Task], before: _Position | None) -> list[Comment]:
        """The new comments of these tasks, all in one list, where the tasks say that there are any."""
        if before is None or not (self._mapping.comments or self._tags.keys):
            return []
        since, zone = self._from(before), self._mapping.zone
        spoken = {task.id for task in tasks if (moment_of(task.dateOfLastComment, zone) or since) > since}
        fields = (*COMMENT_FIELDS, "dataTags") if self._tags.keys else COMMENT_FIELDS
        found = self._api.comments(fields, [commented_after(since, zone)]) if spoken else []
        return [one for one in sorted(found, key=lambda one: one.id) if one.task and one.task.id in spoken]

    def _comments(self, tasks: Iterable[Task], numbers: Numbers, said: Iterable[Comment]) -> list[Happening]:
        if not self._mapping.comments:
            return []
        about = {task.id: task for task in tasks}
        read = [
            parse_comment(one, self._ref(task, numbers), task.counterparty, self._mapping, self._settings.account)
            for one in said
            if one.task and (task := about.get(one.task.id or 0))
        ]
        return [one for one in read if one]

    def _noted(
        self, tasks: Sequence[Task], before: _Position | None, listed: _Listed | None, said: Iterable[Comment]
    ) -> dict[int, Mapping[str, Plain]]:
        """What data tags say of tasks. One of which nothing new was noted is not among them: it keeps what it had."""
        if not self._tags.keys:
            return {}
        if before is None or listed is not None:
            entries = listed.noted if listed else {}
            return {task.id: entries.get(task.id) or self._tags.none() for task in tasks}
        noted, since = self._tags.noted(said), self._from(before)
        fresh = {task.id for task in tasks if (moment_of(task.dateTime, self._mapping.zone) or since) > since}
        return {task: self._tags.of_one(task) if task in noted else self._tags.none() for task in noted | fresh}

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
            about=self._ref(task, numbers),
            actor=Actor(),
            data={"button": button},
        )

    def _ref(self, task: Task, numbers: Numbers) -> Ref:
        return Ref(SYSTEM, self._settings.account, "task" if _is_deal(task, numbers) else "todo", str(task.id))

    def _task(
        self,
        task: Task,
        numbers: Numbers,
        read_at: datetime,
        hidden: frozenset[int],
        noted: Mapping[str, Plain] | None,
    ) -> Record:
        deal = _is_deal(task, numbers)
        record = parse_task(task, numbers.task, deal, self._settings, self._mapping, read_at, hidden)
        if noted is None:
            return replace(record, unknown=record.unknown | self._tags.keys) if self._tags.keys else record
        return replace(record, fields={**record.fields, **noted})

    def _contact(self, contact: Contact, numbers: Numbers, read_at: datetime, hidden: frozenset[int]) -> Record:
        return parse_contact(contact, numbers.contact, self._settings, self._mapping, read_at, hidden)


def began_at(pulled: Cursor, account: Account, mapping: PlanfixMapping) -> datetime:
    """From when on the next `pull` after this one reads everything; the account learns its numbers."""
    position = _Position.model_validate_json(pulled)
    account.know(position.numbers)
    return _read_from(position, mapping)


def _read_from(position: _Position, mapping: PlanfixMapping) -> datetime:
    return parse_moment(position.since) - timedelta(minutes=mapping.overlap_minutes)


def _is_far_less(count: int, had: int) -> bool:
    gone = had - count
    return (count == 0 and had > 1) or (gone > _FEW and gone * 5 > had)


def _next(hour: time, now: datetime, zone: str) -> datetime:
    """The next time that a clock there shows that hour."""
    today = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), hour, ZoneInfo(zone))
    return today if today > now else today + timedelta(days=1)


def _is_deal(task: Task, numbers: Numbers) -> bool:
    return task.template is not None and task.template.id in numbers.templates


def _asked(standard: Sequence[str], custom: dict[str, int]) -> list[str]:
    """Lists give almost nothing that was not asked for; custom fields are asked for by number."""
    return [*standard, *(str(number) for number in dict.fromkeys(custom.values()))]
