"""Rules that are applied and taken back leave the timers as they were, byte for byte, whatever was changed."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Day
from tests.cli.test_taking_over import BRIEF, asked, timers, without_tests

REMIND = """\
      - id: remind
        after: 2wd
        then:
          - send: brief.remind
            to: client
"""
STANDS_STILL = "      brief.state: delivered\n"
CHANGES = {
    "a step is due later": [("after: 2wd", "after: 4wd")],
    "a step at another hour, and another is gone": [
        ("after: 3wd at 10:00", "after: 3wd at 15:00"),
        (REMIND, ""),
    ],
    "steps with other names": [("- id: remind", "- id: first"), ("- id: head", "- id: last")],
    "a rule that stops sooner": [
        ("    unless: {brief.state: received} ", "    unless: {brief.state: [delivered, received]} "),
    ],
    "a rule that stands still": [
        ("      brief.talked_at: {filled: true}\n      not: {brief.talked_at: {older_than: 3d}}\n", STANDS_STILL),
    ],
    "a rule that is off": [("- id: brief-silent\n", "- id: brief-silent\n    enabled: false\n")],
}


@pytest.mark.parametrize("edits", CHANGES.values(), ids=CHANGES)
def test_a_change_that_is_taken_back_leaves_every_timer_as_it_was(day: Day, edits: list[tuple[str, str]]) -> None:
    asked(day)
    before = timers(day)
    assert before
    without_tests(day)
    for old, new in edits:
        day.bridge.edit(BRIEF, old, new)
    assert day.bridge("apply").code == 0
    day.tick("2026-11-30T10:22")
    assert timers(day) != before
    assert day.bridge("rollback").code == 0
    day.tick("2026-11-30T10:23")
    assert timers(day) == before
