"""Columns that people rename, delete and copy in a response sheet while answers come in, over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor, Page
from connectors.google_forms import FormSpec, GoogleFormsConnector
from tests.connectors.google_forms.agency import BRIEF, Agency, revisions

NO_CODE = replace(BRIEF, token_column="")


def title(world: Agency, now: str, becomes: str) -> None:
    """Somebody gives a column another title."""
    header = world.sheet.rows[0].cells
    header[header.index(now)] = becomes


def said(page: Page) -> list[tuple[object, object]]:
    """What each response fills, and what it waits for."""
    return [(record.fields["values"], record.fields.get("waiting")) for record in page.records]


@pytest.fixture
def connector(world: Agency) -> GoogleFormsConnector:
    return world.connect()


@pytest.fixture
def before(world: Agency, connector: GoogleFormsConnector) -> Cursor | None:
    """One answer was read with all columns; then that of the site was renamed."""
    world.answer("K7M2", site="a.example")
    cursor = connector.pull(None).cursor
    title(world, "Сайт", "Ваш сайт")
    return cursor


def test_what_was_read_before_a_column_was_renamed_waits_for_nothing(
    connector: GoogleFormsConnector, before: Cursor
) -> None:
    page = connector.pull(before)
    assert (said(page), page.failed, page.lacking) == ([], {}, {"google_forms.brief": {"Сайт": "Ваш сайт"}})


def test_an_answer_without_a_column_is_told_and_waits_for_that_column_only(
    world: Agency, connector: GoogleFormsConnector, before: Cursor
) -> None:
    world.answer("A9Z4", site="b.example", phone="0441234567")
    page = connector.pull(before)
    assert revisions(page.happenings) == [("brief:A9Z4", 1)]
    assert said(page) == [({"client.phone": "0441234567"}, {"client.website": "Сайт"})]


@pytest.mark.parametrize("mended", ["the title is back", "the mapping follows"])
def test_when_the_column_is_found_again_what_waited_is_read_once_and_is_no_new_answer(
    world: Agency, connector: GoogleFormsConnector, before: Cursor, mended: str
) -> None:
    world.answer("A9Z4", site="b.example")
    waiting = connector.pull(before)
    if mended == "the title is back":
        title(world, "Ваш сайт", "Сайт")
    else:
        connector = world.connect(replace(BRIEF, answers={"Ваш сайт": "client.website", "Телефон": "client.phone"}))
    found = connector.pull(waiting.cursor)
    [record] = [one for one in found.records if one.token == "A9Z4"]
    assert (record.fields["values"], record.fields.get("waiting"), record.fields["revision"], found.happenings) == (
        {"client.website": "b.example", "client.phone": ""},
        None,
        1,
        [],
    )
    assert said(connector.pull(found.cursor)) == []


def test_a_mapping_that_is_corrected_to_another_wrong_title_goes_on_waiting(
    world: Agency, connector: GoogleFormsConnector, before: Cursor
) -> None:
    world.answer("A9Z4", site="b.example")
    waiting = connector.pull(before)
    wrong = world.connect(replace(BRIEF, answers={"Веб-сайт": "client.website"}))
    page = wrong.pull(waiting.cursor)
    [record] = [one for one in page.records if one.token == "A9Z4"]
    assert record.fields["waiting"] == {"client.website": "Веб-сайт"}


def test_an_answer_that_is_read_again_on_its_own_waits_as_before(
    world: Agency, connector: GoogleFormsConnector, before: Cursor
) -> None:
    world.answer("A9Z4", site="b.example")
    [known] = connector.pull(before).records
    [again] = connector.refresh([known.ref]).records
    assert again.content_hash == known.content_hash


def test_of_two_columns_for_one_field_the_one_that_is_there_is_enough_where_it_is_answered(
    world: Agency,
) -> None:
    both = replace(BRIEF, answers={"Сайт": "client.website", "Ваш сайт": "client.website"})
    world.answer("K7M2", site="a.example")
    world.answer("A9Z4")
    page = world.connect(both).pull(None)
    assert said(page) == [({"client.website": "a.example"}, None), ({}, {"client.website": "Ваш сайт"})]
    assert page.lacking == {"google_forms.brief": {"Ваш сайт": ""}}


def test_a_copied_column_is_no_new_answer_and_its_first_answer_counts(
    world: Agency, connector: GoogleFormsConnector
) -> None:
    world.answer("K7M2", site="a.example")
    cursor = connector.pull(None).cursor
    for row in world.sheet.rows:
        row.cells.insert(2, row.cells[world.sheet.rows[0].cells.index("Сайт")] if row.cells[0] else None)
    page = connector.pull(cursor)
    assert (said(page), list(page.happenings), dict(page.lacking["google_forms.brief"])) == ([], [], {})


@pytest.mark.parametrize("form", [BRIEF, NO_CODE], ids=["by its code", "by its mapping"])
@pytest.mark.parametrize("how", ["cleared", "deleted"])
def test_a_form_whose_first_row_is_gone_waits_whole(world: Agency, form: FormSpec, how: str) -> None:
    world.answer("K7M2", site="a.example")
    connector = world.connect(form)
    cursor = connector.pull(None).cursor
    if how == "cleared":
        world.sheet.rows[0].cells[:] = [None] * 8
    else:
        del world.sheet.rows[0]
    with pytest.raises(ConnectorError) as caught:
        connector.pull(cursor)
    assert (caught.value.retry, caught.value.code) == (Retry.ASK_ADMIN, "no-column")
