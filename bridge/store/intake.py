"""The intake transaction: everything one page of a source brings, stored whole with its checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import NoteTime, SendMessage, plain_decision
from bridge.model.deliveries import State, delivery_id
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.floods import Answer, Flood
from bridge.model.planning import ASKED, Timer, Trace, Wanted
from bridge.model.reasons import LEFT_OUT, Reason
from bridge.model.records import Cursor, Ref
from bridge.model.values import Plain, moment_text
from bridge.store import lanes
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.accesses import Accesses
from bridge.store.alarms import Alarms
from bridge.store.bindings import Bindings
from bridge.store.empties import accept
from bridge.store.floods import Floods
from bridge.store.known_files import KeptFiles
from bridge.store.reading import ClientReader, parse_timer
from bridge.store.records import Records
from bridge.store.rows import (
    RETURNED,
    ClientState,
    InboxItem,
    Row,
    SourceState,
    Wait,
    parse_event,
    parse_inbox_item,
    parse_row,
    parse_trace,
    plain_actor,
    plain_cause,
    plain_wait,
)
from bridge.store.stops import StopsHere

_STANDING = [one.value for one in (State.WAITING, State.CLAIMED, State.CONFIRMED, State.UNKNOWN)]


class Intake(Records, Bindings):
    """What may be asked and written inside one intake transaction. Made by `Store.intake`."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        super().__init__(connection, workspace, now)
        self.added: list[tuple[Event, str]] = []
        """What is news in this transaction: events, each with its client ("" while nothing is bound)."""

    # -- events and facts -----------------------------------------------------------------------------------------

    def add_event(self, event: Event, about: str = "", *, wakes: bool = True) -> bool:
        """Stores an event once; False when its id is known already. Without a subject it waits for a binding.

        One that wakes nobody is kept as history, and nothing is planned because of it.
        """
        subject, client = self._place(event.subject)
        row = {
            "id": event.id,
            "workspace": self.workspace,
            "client": client,
            "subject": subject,
            "about": about,
            "kind": event.kind,
            "at": event.at,
            "seen_at": event.seen_at,
            "actor": plain_actor(event.actor),
            "source": event.source,
            "data": dict(event.data),
            "cause": plain_cause(event.cause) if event.cause else None,
            "state": ("new" if wakes else "planned") if subject else "unbound",
        }
        if not q.insert_new(self._c, t.events, "id", row):
            return False
        self.added.append((event, client))
        if client and wakes:
            self.dirty(client)
        return True

    def keep_quiet(self, event_id: str) -> None:
        """Makes an event history: it is kept, wakes no rule, and is no news."""
        if self.added and self.added[-1][0].id == event_id:
            self.added.pop()
        self._c.execute(q.CHANGE_EVENT, {"the_id": event_id, "state": t.PAST})

    def add_past(self, event: Event, about: str) -> bool:
        """Keeps an event as history; False when its id is known already. Nothing is planned because of it, ever.

        History that is known without who did it, as a first reading tells it, learns that and its true time.
        """
        if self.add_event(event, about, wakes=False):
            self.keep_quiet(event.id)
            return True
        known = self._c.execute(q.EVENT, {"id": event.id}).one()
        if known.state == t.PAST and known.actor == plain_actor(Actor()) and event.actor != Actor():
            better = {"at": event.at, "actor": plain_actor(event.actor), "data": {**known.data, **event.data}}
            self._c.execute(q.CHANGE_EVENT, {"the_id": event.id, **better})
        return False

    def unplanned(self, ref: Ref, kind: str) -> list[Event]:
        """What happened of a kind with a remote thing, and no plan has taken into account yet; the oldest first."""
        given = {"workspace": self.workspace, "about": str(ref), "kind": kind}
        return [parse_event(row) for row in self._c.execute(q.UNPLANNED_ABOUT, given)]

    def hold_back(self, event: Event, data: Mapping[str, Plain]) -> None:
        """Lets an event that nothing is planned on yet say only this."""
        self._c.execute(q.CHANGE_EVENT, {"the_id": event.id, "data": dict(data)})

    def heard_at(self, event_id: str) -> datetime | None:
        """When an event was first read; None for one that is not kept."""
        row = self._c.execute(q.EVENT, {"id": event_id}).first()
        return row.seen_at if row is not None else None

    def has_event(self, event_id: str) -> bool:
        """Whether an event of that id was stored before."""
        return self._c.execute(q.EVENT_KNOWN, {"id": event_id}).first() is not None

    def set_fact(self, subject: str, field: str, value: Plain, origin: str, at: datetime | None = None) -> None:
        """Sets a bridge-owned fact and its lineage."""
        moment = at or self.now
        self._journal.fact(self.client_of(subject), subject, field)
        self._upsert(t.facts, {"subject": subject, "field": field}, {"value": value, "at": moment})
        row = {"subject": subject, "field": field, "value": value, "at": moment, "origin": origin, "delivery": ""}
        self._c.execute(q.LINEAGE, row)
        self.dirty(self.client_of(subject))

    # -- inbox ----------------------------------------------------------------------------------------------------

    def add_inbox(self, kind: str, about: str, summary: Mapping[str, Any]) -> bool:
        """Puts something on people's desk once; False when it lies there already (its summary is renewed).

        What was settled before and comes up again lies there anew.
        """
        known = self._c.execute(q.ON_DESK, {"about": about}).first()
        if known is not None:
            again = {"settled_at": None, "settled": "", "at": self.now} if known.settled_at is not None else {}
            self._c.execute(t.inbox.update().where(t.inbox.c.n == known.n).values(summary=dict(summary), **again))
            return bool(again)
        self._c.execute(
            t.inbox.insert().values(
                workspace=self.workspace, kind=kind, about=about, summary=dict(summary), at=self.now, settled=""
            )
        )
        return True

    def on_desk(self, about: str) -> InboxItem | None:
        """What lies, or lay, on people's desk about something."""
        row = self._c.execute(q.DESK_ITEM, {"about": about}).first()
        return parse_inbox_item(row) if row else None

    def desk(self) -> list[InboxItem]:
        """What lies on people's desk, oldest first."""
        open_ = sa.and_(t.inbox.c.workspace == self.workspace, t.inbox.c.settled_at.is_(None))
        return [parse_inbox_item(row) for row in self._c.execute(sa.select(t.inbox).where(open_).order_by(t.inbox.c.n))]

    def inbox_number(self, about: str) -> int:
        """The number by which people name something on the desk; never a word that an outsider typed. 0 for nothing."""
        return int(self._c.execute(q.ON_DESK, {"about": about}).scalar() or 0)

    def settle_inbox(self, about: str, how: str) -> None:
        """Takes something off the desk."""
        self._c.execute(q.SETTLE_ON_DESK, {"the_about": about, "settled_at": self.now, "settled": how})

    # -- deliveries -----------------------------------------------------------------------------------------------

    def client_state(self, client: str) -> ClientState:
        """Everything kept about a client, as this transaction sees it."""
        return ClientReader(self._c, self.workspace, client).state()

    def newest_trace(self, rule: str, subjects: Sequence[str]) -> Trace | None:
        """The last evaluation of a rule for one of these subjects."""
        of_rule = sa.and_(t.traces.c.rule == rule, t.traces.c.subject.in_(list(subjects)))
        row = self._c.execute(sa.select(t.traces).where(of_rule).order_by(t.traces.c.n.desc()).limit(1)).first()
        return parse_trace(row) if row else None

    def want(self, wanted: Wanted, *, client: str, connector: str, lane: str) -> bool:
        """Puts an effect of the engine's own into the outbox. False: it is there already."""
        return insert_delivery(self._c, self.workspace, client, wanted, connector, lane, self.now)

    def delivery(self, delivery: str) -> Row | None:
        """A delivery by its id."""
        row = self._c.execute(q.DELIVERY, {"workspace": self.workspace, "id": delivery}).first()
        return parse_row(row) if row else None

    def in_message_of(self, row: Row) -> list[Row]:
        """The deliveries that went in one message with this one, itself among them, in their order."""
        given = {"workspace": self.workspace, "lane": row.lane, "first": row.together or row.id}
        return [parse_row(found) for found in self._c.execute(lanes.IN_MESSAGE, given)]

    def messages_to(self, client: str, limit: int = 3) -> list[Row]:
        """The newest messages to a client, newest first."""
        d = t.deliveries
        read = sa.and_(d.c.kind == SendMessage.kind, d.c.decision["to"].as_string() == "client")
        theirs = sa.and_(d.c.workspace == self.workspace, d.c.client == client, read)
        rows = self._c.execute(sa.select(d).where(theirs).order_by(d.c.n.desc()).limit(limit)).all()
        return [parse_row(row) for row in rows]

    def last_heard(self, client: str, kinds: Sequence[str]) -> datetime | None:
        """When a client last did something, or an event of these kinds was about them (UTC); None for never."""
        e = t.events.c
        theirs = sa.or_(e.actor["kind"].as_string() == ActorKind.CLIENT.value, e.kind.in_(list(kinds)))
        here = sa.and_(e.workspace == self.workspace, e.client == client, theirs)
        row = self._c.execute(sa.select(e.at).where(here).order_by(e.at.desc()).limit(1)).first()
        return row.at if row else None

    def due_until(self, moment: datetime) -> list[tuple[str, Timer]]:
        """The steps that come due before a moment, each with its client, soonest first."""
        live = sa.and_(t.timers.c.workspace == self.workspace, t.timers.c.state == "live", t.timers.c.step != "")
        query = sa.select(t.timers).where(live, t.timers.c.due < moment).order_by(t.timers.c.due, t.timers.c.key)
        return [(str(row.client), parse_timer(row)) for row in self._c.execute(query)]

    def time_noted(self, by: str, day: str) -> list[NoteTime]:
        """What a person has noted of one day and what is not given up, oldest first."""
        d = t.deliveries
        of_time = sa.and_(d.c.workspace == self.workspace, d.c.kind == NoteTime.kind, d.c.state.in_(_STANDING))
        theirs = sa.and_(d.c.decision["by"].as_string() == by, d.c.decision["day"].as_string() == day)
        rows = self._c.execute(sa.select(d).where(of_time, theirs).order_by(d.c.n)).all()
        return [made for row in rows if isinstance(made := parse_row(row).decision, NoteTime)]

    def doubtful(self) -> list[Row]:
        """Deliveries of which nobody knows whether they arrived, oldest first."""
        d = t.deliveries
        theirs = sa.and_(d.c.workspace == self.workspace, d.c.state == State.UNKNOWN.value)
        return [parse_row(row) for row in self._c.execute(sa.select(d).where(theirs).order_by(d.c.n)).all()]

    def held(self, client: str) -> list[Row]:
        """What is held of a client, oldest first."""
        d = t.deliveries
        theirs = sa.and_(d.c.workspace == self.workspace, d.c.state == State.HELD.value, d.c.client == client)
        return [parse_row(row) for row in self._c.execute(sa.select(d).where(theirs).order_by(d.c.n)).all()]

    def about_to_write(self, client: str) -> bool:
        """Whether a message to a client is on its way, or a chat became theirs and nothing is planned on that yet."""
        d, e = t.deliveries.c, t.events.c
        under_way = (State.WAITING.value, State.CLAIMED.value)
        messages = sa.select(d.n).where(d.lane == f"chat:{client}", d.state.in_(under_way)).limit(1)
        bound = sa.select(e.sequence).where(e.client == client, e.state == "new", e.kind.in_(("bound", "joined")))
        return any(self._c.execute(one).first() is not None for one in (messages, bound.limit(1)))

    def delivery_subject(self, mark: str) -> str:
        """The subject of the delivery with that mark; "" when it is not ours."""
        given = {"workspace": self.workspace, "id": mark}
        return str(self._c.execute(q.DELIVERY_SUBJECT, given).scalar() or "")

    def decide(self, delivery: str, state: State, *, reason: Reason, born: Sequence[Event] = ()) -> Row | None:
        """A person's word on a delivery: go, or try again (waiting), not yet (held), never (cancelled), it arrived.

        Only what is not under way can be decided, and only what waits can be held. Gives the row as it was, None when
        there was nothing to decide. A word on an unknown outcome takes the doubt away; else a next attempt still looks
        before it repeats. Of a message in parts it is the word on the one that is in doubt: the rest goes on.
        """
        d = t.deliveries
        allowed = {State.UNKNOWN, State.DEAD, State.HELD, State.WAITING}
        row = self.delivery(delivery)
        if row is None or row.state not in allowed or (state is State.HELD and row.state is not State.WAITING):
            return None
        rest = row.decision.rest if isinstance(row.decision, SendMessage) else None
        changed: dict[str, Any] = {}
        if state is State.CONFIRMED and rest is not None:
            state, born, changed = State.WAITING, (), {"decision": plain_decision(rest)}
        values: dict[str, Any] = {"state": state.value, "reason": str(reason), "lease_until": None, **changed}
        values["fence"] = d.c.fence + 1
        if state is State.WAITING:
            values |= {"next_at": self.now, "attempts": 0, "ended_at": None}
            if row.state is State.UNKNOWN or not row.doubt:
                values |= {"first_tried_at": None, "doubt": False}
        elif state is not State.HELD:
            values |= {"ended_at": self.now, "doubt": False}
        self._c.execute(d.update().where(d.c.n == row.n).values(**values))
        self.wait(row.id, None)
        for event in born:
            self.add_event(event)
        if row.client:
            self.dirty(row.client)
        return row

    def came_back(self, row: Row, reason: Reason) -> bool:
        """What was taken for delivered, or may be, was given back: it did not arrive. False: that was known.

        An attempt that is under way still, or of which nobody knows yet, ends with it: whatever its call tells is late.
        It ends as one that failed for good, which people may send again; its receipt tells how often it came back.
        """
        d = t.deliveries
        ended, under_way = (State.CONFIRMED.value, State.UNKNOWN.value), (State.CLAIMED.value, State.WAITING.value)
        went = sa.or_(d.c.state.in_(ended), sa.and_(d.c.doubt.is_(True), d.c.state.in_(under_way)))
        known = sa.and_(d.c.n == row.n, went)
        receipt = {**(row.receipt or {}), RETURNED: row.returned + 1}
        ends = {"state": State.DEAD.value, "reason": str(reason), "ended_at": self.now, "receipt": receipt}
        if not self._c.execute(d.update().where(known).values(**ends, doubt=False, fence=d.c.fence + 1)).rowcount:
            return False
        self.wait(row.id, None)
        self.dirty(row.client)
        return True

    def answer_missed(self, timer: str, *, go: bool, by: str) -> bool:
        """A person's word on a step that came late and was asked about. False: it is not asked about any more."""
        asked = sa.and_(t.timers.c.key == timer, t.timers.c.state == ASKED)
        row = self._c.execute(sa.select(t.timers.c.client, t.timers.c.data).where(asked)).first()
        if row is None:
            return False
        word = {"state": "live", "ended_because": "", "data": {**row.data, "agreed": by}}
        left_out = {"state": "cancelled", "ended_because": str(LEFT_OUT.of(who=by))}
        self._journal.changed(row.client, timers=[timer])
        self._c.execute(t.timers.update().where(asked).values(**(word if go else left_out)))
        self.dirty(row.client)
        return True

    def wait(self, what: str, wait: Wait | None) -> None:
        """Notes what something waits for (the first `since` stays); with None, that it waits for nothing any more."""
        if wait is None:
            self._c.execute(q.WAIT_NO_MORE, {"what": what})
        else:
            q.put(self._c, t.waits, ("what",), ("sources", "past"), [{**plain_wait(wait), "what": what}])

    # -- too much at once -----------------------------------------------------------------------------------------

    @property
    def floods(self) -> Floods:
        """The breakers, in this transaction."""
        return Floods(self._c, self.workspace, self.now)

    @property
    def stops(self) -> StopsHere:
        """What people stopped, in this transaction."""
        return StopsHere(self._c, self.workspace)

    @property
    def files(self) -> KeptFiles:
        """What is known of files, in this transaction."""
        return KeptFiles(self._c, self.workspace, self.now)

    def answer_flood(self, flood: Flood, answer: Answer, by: str) -> int | None:
        """A person's word on a flood: `Floods.answer`, and whom it concerns."""
        return self._flood_ended(flood, lambda: self.floods.answer(flood, answer, by))

    def end_flood(self, flood: Flood, why: Reason) -> int | None:
        """A flood that needs no answer any more: `Floods.over`, and whom it concerns."""
        return self._flood_ended(flood, lambda: self.floods.over(flood, why))

    def _flood_ended(self, flood: Flood, end: Callable[[], int | None]) -> int | None:
        clients = {row.client for row in self.floods.held(flood)}
        count = end()
        for client in sorted(clients - {""}) if count is not None else ():
            self.dirty(client)
        return count

    def accept_empty(self, source: str) -> bool:
        """Takes a person's word that a source is empty on purpose. False: it is not empty."""
        return accept(self._c, self.workspace, source, self.now)

    @property
    def accesses(self) -> Accesses:
        """The accesses that clients hand over, in this transaction."""
        return Accesses(self._c, self)

    # -- what is wrong with the bridge itself ---------------------------------------------------------------------

    @property
    def alarms(self) -> Alarms:
        """The alarms, in this transaction."""
        return Alarms(self._c, self.workspace)

    # -- the end of a page ----------------------------------------------------------------------------------------

    def first_reading(self, connector: str, *, begins: bool, ends: bool) -> bool:
        """Whether a page belongs to the very first reading, which may take several pages and outlive a restart."""
        mark = {"key": f"first-reading:{connector}"}
        under_way = begins or self._c.execute(q.META, mark).first() is not None
        if under_way and ends:
            self._c.execute(q.FORGET, mark)
        elif begins:
            self._upsert(t.meta, mark, {"value": moment_text(self.now)})
        return under_way

    def checkpoint(self, connector: str, cursor: Cursor | None) -> None:
        """Restart goes on from here. Written after everything before it."""
        keys = {"workspace": self.workspace, "connector": connector}
        self._upsert(t.checkpoints, keys, {"cursor": cursor, "at": self.now})

    def sources(self, system: str) -> list[SourceState]:
        """How far the sources of a system were read before this page."""
        rows = self._c.execute(q.SOURCES, {"workspace": self.workspace})
        return [
            SourceState(row.source, row.seen_up_to, row.failing_since, row.error)
            for row in rows
            if row.source.startswith(f"{system}.")
        ]

    def seen(self, seen_up_to: Mapping[str, datetime]) -> None:
        """Notes how far each source was read, and that reading it works again. Never moves back."""
        rows = [{"workspace": self.workspace, "source": name, "seen_up_to": at} for name, at in seen_up_to.items()]
        if rows:
            self._c.execute(q.source_seen(self._c.dialect.name), rows)


def insert_delivery(
    connection: sa.Connection,
    workspace: str,
    client: str,
    wanted: Wanted,
    connector: str,
    lane: str,
    now: datetime,
    state: State | None = None,
) -> bool:
    """A new waiting delivery, or nothing when its key is known: equal key means the same effect, for ever.

    With a `state` it has ended as that before it began.
    """
    row = {
        "id": delivery_id(wanted.key),
        "key": wanted.key,
        "workspace": workspace,
        "client": client,
        "subject": wanted.subject,
        "connector": connector,
        "lane": lane,
        "kind": wanted.decision.kind,
        "decision": plain_decision(wanted.decision),
        "cause": plain_cause(wanted.cause),
        "rule": wanted.cause.rule,
        "state": (state or (State.HELD if wanted.held else State.WAITING)).value,
        "ended_at": now if state is not None else None,
        "next_at": wanted.not_before or now,
        "attempts": 0,
        "doubt": False,
        "fence": 0,
        "calls_off": wanted.calls_off,
        "fresh_past": wanted.fresh_past,
        "background": wanted.background,
        "late": wanted.late,
        "together": "",
        "reason": "",
        "created_at": now,
    }
    return q.insert_new(connection, t.deliveries, "key", row)
