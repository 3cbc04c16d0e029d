"""`files:` of a form in forms.yaml: which questions take files, what those are called, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.wiring.form_shapes import FormEntry
from rules.flaws import flaws_of

FORM: dict[str, Any] = {
    "title": {"uk": "Бриф", "ru": "Бриф", "en": "Brief"},
    "spreadsheet": "1sheet",
    "sheet": "Answers",
    "link": "https://docs.google.com/forms/d/e/1form/viewform",
    "token": {"entry": 1, "column": "Код"},
    "map": "brief-to-contact",
    "answers": {"Сайт": "client.site"},
}


def test_a_question_with_files_has_a_usual_name_for_them() -> None:
    form = FormEntry.model_validate(
        {**FORM, "files": {"Логотип": {}, "Прайс": {"doc": "price", "name": "{date} {doc}"}}}
    )
    assert [(one.doc, one.name) for one in form.files.values()] == [
        (None, "{client}-{doc}-{date}"),
        ("price", "{date} {doc}"),
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Логотип": {"name": "{client}-{kind}"}}, "{client}-{kind}"),
        ({"Логотип": {"name": "логотип"}}, "логотип"),
        ({"Логотип": {"name": "{client"}}, "{client"),
        ({"Логотип": {"name": "{client.name}"}}, "{client.name}"),
        ({"Сайт": {}}, "Сайт"),
    ],
)
def test_what_makes_no_sense_is_refused_by_what_was_written(files: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FormEntry.model_validate({**FORM, "files": files})
    [flaw] = flaws_of(raised.value)
    assert (flaw.code, said in flaw.what, bool(flaw.advice)) == ("bad-value", True, True)
