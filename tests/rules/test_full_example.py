"""The full example: it loads, fast, and a mistake planted in it is the one that is found."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from rules.load import load_rules

EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
needs_example = pytest.mark.skipif(not EXAMPLE, reason="BRIDGE_RULES_EXAMPLE names no file")


@needs_example
def test_the_full_example_loads_without_a_finding() -> None:
    loaded = load_rules([("rules-example.yaml", Path(EXAMPLE).read_bytes())])
    assert loaded.findings == []
    assert loaded.ruleset is not None
    assert (len(loaded.ruleset.rules), len(loaded.tests)) == (31, 14)
    assert loaded.ruleset.set_by["brief.state"] == {"google_forms.brief"}


@needs_example
def test_the_full_example_loads_fast() -> None:
    blob = Path(EXAMPLE).read_bytes()
    taken = []
    for _ in range(3):
        started = time.process_time()
        load_rules([("rules-example.yaml", blob)])
        taken.append(time.process_time() - started)
    assert min(taken) < 0.2


@needs_example
def test_every_text_of_the_full_example_renders_in_every_markup() -> None:
    made = load_rules([("rules-example.yaml", Path(EXAMPLE).read_bytes())]).ruleset
    assert made is not None
    missing = [{"say": "бриф", "owed_by": "client", "who": "клієнт"}]
    for text in made.texts.values():
        for template in text.by_language.values():
            values: dict[str, Any] = {}
            for name in template.names:
                head, _, tail = name.partition(".")
                values.setdefault(head, {})[tail] = {"gate.missing": missing, "step.days": 3}.get(name)
            for markup in ("telegram", "trello", "plain"):
                shown = template.render(values, markup, "Europe/Kyiv")
                assert shown
                assert "\n\n" not in shown


@needs_example
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("- if: {deal.sum: {over: 0}}", '- if: {deal.sum: {over: "0"}}', "wrong-type"),
        ("рабочий день|рабочих дня|рабочих дней", "рабочий день|рабочих дня", "plural-forms"),
        ("Карточка возвращена: {{ gate.name }}", "Карточка возвращена: {{ 2*3 }}", "not-allowed"),
        ("{{ invoice.due|date }}", "{{ invoice.duedate|date }}", "unknown-field"),
        ("label.added: Надіслати бриф", "label.added: Надiслати бриф", "unknown-label"),
        ("- brief.state: {is_not: received}", "- brief.stat: {is_not: received}", "unknown-field"),
        ("if_running: restart", "if_runing: restart", "unknown-key"),
        ("after: 2wd", "after: 2 робочих дні", "bad-length"),
        ("- move: Виробництво ", "- mov: Виробництво ", "unknown-action"),
        ("if: {checks.second: none}", "if: {checks.second: {over: none}}", "unfit-comparison"),
        ("{card.moved: {to: Запущено}}", "{card.moved: {to: Запушено}}", "unknown-list"),
        ("then: [{send: invoice.remind,", "then: [{send: invoice.reminder,", "unknown-template"),
        ("- id: money-in", "- id: brief-send", "duplicate-name"),
    ],
)
def test_a_planted_mistake_in_the_full_example_is_the_one_that_is_found(old: str, new: str, code: str) -> None:
    text = Path(EXAMPLE).read_text("utf-8")
    assert old in text
    loaded = load_rules([("agency.yaml", text.replace(old, new, 1).encode())])
    [found] = loaded.findings
    assert found.code == code
    assert found.where.line == text[: text.index(old)].count("\n") + 1
