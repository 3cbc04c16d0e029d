"""Calendars at the command line: what is asked of them, and how an admin sees and fills them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cli.conftest import Terminal


def test_check_warns_when_next_year_is_missing(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.room.today", lambda: date(2027, 11, 1))
    said = bare("check", "--offline", "--language", "en")
    assert said.code == 1
    assert 'config/calendars/office.yaml:7:5: warning: [missing-year] calendar "office" has no date of 2028' in said.err
    assert "bridge calendar seed" in said.err


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.calendars.today", lambda: date(2026, 11, 30))


def test_seed_writes_what_comes_into_the_office_calendar_and_nothing_twice(bare: Terminal) -> None:
    said = bare("calendar", "seed", "RU", "--language", "en")
    assert said.code == 0
    assert "config/calendars/office.yaml: 16 dates written" in said.out
    text = (bare.folder / "config/calendars/office.yaml").read_text(encoding="utf-8")
    assert '2027-02-20: "09:00-13:00, 14:00-18:00"' in text
    assert "2026-11-04" not in text
    assert "нічого не записано" in bare("calendar", "seed", "ru").out


def test_seed_makes_a_calendar_of_its_own_for_another_country(bare: Terminal) -> None:
    made = bare("calendar", "seed", "PL", "--name", "warsaw", "--year", "2027", "--json").json
    assert isinstance(made, dict)
    assert (made["file"], made["written"]) == ("config/calendars/warsaw.yaml", True)
    assert "ср 06.01.2027" in bare("calendar", "show", "warsaw").out


def test_seed_only_prints_when_it_is_told_to(bare: Terminal) -> None:
    said = bare("calendar", "seed", "MD", "--name", "chisinau", "--print")
    assert "zone: Europe/Chisinau" in said.out
    assert not (bare.folder / "config/calendars/chisinau.yaml").exists()


def test_seed_works_before_anything_else_is_configured(bare: Terminal) -> None:
    bare.set(CONFIG_DIR="empty")
    assert bare("calendar", "seed", "UA").code == 0
    assert (bare.folder / "empty/calendars/office.yaml").exists()


def test_show_tells_the_days_that_differ_of_one_year(bare: Terminal) -> None:
    said = bare("calendar", "show", "--year", "2026", "--json").json
    assert isinstance(said, dict)
    assert said["dates"][0] == {"date": "2026-12-19", "hours": "10:00-15:00"}
    assert [one["date"] for one in said["dates"]] == ["2026-12-19", "2026-12-24", "2026-12-25"]


def test_count_tells_when_a_length_is_over_and_by_which_days(bare: Terminal) -> None:
    said = bare("calendar", "count", "2026-12-24T16:30", "2wd")
    assert said.out.startswith("чт 24.12.2026 16:30 + 2wd = вт 29.12.2026 18:00 (календар office; робочі: 28.12, 29.12")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("seed", "XX"), 'no holidays are known for "XX"'),
        (("show", "ofice"), 'did you mean "office"?'),
        (("count", "soon", "2wd"), '"soon" is no time: write 2026-12-24T16:30'),
        (("count", "2026-12-24T16:30", "2 дні"), "is not understood"),
    ],
)
def test_what_cannot_be_answered_is_wrong_usage(bare: Terminal, words: tuple[str, ...], told: str) -> None:
    said = bare("calendar", *words, "--language", "en")
    assert said.code == 2
    assert told in said.err
