"""Values of custom fields and references to people: read from requests, shown in answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.planfix import model, times
from sandbox.planfix.model import CustomField
from sandbox.planfix.store import Store

LINE_LIMIT = 255
_PEOPLE = {model.CONTACT: "contact", model.EMPLOYEE: "user", model.COUNTERPARTY: "contact"}


class Values:
    """Checks and shows values. Reading raises ValueError with the reason."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one_of_several: dict[int, Callable[[CustomField, Any], Any]] = {
            model.SET_OF_VALUES: _read_choice,
            model.USERS: lambda _, one: self.read_person(one, "user"),
            model.ENTRIES: self._read_entry,
            model.TASKS: lambda _, one: self._read_task(one),
            model.FILES: lambda _, one: self._read_file(one),
        }

    def read(self, custom_field: CustomField, value: Any, zone: ZoneInfo) -> Any:
        """The value to keep for a custom field; None clears it."""
        kind = custom_field.type
        if value is None or value == "":
            return False if kind == model.CHECKBOX else None
        if kind == model.CHECKBOX:
            return _read_flag(value)
        if kind == model.NUMBER:
            return _read_number(value)
        if kind in (model.DATE, model.DATE_TIME):
            return times.read(value, zone)
        if kind == model.LIST:
            return _read_choice(custom_field, value)
        if kind in _PEOPLE:
            return self.read_person(value, _PEOPLE[kind])
        if kind in self._one_of_several:
            return [self._one_of_several[kind](custom_field, one) for one in _as_list(value)]
        if kind == model.SOMEBODY:
            return self.read_person(value, "user")
        if kind == model.TASK:
            return self._read_task(value)
        if kind == model.DIRECTORY:
            return self._read_entry(custom_field, value) if value.get("id") not in (0, "0", "") else None
        if kind == model.TIME:
            return _read_clock(value)
        if kind == model.PERIOD:
            return [_read_clock(value[end]) for end in ("from", "to")]
        if kind == model.TIME_FRAME:
            return [times.read(value[end], zone) for end in ("from", "to")]
        return _read_text(kind, value)

    def shown(self, custom_field: CustomField, value: Any, zone: ZoneInfo) -> Any:
        """A kept value as answers show it."""
        if isinstance(value, datetime):
            return times.shown(value, zone)
        if value is None:
            return None
        kind = custom_field.type
        if kind in _PEOPLE or kind == model.SOMEBODY:
            return self.person(value)
        if kind == model.TASK:
            return self._shown_task(value)
        if kind == model.DIRECTORY:
            return self._shown_entry(custom_field, value)
        if kind == model.TIME:
            return {"time": value}
        if kind == model.PERIOD:
            return {end: {"time": at} for end, at in zip(("from", "to"), value, strict=True)}
        if kind == model.TIME_FRAME:
            ends = {end: times.shown(at, zone) for end, at in zip(("from", "to"), value, strict=True)}
            return {**ends, "considerTimeZone": True}
        if kind == model.USERS:
            return [self.person(one) for one in value]
        if kind == model.TASKS:
            return [self._shown_task(one) for one in value]
        if kind == model.ENTRIES:
            return [self._shown_entry(custom_field, one) for one in value]
        return value

    def read_person(self, value: Any, default_kind: str) -> str | None:
        """Who `{"id": "user:5"}` or `{"id": 5}` means; a bare number means one of the default kind, 0 nobody."""
        identifier = value.get("id") if isinstance(value, dict) else value
        if identifier in (None, "", 0, "0"):
            return None
        text = str(identifier)
        person_id = text if ":" in text else f"{default_kind}:{text}"
        if self._store.person_name(person_id) is None:
            raise ValueError(f"nobody has the id {person_id}")
        return person_id

    def person(self, person_id: str) -> dict[str, str]:
        """Somebody as answers show them."""
        return {"id": person_id, "name": self._store.person_name(person_id) or ""}

    def read_people(self, value: Any) -> list[str]:
        """Everybody of `{"users": [{"id": ..}], "groups": [{"id": ..}]}`."""
        if value is None:
            return []
        if not isinstance(value, dict):
            raise ValueError("people are an object with users and groups")
        users = [self.read_person(one, "user") for one in value.get("users") or []]
        groups = [self.read_person(one, "group") for one in value.get("groups") or []]
        return list(dict.fromkeys(person for person in [*users, *groups] if person is not None))

    def people(self, person_ids: list[str]) -> dict[str, Any]:
        """Several people as answers show them; groups have bare numbers."""
        users = [self.person(one) for one in person_ids if not one.startswith("group:")]
        groups = [self.person(one) for one in person_ids if one.startswith("group:")]
        return {
            "users": users,
            "groups": [{"id": int(one["id"].partition(":")[2]), "name": one["name"]} for one in groups],
        }

    def _shown_task(self, number: int) -> dict[str, Any]:
        task = self._store.things["task"].get(number)
        return {"id": number, "name": task.plain["name"] if task is not None else ""}

    def _shown_entry(self, custom_field: CustomField, key: int) -> dict[str, Any]:
        return {"id": key, "value": self._store.directories[custom_field.directory or 0].entries[key].name}

    def _read_entry(self, custom_field: CustomField, value: Any) -> int:
        key = int(value["id"])
        found = self._store.directories[custom_field.directory or 0].entries.get(key)
        if found is None or found.is_group:
            raise ValueError(f"the directory has no entry {key}")
        return key

    def _read_task(self, value: Any) -> int | None:
        identifier = value.get("id") if isinstance(value, dict) else value
        if identifier in (None, "", 0):
            return None
        if int(identifier) not in self._store.things["task"]:
            raise ValueError(f"there is no task {identifier}")
        return int(identifier)

    def _read_file(self, value: Any) -> int:
        identifier = int(value["id"] if isinstance(value, dict) else value)
        if identifier not in self._store.files:
            raise ValueError(f"there is no file {identifier}")
        return identifier


def _read_flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in (0, 1, "0", "1", "true", "false"):
        return value in (1, "1", "true")
    raise ValueError(f"not a checkbox value: {value!r}")


def _read_clock(value: Any) -> str:
    return time.fromisoformat(str(value["time"])).strftime("%H:%M")


def _read_number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"not a number: {value!r}")
    if isinstance(value, str):
        number = float(value.replace(",", ".").replace(" ", ""))
        return int(number) if number == int(number) else number
    return value


def _read_choice(custom_field: CustomField, value: Any) -> str:
    if value not in custom_field.choices:
        raise ValueError(f"the list has no value {value!r}")
    return str(value)


def _read_text(kind: int, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"not a text: {value!r}")
    if kind == model.LINE and len(str(value)) > LINE_LIMIT:
        raise ValueError(f"a line has at most {LINE_LIMIT} characters")
    return str(value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
