"""Rows of a response sheet become records and events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import phonenumbers

from bridge.model.answers import WAITING
from bridge.model.events import Actor, ActorKind
from bridge.model.files import FILES, UPLOAD_PAGE, FileThere, plain_files
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import moment_text
from connectors.google_forms.drive import file_ids, file_page
from connectors.google_forms.revisions import Revision
from connectors.google_forms.settings import UPLOAD, FormSpec
from connectors.google_forms.sheet import Cell, Columns, answer_texts, mapped_texts, moment, waiting_fields

_EMAIL = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\".]{2,}")
_PHONE = re.compile(r"[+\d][\d\s().\-\u00a0]{5,24}")
_BETWEEN = re.compile(r"[,;/\n]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What all rows of one reading share."""

    form: FormSpec
    columns: Columns
    zone: tzinfo
    read_at: datetime


def response_ref(form: FormSpec, key: str) -> Ref:
    """The identity of a response: its token, or "~" and its fingerprint."""
    return Ref("google_forms", form.spreadsheet, "response", f"{form.id}:{key}")


def response_record(reading: Reading, revision: Revision, shown: Sequence[Cell]) -> Record:
    """The response as it stands. `shown` is its row as people see it: with leading zeros and dates in words."""
    answers = answer_texts(reading.columns, shown)
    answered_at = _answered_at(reading, revision)
    waiting, files = waiting_fields(reading.columns, shown, revision.lacked), _files(reading, shown)
    return Record(
        ref=response_ref(reading.form, revision.key),
        fields={
            "form": reading.form.id,
            "revision": revision.number,
            "answered_at": moment_text(answered_at) if answered_at is not None else "",
            "answers": answers,
            "values": {name: text for name, text in _values(reading, revision, shown).items() if name not in waiting},
            "token": revision.row.token,
            **({WAITING: dict(waiting)} if waiting else {}),
            **({FILES: plain_files(files), UPLOAD_PAGE: file_page("{id}")} if files else {}),
        },
        read_at=reading.read_at,
        changed_at=answered_at,
        url=f"https://docs.google.com/spreadsheets/d/{reading.form.spreadsheet}",
        token=revision.row.token,
        phones=find_phones(answers.values(), reading.form.region),
        emails=find_emails(answers.values()),
    )


def _values(reading: Reading, revision: Revision, shown: Sequence[Cell]) -> dict[str, str]:
    """The text for each mapped field; a phone as +380441234567, or as it was typed where it can be none.

    A day is written as 2026-11-30, a moment in UTC; one that was typed into a column of texts stays as it was typed.
    """
    texts = mapped_texts(reading.columns, shown)
    texts |= _dated(reading, revision, texts)
    values = {name: text for name, text in texts.items() if not name.startswith(UPLOAD)}
    for name in reading.form.phones & values.keys():
        if _PHONE.fullmatch(values[name]):
            values[name] = _phone(values[name], reading.form.region) or values[name]
    return values


def _dated(reading: Reading, revision: Revision, texts: Mapping[str, str]) -> dict[str, str]:
    """The fields whose cells are days or moments, as ISO 8601."""
    found: dict[str, str] = {}
    for field in (reading.form.days | reading.form.moments) & texts.keys():
        cells = [_cell(revision.row.cells, index) for index in reading.columns.mapped.get(field, ())]
        serial = next((cell for cell in cells if cell not in (None, "")), None)
        if isinstance(serial, (int, float)) and not isinstance(serial, bool):
            at = moment(serial, reading.zone)
            day = at.astimezone(reading.zone).date().isoformat()
            found[field] = day if field in reading.form.days else moment_text(at)
    return found


def _cell(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else None


def _files(reading: Reading, shown: Sequence[Cell]) -> list[FileThere]:
    """The files of all columns that hold some, each called as its column is."""
    texts = mapped_texts(reading.columns, shown)
    names = {
        id: name.removeprefix(UPLOAD)
        for name, text in reversed(texts.items())
        if name.startswith(UPLOAD)
        for id in file_ids(text)
    }
    return [FileThere(id, name) for id, name in names.items()]


def answered(reading: Reading, revision: Revision) -> Happening:
    """That somebody answered, or answered anew. Reading the same row twice gives the same `ref`.

    A row without a time was answered, as far as anybody can tell, when it was read.
    """
    form = reading.form
    about = response_ref(form, revision.key)
    at = _answered_at(reading, revision) or reading.read_at
    return Happening(
        ref=Ref("google_forms", form.spreadsheet, "answer", f"{form.id}:{revision.key}:{revision.row.content}"),
        kind="form.answered",
        at=at,
        about=about,
        actor=Actor(ActorKind.CLIENT),
        data={"form": form.id, "revision": revision.number, "response": about.id, "answered_at": moment_text(at)},
    )


def find_emails(texts: Iterable[str]) -> tuple[str, ...]:
    """The e-mail addresses among the answers, in lower case; only answers that are nothing else."""
    parts = [part.strip().casefold() for text in texts for part in _BETWEEN.split(text)]
    return tuple(dict.fromkeys(part for part in parts if _EMAIL.fullmatch(part)))


def find_phones(texts: Iterable[str], region: str) -> tuple[str, ...]:
    """The phone numbers among the answers, as +380441234567; only answers that are nothing else.

    A number without a country code is one of `region`; numbers that cannot exist are left out.
    """
    parts = [part.strip() for text in texts for part in _BETWEEN.split(text)]
    numbers = [_phone(part, region) for part in parts if _PHONE.fullmatch(part)]
    return tuple(dict.fromkeys(number for number in numbers if number))


def _phone(text: str, region: str) -> str:
    # A sheet takes 380441234567 for a number and drops the plus: tried as it stands first, then with it.
    for candidate in (text, text if text.startswith("+") else f"+{text}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _answered_at(reading: Reading, revision: Revision) -> datetime | None:
    """When it was answered, None for a row without a time. What people type may lie ahead; nobody answers then."""
    serial = revision.row.serial
    return min(moment(serial, reading.zone), reading.read_at) if serial is not None else None
