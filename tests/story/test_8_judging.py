"""Step 8: the РМ reads the answers under one message, accepts them, or has the client asked again for some."""

from __future__ import annotations

import httpx
import pytest

from sandbox.world import ANDRII
from tests.story.conftest import Play
from tests.story.harness import NAME, Story, buttons_under

FINE, PICK, SEND, WHY = "Усе гаразд", "Попросити уточнити…", "Надіслати клієнту", "Надіслати з поясненням…"
ASKED = "перегляньте, будь ласка, відповіді"


@pytest.fixture
def story(play: Play) -> Story:
    """The client has answered, and the РМ has read it."""
    return play("answered")


def press(story: Story, *titles: str) -> None:
    for title in titles:
        story.press(ANDRII.id, title)
        story.soon()


def answers_anew(story: Story, **changed: str) -> None:
    story.answer(**changed)
    story.later(minutes=10).soon()
    story.soon()


def shown(story: Story) -> tuple[str, list[str]]:
    """The last line of the РМ's newest message with answers, and its buttons."""
    message = next(one for one in reversed(story.messages(ANDRII.id)) if ASKED in one.body.text)
    return message.body.text.splitlines()[-1], [str(button["text"]) for button in buttons_under(message)]


def test_the_pm_reads_the_answers_in_one_message_and_accepts_them_by_a_press(story: Story) -> None:
    [asked] = [text for text in story.pm if ASKED in text]
    assert asked.startswith(f"{NAME}, «Бриф»: {ASKED}.\n• Назва компанії: {NAME}\n• Сайт: romashka.example\n")
    press(story, FINE)
    line, buttons = shown(story)
    assert line.startswith(f"✓ {FINE}: Андрій, ")
    assert buttons == []


def test_a_tap_marks_a_question_and_another_takes_the_mark_off_also_after_a_restart(story: Story) -> None:
    press(story, PICK, "Сайт")
    story.restart()
    press(story, "Телефон", "↺ Сайт")
    marked = [title for title in shown(story)[1] if title.startswith("↺")]
    assert marked == ["↺ Телефон"]
    assert story.notes[-1] == "✓ Сайт"


def test_the_client_is_asked_only_for_what_was_marked_with_all_else_filled_in(story: Story) -> None:
    press(story, PICK, "Сайт", "Побажання", SEND)
    assert shown(story)[0].startswith("✓ ↺ Сайт, Побажання: Андрій")
    story.tick("2026-12-01 10:00")
    asked = story.client[-1]
    assert asked == (
        "Дякуємо за відповіді! Уточніть, будь ласка, ще трохи:\n• Сайт\n• Побажання\n"
        "Решту ми вже маємо.\nВідкрити анкету"
    )
    page = httpx.get(story.form_link, follow_redirects=True).text
    assert f'name="entry.1000000002" value="{NAME}"' in page
    assert 'name="entry.1000000003" value=""' in page


def test_a_line_that_the_pm_writes_goes_to_the_client_with_the_questions(story: Story) -> None:
    press(story, PICK, "Сайт", WHY)
    assert story.pm[-1].endswith("До того нічого не надсилаємо.\nСайт")
    story.people.staff_types(ANDRII.id, "Потрібна адреса з https")
    story.soon()
    story.people.staff_types(ANDRII.id, "Це вже про інше")
    story.soon()
    story.tick("2026-12-01 10:00")
    assert "• Сайт\n«Потрібна адреса з https»\n" in story.client[-1]


def test_while_something_is_asked_again_the_door_is_closed_and_the_client_owes_it(story: Story) -> None:
    press(story, PICK, "Сайт", SEND)
    story.people.staff_types(ANDRII.id, "/status Ромашка")
    story.soon()
    assert "уточнення до брифу" in story.pm[-1]
    answers_anew(story, Сайт="https://romashka.example")
    story.people.staff_types(ANDRII.id, "/status Ромашка")
    story.soon()
    assert "уточнення до брифу" not in story.pm[-1]


def test_the_reminder_names_what_is_asked_again_and_stops_at_the_answer(story: Story) -> None:
    press(story, PICK, "Сайт", SEND)
    story.tick("2026-12-01 10:00")
    story.tick("2026-12-03 18:01")
    assert story.client[-1].startswith("Ще чекаємо на Ваше уточнення: Сайт.")
    before = len(story.client)
    answers_anew(story, Сайт="https://romashka.example")
    story.tick("2026-12-04 12:00")
    assert len(story.client) == before
    assert shown(story)[0] == "• Сайт: https://romashka.example"


def test_an_accepted_answer_is_changed_only_by_a_persons_word(story: Story) -> None:
    press(story, FINE)
    answers_anew(story, Сайт="other.example")
    assert shown(story)[0] == "• Сайт: romashka.example → other.example"
    assert story.contact_fields["Сайт"] == "romashka.example"
    press(story, FINE)
    story.soon()
    assert story.contact_fields["Сайт"] == "other.example"


def test_a_newer_answer_takes_the_place_of_a_message_nobody_has_settled(story: Story) -> None:
    press(story, PICK, "Сайт")
    answers_anew(story, Сайт="other.example")
    older = next(one for one in story.messages(ANDRII.id) if ASKED in one.body.text)
    assert buttons_under(older) == []
    assert "• Сайт: other.example" in [text for text in story.pm if ASKED in text][-1]


def test_a_second_press_reads_who_was_first(story: Story) -> None:
    message = next(one for one in story.messages(ANDRII.id) if ASKED in one.body.text)
    for _time in range(2):
        story.people.staff_presses(ANDRII.id, message.id, FINE)
    story.soon()
    assert story.notes[0] == f"✓ {FINE}"
    assert story.notes[1].startswith("Тут уже все вирішено (Андрій)")


def test_an_answer_that_somebody_bound_by_hand_is_looked_through_as_well(story: Story) -> None:
    press(story, FINE)
    story.people.fill_form({"Код клієнта": "", "Назва компанії": "Інша", "Сайт": "other.example"})
    story.later(minutes=10).soon()
    [item] = story.engine.store.inbox()
    story.people.staff_types(ANDRII.id, f"/bind {item.n} Ромашка")
    story.soon()
    assert "• Сайт: romashka.example → other.example" in story.pm[-1] + story.pm[-2]
