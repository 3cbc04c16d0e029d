"""Sheets as people leave them: closed and opened again, thrown away, odd cells, another zone, another language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry
from sandbox.google import Row
from sandbox.world import SPREADSHEET_ID
from tests.connectors.google_forms.agency import Agency, revisions

_LONGEST = "я" * 50_000


def closed(world: Agency) -> Callable[[], None]:
    """The sheet is shared with the bridge no more."""
    readers = world.sandbox.google.books[SPREADSHEET_ID].readers
    before = set(readers)
    readers.clear()
    return lambda: readers.update(before)


def thrown_away(world: Agency) -> Callable[[], None]:
    """The whole spreadsheet is in the bin."""
    books = world.sandbox.google.books
    book = books.pop(SPREADSHEET_ID)
    return lambda: books.update({SPREADSHEET_ID: book})


def without_its_tab(world: Agency) -> Callable[[], None]:
    """The tab with the answers is deleted, and brought back."""
    sheets, sheet = world.form.book.sheets, world.sheet
    sheets.remove(sheet)
    return lambda: sheets.append(sheet)


@pytest.mark.parametrize("lost", [closed, thrown_away, without_its_tab], ids=lambda way: way.__name__)
def test_what_was_answered_while_a_sheet_was_out_of_reach_is_told_once_when_it_is_back(
    world: Agency, lost: Callable[[Agency], Callable[[], None]]
) -> None:
    world.answer("K7M2")
    connector = world.connect()
    page = connector.pull(None)
    world.answer("A9Z4")
    brings_back = lost(world)
    with pytest.raises(ConnectorError) as caught:
        connector.pull(page.cursor)
    assert caught.value.retry is Retry.ASK_ADMIN
    brings_back()
    assert revisions(connector.pull(page.cursor).happenings) == [("brief:A9Z4", 1)]


@pytest.mark.parametrize(
    "text",
    [
        _LONGEST,
        '=HYPERLINK("https://evil.example";"Сайт")',
        "+380441234567",
        "-5",
        "@example",
        "#REF!",
        "перший\nдругий\tтретій",
        "🙂 ‮ 𝔘",
    ],
    ids=lambda text: text[:8].strip(),
)
def test_an_answer_is_kept_as_it_was_written_whatever_it_looks_like(world: Agency, text: str) -> None:
    world.answer("K7M2")
    place = world.sheet.rows[0].cells.index("Сайт")
    cells = world.sheet.rows[-1].cells
    cells.extend([None] * (place + 1 - len(cells)))
    cells[place] = text
    [record] = world.connect().pull(None).records
    assert record.fields["values"] == {"client.website": text, "client.phone": ""}


def test_a_form_whose_owner_speaks_another_language_now_has_no_new_answers(world: Agency) -> None:
    world.answer("K7M2")
    world.answer(site="a.example")
    connector = world.connect()
    page = connector.pull(None)
    world.sheet.rows[0].cells[0] = "Timestamp"
    world.form.book.locale = "en_US"
    again = connector.pull(page.cursor)
    assert (list(again.records), list(again.happenings)) == ([], [])


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_another_zone_makes_no_answer_new_and_new_answers_get_the_time_they_were_sent_at(
    world: Agency, zone: str
) -> None:
    world.answer("K7M2")
    connector = world.connect()
    page = connector.pull(None)
    world.form.book.zone = zone
    world.answer("A9Z4")
    sent_at = world.sandbox.clock.now()
    world.wait(minutes=5)
    again = connector.pull(page.cursor)
    assert [(one.data["response"], one.at) for one in again.happenings] == [("brief:A9Z4", sent_at)]


def test_a_time_that_lies_ahead_is_no_later_than_its_reading(world: Agency) -> None:
    ahead = world.form.book.moment(world.sandbox.clock.now() + timedelta(days=400))
    world.sheet.rows.append(Row([ahead, "K7M2", "Зерно"]))
    [happening] = world.connect().pull(None).happenings
    assert happening.at == world.sandbox.clock.now()
