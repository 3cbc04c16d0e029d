"""Two places of one fact, brought together against what they last agreed upon. Pure.

What changed since then in one place goes to the others. Where it changed in several, the place named first wins, and
what the others held is kept as a conflict: no value that a person wrote goes unseen. Places that never agreed and
differ are left as they are, and people are asked: nobody can tell which of them is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain

SYNC, BLANKS = "sync", "sync:blank"
"""What stands in a rule's place where the bridge keeps fields in step: of values, and of values taken away."""
OURSELVES, NOBODY = "the bridge", "unknown who"
"""Who gave a value, where no person is known: the bridge itself wrote it, or nobody tells."""


class Why(StrEnum):
    """Why a value was not taken over: another won, its place is not read from, nobody can tell, no such value."""

    OWNER = "owner"
    READ_ONLY = "read_only"
    FIRST_SIGHT = "first_sight"
    NO_SUCH_VALUE = "no_such_value"


@dataclass(frozen=True, slots=True)
class Side:
    """What one thing outside holds of a fact, in its one form (bridge.model.canonical).

    `place` is a mapping name, `ref` the thing. `base` is what stood here when all last agreed, as one of none or one:
    () where they never did. `at` is when the thing changed last, as far as its system tells, and `by` who gave it this
    value, "" where nobody knows.
    """

    place: str
    ref: str
    value: Plain
    base: tuple[Plain, ...] = ()
    at: datetime | None = None
    by: str = ""

    @property
    def changed(self) -> bool:
        """Whether it holds something else than what was agreed upon."""
        return self.value != self.base[0]


@dataclass(frozen=True, slots=True)
class Clash:
    """Values of which not all could be kept: the side that won (None while nobody decides) and those that did not."""

    why: Why
    kept: Side | None
    lost: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: `value` is to be written to `write`, and `source` is the side that it is from.

    `agreed` are the sides that hold it and did not agree on it before. `shared` are sides of a set that differ still,
    each with what it has agreed on by now: the elements that all have, or lack, alike.
    """

    value: Plain = None
    source: Side | None = None
    write: tuple[Side, ...] = ()
    agreed: tuple[Side, ...] = ()
    clash: Clash | None = None
    shared: tuple[Side, ...] = ()


NOTHING = Verdict()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one thing outside held of a fact when all its places last agreed; `base` is () where they never did.

    `subject` is whose fact it was: of another's it says nothing. `round` counts what the bridge has written there since
    it knows the thing: the same value written once more, after others, is another write. `shown` is how the thing shows
    what was agreed upon, where it cannot hold it as it is.
    """

    ref: str
    field: str
    subject: str
    base: tuple[Plain, ...]
    at: datetime
    round: int = 0
    shown: tuple[Plain, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A write of a fact to one thing that was wanted and has not ended: from `base` to `value`, as the thing has them.

    One that is `started` may be there already: only its receipt tells.
    """

    delivery: str
    field: str
    subject: str
    ref: str
    value: Plain
    base: Plain
    started: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A conflict as it is kept: every value, of which place, since when, and whether it is the one that won."""

    key: str
    subject: str
    field: str
    why: Why
    held: tuple[Mapping[str, Plain], ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """A value that the bridge wrote from one thing to another, confirmed; `overtaken` when somebody had been there.

    `source` is "" where the thing that it is from has not agreed on it by that.
    `shown` is what the other one holds now, where it is something else than what was written.
    """

    field: str
    subject: str
    value: Plain
    to: str
    source: str
    overtaken: bool = False
    shown: tuple[Plain, ...] = ()


def merge(spec: FieldSpec, sides: Sequence[Side]) -> Verdict:
    """What becomes of a fact that several places hold; the first is its owner's, and an earlier one outranks a later.

    A place that could not be read is none of the sides. Nothing follows of a single one.
    """
    if len(sides) < 2:
        return NOTHING
    odd = tuple(side for side in sides if not _is_allowed(spec, side.value))
    if odd:
        return Verdict(clash=Clash(Why.NO_SUCH_VALUE, None, odd))
    known = [side for side in sides if side.base]
    if sides[0] not in known or len(known) < 2:
        return _at_first_sight(spec, sides)
    verdict = _merged_sets(spec, known) if spec.type is FieldType.SET else _merged(spec, known)
    return _joined(verdict, [side for side in sides if not side.base])


def _is_allowed(spec: FieldSpec, value: Plain) -> bool:
    """Whether the fact may have this value: a closed choice has no others."""
    if spec.choices is None or value is None:
        return True
    return all(one in spec.choices for one in (value if isinstance(value, (list, tuple)) else [value]))


def _is_empty(value: Plain) -> bool:
    return value is None or value is False


def _at_first_sight(spec: FieldSpec, sides: Sequence[Side]) -> Verdict:
    """Places that never agreed: what only one of them has goes to the empty ones, and nothing else is decided."""
    filled = [side for side in sides if not _is_empty(side.value)]
    source = filled[0] if filled else sides[0]
    differ = any(side.value != source.value for side in filled)
    if differ or (spec.sync == "to" and source.value != sides[0].value):
        return Verdict(clash=Clash(Why.FIRST_SIGHT, None, tuple(filled)))
    return _settled(source.value, source, sides)


def _merged(spec: FieldSpec, sides: Sequence[Side]) -> Verdict:
    changed = [side for side in sides if side.changed]
    owner = sides[0]
    if not owner.changed and any(side.base != owner.base and side.value != owner.value for side in changed):
        changed = [owner, *changed]  # a change made where what the others have agreed on since had not arrived yet
    source = changed[0] if changed and spec.sync == "both" else sides[0]
    lost = tuple(side for side in changed if side.value != source.value)
    why = Why.OWNER if source in changed else Why.READ_ONLY
    return _settled(source.value, source, sides, Clash(why, source, lost) if lost else None)


def _merged_sets(spec: FieldSpec, sides: Sequence[Side]) -> Verdict:
    """Each element by itself: added anywhere it is in, taken away anywhere it is out.

    These two meet only where one side has not got yet what another has agreed on: then the first of them wins.
    """
    if spec.sync != "both":
        return _merged(spec, sides)
    have, had = [_elements(side.value) for side in sides], [_elements(side.base[0]) for side in sides]
    moved = [now ^ before for now, before in zip(have, had, strict=True)]
    added = set().union(*(now - before for now, before in zip(have, had, strict=True)))
    removed = set().union(*(before - now for now, before in zip(have, had, strict=True)))
    met = added & removed
    first = next((n for n, changes in enumerate(moved) if changes & met), 0)
    value = sorted((_elements(sides[0].value) | added) - (removed - (met & have[first]))) or None
    lost = tuple(side for n, side in enumerate(sides) if moved[n] & met & (have[n] ^ have[first]))
    clash = Clash(Why.OWNER, sides[first], lost) if lost else None
    source = next((side for side in sides if side.value == value), None)
    if source is None:
        # Its owner has it first: others that agreed on it before would seem to have changed nothing of their own.
        return Verdict(value, sides[0], (sides[0],), clash=clash, shared=_shared(sides, have, had))
    verdict = _settled(value, source, sides, clash)
    return replace(verdict, shared=_shared(sides, have, had)) if verdict.write else verdict


def _shared(sides: Sequence[Side], have: Sequence[set[str]], had: Sequence[set[str]]) -> tuple[Side, ...]:
    """What all agree on of a set while they differ in the rest: taking away what all have is a change then."""
    by_all, by_any = set.intersection(*have), set.union(*have)
    now = [(before & by_any) | by_all for before in had]
    return tuple(
        replace(side, value=sorted(after) or None)
        for side, before, after in zip(sides, had, now, strict=True)
        if after != before
    )


def _elements(value: Plain) -> set[str]:
    return {str(one) for one in value} if isinstance(value, (list, tuple)) else set()


def _joined(verdict: Verdict, new: Sequence[Side]) -> Verdict:
    """A thing that came to others which agree: it takes their value where it has none, and is asked about otherwise."""
    if verdict.source is None:
        return verdict
    differ = tuple(side for side in new if not _is_empty(side.value) and side.value != verdict.value)
    rest = _settled(verdict.value, verdict.source, [side for side in new if side not in differ])
    clash = verdict.clash or (Clash(Why.FIRST_SIGHT, None, (verdict.source, *differ)) if differ else None)
    return Verdict(
        verdict.value,
        verdict.source,
        (*verdict.write, *rest.write),
        (*verdict.agreed, *rest.agreed),
        clash,
        verdict.shared,
    )


def _settled(value: Plain, source: Side, sides: Sequence[Side], clash: Clash | None = None) -> Verdict:
    write = tuple(side for side in sides if side.value != value)
    agree = tuple(side for side in sides if side.value == value and side.base != (value,))
    # While something is still to be written, what has changed stays so: else the others would seem to have changed.
    return Verdict(value, source, write, () if write else agree, clash)
