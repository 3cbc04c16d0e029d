"""The smallest change that would make a condition true: the fewest facts, each with what it would have to be.

Two clauses about one fact are looked at together, so that nothing impossible is ever asked for: no fact is said to have
to be two things at once. A part of a change never does it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldType
from bridge.model.values import Money
from rules.calendars import shifted
from rules.conditions import Clause, Condition, Group, answer_of, compiled, shown
from rules.lengths import Length

_MOST = 20_000
"""Combinations that are looked through for facts with several clauses; past that the clauses count one by one."""
_OTHER = "…"
"""A text that is none of those named."""
_MANY_LABELS = 6
OPPOSITE = {"is": "is_not", "one_of": "none_of", "has": "lacks", "over": "at_most", "under": "at_least"}
OPPOSITE |= {there: here for here, there in OPPOSITE.items()}
"""The comparison that is true when another is false, where there is one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one fact would have to be: these clauses about it true or false. `clauses` are all about the same fact."""

    clauses: tuple[tuple[Clause, bool], ...]

    @property
    def field(self) -> str:
        """The fact."""
        return self.clauses[0][0].field

    def __str__(self) -> str:
        return " and ".join(
            _wish(clause, want) if place == 0 else _wish(clause, want).removeprefix(f"{clause.field} ")
            for place, (clause, want) in enumerate(self.clauses)
        )

    def example(self, now: datetime) -> Any:
        """A value that would do, None for empty."""
        clauses = [clause for clause, _want in self.clauses]
        wanted = tuple(want for _clause, want in self.clauses)
        return next(value for value in _candidates(clauses, now) if _vector(clauses, value, now) == wanted)


def nearest(condition: Condition, true: int, unknown: int, now: datetime) -> tuple[Change, ...] | None:
    """The smallest change for the answer with these masks: nothing when it is true, None when no change would do."""
    if answer_of(condition.root, true, unknown):
        return ()
    if not _tangled(condition):
        return _direct(condition, true, unknown)
    return _memoized(condition, true, unknown, None if not _looks_at_the_clock(condition) else now)


def told(changes: Iterable[Change] | None) -> tuple[str, ...]:
    """The changes in words for traces, such as "client.paid = true"."""
    return tuple(str(change) for change in changes or ())


def nearest_told(condition: Condition, true: int, unknown: int, now: datetime) -> tuple[str, ...]:
    """The smallest change in words; put together once for all that have the same answer."""
    if _tangled(condition) and _looks_at_the_clock(condition):
        return told(nearest(condition, true, unknown, now))
    return _told_once(condition, true, unknown)


@lru_cache(maxsize=20_000)
def _told_once(condition: Condition, true: int, unknown: int) -> tuple[str, ...]:
    return told(nearest(condition, true, unknown, _EPOCH))


# -- facts with one clause each: every clause can be turned by itself -------------------------------------------------


@lru_cache(maxsize=20_000)
def _direct(condition: Condition, true: int, unknown: int) -> tuple[Change, ...]:
    return tuple(Change((flip,)) for flip in _flips(condition.root, True, true, unknown))


def _flips(node: Clause | Group, want: bool, true: int, unknown: int) -> list[tuple[Clause, bool]]:
    """The fewest clauses to turn, and which way, so that the node becomes `want`."""
    if answer_of(node, true, unknown) is want:
        return []
    if isinstance(node, Clause):
        return [(node, want)]
    inner = want if node.kind != "none" else not want
    each = [_flips(item, inner, true, unknown) for item in node.inside]
    if (node.kind == "any") is not want:
        return [flip for flips in each for flip in flips]
    return min(each, key=len)


# -- facts with several clauses: which of them can be true together ---------------------------------------------------


@lru_cache(maxsize=2000)
def _tangled(condition: Condition) -> bool:
    """Whether some fact has two clauses, or one that cannot turn both ways."""
    groups = _by_field(condition)
    if any(len(clauses) > 1 for clauses in groups):
        return True
    return any(
        clauses[0].type not in (FieldType.MOMENT, FieldType.DATE)
        and len({_vector(clauses, value, _EPOCH) for value in _candidates(clauses, _EPOCH)}) < 2
        for clauses in groups
    )


_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def _looks_at_the_clock(condition: Condition) -> bool:
    return any(clause.constant == "now" or clause.operator == "older_than" for clause in condition.clauses)


@lru_cache(maxsize=20_000)
def _memoized(condition: Condition, true: int, unknown: int, now: datetime | None) -> tuple[Change, ...] | None:
    return _search(condition, true, unknown, now or _EPOCH)


def _search(condition: Condition, true: int, unknown: int, now: datetime) -> tuple[Change, ...] | None:
    groups = _by_field(condition)
    possible = [_vectors(clauses, now) for clauses in groups]
    tried = 0
    for many in range(1, len(groups) + 1):
        for chosen in combinations(range(len(groups)), many):
            for vectors in product(*(possible[place] for place in chosen)):
                tried += 1
                if tried > _MOST:
                    return None
                picked = [(groups[place], vector) for place, vector in zip(chosen, vectors, strict=True)]
                if _holds(condition, true, unknown, picked):
                    return _loosened(condition, true, unknown, picked, now)
    return None


def _by_field(condition: Condition) -> list[list[Clause]]:
    """The clauses about each fact, in the order in which the facts are named."""
    names = dict.fromkeys(clause.field for clause in condition.clauses)
    return [[clause for clause in condition.clauses if clause.field == name] for name in names]


def _vectors(clauses: Sequence[Clause], now: datetime) -> list[tuple[bool, ...]]:
    """Which of these clauses about one fact can be true together, in the order of what is asked for first."""
    return list(dict.fromkeys(_vector(clauses, value, now) for value in _candidates(clauses, now)))


def _vector(clauses: Sequence[Clause], value: Any, now: datetime) -> tuple[bool, ...]:
    return tuple(compiled(clause)(value, now) for clause in clauses)


_Picked = Sequence[tuple[Sequence[Clause], tuple[bool, ...]]]


def _holds(condition: Condition, true: int, unknown: int, picked: _Picked) -> bool:
    for clauses, vector in picked:
        for clause, want in zip(clauses, vector, strict=True):
            bit = 1 << clause.bit
            unknown &= ~bit
            true = true | bit if want else true & ~bit
    return answer_of(condition.root, true, unknown) is True


def _loosened(condition: Condition, true: int, unknown: int, picked: _Picked, now: datetime) -> tuple[Change, ...]:
    """The same change with only the clauses that matter: whatever else is true of the facts, it still does."""
    wishes = [list(zip(clauses, vector, strict=True)) for clauses, vector in picked]
    for place, (clauses, _) in enumerate(picked):
        for wish in sorted(wishes[place], key=lambda one: one[1]):
            fewer = [one for one in wishes[place] if one != wish]
            if not fewer:
                break
            others = [(groups, vector) for number, (groups, vector) in enumerate(picked) if number != place]
            allowed = (
                vector
                for vector in _vectors(clauses, now)
                if all(want is vector[clauses.index(clause)] for clause, want in fewer)
            )
            if all(_holds(condition, true, unknown, [*others, (clauses, vector)]) for vector in allowed):
                wishes[place] = fewer
    return tuple(Change(tuple(each)) for each in wishes)


# -- values that stand for all others -------------------------------------------------------------------------------


def _candidates(clauses: Sequence[Clause], now: datetime) -> list[Any]:
    """Values of which one stands for every way in which the clauses about a fact can be true together."""
    named = [constant for clause in clauses for constant in _constants(clause)]
    kind = clauses[0].type
    made: list[Any]
    match kind:
        case FieldType.FLAG:
            made = [*named, True, False]
        case FieldType.NUMBER:
            made = _sizes(named)
        case FieldType.MONEY:
            made = [Money(amount) for amount in _sizes(named)]
        case FieldType.SET:
            made = _sets(named, clauses[0].choices)
        case FieldType.MOMENT | FieldType.DATE:
            made = _times(clauses, now)
        case FieldType.LIST:
            made = [(_OTHER,)]
        case FieldType.LENGTH:
            made = ["1d"]
        case _:
            made = _texts(named, clauses[0].choices)
    return [*made, None]


def _constants(clause: Clause) -> Iterator[Any]:
    if clause.operator == "filled" or isinstance(clause.constant, Length) or clause.constant == "now":
        return
    if isinstance(clause.constant, frozenset):
        yield from sorted(clause.constant, key=str)
    elif isinstance(clause.constant, tuple):
        yield from clause.constant
    else:
        yield clause.constant


def _sizes(named: Sequence[Decimal]) -> list[Decimal]:
    """The sizes named, one beyond each end, and one between each two."""
    ordered = sorted(set(named)) or [Decimal(1)]
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return [ordered[-1] + 1, *between, *ordered, ordered[0] - 1]


def _sets(named: Sequence[str], choices: Sequence[str] | None) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(named))[:_MANY_LABELS]
    others = [_OTHER] if choices is None else [one for one in choices if one not in names][:1]
    chosen = [some for many in range(1, len(names) + 1) for some in combinations(names, many)]
    return [*chosen, *([(other,) for other in others])]


def _texts(named: Sequence[str], choices: Sequence[str] | None) -> list[str]:
    """The texts named, for open ones also put together, and one that is none of them."""
    if choices is not None:
        return [*(one for one in dict.fromkeys(named) if one in choices), *(one for one in choices if one not in named)]
    plain = [one.replace("*", "") for one in named]
    joined = [one + other for one in plain for other in plain if one != other] if len(plain) <= _MANY_LABELS else []
    return [text for text in (*plain, *(f"{one}{_OTHER}" for one in plain), *joined, _OTHER) if text]


def _times(clauses: Sequence[Clause], now: datetime) -> list[datetime | date]:
    """The moments at which a clause turns, with those just before and just after; whole days for dates."""
    zone = ZoneInfo(clauses[0].zone)
    marks = {now}
    for clause in clauses:
        if isinstance(clause.constant, Length):
            back = Length(-clause.constant.count, clause.constant.unit)
            marks.add(shifted(now, back, clause.zone))
        elif isinstance(clause.constant, datetime):
            marks.add(clause.constant)
        elif isinstance(clause.constant, date):
            marks.add(datetime.combine(clause.constant, time(12), zone).astimezone(UTC))
    steps = (timedelta(0), timedelta(days=-1), timedelta(days=1), timedelta(seconds=-1), timedelta(seconds=1))
    moments = sorted({mark + step for mark in marks for step in (*steps, timedelta(days=-2), timedelta(days=2))})
    if clauses[0].type is FieldType.DATE:
        return list(dict.fromkeys(moment.astimezone(zone).date() for moment in moments))
    return list(moments)


# -- in words -------------------------------------------------------------------------------------------------------


def _wish(clause: Clause, want: bool) -> str:
    operator, constant = clause.operator, clause.constant
    if operator == "filled":
        return f"{clause.field} {'filled' if constant is want else 'empty'}"
    if clause.type is FieldType.FLAG:
        return f"{clause.field} = {shown(constant is ((operator == 'is') is want))}"
    if not want and operator not in OPPOSITE:
        return f"not: {clause}"
    operator = operator if want else OPPOSITE[operator]
    sign = "=" if operator == "is" else operator.replace("_", " ")
    return f"{clause.field} {sign} {shown(constant)}"
