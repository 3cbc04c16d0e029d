"""Since when what a gate lacks is owed: since the rules that ask for it began to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from bridge.model.planning import Ran, Timer
from bridge.model.wording import counted, worded
from bridge.words import said
from rules.calendars import Calendar
from rules.ruleset import Need, Rule, RuleSet


def asks_for(rule: Rule, need: Need) -> bool:
    """Whether a rule goes on until what a gate needs is there: its `unless` looks at the same facts."""
    return rule.unless is not None and not need.condition.fields.isdisjoint(rule.unless.fields)


def owed_since(
    need: Need,
    subjects: Collection[str],
    ruleset: RuleSet,
    timers: Collection[Timer],
    runs: Mapping[tuple[str, str], Ran],
) -> datetime | None:
    """When the first rule began that asks these subjects for it; None where no rule does, or none has begun.

    A rule whose last step was taken has no timer any more: it began when it fired.
    """
    asking = {rule.id for rule in ruleset.rules if asks_for(rule, need)}
    return min(_begun(asking, subjects, timers, runs), default=None)


def owed_for(since: datetime, now: datetime, calendar: Calendar, language: str) -> str:
    """Since which day, and how many working days that is."""
    days = calendar.working_days_between(since, now)
    day = said(worded("since {day}", day=f"{calendar.local(since):%d.%m}"), language)
    length = said(counted(days, "{count} working day|{count} working days"), language)
    return f"{day}: {length}" if days > 0 else day


def _begun(
    asking: Collection[str],
    subjects: Collection[str],
    timers: Collection[Timer],
    runs: Mapping[tuple[str, str], Ran],
) -> Iterator[datetime]:
    running = [one for one in timers if one.step and one.rule in asking and one.subject in subjects]
    yield from (one.start for one in running)
    known = {(one.rule, one.subject) for one in running}
    for place, ran in runs.items():
        if place not in known and place[0] in asking and place[1] in subjects:
            yield ran.last_at
