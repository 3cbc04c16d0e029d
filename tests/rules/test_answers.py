"""What clients write into forms becomes the fact that is meant, or is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bridge.model.answers import differences
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Money, Value
from rules.answers import typed_answer, wanted_of

WORDS = {"site": {"uk": "Сайт", "ru": "Сайт", "en": "Website"}, "ads": {"uk": "Реклама, банери", "en": "Ads"}}
WORK = FieldSpec("deal.work", FieldType.CHOICE, "bridge", ("site", "ads"), words=WORDS)
WORKS = FieldSpec("deal.works", FieldType.SET, "bridge", ("site", "ads"), words=WORDS)


def spec(kind: FieldType, source: str = "bridge") -> FieldSpec:
    return FieldSpec("client.it", kind, source)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldType.NUMBER, "1 200,50", Decimal("1200.50")),
        (FieldType.NUMBER, "1,200,000", Decimal(1200000)),
        (FieldType.NUMBER, "0,5", Decimal("0.5")),
        (FieldType.NUMBER, "1,200.50", Decimal("1200.50")),
        (FieldType.MONEY, "12 500 грн.", Money(Decimal(12500))),
        (FieldType.MONEY, "$500", Money(Decimal(500), "USD")),
        (FieldType.FLAG, "Так", True),
        (FieldType.FLAG, "нет", False),
        (FieldType.DATE, "30.11.2026", date(2026, 11, 30)),
        (FieldType.DATE, "2026-11-30", date(2026, 11, 30)),
        (FieldType.TEXT, "  ", None),
    ],
)
def test_an_answer_is_read_as_people_write_it(kind: FieldType, text: str, value: Value) -> None:
    assert typed_answer(spec(kind), text) == value


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (spec(FieldType.NUMBER), "багато"),
        (spec(FieldType.MONEY), "500 тугриків"),
        (spec(FieldType.FLAG), "можливо"),
        (spec(FieldType.DATE), "31.02.2026"),
        (spec(FieldType.TEXT, "planfix.contact.email"), "ivan at mail"),
        (spec(FieldType.TEXT, "planfix.contact.phone"), "подзвоніть 12"),
        (WORK, "Дизайн"),
    ],
)
def test_what_cannot_be_the_fact_is_refused(fact: FieldSpec, text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed_answer(fact, text)


def test_a_choice_is_known_by_what_people_call_it_in_any_language() -> None:
    assert [typed_answer(WORK, text) for text in ("Website", "реклама,  банери", "ads")] == ["site", "ads", "ads"]


def test_ticked_options_may_have_commas_of_their_own() -> None:
    assert typed_answer(WORKS, "Реклама, банери, Сайт") == ("ads", "site")


def test_people_are_told_what_an_answer_should_be() -> None:
    assert wanted_of(WORK, "uk") == "один із варіантів: Сайт, Реклама, банери"
    assert wanted_of(spec(FieldType.TEXT, "planfix.contact.email"), "ru") == "адрес почты"


def test_a_changed_answer_shows_what_was_and_what_is_and_a_renamed_question_shows_nothing() -> None:
    before = {"Сайт": "a.example", "Мета": "продажі", "Телефон": "1", "Строк": "5"}
    now = {"Сайт": "b.example", "Телефон": "1", "Термін": "5", "Бюджет": "9"}
    assert differences(before, now) == [
        {"question": "Сайт", "was": "a.example", "now": "b.example"},
        {"question": "Бюджет", "was": "", "now": "9"},
        {"question": "Мета", "was": "продажі", "now": ""},
    ]


PHONE = spec(FieldType.TEXT, "planfix.contact.phone")


@pytest.mark.parametrize(
    ("answer", "region", "phone"),
    [
        ("call me at 067 123-45-67 after 6", "UA", "+380671234567"),
        ("дзвоніть 044 123 45 67 доб. 12 або ввечері", "UA", "044 123 45 67 доб. 12"),
        ("8 (067) 123-45-67", "UA", "+380671234567"),
        ("тел. 8 067 1234567", "UA", "+380671234567"),
        ("067 123 45 67, 050 123 45 67", "UA", "067 123 45 67, 050 123 45 67"),
        ("+48 601 234 567, Ewa", "UA", "+48601234567"),
        ("601 234 567 (Ewa)", "PL", "+48601234567"),
        ("00380671234567", "UA", "00380671234567"),
        ("+1 (212) 555-0123", "UA", "+1 (212) 555-0123"),
    ],
)
def test_a_phone_is_found_among_words_and_stays_as_it_is_without_any(answer: str, region: str, phone: str) -> None:
    assert typed_answer(PHONE, answer, region) == phone


@pytest.mark.parametrize(
    "answer",
    ["30.11.2026", "12.05.2026 14:00", "1 250 000 грн", "12 500 000", "123-45-67", "601 234 567", "31234567", "завтра"],
)
def test_days_sums_and_codes_are_no_phone(answer: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed_answer(PHONE, answer, "UA")
