"""Prefilled form links: how a respondent's code, and what they have answered before, get into a form. Pure.

The page of a form takes what stands in its query as answers: `entry.<number>=<text>`, once for each box that is ticked.
An option is named by its words, one that the form does not list goes into the field "other", a day is written
2026-12-03 and a time 14:30. What does not fit its question is passed over by the page; so it is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

LONGEST = 2000
"""So many characters of an address pass everywhere: mail programs and old browsers cut longer ones."""
_OTHER = "__other_option__"
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z")
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::\d\d)?\Z")


class Kind(StrEnum):
    """How a question is answered. `choice` is a round button or a list to choose from, `boxes` ticks several."""

    TEXT = "text"
    CHOICE = "choice"
    BOXES = "boxes"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A question that can be filled in by a link: its number there, and how it is answered.

    `options` are those that the form lists, as people read them; without them each answer is taken for one of them.
    """

    entry: int
    kind: Kind = Kind.TEXT
    options: tuple[str, ...] = ()


def prefill_link(form_link: str, entry: str | int, token: str) -> str:
    """The form's link with `token` filled in as the answer to question `entry`.

    `form_link` is any link to the form that ends in viewform (its own query is kept); `entry` is the number in "Get
    pre-filled link", with or without `entry.`. Raises ValueError for a link that cannot be prefilled: an editor's link,
    a short one, or no link at all.
    """
    parts = urlsplit(form_link.strip())
    if parts.scheme not in ("http", "https") or not parts.path.rstrip("/").endswith("/viewform"):
        raise ValueError(f"not a form's public link (…/viewform): {form_link!r}")
    filled = _entry(entry)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("usp", filled)]
    query = urlencode([("usp", "pp_url"), *kept, (filled, token)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def with_answers(
    link: str, questions: Mapping[str, Prefilled], answers: Mapping[str, str], longest: int = LONGEST
) -> str:
    """The prefilled link with answers filled in as well, in the order of the questions.

    Both maps go by the question's title; answers are as people read them in the sheet. Where the link would grow longer
    than `longest`, the longest answers stay out.
    """
    parts = {title: _part(asked, answers[title]) for title, asked in questions.items() if answers.get(title)}
    room = longest - len(link)
    for title in sorted(parts, key=lambda title: len(parts[title]), reverse=True):
        if sum(map(len, parts.values())) <= room:
            break
        del parts[title]
    return link + "".join(parts.values())


def _part(question: Prefilled, answer: str) -> str:
    name = _entry(question.entry)
    return "".join(f"&{name}{tail}={quote_plus(text)}" for tail, text in _ENCODED[question.kind](question, answer))


def _text(_question: Prefilled, answer: str) -> Iterable[tuple[str, str]]:
    yield "", answer


def _choice(question: Prefilled, answer: str) -> Iterable[tuple[str, str]]:
    return _chosen(question, [answer.strip()])


def _boxes(question: Prefilled, answer: str) -> Iterable[tuple[str, str]]:
    return _chosen(question, _ticked(answer, question.options))


def _chosen(question: Prefilled, chosen: Sequence[str]) -> Iterable[tuple[str, str]]:
    other = [one for one in chosen if question.options and one not in question.options]
    for one in chosen:
        if one not in other:
            yield "", one
    if other:
        yield "", _OTHER
        yield ".other_option_response", ", ".join(other)


def _ticked(answer: str, options: Sequence[str]) -> list[str]:
    """The boxes of an answer, which the sheet parts by commas. An option may hold some itself."""
    found: list[str] = []
    left = answer.strip()
    while left:
        longest_first = sorted(options, key=len, reverse=True)
        one = next((one for one in longest_first if left == one or left.startswith(f"{one}, ")), left.split(", ")[0])
        found.append(one)
        left = left[len(one) :].removeprefix(",").strip()
    return found


def _date(_question: Prefilled, answer: str) -> Iterable[tuple[str, str]]:
    dotted = _DOTTED.match(answer.strip())
    try:
        day = date(int(dotted[3]), int(dotted[2]), int(dotted[1])) if dotted else date.fromisoformat(answer.strip())
    except ValueError:
        return  # as 03/12/2026 may be the third of December, or the twelfth of March
    yield "", day.isoformat()


def _time(_question: Prefilled, answer: str) -> Iterable[tuple[str, str]]:
    found = _TIME.match(answer.strip())
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        yield "", f"{int(found[1]):02}:{found[2]}"


_ENCODED: Mapping[Kind, Callable[[Prefilled, str], Iterable[tuple[str, str]]]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.BOXES: _boxes,
    Kind.DATE: _date,
    Kind.TIME: _time,
}


def _entry(number: str | int) -> str:
    digits = str(number).removeprefix("entry.")
    if not digits.isdecimal():
        raise ValueError(f"not a question's entry number: {number!r}")
    return f"entry.{digits}"
