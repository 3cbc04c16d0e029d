"""Conditions: what fits which type, three answers, and the explanation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Money, NotKnown
from rules.conditions import ALL_OPERATORS, OPERATORS, Condition, Verdict, read_condition, shown
from rules.constants import typed_constant, unknown_choice
from rules.flaws import Flaw, Flawed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UNREAD = NotKnown("planfix.task")
LISTS = ("Договір", "Запущено", "Архів")
FIELDS = {
    key: FieldSpec(key, FieldType(kind), "planfix.task.x", choices)
    for key, kind, choices in (
        ("client.name", "text", None),
        ("card.list", "choice", LISTS),
        ("client.manager", "person", None),
        ("deal.prepaid", "flag", None),
        ("deal.hours", "number", None),
        ("deal.sum", "money", None),
        ("card.labels", "set", ("VIP", "Терміново")),
        ("client.last", "moment", None),
        ("invoice.due", "date", None),
        ("client.forget_after", "length", None),
        ("week.rows", "list", None),
    )
}


def condition(data: object) -> Condition:
    return read_condition(data, FIELDS, ["start"], "Europe/Kyiv")


def verdict(data: object, values: Mapping[str, Any], now: datetime = NOW) -> Verdict:
    return condition(data).evaluate(values.__getitem__, now)


def answer(data: object, value: object, now: datetime = NOW) -> bool | None:
    """The answer for a condition on one field that has this value."""
    return condition(data).evaluate(lambda _field: value, now).answer  # type: ignore[arg-type,return-value]


def flaws(data: object) -> list[Flaw]:
    with pytest.raises(Flawed) as caught:
        condition(data)
    return list(caught.value.flaws)


MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "value", "expected"),
    [
        ({"card.list": "Договір"}, "Договір", True),
        ({"card.list": "Договір"}, "Архів", False),
        ({"card.list": {"is_not": "Договір"}}, "Архів", True),
        ({"card.list": {"is_not": "Договір"}}, "Запущено", True),
        ({"card.list": {"is_not": "Договір"}}, "Договір", False),
        ({"card.list": ["Договір", "Архів"]}, "Архів", True),
        ({"card.list": {"none_of": ["Договір", "Архів"]}}, "Архів", False),
        ({"client.manager": "olena"}, "olena", True),
        ({"client.name": {"contains": "ромаш"}}, "ТОВ «Ромашка»", True),
        ({"client.name": {"starts_with": "тов"}}, "ТОВ «Ромашка»", True),
        ({"client.name": {"like": "ТОВ *шка»"}}, "ТОВ «Ромашка»", True),
        ({"client.name": {"like": "*ром*аш*"}}, "ТОВ «Ромашка»", True),
        ({"client.name": {"like": "ТОВ"}}, "ТОВ «Ромашка»", False),
        ({"client.name": {"like": "тов"}}, "ТОВ", True),
        ({"client.name": {"like": "*аб*аб*"}}, "аб", False),
        ({"client.name": {"like": "*аб*аб*"}}, "абаб", True),
        ({"client.name": {"like": "а*б"}}, "аб", True),
        ({"client.name": {"like": "а*б"}}, "абв", False),
        ({"client.name": {"like": "а*б"}}, "ваб", False),
        ({"client.name": {"like": "а*в*б"}}, "авб", True),
        ({"client.name": {"like": "ав*в*б"}}, "авб", False),
        ({"client.name": {"like": "а*в*вб"}}, "авб", False),
        ({"client.name": {"contains": "МАШ"}}, "Ромашка", True),
        ({"client.name": {"contains": "маш"}}, "Зерно", False),
        ({"client.name": {"starts_with": "маш"}}, "Ромашка", False),
        ({"client.name": {"like": "аа*аа"}}, "ааа", False),
        ({"deal.prepaid": True}, True, True),
        ({"deal.prepaid": False}, False, True),
        ({"deal.sum": {"over": 1000}}, Money(Decimal("1000.01")), True),
        ({"deal.sum": {"over": 1000}}, Money(Decimal(1000)), False),
        ({"deal.sum": {"at_least": 1000}}, Money(Decimal(1000)), True),
        ({"deal.sum": {"over": 0.1, "under": 0.3}}, Money(Decimal("0.2"), "MDL"), True),
        ({"deal.hours": {"between": [1, 3]}}, Decimal(3), True),
        ({"deal.hours": {"between": [1, 3]}}, Decimal(1), True),
        ({"deal.hours": {"between": [1, 3]}}, Decimal(2), True),
        ({"deal.hours": {"between": [1, 3]}}, Decimal("0.9"), False),
        ({"deal.hours": {"between": [1, 3]}}, Decimal("3.1"), False),
        ({"deal.hours": {"under": 2}}, Decimal(1), True),
        ({"deal.hours": {"under": 2}}, Decimal(2), False),
        ({"deal.hours": {"under": 2}}, Decimal(3), False),
        ({"deal.hours": {"at_least": 2}}, Decimal(1), False),
        ({"deal.hours": {"at_least": 2}}, Decimal(3), True),
        ({"deal.hours": {"at_most": 2}}, Decimal(3), False),
        ({"deal.hours": {"at_most": 2}}, Decimal(2), True),
        ({"deal.hours": {"at_most": 2}}, Decimal(1), True),
        ({"card.labels": "VIP"}, ("Терміново", "VIP"), True),
        ({"card.labels": "VIP"}, ("Терміново",), False),
        ({"card.labels": {"lacks": "VIP"}}, ("VIP",), False),
        ({"card.labels": {"lacks": "VIP"}}, ("Терміново",), True),
        ({"client.last": {"after": "now"}}, NOW + timedelta(seconds=1), True),
        ({"client.last": {"after": "now"}}, NOW, False),
        ({"client.last": {"before": "now"}}, NOW, False),
        ({"client.last": {"before": "now"}}, NOW - timedelta(seconds=1), True),
        ({"client.last": {"after": "2026-11-20"}}, MOMENT, False),
        ({"invoice.due": {"after": "2026-11-22"}}, date(2026, 11, 23), True),
        ({"invoice.due": {"after": "now"}}, date(2026, 11, 23), False),
        ({"invoice.due": {"after": "now"}}, date(2026, 11, 24), True),
        ({"invoice.due": {"older_than": "35h"}}, date(2026, 11, 22), True),
        ({"invoice.due": {"older_than": "36h"}}, date(2026, 11, 22), False),
        ({"client.last": {"before": "2026-11-20 15:00"}}, MOMENT, True),
        ({"client.last": {"before": "2026-11-20 13:00"}}, MOMENT, False),
        ({"client.last": {"before": "2026-11-20"}}, MOMENT, False),
        ({"client.last": {"after": "2026-11-19"}}, MOMENT, True),
        ({"client.last": {"older_than": "2d"}}, NOW - timedelta(days=2), True),
        ({"client.last": {"older_than": "2d"}}, NOW - timedelta(days=2) + timedelta(seconds=1), False),
        ({"invoice.due": {"before": "now"}}, date(2026, 11, 22), True),
        ({"invoice.due": {"before": "now"}}, date(2026, 11, 23), False),
        ({"invoice.due": {"older_than": "36h"}}, date(2026, 11, 21), True),
        ({"client.forget_after": {"filled": True}}, "75d", True),
        ({"week.rows": {"filled": True}}, ("a",), True),
        ({"gate.start": "open"}, "open", True),
        ({"gate.start": "closed"}, "open", False),
    ],
)
def test_a_comparison_answers(data: object, value: object, expected: bool) -> None:
    assert answer(data, value) is expected


EVERY_COMPARISON = [
    ("client.name", "is", "a"),
    ("client.name", "is_not", "a"),
    ("client.name", "one_of", ["a"]),
    ("client.name", "none_of", ["a"]),
    ("client.name", "contains", "a"),
    ("client.name", "starts_with", "a"),
    ("client.name", "like", "*"),
    ("client.name", "filled", True),
    ("deal.sum", "over", 0),
    ("deal.sum", "under", 9),
    ("deal.sum", "at_least", 0),
    ("deal.sum", "at_most", 9),
    ("deal.sum", "between", [0, 9]),
    ("card.labels", "has", "VIP"),
    ("card.labels", "lacks", "VIP"),
    ("client.last", "before", "now"),
    ("client.last", "after", "now"),
    ("client.last", "older_than", "1d"),
]


def test_the_list_of_comparisons_below_is_whole() -> None:
    assert {operator for _field, operator, _constant in EVERY_COMPARISON} == set(ALL_OPERATORS)


@pytest.mark.parametrize(("field", "operator", "constant"), EVERY_COMPARISON)
def test_an_empty_value_fails_all_but_the_negative(field: str, operator: str, constant: object) -> None:
    expected = operator in ("is_not", "none_of", "lacks")
    assert answer({field: {operator: constant}}, None) is expected


@pytest.mark.parametrize(("field", "operator", "constant"), EVERY_COMPARISON)
def test_a_source_that_was_not_read_makes_every_comparison_not_known(
    field: str, operator: str, constant: object
) -> None:
    assert answer({field: {operator: constant}}, UNREAD) is None


def test_not_filled_holds_for_an_empty_value() -> None:
    assert answer({"client.last": {"filled": False}}, None) is True


@pytest.mark.parametrize(
    ("data", "first", "second", "expected"),
    [
        ("all", False, UNREAD, False),
        ("all", True, UNREAD, None),
        ("any", True, UNREAD, True),
        ("any", False, UNREAD, None),
        ("none", True, UNREAD, False),
        ("none", False, UNREAD, None),
        ("none", False, False, True),
    ],
)
def test_one_known_value_decides_where_it_can(data: str, first: object, second: object, expected: bool | None) -> None:
    said = {data: [{"deal.prepaid": True}, {"card.list": "Архів"}]}
    values = {"deal.prepaid": first, "card.list": second if isinstance(second, NotKnown) else "Договір"}
    assert verdict(said, values).answer is expected


def test_not_is_none_of_one_condition() -> None:
    assert answer({"not": {"deal.prepaid": True}}, False) is True


def test_a_list_and_a_map_mean_all_of_them() -> None:
    values = {"deal.prepaid": True, "card.list": "Архів"}
    both = [{"deal.prepaid": True}, {"card.list": "Договір"}]
    assert verdict(both, values).answer is False
    assert verdict({"deal.prepaid": True, "card.list": "Архів"}, values).answer is True


def test_the_fields_are_named_and_gates_among_them() -> None:
    said = condition([{"gate.start": "open"}, {"any": [{"deal.prepaid": True}, {"card.list": "Архів"}]}])
    assert said.fields == {"gate.start", "deal.prepaid", "card.list"}


@pytest.mark.parametrize(
    ("data", "code", "path", "told"),
    [
        ({"brief.stat": "x"}, "unknown-field", ("brief.stat",), "unknown field"),
        ({"сard.list": "Архів"}, "unknown-field", ("сard.list",), "Cyrillic"),
        ({"gate.begin": "open"}, "unknown-field", ("gate.begin",), "unknown field"),
        ({"gate.start": "opened"}, "unknown-value", ("gate.start",), 'did you mean "open"'),
        ({"card.list": "Запушено"}, "unknown-list", ("card.list",), 'did you mean "Запущено"'),
        ({"card.labels": "Vip"}, "unknown-label", ("card.labels",), "capital letters"),
        ({"card.list": ["Архів", "Запушено"]}, "unknown-list", ("card.list", 1), "is not a list"),
        ({"card.list": {"over": 1}}, "unfit-comparison", ("card.list", "over"), "use one of: filled, is, is_not"),
        ({"card.list": {"isnot": "Архів"}}, "unknown-comparison", ("card.list", "isnot"), 'did you mean "is_not"'),
        ({"deal.sum": 5}, "unfit-comparison", ("deal.sum",), "use one of: at_least"),
        ({"deal.sum": {"over": "0"}}, "wrong-type", ("deal.sum", "over"), 'deal.sum is a number, got "0"'),
        ({"deal.sum": {"over": True}}, "wrong-type", ("deal.sum", "over"), "got true"),
        ({"deal.hours": {"between": [1]}}, "wrong-type", ("deal.hours", "between"), "two values"),
        ({"deal.prepaid": "yes"}, "wrong-type", ("deal.prepaid",), 'true or false, got "yes"'),
        ({"client.name": 12}, "wrong-type", ("client.name",), "put it in quotes"),
        ({"client.last": {"after": "soon"}}, "wrong-type", ("client.last", "after"), "write now"),
        ({"client.last": {"older_than": "2wd"}}, "bad-length", ("client.last", "older_than"), "3d, 36h"),
        ({"client.last": {"older_than": "3d at 10:00"}}, "bad-length", ("client.last", "older_than"), "3d, 36h"),
        ({"client.last": {"older_than": "-3d"}}, "bad-length", ("client.last", "older_than"), "3d, 36h"),
        ({"client.last": {"older_than": 3}}, "bad-length", ("client.last", "older_than"), "not understood"),
        ({"client.last": {"filled": "yes"}}, "wrong-type", ("client.last", "filled"), "filled is true or false"),
        ({"card.list": []}, "wrong-type", ("card.list",), "a list of values"),
        ({"card.list": {"one_of": "Архів"}}, "wrong-type", ("card.list", "one_of"), "a list of values"),
        ({"deal.hours": {"between": 1}}, "wrong-type", ("deal.hours", "between"), "two values"),
        ({"deal.hours": {"between": [1, 2, 3]}}, "wrong-type", ("deal.hours", "between"), "two values"),
        ({"card.labels": 5}, "wrong-type", ("card.labels",), "is a set of texts, got 5"),
        ({"client.name": {}}, "empty-condition", ("client.name",), "nothing"),
        ({"any": {"deal.prepaid": True}}, "wrong-type", ("any",), "needs a list"),
        ({"any": []}, "empty-condition", ("any",), "nothing in it"),
        ([], "empty-condition", (), "nothing in it"),
        ("client.name", "wrong-type", (), "expected field: value"),
    ],
)
def test_a_mistake_is_told_at_its_place(data: object, code: str, path: tuple[str | int, ...], told: str) -> None:
    [flaw] = flaws(data)
    assert (flaw.code, flaw.path) == (code, path)
    assert told in f"{flaw.what}; {flaw.advice}"


def test_a_list_is_offered_once_and_with_its_board_only_where_its_name_is_two_lists() -> None:
    lists = ("Архів", "Клієнти / Архів", "Запуск / Ліди", "Клієнти / Ліди")
    spec = FieldSpec("card.list", FieldType.CHOICE, "trello.card.list", lists)
    assert str(unknown_choice(spec, "Договір").advice) == "one of: Архів, Запуск / Ліди, Клієнти / Ліди"


def test_all_mistakes_are_told_at_once_with_places() -> None:
    told = [(flaw.code, flaw.path, flaw.key) for flaw in flaws({"a.b": 1, "deal.prepaid": "yes"})]
    assert told == [("unknown-field", ("a.b",), True), ("wrong-type", ("deal.prepaid",), False)]


def test_the_tree_shows_marks_clauses_and_values() -> None:
    said = condition([{"deal.sum": {"over": 0}}, {"any": [{"deal.prepaid": True}, {"card.list": "Архів"}]}])
    values: dict[str, Any] = {"deal.sum": None, "deal.prepaid": UNREAD, "card.list": "Договір"}
    seen = said.evaluate(values.__getitem__, NOW)
    assert said.tree(seen.true_mask, seen.unknown_mask, values.__getitem__) == (
        (0, "✘", "all", ""),
        (1, "✘", "deal.sum over 0", "empty"),
        (1, "?", "any", ""),
        (2, "?", "deal.prepaid is true", "not read (planfix.task)"),
        (2, "✘", "card.list is Архів", "Договір"),
    )


def test_a_condition_on_now_tells_when_it_turns_by_itself() -> None:
    due = NOW + timedelta(days=1)
    assert condition({"client.last": {"after": "now"}}).next_change(lambda _field: due, NOW) == due
    assert condition({"client.last": {"older_than": "3d"}}).next_change(lambda _field: NOW, NOW) == NOW + timedelta(
        days=3
    )


@pytest.mark.parametrize(("operator", "turns"), [("after", date(2026, 11, 25)), ("before", date(2026, 11, 26))])
def test_a_date_is_over_when_its_day_has_ended_where_the_office_is(operator: str, turns: date) -> None:
    said = condition({"invoice.due": {operator: "now"}})
    midnight = datetime(turns.year, turns.month, turns.day, tzinfo=ZoneInfo("Europe/Kyiv"))
    assert said.next_change(lambda _field: date(2026, 11, 25), NOW) == midnight


FLAGS = {f"client.f{number}": FieldSpec(f"client.f{number}", FieldType.FLAG, "x") for number in range(8)}
VALUES = st.fixed_dictionaries({key: st.sampled_from([True, False, UNREAD]) for key in FLAGS})


@st.composite
def trees(draw: st.DrawFn) -> object:
    """A condition in which every field stands once, so that clauses are independent."""
    names = draw(st.permutations(sorted(FLAGS)))

    def grow(part: list[str], depth: int) -> object:
        if len(part) == 1 or depth == 0:
            return {part[0]: draw(st.booleans())}
        cut = draw(st.integers(1, len(part) - 1))
        kind = draw(st.sampled_from(["all", "any", "none"]))
        return {kind: [grow(part[:cut], depth - 1), grow(part[cut:], depth - 1)]}

    return grow(list(names), 3)


@given(trees(), VALUES)
def test_an_answer_given_under_unknowns_stays_when_the_values_come(tree: object, values: dict[str, Any]) -> None:
    said = read_condition(tree, FLAGS)
    before = said.evaluate(values.__getitem__, NOW).answer
    for known in (True, False):
        filled = {key: known if value is UNREAD else value for key, value in values.items()}
        after = said.evaluate(filled.__getitem__, NOW).answer
        assert after is not None
        assert before in (None, after)


@given(trees(), VALUES)
def test_the_tree_and_the_verdict_agree(tree: object, values: dict[str, Any]) -> None:
    said = read_condition(tree, FLAGS)
    seen = said.evaluate(values.__getitem__, NOW)
    mark = said.tree(seen.true_mask, seen.unknown_mask, values.__getitem__)[0][1]
    assert mark == {True: "✔", False: "✘", None: "?"}[seen.answer]


def test_a_pattern_of_many_stars_is_matched_in_no_time() -> None:
    said = condition({"client.name": {"like": "*a" * 200 + "b"}})
    started = time.process_time()
    said.evaluate(lambda _field: "a" * 20_000, NOW)
    assert time.process_time() - started < 1


def test_every_type_has_its_comparisons() -> None:
    assert set(OPERATORS) == set(FieldType)


@pytest.mark.parametrize("kind", ["all", "any", "none"])
@pytest.mark.parametrize("first", [True, False, UNREAD])
@pytest.mark.parametrize("second", [True, False, UNREAD])
@pytest.mark.parametrize("nested", [False, True])
def test_the_answer_alone_is_that_of_the_whole_verdict(kind: str, first: object, second: object, nested: bool) -> None:
    parts: list[Any] = [{"deal.prepaid": True}, {"client.name": "так"}]
    said = condition({kind: [{"any": parts}, {"all": parts}] if nested else parts})
    text = UNREAD if isinstance(second, NotKnown) else "так" if second else "ні"
    values: dict[str, Any] = {"deal.prepaid": first, "client.name": text}
    assert said.holds(values.__getitem__, NOW) is said.evaluate(values.__getitem__, NOW).answer


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"deal.prepaid": False}, "deal.prepaid is false"),
        ({"client.last": {"filled": True}}, "client.last filled true"),
        ({"deal.sum": {"at_least": 5}}, "deal.sum at least 5"),
        ({"deal.hours": {"between": [1, 3]}}, "deal.hours between 1, 3"),
        ({"card.list": {"none_of": ["Запущено", "Архів"]}}, "card.list none of Архів, Запущено"),
        ({"client.last": {"before": "2026-11-20 15:00"}}, "client.last before 2026-11-20 13:00Z"),
        ({"client.last": {"older_than": "3d"}}, "client.last older than 3d"),
    ],
)
def test_a_comparison_is_told_by_its_fact_its_word_and_its_value(data: object, told: str) -> None:
    [clause] = condition(data).clauses
    assert str(clause) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "empty"),
        ((), "empty"),
        (UNREAD, "not read (planfix.task)"),
        (True, "true"),
        (False, "false"),
        (Money(Decimal(5), "EUR"), "5 EUR"),
        (("VIP", "SEO"), "VIP, SEO"),
        (MOMENT, "2026-11-20 12:00Z"),
        (date(2026, 11, 20), "2026-11-20"),
        ("так", "так"),
    ],
)
def test_a_value_is_told_in_a_trace_as_what_it_is(value: Any, told: str) -> None:
    assert shown(value) == told


@pytest.mark.parametrize(
    ("operator", "last", "turns"),
    [("after", NOW, None), ("before", NOW, timedelta.resolution), ("before", NOW - timedelta(1), None)],
)
def test_a_moment_turns_a_condition_once_and_only_when_it_is_still_to_come(
    operator: str, last: datetime, turns: timedelta | None
) -> None:
    moment = condition({"client.last": {operator: "now"}}).next_change(lambda _field: last, NOW)
    assert moment == (NOW + turns if turns else None)


def test_of_several_moments_the_next_one_turns_a_condition() -> None:
    values: dict[str, Any] = {"client.last": NOW + timedelta(days=9), "invoice.due": date(2026, 11, 25)}
    both = condition([{"client.last": {"after": "now"}}, {"invoice.due": {"after": "now"}}])
    assert both.next_change(values.__getitem__, NOW) == datetime(2026, 11, 25, tzinfo=ZoneInfo("Europe/Kyiv"))


def test_a_date_that_is_old_enough_turns_at_midnight_where_the_office_is() -> None:
    turns = condition({"invoice.due": {"older_than": "3d"}}).next_change(lambda _field: date(2026, 11, 22), NOW)
    assert turns == datetime(2026, 11, 25, tzinfo=ZoneInfo("Europe/Kyiv"))


def test_what_does_not_look_at_the_clock_never_turns_by_itself() -> None:
    assert condition({"client.last": {"after": "2026-11-30"}}).next_change(lambda _field: MOMENT, NOW) is None


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("30 000", "write 30000: digits only, without quotes"),
        ("30\u00a0000 грн", "write 30000: digits only, without quotes"),
        ("30,000", "write 30000: digits only, without quotes"),
        ("1 234,50", "write 1234.50: digits only, without quotes"),
        ("-5", "write -5: digits only, without quotes"),
        ("багато", "write it in digits, such as 30000"),
        (True, "write it in digits, such as 30000"),
    ],
)
def test_who_writes_a_number_as_people_do_is_told_how_it_is_written_here(text: object, advice: str) -> None:
    with pytest.raises(Flawed) as error:
        typed_constant(FieldSpec("deal.sum", FieldType.MONEY, "planfix.task.sum"), text)
    assert error.value.flaws[0].advice == advice
