"""Findings in the reader's language: every sentence has its counterpart in uk and ru, with the same things in it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.model.findings import did_you_mean
from bridge.model.wording import said_by, worded
from bridge.words import CATALOGUES
from rules import manual
from rules.load import load_rules

ROOT = Path(__file__).parents[2]
WIRING = ROOT / "bridge" / "wiring"
READING = [WIRING / f"{name}.py" for name in ("agency", "checks", "labels", "live_checks", "rule_files", "shapes")]
FILES = sorted({*(ROOT / "rules").glob("*.py"), *READING, ROOT / "bridge" / "model" / "findings.py"})
MAKERS = ("Flaw", "Finding", "_stop", "_nothing", "self._found", "self._wrong", "self.flaw")


def texts(node: ast.AST) -> Iterator[str]:
    for found in ast.walk(node):
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


def sentences(path: Path) -> Iterator[str]:
    """Every pattern that `worded` is given, and every whole sentence that makes a finding."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "worded" and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS:
            for given in (*node.args[1:], *(word.value for word in node.keywords if word.arg in ("what", "advice"))):
                if isinstance(given, ast.Constant) and " " in str(given.value):
                    yield str(given.value)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("advice", "what", "words"):
            yield from [str(node.value.value)] if isinstance(node.value, ast.Constant) else []


def names(pattern: str) -> set[str]:
    try:
        return {name for _text, name, _form, _turn in string.Formatter().parse(pattern) if name}
    except ValueError:
        return set()  # braces of a text, not of a pattern


@pytest.mark.parametrize("language", ["uk", "ru"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sentence_is_said_in_every_language(path: Path, language: str) -> None:
    assert sorted(set(sentences(path)) - {"{bounds}"} - CATALOGUES[language].keys()) == []


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_page_of_the_manual_says_what_it_is_for_in_every_language(language: str) -> None:
    assert sorted({page.summary for page in manual.pages()} - CATALOGUES[language].keys()) == []


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_no_sentence_loses_what_was_put_into_it(language: str) -> None:
    lost = [pattern for pattern, said in CATALOGUES[language].items() if names(pattern) != names(said)]
    assert lost == []


def test_no_finding_is_put_together_where_it_cannot_be_translated() -> None:
    inside = [
        f"{path.name}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS
        for given in node.args[1:]
        if isinstance(given, ast.JoinedStr) and not isinstance(node.args[1], ast.JoinedStr)
    ]
    assert inside == []


def test_a_sentence_inside_another_is_said_in_the_same_language() -> None:
    loaded = load_rules([("a.yaml", b"rules: [{id: a, when: {label.added: VIP}, then: [{label.add: 1}]}]")])
    [found] = [one for one in loaded.findings if one.code == "wrong-type"]
    assert said_by(CATALOGUES["uk"], found.what) == "тут потрібен текст, а є 1"
    assert said_by(CATALOGUES["ru"], found.advice) == "возьмите в кавычки"


def test_look_alike_letters_are_named_in_the_readers_language() -> None:
    advice = did_you_mean("Надiслати", ["Надіслати"])
    assert said_by(CATALOGUES["uk"], advice) == "може, «Надіслати»? літера 4 «i» — латинська"


def test_braces_of_what_was_written_are_left_alone() -> None:
    assert said_by(CATALOGUES["uk"], worded('unknown key "{key}"', key="{x} {}")) == "невідомий ключ «{x} {}»"


def test_a_sentence_nobody_translated_stays_english() -> None:
    assert said_by(CATALOGUES["uk"], worded("{what} went away", what="it")) == "it went away"
