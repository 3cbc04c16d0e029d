"""How long things are kept, as bridge.yaml says it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.store.retention import Keep
from bridge.wiring.agency import load_agency

PACK = Path(__file__).parents[2] / "config"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(PACK, tmp_path / "config")
    return tmp_path / "config"


def add(pack: Path, line: str) -> None:
    file = pack / "bridge.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")


def test_an_agency_that_says_nothing_keeps_what_is_usual(pack: Path) -> None:
    agency, _findings = load_agency(pack)
    assert agency is not None
    assert agency.keep == Keep()


def test_lengths_and_for_ever_are_understood(pack: Path) -> None:
    add(pack, "keep: {traces: 52w, messages: forever}")
    agency, _findings = load_agency(pack)
    assert agency is not None
    assert (agency.keep.traces, agency.keep.messages) == (timedelta(weeks=52), None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("keep: {traces: 29d}", "bad-value"),
        ("keep: {traces: 180}", "bad-length"),
        ("keep: {traces: 20wd}", "bad-length"),
        ("keep: {records: 180d}", "unknown-key"),
    ],
)
def test_what_cannot_be_kept_so_is_a_finding_at_its_place(pack: Path, line: str, code: str) -> None:
    add(pack, line)
    agency, findings = load_agency(pack)
    assert agency is None
    assert [(finding.code, finding.where.file.rsplit("/", 1)[-1]) for finding in findings] == [(code, "bridge.yaml")]
