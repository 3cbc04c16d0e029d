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
from heapq import heappop, heappush
from itertools import combinations, count, pairwise, product
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldType
from bridge.model.values import Money
from rules.calendars import shifted
from rules.conditions import Clause, Condition, Group, answer_of, compiled, shown
from rules.lengths import Length

_MOST = 5000
"""Ways that are looked through for the one with the fewest facts; past that, as many for any that would do."""
_OTHER = "…"
"""A text that is none of those named."""
_MANY_LABELS = 6
_NO = "not: "
"""Before a comparison that has no opposite, where it has to be false."""
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


def told_before(condition: Condition, words: Sequence[str]) -> tuple[Change, ...] | None:
    """The changes that were told so of this condition, None where one of them is not known by its words."""
    known = {str(change): change for clauses in _by_field(condition) for change in _tellable(clauses, words)}
    return tuple(known[one] for one in words) if all(one in known for one in words) else None


def _tellable(clauses: Sequence[Clause], words: Sequence[str]) -> Iterator[Change]:
    """What may have been told of one fact: some of its clauses, each true or false; as many as the words can hold."""
    mine = f"{clauses[0].field} "
    most = max((1 + one.count(" and ") for one in words if one.removeprefix(_NO).startswith(mine)), default=0)
    for many in range(1, min(most, len(clauses)) + 1):
        for some in combinations(clauses, many):
            yield from (Change(tuple(zip(some, each, strict=True))) for each in product((True, False), repeat=many))


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
    ways = _Ways(condition, true, unknown, now)
    found = ways.first(cheapest=True)
    return found if found != () else ways.first(cheapest=False) or None


def _by_field(condition: Condition) -> list[list[Clause]]:
    """The clauses about each fact, in the order in which the facts are named."""
    names = dict.fromkeys(clause.field for clause in condition.clauses)
    return [[clause for clause in condition.clauses if clause.field == name] for name in names]


def _vector(clauses: Sequence[Clause], value: Any, now: datetime) -> tuple[bool, ...]:
    return tuple(compiled(clause)(value, now) for clause in clauses)


_Wishes: TypeAlias = "dict[int, bool]"
"""Clauses by their bits, each with the answer that it has to have."""
_Wanted: TypeAlias = "tuple[Clause | Group, bool]"


class _Ways:
    """The ways in which a condition could become true, for one answer that it has."""

    def __init__(self, condition: Condition, true: int, unknown: int, now: datetime) -> None:
        self._root, self._true, self._unknown = condition.root, true, unknown
        self._groups = {clauses[0].field: clauses for clauses in _by_field(condition)}
        self._possible = {name: self._vectors(clauses, now) for name, clauses in self._groups.items()}

    def _vectors(self, clauses: Sequence[Clause], now: datetime) -> list[tuple[bool, ...]]:
        """Which of these clauses about one fact can be true together; what is so now can be."""
        able = list(dict.fromkeys(_vector(clauses, value, now) for value in _candidates(clauses, now)))
        present = tuple(self._is((clause, True)) for clause in clauses)
        known = not any(self._unknown >> clause.bit & 1 for clause in clauses)
        return [*able, present] if known and present not in able else able

    def first(self, *, cheapest: bool) -> tuple[Change, ...] | None:
        """The first way that is found, or the one that changes the fewest facts.

        None when there is none, () when none was found among as many as are looked through.
        """
        turns = count()
        waiting: list[tuple[int, int, _Wishes, list[list[_Wanted]]]] = []

        def note(found: tuple[_Wishes, list[list[_Wanted]]] | None) -> None:
            if found is not None:
                heappush(waiting, (len(self._changed(found[0])) if cheapest else 0, -next(turns), *found))

        note(self._with({}, [(self._root, True)]))
        for _ in range(_MOST):
            if not waiting:
                return None
            _cost, _turn, wishes, choices = heappop(waiting)
            if not choices:
                return self._changes(wishes)
            chosen = next((each for each in choices if not any(self._is(one) for one in each)), choices[0])
            others = [each for each in choices if each is not chosen]
            for one in reversed(chosen):
                more = self._with(wishes, [one])
                note((more[0], others + more[1]) if more is not None else None)
        return ()

    def _is(self, wanted: _Wanted) -> bool:
        node, want = wanted
        return answer_of(node, self._true, self._unknown) is want

    def _with(self, wishes: _Wishes, wanted: list[_Wanted]) -> tuple[_Wishes, list[list[_Wanted]]] | None:
        """The wishes with all that this takes, and what there is to choose between; None where it excludes itself."""
        made, choices, waiting = dict(wishes), [], list(wanted)
        while waiting:
            node, want = waiting.pop(0)
            if isinstance(node, Clause):
                if made.setdefault(node.bit, want) is not want or not self._fitting(node.field, made):
                    return None
                continue
            inner = want if node.kind != "none" else not want
            each = [(item, inner) for item in node.inside]
            if (node.kind == "any") is not want or len(each) == 1:
                waiting = each + waiting
            else:
                choices.append(each)
        return made, choices

    def _fitting(self, name: str, wishes: _Wishes) -> list[tuple[bool, ...]]:
        """What the clauses about a fact can be together where these wishes are met."""
        bits = [clause.bit for clause in self._groups[name]]
        return [
            vector
            for vector in self._possible[name]
            if all(wishes.get(bit, value) is value for bit, value in zip(bits, vector, strict=True))
        ]

    def _changed(self, wishes: _Wishes) -> list[str]:
        """The facts that have to be otherwise, in the order in which they are named."""
        return [
            name
            for name, clauses in self._groups.items()
            if any(clause.bit in wishes and not self._is((clause, wishes[clause.bit])) for clause in clauses)
        ]

    def _changes(self, wishes: _Wishes) -> tuple[Change, ...]:
        """What is asked of each fact that has to be otherwise, without the clauses that do not matter then."""
        changed = self._changed(wishes)
        wishes = {clause.bit: wishes[clause.bit] for clause in self._of(changed) if clause.bit in wishes}
        for name in changed:
            if _is_sampled(self._groups[name]):
                continue  # what goes without saying among some would not among all
            mine = [clause.bit for clause in self._groups[name] if clause.bit in wishes]
            for bit in sorted(mine, key=wishes.__getitem__):
                fewer = {other: want for other, want in wishes.items() if other != bit}
                left = any(other in fewer for other in mine)
                if left and all(self._holds(changed, fewer, name, each) for each in self._fitting(name, fewer)):
                    wishes = fewer
        return tuple(
            Change(tuple((clause, wishes[clause.bit]) for clause in self._groups[name] if clause.bit in wishes))
            for name in changed
        )

    def _of(self, names: Iterable[str]) -> Iterator[Clause]:
        return (clause for name in names for clause in self._groups[name])

    def _holds(self, changed: Sequence[str], wishes: _Wishes, name: str, vector: tuple[bool, ...]) -> bool:
        """Whether the condition is true with the wishes and with this fact so, whatever else the changed facts are."""
        known = wishes | {clause.bit: value for clause, value in zip(self._groups[name], vector, strict=True)}
        true, unknown = self._true, self._unknown
        for bit in (clause.bit for clause in self._of(changed)):
            unknown = unknown & ~(1 << bit) if bit in known else unknown | 1 << bit
            true = true | 1 << bit if known.get(bit) else true & ~(1 << bit)
        return answer_of(self._root, true, unknown) is True


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
    return made if clauses[0].never_empty else [*made, None]


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


def _is_sampled(clauses: Sequence[Clause]) -> bool:
    """Whether there are more sets of the labels named than are looked at."""
    named = {constant for clause in clauses for constant in _constants(clause)}
    return clauses[0].type is FieldType.SET and len(named) > _MANY_LABELS


def _sets(named: Sequence[str], choices: Sequence[str] | None) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(named))
    others = [_OTHER] if choices is None else [one for one in choices if one not in names][:1]
    most = len(names)
    many_of = range(1, most + 1) if most <= _MANY_LABELS else (1, 2, most - 1, most)
    chosen = [some for many in many_of for some in combinations(names, many)]
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
        return f"{_NO}{clause}"
    operator = operator if want else OPPOSITE[operator]
    sign = "=" if operator == "is" else operator.replace("_", " ")
    return f"{clause.field} {sign} {shown(constant)}"
