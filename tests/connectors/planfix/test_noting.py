"""Time that staff note: a comment, and one entry in it, whatever breaks between the two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import NoteTime
from bridge.model.deliveries import Delivery
from bridge.model.errors import ConnectorError, Retry
from connectors.planfix import PlanfixConnector, TimeTag
from sandbox.planfix.model import CustomField, DataTag, Thing
from tests.connectors.planfix.office import Office, ref_of

HOURS, WHEN, KIND = 401, 402, 403
WHERE = TimeTag("Час", "Години", "Вид", {"talk": "розмова", "work": "робота"}, "Коли")
TALK = NoteTime(40, "talk", "olena", "2026-03-02", "⏱ 0:40, розмова: Олена")


@pytest.fixture
def connector(world: Office) -> PlanfixConnector:
    store = world.planfix.store
    fields = [(HOURS, "Години", 1, ()), (WHEN, "Коли", 3, ()), (KIND, "Вид", 8, ("розмова", "робота"))]
    store.custom_fields |= {id: CustomField(id, name, type, "datatag", of) for id, name, type, of in fields}
    store.data_tags = {7: DataTag(7, "Час", (HOURS, WHEN, KIND))}
    return world.connector(time=WHERE)


@pytest.fixture
def deal(world: Office) -> Thing:
    return world.add_task("Сайт")


def delivery(deal: Thing, note: NoteTime = TALK) -> Delivery:
    return Delivery("time000001", "key", note, "deal-1", ref_of(deal))


def entries(world: Office) -> list[tuple[object, str]]:
    """The hours and the kind of each entry."""
    return [(one.values[HOURS], str(one.values[KIND])) for one in world.planfix.store.tag_entries.values()]


def comments(world: Office) -> int:
    return len(world.planfix.store.comments)


def test_time_stands_in_the_data_tag_under_a_comment_that_says_it(
    world: Office, connector: PlanfixConnector, deal: Thing
) -> None:
    connector.push(delivery(deal))
    assert (entries(world), comments(world)) == ([(0.67, "розмова")], 1)
    [comment] = world.planfix.store.comments.values()
    assert "0:40, розмова: Олена" in comment.text


def test_an_entry_that_was_lost_behind_its_comment_is_added_to_it(
    world: Office, connector: PlanfixConnector, deal: Thing
) -> None:
    connector.push(delivery(deal))
    world.planfix.store.tag_entries.clear()
    tried = replace(delivery(deal), first_tried_at=world.sandbox.clock.now(), attempt=1)
    world.sandbox.clock.advance(timedelta(minutes=5))
    assert connector.look(tried) is None
    connector.push(tried)
    assert (len(entries(world)), comments(world)) == (1, 1)


def test_what_is_there_is_found_and_not_written_again(world: Office, connector: PlanfixConnector, deal: Thing) -> None:
    connector.push(delivery(deal))
    tried = replace(delivery(deal), first_tried_at=world.sandbox.clock.now(), attempt=1)
    world.sandbox.clock.advance(timedelta(minutes=5))
    assert connector.look(tried) is not None
    connector.push(tried)
    assert (len(entries(world)), comments(world)) == (1, 1)


def test_without_a_place_for_it_nothing_is_written(world: Office, connector: PlanfixConnector, deal: Thing) -> None:
    with pytest.raises(ConnectorError) as caught:
        world.connector().push(delivery(deal))
    assert (caught.value.retry, comments(world)) == (Retry.PERMANENT, 0)


def test_a_tag_that_is_not_there_is_told_by_the_check(world: Office, connector: PlanfixConnector) -> None:
    found = world.connector(time=replace(WHERE, spent="Хвилини")).check()
    assert [one.what for one in found if one.code == "unknown-name" and "Хвилини" in str(one.what)]
