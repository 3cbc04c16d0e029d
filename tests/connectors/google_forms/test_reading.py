"""Reading answers from a response sheet, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.events import ActorKind
from bridge.model.records import Ref
from sandbox.google import Row
from sandbox.google.sheets import Moment
from sandbox.world import SPREADSHEET_ID
from tests.connectors.google_forms.agency import BRIEF, Agency, revisions


def test_an_answer_becomes_a_record_with_its_texts_and_mapped_fields(world: Agency) -> None:
    world.answer("k7m2", site="kava.example", phone="0441234567")
    [record] = world.connect().pull(None).records
    assert record.ref == Ref("google_forms", SPREADSHEET_ID, "response", "brief:K7M2")
    assert record.token == "K7M2"
    assert record.fields == {
        "form": "brief",
        "revision": 1,
        "answered_at": "2026-03-02T07:01:00.000000Z",
        "answers": {"Назва компанії": "Кав’ярня", "Сайт": "kava.example", "Телефон": "0441234567"},
        "values": {"client.website": "kava.example", "client.phone": "0441234567"},
        "token": "K7M2",
    }
    assert record.phones == ("+380441234567",)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("044 123-45-67", "+380441234567"), ("380441234567", "+380441234567"), ("007", "007"), ("044 є лише в Олени", "")],
)
def test_a_phone_is_kept_as_planfix_has_it_and_what_is_none_as_it_was_typed(
    world: Agency, typed: str, kept: str
) -> None:
    world.answer("K7M2", phone=typed)
    form = replace(BRIEF, phones=frozenset({"client.phone"}))
    [record] = world.connect(form).pull(None).records
    assert record.fields["values"] == {"client.website": "", "client.phone": kept or typed}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [(Moment(46356.0), "2026-11-30"), ("до свят", "до свят"), (None, "")],
)
def test_a_day_is_read_as_the_day_that_it_is_whatever_order_the_sheet_shows(
    world: Agency, cell: Moment | str | None, kept: str
) -> None:
    world.answer("K7M2")
    world.sheet.rows[-1].cells[world.sheet.rows[0].cells.index("Сайт")] = cell
    form = replace(BRIEF, days=frozenset({"client.website"}))
    [record] = world.connect(form).pull(None).records
    assert record.fields["values"] == {"client.website": kept, "client.phone": ""}


def test_an_answer_is_told_as_an_event_of_its_own_time(world: Agency) -> None:
    world.answer("K7M2")
    world.wait(hours=3)
    [happening] = world.connect().pull(None).happenings
    assert happening.kind == "form.answered"
    assert happening.at == datetime(2026, 3, 2, 7, 1, tzinfo=UTC)
    assert happening.actor.kind is ActorKind.CLIENT
    assert happening.data == {
        "form": "brief",
        "revision": 1,
        "response": "brief:K7M2",
        "answered_at": "2026-03-02T07:01:00.000000Z",
    }


def test_an_answer_read_twice_is_one_event(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect()
    first, again = connector.pull(None), connector.pull(None)
    assert [happening.ref for happening in first.happenings] == [happening.ref for happening in again.happenings]
    assert connector.pull(first.cursor).happenings == []


def test_an_edited_answer_is_the_next_revision(world: Agency) -> None:
    response = world.answer("K7M2", site="old.example")
    connector = world.connect()
    before = connector.pull(None)
    world.edit(response, "K7M2", site="new.example")
    after = connector.pull(before.cursor)
    assert revisions(after.happenings) == [("brief:K7M2", 2)]
    assert after.records[0].fields["values"] == {"client.website": "new.example", "client.phone": ""}
    assert after.records[0].fields["answered_at"] == "2026-03-02T07:02:00.000000Z"


def test_of_two_rows_with_one_code_the_later_one_stands(world: Agency) -> None:
    world.answer("K7M2", site="first.example")
    world.answer("K7M2", site="second.example")
    world.sheet.rows[1:] = reversed(world.sheet.rows[1:])
    page = world.connect().pull(None)
    assert revisions(page.happenings) == [("brief:K7M2", 1), ("brief:K7M2", 2)]
    assert [record.fields["values"]["client.website"] for record in page.records] == ["second.example"]  # type: ignore[index,call-overload]


def test_an_answer_without_a_code_is_kept_for_the_inbox(world: Agency) -> None:
    world.answer(company="Невідомі", phone="+380 44 123-45-67")
    [record] = world.connect().pull(None).records
    assert record.token == ""
    assert record.ref.id.startswith("brief:~")
    assert record.phones == ("+380441234567",)


def test_two_people_without_a_code_are_two_responses_even_in_one_moment(world: Agency) -> None:
    world.form.submit({1_000_000_002: "Одні"}, world.sandbox.clock.now())
    world.form.submit({1_000_000_002: "Інші"}, world.sandbox.clock.now())
    assert len({record.ref for record in world.connect().pull(None).records}) == 2


def test_a_deleted_row_changes_nothing(world: Agency) -> None:
    world.answer("K7M2")
    world.answer("A9Z4")
    connector = world.connect()
    before = connector.pull(None)
    del world.sheet.rows[1]
    after = connector.pull(before.cursor)
    assert (list(after.records), list(after.happenings), after.cursor) == ([], [], before.cursor)


def test_sorting_rows_and_moving_columns_changes_nothing(world: Agency) -> None:
    world.answer("K7M2", site="a.example")
    world.answer("A9Z4", site="b.example")
    connector = world.connect()
    before = connector.pull(None)
    world.sheet.rows[1:] = reversed(world.sheet.rows[1:])
    for row in world.sheet.rows:
        row.cells = [None, *reversed([*row.cells, *[None] * (8 - len(row.cells))])]
    after = connector.pull(before.cursor)
    assert (list(after.records), list(after.happenings)) == ([], [])


def test_a_renamed_question_is_no_new_answer(world: Agency) -> None:
    world.answer("K7M2", site="a.example")
    world.answer("", site="b.example")
    connector = world.connect()
    before = connector.pull(None)
    world.sheet.rows[0].cells[2] = "Як зветься компанія?"
    after = connector.pull(before.cursor)
    assert list(after.happenings) == []
    assert list(connector.pull(after.cursor).happenings) == []


def test_a_changed_mapping_shows_all_answers_again_without_events(world: Agency) -> None:
    world.answer("K7M2")
    before = world.connect().pull(None)
    mapped = replace(BRIEF, answers={"Назва компанії": "client.company"})
    page = world.connect(mapped).pull(before.cursor)
    assert [record.fields["values"] for record in page.records] == [{"client.company": "Кав’ярня"}]
    assert list(page.happenings) == []


def test_notes_typed_below_the_answers_are_no_answers(world: Agency) -> None:
    world.sheet.rows.append(Row([None, None, "Зателефонувати у п’ятницю"]))
    assert list(world.connect().pull(None).records) == []


def test_digits_keep_their_leading_zeros(world: Agency) -> None:
    world.answer("K7M2", phone="007")
    [record] = world.connect().pull(None).records
    assert record.fields["answers"]["Телефон"] == "007"  # type: ignore[index,call-overload]


def test_numbers_are_kept_as_people_see_them(world: Agency) -> None:
    world.answer("K7M2", site="5.10")
    [record] = world.connect().pull(None).records
    assert record.fields["answers"]["Сайт"] == "5,1"  # type: ignore[index,call-overload]


def test_a_quiet_poll_is_one_call(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect()
    page = connector.pull(None)
    before = len(world.reads())
    connector.pull(page.cursor)
    assert world.reads()[before:] == ["values:batchGet"]


@pytest.mark.parametrize(("site", "calls"), [("kava.example", 1), ("0671234567", 2)])
def test_answers_in_words_need_no_second_call_and_figures_are_read_as_people_see_them(
    world: Agency, site: str, calls: int
) -> None:
    connector = world.connect()
    page = connector.pull(None)
    world.answer("K7M2", site=site)
    before = len(world.reads())
    [record] = connector.pull(page.cursor).records
    assert world.reads()[before:] == ["values:batchGet"] * calls
    assert record.fields["values"] == {"client.website": site if calls == 1 else "671234567", "client.phone": ""}


def test_two_forms_of_one_spreadsheet_are_read_in_one_call(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect(BRIEF, replace(BRIEF, id="survey"))
    page = connector.pull(None)
    connector.pull(page.cursor)
    assert world.reads()[-1] == "values:batchGet"
    assert connector.sources == {"google_forms.brief", "google_forms.survey"}
    assert [record.ref.id for record in page.records] == ["brief:K7M2", "survey:K7M2"]


def test_the_zone_is_asked_once_a_day_while_the_sheet_is_read_all_the_time(world: Agency) -> None:
    connector = world.connect()
    page = connector.pull(None)
    for _reading in range(4 * 24 - 1):
        page = connector.pull(page.cursor)
        world.wait(minutes=15)
    assert world.reads().count(SPREADSHEET_ID) == 1
    world.wait(minutes=15)
    connector.pull(page.cursor)
    assert world.reads().count(SPREADSHEET_ID) == 2


def test_the_zone_is_asked_after_an_hour_without_a_reading(world: Agency) -> None:
    connector = world.connect()
    page = connector.pull(None)
    world.wait(hours=1)
    connector.pull(page.cursor)
    assert world.reads().count(SPREADSHEET_ID) == 2


def test_freshness_is_the_time_of_asking_less_the_lag(world: Agency) -> None:
    asked_at = world.sandbox.clock.now()
    page = world.connect(replace(BRIEF, lag=timedelta(seconds=20))).pull(None)
    assert page.seen_up_to == {"google_forms.brief": asked_at - timedelta(seconds=20)}


def test_a_sheet_that_is_suddenly_empty_stops_the_reading(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect()
    page = connector.pull(None)
    del world.sheet.rows[1:]
    with pytest.raises(SourceEmptied, match=r"google_forms\.brief had 1"):
        connector.pull(page.cursor)


def test_a_sheet_that_is_empty_on_purpose_is_read_once_it_was_said(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect()
    page = connector.pull(None)
    del world.sheet.rows[1:]
    connector.accept_empty("google_forms.brief")
    empty = connector.pull(page.cursor)
    assert (list(empty.records), list(connector.pull(empty.cursor).records)) == ([], [])


def test_a_header_without_the_code_column_tells_the_admin_what_to_do(world: Agency) -> None:
    world.sheet.rows[0].cells[1] = "Код кліента"
    with pytest.raises(ConnectorError, match="no column") as caught:
        world.connect().pull(None)
    assert caught.value.retry is Retry.ASK_ADMIN
    assert "give the column its title back" in caught.value.what


def test_a_single_response_is_read_again_under_its_number(world: Agency) -> None:
    world.answer("K7M2", site="a.example")
    world.answer("A9Z4")
    connector = world.connect()
    known = connector.pull(None).records[0]
    page = connector.refresh([known.ref])
    assert (page.cursor, page.seen_up_to) == (None, {})
    assert [record.content_hash for record in page.records] == [known.content_hash]
