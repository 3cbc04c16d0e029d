"""How much work everybody has: the open deals by whoever a fact names as responsible."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading

_DEALS = sa.select(t.subjects.c.id, t.subjects.c.client).where(
    t.subjects.c.workspace == sa.bindparam("workspace"), t.subjects.c.kind == "deal", t.subjects.c.alias_of == ""
)
_KEYS = ("workspace", "system", "account", "kind", "remote_id")
_RECORDS = (
    sa.select(t.links.c.local_id, t.records.c.fields, t.records.c.deleted)
    .select_from(t.links.join(t.records, sa.and_(*(t.records.c[name] == t.links.c[name] for name in _KEYS))))
    .where(t.links.c.workspace == sa.bindparam("workspace"), t.records.c.kind == sa.bindparam("kind"))
)
_FACTS = sa.select(t.facts.c.subject, t.facts.c.value).where(t.facts.c.field == sa.bindparam("field"))


class Loads(Base):
    """Who is responsible for how many open deals."""

    def open_deals(self, field: str, source: str) -> dict[str, int]:
        """Open deals by person. `source` is where the fact is read from: `planfix.contact.owner`, or `bridge`.

        A deal is open until its card is archived or deleted. Who is responsible for the client is for its deals.
        """
        with reading(self._engine) as connection:
            holders = (
                _from_facts(connection, field) if source == "bridge" else _read(connection, self.workspace, source)
            )
            cards = connection.execute(_RECORDS, {"workspace": self.workspace, "kind": "card"})
            closed = {row.local_id for row in cards if row.deleted or row.fields.get("closed") is True}
            deals = connection.execute(_DEALS, {"workspace": self.workspace}).all()
        found = Counter(holders.get(row.id) or holders.get(row.client) for row in deals if row.id not in closed)
        return {person: count for person, count in sorted(found.items(), key=str) if person is not None}


def _read(connection: sa.Connection, workspace: str, source: str) -> dict[str, str]:
    """Who is named in a field of records, by the local thing these are bound to."""
    _system, _, rest = source.partition(".")
    kind, _, name = rest.partition(".")
    found: dict[str, str] = {}
    for row in connection.execute(_RECORDS, {"workspace": workspace, "kind": kind}):
        value = row.fields.get(name)
        first = next(iter(value), None) if isinstance(value, list) else value
        if isinstance(first, str) and first and not row.deleted:
            found[row.local_id] = first
    return found


def _from_facts(connection: sa.Connection, field: str) -> dict[str, str]:
    rows = connection.execute(_FACTS, {"field": field})
    return {row.subject: row.value for row in rows if isinstance(row.value, str) and row.value}
