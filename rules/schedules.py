"""What the clock alone brings about: times of the day, week or month, and sources that were not read for long. Pure.

A rule without `per` is nobody's: it is planned on the workspace's own subject. One that was missed comes once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bridge.model.events import Actor, Event
from bridge.model.planning import Ran, Subject, Timer
from bridge.model.values import Plain, moment_text
from rules.calendars import DAYS, Calendar
from rules.ruleset import Rule, RuleSet
from rules.triggers import Schedule, SourceBlind

if TYPE_CHECKING:
    from rules.plan import Planning

WORKSPACE = "workspace"
"""The kind of the subject that what is nobody's is planned on."""
_NO_STEP = ""
_SCHEDULE, _BLIND = "schedule", "source.blind"
_LONGEST_BREAK = 40
"""Days in a row for which an office may be closed; a month has fewer."""


def needs_workspace(ruleset: RuleSet) -> bool:
    """Whether any rule is nobody's and waits for the clock."""
    return any(not rule.per for rule, _trigger in ruleset.waking.by_the_clock)


def next_time(trigger: Schedule, calendar: Calendar, after: datetime) -> datetime:
    """The first time after a moment; where its day is closed, that hour of the next working day."""
    day = calendar.local(after).date() - timedelta(days=_LONGEST_BREAK)
    hour, minute = trigger.time.split(":")
    while True:
        if _is_day(trigger, day):
            moment = calendar.instant(_open_day(calendar, day), int(hour) * 60 + int(minute))
            if moment > after:
                return moment
        day += timedelta(days=1)


class Schedules:
    """The clock's own triggers in one plan."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._now = planning.now
        stored = planning.snapshot.timers
        self._stored = {timer.key: timer for timer in stored if timer.occurrence in (_SCHEDULE, _BLIND)}
        self._wanted: dict[str, Timer] = {}

    def events(self) -> Iterator[Event]:
        """What is due now."""
        for rule, trigger in self._planning.waking.by_the_clock:
            for subject in self._planning.subjects:
                if not self._is_for(rule, subject):
                    continue
                if isinstance(trigger, Schedule):
                    yield from self._schedule(rule, trigger, subject.id)
                else:
                    yield from self._blind(rule, trigger, subject.id)

    def wakes(self) -> Iterator[Timer]:
        """When the plan has to be made again. Only after `events`."""
        yield from self._wanted.values()

    def _is_for(self, rule: Rule, subject: Subject) -> bool:
        return self._planning.counts_as(subject, rule.per) if rule.per else subject.kind == WORKSPACE

    def _schedule(self, rule: Rule, trigger: Schedule, subject: str) -> Iterator[Event]:
        planning = self._planning
        calendar = planning.ruleset.calendars[trigger.calendar] if trigger.calendar else planning.calendar
        formula = " ".join(str(part) for part in (trigger.every, trigger.day, trigger.time) if part is not None)
        key = f"{rule.id}:{subject}:{_SCHEDULE}:{formula}"
        stored = self._stored.get(key)
        due = stored.due if stored is not None else next_time(trigger, calendar, self._now)
        if due <= self._now:
            data = {"rule": rule.id, "every": trigger.every, "day": trigger.day, "time": trigger.time}
            yield self._event(_SCHEDULE, f"{_SCHEDULE}:{rule.id}:{subject}:{moment_text(due)}", subject, due, data)
            due = next_time(trigger, calendar, self._now)
        elif stored is not None:
            due = next_time(trigger, calendar, self._now)  # its calendar may be another than when it was set
        start = stored.start if stored is not None and stored.due == due else self._now
        self._wanted[key] = Timer(key, rule.id, subject, _NO_STEP, start, due, formula, _SCHEDULE)

    def _blind(self, rule: Rule, trigger: SourceBlind, subject: str) -> Iterator[Event]:
        """One event for all that has become blind: each is told of once, until it is read again."""
        planning, calendar = self._planning, self._planning.calendar
        found: dict[str, datetime] = {}
        for source in self._sources(trigger):
            seen = planning.snapshot.seen_up_to.get(source)
            if seen is None:
                continue
            due = calendar.add(seen, trigger.for_)
            name = f"{rule.id}/{_BLIND}/{source}"
            told = planning.runs.get((name, subject))
            if due <= self._now:
                if told is None or told.last_at < seen:
                    found[source] = seen
                    planning.runs[(name, subject)] = Ran((told.count if told else 0) + 1, seen)
                due = calendar.add(self._now, trigger.for_)
            key = f"{rule.id}:{subject}:{_BLIND}:{source}"
            stored = self._stored.get(key)
            if stored is not None and stored.due > self._now:
                due = min(due, stored.due)
            self._wanted[key] = Timer(key, rule.id, subject, _NO_STEP, seen, due, str(trigger.for_), _BLIND)
        if found:
            since = min(found.values())
            names = dict.fromkeys(source.partition(".")[0].replace("_", " ").title() for source in found)
            data = {"rule": rule.id, "name": ", ".join(names), "seen_up_to": moment_text(since)}
            ident = f"{_BLIND}:{rule.id}:{','.join(found)}:{moment_text(since)}"
            yield self._event(_BLIND, ident, subject, self._now, data)

    def _sources(self, trigger: SourceBlind) -> list[str]:
        """What the facts are read from; those that rules set hang on the sources of these rules."""
        fields, set_by = self._planning.ruleset.fields, self._planning.ruleset.set_by
        found: set[str] = set()
        for name in trigger.of:
            spec = fields[name]
            found |= set_by.get(name, frozenset()) if spec.source == "bridge" else {spec.source_name}
        return sorted(found)

    def _event(self, kind: str, ident: str, subject: str, at: datetime, data: Mapping[str, Plain]) -> Event:
        return Event(ident, kind, at, self._now, Actor(), "bridge", subject, {**data})


def _is_day(trigger: Schedule, day: date) -> bool:
    if trigger.every == "week":
        return DAYS[day.weekday()] == trigger.day
    return trigger.every == "day" or day.day == trigger.day


def _open_day(calendar: Calendar, day: date) -> date:
    for _day in range(_LONGEST_BREAK):
        if calendar.hours(day):
            return day
        day += timedelta(days=1)
    return day
