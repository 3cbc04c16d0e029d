"""What another rule set would change for those who wait."""

from __future__ import annotations

from datetime import timedelta

from bridge.model.planning import Snapshot
from rules.differences import changed_rules, difference
from rules.rehearsal import after, imagined
from rules.ruleset import RuleSet
from tests.rules.planned import NOW, OFFICE, planned, ruleset, snapshot

SLOW = """\
  - id: slow
    when: {label.added: VIP}
    per: deal
    steps: [{id: later, after: 2wd, then: [{send: hello, to: client}]}]
"""


def waiting(rules: RuleSet) -> Snapshot:
    labelled = imagined({"label.added": "VIP"}, "deal", snapshot(rules), rules, NOW)
    return after(labelled, planned(rules, labelled), rules, NOW)


def test_the_same_rules_change_nothing() -> None:
    rules = ruleset(SLOW)
    assert not changed_rules(rules, ruleset(SLOW))
    assert not difference(waiting(rules), rules, ruleset(SLOW), OFFICE, NOW)


def test_a_rule_that_is_gone_calls_its_steps_off() -> None:
    rules = ruleset(SLOW)
    found = difference(waiting(rules), rules, ruleset(), OFFICE, NOW)
    assert [timer.step for timer in found.cancelled] == ["later"]
    assert changed_rules(rules, ruleset()).removed == ("slow",)


def test_another_length_moves_a_step_with_its_id() -> None:
    rules, longer = ruleset(SLOW), ruleset(SLOW.replace("2wd", "3wd"))
    [moved] = difference(waiting(rules), rules, longer, OFFICE, NOW).moved
    assert moved.due - moved.timer.due == timedelta(days=1)
    assert changed_rules(rules, longer).altered == ("slow",)


def test_a_step_that_would_be_due_already_is_a_message() -> None:
    rules, sooner = ruleset(SLOW), ruleset(SLOW.replace("2wd", "1m"))
    found = difference(waiting(rules), rules, sooner, OFFICE, NOW + timedelta(hours=2))
    assert [wanted.cause.rule for wanted in found.messages] == ["slow"]


def test_a_new_rule_primes_its_edges_and_writes_to_nobody() -> None:
    rules = ruleset(SLOW)
    more = ruleset(
        SLOW + "  - {id: rises, when: {becomes: {client.name: {filled: true}}}, per: deal, then: "
        "[{send: hello, to: client}]}\n"
    )
    assert not difference(waiting(rules), rules, more, OFFICE, NOW)
    assert changed_rules(rules, more).added == ("rises",)
