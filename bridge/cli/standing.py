"""`bridge status`: how the bridge stands, and whether anything needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.cli.errors import FINDINGS, GOOD
from bridge.cli.flooding import held_lines
from bridge.cli.looking import names_of
from bridge.cli.output import counted, print_json, print_table, say
from bridge.cli.room import store_to_read
from bridge.engine.alarms import NOTICES, URGENT
from bridge.engine.clock import CLOCK_KEY
from bridge.model.deliveries import State
from bridge.model.values import moment_text, parse_moment
from bridge.store import Store
from bridge.store.alarms import AlarmRow
from bridge.store.keeping import AT_WORK
from bridge.store.rows import SourceState
from bridge.store.stops import Scope, Stop
from bridge.store.watching import Queue

_ALIVE = timedelta(minutes=2)
"""A daemon notes the time every second: one that has not for so long hangs."""
_TO_DECIDE = (State.UNKNOWN, State.DEAD, State.HELD)


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that `status` tells, read at one moment. `seen_at` is the time as the bridge itself last saw it.

    `at_work` is whether a process works now; `at_work_since` when the last one began that did not end in order.
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

    @property
    def troubles(self) -> list[str]:
        """What needs a person, with the command that helps; empty while nothing does."""
        found = [f"{state.value}: {self.counts[state]}" for state in _TO_DECIDE if self.counts.get(state)]
        return [
            *(f"source {source.source} is not read" for source in self.sources if source.failing_since),
            *(f"alarm {alarm.kind} {alarm.about}".rstrip() for alarm in self.alarms if alarm.kind not in NOTICES),
            *self.floods,
            *([f"some deliveries need a person: bridge outbox list ({', '.join(found)})"] if found else []),
            *([f"{counted(self.missed, 'step')} came late: bridge missed list"] if self.missed else []),
            *(["it hangs: look at its log, and start it anew"] if self.hangs else []),
            *(["it was killed, and work is due: look at its log, and start it anew"] if self.is_missed else []),
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


def status(as_json: bool) -> int:
    """Prints how it stands. Exit code 1 when something needs a person."""
    with store_to_read() as (store, _settings, agency):
        standing = _standing(store)
    if as_json:
        print_json(_plain(standing))
    else:
        _print(standing, ZoneInfo(agency.zone))
    return FINDINGS if standing.troubles else GOOD


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


def _print(standing: Standing, zone: ZoneInfo) -> None:
    rows = [
        [
            source.source,
            _to_the_second(source.seen_up_to, zone) if source.seen_up_to else "never read",
            f"since {_shown(source.failing_since, zone)}: {source.error}" if source.failing_since else "",
        ]
        for source in standing.sources
    ]
    print_table(["source", "read up to", "trouble"], rows, "nothing has been read yet")
    for line in (*_alarms(standing, zone), "", *_numbers(standing, zone), *_to_do(standing)):
        say(line)


def _alarms(standing: Standing, zone: ZoneInfo) -> Iterator[str]:
    for alarm in standing.alarms:
        yield ""
        yield f"! since {_shown(alarm.since, zone)}: {alarm.details.get('what', alarm.kind)}"
        yield f"  {alarm.details.get('fix', '')}"


def _numbers(standing: Standing, zone: ZoneInfo) -> Iterator[str]:
    seen = _to_the_second(standing.seen_at, zone) if standing.seen_at else "never"
    since = f" since {_shown(standing.at_work_since, zone)}" if standing.at_work_since is not None else ""
    yield f"at work{since}, the last time at {seen}" if standing.at_work else f"not at work; last worked: {seen}"
    yield f"clients: {standing.clients}, inbox: {standing.inbox}, waiting for a source: {standing.waits}"
    counts = sorted(standing.counts.items())
    yield "deliveries: " + (", ".join(f"{state} {count}" for state, count in counts) or "none yet")
    for name, queue in sorted(standing.queues.items()):
        tried = ", tried in vain" if queue.retrying else ""
        yield f"due to {name or 'nobody'} since {_shown(queue.due_since, zone)}{tried}"
    for stop in standing.stops:
        yield shown_stop(stop, standing.names)
    yield f"database: {standing.size / 1_000_000:.1f} MB"
    if standing.next_at:
        yield f"next: {_shown(standing.next_at, zone)}"


def _to_do(standing: Standing) -> Iterator[str]:
    if standing.troubles:
        yield ""
        yield "needs a person:"
        yield from (f"  {trouble}" for trouble in standing.troubles)
    if standing.inbox:
        yield "somebody has to say whose they are: bridge inbox list"


def shown_stop(stop: Stop, names: Mapping[str, str]) -> str:
    """What is stopped and the whole command that lets it go on; `names` are those of clients, by local id."""
    name = names.get(stop.about, stop.about)
    command = f"bridge go {stop.scope.value}" + (f' "{name}"' if stop.scope is Scope.CLIENT else f" {name}").rstrip()
    return f"stopped: {stop.scope.value} {name}".rstrip() + f", {stop.because}; to go on: {command}"


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m %H:%M}"


def _to_the_second(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m %H:%M:%S}"
