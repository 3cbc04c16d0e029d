"""What is kept of outside things, and what of it the bridge itself is writing: its own words come back as echoes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from bridge.model.checklists import Checklist, Put, parse_checklists, plain_checklists, signed
from bridge.model.events import Event
from bridge.model.records import Record, Ref
from bridge.model.values import Plain
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.keys import Keys
from bridge.store.reading import parse_put
from bridge.store.rows import Expected, StoredRecord, parse_event, parse_record

_TOLD_BY_EACH = {"label": "labels", "checklist": "checklists"}
"""Fields of a record whose expected values are told one by one, as "label:VIP"."""
_AT_ONCE = 500
_NEWEST = 20


class Records(Keys):
    """Records and echoes as one transaction sees and changes them."""

    def stored(self, refs: Iterable[Ref]) -> dict[Ref, StoredRecord]:
        """The kept records among `refs`."""
        return stored(self._c, self.workspace, refs)

    def hashes(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """The hashes of the kept records among `refs`; "" for one that was written since it was read."""
        return hashes(self._c, self.workspace, refs)

    def events_about(self, ref: Ref, kind: str) -> list[Event]:
        """The newest events of a kind about a remote thing, newest first."""
        return events_about(self._c, self.workspace, ref, kind)

    def living(self, system: str, kind: str, account: str | None = None) -> set[Ref]:
        """All records of a kind that are not deleted; with an account, those of it."""
        given = {"workspace": self.workspace, "system": system, "kind": kind}
        found = (Ref(system, row.account, kind, row.remote_id) for row in self._c.execute(q.LIVING, given))
        return {ref for ref in found if account in (None, ref.account)}

    def find_records(self, system: str, kind: str) -> list[StoredRecord]:
        """All living records of a kind."""
        given = {"workspace": self.workspace, "system": system, "kind": kind}
        return [parse_record(row) for row in self._c.execute(q.LIVING_RECORDS, given)]

    def names_of_clients(self, system: str, kind: str) -> dict[str, str]:
        """What clients are called by living records of a kind: by local id of the client, the oldest binding first."""
        found: dict[str, str] = {}
        given = {"workspace": self.workspace, "system": system, "kind": kind}
        for local, client, alias, name in self._c.execute(q.NAMES, given):
            whose = self.client_of(local) if alias else client
            if whose and name:
                found.setdefault(whose, name)
        return found

    def put(self, record: Record, before: StoredRecord | None) -> None:
        """Keeps a record that is new, or that was kept as `before`."""
        self._journal.record(before, record)
        values = {
            "version": before.version + 1 if before is not None else 1,
            "hash": record.content_hash,
            "fields": dict(record.fields),
            "url": record.url,
            "changed_at": record.changed_at,
            "read_at": record.read_at,
            "deleted": record.deleted,
            "unknown": sorted(record.unknown) or None,
        }
        self._upsert(t.records, self._names(record.ref), values)
        self._keep_keys(record, new=before is None)

    def patch(
        self,
        ref: Ref,
        fields: Mapping[str, Plain],
        by: str,
        left: Plain = None,
        along: Mapping[str, Plain] = MappingProxyType({}),
    ) -> None:
        """Applies what the receipt of delivery `by` proves, so that nothing is planned from before our own write.

        A field that was read since our write went out (its expected value is gone) holds something newer: it stays.
        `left` is the list that a move of ours took the card out of: when that is the newer value, ours came after it.
        `along` are fields that were not written themselves and show it: they are as new as all of those that were.
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
        shown = dict(along) if newer.keys() == fields.keys() else {}
        newer |= shown
        if "checklists" in newer:  # a receipt does not tell who ticked what
            lists = parse_checklists(newer["checklists"])
            newer["checklists"] = plain_checklists(signed(lists, parse_checklists(known.fields.get("checklists")), ()))
        values = {"fields": {**known.fields, **newer}, "version": known.version + 1, "hash": ""}
        self._journal.fields(ref, known, {**known.fields, **newer}, by, deleted=known.deleted)
        self._c.execute(q.CHANGE_RECORD, {**self._the(ref), **values})
        for name in (awaited.keys() | shown.keys()) & newer.keys():
            if name == "list" and not _is_same_list(awaited[name].value, newer[name]):
                self.keep_earlier_move(ref, by)  # a person has moved it on since: the action may still tell of ours
            else:
                # The receipt knows how the source writes it: "Board / List" may come back as "List".
                self.expect(ref, name, newer[name], by)
        # From here on an answer asked for earlier is out of date (see observe).
        self._c.execute(q.CHANGE_EXPECTED, {"the_delivery": by, "at": self.now})

    def touch(self, ref: Ref, read_at: datetime) -> None:
        """Notes that an unchanged record was read again."""
        self._c.execute(q.CHANGE_RECORD, {**self._the(ref), "read_at": read_at})

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

    def forget_agreed(self, ref: Ref, field: str) -> None:
        """What a thing agreed upon as part of a fact counts no more: the next look at it is like the first one."""
        named = {"the_workspace": self.workspace, "the_ref": str(ref), "the_field": field}
        self._c.execute(q.FORGET_AGREED, named)

    # -- echoes -------------------------------------------------------------------------------------------------

    def expected(self, ref: Ref) -> dict[str, Expected]:
        """What the bridge is writing into a record, by field."""
        rows = self._c.execute(q.EXPECTED, {"ref": str(ref)})
        return {row.field: Expected(row.field, row.value, row.delivery, row.at) for row in rows}

    def expect(self, ref: Ref, field: str, value: Plain, by: str) -> None:
        """Notes a value that will be told once more by the source, so that the second telling is no second event."""
        keys = {"ref": str(ref), "field": field}
        self._upsert(t.expected, keys, {"value": value, "delivery": by, "at": self.now})

    def seen_expected(self, ref: Ref, field: str) -> None:
        """The expected value came back, or was overtaken by another: it is an echo no more."""
        self._c.execute(q.EXPECTED_SEEN, {"ref": str(ref), "field": field})

    def expect_no_more(self, delivery: str) -> None:
        """The delivery changed nothing outside: no echo of it will come, and none may be taken for one."""
        self._c.execute(q.EXPECTED_NO_MORE, {"delivery": delivery})

    def keep_earlier_move(self, ref: Ref, delivery: str) -> None:
        """Another move came after this one of ours: its state will not be seen, and an action may still tell of it."""
        kept = f"list@{delivery}"
        self._c.execute(q.EXPECTED_SEEN, {"ref": str(ref), "field": kept})
        self._c.execute(q.KEEP_EARLIER_MOVE, {"the_ref": str(ref), "the_delivery": "", "field": kept})


def stored(connection: sa.Connection, workspace: str, refs: Iterable[Ref]) -> dict[Ref, StoredRecord]:
    """The kept records among `refs`."""
    found = map(parse_record, _rows(connection, q.RECORDS, workspace, refs))
    return {record.ref: record for record in found}


def events_about(connection: sa.Connection, workspace: str, ref: Ref, kind: str) -> list[Event]:
    """The newest events of a kind about a remote thing, newest first."""
    given = {"workspace": workspace, "about": str(ref), "kind": kind, "at_most": _NEWEST}
    return [parse_event(row) for row in connection.execute(q.EVENTS_ABOUT, given)]


def hashes(connection: sa.Connection, workspace: str, refs: Iterable[Ref]) -> dict[Ref, str]:
    """The hashes of the kept records among `refs`; "" for one that was written since it was read."""
    rows = _rows(connection, q.HASHES, workspace, refs)
    return {Ref(row.system, row.account, row.kind, row.remote_id): row.hash for row in rows}


def _rows(connection: sa.Connection, statement: sa.Select[Any], workspace: str, refs: Iterable[Ref]) -> Iterator[Any]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for ref in set(refs):
        groups.setdefault((ref.system, ref.account, ref.kind), []).append(ref.id)
    for (system, account, kind), ids in groups.items():
        for start in range(0, len(ids), _AT_ONCE):
            given = {"system": system, "account": account, "kind": kind, "ids": ids[start : start + _AT_ONCE]}
            yield from connection.execute(statement, {"workspace": workspace, **given})


def _is_same_list(one: Plain, other: Plain) -> bool:
    """Whether two names mean one list: rules may write "Board / List" where the source says "List"."""
    return str(one).rpartition(" / ")[2] == str(other).rpartition(" / ")[2]
