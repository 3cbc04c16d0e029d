"""What was read earlier and not weighed yet, before a newer reading takes its place.

A thing shows one value at a time. That two places held the same, or that what a write wants stood there, may have been
read and not been thought of when somebody changes it again: that change is one of what both held.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from bridge.engine.comparing import Compared
from bridge.engine.context import Context
from bridge.engine.syncing import agreements, synced
from bridge.engine.written import brought_by, changes_told
from bridge.model.canonical import same
from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Receipt, State
from bridge.model.fields import FieldSpec
from bridge.model.merging import SYNC
from bridge.model.records import Page, Record
from bridge.store import Store
from bridge.store.rows import StoredRecord


def weigh_earlier(store: Store, page: Page, context: Context, now: datetime, compared: Compared | None = None) -> None:
    """Weighs what is kept of the facts that a page shows to be otherwise now. Writes in transactions of its own."""
    if not synced(context):
        return
    news = [one for one in page.records if not one.deleted and (compared is None or one.ref not in compared.same)]
    kept = store.kept(one.ref for one in news)
    for record in news:
        before = kept.get(record.ref)
        if before is None or before.deleted or record.read_at < before.read_at:
            continue
        changed = dict(_changed(record, before, context))
        for name, spec in changed.items():
            _end_what_arrived(store, before, name, spec, context, now)
        if changed:
            store.agree_on(record.ref, now, partial(agreements, record.ref, tuple(changed.values()), context, now))


def _changed(record: Record, before: StoredRecord, context: Context) -> Iterator[tuple[str, FieldSpec]]:
    """The facts kept in step that a record shows otherwise than it is kept, by the names they have in it."""
    kind = f"{record.ref.system}.{record.ref.kind}."
    for spec in synced(context):
        for place in (spec.source, *spec.also):
            name = place.removeprefix(kind)
            known = name in record.fields and name in before.fields and name not in before.unknown
            if place == f"{kind}{name}" and known and record.fields[name] != before.fields[name]:
                yield name, spec


def _end_what_arrived(
    store: Store, before: StoredRecord, name: str, spec: FieldSpec, context: Context, now: datetime
) -> None:
    """Ends a write whose thing was read to hold what it wanted, by us or by somebody else: a next look is too late."""
    held = before.fields[name]
    for row in store.open_writes(f"{SYNC}:{spec.key}:{before.ref}:", now):
        decision = row.decision
        if not isinstance(decision, WriteFields) or same(spec, decision.base.get(name), held, context.customs):
            continue
        if same(spec, decision.values[name], held, context.customs):
            receipt = Receipt(before.read_at, before.ref, details={"holds": {name: held}})
            told, brought = changes_told(row, receipt, context, now), brought_by(row, receipt, context)
            store.settle(row, State.CONFIRMED, now=now, receipt=receipt, born=told, brought=brought)
