"""Looking at the accesses of clients, outside a transaction of one's own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bridge.model.vault import Access, AccessLink
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.intake import Intake
from bridge.store.rows import parse_access
from bridge.store.statements import ACCESS_COLUMNS


class Boxes(Base):
    """The accesses of one workspace."""

    def accesses(self, client: str = "") -> tuple[Access, ...]:
        """The accesses of one client, or of everybody, oldest first."""
        a = t.accesses.c
        theirs = a.subject.in_(sa.select(t.subjects.c.id).where(t.subjects.c.client == client)) if client else sa.true()
        query = (
            sa.select(*ACCESS_COLUMNS).where(a.workspace == self.workspace, theirs).order_by(a.asked_at, a.name, a.id)
        )
        with reading(self._engine) as connection:
            return tuple(parse_access(row) for row in connection.execute(query))

    def access_link(self, digest: str, now: datetime) -> tuple[AccessLink, tuple[Access, ...]] | None:
        """The link with that digest, and the accesses of its deal; None for one that never was, or is long over."""
        with reading(self._engine) as connection:
            accesses = Intake(connection, self.workspace, now).accesses
            link = accesses.link(digest)
            return (link, accesses.of(link.subject)) if link is not None else None
