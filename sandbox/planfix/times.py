"""Planfix's dates: shown and read in the zone of the token's employee, with `dateTimeUtcSeconds` beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

DATE, DATE_TIME = "%d-%m-%Y", "%d-%m-%Y %H:%M"
_STRINGS = ("%d-%m-%Y %H:%M:%S", DATE_TIME, DATE)


def shown(moment: datetime | None, zone: ZoneInfo) -> dict[str, str] | None:
    """A moment as a TimePoint: `date` and `time` in the zone, the rest in UTC, seconds only in the last member."""
    if moment is None:
        return None
    return dict(_shown(moment, zone))


@lru_cache(maxsize=10_000)
def _shown(moment: datetime, zone: ZoneInfo) -> dict[str, str]:
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    return {
        "date": local.strftime(DATE),
        "time": local.strftime("%H:%M"),
        "datetime": utc.strftime("%Y-%m-%dT%H:%MZ"),
        "dateTimeUtcSeconds": utc.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }


def read(value: Any, zone: ZoneInfo) -> datetime | None:
    """The moment a client sends, as an object or a string; None clears it. Raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _read_text(value, zone)
    if not isinstance(value, dict):
        raise ValueError(f"not a date: {value!r}")
    exact = value.get("dateTimeUtcSeconds") or value.get("datetime")
    if exact:
        moment = datetime.fromisoformat(str(exact))
        return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    if not value.get("date"):
        return None
    return _read_text(f"{value['date']} {value.get('time') or '00:00'}", zone)


def has_time(value: Any) -> bool:
    """Whether a date that a client sends names a time of day."""
    if isinstance(value, dict):
        return bool(value.get("time") or value.get("datetime") or value.get("dateTimeUtcSeconds"))
    return isinstance(value, str) and ":" in value


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the beginning of a day in a zone."""
    return datetime.combine(day, time(), zone)


def _read_text(text: str, zone: ZoneInfo) -> datetime:
    for pattern in _STRINGS:
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            continue
    raise ValueError(f"not a date: {text!r}")
