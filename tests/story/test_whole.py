"""The story from the lead to the first day of work, told once without a break."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.world import CLIENT
from tests.story.conftest import Play
from tests.story.harness import NAME, THE_PROMISE, Story


@pytest.mark.parametrize("beginning", ["morning", "set_up"])
def test_the_whole_story_leaves_exactly_this_behind(play: Play, beginning: str) -> None:
    """In the accounts of the demo, and in empty ones that `bridge init` has filled."""
    story = play(beginning)
    story.contact = story.people.create_contact(NAME, phone="+380441234567")
    story.task = story.people.create_task("Сайт для Ромашки", story.contact)
    story.tick("2026-11-30 10:01")
    story.people.client_opens_link(CLIENT.id, story.chat_link)
    story.tick("2026-11-30 10:02")
    story.fill_deal()
    story.tick("2026-11-30 10:10")
    story.people.drag_card(NAME, "Ініціалізація")
    story.tick("2026-11-30 10:15")
    story.press(520_000_002, "Надіслати бриф")
    story.tick("2026-11-30 10:20")
    story.set_deal(by=2, Доступи="received", Розмову_проведено=True)
    story.set_deal(by=5, Передоплата_отримана=True)
    story.tick("2026-12-01 10:00")
    story.at("2026-12-01 15:00").answer()
    story.tick()
    story.soon()

    assert [text.split("\n")[0] for text in story.client] == [
        f"Добрий день, {NAME}!",
        f"Добрий день, {NAME}!",
        THE_PROMISE,
        "Передоплату й доступи отримано. Ми почали роботу над проєктом Сайт Ромашки. Про кожен етап напишемо сюди.",
    ]
    assert [text.split("\n")[0] for text in story.team] == [
        f"Новий лід: {NAME}. Відповідальний: Олена.",
        f"{NAME}: передоплату отримано.",
        f"Клієнт {NAME} заповнив Google-анкету. Відповіді переносимо в контакт, бриф додаємо до картки.",
    ]
    assert [text.split("\n")[0] for text in story.pm][1:] == [f"{NAME}, «Бриф»: перегляньте, будь ласка, відповіді."]
    assert story.manager == []
    assert story.head == []
    assert story.tasks == [f"Комунікація: {NAME}, Сайт Ромашки → user:2", "Почати роботу: Сайт Ромашки → user:3"]
    assert story.attached == [f"Бриф {NAME} v1.docx", f"Бриф {NAME} v1.pdf"]
    assert story.moves == ["Виробництво"]
    assert story.list_of() == "Виробництво"
    assert story.comments == []
    assert story.labels == []


def test_nothing_is_left_to_do_when_the_story_is_told(play: Play) -> None:
    story = play("started")
    assert story.timers == []
    assert {row.state.value for row in story.deliveries()} == {"confirmed"}


def test_a_quiet_agency_stays_quiet(play: Play) -> None:
    story = play("started")
    before = story.effects()
    done = [story.soon() for _ in range(6)][1:]
    assert [(one.events, one.wanted, one.delivered) for one in done] == [(0, 0, 0)] * 5
    assert story.effects() == before


def test_a_restart_after_every_step_adds_nothing(play: Play) -> None:
    told = []
    for restart in (False, True):
        story = play("lead")
        for happens, then in STEPS:
            happens(story)
            story.tick(f"2026-11-30 {then}")
            if restart:
                story.restart()
        for then in ("2026-12-02 18:00", "2026-12-02 18:01"):
            story.tick(then)
            if restart:
                story.restart()
        told.append(story.effects())
    assert told[0] == told[1]


STEPS: list[tuple[Callable[[Story], object], str]] = [
    (lambda story: story.people.client_opens_link(CLIENT.id, story.chat_link), "10:02"),
    (lambda story: story.people.drag_card(NAME, "Ініціалізація"), "10:04"),
    (lambda story: story.fill_deal(), "10:10"),
    (lambda story: story.people.drag_card(NAME, "Ініціалізація"), "10:15"),
    (lambda story: story.people.label_card(NAME, "Надіслати бриф"), "10:20"),
]
