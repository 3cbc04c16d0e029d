"""Silence, messages again, another language: what somebody at a client wishes holds at once, and is told once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.inviting import keep
from bridge.engine.snapshots import snapshot_of
from bridge.model.correspondents import Correspondent, Role, roles_with
from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import State
from bridge.model.records import Record, Ref
from tests.engine.office import NIGHT, NOON, Desk, agency, loaded_rules

CHAT, PAYER = Ref("telegram", "bot", "chat", "501"), Ref("telegram", "bot", "chat", "502")
NEWS = SendMessage("client", "", "hello")


def stop(desk: Desk, id: str = "s1", chat: str = "501") -> None:
    desk.take(desk.update("stop", id, chat=chat, text="/stop"))


def keep_payer(desk: Desk, client: str) -> None:
    with desk.store.intake(desk.wait(minutes=1).now) as intake:
        intake.bind(PAYER, client, "test")
        keep(intake, client, Correspondent(PAYER, roles=roles_with(Role.PAYS)), "test")


def settled(desk: Desk) -> list[str]:
    while desk.deliver():
        pass
    sent = [one.decision for one in desk.telegram.pushed if one.target is not None]
    return [one.text for one in sent if isinstance(one, SendMessage)]


def test_silence_is_confirmed_once_and_staff_hear_of_it_once(desk: Desk) -> None:
    desk.client()
    stop(desk)
    stop(desk, "s2")
    assert desk.told() == ["person:olena: silence for 501", "client: stopped"]
    assert settled(desk) == ["stopped"]


def test_staff_hear_who_reads_instead_of_whoever_asks_for_silence(desk: Desk) -> None:
    client, _deal = desk.client()
    keep_payer(desk, client)
    stop(desk)
    assert desk.told()[0] == "person:olena: silence for 501, now 502"


def test_a_client_who_asks_for_help_learns_what_there_is(desk: Desk) -> None:
    desk.client()
    desk.take(desk.update("help", "h1", text="/help"))
    assert desk.told() == ["client: what there is"]


def test_what_waits_when_silence_is_asked_for_does_not_go(desk: Desk) -> None:
    _client, deal = desk.client()
    waiting = desk.want(NEWS, deal)
    stop(desk)
    assert settled(desk) == ["stopped"]
    assert desk.state(waiting) is State.CANCELLED


@pytest.mark.parametrize("blocked", [False, True])
def test_a_letter_does_not_get_around_silence(blocked: bool) -> None:
    usual = agency()
    desk = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))
    _client, deal = desk.client()
    desk.take(desk.contact(email="office@kavarnia.test"))
    stop(desk)
    if blocked:
        desk.take(Record(CHAT, {"state": "blocked"}, desk.wait(minutes=1).now))
    desk.want(NEWS, deal)
    settled(desk)
    assert desk.letters.pushed == []


def test_start_ends_the_silence_and_what_comes_then_goes(desk: Desk) -> None:
    _client, deal = desk.client()
    stop(desk)
    desk.take(desk.update("start", "u1", payload=""))
    settled(desk)
    desk.want(NEWS, deal)
    assert settled(desk) == ["stopped", "resumed", "Вітаємо, Ромашка"]


def test_silence_is_one_persons_and_the_others_still_read(desk: Desk) -> None:
    client, deal = desk.client()
    keep_payer(desk, client)
    stop(desk)
    desk.want(NEWS, deal)
    settled(desk)
    assert [one.target for one in desk.telegram.pushed if one.target is not None] == [CHAT, PAYER]


def test_the_word_of_a_stranger_is_a_message_like_any_other(desk: Desk) -> None:
    stop(desk, chat="777")
    assert (desk.kinds(), desk.told()) == (["message"], [])


CHANNELS = """\
fields:
  client.channel: {type: text, from: telegram.chat.channel}
  client.chat_state: {type: text, from: telegram.chat.state}
"""


@pytest.mark.parametrize(("choices", "channel"), [("chat, email, sms", "sms"), ("chat, email", None)])
def test_a_number_is_a_channel_where_the_fact_may_say_so(choices: str, channel: str | None) -> None:
    fields = f"fields:\n  client.channel: {{type: choice, of: [{choices}], from: telegram.chat.channel}}\n"
    usual = agency(loaded_rules(fields))
    desk = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.SMS: "sms"}))
    desk.take(desk.contact(phone="+380441234567"))
    client = desk.local(desk.contact().ref)
    facts = snapshot_of(desk.store.load_client(client), desk.context).subjects[client].facts
    assert facts["client.channel"].value == channel


def test_gates_and_people_see_that_the_client_asked_for_silence() -> None:
    usual = agency(loaded_rules(CHANNELS))
    desk = Desk(NOON, replace(usual, in_charge={**usual.in_charge, Capability.LETTERS: "email"}))
    client, _deal = desk.client()
    desk.take(desk.contact(email="office@kavarnia.test"))
    stop(desk)
    facts = snapshot_of(desk.store.load_client(client), desk.context).subjects[client].facts
    shown = [facts[f"client.{name}"].value for name in ("chat", "channel", "chat_state")]
    assert (shown, desk.store.correspondents(client)[0].stopped_at) == ([None, None, "stopped"], NOON)


def test_the_answer_to_a_wish_does_not_wait_for_contact_hours() -> None:
    desk = Desk(NIGHT)
    desk.client()
    stop(desk)
    assert settled(desk) == ["stopped"]


def test_a_language_that_somebody_chooses_is_theirs_from_then_on(desk: Desk) -> None:
    _client, deal = desk.client()
    desk.take(desk.update("language", "l1", text="/language"))
    settled(desk)
    question = desk.store.deliveries()[0].id
    desk.take(desk.update("press", "l2", data=f"{question}:language-en"))
    desk.want(NEWS, deal)
    assert settled(desk) == ["which language", "language chosen", "Hello, Ромашка"]


@pytest.mark.parametrize(("code", "kept"), [("en-GB", "en"), ("ru", "ru"), ("pl", "")])
def test_the_language_of_telegram_is_taken_until_somebody_says_another(desk: Desk, code: str, kept: str) -> None:
    desk.take(desk.contact())
    client = desk.local(Ref("planfix", "main", "contact", "7"))
    desk.take(desk.update("start", "u1", payload=desk.token(client, "start"), language=code))
    assert [one.language for one in desk.store.correspondents(client)] == [kept]


def test_whoever_writes_a_password_is_asked_to_delete_it(desk: Desk) -> None:
    desk.client()
    desk.take(desk.update("message", "m1", text="Пароль: •••", content="text", password=True))
    assert desk.told() == ["client: delete it please —"]
