"""`expect:` of a rule: how often it should fire, for anybody."""

from __future__ import annotations

import pytest

from rules.lengths import Length
from rules.load import Loaded, load_rules

RULE = """\
version: 1
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
fields: {card.labels: {type: set, of: [VIP], from: trello.card.labels}}
templates: {hello: {uk: Вітаємо, ru: Здравствуйте, en: Hello}}
rules:
  - {id: lead, when: {label.added: VIP}, per: deal, then: [{send: hello, to: client}], expect: EXPECT}
"""


def loaded(expect: str) -> Loaded:
    return load_rules([("rules.yaml", RULE.replace("EXPECT", expect).encode())])


@pytest.mark.parametrize(("said", "meant"), [("every 1wd", Length(1, "wd")), ("every 7d", Length(7, "d"))])
def test_a_rhythm_is_every_so_often(said: str, meant: Length) -> None:
    found = loaded(said)
    assert found.ruleset is not None, found.findings
    assert found.ruleset.rules[0].expect == meant


@pytest.mark.parametrize(
    ("said", "code"),
    [("1wd", "bad-value"), ("every", "bad-value"), ("every week", "bad-length"), ("every 0d", "bad-length")],
)
def test_anything_else_is_a_finding_with_an_example(said: str, code: str) -> None:
    [finding] = loaded(said).findings
    assert finding.code == code
    assert "wd" in finding.what + finding.advice
