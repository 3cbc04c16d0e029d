"""Rule files that are kept: read again, they stand where people know them."""

from __future__ import annotations

from pathlib import Path

from bridge.wiring.rule_history import agency_of, files_of

PACK = Path(__file__).parents[2] / "config"


def test_what_was_in_force_names_the_files_that_people_know() -> None:
    agency, findings = agency_of(files_of(PACK), PACK)
    assert agency is not None, findings
    assert agency.places["telegram"].file == (PACK / "bridge.yaml").as_posix()
    assert {rule.where.file for rule in agency.ruleset.rules} <= {path.as_posix() for path in PACK.rglob("*.yaml")}
