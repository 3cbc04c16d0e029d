"""What the report to the head says of the week: who passed a guard and why, what came too late, who is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.people import Directory, Person
from rules.load import Context as Outside
from rules.load import load_rules
from rules.rule_tests import run_tests
from tests.engine.office import NOON, OLENA, RULES, Desk, agency, loaded_rules

WEEK = """\
fields:
  client.state: {type: choice, of: [lead, forgotten], from: bridge}
  week.forgotten: {type: list, from: bridge}
  week.overdue: {type: list, from: bridge}
  week.overrides: {type: list, from: bridge}
templates:
  week:
    uk: "{{ week.forgotten|count }}, {{ week.overdue|count }}, {{ week.overrides|count }}{% for row in week.overrides %}; {{ row }}{% endfor %}{% for row in week.overdue %}; {{ row }}{% endfor %}{% for row in week.forgotten %}; {{ row }}{% endfor %}"
    ru: "{{ week.overrides|count }}"
    en: "{{ week.overrides|count }}"
rules:
  - id: weekly
    when: {schedule: {every: week, day: wed, time: "09:30"}}
    then: [{send: week, to: pm}]
  - id: door
    name: Двері
    guard: true
    when: {card.moved: {to: Робота}}
    if: {deal.prepaid: false}
    per: deal
    override: {role: manager, command: /пропустити}
    then: [{move: back}]
  - id: remind
    when: {label.added: VIP}
    per: deal
    catch_up: skip
    steps: [{id: call, after: 1h, then: [{send: hello, to: pm}]}]
  - id: lost
    when: {command: /забули}
    per: client
    then: [{set: {client.state: forgotten}}]
"""  # noqa: E501 - a text in one piece
WEDNESDAY = NOON + timedelta(hours=19, minutes=30)


@pytest.fixture
def desk() -> Desk:
    """A Tuesday noon, before the weekly report of Wednesday at 9:30."""
    made = Desk(NOON, agency(loaded_rules(WEEK)))
    made.client()
    made.engine.plan_due()
    return made


def told(desk: Desk) -> str:
    """The report, once its hour has come."""
    desk.clock.set(max(desk.now, WEDNESDAY))
    desk.engine.plan_due()
    rows = desk.store.deliveries()
    return next(
        row.decision.text for row in rows if isinstance(row.decision, SendMessage) and row.decision.template == "week"
    )


def test_an_empty_week_counts_nothing(desk: Desk) -> None:
    assert told(desk) == "0, 0, 0"


def test_a_move_past_a_guard_is_told_once_with_who_and_why(desk: Desk) -> None:
    desk.take(desk.moved("Робота", "a1"), desk.card(list="Робота"))
    desk.engine.plan_due()
    desk.take(desk.comment("/пропустити давній клієнт", "a2", actor=OLENA))
    desk.engine.plan_due()
    assert told(desk) == "0, 0, 1; Ромашка: Двері. Олена: давній клієнт (01.12)"


def test_an_override_of_long_ago_is_not_told_again(desk: Desk) -> None:
    test_a_move_past_a_guard_is_told_once_with_who_and_why(desk)
    desk.clock.set(WEDNESDAY + timedelta(days=7))
    assert told(desk).startswith("0, 0, 0")


def test_a_step_that_came_too_late_is_overdue(desk: Desk) -> None:
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    desk.wait(hours=5)
    desk.engine.plan_due()
    assert told(desk) == "0, 1, 0; Ромашка: remind, 01.12 15:00"


def test_a_client_that_rules_call_forgotten_is(desk: Desk) -> None:
    desk.take(desk.comment("/забули", "a3", actor=OLENA))
    desk.engine.plan_due()
    assert told(desk) == "1, 0, 0; Ромашка"


def test_rule_tests_give_the_week_its_facts() -> None:
    tests = """\
tests:
  - name: тиждень
    given: {week.overrides: ["Ромашка: Двері"], week.overdue: [], week.forgotten: []}
    now: 2026-12-02 09:30
    steps:
      - event: {schedule: weekly}
        expect: [{send: week, to: pm, says: ["1", "Ромашка: Двері"]}]
"""
    files = [("a.yaml", RULES.encode()), ("b.yaml", WEEK.encode()), ("c.yaml", tests.encode())]
    loaded = load_rules(files, Outside())
    assert loaded.ruleset is not None
    people = Directory({"pm": Person("pm", "РМ", ("pm",))})
    [result] = run_tests(loaded.ruleset, loaded.tests, people)
    assert result.passed, result.message
