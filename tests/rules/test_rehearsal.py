"""Trying rules on a snapshot: what follows from an event that never was, and how things stood at an earlier moment."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bridge.model.decisions import LabelCard, MoveCard
from bridge.model.planning import Ran
from rules.rehearsal import History, as_of, imagined, rehearse
from tests.rules.planned import GATE, NOW, OFFICE, event, moved, ruleset, snapshot

WORDS = """\
  - id: asked
    when: [{button: send-brief}, {command: /бриф}, {form.answered: brief}]
    per: deal
    then: [{label.add: VIP}]
"""
CHAIN = """\
  - {id: first, when: {label.added: VIP}, per: deal, then: [{move: Ініціалізація}]}
  - {id: second, when: {card.moved: {to: Ініціалізація}}, per: deal, then: [{label.add: Бриф}]}
"""


def test_what_an_event_causes_is_followed_to_its_end() -> None:
    rules = ruleset(CHAIN)
    before = imagined({"label.added": "VIP"}, "deal", snapshot(rules, {"card.list": "Договір"}), rules, NOW)
    made = rehearse(before, rules, OFFICE, NOW)
    assert [wanted.decision for one in made for wanted in one.wanted] == [
        MoveCard("Ініціалізація"),
        LabelCard("Бриф", True),
    ]


def test_an_imagined_move_comes_from_where_the_card_stands() -> None:
    rules = ruleset(GATE)
    here = snapshot(rules, {"card.list": "Договір", "deal.talk_done": False})
    made = rehearse(imagined({"card.moved": {"to": "Виробництво"}}, "deal", here, rules, NOW), rules, OFFICE, NOW)
    assert [wanted.decision for one in made for wanted in one.wanted] == [MoveCard("Договір", True, "Виробництво")]


def test_trying_changes_nothing() -> None:
    rules = ruleset(CHAIN)
    before = snapshot(rules, {"card.list": "Договір"})
    rehearse(imagined({"label.added": "VIP"}, "deal", before, rules, NOW), rules, OFFICE, NOW)
    assert before == snapshot(rules, {"card.list": "Договір"})


def test_a_misspelt_event_gets_the_nearest_name() -> None:
    rules = ruleset(CHAIN)
    with pytest.raises(ValueError, match=r"label\.added"):
        imagined({"lable.added": "VIP"}, "deal", snapshot(rules), rules, NOW)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"card.moved": {"to": "Виробництва"}}, 'did you mean "Виробництво"'),
        ({"card.moved": {"too": "Виробництво"}}, 'card.moved has no key "too"; did you mean "to"'),
        ({"card.moved": {}}, "say where to"),
        ({"card.moved": "Виробництво"}, "write its keys in braces"),
        ({"label.added": "ВІПП"}, "is not a label; one of: VIP, Бриф"),
        ({"button": "send-bref"}, 'unknown button "send-bref"; did you mean "send-brief"'),
        ({"form.answered": "breif"}, 'unknown form "breif"; did you mean "brief"'),
        ({"command": "/брифф"}, 'no rule knows the command "/брифф"; did you mean "/бриф"'),
        ({"delivered": "helo"}, 'unknown template "helo"; did you mean "hello"'),
    ],
)
def test_a_misspelt_word_of_an_event_gets_the_nearest_one(given: dict[str, object], words: str) -> None:
    rules = ruleset(WORDS)
    with pytest.raises(ValueError, match=re.escape(words)):
        imagined(given, "deal", snapshot(rules), rules, NOW)


def test_what_only_time_brings_cannot_be_imagined() -> None:
    rules = ruleset(CHAIN)
    with pytest.raises(ValueError, match="unknown event"):
        imagined({"becomes": {}}, "deal", snapshot(rules), rules, NOW)


def test_later_events_are_taken_back() -> None:
    rules = ruleset(CHAIN)
    now = snapshot(rules, {"card.list": "Виробництво", "deal.prepaid": True, "card.labels": ("VIP",)})
    later = (
        moved("Ініціалізація", "Договір"),
        event("field.changed", field="deal.prepaid", old=False, new=True),
        event("label.added", label="VIP"),
        moved("Виробництво", "Ініціалізація"),
    )
    then = as_of(now, rules, History(later), NOW - timedelta(days=1))
    facts = {name: fact.value for name, fact in then.subjects["deal"].facts.items()}
    assert (facts["card.list"], facts["deal.prepaid"], facts["card.labels"]) == ("Договір", False, ())


def test_own_facts_and_how_often_rules_fired_are_those_of_then() -> None:
    rules = ruleset(CHAIN)
    ran = {("first", "deal"): Ran(1, NOW - timedelta(days=2))}
    history = History((), {("deal", "brief.state"): "asked"}, ran)
    now = snapshot(rules, {"brief.state": "received"}, runs={("first", "deal"): Ran(5, NOW)})
    then = as_of(now, rules, history, NOW - timedelta(days=1))
    assert then.subjects["deal"].facts["brief.state"].value == "asked"
    assert then.runs == ran


def test_a_clock_that_began_later_had_not_begun_then() -> None:
    rules = ruleset("""\
  - id: slow
    when: {label.added: VIP}
    per: deal
    steps: [{after: 2wd, then: [{label.add: Бриф}]}]
""")
    labelled = imagined({"label.added": "VIP"}, "deal", snapshot(rules), rules, NOW)
    [timer] = rehearse(labelled, rules, OFFICE, NOW)[0].timers
    now = snapshot(rules, timers=(timer,))
    assert as_of(now, rules, History(), NOW - timedelta(days=1)).timers == ()
    assert as_of(now, rules, History(), NOW + timedelta(hours=1)).timers == (timer,)
