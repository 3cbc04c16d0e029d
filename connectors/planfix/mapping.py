"""Planfix's JSON into our records and happenings, and our values back. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from bridge.model.files import FILES, FileThere, plain_files
from bridge.model.records import Record, Ref
from bridge.model.values import Plain
from connectors.planfix.answers import Comment, Contact, File, People, Person, Task, Thing
from connectors.planfix.api import PlanfixSettings
from connectors.planfix.people import ids_of
from connectors.planfix.tag_fields import TagField, TimeTag
from connectors.planfix.values import custom_value, moment_of, moment_plain

SYSTEM = "planfix"
TASK, CONTACT = "planfix.task", "planfix.contact"
FIRST_OF: Mapping[str, Mapping[str, str]] = {"task": {"assignee": "assignees"}, "contact": {"owner": "supervisors"}}
"""Single people of ours that are the first of a list in Planfix, by what carries them."""
_SHORT_LINK = re.compile(r"/c/(?P<link>[A-Za-z0-9]{8})(?:[/?#]|$)")
_CARD_ID = re.compile(r"[0-9a-f]{24}")

TASK_FIELDS = (
    *(
        "id",
        "name",
        "description",
        "status",
        "processId",
        "template",
        "parent",
        "counterparty",
        "assigner",
        "assignees",
    ),
    *("dateTime", "endDateTime", "dateOfLastUpdate", "isDeleted", "sourceObjectId", "sourceDataVersion"),
)
CONTACT_FIELDS = (
    *("id", "name", "midname", "lastname", "email", "additionalEmailAddresses", "phones", "supervisors", "isCompany"),
    *("telegram", "telegramId", "createdDate", "dateOfLastUpdate", "isDeleted", "sourceObjectId", "sourceDataVersion"),
)


@dataclass(frozen=True, slots=True)
class PlanfixMapping:
    """What is what in this account.

    Tasks made from `deal_templates` (names or numbers) are deals. `fields` gives a custom field's name or number by
    mapping name (`planfix.task.prepaid`). `buttons` are checkboxes of deals that work as buttons, by button.
    `people` gives the key in people.yaml by `user:5`. `zone` is the zone of the token's employee: filters count in it.
    `sources_id` names the bridge to Planfix and must not change later. `companies` reads companies as well, for one
    request more in every cycle; `comments` reads those of tasks, for one more when somebody wrote any. `silent` keeps
    changes out of people's notifications and of the account's log, `silent_fields` those of some mapping names. `files`
    are the kinds of things (`task`, `contact`) whose records tell what hangs on them.
    `tags` are values that tasks get from the entries of data tags, by mapping name.
    """

    deal_templates: tuple[str | int, ...]
    fields: Mapping[str, str | int] = field(default_factory=dict)
    buttons: Mapping[str, str | int] = field(default_factory=dict)
    card_field: str | int | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    zone: str = "Europe/Kyiv"
    task_template: str | int | None = None
    sources_id: str = "5f0c9b1e-52a4-4c33-9d54-7b6d1f7a0e11"
    overlap_minutes: int = 3
    region: str = "UA"
    trello_account: str = "main"
    companies: bool = False
    comments: bool = False
    silent: bool = False
    silent_fields: frozenset[str] = frozenset()
    tags: Mapping[str, TagField] = field(default_factory=dict)
    time: TimeTag | None = None
    files: frozenset[str] = frozenset()

    def wanted(self, kind: str) -> dict[str, str | int]:
        """The custom fields of `task` or `contact` that are read, by a name of ours; a deal's card is one of them."""
        head = f"planfix.{kind}."
        found = {name.removeprefix(head): wanted for name, wanted in self.fields.items() if name.startswith(head)}
        if kind == "task":
            found |= {_button_key(button): wanted for button, wanted in self.buttons.items()}
            found |= {"card": self.card_field} if self.card_field is not None else {}
        return found

    def is_silent(self, kind: str, name: str) -> bool:
        """Whether writing a field of `task` or `contact` is to wake nobody."""
        return self.silent or f"planfix.{kind}.{name}" in self.silent_fields

    def person(self, id: str) -> str:
        """The key in people.yaml, else the vendor's own id."""
        return self.people.get(id, id)

    def planfix_id(self, person: str) -> str | None:
        """What Planfix calls a person of people.yaml."""
        return next((id for id, key in self.people.items() if key == person), None)


_INNER = "\x00"


def _button_key(button: str) -> str:
    return f"{_INNER}button:{button}"


def button_of(key: str) -> str:
    """The button that a name in `PlanfixMapping.wanted` stands for; "" for the names of fields."""
    return key.removeprefix(_button_key("")) if key.startswith(_INNER) else ""


def object_id(delivery: str) -> str:
    """The UUID that marks what a delivery made; `sourceDataVersion` carries the delivery's id itself beside it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"bridge:{delivery}"))


def mark_in(thing: Thing | Comment) -> str:
    """The delivery that made this thing or comment, or ""."""
    delivery = thing.sourceDataVersion or ""
    return delivery if delivery and thing.sourceObjectId == object_id(delivery) else ""


def parse_task(
    task: Task,
    ids: Mapping[str, int],
    deal: bool,
    settings: PlanfixSettings,
    mapping: PlanfixMapping,
    read_at: datetime,
    hidden: frozenset[int] = frozenset(),
) -> Record:
    """The record of a task: kind `task` for deals, `todo` for others. `ids` has custom fields' numbers by our name.

    `hidden` are numbers of fields that are no more, or that the token's employee may not see.
    """
    values, unknown = _values(task, ids, hidden, mapping)
    card = str(values.get("card") or "")
    if short := _SHORT_LINK.search(card):
        values["card"] = f"https://trello.com/c/{short['link']}"  # as Trello's records have it, however it was pasted
    for button in mapping.buttons:
        values.pop(_button_key(button), None)
    assignees = _people(task.assignees, mapping)
    url = f"{settings.site}/task/{task.id}"
    return Record(
        ref=Ref(SYSTEM, settings.account, "task" if deal else "todo", str(task.id)),
        fields={
            "name": task.name or "",
            "status": (task.status.name or "") if task.status else "",
            "assignee": assignees[0] if assignees else None,
            "assignees": sorted(assignees),
            "owner": mapping.person(task.assigner.id) if task.assigner and task.assigner.id else None,
            "contact": _contact_id(task.counterparty) or None,
            "due": moment_plain(task.endDateTime, mapping.zone),
            "created_at": moment_plain(task.dateTime, mapping.zone),
            "url": url,
            **_files("task", task, mapping),
            **values,
        },
        read_at=read_at,
        changed_at=moment_of(task.dateOfLastUpdate, mapping.zone),
        url=url,
        names=tuple(_named_by(task, card, settings, mapping)),
        mark=mark_in(task),
        deleted=bool(task.isDeleted),
        unknown=unknown,
        first_of=_first_of("task", ids),
    )


def parse_contact(
    contact: Contact,
    ids: Mapping[str, int],
    settings: PlanfixSettings,
    mapping: PlanfixMapping,
    read_at: datetime,
    hidden: frozenset[int] = frozenset(),
) -> Record:
    """The record of a contact or company; `hidden` as `parse_task` has it."""
    phones = phones_of([phone.number or "" for phone in contact.phones or ()], mapping.region)
    emails = [contact.email or "", *(contact.additionalEmailAddresses or ())]
    supervisors = _people(contact.supervisors, mapping)
    values, unknown = _values(contact, ids, hidden, mapping)
    url = f"{settings.site}/contact/{contact.id}"
    first = next((phone.number for phone in contact.phones or () if phone.number), None)
    return Record(
        ref=Ref(SYSTEM, settings.account, "contact", str(contact.id)),
        fields={
            "name": " ".join(part for part in (contact.name, contact.midname, contact.lastname) if part),
            "phone": phones[0] if phones else first,
            "email": contact.email or None,
            "owner": supervisors[0] if supervisors else None,
            "supervisors": sorted(supervisors),
            "telegram": contact.telegram or None,
            "telegram_id": contact.telegramId or None,
            "company": bool(contact.isCompany),
            "created_at": moment_plain(contact.createdDate, mapping.zone),
            "url": url,
            **_files("contact", contact, mapping),
            **values,
        },
        read_at=read_at,
        changed_at=moment_of(contact.dateOfLastUpdate, mapping.zone),
        url=url,
        mark=mark_in(contact),
        phones=tuple(dict.fromkeys(phones)),
        emails=tuple(dict.fromkeys(email.strip().lower() for email in emails if email)),
        deleted=bool(contact.isDeleted),
        unknown=unknown,
        first_of=_first_of("contact", ids),
    )


def _files(kind: str, thing: Thing, mapping: PlanfixMapping) -> dict[str, Plain]:
    """What hangs on a thing, where that is wanted and anything does."""
    return {FILES: plain_files(files_there(thing.files))} if thing.files and kind in mapping.files else {}


def files_there(files: Iterable[File]) -> list[FileThere]:
    """Files as records tell them."""
    return [FileThere(str(one.id), one.name or "", None if one.link else one.size, one.link or "") for one in files]


def _first_of(kind: str, ids: Mapping[str, int]) -> Mapping[str, str]:
    """Those that no custom field of the same name stands for."""
    return {one: many for one, many in FIRST_OF[kind].items() if one not in ids and many not in ids}


def gone(ref: Ref, read_at: datetime) -> Record:
    """The record of a thing that is no more."""
    return Record(ref=ref, fields={}, read_at=read_at, deleted=True)


def pressed(task: Task, ids: Mapping[str, int], mapping: PlanfixMapping) -> set[str]:
    """The buttons of a task whose checkbox is ticked."""
    values, _ = _values(task, ids, frozenset(), mapping)
    return {button for button in mapping.buttons if values.get(_button_key(button)) is True}


def changed_after(moment: datetime, zone: str) -> dict[str, Any]:
    """The filter "changed after": whole minutes in the zone of the token's employee.

    The hour that clocks repeat in autumn is left by going back: the vendor cannot be told which of both is meant.
    """
    local = moment.astimezone(ZoneInfo(zone))
    while local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        moment -= timedelta(hours=1)
        local = moment.astimezone(ZoneInfo(zone))
    return _date_filter(38, local)


def touched_after(moment: datetime, zone: str) -> dict[str, Any]:
    """The filter "changed or commented after", as `changed_after`."""
    return {**changed_after(moment, zone), "type": 79}


def commented_after(moment: datetime, zone: str) -> dict[str, Any]:
    """The filter of comments "written after", as `changed_after`."""
    return {**changed_after(moment, zone), "type": 3000}


def of_templates(templates: Collection[int]) -> dict[str, Any]:
    """The filter "made from one of these templates"."""
    numbers = sorted(templates)
    return {"type": 51, "operator": "equal", "value": numbers if len(numbers) > 1 else numbers[0]}


def created_after(moment: datetime, zone: str) -> dict[str, Any]:
    """The filter "created after", as `changed_after`."""
    return {**changed_after(moment, zone), "type": 12}


def _date_filter(type: int, local: datetime) -> dict[str, Any]:
    value = {"dateType": "otherDate_withTime", "dateFrom": local.strftime("%d-%m-%Y %H:%M")}
    return {"type": type, "operator": "gt", "value": value}


def phones_of(texts: list[str], region: str) -> list[str]:
    """The valid numbers as E.164."""
    found: list[str] = []
    for text in texts:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def without_answer(thing: Thing, ids: Mapping[str, int]) -> set[int]:
    """The custom fields that were asked for and of which the answer has nothing, not even that they are empty."""
    return set(ids.values()) - {item.field.id for item in thing.customFieldData or ()}


def _values(
    thing: Thing, ids: Mapping[str, int], hidden: frozenset[int], mapping: PlanfixMapping
) -> tuple[dict[str, Plain], frozenset[str]]:
    """What custom fields hold, by our names; and the names of those that are hidden or hold what nobody can read.

    Buttons are no fields of the record: their names are never told as unknown.
    """
    held = {item.field.id: item for item in thing.customFieldData or ()}
    values: dict[str, Plain] = {}
    for key, id in ids.items():
        if id in hidden:
            continue
        item = held.get(id)
        try:
            values[key] = None if item is None else custom_value(item.field.type, item.value, mapping)
        except (ValueError, TypeError, AttributeError):
            continue  # of a shape that is described nowhere
    return values, frozenset(key for key in ids if key not in values and not key.startswith(_INNER))


def _people(people: People | None, mapping: PlanfixMapping) -> list[str]:
    return [mapping.person(id) for id in ids_of(people)]


def _contact_id(person: Person | None) -> str:
    """`contact:7` for a counterparty, however its number is written."""
    if person is None or person.id in ("", "0"):
        return ""
    return person.id if ":" in person.id else f"contact:{person.id}"


def _named_by(task: Task, card: str, settings: PlanfixSettings, mapping: PlanfixMapping) -> list[Ref]:
    found: list[Ref] = []
    kind, _, number = _contact_id(task.counterparty).partition(":")
    if kind == "contact":
        found.append(Ref(SYSTEM, settings.account, "contact", number))
    if task.parent is not None and task.parent.id:
        found.append(Ref(SYSTEM, settings.account, "task", str(task.parent.id)))
    short = _SHORT_LINK.search(card)
    if short:
        found.append(Ref("trello", mapping.trello_account, "card_link", short["link"]))
    elif _CARD_ID.fullmatch(card.strip()):
        found.append(Ref("trello", mapping.trello_account, "card", card.strip()))
    return found
