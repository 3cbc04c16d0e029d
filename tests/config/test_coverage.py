"""The default pack's own tests exercise every part of its rules that a test of rules can reach."""

from __future__ import annotations

from pathlib import Path

from bridge.wiring.agency import load_agency
from rules.coverage import Seen, coverage
from rules.rule_tests import run_tests

PACK = Path(__file__).parents[2] / "config"
OUT_OF_REACH = {"text work.begun is never said"}
"""Said only when the gate closes between the decision and the sending: tests/engine/test_outbox.py has a text$
of its own for it."""


def test_every_part_of_the_pack_was_exercised_by_its_tests() -> None:
    agency, findings = load_agency(PACK)
    assert agency is not None, findings
    seen = Seen()
    for result in run_tests(agency.ruleset, agency.tests):
        seen.add(result.seen)
    assert {part.what for part in coverage(agency.ruleset, seen).unseen} == OUT_OF_REACH
