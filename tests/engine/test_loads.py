"""How many open deals everybody has, by the fact that names who is responsible."""

from __future__ import annotations

from bridge.model.records import Ref
from tests.engine.office import Desk

CONTACT = Ref("planfix", "main", "contact", "7")


def deals(desk: Desk, *tasks: str, owner: str) -> None:
    """Deals of one client, each with its card."""
    desk.take(desk.contact(owner=owner))
    for task in tasks:
        desk.take(desk.task(task, names=(CONTACT,)))
        desk.take(desk.card(f"c-{task}", names=(Ref("planfix", "main", "task", task),)))


def test_the_deals_of_a_client_are_those_of_who_answers_for_the_client(desk: Desk) -> None:
    deals(desk, "t1", "t2", owner="olena")
    assert desk.store.open_deals("client.manager", "planfix.contact.owner") == {"olena": 2}


def test_a_deal_whose_card_is_archived_or_gone_is_no_work(desk: Desk) -> None:
    deals(desk, "t1", "t2", "t3", owner="olena")
    desk.take(desk.card("c-t1", closed=True), desk.card("c-t2", deleted=True))
    assert desk.store.open_deals("client.manager", "planfix.contact.owner") == {"olena": 1}


def test_a_fact_of_the_bridges_own_counts_too(desk: Desk) -> None:
    _client, deal = desk.client()
    with desk.store.intake(desk.now) as intake:
        intake.set_fact(deal, "deal.keeper", "andrii", "test")
    assert desk.store.open_deals("deal.keeper", "bridge") == {"andrii": 1}
