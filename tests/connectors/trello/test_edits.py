"""Who changed a field of a card, and when, is told beside the card that shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.events import ActorKind
from bridge.model.records import Happening
from bridge.model.values import Plain
from connectors.trello import TrelloConnector
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, record_of

FIELDS = {"site": "Сайт", "service": "Послуга"}


@pytest.fixture
def card(world: Agency) -> Card:
    world.trello.store.lists_custom_field_actions = True
    world.add_field("Сайт")
    world.add_field("Послуга", "list", ("SEO", "SMM"))
    return world.add_card("Пекарня", desc="Печуть хліб")


@pytest.fixture
def connector(world: Agency, card: Card) -> TrelloConnector:
    return world.connector(fields=FIELDS)


def field(world: Agency, name: str) -> Any:
    return next(one for one in world.board.custom_fields.values() if one.name == name)


def edit_of(happenings: Sequence[Happening]) -> tuple[Plain, Plain]:
    (edit,) = (one for one in happenings if one.kind == "field.edited")
    assert (edit.actor.kind, edit.actor.id) == (ActorKind.PERSON, "olena")
    return edit.data["field"], edit.data["value"]


EDITS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("name", {"name": "Жито"}),
    ("description", {"desc": "Печуть і торти\n\n‹міст a1b2c3d4e5›"}),
    ("description", {"desc": ""}),
    ("due", {"due": "2026-04-01T09:00:00.000Z"}),
    ("done", {"dueComplete": True}),
)


@pytest.mark.parametrize(("name", "values"), EDITS, ids=[name for name, _ in EDITS])
def test_an_edit_of_a_card_tells_who_and_what_the_card_shows(
    world: Agency, card: Card, connector: TrelloConnector, name: str, values: dict[str, Any]
) -> None:
    page = connector.pull(None)
    world.edit(card, **values)
    told = connector.pull(page.cursor)
    assert edit_of(told.happenings) == (name, record_of(told, card).fields[name])
    assert told.happenings[0].at == world.sandbox.clock.now()


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("name", ["site", "service"])
def test_an_edit_of_a_custom_field_tells_who_and_what_the_card_shows(
    world: Agency, card: Card, connector: TrelloConnector, name: str, filled: bool
) -> None:
    there = field(world, FIELDS[name])
    bodies: list[dict[str, Any]] = [{"value": {"text": "zhyto.example"}}, {"value": ""}]
    if name == "service":
        bodies = [{"idValue": next(iter(there.options))}, {"idValue": ""}]
    if not filled:
        world.trello.cards.set_field(card, there.id, bodies[0], world.by_olena)
    page = connector.pull(None)
    world.edit(card, pos="top")
    world.trello.cards.set_field(card, there.id, bodies[not filled], world.by_olena)
    told = connector.pull(page.cursor)
    assert edit_of(told.happenings) == (name, record_of(told, card).fields[name])


def test_a_webhook_tells_the_same_edit(world: Agency, card: Card, connector: TrelloConnector) -> None:
    page = connector.pull(None)
    world.edit(card, name="Жито")
    shown = world.trello.views.action(world.board.actions[-1])
    heard = connector.hear(json.dumps({"action": shown}).encode())
    assert heard.happenings == connector.pull(page.cursor).happenings


@pytest.mark.parametrize("item", [None, {}, {"value": "?"}, {"value": {"date": "завтра"}}])
def test_an_edit_that_nobody_understands_stops_no_reading(
    world: Agency, card: Card, connector: TrelloConnector, item: Any
) -> None:
    page = connector.pull(None)
    there = field(world, "Сайт")
    world.trello.cards.set_field(card, there.id, {"value": {"text": "zhyto.example"}}, world.by_olena)
    there.type = "date"
    world.board.actions[-1].data["customFieldItem"] = item
    world.edit(card, name="Жито")
    told = connector.pull(page.cursor).happenings
    assert [one.data["field"] for one in told if one.kind == "field.edited"][-1] == "name"


def test_a_field_that_is_not_ours_is_nobodys_edit(world: Agency, card: Card) -> None:
    connector = world.connector(fields={"site": "Сайт"})
    page = connector.pull(None)
    connector.push(delivery(WriteFields("trello.card", {"site": "zhyto.example"}), card))
    service = field(world, "Послуга")
    world.trello.cards.set_field(card, service.id, {"idValue": next(iter(service.options))}, world.by_olena)
    told = connector.pull(page.cursor).happenings
    assert [one.data["field"] for one in told if one.kind == "field.edited"] == ["site"]
