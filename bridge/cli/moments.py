"""Times and days as people write them behind an option; those of the past are held against the bridge's own clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer

from bridge.cli.room import reader
from bridge.model.wording import worded
from bridge.words import said
from rules.calendars import shifted
from rules.lengths import parse_length

_AGO = re.compile(r"[1-9][0-9]{0,4}[mhdw]")


def parse_time(text: str, zone: str, words: str = '"{text}" is no time: write 2026-12-24T16:30') -> datetime:
    """A time in UTC: without a zone of its own it is the agency's. Raises BadParameter with `words`."""
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(words, text) from error


def parse_past(text: str, zone: str, now: datetime, words: str = "") -> datetime:
    """A time that has been, at the latest `now`. Raises BadParameter."""
    moment = parse_time(text, zone, words) if words else parse_time(text, zone)
    if moment > now:
        raise _refused('"{text}" is still to come: name a time up to {now}', text, now=_shown(now, zone))
    return moment


def parse_since(text: str, zone: str, now: datetime) -> datetime:
    """From "2d" or "3h" ago, or a time that has been. Raises BadParameter."""
    if _AGO.fullmatch(text):
        return shifted(now, parse_length(f"-{text}"), zone)
    return parse_past(text, zone, now, '"{text}" is no time: write 2d, 3h or 2026-12-03T16:30')


def parse_until(text: str, zone: str, since: datetime) -> datetime:
    """A time after another one. Raises BadParameter."""
    moment = parse_time(text, zone)
    if moment <= since:
        raise _refused('"{text}" is not after the beginning', text)
    return moment


def _refused(words: str, text: str, **values: str) -> typer.BadParameter:
    return typer.BadParameter(said(worded(words, text=text, **values), reader()))


def _shown(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
