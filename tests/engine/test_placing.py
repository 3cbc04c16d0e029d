"""Staff say in Telegram whose something in the inbox is: by one press, or by a command."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import Pool

from bridge.model.events import Actor, ActorKind
from bridge.model.people import Directory, Person
from bridge.model.records import Ref
from bridge.store.rows import Row
from rules.plan import Office
from tests.engine.office import Desk, agency
from tests.engine.test_staff_desk import answers, asked, message, pressed

MARIA = Actor(ActorKind.PERSON, "maria", "Марія")
ROMAN = Actor(ActorKind.PERSON, "roman", "Роман")


@pytest.fixture
def desk() -> Desk:
    people = {
        "olena": Person("olena", "Олена", ("pm",)),
        "maria": Person("maria", "Марія", ("head",), language="en"),
        "roman": Person("roman", "Роман", ("specialist",)),
    }
    desk = Desk(context=replace(agency(), office=Office(Directory(people))))
    desk.client()
    desk.take(desk.response(Назва="Ромашко"))
    return desk


def unmatched(desk: Desk, by: str = "") -> Row:
    """The newest message about the answer that says no client."""
    rows = [row for row in desk.store.deliveries() if row.key.startswith("system.inbox_unmatched")]
    return next(row for row in rows if row.key.endswith(by))


def whose(desk: Desk) -> str:
    return desk.local(desk.response().ref)


def test_the_message_about_an_answer_of_nobody_suggests_who_is_called_alike(desk: Desk) -> None:
    assert dict(message(unmatched(desk)).buttons) == {"desk-pick-0": "Ромашка"}
    assert whose(desk) == ""


def test_what_clients_are_called_is_read_once_for_a_page_of_answers(desk: Desk) -> None:
    asked: list[str] = []
    sa.event.listen(Pool, "checkout", watch := lambda connection, *_given: connection.set_trace_callback(asked.append))
    desk.take(*(desk.response(str(number), Назва="Ромашко") for number in range(2, 6)))
    sa.event.remove(Pool, "checkout", watch)
    assert len([one for one in asked if "records.fields" in one and "alias_of" in one]) == 1
    assert len([row for row in desk.store.deliveries() if row.key.startswith("system.inbox_unmatched")]) == 5


def test_one_press_binds_it_and_what_it_brought_is_planned(desk: Desk) -> None:
    desk.take(pressed(desk, unmatched(desk), "desk-pick-0"))
    assert (whose(desk), message(answers(desk)[0]).text) == ("deal-2", "№ 1 тепер належить клієнту Ромашка.")
    assert [event.subject for event in desk.events if event.kind == "form.answered"] == ["deal-2"]
    assert desk.store.inbox() == []


def test_the_second_who_presses_is_told_who_was_first(desk: Desk) -> None:
    desk.take(pressed(desk, unmatched(desk), "desk-pick-0"))
    desk.take(pressed(desk, unmatched(desk), "desk-pick-0", actor=MARIA, id="p2"))
    assert message(answers(desk)[-1]).text == "It is settled already, by Олена."


def test_the_inbox_shows_each_with_its_buttons(desk: Desk) -> None:
    desk.take(asked(desk, "/inbox"))
    shown = message(unmatched(desk, by="u1:person:olena"))
    assert dict(shown.buttons) == {"desk-pick-0": "Ромашка"}


def test_a_number_and_a_name_bind_too(desk: Desk) -> None:
    desk.take(asked(desk, "/закріпити №1 ромаш"))
    assert whose(desk) == "deal-2"


def test_who_may_not_bind_is_told_who_may(desk: Desk) -> None:
    desk.take(asked(desk, "/bind 1 Ромашка", actor=ROMAN), pressed(desk, unmatched(desk), "desk-pick-0", actor=ROMAN))
    told = [message(one).text.partition(":")[0] for one in answers(desk)]
    assert told == ["Команду /bind можуть давати", "Команду /закріпити можуть давати"]
    assert whose(desk) == ""


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/bind 7 Ромашка", "У вхідних немає номера 7"),
        ("/bind 1", "Напишіть: /bind НОМЕР"),
        ("/bind Ромашка", "Напишіть: /bind НОМЕР"),
        ("/bind 1 Нікого", "Нікого"),
    ],
)
def test_what_is_not_clear_binds_nothing_and_says_what_to_write(desk: Desk, said: str, answer: str) -> None:
    desk.take(asked(desk, said))
    assert answer in message(answers(desk)[0]).text
    assert whose(desk) == ""


def test_of_several_deals_a_press_says_which(desk: Desk) -> None:
    contact, landing = Ref("planfix", "main", "contact", "7"), Ref("planfix", "main", "task", "t2")
    desk.take(desk.task("t2", name="Лендінг", names=(contact,)))
    desk.take(asked(desk, "/bind 1 Ромашка"))
    titles = {title: button for button, title in message(answers(desk)[0]).buttons}
    desk.take(pressed(desk, answers(desk)[0], titles["Лендінг"]))
    assert whose(desk) == desk.local(landing) != ""


def test_a_card_is_taken_out_of_a_wrong_deal_and_lies_in_the_inbox(desk: Desk) -> None:
    before = desk.local(desk.card().ref)
    desk.take(asked(desk, "/unbind Ромашка"))
    assert "/закріпити 2 ІМ’Я" in message(answers(desk)[0]).text
    assert desk.local(desk.card().ref) not in (before, "")


def test_a_card_that_is_not_there_is_not_taken_out(desk: Desk) -> None:
    before = desk.local(desk.card().ref)
    desk.take(asked(desk, "/unbind Ніяка"))
    assert "Ніяка" in message(answers(desk)[0]).text
    assert desk.local(desk.card().ref) == before
