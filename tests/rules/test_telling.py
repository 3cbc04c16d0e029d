"""A rule told in plain sentences: the whole default pack and the example, in three languages, as golden files."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.wiring.rule_files import load_rules_at
from rules.actions.action import ACTIONS, Action
from rules.ruleset import RuleSet
from rules.telling import Teller, tell_rule
from rules.telling_words import PHRASES
from rules.triggers import TRIGGERS, Becomes, Trigger
from tests.conftest import Golden
from tests.rules.planned import ruleset

PACK = Path(__file__).parents[2] / "config"
EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")


def told(rules: RuleSet, language: str) -> str:
    return "\n\n".join("\n".join(tell_rule(rule, rules, language)) for rule in rules.rules) + "\n"


def loaded(path: Path) -> RuleSet:
    read = load_rules_at(path)
    assert read.ruleset is not None, "\n".join(map(str, read.findings))
    return read.ruleset


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_every_rule_of_the_default_pack_is_told(language: str, golden: Golden) -> None:
    golden.check(f"told/pack.{language}.txt", told(loaded(PACK), language))


@pytest.mark.skipif(not EXAMPLE, reason="BRIDGE_RULES_EXAMPLE names the example")
@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_every_rule_of_the_example_is_told(language: str, golden: Golden) -> None:
    golden.check(f"told/example.{language}.txt", told(loaded(Path(EXAMPLE)), language))


def test_every_language_has_the_same_phrases_with_the_same_places_in_them() -> None:
    places = {
        language: {key: sorted(re.findall(r"{(\w+)}", phrase)) for key, phrase in phrases.items()}
        for language, phrases in PHRASES.items()
    }
    assert places["uk"] == places["ru"] == places["en"]


def _told_by(kind: str, cls: type) -> object:
    """The method that tells elements of a class."""
    return Teller.__dict__[kind].dispatcher.dispatch(cls)


@pytest.mark.parametrize("word", TRIGGERS.words())
def test_every_trigger_has_a_phrase(word: str) -> None:
    assert {word, f"{word} day"} & PHRASES["uk"].keys()


@pytest.mark.parametrize("word", ACTIONS.words())
def test_every_action_is_told_in_words_of_its_own(word: str) -> None:
    cls = ACTIONS.get(word)
    assert cls is not None
    assert _told_by("action", cls) is not _told_by("action", Action)


def test_what_stands_in_a_trigger_is_told_too() -> None:
    bare = [
        word
        for word in TRIGGERS.words()
        if (cls := TRIGGERS.get(word)) is not None
        and cls.model_fields
        and _told_by("trigger", cls) is _told_by("trigger", Trigger)
    ]
    assert bare == []


def test_several_causes_are_parted_by_or() -> None:
    rules = ruleset("""\
  - id: two
    when: [{button: go}, {label.added: VIP}]
    per: deal
    then: [{move: Договір}]
buttons: {go: {uk: Почати, ru: Начать, en: Begin}}
""")
    assert tell_rule(rules.rules[0], rules, "en")[1:3] == (
        "WHEN the button “Begin” is pressed",
        "  or the label “VIP” is put on the card",
    )


def test_a_length_has_the_plural_form_of_its_language() -> None:
    rules = ruleset("""\
  - id: steps
    when: {card.moved: {to: Договір}}
    per: deal
    steps:
      - {after: 1wd, then: [{move: Договір}]}
      - {after: 2wd, then: [{move: Ініціалізація}]}
      - {after: "5wd at 10:00", then: [{label.add: VIP}]}
""")
    lines = tell_rule(rules.rules[0], rules, "uk")
    assert [line for line in lines if line.startswith("ЧЕРЕЗ")] == [
        "ЧЕРЕЗ 1 робочий день",
        "ЧЕРЕЗ 2 робочі дні",
        "ЧЕРЕЗ 5 робочих днів, о 10:00",
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [("uk", "Передоплата — ні або порожньо"), ("ru", "Предоплата — нет или пусто"), ("en", "is no, or empty")],
)
def test_a_flag_that_is_not_set_is_told_without_a_double_no(language: str, told: str) -> None:
    rules = loaded(PACK)
    [prepaid] = [rule for rule in rules.rules if rule.id == "prepaid"]
    [becomes] = [trigger for trigger in prepaid.when if isinstance(trigger, Becomes)]
    clause = becomes.condition.clauses[0]
    shown = Teller(rules, language).clause(replace(clause, operator="is_not", constant=True))
    assert shown.endswith(told)
