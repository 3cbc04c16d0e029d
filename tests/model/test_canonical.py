"""One form for what a fact holds: what a system writes otherwise is no change, and what differs is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.model.canonical import Customs, as_written, canonical, same
from bridge.model.fields import FieldSpec, FieldType, parse_value, plain_value
from bridge.model.values import Money

KYIV = Customs("Europe/Kyiv", "UA", "UAH")


def spec(kind: str, key: str = "client.fact") -> FieldSpec:
    return FieldSpec(key, FieldType(kind), "planfix.contact.fact")


ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=20),
    st.decimals(allow_nan=False).map(str),
    st.lists(st.text(max_size=5), max_size=3),
    st.fixed_dictionaries({"amount": st.text(max_size=6)}),
)
NUMBERS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    "kind", [FieldType.NUMBER, FieldType.MONEY, FieldType.MOMENT, FieldType.DATE, FieldType.CHOICE, FieldType.TEXT]
)
def test_what_holds_only_blanks_is_empty(kind: FieldType) -> None:
    assert canonical(spec(kind), " \r\n", KYIV) is None


@given(kind=st.sampled_from(list(FieldType)), plain=ANYTHING)
def test_the_one_form_of_anything_is_its_own(kind: FieldType, plain: Any) -> None:
    once = canonical(spec(kind), plain, KYIV)
    assert canonical(spec(kind), once, KYIV) == once


@given(NUMBERS, st.sampled_from(["", "0", "00"]), st.booleans())
def test_a_number_keeps_its_worth_and_nothing_else(number: Decimal, zeros: str, spaced: bool) -> None:
    written = f"{number:,.2f}".replace(",", "\u00a0" if spaced else "") + zeros
    assert Decimal(str(canonical(spec("number"), written, KYIV))) == number
    assert same(spec("number"), written, str(number.normalize()), KYIV) is True


@given(NUMBERS, NUMBERS)
def test_two_numbers_are_the_same_exactly_when_they_are_equal(one: Decimal, other: Decimal) -> None:
    assert same(spec("number"), f"{one:.2f}", str(other), KYIV) is (one == other)


@given(MOMENTS, MOMENTS)
def test_two_moments_are_the_same_exactly_when_their_minutes_are(one: datetime, other: datetime) -> None:
    minutes = [moment.replace(second=0, microsecond=0) for moment in (one, other)]
    assert same(spec("moment"), one.isoformat(), other.isoformat(), KYIV) is (minutes[0] == minutes[1])


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_is_the_same_as_that_day_written_with_dots(day: Any) -> None:
    assert canonical(spec("date"), f"{day:%d.%m.%Y}", KYIV) == day.isoformat()


@given(st.lists(st.sampled_from("абвг"), max_size=6), st.randoms())
def test_the_order_of_a_set_does_not_count(items: list[str], chance: Any) -> None:
    shuffled = chance.sample(items, len(items))
    assert same(spec("set"), items, shuffled, KYIV)


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        ("number", "1500.50", "1500.5"),
        ("number", "1 500,50", 1500.5),
        ("number", "0.0", 0),
        ("number", "-0", "0"),
        ("money", {"amount": "1500.50", "currency": "UAH"}, "1500.5"),
        ("money", {"amount": "20", "currency": "USD"}, "20.00"),
        ("moment", "2026-12-01T10:00:42.000001Z", "2026-12-01T12:00:00+02:00"),
        ("date", "2026-12-01", "2026-12-01T00:00:00Z"),
        ("date", "2026-12-01", "2026-11-30T22:00:00Z"),
        ("flag", None, False),
        ("text", " Зерно\r\nі сад ", "Зерно\nі сад"),
        ("text", "", None),
        ("set", ["VIP", "SEO"], ["SEO", "VIP"]),
        ("set", [], None),
    ],
)
def test_the_same_written_in_two_ways(kind: str, ours: Any, theirs: Any) -> None:
    assert same(spec(kind), ours, theirs, KYIV)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("number", "1,500", "1500"),  # a thousand and a half, or one and a half: nobody can tell
        ("number", "1,500", "1.5"),
        ("number", "0", None),
        ("money", {"amount": "20", "currency": "USD"}, {"amount": "20", "currency": "UAH"}),
        ("moment", "2026-12-01T10:00:00Z", "2026-12-01T10:01:00Z"),
        ("moment", "tomorrow", "2026-12-01T10:00:00Z"),
        ("date", "2026-12-01", "2026-12-01T22:30:00Z"),
        ("date", "31.02.2026", "2026-02-28"),
        ("flag", True, None),
        ("text", "Зерно", "зерно"),
        ("list", ["a", "b"], ["b", "a"]),
    ],
)
def test_what_differs_is_not_the_same(kind: str, one: Any, other: Any) -> None:
    assert not same(spec(kind), one, other, KYIV)


def test_a_phone_is_its_number_however_it_is_written() -> None:
    phone = spec("text", "client.phone")
    assert canonical(phone, "(044) 234-56-78", KYIV) == "+380442345678"
    assert canonical(phone, "ask Olena", KYIV) == "ask Olena"
    assert canonical(spec("text"), "(044) 234-56-78", KYIV) == "(044) 234-56-78"


@given(NUMBERS)
def test_what_rules_compute_with_has_the_same_one_form(amount: Decimal) -> None:
    """A value that went through the planner and was written is the value that was read."""
    money = spec("money")
    typed = parse_value(money, plain_value(Money(amount)))
    assert same(money, plain_value(typed), f"{amount:.2f}", KYIV)


# -- there and back --------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["seo", "ads", "smm", "site", "іншe", "SEO-просування"])
CALLED = {"trello": {"seo": "SEO-просування", "ads": "Реклама"}, "planfix": {"smm": "Соцмережі"}}
DIGITS = st.from_regex(r"[1-9][0-9]{6}", fullmatch=True)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=30),
    "choice": WORDS,
    "set": st.lists(WORDS, max_size=4),
    "flag": st.booleans(),
    "number": NUMBERS.map(str),
    "money": st.fixed_dictionaries({"amount": NUMBERS.map(str), "currency": st.sampled_from(["UAH", "usd", ""])}),
    "moment": MOMENTS.map(lambda at: at.isoformat()),
    "date": st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(lambda day: day.isoformat()),
    "person": st.sampled_from(["olena", "andrii", "user:9"]),
    "length": st.sampled_from(["75d", "10wd", "16wh"]),
    "list": st.lists(st.text(max_size=5), max_size=3),
}


@given(st.data(), st.sampled_from(sorted(VALUES)), st.sampled_from(["trello", "planfix"]))
def test_what_one_place_holds_comes_back_from_any_other_place_as_the_same(data: Any, kind: str, system: str) -> None:
    """Whatever its words for a choice are; `bridge check` refuses a value that is called like another one's word."""
    fact = replace(spec(kind), written=CALLED)
    value = canonical(fact, data.draw(VALUES[kind]), KYIV)
    assume("SEO-просування" not in (value if isinstance(value, list) else [value]))
    assert canonical(fact, as_written(fact, value, system), KYIV, system) == value


def test_every_type_of_a_fact_goes_there_and_back() -> None:
    assert VALUES.keys() == {kind.value for kind in FieldType}


@given(DIGITS, st.sampled_from(["{0}{1} {2}", "({0}) {1}-{2}", "+38{0}{1}{2}", "38 {0} {1} {2}", "{0}.{1}.{2}"]))
def test_a_phone_is_the_same_however_people_part_its_digits(digits: str, shape: str) -> None:
    phone = spec("text", "client.phone")
    written = shape.format("044", digits[:3], digits[3:])
    once = canonical(phone, written, KYIV)
    assert canonical(phone, once, KYIV) == once
    assert same(phone, written, "044" + digits, KYIV)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_two_sets_are_the_same_exactly_when_they_have_the_same_elements(one: list[str], other: list[str]) -> None:
    assert same(spec("set"), one, other, KYIV) is (set(one) == set(other))
