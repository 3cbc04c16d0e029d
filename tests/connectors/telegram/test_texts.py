"""A text too long for one message: where it is taken apart, and that nothing of it is lost on the way."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.telegram.texts import LIMIT, length, parts

LETTERS = "аб. 🙂\n—1\u0301\u200d👩🏽🇺🇦"
Html = st.recursive(
    st.text(st.sampled_from(LETTERS), max_size=30) | st.sampled_from(["&lt;", "&amp;lt;", "&#128578;", "&#x41;"]),
    lambda inner: (
        st.builds("<b>{}</b>{}".format, inner, inner)
        | st.builds('<a href="https://x.example/?a=1&amp;b=2">{}</a>{}'.format, inner, inner)
        | st.builds("{}<i>{}</i>".format, inner, inner)
    ),
)


def shown(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def letters(html: str) -> str:
    """What is seen of it, without its white space."""
    return "".join(shown(html).split())


def is_balanced(html: str) -> bool:
    stack: list[str] = []
    for slash, tag in re.findall(r"<(/?)(\w+)[^>]*>", html):
        if slash and (not stack or stack.pop() != tag):
            return False
        if not slash:
            stack.append(tag)
    return not stack


@given(Html, st.integers(8, 60))
def test_the_parts_of_any_text_say_all_of_it_once_and_in_order(html: str, limit: int) -> None:
    assert letters("".join(parts(html, limit))) == letters(html)


@given(Html, st.integers(8, 60))
def test_each_part_fits_says_something_and_closes_what_it_opens(html: str, limit: int) -> None:
    made = parts(html, limit)
    assert all(length(part) <= limit and is_balanced(part) for part in made)
    assert len(made) == 1 or all(letters(part) for part in made)


@given(Html, st.integers(8, 60))
def test_what_is_bold_or_linked_is_so_in_each_part(html: str, limit: int) -> None:
    def inside(tag: str, texts: tuple[str, ...]) -> int:
        """How many letters stand inside a tag."""
        count = depth = 0
        for mark in re.findall(r"</?\w+[^>]*>|&[^;]+;|\S", "".join(texts)):
            depth += mark.startswith(f"<{tag}") - mark.startswith(f"</{tag}")
            count += depth > 0 and not (mark.startswith("<") and len(mark) > 1)
        return count

    assert [inside(tag, parts(html, limit)) for tag in "bai"] == [inside(tag, (html,)) for tag in "bai"]


def test_a_text_that_fits_is_left_alone() -> None:
    text = "<b>" + "&amp;" * LIMIT + "</b>"
    assert parts(text) == (text,)


def test_emoji_count_twice() -> None:
    assert [length(part) for part in parts("🙂" * (LIMIT // 2 + 1))] == [LIMIT, 2]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("один два.\n\nтри\nчотири п'ять", ("один два.", "три\nчотири", "п'ять")),
        ("один два\nтри чотири п'ять", ("один два", "три чотири", "п'ять")),
        ("Один два. Три чотири", ("Один два.", "Три чотири")),
        ("«Один два!» Три чотири", ("«Один два!»", "Три чотири")),
        ("один два три чотири", ("один два три", "чотири")),
        ("ключ 12\u00a0345\u00a0₴ разом", ("ключ", "12\u00a0345\u00a0₴", "разом")),
    ],
)
def test_a_text_is_cut_between_paragraphs_else_lines_sentences_words(text: str, made: tuple[str, ...]) -> None:
    assert parts(text, 12) == made


def test_markup_around_a_cut_is_closed_and_opened_again() -> None:
    text = '<b>один</b>\n<i>два\n<a href="https://x.example/?a=1&amp;b=2">три</a></i>'
    assert parts(text, 9) == (
        "<b>один</b>\n<i>два</i>",
        '<i><a href="https://x.example/?a=1&amp;b=2">три</a></i>',
    )


def test_a_link_stays_whole_where_there_is_another_place() -> None:
    assert parts('слово <a href="x">два слова</a> далі', 14) == ("слово", '<a href="x">два слова</a> далі')


@pytest.mark.parametrize("sign", ["👨‍👩‍👧‍👦", "🇺🇦", "👍🏽", "е\u0301", "❤️"])
def test_what_readers_see_as_one_sign_is_never_cut(sign: str) -> None:
    made = parts(sign * 40, 30)
    assert len(made) > 1
    assert all(part == sign * part.count(sign) for part in made)
