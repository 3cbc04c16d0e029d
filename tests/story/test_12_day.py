"""Step 12: the day closes. The manager reads what happened, the head how it was, once each."""

from __future__ import annotations

from bridge.wiring.assemble import assemble
from tests.pace import FreePace
from tests.story.conftest import Play
from tests.story.harness import NAME, whole_pack


def test_the_day_closes_with_the_manager_and_then_with_the_head(play: Play) -> None:
    story = play("asked")
    story.close()
    story.engine = assemble(story.settings, whole_pack(), story.clock, FreePace())
    story.at("2026-12-02 17:00").answer()
    story.tick("2026-12-02 17:29")
    story.tick("2026-12-02 17:30")
    story.tick("2026-12-02 17:31")
    [told] = story.manager
    assert told.startswith(f"🌙 Підсумок дня\nБуло:\n• {NAME}: 1 повідомлення клієнту; відповіді: Бриф")
    assert story.head == []
    story.tick("2026-12-02 17:50")
    assert story.head == ["🌙 День менеджерів\n• Олена: новини — 1, обіцяно — 0, не сталося — 0"]


def test_what_a_client_was_reminded_of_has_not_happened(play: Play) -> None:
    story = play("asked")
    story.close()
    story.engine = assemble(story.settings, whole_pack(), story.clock, FreePace())
    story.tick("2026-12-02 17:31")
    story.tick("2026-12-02 18:00")
    story.tick("2026-12-03 17:30")
    assert f"Не сталося:\n• {NAME}: досі немає: заповнений бриф" in story.manager[-1]
