"""Texts hold: whatever the values are, a text that was read can be said, in every language and to every reader."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Labelled, Money, NotKnown
from rules.filters import FILTERS
from rules.markups import MARKUPS
from rules.plurals import FORMS
from rules.texts import read_text

SPECS = {f"client.{kind}": FieldSpec(f"client.{kind}", kind, "x") for kind in FieldType}
FORMS_OF = {language: "|".join("абвг"[: len(forms)]) for language, forms in FORMS.items()}
ARGUMENTS = {"num": "'{forms}'", "plural": "'{forms}'", "link": "'тут'", "default": "'немає'", "limit": "3"}
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just(NotKnown("planfix.task")),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9),
    st.builds(Money, st.decimals(0, 10**6, places=2), st.sampled_from(["UAH", "MDL", "EUR"])),
    st.text(max_size=20),
    st.builds(Labelled, st.text(max_size=5), st.text(max_size=5)),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.lists(st.text(max_size=5), max_size=3),
    st.sampled_from(["2026-13-45", "2026-11-24T25:00", "NaN", "1e999999", "‮abc", "\x00"]),
)


def fitting(kind: FieldType, language: str) -> list[str]:
    """Every filter that a fact of this type may have, as it is written."""
    names = [name for name, one in FILTERS.items() if not one.fits or kind in one.fits]
    given = {name: ARGUMENTS[name].replace("{forms}", FORMS_OF[language]) for name in ARGUMENTS}
    return [f"{name}({given[name]})" if name in given else name for name in names]


@st.composite
def sources(draw: st.DrawFn, language: str) -> str:
    """A text of a few pieces that all may be read."""
    kinds = st.sampled_from(list(FieldType))
    pieces = []
    for _piece in range(draw(st.integers(1, 4))):
        kind = draw(kinds)
        name, word = f"client.{kind}", draw(st.sampled_from(["", *fitting(kind, language)]))
        said = f"{{{{ {name}{'|' if word else ''}{word} }}}}"
        piece = draw(st.sampled_from(["{}", "{{% if x %}}{}{{% endif %}}", "{{% if n > 3 %}}{}{{% endif %}}", "in"]))
        if piece == "in":
            said = f"{{% if 'а' in {name} %}}{said}{{% endif %}}"
            piece = "{}"
        pieces.append(piece.replace("x", name, 1).replace("n >", "client.number >").format(said))
    many = draw(st.sampled_from(["client.set", "client.list"]))
    pieces.append(f"{{% for row in {many} %}}\n- {{{{ row|upper }}}} {{{{ loop.index }}}}\n{{% else %}}–{{% endfor %}}")
    return "\n".join(pieces)


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@given(data=st.data())
def test_whatever_a_value_is_a_text_that_was_read_can_be_said(language: str, data: st.DataObject) -> None:
    text = read_text(data.draw(sources(language)), language, SPECS)
    values = {"client": {kind.value: data.draw(VALUES) for kind in FieldType}}
    for markup in MARKUPS:
        text.render(values, markup, "Europe/Kyiv")


@pytest.mark.parametrize("value", [None, NotKnown("x"), "три", (), True])
def test_what_is_empty_or_no_number_is_neither_more_nor_less(value: object) -> None:
    text = read_text("{% if client.number > 3 or client.number <= 3 %}так{% else %}ні{% endif %}", "uk", SPECS)
    said = text.render({"client": {"number": value}}, "plain")
    assert said == ("так" if value is True else "ні")


def test_a_number_is_compared_by_size_from_both_sides() -> None:
    text = read_text("{% if 1 < client.number <= 5 %}так{% else %}ні{% endif %}", "uk", SPECS)
    said = [text.render({"client": {"number": Decimal(n)}}, "plain") for n in (1, 2, 5, 6)]
    assert said == ["ні", "так", "так", "ні"]


@pytest.mark.parametrize(("value", "told"), [(("VIP",), "так"), ((), "ні"), (None, "ні")])
def test_in_asks_a_set_that_may_be_empty(value: object, told: str) -> None:
    text = read_text("{% if 'VIP' in client.set %}так{% else %}ні{% endif %}", "uk", SPECS)
    assert text.render({"client": {"set": value}}, "plain") == told


def test_nothing_is_in_an_empty_set() -> None:
    text = read_text("{% if 'VIP' not in client.set %}так{% else %}ні{% endif %}", "uk", SPECS)
    assert [text.render({"client": {"set": value}}, "plain") for value in (None, ("VIP",))] == ["так", "ні"]


LIST = "Забуті:\n{% for row in client.list if row != 'x' %}\n• {{ row }}\n{% endfor %}\nКінець"


def test_a_list_that_is_too_long_for_people_is_cut_and_the_words_stay() -> None:
    rows = [f"🌼 Клієнт <{number}> " + "д" * 40 for number in range(600)]
    said = read_text(LIST, "uk", SPECS).render({"client": {"list": rows}}, "telegram")
    shown = said.count("•")
    assert said.endswith(f"… ще {600 - shown}\nКінець")
    assert 16_384 - 60 < MARKUPS["telegram"].length(said) <= 16_384


def test_a_list_of_emoji_is_cut_by_what_telegram_counts_and_not_by_its_letters() -> None:
    said = read_text(LIST, "uk", SPECS).render({"client": {"list": ["🌼" * 25] * 400}}, "telegram")
    assert "… ще" in said
    assert MARKUPS["telegram"].length(said) <= 16_384


@pytest.mark.parametrize(("count", "is_whole"), [(16_384, True), (16_385, False)])
def test_people_are_sent_16384_characters_at_once_and_no_more(count: int, is_whole: bool) -> None:
    text = read_text("{% for row in client.list %}{{ row }}{% endfor %}", "uk", SPECS)
    said = text.render({"client": {"list": ["д"] * count}}, "telegram")
    assert (said == "д" * count) is is_whole
    assert MARKUPS["telegram"].length(said) <= 16_384


def test_a_list_that_fits_is_not_cut() -> None:
    said = read_text(LIST, "uk", SPECS).render({"client": {"list": ["а", "x", "б"]}}, "telegram")
    assert said == "Забуті:\n• а\n• б\nКінець"


def test_a_plain_text_has_no_limit() -> None:
    rows = ["д" * 100] * 300
    assert read_text(LIST, "uk", SPECS).render({"client": {"list": rows}}, "plain").count("•") == 300


def test_telegram_counts_an_emoji_as_two_and_no_tags() -> None:
    assert MARKUPS["telegram"].length('<b>&lt;🌼</b> <a href="https://a.test">х</a>') == len("<") + 2 + len(" х")
