"""Boxes never leave out a value that a fact may have: whatever makes a condition true lies in one of its worlds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.values import Money
from rules.boxes import MOST, Box, Possible, Span, World, meet
from rules.conditions import Condition, read_condition
from rules.ruleset import Gate, Need, RuleSet
from tests.rules import planned

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = "Europe/Kyiv"
AGENCY = planned.ruleset()
FIELDS = {
    "a.text": FieldSpec("a.text", FieldType.TEXT, "trello.card.name"),
    "a.choice": FieldSpec("a.choice", FieldType.CHOICE, "bridge", choices=("x", "y", "z")),
    "a.default": FieldSpec("a.default", FieldType.CHOICE, "bridge", choices=("x", "y"), default="x"),
    "a.flag": FieldSpec("a.flag", FieldType.FLAG, "bridge"),
    "a.sum": FieldSpec("a.sum", FieldType.MONEY, "bridge"),
    "a.set": FieldSpec("a.set", FieldType.SET, "bridge"),
    "a.at": FieldSpec("a.at", FieldType.MOMENT, "bridge"),
    "a.day": FieldSpec("a.day", FieldType.DATE, "bridge"),
}
WORDS = ("x", "y", "z", "xy", "yx")
DAYS = [date(2026, 3, 10) + timedelta(days=n) for n in (-4, -3, -1, 0, 1, 2)]
MOMENTS = [NOW + timedelta(hours=n) for n in (-96, -72, -71, -25, -12, 0, 1, 12, 30)]


def clauses() -> st.SearchStrategy[Any]:
    def one(key: str, **takes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of([value.map(lambda given, op=op: {key: {op: given}}) for op, value in takes.items()])  # type: ignore[misc]

    filled, word = st.booleans(), st.sampled_from(WORDS)
    choice, size = st.sampled_from("xyz"), st.integers(0, 4)
    words = st.lists(word, min_size=1, max_size=2)
    pattern = st.sampled_from(["x*", "*y", "x*y", "*"])
    when = st.sampled_from(["now", *map(str, DAYS), *(one.isoformat() for one in MOMENTS)])
    age = st.sampled_from(["0h", "24h", "1d", "3d", "1w", "90m"])
    sizes = dict.fromkeys(("over", "under", "at_least", "at_most"), size)
    return st.one_of(
        one(
            "a.text",
            is_not=word,
            one_of=words,
            none_of=words,
            contains=word,
            starts_with=word,
            like=pattern,
            filled=filled,
        ),
        one("a.choice", **{"is": choice, "is_not": choice, "none_of": st.lists(choice, min_size=1), "filled": filled}),
        one("a.default", **{"is": st.sampled_from("xy"), "filled": filled}),
        one("a.flag", **{"is": st.booleans(), "is_not": st.booleans(), "filled": filled}),
        one("a.sum", between=st.tuples(size, size).map(sorted), filled=filled, **sizes),
        one("a.set", has=word, lacks=word, filled=filled),
        one("a.at", before=when, after=when, older_than=age, filled=filled),
        one("a.day", before=when, after=when, older_than=age, filled=filled),
        st.sampled_from(["open", "closed"]).map(lambda value: {"gate.g": value}),
    )


def trees() -> st.SearchStrategy[Any]:
    groups = st.sampled_from(["all", "any", "none"])
    return st.recursive(
        clauses(), lambda inside: st.tuples(groups, st.lists(inside, min_size=1, max_size=4)).map(lambda t: dict([t]))
    )


def facts() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "a.text": st.sampled_from([None, *WORDS]),
            "a.choice": st.sampled_from([None, "x", "y", "z"]),
            "a.default": st.sampled_from(["x", "y"]),
            "a.flag": st.sampled_from([None, True, False]),
            "a.sum": st.one_of(st.none(), st.integers(-1, 9).map(lambda n: Money(Decimal(n) / 2))),
            "a.set": st.one_of(st.none(), st.sets(st.sampled_from(WORDS), min_size=1).map(lambda s: tuple(sorted(s)))),
            "a.at": st.sampled_from([None, *MOMENTS]),
            "a.day": st.sampled_from([None, *DAYS]),
        }
    )


def read(data: Any) -> Condition:
    return read_condition(data, FIELDS, ["g"], ZONE)


def ruleset(need: Condition | None = None, only_if: Condition | None = None) -> RuleSet:
    gates = {"g": Gate("g", {}, (Need(need, {}, "pm", only_if),))} if need is not None else {}
    return replace(AGENCY, gates=gates, fields=FIELDS)


def point(values: dict[str, Any]) -> World:
    """The world in which facts have just these values."""
    return {name: _box(name, value) for name, value in values.items()}


def _box(name: str, value: Any) -> Box:
    if value is None:
        return Box(filled=False)
    if isinstance(value, datetime):
        return Box(empty=False, span=Span(value, value), from_now=Span(value - NOW, value - NOW))
    if isinstance(value, date):
        day, away = value.toordinal(), (value - NOW.astimezone(ZoneInfo(ZONE)).date()).days
        return Box(empty=False, span=Span(day, day), from_now=Span(away, away))
    if isinstance(value, tuple):
        return Box(empty=False, has=frozenset(value), lacks=frozenset(WORDS) - set(value))
    if isinstance(value, Money):
        return Box(empty=False, span=Span(value.amount, value.amount))
    return Box(empty=False, allowed=frozenset({value}))


@given(trees(), trees(), trees(), facts())
def test_what_makes_a_condition_true_or_false_lies_in_its_worlds(
    tree: Any, need: Any, kind: Any, values: dict[str, Any]
) -> None:
    needs = [without_gate(need), without_gate(kind)]
    condition, asked, only_if = read(tree), read(needs[0]), read(needs[1])
    possible = Possible(ruleset(asked, only_if))

    def lookup(name: str) -> Any:
        if name != "gate.g":
            return values[name]
        wanted = only_if.evaluate(lookup, NOW).answer
        return "closed" if wanted and not asked.evaluate(lookup, NOW).answer else "open"

    answer = condition.evaluate(lookup, NOW).answer
    assert answer is not None
    assert meet(possible.worlds(condition, answer), [point(values)])


def without_gate(tree: Any) -> Any:
    """The same tree in which the gate does not ask for itself."""
    if isinstance(tree, list):
        return [without_gate(item) for item in tree]
    return {"a.flag" if key == "gate.g" else key: _inside(key, value) for key, value in tree.items()}


def _inside(key: str, value: Any) -> Any:
    if key == "gate.g":
        return {"is": value == "open"}
    return without_gate(value) if key in ("all", "any", "none") else value


@given(trees())
def test_worlds_never_grow_beyond_the_limit(tree: Any) -> None:
    possible = Possible(ruleset(read({"a.flag": True})))
    assert all(len(possible.worlds(read(tree), want)) <= MOST for want in (True, False))


@given(facts())
def test_a_fact_that_was_set_is_in_the_box_of_its_value(values: dict[str, Any]) -> None:
    possible = Possible(ruleset())
    for name, value in values.items():
        box = possible.box(name, plain_value(value))
        assert box is None or box.met(_box(name, parse_value(FIELDS[name], plain_value(value)))) is not None


@pytest.mark.parametrize(
    ("one", "other", "empty"),
    [
        (Span(1, 3), Span(3, 5), False),
        (Span(1, 3, high_open=True), Span(3, 5), True),
        (Span(1, 3), Span(3, 5, low_open=True), True),
        (Span(1), Span(high=0), True),
        (Span(1, 3, high_open=True), Span(1, 3), False),
        (Span(low=2, low_open=True), Span(2, 2), True),
    ],
)
def test_spans_meet_where_an_end_counts_itself(one: Span, other: Span, empty: bool) -> None:
    assert one.met(other).nothing is other.met(one).nothing is empty


def test_a_contradiction_behind_a_gate_is_seen() -> None:
    possible = Possible(ruleset(read({"a.flag": True}), read({"a.choice": "x"})))
    assert not possible.worlds(read([{"gate.g": "closed"}, {"a.choice": "y"}]))
    assert not possible.worlds(read([{"gate.g": "closed"}, {"a.flag": True}]))
    assert possible.worlds(read([{"gate.g": "open"}, {"a.flag": False}, {"a.choice": "y"}]))
