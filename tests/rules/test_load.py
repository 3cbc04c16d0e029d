"""Loading rule files: what they come to, and every mistake at its place."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.model.events import Actor, Event
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Finding, Level
from bridge.model.values import Plain
from rules.actions.action import ACTIONS, Action, action, parse_action
from rules.actions.cards import Comment
from rules.actions.facts import Fill
from rules.actions.people import Send
from rules.conditions import Condition
from rules.flaws import Params
from rules.lengths import parse_length
from rules.load import Context, Loaded, load_rules
from rules.maps import FormMap
from rules.names import Known
from rules.reader import read
from rules.registry import Registry, example_of
from rules.ruleset import RuleSet
from rules.triggers import TRIGGERS, Trigger, parse_trigger

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


# -- what a set comes to ---------------------------------------------------------------------------------------------


def test_several_files_make_one_set() -> None:
    made = ruleset(RULE, RULE.replace("one", "two"))
    assert [one.id for one in made.rules] == ["one", "two"]
    assert made.texts["hello"].by_language["ru"].render({"client": {"name": "Олена"}}) == "Добрый день, Олена"


def test_every_key_of_a_rule_arrives() -> None:
    made = rule(
        "    name: Назва\n    enabled: shadow\n    when: [{button: go}, {label.added: VIP}]\n    also_own: true\n"
        "    if: {deal.prepaid: true}\n    per: deal\n    repeat: {not_within: 1h}\n    if_running: restart\n"
        "    from: brief.sent_at\n    unless: {brief.state: received}\n    pause_while: {brief.sent_at: {after: now}}\n"
        "    guard: true\n    override: {role: head, command: /далі}\n"
        "    steps: [{id: s, after: 2wd, then: [{move: back}]}]\n"
        "    then: [{label.add: VIP}]\n    else: [{move: Запуск}]\n"
    )
    assert (made.name, made.enabled, made.per, made.if_running, made.starts_from) == (
        "Назва",
        "shadow",
        "deal",
        "restart",
        "brief.sent_at",
    )
    assert (made.repeat, made.steps[0].id, made.steps[0].after) == (parse_length("1h"), "s", parse_length("2wd"))
    assert all(isinstance(one, Condition) for one in (made.condition, made.unless, made.pause_while))
    assert (made.guard, made.also_own, made.override.command) == (True, True, "/далі")
    assert ([one.verb for one in made.then], [one.verb for one in made.otherwise]) == (["label.add"], ["move"])


def test_guards_come_first_and_the_rest_keep_their_order() -> None:
    guard = f"rules:\n  - id: guard\n    guard: true\n    when: {{button: go}}\n    per: deal\n{THEN}"
    assert [one.id for one in ruleset(RULE, RULE.replace("one", "two"), guard).rules] == ["guard", "one", "two"]


def test_a_gate_has_the_needs_of_those_it_includes_first() -> None:
    more = (
        "gates:\n  launch:\n    name: Запуск\n    includes: [start]\n    needs:\n"
        "      - {if: {client.name: {filled: true}}, say: {uk: ім’я, ru: имя, en: name}, owed_by: pm}\n"
    )
    gate = ruleset(more).gates["launch"]
    assert [need.say["uk"] for need in gate.needs] == ["передоплата", "ім’я"]
    assert gate.name == {"uk": "Запуск", "ru": "Запуск", "en": "Запуск"}


def test_defaults_arrive() -> None:
    text = AROUND.replace(
        "calendar: office}\n",
        'calendar: office, client_messages: {window: "10:00-17:00", at_most: 2 per day},'
        " not_known: {tell: head, after: 2h}, loop_limit: 5}\n",
    )
    made = load_rules([("a.yaml", text.encode())]).ruleset
    assert made is not None
    said = made.defaults
    assert (said.window, said.at_most, said.tell, said.loop_limit) == ((600, 1020), 2, "head", 5)
    assert said.tell_after == timedelta(hours=2)


def test_fields_declared_elsewhere_may_be_named() -> None:
    declared = {"client.wishes": FieldSpec("client.wishes", FieldType.TEXT, "bridge")}
    made = rule(f"    when: {{field.changed: client.wishes}}\n    per: client\n{THEN}", Context(fields=declared))
    assert made.when[0].watches == {"client.wishes"}


def test_tests_are_handed_on_with_their_places() -> None:
    loaded = load(RULE, "tests:\n  - name: перший\n    steps: []\n")
    [test] = loaded.tests
    assert test.data["name"] == "перший"
    assert str(test.places.position((*test.path, "steps"))) == "b.yaml:3:12"


# -- what depends on what --------------------------------------------------------------------------------------------


def set_by(when: str) -> dict[str, frozenset[str]]:
    body = f"    when: {when}\n    per: deal\n    then: [{{set: {{brief.state: received}}}}]\n"
    return dict(ruleset(f"rules:\n  - id: one\n{body}").set_by)


@pytest.mark.parametrize(
    ("when", "sources"),
    [
        ("{form.answered: brief}", {"google_forms.brief"}),
        ("{becomes: {deal.prepaid: true}}", {"planfix.task"}),
        ("{becomes: {gate.start: open}}", {"planfix.task"}),
        ("{field.changed: card.list}", {"trello.card"}),
        ("[{form.answered: brief}, {field.changed: card.list}]", {"google_forms.brief", "trello.card"}),
    ],
)
def test_a_fact_that_rules_set_hangs_on_the_sources_of_their_triggers(when: str, sources: set[str]) -> None:
    assert set_by(when) == {"brief.state": sources}


@pytest.mark.parametrize("when", ["{button: go}", "{delivered: hello}", "{becomes: {brief.state: asked}}"])
def test_presses_and_receipts_hang_on_no_source(when: str) -> None:
    assert set_by(when) == {}


def test_sources_are_found_through_facts_that_other_rules_set() -> None:
    chain = (
        "rules:\n"
        "  - {id: a, when: {form.answered: brief}, per: deal, then: [{set: {brief.state: received}}]}\n"
        "  - {id: b, when: {becomes: {brief.state: received}}, per: deal, then: [{set: {brief.sent_at: now}}]}\n"
    )
    assert ruleset(chain).set_by["brief.sent_at"] == {"google_forms.brief"}


# -- names for ever --------------------------------------------------------------------------------------------------


def ids(then: str) -> list[str]:
    return [one.id for one in rule(f"    when: {{button: go}}\n    per: deal\n    then: {then}\n").then]


def test_an_action_keeps_its_id_when_others_come_and_go() -> None:
    [alone] = ids("[{send: hello, to: client}]")
    assert ids("[{move: Запуск}, {label.add: VIP}, {send: hello, to: client}]")[2] == alone


def test_another_target_or_text_is_another_action() -> None:
    assert len(set(ids("[{send: hello, to: client}, {send: hello, to: pm}, {task: {title: А, for: pm}}]"))) == 3


def test_only_exact_twins_are_counted() -> None:
    first, second = ids("[{send: hello, to: pm}, {send: hello, to: pm}]")
    assert second == f"{first}#2"


def test_an_explicit_id_is_taken_as_it_is() -> None:
    assert ids("[{send: hello, to: pm, id: greet}]") == ["greet"]


def test_no_derived_id_has_a_colon() -> None:
    assert all(":" not in one for one in ids('[{task: {title: "Дзвінок: А", for: pm}}, {comment: "a: b"}]'))


def test_a_step_keeps_its_id_when_an_earlier_one_goes() -> None:
    body = "    when: {button: go}\n    per: deal\n    steps: [%s]\n"
    step = "{after: 3wd at 10:00, then: [{send: hello, to: pm}]}"
    both = rule(body % f"{{after: 2wd, then: [{{send: hello, to: pm}}]}}, {step}")
    alone = rule(body % step)
    assert both.steps[1].id == alone.steps[0].id
    assert both.steps[1].then[0].id == alone.steps[0].then[0].id
    assert both.steps[0].id != both.steps[1].id


def test_the_hash_names_the_meaning_and_not_the_writing() -> None:
    same = RULE.replace("when: {button: go}", "when:\n      button: 'go'   # натиснули")
    assert ruleset(RULE).hash == ruleset(same).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [("button: go", "button: stop"), ("to: client", "to: pm"), ("id: one", "id: two")],
)
def test_the_hash_changes_with_a_rule(old: str, new: str) -> None:
    assert ruleset(RULE).hash != ruleset(RULE.replace(old, new)).hash


@pytest.mark.parametrize(
    "context",
    [
        Context(tzdata="2026.6"),
        Context(fields={"client.a": FieldSpec("client.a", FieldType.TEXT, "bridge")}),
        Context(maps={"m": FormMap("m", "brief", {"Сайт": "client.site"})}),
    ],
)
def test_the_hash_changes_with_what_stands_around(context: Context) -> None:
    assert ruleset(RULE).hash != ruleset(RULE, context=context).hash


def test_the_hash_changes_with_calendar_and_texts() -> None:
    hashes = {ruleset(RULE).hash}
    for old, new in (("09:00-18:00", "09:00-17:00"), ("Hello", "Hi")):
        changed = load_rules([("a.yaml", AROUND.replace(old, new).encode()), ("b.yaml", RULE.encode())]).ruleset
        assert changed is not None
        hashes.add(changed.hash)
    assert len(hashes) == 3


# -- blueprints ------------------------------------------------------------------------------------------------------

BLUEPRINT = """\
blueprints:
  notice:
    inputs:
      list: {type: choice, of_field: card.list}
      text: {type: template, default: hello}
      title: {type: texts}
    rule:
      name: "Етап «{input.list}»"
      when: {card.moved: {to: "{input.list}"}}
      per: deal
      then: [{send: "{input.text}", to: client, with: {stage.title: "{input.title}"}}]
"""
USE = "use:\n  - blueprint: notice\n    id: notice-launch\n    input: {list: %s, title: {uk: а, ru: б, en: c}}\n"


def test_a_blueprint_becomes_a_rule_with_its_blanks_filled() -> None:
    made = ruleset(BLUEPRINT, USE % "Запуск").rules[0]
    assert (made.id, made.name, made.when[0].model_dump()["to"]) == ("notice-launch", "Етап «Запуск»", "Запуск")
    send = made.then[0]
    assert isinstance(send, Send)
    assert (send.template, send.with_) == ("hello", {"stage.title": {"uk": "а", "ru": "б", "en": "c"}})


def test_a_wrong_input_is_told_where_it_is_given() -> None:
    found = finding(BLUEPRINT, USE % "Запускк")
    assert (str(found.where), found.code) == ("b.yaml:4:19", "unknown-value")
    assert "Запуск" in found.advice


def test_a_mistake_inside_a_blueprint_is_told_at_the_use_with_the_blueprints_line() -> None:
    found = finding(BLUEPRINT.replace("per: deal", "per: deel"), USE % "Запуск")
    assert str(found.where) == "b.yaml:2:5"
    assert "made of the blueprint at a.yaml:10:12" in found.what


def test_a_blank_that_is_no_input_is_told_at_the_blueprint_even_when_it_is_used() -> None:
    found = finding(BLUEPRINT.replace('"Етап «{input.list}»"', '"{input.lits}"'), USE % "Запуск")
    assert (str(found.where), found.code) == ("a.yaml:8:13", "unknown-input")


EARLIER = """\
    version: 2
    earlier:
      - version: 1
        inputs: {list: {type: choice, of_field: card.list}}
        rule: {when: {card.moved: {to: "{input.list}"}}, per: deal, then: [{send: hello, to: client}]}
"""
STAYS = "use: [{blueprint: notice, version: 1, id: old, input: {list: Запуск}}]\n"


def test_a_rule_stays_at_the_version_it_names_and_a_note_tells_of_the_newer_one() -> None:
    loaded = load(BLUEPRINT + EARLIER, STAYS)
    assert loaded.ruleset is not None
    assert loaded.ruleset.rules[0].then[0].model_dump(by_alias=True)["with"] == {}
    assert ("newer-version", Level.NOTE) in [(one.code, one.level) for one in loaded.findings]
    assert ruleset(BLUEPRINT + EARLIER, USE % "Запуск").rules[0].name == "Етап «Запуск»"


def test_a_mistake_in_an_earlier_version_is_told_with_its_line() -> None:
    found, *_notes = load(BLUEPRINT + EARLIER.replace("per: deal", "per: deel"), STAYS).findings
    assert "made of the blueprint at a.yaml:16:63" in found.what


def test_an_input_is_never_read_as_yaml_or_as_text() -> None:
    evil = '"{input.text}: [x]"'
    open_list = BLUEPRINT.replace(", of_field: card.list", "").replace(
        "when: {card.moved: {to:", "when: {command: /x}\n      #"
    )
    made = ruleset(open_list, USE % evil).rules[0]
    assert made.name == "Етап «{input.text}: [x]»"


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("use: [{blueprint: notise, id: a}]", "unknown-blueprint"),
        ("use: [{blueprint: notice, version: 3, id: a}]", "unknown-version"),
        ("use: [{blueprint: notice, id: a, input: {list: Запуск, title: {uk: а, ru: б}}}]", "missing-language"),
        ("use: [{blueprint: notice, id: a, input: {title: {uk: а, ru: б, en: в}}}]", "missing-key"),
        (
            "use: [{blueprint: notice, id: a, input: {list: Запуск, titel: {}, title: {uk: а, ru: б, en: в}}}]",
            "unknown-key",
        ),
    ],
)
def test_a_mistake_in_a_use_is_found(use: str, code: str) -> None:
    assert finding(BLUEPRINT, use).code == code


# -- mistakes --------------------------------------------------------------------------------------------------------

BUTTON = "    when: {button: go}\n    per: deal\n"
NEED = "gates: {a: {name: А, needs: [{%s}]}}\n"
CLIENT = "    when: {button: go}\n    per: client\n"
OTHERWISE = "    en: Hi\n    asserts: {gate.start: open}\n    otherwise: news\n"


@pytest.mark.parametrize(
    ("body", "place", "code", "told"),
    [
        (f"{BUTTON}    if_runing: keep\n{THEN}", "a.yaml:5:5", "unknown-key", 'did you mean "if_running"'),
        (f"    per: deal\n{THEN}", "a.yaml:2:5", "missing-key", '"when" is missing'),
        (f"    when: {{buton: go}}\n{THEN}", "a.yaml:3:12", "unknown-trigger", 'did you mean "button"'),
        (f"    when: {{button: go, command: /a}}\n{THEN}", "a.yaml:3:24", "two-triggers", "a line of its own"),
        (f"    when: {{card.moved: {{too: Запуск}}}}\n{THEN}", "a.yaml:3:25", "unknown-key", 'did you mean "to"'),
        (f"    when: {{card.moved: {{to: Запушк}}}}\n{THEN}", "a.yaml:3:29", "unknown-list", 'did you mean "Запуск"'),
        (f"    when: {{label.added: VlP}}\n{THEN}", "a.yaml:3:25", "unknown-label", 'did you mean "VIP"'),
        (f"    when: {{delivered: helo}}\n{THEN}", "a.yaml:3:23", "unknown-template", 'did you mean "hello"'),
        (f"    when: {{command: бриф}}\n{THEN}", "a.yaml:3:21", "bad-value", "/бриф"),
        (f"    when: {{becomes: {{brief.stat: asked}}}}\n{THEN}", "a.yaml:3:22", "unknown-field", '"brief.state"'),
        (f"{BUTTON}    if: {{brief.state: {{over: 1}}}}\n{THEN}", "a.yaml:5:24", "unfit-comparison", "use one of"),
        (f"{BUTTON}    if:\n{THEN}", "a.yaml:5:8", "empty-condition", "leave the key out"),
        (f"{BUTTON}    then: [{{mov: back}}]\n", "a.yaml:5:13", "unknown-action", 'did you mean "move"'),
        (f"{BUTTON}    then: [{{move: back, send: hello}}]\n", "a.yaml:5:25", "two-actions", "a dash"),
        (f"{BUTTON}    then: [{{send: hello}}]\n", "a.yaml:5:12", "missing-key", '"to" is missing'),
        (f"{BUTTON}    then: [{{send: hello, to: cleint}}]\n", "a.yaml:5:30", "unknown-recipient", '"client"'),
        (f"{BUTTON}    then: [{{send: helo, to: pm}}]\n", "a.yaml:5:19", "unknown-template", '"hello"'),
        (f"{BUTTON}    then: [{{send: hello, to: pm, with: {{gate: stat}}}}]\n", "a.yaml:5:47", "unknown-gate", ""),
        (f"{BUTTON}    then: [{{send: hello, to: pm, with: {{gate: [start]}}}}]\n", "a.yaml:5:47", "unknown-gate", ""),
        (f"{BUTTON}    then: [{{send: hello, to: pm, with: {{gate: {{}}}}}}]\n", "a.yaml:5:47", "unknown-gate", ""),
        (f"{BUTTON}    then: [{{set: {{brief.stat: asked}}}}]\n", "a.yaml:5:19", "unknown-field", '"brief.state"'),
        (f"{BUTTON}    then: [{{set: {{brief.state: askd}}}}]\n", "a.yaml:5:32", "unknown-value", '"asked"'),
        (f"{BUTTON}    then: [{{set: {{deal.prepaid: true}}}}]\n", "a.yaml:5:19", "not-writable", "write_to"),
        (f"{BUTTON}    then: [{{task: {{title: a, for: pn}}}}]\n", "a.yaml:5:35", "unknown-role", "pm"),
        (f"{BUTTON}    then: [{{task: {{title: a, for: pm, due: 1 день}}}}]\n", "a.yaml:5:44", "bad-length", "2wd"),
        (f"{BUTTON}    then: [{{comment: '{{{{ whi }}}}'}}]\n", "a.yaml:5:22", "unknown-field", '"why"'),
        (f"{BUTTON}    then: [{{comment: {{template: lacking}}}}]\n", "a.yaml:5:12", "missing-gate", "add gate"),
        (f"{BUTTON}    then: [{{send: lacking, to: pm}}]\n", "a.yaml:5:12", "missing-gate", "with: {gate"),
        (f"{BUTTON}    then: [{{comment: '{{{{ deal.sum }}}}'}}]\n", "a.yaml:5:12", "commercial-field", "deal.sum"),
        (f"{BUTTON}    steps: [{{after: 2 дні, then: [{{move: back}}]}}]\n", "a.yaml:5:21", "bad-length", "2wd"),
        (f"{BUTTON}    repeat: twice\n{THEN}", "a.yaml:5:13", "bad-value", "not_within"),
        (f"{BUTTON}    enabled: maybe\n{THEN}", "a.yaml:5:14", "bad-value", "shadow"),
        (f"{BUTTON}    guard: yes\n{THEN}", "a.yaml:5:12", "wrong-type", 'true or false, got "yes"'),
        (f"{BUTTON}    from: client.name\n{THEN}", "a.yaml:5:11", "wrong-type", "moment or date"),
        (f"{BUTTON}    else: [{{move: back}}]\n", "a.yaml:5:5", "else-without-if", "no if"),
        (BUTTON, "a.yaml:2:5", "empty-rule", "does nothing"),
        (f"{CLIENT}    if: {{deal.prepaid: true}}\n{THEN}", "a.yaml:5:9", "fact-below", "which deal"),
        (f"{CLIENT}    if: {{gate.start: open}}\n{THEN}", "a.yaml:5:9", "fact-below", "which deal"),
        (f"    when: {{button: go}}\n{TO_PM}", "a.yaml:4:12", "fact-below", "client.name belongs to the client"),
        (f"{BUTTON}    then: []\n", "a.yaml:5:11", "empty-list", "name an action"),
        (f"{BUTTON}    then: [{{move: back, id: a b}}]\n", "a.yaml:5:29", "bad-value", "not an id"),
        (f"{BUTTON}    then: [{{move: back, id: a}}, {{move: back, id: a}}]\n", "a.yaml:5:50", "duplicate-name", "a"),
        (f"{BUTTON}    then: [{{send: hello, to: pm, with: {{deal.sum: a}}}}]\n", "a.yaml:5:41", "bad-value", "a fact"),
        (f"{BUTTON}    then: [{{send: hello, to: pm, with: {{a.b: 5}}}}]\n", "a.yaml:5:46", "wrong-type", "in quotes"),
        (f"    when: {{schedule: {{every: week, day: mn}}}}\n{THEN}", "a.yaml:3:41", "bad-value", '"mon"'),
        (f"    when: {{schedule: {{every: day, time: 9}}}}\n{THEN}", "a.yaml:3:41", "bad-value", "09:30"),
        (f"    when: []\n{THEN}", "a.yaml:3:11", "empty-list", "name a trigger"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_rule_is_told_at_its_place(body: str, place: str, code: str, told: str) -> None:
    found = finding(f"rules:\n  - id: one\n{body}")
    assert (str(found.where), found.code) == (place, code)
    assert told in f"{found.what}; {found.advice}"


TEXT = "templates:\n  news:\n    uk: |\n      Вітаю!\n      {{ client.name }}\n    ru: Привет\n    en: Hi\n"


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("client.name", "client.nam", "a.yaml:5:7", "unknown-field"),
        ("{{ client.name }}", "{{ 2 + 2 }}", "a.yaml:5:7", "not-allowed"),
        ("{{ client.name }}", "{{ step.days|num('день|дні') }}", "a.yaml:5:7", "plural-forms"),
        ("    en: Hi\n", "", "a.yaml:2:3", "missing-language"),
        ("    en: Hi\n", "    en: Hi\n    fr: Salut\n", "a.yaml:8:5", "unknown-key"),
        ("    en: Hi\n", "    en: 12\n", "a.yaml:7:9", "wrong-type"),
        ("    en: Hi\n", "    en: Hi\n    otherwise: helo\n", "a.yaml:8:16", "unknown-template"),
        ("    en: Hi\n", "    en: Hi\n    otherwise: hello\n", "a.yaml:8:5", "otherwise-without-asserts"),
        ("    en: Hi\n", "    en: Hi\n    asserts: {gate.strat: open}\n", "a.yaml:8:15", "unknown-field"),
        ("    en: Hi\n", "    en: Hi\n    allows: [money]\n", "a.yaml:8:14", "bad-value"),
        ("    en: Hi\n", OTHERWISE, "a.yaml:9:16", "text-cycle"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_text_is_told_at_its_line(old: str, new: str, place: str, code: str) -> None:
    found = finding(TEXT.replace(old, new))
    assert (str(found.where), found.code) == (place, code)


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("rulez: []\n", "a.yaml:1:1", "unknown-key"),
        ("rules: {}\n", "a.yaml:1:8", "wrong-type"),
        ("gates: []\n", "a.yaml:1:8", "wrong-type"),
        ("version: 2\n", "a.yaml:1:10", "wrong-version"),
        ("- a\n", "a.yaml:1:1", "wrong-type"),
        ("rules: [\n", "a.yaml:2:1", "yaml-syntax"),
        ("defaults: {}\n", "a.yaml:1:1", "duplicate-name"),
        ("roles: {pm: {uk: а, ru: б, en: в}}\n", "a.yaml:1:9", "duplicate-name"),
        ("roles: {head2: {uk: а, ru: б}}\n", "a.yaml:1:16", "missing-language"),
        ("fields: {client.a: {type: texst, from: bridge}}\n", "a.yaml:1:27", "bad-value"),
        ("fields: {client.a: {type: text}}\n", "a.yaml:1:20", "missing-key"),
        ("fields: {client: {type: text, from: bridge}}\n", "a.yaml:1:10", "bad-field-name"),
        ("fields: {client.a: {type: length, from: bridge, default: 75}}\n", "a.yaml:1:58", "wrong-type"),
        ("fields: {client.a: {type: choice, of: [a], from: bridge, default: b}}\n", "a.yaml:1:67", "unknown-value"),
        ("fields: {client.a: {type: text, of: [a], from: bridge}}\n", "a.yaml:1:33", "wrong-type"),
        ("calendars: {home: {zone: Europe/Kyiv, week: {mon: 9-18}}}\n", "a.yaml:1:51", "bad-hours"),
        ("gates: {a: {name: А, includes: [b]}}\n", "a.yaml:1:33", "unknown-gate"),
        ("gates: {a: {name: А, includes: [a]}}\n", "a.yaml:1:32", "gate-cycle"),
        (NEED % "if: {deal.sum: {over: '0'}}, say: а, owed_by: pm", "a.yaml:1:53", "wrong-type"),
        (NEED % "if: {deal.prepaid: true}, say: а, owed_by: pn", "a.yaml:1:74", "unknown-role"),
    ],
)  # fmt: skip
def test_a_mistake_outside_rules_is_told_at_its_place(text: str, place: str, code: str) -> None:
    found = finding(text)
    assert (str(found.where), found.code) == (place, code)


def test_an_id_that_is_used_twice_names_both_places() -> None:
    found = finding(RULE, RULE)
    assert (str(found.where), found.code) == ("b.yaml:2:9", "duplicate-name")
    assert "a.yaml:2:9" in found.advice


def test_gates_that_need_each_other_are_refused() -> None:
    gates = (
        "gates:\n  a: {name: А, includes: [b]}\n  b: {name: Б, needs: [{if: {gate.a: open}, say: а, owed_by: pm}]}\n"
    )
    assert {one.code for one in load(gates).findings} == {"gate-cycle"}


def test_a_sum_reaches_a_client_only_in_a_text_that_says_so() -> None:
    text = "templates:\n  sum:\n" + "".join(f"    {one}: '{{{{ deal.sum|money }}}}'\n" for one in ("uk", "ru", "en"))
    send = RULE.replace("send: hello", "send: sum")
    assert finding(text, send).code == "commercial-field"
    assert ruleset(text + "    allows: [commercial]\n", send)
    assert ruleset(text, send.replace("to: client", "to: pm"))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("    then: [{comment: 'Ні: {{ why }}'}]\n", "a.yaml:5:12"),
        (f"    if: {{client.name: a}}\n{TO_PM}    else: [{{comment: 'Вже {{{{ step.days }}}}'}}]\n", "a.yaml:7:12"),
    ],
)
def test_a_name_that_only_another_part_of_a_rule_knows_is_refused(body: str, place: str) -> None:
    found = finding(f"rules:\n  - id: one\n{BUTTON}{body}")
    assert (str(found.where), found.code) == (place, "known-elsewhere")


def test_a_rule_that_is_nobodys_has_no_client_to_write_to() -> None:
    text = "templates:\n  plain: {uk: а, ru: б, en: c}\n"
    nobodys = RULE.replace("    per: deal\n", "").replace("send: hello", "send: plain")
    assert finding(text, nobodys).code == "no-subject"


def test_a_text_said_otherwise_is_checked_like_the_text_itself() -> None:
    texts = "templates:\n  ready: {asserts: {gate.start: open}, otherwise: lacking, uk: а, ru: б, en: c}\n"
    found = finding(texts, RULE.replace("send: hello", "send: ready"))
    assert (found.code, str(found.where)) == ("missing-gate", "b.yaml:6:9")


def test_a_name_that_only_the_rule_knows_must_be_handed_in() -> None:
    text = "templates:\n  stage: {uk: '{{ stage.title }}', ru: '{{ stage.title }}', en: '{{ stage.title }}'}\n"
    given = RULE.replace("send: hello", "send: stage\n        with: {stage.title: Старт}")
    assert ruleset(text, given)
    both = given + "      - {send: stage, to: pm}\n"
    assert finding(text, both).code == "missing-with"


@pytest.mark.parametrize(
    ("context", "when", "code"),
    [
        (Context(forms=["brief"]), "{form.answered: breif}", "unknown-form"),
        (Context(buttons={"go": {}}), "{button: og}", "unknown-button"),
        (Context(lists=["Старт"]), "{card.moved: {to: Запуск}}", "unknown-list"),
        (Context(labels=["A"]), "{label.added: VIP}", "unknown-label"),
        (Context(documents=["brief"]), "{document.ready: breif}", "unknown-document"),
    ],
)
def test_names_known_only_outside_are_checked_when_they_are_known(context: Context, when: str, code: str) -> None:
    body = f"rules:\n  - id: one\n    when: {when}\n    per: deal\n{THEN}"
    assert finding(body, context=context).code == code
    assert ruleset(body)


def test_a_mistake_in_a_field_is_not_repeated_by_those_who_name_it() -> None:
    broken = "fields: {client.wish: {type: texst, from: bridge}}\n"
    found = finding(broken, f"rules:\n  - id: a\n{BUTTON}    if: {{client.wish: {{filled: true}}}}\n{THEN}")
    assert found.code == "bad-value"


def test_all_mistakes_are_told_together_in_order() -> None:
    loaded = load(RULE.replace("hello", "helo").replace("per:", "pr:"), "rulez: []\n")
    assert [str(one.where) for one in loaded.findings] == ["a.yaml:4:5", "a.yaml:6:15", "b.yaml:1:1"]


# -- triggers and actions --------------------------------------------------------------------------------------------

SAMPLE = Known(
    fields={
        key: FieldSpec(key, FieldType(kind), "bridge", choices)
        for key, kind, choices in (
            ("client.name", "text", None),
            ("client.state", "choice", ("active",)),
            ("client.manager", "person", None),
            ("client.last_activity", "moment", None),
            ("card.list", "choice", ("Архів",)),
            ("card.labels", "set", ("VIP",)),
        )
    },
    texts=["greeting"],
    roles=["client", "pm", "specialist", "head"],
    free=["why"],
)


@pytest.mark.parametrize("word", TRIGGERS.words())
def test_the_example_of_every_trigger_loads(word: str) -> None:
    cls = TRIGGERS.get(word)
    assert cls is not None
    made = parse_trigger(read("example", example_of(cls).encode()).data, SAMPLE)
    assert isinstance(made, cls)
    assert made.kind == word


@pytest.mark.parametrize("word", ACTIONS.words())
def test_the_example_of_every_action_loads_and_tells_what_it_changes(word: str) -> None:
    cls = ACTIONS.get(word)
    assert cls is not None
    made = parse_action(read("example", example_of(cls).encode()).data, SAMPLE)
    assert isinstance(made, cls)
    assert made.verb == word
    assert set(made.footprint.writes) <= {*SAMPLE.fields, "card.name", "checks.launch", "checks.second"}


def test_a_word_cannot_be_declared_twice() -> None:
    registry: Registry[object] = Registry("thing")
    registry.declare("a")(type("A", (), {"__doc__": "Does.\n\nExample:\n    a: 1\n"}))
    with pytest.raises(ValueError, match="declared twice"):
        registry.declare("a")(type("B", (), {"__doc__": "Does.\n\nExample:\n    a: 1\n"}))


def test_an_element_that_nobody_explained_cannot_be_declared() -> None:
    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="no docstring"):
        registry.declare("a")(type("A", (), {}))


def test_an_element_without_an_example_cannot_be_declared() -> None:
    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="no example"):
        registry.declare("a")(type("A", (), {"__doc__": "Does."}))


def test_an_element_with_a_key_that_nobody_explained_cannot_be_declared() -> None:
    class Dark(Params):
        """Does.

        Example:
            dark: 1
        """

        dark: int

    registry: Registry[object] = Registry("thing")
    with pytest.raises(ValueError, match="does not say what dark is"):
        registry.declare("dark")(Dark)


def test_an_action_that_does_not_tell_what_it_changes_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="does not say what it changes"):
        action("vanish")(type("Vanish", (Action,), {"__doc__": "Goes.", "__module__": __name__}))


def event(kind: str, **data: Plain) -> Event:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    return Event("e", kind, moment, moment, Actor(), "test", data=data)


@pytest.mark.parametrize(
    ("written", "happened", "expected"),
    [
        ({"card.moved": {"to": "Архів"}}, event("card.moved", to="Архів"), True),
        ({"card.moved": {"to": "Архів"}}, event("card.moved", to="Запуск"), False),
        ({"card.moved": {"from": "Архів"}}, event("card.moved", to="Запуск", **{"from": "Архів"}), True),
        ({"label.added": "VIP"}, event("label.added", label="VIP"), True),
        ({"label.added": "VIP"}, event("label.removed", label="VIP"), False),
        ({"command": "/бриф"}, event("command", command="/Бриф", text="/Бриф зараз"), True),
        ({"button": "go"}, event("button", button="go"), True),
        ({"deal.created": "planfix"}, event("deal.created", origin="trello"), False),
        ({"form.answered": "brief"}, event("form.answered", form="brief"), True),
        ({"field.changed": "client.name"}, event("field.changed", field="client.name"), True),
        ({"delivered": "greeting"}, event("delivered", template="greeting"), True),
        ({"undelivered": "greeting"}, event("delivered", template="greeting"), False),
        ({"bound": "telegram"}, event("bound", channel="telegram"), True),
        ({"approved": "greeting"}, event("approved", what="greeting"), True),
        ({"comment.added": {"contains": "терміново"}}, event("comment.added", text="Це Терміново!"), True),
        ({"becomes": {"client.name": "a"}}, event("becomes"), False),
        ("message", event("message", text="привіт"), True),
    ],
)
def test_a_trigger_knows_its_event(written: object, happened: Event, expected: bool) -> None:
    assert parse_trigger(written, SAMPLE).matches(happened) is expected


def test_only_triggers_about_the_bridges_own_work_hear_it_by_themselves() -> None:
    hearing = {word for word in TRIGGERS.words() if _class(word).hears_own}
    assert hearing == {"card.moved", "becomes", "delivered", "undelivered", "document.ready", "source.blind"}


def _class(word: str) -> type[Trigger]:
    cls = TRIGGERS.get(word)
    assert cls is not None
    return cls


def test_fill_writes_the_fields_of_its_map() -> None:
    maps = {"m": FormMap("m", "brief", {"Сайт": "client.site"})}
    made = rule(
        "    when: {form.answered: brief}\n    per: client\n    then: [{fill: {from: form, map: m}}]\n",
        Context(maps=maps),
    )
    assert isinstance(made.then[0], Fill)
    assert made.then[0].footprint.writes == {"client.site": "?"}


def test_a_comment_is_words_of_its_own_or_a_text_of_the_set() -> None:
    own, text = rule(
        f"{BUTTON}    then: [{{comment: 'Так: {{{{ client.name }}}}'}}, "
        "{comment: {template: lacking, gate: start}}]\n"
    ).then
    assert isinstance(own, Comment)
    assert own.text is not None
    assert own.text.render({"client": {"name": "Зерно"}}, "plain") == "Так: Зерно"
    assert (text.text, text.template, text.gate) == (None, "lacking", "start")


# -- the full example ------------------------------------------------------------------------------------------------

EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
needs_example = pytest.mark.skipif(not EXAMPLE, reason="BRIDGE_RULES_EXAMPLE names no file")


@needs_example
def test_the_full_example_loads_without_a_finding() -> None:
    loaded = load_rules([("rules-example.yaml", Path(EXAMPLE).read_bytes())])
    assert loaded.findings == []
    assert loaded.ruleset is not None
    assert (len(loaded.ruleset.rules), len(loaded.tests)) == (31, 14)
    assert loaded.ruleset.set_by["brief.state"] == {"google_forms.brief"}


@needs_example
def test_the_full_example_loads_fast() -> None:
    blob = Path(EXAMPLE).read_bytes()
    taken = []
    for _ in range(3):
        started = time.process_time()
        load_rules([("rules-example.yaml", blob)])
        taken.append(time.process_time() - started)
    assert min(taken) < 0.2


@needs_example
def test_every_text_of_the_full_example_renders_in_every_markup() -> None:
    made = load_rules([("rules-example.yaml", Path(EXAMPLE).read_bytes())]).ruleset
    assert made is not None
    missing = [{"say": "бриф", "owed_by": "client", "who": "клієнт"}]
    for text in made.texts.values():
        for template in text.by_language.values():
            values: dict[str, Any] = {}
            for name in template.names:
                head, _, tail = name.partition(".")
                values.setdefault(head, {})[tail] = {"gate.missing": missing, "step.days": 3}.get(name)
            for markup in ("telegram", "trello", "plain"):
                shown = template.render(values, markup, "Europe/Kyiv")
                assert shown
                assert "\n\n" not in shown


@needs_example
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("- if: {deal.sum: {over: 0}}", '- if: {deal.sum: {over: "0"}}', "wrong-type"),
        ("рабочий день|рабочих дня|рабочих дней", "рабочий день|рабочих дня", "plural-forms"),
        ("Карточка возвращена: {{ gate.name }}", "Карточка возвращена: {{ 2*3 }}", "not-allowed"),
        ("{{ invoice.due|date }}", "{{ invoice.duedate|date }}", "unknown-field"),
        ("label.added: Надіслати бриф", "label.added: Надiслати бриф", "unknown-label"),
        ("- brief.state: {is_not: received}", "- brief.stat: {is_not: received}", "unknown-field"),
        ("if_running: restart", "if_runing: restart", "unknown-key"),
        ("after: 2wd", "after: 2 робочих дні", "bad-length"),
        ("- move: Виробництво ", "- mov: Виробництво ", "unknown-action"),
        ("if: {checks.second: none}", "if: {checks.second: {over: none}}", "unfit-comparison"),
        ("{card.moved: {to: Запущено}}", "{card.moved: {to: Запушено}}", "unknown-list"),
        ("then: [{send: invoice.remind,", "then: [{send: invoice.reminder,", "unknown-template"),
        ("- id: money-in", "- id: brief-send", "duplicate-name"),
    ],
)
def test_a_planted_mistake_in_the_full_example_is_the_one_that_is_found(old: str, new: str, code: str) -> None:
    text = Path(EXAMPLE).read_text("utf-8")
    assert old in text
    loaded = load_rules([("agency.yaml", text.replace(old, new, 1).encode())])
    [found] = loaded.findings
    assert found.code == code
    assert found.where.line == text[: text.index(old)].count("\n") + 1
