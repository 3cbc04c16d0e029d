"""Which of the things that are there may be meant by one that is not."""

from __future__ import annotations

import pytest

from bridge.model.setting_up import alike


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("Сайт", ["Телефон", "Сайт клієнта"], ("Сайт клієнта",)),
        ("Терміново", ["ТЕРМІНОВО!", "Бриф"], ("ТЕРМІНОВО!",)),
        ("Договір", ["Договори", "Архів"], ("Договори",)),
        ("Сума", ["SEO", "Ні"], ()),
        ("Вид роботи", ["Вид  роботи", "вид роботи"], ("Вид  роботи", "вид роботи")),
    ],
)
def test_a_name_is_near_where_it_is_spelt_nearly_so_or_stands_inside(
    name: str, known: list[str], meant: tuple[str, ...]
) -> None:
    assert alike(name, known) == meant
