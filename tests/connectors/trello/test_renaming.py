"""What people rename or take away is no change of what cards hold."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model.decisions import LabelCard, MoveCard, WriteFields
from bridge.model.records import Page, Record
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


def renames(page: Page) -> list[tuple[str, str, str, str]]:
    told = [one for one in page.happenings if one.kind.endswith(".renamed")]
    return [(one.kind, str(one.data["name"]), str(one.data["now"]), one.actor.id) for one in told]


def test_a_list_that_rules_name_is_told_as_renamed_once_with_who_did_it_also_over_a_restart(world: Agency) -> None:
    world.add_card("Пекарня")
    named: dict[str, Any] = {"lists": frozenset({"Ліди"})}
    first = world.connector(**named).pull(None)
    call_list(world, "Договір", "Угода")
    call_list(world, "Ліди", "Нові")
    page = world.connector(**named).pull(first.cursor)
    assert renames(page) == [("list.renamed", "Ліди", "Нові", "olena")]
    again = world.connector(**named)
    assert renames(again.pull(page.cursor)) == []
    call_list(world, "Нові", "Ліди")
    assert renames(again.pull(page.cursor)) == [("list.renamed", "Ліди", "Ліди", "olena")]


def test_a_list_that_hands_its_name_on_to_another_one_is_not_told(world: Agency, card: Card) -> None:
    connector = world.connector(lists=frozenset({"Ліди"}))
    first = connector.pull(None)
    call_list(world, "Ліди", "Старі ліди")
    world.trello.boards.create_list(world.board, {"name": "Ліди", "pos": "top"}, world.by_olena)
    assert renames(connector.pull(first.cursor)) == []


def test_a_renamed_label_that_rules_name_stays_that_label_after_a_restart(world: Agency) -> None:
    card = world.add_card("Пекарня", idLabels=[world.label_id("VIP")])
    named: dict[str, Any] = {"labels": frozenset({"VIP"})}
    first = world.connector(**named).pull(None)
    world.trello.boards.update_label(world.board.labels[world.label_id("VIP")], {"name": "Важливі"}, world.by_olena)
    world.edit(card, name="Жито")
    again = world.connector(**named)
    page = again.pull(first.cursor)
    assert record_of(page, card).fields["labels"] == ["VIP"]
    assert renames(page) == [("label.renamed", "VIP", "Важливі", "")]
    for name in ("VIP", "Важливі"):
        assert again.push(delivery(LabelCard(name, present=True), card)).already


def test_a_renamed_option_that_rules_name_stays_that_choice_after_a_restart(world: Agency, card: Card) -> None:
    named: dict[str, Any] = {"fields": FIELDS, "options": frozenset({"SEO"})}
    first = world.connector(**named).pull(None)
    service = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    next(iter(service.options.values())).text = "SEO-просування"
    world.edit(card, name="Жито")
    page = world.connector(**named).pull(first.cursor)
    assert record_of(page, card).fields["service"] == "SEO"
    assert renames(page) == [("option.renamed", "SEO", "SEO-просування", "")]


def test_an_option_that_takes_over_the_name_takes_over_the_choice(world: Agency, card: Card) -> None:
    connector = world.connector(fields=FIELDS)
    connector.pull(None)
    service = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    next(iter(service.options.values())).text = "SEO 2025"
    world.trello.boards.add_option(service, {"value": {"text": "SEO"}, "pos": "bottom"}, world.by_olena)
    assert read(connector, card).fields["service"] == "SEO 2025"


def test_a_list_is_understood_by_its_new_name_as_well(world: Agency, card: Card) -> None:
    connector = world.connector(lists=frozenset({"Ліди"}))
    connector.pull(None)
    call_list(world, "Договір", "Угода")
    call_list(world, "Ліди", "Нові")
    world.drag(card, "Угода")
    connector.push(delivery(MoveCard("Нові"), card))
    assert (world.list_of(card), connector.has_list("Нові")) == ("Нові", True)


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
