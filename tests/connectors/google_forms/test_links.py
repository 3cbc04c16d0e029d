"""Links to a form that carry answers: each as its question takes it, and none too long to pass everywhere."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.google_forms import Kind, Prefilled, prefill_link, with_answers

LINK = prefill_link("https://docs.google.com/forms/d/e/1F/viewform", 17, "K7M2")
CHANNELS = ("SEO", "Пошта, листи", "SMM")


def filled(question: Prefilled, answer: str) -> list[tuple[str, str]]:
    link = with_answers(LINK, {"Питання": question}, {"Питання": answer})
    return parse_qsl(urlsplit(link).query)[2:]


@pytest.mark.parametrize(
    ("kind", "answer", "values"),
    [
        (Kind.TEXT, "Кава & чай\nіз собою", ["Кава & чай\nіз собою"]),
        (Kind.CHOICE, "SEO", ["SEO"]),
        (Kind.BOXES, "SEO, SMM", ["SEO", "SMM"]),
        (Kind.DATE, "3.12.2026", ["2026-12-03"]),
        (Kind.DATE, "2026-12-03", ["2026-12-03"]),
        (Kind.DATE, "12/03/2026", []),
        (Kind.DATE, "31.02.2026", []),
        (Kind.TIME, "9:05:00", ["09:05"]),
        (Kind.TIME, "25:00", []),
    ],
)
def test_an_answer_is_written_as_its_question_takes_it(kind: Kind, answer: str, values: list[str]) -> None:
    assert filled(Prefilled(18, kind), answer) == [("entry.18", value) for value in values]


def test_what_the_form_does_not_list_goes_into_its_field_for_others() -> None:
    expected = [
        ("entry.18", "Пошта, листи"),
        ("entry.18", "__other_option__"),
        ("entry.18.other_option_response", "ТБ"),
    ]
    assert filled(Prefilled(18, Kind.BOXES, CHANNELS), "Пошта, листи, ТБ") == expected
    assert filled(Prefilled(18, Kind.CHOICE, CHANNELS), "ТБ") == expected[1:]


def test_the_longest_answers_stay_out_of_a_link_that_would_be_too_long() -> None:
    questions = {name: Prefilled(place) for place, name in enumerate(("a", "b", "c"), 20)}
    link = with_answers(LINK, questions, {"a": "коротко", "b": "ї" * 500, "c": "так"})
    assert dict(parse_qsl(urlsplit(link).query))["entry.20"] == "коротко"
    assert link.endswith("&entry.22=%D1%82%D0%B0%D0%BA")
    assert len(link) <= 2000


def test_without_an_answer_the_link_is_the_one_with_the_code() -> None:
    assert with_answers(LINK, {"a": Prefilled(20)}, {"b": "кава", "a": ""}) == LINK
