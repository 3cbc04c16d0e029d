"""What came of the writes that keep facts in step: told by their receipts, and by their being called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bridge.engine.context import Context
from bridge.model.canonical import canonical, same
from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Receipt
from bridge.model.events import Actor, Event
from bridge.model.fields import FieldType
from bridge.model.merging import BLANKS, SYNC, Brought
from bridge.model.values import Plain, each_of
from bridge.store.rows import Row, fact_and_ref


def brought_by(row: Row, receipt: Receipt, context: Context) -> tuple[Brought, ...]:
    """What a confirmed write took from one thing to another, where it was made to keep a fact in step.

    Nothing of a value that was refused: the same one is not written again.
    """
    decision, spec = row.decision, context.ruleset.fields.get(row.cause.step)
    if row.cause.rule not in (SYNC, BLANKS) or not isinstance(decision, WriteFields) or spec is None:
        return ()
    if receipt.remote is None:
        return ()
    [(name, value)] = decision.values.items()
    _, subject, source = decision.because[name].split(":", 2)
    # Its owner has the last word: as long as it does not hold a value, nobody else has agreed on that with another one.
    agrees = spec.source_name in (_kind_of(source), _kind_of(str(receipt.remote)))
    customs, system = context.customs, receipt.remote.system
    written = canonical(spec, value, customs, system)
    overtaken = name in _part(receipt, "overtaken")
    made = Brought(spec.key, subject, written, str(receipt.remote), source if agrees else "", overtaken)
    holds = canonical(spec, _part(receipt, "holds").get(name, value), customs, system)
    before = canonical(spec, decision.base.get(name), customs, system)
    if spec.type is FieldType.SET:  # who was there before and is gone somebody else took away
        holds = sorted(each_of(holds) | (each_of(written) & each_of(before))) or None
    if made.overtaken or holds == written or (spec.type is FieldType.SET and each_of(written) <= each_of(holds)):
        return (made,)  # what a set has beside ours somebody else put there: a change, still to be weighed
    return (replace(made, shown=(holds,)),) if holds != before else ()


def withdrawn_by(row: Row) -> tuple[Brought, ...]:
    """That a write which was to keep a fact in step was called off: the same one wanted again is another."""
    decision = row.decision
    if row.cause.rule not in (SYNC, BLANKS) or not isinstance(decision, WriteFields):
        return ()
    spec, ref = fact_and_ref(row.key)
    [(name, value)] = decision.values.items()
    subject = decision.because[name].split(":", 2)[1]
    return (Brought(spec, subject, value, ref, "", overtaken=True),)


def changes_told(row: Row, receipt: Receipt, context: Context, now: datetime) -> tuple[Event, ...]:
    """Changes of facts that people made elsewhere than where the fact is read: they are so from this receipt on."""
    decision = row.decision
    if row.cause.rule not in (SYNC, BLANKS) or not isinstance(decision, WriteFields) or not row.subject:
        return ()
    held = {**_part(receipt, "holds"), **_part(receipt, "overtaken")}
    told: list[Event] = []
    for name, value in decision.values.items():
        new, old = held.get(name, value), decision.base.get(name)
        for spec in context.ruleset.fields.values():
            if spec.source == f"{decision.record}.{name}" and not same(spec, old, new, context.customs):
                told.append(
                    Event(
                        id=f"receipt:{row.id}:{spec.key}",
                        kind="field.changed",
                        at=receipt.at,
                        seen_at=now,
                        actor=Actor(),
                        source=row.connector,
                        subject=row.subject,
                        data={"field": spec.key, "old": old, "new": new},
                        cause=row.cause,
                    )
                )
    return tuple(told)


def _kind_of(ref: str) -> str:
    """The source that a thing is read from: `planfix.task` of `planfix:main:task:7`."""
    system, _, rest = ref.partition(":")
    return f"{system}.{rest.partition(':')[2].partition(':')[0]}"


def _part(receipt: Receipt, name: str) -> Mapping[str, Plain]:
    found = receipt.details.get(name)
    return found if isinstance(found, Mapping) else {}
