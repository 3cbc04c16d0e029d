"""Planfix's complex filters for lists of tasks, contacts and comments: the types that an integration needs.

https://planfix.com/ru/help/REST_API:_Сложные_фильтры_задач
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.planfix import times
from sandbox.planfix.errors import invalid
from sandbox.planfix.model import Comment, Thing

Item = Thing | Comment
Read = Callable[[Any, Mapping[str, Any]], Any]
"""Gets from an item (and the filter, which may name a custom field) what the filter compares."""
COMMENT_DATE = 3000


@dataclass(frozen=True)
class Now:
    """What relative dates are counted from: the moment, in the zone of the token's employee."""

    moment: datetime
    zone: ZoneInfo


def keep(items: Sequence[Any], filters: Any, kinds: Mapping[int, tuple[str, Read]], now: Now) -> list[Any]:
    """The items that all filters let through. Raises PlanfixError for a filter that cannot be used."""
    checks = [_check(one, kinds, now) for one in filters or []]
    return [item for item in items if all(check(item) for check in checks)]


def _check(wanted: Any, kinds: Mapping[int, tuple[str, Read]], now: Now) -> Callable[[Any], bool]:
    if not isinstance(wanted, dict) or not {"type", "operator"} <= wanted.keys():
        raise invalid("Filter must have type, operator and value")
    if wanted["type"] not in kinds:
        raise invalid(f"Unknown filter type {wanted['type']}")
    compared, read = kinds[wanted["type"]]
    operator, value = wanted["operator"], wanted.get("value")
    test = _TESTS[compared](operator, value, now)
    return lambda item: test(read(item, wanted))


def _date_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    """Whole days or, for the types with time, whole minutes: `gt 16:30` does not let 16:30:20 through."""
    start, end = (moment.astimezone(UTC) for moment in _span(value, now))
    tests: dict[str, Callable[[datetime], bool]] = {
        "equal": lambda moment: start <= moment < end,
        "notequal": lambda moment: not start <= moment < end,
        "gt": lambda moment: moment >= end,
        "lt": lambda moment: moment < start,
        "gtAndEqual": lambda moment: moment >= start,
        "ltAndEqual": lambda moment: moment < end,
    }
    if operator not in tests:
        raise invalid(f"Operator {operator} is not for dates")
    return lambda moment: moment is not None and tests[operator](moment)


def _span(value: Any, now: Now) -> tuple[datetime, datetime]:
    """The stretch of time a date value means, its end excluded."""
    if not isinstance(value, dict):
        raise invalid("Date filter value must be an object")
    kind = value.get("dateType")
    first, last = value.get("dateFrom") or value.get("dateValue"), value.get("dateTo")
    try:
        if kind in ("otherDate", "otherRange"):
            start = datetime.strptime(str(first), times.DATE).replace(tzinfo=now.zone)
            end = datetime.strptime(str(last), times.DATE).replace(tzinfo=now.zone) if kind == "otherRange" else start
            return start, end + timedelta(days=1)
        if kind in ("otherDate_withTime", "otherRange_withTime"):
            start = datetime.strptime(str(first), times.DATE_TIME).replace(tzinfo=now.zone)
            is_range = kind == "otherRange_withTime"
            end = datetime.strptime(str(last), times.DATE_TIME).replace(tzinfo=now.zone) if is_range else start
            return start, end + timedelta(minutes=1)
        return _relative(str(kind), value, now)
    except ValueError:
        raise invalid(f"Date filter value is not valid: {value}") from None


def _relative(kind: str, value: Mapping[str, Any], now: Now) -> tuple[datetime, datetime]:
    today = now.moment.astimezone(now.zone).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    days = timedelta(days=int(value.get("dateValue") or 0))
    one, week = timedelta(days=1), timedelta(days=7)
    spans = {
        "today": (today, today + one),
        "yesterday": (today - one, today),
        "tomorrow": (today + one, today + 2 * one),
        "thisWeek": (monday, monday + week),
        "lastWeek": (monday - week, monday),
        "nextWeek": (monday + week, monday + 2 * week),
        "thisMonth": (first, next_month),
        "lastMonth": ((first - one).replace(day=1), first),
        "nextMonth": (next_month, (next_month + timedelta(days=32)).replace(day=1)),
        "last": (today - days, today + one),
        "next": (today, today + days + one),
        "in": (today + days, today + days + one),
    }
    if kind not in spans:
        raise invalid(f"Unknown dateType {kind}")
    start, end = spans[kind]
    return times.start_of_day(start, now.zone), times.start_of_day(end, now.zone)


def _equal_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    wanted = {str(one) for one in (value if isinstance(value, list) else [value])}
    if operator not in ("equal", "notequal"):
        raise invalid(f"Operator {operator} is not for this filter")

    def test(found: Any) -> bool:
        have = {str(one) for one in (found if isinstance(found, list) else [found])}
        return bool(have & wanted) == (operator == "equal")

    return test


def _text_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    wanted = str(value or "").lower()
    tests: dict[str, Callable[[str], bool]] = {
        "equal": lambda text: wanted in text,
        "notequal": lambda text: wanted not in text,
        "have": lambda text: wanted in text,
        "nothave": lambda text: wanted not in text,
    }
    if operator not in tests:
        raise invalid(f"Operator {operator} is not for texts")
    return lambda found: tests[operator](str(found or "").lower())


def _number_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    try:
        wanted = float(value)
    except (TypeError, ValueError):
        raise invalid(f"Not a number: {value!r}") from None
    tests: dict[str, Callable[[float], bool]] = {
        "equal": lambda found: found == wanted,
        "notequal": lambda found: found != wanted,
        "gt": lambda found: found > wanted,
        "lt": lambda found: found < wanted,
        "gtAndEqual": lambda found: found >= wanted,
        "ltAndEqual": lambda found: found <= wanted,
    }
    return lambda found: found is not None and tests[operator](float(found))


def _flag_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    wanted = value in (True, 1, "1", "true")
    return lambda found: (bool(found) is wanted) == (operator == "equal")


def _truth_test(operator: str, value: Any, now: Now) -> Callable[[Any], bool]:
    """For filters whose value names the field they ask about."""
    return lambda found: bool(found) is (operator == "equal")


_TESTS: dict[str, Callable[[str, Any, Now], Callable[[Any], bool]]] = {
    "date": _date_test,
    "equal": _equal_test,
    "text": _text_test,
    "number": _number_test,
    "flag": _flag_test,
    "truth": _truth_test,
}


def _custom(thing: Thing, wanted: Mapping[str, Any]) -> Any:
    return thing.values.get(int(wanted.get("field") or 0))


def _latest(thing: Thing) -> datetime:
    return max(thing.updated, thing.commented or thing.updated)


def _has_value(thing: Thing, wanted: Mapping[str, Any]) -> bool:
    value = thing.values.get(int(wanted["value"]))
    return value not in (None, "", False, [])


TASK_FILTERS: dict[int, tuple[str, Read]] = {
    1: ("equal", lambda task, _: task.person["assigner"]),
    2: ("equal", lambda task, _: task.people["assignees"]),
    3: ("equal", lambda task, _: task.people["auditors"]),
    5: ("equal", lambda task, _: task.refs["project"]),
    7: ("equal", lambda task, _: _numbers(task.person["counterparty"])),
    8: ("text", lambda task, _: task.plain["name"]),
    9: ("equal", lambda task, _: task.plain["priority"]),
    10: ("equal", lambda task, _: task.status_id),
    12: ("date", lambda task, _: task.created),
    13: ("date", lambda task, _: task.dates["startDateTime"]),
    14: ("date", lambda task, _: task.dates["endDateTime"]),
    19: ("date", lambda task, _: task.completed),
    21: ("date", lambda task, _: task.commented),
    22: ("flag", lambda task, _: task.dates["startDateTime"] is None),
    23: ("flag", lambda task, _: task.dates["endDateTime"] is None),
    24: ("equal", lambda task, _: task.process_id),
    25: ("flag", lambda task, _: task.dates["startDateTime"] is not None),
    26: ("flag", lambda task, _: task.dates["endDateTime"] is not None),
    33: ("flag", lambda task, _: not task.people["assignees"]),
    38: ("date", lambda task, _: task.updated),
    39: ("equal", lambda task, _: task.people["participants"]),
    41: ("flag", lambda task, _: not task.people["participants"]),
    51: ("equal", lambda task, _: task.refs["template"]),
    57: ("equal", lambda task, _: task.id),
    73: ("equal", lambda task, _: task.refs["parent"]),
    79: ("date", lambda task, _: _latest(task)),
    97: ("equal", lambda task, _: task.people["assignees"]),
    101: ("text", _custom),
    102: ("number", _custom),
    103: ("date", _custom),
    105: ("flag", _custom),
    106: ("equal", _custom),
    108: ("equal", _custom),
    109: ("equal", _custom),
    110: ("equal", _custom),
    111: ("equal", _custom),
    115: ("equal", _custom),
    152: ("truth", _has_value),
    153: ("truth", lambda task, wanted: not _has_value(task, wanted)),
}
CONTACT_FILTERS: dict[int, tuple[str, Read]] = {
    1: ("equal", lambda contact, _: contact.person["addedBy"]),
    2: ("equal", lambda contact, _: contact.people["supervisors"]),
    12: ("date", lambda contact, _: contact.created),
    38: ("date", lambda contact, _: contact.updated),
    4001: ("text", lambda contact, _: f"{contact.plain['name']} {contact.plain['lastname']}"),
    4002: ("text", lambda contact, _: contact.plain["position"]),
    4003: ("text", lambda contact, _: " ".join(phone["number"] for phone in contact.phones)),
    4005: ("text", lambda contact, _: contact.plain["email"]),
    4006: ("flag", lambda contact, _: contact.plain["isCompany"]),
    4007: ("flag", lambda contact, _: not contact.plain["isCompany"]),
    4008: ("equal", lambda contact, _: contact.refs["group"]),
    4014: ("text", lambda contact, _: contact.plain["name"]),
    4015: ("text", lambda contact, _: contact.plain["lastname"]),
    4016: ("equal", lambda contact, _: contact.refs["template"]),
    4026: ("equal", lambda contact, _: contact.plain["email"]),
    4101: ("text", _custom),
    4102: ("number", _custom),
    4103: ("date", _custom),
    4105: ("flag", _custom),
    4106: ("equal", _custom),
    4152: ("truth", _has_value),
    4153: ("truth", lambda contact, wanted: not _has_value(contact, wanted)),
    4226: ("text", lambda contact, _: contact.plain["telegram"]),
    4231: ("equal", lambda contact, _: contact.id),
    4234: ("equal", lambda contact, _: contact.plain["telegramId"]),
}
COMMENT_FILTERS: dict[int, tuple[str, Read]] = {COMMENT_DATE: ("date", lambda comment, _: comment.date)}
THING_FILTERS = {"task": TASK_FILTERS, "contact": CONTACT_FILTERS}


def _numbers(person_id: str | None) -> list[str]:
    """A counterparty as the filter may name it: with its prefix or as a bare number."""
    return [] if person_id is None else [person_id, person_id.partition(":")[2]]
