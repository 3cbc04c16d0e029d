"""Steps 10 and 11: work begins when talk, brief, prepayment and accesses are there, whichever comes last, and once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.story.conftest import Play
from tests.story.harness import NAME, Story

STARTED = "Передоплату й доступи отримано. Ми почали роботу над проєктом Сайт Ромашки. Про кожен етап напишемо сюди."
WORK = "Почати роботу: Сайт Ромашки → user:3"
LAST: dict[str, dict[str, Any]] = {
    "the prepayment": {"Передоплата_отримана": True},
    "the accesses": {"Доступи": "received"},
    "checked accesses": {"Доступи": "checked"},
    "the talk": {"Розмову_проведено": True},
}
REST: dict[str, Any] = {"Передоплата_отримана": True, "Доступи": "received", "Розмову_проведено": True}


def begun_once(story: Story) -> bool:
    """Whether the card moved once, the specialist has one task and the client one message."""
    return story.moves == ["Виробництво"] and story.tasks.count(WORK) == 1 and story.client.count(STARTED) == 1


@pytest.mark.parametrize("last", LAST)
def test_whichever_fact_comes_last_from_planfix_starts_work_once(play: Play, last: str) -> None:
    story = play("answered")
    story.set_deal(**{field: value for field, value in REST.items() if field not in LAST[last]})
    story.tick("2026-12-01 10:00")
    assert story.moves == []
    story.set_deal(**LAST[last])
    story.soon()
    story.soon()
    assert begun_once(story)


def test_the_brief_from_the_form_may_come_last(play: Play) -> None:
    story = play("only_brief")
    story.at("2026-12-01 12:00").answer()
    story.tick()
    story.soon()
    assert begun_once(story)


def test_the_card_itself_may_come_last(play: Play) -> None:
    story = play("answered")
    story.people.drag_card(NAME, "Договір")
    story.set_deal(**REST)
    story.tick("2026-12-01 10:00")
    assert story.moves == []
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    story.soon()
    assert begun_once(story)


def test_the_last_two_facts_in_the_same_second_are_one_start(play: Play) -> None:
    story = play("only_brief")
    story.set_deal(by=5, Передоплата_отримана=False)
    story.soon()
    story.at("2026-12-01 12:00").answer()
    story.set_deal(by=5, Передоплата_отримана=True)
    story.tick()
    story.soon()
    assert begun_once(story)


def test_work_begins_within_a_minute_of_the_last_fact(play: Play) -> None:
    story = play("only_payment")
    story.set_deal(by=5, Передоплата_отримана=True)
    story.later(seconds=40).tick()
    assert begun_once(story)


def test_the_team_hears_of_the_prepayment_once(play: Play) -> None:
    story = play("started")
    assert story.team.count(f"{NAME}: передоплату отримано.") == 1


def test_a_payment_withdrawn_and_paid_again_starts_nothing_twice(play: Play) -> None:
    story = play("started")
    for paid in (False, True):
        story.set_deal(by=5, Передоплата_отримана=paid)
        story.soon()
        story.soon()
    assert begun_once(story)
    assert story.team.count(f"{NAME}: передоплату отримано.") == 1


def test_a_card_dragged_too_early_to_production_goes_back_and_the_pm_hears_why(play: Play) -> None:
    story = play("answered")
    story.people.drag_card(NAME, "Виробництво")
    story.soon()
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert story.moves == ["Ініціалізація"]
    assert story.pm[-1].split("\n")[1:] == [
        "• розмова про ризики й терміни — Андрій, РМ",
        "• передоплата — клієнт",
        "• доступи до облікових записів — клієнт",
    ]
    assert STARTED not in story.client
    assert WORK not in story.tasks


def test_a_person_may_drag_a_complete_deal_to_production(play: Play) -> None:
    story = play("only_payment")
    story.set_deal(by=5, Передоплата_отримана=True)
    story.people.drag_card(NAME, "Виробництво", by="andrii")
    story.soon()
    story.soon()
    assert story.list_of() == "Виробництво"
    assert story.client.count(STARTED) == 1
    assert story.tasks.count(WORK) == 1


def test_a_started_deal_dragged_back_and_forth_is_started_once(play: Play) -> None:
    story = play("started")
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    story.people.drag_card(NAME, "Виробництво")
    story.soon()
    assert story.client.count(STARTED) == 1
    assert story.tasks.count(WORK) == 1


def test_a_second_deal_inherits_none_of_the_facts_of_the_first(play: Play) -> None:
    story = play("started")
    second = story.people.create_task("Реклама", story.contact)
    story.soon()
    for field, value in {"Проєкт": "Реклама", "Вид роботи": "ads", "Сума": 10000}.items():
        story.people.set_planfix_field(second, field, value)
    (card,) = [one for one in story.cards if story.list_of(one) == "Ліди"]
    story.people.drag_card(card.id, "Ініціалізація")
    story.soon()
    story.soon()
    assert story.list_of(card) == "Ініціалізація"
    assert story.client.count(STARTED) == 1
