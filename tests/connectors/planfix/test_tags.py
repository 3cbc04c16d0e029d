"""What people note on deals in data tags (hours, calls, payments): counted into the record, cheaply and completely."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.records import Cursor, Page
from bridge.model.values import Plain
from connectors.planfix import PlanfixConnector, TagField
from connectors.planfix.answers import TagEntry
from connectors.planfix.tag_fields import taken
from sandbox.planfix.model import CustomField, DataTag, Thing
from sandbox.planfix_world import EMPLOYEES
from tests.connectors.planfix.office import Office, record_of, ref_of
from tests.connectors.planfix.test_mapping import MAPPING
from tests.secrets import PLANFIX_TOKEN

HOURS, WHEN, KIND = 401, 402, 403
TAGS = {
    "planfix.task.hours": TagField("Час", "Години"),
    "planfix.task.talk_hours": TagField("Час", "Години", only={"Вид": "розмова"}),
    "planfix.task.worked_on": TagField("Час", "Коли", "last"),
    "planfix.task.entries": TagField("Час", take="count"),
}
NONE = {"hours": "0", "talk_hours": "0", "worked_on": None, "entries": "0"}


@pytest.fixture
def connector(world: Office) -> PlanfixConnector:
    store = world.planfix.store
    fields = [(HOURS, "Години", 1, ()), (WHEN, "Коли", 3, ()), (KIND, "Вид", 8, ("розмова", "робота"))]
    store.custom_fields |= {id: CustomField(id, name, type, "datatag", of) for id, name, type, of in fields}
    store.data_tags = {7: DataTag(7, "Час", (HOURS, WHEN, KIND)), 8: DataTag(8, "Дзвінок", ())}
    return world.connector(tags=TAGS)


def note(world: Office, deal: Thing, hours: float, day: int = 2, kind: str = "робота") -> None:
    world.sandbox.clock.advance(timedelta(minutes=5))
    values = {HOURS: hours, WHEN: {"date": f"{day:02}-03-2026"}, KIND: kind}
    data = [{"field": {"id": id}, "value": value} for id, value in values.items()]
    world.planfix.data_tags.note(deal, world.planfix.store.data_tags[7], [{"customFieldData": data}], EMPLOYEES[0])


def shown(page: Page, deal: Thing) -> dict[str, Plain]:
    fields = record_of(page, deal).fields
    return {name: fields[name] for name in NONE if name in fields}


def test_entries_of_a_deal_are_summed_counted_and_the_last_one_is_told(
    world: Office, connector: PlanfixConnector
) -> None:
    deal, other = world.add_task("Сайт"), world.add_task("Реклама")
    note(world, deal, 1.5, day=3, kind="розмова")
    note(world, deal, 0.25, day=4)
    with world.requests() as asked:
        page = connector.pull(None)
    assert shown(page, deal) == {"hours": "1.75", "talk_hours": "1.5", "worked_on": "2026-03-04", "entries": "2"}
    assert shown(page, other) == NONE
    assert [one for one in asked if "datatag" in one] == ["POST /datatag/list", "POST /datatag/7/entry/list"]


def test_a_new_entry_costs_the_comments_and_the_entries_of_its_deal(world: Office, connector: PlanfixConnector) -> None:
    deals = [world.add_task(name) for name in ("Сайт", "Реклама")]
    note(world, deals[0], 1)
    first = connector.pull(None)
    note(world, deals[0], 2)
    world.sandbox.clock.advance(timedelta(minutes=1))
    world.edit(deals[1], name="Реклама 2")
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    assert shown(page, deals[0])["hours"] == "3"
    assert sorted(asked) == [
        *("POST /comment/list", "POST /contact/list", "POST /datatag/7/entry/list", "POST /task/list"),
    ]
    untouched = record_of(page, deals[1])
    assert (untouched.unknown, shown(page, deals[1])) == (frozenset(NONE), {})


def test_a_quiet_cycle_costs_two_requests(world: Office, connector: PlanfixConnector) -> None:
    note(world, world.add_task("Сайт"), 1)
    world.sandbox.clock.advance(timedelta(minutes=30))
    first = connector.pull(None)
    with world.requests() as asked:
        connector.pull(first.cursor)
    assert asked == ["POST /task/list", "POST /contact/list"]


def test_a_new_deal_on_which_nothing_was_noted_has_nothing(world: Office, connector: PlanfixConnector) -> None:
    first = connector.pull(None)
    deal = world.add_task("Сайт")
    assert shown(connector.pull(first.cursor), deal) == NONE


def test_an_entry_that_was_taken_away_is_missed_by_the_night_at_the_latest(
    world: Office, connector: PlanfixConnector
) -> None:
    deal = world.add_task("Сайт")
    note(world, deal, 1)
    note(world, deal, 2)
    cursor: Cursor | None = connector.pull(None).cursor
    world.planfix.store.tag_entries.popitem()
    world.sandbox.clock.advance(timedelta(days=1))
    assert shown(connector.pull(cursor), deal)["hours"] == "1"


def test_one_deal_read_anew_asks_for_entries_only_where_it_has_any(world: Office, connector: PlanfixConnector) -> None:
    deal, other = world.add_task("Сайт"), world.add_task("Реклама")
    note(world, deal, 2)
    connector.pull(None)
    with world.requests() as asked:
        page = connector.refresh([ref_of(deal), ref_of(other)])
    assert (shown(page, deal)["hours"], shown(page, other)) == ("2", NONE)
    assert [one for one in asked if "datatag" in one] == ["POST /datatag/7/entry/list"]


@pytest.mark.parametrize(
    ("type", "values", "total"),
    [
        (1, ["1500.50", 0.1, None, "abc"], "1500.6"),
        (6, [{"from": {"time": "09:00"}, "to": {"time": "10:30"}}], "90"),
        (6, [{"from": {"time": "23:30"}, "to": {"time": "00:15"}}, {"from": "?", "to": "?"}], "45"),
        (28, [{"from": {"date": "01-03-2026", "time": "23:00"}, "to": {"date": "02-03-2026", "time": "01:00"}}], "120"),
        (24, [{"id": "3"}], "3"),
    ],
)
def test_numbers_are_added_exactly_and_periods_in_minutes(type: int, values: list[Any], total: str) -> None:
    entries = [
        TagEntry.model_validate({"key": n, "customFieldData": [{"field": {"id": 4, "type": type}, "value": value}]})
        for n, value in enumerate(values)
    ]
    assert taken(TagField("Час", "Поле"), entries, {"Поле": 4}, MAPPING) == total


def test_check_finds_a_tag_or_a_field_that_is_not_there_and_one_that_cannot_be_summed(
    world: Office, connector: PlanfixConnector
) -> None:
    assert {one.code for one in connector.check()} == {"unproved-scope"}
    wrong = {
        "planfix.task.a": TagField("Чес", "Години"),
        "planfix.task.b": TagField("Час", "Годин"),
        "planfix.task.c": TagField("Час", "Коли"),
    }
    found = [one for one in world.connector(tags=wrong).check() if one.code != "unproved-scope"]
    assert sorted(one.code for one in found) == ["unfit-field", "unknown-name", "unknown-name"]
    assert any('no data tag "Чес"; did you mean "Час"' in one.what for one in found)


@pytest.mark.parametrize("lacking", ["datatag_readonly", "comment_readonly"])
def test_a_token_without_the_scopes_of_data_tags_is_told(
    world: Office, connector: PlanfixConnector, lacking: str
) -> None:
    needed = {"task_readonly", "contact_readonly", "comment_readonly", "custom_field_readonly", "datatag_readonly"}
    token = world.planfix.store.tokens[PLANFIX_TOKEN]
    world.planfix.store.tokens[PLANFIX_TOKEN] = replace(token, scopes=frozenset(needed - {lacking}))
    (finding,) = (one for one in connector.check() if one.code == "missing-scope")
    assert lacking in finding.what
