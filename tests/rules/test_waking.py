"""The index of a rule set finds exactly whom trying every rule would find, and a plan made with it is the same plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest

from benchmarks.rules import OFFICE, loaded, snapshots
from bridge.model.events import Actor, Event
from bridge.model.values import NotKnown, Plain, Value
from rules.conditions import Lookup, read_condition
from rules.plan import Planning, hearing
from rules.ruleset import Rule, RuleSet
from rules.waking import Waking
from tests.rules.planned import AROUND, GATE, SILENT, ruleset

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class EveryRule(Waking):
    """Finds nobody beforehand: every rule is tried at every event, every condition after every change."""

    def may_hear(self, event: Event) -> Sequence[Rule]:
        return tuple(self.rules.values())

    def reading(self, fields: Iterable[str]) -> Sequence[int]:
        return range(len(self.becomes))

    def may_hold(self, lookup: Lookup) -> int:
        return (1 << len(self.becomes)) - 1


def _becoming(*whens: str) -> Waking:
    return ruleset(
        "".join(
            f"  - {{id: r{place}, when: {{becomes: {when}}}, per: deal, then: [{{label.add: VIP}}]}}\n"
            for place, when in enumerate(whens)
        )
    ).waking


@pytest.fixture(scope="module")
def large() -> RuleSet:
    return loaded(120)


def test_a_plan_made_with_the_index_is_the_plan_of_trying_every_rule(large: RuleSet) -> None:
    for snapshot, now in snapshots(large, 60):
        indexed = Planning(snapshot, large, OFFICE, now)
        naive = Planning(snapshot, large, OFFICE, now)
        naive.waking = EveryRule(large.rules, large.gates)
        assert indexed.run() == naive.run()


def test_something_happens_in_these_plans(large: RuleSet) -> None:
    plans = [Planning(snapshot, large, OFFICE, now).run() for snapshot, now in snapshots(large, 200)]
    assert sum(bool(plan.traces) for plan in plans) > 50
    assert any(plan.wanted for plan in plans)
    assert any(plan.edges for plan in plans)


def happening(kind: str, **data: Plain) -> Event:
    return Event("e", kind, NOW, NOW, Actor(), "trello", "deal", data)


@pytest.mark.parametrize(
    "event",
    [
        happening("card.moved", to="Виробництво"),
        happening("card.moved", to="Договір"),
        happening("card.moved"),
        happening("form.answered", form="brief"),
        happening("delivered", template="hello"),
        happening("command", command="/БРИФ"),
        happening("message", text="дякую"),
        happening("silence", rule="quiet", of="client.last_activity"),
        happening("schedule", rule="nobody"),
        happening("label.added", label=["VIP"]),
    ],
    ids=lambda event: f"{event.kind} {event.data}",
)
def test_all_that_hear_an_event_are_among_those_it_may_wake(event: Event) -> None:
    rules = (
        GATE + SILENT + "  - {id: word, when: {command: /бриф}, per: deal, then: [{label.add: VIP}]}\n"
        "  - {id: talk, when: [message, {comment.added: {contains: дяк}}], per: client, then: [{label.add: VIP}]}\n"
        "  - {id: any, when: card.moved, per: deal, then: [{label.add: VIP}]}\n"
        "  - {id: quiet, when: {silence: {of: brief.sent_at, for: 5d}}, per: deal, then: [{label.add: VIP}]}\n"
        "  - {id: label, when: {label.added: VIP}, per: deal, then: [{label.remove: VIP}]}\n"
        "  - {id: off, enabled: false, when: card.moved, per: deal, then: [{label.add: VIP}]}\n"
    )
    made = ruleset(rules)
    found = [rule.id for rule in hearing(made.waking.may_hear(event), event)]
    assert found == [rule.id for rule in hearing(made.rules, event)]
    assert "off" not in [rule.id for rule in made.waking.may_hear(event)]


def test_a_condition_behind_a_gate_is_found_by_the_facts_that_the_gate_needs() -> None:
    made = ruleset("  - {id: opens, when: {becomes: {gate.start: open}}, per: deal, then: [{label.add: VIP}]}\n")
    assert made.waking.reading({"deal.prepaid"}) == [0]
    assert made.waking.reading({"card.list", "gate.start"}) == []


@pytest.mark.parametrize(
    ("state", "prepaid", "places"),
    [
        ("received", True, {0, 2}),
        ("received", None, {2}),
        (None, True, {2}),
        ("none", True, {1, 2}),
        (NotKnown("forms"), True, {0, 1, 2}),
        (NotKnown("forms"), False, {1, 2}),
        (NotKnown("forms"), NotKnown("planfix.task"), {0, 1, 2}),
    ],
)
def test_only_conditions_whose_needed_values_are_all_there_are_looked_at(
    state: Value | NotKnown, prepaid: Value | NotKnown, places: set[int]
) -> None:
    whens = (
        "{brief.state: [asked, received], deal.prepaid: true}",
        "{brief.state: none}",
        "{brief.sent_at: {filled: true}}",
    )
    may = _becoming(*whens).may_hold({"brief.state": state, "deal.prepaid": prepaid}.__getitem__)
    assert {place for place in range(len(whens)) if may >> place & 1} == places


def test_a_command_is_found_whatever_its_capital_letters() -> None:
    waking = ruleset("  - {id: asks, when: {command: /Бриф}, per: deal, then: [{label.add: VIP}]}\n").waking
    event = Event("e", "command", NOW, NOW, Actor(), "trello", "d-1", {"command": "/БРИФ"})
    assert [rule.id for rule in waking.may_hear(event)] == ["asks"]


def test_a_fact_that_can_decide_nothing_any_more_is_not_asked_for() -> None:
    waking = _becoming("{brief.state: none, gate.start: open}", "{card.list: Договір}")
    facts = {"brief.state": "asked", "card.list": "Договір"}
    assert waking.may_hold(facts.__getitem__) == 0b10  # a KeyError tells that the gate was asked for


def test_a_fact_that_is_named_twice_must_have_a_value_that_both_allow() -> None:
    waking = _becoming("{all: [{brief.state: [none, asked]}, {brief.state: [asked, received]}]}")
    assert [waking.may_hold({"brief.state": state}.__getitem__) for state in ("none", "asked", "received")] == [0, 1, 0]


def test_only_conditions_that_look_at_the_clock_turn_by_themselves() -> None:
    late = AROUND.replace("{deal.prepaid: true}", "{brief.sent_at: {older_than: 3d}}")
    opens = "  - {id: opens, when: {becomes: {gate.start: open}}, per: deal, then: [{label.add: VIP}]}\n"
    assert ruleset(opens).waking.turning == ()
    assert [rule.id for rule, _trigger, _name in ruleset(opens, late).waking.turning] == ["opens"]


@pytest.mark.parametrize("kind", ["all", "any", "none"])
@pytest.mark.parametrize("values", [(a, b) for a in (True, False, None) for b in (True, False, None)])
def test_the_short_answer_is_that_of_the_whole_verdict(kind: str, values: tuple[bool | None, bool | None]) -> None:
    made = ruleset()
    condition = read_condition({kind: [{"deal.prepaid": True}, {"deal.talk_done": True}]}, made.fields)
    known = dict(zip(("deal.prepaid", "deal.talk_done"), values, strict=True))

    def lookup(name: str) -> bool | NotKnown:
        return NotKnown("planfix.task") if (value := known[name]) is None else value

    assert condition.holds(lookup, NOW) is condition.evaluate(lookup, NOW).answer
