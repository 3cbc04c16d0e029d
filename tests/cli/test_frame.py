"""Help and wrong words, in the language of whoever types."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from typer.main import get_command

from bridge.cli.main import app
from bridge.words import CATALOGUES
from tests.cli.conftest import Day, Terminal


def helps(command: Any) -> Iterator[str]:
    """Every text of help in a command and those below it."""
    yield " ".join((command.help or "").split())
    yield from (param.help for param in command.params)
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_help_is_told_in_every_language(language: str) -> None:
    assert sorted(set(helps(get_command(app))) - CATALOGUES[language].keys()) == []


def test_help_is_told_in_the_language_of_the_agency(bare: Terminal) -> None:
    said = bare("outbox", "list", "--help")
    assert said.code == 0
    assert said.out.startswith("Як писати: bridge outbox list [ПАРАМЕТРИ]\n\nДоставки, найновіші першими;")
    assert "--limit …" in said.out


def test_help_is_told_in_the_language_that_is_asked_for(bare: Terminal) -> None:
    assert "Команды:" not in bare("history", "--language", "ru", "--help").out
    assert bare("history", "--language=ru", "--help").out.startswith("Как писать: bridge history")


def test_a_group_by_itself_tells_its_commands(bare: Terminal) -> None:
    said = bare("flood")
    assert (said.code, "Команди:" in said.out, said.err) == (2, True, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("xyz",), "команди xyz немає; можна: accept,"),
        (("statsu",), "команди statsu немає; може, «status»?"),
        (("why",), "бракує слова WHO"),
        (("logs", "--limt", "3"), "параметра --limt немає; може, «--limit»?"),
        (("logs", "--limit"), "після --limit потрібне значення"),
        (("logs", "--limit", "x"), "--limit: «x» — не ціле число"),
        (("logs", "--limit", "0"), "--limit: 0 — замало, щонайменше 1"),
        (("demo", "--port", "70000"), "--port: 70000 — забагато, щонайбільше 65535"),
        (("logs", "a", "b"), "зайві слова: b"),
        (("check", "--format", "xml"), "--format: «xml» не підходить; підходять: text, json, lsp-json"),
        (("stop", "world"), "«world» не підходить; можна: усе, клієнт, правило"),
        (("status", "--language", "fr"), "--language: «fr» не підходить; підходять: uk, ru, en"),
    ],
)
def test_a_wrong_word_is_told_with_what_helps(bare: Terminal, words: tuple[str, ...], told: str) -> None:
    said = bare(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(told)


def test_a_wrong_word_names_the_help_that_is_meant(bare: Terminal) -> None:
    assert bare("outbox", "retry").err == "бракує слова DELIVERY\nдив. bridge outbox retry --help\n"


@pytest.mark.parametrize("state", ["confirmed", "підтверджено", "Подтверждено"])
def test_a_state_is_named_as_it_is_shown(day: Day, state: str) -> None:
    day.lead()
    shown = day.bridge("outbox", "list", "--state", state).out
    assert shown.count("підтверджено") == 2


def test_what_is_stopped_is_named_in_the_words_of_the_reader(day: Day) -> None:
    day.lead()
    assert day.bridge("stop", "правило", "lead-card").out.startswith("зупинено: правило lead-card;")
    assert day.bridge("go", "rule", "lead-card").code == 0


@pytest.mark.parametrize(("answer", "code"), [("так\n", 0), ("y\n", 0), ("ні\n", 1), ("", 1)])
def test_only_a_yes_erases(day: Day, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    day.lead()
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    said = day.bridge("erase", "Ромашка")
    assert (said.code, "[так/ні]" in said.err, "нічого не стерто" in said.err) == (code, True, bool(code))


@pytest.mark.parametrize(
    "words",
    [
        ("logs", "--since", "2026-12-24"),
        ("shadow", "report", "--live", "--since", "2026-12-24"),
        ("backtest", "lead-card", "--since", "2026-12-24"),
        ("why", "Ромашка", "--at", "2026-12-24"),
    ],
)
def test_the_past_does_not_lie_ahead(day: Day, words: tuple[str, ...]) -> None:
    day.lead()
    said = day.bridge(*words)
    told = "«2026-12-24» ще не настало: назвіть час не пізніший за 2026-11-30T10:06"
    assert (said.code, said.err.splitlines()[0]) == (2, told)


def test_a_span_of_the_past_ends_after_it_begins(day: Day) -> None:
    day.lead()
    said = day.bridge("backtest", "lead-card", "--since", "2026-11-30", "--until", "2026-11-29")
    assert (said.code, said.err.splitlines()[0]) == (2, "«2026-11-29» — не пізніше за початок")


def test_without_a_word_the_help_is_shown(bridge: Terminal) -> None:
    assert "Команди:" in bridge().out
