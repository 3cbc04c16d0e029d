"""The outbox in the database: deliveries are wanted, claimed, intended and settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import sqlalchemy as sa

from bridge.model.correspondents import Correspondent
from bridge.model.decisions import Decision, MakeDocument, SendMessage, WriteFields, plain_decision
from bridge.model.deliveries import OPEN, Receipt, State, StoredFile
from bridge.model.events import Event
from bridge.model.merging import Brought
from bridge.model.planning import Wanted
from bridge.model.reasons import NO_REASON, Reason
from bridge.model.records import Ref
from bridge.model.values import Plain, moment_text
from bridge.store import lanes
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.agreed import Agreements
from bridge.store.base import Base
from bridge.store.correspondents import correspondents
from bridge.store.database import reading, writing
from bridge.store.heads import LOOK, Heads
from bridge.store.intake import Intake, insert_delivery
from bridge.store.journal import Journal
from bridge.store.rows import RETURNED, Row, Wait, parse_row


class Deliveries(Base):
    """Everything about deliveries: their life, and what one of them needs to know before it goes."""

    def __init__(self, url: str, workspace: str = "main") -> None:
        super().__init__(url, workspace)
        self._heads = Heads()

    # -- outbox -------------------------------------------------------------------------------------------------

    def want(self, wanted: Wanted, *, client: str, connector: str, lane: str, now: datetime) -> bool:
        """Puts an effect of the engine's own into the outbox. False: it is there already."""
        with writing(self._engine) as connection:
            return insert_delivery(connection, self.workspace, client, wanted, connector, lane, now)

    def claim(self, now: datetime, lease: timedelta, limit: int = 20, connector: str | None = None) -> list[Row]:
        """Claims due deliveries, at most one a lane: what people wait for first, and what stands before it.

        Two workers never hold the same one: each claim raises the fence, and a claim whose lease ran out is given again
        with its attempt counted, so its new holder must look before repeating. Raises StoreError.
        """
        given = {"workspace": self.workspace, "connector": connector, "now": now, "at_most": limit}
        heads = lanes.DUE_HEADS if connector is None else lanes.DUE_HEADS_OF
        with reading(self._engine) as connection:
            found = connection.execute(heads, given).all()
        return self._claimed(found, now, now + lease)

    def claim_each(
        self, now: datetime, lease: timedelta, room: Mapping[str, int], behind: Mapping[str, int] | None = None
    ) -> list[Row]:
        """As `claim`, for several connectors at once: so many for each, by its name.

        `behind` says how many of them at most may be work that nobody waits for; without a word any number may.
        Where many wait, those found beyond the room there is are claimed next, without another look: see `Heads`.
        """
        until, behind = now + lease, behind or {}
        rows = self._claimed(self._heads.take(room, behind, now), now, until)
        claimed = Counter(row.connector for row in rows)
        unhurried = Counter(row.connector for row in rows if row.unhurried)
        behind = {name: free - unhurried[name] for name, free in behind.items()}
        left = {name: free - claimed[name] for name, free in room.items() if free > claimed[name]}
        if left:
            given = {"workspace": self.workspace, "now": now, "at_most": LOOK}
            with reading(self._engine) as connection:
                for name in left:
                    found = connection.execute(lanes.DUE_HEADS_OF, {**given, "connector": name}).all()
                    self._heads.keep(name, found, now)
            rows += self._claimed(self._heads.take(left, behind, now), now, until)
        return rows

    def _claimed(self, found: Sequence[Any], now: datetime, until: datetime) -> list[Row]:
        """Those of the deliveries found due that could be claimed. Looking costs no write lock."""
        if not found:
            return []
        rows: list[Row] = []
        with writing(self._engine) as connection:
            for row in map(parse_row, found):
                claim = {"the_n": row.n, "the_fence": row.fence, "now": now}
                if connection.execute(lanes.CLAIM, {**claim, "lease_until": until, "fence": row.fence + 1}).rowcount:
                    rows.append(replace(row, state=State.CLAIMED, lease_until=until, fence=row.fence + 1))
        return rows

    def open_writes(self, key: str, now: datetime) -> list[Row]:
        """Deliveries whose keys begin so that have not ended, wait for nobody's word, and which nobody works on."""
        given = {"workspace": self.workspace, "begins": key, "ends": f"{key}\U0010ffff", "now": now}
        with reading(self._engine) as connection:
            return [parse_row(found) for found in connection.execute(lanes.OPEN_WRITES, given)]

    def end_claims(self, now: datetime) -> int:
        """Ends the leases of a process that is gone, so that nothing waits them out. Gives how many there were.

        Only for the process that holds the lock: nobody else can be at work on them.
        """
        with writing(self._engine) as connection:
            return connection.execute(lanes.END_CLAIMS, {"the_workspace": self.workspace, "lease_until": now}).rowcount

    def behind(self, row: Row, now: datetime, limit: int = 40) -> list[Row]:
        """What may go right behind a delivery in its lane: due, untried, and nothing that cannot go in between."""
        given = {"workspace": self.workspace, "lane": row.lane, "after": row.n, "at_most": limit}
        with reading(self._engine) as connection:
            rows = [parse_row(found) for found in connection.execute(lanes.BEHIND, given)]

        def may_go(other: Row) -> bool:
            return other.state is State.WAITING and other.next_at <= now and not other.doubt

        return list(takewhile(may_go, rows))

    def said_before(self, row: Row) -> list[str]:
        """The texts that stand in front of a delivery's own in its message; empty for one that begins a message."""
        if not row.together:
            return []
        given = {"workspace": self.workspace, "lane": row.lane, "first": row.together, "before": row.n}
        with reading(self._engine) as connection:
            rows = [parse_row(found) for found in connection.execute(lanes.SAID_BEFORE, given)]
        return [one.decision.text for one in rows if isinstance(one.decision, SendMessage)]

    def newest_said(self, row: Row) -> Row | None:
        """The last message of a delivery's chat that is out; None where it says something else as well."""
        given = {"workspace": self.workspace, "lane": row.lane}
        with reading(self._engine) as connection:
            found = connection.execute(lanes.LAST_SAID, given).first()
        last = parse_row(found) if found is not None else None
        return last if last is not None and not last.together else None

    def intend(
        self,
        row: Row,
        *,
        now: datetime,
        lease: timedelta,
        decision: Mapping[str, Plain] | None = None,
        expect: Mapping[tuple[str, str], Plain],
        along: Sequence[tuple[Row, Mapping[str, Plain], Mapping[tuple[str, str], Plain]]] = (),
        looks: bool = False,
    ) -> tuple[Row, ...] | None:
        """Commits the intent before the call: from here on the outcome is open until a receipt says otherwise.

        `expect` are the values that will come back as echoes, by (ref, field). The lease counts from here: rows claimed
        together wait for each other. An attempt that `looks` for what an earlier one left expects nothing anew: what
        has come back by now does not come again. `along` are deliveries that nobody has claimed and that go in the same
        call, each as it will be said and with its own echoes. Gives those of them that still could, claimed now, their
        `doubt` as it was before this attempt; None when the lease was lost.
        """
        intent = {"doubt": True, "lease_until": now + lease}
        values: dict[str, Any] = {
            **intent,
            "attempts": row.attempts + 1,
            "first_tried_at": row.first_tried_at or now,
            "together": "",
        }
        if decision is not None:
            values["decision"] = dict(decision)
        taken: list[Row] = []
        with writing(self._engine) as connection:
            mine = {"the_n": row.n, "the_fence": row.fence, "the_state": State.CLAIMED.value}
            if not connection.execute(lanes.CHANGE_DELIVERY_IN, {**mine, **values}).rowcount:
                return None
            expects = [(row, expect)]
            for other, said, echoes in along:
                joined: dict[str, Any] = {
                    **intent,
                    "state": State.CLAIMED,
                    "fence": other.fence + 1,
                    "attempts": other.attempts + 1,
                    "first_tried_at": other.first_tried_at or now,
                    "together": row.id if isinstance(other.decision, SendMessage) else "",
                    "connector": row.connector,
                }
                free = {"the_n": other.n, "the_fence": other.fence, "the_state": State.WAITING.value}
                if connection.execute(lanes.CHANGE_DELIVERY_IN, {**free, **joined, "decision": dict(said)}).rowcount:
                    taken.append(replace(other, **{**joined, "doubt": other.doubt}))
                    expects.append((other, echoes))
            expected = [
                {"ref": ref, "field": field, "value": value, "delivery": one.id, "at": now}
                for one, echoes in expects
                for (ref, field), value in echoes.items()
            ]
            if looks:
                awaited = set(connection.execute(q.EXPECTED_OF, {"delivery": row.id}).scalars())
                expected = [wanted for wanted in expected if wanted["ref"] in awaited]
            _keep_earlier_moves(connection, row, expected)
            q.put(connection, t.expected, ("ref", "field"), ("value", "delivery", "at"), expected)
        return tuple(taken)

    def keep_part(self, row: Row, rest: Decision, receipt: Receipt) -> bool:
        """Writes down that a part of a message is out, and what is left: whatever comes now, that part is not repeated.

        The attempt goes on, and of what is left nothing is in doubt. False when another worker took it over meanwhile.
        """
        values = {"decision": plain_decision(rest), "receipt": _plain_receipt(receipt), "doubt": False}
        with writing(self._engine) as connection:
            mine = {"the_n": row.n, "the_fence": row.fence, **values}
            return bool(connection.execute(lanes.CHANGE_DELIVERY, mine).rowcount)

    def settle(
        self,
        row: Row,
        state: State,
        *,
        now: datetime,
        reason: Reason = NO_REASON,
        next_at: datetime | None = None,
        receipt: Receipt | None = None,
        born: Sequence[Event] = (),
        undone: bool = False,
        bind: tuple[Ref, str] | None = None,
        patch: Mapping[str, Plain] | None = None,
        along: Mapping[str, Plain] | None = None,
        no_effect: bool = False,
        wait: Wait | None = None,
        fresh_past: datetime | None = None,
        wakes: bool = True,
        brought: Sequence[Brought] = (),
        tells: Callable[[Intake], None] | None = None,
        connector: str = "",
    ) -> bool:
        """Ends or reschedules an attempt, and stores what its receipt brings: events, a binding, files, lineage.

        `patch` are fields of the receipt's remote thing that are so from now on, `along` what else shows that in the
        same thing. `no_effect` says that the attempt surely changed nothing: a next one need not look first. `wait`
        names the sources a postponed one waits for; `fresh_past` moves the moment they must have been read past. One
        that does not wake anybody leaves nothing to plan: what is born of it is history. `brought` is what it wrote
        from one place of a fact to another. `tells` says in the same transaction what people must hear. `connector` is
        who does it from now on, where that changes. False when another worker took the delivery over meanwhile (its
        fence moved): then nothing is written.
        """
        values: dict[str, Any] = {"state": state.value, "reason": str(reason), "lease_until": None}
        if next_at is not None:
            values["next_at"] = next_at
        if connector:
            values["connector"] = connector
        if state in (State.CONFIRMED, State.DEAD, State.CANCELLED, State.UNKNOWN, State.SHADOW):
            values["ended_at"] = now
        if receipt is not None:
            values["receipt"] = _plain_receipt(receipt) | ({RETURNED: row.returned} if row.returned else {})
        if no_effect or state is State.CONFIRMED:
            values["doubt"] = False
        if fresh_past is not None:
            values["fresh_past"] = fresh_past
        with writing(self._engine) as connection:
            intake = Intake(connection, self.workspace, now)
            if not connection.execute(
                lanes.CHANGE_DELIVERY, {"the_n": row.n, "the_fence": row.fence, **values}
            ).rowcount:
                return False
            intake.wait(row.id, wait)
            subject = intake.real(row.subject)
            if bind is not None:
                intake.bind(bind[0], bind[1], f"made by {row.id}")
            if receipt is not None:
                if patch and receipt.remote is not None:
                    intake.patch(receipt.remote, patch, row.id, receipt.details.get("from"), along or {})
                _keep_files(connection, self.workspace, subject, row, receipt, now)
                if isinstance(row.decision, WriteFields):
                    owner = intake.local(receipt.remote) if receipt.remote is not None else ""
                    left_alone = receipt.details.get("overtaken")
                    names = row.decision.values.keys() - set(left_alone if isinstance(left_alone, Mapping) else ())
                    _keep_lineage(connection, owner or subject, row, row.decision, names, now)
            # A field that was looked at is known from that moment on: a list that runs behind does not take it back.
            looked_at = isinstance(row.decision, WriteFields)
            if no_effect or (receipt is not None and receipt.already and not looked_at):
                intake.expect_no_more(row.id)
            for one in brought:
                Agreements(connection, self.workspace, now).brought(one)
            if undone:
                # What was called off has not been done: the rule's `repeat` holds nobody back because of it.
                r = t.runs
                Journal(connection, self.workspace, now).changed(row.client, runs=[(row.cause.rule, subject)])
                connection.execute(r.delete().where(r.c.rule == row.cause.rule, r.c.subject == subject))
            for event in born:
                intake.add_event(event, wakes=wakes)
            if row.client and wakes:
                intake.dirty(intake.client_of(row.client))
            if tells is not None:
                tells(intake)
        return True

    def deliveries(
        self, *, states: Sequence[State] = (), client: str = "", delivery: str = "", limit: int = 200
    ) -> list[Row]:
        """Deliveries for people to look at, newest first."""
        here: sa.ColumnElement[Any] = t.deliveries.c.workspace
        if not states and not client:
            here = sa.func.coalesce(here, "")  # the newest are read off backwards, not gathered by an index and sorted
        query = sa.select(t.deliveries).where(here == self.workspace)
        if states:
            query = query.where(t.deliveries.c.state.in_([state.value for state in states]))
        if client:
            query = query.where(t.deliveries.c.client == client)
        if delivery:
            query = query.where(t.deliveries.c.id.startswith(delivery))
        with reading(self._engine) as connection:
            return [parse_row(row) for row in connection.execute(query.order_by(t.deliveries.c.n.desc()).limit(limit))]

    def delivery(self, delivery: str) -> Row | None:
        """A delivery by its id."""
        with reading(self._engine) as connection:
            row = connection.execute(q.DELIVERY, {"workspace": self.workspace, "id": delivery}).first()
        return parse_row(row) if row else None

    def untold(self, words: Sequence[str]) -> list[Row]:
        """Deliveries given up or unknown of which none of these words of the bridge's own tells; oldest first."""
        query = (
            sa.select(t.deliveries)
            .where(
                t.deliveries.c.workspace == self.workspace,
                t.deliveries.c.state.in_([State.UNKNOWN.value, State.DEAD.value]),
            )
            .order_by(t.deliveries.c.n)
        )
        with reading(self._engine) as connection:
            troubled = [parse_row(row) for row in connection.execute(query)]
            given = {"workspace": self.workspace, "rules": list(words)}
            told = set(connection.execute(q.TOLD_OF, given).scalars()) if troubled else set()
        return [row for row in troubled if not {row.id, f"{row.id}:{row.fence}"} & told]

    def was_asked_about(self, row: Row, words: Sequence[str]) -> bool:
        """Whether these words of the bridge's own asked people about a delivery."""
        d = t.deliveries
        theirs = sa.and_(d.c.workspace == self.workspace, d.c.client == row.client, d.c.rule.in_(list(words)))
        about = d.c.cause["event"].as_string().startswith(row.id)
        with reading(self._engine) as connection:
            return connection.execute(sa.select(d.c.n).where(theirs, about).limit(1)).first() is not None

    def decide(
        self, delivery: str, state: State, *, now: datetime, reason: Reason, born: Sequence[Event] = ()
    ) -> Row | None:
        """A person's word on a delivery: go, or try again (waiting), not yet (held), never (cancelled), it arrived.

        Only what is not under way can be decided. Gives the row as it was, None when there was nothing to decide.
        """
        with self.intake(now) as intake:
            return intake.decide(delivery, state, reason=reason, born=born)

    def sent_since(self, client: str, since: datetime) -> int:
        """How many messages a client was sent since then, or may have been."""
        with reading(self._engine) as connection:
            given = {"workspace": self.workspace, "client": client, "since": since}
            return int(connection.execute(q.SENT_SINCE, given).scalar_one())

    def capped_ahead(self, row: Row, now: datetime) -> datetime | None:
        """Until when an earlier message to the same chat waits because of the daily cap; None when none does."""
        given = {"workspace": self.workspace, "lane": row.lane, "before": row.n, "now": now}
        with reading(self._engine) as connection:
            found: datetime | None = connection.execute(q.CAPPED_AHEAD, given).scalar()
        return found

    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(lanes.COUNTS, {"workspace": self.workspace})}

    # -- what a delivery needs to know ----------------------------------------------------------------------------

    def refs_of(self, subject: str) -> dict[str, Ref]:
        """The remote things of a subject and of those it belongs to, by "system.kind"; the nearest, newest one."""
        found: dict[str, Ref] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(q.REFS, {"local_id": subject}):
                if not row.deleted:
                    ref = Ref(row.system, row.account, row.kind, row.remote_id)
                    found.setdefault(f"{row.system}.{row.kind}", ref)
        return found

    def is_being_made(self, client: str, subject: str, template: str, key: str) -> bool:
        """Whether that version of a document is still to be made."""
        d = t.deliveries
        open_ones = sa.and_(d.c.workspace == self.workspace, d.c.state.in_([state.value for state in OPEN]))
        here = sa.and_(d.c.client == client, d.c.subject == subject, d.c.kind == MakeDocument.kind)
        query = sa.select(d.c.decision).where(here, open_ones)
        with reading(self._engine) as connection:
            wanted = connection.execute(query).scalars().all()
        return any((one["template"], one["key"]) == (template, key) for one in wanted)

    def known_as(self, client: str, connector: str, message: SendMessage) -> str:
        """What a service called the document of a message when it was sent before; "" where nobody knows."""
        d = t.deliveries
        sent = sa.and_(d.c.workspace == self.workspace, d.c.client == client, d.c.state == State.CONFIRMED.value)
        same = sa.and_(sent, d.c.kind == SendMessage.kind, d.c.connector == connector)
        query = sa.select(d.c.decision, d.c.receipt).where(same).order_by(d.c.n.desc())
        wanted = (message.document, message.document_key)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = (
            row.receipt for row in rows if (row.decision.get("document"), row.decision.get("document_key")) == wanted
        )
        return next((str(name) for one in found if one and (name := one["details"].get("file_id"))), "")

    def correspondents(self, client: str) -> tuple[Correspondent, ...]:
        """Everybody at a client who has a chat, who came last first."""
        with reading(self._engine) as connection:
            return correspondents(connection, self.workspace, client)

    def file(self, subject: str, template: str, key: str, format_: str) -> StoredFile | None:
        """A made document, None when it was not made (yet)."""
        given = {"subject": subject, "template": template, "key": key, "format": format_}
        with reading(self._engine) as connection:
            row = connection.execute(q.FILE, given).first()
        return StoredFile(row.name, row.media_type, row.content) if row else None


def _keep_earlier_moves(connection: sa.Connection, row: Row, expected: Sequence[Mapping[str, Any]]) -> None:
    """A move of ours whose echo has not come is told by an action of its own: a second move must not forget it."""
    for wanted in expected:
        if wanted["field"] == "list":
            same = {"the_ref": wanted["ref"], "the_delivery": row.id}
            earlier = connection.execute(q.EARLIER_MOVE, same).scalar()
            if earlier:
                kept = f"list@{earlier}"
                connection.execute(q.EXPECTED_SEEN, {"ref": wanted["ref"], "field": kept})
                connection.execute(q.KEEP_EARLIER_MOVE, {**same, "field": kept})


def _keep_files(
    connection: sa.Connection, workspace: str, subject: str, row: Row, receipt: Receipt, now: datetime
) -> None:
    if not receipt.files:
        return
    decision = plain_decision(row.decision)
    for file in receipt.files:
        keys = {
            "subject": subject,
            "template": decision["template"],
            "key": decision["key"],
            "format": file.name.rsplit(".", 1)[-1],
        }
        values = {
            "workspace": workspace,
            "version": decision["version"],
            "name": file.name,
            "media_type": file.media_type,
            "content": file.content,
            "at": now,
        }
        q.upsert(connection, t.documents, keys, values)


def _keep_lineage(
    connection: sa.Connection, subject: str, row: Row, decision: WriteFields, names: Set[str], now: datetime
) -> None:
    """Every value written outside, by the names that were, resolves to where it came from."""
    rows = [
        {
            "subject": subject,
            "field": f"{decision.record}.{name}",
            "value": value,
            "at": now,
            "origin": decision.because.get(name, f"rule:{row.cause.rule}"),
            "delivery": row.id,
        }
        for name, value in decision.values.items()
        if name in names
    ]
    if rows:
        connection.execute(q.LINEAGE, rows)


def _plain_receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "at": moment_text(receipt.at),
        "remote": str(receipt.remote) if receipt.remote else "",
        "already": receipt.already,
        "details": dict(receipt.details),
    }
