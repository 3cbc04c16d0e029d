"""Staff note time by one line in their chat: how long, on what, for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.desk.hours import Spent, spent_of
from bridge.model.decisions import NoteTime
from bridge.model.records import Ref
from tests.engine.office import Desk
from tests.engine.test_staff_desk import MARIA, answers, asked, message, pressed
from tests.engine.test_staff_desk import desk as desk


@pytest.mark.parametrize(
    ("text", "spent"),
    [
        ("40m talk", Spent(40, "talk")),
        ("40 хв розмова про лого", Spent(40, "talk", "про лого")),
        ("1h30 work", Spent(90, "work")),
        ("1,5 год робота", Spent(90, "work")),
        ("1:30 разговор", Spent(90, "talk")),
        ("2 години роботи", Spent(120, "work")),
        ("1h 3 banners work", Spent(60, "work", "3 banners")),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, spent: Spent) -> None:
    assert spent_of(text) == spent


@pytest.mark.parametrize("text", ["", "40 talk", "talk 40m", "0m talk", "99h work", "40m"])
def test_what_does_not_say_how_long_and_on_what_is_asked_again(text: str) -> None:
    with pytest.raises(ValueError, match="how long"):
        spent_of(text)


def noted(desk: Desk) -> list[NoteTime]:
    return [row.decision for row in desk.store.deliveries() if isinstance(row.decision, NoteTime)]


@pytest.mark.parametrize("line", ["40m розмова Ромашка", "40m Ромашка talk", "40 хв ром розмова"])
def test_one_line_notes_time_on_the_clients_deal_and_is_answered(desk: Desk, line: str) -> None:
    desk.engine.context = replace(desk.engine.context, notes_time=True)
    desk.take(asked(desk, f"/time {line}"))
    day = desk.now.date().isoformat()
    assert noted(desk) == [NoteTime(40, "talk", "olena", day, "⏱ 0:40, розмова: Олена")]
    assert message(answers(desk)[-1]).text == "⏱ 0:40, розмова: буде в Planfix. За сьогодні: 0:40."


def test_the_same_update_twice_notes_it_once(desk: Desk) -> None:
    desk.engine.context = replace(desk.engine.context, notes_time=True)
    desk.take(asked(desk, "/time 1h work Ромашка"))
    desk.take(asked(desk, "/time 1h work Ромашка"))
    assert len(noted(desk)) == 1


def test_where_nobody_said_where_it_goes_nothing_is_noted_and_that_is_said(desk: Desk) -> None:
    desk.take(asked(desk, "/time 1h work Ромашка"))
    assert (noted(desk), "bridge.yaml" in message(answers(desk)[-1]).text) == ([], True)


def test_the_answer_tells_the_sum_of_that_persons_day(desk: Desk) -> None:
    desk.engine.context = replace(desk.engine.context, notes_time=True)
    desk.take(asked(desk, "/time 1h work Ромашка", "u1"), asked(desk, "/time 2h work Ромашка", "u2", actor=MARIA))
    desk.take(asked(desk, "/time 40m talk Ромашка", "u3"))
    assert message(answers(desk)[-1]).text.endswith("За сьогодні: 1:40.")
    desk.wait(days=1)
    desk.take(asked(desk, "/time 10m talk Ромашка", "u4"))
    assert message(answers(desk)[-1]).text.endswith("За сьогодні: 0:10.")


def test_of_several_deals_a_press_says_which(desk: Desk) -> None:
    desk.engine.context = replace(desk.engine.context, notes_time=True)
    desk.take(desk.task("t2", name="Реклама", names=(Ref("planfix", "main", "contact", "7"),)))
    desk.take(asked(desk, "/time 40m talk Ромашка"))
    [which] = answers(desk)
    titles = {title: button for button, title in message(which).buttons}
    assert (noted(desk), list(titles)) == ([], ["Реклама", "Сайт"])
    desk.take(pressed(desk, which, titles["Сайт"]))
    rows = desk.store.deliveries()
    [whose] = [(row.subject, row.decision.minutes) for row in rows if isinstance(row.decision, NoteTime)]
    assert whose == (desk.local(Ref("planfix", "main", "task", "t1")), 40)


def test_without_a_name_it_is_said_what_to_write(desk: Desk) -> None:
    desk.take(asked(desk, "/time 40m talk"))
    assert message(answers(desk)[0]).text.startswith("Напишіть: /time 40хв")
