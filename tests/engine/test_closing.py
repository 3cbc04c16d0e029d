"""The close of a day: each manager reads once what happened with their clients, the head a line for each manager."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bridge.engine.context import Context
from bridge.model.decisions import MoveCard, SendMessage
from bridge.model.people import Absence, Directory, Person
from bridge.model.planning import Outcome
from bridge.model.reasons import IS_AWAY
from bridge.model.records import Ref
from rules.plan import Office
from tests.engine.office import NOON, OLENA, Desk, agency, loaded_rules
from tests.engine.test_staff_desk import asked

RULES = """\
calendars:
  early: {zone: Europe/Kyiv, week: {mon: "09:00-18:00"}}
fields:
  client.manager: {type: person, from: planfix.contact.manager}
gates:
  start:
    name: {uk: Початок, ru: Начало, en: Start}
    needs:
      - {if: {deal.prepaid: true}, say: {uk: передоплата, ru: предоплата, en: the prepayment}, owed_by: client}
templates:
  day.close:
    uk: "{{ day.whose }}|{% for row in day.done %}+{{ row }}{% endfor %}|{% for row in day.promised %}~{{ row }}{% endfor %}|{% for row in day.slipped %}-{{ row }}{% endfor %}"
    ru: "{{ day.done|count }}"
    en: "{{ day.done|count }}"
  day.team:
    uk: "{% for row in day.team %}{{ row }}/{% endfor %}"
    ru: "{% for row in day.team %}{{ row }}/{% endfor %}"
    en: "{% for row in day.team %}{{ row }}/{% endfor %}"
roles:
  head: {uk: керівник, ru: руководитель, en: head}
rules:
  - id: close
    when: {schedule: {every: day, time: "17:30"}}
    then: [{send: day.close, to: {each: manager}}]
  - id: team
    when: {schedule: {every: day, time: "17:50"}}
    then: [{send: day.team, to: {each: head}}]
  - id: chase
    when: {label.added: VIP}
    per: deal
    unless: {deal.prepaid: true}
    steps: [{id: soon, after: 1h, then: [{send: hello, to: pm}]}]
"""  # noqa: E501 - a text in one piece
CLOSE = NOON + timedelta(hours=3, minutes=30)  # 17:30 in Kyiv
CONTACT = Ref("planfix", "main", "contact", "7")
LEAVE = Absence(date(2026, 12, 1), date(2026, 12, 4), "taras")
_RULESET = loaded_rules(RULES)


def office(*people: Person) -> Context:
    usual = (Person("olena", "Олена", ("manager",)), Person("taras", "Тарас", ("manager",)))
    staff = (*(people or usual), Person("maria", "Марія", ("head",)))
    return replace(agency(_RULESET), office=Office(Directory({one.key: one for one in staff})))


@pytest.fixture
def desk() -> Desk:
    made = Desk(NOON, office())
    made.client()
    made.take(made.contact(manager="olena"))
    made.engine.plan_due()
    return made


def closed(desk: Desk, at: datetime = CLOSE, template: str = "day.close") -> dict[str, str]:
    """What was sent by that time, by its reader; the newest of each."""
    desk.clock.set(max(at, desk.now))
    desk.engine.plan_due()
    rows = [row.decision for row in reversed(desk.store.deliveries())]
    return {one.to: one.text for one in rows if isinstance(one, SendMessage) and one.template == template}


def chased(desk: Desk) -> None:
    """A reminder goes out an hour after it was asked for: all sources are read by then."""
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    desk.wait(hours=1)
    desk.take(desk.task(names=(CONTACT,), prepaid=False))
    desk.engine.plan_due()


def test_each_manager_reads_of_their_own_clients_alone(desk: Desk) -> None:
    desk.take(desk.update("message", "m1", text="Коли почнемо?"), desk.update("message", "m2", text="Га?"))
    desk.take(desk.moved("Робота", "a1"), desk.card(list="Робота"))
    desk.take(desk.task(prepaid=True, names=(CONTACT,)))
    desk.engine.plan_due()
    assert closed(desk) == {
        "person:olena": "—|+Ромашка: 2 повідомлення від клієнта; → Робота; deal.prepaid||",
        "person:taras": "—|||",
    }


def test_a_card_that_the_bridge_has_moved_back_stands_where_it_stood(desk: Desk) -> None:
    desk.take(desk.moved("Робота", "a1"), desk.card(list="Робота"))
    desk.want(MoveCard("Лід", back=True), desk.local(Ref("planfix", "main", "task", "t1")))
    desk.deliver()
    assert closed(desk)["person:olena"] == "—|||"


def test_what_was_asked_for_today_and_has_not_come_has_slipped(desk: Desk) -> None:
    chased(desk)
    assert closed(desk)["person:olena"].endswith("|-Ромашка: досі немає: передоплата")


def test_what_was_asked_for_and_came_afterwards_has_not_slipped(desk: Desk) -> None:
    chased(desk)
    desk.take(desk.task(prepaid=True, names=(CONTACT,)))
    assert closed(desk)["person:olena"].endswith("||")


def test_a_promise_is_told_until_its_day_and_as_slipped_on_it(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 02.12 обіцяли завтра", actor=OLENA))
    assert closed(desk)["person:olena"] == "—||~Ромашка: до 02.12 (Олена): обіцяли завтра|"
    tomorrow = closed(desk, CLOSE + timedelta(days=1))["person:olena"]
    assert tomorrow == "—|||-Ромашка: відкладали до 02.12, відтоді — тиша"


def test_a_promise_that_the_client_kept_has_not_slipped(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 02.12 обіцяли завтра", actor=OLENA))
    desk.wait(hours=1)
    desk.take(desk.update("message", "m1", text="Надіслала"))
    closed(desk)
    assert closed(desk, CLOSE + timedelta(days=1))["person:olena"] == "—|||"


def test_a_start_anew_at_the_very_minute_tells_nobody_twice(desk: Desk) -> None:
    closed(desk)
    desk.engine.take_up()
    closed(desk, CLOSE + timedelta(minutes=1))
    sent = [row.decision for row in desk.store.deliveries() if row.cause.rule == "close"]
    assert len(sent) == 2


def test_what_happens_after_the_close_is_told_at_the_next_one(desk: Desk) -> None:
    closed(desk)
    desk.wait(hours=2)
    desk.take(desk.update("message", "m1", text="Ще питання"))
    assert "1 повідомлення від клієнта" in closed(desk, CLOSE + timedelta(days=1))["person:olena"]


def test_a_close_that_comes_late_tells_of_its_own_day_alone(desk: Desk) -> None:
    desk.clock.set(CLOSE + timedelta(hours=1))
    desk.take(desk.update("message", "m1", text="О пів на сьому"))
    assert closed(desk)["person:olena"] == "—|||"
    assert "1 повідомлення" in closed(desk, CLOSE + timedelta(days=1))["person:olena"]


def test_a_weekend_is_silent_and_is_told_on_monday_once(desk: Desk) -> None:
    friday = CLOSE + timedelta(days=3)
    closed(desk, friday)
    desk.clock.set(friday + timedelta(days=1))
    desk.take(desk.update("message", "m1", text="У суботу"))
    for day in (1, 2, 3):
        told = closed(desk, friday + timedelta(days=day))
    assert "1 повідомлення" in told["person:olena"]
    sent = [row for row in desk.store.deliveries() if row.cause.rule == "close" and row.created_at > friday]
    assert len(sent) == 2


def test_who_stands_in_reads_the_day_of_both_apart() -> None:
    away = Person("olena", "Олена", ("manager",), absences=(LEAVE,))
    desk = Desk(NOON, office(away, Person("taras", "Тарас", ("manager",))))
    desk.engine.plan_due()
    desk.clock.set(CLOSE)
    desk.engine.plan_due()
    sent = [row.decision for row in desk.store.deliveries() if row.cause.rule == "close"]
    assert sorted((one.to, one.text) for one in sent if isinstance(one, SendMessage)) == [
        ("person:taras", "Олена|||"),
        ("person:taras", "—|||"),
    ]


@pytest.mark.parametrize(
    "person",
    [
        Person("olena", "Олена", ("manager",), absences=(replace(LEAVE, substitute=""),)),
        Person("olena", "Олена", ("manager",), calendar="early"),
    ],
    ids=["on leave", "a free day"],
)
def test_who_does_not_work_that_day_is_left_in_peace(person: Person) -> None:
    desk = Desk(NOON, office(person))
    desk.engine.plan_due()
    assert closed(desk) == {}


def test_why_nobody_reads_the_day_of_who_is_away_is_explained() -> None:
    desk = Desk(NOON, office(Person("olena", "Олена", ("manager",), absences=(replace(LEAVE, substitute=""),))))
    desk.engine.plan_due()
    closed(desk)
    explained = desk.store.outcomes([Outcome.NO_SUBJECT], NOON)
    assert [trace.reason for trace, _client in explained] == [IS_AWAY.of(person="olena", day=LEAVE.last)]


def test_the_head_reads_a_line_for_each_manager(desk: Desk) -> None:
    desk.take(desk.update("message", "m1", text="Коли почнемо?"))
    told = closed(desk, datetime(2026, 12, 1, 15, 50, tzinfo=UTC), "day.team")
    assert told == {"person:maria": "Олена: новини — 1, обіцяно — 0, не сталося — 0/Тарас: новин немає/"}
