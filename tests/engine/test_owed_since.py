"""Each thing that a gate lacks is told with the day since which it is asked for, and how long that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.people import Directory, Person
from bridge.model.records import Ref
from rules.plan import Office
from tests.engine.office import NOON, Desk, agency, loaded_rules
from tests.engine.test_staff_desk import MARIA, answers, asked, message

RULES = """\
gates:
  start:
    name: {uk: Початок, ru: Начало, en: Start}
    needs:
      - {if: {deal.prepaid: true}, say: {uk: передоплата, ru: предоплата, en: the prepayment}, owed_by: client}
      - {if: {deal.site: {filled: true}}, say: {uk: сайт, ru: сайт, en: the site}, owed_by: client}
rules:
  - id: chase
    when: {label.added: VIP}
    per: deal
    unless: {deal.prepaid: true}
    steps: [{id: soon, after: 1d, then: [{send: hello, to: pm}]}, {id: later, after: 4d, then: [{send: hello, to: pm}]}]
"""


@pytest.fixture
def desk() -> Desk:
    people = {
        "olena": Person("olena", "Олена", ("manager",)),
        "maria": Person("maria", "Марія", ("head",), language="en"),
    }
    made = Desk(NOON, replace(agency(loaded_rules(RULES)), office=Office(Directory(people))))
    made.client()
    made.take(made.task(names=(Ref("planfix", "main", "contact", "7"),), prepaid=False, site=""))
    made.take(made.card(labels=["VIP"]))
    made.engine.plan_due()
    return made


def owed(desk: Desk, id: str = "u1") -> str:
    desk.take(asked(desk, "/status Ромашка", id, actor=MARIA))
    return next(line for line in message(answers(desk)[-1]).text.splitlines() if line.startswith("Start:"))


@pytest.mark.parametrize(("days", "told"), [(0, ""), (1, ": 1 working day"), (7, ": 5 working days")])
def test_what_a_rule_asks_for_is_owed_since_it_began_in_working_days(desk: Desk, days: int, told: str) -> None:
    desk.wait(days=days)
    assert f"the prepayment (client, since 01.12{told})" in owed(desk)


def test_what_no_rule_asks_for_is_told_without_a_day(desk: Desk) -> None:
    assert "the site (client)" in owed(desk)


def test_it_stays_owed_since_that_day_when_the_last_reminder_has_gone(desk: Desk) -> None:
    for _day in range(6):
        desk.wait(days=1)
        desk.take(source="planfix", seen_up_to={"planfix.task": desk.now})
        desk.engine.plan_due()
    assert desk.store.timers() == []
    assert "since 01.12: 4 working days" in owed(desk)
