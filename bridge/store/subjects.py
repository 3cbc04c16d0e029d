"""Local things in one transaction: what their ids mean, whose they are, and two that turn out to be one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.records import Ref
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.floods import Floods
from bridge.store.journal import Journal
from bridge.store.rows import StoredSubject, parse_subject
from bridge.store.statements import upsert


class Subjects:
    """Clients, deals and tasks as one transaction sees and changes them."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self.workspace = workspace
        self.now = now
        self._places: dict[str, tuple[str, str]] = {}
        self._dirty: set[str] = set()
        self._journal = Journal(connection, workspace, now)

    def subject(self, local_id: str) -> StoredSubject | None:
        """A local thing by id."""
        row = self._c.execute(q.SUBJECT, {"id": local_id}).first()
        return parse_subject(row) if row else None

    def client_of(self, local_id: str) -> str:
        """The client a local thing belongs to, through aliases; "" when there is no such thing."""
        return self._place(local_id)[1]

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

    def dirty(self, client: str) -> None:
        """The client has to be planned again; a plan made from an older version can no longer be committed."""
        if client not in self._dirty:  # nobody sees what lies between two changes of one transaction
            self._dirty.add(client)
            self._c.execute(q.DIRTY, {"the_client": client})

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
            t.accesses,
            t.access_links,
        ):
            self._c.execute(table.update().where(table.c.subject == duplicate).values(subject=into))
        theirs = t.conflicts.c.subject
        self._c.execute(t.conflicts.update().where(theirs.in_(moved)).values(client=new))
        self._c.execute(t.conflicts.update().where(theirs == duplicate).values(subject=into))
        for kind in ("chat", "card", "tasks", "fields"):
            lane = t.deliveries.c.lane == f"{kind}:{duplicate}"
            self._c.execute(t.deliveries.update().where(lane).values(lane=f"{kind}:{into}"))
        self._c.execute(t.subjects.update().where(t.subjects.c.id == duplicate).values(alias_of=into))
        self._c.execute(t.links.update().where(t.links.c.local_id == duplicate).values(local_id=into, at=self.now))
        Floods(self._c, self.workspace, self.now).merged(duplicate, new)
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
