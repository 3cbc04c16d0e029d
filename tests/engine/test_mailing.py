"""What comes into the mailbox: a client's letter is their word, and a letter that came back did not arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.reasons import NO_REASON
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import Plain
from tests.engine.office import NOON, OLENA, Desk, agency

CHAT = Ref("telegram", "bot", "chat", "501")
ADDRESS = "office@kavarnia.test"
DOUBT = ConnectorError("email", "the line broke", retry=Retry.UNKNOWN)
HELLO = SendMessage("client", "Вітаємо, Ромашка", "hello")


@pytest.fixture
def desk() -> Desk:
    usual = agency()
    desk = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))
    desk.client()
    desk.take(replace(desk.contact(email=ADDRESS), emails=(ADDRESS,)), Record(CHAT, {"state": "blocked"}, desk.now))
    return desk


def deal(desk: Desk) -> str:
    return desk.local(Ref("planfix", "main", "task", "t1"))


def sent(desk: Desk, name: str = "one") -> str:
    """A letter to the client that its server has taken. Gives the delivery."""
    delivery = desk.want(HELLO, deal(desk), name)
    while desk.deliver():
        pass
    return delivery


def letter(desk: Desk, id: str = "1", sender: str = ADDRESS, **data: Any) -> Happening:
    given = {"text": "", "subject": "Re: новини", "content": "letter", "from": sender, "answers": [], **data}
    about, actor = Ref("email", "main", "address", sender), Actor(ActorKind.CLIENT, sender, "Олег")
    return Happening(Ref("email", "main", "letter", id), "letter", desk.now, about, actor, given)


def came_back(desk: Desk, delivery: str, id: str = "b1", to: str = ADDRESS, *, nobodys: bool = True) -> Happening:
    data: dict[str, Plain] = {"delivery": delivery, "address": to, "words": "550 no such user", "nobodys": nobodys}
    about = Ref("email", "main", "address", to)
    return Happening(Ref("email", "main", "letter", id), "letter.returned", desk.now, about, Actor(), data)


def told(desk: Desk, word: str) -> list[str]:
    return [line for line in desk.told() if word in line]


def messages(desk: Desk) -> list[tuple[str, object]]:
    return [(one.subject, one.data["subject"]) for one in desk.events if one.kind == "message"]


def test_a_letter_from_the_address_of_a_contact_is_a_message_of_that_client(desk: Desk) -> None:
    desk.take(letter(desk))
    assert messages(desk) == [(desk.local(CHAT), "Re: новини")]


def test_a_letter_that_answers_ours_is_of_that_deal_whichever_address_it_is_from(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(letter(desk, sender="oleh@home.test", answers=[delivery]))
    assert messages(desk) == [(deal(desk), "Re: новини")]


def test_a_letter_of_nobody_who_is_known_is_not_kept(desk: Desk) -> None:
    before = len(desk.events)
    desk.take(letter(desk, sender="spam@shop.test", answers=["ffffffffff"]))
    assert len(desk.events) == before


def test_a_colleague_who_answers_into_the_same_conversation_is_not_taken_for_the_client(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(letter(desk, sender="olena@agency.test", answers=[delivery], own_domain=True))
    assert messages(desk) == []


def test_of_an_address_that_two_clients_have_nobody_knows_whose_letter_it_is(desk: Desk) -> None:
    desk.take(replace(desk.contact("8", name="Інша", email=ADDRESS), emails=(ADDRESS,)))
    desk.take(letter(desk))
    assert messages(desk) == []


def test_an_address_that_a_client_has_only_written_into_a_form_is_not_taken_for_theirs(desk: Desk) -> None:
    answer = desk.response(token=desk.token(deal(desk), "brief"))
    desk.take(replace(answer, emails=("partner@other.test",)))
    desk.take(letter(desk, sender="partner@other.test"))
    assert messages(desk) == []


def test_a_letter_that_came_back_did_not_arrive_and_its_address_is_written_to_no_more(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery))
    assert (desk.state(delivery), desk.kinds("undelivered")) == (State.DEAD, ["undelivered"])
    sent(desk, "two")
    assert len(desk.letters.pushed) == 1
    assert told(desk, "mailbox") == [f"person:olena: no mailbox {ADDRESS} Вітаємо, Ромашка"]


def test_what_came_back_may_be_sent_again_by_a_press_and_then_counts_as_delivered_anew(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery, nobodys=False))
    notice = next(row for row in desk.store.deliveries() if row.cause.rule == "system.dead_delivery")
    desk.take(desk.update("press", "u1", chat="-1", actor=OLENA, data=f"{notice.id}:retry"))
    while desk.deliver():
        pass
    assert (desk.state(delivery), len(desk.letters.pushed)) == (State.CONFIRMED, 2)
    assert desk.kinds("delivered", "undelivered") == ["delivered", "undelivered", "delivered"]


def test_all_that_went_in_the_letter_that_came_back_did_not_arrive(desk: Desk) -> None:
    news = [desk.want(replace(HELLO, text=f"Новина {n}"), deal(desk), f"k{n}", late=True) for n in range(3)]
    while desk.deliver():
        pass
    desk.take(came_back(desk, news[0], nobodys=False))
    assert (len(desk.letters.pushed), [desk.state(one) for one in news]) == (1, [State.DEAD] * 3)
    assert (len(desk.kinds("undelivered")), len(told(desk, "dead"))) == (3, 3)


def test_an_answer_to_a_doubtful_letter_proves_all_that_went_in_it(desk: Desk) -> None:
    news = [desk.want(replace(HELLO, text=f"Новина {n}"), deal(desk), f"k{n}", late=True) for n in range(3)]
    desk.letters.outcomes.append(DOUBT)
    while desk.deliver():
        pass
    desk.take(letter(desk, answers=[news[0]]))
    assert ([desk.state(one) for one in news], len(desk.kinds("delivered"))) == ([State.CONFIRMED] * 3, 3)


def test_a_letter_that_comes_back_while_its_call_is_still_under_way_stays_undelivered(desk: Desk) -> None:
    push, delivery = desk.letters.push, desk.want(HELLO, deal(desk))

    def slow(delivery: Delivery) -> Receipt:
        desk.take(came_back(desk, delivery.id))
        return push(delivery)

    desk.letters.push = slow  # type: ignore[method-assign]
    while desk.deliver():
        pass
    assert (desk.state(delivery), desk.kinds("delivered", "undelivered")) == (State.DEAD, ["undelivered"])


def test_an_answer_to_a_letter_that_was_said_in_the_chat_since_is_still_the_clients(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery, nobodys=False))
    desk.take(Record(CHAT, {"state": "open"}, desk.wait(minutes=1).now))
    with desk.store.intake(desk.now) as intake:
        intake.decide(delivery, State.WAITING, reason=NO_REASON)
    while desk.deliver():
        pass
    desk.take(letter(desk, sender="oleh@home.test", answers=[delivery]), came_back(desk, delivery, "b2"))
    assert (desk.state(delivery), messages(desk)) == (State.CONFIRMED, [(deal(desk), "Re: новини")])


def test_two_notices_about_one_letter_are_told_once(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery), came_back(desk, delivery, "b2"))
    desk.take(came_back(desk, delivery, "b3"))
    assert (len(told(desk, "mailbox")), desk.kinds("undelivered")) == (1, ["undelivered"])


def test_a_full_mailbox_gives_that_letter_back_and_no_other(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery, nobodys=False))
    assert told(desk, "dead") == ["person:andrii: dead Вітаємо, Ромашка 550 no such user"]
    sent(desk, "two")
    assert len(desk.letters.pushed) == 2


def test_a_letter_passed_on_to_an_address_that_is_gone_leaves_the_clients_own_as_it_is(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(came_back(desk, delivery, to="oleh@home.test"))
    sent(desk, "two")
    assert (desk.state(delivery), len(desk.letters.pushed)) == (State.DEAD, 2)


def test_a_notice_that_names_no_readable_address_shuts_none(desk: Desk) -> None:
    delivery = desk.want(HELLO, deal(desk))
    desk.letters.outcomes.append(DOUBT)
    while desk.deliver():
        pass
    desk.take(came_back(desk, delivery, to=""))
    assert (desk.state(delivery), desk.local(Ref("email", "main", "address", ""))) == (State.DEAD, "")
    sent(desk, "two")
    assert len(desk.letters.pushed) == 2


def test_a_notice_about_what_was_no_letter_or_is_made_up_does_nothing(desk: Desk) -> None:
    desk.take(Record(CHAT, {"state": "open"}, desk.wait(minutes=1).now))
    in_chat = sent(desk)
    before = len(desk.events)
    desk.take(came_back(desk, in_chat), came_back(desk, "ffffffffff", "b2"), came_back(desk, "", "b3"))
    assert (desk.state(in_chat), len(desk.events)) == (State.CONFIRMED, before)


def test_an_answer_to_a_letter_of_which_nobody_knew_proves_that_it_arrived(desk: Desk) -> None:
    delivery = desk.want(HELLO, deal(desk))
    desk.letters.outcomes.append(DOUBT)
    while desk.deliver():
        pass
    assert desk.state(delivery) is State.UNKNOWN
    desk.take(letter(desk, answers=[delivery]))
    assert (desk.state(delivery), desk.kinds("delivered")) == (State.CONFIRMED, ["delivered"])


def test_whoever_asks_for_silence_by_letter_gets_no_letters_until_they_ask_again(desk: Desk) -> None:
    delivery = sent(desk)
    desk.take(letter(desk, wish="stop", answers=[delivery]))
    sent(desk, "two")
    assert (len(desk.letters.pushed), told(desk, "silence")) == (1, ["person:olena: silence for Олег"])
    desk.take(letter(desk, "2", wish="stop"), letter(desk, "3", wish="resume"))
    sent(desk, "three")
    assert (len(desk.letters.pushed), len(told(desk, "silence")), len(told(desk, "again"))) == (2, 1, 1)


def test_who_writes_from_an_address_that_was_refused_is_written_to_again(desk: Desk) -> None:
    desk.take(came_back(desk, sent(desk)))
    desk.take(letter(desk))
    sent(desk, "two")
    assert len(desk.letters.pushed) == 2
