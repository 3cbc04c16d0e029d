"""An erased client stays away: what is read of them again makes nothing, until a new deal makes them a client anew."""

from __future__ import annotations

from bridge.model.records import Ref
from tests.engine.office import Desk

CONTACT = Ref("planfix", "main", "contact", "7")


def erased(desk: Desk) -> str:
    client, _deal = desk.client()
    desk.store.erase(client, desk.now, "test")
    return client


def clients(desk: Desk) -> list[str]:
    return [subject.id for subject in desk.store.subjects() if subject.kind == "client"]


def test_the_card_of_an_erased_client_makes_no_new_client(desk: Desk) -> None:
    erased(desk)
    assert desk.take(desk.card(list="Договір"), desk.task(names=(CONTACT,)), desk.contact(name="Ромашка Плюс")) == 0
    assert clients(desk) == []


def test_nothing_of_what_is_read_again_is_kept(desk: Desk) -> None:
    erased(desk)
    desk.take(desk.card(list="Договір"), desk.comment("ще раз", id="a77"), desk.moved("Договір", id="a78"))
    with desk.store.intake(desk.now) as intake:
        assert intake.find_records("trello", "card") == []
    assert [event.id for event in desk.events if not event.id.startswith("erased:")] == []


def test_a_new_deal_of_an_erased_contact_is_a_new_client(desk: Desk) -> None:
    old = erased(desk)
    desk.take(desk.task("t2", names=(CONTACT,)))
    [new] = clients(desk)
    assert new != old
    assert desk.local(CONTACT) == new


def test_an_erased_client_is_not_planned_any_more(desk: Desk) -> None:
    erased(desk)
    desk.wait(days=400)
    assert desk.engine.plan_due() == (0, 0)
    assert desk.deliver() == []


def test_a_message_from_the_chat_of_an_erased_client_is_a_stranger_s(desk: Desk) -> None:
    erased(desk)
    desk.take(desk.update("message", "u9", text="Вітаю"))
    assert desk.events[-1].subject == ""
