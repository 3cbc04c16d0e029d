"""What is known of the content of files on outside things. It outlives the files: none is hung on a thing twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from bridge.model.decisions import AttachDocument, CopyFile
from bridge.model.deliveries import OPEN
from bridge.model.records import Ref
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.known_files import KnownFile
from bridge.store.rows import parse_ref


class Files(Base):
    """The files of one workspace."""

    def files_on(self, things: Collection[Ref]) -> Mapping[Ref, tuple[KnownFile, ...]]:
        """What is known of the files on these things."""
        by_name = {str(thing): thing for thing in things}
        found: dict[Ref, tuple[KnownFile, ...]] = {}
        query = sa.select(t.files).where(t.files.c.workspace == self.workspace, t.files.c.thing.in_(by_name))
        with reading(self._engine) as connection:
            for row in connection.execute(query) if by_name else ():
                known = KnownFile(parse_ref(row.file), row.hash, row.ours)
                found[by_name[row.thing]] = (*found.get(by_name[row.thing], ()), known)
        return found

    def copies_wanted(self, client: str) -> set[str]:
        """The keys of the copies that were ever wanted for a client, as far as they are kept."""
        return self._of(client, CopyFile.kind, t.deliveries.c.key)

    def documents_hung(self, client: str) -> set[str]:
        """The files that documents of a client became, also where nothing was known of files at that time."""
        return self._of(client, AttachDocument.kind, t.deliveries.c.receipt["remote"].as_string())

    def _of(self, client: str, kind: str, what: sa.ColumnElement[str]) -> set[str]:
        d = t.deliveries.c
        query = sa.select(what).where(d.client == client, d.kind == kind, d.workspace == self.workspace)
        with reading(self._engine) as connection:
            return {one for one in connection.execute(query).scalars() if one}

    def upload_open(self, client: str, but: str) -> bool:
        """Whether another upload for a client has been tried whose outcome is not known yet."""
        d = t.deliveries.c
        query = sa.select(d.id).where(
            d.workspace == self.workspace,
            d.client == client,
            d.kind.in_([AttachDocument.kind, CopyFile.kind]),
            d.state.in_([state.value for state in OPEN]),
            d.doubt.is_(True),
            d.id != but,
        )
        with reading(self._engine) as connection:
            return connection.execute(query.limit(1)).first() is not None
