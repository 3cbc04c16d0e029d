"""`bridge status`: how the bridge stands, and whether anything needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.cli.errors import FINDINGS, GOOD
from bridge.cli.flooding import held_lines
from bridge.cli.looking import called, names_of
from bridge.cli.output import counted, print_json, print_table, say, spoken
from bridge.cli.reasons import reason_in_words
from bridge.cli.room import database_file, loaded_or_last_good, standing_store, told_here, unusable_database
from bridge.engine.alarms import NOTICES, URGENT, AlarmKind
from bridge.engine.clock import CLOCK_KEY
from bridge.model.deliveries import State
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.alarms import AlarmRow
from bridge.store.keeping import AT_WORK, NOT_STARTED
from bridge.store.rows import SourceState
from bridge.store.stops import Scope, Stop
from bridge.store.watching import Queue
from bridge.wiring.workspaces import settings_here
from rules.telling import system_name

_ALIVE = timedelta(minutes=2)
"""A daemon notes the time every second: one that has not for so long hangs."""
_TO_DECIDE = (State.UNKNOWN, State.DEAD, State.HELD)


_ALARMS: Mapping[str, str] = {
    AlarmKind.SOURCE_SILENT: worded("not read"),
    AlarmKind.PART_UNREAD: worded("not read"),
    AlarmKind.COLUMN_LOST: worded("a column is missing"),
    AlarmKind.NO_ACCESS: worded("no access"),
    AlarmKind.NO_RIGHTS: worded("no right to write"),
    AlarmKind.BOT_DEAF: worded("another program takes the bot's messages"),
    AlarmKind.SOURCE_EMPTIED: worded("suddenly empty"),
    AlarmKind.WEBHOOK_SILENT: worded("the webhook is silent"),
    AlarmKind.NO_NEWS: worded("nothing new"),
    AlarmKind.RULES_REFUSED: worded("a mistake in the rules"),
    AlarmKind.RULE_SILENT: worded("the rule does not fire"),
    AlarmKind.DISK_LOW: worded("little room on the disk"),
    AlarmKind.QUEUE_OLD: worded("held up"),
    AlarmKind.CLIENT_UNPLANNED: worded("the rules cannot be carried out"),
    AlarmKind.DATABASE: worded("the database refuses"),
}
"""What is wrong, in a few words; the whole of it stands above them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that `status` tells, read at one moment. `seen_at` is the time as the bridge itself last saw it.

    `at_work` is whether a process works now; `at_work_since` when the last one began that did not end in order.
    `refused` is what is wrong with the files of the rules, while those that were in force last work instead of them.
    """

    now: datetime
    at_work: bool
    seen_at: datetime | None
    at_work_since: datetime | None
    sources: Sequence[SourceState]
    alarms: Sequence[AlarmRow]
    queues: Mapping[str, Queue]
    counts: Mapping[str, int]
    stops: Sequence[Stop]
    clients: int
    inbox: int
    waits: int
    missed: int
    size: int
    next_at: datetime | None
    names: Mapping[str, str] = field(default_factory=dict)
    floods: Sequence[str] = ()
    refused: str = ""
    not_started: str = ""
    """Why this one of several workspaces could not begin."""

    @property
    def troubles(self) -> list[str]:
        """What needs a person, with the command that helps; empty while nothing does."""
        found = [_count(state.value, self.counts[state]) for state in _TO_DECIDE if self.counts.get(state)]
        late = counted(self.missed, "step")
        alarms = (_alarm(one) for one in self.alarms if one.kind not in NOTICES)
        files = "the files of the rules are wrong, the last good ones are in force: bridge check, then bridge apply"
        known = any(one.kind == AlarmKind.RULES_REFUSED for one in self.alarms)
        return [
            *([worded("it cannot begin: {why}", why=self.not_started)] if self.not_started else []),
            *([worded(files)] if self.refused and not known else []),
            *(worded("source {name} is not read", name=one.source) for one in self.sources if one.failing_since),
            *alarms,
            *self.floods,
            *([worded("some deliveries need a person: bridge outbox list ({found})", found=found)] if found else []),
            *([worded("{steps} came late: bridge missed list", steps=late)] if self.missed else []),
            *([worded("it hangs: look at its log, and start it anew")] if self.hangs else []),
            *([worded("it was killed, and work is due: look at its log, and start it anew")] if self.is_missed else []),
        ]

    @property
    def hangs(self) -> bool:
        """Whether a process holds the database, and has not noted the time for too long."""
        seen = max((moment for moment in (self.seen_at, self.at_work_since) if moment is not None), default=self.now)
        return self.at_work and self.now - seen > _ALIVE

    @property
    def is_missed(self) -> bool:
        """Whether the last process ended without an orderly stop, and something is due that nobody does."""
        killed = not self.at_work and self.at_work_since is not None
        return killed and self.next_at is not None and self.next_at <= self.now


def status(language: str, as_json: bool) -> int:
    """Prints how it stands. Exit code 1 when something needs a person."""
    settings = settings_here()
    if not unusable_database(settings) and not (file := database_file(settings)).exists():
        loaded_or_last_good(shadow=False, aloud=False)  # files that are wrong come first: nothing can run with them
        return _never_ran(file, language or told_here(), as_json)
    with standing_store() as (store, agency, refused):
        standing = replace(_standing(store), refused=refused)
    if as_json:
        print_json(_plain(standing))
    else:
        _print(standing, ZoneInfo(agency.zone), language or agency.language)
    return FINDINGS if standing.troubles else GOOD


def _never_ran(file: Path, language: str, as_json: bool) -> int:
    """Before the first run there is nothing to tell of, but how to begin."""
    words = (
        "the bridge has never run here: there is no {file}; "
        "first bridge check, then bridge run (if it has run, see BRIDGE_DATABASE_URL)"
    )
    told = worded(words, file=file.absolute())
    if as_json:
        print_json({"worked": None, "at_work": False, "troubles": [told]})
    else:
        say(told, language)
    return FINDINGS


def _alarm(alarm: AlarmRow) -> str:
    """What is wrong, and with what: systems by the names that people know."""
    what = _ALARMS.get(alarm.kind, alarm.kind)
    whom = system_name(alarm.about.partition(".")[0]) if alarm.about else ""
    return worded("{whom}: {what}", whom=whom, what=what) if whom else worded("{what}", what=what)


def _standing(store: Store) -> Standing:
    seen, began = store.recall(CLOCK_KEY), store.recall(AT_WORK)
    seen_at = parse_moment(seen) if seen else None
    stops = store.stops()
    return Standing(
        now=datetime.now(UTC),
        at_work=store.at_work,
        seen_at=seen_at,
        at_work_since=parse_moment(began) if began else None,
        sources=sorted(store.sources().values(), key=lambda source: source.source),
        alarms=[alarm for alarm in store.alarms() if alarm.holds],
        queues=store.queues(seen_at or datetime.now(UTC)),
        counts=store.counts(),
        stops=stops,
        clients=sum(1 for subject in store.subjects() if subject.kind == "client"),
        inbox=len(store.inbox()),
        waits=len(store.waits()),
        missed=len(store.asked()),
        size=store.size_bytes(),
        next_at=store.next_moment(),
        names=names_of(store, [stop.about for stop in stops if stop.scope is Scope.CLIENT]),
        floods=held_lines(store),
        not_started=store.recall(NOT_STARTED) or "",
    )


def _plain(standing: Standing) -> dict[str, Any]:
    return {
        "worked": _text(standing.seen_at),
        "at_work": standing.at_work,
        "at_work_since": _text(standing.at_work_since) if standing.at_work else None,
        "troubles": standing.troubles,
        "alarms": [
            {
                "kind": alarm.kind,
                "about": alarm.about,
                "since": moment_text(alarm.since),
                "told_at": _text(alarm.told_at),
                "urgent": alarm.kind in URGENT,
                "what": alarm.details.get("what", ""),
                "fix": alarm.details.get("fix", ""),
            }
            for alarm in standing.alarms
        ],
        "clients": standing.clients,
        "sources": [
            {
                "source": source.source,
                "seen_up_to": _text(source.seen_up_to),
                "failing_since": _text(source.failing_since),
                "error": source.error,
            }
            for source in standing.sources
        ],
        "deliveries": dict(standing.counts),
        "queues": {name: moment_text(queue.due_since) for name, queue in sorted(standing.queues.items())},
        "stops": [
            {"scope": stop.scope.value, "about": stop.about, "since": moment_text(stop.since), "by": stop.by}
            for stop in standing.stops
        ],
        "waits": standing.waits,
        "missed": standing.missed,
        "inbox": standing.inbox,
        "database_bytes": standing.size,
        "next": _text(standing.next_at),
    }


def _text(moment: datetime | None) -> str | None:
    return moment_text(moment) if moment is not None else None


def _print(standing: Standing, zone: ZoneInfo, language: str) -> None:
    rows = [
        [
            source.source,
            _to_the_second(source.seen_up_to, zone) if source.seen_up_to else worded("never read"),
            worded("since {at}: {error}", at=_shown(source.failing_since, zone), error=source.error)
            if source.failing_since
            else "",
        ]
        for source in standing.sources
    ]
    titles = [worded("source"), worded("read up to"), worded("trouble")]
    print_table(titles, rows, worded("nothing has been read yet"), language)
    for line in (*_alarms(standing, zone), "", *_numbers(standing, zone, language), *_to_do(standing, language)):
        say(line, language)


def _alarms(standing: Standing, zone: ZoneInfo) -> Iterator[str]:
    for alarm in standing.alarms:
        yield ""
        what = alarm.details.get("what", alarm.kind)
        yield worded("! since {at}: {error}", at=_shown(alarm.since, zone), error=what)
        yield f"  {alarm.details.get('fix', '')}"


def _numbers(standing: Standing, zone: ZoneInfo, language: str) -> Iterator[str]:
    yield _at_work(standing, zone)
    yield worded(
        "clients: {clients}, inbox: {inbox}, waiting for a source: {waits}",
        clients=standing.clients,
        inbox=standing.inbox,
        waits=standing.waits,
    )
    counts = [_count(state, count) for state, count in sorted(standing.counts.items())]
    yield worded("deliveries: {states}", states=counts or worded("none yet"))
    for name, queue in sorted(standing.queues.items()):
        whose, since = name or worded("nobody"), _shown(queue.due_since, zone)
        if queue.retrying:
            yield worded("due to {name} since {at}, tried in vain", name=whose, at=since)
        else:
            yield worded("due to {name} since {at}", name=whose, at=since)
    for stop in standing.stops:
        yield shown_stop(stop, standing.names, language)
    yield worded("database: {size} MB", size=f"{standing.size / 1_000_000:.1f}")
    if standing.next_at:
        yield worded("next: {at}", at=_shown(standing.next_at, zone))


def _at_work(standing: Standing, zone: ZoneInfo) -> str:
    seen = _to_the_second(standing.seen_at, zone) if standing.seen_at else worded("never")
    if not standing.at_work:
        return worded("the bridge is not at work; it last worked: {seen}", seen=seen)
    if standing.at_work_since is None:
        return worded("at work, the last time at {seen}", seen=seen)
    since = _shown(standing.at_work_since, zone)
    return worded("at work since {since}, the last time at {seen}", since=since, seen=seen)


def _count(state: str, count: int) -> str:
    return worded("{what}: {named}", what=called(state), named=count)


def _to_do(standing: Standing, language: str) -> Iterator[str]:
    if standing.troubles:
        yield ""
        yield worded("needs a person:")
        yield from (f"  {spoken(trouble, language)}" for trouble in standing.troubles)
    if standing.inbox:
        yield worded("somebody has to say whose they are: bridge inbox list")


def shown_stop(stop: Stop, names: Mapping[str, str], language: str) -> str:
    """What is stopped and the whole command that lets it go on; `names` are those of clients, by local id."""
    name = names.get(stop.about, stop.about)
    command = f"bridge go {stop.scope.value}" + (f' "{name}"' if stop.scope is Scope.CLIENT else f" {name}").rstrip()
    why = reason_in_words(stop.reason, language)
    what, by = called(stop.scope.value), f"{stop.by}: {why}" if why else stop.by
    if name:
        what = worded("{what} {name}", what=what, name=name)
    return worded("stopped: {what}, by {by}; to go on: {command}", what=what, by=by, command=command)


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m %H:%M}"


def _to_the_second(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m %H:%M:%S}"
