"""A password in a message is told by its shape and cut out; whatever else people write reads as they wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.passwords import CUT, without_passwords

PASSWORDS = [
    ("Пароль: Romashka2026!", "Romashka2026!"),
    ("пароль - sunshine", "sunshine"),
    ("пароль qwerty123", "qwerty123"),
    ("Логін admin\nПароль\nzaq1ZAQ!", "zaq1ZAQ!"),
    ("login: admin password: hunter22", "hunter22"),
    ("pass=Kava#77", "Kava#77"),
    ("Ось доступи: romashka@example.com / Kvitka2024", "Kvitka2024"),
    ("Пін-код: 4821", "4821"),
    ("Pa55w0rd!x", "Pa55w0rd!x"),
    ("Вхід такий: gR7#kLm2, перевірте", "gR7#kLm2"),
    ("ось ключ x7Kp2mQ9vL4t", "x7Kp2mQ9vL4t"),
    ("https://admin:s3cret@example.com/wp", "s3cret"),
    ("Пароль: Зима2026", "Зима2026"),
]
ORDINARY = [
    "Пароль не підходить, надішліть новий",
    "пароль від Instagram змінили вчора",
    "Пароль: надішлю завтра",
    "Забув пароль 2 рази поспіль",
    "Мій номер +380441234567, дзвоніть після 18:00",
    "тел. 044-123-45-67, (050)1234567",
    "Сайт https://example.com/Shop?id=A1b2C3d4&ref=X9y8 вже працює",
    "дивіться www.Romashka2026.example/Page1",
    "Рахунок №2026/117 на 30 000,00 ₴ або 1250$",
    "IBAN UA213223130000026007233566001",
    "Пишіть на Info2026@Romashka.example",
    "Зустріч 03.12.2026 о 16:30, кабінет 12б",
    "GTM-K5XJ7P2 і UA-12345678-1 на місці",
    "Бриф_v2.docx та Logo2026Final.PNG надіслав",
    "Купили iPhone15Pro і Windows11, 50%+20% знижки",
    "@Romashka2026 і #ЧорнаПʼятниця2026",
    "Спасибо, всё получили! Ждём до 25.12.",
    "The new landing page looks great, thank you!",
    "utm_source=Google2026",
]
WORDS = st.sampled_from(
    """добрий день дякуємо сайт реклама макет узгоджено Спасибо ждём бюджет Instagram Google Ads landing page thanks
    вівторок заявки 15 2026 18:30 100% 30000 ₴ 1250$ +380441234567 044-123-45-67 info@romashka.example SEO CRM №7
    https://example.com/a?b=C1d2 romashka.example e-mail Wi-Fi чек-лист iPhone""".split()  # noqa: SIM905 - reads as text
)
SECRETS = st.from_regex(r"[A-Z][a-z]{2,6}[0-9]{2,4}[!@#$%&*][A-Za-z0-9]{2,6}", fullmatch=True)


@pytest.mark.parametrize(("text", "secret"), PASSWORDS)
def test_a_password_is_cut_out(text: str, secret: str) -> None:
    left = without_passwords(text)
    assert secret not in left
    assert CUT in left


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_usually_write_stays(text: str) -> None:
    assert without_passwords(text) == text


@given(st.lists(WORDS, min_size=2, max_size=12).map(" ".join))
def test_no_ordinary_sentence_loses_a_word(text: str) -> None:
    assert without_passwords(text) == text


@given(st.lists(WORDS, max_size=5), SECRETS, st.lists(WORDS, max_size=5))
def test_no_password_stays_whatever_stands_around_it(before: list[str], secret: str, after: list[str]) -> None:
    assert secret not in without_passwords(" ".join([*before, secret, *after]))


@given(st.sampled_from(["Пароль:", "пароль -", "password:", "Pass =", "пін:"]), SECRETS)
def test_what_is_cut_stays_cut(label: str, secret: str) -> None:
    left = without_passwords(f"{label} {secret}")
    assert left == f"{label} {CUT}"
    assert without_passwords(left) == left
