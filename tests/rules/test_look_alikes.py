"""Letters that look alike, and marks nobody sees: a name that cannot be told from another by eye is told apart here."""

from __future__ import annotations

import pytest

from bridge.model.findings import Level, did_you_mean, strange_letters
from rules.load import load_rules


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("Надiслати бриф", 'did you mean "Надіслати бриф"? letter 4 "i" is Latin'),
        ("Надіслати\u00a0бриф", 'did you mean "Надіслати бриф"? character 10 is NO-BREAK SPACE'),
        ("Надіслати\u200b бриф", 'did you mean "Надіслати бриф"? character 10 is ZERO WIDTH SPACE'),
        ("Haдіслати бриф", 'did you mean "Надіслати бриф"? letter 1 "H" is Latin, letter 2 "a" is Latin'),
        ("надіслати бриф", 'did you mean "Надіслати бриф"? (capital letters matter)'),
        ("Надіслати бріф", 'did you mean "Надіслати бриф"?'),
    ],
)
def test_what_an_eye_does_not_see_is_named(word: str, told: str) -> None:
    assert did_you_mean(word, ["Надіслати бриф", "Терміново"]) == told


@pytest.mark.parametrize("name", ["CRM-система", "brief.ask", "Запуск", "SEOаудит", "stage-2", "Звіт та оплата"])
def test_names_in_one_alphabet_or_plainly_in_two_are_left_alone(name: str) -> None:
    assert strange_letters(name) == []


@pytest.mark.parametrize(
    ("text", "place", "letter"),
    [
        ("rules: [{id: brief-sіlent}]", "1:14", 'letter 8 "і" is Cyrillic'),
        ("templates:\n  briеf.ask: {}", "2:3", 'letter 4 "е" is Cyrillic'),
        ("gates: {стaрт: {}}", "1:9", 'letter 3 "a" is Latin'),
        ("fields:\n  card.list: {type: choice, from: x, of: [Архів, Aрхів]}", "2:50", 'letter 1 "A" is Latin'),
    ],
)
def test_a_name_that_nobody_could_type_is_warned_of_where_it_is_given(text: str, place: str, letter: str) -> None:
    found = [one for one in load_rules([("a.yaml", text.encode())]).findings if one.code == "mixed-letters"]
    assert [(str(one.where), one.level) for one in found] == [(f"a.yaml:{place}", Level.WARNING)]
    assert letter in found[0].what
