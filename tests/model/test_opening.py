"""Texts are called by their first words: what people know them by, where an id would tell nothing."""

from __future__ import annotations

import pytest

from bridge.model.decision_words import in_words
from bridge.model.decisions import CommentCard, SendMessage
from bridge.model.opening import opening
from bridge.words import said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Добрий день, <b>Зерно</b>!\nЩоб почати, заповніть бриф.", "Щоб почати, заповніть бриф"),
        ("<b>ТОВ «Ромашка»</b>: картку повернено.", "картку повернено"),
        ("**Зерно** — передано з відділу продажу.", "передано з відділу продажу"),
        ("Ми отримали бриф. Тепер у нас є вся необхідна інформація.", "Ми отримали бриф…"),
        (
            "Передоплату й доступи отримано, роботу почато: далі пишемо сюди",
            "Передоплату й доступи отримано, роботу почато…",
        ),
        ("…: бриф не доставлено", "бриф не доставлено"),
        ("картку повернено до списку …. Чого бракує: • … — за клієнтом.", "картку повернено до списку…"),
        ("Кава &amp; чай", "Кава & чай"),
        ("Дякуємо!", "Дякуємо!"),
    ],
)
def test_a_text_opens_with_what_tells_it_from_others(text: str, words: str) -> None:
    assert opening(text) == words


def test_a_message_and_a_comment_are_told_by_their_first_words() -> None:
    sent = in_words(SendMessage("client", "Раді знайомству. Пишіть сюди, коли Вам буде зручно.", "client.welcome"))
    assert said(sent, "uk") == "«Раді знайомству…» → клієнт"
    noted = in_words(CommentCard("**Зерно**: для «Початок роботи» бракує брифу", "gate.returned"))
    assert said(noted, "uk") == "коментар до картки: «для „Початок роботи“ бракує брифу»"
