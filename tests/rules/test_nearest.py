"""The smallest change that would make a condition true, and never an impossible one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Money, NotKnown
from rules.conditions import Condition, read_condition
from rules.nearest import Change, nearest, told, told_before

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
UNREAD = NotKnown("planfix.task")
FIELDS = {
    spec.key: spec
    for spec in (
        FieldSpec("deal.prepaid", FieldType.FLAG, "x"),
        FieldSpec("deal.sum", FieldType.MONEY, "x"),
        FieldSpec("brief.state", FieldType.CHOICE, "x", choices=("none", "asked", "received")),
        FieldSpec("card.labels", FieldType.SET, "x", choices=("VIP", "Терміново")),
        FieldSpec("client.name", FieldType.TEXT, "x"),
        FieldSpec("brief.sent_at", FieldType.MOMENT, "x"),
    )
}
SEEN: dict[str, list[Any]] = {
    "deal.prepaid": [True, False, None, UNREAD],
    "deal.sum": [Money(Decimal(amount)) for amount in (0, 5, 10, 15, 30)] + [None, UNREAD],
    "brief.state": ["none", "asked", "received", None, UNREAD],
    "card.labels": [("VIP",), ("Терміново",), ("VIP", "Терміново"), None, UNREAD],
    "client.name": ["Зерно", "Зерно і ко", "Хліб", None, UNREAD],
    "brief.sent_at": [NOW, NOW - timedelta(days=5), NOW + timedelta(days=5), None, UNREAD],
}
CLAUSES: list[dict[str, Any]] = [
    *({"deal.prepaid": value} for value in (True, False, {"filled": True}, {"filled": False})),
    *({"deal.sum": {name: amount}} for name in ("over", "under", "at_least", "at_most") for amount in (5, 10, 20)),
    *({"deal.sum": {"between": pair}} for pair in ([5, 10], [10, 20], [20, 5])),
    *({"brief.state": value} for value in ("none", "asked", ["asked", "received"], {"is_not": "received"})),
    *({"brief.state": {"none_of": value}} for value in (["none", "asked"], ["none", "asked", "received"])),
    *({"card.labels": {name: label}} for name in ("has", "lacks") for label in ("VIP", "Терміново")),
    *({"client.name": {name: "Зерно"}} for name in ("is", "is_not", "contains", "starts_with")),
    *({"client.name": {"like": pattern}} for pattern in ("Зерно*", "*ко", "*")),
    *({"brief.sent_at": value} for value in ({"after": "now"}, {"before": "now"}, {"older_than": "3d"})),
    *({"brief.sent_at": {name: "2026-11-20"}} for name in ("before", "after")),
]
MORE: dict[str, list[Any]] = {
    "deal.sum": [Money(Decimal(amount)) for amount in ("5.5", "9.5", "10.5", "19.5", "20", "20.5")],
    "brief.sent_at": [
        NOW + timedelta(days=days, seconds=seconds) for days in (-4, -3, -2, 0) for seconds in (-1, 0, 1)
    ],
    "client.name": ["Зерноко", "Хліб і ко", "Моє Зерно", "Моє Зерно і ко"],
}
"""Values that lie between those, or meet two clauses at once."""


def grown(depth: int) -> st.SearchStrategy[Any]:
    if depth == 0:
        return st.sampled_from(CLAUSES)
    inside = st.lists(grown(depth - 1), min_size=1, max_size=3)
    groups = st.builds(lambda kind, items: {kind: items}, st.sampled_from(["all", "any", "none"]), inside)
    return groups | st.sampled_from(CLAUSES)


VALUES = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in SEEN.items()})


def change_of(condition: Condition, values: dict[str, Any]) -> tuple[Change, ...] | None:
    seen = condition.evaluate(values.__getitem__, NOW)
    return nearest(condition, seen.true_mask, seen.unknown_mask, NOW)


def holds(condition: Condition, values: dict[str, Any], changes: tuple[Change, ...]) -> bool:
    changed = {**values, **{change.field: change.example(NOW) for change in changes}}
    return condition.evaluate(changed.__getitem__, NOW).answer is True


@given(grown(2), VALUES)
def test_the_stated_change_makes_it_true_and_no_part_of_it_does(tree: Any, values: dict[str, Any]) -> None:
    condition = read_condition([tree], FIELDS)
    changes = change_of(condition, values)
    if changes is None:
        return
    assert holds(condition, values, changes)
    for fewer in range(len(changes)):
        assert not any(holds(condition, values, part) for part in combinations(changes, fewer))


@given(grown(2), VALUES, VALUES)
def test_no_change_is_found_only_where_no_values_make_it_true(
    tree: Any, values: dict[str, Any], others: dict[str, Any]
) -> None:
    condition = read_condition([tree], FIELDS)
    if change_of(condition, values) is None:
        assert condition.evaluate(others.__getitem__, NOW).answer is not True


@pytest.mark.parametrize("field", SEEN)
def test_of_any_two_clauses_about_one_fact_only_the_impossible_has_no_change(field: str) -> None:
    mine = [clause for clause in CLAUSES if field in clause]
    values = [*SEEN[field], *MORE.get(field, [])]
    for kind, (one, other) in product(("all", "any", "none"), combinations_with_replacement(mine, 2)):
        condition = read_condition({kind: [one, other]}, FIELDS)
        possible = any(condition.evaluate({field: value}.__getitem__, NOW).answer for value in values)
        for value in values:
            changes = change_of(condition, {field: value})
            assert holds(condition, {field: value}, changes) if changes is not None else not possible, (
                kind,
                one,
                other,
            )


TREES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "either and": lambda one, other, third: {"all": [{"any": [one, third]}, other]},
    "both or": lambda one, other, third: {"any": [{"all": [one, third]}, other]},
    "neither and": lambda one, other, third: {"all": [{"none": [one, third]}, other]},
    "not either": lambda one, other, third: {"none": [{"any": [one, third]}, {"all": [other, third]}]},
}


@pytest.mark.parametrize("shape", TREES)
def test_of_three_clauses_about_two_facts_no_part_of_the_change_would_do(shape: str) -> None:
    states = [clause for clause in CLAUSES if "brief.state" in clause]
    flags: list[dict[str, Any]] = [{"deal.prepaid": True}, {"deal.prepaid": False}]
    for one, other, third in product(states, states, flags):
        condition = read_condition(TREES[shape](one, other, third), FIELDS)
        for state, prepaid in product(SEEN["brief.state"], SEEN["deal.prepaid"]):
            values = {"brief.state": state, "deal.prepaid": prepaid}
            changes = change_of(condition, values)
            if changes:
                assert holds(condition, values, changes), (one, other, third)
                assert not any(holds(condition, values, part) for part in combinations(changes, len(changes) - 1))


@pytest.mark.parametrize("value", ["none", None, UNREAD])
def test_what_goes_without_saying_is_not_asked_for_whatever_was_known_before(value: Any) -> None:
    condition = read_condition([{"brief.state": "asked"}, {"brief.state": {"is_not": "received"}}], FIELDS)
    assert told(change_of(condition, {"brief.state": value})) == ("brief.state = asked",)


def test_two_clauses_on_one_fact_never_ask_for_both() -> None:
    condition = read_condition(
        {"all": [{"brief.state": "received"}, {"any": [{"brief.state": "asked"}, {"deal.prepaid": True}]}]}, FIELDS
    )
    values = {"brief.state": "asked", "deal.prepaid": False}
    assert told(change_of(condition, values)) == ("brief.state = received", "deal.prepaid = true")


def test_what_contradicts_itself_has_no_change() -> None:
    condition = read_condition([{"deal.sum": {"over": 20}}, {"deal.sum": {"under": 10}}], FIELDS)
    assert change_of(condition, {"deal.sum": None}) is None


def test_what_has_a_default_is_never_asked_to_be_empty() -> None:
    kept = {"brief.state": replace(FIELDS["brief.state"], default="none"), "deal.prepaid": FIELDS["deal.prepaid"]}
    condition = read_condition({"any": [{"brief.state": {"filled": False}}, {"deal.prepaid": True}]}, kept)
    assert told(change_of(condition, {"brief.state": "none", "deal.prepaid": False})) == ("deal.prepaid = true",)


def test_a_gate_is_never_asked_to_be_neither_open_nor_closed() -> None:
    condition = read_condition({"gate.start": {"none_of": ["open", "closed"]}}, {}, ["start"])
    assert change_of(condition, {"gate.start": "open"}) is None


def test_a_change_of_many_facts_is_found_where_some_stand_twice() -> None:
    names = [f"client.f{number}" for number in range(12)]
    fields = {name: FieldSpec(name, FieldType.NUMBER, "x") for name in names}
    condition = read_condition([{name: {"over": 1, "under": 9}} for name in names], fields)
    changes = change_of(condition, dict.fromkeys(names)) or ()
    assert [str(change) for change in changes] == [f"{name} over 1 and under 9" for name in names]


def test_two_labels_of_many_are_one_change() -> None:
    labels = [f"l{number}" for number in range(8)]
    fields = {"card.labels": FieldSpec("card.labels", FieldType.SET, "x", choices=tuple(labels))}
    wanted = [{"card.labels": {"has" if label in ("l2", "l5") else "lacks": label}} for label in labels]
    [change] = change_of(read_condition(wanted, fields), {"card.labels": tuple(labels)}) or ()
    assert change.example(NOW) == ("l2", "l5")


def test_all_labels_of_many_but_one_are_one_change() -> None:
    labels = [f"l{number}" for number in range(8)]
    fields = {"card.labels": FieldSpec("card.labels", FieldType.SET, "x", choices=tuple(labels))}
    wanted = [{"card.labels": {"lacks" if label == "l3" else "has": label}} for label in labels]
    [change] = change_of(read_condition(wanted, fields), {"card.labels": ()}) or ()
    assert change.example(NOW) == ("l0", "l1", "l2", "l4", "l5", "l6", "l7")


@pytest.mark.parametrize(("choices", "example"), [(("VIP", "Терміново"), ("Терміново",)), (None, ("…",))])
def test_a_label_that_is_none_of_those_named_is_one_that_there_is(choices: Any, example: tuple[str, ...]) -> None:
    fields = {"card.labels": FieldSpec("card.labels", FieldType.SET, "x", choices=choices)}
    condition = read_condition({"card.labels": {"lacks": "VIP", "filled": True}}, fields)
    [change] = change_of(condition, {"card.labels": None}) or ()
    assert change.example(NOW) == example


def test_what_a_fact_is_already_is_told_where_it_has_to_stay() -> None:
    condition = read_condition([{"none": [{"deal.prepaid": True}]}, {"deal.sum": {"under": 20, "over": 5}}], FIELDS)
    changes = change_of(condition, {"deal.prepaid": False, "deal.sum": Money(Decimal(30))})
    assert told(changes) == ("deal.sum under 20 and over 5",)


def test_what_is_so_now_stays_possible_while_another_fact_is_not_known() -> None:
    labels = [f"l{number}" for number in range(8)]
    fields = {**FIELDS, "card.labels": FieldSpec("card.labels", FieldType.SET, "x", choices=tuple(labels))}
    wanted = [{"card.labels": {"has" if label < "l3" else "lacks": label}} for label in labels]
    condition = read_condition([*wanted, {"deal.prepaid": True}], fields)
    assert told(change_of(condition, {"card.labels": ("l0", "l1", "l2"), "deal.prepaid": UNREAD})) == (
        "deal.prepaid = true",
    )


def test_of_a_gate_that_is_not_known_nothing_impossible_is_asked() -> None:
    condition = read_condition({"none": [{"gate.start": ["open", "closed"]}]}, {}, ["start"])
    assert change_of(condition, {"gate.start": UNREAD}) is None


def test_all_that_must_not_be_is_asked_for_at_once() -> None:
    none = {"none": [{"brief.state": "asked"}, {"deal.prepaid": True}]}
    condition = read_condition([none, {"brief.state": {"is_not": "received"}}], FIELDS)
    values = {"brief.state": "asked", "deal.prepaid": True}
    changes = change_of(condition, values) or ()
    assert [change.field for change in changes] == ["brief.state", "deal.prepaid"]
    assert holds(condition, values, changes)


@pytest.mark.parametrize(("kind", "example"), [(FieldType.DATE, date), (FieldType.MOMENT, datetime)])
def test_of_a_date_a_whole_day_is_the_example_and_of_a_moment_a_moment(kind: FieldType, example: type) -> None:
    condition = read_condition({"deal.due": {"after": "2026-11-20"}}, {"deal.due": FieldSpec("deal.due", kind, "x")})
    [change] = change_of(condition, {"deal.due": None}) or ()
    assert type(change.example(NOW)) is example


@pytest.mark.parametrize(
    "tree",
    [
        {"deal.sum": {"over": 5, "under": 20}},
        {"none": [{"client.name": {"contains": "а"}}]},
        {"none": [{"client.name": {"contains": "а"}}, {"client.name": {"starts_with": "б"}}]},
    ],
)
def test_a_change_is_known_again_by_its_words(tree: Any) -> None:
    condition = read_condition([tree, {"deal.prepaid": True}], FIELDS)
    changes = nearest(condition, 0b11 if "none" in tree else 0, 0, NOW)
    assert told_before(condition, told(changes)) == changes


def test_several_bounds_of_one_fact_are_one_change() -> None:
    condition = read_condition({"deal.sum": {"over": 5, "under": 20}}, FIELDS)
    assert told(change_of(condition, {"deal.sum": Money(Decimal(30))})) == ("deal.sum over 5 and under 20",)


def test_a_text_that_has_to_begin_and_end_so_is_put_together() -> None:
    condition = read_condition({"client.name": {"starts_with": "Зерно", "like": "*ко"}}, FIELDS)
    [change] = change_of(condition, {"client.name": None}) or ()
    assert holds(condition, {"client.name": None}, (change,))


@pytest.mark.parametrize(
    ("data", "value", "change"),
    [
        ({"deal.prepaid": True}, False, ("deal.prepaid = true",)),
        ({"brief.state": "asked"}, "none", ("brief.state = asked",)),
        ({"not": {"brief.state": "asked"}}, "asked", ("brief.state is not asked",)),
        ({"none": [{"deal.prepaid": True}]}, True, ("deal.prepaid = false",)),
        ({"deal.sum": {"over": 5}}, None, ("deal.sum over 5",)),
        ({"deal.sum": {"at_most": 5}}, None, ("deal.sum at most 5",)),
        ({"client.name": {"contains": "а"}}, None, ("client.name contains а",)),
        ({"brief.sent_at": {"after": "now"}}, None, ("brief.sent_at after now",)),
        ({"client.name": {"filled": True}}, None, ("client.name filled",)),
        ({"deal.prepaid": True}, True, ()),
    ],
)
def test_the_smallest_change_is_said_in_words(data: object, value: object, change: tuple[str, ...]) -> None:
    condition = read_condition(data, FIELDS)
    seen = condition.evaluate(lambda _field: value, NOW)  # type: ignore[arg-type,return-value]
    assert told(nearest(condition, seen.true_mask, seen.unknown_mask, NOW)) == change


def test_the_smallest_change_takes_the_cheapest_way() -> None:
    condition = read_condition(
        {"any": [[{"deal.prepaid": True}, {"client.name": "a"}], {"brief.state": "asked"}]}, FIELDS
    )
    assert told(nearest(condition, 0, 0, NOW)) == ("brief.state = asked",)


def test_a_clause_stays_in_the_change_where_another_changed_fact_may_make_it_matter() -> None:
    either = {"any": [{"deal.sum": {"under": 20}}, {"none": [{"client.name": {"contains": "о"}}]}]}
    condition = read_condition([{"deal.sum": {"over": 5}}, either, {"client.name": {"starts_with": "З"}}], FIELDS)
    changes = change_of(condition, {"deal.sum": None, "client.name": "Хлібороб"})
    assert told(changes) == ("deal.sum over 5 and under 20", "client.name starts with З")


def test_the_example_of_a_day_after_another_is_the_next_day() -> None:
    fields = {"deal.due": FieldSpec("deal.due", FieldType.DATE, "x")}
    [change] = change_of(read_condition({"deal.due": {"after": "2026-12-20"}}, fields), {"deal.due": None}) or ()
    assert change.example(NOW) == date(2026, 12, 21)
