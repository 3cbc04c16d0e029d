"""Answers under a title that is missing: they wait alone, and follow once when their column is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.engine.alarms import AlarmKind, Readings, Watch, alarms
from bridge.engine.faults import Faults
from bridge.engine.snapshots import snapshot_of
from bridge.model.records import Record
from bridge.model.values import NotKnown, Plain
from tests.engine.office import NOON, Desk
from tests.engine.test_alarms import OFFICE

BRIEF = "google_forms.brief"
SITE: dict[str, Plain] = {"client.site": "Сайт"}


def response(desk: Desk, token: str, values: dict[str, Plain], waiting: dict[str, Plain] | None = None) -> Record:
    """The one answer to the brief: what it fills, and what it waits for."""
    record = desk.response(token=token)
    answered: dict[str, Plain] = {"answered_at": "2026-03-02T09:00:00.000000Z", "answers": {"Ваш сайт": "a.test"}}
    more: dict[str, Plain] = {"waiting": waiting} if waiting else {}
    return replace(record, fields={**record.fields, **answered, "values": values, **more})


def told(desk: Desk) -> list[tuple[str, Plain]]:
    return [(one.kind, one.data["values"]) for one in desk.events if one.kind.startswith("form.")]


@pytest.fixture
def token(desk: Desk) -> str:
    _client, deal = desk.client()
    return desk.token(deal, "brief")


def test_what_waited_follows_once_as_the_same_answer_when_its_column_is_found(desk: Desk, token: str) -> None:
    desk.take(response(desk, token, {"client.phone": "1"}, SITE))
    for _time in range(2):
        desk.wait(hours=1).take(response(desk, token, {"client.phone": "1", "client.site": "a.test"}))
    assert told(desk) == [
        ("form.answered", {"client.phone": "1"}),
        ("form.completed", {"client.site": "a.test"}),
    ]
    answer, rest = (one for one in desk.events if one.kind.startswith("form."))
    assert (rest.at, rest.subject) == (answer.at, answer.subject)


def test_what_is_still_missing_waits_on_while_another_column_is_found(desk: Desk, token: str) -> None:
    desk.take(response(desk, token, {}, {**SITE, "client.phone": "Телефон"}))
    desk.wait(hours=1).take(response(desk, token, {"client.phone": "1"}, SITE))
    desk.wait(hours=1).take(response(desk, token, {"client.phone": "1", "client.site": "a.test"}))
    assert told(desk)[1:] == [("form.completed", {"client.phone": "1"}), ("form.completed", {"client.site": "a.test"})]


def test_a_newer_answer_replaces_what_waited(desk: Desk, token: str) -> None:
    desk.take(response(desk, token, {}, SITE))
    newer = response(desk, token, {"client.site": "b.test"})
    desk.wait(hours=1).take(replace(newer, fields={**newer.fields, "revision": 2, "answers": {"Сайт": "b.test"}}))
    assert told(desk)[1:] == [("form.answered", {"client.site": "b.test"})]


@pytest.mark.parametrize("waiting", [SITE, None], ids=["waits", "does not"])
def test_a_fact_that_the_client_has_answered_and_nobody_can_read_is_not_known_rather_than_empty(
    desk: Desk, token: str, waiting: dict[str, Plain] | None
) -> None:
    desk.take(response(desk, token, {}, waiting))
    client = desk.store.clients_to_plan(desk.now)[0]
    subjects = snapshot_of(desk.store.load_client(client), desk.context).subjects
    values = [fact.value for one in subjects.values() if (fact := one.facts.get("client.site"))]
    assert values == ([NotKnown(BRIEF, desk.now)] if waiting else [])


# -- how people hear of it ---------------------------------------------------------------------------------------------


def held(faults: Faults, since_minutes: int) -> list[tuple[AlarmKind, Plain, Plain]]:
    now = NOON + timedelta(minutes=since_minutes)
    readings = Readings(NOON, {"google_forms": frozenset({BRIEF})}, seen=faults.seen())
    found = [one for one in alarms(readings, Watch(), OFFICE, now) if one.kind is AlarmKind.COLUMN_LOST]
    return [(one.kind, one.details["column"], one.details["nearest"]) for one in found]


def test_a_missing_column_is_an_alarm_with_the_title_it_may_have_now_and_ends_when_it_is_found() -> None:
    faults = Faults()
    for minute in (0, 1):
        faults.lacking(BRIEF, {"Сайт": "Ваш сайт"}, NOON + timedelta(minutes=minute))
        assert held(faults, minute) == [(AlarmKind.COLUMN_LOST, "Сайт", "Ваш сайт")][:minute]
    faults.lacking(BRIEF, {}, NOON + timedelta(minutes=2))
    assert held(faults, 2) == []
