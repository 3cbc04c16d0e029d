"""Somebody asks on a card why a rule did or did not act: the answer is a comment, in the language of the question."""

from __future__ import annotations

import pytest

from bridge.model.decisions import CommentCard
from bridge.model.deliveries import State
from tests.engine.office import Desk, agency, loaded_rules

RULES = """\
rules:
  - id: greet
    name: Вітання
    when: {label.added: VIP}
    if: {deal.prepaid: true}
    per: deal
    then: [{send: hello, to: client}]
  - {id: asked, when: {command: /бриф}, if: {deal.prepaid: true}, per: deal, then: [{send: hello, to: client}]}
  - {id: never, when: {button: go}, if: {deal.prepaid: true}, per: deal, then: [{send: hello, to: client}]}
"""


@pytest.fixture
def desk() -> Desk:
    return Desk(context=agency(loaded_rules(RULES)))


def answers(desk: Desk) -> list[str]:
    decisions = (row.decision for row in reversed(desk.store.deliveries()))
    return [decision.text for decision in decisions if isinstance(decision, CommentCard)]


def test_the_answer_tells_the_last_verdict_and_what_would_change_it(desk: Desk) -> None:
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    desk.planned()
    desk.take(desk.comment("/why greet"))
    [answer] = answers(desk)
    assert "did not fire: its condition was false" in answer
    assert "✘ deal.prepaid is yes   ← no" in answer
    assert "smallest change: deal.prepaid is yes" in answer


@pytest.mark.parametrize(
    ("question", "words"),
    [("/чому Вітання", "ще не прокидалося"), ("/почему greet", "ещё не просыпалось"), ("/WHY greet", "not been woken")],
)
def test_the_language_of_the_question_is_that_of_the_answer(desk: Desk, question: str, words: str) -> None:
    desk.client()
    desk.take(desk.comment(question))
    assert words in answers(desk)[0]


def test_a_rule_that_never_woke_is_told_as_it_would_answer_now(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/why never"))
    assert "✘ deal.prepaid is yes   ← no" in answers(desk)[0]


def test_a_question_is_nothing_that_nearly_woke_a_rule(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/why asked"))
    assert "/why" not in answers(desk)[0]


def test_an_unknown_rule_is_answered_with_the_nearest_ones(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/why gret"))
    assert "There is no rule “gret”. Perhaps one of these: greet, rule, asked?" in answers(desk)[0]


def test_the_same_question_read_twice_is_answered_once(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/why greet"))
    desk.take(desk.comment("/why greet"))
    assert len(answers(desk)) == 1


def test_the_answer_is_carried_out_though_no_rule_wanted_it(desk: Desk) -> None:
    desk.client()
    desk.take(desk.comment("/why greet"))
    [row] = desk.deliver()
    assert desk.state(row.id) is State.CONFIRMED
