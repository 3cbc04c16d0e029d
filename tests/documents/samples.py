"""Briefs, small Word templates, and a day, for the tests of documents."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import docx

from bridge.documents import DocumentTemplate, Format, load_templates, render

SHIPPED = Path(__file__).parents[2] / "config" / "templates"
DAY = date(2026, 11, 24)
NASTY_NAME = "ФОП Яценко & Сини <ТМ «Єнот»>"


def shipped_brief() -> DocumentTemplate:
    """The brief template that the agency pack brings."""
    return load_templates(SHIPPED)["brief"]


def brief(language: str = "uk", *, answers: Sequence[tuple[str, str]] = (("Сайт?", "example.com"),)) -> dict[str, Any]:
    """An answered brief."""
    rows = [{"question": question, "answer": answer} for question, answer in answers]
    return {
        "client": {"name": NASTY_NAME, "language": language, "phone": "+380671234567"},
        "deal": {"project": "Сайт", "work_type": "Реклама"},
        "brief": {
            "title": "Бриф",
            "answered_at": "2026-11-24T22:59:00+00:00",
            "zone": "Europe/Kyiv",
            "revision": 1,
            "answers": rows,
        },
        "doc": {"lang": language, "version": 1},
    }


def word_file(*paragraphs: str, header: str = "") -> bytes:
    """A Word file of plain paragraphs, with a header if one is given."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def word_template(*paragraphs: str, header: str = "", labels: str = "") -> DocumentTemplate:
    """A template of plain paragraphs."""
    return DocumentTemplate("note", word_file(*paragraphs, header=header), None, labels.encode())


def typst_template(source: str) -> DocumentTemplate:
    """A template for PDF only."""
    return DocumentTemplate("note", None, source)


def make(template: DocumentTemplate, data: dict[str, Any], wanted: Format, language: str = "uk") -> bytes:
    """One file of the document."""
    [file] = render(template, data, language=language, on=DAY, formats=[wanted], title="Бриф")
    return file.content
