"""Keeping facts in step that several outside things hold: what is to be written where, and what nobody could keep.

It is decided together with the plan of a client, on the same state, and committed with it. What a write comes to is
told by its receipt: only then do both ends agree. So a write that is still under way is waited for, one that waits and
is outdated is withdrawn, and one that a person has overtaken is weighed anew against what that person wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bridge.engine.accounts import system_of
from bridge.engine.comparing import EDITED
from bridge.engine.context import Context
from bridge.model.canonical import as_written, canonical
from bridge.model.decisions import STAFF_CHAT, CommentCard, CommentTask, Decision, SendMessage, WriteFields
from bridge.model.events import Cause, Event, trace_id
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.merging import (
    BLANKS,
    NOBODY,
    OURSELVES,
    SYNC,
    Agreed,
    Clash,
    Kept,
    Pending,
    Side,
    Verdict,
    merge,
)
from bridge.model.planning import Blind, Plan, Wanted
from bridge.model.records import Ref
from bridge.model.values import Plain, each_of, moment_text
from bridge.store.rows import ClientState, StoredRecord, StoredSubject
from rules.conditions import shown
from rules.facts import Facts
from rules.speaking import Said, say

_DECIDED, _OPEN = "system.differed", "system.differs"
"""What is told of values of which one won, and of values between which nobody can choose."""
_SYSTEMS = {"trello": "Trello", "planfix": "Planfix"}
_NOBODY = {"uk": "невідомо хто", "ru": "неизвестно кто"}
_OURSELVES = {"uk": "міст", "ru": "мост"}
_CLOCKS_APART = timedelta(minutes=1)
"""How far a vendor's clock may be off."""
_DATED = ("planfix",)
"""Systems whose things tell of any change when they were changed last; a card's custom fields move no date of it."""
_TO_THE_MINUTE = timedelta(minutes=1)
"""How exactly they tell it (Planfix' `datetime`)."""
Told: TypeAlias = Callable[[Ref, str], Sequence[Event]]
"""What happened to a remote thing of one kind, newest first."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """One thing outside that holds a fact, and the local thing that it belongs to."""

    place: str
    local: str
    record: StoredRecord

    @property
    def name(self) -> str:
        return self.place.rpartition(".")[2]

    @property
    def source(self) -> str:
        return self.place.rpartition(".")[0]


@dataclass
class _Found:
    wanted: list[Wanted] = field(default_factory=list)
    agreed: list[Agreed] = field(default_factory=list)
    shared: list[Agreed] = field(default_factory=list)
    conflicts: list[Kept] = field(default_factory=list)
    blind: list[Blind] = field(default_factory=list)
    withdrawn: list[Pending] = field(default_factory=list)


def synced(context: Context) -> tuple[FieldSpec, ...]:
    """The facts that are kept in step."""
    return tuple(spec for spec in context.ruleset.fields.values() if spec.sync != "none" and spec.also)


def with_sync(
    plan: Plan,
    state: ClientState,
    context: Context,
    now: datetime,
    facts: Callable[[], Facts],
    told: Told = lambda _ref, _kind: (),
) -> Plan:
    """The plan with what keeps this client's facts in step.

    `facts` and what was `told` of the things are asked for only where people are told of a conflict.
    """
    specs = synced(context)
    if not specs:
        return plan
    found = _Found()
    for spec in specs:
        for subject in state.subjects:
            if subject.kind == spec.subject:
                _Fact(spec, subject, state, context, now, facts, told).weigh(found)
    return replace(
        plan,
        wanted=(*plan.wanted, *found.wanted),
        blind=(*plan.blind, *found.blind),
        agreed=tuple(found.agreed),
        shared=tuple(found.shared),
        conflicts=tuple(found.conflicts),
        withdrawn=tuple(found.withdrawn),
    )


def agreements(
    ref: Ref, specs: Sequence[FieldSpec], context: Context, now: datetime, state: ClientState
) -> list[Agreed]:
    """What all places of these facts of a client were read to agree on, and did not before.

    `ref` is about to hold something else: it counts only if it still held the same when the others surely held it.
    """
    subjects = [(spec, one) for spec in specs for one in state.subjects if one.kind == spec.subject]
    facts = [_Fact(spec, subject, state, context, now, _not_told, _silent) for spec, subject in subjects]
    return [found for fact in facts for found in fact.agreed(str(ref))]


def _not_told() -> Facts:
    raise AssertionError("nobody is told of what all agree on")


def _silent(_ref: Ref, _kind: str) -> Sequence[Event]:
    return ()


class _Fact:
    """One fact of one local thing, wherever it is held."""

    def __init__(
        self,
        spec: FieldSpec,
        subject: StoredSubject,
        state: ClientState,
        context: Context,
        now: datetime,
        facts: Callable[[], Facts],
        told: Told,
    ) -> None:
        self._spec = spec
        self._raw: dict[str, Plain] = {}
        self._told_of = told
        self._subject = subject
        self._state = state
        self._context = context
        self._now = now
        self._facts = facts

    def weigh(self, found: _Found) -> None:
        """Adds what follows for this fact."""
        things = {str(thing.record.ref): thing for thing in self._things()}
        sides = self._sides(things, found)
        if not sides:
            return
        verdict = merge(self._spec, sides)
        wanted = {side.ref: self._write(things[side.ref], verdict) for side in verdict.write}
        for side in sides if len(sides) > 1 else ():
            self._want(side, wanted.get(side.ref), things[side.ref].local, found)
        if len(sides) == 1:
            found.withdrawn += self._overtaken(sides[0], things[sides[0].ref])
        found.agreed += [self._agreement(side) for side in verdict.agreed]
        if verdict.clash is None:
            found.shared += [self._agreement_in_part(side, sides) for side in verdict.shared]
        if verdict.clash is not None:
            clash = replace(
                verdict.clash,
                kept=self._with_who(verdict.clash.kept, things) if verdict.clash.kept is not None else None,
                lost=tuple(self._with_who(side, things) for side in verdict.clash.lost),
            )
            kept = self._kept(clash, sides)
            found.conflicts.append(kept)
            found.wanted += self._told(kept, clash, things)

    def agreed(self, last: str) -> Iterator[Agreed]:
        """What all places agreed on when that thing was read last, which was after all others had come to hold it."""
        things = {str(thing.record.ref): thing for thing in self._things()}
        sides = self._sides(things, _Found()) if last in things else []
        read_at = max((thing.record.read_at for thing in things.values()), default=self._now)
        seen = self._state.seen_up_to.get(self._context.accounts.source(things[last].record.ref)) if sides else None
        if seen is None or any(_held_since(thing.record) > seen for ref, thing in things.items() if ref != last):
            return
        for side in merge(self._spec, sides).agreed:
            known = self._agreed(side.ref)
            yield replace(self._agreement(side), at=max(read_at, known.at) if known is not None else read_at)

    # -- what is held ---------------------------------------------------------------------------------------------

    def _sides(self, things: Mapping[str, _Thing], found: _Found) -> list[Side]:
        """What each of them holds; nothing while that cannot be told of all, or the owner is not among them."""
        sides: list[Side] = []
        if any(one.started and one.field == self._spec.key and one.ref in things for one in self._state.pending):
            return []  # what stands there may be ours or a person's: it is weighed once that is known
        for ref, thing in things.items():
            side = self._side(ref, thing)
            if (since := self._unsure_since(side, thing)) is not None:
                name = f"{SYNC}:{self._spec.key}:{ref}"
                source = self._context.accounts.source(thing.record.ref)
                found.blind.append(Blind(name, thing.local, (source,), since, SYNC))
                return []
            sides.append(side)
        if not sides or sides[0].place != self._spec.source:
            return []
        if self._spec.of_people and self._spec.type is FieldType.SET:
            return self._with_strangers(sides, things)
        return sides

    def _things(self) -> Iterator[_Thing]:
        """The newest living thing for each place and local thing; those below the owner hold its facts as well.

        One whose field cannot be read has no part in it meanwhile, and an archived card rests.
        """
        below = [one.id for one in self._state.subjects if self._subject.id in (one.id, one.parent)]
        for place in (self._spec.source, *self._spec.also):
            kind, _, name = place.rpartition(".")
            for local in [self._subject.id] if place == self._spec.source else below:
                records = [
                    record
                    for record in self._state.records.get(local, ())
                    if not record.deleted and f"{record.ref.system}.{record.ref.kind}" == kind
                ]
                if records and _is_readable(records[-1], name):
                    yield _Thing(place, local, records[-1])

    def _side(self, ref: str, thing: _Thing) -> Side:
        agreed = self._agreed(ref)
        plain = thing.record.fields[thing.name]
        value = canonical(self._spec, plain, self._context.customs, thing.record.ref.system)
        self._raw[ref] = value
        if agreed is not None and agreed.shown == (value,):
            [value] = agreed.base  # what was written, as it is held there
        elif agreed is not None and agreed.shown and agreed.base and self._spec.type is FieldType.SET:
            base, shown = each_of(agreed.base[0]), each_of(agreed.shown[0])
            value = sorted((each_of(value) - (shown - base)) | (base - shown)) or None
        return Side(thing.place, ref, value, agreed.base if agreed else (), thing.record.changed_at)

    def _with_strangers(self, sides: Sequence[Side], things: Mapping[str, _Thing]) -> list[Side]:
        """Of people whom a system does not know, its things say nothing: they count as there while others hold them."""
        everyone = set().union(*(each_of(side.value) for side in sides))
        found = []
        for side in sides:
            strangers = {one for one in everyone if not self._may_hold(things[side.ref], one)}
            found.append(replace(side, value=sorted(each_of(side.value) | strangers) or None))
        return found

    def _may_hold(self, thing: _Thing, person: str) -> bool:
        """Whether somebody can be put into a thing, or is there already."""
        known = self._context.office.directory.people.get(person)
        ids = {system_of(name) for name in known.ids} if known is not None else set()
        return thing.record.ref.system in ids or person in each_of(self._raw[str(thing.record.ref)])

    def _agreed(self, ref: str) -> Agreed | None:
        """What this thing agreed upon as part of this fact; of what it was part of before, nothing follows."""
        known = self._state.agreed.get((ref, self._spec.key))
        return known if known is not None and known.subject == self._subject.id else None

    def _unsure_since(self, side: Side, thing: _Thing) -> datetime | None:
        """Since when a thing that seems to have changed would have to be read: lists may show what was before."""
        agreed = self._agreed(side.ref)
        if agreed is None or not agreed.base or not side.changed:
            return None
        seen = self._state.seen_up_to.get(self._context.accounts.source(thing.record.ref))
        return agreed.at if seen is None or seen <= agreed.at else None

    # -- what follows ---------------------------------------------------------------------------------------------

    def _want(self, side: Side, wanted: WriteFields | None, local: str, found: _Found) -> None:
        """Wants a write, and withdraws those that were wanted for another value and wait still.

        While one is under way its receipt is waited for: only then is it known what is still to be written.
        """
        pending = [one for one in self._state.pending if (one.ref, one.field) == (side.ref, self._spec.key)]
        outdated = [one for one in pending if not one.started and (wanted is None or not _is_that(one, wanted))]
        found.withdrawn += outdated
        if wanted is None or len(outdated) < len(pending):
            return
        agreed = self._state.agreed.get((side.ref, self._spec.key))
        count = (agreed.round if agreed is not None else 0) + len(outdated)
        [value] = wanted.values.values()
        key = f"{SYNC}:{self._spec.key}:{side.ref}:{count}:{_short([self._subject.id, side.value, value])}"
        rule = BLANKS if value is None else SYNC
        cause = Cause(rule, self._spec.key, "", 0, trace_id(key))
        # What a thing gets when it is first seen comes by the thousand with an import; later somebody has changed it.
        found.wanted.append(Wanted(key, wanted, local, cause, background=agreed is None))

    def _overtaken(self, side: Side, thing: _Thing) -> Iterator[Pending]:
        """Writes from a thing that rests into one that has changed since: they are weighed anew when it is back."""
        for one in self._state.pending:
            base = canonical(self._spec, one.base, self._context.customs, thing.record.ref.system)
            if (one.ref, one.field) == (side.ref, self._spec.key) and not one.started and base != self._raw[side.ref]:
                yield one

    def _write(self, thing: _Thing, verdict: Verdict) -> WriteFields:
        value = verdict.value
        if self._spec.of_people and isinstance(value, list):
            value = [one for one in value if self._may_hold(thing, str(one))]
        value = as_written(self._spec, value, thing.record.ref.system)
        source = verdict.source.ref if verdict.source is not None else ""
        return WriteFields(
            thing.source,
            {thing.name: value},
            {thing.name: f"{SYNC}:{self._subject.id}:{source}"},
            {thing.name: thing.record.fields[thing.name]},
        )

    def _agreement(self, side: Side) -> Agreed:
        raw = self._raw[side.ref]
        shown = (raw,) if self._spec.of_people and raw != side.value else ()
        return Agreed(side.ref, self._spec.key, self._subject.id, (side.value,), self._now, shown=shown)

    def _agreement_in_part(self, shared: Side, sides: Sequence[Side]) -> Agreed:
        whole = next(side for side in sides if side.ref == shared.ref)
        strangers = (each_of(whole.value) - each_of(self._raw[shared.ref])) & each_of(shared.value)
        shown = (sorted(each_of(shared.value) - strangers) or None,) if strangers else ()
        return Agreed(shared.ref, self._spec.key, self._subject.id, (shared.value,), self._now, shown=shown)

    def _with_who(self, side: Side, things: Mapping[str, _Thing]) -> Side:
        """The side with who gave it its value and when, as far as its system tells; nobody is guessed."""
        thing = things[side.ref]
        system, customs = thing.record.ref.system, self._context.customs

        def is_held(plain: Plain) -> bool:
            return canonical(self._spec, plain, customs, system) == side.value

        ours = (thing.local, side.place)
        if ours in self._state.written and is_held(self._state.written[ours]):
            return replace(side, by=OURSELVES)
        agreed = self._agreed(side.ref)
        edits = [
            one
            for one in self._told_of(thing.record.ref, EDITED)
            if one.data.get("field") == thing.name and (agreed is None or one.at >= agreed.at - _CLOCKS_APART)
        ]
        newest = max(edits, key=lambda one: one.at, default=None)
        if newest is None or not is_held(newest.data.get("value")):
            # Neither system dates a field by itself: a thing last changed before all agreed has not told of this value.
            earlier = agreed is not None and side.at is not None and side.at <= agreed.at
            return replace(side, at=None) if earlier else side
        name = self._context.office.directory.name(newest.actor.id) if newest.actor.id else ""
        return replace(side, by=newest.actor.name or name, at=newest.at)

    def _kept(self, clash: Clash, sides: Sequence[Side]) -> Kept:
        concerned = [*([clash.kept] if clash.kept is not None else []), *clash.lost]
        held = [
            {
                "place": side.place,
                "ref": side.ref,
                "value": side.value,
                "at": moment_text(side.at) if side.at is not None else None,
                "by": side.by,
                "won": side is clash.kept,
            }
            for side in {side.ref: side for side in concerned}.values()
        ]
        # The same values are another conflict once all have agreed in between, and none before.
        since = [moment_text(agreed.at) for side in sides if (agreed := self._agreed(side.ref)) is not None]
        named = [self._spec.key, self._subject.id, clash.why.value, since]
        key = _short([*named, *([one["ref"], one["value"]] for one in held)])
        return Kept(key, self._subject.id, self._spec.key, clash.why, tuple(held))

    # -- what people are told -------------------------------------------------------------------------------------

    def _told(self, kept: Kept, clash: Clash, things: Mapping[str, _Thing]) -> Iterator[Wanted]:
        """On each card that holds the fact, in the chat of staff where none may show it; and on the deals' tasks."""
        cards = sorted({thing.local for thing in things.values() if thing.record.ref.kind == "card"})
        shown_on_cards = cards if not self._spec.commercial else []
        key = f"{SYNC}:told:{kept.key}"
        told = {f"{key}:{local}": (local, "card") for local in shown_on_cards} or {
            f"{key}:{self._subject.id}": (self._subject.id, "chat")
        }
        told |= {f"{key}:{local}:task": (local, "task") for local in self._deals_with_a_task()}
        for name, (local, where) in told.items():
            decision = self._words(local, clash, where)
            if decision is not None:
                yield Wanted(name, decision, local, Cause(SYNC, self._spec.key, "", 0, trace_id(name)))

    def _deals_with_a_task(self) -> list[str]:
        below = [one.id for one in self._state.subjects if self._subject.id in (one.id, one.parent)]
        records = self._state.records
        return [
            one for one in below if any(kept.ref.kind == "task" and not kept.deleted for kept in records.get(one, ()))
        ]

    def _words(self, local: str, clash: Clash, where: str) -> Decision | None:
        ruleset = self._context.ruleset
        language = ruleset.defaults.language
        template = _DECIDED if clash.kept is not None else _OPEN
        kept = {"kept": "", "kept_title": ""}
        if clash.kept is not None:
            kept = {"kept": self._readable(clash.kept.value), "kept_title": self._where(clash.kept)}
        rows = [{"title": self._where(side), "given": self._readable(side.value), **kept} for side in clash.lost]
        names = {"conflict.name": self._spec.titles.get(language, self._spec.key), "conflict.rows": rows}
        markup = "trello" if where == "card" else "telegram"
        said = say(ruleset, self._facts(), local, template, language, markup=markup, extra=names)
        if not isinstance(said, Said):
            return None
        if where == "card":
            return CommentCard(said.text, template)
        if where == "task":
            return CommentTask(said.text, template)
        return SendMessage(STAFF_CHAT, said.text, template, language)

    def _where(self, side: Side) -> str:
        """The system that held it, who entered it there and when, by the agency's clock."""
        system, language = side.place.partition(".")[0], self._context.ruleset.defaults.language
        who = side.by or _NOBODY.get(language, NOBODY)
        who = _OURSELVES.get(language, OURSELVES) if side.by == OURSELVES else who
        named = f"{_SYSTEMS.get(system, system)}, {who}"
        if side.at is None:
            return named
        return f"{named}, {side.at.astimezone(ZoneInfo(self._context.ruleset.zone)):%d.%m.%Y %H:%M}"

    def _readable(self, value: Plain) -> str:
        if value is None:
            return "—"
        if self._spec.type is FieldType.CHOICE:
            return self._spec.called(str(value), self._context.ruleset.defaults.language)
        if self._spec.type is FieldType.PERSON:
            return self._context.office.directory.name(str(value))
        try:
            return shown(parse_value(self._spec, value))
        except ValueError:
            return str(value)


def _held_since(record: StoredRecord) -> datetime:
    """From when on a thing surely held what is kept of it: when it was read, or changed last where that is told.

    Its date says nothing of what a receipt has told since it was read: such a record has no hash.
    """
    if record.changed_at is None or record.ref.system not in _DATED or not record.hash:
        return record.read_at
    return min(record.read_at, record.changed_at + _TO_THE_MINUTE + _CLOCKS_APART)


def _is_readable(record: StoredRecord, name: str) -> bool:
    return name in record.fields and name not in record.unknown and record.fields.get("closed") is not True


def _is_that(one: Pending, wanted: WriteFields) -> bool:
    """Whether a write that waits is the one that is wanted: the same value in the place of the same other one."""
    [name] = wanted.values
    return (one.value, one.base) == (wanted.values[name], wanted.base[name])


def _short(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
