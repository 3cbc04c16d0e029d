"""Reasons: each declared once, read back as it was written, and told in every language."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import reasons as r
from bridge.model.reason_words import WORDS, told
from bridge.model.reasons import DECLARED, Kind, Reason, read

TEXTS = st.text() | st.sampled_from(["nobody", "a.b", "deal", "arrived", "2wd at 10:00", "Олена", '"x"'])
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.sampled_from(["2wd", "16wh", "-3d", "90m", "2wd at 10:00", "99999w at 23:59"])
WEIGHED = [r.HAS_IT_NOW, r.IS_AWAY, r.DOES_NOT_DO, r.HAS_DEALS]
DRAWN: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.MOMENT: MOMENTS.map(lambda at: at.replace(second=0, microsecond=0)),
    Kind.DAY: st.dates(date(1970, 1, 1), date(2200, 1, 1)),
    Kind.COUNT: st.integers(),
    Kind.LENGTH: LENGTHS,
    Kind.RHYTHM: LENGTHS,
    Kind.SOURCES: st.lists(TEXTS).map(tuple),
    Kind.LIST: st.lists(TEXTS).map(tuple),
    Kind.REASON: st.deferred(lambda: st.sampled_from(sorted(DECLARED)).flatmap(reasons)),
    Kind.REASONS: st.lists(st.sampled_from([one.code for one in WEIGHED]).flatmap(lambda code: reasons(code))).map(
        tuple
    ),
}


def reasons(code: str) -> st.SearchStrategy[Reason]:
    """Reasons of that code with whatever may be put into them."""
    given = {name: DRAWN.get(kind, TEXTS) for name, kind in DECLARED[code].kinds.items()}
    return st.fixed_dictionaries(given).map(lambda params: Reason(code, params))


@pytest.mark.parametrize("code", sorted(DECLARED))
def test_every_reason_is_read_as_it_was_written(code: str) -> None:
    @given(reasons(code))
    def holds(reason: Reason) -> None:
        assert read(str(reason)) == reason

    holds()


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ("", r.NO_REASON),
        ("daily cap", r.OVER_CAP),
        ("let go by Андрій", r.LET_GO.of(who="Андрій")),
        ("approve, says Андрій", r.ANSWERED.of(button="approve", who="Андрій")),
        ("stopped by olena: сварка", r.STOPPED_BECAUSE.of(who="olena", why=r.SAID.of(words="сварка"))),
        ("stopped by Андрій: too much at once", r.STOPPED_BECAUSE.of(who="Андрій", why=r.TOO_MUCH)),
        ("waits for planfix.task, trello.card", r.WAITS_FOR.of(sources=("planfix.task", "trello.card"))),
        ("waits for ", r.WAITS_FOR.of(sources=())),
        (
            "ran on 2026-11-20 10:00Z, not within 2h",
            r.RAN_LATELY.of(at=datetime(2026, 11, 20, 10, 0, tzinfo=UTC), length="2h"),
        ),
        ("ran on 2026-13-20 10:00Z, once is enough", r.SAID.of(words="ran on 2026-13-20 10:00Z, once is enough")),
        ("telegram: HTTP 503: busy (503)", r.SAID.of(words="telegram: HTTP 503: busy (503)")),
    ],
)
def test_what_earlier_releases_stored_is_read(stored: str, reason: Reason) -> None:
    assert read(stored) == reason


def test_a_name_that_would_say_something_else_stands_in_quotes() -> None:
    assert str(r.STOPPED.of(who="Іван: Марія")) == 'stopped by "Іван: Марія"'
    assert str(r.SAID.of(words="daily cap")) == '"daily cap"'


def test_a_reason_takes_what_it_declares_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="stopped takes who, not by"):
        r.STOPPED.of(by="olena")


def test_no_reason_is_false_and_every_other_one_is_true() -> None:
    assert not r.NO_REASON
    assert all(Reason(code) for code in DECLARED if code)


# -- told ------------------------------------------------------------------------------------------------------------


def test_every_reason_has_words_and_all_words_are_of_a_reason() -> None:
    assert WORDS.keys() == DECLARED.keys()


@pytest.mark.parametrize("code", sorted(DECLARED.keys() - {""}))
def test_every_reason_is_told_in_each_language_with_what_it_knows(code: str) -> None:
    words = WORDS[code]
    each = [words.uk, words.ru, words.en or DECLARED[code].english]
    named = [{name for _text, name, _form, _turn in string.Formatter().parse(said) if name} for said in each]
    assert all(each)
    assert named[0] == named[1] == named[2]
    assert named[0] <= DECLARED[code].kinds.keys()


def test_people_call_things_by_their_names() -> None:
    names = {Kind.SOURCES: str.title, Kind.RULE: str.upper}
    assert told(r.WAITS_FOR.of(sources=("planfix", "trello", "planfix")), "uk", names) == (
        "ще не прочитано: Planfix, Trello"
    )
    nested = r.NOTHING_THERE.of(why=r.RULE_OFF.of(rule="door"))
    assert told(nested, "en", names) == "nothing to do it on while nothing is written: rule DOOR is off"


def test_somebodys_own_words_stay_as_they_are_in_every_language() -> None:
    stopped = r.STOPPED_BECAUSE.of(who="olena", why=r.SAID.of(words="{сварка}"))
    assert told(stopped, "ru") == "остановлено (olena): {сварка}"


@given(st.text())
def test_whatever_is_stored_is_read_and_told(stored: str) -> None:
    assert isinstance(told(read(stored), "uk"), str)


def test_only_declarations_make_reasons() -> None:
    root = Path(__file__).parents[2]
    files = [file for part in ("bridge", "rules", "connectors") for file in (root / part).rglob("*.py")]
    made = [file for file in files if re.search(r"(?<!\w)Reason\(", file.read_text(encoding="utf-8"))]
    assert made == [root / "bridge" / "model" / "reasons.py"]
