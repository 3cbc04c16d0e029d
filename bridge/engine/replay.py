"""What rules would have made of what really happened to a client: planned again, moment by moment. Writes nothing.

The outside is as it was: what people did, what was read and when, which sources were blind. What the bridge itself did
then is left out wherever these rules would not have wanted it, and what they would have wanted besides counts as done
at once; only a message to a client is not taken for delivered, since nobody can know that it would have been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.engine.context import Context
from bridge.engine.history import Change, Pair, World, documents, moving, said_by, timer_of, timer_row, waiting
from bridge.engine.marking import with_marks
from bridge.engine.snapshots import LIST_FIELD, snapshot_of
from bridge.model.decisions import CommentCard, CreateCard, LabelCard, MakeDocument, MoveCard, WriteFields
from bridge.model.deliveries import delivery_id
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.planning import ASKED, MadeDocument, Plan, Snapshot, Timer, Trace, Waiting, Wanted
from bridge.model.questions import Question
from bridge.model.reasons import ASKED_FIRST, Reason
from bridge.model.values import Plain, parse_moment
from bridge.store.journal import CHANGED, FACT, PLANNED
from bridge.store.past import Remembered, Written
from bridge.store.rows import Row
from rules.plan import plan

_ROUNDS = 20
_BY_BRIDGE = Actor(ActorKind.BRIDGE)
_RECEIPT, _LIST = "receipt:", "list"


@dataclass(frozen=True, slots=True)
class Would:
    """One effect that would have been wanted, when it was decided, and whether it really was."""

    at: datetime
    wanted: Wanted
    really: Row | None


@dataclass(frozen=True, slots=True)
class Blindness:
    """A source that could not be seen past a moment while something waited for it."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay. `since` is from when on it could begin; None: nothing is known of this client.

    `besides` are effects that really were wanted in that time and would not have been. `timers` run at its end.
    """

    client: str
    since: datetime | None
    would: tuple[Would, ...] = ()
    besides: tuple[Row, ...] = ()
    traces: tuple[Trace, ...] = ()
    blind: tuple[Blindness, ...] = ()
    plans: int = 0
    timers: tuple[Timer, ...] = ()
    called_off: Mapping[str, Reason] = field(default_factory=dict)


def replay(remembered: Remembered, context: Context, since: datetime, until: datetime) -> Replayed:
    """Plans a client's time between two moments once more, under the rules of the context."""
    client = remembered.state.client
    if remembered.since is None or remembered.since > until:
        return Replayed(client, None)
    begins = max(since, remembered.since)
    return _Replay(remembered, context, begins, until).run()


class _Replay:
    def __init__(self, remembered: Remembered, context: Context, begins: datetime, until: datetime) -> None:
        self._told = remembered
        self._context = context
        self._begins, self._until = begins, until
        self._world = World(remembered)
        self._changes = self._world.back(begins)
        self._real_timers = self._world.live_timers()
        self._rows = {row.id: row for row in remembered.deliveries}
        self._would: dict[str, Would] = {}
        self._called_off: dict[str, Reason] = {}
        self._questions: dict[str, Question] = dict(self._world.state(begins, ()).questions)
        self._events: list[Event] = []
        self._taken: set[str] = set()
        self._parked: Mapping[str, datetime] = {}
        self._traces: list[Trace] = []
        self._blind: list[Blindness] = []
        self._tried: set[tuple[str, datetime]] = set()
        self._own_moves: dict[str, str] = {}
        self._written: dict[Pair, Plain] = {}
        self._unwritten = deque(remembered.written)
        self._perhaps: list[Written] = []
        self._coming = deque(sorted(remembered.deliveries, key=lambda row: row.created_at))
        self._open: list[Row] = []
        self._own: dict[str, Wanted] = {}
        self._released: set[str] = set()
        self._plans = 0
        self._wait_already()

    def _wait_already(self) -> None:
        """What was parked before the beginning still waits."""
        parked: dict[str, datetime] = {}
        for entry in self._told.entries:
            if entry.kind == PLANNED and entry.at < self._begins:
                parked = {name: parked.get(name, entry.at) for name in entry.data.get("parked", ())}
        self._events = [self._told.events[name] for name in parked if name in self._told.events]
        self._parked = parked
        self._taken |= parked.keys()

    def run(self) -> Replayed:
        """Entry by entry; between two of them, the steps that these rules alone would have had due."""
        for change in self._changes:
            if change.entry.at > self._until:
                break
            self._time_passes(change.entry.at)
            self._take(change)
        self._time_passes(self._until)
        return Replayed(
            client=self._told.state.client,
            since=self._begins,
            would=tuple(self._would.values()),
            besides=tuple(row for row in self._rows.values() if self._is_missed(row)),
            traces=tuple(self._traces),
            blind=tuple(self._blind),
            plans=self._plans,
            timers=tuple(self._world.live_timers().values()),
            called_off=self._called_off,
        )

    # -- the journal ------------------------------------------------------------------------------------------------

    def _take(self, change: Change) -> None:
        entry = change.entry
        self._real(change)
        if entry.kind == PLANNED:
            self._events += self._events_of(change)
            blind = {source: parse_moment(at) for source, at in entry.data.get("blind", {}).items()}
            self._blind += [Blindness(source, entry.at) for source in blind]
            seen = {source: parse_moment(at) for source, at in entry.data.get("seen", {}).items()}
            self._plan(entry.at, blind, seen)
        elif entry.kind in (FACT, CHANGED):
            known = tuple((key, row) for key, row in change.timers if key in self._world.timers)
            self._world.rules_made(replace(change, timers=known))
        elif self._happens(str(entry.data.get("by", ""))):
            self._world.forward(change)
            if _LIST in (change.fields or {}):
                self._own_moves.pop(self._world.links.get(entry.about, ""), None)

    def _real(self, change: Change) -> None:
        """Which timers really ran: where one of them is due as well, the bridge really was awake, or really was not."""
        for key, row in change.timers:
            runs = isinstance(row, tuple) and row[-1] == "live"
            if runs:
                self._real_timers[key] = timer_of(key, row)
            else:
                self._real_timers.pop(key, None)

    def _events_of(self, change: Change) -> Iterator[Event]:
        data = change.entry.data
        for name in sorted({*data.get("events", ()), *data.get("parked", ())}):
            event = self._told.events.get(name)
            if event is None or name in self._taken:
                continue
            by = name.split(":", 2)[1] if name.startswith(_RECEIPT) else ""
            if self._happens(by):
                self._taken.add(name)
                yield event

    def _happens(self, delivery: str) -> bool:
        """Whether what a delivery brought would be so: it is older, no rule's, or is wanted here too."""
        row = self._rows.get(delivery)
        return not delivery or delivery in self._would or row is None or not self._is_replayed(row)

    def _is_replayed(self, row: Row) -> bool:
        """Whether a delivery came of rules within the time that is replayed."""
        return bool(row.cause.ruleset) and row.created_at >= self._begins

    def _is_missed(self, row: Row) -> bool:
        return self._is_replayed(row) and row.created_at <= self._until and row.id not in self._would

    # -- planning ---------------------------------------------------------------------------------------------------

    def _time_passes(self, until: datetime) -> None:
        """What these rules have due before then, and the real ones had not."""
        while due := [timer for timer in self._world.live_timers().values() if self._is_ours(timer, until)]:
            timer = min(due, key=lambda timer: (timer.due, timer.key))
            self._tried.add((timer.key, timer.due))
            self._plan(timer.due, {}, {})

    def _is_ours(self, timer: Timer, until: datetime) -> bool:
        if timer.due >= until or (timer.key, timer.due) in self._tried:
            return False
        real = self._real_timers.get(timer.key)
        return real is None or real.due != timer.due

    def _plan(self, at: datetime, blind: Mapping[str, datetime], seen: Mapping[str, datetime]) -> None:
        for _round in range(_ROUNDS):
            made = with_marks(plan(self._snapshot(at, blind, seen), self._context.ruleset, self._context.office, at))
            self._plans += 1
            if not self._commit(made, at):
                return

    def _snapshot(self, at: datetime, blind: Mapping[str, datetime], seen: Mapping[str, datetime]) -> Snapshot:
        rows = self._rows_at(at)
        self._write_down(at)
        state = self._world.state(at, rows, blind)
        given = replace(
            state,
            events=tuple(sorted(self._events, key=lambda event: event.sequence)),
            parked=self._parked,
            moving={**moving(rows, at), **self._own_moves},
            documents={**documents(rows, at), **self._own_documents()},
            waiting=(*waiting(rows, at), *self._own_waiting(at)),
            written=dict(self._written),
            questions={one.id: self._with_words(one) for one in self._questions.values()},
            seen_up_to={source: min(moment, seen.get(source, moment)) for source, moment in state.seen_up_to.items()},
        )
        return snapshot_of(given, self._context)

    def _rows_at(self, at: datetime) -> list[Row]:
        """The deliveries that may still matter: those under way, and documents. Time only goes forward."""
        while self._coming and self._coming[0].created_at <= at:
            self._open.append(self._coming.popleft())
        self._open = [
            row
            for row in self._open
            if row.ended_at is None or row.ended_at > at or isinstance(row.decision, MakeDocument)
        ]
        return [row for row in self._open if self._happens(row.id) and row.id not in self._called_off]

    def _write_down(self, at: datetime) -> None:
        """What was written outside by then; of a delivery that is wanted only at this moment, once it is wanted."""
        while self._unwritten and self._unwritten[0].at <= at:
            self._perhaps.append(self._unwritten.popleft())
        for one in self._perhaps:
            if self._happens(one.delivery):
                self._written[(one.subject, one.field)] = one.value
        self._perhaps = [one for one in self._perhaps if not self._happens(one.delivery)]

    def _with_words(self, question: Question) -> Question:
        row = self._rows.get(question.id)
        return replace(question, content=said_by(row)) if row is not None and not question.content else question

    def _commit(self, made: Plan, at: datetime) -> bool:
        """Takes a plan for done. Gives whether what is done without a real counterpart has to be planned on."""
        world = self._world
        planned = set(made.planned)
        self._events = [event for event in self._events if event.id not in planned]
        self._parked = made.parked
        world.facts.update({(one.subject, one.field): one.value for one in made.sets})
        world.edges.update({key: (edge.value, edge.flips) for key, edge in made.edges.items()})
        world.runs.update({key: (ran.count, ran.last_at) for key, ran in made.runs.items()})
        world.timers.update({timer.key: timer_row(timer) for timer in made.timers})
        for key, reason in made.timers_ended.items():
            row = world.timers.pop(key, None)
            if reason == ASKED_FIRST and row is not None:
                world.timers[key] = (*row[:-1], ASKED)
        self._questions.update({one.id: one for one in made.questions})
        self._traces += made.traces
        self._called_off.update(made.called_off)
        self._released |= set(made.released)
        own = [wanted for wanted in made.wanted if self._note(wanted, at)]
        done = [self._done(wanted, at) for wanted in own]
        return any(done)

    def _note(self, wanted: Wanted, at: datetime) -> bool:
        """Notes what is wanted, once. Gives whether it is wanted here alone."""
        name = delivery_id(wanted.key)
        row = self._rows.get(name)
        if name in self._would or (row is not None and not self._is_replayed(row)):
            return False
        self._would[name] = Would(at, wanted, row)
        if row is None:
            self._own[name] = wanted
        return row is None

    # -- what is done here alone --------------------------------------------------------------------------------------

    def _own_documents(self) -> dict[Pair, MadeDocument]:
        return {
            (wanted.subject, wanted.decision.template): MadeDocument(wanted.decision.version, wanted.decision.key)
            for wanted in self._own.values()
            if isinstance(wanted.decision, MakeDocument)
        }

    def _own_waiting(self, at: datetime) -> Iterator[Waiting]:
        for name, wanted in self._own.items():
            held = wanted.held and name not in self._released
            later = wanted.not_before is not None and wanted.not_before > at
            if wanted.calls_off and name not in self._called_off and (held or later):
                yield Waiting(name, wanted.calls_off, wanted.subject, wanted.cause.step)

    def _done(self, wanted: Wanted, at: datetime) -> bool:
        """What an effect changes at once, and the event of its receipt. False: nothing has to be planned on it."""
        name = delivery_id(wanted.key)
        match wanted.decision:
            case MoveCard(list=to, back=back):
                before = self._list_of(wanted.subject)
                self._own_moves[wanted.subject] = to
                if not back and before != to:
                    self._born(wanted, name, "card.moved", {"to": to, "from": before}, at)
            case CreateCard(list=to):
                self._own_moves[wanted.subject] = to
                self._born(wanted, name, "card.created", {"list": to, "origin": "bridge"}, at)
            case CommentCard(text=text):
                self._born(wanted, name, "comment.added", {"text": text}, at)
            case LabelCard(label=label, present=present):
                if not self._label(wanted.subject, label, present):
                    return False
                kind = "label.added" if present else "label.removed"
                self._born(wanted, name, kind, {"label": label}, at)
            case WriteFields(record=record, values=values):
                self._write(wanted.subject, record, values)
            case _:  # a message waits for its receipt, which nobody can know; files and tasks wake no rule
                return False
        return True

    def _born(self, wanted: Wanted, name: str, kind: str, data: Mapping[str, Plain], at: datetime) -> None:
        sequence = 1 + max((event.sequence for event in self._told.events.values()), default=0) + len(self._taken)
        ident = f"{_RECEIPT}{name}:{kind}"
        event = Event(ident, kind, at, at, _BY_BRIDGE, "bridge", wanted.subject, data, wanted.cause, sequence)
        self._taken.add(ident)
        self._events.append(event)

    def _list_of(self, subject: str) -> str | None:
        spec = self._context.ruleset.fields.get(LIST_FIELD)
        if subject in self._own_moves or spec is None:
            return self._own_moves.get(subject)
        _name, fields = self._record_of(subject, spec.source_name)
        value = fields.get(spec.source.rpartition(".")[2])
        return value if isinstance(value, str) else None

    def _label(self, subject: str, label: str, present: bool) -> bool:
        ref, fields = self._record_of(subject, "trello.card")
        labels = fields.get("labels")
        has = [str(one) for one in labels] if isinstance(labels, list) else []
        if not ref or (label in has) is present:
            return False
        after = [*has, label] if present else [one for one in has if one != label]
        self._put(ref, {"labels": after})
        return True

    def _write(self, subject: str, record: str, values: Mapping[str, Plain]) -> None:
        ref, _fields = self._record_of(subject, record)
        if ref:
            self._put(ref, values)
            owner = self._world.links[ref]
            self._written.update({(owner, f"{record}.{name}"): value for name, value in values.items()})

    def _put(self, ref: str, values: Mapping[str, Plain]) -> None:
        record = self._world.records[ref]
        self._world.records[ref] = replace(record, fields={**record.fields, **values})

    def _record_of(self, subject: str, kind: str) -> tuple[str, Mapping[str, Plain]]:
        """The record of a kind that the subject has, or the one it belongs to."""
        parents = {one.id: one.parent for one in self._told.state.subjects}
        here: str | None = subject
        while here:
            for ref, local in self._world.links.items():
                record = self._world.records.get(ref)
                if record is not None and local == here and f"{record.ref.system}.{record.ref.kind}" == kind:
                    return ref, record.fields
            here = parents.get(here)
        return "", {}
