"""Staff put off the reminders about a client: what waits, what is shown, and who hears when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import CommentCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Actor, ActorKind
from bridge.model.people import Directory, Person
from bridge.store.rows import Row
from rules.plan import Office
from tests.engine.office import Desk, agency, loaded_rules
from tests.engine.test_staff_desk import answers, asked, message, pressed

RULES = """\
rules:
  - id: silent
    when: {label.added: VIP}
    unless: {deal.prepaid: true}
    per: deal
    steps:
      - {id: remind, after: 2wd, then: [{send: hello, to: client}]}
      - {id: call, after: 3wd, then: [{send: hello, to: pm}]}
"""
ANDRII = Actor(ActorKind.PERSON, "andrii", "Андрій")


@pytest.fixture
def desk() -> Desk:
    people = {"olena": Person("olena", "Олена", ("pm",))}
    context = replace(agency(loaded_rules(RULES)), office=Office(Directory(people)))
    desk = Desk(context=context)
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    return desk


def due(desk: Desk) -> list[str]:
    """When the steps are due, on Kyiv's clocks."""
    desk.planned()
    timers = sorted((one for one in desk.store.timers() if one.step), key=lambda one: one.due)
    return [f"{one.step} {one.due + timedelta(hours=2):%d.%m %H:%M}" for one in timers]


def notice(desk: Desk) -> Row:
    """What tells that it is over, the newest one."""
    return next(row for row in desk.store.deliveries() if row.key.startswith("snooze-over:"))


def test_reminders_wait_until_the_day_that_was_said(desk: Desk) -> None:
    before = due(desk)
    desk.take(asked(desk, "/snooze Ромашка 2wd"))
    assert before == ["remind 03.12 18:00", "call 04.12 18:00"]
    assert due(desk) == ["remind 04.12 18:00", "call 07.12 18:00"]


def test_what_was_put_off_is_told_with_a_button_that_takes_it_back(desk: Desk) -> None:
    before = due(desk)
    desk.take(asked(desk, "/відкласти Ромашка до 10.12 у відпустці"))
    [told] = answers(desk)
    assert message(told).text == "<b>Ромашка</b>\n⏰ Нагадування відкладено до 10.12 09:00: Олена"
    desk.take(pressed(desk, told, "desk-unsnooze"))
    assert (due(desk), notice(desk).state) == (before, State.CANCELLED)


def test_the_card_and_the_status_say_until_when_by_whom_and_why(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 10.12 у *відпустці* @all"), asked(desk, "/status Ромашка", "u2"))
    [comment] = [row.decision for row in desk.store.deliveries() if isinstance(row.decision, CommentCard)]
    assert comment.text.startswith("⏰ Нагадування відкладено до 10.12 09:00: Олена\n```\nу *відпустці* @\u200ball")
    assert "⏰ Нагадування відкладено до 10.12 09:00: Олена (у *відпустці* @all)" in message(answers(desk)[1]).text


def test_what_else_the_person_is_told_does_not_wait_for_the_end(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 10.12"), asked(desk, "/status Ромашка", "u2"))
    desk.deliver()
    desk.deliver()
    assert [row.state for row in answers(desk)] == [State.CONFIRMED, State.CONFIRMED]


def test_who_put_it_off_hears_when_it_is_over(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 1d у відпустці"))
    early = notice(desk) in desk.deliver()
    desk.wait(days=1)
    assert (early, notice(desk).id in [row.id for row in desk.deliver()]) == (False, True)
    assert (message(notice(desk)).to, message(notice(desk)).text) == (
        "person:olena",
        "⏰ <b>Ромашка</b>: нагадування йдуть далі\n«у відпустці»",
    )


def test_another_day_takes_the_place_of_the_one_before(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 10.12"), asked(desk, "/snooze Ромашка 04.12", "u2"))
    assert due(desk) == ["remind 07.12 18:00", "call 08.12 18:00"]  # Tuesday to Thursday stood still
    states = [row.state for row in desk.store.deliveries() if row.key.startswith("snooze-over:")]
    assert sorted(states) == [State.CANCELLED, State.WAITING]


def test_a_reminder_that_waits_for_the_morning_waits_longer(desk: Desk) -> None:
    desk.planned()
    desk.wait(days=2, hours=6)  # Thursday, 20:00: nobody writes to a client before the morning
    desk.take(desk.task(), seen_up_to={"planfix.task": desk.now})
    desk.planned()
    [row] = [row for row in desk.store.deliveries() if row.cause.step == "remind"]
    desk.take(asked(desk, "/snooze Ромашка 10.12"))
    desk.wait(hours=14)
    desk.deliver()
    assert desk.row(row.id).state is State.WAITING
    assert str(desk.row(row.id).reason).startswith("put off until 2026-12-10 07:00Z")
    desk.take(asked(desk, "/unsnooze Ромашка", "u2"))
    desk.wait(minutes=16)
    desk.take(desk.task(), seen_up_to={"planfix.task": desk.now})
    desk.deliver()
    assert desk.row(row.id).state is State.CONFIRMED


def test_what_else_the_client_is_told_passes_a_reminder_that_was_put_off(desk: Desk) -> None:
    desk.planned()
    desk.wait(days=2, hours=6)
    desk.take(desk.task(), seen_up_to={"planfix.task": desk.now})
    desk.planned()
    desk.take(asked(desk, "/snooze Ромашка 10.12"))
    desk.wait(hours=14)
    desk.deliver()
    other = desk.want(SendMessage("client", "Дякуємо"), "deal-2")
    desk.deliver()
    assert desk.state(other) is State.CONFIRMED


def test_the_clients_answer_calls_reminders_off_all_the_same(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 10.12"))
    desk.take(desk.task(prepaid=True))
    assert due(desk) == []


def test_putting_off_is_no_activity_and_wakes_no_rule(desk: Desk) -> None:
    desk.planned()
    desk.take(asked(desk, "/snooze Ромашка 10.12"))
    assert (desk.woken(), desk.kinds("reminders.put-off")) == ([], ["reminders.put-off"])


@pytest.mark.parametrize(("said", "answer"), [("", "напишіть, до якого часу"), ("31.02", "дня 31.02 не буває")])
def test_what_is_no_day_is_answered_with_what_may_be_said(desk: Desk, said: str, answer: str) -> None:
    before = due(desk)
    desk.take(asked(desk, f"/snooze Ромашка {said}"))
    assert message(answers(desk)[0]).text.startswith(answer)
    assert due(desk) == before


def test_where_nothing_was_put_off_that_is_said(desk: Desk) -> None:
    desk.take(asked(desk, "/unsnooze Ромашка"))
    assert message(answers(desk)[0]).text == "Ромашка: нагадування не відкладено."


def a_reminder(desk: Desk) -> Row:
    """A reminder to staff about the silent client, as they have read it."""
    desk.planned()
    desk.wait(days=3, hours=5)
    desk.take(desk.task(), seen_up_to={"planfix.task": desk.now})
    desk.planned()
    [reminder] = [row for row in desk.store.deliveries() if row.cause.step == "call"]
    desk.deliver()
    return reminder


def test_a_reminder_to_staff_carries_buttons_that_put_off_the_next_ones(desk: Desk) -> None:
    reminder = a_reminder(desk)
    assert [title for _action, title in message(reminder).buttons][3:] == [
        "⏰ Відкласти на 1 р. д.",
        "⏰ На 3 р. д.",
        "⏰ На тиждень",
    ]
    desk.take(pressed(desk, reminder, "desk-snooze-3wd"))
    assert message(answers(desk)[0]).text == "<b>Ромашка</b>\n⏰ Нагадування відкладено до 09.12 09:00: Олена"


def test_the_first_tap_under_a_reminder_counts_and_the_next_is_told(desk: Desk) -> None:
    reminder = a_reminder(desk)
    desk.take(pressed(desk, reminder, "desk-snooze-3wd"))
    put_off = due(desk)
    desk.take(pressed(desk, reminder, "desk-snooze-1wd", ANDRII, "p2"))
    assert due(desk) == put_off
    assert [message(row).template for row in desk.store.deliveries() if "decided_already" in row.key]


def test_a_day_that_has_just_gone_by_is_a_slip_of_the_pen(desk: Desk) -> None:
    before = due(desk)
    desk.take(asked(desk, "/snooze Ромашка 25.11"))
    assert message(answers(desk)[0]).text == "25.11 уже минуло; якщо це наступний рік, напишіть 25.11.2027"
    assert due(desk) == before


def test_a_day_of_the_next_year_is_shown_with_it(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 11.01"))
    assert "відкладено до 11.01.2027 09:00" in message(answers(desk)[0]).text


def test_that_reminders_go_on_stands_on_the_card_like_that_they_wait(desk: Desk) -> None:
    desk.take(asked(desk, "/snooze Ромашка 2wd", "u1"), asked(desk, "/unsnooze Ромашка", "u2"))
    comments = [row.decision.text for row in desk.store.deliveries() if isinstance(row.decision, CommentCard)]
    assert comments[0] == "⏰ Нагадування йдуть далі: Олена"
