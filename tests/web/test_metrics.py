"""What can be measured is documented, moves when something happens, and names no client."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.model.decisions import CreateTask
from bridge.model.errors import ConnectorError, Retry
from bridge.web.metrics import exposition, exposition_of
from connectors.http import TokenBuckets
from tests.engine.test_watching import LOST, Watched

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")


@pytest.fixture
def desk() -> Iterator[Watched]:
    desk = Watched()
    yield desk
    desk.store.close()


def measured(desk: Watched) -> dict[str, float]:
    """Every sample as `name{label,label}`, the labels' values in the order of their names."""
    text = exposition(desk.engine)[0].decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values = ",".join(sample.labels[label] for label in sorted(sample.labels))
            found[f"{sample.name}{{{values}}}" if values else sample.name] = sample.value
    return found


def names(desk: Watched) -> set[str]:
    text = exposition(desk.engine)[0].decode()
    return set(re.findall(r"^# HELP (\S+)", text, re.MULTILINE))


def test_every_metric_is_documented_and_none_is_that_is_not_there(desk: Watched) -> None:
    several = exposition_of({"alpha": desk.engine}, ["beta"])[0].decode()
    told = names(desk) | set(re.findall(r"^# HELP (\S+)", several, re.MULTILINE))
    assert set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)) == told


def test_of_several_workspaces_each_is_a_label(desk: Watched) -> None:
    text = exposition_of({"alpha": desk.engine, "beta": desk.engine}, ["gamma"])[0].decode()
    assert 'bridge_stops{workspace="alpha"} 0.0' in text
    assert 'bridge_deliveries{state="waiting",workspace="beta"} 0.0' in text
    assert 'bridge_workspace_up{workspace="gamma"} 0.0' in text
    assert text.count("# HELP bridge_stops ") == 1
    assert "\nbridge_stops 0" not in text


def test_freshness_and_queue_are_ages_in_seconds(desk: Watched) -> None:
    desk.planfix.outcomes = deque([ConnectorError("planfix", "timeout", retry=Retry.PASSING)])
    _, deal = desk.client()
    desk.want(CreateTask("Почати", "", ""), deal)
    desk.engine.deliver_due()
    desk.wait(seconds=90)
    found = measured(desk)
    assert found["bridge_source_age_seconds{trello.card}"] == 90
    assert found["bridge_queue_age_seconds{planfix}"] == 90
    assert found["bridge_queue_age_seconds{trello}"] == 0


def test_attempts_are_counted_by_what_became_of_them(desk: Watched) -> None:
    desk.planfix.outcomes = deque([ConnectorError("planfix", "timeout", retry=Retry.PASSING)])
    _, deal = desk.client()
    desk.want(CreateTask("Почати", "", ""), deal)
    desk.engine.deliver_due()
    desk.wait(minutes=1).engine.deliver_due()
    found = measured(desk)
    assert found["bridge_attempts_total{planfix,create_task,failed}"] == 1
    assert found["bridge_attempts_total{planfix,create_task,done}"] == 1


def test_rules_are_counted_by_outcome_and_the_time_of_planning_is_kept(desk: Watched) -> None:
    desk.client()
    before = measured(desk).get("bridge_planning_seconds_count", 0)
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    found = measured(desk)
    assert found["bridge_rule_runs_total{fired,rule}"] == 1
    assert found["bridge_planning_seconds_count"] == before + 1
    assert found["bridge_planning_seconds_bucket{+Inf}"] == before + 1


def test_an_alarm_that_holds_is_shown_with_its_urgency(desk: Watched) -> None:
    desk.look(LOST)
    desk.look(LOST, minutes=2)
    assert measured(desk)["bridge_alarms{trello,no_access,true}"] == 1


def test_no_client_is_named_in_any_label(desk: Watched) -> None:
    client, deal = desk.client()
    for _time in range(3):
        desk.engine.faults.unplanned(client, "KeyError", desk.now)
    desk.look()
    text = exposition(desk.engine)[0].decode()
    assert 'kind="client_unplanned"' in text
    assert not re.search(rf'"({client}|{deal}|Ромашка)"', text)


def test_waits_for_a_limit_are_counted_by_the_limit_and_not_by_the_chat() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    buckets = TokenBuckets({"chat": (1, 1.0)}, margin=0.0, now=lambda: now[0], sleep=sleep)
    for _call in range(3):
        buckets.take("chat:42")
    assert buckets.waited() == {"chat": pytest.approx(2.0)}
