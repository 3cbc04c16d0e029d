"""Outside texts lose what commands a renderer, and nothing else."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.documents.clean import NAME_LIMIT_BYTES, TEXT_LIMIT, clean_text, clean_value, file_name
from bridge.documents.errors import DocumentRefused

CLEANED = {
    "controls go": ("a\x00\x07\x1b\x7f\x9fb", "ab"),
    "every line break is one": ("a\r\nb\rc\x0bd\x0ce\u2028f", "a\nb\nc\nd\ne\nf"),
    "a tab parts words": ("a\tb", "a b"),
    "a lone surrogate goes, what follows stays": ("a\ud800b", "ab"),
    "bidi overrides go": ("a\u202eb\u2066c", "abc"),
    "composed": ("и\u0306", "й"),
    "emoji stay whole": ("👩‍👧 ✔️", "👩‍👧 ✔️"),
    "a hard space inside stays": ("95\u00a0300 ₴", "95\u00a0300 ₴"),
    "outer blanks go": ("  a b \n", "a b"),
}
NAMED = {
    "forbidden signs": ('КП: a/b\\c*?"<>|d', "КП a b c d.pdf"),
    "a path": ("../../etc/passwd", "etc passwd.pdf"),
    "nothing left": ("???", "document.pdf"),
    "a line break": ("a\nb", "a b.pdf"),
}


@pytest.mark.parametrize("case", CLEANED)
def test_cleaned(case: str) -> None:
    raw, clean = CLEANED[case]
    assert clean_text(raw) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_no_letter_digit_or_sign_is_lost(text: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", text)


def test_a_cut_text_says_how_much_is_missing() -> None:
    assert clean_text("ж" * (TEXT_LIMIT + 7)).endswith("ж […+7]")


def test_values_become_json_without_loss() -> None:
    given_value = {"a": (Decimal("1.10"), date(2026, 1, 2)), "b": datetime(2026, 1, 2, tzinfo=UTC), "c": None}
    assert clean_value(given_value) == {"a": ["1.10", "2026-01-02"], "b": "2026-01-02T00:00:00+00:00", "c": None}


@pytest.mark.parametrize("value", [object(), b"bytes", float("nan"), datetime(2026, 1, 2), {1, 2}])  # noqa: DTZ001
def test_a_value_that_is_no_fact_is_refused(value: object) -> None:
    with pytest.raises(DocumentRefused) as refused:
        clean_value({"a": [value]})
    assert refused.value.code == "data-kind"


@pytest.mark.parametrize("case", NAMED)
def test_file_name(case: str) -> None:
    title, name = NAMED[case]
    assert file_name(title, "pdf") == name


@given(st.text(min_size=40))
def test_a_file_name_fits_and_is_the_same_for_each_format(title: str) -> None:
    assert len(file_name(title, "docx").encode()) <= NAME_LIMIT_BYTES
    assert file_name(title, "docx").removesuffix(".docx") == file_name(title, "pdf").removesuffix(".pdf")
