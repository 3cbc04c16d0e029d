"""A short run of `python -m benchmarks.rules`: fewer rules and events, and ratios instead of seconds."""

from __future__ import annotations

import pytest

from benchmarks.rules import EveryRule, asked, checking, conditions, files, loaded, loading, plans, snapshots
from rules.plan import Planning
from rules.ruleset import RuleSet

ROUNDS = 3


@pytest.fixture(scope="module")
def large() -> RuleSet:
    return loaded(300)


def test_the_rule_set_is_as_large_as_that_of_a_large_agency() -> None:
    lines = sum(blob.count(b"\n") for _name, blob in files(300))
    assert lines > 5_700


def test_the_same_seed_gives_the_same_files() -> None:
    assert files(30) == files(30)


def test_reading_twice_as_many_rules_takes_no_more_than_its_share() -> None:
    """The sources of facts that rules set were once looked for along every way from rule to rule."""
    few, many = (min(loading(count) for _round in range(ROUNDS)) for count in (75, 300))
    assert many < few * 12


def test_conditions_by_trigger_are_five_times_faster_than_all(large: RuleSet) -> None:
    by_trigger, by_none = asked(large, 300), asked(large, 300, every=True)
    shares = [conditions(by_trigger) / conditions(by_none) for _round in range(ROUNDS)]
    assert min(shares) < 1 / 5


def test_plans_are_five_times_faster_than_trying_every_rule(large: RuleSet) -> None:
    day = list(snapshots(large, 60))
    plans(large, Planning, day)  # the words of verdicts are put together once
    shares = [plans(large, Planning, day) / plans(large, EveryRule, day) for _round in range(ROUNDS)]
    assert min(shares) < 1 / 5


def test_what_is_told_without_running_costs_less_than_reading(large: RuleSet) -> None:
    assert min(checking(large) for _round in range(ROUNDS)) < min(loading(300) for _round in range(ROUNDS))
