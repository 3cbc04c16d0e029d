"""A bridge that runs goes on by the rules that are put in force, and loses no timer."""

from __future__ import annotations

from datetime import datetime

import pytest
import structlog

from bridge.cli.room import engine_at_work
from bridge.engine.clock import SetClock
from bridge.wiring.renewal import Renewal
from tests.cli.conftest import KYIV, Day
from tests.cli.test_taking_over import BRIEF, OTHER, SILENT, asked, without_tests


@pytest.fixture
def at_work(day: Day, quiet_logs: None) -> Day:
    asked(day)
    return day


def test_a_running_bridge_goes_on_by_rules_that_are_applied(at_work: Day) -> None:
    day = at_work
    with engine_at_work(SetClock(datetime(2026, 11, 30, 10, 30, tzinfo=KYIV))) as (engine, settings, _agency):
        renew = Renewal(engine, settings)
        assert not renew()
        steps = {timer.step for timer in engine.store.timers() if timer.step}
        without_tests(day)
        day.bridge.edit(BRIEF, SILENT, OTHER)
        assert day.bridge("apply").code == 0
        structlog.reset_defaults()  # the commands before set up the logs of processes that have ended
        assert renew()
        engine.plan_due()
        timers = {timer.step: timer.due for timer in engine.store.timers() if timer.step}
    assert timers.keys() == steps
    assert timers["remind"] == datetime(2026, 12, 4, 18, 0, tzinfo=KYIV)


def test_rules_that_are_in_force_already_are_not_taken_over_again(at_work: Day) -> None:
    with engine_at_work(SetClock(datetime(2026, 11, 30, 10, 30, tzinfo=KYIV))) as (engine, settings, _agency):
        at_work.bridge("apply")
        assert not Renewal(engine, settings)()
