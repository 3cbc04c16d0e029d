"""A second stage of the brief, as docs/how-to/ask-in-stages.md has it: the pack takes it, and its rules work."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from bridge.model.answers import fact_of
from bridge.wiring.agency import load_agency
from rules.rule_tests import run_tests
from tests.config.conftest import Copy

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-in-stages.md"
TEXTS = """\
version: 1
templates:
  brief.full_ask: {uk: "{{ brief.full_link }}", ru: "{{ brief.full_link }}", en: "{{ brief.full_link }}"}
  brief.full_remind: {uk: "{{ brief.full_link }}", ru: "{{ brief.full_link }}", en: "{{ brief.full_link }}"}
"""
STORY = """
tests:
  - name: full brief
    given: {client.channel: chat, deal.work_type: site, brief.state: delivered, brief.full_link: "https://a.test"}
    now: 2026-11-23 11:00
    steps:
      - change: {brief.state: received}
        expect: [{send: brief.full_ask, to: client}, {send: brief.thanks_but, to: client}]
      - event: {delivered: brief.full_ask}
      - until: 2026-11-25 18:00
        expect: [{send: brief.full_remind, to: client}]
      - event: {form.answered: full}
        expect: [{fill: full-to-contact}]
        facts: {brief.full_state: received}
      - until: 2026-12-20 18:00
"""


def test_the_page_about_stages_makes_a_second_stage_of_the_pack(copy: Copy) -> None:
    blocks = [dedent(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)]
    forms, fields, rules = blocks
    made = yaml.safe_load((copy.folder / "forms.yaml").read_text(encoding="utf-8"))
    made["forms"]["full"] = {
        **deepcopy(made["forms"]["brief"]),
        "prefill": {},
        "obligatory": [],
        **yaml.safe_load(forms)["forms"]["full"],
    }
    (copy.folder / "forms.yaml").write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")
    known = (copy.folder / "fields.yaml").read_text(encoding="utf-8")
    (copy.folder / "fields.yaml").write_text(known + fields.removeprefix("fields:\n"), encoding="utf-8")
    (copy.folder / "messages" / "full.yaml").write_text(TEXTS, encoding="utf-8")
    (copy.folder / "rules" / "95-full.yaml").write_text(f"version: 1\n{rules}{STORY}", encoding="utf-8")
    agency, findings = load_agency(copy.folder)
    assert agency is not None, findings
    [result] = [one for one in run_tests(agency.ruleset, agency.tests) if one.name == "full brief"]
    assert result.passed, result


@pytest.mark.parametrize(
    ("form", "fact"), [("brief", "brief.link"), ("full", "brief.full_link"), ("a-b", "brief.a_b_link")]
)
def test_each_form_has_a_link_of_its_own(form: str, fact: str) -> None:
    assert fact_of(form, "link") == fact
