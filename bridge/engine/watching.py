"""Watching over the bridge itself: keeps the alarms, and tells the admin of each once, and again when it is mended."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from bridge.engine.accounts import source_of
from bridge.engine.alarms import NOTICES, Alarm, Jump, Readings, alarms
from bridge.engine.clock import SystemClock
from bridge.engine.context import Context
from bridge.engine.faults import Faults
from bridge.engine.telling import Teller
from bridge.model.protocols import Clock, Reader
from bridge.model.values import moment_text, parse_moment
from bridge.store import Store
from bridge.store.alarms import AlarmRow
from rules.lengths import Length

log = structlog.get_logger(__name__)

_EVERY = timedelta(seconds=30)
_TOLD_AGAIN = timedelta(hours=1)
"""A thing that comes and goes is told of once in that time."""
_LEAP = timedelta(minutes=5)
_WATCHED_KEY = "watched-since"
_WEBHOOK_KEY = "webhook:"


class Step(StrEnum):
    """What becomes of one alarm in one look."""

    START = "start"
    MEND = "mend"
    TELL = "tell"
    TELL_MENDED = "tell_mended"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one alarm."""

    step: Step
    kind: str
    about: str
    since: datetime
    alarm: Alarm | None = None


def changes(
    rows: Mapping[tuple[str, str], AlarmRow], holding: Mapping[tuple[str, str], Alarm], now: datetime, *, may_tell: bool
) -> list[Change]:
    """The steps from the alarms as kept to those that hold now. With `may_tell` false nobody hears of any yet.

    An alarm that was raised and mended while nobody could be told is never told. One that is raised again before
    people heard that it was mended goes on as if it had held all the time: that is what they believe.
    """
    found: list[Change] = []
    for key, alarm in holding.items():
        row = rows.get(key)
        since = row.since if row is not None and (row.holds or row.known) else alarm.since
        if row is None or not row.holds:
            found.append(Change(Step.START, *key, since, alarm))
        rested = row is None or row.told_at is None or now - row.told_at >= _TOLD_AGAIN
        if may_tell and rested and not (row is not None and row.known):
            found.append(Change(Step.TELL, *key, since, alarm))
    for key, row in rows.items():
        if key in holding:
            continue
        if row.holds:
            found.append(Change(Step.MEND, *key, row.since))
        if row.known and row.kind in NOTICES:
            found.append(Change(Step.FORGET, *key, row.since))
        elif row.known and may_tell:
            found.append(Change(Step.TELL_MENDED, *key, row.since))
    return found


class Watcher:
    """Looks every half a minute, however often it is asked. One thread at a time."""

    def __init__(self, store: Store, connectors: Mapping[str, Reader], clock: Clock, faults: Faults) -> None:
        self._store = store
        self._connectors = connectors
        self._clock = clock
        self._faults = faults
        self._began: datetime | None = None
        self._looked_at: datetime | None = None
        self._steady = 0.0
        self._jump: Jump | None = None
        self._busy = threading.Lock()
        self.holding: tuple[Alarm, ...] = ()

    def watch(self, context: Context, *, steady: float | None = None) -> tuple[Alarm, ...]:
        """What is wrong now; what is new is written down and told. Raises StoreError.

        `steady` are seconds of a clock that nobody sets and that stands still while the machine sleeps: against it a
        leap of the time is noticed. People hear in contact hours of working days only; what goes wrong at other times
        is told when they begin, if it is wrong still.
        """
        with self._busy:
            now = self._clock.now()
            self._note_jump(now, steady)
            if self._looked_at is not None and timedelta() <= now - self._looked_at < _EVERY:
                return self.holding
            self._began = self._began or now
            self._looked_at = now
            rows = {(row.kind, row.about): row for row in self._store.alarms()}
            holding = self._holding(context, rows, now)
            self._apply(context, rows, holding, now)
            self.holding = tuple(holding.values())
            return self.holding

    def heard(self, connector: str) -> None:
        """A webhook came: from now on it is missed when it stays away."""
        now = self._clock.now()
        new = connector not in self._faults.seen().announced
        self._faults.announced(connector, now)
        if new:
            self._store.remember(f"{_WEBHOOK_KEY}{connector}", moment_text(now))

    def _note_jump(self, now: datetime, steady: float | None) -> None:
        if steady is None:
            return
        if self._looked_at is not None and self._steady:
            leap = now - self._looked_at - timedelta(seconds=steady - self._steady)
            if leap > _LEAP:
                # A clock that is set by hand leaps on purpose.
                self._jump = Jump(now, leap) if isinstance(self._clock, SystemClock) else None
                self._began = now  # nothing could be read while the machine slept: patience begins anew
                self._looked_at = None
        self._steady = steady if self._looked_at is None or now - self._looked_at >= _EVERY else self._steady

    def _holding(
        self, context: Context, rows: Mapping[tuple[str, str], AlarmRow], now: datetime
    ) -> dict[tuple[str, str], Alarm]:
        ruleset, watch = context.ruleset, context.watch
        connectors = {
            name: frozenset(source_of(name, source) for source in part.sources)
            for name, part in self._connectors.items()
            if part.sources
        }
        expected = {
            rule.id: rule.expect for rule in ruleset.rules if rule.expect is not None and rule.enabled == "true"
        }
        readings = Readings(
            began=self._began or now,
            connectors=connectors,
            sources=self._store.sources(),
            queues=self._store.queues(now),
            expected=expected,
            fired=self._store.rules_fired(expected),
            news=self._store.latest_news(watch.news),
            watched=self._watched(expected, watch.news, now),
            free_bytes=self._store.free_bytes(),
            webhooks=frozenset(name for name in connectors if self._store.recall(f"{_WEBHOOK_KEY}{name}")),
            seen=self._faults.seen(),
            jump=self._jump,
            before={key: row for key, row in rows.items() if row.holds},
        )
        calendar = ruleset.calendars[ruleset.defaults.calendar]
        return {alarm.id: alarm for alarm in alarms(readings, watch, calendar, now)}

    def _watched(
        self, rules: Mapping[str, Length], news: Mapping[str, Length], now: datetime
    ) -> Mapping[str, datetime]:
        """Since when each rhythm is known: a rule that is new, or back, has not been silent before."""
        wanted = [*(f"rule:{rule}" for rule in rules), *(f"news:{name}" for name in news)]
        kept: dict[str, str] = json.loads(self._store.recall(_WATCHED_KEY) or "{}")
        if kept.keys() != set(wanted):
            kept = {name: kept.get(name, moment_text(now)) for name in wanted}
            self._store.remember(_WATCHED_KEY, json.dumps(kept))
        return {name: parse_moment(moment) for name, moment in kept.items()}

    def _apply(
        self,
        context: Context,
        rows: Mapping[tuple[str, str], AlarmRow],
        holding: Mapping[tuple[str, str], Alarm],
        now: datetime,
    ) -> None:
        defaults = context.ruleset.defaults
        calendar = context.ruleset.calendars[defaults.calendar]
        may_tell = calendar.next_contact(now, defaults.window) <= now
        if not changes(rows, holding, now, may_tell=may_tell):
            return
        with self._store.intake(now) as intake:
            book = intake.alarms
            kept = {(row.kind, row.about): row for row in book.rows()}
            steps = changes(kept, holding, now, may_tell=may_tell)
            teller = Teller(intake, context)
            for change in steps:
                match change.step:
                    case Step.START if change.alarm is not None:
                        book.start(change.kind, change.about, change.since, change.alarm.kept)
                    case Step.MEND:
                        book.mend(change.kind, change.about, now)
                    case Step.TELL if change.alarm is not None:
                        teller.alarm(change.alarm, change.since)
                        book.tell(change.kind, change.about, now)
                    case Step.TELL_MENDED:
                        teller.mended(kept[change.kind, change.about])
                        book.tell_mended(change.kind, change.about, now)
                    case Step.FORGET:
                        book.forget(change.kind, change.about)
        for change in steps:
            if change.step is Step.START and change.alarm is not None:
                log.error("alarm", kind=change.kind, about=change.about, what=change.alarm.what, fix=change.alarm.fix)
            elif change.step is Step.MEND:
                log.info("alarm mended", kind=change.kind, about=change.about)
