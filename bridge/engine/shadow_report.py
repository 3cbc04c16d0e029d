"""What a run in shadow found out: what would have been done, whom nobody wrote to, what cards lack, what is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from re import compile as pattern
from zoneinfo import ZoneInfo

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.engine.snapshots import snapshot_of
from bridge.model.decisions import AttachDocument, Decision, MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.events import ActorKind, Event
from bridge.model.planning import Outcome, Snapshot
from bridge.model.values import NotKnown
from bridge.model.wording import Worded, worded
from bridge.store import Store
from bridge.store.rows import ClientState, Row, StoredSubject
from rules.facts import Facts
from rules.holders import holder_of
from rules.schedules import WORKSPACE

_TAG = pattern(r"<[^>]+>")
_PAGE = 1000
_LONGEST_EXAMPLE = 300
_TOO_OFTEN = 2
"""So many messages to one client on one day are worth a look."""
_KINDS: Mapping[str, Worded] = {
    "create_card": worded("card made"),
    "move_card": worded("card moved"),
    "comment_card": worded("comment"),
    "comment_task": worded("comment"),
    "label_card": worded("label"),
    "put_checklist": worded("checklist"),
    "write_fields": worded("fields written"),
    "create_task": worded("task"),
    "create_contact": worded("contact made"),
    "create_deal": worded("deal made"),
    "make_document": worded("document made"),
}


@dataclass(frozen=True, slots=True)
class RuleInShadow:
    """What one rule would have done. `did` counts by kind ("message to client"), `example` is one text of it.

    `held_back` counts what it wanted while it was itself switched to `enabled: shadow`.
    """

    rule: str
    did: Mapping[str, int] = field(default_factory=dict)
    clients: int = 0
    example: str = ""
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a gate wants: who owes it, as a role and, where somebody holds it, by name."""

    what: str
    owed_by: str
    who: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """A card that would not pass a gate, and what is missing."""

    client: str
    gate: str
    missing: Sequence[Missing]


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """The findings since a moment. Names, not ids; days are those of the agency's zone."""

    since: datetime
    until: datetime
    clients: int = 0
    rules: Sequence[RuleInShadow] = ()
    waiting: int = 0
    too_often: Sequence[tuple[str, str, int]] = ()
    kept_for_hours: int = 0
    silent: Sequence[tuple[str, int | None]] = ()
    lacking: Sequence[Lacking] = ()
    not_read: Sequence[tuple[str, str]] = ()
    unreadable: Mapping[str, int] = field(default_factory=dict)
    strangers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """People who acted and whom people.yaml does not know: by system and id, their name."""
    lists: Mapping[str, int] = field(default_factory=dict)
    """Lists with cards, and how many."""


def shadow_report(
    store: Store,
    context: Context,
    *,
    since: datetime,
    now: datetime,
    silent: timedelta,
    live: bool = False,
    language: str = "",
) -> ShadowReport:
    """The report on everything since a moment; a client is silent without news for longer than `silent`.

    What gates, needs and roles are called is said in `language`, without one in the agency's own. A `live` one is of a
    bridge at work: of what its rules in shadow would have done, and of nothing that was done.
    """
    return _Reporting(store, context, since, now, silent, live, language).report()


class _Reporting:
    def __init__(
        self,
        store: Store,
        context: Context,
        since: datetime,
        now: datetime,
        silent: timedelta,
        live: bool,
        language: str,
    ) -> None:
        self._store = store
        self._context = context
        self._ruleset = context.ruleset
        self._since = since
        self._now = now
        self._silent = silent
        self._states = (State.SHADOW,) if live else ()
        self._zone = ZoneInfo(context.ruleset.zone)
        self._language = language or context.ruleset.defaults.language

    def report(self) -> ShadowReport:
        subjects = self._store.subjects()
        events = self._events()
        rows = [
            row for row in self._store.deliveries(states=self._states, limit=100_000) if row.created_at >= self._since
        ]
        would = [row for row in rows if row.state is State.SHADOW or _made(row)]
        names: dict[str, str] = {}
        seen = _latest(events, {subject.id: subject.client for subject in subjects})
        silent: list[tuple[str, int | None]] = []
        lacking: list[Lacking] = []
        unreadable: Counter[str] = Counter()
        lists: Counter[str] = Counter()
        for client in sorted({subject.client for subject in subjects if subject.kind != WORKSPACE}):
            state = self._store.load_client(client)
            snapshot = snapshot_of(state, self._context)
            facts = Facts(snapshot, self._ruleset, self._context.office.directory, self._now)
            names[client] = _name(state)
            days = self._days_silent(state, seen.get(client))
            if days is None or days >= self._silent.days:
                silent.append((names[client], days))
            lacking += self._lacking(names[client], state.subjects, facts)
            unreadable.update(_unreadable(snapshot))
            lists.update(_lists(state))
        to_clients = [row for row in would if _to_client(row)]
        return ShadowReport(
            since=self._since,
            until=self._now,
            clients=len(names),
            rules=self._rules(would),
            waiting=sum(row.state is State.WAITING for row in rows),
            too_often=self._too_often(to_clients, names),
            kept_for_hours=sum(self._came_outside_hours(row) for row in to_clients),
            silent=sorted(silent, key=lambda one: (one[1] is not None, -(one[1] or 0), one[0])),
            lacking=lacking,
            not_read=[(one.source, one.error) for one in self._store.sources().values() if one.failing_since],
            unreadable=unreadable,
            strangers=self._strangers(events),
            lists=lists,
        )

    def _events(self) -> list[Event]:
        found: list[Event] = []
        while page := self._store.events_since(found[-1].sequence if found else 0, _PAGE):
            found += page
        return found

    def _rules(self, would: Iterable[Row]) -> list[RuleInShadow]:
        by_rule: dict[str, list[Row]] = {}
        for row in would:
            by_rule.setdefault(row.cause.rule, []).append(row)
        held_back = self._store.traced(Outcome.SHADOW, self._since)
        return [
            RuleInShadow(
                rule,
                dict(Counter(_kind(row.decision) for row in by_rule.get(rule, ()))),
                len({row.client for row in by_rule.get(rule, ()) if row.client}),
                _example(by_rule.get(rule, ())),
                held_back.get(rule, 0),
            )
            for rule in sorted({*by_rule, *held_back})
        ]

    def _too_often(self, rows: Iterable[Row], names: Mapping[str, str]) -> list[tuple[str, str, int]]:
        days = Counter((row.client, f"{self._ended(row).astimezone(self._zone):%d.%m}") for row in rows)
        return [
            (names.get(client, client), day, count)
            for (client, day), count in sorted(days.items())
            if count >= _TOO_OFTEN
        ]

    def _came_outside_hours(self, row: Row) -> bool:
        calendar = self._ruleset.calendars[self._ruleset.defaults.calendar]
        return calendar.next_contact(row.created_at, self._ruleset.defaults.window) > row.created_at

    def _ended(self, row: Row) -> datetime:
        return row.ended_at or row.created_at

    def _days_silent(self, state: ClientState, heard: datetime | None) -> int | None:
        """Whole days since anything happened with a client; None when nothing ever did."""
        moments = [record.changed_at for records in state.records.values() for record in records if record.changed_at]
        last = max([*moments, *([heard] if heard else [])], default=None)
        return None if last is None else max((self._now - last).days, 0)

    def _lacking(self, client: str, subjects: Iterable[StoredSubject], facts: Facts) -> list[Lacking]:
        found: list[Lacking] = []
        for subject in (subject for subject in subjects if subject.kind == "deal"):
            for gate in self._ruleset.gates.values():
                missing = [
                    Missing(
                        one.need.say.get(self._language, ""),
                        one.need.owed_by,
                        self._who(one.need.owed_by, subject.id, facts),
                    )
                    for one in facts.gate(gate.id, subject.id)
                    if one.answer is False
                ]
                if missing:
                    found.append(Lacking(client, gate.name.get(self._language, gate.id), missing))
        return found

    def _who(self, role: str, subject: str, facts: Facts) -> str:
        """The role as people call it, and who holds it for this deal."""
        people = self._context.office.directory
        holder = holder_of(role, subject, facts, self._ruleset, people)
        title = self._ruleset.roles.get(role, {}).get(self._language, role)
        return f"{title}: {people.name(holder)}" if holder else title

    def _strangers(self, events: Iterable[Event]) -> dict[tuple[str, str], str]:
        known = {
            (system_of(one), id)
            for who in self._context.office.directory.people.values()
            for one, id in who.ids.items()
        }
        return {
            (system_of(event.source), event.actor.id): event.actor.name
            for event in events
            if event.actor.kind is ActorKind.UNKNOWN
            and event.actor.id
            and (system_of(event.source), event.actor.id) not in known
        }


def _made(row: Row) -> bool:
    """Documents are really made, and stay inside."""
    return row.state is State.CONFIRMED and row.decision.kind == "make_document"


def _to_client(row: Row) -> bool:
    return isinstance(row.decision, SendMessage) and row.decision.to_client


def _kind(decision: Decision) -> str:
    if isinstance(decision, SendMessage):
        return worded("message to a client") if decision.to_client else worded("message to staff")
    if isinstance(decision, MoveCard) and decision.back:
        return worded("card moved back")
    if isinstance(decision, AttachDocument):
        return worded("document attached")
    return _KINDS[decision.kind]


def _example(rows: Iterable[Row]) -> str:
    """The newest text that a person would have read, a client's first."""
    texts = [
        (not _to_client(row), unescape(_TAG.sub("", text)))
        for row in rows
        if (text := getattr(row.decision, "text", ""))
    ]
    return min(texts, default=(True, ""))[1][:_LONGEST_EXAMPLE]


def _latest(events: Iterable[Event], clients: Mapping[str, str]) -> dict[str, datetime]:
    """When something last happened with each client that the bridge itself did not do. `clients` is by subject."""
    found: dict[str, datetime] = {}
    for event in events:
        client = clients.get(event.subject)
        if client is not None and event.actor.kind is not ActorKind.BRIDGE:
            found[client] = max(event.at, found.get(client, event.at))
    return found


def _name(state: ClientState) -> str:
    records = [record for records in state.records.values() for record in records]
    named = (str(record.fields["name"]) for record in records if record.fields.get("name"))
    return next(named, state.client)


def _unreadable(snapshot: Snapshot) -> Counter[str]:
    return Counter(
        name
        for subject in snapshot.subjects.values()
        for name, fact in subject.facts.items()
        if isinstance(fact.value, NotKnown)
    )


def _lists(state: ClientState) -> Counter[str]:
    return Counter(
        str(record.fields["list"])
        for records in state.records.values()
        for record in records
        if not record.deleted and record.ref.kind == "card" and record.fields.get("list")
    )
