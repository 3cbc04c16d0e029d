"""What is nobody's is planned on a subject of its own: at its time, once after a stop, and when a source is blind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.engine.engine import Engine
from bridge.model.decisions import SendMessage
from tests.engine.office import NOON, Desk, agency, loaded_rules

RULES = """\
templates:
  week: {uk: "Тиждень", ru: "Неделя", en: "The week"}
  blind: {uk: "не читається", ru: "не читается", en: "not read"}
rules:
  - id: weekly
    when: {schedule: {every: week, day: wed, time: "09:30"}}
    then: [{send: week, to: pm}]
  - id: blind
    when: {source.blind: {of: deal.site, for: 30m}}
    then: [{send: blind, to: pm}]
"""
WEDNESDAY = NOON + timedelta(hours=19, minutes=30)


@pytest.fixture
def clock() -> Desk:
    desk = Desk(NOON, agency(loaded_rules(RULES)))
    desk.client()
    return desk


def said(desk: Desk, template: str) -> int:
    rows = desk.store.deliveries()
    return sum(isinstance(row.decision, SendMessage) and row.decision.template == template for row in rows)


def test_the_week_is_told_at_its_hour_without_any_client(clock: Desk) -> None:
    clock.engine.plan_due()
    assert (said(clock, "week"), clock.engine.next_moment()) == (0, WEDNESDAY)
    clock.clock.set(WEDNESDAY)
    clock.engine.plan_due()
    clock.engine.plan_due()
    assert said(clock, "week") == 1


def test_after_a_stop_of_a_month_it_is_told_once(clock: Desk) -> None:
    clock.engine.plan_due()
    clock.clock.set(WEDNESDAY + timedelta(days=30))
    again = Engine(clock.store, clock.engine.connectors, clock.context, clock.clock)
    again.plan_due()
    again.plan_due()
    assert said(clock, "week") == 1


def test_a_source_that_is_not_read_is_told_of_once(clock: Desk) -> None:
    clock.take(clock.task(), seen_up_to={"planfix.task": clock.now})
    for _look in range(3):
        clock.engine.plan_due()
        clock.wait(minutes=31)
    assert said(clock, "blind") == 1
    assert "не читається" in {getattr(row.decision, "text", "") for row in clock.store.deliveries()}
