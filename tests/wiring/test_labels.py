"""The words of document templates are read when the configuration is checked, not first when a document is wanted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.model.findings import Finding, Level
from bridge.wiring.agency import load_agency
from bridge.wiring.labels import label_findings

TEMPLATES = Path(__file__).parents[2] / "config" / "templates"
LANGUAGES = ("uk", "ru", "en")


def found(folder: Path, old: str, new: str) -> list[Finding]:
    """What is wrong with the pack's words after this change."""
    shutil.copytree(TEMPLATES, folder / "templates", dirs_exist_ok=True)
    words = folder / "templates" / "brief.labels.yaml"
    text = words.read_text(encoding="utf-8")
    assert old in text
    words.write_text(text.replace(old, new, 1), encoding="utf-8")
    return list(label_findings(folder / "templates", "templates", LANGUAGES))


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "told"),
    [
        ('  client: "Клієнт"', '  clint: "Клієнт"', "7:3", "unknown-label", 'did you mean "client"?'),
        ('  client: "Клієнт"', "  client: [Клієнт]", "7:11", "wrong-type", "expected text, got a list"),
        ("\nuk:\n", "\nua:\n", "5:1", "unknown-language", 'unknown language "ua"'),
        ('\nuk:\n  kicker: "Підсумок брифу"', "\nuk:", "5:1", "unknown-label", "has no words for: kicker"),
        ("\nuk:\n", "\nua:\n", "5:1", "missing-language", 'no words in "uk"'),
        ('  page: "Сторінка"', "  page: 'Сторінка", "22:9", "yaml-syntax", "close it"),
    ],
)
def test_a_mistake_in_the_words_is_a_warning_at_its_place(
    tmp_path: Path, old: str, new: str, place: str, code: str, told: str
) -> None:
    [first] = [one for one in found(tmp_path, old, new) if one.code == code]
    assert str(first.where).startswith(f"templates/brief.labels.yaml:{place}")
    assert first.level is Level.WARNING
    assert told in f"{first.what}; {first.advice}"


def test_a_label_that_the_typst_file_names_in_vain_is_told(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    typ = tmp_path / "templates" / "brief.typ"
    typ.write_text(typ.read_text(encoding="utf-8").replace("labels.kicker", "labels.kiker"), encoding="utf-8")
    [one] = label_findings(tmp_path / "templates", "templates", LANGUAGES)
    assert (one.code, one.what) == ("unknown-label", 'brief.typ names the label "kiker", which is not there')
    assert one.advice == 'did you mean "kicker"?'


def test_words_beside_no_template_are_told(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "breif.labels.yaml").write_text("uk: {}\n", encoding="utf-8")
    [one] = label_findings(tmp_path / "templates", "templates", LANGUAGES)
    assert (one.code, one.advice) == ("unknown-document", 'did you mean "brief"?')


def test_the_check_of_a_folder_reads_them_and_the_folder_is_taken_all_the_same(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES.parent, tmp_path / "config")
    words = tmp_path / "config" / "templates" / "brief.labels.yaml"
    words.write_text(words.read_text(encoding="utf-8").replace('page: "Page"', "page: {}"), encoding="utf-8")
    agency, findings = load_agency(tmp_path / "config")
    assert agency is not None
    assert [one.code for one in findings] == ["wrong-type"]
