"""Values of custom fields: as the board keeps them, as ours, and whether both are one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model.findings import did_you_mean
from bridge.model.values import Plain, moment_text, parse_moment
from connectors.trello.foreign import CustomField, FieldItem

_DAY = len("2026-03-05")
_TYPES = frozenset({"text", "number", "date", "checkbox", "list"})
"""Of custom fields. What others hold is not known."""


def field_body(wanted: CustomField, value: Plain, zone: str = "UTC") -> Mapping[str, Any]:
    """The body that gives a custom field a value; None and "" take it away. Raises ValueError for what does not fit.

    https://developer.atlassian.com/cloud/trello/guides/rest-api/getting-started-with-custom-fields/
    """
    if wanted.type == "list":
        return {"idValue": _option(wanted, value) if value not in (None, "") else ""}
    if value is None or value == "":
        return {"value": ""}
    try:
        match wanted.type:
            case "checkbox" if isinstance(value, bool):
                return {"value": {"checked": True}} if value else {"value": ""}
            case "number":
                return {"value": {"number": _number(value)}}
            case "date":
                return {"value": {"date": sent_moment(str(value), zone)}}
            case "text":
                return {"value": {"text": _number(value) if isinstance(value, Mapping) else str(value)}}
    except ValueError:
        pass  # told below, with its place
    what = f'custom field "{wanted.title}" is of type {wanted.type} and takes no {value!r}'
    raise ValueError(f"{what}: correct the value, or make a field of another type on the board")


def field_value(item: FieldItem | None, wanted: CustomField) -> Plain:
    """What a custom field holds on a card: text, number as text, flag, moment, an option's text, or None.

    An option that nobody knows is its id. Raises ValueError for what no field of its type holds.
    """
    if item is None:
        return False if wanted.type == "checkbox" else None
    if wanted.type == "list":
        return wanted.choices.get(item.idValue or "", item.idValue or None)
    value = item.value or {}
    if isinstance(value, str) or wanted.type not in _TYPES:
        raise ValueError(f'custom field "{wanted.title}" of type "{wanted.type}" holds {item.value!r}')
    match wanted.type:
        case "checkbox":
            return str(value.get("checked", "false")).lower() == "true"
        case "date":
            raw = value.get("date")
            return moment_text(parse_moment(str(raw))) if raw else None
        case _:
            raw = value.get(wanted.type, value.get("text"))
            return None if raw is None else str(raw)


def same_value(wanted: CustomField, ours: Plain, theirs: Plain, zone: str = "UTC") -> bool:
    """Whether a custom field already holds a value, however either of them is written."""
    if ours in (None, "") or theirs in (None, ""):
        return (ours in (None, "", False)) and (theirs in (None, "", False))
    match wanted.type:
        case "list":
            return ours == theirs or _chosen(wanted, ours) == (_chosen(wanted, theirs) or theirs)
        case "number":
            return Decimal(_number(ours)) == Decimal(_number(theirs))
        case "date":
            return same_moment(ours, theirs, zone)
        case "checkbox":
            return bool(ours) == bool(theirs)
        case _:
            return same_text(_number(ours) if isinstance(ours, Mapping) else ours, theirs)


def same_moment(ours: Plain, theirs: Plain, zone: str) -> bool:
    """Whether two moments are one. A day of ours is any hour of it, in the agency's zone. Raises ValueError."""
    if not ours or not theirs:
        return not ours and not theirs
    there = parse_moment(str(theirs))
    if len(str(ours)) == _DAY:
        return there.astimezone(ZoneInfo(zone)).date() == date.fromisoformat(str(ours))
    return parse_moment(str(ours)) == there


def same_text(ours: Plain, theirs: Plain) -> bool:
    """Whether two texts differ by no more than ends of lines and what stands around them."""
    one, other = (str(text or "").replace("\r\n", "\n").strip() for text in (ours, theirs))
    return one == other


def _option(wanted: CustomField, value: Plain) -> str:
    found = _chosen(wanted, value)
    if found is not None:
        return found
    advice = did_you_mean(str(value), wanted.choices.values())
    raise ValueError(f'custom field "{wanted.title}" has no option "{value}"; {advice}')


def _chosen(wanted: CustomField, value: Plain) -> str | None:
    return next((one.id for one in wanted.all_options if value in (one.id, one.value.text or "")), None)


def _number(value: Plain) -> str:
    """Raises ValueError for what is no number; a long sum keeps its digits."""
    text = str(value["amount"]) if isinstance(value, Mapping) else str(value)
    try:
        known = Decimal(text).is_finite()
    except InvalidOperation:
        known = False
    if not known:
        raise ValueError(f"{text!r} is not a number")
    return text


def sent_moment(text: str, zone: str) -> str:
    """A moment, or the noon of a day where the agency is, the way Trello writes moments. Raises ValueError."""
    if len(text) == _DAY:
        noon = datetime.combine(date.fromisoformat(text), time(12), ZoneInfo(zone))
        return noon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return parse_moment(text).strftime("%Y-%m-%dT%H:%M:%S.000Z")
