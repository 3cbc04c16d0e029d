"""Lengths as rules write them."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.values import Plain
from rules.lengths import UNITS, Length, declared_length, meant_length, parse_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2wd", Length(2, "wd")),
        ("2wd at 10:00", Length(2, "wd", 600)),
        ("-1wd", Length(-1, "wd")),
        ("16wh", Length(16, "wh")),
        ("3d", Length(3, "d")),
        ("2w", Length(2, "w")),
        ("90m", Length(90, "m")),
        ("36h", Length(36, "h")),
        ("0wd", Length(0, "wd")),
    ],
)
def test_each_unit_is_read(text: str, length: Length) -> None:
    assert parse_length(text) == length


@pytest.mark.parametrize(
    "text",
    ["2 робочих дні", "2", "wd", "", "2wd at", "2wd at 24:00", "2wd at 10:60", "1.5d", "999999d"],
)
def test_anything_else_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match="length"):
        parse_length(text)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("2wd", True),
        (" -3d ", True),
        ("2wd at 9:00", True),
        ("2w at 23:59", True),
        ("16wh", True),
        ("36h", True),
        ("90m", True),
        ("90m at 10:00", False),
        ("2wd at 24:00", False),
        ("2wd at 10:60", False),
        ("999999d", False),
        ("75", False),
        ("скоро", False),
        (75, False),
    ],
)
def test_a_fact_that_holds_a_length_is_understood_where_a_rule_would_understand_it(
    text: Plain, understood: bool
) -> None:
    spec = FieldSpec("client.forget_after", FieldType.LENGTH, "planfix.contact.forget_after")
    with nullcontext() if understood else pytest.raises(ValueError, match="forget_after is a length"):
        assert parse_value(spec, text) == text
    with nullcontext() if understood else pytest.raises(ValueError, match="length"):
        parse_length(str(text))


def test_the_advice_shows_what_to_write() -> None:
    with pytest.raises(ValueError, match='write 2wd, 16wh, 3d, 90m, or "2wd at 10:00"'):
        parse_length("скоро")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2 робочі дні", "2wd"),
        ("2рд", "2wd"),
        ("16 рабочих часов", "16wh"),
        ("2дн", "2d"),
        ("3 Days", "3d"),
        ("2 тижні", "2w"),
        ("36 годин", "36h"),
        ("90 хв", "90m"),
        ("2 робочі дні о 10:00", "2wd at 10:00"),
        ("2 дні об 11:30", "2d at 11:30"),
        ("2 рабочих дня в 9.30", "2wd at 09:30"),
        ("2 days at 10:00", "2d at 10:00"),
        ("3 тижні, о 10", "3w at 10:00"),
        ("2 дні о 25:00", ""),
        ("2 години о 10:00", ""),
        ("2 місяці", ""),
    ],
)
def test_a_length_in_words_is_understood_well_enough_to_be_corrected(text: str, meant: str) -> None:
    assert meant_length(text) == meant
    with pytest.raises(ValueError, match=meant or "write 2wd"):
        parse_length(text)


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("1wd", "2wd", True),
        ("1wd at 17:00", "2wd at 10:00", True),
        ("2wd at 10:00", "2wd at 11:00", True),
        ("2wd", "2wd at 11:00", False),
        ("1d", "2wd", False),
        ("2d", "2d", False),
    ],
)
def test_only_lengths_of_one_unit_are_put_in_order(one: str, other: str, before: bool) -> None:
    assert parse_length(one).comes_before(parse_length(other)) is before
    assert not parse_length(other).comes_before(parse_length(one))


def test_a_time_of_the_day_fits_days_only() -> None:
    with pytest.raises(ValueError, match="a time fits days only"):
        parse_length("16wh at 10:00")


@given(st.integers(-9999, 9999), st.sampled_from(UNITS), st.integers(0, 24 * 60 - 1))
def test_the_text_of_a_length_gives_the_length_back(count: int, unit: str, minute: int) -> None:
    length = Length(count, unit, minute if unit in ("wd", "w", "d") else None)
    assert parse_length(str(length)) == length


def test_a_single_digit_hour_is_written_with_two() -> None:
    assert str(parse_length("2wd at 9:05")) == "2wd at 09:05"


@pytest.mark.parametrize("text", ["3651wd", "-3651d", "521w", "36501wh", "87601h"])
def test_no_rule_plans_further_than_ten_years(text: str) -> None:
    assert parse_length(text).count
    with pytest.raises(ValueError, match="longer than ten years: at most"):
        declared_length(text)


@pytest.mark.parametrize("text", ["3650d", "520w", "36500wh", "87600h", "99999m", "2wd at 23:59", "2wd at 00:00"])
def test_ten_years_and_the_last_minute_of_a_day_are_still_taken(text: str) -> None:
    assert str(declared_length(text)) == text


def test_ten_years_of_working_days_are_counted() -> None:
    assert declared_length("-3650wd") == Length(-3650, "wd")
