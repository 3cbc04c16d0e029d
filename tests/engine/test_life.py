"""The life of things: made by hand, moved, archived, deleted, copied, merged. Nothing is deleted for that elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model.decisions import CommentCard, CommentTask, CreateTask, WriteFields
from bridge.model.deliveries import Receipt, State
from bridge.model.records import Happening, Ref
from tests.engine.office import OLENA, REMIND, Desk, agency, loaded_rules
from tests.engine.test_binding import CARD, CONTACT, TASK, ids

OTHER = Ref("planfix", "main", "contact", "9")
FURTHER = Ref("planfix", "main", "task", "t2")


def left(desk: Desk) -> Happening:
    return Happening(Ref("trello", "main", "action", "a9"), "card.left", desk.now, CARD, OLENA, {"from": "Клієнти"})


# -- made by hand ----------------------------------------------------------------------------------------------------


def test_a_card_made_by_hand_is_a_deal_and_a_client_of_its_own(desk: Desk) -> None:
    desk.take(desk.card())
    assert (len(ids(desk, "client")), ids(desk, "deal")) == (1, [desk.local(CARD)])
    assert desk.kinds() == ["deal.created", "card.created"]


def test_a_deal_made_by_hand_in_planfix_is_one_of_its_contacts_client(desk: Desk) -> None:
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    assert desk.kinds() == ["client.created", "deal.created"]
    assert [event.data["origin"] for event in desk.events] == ["planfix", "planfix"]


# -- moved, archived, restored ---------------------------------------------------------------------------------------


def test_a_card_that_goes_to_another_board_of_ours_stays_the_same_card(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.card(names=(TASK,), labels=[], board="Виробництво", list="Черга"))
    assert (desk.local(CARD), desk.kinds("card.deleted", "card.restored", "card.created")) == (deal, ["card.created"])
    assert desk.events[-1].data == {"from": "Лід", "to": "Черга"}


def test_a_card_that_leaves_our_boards_was_not_deleted(desk: Desk) -> None:
    desk.client()
    desk.take(desk.card(deleted=True), left(desk))
    assert desk.kinds("card.left", "card.deleted") == ["card.left"]
    assert (desk.events[-1].actor, desk.told()) == (OLENA, ["person:andrii: card gone from Trello, left by Олена"])


def test_a_card_that_comes_back_is_the_same_deals(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.card(deleted=True), left(desk))
    desk.take(desk.card(names=(TASK,), labels=[]))
    assert (desk.local(CARD), desk.store.refs_of(deal)["trello.card"]) == (deal, CARD)
    assert (desk.events[-1].kind, desk.events[-1].data) == ("card.restored", {"from": "elsewhere"})


def test_a_card_is_archived_and_restored(desk: Desk) -> None:
    _client, deal = desk.client()
    for closed in (False, True, False):
        desk.take(desk.card(names=(TASK,), labels=[], closed=closed))
    assert desk.kinds("card.archived", "card.restored", "card.deleted") == ["card.archived", "card.restored"]
    assert desk.local(CARD) == deal
    assert desk.told() == []


# -- renamed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["board", "list", "label", "field", "option"])
def test_whoever_looks_after_the_bridge_hears_once_that_a_name_of_the_rules_was_changed(desk: Desk, kind: str) -> None:
    desk.client()
    told = Happening(
        Ref("trello", "main", kind, "l1@1"),
        f"{kind}.renamed",
        desk.now,
        Ref("trello", "main", kind, "l1"),
        OLENA,
        {"name": "Лід", "now": "Нові", "board": "Клієнти"},
    )
    for _ in range(2):
        desk.take(told)
    assert desk.told() == ["person:andrii: Лід is now Нові by Олена"]


# -- deleted ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "kind", "told"),
    [(CARD, "card", "card gone from Trello"), (TASK, "task", "task gone from Planfix")],
)
def test_staff_hear_once_that_something_was_deleted(desk: Desk, gone: Ref, kind: str, told: str) -> None:
    desk.client()
    record = replace(getattr(desk, kind)(gone.id), deleted=True)
    for _ in range(2):
        desk.take(record)
    assert desk.kinds(f"{kind}.deleted") == [f"{kind}.deleted"]
    assert desk.told() == [f"person:andrii: {told}"]


def deleted(desk: Desk) -> Happening:
    return Happening(Ref("trello", "main", "action", "a8"), "card.deleted", desk.now, CARD, OLENA)


@pytest.mark.parametrize("told_by", ["the page", "a call before", "the page before"])
def test_who_deleted_a_card_is_told_once_however_it_is_heard(desk: Desk, told_by: str) -> None:
    desk.client()
    gone = desk.card(deleted=True)
    pages: dict[str, list[tuple[Any, ...]]] = {
        "the page": [(gone, deleted(desk))],
        "a call before": [(deleted(desk),), (gone,)],
    }
    for page in pages.get(told_by, [(gone,), (deleted(desk),)]):
        desk.wait(seconds=1).take(*(replace(one, read_at=desk.now) if one is gone else one for one in page))
    assert desk.kinds("card.deleted") == ["card.deleted"]
    who = "" if told_by == "the page before" else " by Олена"
    assert desk.told() == [f"person:andrii: card gone from Trello{who}"]


def test_those_who_answer_for_the_client_and_the_deal_hear_that_its_card_is_gone() -> None:
    facts = """
fields:
  client.manager: {type: person, from: planfix.contact.owner}
  deal.manager: {type: person, from: planfix.task.assignee}
"""
    desk = Desk(context=agency(loaded_rules(REMIND + facts)))
    desk.take(desk.contact(owner="olena"), desk.task(names=(CONTACT,), assignee="andrii"))
    desk.take(desk.card(names=(TASK,)))
    desk.take(desk.card(deleted=True))
    assert sorted(desk.told()) == [f"person:{who}: card gone from Trello" for who in ("andrii", "olena")]


@pytest.mark.parametrize(
    ("gone", "decision"),
    [
        (CARD, CommentCard("Ще тут?")),
        (CARD, WriteFields("trello.card", {"site": "b.test"})),
        (TASK, CommentTask("Ще тут?")),
        (TASK, WriteFields("planfix.task", {"site": "b.test"})),
        (CONTACT, WriteFields("planfix.contact", {"phone": "1"})),
    ],
)
def test_nothing_is_written_to_what_was_deleted(desk: Desk, gone: Ref, decision: Any) -> None:
    _client, deal = desk.client()
    desk.take(replace(getattr(desk, gone.kind)(gone.id), deleted=True))
    wanted = desk.want(decision, deal)
    desk.deliver()
    assert (desk.state(wanted), desk.trello.pushed, desk.planfix.pushed) == (State.DEAD, [], [])


def test_what_is_left_of_a_deal_whose_card_was_deleted_is_written_on(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.card(deleted=True))
    desk.want(WriteFields("planfix.task", {"site": "b.test"}), deal)
    desk.deliver()
    assert [delivery.target for delivery in desk.planfix.pushed] == [TASK]


# -- copied ----------------------------------------------------------------------------------------------------------


def test_a_copy_of_a_task_that_the_bridge_made_is_not_taken_for_it(desk: Desk) -> None:
    desk.take(desk.card())
    deal = desk.local(CARD)
    mark = desk.want(CreateTask("Подзвонити", "pm", "andrii"), deal)
    desk.planfix.outcomes.append(Receipt(desk.now, TASK))
    desk.deliver()
    desk.take(desk.task(names=(CONTACT,), mark=mark), desk.task("t2", names=(CONTACT,), mark=mark))
    assert (desk.local(TASK), desk.store.refs_of(deal)["planfix.task"]) == (deal, TASK)
    assert desk.local(FURTHER) not in ("", deal)


# -- merged ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tasks_first", [True, False])
def test_contacts_merged_in_planfix_are_one_client(desk: Desk, tasks_first: bool) -> None:
    desk.take(desk.contact(), desk.contact("9"), desk.task(names=(CONTACT,), contact="contact:7"))
    pages = [desk.task(names=(OTHER,), contact="contact:9"), replace(desk.contact(), deleted=True)]
    for record in pages if tasks_first else reversed(pages):
        desk.take(record)
    assert desk.local(CONTACT) == desk.local(OTHER)
    assert desk.store.refs_of(desk.local(TASK))["planfix.contact"] == OTHER
    assert desk.told() == ([] if tasks_first else ["person:andrii: contact gone from Planfix"])


def test_a_contact_whose_tasks_name_nobody_else_is_only_gone(desk: Desk) -> None:
    desk.take(desk.contact(), desk.contact("9"), desk.task(names=(CONTACT,), contact="contact:7"))
    desk.take(replace(desk.contact(), deleted=True))
    assert desk.local(CONTACT) != desk.local(OTHER)


def test_a_living_contact_is_not_merged_because_a_task_names_another(desk: Desk) -> None:
    desk.take(desk.contact(), desk.contact("9"), desk.task(names=(CONTACT,), contact="contact:7"))
    desk.take(desk.task(names=(OTHER,), contact="contact:9"))
    assert desk.local(CONTACT) != desk.local(OTHER)


def test_deals_that_went_to_two_contacts_are_left_to_people(desk: Desk) -> None:
    tasks = [desk.task(f"t{number}", names=(CONTACT,), contact="contact:7") for number in (1, 2)]
    desk.take(desk.contact(), desk.contact("9"), desk.contact("8"), *tasks)
    for task, to in zip(tasks, ("9", "8"), strict=True):
        named = (Ref("planfix", "main", "contact", to),)
        desk.take(replace(task, names=named, fields={**task.fields, "contact": f"contact:{to}"}))
    desk.take(replace(desk.contact(), deleted=True))
    assert len({desk.local(CONTACT), desk.local(OTHER), desk.local(Ref("planfix", "main", "contact", "8"))}) == 3
