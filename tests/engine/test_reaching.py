"""A client whom no chat reaches is written to by e-mail, once, and in the chat again as soon as they are back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.records import Record, Ref
from bridge.testing import FakeConnector
from tests.engine.office import NOON, Desk, agency

CHAT = Ref("telegram", "bot", "chat", "501")
ADDRESS = Ref("email", "main", "address", "office@kavarnia.test")
HELLO = SendMessage("client", "Вітаємо, Ромашка", "hello")
BLOCKED = ConnectorError("telegram", "bot was blocked by the user", retry=Retry.PERMANENT, code="blocked")


@pytest.fixture
def desk() -> Desk:
    usual = agency()
    return Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))


def with_address(desk: Desk) -> str:
    """A deal whose client has an address and a chat. Gives the deal."""
    _client, deal = desk.client()
    desk.take(desk.contact(email=ADDRESS.id))
    return deal


def chat(desk: Desk, state: str) -> None:
    desk.take(Record(CHAT, {"state": state}, desk.now))


def settled(desk: Desk) -> None:
    while desk.deliver():
        pass


def test_a_client_without_a_chat_gets_a_letter(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    delivery = desk.want(HELLO, deal)
    settled(desk)
    assert [(one.target, one.decision) for one in desk.letters.pushed] == [(ADDRESS, HELLO)]
    assert (desk.state(delivery), desk.telegram.pushed) == (State.CONFIRMED, [])
    assert desk.row(delivery).connector == "email"
    assert "delivered" in desk.kinds()


def test_a_client_who_is_in_the_chat_gets_no_letter(desk: Desk) -> None:
    deal = with_address(desk)
    desk.want(HELLO, deal)
    settled(desk)
    assert ([one.target for one in desk.telegram.pushed], desk.letters.pushed) == ([CHAT], [])


def test_who_is_back_in_the_chat_before_the_letter_went_reads_it_there(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    delivery = desk.want(HELLO, deal)
    desk.deliver()
    chat(desk.wait(minutes=1), "open")
    settled(desk)
    assert ([one.id for one in desk.telegram.pushed], desk.letters.pushed) == ([delivery], [])


def test_a_chat_found_shut_at_the_attempt_turns_the_message_into_a_letter_and_is_told(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "open")
    desk.telegram.outcomes.append(BLOCKED)
    desk.want(HELLO, deal)
    settled(desk)
    assert [one.target for one in desk.letters.pushed] == [ADDRESS]
    told = [line for line in desk.told() if "blocked" in line]
    assert told == [f"person:olena: blocked Ромашка, now {ADDRESS.id}"]


def test_the_same_chat_told_shut_by_telegram_afterwards_is_not_told_twice(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "open")
    desk.telegram.outcomes.append(BLOCKED)
    desk.want(HELLO, deal)
    settled(desk)
    desk.take(desk.update("chat.blocked", "9"), Record(CHAT, {"state": "blocked"}, desk.wait(minutes=1).now))
    assert sum("blocked" in line for line in desk.told()) == 1


def test_without_an_address_a_refused_message_is_given_up_and_told(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.telegram.outcomes.append(BLOCKED)
    delivery = desk.want(HELLO, deal)
    settled(desk)
    assert (desk.state(delivery), desk.letters.pushed) == (State.DEAD, [])
    assert any("dead Вітаємо" in line for line in desk.told())


NOBODYS = ConnectorError("email", "550 no such user", retry=Retry.PERMANENT, code="no-mailbox")


def refused(desk: Desk) -> str:
    """A deal whose client's chat is shut, and whose mailbox was just refused."""
    deal = with_address(desk)
    chat(desk, "blocked")
    desk.letters.outcomes.append(NOBODYS)
    desk.want(HELLO, deal)
    settled(desk)
    return deal


def test_a_mailbox_that_is_nobodys_is_written_to_once_and_staff_are_told_whose_it_is(desk: Desk) -> None:
    deal = refused(desk)
    desk.want(replace(HELLO, text="ще раз"), deal, "again")
    settled(desk)
    assert [one.target for one in desk.letters.pushed] == [ADDRESS]
    told = f"person:olena: no mailbox {ADDRESS.id} Вітаємо, Ромашка"
    assert [line for line in desk.told() if "mailbox" in line] == [told]


def test_an_address_corrected_while_the_letter_is_under_way_is_not_taken_for_the_refused_one(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    push = desk.letters.push

    def corrected_meanwhile(delivery: Delivery) -> Receipt:
        desk.letters.push = push  # type: ignore[method-assign]
        desk.take(replace(desk.contact(email="new@kavarnia.test"), read_at=desk.wait(minutes=1).now))
        raise NOBODYS

    desk.letters.push = corrected_meanwhile  # type: ignore[method-assign]
    desk.want(HELLO, deal)
    settled(desk)
    desk.want(HELLO, deal, "again")
    settled(desk)
    assert [one.target.id for one in desk.letters.pushed if one.target] == ["new@kavarnia.test"]


def test_another_address_in_the_contact_is_written_to_at_once(desk: Desk) -> None:
    deal = refused(desk)
    desk.take(replace(desk.contact(email="new@kavarnia.test"), read_at=desk.wait(minutes=1).now))
    desk.want(HELLO, deal, "again")
    settled(desk)
    assert [one.target.id for one in desk.letters.pushed if one.target] == [ADDRESS.id, "new@kavarnia.test"]


def test_a_letter_whose_arrival_nobody_knows_is_not_sent_again(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    desk.letters.outcomes.append(CannotTell("email", "no answer"))
    delivery = desk.want(HELLO, deal)
    settled(desk)
    settled(desk.wait(hours=1))
    assert (desk.state(delivery), len(desk.letters.pushed)) == (State.UNKNOWN, 1)


def test_a_letter_in_doubt_stays_one_though_the_client_is_back_in_the_chat(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    delivery = desk.want(HELLO, deal)
    desk.deliver()
    desk.crash_between_intend_and_settle()
    chat(desk, "open")
    desk.letters.found.append(CannotTell("email", "no answer"))
    settled(desk)
    assert desk.state(delivery) is State.UNKNOWN
    assert [one for one in (*desk.telegram.pushed, *desk.letters.pushed) if one.id == delivery] == []


def test_what_answers_one_chat_goes_nowhere_else(desk: Desk) -> None:
    deal = with_address(desk)
    chat(desk, "blocked")
    desk.want(replace(HELLO, chat="501"), deal)
    settled(desk)
    assert ([one.target for one in desk.telegram.pushed], desk.letters.pushed) == ([CHAT], [])


def test_an_agency_that_writes_no_letters_tells_that_there_is_no_chat(desk: Desk) -> None:
    desk.context = agency()
    deal = with_address(desk)
    chat(desk, "blocked")
    desk.want(HELLO, deal)
    settled(desk)
    assert ([one.target for one in desk.telegram.pushed], desk.letters.pushed) == ([CHAT], [])


def test_an_agency_without_telegram_writes_letters(desk: Desk) -> None:
    desk.context = replace(desk.context, in_charge={Capability.LETTERS: "email"})
    deal = with_address(desk)
    delivery = desk.want(HELLO, deal)
    settled(desk)
    assert ([one.id for one in desk.letters.pushed], desk.state(delivery)) == ([delivery], State.CONFIRMED)


def texting(desk: Desk) -> FakeConnector:
    """The agency sends SMS, too; its greeting may go so."""
    usual = desk.context
    hello = replace(usual.ruleset.texts["hello"], sms=True)
    rules = replace(usual.ruleset, texts={**usual.ruleset.texts, "hello": hello})
    desk.context = replace(usual, ruleset=rules, in_charge={**usual.in_charge, Capability.SMS: "sms"})
    phones = FakeConnector("sms", frozenset({Capability.SMS}), desk.clock, frozenset())
    desk.engine.connectors["sms"] = phones  # type: ignore[index]
    return phones


def test_a_text_that_may_goes_by_sms_where_neither_chat_nor_letter_reaches(desk: Desk) -> None:
    phones = texting(desk)
    _client, deal = desk.client()
    desk.take(desk.contact(phone="+380441234567"))
    chat(desk, "blocked")
    delivery = desk.want(HELLO, deal)
    settled(desk)
    assert [one.target for one in phones.pushed] == [Ref("sms", "main", "phone", "+380441234567")]
    assert (desk.row(delivery).connector, desk.state(delivery), desk.letters.pushed) == ("sms", State.CONFIRMED, [])


def test_a_text_that_does_not_say_so_never_goes_by_sms(desk: Desk) -> None:
    phones = texting(desk)
    _client, deal = desk.client()
    desk.take(desk.contact(phone="+380441234567"))
    chat(desk, "blocked")
    desk.want(SendMessage("client", "Вітаю", "paid"), deal)
    settled(desk)
    assert phones.pushed == []


def test_a_letter_that_nobody_takes_is_followed_by_an_sms(desk: Desk) -> None:
    phones, deal = texting(desk), with_address(desk)
    desk.take(desk.contact(email=ADDRESS.id, phone="+380441234567"))
    chat(desk, "blocked")
    desk.letters.outcomes.append(NOBODYS)
    delivery = desk.want(HELLO, deal)
    settled(desk)
    assert ([one.id for one in phones.pushed], desk.state(delivery)) == ([delivery], State.CONFIRMED)
