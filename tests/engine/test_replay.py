"""What happened, planned once more: the same rules come to the same, others to what they would have done."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.engine.history import state_at
from bridge.engine.replay import Replayed
from bridge.model.decisions import SendMessage
from tests.engine.office import NOON, Desk
from tests.engine.pasts import (
    ACTS,
    FEWER,
    LEAST,
    OURS,
    RULES,
    SETS,
    SLOWER,
    Act,
    again,
    context_of,
    digest,
    lives,
    played,
    really,
    running,
    taken_back,
    taken_over,
    timers,
    told,
    waits,
)

BOUNDED = settings(
    derandomize=True, max_examples=max(15, settings().max_examples // 10), suppress_health_check=list(HealthCheck)
)
"""Whole lives take their time: some are drawn, and a tenth of what `make properties` draws of others."""
WEEK = [
    Act("label", 1, 4.0),
    Act("say", 0, 20.0),
    Act("move", 1, 1.0),
    Act("pay", 1, 0.5),
    Act("label", 0, 50.0),
    Act("label", 1, 50.0),
]
LABELLED = [Act("pay", 0), Act("say", 0, 0.5), Act("label", 1, 0.5)]
UNFELT = {"in shadow", "stopped by nothing", "with grace"}
"""Changes of our rules by which no timer of a client who was just labelled runs otherwise."""
CHANGES = [
    (ours, other)
    for ours in ("ours", "standing still", "from a date")
    for other in SETS
    if ours != other and not (ours == "ours" and other in UNFELT)
]
AGAIN = """
import sys, structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
from tests.engine.office import NOON, Desk
from tests.engine.pasts import SLOWER, again, context_of, digest
desk = Desk()
desk.store.restore(open(sys.argv[1], "rb").read())
desk.wait(hours=float(sys.argv[2]))
print(digest(again(desk, context_of(SLOWER), NOON)))
"""


@pytest.fixture(scope="module")
def week() -> Desk:
    """A client who is labelled, answers, pays and comes back, lived under the rules as they are."""
    return played(WEEK)


def templates(made: Replayed) -> list[str]:
    return [
        one.wanted.decision.template
        for one in made.would
        if isinstance(one.wanted.decision, SendMessage) and one.really is None
    ]


@BOUNDED
@given(acts=ACTS, hours=st.sampled_from([0, 2, 10, 30]))
def test_a_time_replayed_by_its_own_rules_is_what_really_happened(acts: list[Act], hours: int) -> None:
    desk = played(acts)
    since = NOON + timedelta(hours=hours)
    made = again(desk, OURS, since)
    assert told(made) == really(desk, made.client, since)
    assert made.besides == ()
    desk.store.close()


def test_a_rule_that_was_not_there_would_not_have_done_what_it_did(week: Desk) -> None:
    made = again(week, context_of(FEWER), NOON)
    assert {row.cause.rule for row in made.besides} == {"vip"}
    assert "vip" not in {one.wanted.cause.rule for one in made.would}


def test_a_step_that_only_these_rules_have_due_is_taken_at_its_moment(week: Desk) -> None:
    made = again(week, context_of(SLOWER), NOON)
    [first, *_] = [one for one in made.traces if (one.rule, one.step) == ("vip", "soon")]
    assert first.at == NOON + timedelta(hours=5)


def test_a_step_that_comes_after_all_that_happened_is_taken_too() -> None:
    desk = played([Act("label", 1, 1.0)], context_of(FEWER))
    desk.wait(hours=9)
    steps = [(one.at - NOON, one.rule, one.step) for one in again(desk, OURS, NOON).traces if one.step]
    assert steps == [(timedelta(hours=3), "vip", "soon")]
    desk.store.close()


def test_what_these_rules_would_set_off_besides_is_followed_to_its_end(week: Desk) -> None:
    more = RULES.replace("when: {label.removed: VIP}\n    repeat: once", "when: {label.added: VIP}\n    repeat: once")
    made = again(week, context_of(more), NOON)
    fired = [one.rule for one in made.traces if one.outcome == "fired"]
    assert (fired.count("parted"), fired.count("sad")) == (1, 1)


def test_a_message_that_never_was_does_not_count_as_delivered(week: Desk) -> None:
    extra = "{id: extra, when: {field.changed: deal.prepaid}, per: deal, then: [{send: sum, to: client}]}"
    heard = "{id: heard, when: {delivered: sum}, per: deal, then: [{comment: Прочитано}]}"
    made = again(week, context_of(_with_rules(extra, heard)), NOON)
    assert templates(made) == ["sum"]
    assert "heard" not in {one.rule for one in made.traces}


def test_a_replay_writes_nothing(week: Desk) -> None:
    before = week.store.content()
    again(week, context_of(FEWER), NOON)
    assert week.store.content() == before


def test_what_could_not_be_seen_is_told() -> None:
    desk = played([Act("rest", 0, 1.0), Act("move", 1)])  # the gate asks for a task that was not read past the move
    assert {one.source for one in again(desk, OURS, NOON).blind} == {"planfix.task"}


def test_a_client_can_be_seen_as_it_was_with_its_timers_and_conditions() -> None:
    desk = played([Act("label", 1, 1.0)])
    client = next(one.id for one in desk.store.subjects() if one.kind == "client")
    then, moment = desk.store.load_client(client), desk.now
    desk.wait(minutes=1)
    lives(desk, Act("pay", 1, 50.0))
    seen = state_at(desk.store.remembered(client), moment)
    assert (sorted(map(repr, seen.timers)), seen.edges, seen.runs) == (
        sorted(map(repr, then.timers)),
        then.edges,
        then.runs,
    )
    assert {key: value for key, (value, _at) in seen.facts.items()} == {k: v for k, (v, _at) in then.facts.items()}


def test_the_time_before_the_journal_cannot_be_told(week: Desk) -> None:
    assert again(week, OURS, NOON - timedelta(days=30)).since == NOON


@BOUNDED
@given(acts=ACTS, ours=st.sampled_from(sorted(SETS)), other=st.sampled_from(sorted(SETS)))
def test_rules_taken_over_and_back_leave_every_timer_as_it_was(acts: list[Act], ours: str, other: str) -> None:
    """As long as the others did nothing: what they send or plan at once is not taken back."""
    desk = played(acts, context_of(SETS[ours]))
    before, ran = timers(desk), running(desk)
    if not waits(desk) and not taken_over(desk, context_of(SETS[other])):
        assert taken_back(desk, context_of(SETS[ours])) == 0
        assert {key: timers(desk)[key] for key in before} == before
        assert running(desk) == ran
    desk.store.close()


@pytest.mark.parametrize(("ours", "other"), CHANGES)
def test_each_change_is_felt_by_a_client_and_taken_back(ours: str, other: str) -> None:
    desk = played(LABELLED, context_of(SETS[ours]))
    before, ran = timers(desk), running(desk)
    assert taken_over(desk, context_of(SETS[other])) == 0
    assert timers(desk) != before
    taken_back(desk, context_of(SETS[ours]))
    assert ({key: timers(desk)[key] for key in before}, running(desk)) == (before, ran)
    desk.store.close()


def test_a_refused_move_is_remembered_though_its_guard_was_gone_for_a_moment() -> None:
    desk = played([Act("move", 1), Act("pay", 0, 0.5)], context_of(SETS["with grace"]))
    ran = running(desk)
    assert taken_over(desk, context_of(LEAST)) == 0
    taken_back(desk, context_of(SETS["with grace"]))
    assert (running(desk), any(key.endswith(":drag") for key in ran)) == (ran, True)
    desk.store.close()


@pytest.mark.parametrize(("seed", "zone"), [("0", "UTC"), ("1", "Asia/Kathmandu"), ("77", "America/St_Johns")])
def test_another_process_with_another_seed_and_zone_comes_to_the_same(
    week: Desk, tmp_path: Path, seed: str, zone: str
) -> None:
    file = tmp_path / "week.db"
    file.write_bytes(week.store.content())
    hours = (week.now - NOON) / timedelta(hours=1)
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    command = [sys.executable, "-c", AGAIN, str(file), str(hours)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == digest(again(week, context_of(SLOWER), NOON))


def _with_rules(*rules: str) -> str:
    return RULES.replace("fields:\n", "".join(f"  - {rule}\n" for rule in rules) + "fields:\n")
