"""A card made by hand gets its contact and deal in Planfix: each once, and no second one of somebody who is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.engine.creating import go_on
from bridge.model.decisions import CreateContact, CreateDeal
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Record
from tests.engine.office import Desk, agency, loaded_rules
from tests.engine.test_binding import CARD, CONTACT, TASK, URL, assert_one_deal, ids
from tests.engine.test_pairing import MAIL, PHONE, contact

RULE = """\
rules:
  - {id: open, when: {label.added: VIP}, per: deal, then: [{deal.open: "Сайт {{ card.list }}"}]}
"""
RULESET = loaded_rules(RULE)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk(context=agency(RULESET))
    yield desk
    desk.store.close()


def card(desk: Desk, *labels: str) -> Record:
    return replace(desk.card(url=URL, labels=list(labels)), phones=(PHONE,), emails=(MAIL,))


def opened(desk: Desk) -> None:
    """The card has come, a person has put the label on it, and the rule was planned."""
    desk.take(card(desk))
    desk.take(card(desk, "VIP"))
    desk.engine.plan_due()


def delivered(desk: Desk, contact: Receipt | Exception | None = None, deal: Receipt | Exception | None = None) -> None:
    desk.planfix.outcomes.extend([contact or Receipt(desk.now, CONTACT), deal or Receipt(desk.now, TASK)])
    for _ in range(2):
        desk.deliver()


def test_the_contact_is_made_before_the_deal_with_all_that_the_card_says(desk: Desk) -> None:
    opened(desk)
    delivered(desk)
    asked = [one.decision for one in desk.planfix.pushed]
    assert asked == [CreateContact("Сайт Лід", (PHONE,), (MAIL,)), CreateDeal("Сайт Лід", URL)]
    assert desk.planfix.pushed[1].related["planfix.contact"] == CONTACT


def test_what_was_made_is_the_cards_own_when_it_is_read(desk: Desk) -> None:
    opened(desk)
    delivered(desk)
    marks = {one.target or one.decision.kind: one.id for one in desk.planfix.pushed}
    desk.take(
        contact(desk, phones=(PHONE,)),
        desk.task(names=(CONTACT, CARD), mark=marks["create_deal"]),
    )
    assert_one_deal(desk)
    assert desk.kinds("deal.created", "client.created") == ["deal.created"]


def test_a_contact_that_was_found_is_the_client_that_it_was(desk: Desk) -> None:
    opened(desk)
    desk.take(desk.contact())
    delivered(desk, contact=Receipt(desk.now, CONTACT, already=True))
    assert ids(desk, "client") == [desk.local(CONTACT)]
    assert desk.store.refs_of(desk.local(CARD))["planfix.contact"] == CONTACT


def test_a_client_with_a_contact_gets_a_deal_alone(desk: Desk) -> None:
    desk.take(contact(desk))
    opened(desk)
    assert [row.decision.kind for row in desk.store.deliveries()] == ["create_deal", "send_message"]


def test_a_deal_that_is_there_is_not_made(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    opened(desk)
    assert [row.decision.kind for row in desk.store.deliveries()] == ["send_message"]


def test_while_two_contacts_have_the_phone_both_are_held_until_a_person_says_whose_it_is(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка"))
    opened(desk)
    made = [row for row in desk.store.deliveries() if row.connector == "planfix"]
    assert [row.state for row in made] == [State.HELD, State.HELD]
    with desk.store.intake(desk.now) as intake:
        go_on(intake, made[0].client)
    assert [desk.state(row.id) for row in made] == [State.WAITING, State.WAITING]


def test_a_deal_waits_for_its_contact(desk: Desk) -> None:
    opened(desk)
    desk.planfix.outcomes.append(ConnectorError("planfix", "busy", retry=Retry.PASSING))
    desk.deliver()
    desk.deliver()
    assert [one.decision.kind for one in desk.planfix.pushed] == ["create_contact"]


def test_after_an_outcome_nobody_knows_it_is_looked_for_first(desk: Desk) -> None:
    opened(desk)
    desk.planfix.outcomes.append(ConnectorError("planfix", "timeout", retry=Retry.UNKNOWN))
    desk.deliver()
    desk.planfix.found.append(Receipt(desk.now, CONTACT, already=True))
    desk.wait(minutes=1).deliver()
    assert [one.decision.kind for one in desk.planfix.looked] == ["create_contact"]
    assert desk.store.refs_of(desk.local(CARD))["planfix.contact"] == CONTACT
