"""Saying a text truly: the right alternative, the right language, or nothing."""

from __future__ import annotations

import pytest

from bridge.model.reasons import NO_TEXT, NOT_KNOWN_TRUE, NOT_TRUE
from bridge.model.values import NotKnown, Value
from rules.facts import Facts
from rules.speaking import Said, Unsaid, buttons_of, say
from tests.rules.planned import AROUND, NOW, PEOPLE, TASK, ruleset, snapshot

RULES = ruleset()


def said(template: str, language: str = "uk", **facts: Value | NotKnown) -> Said | Unsaid:
    known = {key.replace("_", ".", 1): value for key, value in facts.items()}
    return say(RULES, Facts(snapshot(RULES, known), RULES, PEOPLE, NOW), "deal", template, language, gate="start")


def test_what_is_asserted_holds_so_it_is_said() -> None:
    assert said("ready", deal_talk_done=True, deal_prepaid=True) == Said("усе є", "ready")


@pytest.mark.parametrize(("language", "words"), [("uk", "передоплата"), ("ru", "предоплата"), ("en", "prepayment")])
def test_while_it_does_not_hold_the_alternative_names_what_is_missing(language: str, words: str) -> None:
    answer = said("ready", language, deal_talk_done=True, deal_prepaid=False)
    assert isinstance(answer, Said)
    assert answer.template == "nearly"
    assert words in answer.text


def test_while_it_is_not_known_nothing_is_said_and_the_source_is_named() -> None:
    answer = said("ready", deal_talk_done=True, deal_prepaid=NotKnown(TASK))
    assert answer == Unsaid(NOT_KNOWN_TRUE.of(text="ready"), (TASK,))


def test_one_need_known_to_be_missing_decides_for_the_alternative_which_names_who_owes_it() -> None:
    answer = said("ready", deal_talk_done=False, deal_prepaid=NotKnown(TASK))
    assert answer == Said("бракує: розмова (Петро, РМ);", "nearly")


def test_without_an_alternative_an_untrue_text_is_not_said() -> None:
    assert said("begun", deal_talk_done=False) == Unsaid(NOT_TRUE.of(text="begun"), text="почали")


def test_a_language_that_nobody_has_falls_back_to_that_of_the_workspace() -> None:
    assert said("hello", "pl") == Said("Вітаю, Зерно", "hello")


def test_a_text_that_does_not_exist_is_not_said() -> None:
    assert said("nowhere") == Unsaid(NO_TEXT.of(text="nowhere"))


def test_buttons_speak_the_readers_language() -> None:
    around = AROUND.replace("hello: {", "hello: {buttons: [yes], ").replace(
        "version: 1\n", 'version: 1\nbuttons: {yes: {uk: "Так", ru: "Да", en: "Yes"}}\n'
    )
    rules = ruleset("", around)
    assert buttons_of(rules, "hello", "en") == (("yes", "Yes"),)
    assert buttons_of(rules, "hello", "pl") == (("yes", "yes"),)
