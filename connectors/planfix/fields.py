"""How fields of a task or contact are written: what somebody changed meanwhile stays, lists keep their others."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

from bridge.model.decisions import WriteFields
from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Clock
from bridge.model.records import Record, Ref
from bridge.model.values import Plain, parse_moment
from connectors.http import after_a_write
from connectors.planfix.account import Account
from connectors.planfix.answers import Contact, CustomField, People, Task
from connectors.planfix.api import NAME, PlanfixApi, PlanfixSettings
from connectors.planfix.directories import Directories
from connectors.planfix.mapping import (
    CONTACT_FIELDS,
    FIRST_OF,
    TASK_FIELDS,
    PlanfixMapping,
    parse_contact,
    parse_task,
    phones_of,
)
from connectors.planfix.people import first_put, ids_of, people_body, set_to
from connectors.planfix.values import OF_DIRECTORY, field_body, lacks_choice, same_value, time_point

BUSY = timedelta(seconds=30)
"""When to look whether a queued change was made."""
STANDARD: Mapping[str, frozenset[str]] = {
    "task": frozenset({"name", "status", "assignee", "assignees", "owner", "due"}),
    "contact": frozenset({"name", "phone", "email", "owner", "supervisors", "telegram", "telegram_id"}),
}
"""Fields that need no entry under `fields`, by what carries them."""
_FIRST_OF = {(kind, one): many for kind, pairs in FIRST_OF.items() for one, many in pairs.items()}
_LISTS = frozenset(_FIRST_OF.values())
_ON_TOP = frozenset({("contact", "name"), ("contact", "phone"), ("task", "status")})
"""Written on top of what is there, as people are."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What a task or contact holds just now, in their words and in ours."""

    thing: Task | Contact
    record: Record

    @property
    def people(self) -> People | None:
        """The list of people that it carries."""
        return self.thing.supervisors if isinstance(self.thing, Contact) else self.thing.assignees

    def __getitem__(self, key: str) -> Plain:
        return self.record.fields.get(key)

    def texts(self, key: str) -> set[str]:
        """The values of a list, or the one value of a field."""
        return _texts(self[key])


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing: whether all was there already, what fields hold, and what stands in those left alone.

    `not_set` says which fields Planfix did not take and why, in words; what they hold is told with the others.
    """

    already: bool
    holds: Mapping[str, Plain]
    overtaken: Mapping[str, Plain]
    not_set: str = ""

    @property
    def details(self) -> dict[str, Plain]:
        """As a receipt tells it."""
        told: dict[str, Plain] = {"holds": self.holds}
        more: dict[str, Plain] = {"overtaken": self.overtaken, "not_set": self.not_set}
        return told | {name: value for name, value in more.items() if value}


class Fields:
    """Writes fields and reads them back. Raises ConnectorError."""

    def __init__(
        self, api: PlanfixApi, account: Account, settings: PlanfixSettings, mapping: PlanfixMapping, clock: Clock
    ) -> None:
        self._api = api
        self._account = account
        self._directories = Directories(api, clock)
        self._settings = settings
        self._mapping = mapping
        self._clock = clock
        self._turns: WeakValueDictionary[Ref, threading.Lock] = WeakValueDictionary()
        self._lock = threading.Lock()

    def write(self, ref: Ref, wanted: WriteFields) -> Written:
        """Writes them in one request. With a base, or on top of a list, one before it reads what is there.

        Of two workers one at a time writes into a task or contact: lists are read, changed and written whole.
        """
        try:
            with self._turn(ref):
                return self._write(ref, wanted)
        except ValueError as error:
            raise _permanent(str(error)) from error

    def _turn(self, ref: Ref) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(ref, threading.Lock())

    def find(self, ref: Ref, wanted: WriteFields) -> Written | None:
        """What they hold, when all of them hold what was wanted."""
        held = self._held(ref, wanted)
        try:
            if held is None or not all(self._is_so(key, wanted, held) for key in wanted.values):
                return None
        except ValueError:
            return None  # what does not fit was never written
        pairs = [pair for pair in held.record.first_of.items() if not wanted.values.keys().isdisjoint(pair)]
        return Written(True, {key: held[key] for key in (*wanted.values, *(key for pair in pairs for key in pair))}, {})

    def person(self, person: str) -> str:
        """What Planfix calls somebody of people.yaml. Raises ConnectorError."""
        found = self._mapping.planfix_id(person) or (person if person.startswith("user:") else None)
        if found is None:
            what = f'"{person}" has no Planfix id: write one (user:5) into people.yaml'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-person")
        return found

    def _write(self, ref: Ref, wanted: WriteFields) -> Written:
        held = None
        if wanted.base or any(self._is_on_top(ref, key) for key in wanted.values):
            held = self._held(ref, wanted)
            if held is None:
                raise _permanent(f"{wanted.record} {ref.id} is no more")
        there = [key for key in wanted.values if held and self._is_so(key, wanted, held)]
        left = [key for key in wanted.values if key in wanted.base and key not in there]
        overtaken = [key for key in left if held and self._is_overtaken(key, wanted, held)]
        written = [key for key in wanted.values if key not in {*there, *overtaken}]
        body, failed = self._send(ref, wanted, written, held)
        if failed:
            with after_a_write():
                failed = self._again(ref, wanted, written, failed)
        holds = self._as_read(ref, wanted, body, written) if body else {}
        with after_a_write():
            now = self._held(ref, wanted) if failed else None
        holds |= {key: now[key] for key in written} if now else {}
        if held:
            holds |= {key: held[key] for key in there}
        words = why({self._title(ref, field): error for field, error in failed.items()})
        return Written(not body, holds, {key: held[key] for key in overtaken} if held else {}, words)

    def _prove(self, ref: Ref, wanted: WriteFields, written: Sequence[str]) -> None:
        """A change that was queued counts when it can be read."""
        held = self._held(ref, wanted)
        if held is None or not all(self._is_so(key, wanted, held) for key in written):
            what = f"the change of {wanted.record} {ref.id} is queued, not made yet"
            raise ConnectorError(NAME, what, retry=Retry.UNKNOWN, code="queued", wait=BUSY)

    def _again(
        self, ref: Ref, wanted: WriteFields, written: Sequence[str], failed: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Tries once more what was not taken while the rest was; gives why it was not this time either.

        What was taken is read: nobody promises how failures are named. Where none was, nothing happened: an error.
        """
        held = self._held(ref, wanted)
        lacking = [key for key in written if held is None or not self._is_so(key, wanted, held)]
        if len(lacking) == len(written):
            words = why({self._title(ref, field): error for field, error in failed.items()})
            what = f"{wanted.record} {ref.id}: not written: {words}"
            raise ConnectorError(NAME, what, retry=Retry.PERMANENT, code="failures")
        return self._send(ref, wanted, lacking, held)[1]

    def _send(
        self, ref: Ref, wanted: WriteFields, keys: Sequence[str], held: _Held | None
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """What was sent, and why which fields were not taken. Fields that are to wake nobody have their own request."""
        silent = [key for key in keys if self._is_silent(ref, key, keys)]
        parts = [part for part in (silent, [key for key in keys if key not in silent]) if part]
        bodies = [self._body(ref, wanted, part, held) for part in parts]
        failed: dict[str, str] = {}
        for n, (part, body) in enumerate(zip(parts, bodies, strict=True)):
            with after_a_write() if n else nullcontext():
                failed |= self._sent(ref, wanted, body, part, silent=part is silent)
        custom = [one for body in bodies for one in body.pop("customFieldData", ())]
        plain = {name: value for body in bodies for name, value in body.items()}
        return plain | ({"customFieldData": custom} if custom else {}), failed

    def _sent(
        self, ref: Ref, wanted: WriteFields, body: Mapping[str, Any], keys: Sequence[str], *, silent: bool
    ) -> Mapping[str, str]:
        """Why which fields were not taken; a change that was queued has to be read first."""
        failed = self._api.update(_kind(ref), ref.id, body, silent=silent) if body else {}
        if failed is None:
            with after_a_write():
                self._prove(ref, wanted, keys)
        return failed or {}

    def _is_silent(self, ref: Ref, key: str, keys: Sequence[str]) -> bool:
        """Whether a field is to wake nobody, and no other of these that stands in the same list of people."""
        here = self._list_of(ref, key) or key
        together = [one for one in keys if (self._list_of(ref, one) or one) == here]
        return all(self._mapping.is_silent(_kind(ref), one) for one in together)

    # -- what is there ------------------------------------------------------------------------------------------

    def _held(self, ref: Ref, wanted: WriteFields) -> _Held | None:
        asked = [str(id) for id in self._ids(ref, wanted).values()]
        thing: Task | Contact | None
        if ref.kind == "contact":
            thing = self._api.contact(ref.id, (*CONTACT_FIELDS, *asked))
        else:
            thing = self._api.task(ref.id, (*TASK_FIELDS, *asked))
        return _Held(thing, self._record(thing, ref, wanted)) if thing else None

    def _record(self, thing: Task | Contact, ref: Ref, wanted: WriteFields) -> Record:
        ids, now = self._ids(ref, wanted), self._clock.now()
        if isinstance(thing, Contact):
            return parse_contact(thing, ids, self._settings, self._mapping, now)
        return parse_task(thing, ids, True, self._settings, self._mapping, now)

    def _ids(self, ref: Ref, wanted: WriteFields) -> dict[str, int]:
        return {key: self._definition(ref, key).id for key in wanted.values if self._is_custom(ref, key)}

    def _is_so(self, key: str, wanted: WriteFields, held: _Held) -> bool:
        """Whether a field holds what was wanted. With a base it is said of those people alone who come or go."""
        ref, value, base = held.record.ref, wanted.values[key], wanted.base.get(key)
        if many := self._list_of(ref, key):
            who, before, here = self._key(value), self._key(base), held.texts(many)
            if key not in wanted.base:
                return str(held[key] or "") == who
            return (not who or who in here) and (before == who or before not in here)
        if self._is_list(ref, key):
            here, now = held.texts(key), self._keys(value)
            before_all = self._keys(base) if key in wanted.base else here
            return now - before_all <= here and not (before_all - now) & here
        if self._is_phone(ref, key):
            here = self._phones_in(held)
            if not value:
                return not (self._numbers(base) & here if base else here)
            return bool(self._numbers(value) & (held.texts(key) if key in wanted.base else here))
        return self._is_same(held, key, value)

    def _is_overtaken(self, key: str, wanted: WriteFields, held: _Held) -> bool:
        """Whether what stood there when this was decided stands there no more. Of lists only parts are written."""
        ref, base = held.record.ref, wanted.base[key]
        if self._is_list(ref, key):
            return False
        if many := self._list_of(ref, key):
            return self._key(base) not in held.texts(many) if base else bool(held.texts(many))
        if self._is_phone(ref, key):
            here = self._phones_in(held)
            return not self._numbers(base) & here if base else bool(here)
        return not self._is_same(held, key, base)

    def _is_same(self, held: _Held, key: str, value: Plain) -> bool:
        ref, theirs, text = held.record.ref, held[key], str(value or "")
        if self._is_custom(ref, key):
            return same_value(self._definition(ref, key), value, theirs, self._mapping)
        if key == "due" and text and theirs:
            return parse_moment(text).replace(second=0, microsecond=0) == parse_moment(str(theirs))
        return (self._key(value) if key == "owner" else text) == (theirs or "")

    def _key(self, person: Plain) -> str:
        """Somebody as records name them; "" for nobody."""
        return self._mapping.person(str(person or ""))

    def _keys(self, people: Plain) -> set[str]:
        return {self._key(one) for one in _texts(people)}

    def _numbers(self, phone: Plain) -> set[str]:
        """A number as it was typed and as records have it."""
        return {str(phone), *phones_of([str(phone)], self._mapping.region)} if phone else set()

    def _phones_in(self, held: _Held) -> set[str]:
        return {*held.record.phones, *held.texts("phone")}

    # -- what is written ----------------------------------------------------------------------------------------

    def _body(self, ref: Ref, wanted: WriteFields, keys: Sequence[str], held: _Held | None) -> dict[str, Any]:
        """These values, checked. Raises ValueError for one that does not fit."""
        body: dict[str, Any] = {}
        custom: list[dict[str, Any]] = []
        for key in keys:
            if not self._is_custom(ref, key) and key in STANDARD[_kind(ref)]:
                body |= self._on_top(ref, key, wanted, held) if held else {}
                body |= {} if self._is_on_top(ref, key) else self._plainly(key, wanted.values[key])
            else:
                definition, value = self._definition(ref, key), wanted.values[key]
                if lacks_choice(definition, value):  # somebody may have added it since
                    definition = self._account.definition(_kind(ref), definition.id, anew=True)
                entries = self._directories.entries(definition, value) if value else {}
                custom.append(field_body(definition, value, self._mapping, entries))
        return body | ({"customFieldData": custom} if custom else {})

    def _plainly(self, key: str, value: Plain) -> dict[str, Any]:
        text = str(value or "")
        match key:
            case "owner":
                return {"assigner": {"id": self.person(text)}}
            case "due" if text:
                return {"endDateTime": time_point(parse_moment(text), self._mapping.zone)}
            case "due":
                return {"hasEndDate": False}
            case "telegram_id":
                return {"telegramId": text}
            case _:
                return {key: text}

    def _on_top(self, ref: Ref, key: str, wanted: WriteFields, held: _Held) -> dict[str, Any]:
        """What is put in its place among others, or by what is there; nothing for other fields."""
        if many := self._list_of(ref, key):
            return {many: people_body(self._one_of_many(key, wanted, held), held.people)}
        match key:
            case "assignees" | "supervisors":
                return {key: people_body(self._many(key, wanted, held), held.people)}
            case "phone":
                return {"phones": self._phones(wanted, held)}
            case "name" if isinstance(held.thing, Contact):
                return named(str(wanted.values[key] or ""), held.thing)
            case "status":
                return {"status": {"id": self._status(held.thing, str(wanted.values[key] or ""))}}
            case _:
                return {}

    def _one_of_many(self, key: str, wanted: WriteFields, held: _Held) -> list[str]:
        here, value = ids_of(held.people), wanted.values[key]
        leaving = self._id(wanted.base[key]) if key in wanted.base else next(iter(here), "")
        return first_put(self.person(str(value)) if value else "", leaving, here)

    def _many(self, key: str, wanted: WriteFields, held: _Held) -> list[str]:
        here = ids_of(held.people)
        before = [self._id(one) for one in _texts(wanted.base[key])] if key in wanted.base else here
        return set_to([self.person(one) for one in sorted(_texts(wanted.values[key]))], before, here)

    def _id(self, person: Plain) -> str:
        return self._mapping.planfix_id(str(person or "")) or str(person or "")

    def _phones(self, wanted: WriteFields, held: _Held) -> list[dict[str, Any]]:
        """The contact's phones and this one: the list is replaced whole, and none may get lost.

        With a base this number comes first, as it is read; only a number that was taken away goes.
        """
        value, base = wanted.values["phone"], wanted.base.get("phone")
        phones = held.thing.phones if isinstance(held.thing, Contact) else ()
        kept = [{"number": phone.number, "type": phone.type} for phone in phones or () if phone.number]
        if not value and not base:
            raise ValueError("a phone is taken away only where it is known which")
        wanted_numbers = self._numbers(value or base)
        same = [one for one in kept if self._numbers(str(one["number"])) & wanted_numbers]
        others = [one for one in kept if one not in same]
        if not value:
            return others
        fresh = same or [{"number": str(value), "type": 1}]
        return [*fresh, *others] if "phone" in wanted.base else [*others, *fresh]

    def _status(self, task: Task | Contact, wanted: str) -> int:
        process = task.processId if isinstance(task, Task) else None
        statuses = self._account.statuses(process, wanted) if process else {}
        if wanted not in statuses:
            raise ValueError(f'task {task.id} has no status "{wanted}": {", ".join(statuses)}')
        return statuses[wanted]

    def _as_read(
        self, ref: Ref, wanted: WriteFields, body: Mapping[str, Any], written: Sequence[str]
    ) -> dict[str, Plain]:
        """What the next reading shows of what was written: their form of a sum or a moment is another than ours."""
        custom = [self._shown(ref, one, wanted) for one in body.get("customFieldData", ())]
        shown: dict[str, Any] = {"id": ref.id, **body, "customFieldData": custom}
        if "status" in body:
            shown["status"] = {**body["status"], "name": wanted.values["status"]}
        model = Contact if ref.kind == "contact" else Task
        fields = self._record(model.model_validate(shown), ref, wanted).fields
        lists = {one: many for (kind, one), many in _FIRST_OF.items() if kind == _kind(ref) and many in body}
        return {key: fields.get(key) for key in (*written, *lists, *lists.values())}

    def _shown(self, ref: Ref, written: Mapping[str, Any], wanted: WriteFields) -> dict[str, Any]:
        """A custom value as Planfix tells it. Entries of directories are written by key and told by name."""
        number, value = written["field"]["id"], written["value"]
        type = self._type(ref, number)
        if type in OF_DIRECTORY:
            value = next(wanted.values[key] for key, id in self._ids(ref, wanted).items() if id == number)
        return {"field": {"id": number, "type": type}, "value": value}

    # -- names --------------------------------------------------------------------------------------------------

    def _is_custom(self, ref: Ref, key: str) -> bool:
        return key in self._mapping.wanted(_kind(ref))

    def _list_of(self, ref: Ref, key: str) -> str:
        """The list that a single person is the first of; "" for other fields."""
        return "" if self._is_custom(ref, key) else _FIRST_OF.get((_kind(ref), key), "")

    def _is_list(self, ref: Ref, key: str) -> bool:
        return key in _LISTS and not self._is_custom(ref, key)

    def _is_phone(self, ref: Ref, key: str) -> bool:
        return key == "phone" and not self._is_custom(ref, key)

    def _is_on_top(self, ref: Ref, key: str) -> bool:
        return not self._is_custom(ref, key) and (
            (_kind(ref), key) in _ON_TOP or key in _LISTS or bool(self._list_of(ref, key))
        )

    def _definition(self, ref: Ref, key: str) -> CustomField:
        kind = _kind(ref)
        wanted = self._mapping.wanted(kind).get(key)
        if wanted is None:
            what = f'planfix.{kind}.{key} is not mapped: name its custom field under "fields" of planfix'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-field")
        return self._account.definition(kind, self._account.number(kind, wanted))

    def _title(self, ref: Ref, field: str) -> str:
        """A field as people know it."""
        return self._account.definition(_kind(ref), int(field)).name if field.isdigit() else field

    def _type(self, ref: Ref, number: int) -> int:
        return self._account.definition(_kind(ref), number).type


def named(whole: str, contact: Contact) -> dict[str, str]:
    """A contact's name in parts that are read as that whole again: a company has one, a person a first and a last."""
    words = whole.split()
    if not words:
        raise ValueError("a contact needs a name")
    if contact.isCompany:
        return {"name": " ".join(words)}
    middle = words[1:2] if contact.midname and len(words) > 2 else []
    last = words[1 + len(middle) :]
    return {"name": words[0], "midname": " ".join(middle), "lastname": " ".join(last)}


def why(failed: Mapping[str, str]) -> str:
    """Which fields Planfix did not take, and its reasons."""
    return ", ".join(f"{field} ({error})" for field, error in failed.items())


def _kind(ref: Ref) -> str:
    return "contact" if ref.kind == "contact" else "task"


def _texts(value: Plain) -> set[str]:
    if isinstance(value, (list, tuple)):
        return {str(one) for one in value}
    return {str(value)} if value else set()


def _permanent(what: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PERMANENT)
