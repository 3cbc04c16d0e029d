"""What people rename or take away is no change of what cards hold."""

from __future__ import annotations

import pytest

from bridge.model.decisions import MoveCard, WriteFields
from bridge.model.records import Record
from connectors.trello import TrelloConnector
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, record_of

FIELDS = {"site": "Сайт", "service": "Послуга"}


@pytest.fixture
def card(world: Agency) -> Card:
    world.add_field("Сайт")
    world.add_field("Послуга", "list", ("SEO", "SMM"))
    card = world.add_card("Пекарня")
    values = {"site": "bakery.example", "service": "SEO"}
    world.connector(fields=FIELDS).push(delivery(WriteFields("trello.card", values), card))
    return card


def rename(world: Agency, old: str, new: str) -> None:
    next(one for one in world.board.custom_fields.values() if one.name == old).name = new


def remove(world: Agency, name: str) -> None:
    found = next(one for one in world.board.custom_fields.values() if one.name == name)
    world.trello.boards.delete_field(found, world.by_olena)


def read(connector: TrelloConnector, card: Card) -> Record:
    return record_of(connector.pull(None), card)


def test_a_renamed_field_keeps_its_value_also_after_a_restart(world: Agency, card: Card) -> None:
    first = world.connector(fields=FIELDS).pull(None)
    rename(world, "Сайт", "Адреса сайту")
    world.edit(card, name="Жито")
    record = record_of(world.connector(fields=FIELDS).pull(first.cursor), card)
    assert (record.fields["site"], record.unknown) == ("bakery.example", frozenset())


def test_a_renamed_field_is_written_as_before(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    rename(world, "Сайт", "Адреса сайту")
    connector.push(delivery(WriteFields("trello.card", {"site": "zhyto.example"}), card))
    assert read(connector, card).fields["site"] == "zhyto.example"


def test_a_field_that_takes_over_the_name_takes_over_the_place(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    rename(world, "Сайт", "Старий сайт")
    world.add_field("Сайт")
    assert read(connector, card).fields["site"] is None


def test_a_removed_field_is_unknown_and_not_empty(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    remove(world, "Сайт")
    record = read(connector, card)
    assert "site" not in record.fields
    assert record.unknown == {"site"}


def test_a_renamed_option_is_the_same_choice(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    service = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    next(iter(service.options.values())).text = "SEO-просування"
    assert read(connector, card).fields["service"] == "SEO"
    for name in ("SEO", "SEO-просування"):
        assert connector.push(delivery(WriteFields("trello.card", {"service": name}), card)).already


def test_an_option_made_since_the_names_were_read_is_understood(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    ref = read(connector, card).ref
    service = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    option = world.trello.boards.add_option(service, {"value": {"text": "PPC"}, "pos": "bottom"}, world.by_olena)
    world.trello.cards.set_field(card, service.id, {"idValue": option.id}, world.by_olena)
    assert connector.refresh([ref]).records[0].fields["service"] == "PPC"


def test_an_option_that_nobody_knows_is_not_no_option(world: Agency, card: Card) -> None:
    service = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    world.card(card.id).fields[service.id].option_id = "7" * 24
    record = read(world.connector(fields=FIELDS), card)
    assert "service" not in record.fields
    assert record.unknown == {"service"}


def call_list(world: Agency, old: str, new: str) -> None:
    found = world.trello.store.lists[world.list_id(old)]
    world.trello.boards.update_list(found, {"name": new}, world.by_olena)


def test_a_renamed_list_that_rules_name_keeps_its_name_after_a_restart(world: Agency, card: Card) -> None:
    first = world.connector(lists=frozenset({"Ліди"})).pull(None)
    call_list(world, "Ліди", "Нові")
    world.edit(card, name="Жито")
    again = world.connector(lists=frozenset({"Ліди"}))
    page = again.pull(first.cursor)
    assert record_of(page, card).fields["list"] == "Ліди"
    world.edit(card, name="Колос")
    assert record_of(world.connector(lists=frozenset({"Ліди"})).pull(page.cursor), card).fields["list"] == "Ліди"
    world.drag(card, "Договір")
    again.push(delivery(MoveCard("Ліди"), card))
    assert world.list_of(card) == "Нові"


def test_a_list_is_called_as_it_is_once_rules_do_not_name_it_otherwise(world: Agency, card: Card) -> None:
    first = world.connector(lists=frozenset({"Ліди"})).pull(None)
    call_list(world, "Ліди", "Нові")
    record = record_of(world.connector(lists=frozenset({"Нові"})).pull(first.cursor), card)
    assert record.fields["list"] == "Нові"


def test_a_list_that_takes_over_the_name_takes_over_the_place(world: Agency, card: Card) -> None:
    connector = world.connector()
    first = connector.pull(None)
    call_list(world, "Ліди", "Старі ліди")
    world.trello.boards.create_list(world.board, {"name": "Ліди", "pos": "top"}, world.by_olena)
    assert record_of(connector.pull(first.cursor), card).fields["list"] == "Старі ліди"
    connector.push(delivery(MoveCard("Ліди"), card))
    assert world.card(card.id).list_id == world.list_id("Ліди")
