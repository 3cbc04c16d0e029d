"""What is to come from clients whom the bridge reminds of something: promises, and what they owe since when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bridge.engine.context import Context
from bridge.engine.desk.owing import owed_for, owed_since
from bridge.engine.snapshots import snapshot_of, snoozes_of
from bridge.model.snoozes import Snooze, running
from bridge.model.wording import worded
from bridge.store.rows import ClientState
from bridge.words import said
from rules.calendars import Calendar
from rules.facts import Facts
from rules.whose_time import office_calendar

CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """One line of what is to come: since when it is asked for, or until when it was promised."""

    at: datetime
    line: str


def promises(states: Iterable[tuple[str, ClientState]], context: Context, now: datetime, language: str) -> list[str]:
    """Whose reminders are put off until when, the soonest first. `states` are clients with what they are called."""
    calendar = office_calendar(context.ruleset)
    found: list[Outstanding] = []
    for name, state in states:
        snooze = running(snoozes_of(state), now)
        if snooze is not None:
            found.append(Outstanding(snooze.until, f"{name}: {put_off(snooze, calendar, language)}"))
    return _in_order(found)


def put_off(snooze: Snooze, calendar: Calendar, language: str) -> str:
    """Until when reminders are put off, by whom and why."""
    until = worded("until {day} ({who})", day=f"{calendar.local(snooze.until):%d.%m}", who=snooze.by)
    return said(until, language) + (f": {snooze.why}" if snooze.why else "")


def debts(states: Iterable[tuple[str, ClientState]], context: Context, now: datetime, language: str) -> list[str]:
    """What clients owe that a rule asks for, with the day since which it does, the oldest first."""
    found = [one for name, state in states for one in _debts_of(name, state, context, now, language)]
    return _in_order(found)


def _debts_of(name: str, state: ClientState, context: Context, now: datetime, language: str) -> Iterator[Outstanding]:
    ruleset, calendar = context.ruleset, office_calendar(context.ruleset)
    facts = Facts(snapshot_of(state, context), ruleset, context.office.directory, now)
    asked: dict[str, datetime] = {}
    for deal in (one.id for one in state.subjects if one.kind == "deal"):
        for answered in (one for gate in ruleset.gates for one in facts.gate(gate, deal)):
            if answered.need.owed_by != CLIENT or answered.answer is not False:
                continue
            since = owed_since(answered.need, facts.line(deal), ruleset, state.timers, state.runs)
            what = answered.need.say.get(language, "")
            if since is not None and since <= asked.get(what, since):
                asked[what] = since
    for what, since in asked.items():
        yield Outstanding(since, f"{name}: {what}, {owed_for(since, now, calendar, language)}")


def _in_order(found: Iterable[Outstanding]) -> list[str]:
    return [one.line for one in sorted(found, key=lambda one: (one.at, one.line))]
