"""Steps 14 and 15: a campaign is launched when its list is ticked, and a second time by somebody else."""

from __future__ import annotations

from tests.story.conftest import Play
from tests.story.harness import NAME, Story

FIRST, SECOND = "Перевірка запуску", "Повторна перевірка"


def tick_all(story: Story, title: str, by: str) -> None:
    [wanted] = [one for one in story.card.checklists.values() if one.name == title]
    for item in wanted.items.values():
        story.people.tick_item(NAME, item.id, by=by)


def checked_once(play: Play) -> Story:
    """The card stands before the launch, and Ірина has ticked the first list."""
    story = play("started")
    story.people.drag_card(NAME, "Запуск")
    story.soon()
    tick_all(story, FIRST, "iryna")
    story.soon()
    story.soon()
    return story


def test_the_second_list_comes_when_the_first_is_done(play: Play) -> None:
    story = checked_once(play)
    counted = {one.name: len(one.items) for one in story.card.checklists.values()}
    assert counted[SECOND] == counted[FIRST] >= 20


def test_the_same_person_does_not_count_and_the_card_says_so(play: Play) -> None:
    story = checked_once(play)
    tick_all(story, SECOND, "iryna")
    story.soon()
    assert "Повторну перевірку не зараховано" in story.comments[-1]
    story.people.drag_card(NAME, "Запущено")
    story.soon()
    assert story.list_of() == "Запуск"


def test_somebody_else_opens_the_door_and_an_untick_closes_it(play: Play) -> None:
    story = checked_once(play)
    tick_all(story, SECOND, "andrii")
    story.soon()
    story.people.drag_card(NAME, "Запущено")
    story.soon()
    assert story.list_of() == "Запущено"
    [first] = [one for one in story.card.checklists.values() if one.name == FIRST]
    story.people.tick_item(NAME, next(iter(first.items)), by="iryna", done=False)
    story.soon()
    story.soon()
    assert any("перевірка запуску" in text for text in story.pm)
