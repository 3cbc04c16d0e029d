"""What single elements ask of what is written in them, where faults put into the code were noticed by no other test."""

from __future__ import annotations

import pytest

from bridge.model.findings import Finding
from rules.load import load_rules
from tests.rules.planned import AROUND, CONTEXT


def findings(entry: str) -> list[Finding]:
    """What is wrong with one rule of the small agency."""
    return load_rules([("around.yaml", AROUND.encode()), ("a.yaml", f"rules:\n  - {entry}".encode())], CONTEXT).findings


def codes(entry: str) -> list[str]:
    return [finding.code for finding in findings(entry)]


@pytest.mark.parametrize(("word", "found"), [("/", ["bad-value"]), ("/б", []), ("/x", []), ("x/", ["bad-value"])])
def test_a_command_is_a_slash_and_at_least_one_letter(word: str, found: list[str]) -> None:
    entry = "{id: a, when: {command: WORD}, per: deal, then: [{label.add: VIP}]}"
    assert codes(entry.replace("WORD", word)) == found


@pytest.mark.parametrize(
    "action",
    [
        "document: {template: brief, name: '{{ deal.project }}'}",
        "comment: '{{ deal.project }}'",
        "create: {card: {list: Договір, name: '{{ deal.project }}'}}",
        "task: {title: '{{ deal.project }}', for: pm}",
        "checklist: {template: launch, title: '{{ deal.project }}', for: pm}",
    ],
)
def test_words_in_an_action_may_name_no_fact_below_the_rule(action: str) -> None:
    assert codes(f"{{id: a, when: {{button: go}}, per: client, then: [{{{action}}}]}}") == ["fact-below"]


def test_a_document_may_go_without_a_name_of_its_own() -> None:
    assert codes("{id: a, when: {button: go}, per: deal, then: [{document: {template: brief}}]}") == []
