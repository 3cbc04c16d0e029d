"""Marks within marks: what was quoted before it was put into a sentence stands in the inner ones."""

from __future__ import annotations

import pytest

from bridge.model.quoting import filled, quoted
from bridge.model.wording import worded
from bridge.words import said


@pytest.mark.parametrize(
    ("language", "told"),
    [("uk", "«ТОВ „Ромашка“»"), ("ru", "«ТОВ „Ромашка“»"), ("en", "“ТОВ «Ромашка»”")],
)
def test_a_name_with_marks_of_its_own_is_quoted_by_the_language(language: str, told: str) -> None:
    assert quoted("ТОВ «Ромашка»", language) == told


def test_english_marks_within_english_ones_are_single() -> None:
    assert quoted("the list “Старт”", "en") == "“the list ‘Старт’”"


def test_only_what_lands_within_marks_changes_its_own() -> None:
    values = {"client": "ТОВ «Ромашка»", "count": 3}
    assert filled("{client}: {count} × «{client}, {{x}}»", values) == "ТОВ «Ромашка»: 3 × «ТОВ „Ромашка“, {x}»"


def test_findings_quote_names_with_marks_in_the_readers_language() -> None:
    what = worded('did you mean "{name}"?', name="ТОВ «Ромашка»")
    assert said(what, "uk") == "може, «ТОВ „Ромашка“»?"


def test_a_number_keeps_its_form_beside_a_quoted_name() -> None:
    said = filled("«{name}: {share:.1f} %», {share:.0f} %", {"name": "«а»", "share": 2.25})
    assert said == "«„а“: 2.2 %», 2 %"
