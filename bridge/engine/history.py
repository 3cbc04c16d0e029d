"""A client at any earlier moment: taken back from what is known now by the journal, and forward again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bridge.model.decisions import CreateCard, MakeDocument, MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.planning import Edge, MadeDocument, Ran, Timer, Waiting
from bridge.model.questions import Asked, Question, fingerprint
from bridge.model.reasons import NO_REASON
from bridge.model.values import Plain, moment_text, parse_moment
from bridge.store.journal import BOUND, RECORD, TIMER_COLUMNS, Entry
from bridge.store.past import Remembered
from bridge.store.rows import ClientState, Row, StoredRecord

Pair: TypeAlias = tuple[str, str]
_GONE = object()
_BLINK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry of the journal brought: the values after it, where `entry` itself holds those before.

    `fields` are those of a record that changed (absent ones are `_GONE`), `deleted` whether it is deleted since.
    """

    entry: Entry
    record: StoredRecord | None = None
    fields: Mapping[str, Any] | None = None
    deleted: bool | None = None
    bound: str = ""
    facts: tuple[tuple[Pair, Any], ...] = ()
    edges: tuple[tuple[Pair, Any], ...] = ()
    runs: tuple[tuple[Pair, Any], ...] = ()
    timers: tuple[tuple[str, Any], ...] = ()


class World:
    """What is known of a client at one moment. Changes are applied one after the other, in either direction."""

    def __init__(self, remembered: Remembered) -> None:
        state = remembered.state
        self.remembered = remembered
        self.links: dict[str, str] = dict(remembered.links)
        self.records: dict[str, StoredRecord] = dict(remembered.records)
        self.facts: dict[Pair, Any] = {key: value for key, (value, _at) in state.facts.items()}
        self.edges: dict[Pair, Any] = {key: (edge.value, edge.flips) for key, edge in state.edges.items()}
        self.runs: dict[Pair, Any] = {key: (ran.count, ran.last_at) for key, ran in state.runs.items()}
        self.timers: dict[str, Any] = dict(remembered.timers)
        self._parsed: dict[str, tuple[Any, Timer]] = {}

    def back(self, moment: datetime) -> list[Change]:
        """Goes back to just before the first entry at or after a moment. Gives what lies between, oldest first."""
        later = [entry for entry in self.remembered.entries if entry.at >= moment]
        return [self._take_back(entry) for entry in reversed(later)][::-1]

    def _take_back(self, entry: Entry) -> Change:
        data = entry.data
        if entry.kind == RECORD:
            return self._record_back(entry)
        if entry.kind == BOUND:
            now = _swap(self.links, entry.about, data.get("was") or _GONE)
            return Change(entry, bound="" if now is _GONE else str(now))
        return Change(
            entry,
            facts=_swapped(
                self.facts, [((row[0], row[1]), row[3] if row[2] else _GONE) for row in data.get("facts", ())]
            ),
            edges=_swapped(self.edges, [_mark(row, lambda flips: flips) for row in data.get("edges", ())]),
            runs=_swapped(self.runs, [_mark(row, parse_moment) for row in data.get("runs", ())]),
            timers=_swapped(
                self.timers, [(key, _GONE if row is None else tuple(row)) for key, row in data.get("timers", ())]
            ),
        )

    def _record_back(self, entry: Entry) -> Change:
        record = self.records.get(entry.about)
        if record is None:
            return Change(entry)
        if entry.data.get("first"):
            del self.records[entry.about]
            return Change(entry, record=record)
        was, new = entry.data.get("was", {}), entry.data.get("new", ())
        fields = {name: value for name, value in record.fields.items() if name not in new}
        deleted = entry.data.get("deleted", record.deleted)
        self.records[entry.about] = replace(record, fields={**fields, **was}, deleted=deleted)
        after = {name: record.fields.get(name, _GONE) for name in [*was, *new]}
        return Change(entry, fields=after, deleted=record.deleted)

    def forward(self, change: Change) -> None:
        """What was read or bound is so again. What rules made of it is not: see `rules_made`."""
        about = change.entry.about
        if change.record is not None:
            self.records[about] = change.record
        elif change.fields is not None and about in self.records:
            kept = {**self.records[about].fields, **change.fields}
            fields = {name: value for name, value in kept.items() if value is not _GONE}
            self.records[about] = replace(self.records[about], fields=fields, deleted=bool(change.deleted))
        elif change.entry.kind == BOUND:
            _swap(self.links, about, change.bound or _GONE)

    def rules_made(self, change: Change) -> None:
        """What an entry made of facts, edges, once-flags and timers is so again."""
        for where, what in (
            (self.facts, change.facts),
            (self.edges, change.edges),
            (self.runs, change.runs),
        ):
            _swapped(where, list(what))
        _swapped(self.timers, list(change.timers))

    def live_timers(self) -> dict[str, Timer]:
        """The timers that run."""
        return {key: self._timer(key, row) for key, row in self.timers.items() if row[-1] == "live"}

    def _timer(self, key: str, row: Any) -> Timer:
        """The same row is parsed once: most stay as they are from plan to plan."""
        known = self._parsed.get(key)
        if known is None or known[0] is not row:
            self._parsed[key] = known = (row, timer_of(key, row))
        return known[1]

    # -- the state of a client ------------------------------------------------------------------------------------

    def state(
        self, at: datetime, deliveries: Sequence[Row], blind: Mapping[str, datetime] | None = None
    ) -> ClientState:
        """The client as the store would give it at a moment, with these deliveries made by then.

        Everything counts as read at that moment, but what is in `blind`: that was read before the moment given there.
        What was written outside is left out.
        """
        told, blind = self.remembered, blind or {}
        not_read = {source: min(at, moment - _BLINK) for source, moment in blind.items()}
        read = {source: not_read.get(source, at) for source in told.sources}
        known = {one.id for one in told.state.subjects if one.created_at <= at}
        records: dict[str, list[StoredRecord]] = {}
        chats: dict[str, str] = {}
        for ref, local in self.links.items():
            record = self.records.get(ref)
            if record is not None:
                read_at = not_read.get(f"{record.ref.system}.{record.ref.kind}", at)
                records.setdefault(local, []).append(replace(record, read_at=read_at))
            kind, remote = ref.split(":", 3)[2:]
            if kind == "chat" and (record.fields if record else {}).get("state", "open") == "open":
                chats[local] = remote
        return replace(
            told.state,
            subjects=tuple(one for one in told.state.subjects if one.id in known),
            records={local: tuple(found) for local, found in records.items()},
            facts={key: (value, at) for key, value in self.facts.items()},
            written={},
            moving=moving(deliveries, at),
            chats=chats,
            events=(),
            parked={},
            timers=tuple(sorted(self.live_timers().values(), key=lambda timer: (timer.due, timer.key))),
            edges={key: Edge(bool(value), flips) for key, (value, flips) in self.edges.items()},
            runs={key: Ran(count, last) for key, (count, last) in self.runs.items()},
            documents=documents(deliveries, at),
            waiting=waiting(deliveries, at),
            questions=dict(questions(told.state.questions.values(), at)),
            seen_up_to=read,
        )


def state_at(remembered: Remembered, at: datetime) -> ClientState:
    """What the store would have given of a client at a moment, with nothing left to be planned."""
    world = World(remembered)
    world.back(at + _BLINK)
    state = world.state(at, [row for row in remembered.deliveries if row.created_at <= at])
    written = {(one.subject, one.field): one.value for one in remembered.written if one.at <= at}
    return replace(state, written=written)


def moving(deliveries: Sequence[Row], at: datetime) -> dict[str, str]:
    """Where cards were on their way to."""
    return {
        row.subject: row.decision.list
        for row in deliveries
        if isinstance(row.decision, MoveCard | CreateCard) and row.created_at <= at and not _ended(row, at)
    }


def documents(deliveries: Sequence[Row], at: datetime) -> dict[Pair, MadeDocument]:
    """The newest documents there were, or were being made."""
    given_up = (State.DEAD, State.CANCELLED)
    return {
        (row.subject, row.decision.template): MadeDocument(row.decision.version, row.decision.key)
        for row in deliveries
        if isinstance(row.decision, MakeDocument)
        and row.created_at <= at
        and not (row.state in given_up and _ended(row, at))
    }


def waiting(deliveries: Sequence[Row], at: datetime) -> tuple[Waiting, ...]:
    """What had not started, and could be called off."""
    return tuple(
        Waiting(row.id, row.calls_off, row.subject, row.cause.step)
        for row in deliveries
        if row.calls_off and row.created_at <= at and not _started(row, at) and not _ended(row, at)
    )


def questions(asked: Iterable[Question], at: datetime) -> Iterator[tuple[str, Question]]:
    """The questions of a moment, as they stood."""
    for one in asked:
        if one.asked_at > at:
            continue
        answered = one.answered_at is not None and one.answered_at <= at
        yield (
            one.id,
            one
            if answered or one.state is Asked.OPEN
            else replace(one, state=Asked.OPEN, answer="", by="", answered_at=None, because=NO_REASON, remark=""),
        )


def said_by(row: Row) -> str:
    """The fingerprint of the words of a message that went out."""
    return fingerprint(row.decision) if isinstance(row.decision, SendMessage) and row.first_tried_at else ""


def _ended(row: Row, at: datetime) -> bool:
    return row.ended_at is not None and row.ended_at <= at


def _started(row: Row, at: datetime) -> bool:
    return row.first_tried_at is not None and row.first_tried_at <= at


def _swap(where: dict[Any, Any], key: Any, value: Any) -> Any:
    """Puts a value (`_GONE` for none) in a place, and gives what stood there."""
    before = where.pop(key, _GONE)
    if value is not _GONE:
        where[key] = value
    return before


def _swapped(where: dict[Any, Any], rows: Sequence[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((key, _swap(where, key, value)) for key, value in rows)


def _mark(row: Sequence[Any], second: Any) -> tuple[Pair, Any]:
    """An edge or a once-flag from its row in the journal."""
    return (row[0], row[1]), _GONE if row[2] is None else (row[2], second(row[3]))


def timer_of(key: str, row: Sequence[Any]) -> Timer:
    """A timer from the row in which the journal keeps it."""
    given = dict(zip(TIMER_COLUMNS, row, strict=True))
    return Timer(
        key=key,
        rule=given["rule"],
        subject=given["subject"],
        step=given["step"],
        start=parse_moment(given["start"]),
        due=parse_moment(given["due"]),
        formula=given["formula"],
        occurrence=given["occurrence"],
        because=given["because"],
        data=given["data"],
    )


def timer_row(timer: Timer) -> tuple[Plain, ...]:
    """A timer as the journal keeps it."""
    given: dict[str, Any] = {name: getattr(timer, name) for name in TIMER_COLUMNS if name != "state"}
    given |= {"start": moment_text(timer.start), "due": moment_text(timer.due), "data": dict(timer.data)}
    return (*given.values(), "live")
