"""Nobody who has answered is reminded, however late the bridge reads, stands still or cannot send."""

from __future__ import annotations

import pytest

from tests.timelines.world import World


@pytest.mark.parametrize("number", [7, 9])  # each shows it when the chat is not asked, or colleagues are not
def test_nobody_who_has_answered_is_reminded(number: int) -> None:
    world = World(number).run()
    assert world.broken == []
    assert world.counts["reminders"] > 10
