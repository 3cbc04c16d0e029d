"""`bridge explain`: a rule in the reader's language, or a word of the language."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal


def test_a_rule_is_told_in_the_language_of_the_workspace(bridge: Terminal) -> None:
    said = bridge("explain", "prepaid")
    assert said.code == 0
    assert said.out.splitlines()[:3] == [
        "Передоплату отримано (prepaid)",
        "КОЛИ стає правдою:",
        "  • Передоплата — так",
    ]


def test_a_rule_is_told_in_another_language_on_request(bridge: Terminal) -> None:
    assert "WHEN this turns true:" in bridge("explain", "prepaid", "--language", "en").out


def test_a_word_of_the_language_still_has_its_manual_page(bridge: Terminal) -> None:
    shown = bridge("explain", "becomes").out.splitlines()
    assert shown[0] == "becomes (подія, що будить правило)"
    assert shown[2].startswith("Умова стала правдою, хоч би звідки прийшло останнє.")


def test_a_manual_page_says_which_part_of_it_is_english(bridge: Terminal) -> None:
    assert "Подробнее — по-английски:" in bridge("explain", "send", "--language", "ru").out
    assert "in English" not in bridge("explain", "send", "--language", "en").out


@pytest.mark.parametrize(
    ("word", "told", "page"),
    [
        ("2wd", "2wd: 2 робочі дні", "2wd: 2 робочі дні"),
        ("card.list", "card.list — факт: Список", "choice (тип факту)"),
        ("gate.start", "gate.start — ворота: Початок роботи", "  • заповнений бриф — відповідає клієнт"),
    ],
)
def test_a_word_that_rules_are_written_with_is_explained(bridge: Terminal, word: str, told: str, page: str) -> None:
    said = bridge("explain", word)
    assert (said.code, said.out.splitlines()[0]) == (0, told)
    assert page in said.out.splitlines()


def test_a_misspelt_rule_gets_the_nearest_name(bridge: Terminal) -> None:
    said = bridge("explain", "prepayed")
    assert said.code == 2
    assert "може, «prepaid»?" in said.err


def test_a_rule_is_printed_as_it_was_understood(bridge: Terminal) -> None:
    said = bridge("explain", "chat-bound", "--yaml")
    assert said.code == 0
    assert said.out.splitlines()[-4:] == [
        "  per: client",
        "  repeat: once",
        "  then:",
        "    - {send: client.welcome, to: client}",
    ]


@pytest.mark.parametrize(
    ("word", "language", "told"),
    [
        ("-2wd", "uk", "-2wd: за 2 робочі дні до того, від чого рахують\n"),
        ("-2wd", "ru", "-2wd: за 2 рабочих дня до того, от чего считают\n"),
        ("-1wd at 10:00", "en", "-1wd at 10:00: 1 working day before what it counts from, at 10:00\n"),
    ],
)
def test_a_length_before_says_so_and_nothing_else(bridge: Terminal, word: str, language: str, told: str) -> None:
    said = bridge("explain", "--language", language, "--", word)
    assert (said.code, said.out) == (0, told)


@pytest.mark.parametrize(
    ("word", "name"), [("коли", "when"), ("ЕСЛИ", "if"), ("2 робочі дні", "2wd"), ("2дн", "2d"), ("3 hours", "3h")]
)
def test_a_word_in_the_readers_own_language_gets_the_one_that_rules_are_written_with(
    bridge: Terminal, word: str, name: str
) -> None:
    said = bridge("explain", word)
    assert said.code == 2
    assert f"може, «{name}»?" in said.err
