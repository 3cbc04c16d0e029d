"""Past a guard by a person's word: by who has the role, with a reason, once, and seen by everybody on the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.model.decisions import CommentCard, MoveCard
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.planning import Outcome, Plan
from bridge.model.values import NotKnown, Value
from tests.rules.planned import AROUND, GATE, NOW, decisions, event, later, moved, outcomes, planned, ruleset, sent
from tests.rules.planned import snapshot as before

TEXTS = """\
  system.override_reason: {uk: "чому?", ru: "почему?", en: "why?"}
  system.override_role: {uk: "лише керівник", ru: "только руководитель", en: "only the head"}
"""
OVERRIDE = GATE + "    override: {role: head, command: /пропустити}\n"
RULES = OVERRIDE + "  - {id: told, when: {card.moved: {to: Виробництво}}, per: deal, then: [{send: hello, to: pm}]}\n"
CLOSED: dict[str, Value | NotKnown] = {"deal.talk_done": False, "card.list": "Виробництво"}


def word(reason: str = "так треба", by: str = "helen", at: datetime = NOW, ident: str = "w") -> Event:
    said = event("command", command="/пропустити", text=reason, at=at, ident=ident)
    return replace(said, actor=Actor(ActorKind.PERSON, by, by.title()))


class Card:
    """A card from plan to plan, with the timers that remember."""

    def __init__(self, rules: str = RULES) -> None:
        self.rules = ruleset(rules, AROUND + TEXTS)
        self.timers: dict[str, Any] = {}

    def plan(self, *events: Event, at: datetime = NOW, facts: dict[str, Value | NotKnown] | None = None) -> Plan:
        stored = before(
            self.rules, facts or CLOSED, events, {"planfix.task": at}, timers=tuple(self.timers.values())
        )  # fmt: skip
        made = planned(self.rules, stored, at)
        self.timers |= {timer.key: timer for timer in made.timers}
        for key in made.timers_ended:
            self.timers.pop(key, None)
        return made


def test_the_refused_move_is_made_and_passes_once() -> None:
    card = Card()
    assert MoveCard("Договір", True, "Виробництво") in decisions(card.plan(moved()))
    made = card.plan(word(at=later(minutes=5)), at=later(minutes=5))
    assert decisions(made) == [
        MoveCard("Виробництво", only_from="Договір"),
        CommentCard("gate: Helen — так треба", "system.overridden"),
    ]
    own = replace(moved(ident="own", at=later(minutes=6)), actor=Actor(ActorKind.BRIDGE))
    passed = card.plan(own, at=later(minutes=6))
    assert (outcomes(passed, "gate"), sent(passed)) == ([Outcome.OVERRIDDEN], [("person:petro", "Вітаю, Зерно")])
    again = card.plan(moved(ident="m2", at=later(minutes=7)), at=later(minutes=7))
    assert outcomes(again, "gate") == [Outcome.FIRED]


def test_said_before_it_lets_the_next_move_pass() -> None:
    card = Card()
    card.plan(word())
    assert outcomes(card.plan(moved(at=later(minutes=1)), at=later(minutes=1)), "gate") == [Outcome.OVERRIDDEN]


def test_a_word_that_nobody_used_counts_no_longer_after_a_working_day() -> None:
    card = Card()
    card.plan(word())
    late = later(days=3)
    assert outcomes(card.plan(moved(at=late), at=late), "gate") == [Outcome.FIRED]


def test_without_a_reason_it_is_asked_for_and_nothing_passes() -> None:
    card = Card()
    assert sent(card.plan(word(reason=" "))) == [("person:helen", "why?")]
    assert outcomes(card.plan(moved()), "gate") == [Outcome.FIRED]


def test_only_who_has_the_role_may() -> None:
    card = Card()
    assert sent(card.plan(word(by="petro"))) == [("person:petro", "лише керівник")]
    assert outcomes(card.plan(moved()), "gate") == [Outcome.FIRED]


@pytest.mark.parametrize(("name", "told"), [("name: Старт", "Старт: лише керівник"), ("", "gate: лише керівник")])
def test_the_answer_names_the_guard_as_people_call_it(name: str, told: str) -> None:
    card = Card()
    texts = TEXTS.replace("лише", "{{ override.rule }}: лише")
    card.rules = ruleset(OVERRIDE.replace("id: gate", f"id: gate\n    {name}"), AROUND + texts)
    assert sent(card.plan(word(by="petro"))) == [("person:petro", told)]


def test_the_answer_tells_the_word_and_the_role_that_may_say_it() -> None:
    card = Card()
    texts = TEXTS.replace("лише керівник", "{{ override.command }} — {{ override.role }}")
    card.rules = ruleset(OVERRIDE, AROUND + texts)
    assert sent(card.plan(word(by="petro"))) == [("person:petro", "/пропустити — керівник")]


@pytest.mark.parametrize("other", ["/бриф", "/яяя", "/пропустити-все", ""])
def test_another_command_is_no_word_for_the_guard(other: str) -> None:
    card = Card()
    made = card.plan(replace(word(), data={"command": other, "text": "так треба"}))
    assert (made.wanted, made.timers, made.traces) == ((), (), ())


def test_capital_letters_and_blanks_do_not_matter_in_the_word_and_its_reason() -> None:
    card = Card()
    made = card.plan(replace(word(), data={"command": "/ПРОПУСТИТИ", "text": "  так \n треба "}))
    assert CommentCard("gate: Helen — так треба", "system.overridden") in decisions(made)


def test_a_word_lets_only_the_guard_past_that_refused_the_card() -> None:
    card = Card()
    other = OVERRIDE.replace("id: gate", "id: other").replace("to: Виробництво", "to: Ініціалізація")
    card.rules = ruleset(OVERRIDE + other)
    card.plan(moved())
    made = card.plan(word(at=later(minutes=5)), at=later(minutes=5))
    assert (outcomes(made, "gate"), outcomes(made, "other")) == ([Outcome.OVERRIDDEN], [])


def test_what_was_refused_may_be_let_past_for_ten_working_days_and_then_only_the_next_move() -> None:
    for after, moves in ((timedelta(days=14, hours=5), 1), (timedelta(days=14, hours=6), 0)):
        card = Card()
        card.plan(moved())
        made = card.plan(word(at=NOW + after), at=NOW + after)
        assert (sum(isinstance(one, MoveCard) for one in decisions(made)), len(made.timers)) == (moves, 1)


def test_a_clients_words_are_no_command() -> None:
    card = Card()
    card.plan(replace(word(), actor=Actor(ActorKind.CLIENT, "helen")))
    assert outcomes(card.plan(moved()), "gate") == [Outcome.FIRED]


def test_a_card_that_waits_for_a_source_is_let_through_too() -> None:
    card = Card()
    unread: dict[str, Value | NotKnown] = {
        "deal.prepaid": NotKnown("planfix.task"),
        "deal.talk_done": True,
        "card.list": "Виробництво",
    }
    parked = card.plan(moved(), facts=unread)
    assert list(parked.parked) == ["e:card.moved"]
    made = card.plan(moved(), word(at=later(minutes=1)), at=later(minutes=1), facts=unread)
    assert (made.parked, sent(made)) == ({}, [("person:petro", "Вітаю, Зерно")])


def test_a_guard_that_lets_the_card_by_anyway_uses_no_word_up() -> None:
    card = Card()
    card.plan(word())
    all_there: dict[str, Value | NotKnown] = {"deal.prepaid": True, "deal.talk_done": True, "card.list": "Виробництво"}
    assert outcomes(card.plan(moved(), facts=all_there), "gate") == [Outcome.CONDITION_FALSE]
    assert outcomes(card.plan(moved(ident="m2")), "gate") == [Outcome.OVERRIDDEN]


def test_of_several_guards_that_a_word_may_mean_the_first_answers_who_lacks_the_role() -> None:
    card, second = Card(), OVERRIDE.replace("id: gate", "id: second").replace("role: head", "role: manager")
    texts = TEXTS.replace("лише керівник", "{{ override.role }}")
    card.rules = ruleset(OVERRIDE + second, AROUND + texts)
    assert sent(card.plan(word(by="petro"))) == [("person:petro", "керівник")]


def test_the_comment_on_what_was_let_past_begins_a_chain_of_causes() -> None:
    card = Card()
    card.plan(moved())
    causes = [one.cause for one in card.plan(word()).wanted if isinstance(one.decision, CommentCard)]
    assert [(cause.event, cause.depth) for cause in causes] == [("w", 1)]
