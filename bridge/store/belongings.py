"""What is kept about one client: gathered to be handed over, or erased so that only numbers stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import blank_decision, plain_decision
from bridge.model.deliveries import State
from bridge.model.errors import Conflict
from bridge.model.reasons import DATA_ERASED
from bridge.model.records import Ref
from bridge.model.values import moment_text
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.bindings import ERASED
from bridge.store.database import reading, writing

_PERSONAL = ("name", "phone", "email", "telegram", "username", "phones", "emails")
_TELLING = 5
"""A name or number of fewer letters than this is no proof that a text is about its owner."""


@dataclass(frozen=True, slots=True)
class Document:
    """One made file of a client."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Belongings:
    """Everything kept about one client: plain values by what they are, and the made files."""

    client: str
    content: Mapping[str, Any]
    documents: tuple[Document, ...]


class Clients(Base):
    """What may be done with all that is kept about one client."""

    def belongings(self, client: str) -> Belongings:
        """Everything kept about a client, as plain values in a stable order. Codes of links are left out."""
        with reading(self._engine) as connection:
            return _Client(connection, self.workspace, client).gathered()

    def erase(self, client: str, now: datetime, by: str) -> dict[str, int]:
        """Takes away everything personal that is kept about a client; gives how many rows of what were touched.

        Rows that numbers are made from stay without content. What waited is called off. Things outside keep an
        anonymous mark, so that reading them again makes no new client. Raises Conflict while a delivery is under way.
        What the file still holds in unused places goes with `scrub`.
        """
        with writing(self._engine) as connection:
            counts = _Client(connection, self.workspace, client).erased(now)
            connection.execute(
                t.erasures.insert().values(workspace=self.workspace, client=client, at=now, by=by, counts=counts)
            )
        return counts


class _Client:
    """The rows of one client inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, client: str) -> None:
        self._c = connection
        self._workspace = workspace
        self._client = client
        subjects = sa.select(t.subjects.c.id).where(t.subjects.c.client == client)
        self._ids = list(connection.execute(subjects).scalars())
        links = sa.select(t.links).where(t.links.c.workspace == workspace, t.links.c.local_id.in_(self._ids))
        self._refs = [Ref(r.system, r.account, r.kind, r.remote_id) for r in connection.execute(links)]
        self._names = [str(ref) for ref in self._refs]

    # -- which rows are the client's --------------------------------------------------------------------------------

    def _rows(self) -> Iterator[tuple[str, sa.Table, sa.ColumnElement[bool]]]:
        """Every kind of row with what makes it this client's, in the order in which a person reads them."""
        ids, refs = self._ids, self._names
        d, e, i = t.deliveries.c, t.events.c, t.inbox.c
        yield "subjects", t.subjects, t.subjects.c.id.in_(ids)
        yield "links", t.links, sa.and_(t.links.c.workspace == self._workspace, t.links.c.local_id.in_(ids))
        yield "records", t.records, self._records()
        yield "keys", t.keys, self._records(t.keys)
        yield "facts", t.facts, t.facts.c.subject.in_(ids)
        yield "lineage", t.lineage, t.lineage.c.subject.in_(ids)
        yield "events", t.events, sa.or_(e.client == self._client, e.subject.in_(ids), e.about.in_(refs))
        yield (
            "deliveries",
            t.deliveries,
            sa.or_(
                d.client == self._client,
                d.subject.in_(ids),
                d.cause["event"].as_string().in_(refs),
                sa.and_(d.client == "", d.decision["chat"].as_string().in_(self._chats())),
            ),
        )
        yield "traces", t.traces, sa.or_(t.traces.c.client == self._client, t.traces.c.subject.in_(ids))
        yield "timers", t.timers, sa.or_(t.timers.c.client == self._client, t.timers.c.subject.in_(ids))
        yield "questions", t.questions, sa.or_(t.questions.c.client == self._client, t.questions.c.subject.in_(ids))
        yield "waits", t.waits, sa.or_(t.waits.c.client == self._client, t.waits.c.subject.in_(ids))
        yield "edges", t.edges, t.edges.c.subject.in_(ids)
        yield "runs", t.runs, t.runs.c.subject.in_(ids)
        yield "expected", t.expected, t.expected.c.ref.in_(refs)
        yield "agreed", t.agreed, sa.and_(t.agreed.c.workspace == self._workspace, t.agreed.c.ref.in_(refs))
        yield "files", t.files, sa.and_(t.files.c.workspace == self._workspace, t.files.c.thing.in_(refs))
        yield "conflicts", t.conflicts, sa.or_(t.conflicts.c.client == self._client, t.conflicts.c.subject.in_(ids))
        yield "inbox", t.inbox, sa.or_(i.about.in_(refs), i.summary["client"].as_string().in_(ids))
        yield "tokens", t.tokens, t.tokens.c.subject.in_(ids)
        yield "accesses", t.accesses, t.accesses.c.subject.in_(ids)
        yield "access_links", t.access_links, t.access_links.c.subject.in_(ids)
        yield "documents", t.documents, t.documents.c.subject.in_(ids)
        yield "journal", t.journal, t.journal.c.about.in_([self._client, *ids, *refs])
        yield "stops", t.stops, t.stops.c.about.in_(ids)
        yield "floods", t.floods, t.floods.c.about.in_(ids)
        yield "alarms", t.alarms, t.alarms.c.about.in_([*ids, *refs])

    def _records(self, table: sa.Table = t.records) -> sa.ColumnElement[bool]:
        link = sa.select(sa.literal(1)).where(
            t.links.c.local_id.in_(self._ids),
            *(t.links.c[name] == table.c[name] for name in ("workspace", "system", "account", "kind", "remote_id")),
        )
        return sa.exists(link)

    def _chats(self) -> list[str]:
        return [ref.id for ref in self._refs if ref.kind == "chat"]

    # -- handing over -----------------------------------------------------------------------------------------------

    def gathered(self) -> Belongings:
        content: dict[str, Any] = {"format": 1, "client": self._client}
        documents: list[Document] = []
        for name, table, theirs in self._rows():
            query = sa.select(table).where(theirs).order_by(*table.primary_key.columns)
            rows = [{key: _plain(value) for key, value in row._mapping.items()} for row in self._c.execute(query)]
            for row in rows:
                row.pop("token", None)  # it opens a chat or a form to whoever holds it
                row.pop("sealed", None)  # what a client handed over is read with the key, and nowhere else
                if table is t.documents:
                    folder = f"documents/{row['n']}-"
                    row["file"] = folder + str(row["name"])
                    documents.append(Document(row["file"], row.pop("content")))
            content[name] = rows
        return Belongings(self._client, content, tuple(documents))

    # -- erasing ----------------------------------------------------------------------------------------------------

    def erased(self, now: datetime) -> dict[str, int]:
        rows = {name: (table, theirs) for name, table, theirs in self._rows()}
        personal = self._personal()
        deliveries = [*self._numbers(*rows["deliveries"]), *self._about_nobody(t.deliveries, "decision", personal)]
        events = [*self._numbers(*rows["events"]), *self._about_nobody(t.events, "data", personal)]
        inbox = [*self._numbers(*rows["inbox"]), *self._about_nobody(t.inbox, "summary", personal)]
        counts = {
            "deliveries": self._erase_deliveries(deliveries, now),
            "events": self._erase_events(events),
            "traces": self._blank(*rows["traces"], client="", subject="", event="", reason="", tree=[], change=[]),
            "inbox": self._delete(t.inbox, t.inbox.c.n.in_(inbox)),
        }
        gone = ("records", "facts", "lineage", "timers", "waits", "edges", "runs", "expected", "tokens", "documents")
        others = (
            "accesses",
            "access_links",
            "keys",
            "questions",
            "agreed",
            "files",
            "conflicts",
            "stops",
            "floods",
            "alarms",
            "journal",
        )
        for name in (*gone, *others):
            counts[name] = self._delete(*rows[name])
        counts["links"] = self._erase_links()
        counts["subjects"] = self._blank(*rows["subjects"], parent="", client="", alias_of=ERASED, origin=ERASED)
        self._delete(t.clients, t.clients.c.client == self._client)
        return {name: count for name, count in counts.items() if count}

    def _erase_deliveries(self, numbers: Sequence[int], now: datetime) -> int:
        d = t.deliveries
        theirs = d.c.n.in_(numbers)
        under_way = sa.select(d.c.id).where(theirs, d.c.state == State.CLAIMED.value)
        if (busy := self._c.execute(under_way).scalar()) is not None:
            raise Conflict(f"delivery {busy} of this client is under way; try again in a minute")
        self._delete(t.waits, t.waits.c.what.in_(sa.select(d.c.id).where(theirs)))
        self._delete(t.expected, t.expected.c.delivery.in_(sa.select(d.c.id).where(theirs)))
        unsettled = d.c.state.in_((State.WAITING.value, State.HELD.value, State.UNKNOWN.value, State.DEAD.value))
        self._blank(d, sa.and_(theirs, unsettled), state=State.CANCELLED.value, ended_at=now, fence=d.c.fence + 1)
        kinds = self._c.execute(sa.select(d.c.kind).where(theirs).distinct()).scalars().all()
        touched = 0
        for kind in kinds:
            touched += self._blank(
                d,
                sa.and_(theirs, d.c.kind == kind),
                key=sa.literal(f"{ERASED}:") + d.c.id,
                client="",
                subject="",
                lane=ERASED,
                calls_off="",
                together="",
                decision=plain_decision(blank_decision(kind)),
                cause={"rule": ERASED},
                receipt=None,
                reason=str(DATA_ERASED),
                doubt=False,
            )
        return touched

    def _erase_events(self, numbers: Sequence[int]) -> int:
        e = t.events
        return self._blank(
            e,
            e.c.sequence.in_(numbers),
            id=sa.literal(f"{ERASED}:") + sa.cast(e.c.sequence, sa.String),
            client="",
            subject="",
            about="",
            actor={"kind": "unknown", "id": "", "name": ""},
            data={},
            cause=None,
            state="planned",
            parked_since=None,
        )

    def _erase_links(self) -> int:
        """Things that will be read again keep a mark without a name; chats, and what only pointed, are forgotten."""
        theirs = sa.and_(t.links.c.workspace == self._workspace, t.links.c.local_id.in_(self._ids))
        passing = sa.or_(t.links.c.kind == "chat", t.links.c.kind.endswith("_link"))
        forgotten = self._delete(t.links, sa.and_(theirs, passing))
        return forgotten + self._blank(t.links, theirs, local_id="", because=ERASED)

    def _personal(self) -> set[str]:
        """Words that mean this client wherever they stand: names, numbers and addresses of the contact and the chat."""
        found: set[str] = set()
        query = sa.select(t.records.c.fields).where(self._records(), t.records.c.kind.in_(("contact", "chat")))
        for fields in self._c.execute(query).scalars():
            for key in _PERSONAL:
                values = fields.get(key)
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, str) and len(value) >= _TELLING:
                        found.add(value)
        return found

    def _about_nobody(self, table: sa.Table, column: str, personal: set[str]) -> list[int]:
        """Rows of no client that name this one all the same: a command not understood, a word to the staff chat."""
        if not personal:
            return []
        text = sa.cast(table.c[column], sa.Text)
        written = [json.dumps(word)[1:-1] for word in sorted(personal)]  # as a JSON column holds it
        theirs = sa.or_(*(sa.func.instr(text, word) > 0 for word in written))
        nobody = table.c.client == "" if "client" in table.c else sa.true()
        return self._numbers(table, sa.and_(nobody, theirs))

    def _numbers(self, table: sa.Table, theirs: sa.ColumnElement[bool]) -> list[int]:
        [key] = table.primary_key.columns
        return list(self._c.execute(sa.select(key).where(theirs)).scalars())

    def _delete(self, table: sa.Table, theirs: sa.ColumnElement[bool]) -> int:
        return self._c.execute(table.delete().where(theirs)).rowcount

    def _blank(self, table: sa.Table, theirs: sa.ColumnElement[bool], **values: Any) -> int:
        return self._c.execute(table.update().where(theirs).values(**values)).rowcount


def _plain(value: Any) -> Any:
    return moment_text(value) if isinstance(value, datetime) else value
