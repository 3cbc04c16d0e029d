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


GATE = """\
gates:
  start:
    name: {uk: Початок, ru: Начало, en: Start}
    needs:
      - {if: {deal.prepaid: true}, say: {uk: передоплата, ru: предоплата, en: the prepayment}, owed_by: client}
"""
OLENA = Actor(ActorKind.PERSON, "olena", "Олена")


@pytest.fixture
def owing() -> Desk:
    """A client whom a rule asks for the prepayment since Tuesday."""
    rules = GATE + RULES.replace("per: deal\n", "per: deal\n    unless: {deal.prepaid: true}\n")
    desk = Desk(NOON, replace(office(), ruleset=loaded_rules(rules)))
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    return desk


def test_what_clients_owe_is_told_with_the_day_since_which_it_is_asked_for(owing: Desk) -> None:
    owing.wait(days=2)
    assert day(owing, OLENA)[-2:] == [
        "<b>Клієнти винні:</b>",
        "• Ромашка: передоплата, з 01.12: 2 робочі дні",
    ]
    assert "винні" not in "".join(day(owing, Actor(ActorKind.PERSON, "iryna", "Ірина")))


def test_a_promise_is_told_while_reminders_wait_for_it(owing: Desk) -> None:
    owing.take(asked(owing, "/snooze Ромашка 04.12 обіцяли", actor=OLENA))
    lines = day(owing, OLENA)
    assert lines[lines.index("<b>Обіцяно:</b>") + 1] == "• Ромашка: до 04.12 (Олена): обіцяли"
