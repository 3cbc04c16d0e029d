"""By what outside things can be told to be the same person's: phones, e-mails, and the links that lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.model.records import Record, Ref
from bridge.store import statements as q
from bridge.store.subjects import Subjects

PHONE, EMAIL, LINK = "phone", "email", "link"
_SHORT_LINK = re.compile(r"[A-Za-z0-9]{4,40}")
_LONGEST = 200
SEVERAL = 6
"""So many things with one key are asked for: what more of them share names nobody."""


def links_in(url: str, but: Iterable[str] = ()) -> set[str]:
    """The parts of an address's path that may be a short link; words of people and of `but` are none."""
    parts = re.split("[?#]", url.partition("://")[2])[0].split("/")[1:]
    return {part for part in parts if _SHORT_LINK.fullmatch(part)} - {*but}


def keys_of(record: Record) -> set[tuple[str, str]]:
    """The keys of a record, as (what, value). A deleted one has none."""
    if record.deleted:
        return set()
    found = {(LINK, part) for part in links_in(record.url, (record.ref.kind, record.ref.id))}
    found |= {(PHONE, phone) for phone in record.phones} | {(EMAIL, email) for email in record.emails}
    return {(what, value) for what, value in found if 0 < len(value) <= _LONGEST}


class Keys(Subjects):
    """Keys of records as one transaction sees and changes them."""

    def bearers(self, what: str, value: str) -> list[Ref]:
        """The living things with a key, in a stable order; of many only the first few."""
        given = {"workspace": self.workspace, "what": what, "value": value, "several": SEVERAL}
        rows = self._c.execute(q.BEARERS, given)
        return [Ref(row.system, row.account, row.kind, row.remote_id) for row in rows]

    def known_keys(self, ref: Ref) -> set[tuple[str, str]]:
        """The keys of a living thing, as `keys_of` gave them when it was read."""
        return {(row.what, row.value) for row in self._c.execute(q.KEYS_OF, self._names(ref))}

    def find_by_url(self, system: str, kind: str, part: str) -> Ref | None:
        """The one living record of a kind whose URL has `part` (a short link) in its path. None for none or several."""
        given = {"workspace": self.workspace, "what": LINK, "value": part, "system": system, "kind": kind}
        rows = self._c.execute(q.BEARERS_OF_KIND, given).all()
        return Ref(system, rows[0].account, kind, rows[0].remote_id) if len(rows) == 1 else None

    def _keep_keys(self, record: Record, *, new: bool) -> None:
        """Keeps by what a record can be found from now on."""
        names, wanted = self._names(record.ref), keys_of(record)
        known = set() if new else self.known_keys(record.ref)
        for what, value in sorted(known - wanted):
            self._c.execute(q.FORGET_KEY, {**names, "what": what, "value": value})
        rows = [{**names, "what": what, "value": value} for what, value in sorted(wanted - known)]
        if rows:
            self._c.execute(q.NEW_KEY, rows)
