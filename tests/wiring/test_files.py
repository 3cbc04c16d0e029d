"""`files:` in bridge.yaml: which files go where, and what of it makes no sense."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.model.files import LARGEST, FileThere, Mirror
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.shapes import FileRow
from rules.flaws import flaws_of
from tests.wiring.conftest import PACK

UP = {"from": "trello.card", "to": "planfix.task"}
DOWN = {"from": "planfix.task", "to": "trello.card"}


def test_a_row_says_whose_files_go_where_under_which_names_and_how_large() -> None:
    row = FileRow.model_validate({**DOWN, "only": ["*.pdf"], "commercial": ["*рахунок*"], "largest": "50MB"})
    assert row.mirror() == Mirror("planfix.task", "trello.card", ("*.pdf",), ("*рахунок*",), 50_000_000)
    assert FileRow.model_validate(UP).mirror() == Mirror("trello.card", "planfix.task", largest=LARGEST)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (DOWN, "missing-key"),
        ({"from": "planfix.contact", "to": "planfix.task"}, "bad-value"),
        ({**UP, "largest": "1GB"}, "bad-value"),
        ({**UP, "only": []}, "bad-value"),
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FileRow.model_validate(said)
    assert [flaw.code for flaw in flaws_of(raised.value)] == [code]


def test_a_place_that_is_not_known_gets_the_known_ones_told() -> None:
    with pytest.raises(ValidationError) as raised:
        FileRow.model_validate({**UP, "to": "planfix.deal"})
    [flaw] = flaws_of(raised.value)
    assert flaw.path == ("to",)
    assert "planfix.task" in flaw.what + flaw.advice


@pytest.mark.parametrize(
    ("name", "goes"),
    [("Макет.PDF", True), ("Рахунок 7.pdf", False), ("РАХУНОК.pdf", False), ("Макет.png", False)],
)
def test_names_fit_patterns_whatever_the_case(name: str, goes: bool) -> None:
    row = Mirror("planfix.task", "trello.card", ("*.pdf",), ("*рахунок*",))
    assert row.takes(FileThere("1", name)) is goes


def checked(folder: Path, rows: str, *, instead: tuple[str, str] = ("", "")) -> set[tuple[str, str]]:
    """What is found in the default pack with these rows: the word of the file where it stands, and what it is."""
    made = Path(shutil.copytree(PACK, folder / "config"))
    file = made / "bridge.yaml"
    text = file.read_text(encoding="utf-8").replace(*instead) + f"\nfiles:\n{rows}"
    file.write_text(text, encoding="utf-8")
    _agency, findings = load_agency(made)
    return {(text.splitlines()[one.where.line - 1].strip(), one.code) for one in findings if "file" in one.what}


def test_rows_of_the_default_pack_are_in_order(tmp_path: Path) -> None:
    rows = "  - {from: trello.card, to: planfix.task}\n  - {from: planfix.task, to: trello.card, commercial: []}\n"
    assert checked(tmp_path, rows) == set()


def test_a_row_that_stands_there_twice_is_found(tmp_path: Path) -> None:
    row = "- {from: trello.card, to: planfix.task}"
    assert checked(tmp_path, f"  {row}\n  {row}\n") == {(row, "duplicate-name")}


def test_a_custom_field_that_is_called_like_the_files_is_found(tmp_path: Path) -> None:
    row = "- {from: trello.card, to: planfix.task}"
    found = checked(tmp_path, f"  {row}\n", instead=("    site: Сайт\n", "    site: Сайт\n    files: Файли\n"))
    assert found == {(row, "duplicate-name")}


def test_a_row_that_needs_a_system_which_is_not_set_up_is_found(tmp_path: Path) -> None:
    row = "- {from: trello.card, to: planfix.task}"
    text = (PACK / "bridge.yaml").read_text(encoding="utf-8")
    section = text[text.index("\nplanfix:") : text.index("\ntelegram:")]
    assert (row, "absent-system") in checked(tmp_path, f"  {row}\n", instead=(section, ""))


def test_what_is_read_for_files_follows_from_the_rows(agency: Agency) -> None:
    made = replace(agency, mirrors=(Mirror("planfix.contact", "trello.card"), Mirror("planfix.task", "trello.card")))
    assert (made.files_of("planfix"), made.files_of("trello")) == (frozenset({"contact", "task"}), frozenset())
