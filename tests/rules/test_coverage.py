"""Which parts of rules were ever put to the test."""

from __future__ import annotations

from bridge.model.wording import said_by
from bridge.words import CATALOGUES
from rules.coverage import Coverage, Seen, coverage
from rules.load import load_rules
from rules.rule_tests import run_tests
from tests.rules.planned import AROUND, CONTEXT

RULES = """\
rules:
  - id: ask
    when: {button: go}
    if: {all: [{deal.prepaid: true}, {client.name: {filled: true}}]}
    per: deal
    then: [{send: hello, to: client}]
    else: [{comment: Ще ні}]
    unless: {client.name: Хтось}
    steps:
      - {after: 2h, id: later, then: [{comment: Минуло дві години}]}
tests:
"""
FIRES = """\
  - name: fires
    given: {deal.prepaid: true, client.name: Ромашка, client.chat: "1"}
    now: 2026-11-23 10:00
    steps:
      - event: {button: go}
        expect: [{send: hello}]
"""
REFUSES = """\
  - name: refuses
    given: {deal.prepaid: false, client.name: Ромашка}
    now: 2026-11-23 10:00
    steps:
      - event: {button: go}
        expect: [{comment: Ще ні}]
"""
GOES_ON = (
    FIRES.replace("fires", "goes on")
    + """\
      - until: 2026-11-23 12:30
        expect: [{comment: Минуло дві години}]
"""
)


def covered(*tests: str, language: str = "") -> Coverage:
    loaded = load_rules([("around.yaml", AROUND.encode()), ("rules.yaml", (RULES + "".join(tests)).encode())], CONTEXT)
    assert loaded.ruleset is not None, loaded.findings
    seen = Seen()
    for result in run_tests(loaded.ruleset, loaded.tests):
        assert result.passed, result
        seen.add(result.seen)
    return coverage(loaded.ruleset, seen, language)


def test_a_clause_is_told_in_the_words_of_the_reader() -> None:
    told = [said_by(CATALOGUES["uk"], part.what) for part in covered(FIRES, language="uk").unseen]
    assert "ask: завжди було правдою: deal.prepaid — так" in told


def missing(*tests: str) -> list[str]:
    return [part.what for part in covered(*tests).unseen]


def test_without_a_test_nothing_was_ever_exercised() -> None:
    made = covered("  []\n")
    assert (made.percent, len(made.unseen)) == (0, made.parts)


def test_a_rule_that_only_fires_was_never_kept_from_it() -> None:
    assert "ask is never kept from firing by its condition" in missing(FIRES)
    assert "ask: else is never taken" in missing(FIRES)


def test_a_clause_counts_once_it_was_true_and_once_false() -> None:
    assert missing(FIRES, REFUSES) == [
        "ask: never false: client.name filled true",
        "ask: step later is never taken",
        "ask: unless never calls it off",
    ]


def test_a_step_counts_once_it_was_taken() -> None:
    assert "ask: step later is never taken" not in missing(GOES_ON)


def test_a_part_is_named_with_its_place() -> None:
    part = covered(FIRES).unseen[0]
    assert (part.where.file, part.where.line) == ("rules.yaml", 2)


def test_what_life_has_seen_counts_as_well() -> None:
    loaded = load_rules([("around.yaml", AROUND.encode()), ("rules.yaml", (RULES + FIRES).encode())], CONTEXT)
    assert loaded.ruleset is not None
    life = Seen(called_off={"ask"})
    assert "ask: unless never calls it off" not in [part.what for part in coverage(loaded.ruleset, life).unseen]
