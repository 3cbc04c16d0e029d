"""What of a page is news, found out before the transaction that takes it in: others need not wait for the comparing.

A board of which one card has changed comes whole. Inside the transaction only the hashes of the others are looked at
once more: a record that was written meanwhile has another one, and is compared there as if nothing had been known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.model.checklists import Tick, parse_checklists, plain_checklists, signed
from bridge.model.records import Happening, Page, Record, Ref
from bridge.store import Store
from bridge.store.intake import Intake
from bridge.store.rows import StoredRecord

TICKED = "checklist.ticked"
"""Somebody ticked a line of a checklist, or took the tick back: kept as history, and no rule hears it by itself."""

EDITED = "field.edited"
"""Somebody gave a field of a thing another value: `field` is its name in the record, `value` what that shows then.

Kept as history, and no rule hears it by itself: it tells who made the change that the state shows, and when.
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """The records of a page that were kept as the page shows them when they were looked at, each with its hash."""

    same: Mapping[Ref, str]

    def news(self, records: Iterable[Record], intake: Intake) -> list[Record]:
        """Those of the records that are not, or not any more, kept as they are."""
        kept = intake.hashes(self.same)
        return [one for one in records if one.ref not in self.same or kept.get(one.ref) != self.same[one.ref]]


def compare(store: Store, page: Page) -> Compared:
    """Looks at all records of a page. Writes nothing."""
    kept = store.hashes(record.ref for record in page.records)
    ticks = ticks_of(page.happenings)
    needed = [one.ref for one in page.records if one.ref in kept and (one.unknown or one.fields.get("checklists"))]
    known = store.kept(needed)
    same: dict[Ref, str] = {}
    for record in page.records:
        if record.ref in kept:
            shown = with_kept(record, known.get(record.ref), ticks.get(record.ref, ()))
            if shown.content_hash == kept[record.ref]:
                same[record.ref] = kept[record.ref]
    return Compared(same)


def ticks_of(happenings: Iterable[Happening]) -> dict[Ref, list[Tick]]:
    """What was ticked on each card, in the order in which it is told."""
    found: dict[Ref, list[Tick]] = {}
    for one in happenings:
        if one.kind == TICKED:
            tick = Tick(str(one.data.get("item", "")), one.data.get("done") is True, one.actor.id)
            found.setdefault(one.about, []).append(tick)
    return found


def with_kept(record: Record, before: StoredRecord | None, ticks: Sequence[Tick]) -> Record:
    """The record with what only we can know of it.

    A name that could not be read keeps the value it had when it last could. And the state of a card does not tell who
    ticked a line of its lists: its actions do.
    """
    if record.unknown and before is not None:
        last = {name: before.fields[name] for name in record.unknown if name in before.fields}
        record = replace(record, fields={**last, **record.fields})
    return _with_hands(record, before, ticks)


def _with_hands(record: Record, before: StoredRecord | None, ticks: Sequence[Tick]) -> Record:
    if "checklists" not in record.fields:
        return record
    known = parse_checklists(before.fields.get("checklists")) if before is not None else ()
    lists = signed(parse_checklists(record.fields["checklists"]), known, ticks)
    return replace(record, fields={**record.fields, "checklists": plain_checklists(lists)})
