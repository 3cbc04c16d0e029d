"""`prefill:` of a form in forms.yaml: which questions a link fills in, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.wiring.form_shapes import FormEntry
from rules.flaws import flaws_of
from tests.wiring.test_uploads import FORM


def test_a_bare_number_is_a_question_that_is_answered_in_words() -> None:
    form = FormEntry.model_validate({**FORM, "prefill": {"Сайт": 2, "Дата": {"entry": 3, "kind": "date"}}})
    assert [(one.entry, one.kind) for one in form.prefill.values()] == [(2, "text"), (3, "date")]


@pytest.mark.parametrize(
    ("prefill", "said"),
    [
        ({"Сайт": 1}, "Сайт"),
        ({"Сайт": 2, "Тел": 2}, "Тел"),
        ({"Код": 1}, "Код"),
        ({"Логотип": 2}, "Логотип"),
        ({"Сайт": 0}, "0"),
    ],
)
def test_what_no_link_can_fill_in_is_refused_by_what_was_written(prefill: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FormEntry.model_validate({**FORM, "files": {"Логотип": {}}, "prefill": prefill})
    [flaw] = flaws_of(raised.value)
    assert said in flaw.what
    assert flaw.advice


@pytest.mark.parametrize("key", ["obligatory", "not_past"])
def test_only_a_question_that_fills_a_fact_can_be_asked_back(key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FormEntry.model_validate({**FORM, key: ["Нема такого"]})
    [flaw] = flaws_of(raised.value)
    assert "Нема такого" in flaw.what
    assert flaw.path == (key, 0)
