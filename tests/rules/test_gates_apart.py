"""The smallest change where a condition asks for a gate and for a fact that the gate looks at, too."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model.planning import Trace
from bridge.model.values import NotKnown, Value
from rules.conditions import Group
from rules.ruleset import RuleSet
from rules.telling import Teller
from rules.verdicts import Verdicts
from tests.rules.planned import AROUND, PEOPLE, TASK, event, planned, ruleset, snapshot

OPEN, CLOSED = "{gate.start: open}", "{gate.start: closed}"
PAID, UNPAID, TALKED = "{deal.prepaid: true}", "{deal.prepaid: false}", "{deal.talk_done: true}"
NESTED = AROUND.replace(
    "gates:\n",
    """gates:
  paid:
    name: {uk: Оплачено, ru: Оплачено, en: Paid}
    needs: [{if: {deal.prepaid: true}, say: {uk: гроші, ru: деньги, en: money}, owed_by: client}]
  work:
    name: {uk: Робота, ru: Работа, en: Work}
    profiles:
      by: client.state
      of: {active: {needs: [{if: {gate.paid: open}, say: {uk: оплата, ru: оплата, en: pay}, owed_by: pm}]}}
""",
)


def rules_of(condition: str, around: str = AROUND) -> RuleSet:
    return ruleset(
        f"  - {{id: go, when: {{button: go}}, if: {condition}, per: deal, then: [{{label.add: VIP}}]}}", around
    )


def traced(rules: RuleSet, **facts: Value | NotKnown) -> Trace:
    named = {name.replace("_", ".", 1): value for name, value in facts.items()}
    [trace] = planned(rules, snapshot(rules, named, [event("button", button="go")])).traces
    return trace


def change(condition: str, around: str = AROUND, **facts: Value | NotKnown) -> tuple[str, ...]:
    return traced(rules_of(condition, around), **facts).change


def test_a_fact_that_opens_the_gate_is_asked_for_once() -> None:
    assert change(f"[{OPEN}, {PAID}]", deal_talk_done=True, deal_prepaid=False) == ("deal.prepaid = true",)


def test_a_fact_that_would_open_the_gate_is_asked_for_with_one_that_keeps_it_closed() -> None:
    told = change(f"[{CLOSED}, {PAID}]", deal_talk_done=True, deal_prepaid=False)
    assert told == ("deal.talk_done = false", "deal.prepaid = true")


def test_another_way_is_told_where_the_gate_excludes_itself() -> None:
    condition = f"{{any: [{{all: [{OPEN}, {UNPAID}]}}, {{brief.state: asked}}]}}"
    assert change(condition, deal_talk_done=True, deal_prepaid=False) == ("brief.state = asked",)


def test_a_gate_that_shares_no_fact_is_told_by_its_name() -> None:
    told = change(f"[{OPEN}, {{client.state: active}}]", deal_talk_done=True, deal_prepaid=False)
    assert told == ("gate.start = open", "client.state = active")


def test_a_need_that_was_not_read_is_asked_for() -> None:
    assert change(f"[{OPEN}, {TALKED}]", deal_talk_done=True, deal_prepaid=NotKnown(TASK)) == ("deal.prepaid = true",)


@pytest.mark.parametrize(
    ("state", "told"),
    [("active", ("deal.prepaid = true",)), ("lead", ("deal.prepaid = true", "client.state = active"))],
)
def test_a_gate_inside_a_gate_asks_of_some_only(state: str, told: tuple[str, ...]) -> None:
    condition = "[{gate.work: open}, {client.state: active}]"
    assert change(condition, NESTED, client_state=state, deal_prepaid=False) == told


def test_a_gate_that_may_be_either_does_not_have_to_be_open() -> None:
    told = change("[{gate.start: [open, closed]}, {deal.talk_done: false}]", deal_talk_done=True, deal_prepaid=True)
    assert told == ("deal.talk_done = false",)


def test_two_gates_over_one_fact_are_taken_apart_together() -> None:
    condition = "{any: [{all: [{gate.paid: closed}, {gate.start: open}]}, {brief.state: asked}]}"
    assert change(condition, NESTED, deal_talk_done=True, deal_prepaid=False) == ("brief.state = asked",)


def test_a_gate_that_can_never_open_is_not_asked_for() -> None:
    around = NESTED.replace(
        "needs: [{if: {deal.prepaid: true}", "needs: [{if: [{deal.prepaid: true}, {deal.prepaid: false}]"
    )
    condition = "{any: [{gate.paid: open}, {brief.state: asked}]}"
    assert change(condition, around, deal_prepaid=False) == ("brief.state = asked",)


ALWAYS = AROUND.replace(
    "gates:\n",
    """gates:
  always:
    name: Завжди
    needs:
      - {if: {client.state: [lead, active]}, say: стан, owed_by: pm}
      - {if: {any: [{deal.prepaid: {filled: true}}, {deal.prepaid: {filled: false}}]}, say: гроші, owed_by: pm}
""",
)


@pytest.mark.parametrize("prepaid", [True, None, NotKnown(TASK)])
def test_a_gate_that_can_never_close_is_not_asked_to(prepaid: Value | NotKnown) -> None:
    condition = "{any: [{gate.always: closed}, {brief.state: asked}]}"
    assert change(condition, ALWAYS, deal_prepaid=prepaid) == ("brief.state = asked",)


def test_a_stored_verdict_tells_the_change_of_then_in_the_readers_words() -> None:
    rules = rules_of(f"[{CLOSED}, {PAID}]")
    facts: dict[str, Any] = {"deal_talk_done": True, "deal_prepaid": False}
    lines = list(Verdicts(Teller(rules, "en", PEOPLE)).told(traced(rules, **facts), rules.rules[0]))
    assert lines[-1] == "  smallest change: deal.talk_done is no; deal.prepaid is yes"


def test_a_condition_is_taken_apart_once() -> None:
    rules = rules_of(f"[{OPEN}, {PAID}]")
    condition = rules.rules[0].condition
    assert condition is not None
    apart = rules.gates_apart.of(condition)
    assert apart is rules.gates_apart.of(condition)
    assert apart is not None
    assert isinstance(apart.root, Group)
    assert apart.fields == {"deal.talk_done", "deal.prepaid"}
