"""Step 8a: an obligatory answer is empty, or one does not fit: the client is asked back for that alone."""

from __future__ import annotations

import httpx
import pytest

from tests.story.conftest import Play
from tests.story.harness import NAME, Story

CORRECT = (
    "Дякуємо, бриф у нас! Щоб рушити далі, допишіть або виправте, будь ласка:\n"
    "• Послуга\n• Телефон: замість «завтра скажу» — номер телефону\nРешту ми вже маємо.\nВідкрити анкету"
)
REMINDER = "Щоб рушити далі, ще чекаємо на ці відповіді брифу"


@pytest.fixture
def story(play: Play) -> Story:
    """The client has left out what is obligatory, and written words for a phone."""
    story = play("asked")
    story.at("2026-12-01 12:00").answer(Послуга="", Телефон="завтра скажу")
    story.tick()
    story.soon()
    return story


def test_the_client_reads_one_message_with_all_else_filled_in(story: Story) -> None:
    assert story.client[2:] == [CORRECT]
    page = httpx.get(story.form_link, follow_redirects=True).text
    assert f'name="entry.1000000002" value="{NAME}"' in page
    assert "romashka.example" in page
    assert "завтра скажу" not in page


def test_a_corrected_answer_is_thanked_for_and_nobody_is_reminded(story: Story) -> None:
    story.later(hours=1).answer()
    story.later(minutes=10).soon()
    story.soon()
    story.tick("2026-12-03 18:00")
    story.tick("2026-12-04 10:00")
    assert [text.splitlines()[0] for text in story.client[3:]] == ["Бриф отримали, дякуємо."]
    assert not any(REMINDER in text for text in story.client)


def test_silence_is_reminded_of_by_the_questions_that_are_left(story: Story) -> None:
    story.tick("2026-12-03 18:00")
    story.soon()
    assert f"{REMINDER}: Послуга, Телефон." in story.client[-1]
    story.tick("2026-12-04 10:00")
    assert any("ще не виправляє відповіді брифу: Послуга, Телефон" in text for text in story.pm)


def test_what_was_corrected_before_contact_hours_is_only_thanked_for(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-01 20:00").answer(Телефон="завтра скажу")
    story.soon()
    story.at("2026-12-01 20:30").answer()
    story.later(minutes=10).soon()
    story.tick("2026-12-02 09:05")
    story.soon()
    assert [text.splitlines()[0] for text in story.client[2:]] == ["Бриф отримали, дякуємо."]
