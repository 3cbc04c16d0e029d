"""Fonts travel with the documents, and have what the shipped words need."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.documents.fonts import FONTS_FOLDER, characters_of, undrawn
from tests.documents.samples import SHIPPED

LETTERS = "ґҐєЄіІїЇ’ʼ«»„“—–…№₴€ёЁъЪщЩыЫэЭ☑0123456789"
ONEST = sorted(FONTS_FOLDER.glob("Onest-*.ttf"))


@pytest.mark.parametrize("font", ONEST, ids=lambda font: font.stem)
def test_every_weight_draws_every_shipped_word(font: Path) -> None:
    labels = "".join(file.read_text("utf-8") for file in SHIPPED.glob("*.labels.yaml"))
    drawn = characters_of(font.read_bytes())
    assert [letter for letter in labels if ord(letter) not in drawn and letter != "\n"] == []


def test_the_alphabets_and_signs_of_our_languages_are_drawn() -> None:
    assert undrawn(LETTERS) == ""


def test_there_are_four_weights_with_their_licences() -> None:
    assert [font.stem for font in ONEST] == ["Onest-Bold", "Onest-Medium", "Onest-Regular", "Onest-SemiBold"]
    families = {font.stem.split("-")[0].removesuffix("Sans") for font in FONTS_FOLDER.glob("*.ttf")}
    assert families == {file.name.removesuffix("-LICENSE.txt") for file in FONTS_FOLDER.glob("*-LICENSE.txt")}


def test_fonts_stay_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in FONTS_FOLDER.iterdir()) < 6_000_000


def test_an_undrawn_letter_is_named_once() -> None:
    assert undrawn("中 a 文 中\u200d") == "中文"
