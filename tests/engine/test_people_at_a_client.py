"""Several people at one client: each reads what is theirs, nobody the same twice, and who leaves silences nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.inviting import keep
from bridge.model.correspondents import Correspondent, Role, roles_with
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.reasons import SILENCE
from bridge.model.records import Record, Ref
from tests.engine.office import Desk

MAIN, PAYER = Ref("telegram", "bot", "chat", "501"), Ref("telegram", "bot", "chat", "502")
NEWS, INVOICE = SendMessage("client", "", "hello"), SendMessage("client", "", "sum")
BLOCKED = ConnectorError("telegram", "bot was blocked by the user", retry=Retry.PERMANENT, code="blocked")


def with_payer(desk: Desk, role: Role = Role.PAYS) -> str:
    """A client with a main person and one who pays. Gives the deal."""
    client, deal = desk.client()
    with desk.store.intake(desk.wait(minutes=1).now) as intake:
        intake.bind(PAYER, client, "test")
        keep(intake, client, Correspondent(PAYER, roles=roles_with(role)), "test")
    return deal


def stopped(desk: Desk, *chats: Ref) -> None:
    with desk.store.intake(desk.now) as intake:
        client = intake.local(MAIN)
        for one in intake.correspondents(client):
            if one.chat in chats:
                keep(intake, client, replace(one, stopped_at=desk.now), "test")


def settled(desk: Desk) -> list[Ref | None]:
    """Where everything went, the bridge's own words to staff apart."""
    while desk.deliver():
        pass
    return [one.target for one in desk.telegram.pushed if isinstance(one.decision, SendMessage) and one.target]


def test_money_goes_to_whoever_pays(desk: Desk) -> None:
    deal = with_payer(desk)
    desk.want(INVOICE, deal)
    assert settled(desk) == [PAYER]


def test_news_is_read_by_everybody_and_happened_once(desk: Desk) -> None:
    deal = with_payer(desk)
    desk.want(NEWS, deal)
    assert settled(desk) == [MAIN, PAYER]
    assert desk.kinds("delivered") == ["delivered"]


def test_news_for_two_counts_as_one_message_of_the_day(desk: Desk) -> None:
    deal = with_payer(desk)
    desk.want(NEWS, deal)
    settled(desk)
    assert desk.store.sent_since(desk.local(MAIN), desk.now) == 1


def test_who_pays_and_has_left_leaves_the_invoice_to_the_main_person(desk: Desk) -> None:
    deal = with_payer(desk)
    desk.telegram.outcomes.append(BLOCKED)
    delivery = desk.want(INVOICE, deal)
    assert settled(desk) == [PAYER, MAIN]
    assert desk.state(delivery) is State.CONFIRMED


def test_a_copy_that_finds_its_reader_gone_silences_nobody_else(desk: Desk) -> None:
    deal = with_payer(desk)
    desk.telegram.outcomes += [Receipt(desk.now), BLOCKED]
    desk.want(NEWS, deal)
    settled(desk)
    desk.want(NEWS, deal, "k2")
    assert settled(desk) == [MAIN, PAYER, MAIN]


def test_whoever_asked_for_silence_is_passed_over(desk: Desk) -> None:
    deal = with_payer(desk)
    stopped(desk, PAYER)
    desk.want(INVOICE, deal)
    assert settled(desk) == [MAIN]


def test_where_all_asked_for_silence_nothing_goes_and_no_letter_either(desk: Desk) -> None:
    deal = with_payer(desk)
    stopped(desk, MAIN, PAYER)
    delivery = desk.want(NEWS, deal)
    assert settled(desk) == []
    assert (desk.state(delivery), desk.row(delivery).reason, desk.letters.pushed) == (State.CANCELLED, SILENCE, [])


def test_a_press_of_whoever_does_not_decide_is_answered_and_does_not_count(desk: Desk) -> None:
    deal = with_payer(desk)
    question = desk.want(SendMessage("client", "?", buttons=(("approve", "Так"),)), deal)
    payer = Actor(ActorKind.CLIENT, "502", "Бухгалтер")
    desk.take(desk.update("press", "u1", chat="502", actor=payer, data=f"{question}:approve"))
    assert (desk.kinds("answer"), desk.told()) == ([], ["client: not deciding"])


@pytest.mark.parametrize("chat", ["501", "502"])
def test_in_a_group_everybody_is_who_they_are_in_their_own_chat(desk: Desk, chat: str) -> None:
    deal = with_payer(desk)
    with desk.store.intake(desk.now) as intake:
        intake.bind(Ref("telegram", "bot", "chat", "-77"), intake.local(MAIN), "test")
    question = desk.want(SendMessage("client", "?", buttons=(("approve", "Так"),)), deal)
    presser = Actor(ActorKind.CLIENT, chat, "Хтось")
    desk.take(desk.update("press", "u1", chat="-77", actor=presser, data=f"{question}:approve"))
    assert desk.kinds("answer") == (["answer"] if chat == "501" else [])


def test_the_fact_of_the_chat_tells_of_those_who_take_messages(desk: Desk) -> None:
    with_payer(desk)
    stopped(desk, PAYER)
    client = desk.local(MAIN)
    assert desk.store.load_client(client).chats == {client: "501"}
    desk.take(Record(MAIN, {"state": "blocked"}, desk.wait(minutes=1).now))
    assert desk.store.load_client(client).chats == {}


def test_a_group_that_moves_keeps_its_roles_and_reads_everything_once(desk: Desk) -> None:
    deal = with_payer(desk)
    new = replace(PAYER, id="-100502")
    desk.take(desk.update("chat.migrated", "m1", chat=PAYER.id, to=new.id))
    desk.want(INVOICE, deal)
    desk.want(NEWS, deal, "k2")
    assert settled(desk) == [new, MAIN, new]


def test_a_move_learnt_from_a_refusal_and_then_from_an_update_is_one_move(desk: Desk) -> None:
    deal = with_payer(desk)
    new = replace(PAYER, id="-100502")
    desk.telegram.outcomes.append(ConnectorError("telegram", "moved", retry=Retry.PASSING, moved_to=new.id))
    desk.want(INVOICE, deal)
    settled(desk)
    desk.take(desk.update("chat.migrated", "m1", chat=PAYER.id, to=new.id))
    desk.want(NEWS, deal, "k2")
    assert settled(desk) == [PAYER, new, MAIN, new]
    assert desk.store.correspondents(desk.local(MAIN))[0].roles == {Role.PAYS, Role.READS}


def test_a_copy_on_its_way_follows_its_group(desk: Desk) -> None:
    deal = with_payer(desk)
    new = replace(PAYER, id="-100502")
    desk.want(NEWS, deal)
    desk.deliver()
    desk.take(desk.update("chat.migrated", "m1", chat=PAYER.id, to=new.id))
    assert settled(desk) == [MAIN, new]


def test_what_comes_late_from_the_old_group_is_still_the_clients(desk: Desk) -> None:
    with_payer(desk)
    desk.take(desk.update("chat.migrated", "m1", chat=PAYER.id, to="-100502"))
    desk.take(desk.update("message", "m2", chat=PAYER.id, text="Дякуємо"))
    assert desk.events[-1].subject == desk.local(MAIN)


def test_a_group_nobody_has_said_anything_of_waits_under_its_new_id(desk: Desk) -> None:
    client, _deal = desk.client()
    payload = desk.token(client, "start")
    desk.take(desk.update("start", "u1", chat="502", payload=payload))
    desk.take(desk.update("start", "u2", chat="-7", payload=payload))
    desk.take(desk.update("chat.migrated", "m1", chat="-7", to="-1007"))
    assert [item.summary["chat"] for item in desk.store.inbox()] == ["-1007"]


def test_staff_hear_once_that_the_bot_is_back(desk: Desk) -> None:
    desk.client()
    for number, state in enumerate(("open", "blocked", "open", "open")):
        desk.take(Record(MAIN, {"state": state, "n": number}, desk.wait(minutes=1).now))
    assert [line for line in desk.told() if "back" in line] == ["person:olena: back Ромашка"]
