"""A template is somebody else's program: the worst of them costs one child process and one sentence."""

from __future__ import annotations

import io
import zipfile

import pytest

from bridge.documents import DocumentTemplate, needed_fields, rendering
from bridge.documents.errors import DocumentRefused
from tests.documents.samples import brief, make, shipped_brief, typst_template, word_file, word_template

WORD = {
    "memory": ("{% set x = 'a' * 3000000000 %}{{ x }}", "template-too-heavy"),
    "a class": ("{{ ''.__class__.__mro__ }}", "template-failed"),
    "unescaped text": ("{{ client.name | safe }}", "template-syntax"),
    "a row tag out of place": ("{%tr for a in brief.answers %}", "template-syntax"),
    "an open tag": ("{{ client.name", "template-syntax"),
}
TYPST = {
    "memory": ("#let x = range(400000000)", "template-too-heavy"),
    "endless loop": ("#while true { }", "template-failed"),
    "a file outside": ('#read("/etc/passwd")', "template-failed"),
    "a file above": ('#read("../request.json")', "template-failed"),
    "a package": ('#import "@preview/cetz:0.3.0"', "template-failed"),
    "a package by a computed name": ('#let p = "@pre" + "view/cetz:0.3.0"\n#import p', "template-failed"),
    "a font of somebody": ('#set text(font: "Georgia")\nA', "template-font"),
    "a mistake": ("#let = 1", "template-failed"),
}


@pytest.mark.parametrize("case", WORD)
def test_hostile_word_template_is_refused(case: str) -> None:
    text, code = WORD[case]
    with pytest.raises(DocumentRefused) as refused:
        make(word_template(text), brief(), "docx")
    assert refused.value.code == code


@pytest.mark.parametrize("case", TYPST)
def test_hostile_typst_template_is_refused(case: str) -> None:
    source, code = TYPST[case]
    with pytest.raises(DocumentRefused) as refused:
        make(typst_template(source), brief(), "pdf")
    assert refused.value.code == code


def test_a_bomb_of_text_is_refused_before_it_is_unpacked() -> None:
    bomb = io.BytesIO(word_file("x"))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.xml", b"\0" * 20_000_000)
    with pytest.raises(DocumentRefused) as refused:
        make(DocumentTemplate("note", bomb.getvalue(), None), brief(), "docx")
    assert refused.value.code == "template-too-large"


def test_a_bomb_of_entities_is_refused() -> None:
    declared = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' if level else '<!ENTITY a0 "&a;">' for level in range(9)
    )
    source, bomb = zipfile.ZipFile(io.BytesIO(word_file("ВИБУХ"))), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            part = source.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                part = part.replace("?>", f"?>{declared}]>", 1).replace("ВИБУХ", "&a8;")
            archive.writestr(name, part.encode("utf-8", "surrogateescape"))
    with pytest.raises(DocumentRefused) as refused:
        make(DocumentTemplate("note", bomb.getvalue(), None), brief(), "docx")
    assert refused.value.code == "template-unreadable"


def test_what_is_no_word_file_is_refused() -> None:
    with pytest.raises(DocumentRefused, match=r"save it in Word as a \.docx"):
        needed_fields(DocumentTemplate("note", b"%PDF-1.7 not Word", None))


def test_a_template_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "TIME_LIMIT_SECONDS", 1)
    loops = "{% for a in x %}" * 7 + "{% endfor %}" * 7
    with pytest.raises(DocumentRefused, match="not done after 1 seconds"):
        make(word_template(loops), {"x": list(range(30))}, "docx")


def test_the_next_document_is_made_as_if_nothing_had_happened() -> None:
    before = make(shipped_brief(), brief(), "pdf")
    with pytest.raises(DocumentRefused):
        make(typst_template("#let x = range(400000000)"), brief(), "pdf")
    assert make(shipped_brief(), brief(), "pdf") == before


def test_a_failing_tag_is_quoted_with_its_sentence() -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(word_template("Перший", "Разом: {{ client.name | money }} грн"), brief(), "docx")
    assert refused.value.where == "Разом: {{ client.name | money }} грн"


def test_a_failing_tag_of_the_header_is_quoted_too() -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(word_template("Текст", header="Разом {{ client.name | money }}"), brief(), "docx")
    assert refused.value.where == "Разом {{ client.name | money }}"


def test_a_mistake_in_typst_is_quoted_with_its_line() -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(typst_template("= Бриф\n\n#data.nmae"), brief(), "pdf")
    assert "main.typ:3" in refused.value.where
