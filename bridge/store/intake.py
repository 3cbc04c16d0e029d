"""The intake transaction: everything one page of a source brings, stored whole with its checkpoint."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.checklists import Checklist, Put, parse_checklists, plain_checklists, signed
from bridge.model.decisions import plain_decision
from bridge.model.deliveries import State, delivery_id
from bridge.model.events import Event
from bridge.model.floods import Answer, Flood
from bridge.model.planning import ASKED, Trace, Wanted
from bridge.model.reasons import Reason
from bridge.model.records import Cursor, Record, Ref
from bridge.model.values import Plain, moment_text
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.alarms import Alarms
from bridge.store.floods import Floods
from bridge.store.journal import Journal
from bridge.store.reading import ClientReader, parse_put
from bridge.store.rows import (
    ClientState,
    Expected,
    Row,
    SourceState,
    StoredRecord,
    StoredSubject,
    Token,
    Wait,
    parse_record,
    parse_row,
    parse_subject,
    parse_trace,
    plain_actor,
    plain_cause,
    plain_wait,
)
from bridge.store.statements import upsert

ERASED = "erased"
"""What stands in the place of everything that told whose a row was, once its client is erased."""
_TOLD_BY_EACH = {"label": "labels", "checklist": "checklists"}
"""Fields of a record whose expected values are told one by one, as "label:VIP"."""
_TOKEN_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # noqa: S105 - an alphabet without look-alikes, not a secret


class Intake:
    """What may be asked and written inside one intake transaction. Made by `Store.intake`."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self.workspace = workspace
        self.now = now
        self._places: dict[str, tuple[str, str]] = {}
        self._dirty: set[str] = set()
        self._journal = Journal(connection, workspace, now)
        self.added: list[tuple[Event, str]] = []
        """What is news in this transaction: events, each with its client ("" while nothing is bound)."""

    # -- records ------------------------------------------------------------------------------------------------

    def stored(self, refs: Iterable[Ref]) -> dict[Ref, StoredRecord]:
        """The kept records among `refs`."""
        wanted = set(refs)
        found: dict[Ref, StoredRecord] = {}
        groups: dict[tuple[str, str, str], list[str]] = {}
        for ref in wanted:
            groups.setdefault((ref.system, ref.account, ref.kind), []).append(ref.id)
        for (system, account, kind), ids in groups.items():
            for start in range(0, len(ids), 500):
                given = {"system": system, "account": account, "kind": kind, "ids": ids[start : start + 500]}
                for row in self._c.execute(q.RECORDS, {"workspace": self.workspace, **given}):
                    record = parse_record(row)
                    found[record.ref] = record
        return found

    def living(self, system: str, kind: str) -> set[Ref]:
        """All records of a kind that are not deleted."""
        given = {"workspace": self.workspace, "system": system, "kind": kind}
        return {Ref(system, row.account, kind, row.remote_id) for row in self._c.execute(q.LIVING, given)}

    def put(self, record: Record, version: int) -> None:
        """Keeps a new or changed record."""
        before = self.stored([record.ref]).get(record.ref) if version > 1 else None
        self._journal.record(before, record)
        values = {
            "version": version,
            "hash": record.content_hash,
            "fields": dict(record.fields),
            "url": record.url,
            "changed_at": record.changed_at,
            "read_at": record.read_at,
            "deleted": record.deleted,
        }
        self._upsert(t.records, self._names(record.ref), values)

    def patch(self, ref: Ref, fields: Mapping[str, Plain], by: str, left: Plain = None) -> None:
        """Applies what the receipt of delivery `by` proves, so that nothing is planned from before our own write.

        A field that was read since our write went out (its expected value is gone) holds something newer: it stays.
        `left` is the list that a move of ours took the card out of: when that is the newer value, ours came after it.
        """
        known = self.stored([ref]).get(ref)
        awaited = {name: expected for name, expected in self.expected(ref).items() if expected.delivery == by}
        awaited_names = {_TOLD_BY_EACH.get(name.partition(":")[0], name) for name in awaited}
        if known is not None and left is not None and f"list@{by}" in awaited and known.fields.get("list") == left:
            awaited_names.add("list")
        newer = {
            name: value
            for name, value in fields.items()
            if name.removesuffix("_id") in awaited_names or name in awaited_names
        }
        if known is None or not newer:
            return
        if "checklists" in newer:  # a receipt does not tell who ticked what
            lists = parse_checklists(newer["checklists"])
            newer["checklists"] = plain_checklists(signed(lists, parse_checklists(known.fields.get("checklists")), ()))
        values = {"fields": {**known.fields, **newer}, "version": known.version + 1, "hash": ""}
        self._journal.fields(ref, known, {**known.fields, **newer}, by, deleted=known.deleted)
        self._c.execute(q.CHANGE_RECORD, {**self._the(ref), **values})
        for name in awaited.keys() & newer.keys():
            if name == "list" and not _is_same_list(awaited[name].value, newer[name]):
                self.keep_earlier_move(ref, by)  # a person has moved it on since: the action may still tell of ours
            else:
                # The receipt knows how the source writes it: "Board / List" may come back as "List".
                self.expect(ref, name, newer[name], by)
        # From here on an answer asked for earlier is out of date (see observe).
        self._c.execute(q.CHANGE_EXPECTED, {"the_delivery": by, "at": self.now})

    def keep_checklists(self, kept: StoredRecord, lists: Sequence[Checklist]) -> int:
        """Keeps the lists of a card with what was learnt of them beside a reading; gives the record's new version."""
        fields = {**kept.fields, "checklists": plain_checklists(lists)}
        values = {"fields": fields, "version": kept.version + 1, "hash": ""}
        self._c.execute(q.CHANGE_RECORD, {**self._the(kept.ref), **values})
        return kept.version + 1

    def checklists_put(self, subject: str) -> tuple[Put, ...]:
        """What rules have put, or are about to put, on a subject's card."""
        rows = self._c.execute(q.CHECKLISTS_OF, {"client": self.client_of(subject), "subject": subject})
        return tuple(parse_put(row.decision, row.state) for row in rows)

    def touch(self, ref: Ref, read_at: datetime) -> None:
        """Notes that an unchanged record was read again."""
        self._c.execute(q.CHANGE_RECORD, {**self._the(ref), "read_at": read_at})

    def find_by_url(self, system: str, kind: str, part: str) -> Ref | None:
        """The one living record of a kind whose URL has `part` (a short link) in its path. None for none or several."""
        escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        kind_of = {"workspace": self.workspace, "system": system, "kind": kind}
        rows = self._c.execute(q.LIVING_BY_URL, {**kind_of, "at_end": f"%/{escaped}", "inside": f"%/{escaped}/%"}).all()
        return Ref(system, rows[0].account, kind, rows[0].remote_id) if len(rows) == 1 else None

    # -- binding ------------------------------------------------------------------------------------------------

    def local(self, ref: Ref) -> str:
        """The local id a remote thing is bound to, through aliases; "" when it is not bound."""
        found = self._c.execute(q.LOCAL, self._names(ref)).scalar()
        return self.real(found) if found else ""

    def awaited(self, ref: Ref, url: str) -> tuple[Ref, str] | None:
        """The link by which something named this thing before it was read, and the local thing it was tied to."""
        path = sorted({part for part in url.split("/") if part})
        if not path:
            return None
        given = {"system": ref.system, "account": ref.account, "kind": f"{ref.kind}_link", "ids": path}
        found = self._c.execute(q.LINKS_AMONG, {"workspace": self.workspace, **given}).first()
        if found is None:
            return None
        return Ref(found.system, found.account, found.kind, found.remote_id), self.real(found.local_id)

    def has_link(self, local_id: str, kind: str) -> bool:
        """Whether any system's thing of a kind is bound to a local one."""
        given = {"workspace": self.workspace, "local_id": local_id, "kind": kind}
        return self._c.execute(q.LINKED, given).first() is not None

    def erased(self) -> set[Ref]:
        """The outside things of erased clients: reading them again brings nobody back. A new binding ends it."""
        query = sa.select(t.links).where(
            t.links.c.workspace == self.workspace, t.links.c.local_id == "", t.links.c.because == ERASED
        )
        return {Ref(row.system, row.account, row.kind, row.remote_id) for row in self._c.execute(query)}

    def unbind(self, ref: Ref) -> None:
        """Forgets a binding."""
        self._c.execute(q.UNBIND, self._names(ref))

    def bound(self, local_id: str, system: str, kind: str) -> list[Ref]:
        """The remote things of a kind that are bound to a local one, newest binding first."""
        given = {"workspace": self.workspace, "local_id": local_id, "system": system, "kind": kind}
        return [Ref(row.system, row.account, row.kind, row.remote_id) for row in self._c.execute(q.LINKS_OF, given)]

    def bind(self, ref: Ref, local_id: str, because: str) -> None:
        """Ties a remote thing to a local one; a later binding replaces an earlier one. Its unbound events find home."""
        local_id, client = self._place(local_id)
        before = self.local(ref)
        if before != local_id:
            self._journal.bound(ref, before)
        self._upsert(t.links, self._names(ref), {"local_id": local_id, "because": because, "at": self.now})
        waiting = {"the_workspace": self.workspace, "the_about": str(ref), "subject": local_id, "client": client}
        if self._c.execute(q.BIND_EVENTS, waiting).rowcount:
            self.dirty(client)

    def subject(self, local_id: str) -> StoredSubject | None:
        """A local thing by id."""
        row = self._c.execute(q.SUBJECT, {"id": local_id}).first()
        return parse_subject(row) if row else None

    def client_of(self, local_id: str) -> str:
        """The client a local thing belongs to, through aliases; "" when there is no such thing."""
        return self._place(local_id)[1]

    def children(self, local_id: str, kind: str) -> list[str]:
        """Local things of a kind that belong to another, oldest first."""
        return list(self._c.execute(q.CHILDREN, {"parent": local_id, "kind": kind}).scalars())

    def new_subject(self, kind: str, parent: str, origin: str) -> str:
        """A new local thing. One without a parent is its own client; anything else belongs to its parent's."""
        n = int(self._c.execute(q.LAST_SUBJECT).scalar_one()) + 1
        local_id = f"{kind}-{n}"
        client = local_id if not parent else self.client_of(parent)
        row = {
            "n": n,
            "id": local_id,
            "workspace": self.workspace,
            "kind": kind,
            "parent": parent,
            "client": client,
            "origin": origin,
            "created_at": self.now,
            "alias_of": "",
        }
        self._c.execute(q.NEW_SUBJECT, row)
        if not parent:
            new = {"client": client, "workspace": self.workspace, "version": 0, "dirty": True}
            self._c.execute(q.NEW_CLIENT, new)
        self._places[local_id] = (local_id, client)
        return local_id

    def workspace_subject(self, kind: str) -> str:
        """The one local thing of that kind, which is nobody's; made where it is not there yet."""
        found = self._c.execute(q.SUBJECT_OF_KIND, {"workspace": self.workspace, "kind": kind}).scalar()
        return str(found) if found else self.new_subject(kind, "", "bridge")

    def merge(self, duplicate: str, into: str) -> None:
        """Makes one local thing another name of a second. What belongs to it moves; `into` keeps what it has itself."""
        old, new = self.client_of(duplicate), self.client_of(into)
        self._places.clear()
        moved = [duplicate]
        if old == duplicate:
            moved = list(self._c.execute(sa.select(t.subjects.c.id).where(t.subjects.c.client == old)).scalars())
        self._c.execute(t.subjects.update().where(t.subjects.c.parent == duplicate).values(parent=into))
        for table in (t.subjects, t.events, t.timers, t.deliveries, t.waits, t.traces, t.questions):
            column = table.c.id if table is t.subjects else table.c.subject
            self._c.execute(table.update().where(column.in_(moved)).values(client=new))
        for table in (
            t.events,
            t.timers,
            t.deliveries,
            t.waits,
            t.traces,
            t.documents,
            t.lineage,
            t.tokens,
            t.questions,
        ):
            self._c.execute(table.update().where(table.c.subject == duplicate).values(subject=into))
        for kind in ("chat", "card", "tasks", "fields"):
            lane = t.deliveries.c.lane == f"{kind}:{duplicate}"
            self._c.execute(t.deliveries.update().where(lane).values(lane=f"{kind}:{into}"))
        self._c.execute(t.subjects.update().where(t.subjects.c.id == duplicate).values(alias_of=into))
        self._c.execute(t.links.update().where(t.links.c.local_id == duplicate).values(local_id=into, at=self.now))
        self.floods.merged(duplicate, new)
        self._join_runs(duplicate, into)
        for table, name in ((t.facts, t.facts.c.field), (t.edges, t.edges.c.rule)):
            kept = sa.select(name).where(table.c.subject == into)
            self._c.execute(table.update().where(table.c.subject == duplicate, name.not_in(kept)).values(subject=into))
        self._journal.merged(new)
        self.dirty(old)
        self.dirty(new)

    def _join_runs(self, duplicate: str, into: str) -> None:
        """Once-flags are joined by OR: what ran for either has run for both."""
        for row in self._c.execute(sa.select(t.runs).where(t.runs.c.subject == duplicate)).all():
            same = sa.and_(t.runs.c.rule == row.rule, t.runs.c.subject == into)
            mine = self._c.execute(sa.select(t.runs).where(same)).first()
            count = row.times + (mine.times if mine else 0)
            last_at = max(row.last_at, mine.last_at) if mine else row.last_at
            self._upsert(t.runs, {"rule": row.rule, "subject": into}, {"times": count, "last_at": last_at})

    def real(self, local_id: str) -> str:
        """The local thing that an id means now: merging left the old ids behind as other names."""
        return self._place(local_id)[0]

    def _place(self, local_id: str) -> tuple[str, str]:
        """What an id means now, and whose that is: looked up once a transaction, which alone may change it."""
        if local_id not in self._places:
            row = self._c.execute(q.SUBJECT, {"id": local_id}).first() if local_id else None
            if row is not None and row.alias_of:
                self._places[local_id] = self._place(row.alias_of)
            else:
                self._places[local_id] = (local_id, row.client if row is not None else "")
        return self._places[local_id]

    # -- tokens -------------------------------------------------------------------------------------------------

    def new_token(self, purpose: str, subject: str, length: int = 12) -> str:
        """A random code for a purpose (`start`, `brief`), tied to a subject. Letters and digits nobody mixes up."""
        token = "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(length))
        row = {
            "token": token,
            "workspace": self.workspace,
            "purpose": purpose,
            "subject": subject,
            "created_at": self.now,
            "used_by": "",
        }
        self._c.execute(q.NEW_TOKEN, row)
        return token

    def token(self, token: str, purpose: str) -> Token | None:
        """The code as kept, None when nobody made it."""
        given = {"workspace": self.workspace, "token": token, "purpose": purpose}
        row = self._c.execute(q.TOKEN, given).first()
        if row is None:
            return None
        subject = self.real(row.subject)
        return Token(row.token, row.purpose, subject, row.created_at, row.used_at, row.used_by)

    def use_token(self, token: str, by: str) -> None:
        """Marks a one-time code as used."""
        self._c.execute(q.CHANGE_TOKEN, {"the_token": token, "used_at": self.now, "used_by": by})

    # -- events and facts ---------------------------------------------------------------------------------------

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
        self._c.execute(q.CHANGE_EVENT, {"the_id": event_id, "state": "planned"})

    def has_event(self, event_id: str) -> bool:
        """Whether an event of that id was stored before."""
        return self._c.execute(q.EVENT_KNOWN, {"id": event_id}).first() is not None

    def dirty(self, client: str) -> None:
        """The client has to be planned again; a plan made from an older version can no longer be committed."""
        if client not in self._dirty:  # nobody sees what lies between two changes of one transaction
            self._dirty.add(client)
            self._c.execute(q.DIRTY, {"the_client": client})

    def set_fact(self, subject: str, field: str, value: Plain, origin: str, at: datetime | None = None) -> None:
        """Sets a bridge-owned fact and its lineage."""
        moment = at or self.now
        self._journal.fact(self.client_of(subject), subject, field)
        self._upsert(t.facts, {"subject": subject, "field": field}, {"value": value, "at": moment})
        row = {"subject": subject, "field": field, "value": value, "at": moment, "origin": origin, "delivery": ""}
        self._c.execute(q.LINEAGE, row)
        self.dirty(self.client_of(subject))

    # -- echoes -------------------------------------------------------------------------------------------------

    def expected(self, ref: Ref) -> dict[str, Expected]:
        """What the bridge is writing into a record, by field."""
        rows = self._c.execute(q.EXPECTED, {"ref": str(ref)})
        return {row.field: Expected(row.field, row.value, row.delivery, row.at) for row in rows}

    def seen_expected(self, ref: Ref, field: str) -> None:
        """The expected value came back, or was overtaken by another: it is an echo no more."""
        self._c.execute(q.EXPECTED_SEEN, {"ref": str(ref), "field": field})

    def keep_earlier_move(self, ref: Ref, delivery: str) -> None:
        """Another move came after this one of ours: its state will not be seen, and an action may still tell of it."""
        kept = f"list@{delivery}"
        self._c.execute(q.EXPECTED_SEEN, {"ref": str(ref), "field": kept})
        self._c.execute(q.KEEP_EARLIER_MOVE, {"the_ref": str(ref), "the_delivery": "", "field": kept})

    def expect_no_more(self, delivery: str) -> None:
        """The delivery changed nothing outside: no echo of it will come, and none may be taken for one."""
        self._c.execute(q.EXPECTED_NO_MORE, {"delivery": delivery})

    def delivery_subject(self, mark: str) -> str:
        """The subject of the delivery with that mark; "" when it is not ours."""
        given = {"workspace": self.workspace, "id": mark}
        return str(self._c.execute(q.DELIVERY_SUBJECT, given).scalar() or "")

    def expect(self, ref: Ref, field: str, value: Plain, by: str) -> None:
        """Notes a value that will be told once more by the source, so that the second telling is no second event."""
        keys = {"ref": str(ref), "field": field}
        self._upsert(t.expected, keys, {"value": value, "delivery": by, "at": self.now})

    def find_records(self, system: str, kind: str) -> list[StoredRecord]:
        """All living records of a kind."""
        given = {"workspace": self.workspace, "system": system, "kind": kind}
        return [parse_record(row) for row in self._c.execute(q.LIVING_RECORDS, given)]

    # -- inbox --------------------------------------------------------------------------------------------------

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

    def inbox_number(self, about: str) -> int:
        """The number by which people name something on the desk; never a word that an outsider typed. 0 for nothing."""
        return int(self._c.execute(q.ON_DESK, {"about": about}).scalar() or 0)

    def settle_inbox(self, about: str, how: str) -> None:
        """Takes something off the desk."""
        self._c.execute(q.SETTLE_ON_DESK, {"the_about": about, "settled_at": self.now, "settled": how})

    # -- deliveries ---------------------------------------------------------------------------------------------

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

    def decide(self, delivery: str, state: State, *, reason: Reason, born: Sequence[Event] = ()) -> Row | None:
        """A person's word on a delivery: go, or try again (waiting), not yet (held), never (cancelled), it arrived.

        Only what is not under way can be decided, and only what waits can be held. Gives the row as it was, None when
        there was nothing to decide. A word on an unknown outcome takes the doubt away; else a next attempt still looks
        before it repeats.
        """
        d = t.deliveries
        allowed = {State.UNKNOWN, State.DEAD, State.HELD, State.WAITING}
        row = self.delivery(delivery)
        if row is None or row.state not in allowed or (state is State.HELD and row.state is not State.WAITING):
            return None
        values: dict[str, Any] = {"state": state.value, "reason": str(reason), "lease_until": None}
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

    def answer_missed(self, timer: str, *, go: bool, by: str) -> bool:
        """A person's word on a step that came late and was asked about. False: it is not asked about any more."""
        asked = sa.and_(t.timers.c.key == timer, t.timers.c.state == ASKED)
        row = self._c.execute(sa.select(t.timers.c.client, t.timers.c.data).where(asked)).first()
        if row is None:
            return False
        word = {"state": "live", "ended_because": "", "data": {**row.data, "agreed": by}}
        left_out = {"state": "cancelled", "ended_because": f"left out by {by}"}
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

    # -- too much at once ---------------------------------------------------------------------------------------

    @property
    def floods(self) -> Floods:
        """The breakers, in this transaction."""
        return Floods(self._c, self.workspace, self.now)

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

    # -- what is wrong with the bridge itself ------------------------------------------------------------------

    @property
    def alarms(self) -> Alarms:
        """The alarms, in this transaction."""
        return Alarms(self._c, self.workspace)

    # -- the end of a page --------------------------------------------------------------------------------------

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

    def _names(self, ref: Ref) -> dict[str, str]:
        """The key of the row of a remote thing."""
        return {
            "workspace": self.workspace,
            "system": ref.system,
            "account": ref.account,
            "kind": ref.kind,
            "remote_id": ref.id,
        }

    def _the(self, ref: Ref) -> dict[str, str]:
        """The same for a statement that changes the row."""
        return {f"the_{name}": value for name, value in self._names(ref).items()}

    def _upsert(self, table: sa.Table, keys: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        upsert(self._c, table, keys, values)


def _is_same_list(one: Plain, other: Plain) -> bool:
    """Whether two names mean one list: rules may write "Board / List" where the source says "List"."""
    return str(one).rpartition(" / ")[2] == str(other).rpartition(" / ")[2]


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
