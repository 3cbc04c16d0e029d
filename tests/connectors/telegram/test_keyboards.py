"""Buttons under a message: a few stand one below the other, many short ones side by side, and none is lost or cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.telegram.keyboards import in_rows

TITLES = st.lists(st.text(min_size=1, max_size=40), max_size=12)


def rows(*titles: str) -> list[list[str]]:
    return [[title for _action, title in row] for row in in_rows([(title, title) for title in titles])]


def test_a_few_buttons_have_a_row_each() -> None:
    assert rows("Так", "Ні", "Потім") == [["Так"], ["Ні"], ["Потім"]]


def test_many_short_buttons_stand_side_by_side() -> None:
    assert rows("1 день", "2 дні", "3 дні", "Тиждень", "WhatsApp", "Viber") == [
        ["1 день", "2 дні", "3 дні"],
        ["Тиждень", "WhatsApp", "Viber"],
    ]


def test_a_long_one_among_many_has_a_row_of_its_own() -> None:
    assert rows("1 день", "2 дні", "Поговорили телефоном", "3 дні") == [
        ["1 день", "2 дні"],
        ["Поговорили телефоном"],
        ["3 дні"],
    ]


@given(TITLES)
def test_every_button_is_there_once_in_its_order_and_nothing_is_cut_for_company(titles: list[str]) -> None:
    shown = rows(*titles)
    assert [title for row in shown for title in row] == titles
    assert all(len(row) == 1 or max(map(len, row)) * len(row) <= 30 for row in shown)
