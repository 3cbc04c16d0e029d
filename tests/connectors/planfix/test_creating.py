"""Contacts and deals that the bridge makes: once, with all that is known, and none of somebody who is there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import CreateContact, CreateDeal
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Ref
from sandbox.planfix.model import Thing
from tests.connectors.planfix.office import DEAL, Office, delivery, record_of, ref_of

PHONE, MAIL = "+380671112233", "a@ex.test"
CARD_URL = "https://trello.com/c/AbCd1234/1-zhyto"
PERSON = CreateContact("Пекарня «Жито»", (PHONE,), (MAIL,))
SITE = CreateDeal("Сайт", CARD_URL)


def contacts(world: Office) -> list[Thing]:
    return list(world.planfix.store.things["contact"].values())


def test_a_contact_is_made_with_its_phone_and_mail_and_is_read_with_its_mark(world: Office) -> None:
    connector = world.connector()
    first = connector.pull(None)
    receipt = connector.push(delivery(PERSON))
    (made,) = (one for one in contacts(world) if one.plain["name"] == "Пекарня «Жито»")
    assert receipt.remote == ref_of(made)
    record = record_of(connector.pull(first.cursor), made)
    assert (record.phones, record.emails, record.mark) == ((PHONE,), (MAIL,), "a1b2c3d4e5")


@pytest.mark.parametrize(
    "known", [{"phones": [{"number": "067 111-22-33", "type": 1}]}, {"email": "A@ex.test"}], ids=["phone", "mail"]
)
def test_somebody_who_was_entered_a_moment_ago_is_not_made_again(world: Office, known: dict[str, object]) -> None:
    there = world.add_contact("Жито", **known)
    count = len(contacts(world))
    receipt = world.connector().push(delivery(PERSON))
    assert (receipt.remote, receipt.already, len(contacts(world))) == (ref_of(there), True, count)


def test_between_two_with_the_same_phone_a_person_decides(world: Office) -> None:
    twins = [world.add_contact(name, phones=[{"number": PHONE, "type": 1}]) for name in ("Жито", "Житня")]
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(PERSON))
    assert raised.value.retry is Retry.PERMANENT
    assert f"contacts {twins[0].id}, {twins[1].id} have the phone" in str(raised.value)


def test_a_client_with_a_contact_by_now_gets_none(world: Office) -> None:
    there = world.add_contact("Жито")
    with world.requests() as asked:
        receipt = world.connector().push(delivery(PERSON, related={"contact": there}))
    assert (receipt.remote, receipt.already, asked) == (ref_of(there), True, [])


def test_a_deal_has_its_template_its_contact_and_the_address_of_its_card(world: Office) -> None:
    client = world.add_contact("Жито")
    connector = world.connector()
    first = connector.pull(None)
    receipt = connector.push(delivery(SITE, related={"contact": client}))
    (made,) = world.tasks_named("Сайт")
    assert (receipt.remote, made.refs["template"]) == (ref_of(made), DEAL)
    record = record_of(connector.pull(first.cursor), made)
    named = {Ref("planfix", "main", "contact", str(client.id)), Ref("trello", "main", "card_link", "AbCd1234")}
    assert (record.ref.kind, set(record.names), record.mark) == ("task", named, "a1b2c3d4e5")


def test_a_deal_without_a_contact_is_not_made(world: Office) -> None:
    with pytest.raises(ConnectorError, match="has no contact in Planfix"):
        world.connector().push(delivery(SITE))
    assert world.tasks_named("Сайт") == []


def test_a_deal_that_is_there_by_now_is_not_made_again(world: Office) -> None:
    there, client = world.add_task("Сайт"), world.add_contact("Жито")
    receipt = world.connector().push(delivery(SITE, related={"task": there, "contact": client}))
    assert (receipt.remote, receipt.already, world.tasks_named("Сайт")) == (ref_of(there), True, [there])


@pytest.mark.parametrize(("wanted", "path"), [(PERSON, "/contact/$"), (SITE, "/task/$")], ids=["contact", "deal"])
@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_after_a_lost_receipt_it_is_found_and_never_made_twice(
    world: Office, wanted: CreateContact | CreateDeal, path: str, fault: str
) -> None:
    related = {"contact": world.add_contact("Жито")} if isinstance(wanted, CreateDeal) else {}
    asked = delivery(wanted, related=related, first_tried_at=world.sandbox.clock.now())
    connector = world.connector()
    world.fails(fault, path=path)
    with pytest.raises(ConnectorError) as raised:
        connector.push(asked)
    world.sandbox.clock.advance(timedelta(minutes=2))
    found = connector.look(asked)
    arrived = fault == "drop_after"
    assert (raised.value.retry, found is not None and found.already) == (Retry.UNKNOWN, arrived)
    made = [one for kind in ("contact", "task") for one in world.planfix.store.things[kind].values()]
    assert sum(one.plain["name"] == wanted.name for one in made) == int(arrived)


@pytest.mark.parametrize(("wanted", "path"), [(PERSON, "/contact/$"), (SITE, "/task/$")], ids=["contact", "deal"])
@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_it_is_looked_for_when_late_lists_can_show_it_and_only_then_made_again(
    world: Office, wanted: CreateContact | CreateDeal, path: str, fault: str
) -> None:
    world.planfix.lists_late_by = timedelta(minutes=1)
    related = {"contact": world.add_contact("Жито")} if isinstance(wanted, CreateDeal) else {}
    asked = delivery(wanted, related=related, first_tried_at=world.sandbox.clock.now())
    connector = world.connector()
    world.sandbox.clock.advance(timedelta(minutes=2))
    world.fails(fault, path=path)
    with pytest.raises(ConnectorError) as raised:
        connector.push(asked)
    world.sandbox.clock.advance(raised.value.wait or timedelta(seconds=5))
    assert (connector.look(asked) or connector.push(asked)).remote is not None
    made = [one for kind in ("contact", "task") for one in world.planfix.store.things[kind].values()]
    assert sum(one.plain["name"] == wanted.name for one in made) == 1
