"""Several forms of one account: what is wrong with one says nothing about the others."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.records import Page, Ref
from connectors.google_forms import FormSpec
from sandbox.google import Sheet
from sandbox.world import SPREADSHEET_ID
from tests.connectors.google_forms.agency import BRIEF, Agency

SURVEY = replace(BRIEF, id="survey", sheet="Опитування")
LOST = replace(BRIEF, id="lost", spreadsheet="1unknown")
RENAMED = replace(BRIEF, id="renamed", sheet="Відповіді форми 7")
NO_CODE = replace(BRIEF, id="codeless", token_column="Промокод")


def read(page: Page) -> list[str]:
    return [record.ref.id for record in page.records]


def survey(world: Agency) -> Sheet:
    """A second tab with the same answers in the same spreadsheet."""
    sheet = deepcopy(world.sheet)
    sheet.title = SURVEY.sheet
    world.form.book.sheets.append(sheet)
    return sheet


@pytest.mark.parametrize("wrong", [LOST, RENAMED, NO_CODE], ids=lambda form: form.id)
def test_a_form_that_cannot_be_read_leaves_the_others_readable(world: Agency, wrong: FormSpec) -> None:
    world.answer("K7M2")
    page = world.connect(BRIEF, wrong).pull(None)
    assert read(page) == ["brief:K7M2"]
    assert page.seen_up_to.keys() == {"google_forms.brief"}
    assert page.failed.keys() == {wrong.source}


def test_a_form_that_is_suddenly_empty_is_told_by_its_own_name(world: Agency) -> None:
    world.answer("K7M2")
    tab = survey(world)
    connector = world.connect(BRIEF, SURVEY)
    page = connector.pull(None)
    del tab.rows[1:]
    world.answer("A9Z4")
    page = connector.pull(page.cursor)
    assert read(page) == ["brief:A9Z4"]
    assert isinstance(page.failed["google_forms.survey"], SourceEmptied)


def test_a_form_that_is_back_goes_on_from_where_it_was(world: Agency) -> None:
    world.answer("K7M2")
    tab = survey(world)
    connector = world.connect(BRIEF, SURVEY)
    page = connector.pull(None)
    tab.title = "Архів"
    page = connector.pull(page.cursor)
    assert page.failed.keys() == {"google_forms.survey"}
    tab.title = SURVEY.sheet
    page = connector.pull(page.cursor)
    assert (read(page), dict(page.failed)) == ([], {})


def test_when_no_form_can_be_read_the_reading_fails(world: Agency) -> None:
    with pytest.raises(ConnectorError, match="no spreadsheet"):
        world.connect(LOST, replace(LOST, id="also", spreadsheet="2unknown")).pull(None)


def test_a_response_is_read_again_though_another_form_is_lost(world: Agency) -> None:
    world.answer("K7M2")
    connector = world.connect(BRIEF, LOST)
    connector.pull(None)
    refs = [("brief:K7M2", SPREADSHEET_ID), ("lost:A9Z4", LOST.spreadsheet)]
    again = connector.refresh([Ref("google_forms", account, "response", id) for id, account in refs])
    assert read(again) == ["brief:K7M2"]
