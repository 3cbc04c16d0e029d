"""A drag that a guard refused is remembered for its grace: filled in meanwhile, the card goes on by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.model.decisions import MoveCard
from bridge.model.events import ActorKind
from bridge.model.planning import Fact, Outcome, Plan, Snapshot
from bridge.model.values import NotKnown, Value
from rules.load import load_rules
from rules.ruleset import RuleSet
from tests.rules.planned import (
    CONTEXT,
    GATE,
    PRESSED,
    SOURCES,
    TASK,
    after,
    decisions,
    event,
    later,
    moved,
    outcomes,
    planned,
    ruleset,
    snapshot,
)

GRACE = GATE.replace("guard: true", "guard: true\n    grace: 30m")
LACKS: dict[str, Value | NotKnown] = {"deal.talk_done": True, "deal.prepaid": False, "card.list": "Виробництво"}


def refused(rules: str = GRACE) -> tuple[RuleSet, Snapshot]:
    """A card that was dragged too early and put back."""
    known = ruleset(rules)
    before = snapshot(known, dict(LACKS), [moved()])
    made = planned(known, before)
    assert decisions(made) == [MoveCard("Договір", back=True, only_from="Виробництво")]
    return known, after(before, made, known)


def when(moment: datetime, rules: RuleSet, state: Snapshot, prepaid: Value | NotKnown, *events: object) -> Plan:
    """The plan at a moment, everything read by then."""
    deal = state.subjects["deal"]
    facts = {**deal.facts, "deal.prepaid": Fact(prepaid), "card.list": Fact("Договір")}
    subjects = {**state.subjects, "deal": replace(deal, facts=facts)}
    now = replace(state, subjects=subjects, events=events, seen_up_to=dict.fromkeys(SOURCES, moment))  # type: ignore[arg-type]
    return planned(rules, now, moment)


def test_what_is_filled_in_within_the_grace_lets_the_card_go_on() -> None:
    rules, state = refused()
    made = when(later(minutes=5), rules, state, True)
    assert decisions(made) == [MoveCard("Виробництво", only_from="Договір")]
    assert outcomes(made, "gate") == [Outcome.LET_THROUGH]


def test_what_is_said_of_the_card_meanwhile_does_not_hold_it() -> None:
    rules, state = refused(GRACE + PRESSED.format(""))
    made = when(later(minutes=5), rules, state, True, event("button", button="go"))
    assert [type(one).__name__ for one in decisions(made)] == ["SendMessage", "MoveCard"]


def test_it_goes_on_once() -> None:
    rules, state = refused()
    made = when(later(minutes=5), rules, state, True)
    again = after(replace(state, events=()), made, rules)
    assert (again.timers, decisions(when(later(minutes=6), rules, again, True))) == ((), [])


def test_after_the_grace_it_takes_another_drag() -> None:
    rules, state = refused()
    assert decisions(when(later(minutes=30), rules, state, True)) == []


def test_a_gate_that_is_not_known_lets_nothing_go_on() -> None:
    rules, state = refused()
    assert decisions(when(later(minutes=5), rules, state, NotKnown(TASK))) == []


def test_without_grace_nothing_is_remembered() -> None:
    rules, state = refused(GATE)
    assert (state.timers, decisions(when(later(minutes=5), rules, state, True))) == ((), [])


def test_who_moves_the_card_himself_meanwhile_has_changed_his_mind() -> None:
    rules, state = refused()
    elsewhere = moved("Ініціалізація", "Договір", ident="e2", at=later(minutes=2))
    assert decisions(when(later(minutes=5), rules, state, True, elsewhere)) == []


def test_the_move_back_itself_does_not_count_as_another_mind() -> None:
    rules, state = refused()
    back = moved("Договір", "Виробництво", ident="e2", at=later(minutes=1), by=ActorKind.BRIDGE)
    assert len(decisions(when(later(minutes=5), rules, state, True, back))) == 1


def test_grace_of_a_rule_that_is_no_guard_is_a_finding() -> None:
    loaded = load_rules(
        [("rules.yaml", b"rules:\n  - {id: a, when: card.archived, grace: 5m, then: [{move: back}]}")], CONTEXT
    )
    assert "grace-without-guard" in {finding.code for finding in loaded.findings}
