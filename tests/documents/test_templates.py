"""Templates, the keys of their documents, and what is refused before anything is made."""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from bridge.documents import DocumentTemplate, available_formats, document_key, load_templates, render
from bridge.documents.errors import DocumentRefused
from tests.documents.samples import DAY, brief, make, shipped_brief, word_file, word_template


def test_files_of_one_name_are_one_template(tmp_path: Path) -> None:
    (tmp_path / "offer.docx").write_bytes(b"word")
    (tmp_path / "offer.typ").write_text("typst")
    (tmp_path / "offer.labels.yaml").write_text("uk: {}")
    (tmp_path / "~$offer.docx").write_bytes(b"Word has it open")
    assert load_templates(tmp_path) == {"offer": DocumentTemplate("offer", b"word", "typst", b"uk: {}")}


def test_a_file_that_names_no_kind_is_said_not_skipped(tmp_path: Path) -> None:
    (tmp_path / "Brief (2).docx").write_bytes(b"word")
    with pytest.raises(DocumentRefused, match=r"Brief \(2\)\.docx names no kind"):
        load_templates(tmp_path)


def test_the_version_follows_every_part() -> None:
    parts = [(b"a", "b", b"c"), (b"x", "b", b"c"), (b"a", "x", b"c"), (b"a", "b", b"x"), (b"ab", "", b"c")]
    assert len({DocumentTemplate("k", *each).version for each in parts}) == len(parts)


def test_the_key_follows_the_data_but_not_their_order() -> None:
    template, data = shipped_brief(), brief()
    assert document_key(template, dict(reversed(data.items()))) == document_key(template, data)
    assert document_key(template, brief(answers=[("Сайт?", "інший")])) != document_key(template, data)


def test_the_key_follows_the_template() -> None:
    assert document_key(word_template("a"), brief()) != document_key(word_template("b"), brief())


def test_the_version_of_the_document_is_no_part_of_its_key() -> None:
    later = brief() | {"doc": {"lang": "uk", "version": 2}}
    assert document_key(shipped_brief(), later) == document_key(shipped_brief(), brief())


def test_without_typst_word_files_are_made_and_pdf_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert available_formats(shipped_brief()) == ("docx",)
    assert make(shipped_brief(), brief(), "docx")
    with pytest.raises(DocumentRefused, match=r"pip install 'agency-bridge\[pdf\]'"):
        make(shipped_brief(), brief(), "pdf")


def test_a_format_without_a_source_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="it can make docx"):
        make(word_template("a"), brief(), "pdf")


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="no labels in `pl`"):
        make(shipped_brief(), brief("pl"), "docx", language="pl")


def test_data_in_another_language_than_the_file_are_refused() -> None:
    with pytest.raises(DocumentRefused, match=r"doc\.lang is `ru`"):
        make(shipped_brief(), brief("ru"), "docx", language="uk")


def test_a_machine_without_room_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DocumentRefused) as refused:
        make(shipped_brief(), brief(), "docx")
    assert refused.value.code == "machine-failed"


def test_labels_are_read_as_written() -> None:
    template = DocumentTemplate("note", word_file("{{ labels.no }} {{ labels.at }}"), None, b"uk: {no: no, at: 12:30}")
    [made] = render(template, {}, language="uk", on=DAY, formats=["docx"], title="a")
    assert b"no 12:30" in _document_of(made.content)


@pytest.mark.parametrize("labels", ["- a", "uk: text", "uk: {a: [b]}", "uk: {a: ]"])
def test_broken_labels_are_said(labels: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        make(word_template("a", labels=labels), brief(), "docx")
    assert refused.value.code == "template-unreadable"


def _document_of(content: bytes) -> bytes:
    return zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")
