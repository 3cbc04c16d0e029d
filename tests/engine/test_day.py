"""Staff read in the morning what comes due today about their clients, and what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.engine.context import Context
from bridge.model.events import Actor, ActorKind
from bridge.model.people import Directory, Person
from rules.plan import Office
from tests.engine.office import NOON, Desk, agency, loaded_rules
from tests.engine.test_staff_desk import answers, asked, message

RULES = """\
rules:
  - id: chase
    name: Нагадування
    when: {label.added: VIP}
    per: deal
    steps:
      - {id: soon, after: 3h, then: [{send: hello, to: client}]}
      - {id: later, after: 3d, then: [{send: paid, to: client}]}
"""
HEAD = Actor(ActorKind.PERSON, "maria", "Марія")
OTHER = Actor(ActorKind.PERSON, "petro", "Петро")


def office() -> Context:
    people = {
        "olena": Person("olena", "Олена", ("manager",)),
        "petro": Person("petro", "Петро", ("pm",)),
        "iryna": Person("iryna", "Ірина", ("pm",)),
        "maria": Person("maria", "Марія", ("head",), language="en"),
    }
    return replace(agency(loaded_rules(RULES)), office=Office(Directory(people)))


@pytest.fixture
def desk() -> Desk:
    desk = Desk(NOON, office())
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    return desk


def day(desk: Desk, actor: Actor) -> list[str]:
    desk.take(asked(desk, "/day", id=f"day-{actor.id}", actor=actor))
    return message(answers(desk)[-1]).text.splitlines()


def test_a_manager_reads_the_steps_of_today_and_not_those_of_later_days(desk: Desk) -> None:
    title, *lines = day(desk, Actor(ActorKind.PERSON, "olena", "Олена"))
    at = f"{desk.now + timedelta(hours=5):%H:%M}"  # the office is two hours ahead
    assert (title, len(lines)) == (f"<b>Ваш день: {desk.now:%d.%m}</b>", 1)
    assert lines[0].startswith(f"• {at} Ромашка: надіслати повідомлення")


def test_a_head_reads_of_everybodys_clients_in_their_own_language(desk: Desk) -> None:
    assert "Ромашка: send the message" in "\n".join(day(desk, HEAD))


def test_whose_client_it_is_not_reads_that_nothing_is_due(desk: Desk) -> None:
    assert day(desk, Actor(ActorKind.PERSON, "iryna", "Ірина"))[1:] == [
        "Сьогодні щодо Ваших клієнтів нагадувань і кроків немає."
    ]
