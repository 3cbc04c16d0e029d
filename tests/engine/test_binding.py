"""Whose is it: what is tied to whom, by what, and what stays with people."""

from __future__ import annotations

import pytest

from bridge.model.decisions import CreateCard, SendMessage
from bridge.model.deliveries import Receipt
from bridge.model.records import Ref
from tests.engine.office import GUEST, OLENA, Desk

CARD = Ref("trello", "main", "card", "c1")
COPY = Ref("trello", "main", "card", "c2")
LINK = Ref("trello", "main", "card_link", "abcd")
TASK = Ref("planfix", "main", "task", "t1")
CONTACT = Ref("planfix", "main", "contact", "7")
CHAT = Ref("telegram", "bot", "chat", "501")
URL = "https://trello.test/c/abcd/1-romashka"

ASKED = SendMessage("client", "Усе гаразд?", buttons=(("yes", "Так"),))


def ids(desk: Desk, kind: str) -> list[str]:
    return [subject.id for subject in desk.store.subjects() if subject.kind == kind]


def assert_one_deal(desk: Desk) -> None:
    """Card, task and contact are one client's one deal."""
    (deal,), (client,) = ids(desk, "deal"), ids(desk, "client")
    assert [desk.local(CARD), desk.local(TASK), desk.local(CONTACT)] == [deal, deal, client]


# -- cards and tasks -------------------------------------------------------------------------------------------------


def test_a_card_made_by_hand_and_a_task_naming_it_are_one_deal(desk: Desk) -> None:
    desk.take(desk.card())
    desk.take(desk.contact(), desk.task(names=(CONTACT, CARD)))
    assert_one_deal(desk)


def test_a_task_and_a_card_naming_it_are_one_deal(desk: Desk) -> None:
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    desk.take(desk.card(names=(TASK,)))
    assert_one_deal(desk)


def test_a_card_naming_a_task_that_is_read_later_is_one_deal_with_it(desk: Desk) -> None:
    desk.take(desk.card(names=(TASK,)))
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    assert_one_deal(desk)


def test_a_task_naming_the_address_of_a_card_that_was_read_is_one_deal_with_it(desk: Desk) -> None:
    desk.take(desk.card(url=URL))
    desk.take(desk.contact(), desk.task(names=(CONTACT, LINK)))
    assert_one_deal(desk)


def test_a_task_naming_the_address_of_a_card_that_is_read_later_is_one_deal_with_it(desk: Desk) -> None:
    desk.take(desk.contact(), desk.task(names=(CONTACT, LINK)))
    desk.take(desk.card(url=URL))
    assert_one_deal(desk)
    assert "trello.card_link" not in desk.store.refs_of(desk.local(TASK))


def test_a_task_that_names_the_card_later_joins_the_two_deals(desk: Desk) -> None:
    desk.take(desk.card(url=URL))
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    assert len(ids(desk, "deal")) == 2
    desk.take(desk.task(names=(CONTACT, LINK)))
    assert_one_deal(desk)


def test_a_card_that_names_the_task_later_joins_the_two_deals(desk: Desk) -> None:
    desk.take(desk.card())
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    desk.take(desk.card(names=(TASK,)))
    assert_one_deal(desk)


@pytest.mark.parametrize("sightings", [1, 2])
def test_a_copied_task_that_names_the_same_card_is_a_deal_of_its_own(desk: Desk, sightings: int) -> None:
    _client, deal = desk.client()
    for sighting in range(sightings):
        desk.take(desk.task("t2", names=(CONTACT, CARD), name=f"Копія {sighting}"))
    assert desk.local(CARD) == desk.local(TASK) == deal
    assert desk.local(Ref("planfix", "main", "task", "t2")) not in ("", deal)


@pytest.mark.parametrize("sightings", [1, 2])
def test_a_copied_card_that_names_the_same_task_is_a_deal_of_its_own(desk: Desk, sightings: int) -> None:
    _client, deal = desk.client()
    for sighting in range(sightings):
        desk.take(desk.card("c2", names=(TASK,), name=f"Копія {sighting}"))
    assert (desk.local(CARD), desk.local(TASK), desk.store.refs_of(deal)["trello.card"]) == (deal, deal, CARD)
    assert desk.local(COPY) not in ("", deal)


def _made_and_copied(desk: Desk) -> str:
    """A deal for which the bridge made a card that somebody has copied, our mark with it."""
    desk.take(desk.task())
    mark = desk.want(CreateCard("Лід", "Ромашка"), deal := desk.local(TASK))
    desk.trello.outcomes.append(Receipt(desk.now, CARD))
    desk.deliver()
    desk.take(desk.card("c2", mark=mark, name="Копія"), desk.card(mark=mark))
    return deal


def test_a_copy_of_a_card_that_the_bridge_made_is_a_card_made_by_hand(desk: Desk) -> None:
    deal = _made_and_copied(desk)
    assert (desk.local(CARD), desk.store.refs_of(deal)["trello.card"]) == (deal, CARD)
    born = {event.id: event.subject for event in desk.events if event.kind == "card.created"}
    assert born[f"{COPY}:card"] == desk.local(COPY) != deal


def test_a_copy_of_a_card_that_was_deleted_takes_its_place(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.card(deleted=True))
    desk.take(desk.card("c2", names=(TASK,)))
    assert desk.local(COPY) == deal


@pytest.mark.parametrize("sightings", [1, 2])
def test_of_two_known_clients_none_is_joined(desk: Desk, sightings: int) -> None:
    desk.take(desk.contact(), desk.card())
    if sightings == 2:
        desk.take(desk.task(names=(CONTACT,)))
    with desk.store.intake(desk.now) as intake:
        intake.bind(Ref("planfix", "main", "contact", "9"), intake.client_of(intake.local(CARD)), "by hand")
    desk.take(desk.task(names=(CONTACT, CARD)))
    assert desk.local(CARD) != desk.local(TASK)


def test_our_own_card_named_by_its_address_before_it_is_read_leaves_nothing_to_wait_for(desk: Desk) -> None:
    desk.take(desk.task())
    deal = desk.local(TASK)
    mark = desk.want(CreateCard("Лід", "Ромашка"), deal)
    desk.trello.outcomes.append(Receipt(desk.now, CARD))
    desk.deliver()
    desk.take(desk.task(names=(LINK,)))
    desk.take(desk.card(url=URL, mark=mark))
    assert (desk.local(CARD), desk.local(LINK)) == (deal, "")


def test_joined_deals_are_planned_on(desk: Desk) -> None:
    desk.take(desk.card())
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    desk.take(desk.card(names=(TASK,)))
    desk.planned()
    assert desk.woken() == []
    assert desk.store.clients_to_plan(desk.now) == []


def test_two_tasks_of_a_contact_are_two_deals_of_one_client(desk: Desk) -> None:
    desk.take(desk.contact(), desk.task("t1", names=(CONTACT,)), desk.task("t2", names=(CONTACT,)))
    assert len(ids(desk, "deal")) == 2
    assert len(ids(desk, "client")) == 1


def test_what_happened_to_a_joined_card_belongs_to_the_deal_that_stays(desk: Desk) -> None:
    desk.take(desk.card())
    desk.take(desk.contact(), desk.task(names=(CONTACT,)))
    desk.take(desk.card(names=(TASK,)))
    assert {event.subject for event in desk.events} == {*ids(desk, "client"), *ids(desk, "deal")}


# -- /start ----------------------------------------------------------------------------------------------------------


def test_a_start_link_binds_the_chat_once(desk: Desk) -> None:
    desk.take(desk.contact())
    client = desk.local(CONTACT)
    start = desk.update("start", "u1", payload=desk.token(client, "start"))
    desk.take(start)
    desk.take(start)
    assert desk.local(CHAT) == client
    assert desk.kinds("bound", "start.again", "start.taken") == ["bound"]


def test_the_same_chat_may_open_its_link_again(desk: Desk) -> None:
    desk.take(desk.contact())
    payload = desk.token(desk.local(CONTACT), "start")
    desk.take(desk.update("start", "u1", payload=payload))
    desk.planned()
    desk.take(desk.update("start", "u2", payload=payload))
    assert desk.kinds("bound", "start.again") == ["bound", "start.again"]
    assert desk.told() == ["client: already bound"]


def test_start_pressed_twice_says_nothing_before_the_greeting(desk: Desk) -> None:
    desk.take(desk.contact())
    payload = desk.token(desk.local(CONTACT), "start")
    desk.take(desk.update("start", "u1", payload=payload), desk.update("start", "u2", payload=payload))
    assert desk.kinds("bound", "start.again") == ["bound", "start.again"]
    assert desk.told() == []


def test_a_used_link_opened_by_another_person_is_for_staff_to_decide(desk: Desk) -> None:
    desk.take(desk.contact())
    client = desk.local(CONTACT)
    payload = desk.token(client, "start")
    desk.take(desk.update("start", "u1", payload=payload))
    desk.take(desk.update("start", "u2", chat="666", payload=payload))
    assert desk.local(Ref("telegram", "bot", "chat", "666")) == ""
    assert desk.local(CHAT) == client
    assert [(item.kind, item.summary["client"]) for item in desk.store.inbox()] == [("start", client)]
    assert desk.told() == ["person:olena: who is Гість of Ромашка", "client: link waits"]


def test_a_link_opened_from_the_chat_of_another_client_moves_nobody(desk: Desk) -> None:
    client, _deal = desk.client()
    desk.take(desk.contact("9", name="Кавуни"))
    other = desk.local(Ref("planfix", "main", "contact", "9"))
    desk.take(desk.update("start", "u1", payload=desk.token(other, "start")))
    assert (desk.local(CHAT), desk.store.inbox()) == (client, [])
    assert desk.told() == ["person:olena: taken by Гість", "client: unknown link"]


def test_a_link_nobody_made_is_answered_and_binds_nothing(desk: Desk) -> None:
    desk.take(desk.contact())
    desk.take(desk.update("start", "u1", payload="NOSUCHCODE"))
    assert desk.local(CHAT) == ""
    assert desk.told() == ["client: unknown link"]


def test_a_respondents_code_is_no_start_link(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.update("start", "u1", chat="666", payload=desk.token(deal, "brief")))
    assert desk.local(Ref("telegram", "bot", "chat", "666")) == ""


def test_a_group_is_bound_by_the_link_and_keeps_it_as_a_supergroup(desk: Desk) -> None:
    desk.take(desk.contact())
    client = desk.local(CONTACT)
    desk.take(desk.update("start", "u1", chat="-44", payload=desk.token(client, "start")))
    desk.wait(minutes=1)
    desk.take(desk.update("chat.migrated", "u2", chat="-44", to="-10044"))
    new = Ref("telegram", "bot", "chat", "-10044")
    assert desk.local(new) == client
    assert desk.store.refs_of(client)["telegram.chat"] == new


# -- presses and commands --------------------------------------------------------------------------------------------


def test_a_client_answers_by_a_button_under_a_message_of_his_own(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(ASKED, deal)
    desk.take(desk.update("press", "u1", data=f"{message}:yes"))
    told = desk.events[-1]
    assert (told.kind, told.subject, told.data) == ("answer", deal, {"button": "yes", "delivery": message})


def test_a_press_from_the_wrong_chat_does_nothing(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(ASKED, deal)
    assert desk.take(desk.update("press", "u1", chat="666", data=f"{message}:yes")) == 0


def test_a_press_under_no_message_of_ours_does_nothing(desk: Desk) -> None:
    desk.client()
    assert desk.take(desk.update("press", "u1", data="0123456789:yes")) == 0
    assert desk.take(desk.update("press", "u2", data="")) == 0


def test_a_client_who_forges_a_press_under_a_staff_message_decides_nothing(desk: Desk) -> None:
    _client, deal = desk.client()
    notice = desk.want(SendMessage("person:olena", "?", buttons=(("again", "Ще раз"),)), deal)
    assert desk.take(desk.update("press", "u1", data=f"{notice}:again")) == 0


def test_staff_in_the_chat_of_a_client_do_not_answer_in_the_clients_place(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(ASKED, deal)
    assert desk.take(desk.update("press", "u1", actor=OLENA, data=f"{message}:yes")) == 0


def test_a_button_that_the_message_does_not_have_does_nothing(desk: Desk) -> None:
    _client, deal = desk.client()
    message = desk.want(ASKED, deal)
    assert desk.take(desk.update("press", "u1", data=f"{message}:approve")) == 0


def test_a_client_chat_can_give_no_staff_command(desk: Desk) -> None:
    desk.client()
    assert desk.take(desk.update("command", "u1", command="brief", text="")) == 0
    desk.take(desk.update("message", "u2", text="/бриф"))
    assert desk.events[-1].kind == "message"


def test_a_command_in_the_staff_chat_names_its_client(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.update("message", "u1", chat="-1", actor=OLENA, text="/правило ромашка"))
    assert [(event.kind, event.subject) for event in desk.events[-1:]] == [("command", deal)]


def test_a_command_that_names_nobody_reaches_no_rule(desk: Desk) -> None:
    desk.client()
    desk.take(desk.update("message", "u1", chat="-1", actor=OLENA, text="/бриф Волошка"))
    assert desk.events[-1].kind == "command.unclear"


def test_a_command_by_telegrams_own_word_reads_like_a_written_one(desk: Desk) -> None:
    desk.client()
    desk.take(desk.update("command", "u1", chat="-1", actor=OLENA, command="brief", text="Ромашка"))
    assert desk.events[-1].data["command"] == "/brief"


def test_a_message_of_a_chat_nobody_knows_waits_for_its_binding(desk: Desk) -> None:
    desk.take(desk.contact())
    client = desk.local(CONTACT)
    desk.planned()
    desk.take(desk.update("message", "u1", actor=GUEST, text="Добрий день"))
    desk.take(desk.update("start", "u2", payload=desk.token(client, "start")))
    assert [event.kind for event in desk.store.load_client(client).events] == ["message", "bound"]
