"""What staff are told who press START, or give a command that is none or names nobody: themselves, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.people import Directory, Person
from rules.plan import Office
from tests.engine.office import GUEST, OLENA, Desk, agency, loaded_rules

GROUP = "-1001"
RULES = "rules: [{id: asked, when: {command: /бриф}, per: deal, then: [{send: hello, to: pm}]}]"


@pytest.fixture
def desk() -> Desk:
    office = Office(Directory({"olena": Person("olena", "Олена", ("manager",), ids={"telegram": "900"})}))
    desk = Desk(context=replace(agency(loaded_rules(RULES)), office=office, staff_chat=GROUP))
    desk.client()
    return desk


def told(desk: Desk, text: str, chat: str = "900") -> list[tuple[str, str]]:
    """Who reads what when Olena writes that."""
    known = len(desk.store.deliveries())
    desk.take(desk.update("message", "u1", chat=chat, actor=OLENA, text=text))
    rows = desk.store.deliveries()[: len(desk.store.deliveries()) - known]
    return [(row.decision.to, row.decision.text) for row in rows if isinstance(row.decision, SendMessage)]


def test_who_of_the_staff_presses_start_reads_what_can_be_asked(desk: Desk) -> None:
    desk.take(desk.update("start", "u1", chat="900", actor=OLENA, payload=""))
    [row] = desk.store.deliveries()[:1]
    assert isinstance(row.decision, SendMessage)
    assert (row.decision.to, "/стан ІМ’Я" in row.decision.text) == ("person:olena", True)
    assert row.decision.text.startswith("Добрий день! Сюди надходитимуть")


def test_a_stranger_who_presses_start_learns_nothing_of_the_commands(desk: Desk) -> None:
    desk.take(desk.update("start", "u1", chat="700", actor=GUEST, payload=""))
    assert desk.told() == ["client: who are you"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/сттан Ромашка", "Команди /сттан немає; може, «/стан»?\nУсе, що можна спитати: /help"),
        ("/settings", "Команди /settings немає.\nУсе, що можна спитати: /help"),
        ("/бриф", "Напишіть: /бриф ІМ’Я"),
        ("/brief", "Напишіть: /brief ІМ’Я"),
        ("/бриф ром терміново", "Напишіть: /бриф Ромашка"),
        ("/бриф Рамашка", "нікого не звати «Рамашка»; може, «Ромашка»?"),
    ],
)
def test_what_cannot_be_done_is_asked_back_from_who_gave_it(desk: Desk, typed: str, answer: str) -> None:
    assert told(desk, typed) == [("person:olena", answer)]


def test_in_the_staff_group_it_is_asked_back_there(desk: Desk) -> None:
    assert [to for to, _ in told(desk, "/сттан", chat=GROUP)] == ["staff-chat"]


def test_of_several_clients_the_names_are_told(desk: Desk) -> None:
    desk.take(desk.contact("8", name="Лотос"), desk.contact("9", name="Лотос Плюс"))
    [(_, answer)] = told(desk, "/бриф лот")
    assert answer == "Так звуть кількох клієнтів: Лотос, Лотос Плюс. Напишіть ім’я повніше."


def test_without_a_deal_that_is_what_is_said(desk: Desk) -> None:
    desk.take(desk.contact("8", name="Лотос"))
    assert told(desk, "/бриф лотос") == [("person:olena", "Лотос: угоди ще немає.")]


def test_a_clients_name_alone_asks_how_the_client_stands(desk: Desk) -> None:
    [(to, answer)] = told(desk, "Ромаш")
    assert (to, answer.split("\n")[0]) == ("person:olena", "<b>Ромашка</b>")


@pytest.mark.parametrize("words", ["Добрий день! Надішлю завтра.", "ром", "Ромашка обіцяла заповнити"])
def test_other_words_get_the_answer_that_no_client_reads_them(desk: Desk, words: str) -> None:
    heard = "Клієнти не читають того, що Ви пишете тут. Усе, що можна спитати: /help"
    assert told(desk, words) == [("person:olena", heard)]


@pytest.mark.parametrize("chat", [GROUP, "501"])
def test_what_colleagues_write_where_others_read_it_is_not_answered(desk: Desk, chat: str) -> None:
    assert told(desk, "Ромашка", chat=chat) == []
