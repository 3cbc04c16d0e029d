"""What is too long for Trello is divided or cut where it shows, and the mark is never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.trello.blocks import described
from connectors.trello.texts import (
    LONGEST_TEXT,
    installation_in,
    is_cut,
    mark_in,
    part_in,
    parts,
    shortened,
    task_line_in,
    without_mark,
)

ID = "a1b2c3d4e5"


def length(text: str) -> int:
    """As a JavaScript server counts."""
    return len(text.encode("utf-16-le")) // 2


def test_mark_stands_alone_on_the_last_line_and_is_taken_out_again() -> None:
    (text,) = parts("Дякуємо!\n", ID)
    assert text == f"Дякуємо!\n\n‹міст {ID}›"
    assert (mark_in(text), without_mark(text)) == (ID, "Дякуємо!")
    assert mark_in(f"цитую ‹міст {ID}› тут") == ""


def test_a_mark_names_the_installation_and_is_read_as_one_without() -> None:
    whole, *_others = divided = parts("ї" * 20_000, ID, "7777aaaa")
    assert all(length(text) <= LONGEST_TEXT for text in divided)
    assert [(mark_in(text), installation_in(text), part_in(text, ID)) for text in divided] == [
        (ID, "7777aaaa", 1),
        (ID, "7777aaaa", 2),
    ]
    assert without_mark(whole) == whole.partition("\n")[0]
    assert installation_in(f"‹міст {ID}›") == ""


def test_no_text_is_the_mark_alone() -> None:
    assert parts(" ", ID) == (f"‹міст {ID}›",)
    assert (shortened("", ID), shortened("")) == (f"‹міст {ID}›", "")


def test_a_text_is_divided_at_the_end_of_a_paragraph() -> None:
    first, second = "а" * 9_000, "б" * 9_000
    assert parts(f"{first}\n\n{second}", ID) == (f"{first}\n\n‹міст {ID} 1/2›", f"{second}\n\n‹міст {ID} 2/2›")


@pytest.mark.parametrize("letter", ["ї", "🥐"])
def test_a_text_without_ends_is_divided_at_the_limit(letter: str) -> None:
    found = parts(letter * 20_000, ID)
    assert all(length(text) <= LONGEST_TEXT for text in found)
    assert "".join(without_mark(text) for text in found) == letter * 20_000


@given(st.lists(st.sampled_from(["хліб ", "сіль. ", "\n\n", "🥐" * 700, "ї" * 3_000]), max_size=30))
def test_nothing_but_spaces_is_lost_between_the_parts(words: list[str]) -> None:
    text = "".join(words)
    found = parts(text, ID)
    assert "".join("".join(without_mark(one).split()) for one in found) == "".join(text.split())
    assert [part_in(one, ID) for one in found] == list(range(1, len(found) + 1))


@given(st.integers(LONGEST_TEXT - 60, LONGEST_TEXT + 60))
def test_a_text_about_the_limit_is_cut_only_when_it_must_be(count: int) -> None:
    text = shortened("ї" * count, ID, "https://acme.example/1")
    assert length(text) <= LONGEST_TEXT
    assert is_cut(text) is (count > LONGEST_TEXT - len(f"\n\n‹міст {ID}›"))
    assert mark_in(text) == ID


def test_a_mark_of_another_delivery_is_no_part() -> None:
    assert part_in(f"‹міст {ID} 2/3›", "0" * 10) == 0
    assert part_in("‹міст›", ID) == 0


LINE = "Planfix: https://acme.planfix.com/task/12"


@pytest.mark.parametrize("text", [f"Новий сайт\n\n{LINE}", f"{LINE}\n\nНовий сайт"])
def test_the_line_of_the_task_is_no_part_of_what_people_wrote(text: str) -> None:
    (made,) = parts(text, ID)
    assert (described(made), task_line_in(made)) == ("Новий сайт", LINE)


def test_a_line_of_a_task_that_people_wrote_is_their_own() -> None:
    assert (described(f"Новий сайт\n\n{LINE}"), task_line_in(LINE)) == (f"Новий сайт\n\n{LINE}", "")
