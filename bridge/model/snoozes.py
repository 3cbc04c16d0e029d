"""Reminders about a client that people put off until a date. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.model.values import Plain, moment_text, parse_moment

SNOOZES = "snoozes"
"""Under this name a client's snoozes are kept, beside the facts that the agency declares."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """From when until when reminders wait (aware UTC), who said so, and why in their words ("" for no reason)."""

    since: datetime
    until: datetime
    by: str
    why: str = ""


def running(snoozes: Sequence[Snooze], now: datetime) -> Snooze | None:
    """The one that holds now."""
    return next((one for one in reversed(snoozes) if one.since <= now < one.until), None)


def put_off(snoozes: Sequence[Snooze], new: Snooze) -> tuple[Snooze, ...]:
    """With a new one, in whose favour a running one ends."""
    return (*ended(snoozes, new.since), new)


def ended(snoozes: Sequence[Snooze], now: datetime) -> tuple[Snooze, ...]:
    """With none that runs: what waited until now has waited, and clocks go on from here."""
    cut = (replace(one, until=now) if one.until > now else one for one in snoozes)
    return tuple(one for one in cut if one.since < one.until)


def written(snoozes: Sequence[Snooze]) -> Plain:
    """As they are kept."""
    return [[moment_text(one.since), moment_text(one.until), one.by, one.why] for one in snoozes]


def read(kept: Plain) -> tuple[Snooze, ...]:
    """The snoozes again, oldest first; none for what is no such list."""
    rows = [row for row in kept if isinstance(row, list)] if isinstance(kept, list) else []
    return tuple(
        Snooze(parse_moment(str(since)), parse_moment(str(until)), str(by), str(why)) for since, until, by, why in rows
    )
