"""Rules made of blueprints: blanks filled, versions kept, and mistakes told where they are made."""

from __future__ import annotations

import pytest

from bridge.model.findings import Level
from rules.actions.people import Send
from tests.rules.loaded import finding, load, ruleset

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


BLANKS = """\
blueprints:
  mark:
    inputs:
      mark: {type: choice, of: [VIP]}
      text: {type: template}
      rest: {type: length, default: 2wd}
      own: {type: flag, default: false}
      words: {type: text, default: так}
    rule:
      name: "{input.words}, {input.mark} і ще {input.words}"
      when: {button: go}
      per: deal
      also_own: "{input.own}"
      then: [{label.add: "{input.mark}"}]
      steps: [{id: later, after: "{input.rest}", then: [{send: "{input.text}", to: pm}]}]
"""
MARK = "use: [{blueprint: mark, id: a, input: {mark: VIP, text: hello%s}}]\n"


@pytest.mark.parametrize(
    ("given", "own", "rest", "name"),
    [
        ("", False, "2wd", "так, VIP і ще так"),
        (", own: true, rest: 3wd, words: ні", True, "3wd", "ні, VIP і ще ні"),
    ],
)
def test_a_blank_is_what_is_given_or_what_it_is_when_nobody_says(given: str, own: bool, rest: str, name: str) -> None:
    made = ruleset(BLANKS, MARK % given).rules[0]
    assert (made.also_own, str(made.steps[0].after), made.name) == (own, rest, name)


@pytest.mark.parametrize(
    ("input_", "code", "told"),
    [
        ("{mark: VYP, text: hello}", "unknown-value", '"VYP" is not a value of mark'),
        ("{mark: VIP, text: helo}", "unknown-template", '"helo" is not a template'),
        ("{mark: VIP, text: hello, rest: 2}", "wrong-type", "rest is a length, got 2"),
        ("{mark: VIP, text: hello, own: так}", "wrong-type", 'own is true or false, got "так"'),
        ("{mark: VIP, text: hello, words: 5}", "wrong-type", "words is a text, got 5"),
        ("{mark: VIP}", "missing-key", 'input "text" is missing'),
    ],
)
def test_a_blank_takes_only_what_is_of_its_type(input_: str, code: str, told: str) -> None:
    found = finding(BLANKS, f"use: [{{blueprint: mark, id: a, input: {input_}}}]\n")
    assert (found.code, found.what) == (code, told)


def test_all_mistakes_of_a_use_are_told_at_once() -> None:
    loaded = load(BLANKS, "use: [{blueprint: mark, id: a, input: {mark: VYP, rest: 2, marc: VIP}}]\n")
    assert sorted(one.code for one in loaded.findings) == ["missing-key", "unknown-key", "unknown-value", "wrong-type"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{type: text, default: так}", "{type: txt, default: так}", "bad-value"),
        ("    inputs:\n", "    version: 0\n    inputs:\n", "bad-value"),
        ("    inputs:\n", "    earlier: [{version: 1, rule: {}}]\n    inputs:\n", "duplicate-name"),
        ('"{input.rest}"', '"{input.rast}"', "unknown-input"),
    ],
)
def test_a_mistake_in_a_blueprint_is_found_before_anybody_uses_it(old: str, new: str, code: str) -> None:
    assert code in [one.code for one in load(BLANKS.replace(old, new)).findings]


@pytest.mark.parametrize("fact", ["client.name", "client.nobodys"])
def test_a_blank_of_a_fact_without_a_list_of_values_takes_any_words(fact: str) -> None:
    blanks = BLANKS.replace("{type: text, default: так}", f"{{type: choice, of_field: {fact}, default: так}}")
    assert ruleset(blanks, MARK % ", words: будь-що").rules[0].name == "будь-що, VIP і ще будь-що"
