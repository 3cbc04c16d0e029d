"""What facts may be: a box for each, and the worlds in which a condition can have an answer.

Whatever cannot be told is possible: a box never leaves out a value that a fact could have, so only what really excludes
itself comes out as impossible. More than 64 worlds are not told apart; then some of what parts them is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain
from rules.conditions import Clause, Condition, Group, compiled
from rules.facts import CLOSED, OPEN
from rules.lengths import Length
from rules.ruleset import RuleSet

MOST = 64
"""Worlds of one condition that are told apart."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""Any moment, for comparisons that do not look at the clock."""
_NAMED = frozenset({"is", "is_not", "one_of", "none_of"})
_DAYS = {"d": 1, "w": 7}
_CLOCK_CHANGE = timedelta(days=1)
"""How far a day may be from 24 hours, and with it a length from its nominal size; generously."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, None for no end; an end counts itself unless it is open."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False

    def met(self, other: Span) -> Span:
        """What both hold."""
        low, low_open = self.low, self.low_open
        if other.low is not None and (low is None or (other.low, other.low_open) > (low, low_open)):
            low, low_open = other.low, other.low_open
        high, high_open = self.high, self.high_open
        if other.high is not None and (high is None or (other.high, not other.high_open) < (high, not high_open)):
            high, high_open = other.high, other.high_open
        return Span(low, high, low_open, high_open)

    @property
    def nothing(self) -> bool:
        """Whether no value is in it."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and (self.low_open or self.high_open)))

    def holds(self, value: Any) -> bool:
        """Whether a value is in it."""
        return not self.met(Span(value, value)).nothing


_ALL = Span()


@dataclass(frozen=True, slots=True)
class Box:
    """What one fact may be: `empty`, `filled`, or either; and which values, when it is filled.

    `allowed` are the only values (None: any but those `denied`), `has` and `lacks` what a set holds and does not hold,
    `span` where a size or a moment lies, `from_now` how far from the present moment, `fits` what patterns say of it.
    """

    empty: bool = True
    filled: bool = True
    allowed: frozenset[Any] | None = None
    denied: frozenset[Any] = frozenset()
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    span: Span = _ALL
    from_now: Span = _ALL
    fits: tuple[tuple[Clause, bool], ...] = ()

    def met(self, other: Box) -> Box | None:
        """What both allow, None when that is nothing."""
        allowed = self.allowed if other.allowed is None else other.allowed
        if self.allowed is not None and other.allowed is not None:
            allowed = self.allowed & other.allowed
        made = Box(
            self.empty and other.empty,
            self.filled and other.filled,
            allowed,
            self.denied | other.denied,
            self.has | other.has,
            self.lacks | other.lacks,
            self.span if other.span is _ALL else self.span.met(other.span),
            self.from_now if other.from_now is _ALL else self.from_now.met(other.from_now),
            self.fits + other.fits,
        )
        if made.filled and not made._some_value():
            made = replace(made, filled=False)
        return made if made.filled or made.empty else None

    def _some_value(self) -> bool:
        if self.span.nothing or self.from_now.nothing or self.has & self.lacks:
            return False
        return self.allowed is None or any(
            value not in self.denied and all(compiled(clause)(value, _AT) is want for clause, want in self.fits)
            for value in self.allowed
        )


World: TypeAlias = Mapping[str, Box]
"""What facts may be together; one that is not named may be anything."""
Worlds: TypeAlias = Sequence[World]
ANY: Worlds = ({},)


def both(one: Worlds, other: Worlds) -> Worlds:
    """The worlds that are among the first and among the second."""
    made: list[World] = []
    for here in one:
        for there in other:
            world = _both(here, there)
            if world is not None:
                made.append(world)
                if len(made) > MOST:
                    return one if len(one) <= len(other) else other
    return made


def meet(one: Worlds, other: Worlds) -> bool:
    """Whether some world is among the first and among the second."""
    return any(_both(here, there) is not None for here in one for there in other)


def _both(here: World, there: World) -> World | None:
    if not here or not there:
        return here or there
    made = dict(here)
    for name, box in there.items():
        known = made.get(name)
        met = box if known is None or known is box else known.met(box)
        if met is None:
            return None
        made[name] = met
    return made


def after(worlds: Worlds, writes: Mapping[str, Box | None]) -> Worlds:
    """The worlds once these facts were written; None for one of which nobody knows what it is then."""
    known = {name: box for name, box in writes.items() if box is not None}
    return [{**{name: box for name, box in world.items() if name not in writes}, **known} for world in worlds]


def kept(worlds: Worlds, stays: Callable[[str], bool]) -> Worlds:
    """What is still so a little later, of the facts that stay: how far a moment is from now is not."""
    return [
        {
            name: box if box.from_now is _ALL else replace(box, from_now=_ALL)
            for name, box in world.items()
            if stays(name)
        }
        for world in worlds
    ]


class Possible:
    """The worlds of conditions under one rule set, gates taken apart into what they need."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset
        self._base: dict[str, Box | None] = {}
        self._gates: dict[tuple[str, str], Worlds] = {}
        self._worlds: dict[tuple[Condition, bool], Worlds] = {}
        self._open: set[str] = set()

    def worlds(self, condition: Condition | None, want: bool = True) -> Worlds:
        """The worlds in which the condition is true, or false; of none all are."""
        if condition is None:
            return ANY if want else ()
        if (condition, want) not in self._worlds:
            self._worlds[(condition, want)] = self._of(condition.root, want)
        return self._worlds[(condition, want)]

    def box(self, name: str, value: Plain) -> Box | None:
        """The box of a fact that was set to a value; None where nothing can be told."""
        spec = self._ruleset.fields.get(name)
        if spec is None or isinstance(value, dict | list):
            return None
        if value is None:
            return None if spec.default is not None else Box(filled=False)
        match spec.type:
            case FieldType.TEXT | FieldType.CHOICE | FieldType.PERSON | FieldType.FLAG:
                return Box(empty=False, allowed=frozenset({value}))
            case FieldType.NUMBER | FieldType.MONEY:
                amount = Decimal(str(value))
                return Box(empty=False, span=Span(amount, amount))
        return Box(empty=False)

    def one_of(self, name: str, value: str) -> World:
        """The world in which a text is just this."""
        return {name: Box(empty=False, allowed=frozenset({value}))}

    def other_than(self, name: str, value: Plain) -> Worlds:
        """The worlds in which a fact is something else than the value."""
        spec = self._ruleset.fields.get(name)
        named = spec is not None and spec.type in (FieldType.TEXT, FieldType.CHOICE, FieldType.PERSON, FieldType.FLAG)
        if spec is None or not named or not isinstance(value, str | bool):
            return ANY
        box = self._with_base(spec, Box(denied=frozenset({value})))
        return ({name: box},) if box is not None else ()

    def _of(self, node: Clause | Group, want: bool) -> Worlds:
        if isinstance(node, Clause):
            return self._gate(node, want) if node.field.startswith("gate.") else self._clause(node, want)
        inner = want if node.kind != "none" else not want
        each = [self._of(item, inner) for item in node.inside]
        return _all(each) if (node.kind == "any") is not want else _any(each)

    def _clause(self, clause: Clause, want: bool) -> Worlds:
        spec = self._ruleset.fields.get(clause.field)
        box = _box_of(clause, want)
        met = box if spec is None else self._with_base(spec, box)
        return ({clause.field: met},) if met is not None else ()

    def _with_base(self, spec: FieldSpec, box: Box) -> Box | None:
        """The box with what the declaration says of the fact: a flag has two values, a default is never empty."""
        if spec.key not in self._base:
            self._base[spec.key] = _declared(spec)
        base = self._base[spec.key]
        return base.met(box) if base is not None else Box().met(box)

    def _gate(self, clause: Clause, want: bool) -> Worlds:
        gate, test = clause.field[5:], compiled(clause)
        ways = [self._gate_is(gate, value) for value in (OPEN, CLOSED) if test(value, _AT) is want]
        return _any(ways) if len(ways) < 2 else ANY

    def _gate_is(self, gate: str, value: str) -> Worlds:
        if gate not in self._ruleset.gates or gate in self._open:
            return ANY
        if (gate, value) not in self._gates:
            self._open.add(gate)
            needs = self._ruleset.gates[gate].needs
            if value == OPEN:
                ways = _all([_any([self.worlds(need.only_if, False), self.worlds(need.condition)]) for need in needs])
            else:
                ways = _any([_all([self.worlds(need.only_if), self.worlds(need.condition, False)]) for need in needs])
            self._open.discard(gate)
            self._gates[(gate, value)] = ways
        return self._gates[(gate, value)]


def _all(each: Iterable[Worlds]) -> Worlds:
    found: Worlds = ANY
    for worlds in sorted(each, key=len):
        found = both(found, worlds)
    return found


def _any(each: Iterable[Worlds]) -> Worlds:
    found = [world for worlds in each for world in worlds]
    return found if len(found) <= MOST else ANY


def _declared(spec: FieldSpec) -> Box | None:
    values: frozenset[Any] | None = None
    if spec.type is FieldType.FLAG:
        values = frozenset({True, False})
    elif spec.type is FieldType.CHOICE and spec.choices is not None and spec.source == "bridge":
        values = frozenset(spec.choices)  # what other systems hold may be more than was declared
    if values is None and spec.default is None:
        return None
    return Box(empty=spec.default is None, allowed=values)


def _box_of(clause: Clause, want: bool) -> Box:
    """What the fact may be where the clause has that answer."""
    empty = compiled(clause)(None, _AT) is want
    operator, constant = clause.operator, clause.constant
    if operator == "filled":
        return Box(empty=empty, filled=constant is want)
    if operator in _NAMED:
        named = constant if isinstance(constant, frozenset) else frozenset({constant})
        if (operator in ("is", "one_of")) is want:
            return Box(empty=empty, allowed=named)
        return Box(empty=empty, denied=named)
    if operator in ("has", "lacks"):
        held = frozenset({constant})
        return Box(empty=empty, has=held) if (operator == "has") is want else Box(empty=empty, lacks=held)
    if operator in ("contains", "starts_with", "like"):
        return Box(empty=empty, fits=((clause, want),))
    if clause.type in (FieldType.MOMENT, FieldType.DATE):
        return _time_box(clause, want, empty)
    return Box(empty=empty, span=_size(operator, constant, want))


def _size(operator: str, constant: Any, want: bool) -> Span:
    match operator, want:
        case ("over", True) | ("at_most", False):
            return Span(low=constant, low_open=True)
        case ("at_least", True) | ("under", False):
            return Span(low=constant)
        case ("under", True) | ("at_least", False):
            return Span(high=constant, high_open=True)
        case ("at_most", True) | ("over", False):
            return Span(high=constant)
        case ("between", True):
            return Span(*constant)
    return _ALL


def _time_box(clause: Clause, want: bool, empty: bool) -> Box:
    days = clause.type is FieldType.DATE
    if clause.operator == "older_than":
        return Box(empty=empty, from_now=_age(clause.constant, want, days))
    earlier = clause.operator == "before"
    if clause.constant == "now":
        return Box(empty=empty, from_now=_side(0, 1, earlier, want) if days else _side_of(timedelta(0), earlier, want))
    if days:
        day = _day(clause.constant, clause.zone).toordinal()
        return Box(empty=empty, span=_side(day, day + 1, earlier, want))
    if isinstance(clause.constant, datetime):
        return Box(empty=empty, span=_side_of(clause.constant, earlier, want))
    begins, ends = (_midnight(clause.constant + timedelta(days=more), clause.zone) for more in (0, 1))
    return Box(empty=empty, span=_side(begins, ends, earlier, want))


def _side(begins: Any, ends: Any, earlier: bool, want: bool) -> Span:
    """Before or after a day that lasts from `begins` until `ends`, or the opposite."""
    edge = begins if earlier else ends
    return Span(high=edge, high_open=True) if earlier is want else Span(low=edge)


def _side_of(edge: Any, earlier: bool, want: bool) -> Span:
    """Before or after a moment, or the opposite."""
    if earlier is want:
        return Span(high=edge, high_open=want)
    return Span(low=edge, low_open=want)


def _age(length: Length, want: bool, days: bool) -> Span:
    """How far from now something lies that is so old or older, or younger."""
    if length.unit in _DAYS:
        nominal, slack = timedelta(days=length.count * _DAYS[length.unit]), _CLOCK_CHANGE
    else:
        nominal, slack = timedelta(**{{"h": "hours", "m": "minutes"}[length.unit]: length.count}), timedelta(0)
    if days:
        return Span(high=1 - nominal.days) if want else Span(low=-nominal.days - 2)
    return Span(high=slack - nominal) if want else Span(low=-slack - nominal)


def _day(constant: datetime | date, zone: str) -> date:
    return constant.astimezone(ZoneInfo(zone)).date() if isinstance(constant, datetime) else constant


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
