"""Columns, times and identities of a response sheet, without HTTP."""

# ruff: noqa: DTZ001 - serial numbers count local days

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.google_forms import FormSpec, prefill_link
from connectors.google_forms.mapping import find_emails, find_phones
from connectors.google_forms.revisions import FormMemory, Revision, compare
from connectors.google_forms.sheet import (
    Cell,
    ColumnMissing,
    Row,
    answer_texts,
    find_columns,
    find_zone,
    header_digest,
    letter,
    mapped_texts,
    moment,
    read_rows,
    waiting_fields,
)

KYIV = ZoneInfo("Europe/Kyiv")
FORM = FormSpec("brief", "book", "sheet", token_column="Code", answers={"Site": "client.website"})


def serial(moment_there: datetime) -> float:
    return (moment_there - datetime(1899, 12, 30)) / timedelta(days=1)


def read(memory: FormMemory, header: Sequence[Cell], *body: Sequence[Cell]) -> tuple[FormMemory, list[Revision]]:
    columns = find_columns(FORM, header, memory.timestamp_title, max(map(len, (header, *body))))
    after, found = compare(memory, read_rows(columns, body), header_digest(columns.titles), "mapping")
    return after.model_copy(update={"timestamp_title": columns.timestamp_title}), found


@pytest.mark.parametrize(
    ("there", "here"),
    [
        (datetime(2026, 1, 15, 12, 0), datetime(2026, 1, 15, 10, 0, tzinfo=UTC)),
        (datetime(2026, 7, 15, 12, 0), datetime(2026, 7, 15, 9, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 3, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 4, 30), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 4, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "the repeated hour is its first pass", "after the change back", "after the spring gap"],
)
def test_a_serial_number_is_a_moment_in_the_zone_of_the_sheet(there: datetime, here: datetime) -> None:
    assert moment(serial(there), KYIV) == here


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))
def test_serial_numbers_keep_milliseconds(there: datetime) -> None:
    there = there.replace(microsecond=there.microsecond // 1000 * 1000)
    assert moment(serial(there), UTC) == there.replace(tzinfo=UTC)


def test_a_zone_may_be_a_plain_offset() -> None:
    assert moment(serial(datetime(2026, 1, 1, 12, 0)), find_zone("GMT-07:00")) == datetime(2026, 1, 1, 19, tzinfo=UTC)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        find_zone("Europe/Nowhere")


def test_questions_with_one_title_or_none_keep_all_their_answers() -> None:
    columns = find_columns(FORM, ["Time", "Code", "Wish", "Wish", ""], width=6)
    assert answer_texts(columns, ["", "K7M2", "a", "b", "c", "d"]) == {
        "Wish": "a",
        "Wish (2)": "b",
        "Column E": "c",
        "Column F": "d",
    }


def test_of_two_questions_with_one_title_the_answered_one_fills_the_field() -> None:
    columns = find_columns(FORM, ["Time", "Code", "Site", "Site"])
    assert mapped_texts(columns, ["", "K7M2", "", "kava.example"]) == {"client.website": "kava.example"}


def test_a_row_may_end_before_its_columns_do() -> None:
    columns = find_columns(FORM, ["Time", "Code", "Site"])
    assert mapped_texts(columns, ["", "K7M2"]) == {"client.website": ""}


def test_a_column_may_be_named_by_its_letter() -> None:
    columns = find_columns(FormSpec("f", "b", "s", token_column="C", answers={"D": "x.y"}), ["Time", "Q", "", "R"])
    assert (columns.token, columns.mapped) == (2, {"x.y": (3,)})


def test_a_title_wins_over_a_letter_and_spaces_do_not_count() -> None:
    columns = find_columns(FormSpec("f", "b", "s", token_column="A"), ["Time", "\u00a0A ", "B"])
    assert columns.token == 1


def test_a_lost_code_column_is_not_guessed() -> None:
    with pytest.raises(ColumnMissing):
        find_columns(FORM, ["Time", "Cоde"])


def test_a_lost_column_of_answers_is_no_empty_answer() -> None:
    columns = find_columns(FORM, ["Time", "Code", "My Site"])
    row: list[Cell] = [1.0, "K7M2", "a.test"]
    assert mapped_texts(columns, row) == {}
    assert waiting_fields(columns, row, columns.lacking) == {"client.website": "Site"}
    assert columns.nearest("Site") == "My Site"


def test_two_columns_may_fill_one_field_and_the_first_that_is_answered_does() -> None:
    form = FormSpec("f", "b", "s", answers={"Site": "client.site", "Web": "client.site"})
    both = find_columns(form, ["Time", "Web", "Site"])
    rows = ["", "a.test"], ["b.test", ""], ["b.test", "a.test"]
    assert [mapped_texts(both, [1.0, *row])["client.site"] for row in rows] == ["a.test", "b.test", "a.test"]


def test_letters_go_on_after_z() -> None:
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_the_time_column_is_followed_when_a_column_is_put_before_it() -> None:
    memory, _ = read(FormMemory(), ["Time", "Code"], [46000.5, "K7M2"])
    _, found = read(memory, ["Notes", "Time", "Code"], ["call them", 46000.5, "K7M2"])
    assert found == [], "its time did not move, so nobody answered"


def test_a_note_beside_an_answer_is_a_change_that_people_see_once() -> None:
    memory, _ = read(FormMemory(), ["Time", "Code", "Site"], [46000.5, "K7M2", "a"])
    memory, found = read(memory, ["Time", "Code", "Site"], [46000.5, "K7M2", "b"])
    assert [(item.key, item.number, item.answered, item.stands) for item in found] == [("K7M2", 2, True, True)]
    assert read(memory, ["Time", "Code", "Site"], [46000.5, "K7M2", "b"])[1] == []


def test_an_edit_taken_back_shows_the_first_answer_again() -> None:
    header = ["Time", "Code", "Site"]
    memory, _ = read(FormMemory(), header, [46000.5, "K7M2", "a"])
    memory, _ = read(memory, header, [46000.5, "K7M2", "b"])
    _, found = read(memory, header, [46000.5, "K7M2", "a"])
    assert [(item.number, item.answered, item.stands) for item in found] == [(1, False, True)]


def test_an_edited_answer_without_a_code_is_the_same_response() -> None:
    header = ["Time", "Code", "Site"]
    memory, [first] = read(FormMemory(), header, [46000.5, "", "a"])
    _, [second] = read(memory, header, [46000.5, "", "b"])
    assert (second.key, second.number) == (first.key, 2)


def test_deleting_the_newest_of_two_rows_does_not_bring_the_older_back() -> None:
    header = ["Time", "Code", "Site"]
    memory, _ = read(FormMemory(), header, [46000.5, "K7M2", "a"], [46001.5, "K7M2", "b"])
    _, found = read(memory, header, [46000.5, "K7M2", "a"])
    assert found == []


def test_moving_columns_and_rows_leaves_each_row_what_it_was() -> None:
    rows: list[list[Cell]] = [[46000.5, "K7M2", "a", "1"], [46000.5, "K7M2", "b", "2"]]
    memory, _ = read(FormMemory(), ["Time", "Code", "Site", "Wish"], *rows)
    moved, _ = read(memory, ["Wish", "Site", "Code", "Time"], *[row[::-1] for row in reversed(rows)])
    assert moved.responses == memory.responses


def test_a_deleted_question_takes_no_answer_away() -> None:
    memory, _ = read(FormMemory(), ["Time", "Code", "Site"], [46000.5, "K7M2", "a"], [46000.7, "", "b"])
    _, found = read(memory, ["Time", "Code"], [46000.5, "K7M2"], [46000.7, ""])
    assert found == []


Answers = st.lists(
    st.tuples(st.sampled_from(["", "A", "B", "C"]), st.floats(46000, 46100), st.text("xyz", max_size=3)), max_size=8
)


@given(Answers, st.randoms())
def test_no_order_of_rows_makes_an_answer_new(answers: list[tuple[str, float, str]], order: object) -> None:
    header = ["Time", "Code", "Site"]
    rows: list[Sequence[Cell]] = [[time, code, text] for code, time, text in answers]
    memory, found = read(FormMemory(), header, *rows)
    assert {item.row.content for item in found} == {row.content for row in _rows(header, rows)}, "no answer is lost"
    order.shuffle(rows)  # type: ignore[attr-defined]
    assert read(memory, header, *rows) == (memory, [])


def _rows(header: Sequence[Cell], body: Sequence[Sequence[Cell]]) -> list[Row]:
    return list(read_rows(find_columns(FORM, header), body))


@pytest.mark.parametrize("text", ["044 123-45-67", "+38 (044) 123 45 67", "380441234567", "441234567", "0441234567"])
def test_a_phone_is_found_however_it_is_written(text: str) -> None:
    assert find_phones([text], "UA") == ("+380441234567",)


def test_a_text_that_only_holds_digits_somewhere_is_no_phone() -> None:
    assert find_phones(["10000", "call 0441234567 after 5", "2026-03-02", "1.5"], "UA") == ()


def test_e_mail_addresses_are_found_and_lowered() -> None:
    assert find_emails(["Kava@Example.com; b@example.com", "write to a@example.com"]) == (
        "kava@example.com",
        "b@example.com",
    )


def test_a_prefilled_link_carries_the_code_and_keeps_the_language() -> None:
    link = prefill_link("https://docs.google.com/forms/d/e/1F/viewform?hl=uk", 17, "K7 M2")
    assert link == "https://docs.google.com/forms/d/e/1F/viewform?usp=pp_url&hl=uk&entry.17=K7+M2"


@pytest.mark.parametrize("link", ["https://docs.google.com/forms/d/1F/edit", "forms.gle/abc", "javascript:alert(1)"])
def test_only_a_public_link_is_prefilled(link: str) -> None:
    with pytest.raises(ValueError, match="public link"):
        prefill_link(link, 17, "K7M2")
