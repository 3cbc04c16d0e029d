"""Templates of checklists, and what a rule makes of them."""

from __future__ import annotations

import pytest

from bridge.model.checklists import misfit
from bridge.model.decisions import PutChecklist
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Level
from bridge.model.planning import Outcome
from rules.actions.action import UNSURE
from rules.actions.cards import Checklist
from rules.load import Context, Loaded, load_rules
from rules.rule_tests import run_tests
from rules.ruleset import RuleSet
from tests.rules.planned import AROUND, decisions, event, outcomes, planned, snapshot

TWO = """\
checklists:
  two:
    name: {uk: Запуск, ru: Запуск, en: Launch}
    items:
      - {uk: Перше, ru: Первое, en: First}
      - Друге
"""
FACTS = """\
fields:
  deal.manager: {type: person, from: planfix.task.assignee}
  deal.ready: {type: choice, of: [none, open, done], from: trello.checklists.Запуск, default: none}
  deal.second: {type: flag, from: trello.checklists.Повторна перевірка, default: false}
"""
OUTSIDE = Context(names=("answer.*", "stage.*", "conflict.*"))


def load(action: str, *more: str) -> Loaded:
    rule = f"rules:\n  - {{id: act, when: {{button: go}}, per: deal, then: [{{checklist: {action}}}]}}\n"
    files = [AROUND, FACTS, *(more or (TWO,)), rule]
    return load_rules([(f"{place}.yaml", text.encode()) for place, text in enumerate(files)], OUTSIDE)


def loaded(action: str, *more: str) -> RuleSet:
    made = load(action, *more)
    assert made.ruleset is not None, "\n".join(map(str, made.findings))
    return made.ruleset


def test_a_rule_wants_the_lines_of_its_template() -> None:
    rules = loaded("{template: two, title: 'Запуск {{ client.name }}', for: pm}")
    made = planned(rules, snapshot(rules, {"client.name": "Зерно"}, [event("button", button="go")]))
    assert decisions(made) == [PutChecklist("Запуск Зерно", ("Перше", "Друге"), "two", "pm", "petro")]


@pytest.mark.parametrize(("manager", "barred"), [("olena", "olena"), (None, "")])
def test_a_second_check_names_who_must_not_tick(manager: str | None, barred: str) -> None:
    rules = loaded("{template: two, not: deal.manager}")
    made = planned(rules, snapshot(rules, {"deal.manager": manager}, [event("button", button="go")]))
    assert decisions(made) == [PutChecklist("Запуск", ("Перше", "Друге"), "two", another=True, not_by=barred)]


def test_any_list_may_change_a_fact_that_names_no_list() -> None:
    unnamed = "fields:\n  deal.launch: {type: flag, from: trello.checklists, default: false}\n"
    done = loaded("{template: two, title: Інше}", TWO, unnamed).rules[0].then[0]
    assert isinstance(done, Checklist)
    assert done.footprint.writes == {"deal.launch": UNSURE}


def test_a_template_that_only_the_configuration_knows_does_nothing_and_says_so() -> None:
    rules = loaded("{template: other, title: Запуск}", "version: 1\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert (made.wanted, outcomes(made, "act")[-1]) == ((), Outcome.DISABLED)
    assert str(made.traces[-1].reason) == "there is no checklist template other"


@pytest.mark.parametrize(
    ("action", "facts"),
    [
        ("{template: two}", {"deal.ready"}),
        ("{template: two, title: Повторна перевірка}", {"deal.second"}),
        ("{template: two, title: Інше}", set()),
        ("{template: two, title: '{{ client.name }}'}", {"deal.ready", "deal.second"}),
    ],
)
def test_a_list_writes_the_facts_about_its_title(action: str, facts: set[str]) -> None:
    done = loaded(action).rules[0].then[0]
    assert isinstance(done, Checklist)
    assert done.footprint.writes == dict.fromkeys(facts, UNSURE)


@pytest.mark.parametrize(
    ("template", "code", "where"),
    [
        (TWO.replace("two:", "twice:"), "unknown-checklist", "3.yaml:2:"),
        (TWO.replace(", en: First", ""), "missing-language", "2.yaml:5:9"),
        (TWO.replace("- Друге", "- ' Перше '"), "duplicate-name", "2.yaml:6:9"),
        (TWO.replace("    items:", "    lines:"), "missing-key", "2.yaml:3:5"),
        ("checklists:\n  two: {name: Запуск, items: []}\n", "wrong-type", "2.yaml:2:30"),
        (
            f"checklists:\n  two: {{name: Запуск, items: [{', '.join(map(str, range(201)))}]}}\n",
            "too-many",
            "2.yaml:2:",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_said_at_its_place(template: str, code: str, where: str) -> None:
    found = [finding for finding in load("{template: two}", template).findings if finding.level is Level.ERROR]
    assert [one.code for one in found if str(one.where).startswith(where)][:1] == [code], "\n".join(map(str, found))


def test_a_template_that_no_rule_uses_is_noted() -> None:
    [note] = [one for one in load("{template: two}", TWO, TWO.replace("two", "three")).notes if "three" in one.what]
    assert (note.code, note.level, str(note.where)) == ("unused-checklist", Level.NOTE, "3.yaml:2:3")


def test_names_of_templates_are_not_checked_where_none_are_known() -> None:
    made = load("{template: other, title: Запуск}", "version: 1\n")
    assert (made.findings, [note.what for note in made.unchecked]) == (
        [],
        ['not checked: button "go"', 'not checked: checklist "other"'],
    )


def test_a_changed_template_makes_another_rule_set() -> None:
    assert loaded("{template: two}").hash != loaded("{template: two}", TWO.replace("Друге", "Третє")).hash


TESTS = """\
tests:
  - name: список і позначки
    given: {client.name: Зерно}
    now: 2026-11-23 11:00
    steps:
      - event: {button: go}
        expect: [{checklist: two, says: [Запуск]}]
        facts: {deal.ready: open, deal.second: false}
      - change: {deal.ready: done}
        facts: {deal.ready: done}
"""


def test_tests_of_rules_expect_lists_and_know_them_as_open() -> None:
    made = load("{template: two}", TWO, TESTS)
    assert made.ruleset is not None, "\n".join(map(str, made.findings))
    [result] = run_tests(made.ruleset, made.tests)
    assert result.passed, result.message


@pytest.mark.parametrize(
    ("kind", "choices", "fits"),
    [
        (FieldType.CHOICE, ("none", "done"), True),
        (FieldType.FLAG, None, True),
        (FieldType.CHOICE, ("yes", "no"), False),
        (FieldType.TEXT, None, False),
    ],
)
def test_a_fact_about_a_list_is_a_state_or_a_flag(kind: FieldType, choices: tuple[str, ...] | None, fits: bool) -> None:
    assert (misfit(FieldSpec("deal.ready", kind, "trello.checklists.Запуск", choices)) == "") is fits
