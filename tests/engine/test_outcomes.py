"""Whoever gives a command of the agency's rules in a chat hears what came of it, whatever that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.people import Directory, Person
from bridge.store.stops import Scope
from rules.plan import Office
from tests.engine.office import NIGHT, OLENA, Desk, agency, loaded_rules

GROUP = "-1001"
RULES = """\
rules:
  - id: greet
    name: Вітання
    when: {command: /вітаю}
    if: {deal.prepaid: false}
    per: deal
    repeat: {not_within: 1h}
    then: [{send: hello, to: client}]
  - {id: tell, name: Менеджеру, when: {command: /менеджеру}, per: deal, then: [{send: hello, to: manager}]}
"""


@pytest.fixture
def desk() -> Desk:
    office = Office(Directory({"olena": Person("olena", "Олена", ("manager",))}))
    desk = Desk(context=replace(agency(loaded_rules(RULES)), office=office, staff_chat=GROUP))
    desk.client()
    return desk


def told(desk: Desk, text: str, id: str = "u1", chat: str = "900") -> list[tuple[str, str]]:
    """Who of the staff reads what when Olena gives that command, in a second's time."""
    known = {row.id for row in desk.store.deliveries()}
    desk.take(desk.update("message", id, chat=chat, actor=OLENA, text=text))
    desk.planned()
    new = [row.decision for row in desk.store.deliveries() if row.id not in known]
    return [(one.to, one.text) for one in new if isinstance(one, SendMessage) and not one.to_client]


def test_who_gave_it_hears_that_it_is_done(desk: Desk) -> None:
    assert told(desk, "/вітаю ром") == [("person:olena", "<b>Ромашка</b>\n✓ «Вітання»")]


def test_out_of_hours_it_is_said_when_the_client_reads_it(desk: Desk) -> None:
    desk.wait(seconds=(NIGHT - desk.now) / timedelta(seconds=1))
    [(_, answer)] = told(desk, "/вітаю ром")
    assert answer.endswith("Клієнт отримає 02.12 09:00, у робочі години.")


def test_a_second_time_too_early_is_said_to_be_one(desk: Desk) -> None:
    told(desk, "/вітаю ром")
    [(_, answer)] = told(desk, "/вітаю ром", "u2")
    assert "«Вітання»: не спрацювало знову: стримує повтор" in answer


def test_what_is_lacking_is_said(desk: Desk) -> None:
    desk.take(desk.task(prepaid=True, site="a.test"))
    desk.planned()
    [(_, answer)] = told(desk, "/вітаю ром")
    assert "умова не виконана\nщоб спрацювало: deal.prepaid — ні" in answer


def test_in_the_group_the_group_hears_it(desk: Desk) -> None:
    assert [to for to, _ in told(desk, "/вітаю ром", chat=GROUP)] == ["staff-chat"]


def test_what_is_held_back_is_said_with_by_whom(desk: Desk) -> None:
    with desk.store.intake(desk.now) as intake:
        intake.stops.stop(Scope.RULE, "greet", now=desk.now, by="Марія")
    [(_, answer)] = told(desk, "/вітаю ром")
    assert "⏸ Правило «Вітання» зупинено" in answer


def test_whom_the_rule_itself_answers_hears_it_once(desk: Desk) -> None:
    assert told(desk, "/менеджеру ром") == [("person:olena", "Вітаємо, Ромашка")]


def test_on_a_card_the_rules_alone_answer(desk: Desk) -> None:
    desk.take(desk.comment("/вітаю"))
    desk.planned()
    assert [row for row in desk.store.deliveries() if row.key.startswith("desk:")] == []
