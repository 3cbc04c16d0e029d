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
        ("2wd", "2wd: 2 робочі дні", "length (тип факту)"),
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
