"""Which alarms hold: a plain function of readings and of the time. Silence is one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.engine.faults import EMPTIED, SHAPE, TAKEN, Seen
from bridge.model.values import Plain, moment_text
from bridge.store.alarms import AlarmRow
from bridge.store.rows import SourceState
from bridge.store.watching import Queue
from rules.calendars import Calendar
from rules.lengths import Length

_GRACE = timedelta(minutes=1)
"""A refusal must last so long: two processes overlap for a moment at every restart."""
_POLLS = 10
_SHORTEST_RHYTHM = timedelta(minutes=15)
_FORGET_REFUSAL = timedelta(hours=1)
_UNANNOUNCED, _UNANNOUNCED_FOR = 5, timedelta(hours=1)
_FAILED_PLANS = 3
_NOTICE_LASTS = timedelta(minutes=10)
_ROOM_AGAIN = 1.1
"""A disk counts as mended with a tenth more room than it must have, or it would flap with every log line."""


class AlarmKind(StrEnum):
    """What may be wrong. The words are those of the texts `system.alarm.*`."""

    SOURCE_SILENT = "source_silent"
    PART_UNREAD = "part_unread"
    COLUMN_LOST = "column_lost"
    NO_ACCESS = "no_access"
    NO_RIGHTS = "no_rights"
    BOT_DEAF = "bot_deaf"
    SOURCE_EMPTIED = "source_emptied"
    WEBHOOK_SILENT = "webhook_silent"
    NO_NEWS = "no_news"
    RULE_SILENT = "rule_silent"
    DISK_LOW = "disk_low"
    QUEUE_OLD = "queue_old"
    CLIENT_UNPLANNED = "client_unplanned"
    DATABASE = "database"
    CLOCK_JUMPED = "clock_jumped"
    RULES_REFUSED = "rules_refused"


NOTICES = frozenset({AlarmKind.DATABASE, AlarmKind.CLOCK_JUMPED})
"""Things that are over when they are told: nobody hears that they are mended."""
URGENT = frozenset(AlarmKind) - NOTICES
URGENT -= {AlarmKind.NO_NEWS, AlarmKind.RULE_SILENT, AlarmKind.RULES_REFUSED, AlarmKind.WEBHOOK_SILENT}
"""Things because of which clients are not served: an outside watcher is called at any hour."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where an admin renews the access to a system: the setting, and the page or place that gives its value."""

    setting: str
    page: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched, and how closely: `watch:` in bridge.yaml.

    `sources`: how long a connector may stay unread, where the usual ten polls (a quarter of an hour at least) do not
    fit. `news`: how long it may bring nothing new. `disk` is in bytes. `access` is by connector, and by source where
    what is read has an access of its own.
    """

    sources: Mapping[str, Length] = field(default_factory=dict)
    news: Mapping[str, Length] = field(default_factory=dict)
    disk: int = 500_000_000
    queue: timedelta = timedelta(minutes=30)
    polls: Mapping[str, float] = field(default_factory=dict)
    access: Mapping[str, Access] = field(default_factory=dict)

    @property
    def read_apart(self) -> frozenset[str]:
        """The sources with an access of their own: how they are read says nothing of how their system is written."""
        return frozenset(name for name in self.access if "." in name)


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock leapt forward between two rounds: the machine slept, or its time was set."""

    at: datetime
    by: timedelta


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that alarms are judged by, read at one moment.

    `began` is when this process began to watch. `watched` says since when each rhythm is known
    (`rule:ID`, `news:CONNECTOR`); `expected` are the rhythms of rules; `before` are the alarms that hold so far.
    """

    began: datetime
    connectors: Mapping[str, frozenset[str]]
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    expected: Mapping[str, Length] = field(default_factory=dict)
    fired: Mapping[str, datetime] = field(default_factory=dict)
    news: Mapping[str, datetime] = field(default_factory=dict)
    watched: Mapping[str, datetime] = field(default_factory=dict)
    free_bytes: int | None = None
    webhooks: frozenset[str] = frozenset()
    seen: Seen = field(default_factory=Seen)
    jump: Jump | None = None
    before: Mapping[tuple[str, str], AlarmRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong. `what` and `fix` are for the log and `bridge status`, `details` for people's texts."""

    kind: AlarmKind
    about: str
    since: datetime
    what: str
    fix: str
    details: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def id(self) -> tuple[str, str]:
        """The alarm's name for ever: raised again it is the same one."""
        return self.kind.value, self.about

    @property
    def urgent(self) -> bool:
        """Whether clients are not served because of it."""
        return self.kind in URGENT

    @property
    def kept(self) -> dict[str, Plain]:
        """What is written down with it."""
        return {**self.details, "what": self.what, "fix": self.fix}


def alarms(readings: Readings, watch: Watch, calendar: Calendar, now: datetime) -> tuple[Alarm, ...]:
    """All that is wrong now, the same for the same readings. Nothing is asked and nothing remembered."""
    reading = tuple(_readers(readings, watch, calendar, now))
    blind = frozenset(alarm.about for alarm in reading)
    writing = tuple(_writers(readings, watch, now, blind))
    return (
        *reading,
        *writing,
        *_columns(readings, now),
        *_webhooks(readings, now, blind),
        *_rhythms(readings, watch, calendar, now, blind),
        *_disk(readings, watch, now),
        *_clients(readings),
        *_rules(readings),
        *_notices(readings, now),
    )


def _readers(readings: Readings, watch: Watch, calendar: Calendar, now: datetime) -> Iterator[Alarm]:
    for name, sources in sorted(readings.connectors.items()):
        states = [state for source in sorted(sources) if (state := readings.sources.get(source))]
        failing = [state for state in states if state.failing_since is not None]
        # Where the account is well, the fix is with the form, be it the only one.
        parts = failing if len(failing) < len(sources) else [state for state in failing if state.fault == SHAPE]
        yield from (alarm for state in parts for alarm in _part(name, state, watch, calendar, now))
        sources -= {state.source for state in parts}
        failing = [state for state in failing if state not in parts]
        fault = next((state for state in failing if state.fault), None)
        if fault is not None and (alarm := _fault(name, fault, failing, watch, now)) is not None:
            yield alarm
        elif fault is None and (silent := list(_silent(name, sources, readings, watch, calendar, now))):
            since = min(moment for _, moment in silent)
            error = next((state.error for state in failing), "")
            blind = [source for source, _ in silent]
            what = f"{name} ({', '.join(blind)}) has not been read" + (f": {error}" if error else "")
            fix = "see that the service works and the machine reaches it; reading goes on by itself"
            yield Alarm(
                AlarmKind.SOURCE_SILENT, name, since, what, fix, {"error": error, "connector": name, "sources": blind}
            )


def _fault(name: str, fault: SourceState, failing: Sequence[SourceState], watch: Watch, now: datetime) -> Alarm | None:
    since = min(state.failing_since for state in failing if state.failing_since is not None)
    details: dict[str, Plain] = {"error": fault.error, "connector": name}
    if fault.fault == EMPTIED:
        source = fault.error.partition(" ")[0]
        command = f"bridge accept {source}"
        fix = f"look whether the records are really gone; if so: {command}"
        more: dict[str, Plain] = {"command": command, "source": source}
        return Alarm(AlarmKind.SOURCE_EMPTIED, name, since, fault.error, fix, {**details, **more})
    if now - since < _GRACE:
        return None
    if fault.fault == TAKEN:
        fix = "stop the other program, or delete the bot's webhook (deleteWebhook); reading goes on by itself"
        return Alarm(AlarmKind.BOT_DEAF, name, since, fault.error, fix, details)
    key = fault.source if fault.source in watch.access else name  # what is read may have an access of its own
    return Alarm(AlarmKind.NO_ACCESS, name, since, fault.error, _renew(key, watch), {**details, **_access(key, watch)})


def _part(name: str, state: SourceState, watch: Watch, calendar: Calendar, now: datetime) -> Iterator[Alarm]:
    """One form that cannot be read while the others can: the account is well, so the fix is with the form."""
    since = state.failing_since or now
    details: dict[str, Plain] = {"error": state.error, "connector": name}
    if state.fault == EMPTIED:
        command = f"bridge accept {state.source}"
        fix = f"look whether the records are really gone; if so: {command}"
        more: dict[str, Plain] = {"command": command, "source": state.source}
        yield Alarm(AlarmKind.SOURCE_EMPTIED, state.source, since, state.error, fix, {**details, **more})
    elif now - since >= _GRACE if state.fault else _is_due(name, since, watch, calendar, now):
        what = f"{state.source} has not been read: {state.error}"
        fix = "mend what the message says; everything else there is read as usual"
        yield Alarm(AlarmKind.PART_UNREAD, state.source, since, what, fix, details)


def _columns(readings: Readings, now: datetime) -> Iterator[Alarm]:
    """The columns that a form lacks. While it has not been read since a restart, what was so then holds."""
    kept = {key: row for key, row in readings.before.items() if key[0] == AlarmKind.COLUMN_LOST}
    for (kind, about), row in sorted(kept.items()):
        source = str((row.details or {}).get("form", ""))
        if source not in readings.seen.lacking and any(source in one for one in readings.connectors.values()):
            what, fix = fix_of(row)
            yield Alarm(AlarmKind(kind), about, row.since, what, fix, row.details)
    for source, titles in sorted(readings.seen.lacking.items()):
        for title, fault in sorted(titles.items()):
            about = f"{source}: {title}"
            if (AlarmKind.COLUMN_LOST, about) not in kept and now - fault.since < _GRACE:
                continue
            what = f'{source} has no column "{title}" any more: answers to it wait, the others are read'
            fix = "give the column its title back, or put its new title into forms.yaml"
            fix += f'; is it "{fault.what}" now?' if fault.what else ""
            details: dict[str, Plain] = {"form": source, "connector": source.partition(".")[0], "column": title}
            details["nearest"] = fault.what
            yield Alarm(AlarmKind.COLUMN_LOST, about, fault.since, what, fix, details)


def _access(name: str, watch: Watch) -> dict[str, Plain]:
    access = watch.access.get(name)
    return {"setting": access.setting, "page": access.page} if access else {}


def _renew(name: str, watch: Watch) -> str:
    access = watch.access.get(name)
    if access is None:
        return "give the bridge access again, then restart it"
    return f"renew the access at {access.page}, put it into {access.setting}, then restart the bridge"


def _silent(
    name: str, sources: frozenset[str], readings: Readings, watch: Watch, calendar: Calendar, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """The sources that were not read for too long, each with the moment since when."""
    for source in sorted(sources):
        state = readings.sources.get(source) or SourceState(source)
        since = state.failing_since or max(state.seen_up_to or readings.began, readings.began)
        if _is_due(name, since, watch, calendar, now):
            yield source, since


def _is_due(name: str, since: datetime, watch: Watch, calendar: Calendar, now: datetime) -> bool:
    """Whether something unread since then has been so for too long."""
    rhythm = watch.sources.get(name)
    usual = max(_POLLS * timedelta(seconds=watch.polls.get(name, 60.0)), _SHORTEST_RHYTHM)
    return (calendar.add(since, rhythm) if rhythm is not None else since + usual) <= now


def _writers(readings: Readings, watch: Watch, now: datetime, blind: frozenset[str]) -> Iterator[Alarm]:
    apart = {name for name, sources in readings.connectors.items() if sources and sources <= watch.read_apart}
    for name in sorted(readings.connectors.keys() - (blind - apart)):
        fault, kept = readings.seen.refused.get(name), readings.before.get((AlarmKind.NO_RIGHTS, name))
        queue = readings.queues.get(name)
        refused = fault is not None and now - fault.last_at < _FORGET_REFUSAL
        # After a restart nothing was tried yet: what waits since then was refused before.
        unproven = kept is not None and name not in readings.seen.wrote and queue is not None and queue.retrying
        if refused or unproven:
            since = fault.since if fault is not None else kept.since if kept is not None else now
            what = f"{name} refuses what the bridge wants to write"
            error = fault.what if fault is not None else ""
            details: dict[str, Plain] = {"error": error, "connector": name, **_access(name, watch)}
            yield Alarm(
                AlarmKind.NO_RIGHTS, name, since, f"{what}: {error}" if error else what, _renew(name, watch), details
            )
        elif queue is not None and now - (since := max(queue.due_since, readings.began)) >= watch.queue:
            minutes = int((now - since).total_seconds() // 60)
            what = f"the oldest delivery to {name} has been due for {minutes} minutes"
            details = {"connector": name, "minutes": minutes}
            yield Alarm(AlarmKind.QUEUE_OLD, name, since, what, "see: bridge outbox list", details)


def _webhooks(readings: Readings, now: datetime, blind: frozenset[str]) -> Iterator[Alarm]:
    for name in sorted(readings.webhooks & readings.connectors.keys() - blind):
        quiet, kept = readings.seen.unannounced.get(name), readings.before.get((AlarmKind.WEBHOOK_SILENT, name))
        lost = quiet is not None and quiet.times >= _UNANNOUNCED and now - quiet.since >= _UNANNOUNCED_FOR
        if lost or (kept is not None and name not in readings.seen.announced):
            since = quiet.since if lost and quiet is not None else kept.since if kept is not None else now
            what = f"{name} calls no webhook any more, though things change there; the bridge polls meanwhile"
            fix = "see that BRIDGE_PUBLIC_URL is reachable from outside, then make the webhook anew"
            yield Alarm(AlarmKind.WEBHOOK_SILENT, name, since, what, fix, {"connector": name})


def _rhythms(
    readings: Readings, watch: Watch, calendar: Calendar, now: datetime, blind: frozenset[str]
) -> Iterator[Alarm]:
    for name, rhythm in sorted(watch.news.items()):
        known = readings.watched.get(f"news:{name}")
        if name in blind or name not in readings.connectors or known is None:
            continue
        since = max(readings.news.get(name, known), known)
        if calendar.add(since, rhythm) <= now:
            what = f"{name} is read well, and has brought nothing new for {rhythm}"
            fix = "see whether it is right that nothing comes (a closed form, a moved board); else widen watch.news"
            yield Alarm(AlarmKind.NO_NEWS, name, since, what, fix, {"connector": name, "rhythm": str(rhythm)})
    for rule, rhythm in sorted(readings.expected.items()):
        known = readings.watched.get(f"rule:{rule}")
        if known is None:
            continue
        since = max(readings.fired.get(rule, known), known)
        if calendar.add(since, rhythm) <= now:
            what = f"rule {rule} has not fired for {rhythm}"
            fix = f"see why: bridge logs {rule}; else widen its expect:"
            yield Alarm(AlarmKind.RULE_SILENT, rule, since, what, fix, {"rule": rule, "rhythm": str(rhythm)})


def _rules(readings: Readings) -> Iterator[Alarm]:
    fault = readings.seen.rules
    if fault is not None:
        what = f"the files of the rules were refused, the last good ones are in force: {fault.what}"
        fix = "mend what bridge check names, then bridge apply"
        yield Alarm(
            AlarmKind.RULES_REFUSED, "", fault.since, what, fix, {"error": fault.what, "command": "bridge apply"}
        )


def _disk(readings: Readings, watch: Watch, now: datetime) -> Iterator[Alarm]:
    kept = readings.before.get((AlarmKind.DISK_LOW, ""))
    limit = watch.disk * (_ROOM_AGAIN if kept is not None else 1)
    if readings.free_bytes is not None and readings.free_bytes < limit:
        free = readings.free_bytes // 1_000_000
        what = f"{free} MB are left on the disk of the database"
        fix = "make room there, before the database cannot write any more"
        yield Alarm(AlarmKind.DISK_LOW, "", kept.since if kept else now, what, fix, {"megabytes": free})


def _clients(readings: Readings) -> Iterator[Alarm]:
    kept = {about for kind, about in readings.before if kind == AlarmKind.CLIENT_UNPLANNED}
    failing = {client for client, fault in readings.seen.unplanned.items() if fault.times >= _FAILED_PLANS}
    for client in sorted(failing | (kept - readings.seen.planned)):
        fault = readings.seen.unplanned.get(client)
        row = readings.before.get((AlarmKind.CLIENT_UNPLANNED, client))
        since = fault.since if fault is not None else row.since if row is not None else readings.began
        what = f"client {client} cannot be planned" + (f": {fault.what}" if fault else "")
        fix = "this is a mistake in the bridge or in a rule: the log says where; nobody else is held up"
        yield Alarm(AlarmKind.CLIENT_UNPLANNED, client, since, what, fix, {"client": client})


def _notices(readings: Readings, now: datetime) -> Iterator[Alarm]:
    fault = readings.seen.database
    if fault is not None and now - fault.last_at < _NOTICE_LASTS:
        fix = "see that its disk has room and can be written, and that nothing else locks the file"
        details: dict[str, Plain] = {"error": fault.what}
        yield Alarm(AlarmKind.DATABASE, "", fault.since, f"the database refused: {fault.what}", fix, details)
    jump = readings.jump
    if jump is not None and now - jump.at < _NOTICE_LASTS:
        minutes = int(jump.by.total_seconds() // 60)
        what = f"the clock leapt by {minutes} minutes: the machine slept, or its time was set"
        fix = "keep the machine awake; what was due meanwhile is caught up with"
        yield Alarm(AlarmKind.CLOCK_JUMPED, moment_text(jump.at), jump.at, what, fix, {"minutes": minutes})


def fix_of(row: AlarmRow) -> tuple[str, str]:
    """What is wrong and what helps, as it was written down with the alarm."""
    details = row.details or {}
    return str(details.get("what", "")), str(details.get("fix", ""))
