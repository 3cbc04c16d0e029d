"""Step 6: the talk of initialisation is three lines on the card, and a need of the door of production."""

from __future__ import annotations

from typing import Any

from tests.story.conftest import Play
from tests.story.harness import NAME, Story

LINES = (
    "Реалістичність запиту та варіанти створення",
    "Можливі ризики та функціонал",
    "Процес роботи, обов’язки та права кожної зі сторін",
)
REST: dict[str, Any] = {"Передоплата_отримана": True, "Доступи": "received"}


def lists(story: Story) -> dict[str, list[bool]]:
    """The lists on the card: their titles, and what of each is ticked."""
    return {one.name: [item.complete for item in one.items.values()] for one in story.card.checklists.values()}


def tick(story: Story, *lines: str, done: bool = True) -> None:
    for line in lines:
        story.people.tick_item(NAME, line, by="andrii", done=done)


def test_the_handed_over_card_has_the_three_lines_once(play: Play) -> None:
    story = play("answered")
    assert lists(story) == {"Розмова на ініціалізації": [False, False, False]}


def test_the_last_tick_starts_work_by_itself(play: Play) -> None:
    story = play("answered")
    story.set_deal(**REST)
    tick(story, *LINES[:2])
    story.tick("2026-12-01 10:00")
    assert story.moves == []
    tick(story, LINES[2])
    story.soon()
    story.soon()
    assert story.moves == ["Виробництво"]


def test_a_line_left_open_keeps_the_door_closed(play: Play) -> None:
    story = play("answered")
    story.set_deal(**REST)
    tick(story, *LINES)
    tick(story, LINES[1], done=False)
    story.tick("2026-12-01 10:00")
    story.people.drag_card(NAME, "Виробництво")
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert "розмова про ризики й терміни" in story.comments[-1]
