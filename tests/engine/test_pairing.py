"""Whose a card or an answer is that nothing names: by an equal phone or e-mail, where that is a proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.engine.binding import take_apart
from bridge.engine.pairing import Pairing
from bridge.model.decisions import CreateCard
from bridge.model.events import Actor
from bridge.model.records import Record, Ref
from tests.engine.office import GUEST, OLENA, Desk
from tests.engine.test_binding import CARD, CONTACT, COPY, LINK, TASK, assert_one_deal, ids

OTHER = Ref("planfix", "main", "contact", "9")
ANSWER = Ref("google_forms", "main", "response", "1")
PHONE, MAIL = "+380671112233", "a@ex.test"


def card(desk: Desk, id: str = "c1", **more: Any) -> Record:
    keys = {name: more.pop(name, ()) for name in ("phones", "emails")}
    return replace(desk.card(id, **more), **(keys if any(keys.values()) else {"phones": (PHONE,)}))


def contact(desk: Desk, id: str = "7", name: str = "Ромашка", **keys: Any) -> Record:
    return replace(desk.contact(id, name=name), **(keys or {"phones": (PHONE,)}))


def answer(desk: Desk, id: str = "1", **more: Any) -> Record:
    return replace(desk.response(id, token=more.pop("token", ""), Телефон="067 111 22 33"), phones=(PHONE,))


def because(desk: Desk, ref: Ref) -> str:
    client = next(one.client for one in desk.store.subjects() if one.id == desk.local(ref))
    links = desk.store.belongings(client).content["links"]
    return next(str(link["because"]) for link in links if link["remote_id"] == ref.id)


def on_desk(desk: Desk) -> list[tuple[str, str, Any]]:
    return [(item.kind, item.about, item.summary.get("maybe")) for item in desk.store.inbox()]


# -- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "why"), [({"phones": (PHONE,)}, "equal phone"), ({"emails": (MAIL,)}, "equal e-mail")]
)
def test_a_card_made_by_hand_is_the_deal_of_the_one_contact_with_its_phone(
    desk: Desk, keys: dict[str, Any], why: str
) -> None:
    desk.take(contact(desk, **keys), desk.task(names=(CONTACT,)))
    desk.take(card(desk, **keys))
    assert_one_deal(desk)
    assert because(desk, CARD) == why
    assert desk.kinds("deal.created", "card.created") == ["deal.created", "card.created"]


def test_a_contact_that_comes_after_the_card_takes_it_and_its_task_is_the_cards(desk: Desk) -> None:
    desk.take(card(desk))
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    assert_one_deal(desk)
    assert because(desk, CARD) == "equal phone"


def test_a_phone_written_on_the_card_later_says_whose_it_is(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(desk.card())
    desk.take(card(desk))
    assert_one_deal(desk)


def test_a_further_phone_of_the_contact_says_whose_the_card_is(desk: Desk) -> None:
    desk.take(contact(desk, phones=("+380500000000",)), desk.task(names=(CONTACT,)))
    desk.take(card(desk))
    desk.take(contact(desk, phones=("+380500000000", PHONE)))
    assert_one_deal(desk)


def test_a_card_of_a_client_without_a_deal_is_a_deal_of_the_client(desk: Desk) -> None:
    desk.take(contact(desk))
    desk.take(card(desk))
    assert ids(desk, "client") == [desk.local(CONTACT)]
    assert desk.store.subjects()[1].parent == desk.local(CONTACT)


def test_staff_are_told_what_was_joined_and_why(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(card(desk, name="Картка"))
    assert desk.told() == ["person:andrii: Картка is Ромашка by phone"]


def test_nobody_is_told_of_what_a_first_reading_joins(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)), first=True)
    desk.take(card(desk), first=True)
    assert desk.told() == []
    assert_one_deal(desk)


# -- what proves nothing ---------------------------------------------------------------------------------------------


def test_a_phone_of_two_contacts_is_no_proof(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка"))
    desk.take(card(desk, name="Картка"))
    clients = [desk.local(CONTACT), desk.local(OTHER)]
    assert desk.local(CARD) not in ("", *clients)
    assert on_desk(desk) == [("pair", str(CARD), clients)]
    assert desk.told() == ["person:andrii: Картка by phone may be Ромашка, Волошка"]


def test_a_phone_of_one_contact_and_an_e_mail_of_another_contradict_each_other(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка", emails=(MAIL,)))
    desk.take(card(desk, phones=(PHONE,), emails=(MAIL,)))
    assert on_desk(desk) == [("pair", str(CARD), [desk.local(CONTACT), desk.local(OTHER)])]


@pytest.mark.parametrize("contact_first", [True, False])
def test_of_two_cards_with_one_phone_none_is_taken(desk: Desk, contact_first: bool) -> None:
    if contact_first:
        desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(card(desk), card(desk, "c2"))
    if not contact_first:
        desk.take(contact(desk), desk.task(names=(CONTACT,)))
    assert on_desk(desk) == [("pair", str(ref), [desk.local(CONTACT)]) for ref in (CARD, COPY)]


def test_of_two_contacts_with_one_phone_that_come_together_none_takes_the_card(desk: Desk) -> None:
    desk.take(card(desk))
    desk.take(contact(desk), contact(desk, "9", "Волошка"))
    assert on_desk(desk) == [("pair", str(CARD), [desk.local(CONTACT), desk.local(OTHER)])]


def test_a_second_card_of_a_client_is_proposed(desk: Desk) -> None:
    client, deal = desk.client()
    desk.take(contact(desk))
    desk.take(card(desk, "c2"))
    assert desk.local(COPY) not in ("", deal)
    assert on_desk(desk) == [("pair", str(COPY), [client])]


def test_which_of_two_deals_a_card_is_of_is_asked(desk: Desk) -> None:
    desk.take(contact(desk), desk.task("t1", names=(CONTACT,)), desk.task("t2", names=(CONTACT,)))
    desk.take(card(desk))
    assert on_desk(desk) == [("pair", str(CARD), [desk.local(CONTACT)])]


def test_a_number_that_stands_everywhere_names_nobody(desk: Desk) -> None:
    desk.take(contact(desk))
    desk.take(*(card(desk, f"d{number}", phones=("+380440000000",)) for number in range(8)))
    desk.take(contact(desk, "9", "Агенція", phones=("+380440000000",)))
    assert on_desk(desk) == []


def test_a_card_that_names_a_task_is_not_taken_for_its_phone(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка", emails=(MAIL,)), desk.task(names=(OTHER,)))
    desk.take(card(desk, names=(TASK,)))
    assert desk.store.refs_of(desk.local(CARD))["planfix.contact"] == OTHER
    assert on_desk(desk) == []


def test_a_proposal_is_made_once(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка"))
    for name in ("Картка", "Інша назва"):
        desk.take(card(desk, name=name))
    assert (len(on_desk(desk)), len(desk.told())) == (1, 1)


def test_a_proposal_that_was_turned_down_is_not_made_again(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка"))
    desk.take(card(desk))
    with desk.store.intake(desk.now) as intake:
        intake.settle_inbox(str(CARD), "stays apart")
    desk.take(card(desk, name="Інша назва"))
    assert on_desk(desk) == []


def test_two_clients_that_both_talk_are_not_made_one(desk: Desk) -> None:
    desk.take(card(desk))
    desk.take(desk.contact())
    with desk.store.intake(desk.now) as intake:
        intake.bind(Ref("telegram", "bot", "chat", "1"), intake.client_of(intake.local(CARD)), "test")
        intake.bind(Ref("telegram", "bot", "chat", "2"), intake.local(CONTACT), "test")
    desk.take(contact(desk))
    assert on_desk(desk) == [("pair", str(CARD), [desk.local(CONTACT)])]


# -- tasks of a client whose card came first ------------------------------------------------------------------------


def test_a_task_of_a_client_whose_card_is_archived_is_a_new_deal(desk: Desk) -> None:
    desk.take(contact(desk))
    desk.take(card(desk, closed=True))
    desk.take(desk.task(names=(CONTACT,)))
    assert desk.local(TASK) != desk.local(CARD)


def test_a_task_that_names_another_card_is_a_new_deal(desk: Desk) -> None:
    desk.take(contact(desk))
    desk.take(card(desk))
    desk.take(desk.task(names=(CONTACT, LINK)))
    assert desk.local(TASK) != desk.local(CARD)


# -- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_answer_without_a_code_is_that_of_the_one_contact_with_its_phone(desk: Desk, answer_first: bool) -> None:
    things = [(answer(desk),), (contact(desk), desk.task(names=(CONTACT,)))]
    desk.take(desk.task(names=(CONTACT,)))
    for page in things if answer_first else reversed(things):
        desk.take(*page)
    assert (desk.local(ANSWER), because(desk, ANSWER)) == (desk.local(TASK), "equal phone")
    assert on_desk(desk) == []
    assert "form.answered" in desk.woken()


def test_an_answer_with_a_code_that_nobody_gave_out_is_looked_at_by_a_person(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(answer(desk, token="WRONG"))
    assert (desk.local(ANSWER), on_desk(desk)) == ("", [("answer", str(ANSWER), [desk.local(CONTACT)])])


def test_a_second_answer_of_a_client_is_proposed(desk: Desk) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(answer(desk))
    desk.take(answer(desk, "2"))
    assert on_desk(desk) == [("answer", "google_forms:main:response:2", [desk.local(CONTACT)])]


def test_answers_of_two_that_wait_for_a_contact_are_proposed(desk: Desk) -> None:
    desk.take(answer(desk), answer(desk, "2"))
    desk.take(desk.task(names=(CONTACT,)))
    desk.take(contact(desk))
    assert [maybe for _kind, _about, maybe in on_desk(desk)] == [[desk.local(CONTACT)]] * 2


# -- copies, and what people press -------------------------------------------------------------------------------------


def copied(desk: Desk) -> str:
    """A client's card is copied with all that is on it; gives the message that asks about it."""
    desk.client()
    desk.take(desk.card("c2", name="Копія", names=(TASK,)))
    return next(row.id for row in desk.store.deliveries() if row.cause.rule == "system.inbox_pair")


def client_of(desk: Desk, ref: Ref) -> str:
    return next(one.client for one in desk.store.subjects() if one.id == desk.local(ref))


def press(desk: Desk, notice: str, button: str, id: str = "p1", actor: Actor = OLENA) -> None:
    desk.take(desk.update("press", id, chat="77", actor=actor, data=f"{notice}:{button}", query="1"))


def test_of_a_copied_card_people_hear_once_what_it_is_to_us(desk: Desk) -> None:
    copied(desk)
    desk.take(desk.card("c2", name="Копія!", names=(TASK,)))
    client = desk.local(CONTACT)
    assert (desk.told(), on_desk(desk)) == (
        ["person:andrii: Копія by copy may be Ромашка"],
        [("pair", str(COPY), [client])],
    )
    assert desk.local(COPY) not in ("", desk.local(CARD))
    assert because(desk, COPY) == f"a copy of a card of {desk.local(CARD)}"


def test_a_copy_of_a_card_that_the_bridge_made_is_asked_about_as_well(desk: Desk) -> None:
    _client, deal = desk.client()
    mark = desk.want(CreateCard("Картка", "Лід"), deal)
    desk.take(desk.card("c2", name="Копія", mark=mark))
    assert desk.told() == ["person:andrii: Копія by copy may be Ромашка"]


def test_a_person_says_by_a_button_that_a_copy_is_further_work_of_its_client(desk: Desk) -> None:
    press(desk, copied(desk), "pair-bind")
    assert client_of(desk, COPY) == desk.local(CONTACT)
    assert desk.local(COPY) != desk.local(CARD)
    assert (on_desk(desk), because(desk, COPY)) == ([], "bound by Олена")


def test_a_person_says_by_a_button_that_a_copy_stays_apart(desk: Desk) -> None:
    press(desk, copied(desk), "pair-apart")
    assert client_of(desk, COPY) != desk.local(CONTACT)
    assert on_desk(desk) == []


def test_a_second_word_on_a_copy_does_not_count_and_is_told_so(desk: Desk) -> None:
    notice = copied(desk)
    press(desk, notice, "pair-apart")
    press(desk, notice, "pair-bind", "p2")
    assert client_of(desk, COPY) != desk.local(CONTACT)
    assert desk.told()[-1].startswith("person:andrii: settled ")


def test_a_copy_that_is_deleted_again_is_nobodys_question_any_more_and_is_called_by_its_name(desk: Desk) -> None:
    notice = copied(desk)
    desk.wait(minutes=1).take(desk.card("c2", name="Копія", names=(TASK,), deleted=True))
    assert on_desk(desk) == []
    assert desk.told()[-1] == "person:andrii: card gone from Trello of Копія"
    press(desk, notice, "pair-bind")
    assert client_of(desk, COPY) != desk.local(CONTACT)


def test_a_copy_that_comes_back_from_another_board_is_asked_about_again(desk: Desk) -> None:
    copied(desk)
    desk.wait(minutes=1).take(desk.card("c2", name="Копія", names=(TASK,), deleted=True))
    desk.wait(minutes=1).take(desk.card("c2", name="Копія", names=(TASK,)))
    assert on_desk(desk) == [("pair", str(COPY), [desk.local(CONTACT)])]


def test_only_staff_say_whose_a_card_is(desk: Desk) -> None:
    press(desk, copied(desk), "pair-bind", actor=GUEST)
    assert len(on_desk(desk)) == 1


# -- taken apart ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [(), (TASK,)])
def test_a_card_that_was_joined_by_mistake_is_taken_apart_and_stays_so(desk: Desk, names: tuple[Ref, ...]) -> None:
    desk.take(contact(desk), desk.task(names=(CONTACT,)))
    desk.take(card(desk, names=names))
    wrong = desk.local(TASK)
    with desk.store.intake(desk.now) as intake:
        deal = take_apart(intake, CARD, ["brief"], "Олена")
    desk.take(card(desk, name="Інша назва", names=names))
    desk.take(contact(desk, name="Ромашка!"), desk.task(names=(CONTACT,), name="Сайт!"))
    assert (desk.local(CARD), desk.local(TASK)) == (deal, wrong)
    assert client_of(desk, CARD) != desk.local(CONTACT)
    assert (because(desk, CARD), on_desk(desk)) == (
        "taken apart by Олена",
        [("pair", str(CARD), [desk.local(CONTACT)])],
    )


def test_a_card_that_was_taken_apart_is_bound_again_by_a_person(desk: Desk) -> None:
    desk.take(contact(desk), contact(desk, "9", "Волошка", emails=(MAIL,)), desk.task(names=(CONTACT,)))
    desk.take(card(desk))
    with desk.store.intake(desk.now) as intake:
        take_apart(intake, CARD, [], "Олена")
        Pairing(intake).join(CARD, intake.local(OTHER), "bound by hand")
    desk.take(card(desk, name="Інша назва"))
    assert client_of(desk, CARD) == desk.local(OTHER)
    assert on_desk(desk) == []
