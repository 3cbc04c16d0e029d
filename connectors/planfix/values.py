"""Values of custom fields, from Planfix's form into ours and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bridge.model.findings import did_you_mean
from bridge.model.values import Plain, aware, moment_text, parse_moment
from bridge.model.wording import worded
from connectors.planfix.answers import CustomField, TimePoint

LINE, NUMBER, TEXT, DATE, TIME, DATE_TIME, PERIOD, CHECKBOX, LIST, DIRECTORY = range(10)
USERS, ENTRIES, TASK_NUMBER, TASK_NUMBERS, SET, FILES, PROJECT = 14, 15, 16, 17, 20, 21, 22
TIME_FRAME = 28
OF_DIRECTORY = frozenset({DIRECTORY, ENTRIES})
"""Fields whose values are entries of a directory: read by their names, written by their keys."""
NOT_WRITTEN: Mapping[int, str] = {
    23: worded("Planfix counts it from data tags"),
    24: worded("Planfix calculates it"),
    25: worded("a place needs its coordinates, which a text does not have"),
    26: worded("Planfix adds it up from subtasks"),
    27: worded("Planfix fills it in by itself"),
    29: worded("Planfix adds it up"),
}
"""Types of fields that the bridge only reads, and why."""
_PEOPLE_TYPES = frozenset({10, 11, 12, 13})
_REFERENCE_TYPES = frozenset({TASK_NUMBER, PROJECT})
_LIST_TYPES = frozenset({USERS, ENTRIES, TASK_NUMBERS, SET, FILES})
_SOMEBODY = re.compile(r"(?:(?:user|contact|group):)?[0-9]+")
_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_DASH = re.compile(r"\s*[-\u2013\u2014]\s*")


class Names(Protocol):
    """What people are called on both sides, and the zone in which Planfix writes times."""

    @property
    def zone(self) -> str: ...
    def person(self, id: str) -> str: ...
    def planfix_id(self, person: str) -> str | None: ...


def custom_value(type: int, value: Any, names: Names) -> Plain:
    """What a custom field holds, by its type (planfix.com/ru/help/REST_API: custom fields); None when empty.

    A time is `17:50`, a period `01:15-04:40`, a frame of time two moments with a slash between.
    """
    if type == CHECKBOX or isinstance(value, bool):
        return value in (True, 1, "1", "true")
    if value is None or value == "" or value == []:
        return None
    if type == NUMBER:
        return _number_text(value)
    if type in (DATE, DATE_TIME) and isinstance(value, dict):
        return _date_value(type, TimePoint.model_validate(value), names.zone)
    if type == TIME_FRAME and isinstance(value, dict):
        return _frame(value, names.zone)
    if type in _LIST_TYPES and isinstance(value, list):
        return [_one(item, names) for item in value]
    return _one(value, names) or None


def field_body(
    definition: CustomField, value: Plain, names: Names, entries: Mapping[str, Sequence[int]] | None = None
) -> dict[str, Any]:
    """The entry of `customFieldData` that gives a custom field a value. Raises ValueError for what does not fit.

    `entries` has the keys of a directory's entries by their names.
    """
    return {"field": {"id": definition.id}, "value": _written(definition, value, names, entries or {})}


def lacks_choice(definition: CustomField, value: Plain) -> bool:
    """Whether a list, as it was known to be, has no such value."""
    choices = definition.enumValues or ()
    return definition.type in (LIST, SET) and bool(choices) and any(one not in choices for one in several(value))


def same_value(definition: CustomField, ours: Plain, theirs: Plain, names: Names) -> bool:
    """Whether a custom field already holds a value, however either of them is written."""
    type = definition.type
    if type == CHECKBOX:
        return bool(ours) == bool(theirs)
    if ours in (None, "", []) or theirs in (None, "", []):
        return ours in (None, "", []) and theirs in (None, "", [])
    if type == NUMBER:
        return _number_text(_amount(ours)) == _number_text(theirs)
    if type == DATE_TIME:
        return _to_the_minute(str(ours)) == _to_the_minute(str(theirs))
    if type == DATE:
        return str(ours)[:10] == str(theirs)
    if type in _AS_WRITTEN:
        return _as_written(type, ours) == _as_written(type, theirs)
    if isinstance(theirs, list):
        return sorted(map(names.person, several(ours))) == sorted(map(names.person, several(theirs)))
    if type in _PEOPLE_TYPES:
        return names.person(str(ours)) == names.person(str(theirs))
    return _amount(ours).strip() == str(theirs).strip()


def several(value: Plain) -> list[str]:
    """The values of a list, or the one value of a field; none for an empty one."""
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    return [str(value)] if value else []


def moment_of(point: TimePoint | None, zone: str) -> datetime | None:
    """The moment of a TimePoint: its UTC form with seconds, its UTC form, or date and time in the employee's zone."""
    if point is None:
        return None
    exact = point.dateTimeUtcSeconds or point.datetime
    if exact:
        return aware(datetime.fromisoformat(exact))
    if not point.date:
        return None
    hours, _, minutes = (point.time or "00:00").partition(":")
    at = time(int(hours), int(minutes or 0))
    return datetime.combine(_day(point.date), at, ZoneInfo(zone)).astimezone(UTC)


def time_point(moment: datetime, zone: str) -> dict[str, str]:
    """A moment for Planfix, as date and time in the zone of the token's employee."""
    local = moment.astimezone(ZoneInfo(zone))
    return {"date": local.strftime("%d-%m-%Y"), "time": local.strftime("%H:%M")}


def moment_plain(point: TimePoint | None, zone: str) -> str | None:
    """A moment as records hold it."""
    moment = moment_of(point, zone)
    return moment_text(moment) if moment else None


def _one(value: Any, names: Names) -> str:
    """Text of a value, of a directory entry, of a person (its key in people.yaml), a task, a project or a period."""
    if not isinstance(value, dict):
        return str(value)
    id = str(value.get("id", ""))
    if id.startswith(("user:", "contact:", "group:")):
        return names.person(id)
    for member in ("value", "address", "time"):
        if value.get(member) is not None:
            return str(value[member])
    if "from" in value and "to" in value:
        return f"{value['from'].get('time', '')}-{value['to'].get('time', '')}"
    return "" if id == "0" else id


def _date_value(type: int, point: TimePoint, zone: str) -> Plain:
    if type == DATE_TIME:
        return moment_plain(point, zone)
    return _day(point.date).isoformat() if point.date else None


def _frame(value: Mapping[str, Any], zone: str) -> str | None:
    ends = [moment_plain(TimePoint.model_validate(value.get(end) or {}), zone) for end in ("from", "to")]
    return "/".join(end or "" for end in ends) if any(ends) else None


def _number_text(value: Any) -> str:
    """A number in one form, however it was written: 1500.0, "1500,00" and "1 500" are 1500."""
    text = "".join(str(value).split()).replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return str(value)
    return f"{number.normalize():f}" if number.is_finite() else str(value)


def _day(text: str) -> date:
    """The day that `01-12-2026` means."""
    day, month, year = text.split("-")
    return date(int(year), int(month), int(day))


def _written(definition: CustomField, value: Plain, names: Names, entries: Mapping[str, Sequence[int]]) -> Any:
    name, type = definition.name, definition.type
    if type in NOT_WRITTEN:
        raise ValueError(f'"{name}" cannot be written: {NOT_WRITTEN[type]}')
    if type == CHECKBOX:
        if value is not None and not isinstance(value, bool):
            raise ValueError(f'"{name}" is a checkbox, got {value!r}')
        return bool(value)
    if value is None or value == "":
        return _nothing(type)
    if type in _LIST_TYPES:
        return [_written_one(definition, one, names, entries) for one in several(value)]
    if type == NUMBER:
        return _number(definition, _amount(value))
    if type == DATE:
        return {"date": datetime.fromisoformat(str(value)).strftime("%d-%m-%Y")}
    if type == DATE_TIME:
        return time_point(parse_moment(str(value)), names.zone)
    if type == TIME_FRAME:
        begins, ends = _ends(definition, str(value), "/")
        return {end: time_point(parse_moment(at), names.zone) for end, at in (("from", begins), ("to", ends))}
    if type == PERIOD:
        begins, ends = _ends(definition, _DASH.sub("-", str(value)), "-")
        return {"from": {"time": _clock(definition, begins)}, "to": {"time": _clock(definition, ends)}}
    if type in (LINE, TEXT):
        return _amount(value) if isinstance(value, Mapping) else str(value)
    return _written_one(definition, str(value), names, entries)


def _number(definition: CustomField, text: str) -> float | int:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f'"{definition.name}" takes a number, got "{text}"') from None
    return int(number) if number.is_integer() else number


def _nothing(type: int) -> Any:
    """What empties a field."""
    if type in _LIST_TYPES:
        return []
    return {"id": 0} if type == DIRECTORY else None


def _written_one(definition: CustomField, value: str, names: Names, entries: Mapping[str, Sequence[int]]) -> Any:
    """One value of a field, or of a list of such."""
    type = definition.type
    if type in (LIST, SET):
        return _choice(definition, value)
    if type == TIME:
        return {"time": _clock(definition, value)}
    if type in _PEOPLE_TYPES or type == USERS:
        return {"id": _somebody(definition, value, names)}
    if type in OF_DIRECTORY:
        return {"id": _entry(definition, value, entries)}
    if type in _REFERENCE_TYPES or type == TASK_NUMBERS:
        return {"id": _counted(definition, value)}
    if type == FILES:
        return _counted(definition, value)
    raise ValueError(f'"{definition.name}" is a field of a type the bridge does not write ({type})')


def _choice(definition: CustomField, value: str) -> str:
    choices = definition.enumValues or ()
    if choices and value not in choices:
        raise ValueError(f'"{definition.name}" has no value "{value}"; {did_you_mean(value, choices)}')
    return value


def _entry(definition: CustomField, value: str, entries: Mapping[str, Sequence[int]]) -> int:
    keys = entries.get(value, ())
    if len(keys) == 1:
        return keys[0]
    if keys:
        what = f'{len(keys)} entries of the directory of "{definition.name}" are called "{value}": rename all but one'
        raise ValueError(what)
    raise ValueError(f'the directory of "{definition.name}" has no entry "{value}"; {did_you_mean(value, entries)}')


def _somebody(definition: CustomField, value: str, names: Names) -> str:
    found = names.planfix_id(value) or value
    if not _SOMEBODY.fullmatch(found):
        what = f'"{definition.name}": "{value}" has no Planfix id: write one (user:5) into people.yaml'
        raise ValueError(what)
    return found


def _counted(definition: CustomField, value: str) -> int:
    if not value.isdecimal():
        raise ValueError(f'"{definition.name}" takes the numbers that Planfix gives its things, got "{value}"')
    return int(value)


def _ends(definition: CustomField, value: str, between: str) -> tuple[str, str]:
    begins, found, ends = value.partition(between)
    if not found:
        like = "two moments with a slash between" if between == "/" else "01:15-04:40"
        raise ValueError(f'"{definition.name}" takes {like}, got "{value}"')
    return begins, ends


def _clock(definition: CustomField, value: str) -> str:
    found = _CLOCK.fullmatch(value.strip())
    if found is None:
        raise ValueError(f'"{definition.name}" takes a time of the day such as 17:55, got "{value}"')
    return f"{int(found['hour']):02}:{found['minute']}"


def _frame_ends(text: str) -> str:
    return "/".join(moment_text(_to_the_minute(end)) for end in text.split("/"))


_AS_WRITTEN: Mapping[int, Callable[[str], str]] = {
    TIME: lambda text: _clock(CustomField(id=0), text),
    PERIOD: lambda text: "-".join(_clock(CustomField(id=0), end) for end in _DASH.split(text)),
    TIME_FRAME: _frame_ends,
}
"""How a value of such a field is written in the one form in which it is compared."""


def _as_written(type: int, value: Plain) -> str:
    try:
        return _AS_WRITTEN[type](str(value))
    except ValueError:
        return str(value)


def _amount(value: Plain) -> str:
    if isinstance(value, Mapping):
        return str(value["amount"])
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _to_the_minute(text: str) -> datetime:
    return parse_moment(text).replace(second=0, microsecond=0)
