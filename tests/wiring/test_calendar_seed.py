"""Calendar files made of holidays: what is written, what is left to the admin, and what is never touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.wiring.calendar_seed import Choice, SeedRefused, choices_for, seed, week_of, zone_of
from rules.calendar_entries import parse_calendar
from rules.calendars import Calendar
from rules.reader import read
from tests.conftest import Golden

CLOSED = (Choice(date(2027, 1, 1), "closed", "Новий рік"), Choice(date(2027, 3, 8), "closed", "8 Березня", sure=False))


def by_day(country: str, year: int = 2026) -> dict[str, Choice]:
    return {choice.day.isoformat(): choice for choice in choices_for(country, (year,), "uk")}


def calendar(text: str, name: str = "office") -> Calendar:
    return parse_calendar(name, read("office.yaml", text.encode()).data["calendars"][name])


def there(folder: Path, dates: str) -> Path:
    """A folder with a calendar of the admin's own."""
    file = folder / "calendars" / "ours.yaml"
    file.parent.mkdir()
    head = 'version: 1\ncalendars:\n  office:\n    zone: Europe/Kyiv\n    week: {mon-fri: "09:00-18:00"}\n'
    file.write_text(f"{head}{dates}  # the end\n", encoding="utf-8")
    return file


def seeded(folder: Path, choices: tuple[Choice, ...] = CLOSED) -> str:
    return seed(folder, "office", "UA", choices, "uk", "Europe/Kyiv").text


@pytest.mark.parametrize("country", ["UA", "RU", "MD", "BY", "PL"])
def test_a_new_file_says_what_it_said_when_it_was_looked_at_last(country: str, golden: Golden, tmp_path: Path) -> None:
    choices = choices_for(country, (2026, 2027), "uk")
    made = seed(tmp_path, "office", country, choices, "uk", zone_of(country, ""))
    lines = [line for line in made.text.splitlines() if "(holidays " not in line]
    golden.check(f"calendars/{country}.yaml", "\n".join(lines) + "\n")


@pytest.mark.parametrize("country", ["UA", "RU", "MD", "BY", "PL", "KZ", "DE", "IL", "EE"])
def test_every_new_file_is_a_calendar(country: str, tmp_path: Path) -> None:
    made = seed(tmp_path, "office", country, choices_for(country, (2026, 2027), "uk"), "uk", zone_of(country, ""))
    dates = calendar(made.text).dates
    assert set(dates) == {choice.day for choice in made.added if choice.sure}


def test_in_ukraine_every_holiday_is_a_choice_while_the_law_makes_it_a_working_day() -> None:
    found = by_day("UA")
    assert not any(choice.sure for choice in found.values())
    assert "за законом робочий" in found["2026-08-24"].note


def test_in_russia_moved_days_are_written_as_the_government_moved_them() -> None:
    assert by_day("RU")["2026-01-09"].hours == "closed"
    assert by_day("RU")["2026-12-31"].sure
    assert by_day("RU", 2027)["2027-02-20"] == Choice(date(2027, 2, 20), "09:00-18:00", "робочий день")


def test_in_belarus_a_saturday_is_worked_for_a_monday_and_eves_may_be_short() -> None:
    found = by_day("BY")
    assert (found["2026-04-20"].hours, found["2026-04-25"].hours) == ("closed", "09:00-18:00")
    assert (found["2026-05-08"].hours, found["2026-05-08"].sure) == ("09:00-17:00", False)


def test_a_worked_saturday_has_the_hours_of_the_office() -> None:
    lunch = "09:00-13:00, 14:00-18:00"
    found = {choice.day: choice.hours for choice in choices_for("BY", (2026,), "uk", lunch)}
    assert found[date(2026, 4, 25)] == lunch
    assert found[date(2026, 5, 8)] == "09:00-13:00, 14:00-17:00"


def test_a_holiday_on_a_day_off_is_shown_and_counts_for_nothing() -> None:
    assert by_day("PL")["2026-11-01"] == Choice(
        date(2026, 11, 1), "closed", "День усіх святих", "вихідний і так", False
    )


def test_a_country_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SeedRefused, match='no holidays are known for "XX"'):
        choices_for("XX", (2026,), "uk")


@pytest.mark.parametrize(
    ("country", "own", "zone"),
    [
        ("UA", "", "Europe/Kyiv"),
        ("RU", "", "Europe/Moscow"),
        ("RU", "Asia/Omsk", "Asia/Omsk"),
        ("MD", "Europe/Kyiv", "Europe/Chisinau"),
    ],
)
def test_the_zone_is_that_of_the_capital_or_the_agencys_own_in_that_country(country: str, own: str, zone: str) -> None:
    assert zone_of(country, own) == zone


def test_a_week_has_the_working_days_of_the_country() -> None:
    assert week_of("MD") == '{mon-fri: "09:00-18:00"}'
    assert week_of("IL") == '{"mon-thu, sun": "09:00-18:00"}'


def test_dates_go_where_they_belong_among_those_that_are_there(tmp_path: Path) -> None:
    there(tmp_path, "    dates:\n      2026-12-25: closed   # ours\n      2027-02-01: closed\n")
    lines = [line.strip()[:22].strip() for line in seeded(tmp_path).split("\n")]
    assert lines[6:10] == ["2026-12-25: closed   #", "2027-01-01: closed", "2027-02-01: closed", "# 2027-03-08: closed"]


def test_what_stands_in_the_file_stays_letter_by_letter(tmp_path: Path) -> None:
    file = there(
        tmp_path, '    dates:\n      2026-12-31..2027-01-02: "09:00-13:00"  # ours\n      # 2027-03-08: closed\n'
    )
    assert seeded(tmp_path) == file.read_text(encoding="utf-8")


def test_dates_go_into_an_empty_section_too(tmp_path: Path) -> None:
    there(tmp_path, "    dates:\n")
    assert calendar(seeded(tmp_path)).dates == {date(2027, 1, 1): ()}


@pytest.mark.parametrize("dates", ["    dates: {2026-12-25: closed}\n", ""])
def test_where_dates_have_no_place_the_lines_are_told_for_writing_by_hand(tmp_path: Path, dates: str) -> None:
    there(tmp_path, dates)
    with pytest.raises(SeedRefused, match=r"(?s)write these lines .* 2027-01-01: closed"):
        seeded(tmp_path)


def test_a_file_of_that_name_with_another_calendar_is_not_written_over(tmp_path: Path) -> None:
    there(tmp_path, "    dates:\n").rename(tmp_path / "calendars" / "warsaw.yaml")
    with pytest.raises(SeedRefused, match='has no calendar "warsaw"'):
        seed(tmp_path, "warsaw", "PL", CLOSED, "uk", "Europe/Warsaw")
