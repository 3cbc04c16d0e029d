"""Custom fields of every type that can be written: what was written is read as the same value again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from connectors.planfix import PlanfixConnector
from connectors.planfix.answers import CustomField as Definition
from connectors.planfix.api import PlanfixReading
from connectors.planfix.directories import entries_of
from sandbox.planfix.model import CustomField, Directory, Entry, Thing
from tests.connectors.planfix.office import FIELDS, Office, delivery, record_of
from tests.secrets import PLANFIX_TOKEN

KIND, CITY = 5, 301


def _with_field(world: Office, type: int) -> tuple[PlanfixConnector, Thing]:
    store = world.planfix.store
    entries = (Entry(1, "Ads"), Entry(2, "SEO"), Entry(3, "Усі", is_group=True), Entry(4, "Старе", archived=True))
    store.custom_fields[CITY] = CustomField(CITY, "Назва", 0, "directory")
    store.directories[KIND] = Directory(KIND, "Види робіт", CITY, {one.key: one for one in entries})
    store.custom_fields[190] = CustomField(190, "Поле", type, "task", directory=KIND if type in (9, 15) else None)
    connector = world.connector(fields={**FIELDS, "planfix.task.own": "Поле"})
    return connector, world.add_task("Сайт")


def _written(world: Office, connector: PlanfixConnector, deal: Thing, value: Plain) -> Plain:
    """What the receipt says that it holds, once the next reading says the same."""
    held = connector.push(delivery(WriteFields("planfix.task", {"own": value}), deal)).details["holds"]
    assert isinstance(held, dict)
    assert record_of(connector.pull(None), deal).fields["own"] == held["own"]
    found: Plain = held["own"]
    return found


VALUES: list[tuple[int, Any]] = [
    (4, "17:55"),
    (6, "01:15-04:40"),
    (9, "SEO"),
    (13, "group:1"),
    (14, ["olena", "group:1"]),
    (15, ["SEO", "Ads"]),
    (16, "1"),
    (17, ["1"]),
    (21, ["1"]),
    (28, "2026-03-05T16:00:00.000000Z/2026-03-05T17:30:00.000000Z"),
]


@pytest.mark.parametrize(("type", "value"), VALUES)
def test_value_is_written_read_as_the_same_and_taken_away(world: Office, type: int, value: Plain) -> None:
    connector, deal = _with_field(world, type)
    world.planfix.add_file("a.pdf", b"%PDF")
    assert _written(world, connector, deal, value) == value
    assert connector.look(delivery(WriteFields("planfix.task", {"own": value}), deal)) is not None
    assert _written(world, connector, deal, None) is None


def test_entries_of_a_directory_are_asked_for_once_and_again_for_a_name_that_was_not_there(world: Office) -> None:
    connector, deal = _with_field(world, 9)
    _written(world, connector, deal, "SEO")
    with world.requests() as asked:
        _written(world, connector, deal, "Ads")
    assert not [one for one in asked if "directory" in one]
    world.planfix.store.directories[KIND].entries[9] = Entry(9, "SMM")
    with world.requests() as asked:
        assert _written(world, connector, deal, "SMM") == "SMM"
    assert [one for one in asked if "directory" in one] == [f"POST /directory/{KIND}/entry/list"]


def test_name_is_the_directorys_own_where_a_field_does_not_say_what_it_shows(world: Office) -> None:
    _with_field(world, 9)
    api = PlanfixReading(world.settings(), world.pace, "5f0c9b1e-52a4-4c33-9d54-7b6d1f7a0e11")
    with world.requests() as asked:
        found = entries_of(api, Definition(id=190, type=9, directoryId=KIND))
    assert found == {"Ads": (1,), "SEO": (2,)}
    assert asked == [f"GET /directory/{KIND}", f"POST /directory/{KIND}/entry/list"]


@pytest.mark.parametrize("name", ["Інше", "Старе", "Усі"])
def test_entry_that_cannot_be_chosen_is_refused_with_those_that_can(world: Office, name: str) -> None:
    connector, deal = _with_field(world, 9)
    with pytest.raises(ConnectorError, match=f'has no entry "{name}"; one of: Ads, SEO') as raised:
        connector.push(delivery(WriteFields("planfix.task", {"own": name}), deal))
    assert raised.value.retry is Retry.PERMANENT


def test_check_knows_the_entries_and_says_what_nobody_can_write(world: Office) -> None:
    connector, _deal = _with_field(world, 9)
    connector.check()
    (there,) = (there for place, there in connector.fields_there() if place == "planfix.task.own")
    assert (there.options, there.why_not) == (("Ads", "SEO"), "")
    world.planfix.store.custom_fields[190].type = 24
    connector.check()
    (there,) = (there for place, there in connector.fields_there() if place == "planfix.task.own")
    assert (there.writes, there.why_not) == (frozenset(), "Planfix calculates it")


def test_token_that_may_not_read_directories_is_told_before_anything_is_written(world: Office) -> None:
    connector, _deal = _with_field(world, 9)
    world.planfix.store.tokens[PLANFIX_TOKEN] = replace(
        world.planfix.store.tokens[PLANFIX_TOKEN],
        scopes=frozenset({"task_readonly", "contact_readonly", "custom_field_readonly"}),
    )
    (finding,) = (one for one in connector.check() if one.code == "missing-scope")
    assert "directory_readonly" in finding.what
    assert "planfix.task.own" in dict(connector.fields_there())
