"""Conditions: read from YAML, typed by the declared facts, evaluated with three answers, and explained.

An answer is True, False or None for not known. A value that was read and is empty makes comparisons false; a source
that was not read makes them not known, `filled` and `is_not` too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import did_you_mean
from bridge.model.values import Money, NotKnown, Value
from bridge.model.wording import worded
from rules.calendars import shifted
from rules.comparisons import COMPARISONS
from rules.constants import clause_constant
from rules.flaws import Flaw, Flawed, Path, written

Lookup: TypeAlias = Callable[[str], "Value | NotKnown"]
Test: TypeAlias = Callable[[Any, datetime], bool]
Decider: TypeAlias = Callable[[Lookup, datetime], bool | None]

GROUPS = ("all", "any", "none", "not")
_TIMED = ("before", "after", "older_than")
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    kind: tuple(word for word, one in COMPARISONS.items() if kind in one.fits) for kind in FieldType
}
ALL_OPERATORS = tuple(sorted(COMPARISONS))
_TRUE_WHEN_EMPTY = frozenset({"is_not", "none_of", "lacks"})


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison. `bit` is its place in the masks, `constant` what it compares with, `choices` all of them.

    What is `never_empty` has a default, or is a gate.
    """

    bit: int
    field: str
    type: FieldType
    operator: str
    constant: Any
    zone: str
    choices: tuple[str, ...] | None
    never_empty: bool

    def __str__(self) -> str:
        return f"{self.field} {self.operator.replace('_', ' ')} {_said(self.constant)}"


@dataclass(frozen=True, slots=True)
class Group:
    """`all`, `any` or `none` of what is inside; `not` is `none` of one."""

    kind: str
    inside: tuple[Clause | Group, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, with the clauses that were true and those not known, as bits: enough to rebuild the whole tree."""

    answer: bool | None
    true_mask: int
    unknown_mask: int


Line: TypeAlias = tuple[int, str, str, str]
Tree: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A compiled condition. `fields` are the facts it looks at; gates appear as "gate.start"."""

    root: Clause | Group
    clauses: tuple[Clause, ...]
    fields: frozenset[str]
    _tests: tuple[tuple[int, str, Test], ...] = field(repr=False)
    _verdicts: dict[tuple[int, int], Verdict] = field(default_factory=dict, repr=False)
    _decides: list[Any] = field(default_factory=list, repr=False)
    _told: dict[tuple[int, int], Tree] = field(default_factory=dict, repr=False)

    def evaluate(self, lookup: Lookup, now: datetime) -> Verdict:
        """The verdict for the values that `lookup` gives, at `now` (aware)."""
        true = unknown = 0
        for bit, name, test in self._tests:
            value = lookup(name)
            if value.__class__ is NotKnown:
                unknown |= bit
            elif test(value, now):
                true |= bit
        verdict = self._verdicts.get((true, unknown))
        if verdict is None:
            verdict = Verdict(answer_of(self.root, true, unknown), true, unknown)
            self._verdicts[(true, unknown)] = verdict
        return verdict

    def holds(self, lookup: Lookup, now: datetime) -> bool | None:
        """Only the answer of `evaluate`: asks no further than it takes to tell."""
        if not self._decides:
            self._decides.append(_decider(self.root))
        decides: Decider = self._decides[0]
        return decides(lookup, now)

    def tree(self, true_mask: int, unknown_mask: int, lookup: Lookup) -> Tree:
        """The verdict as lines of (depth, mark ✔ ✘ ?, clause, value seen)."""
        lines = self._told.get((true_mask, unknown_mask))
        if lines is None:
            lines = self._told[true_mask, unknown_mask] = tuple(_lines(self.root, true_mask, unknown_mask, 0))
        return tuple([(line[0], line[1], line[2], shown(lookup(line[3]))) if line[3] else line for line in lines])

    def next_change(self, lookup: Lookup, now: datetime) -> datetime | None:
        """The next moment at which the answer may change by itself, because time passes."""
        return min(
            (
                moment
                for clause in self.clauses
                if clause.constant == "now" or clause.operator == "older_than"
                for moment in _turns(clause, lookup(clause.field))
                if moment > now
            ),
            default=None,
        )


def read_condition(
    data: object, fields: Mapping[str, FieldSpec], gates: Collection[str] = (), zone: str = "UTC"
) -> Condition:
    """The condition that `data` (loaded YAML) says. Raises Flawed with all mistakes.

    Dates without a zone are taken in `zone`.
    """
    reader = _Reader(fields, gates, zone)
    root = reader.read(data, ())
    if reader.flaws or root is None:
        raise Flawed(reader.flaws)
    return condition_of(root, reader.clauses)


def condition_of(root: Clause | Group, clauses: Sequence[Clause]) -> Condition:
    """The condition of this root, with all the clauses in it by their numbers."""
    tests = tuple((1 << clause.bit, clause.field, compiled(clause)) for clause in clauses)
    return Condition(root, tuple(clauses), frozenset(clause.field for clause in clauses), tests)


class _Reader:
    """Collects clauses and mistakes on the way down."""

    def __init__(self, fields: Mapping[str, FieldSpec], gates: Collection[str], zone: str) -> None:
        self.fields, self.gates, self.zone = fields, gates, zone
        self.clauses: list[Clause] = []
        self.flaws: list[Flaw] = []

    def read(self, data: object, path: Path) -> Clause | Group | None:
        if isinstance(data, list):
            return self._group("all", [self.read(item, (*path, place)) for place, item in enumerate(data)], path)
        if not isinstance(data, dict):
            return self._wrong(path, "wrong-type", worded("expected field: value, got {given}", given=written(data)))
        inside: list[Clause | Group | None] = []
        for key, value in data.items():
            inside += self._entry(key, value, (*path, key))
        return self._group("all", inside, path)

    def _group(self, kind: str, inside: Sequence[Clause | Group | None], path: Path) -> Clause | Group | None:
        if not inside:
            return self._wrong(path, "empty-condition", "a condition with nothing in it", "leave the key out")
        known = tuple(item for item in inside if item is not None)
        if kind == "all" and len(known) == 1 == len(inside):
            return known[0]
        return Group(kind, known)

    def _entry(self, key: str, value: object, path: Path) -> list[Clause | Group | None]:
        if key == "not":
            return [self._group("none", [self.read(value, path)], path)]
        if key in GROUPS:
            if not isinstance(value, list):
                return [
                    self._wrong(
                        path, "wrong-type", worded('"{key}" needs a list, got {given}', key=key, given=written(value))
                    )
                ]
            return [self._group(key, [self.read(item, (*path, place)) for place, item in enumerate(value)], path)]
        spec = self._spec(key)
        if spec is None:
            known = [*self.fields, *(f"gate.{gate}" for gate in self.gates), *GROUPS]
            self.flaws.append(
                Flaw(
                    "unknown-field", worded('unknown field "{key}"', key=key), did_you_mean(key, known), path, key=True
                )
            )
            return [None]
        if isinstance(value, list):
            return [self._clause(spec, "one_of", value, path)]
        if not isinstance(value, dict):
            return [self._clause(spec, "has" if spec.type is FieldType.SET else "is", value, path)]
        if not value:
            return [self._wrong(path, "empty-condition", worded("{key} is compared with nothing", key=key))]
        return [self._clause(spec, name, constant, (*path, name)) for name, constant in value.items()]

    def _spec(self, key: str) -> FieldSpec | None:
        if key.startswith("gate.") and key[5:] in self.gates:
            return FieldSpec(key, FieldType.CHOICE, "bridge", choices=("open", "closed"), default="closed")
        return self.fields.get(key)

    def _clause(self, spec: FieldSpec, name: str, constant: object, path: Path) -> Clause | None:
        fitting = OPERATORS[spec.type]
        if name not in fitting:
            shown = path[-1] == name
            if name not in ALL_OPERATORS:
                flaw = Flaw(
                    "unknown-comparison",
                    worded('unknown comparison "{name}"', name=name),
                    did_you_mean(name, fitting),
                    path,
                    shown,
                )
            else:
                what = worded('"{name}" does not fit {key} ({type})', name=name, key=spec.key, type=spec.type)
                flaw = Flaw("unfit-comparison", what, worded("use one of: {names}", names=sorted(fitting)), path, shown)
            self.flaws.append(flaw)
            return None
        try:
            value = clause_constant(spec, name, constant, self.zone)
        except Flawed as error:
            self.flaws += [flaw.under(*path) for flaw in error.flaws]
            return None
        never_empty = spec.default is not None
        clause = Clause(len(self.clauses), spec.key, spec.type, name, value, self.zone, spec.choices, never_empty)
        self.clauses.append(clause)
        return clause

    def _wrong(self, path: Path, code: str, what: str, advice: str = "") -> Clause | Group | None:
        self.flaws.append(Flaw(code, what, advice, path))
        return None


def compiled(clause: Clause) -> Test:
    """The comparison as a function of a value that was read (None: empty) and the moment."""
    constant = clause.constant
    if clause.operator == "filled":
        return lambda value, now: (value is not None) is constant
    if clause.operator == "is":
        return lambda value, now: bool(value == constant)  # nothing that is filled in equals what is empty
    if clause.operator == "one_of":
        return lambda value, now: value in constant
    if clause.operator in _OF_AMOUNTS:
        return _of_amount(clause)
    test = _timed(clause) if clause.operator in _TIMED else _plain(clause)
    when_empty = clause.operator in _TRUE_WHEN_EMPTY
    return lambda value, now: when_empty if value is None else test(value, now)


def _of_amount(clause: Clause) -> Test:
    holds, constant = _OF_AMOUNTS[clause.operator], clause.constant

    def test(value: Money | Decimal | int | None, now: datetime) -> bool:
        if value.__class__ is not Decimal:  # most are
            if value is None:
                return False
            value = value.amount if isinstance(value, Money) else Decimal(value)
        return holds(value, constant)

    return test


_OF_AMOUNTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "over": gt,
    "under": lt,
    "at_least": ge,
    "at_most": le,
    "between": lambda amount, ends: bool(ends[0] <= amount <= ends[1]),
}


def _plain(clause: Clause) -> Test:
    constant = clause.constant
    folded = constant.casefold() if isinstance(constant, str) else ""
    tests: dict[str, Test] = {
        "is_not": lambda value, now: bool(value != constant),
        "none_of": lambda value, now: value not in constant,
        "has": lambda value, now: constant in value,
        "lacks": lambda value, now: constant not in value,
        "contains": lambda value, now: folded in value.casefold(),
        "starts_with": lambda value, now: value.casefold().startswith(folded),
        "like": lambda value, now: _like(folded, value.casefold()),
    }
    return tests[clause.operator]


def _like(pattern: str, text: str) -> bool:
    """Whether the text fits a pattern in which `*` stands for anything. Linear: no backtracking."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _timed(clause: Clause) -> Test:
    """Moments against moments; as soon as one side is a date, whole days in the condition's zone are compared."""
    constant, zone = clause.constant, ZoneInfo(clause.zone)

    def local(value: datetime | date) -> date:
        return value.astimezone(zone).date() if isinstance(value, datetime) else value

    def sides(value: datetime | date, now: datetime) -> tuple[Any, Any]:
        other = now if constant == "now" else constant
        if isinstance(value, datetime) and isinstance(other, datetime):
            return value, other
        return local(value), local(other)

    def older(value: datetime | date, now: datetime) -> bool:
        start = value if isinstance(value, datetime) else datetime.combine(value, time(), zone).astimezone(UTC)
        return shifted(start, constant, clause.zone) <= now

    def before(value: datetime | date, now: datetime) -> bool:
        left, right = sides(value, now)
        return bool(left < right)

    def after(value: datetime | date, now: datetime) -> bool:
        left, right = sides(value, now)
        return bool(left > right)

    return {"before": before, "after": after, "older_than": older}[clause.operator]


def _turns(clause: Clause, value: object) -> Iterator[datetime]:
    """The moments at which a clause that looks at the clock turns, for this value."""
    if not isinstance(value, date):
        return
    zone = ZoneInfo(clause.zone)
    if clause.operator == "older_than":
        start = value if isinstance(value, datetime) else datetime.combine(value, time(), zone).astimezone(UTC)
        yield shifted(start, clause.constant, clause.zone)
    elif isinstance(value, datetime):
        yield value if clause.operator == "after" else value + timedelta.resolution
    else:
        day = value if clause.operator == "after" else value + timedelta(days=1)
        yield datetime.combine(day, time(), zone).astimezone(UTC)


def answer_of(node: Clause | Group, true: int, unknown: int) -> bool | None:
    """Kleene: one false decides `all`, one true decides `any`, whatever is not known beside it."""
    if isinstance(node, Clause):
        return None if unknown >> node.bit & 1 else bool(true >> node.bit & 1)
    answers = [answer_of(item, true, unknown) for item in node.inside]
    decided = node.kind != "all"
    if decided in answers:
        return node.kind == "any"
    return None if None in answers else node.kind != "any"


def _decider(node: Clause | Group) -> Decider:
    """The answer of a node as one function, which stops at the first part that decides it."""
    if isinstance(node, Clause):
        name, test = node.field, compiled(node)

        def of_clause(lookup: Lookup, now: datetime) -> bool | None:
            value = lookup(name)
            return None if value.__class__ is NotKnown else test(value, now)

        return of_clause
    if node.kind == "all" and all(isinstance(item, Clause) for item in node.inside):
        return _all_of([item for item in node.inside if isinstance(item, Clause)])
    parts, decided, then = [_decider(item) for item in node.inside], node.kind != "all", node.kind == "any"

    def of_group(lookup: Lookup, now: datetime) -> bool | None:
        otherwise: bool | None = not then
        for part in parts:
            answer = part(lookup, now)
            if answer is decided:
                return then
            if answer is None:
                otherwise = None
        return otherwise

    return of_group


def _all_of(clauses: Sequence[Clause]) -> Decider:
    """As the general one, for what most conditions are: clauses that must all be true."""
    tests = [(clause.field, compiled(clause)) for clause in clauses]

    def of_clauses(lookup: Lookup, now: datetime) -> bool | None:
        answer: bool | None = True
        for name, test in tests:
            value = lookup(name)
            if value.__class__ is NotKnown:
                answer = None
            elif not test(value, now):
                return False
        return answer

    return of_clauses


_MARKS = {True: "✔", False: "✘", None: "?"}


def _lines(node: Clause | Group, true: int, unknown: int, depth: int) -> Iterator[tuple[int, str, str, str]]:
    """The lines of a verdict, with the name of the fact where its value will stand."""
    mark = _MARKS[answer_of(node, true, unknown)]
    if isinstance(node, Clause):
        yield depth, mark, str(node), node.field
        return
    yield depth, mark, node.kind, ""
    for item in node.inside:
        yield from _lines(item, true, unknown, depth + 1)


def shown(value: Value | NotKnown) -> str:
    """A value as traces write it: "empty", "not read (source)", or what it is."""
    if value.__class__ is str:  # most are
        return value
    if value.__class__ is bool:
        return "true" if value else "false"
    if isinstance(value, NotKnown):
        return f"not read ({value.source})"
    return "empty" if value is None or value == () else _said(value)


def _said(value: Any) -> str:
    if value.__class__ is str or value.__class__ is Decimal:  # most are
        return str(value)
    match value:
        case bool():
            return "true" if value else "false"
        case Money():
            return f"{value.amount} {value.currency}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%MZ")
        case frozenset():
            return ", ".join(sorted(_said(item) for item in value))
        case tuple():
            return ", ".join(map(_said, value))
        case _:
            return str(value)
