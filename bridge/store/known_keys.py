"""What may be asked of phones and e-mails without changing any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.model.records import Ref
from bridge.store import statements as q
from bridge.store.base import Base
from bridge.store.database import reading
from bridge.store.keys import LINK, SEVERAL


class KnownKeys(Base):
    """Phones and e-mails of one workspace."""

    def keys_of(self, refs: Sequence[Ref]) -> set[tuple[str, str]]:
        """The phones and e-mails of these things."""
        found: set[tuple[str, str]] = set()
        with reading(self._engine) as connection:
            for ref in refs:
                names = {"system": ref.system, "account": ref.account, "kind": ref.kind, "remote_id": ref.id}
                rows = connection.execute(q.KEYS_OF, {"workspace": self.workspace, **names})
                found |= {(row.what, row.value) for row in rows if row.what != LINK}
        return found

    def contacts_with(self, keys: Iterable[tuple[str, str]]) -> set[Ref]:
        """The living contacts with one of these. What many things have names nobody."""
        found: set[Ref] = set()
        with reading(self._engine) as connection:
            for what, value in sorted(keys):
                given = {"workspace": self.workspace, "what": what, "value": value, "several": SEVERAL}
                rows = connection.execute(q.BEARERS, given).all()
                refs = {Ref(row.system, row.account, row.kind, row.remote_id) for row in rows}
                found |= {ref for ref in refs if ref.kind == "contact"} if len(rows) < SEVERAL else set()
        return found
