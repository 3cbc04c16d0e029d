"""A small set to load: what stands around, one rule, and what tests put beside it."""

from __future__ import annotations

from typing import Any

from bridge.model.findings import Finding
from rules.load import Context, Loaded, load_rules
from rules.ruleset import RuleSet

AROUND = """\
version: 1
defaults: {language: uk, calendar: office}
calendars:
  office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}
roles:
  client: {uk: клієнт, ru: клиент, en: client}
  pm: {uk: РМ, ru: РМ, en: PM}
  head: {uk: керівник, ru: руководитель, en: head}
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.state: {type: choice, of: [lead, active], from: bridge}
  client.site: {type: text, from: planfix.contact.site, write_to: [planfix.contact.site]}
  deal.sum: {type: money, from: planfix.task.sum}
  deal.prepaid: {type: flag, from: planfix.task.prepaid}
  brief.state: {type: choice, of: [none, asked, received], from: bridge}
  brief.sent_at: {type: moment, from: bridge}
  invoice.due: {type: date, from: planfix.invoice.due}
  card.list: {type: choice, of: [Договір, Запуск], from: trello.card.list}
  card.labels: {type: set, of: [VIP], from: trello.card.labels}
gates:
  start:
    name: Початок
    needs:
      - {if: {deal.prepaid: true}, say: {uk: передоплата, ru: предоплата, en: prepayment}, owed_by: client}
templates:
  hello: {uk: "Добрий день, {{ client.name }}", ru: "Добрый день, {{ client.name }}", en: "Hello, {{ client.name }}"}
  lacking:
    uk: "{% for need in gate.missing %}{{ need.say }}{% endfor %}"
    ru: "{% for need in gate.missing %}{{ need.say }}{% endfor %}"
    en: "{% for need in gate.missing %}{{ need.say }}{% endfor %}"
"""
RULE = """\
rules:
  - id: one
    when: {button: go}
    per: deal
    then:
      - send: hello
        to: client
"""


def load(*files: str, context: Context | None = None) -> Loaded:
    """What the surroundings say together with these files (a.yaml, b.yaml, …)."""
    named = [("around.yaml", AROUND.encode())]
    named += [(f"{chr(97 + number)}.yaml", text.encode()) for number, text in enumerate(files)]
    return load_rules(named, context)


def ruleset(*files: str, context: Context | None = None) -> RuleSet:
    loaded = load(*files, context=context)
    assert loaded.ruleset is not None, "\n".join(map(str, loaded.findings))
    return loaded.ruleset


def finding(*files: str, context: Context | None = None) -> Finding:
    """The one finding, of a set that is therefore not taken."""
    loaded = load(*files, context=context)
    assert loaded.ruleset is None
    assert len(loaded.findings) == 1, "\n".join(map(str, loaded.findings))
    return loaded.findings[0]


def rule(body: str, context: Context | None = None) -> Any:
    """The rule with this body, its lines two spaces in."""
    return ruleset(f"rules:\n  - id: one\n{body}", context=context).rules[0]


THEN = "    then: [{send: hello, to: client}]\n"
TO_PM = "    then: [{send: hello, to: pm}]\n"
BUTTON = "    when: {button: go}\n    per: deal\n"
