"""Odd shapes that the real Planfix sends, and what becomes of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.planfix.answers import Answer, Contact, CustomField, Task, TimePoint
from connectors.planfix.api import PlanfixSettings
from connectors.planfix.mapping import (
    PlanfixMapping,
    mark_in,
    object_id,
    parse_task,
    phones_of,
)
from connectors.planfix.values import custom_value, field_body, moment_of, same_value

SETTINGS = PlanfixSettings("planted-planfix-token-0000", "https://account.example/rest")
MAPPING = PlanfixMapping(deal_templates=("Продаж",), people={"user:3": "iryna"})


@pytest.mark.parametrize(
    ("type", "value", "read"),
    [
        (0, "Test value", "Test value"),
        (1, 99, "99"),
        (1, 1500.0, "1500"),
        (1, "1 500,50", "1500.5"),
        (1, "-0.10", "-0.1"),
        (3, {"date": "11-11-2021", "time": "00:00", "datetime": "2021-11-11T00:00Z"}, "2021-11-11"),
        (4, {"time": "17:50"}, "17:50"),
        (5, {"date": "21-12-2021", "time": "12:15"}, "2021-12-21T10:15:00.000000Z"),
        (6, {"from": {"time": "01:15"}, "to": {"time": "04:40"}}, "01:15-04:40"),
        (7, True, True),
        (7, None, False),
        (8, "Enum value", "Enum value"),
        (9, {"id": 2, "value": "Item value"}, "Item value"),
        (11, {"id": "user:3", "name": "Petrov Petr"}, "iryna"),
        (12, {"id": "contact:10", "name": "Ivanov Ivan"}, "contact:10"),
        (14, [{"id": "user:3", "name": "a"}, {"id": "group:5", "name": "b"}], ["iryna", "group:5"]),
        (15, [{"id": 1, "value": "one"}, {"id": 2, "value": "two"}], ["one", "two"]),
        (16, {"id": 111, "name": "My task"}, "111"),
        (20, ["First", "Second"], ["First", "Second"]),
        (9, {"id": 0, "value": ""}, None),
        (17, [{"id": 111, "name": "My task 1"}, {"id": 112, "name": "My task 2"}], ["111", "112"]),
        (21, [204308, 205305], ["204308", "205305"]),
        (24, {"id": "Formula result"}, "Formula result"),
        (
            28,
            {"from": {"date": "21-12-2021", "time": "21:15"}, "to": {"date": "22-12-2021", "time": "00:40"}},
            "2021-12-21T19:15:00.000000Z/2021-12-21T22:40:00.000000Z",
        ),
        (0, "", None),
        (20, [], None),
    ],
)
def test_values_of_the_vendors_own_examples_are_read_by_their_type(type: int, value: Any, read: Any) -> None:
    assert custom_value(type, value, MAPPING) == read


@pytest.mark.parametrize(
    ("type", "value"),
    [(3, {"date": "soon"}), (3, {"date": 5}), (6, {"from": "01:15", "to": "04:40"}), (5, {"time": []})],
)
def test_a_value_of_a_shape_that_nobody_knows_is_unknown_and_the_rest_is_read(type: int, value: Any) -> None:
    held = [
        {"field": {"id": 1, "name": "Дата", "type": type}, "value": value},
        {"field": {"id": 2, "name": "Сайт", "type": 0}, "value": "zhyto.example"},
    ]
    task = Task.model_validate({"id": 7, "name": "Жито", "customFieldData": held})
    read = parse_task(task, {"begins": 1, "site": 2}, True, SETTINGS, MAPPING, datetime(2026, 3, 2, tzinfo=UTC))
    assert (read.fields["site"], read.unknown) == ("zhyto.example", frozenset({"begins"}))


@pytest.mark.parametrize(
    ("point", "moment"),
    [
        ({"dateTimeUtcSeconds": "2026-03-02T07:00:20+0000", "datetime": "2026-03-02T07:00Z"}, 20),
        ({"datetime": "2026-03-02T07:00Z", "date": "02-03-2026", "time": "09:00"}, 0),
        ({"date": "02-03-2026", "time": "09:00"}, 0),
    ],
)
def test_moment_is_read_as_exactly_as_it_is_told(point: dict[str, str], moment: int) -> None:
    read = moment_of(TimePoint.model_validate(point), "Europe/Kyiv")
    assert read == datetime(2026, 3, 2, 7, 0, moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type", "value", "written"),
    [
        (1, "99.5", 99.5),
        (1, {"amount": "1500", "currency": "UAH"}, 1500),
        (3, "2026-12-01", {"date": "01-12-2026"}),
        (5, "2026-12-01T16:00:00Z", {"date": "01-12-2026", "time": "18:00"}),
        (7, None, False),
        (8, "seo", "seo"),
        (11, "iryna", {"id": "user:3"}),
        (20, "seo", ["seo"]),
        (16, "111", {"id": 111}),
        (4, "17:55", {"time": "17:55"}),
        (4, "9:05", {"time": "09:05"}),
        (6, "01:15 – 4:40", {"from": {"time": "01:15"}, "to": {"time": "04:40"}}),
        (14, ["iryna", "contact:7", "group:5"], [{"id": "user:3"}, {"id": "contact:7"}, {"id": "group:5"}]),
        (17, ["111", "112"], [{"id": 111}, {"id": 112}]),
        (21, ["204308", "205305"], [204308, 205305]),
        (
            28,
            "2021-12-21T19:15:00Z/2021-12-21T22:40:00Z",
            {"from": {"date": "21-12-2021", "time": "21:15"}, "to": {"date": "22-12-2021", "time": "00:40"}},
        ),
        (0, None, None),
        (4, None, None),
        (9, None, {"id": 0}),
        (15, None, []),
    ],
)
def test_values_are_written_in_the_form_of_the_vendors_examples(type: int, value: Any, written: Any) -> None:
    definition = CustomField(id=10, name="Поле", type=type, enumValues=("seo", "ads"))
    assert field_body(definition, value, MAPPING) == {"field": {"id": 10}, "value": written}
    assert same_value(definition, value, custom_value(type, written, MAPPING), MAPPING)


@pytest.mark.parametrize(
    ("type", "value", "why"),
    [
        (1, "багато", "takes a number, got"),
        (4, "25:00", "takes a time of the day such as 17:55"),
        (6, "01:15", "takes 01:15-04:40"),
        (7, "yes", "is a checkbox"),
        (8, "сео", 'has no value "сео"; did you mean "seo"'),
        (9, "Молко", 'has no entry "Молко"; did you mean "Молоко"'),
        (9, "Хліб", '2 entries of the directory of "Поле" are called "Хліб"'),
        (11, "petro", "has no Planfix id: write one"),
        (14, ["iryna", "petro"], "has no Planfix id: write one"),
        (17, ["Жито"], "takes the numbers that Planfix gives its things"),
        (24, "5", "Planfix calculates it"),
        (25, "Київ", "a place needs its coordinates"),
        (28, "2021-12-21T19:15:00Z", "takes two moments with a slash between"),
    ],
)
def test_value_that_does_not_fit_is_refused_with_what_would(type: int, value: Any, why: str) -> None:
    definition = CustomField(id=10, name="Поле", type=type, enumValues=("seo",))
    with pytest.raises(ValueError, match=re.escape(why)):
        field_body(definition, value, MAPPING, {"Молоко": (2,), "Хліб": (3, 4)})


@pytest.mark.parametrize(
    ("type", "ours", "theirs"),
    [(14, ["user:3", "group:5"], ["group:5", "iryna"]), (20, ["b", "a"], ["a", "b"]), (4, "9:05", "09:05")],
)
def test_same_values_in_another_order_or_form_are_the_same(type: int, ours: Any, theirs: Any) -> None:
    assert same_value(CustomField(id=10, name="Поле", type=type), ours, theirs, MAPPING)
    assert not same_value(CustomField(id=10, name="Поле", type=type), "10:00", theirs, MAPPING)


def test_mark_counts_only_beside_its_own_object_id() -> None:
    ours = Task(id=1, sourceObjectId=object_id("a1b2c3d4e5"), sourceDataVersion="a1b2c3d4e5")
    theirs = Task(id=2, sourceObjectId=object_id("0000000000"), sourceDataVersion="a1b2c3d4e5")
    assert (mark_in(ours), mark_in(theirs)) == ("a1b2c3d4e5", "")


def test_one_failure_without_a_list_around_it_is_a_failure() -> None:
    answer = Answer.model_validate({"failures": {"field": "counterparty", "error": "Field change failed"}})
    assert [failure.field for failure in answer.failures] == ["counterparty"]


def test_prefixed_contact_number_is_a_number() -> None:
    assert Contact.model_validate({"id": "contact:7", "telegramId": 42}).id == 7


def test_numbers_that_are_no_phones_are_left_out() -> None:
    assert phones_of(["067 123 45 67", "немає", "12"], "UA") == ["+380671234567"]
