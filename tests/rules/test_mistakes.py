"""Every mistake in rule files, told at its place."""

from __future__ import annotations

import pytest

from rules.load import Context
from tests.rules.loaded import BUTTON, RULE, THEN, TO_PM, finding, load, ruleset

NEED = "gates: {a: {name: А, needs: [{%s}]}}\n"
DEAL = f"    per: deal\n{THEN}"
CLIENT = "    when: {button: go}\n    per: client\n"
OTHERWISE = "    en: Hi\n    asserts: {gate.start: open}\n    otherwise: news\n"


@pytest.mark.parametrize(
    ("body", "place", "code", "told"),
    [
        (f"{BUTTON}    if_runing: keep\n{THEN}", "a.yaml:5:5", "unknown-key", 'did you mean "if_running"'),
        (f"    per: deal\n{THEN}", "a.yaml:2:5", "missing-key", '"when" is missing'),
        (f"    when: {{buton: go}}\n{DEAL}", "a.yaml:3:12", "unknown-trigger", 'did you mean "button"'),
        (f"    when: {{button: go, command: /a}}\n{DEAL}", "a.yaml:3:24", "two-triggers", "a line of its own"),
        (f"    when: {{card.moved: {{too: Запуск}}}}\n{DEAL}", "a.yaml:3:25", "unknown-key", 'did you mean "to"'),
        (f"    when: {{card.moved: {{to: Запушк}}}}\n{DEAL}", "a.yaml:3:29", "unknown-list", 'did you mean "Запуск"'),
        (f"    when: {{label.added: VlP}}\n{DEAL}", "a.yaml:3:25", "unknown-label", 'did you mean "VIP"'),
        (f"    when: {{delivered: helo}}\n{DEAL}", "a.yaml:3:23", "unknown-template", 'did you mean "hello"'),
        (f"    when: {{command: бриф}}\n{DEAL}", "a.yaml:3:21", "bad-value", "/бриф"),
        (f"    when: {{becomes: {{brief.stat: asked}}}}\n{DEAL}", "a.yaml:3:22", "unknown-field", '"brief.state"'),
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
        (f"{BUTTON}    then: [{{task: {{title: a, for: pm, due: 1 день}}}}]\n", "a.yaml:5:44", "bad-length", "1d"),
        (f"{BUTTON}    then: [{{comment: '{{{{ whi }}}}'}}]\n", "a.yaml:5:22", "unknown-field", '"why"'),
        (f"{BUTTON}    then: [{{comment: {{template: lacking}}}}]\n", "a.yaml:5:12", "missing-gate", "add gate"),
        (f"{BUTTON}    then: [{{send: lacking, to: pm}}]\n", "a.yaml:5:12", "missing-gate", "with: {gate"),
        (f"{BUTTON}    then: [{{comment: '{{{{ deal.sum }}}}'}}]\n", "a.yaml:5:12", "commercial-field", "deal.sum"),
        (f"{BUTTON}    steps: [{{after: 2 дні, then: [{{move: back}}]}}]\n", "a.yaml:5:21", "bad-length", '"2wd" (w'),
        (f"{BUTTON}    if: {{client.name: = Зерно}}\n{THEN}", "a.yaml:5:23", "bad-value", "write only Зерно"),
        (f"{BUTTON}    if: {{client.name: {{is_not: '> 5'}}}}\n{THEN}", "a.yaml:5:32", "bad-value", "over:"),
        (f"{BUTTON}    if: {{client.name: “Зерно”}}\n{THEN}", "a.yaml:5:23", "bad-value", "straight quotes"),
        (f"{BUTTON}    if: {{client.name: {{one_of: [А, «Б»]}}}}\n{THEN}", "a.yaml:5:36", "bad-value", "«Б» count"),
        (f"{BUTTON}    repeat: twice\n{THEN}", "a.yaml:5:13", "bad-value", "not_within"),
        (f"{BUTTON}    repeat: {{not_within: -1h}}\n{THEN}", "a.yaml:5:26", "bad-length", "without the minus"),
        (f"{BUTTON}    guard: true\n    grace: -2h\n{THEN}", "a.yaml:6:12", "bad-length", '"-2h" takes no time'),
        (f"    when: {{silence: {{of: brief.sent_at, for: -3d}}}}\n{DEAL}", "a.yaml:3:46", "bad-length", '"-3d"'),
        (f"    when: {{source.blind: {{of: client.name, for: 0h}}}}\n{DEAL}", "a.yaml:3:49", "bad-length", '"0h"'),
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
        (f"    when: {{schedule: {{every: week, day: mn}}}}\n{DEAL}", "a.yaml:3:41", "bad-value", '"mon"'),
        (f"    when: {{schedule: {{every: day, time: 9}}}}\n{DEAL}", "a.yaml:3:41", "bad-value", "09:30"),
        (f"    when: []\n{DEAL}", "a.yaml:3:11", "empty-list", "name a trigger"),
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


@pytest.mark.parametrize("per", ["    per: client\n", "", "    per: task\n"])
def test_a_rule_that_is_about_no_deal_cannot_open_one(per: str) -> None:
    opens = f"rules:\n  - id: one\n{BUTTON}    then: [{{deal.open: Сайт}}]\n".replace("    per: deal\n", per)
    found = finding(opens)
    line = opens.count("\n")
    assert (found.code, str(found.where), found.advice) == ("no-subject", f"a.yaml:{line}:13", "write per: deal")


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


def test_a_document_that_goes_with_a_text_is_checked_when_documents_are_known() -> None:
    body = f"rules:\n  - id: one\n{BUTTON}    then: [{{send: hello, to: pm, with: {{document: breif}}}}]\n"
    found = finding(body, context=Context(documents=["brief"]))
    assert (found.code, str(found.where), found.advice) == ("unknown-document", "a.yaml:5:51", 'did you mean "brief"?')
    assert ruleset(body)


def test_a_mistake_in_a_field_is_not_repeated_by_those_who_name_it() -> None:
    broken = "fields: {client.wish: {type: texst, from: bridge}}\n"
    found = finding(broken, f"rules:\n  - id: a\n{BUTTON}    if: {{client.wish: {{filled: true}}}}\n{THEN}")
    assert found.code == "bad-value"


def test_all_mistakes_are_told_together_in_order() -> None:
    loaded = load(RULE.replace("hello", "helo").replace("per:", "pr:"), "rulez: []\n")
    assert [str(one.where) for one in loaded.findings] == ["a.yaml:4:5", "a.yaml:6:15", "b.yaml:1:1"]
