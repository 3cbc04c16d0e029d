"""Answers that people accept one by one, and that came without saying whose they are: judged as soon as it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.context import FormLink
from bridge.model.events import Actor, ActorKind
from bridge.model.people import Directory, Person
from bridge.store.rows import Row
from rules.plan import Office
from tests.engine.office import Desk, agency, loaded_rules
from tests.engine.test_staff_desk import asked, message, pressed

RULES = """\
buttons:
  answers-fine: {uk: Добре, ru: Хорошо, en: Fine}
  answers-pick: {uk: Ще раз, ru: Ещё раз, en: Again}
templates:
  system.answers:
    uk: "{{ answers.text }}"
    ru: "{{ answers.text }}"
    en: "{{ answers.text }}"
    buttons: [answers-fine, answers-pick]
"""


@pytest.fixture
def desk() -> Desk:
    form = FormLink("brief", {"uk": "Бриф"}, str, answers={"Сайт": "deal.site"}, judged_by="pm")
    staff = {"andrii": Person("andrii", "Андрій", ("pm",)), "olena": Person("olena", "Олена", ("pm",))}
    context = replace(agency(loaded_rules(RULES)), forms={"brief": form}, office=Office(Directory(staff)))
    desk = Desk(context=context)
    desk.client()
    return desk


def asks(desk: Desk) -> list[Row]:
    """The messages with answers that somebody is to judge, the newest first."""
    return [row for row in desk.store.deliveries() if row.key.startswith("system.answers:")]


def answer(desk: Desk, site: str, id: str = "1", token: str = "") -> None:
    response = desk.response(id, token, Сайт=site)
    desk.take(replace(response, fields={**response.fields, "values": {"deal.site": site}}))


def values(desk: Desk) -> list[object]:
    return [event.data["values"] for event in desk.events if event.kind == "form.answered"]


@pytest.fixture
def accepted(desk: Desk) -> Desk:
    """A desk of whose client one answer is accepted."""
    answer(desk, "a.test", token=desk.token("deal-2", "brief"))
    desk.take(pressed(desk, asks(desk)[0], "answers-fine"))
    return desk


def test_an_answer_that_is_bound_by_hand_is_judged_then(desk: Desk) -> None:
    answer(desk, "a.test")
    assert asks(desk) == []
    desk.take(asked(desk, "/bind 1 Ромашка"))
    assert [message(row).text for row in asks(desk)] == ["• Сайт: a.test"]


def test_an_accepted_answer_stays_also_when_another_is_bound_by_hand(accepted: Desk) -> None:
    answer(accepted, "b.test", "2")
    accepted.take(asked(accepted, "/bind 1 Ромашка"))
    assert values(accepted) == [{"deal.site": "a.test"}, {}]
    assert message(asks(accepted)[0]).text == "• Сайт: a.test → b.test"


def test_an_answer_that_a_new_contact_proves_is_judged_then(desk: Desk) -> None:
    desk.take(replace(desk.response(Сайт="a.test"), phones=("+380501112233",)))
    desk.take(replace(desk.contact(name="Ромашка плюс"), phones=("+380501112233",)))
    assert [message(row).text for row in asks(desk)] == ["• Сайт: a.test"]


ANDRII, OLENA, ROMAN = (
    Person("andrii", "Андрій", ("pm",)),
    Person("olena", "Олена", ("pm",)),
    Person("roman", "Роман", ("specialist",)),
)


@pytest.mark.parametrize(
    ("staff", "who", "counts"),
    [
        ((ANDRII, OLENA, ROMAN), "andrii", True),  # who was asked
        ((ANDRII, OLENA, ROMAN), "olena", True),  # has the role, too, and reads it where it fell into the group
        ((ANDRII, OLENA, ROMAN), "roman", False),
        ((ROMAN,), "roman", True),  # nobody has the role: the group was asked
    ],
)
def test_only_who_has_the_role_that_judges_may_press(
    desk: Desk, staff: tuple[Person, ...], who: str, counts: bool
) -> None:
    people = {person.key: person for person in staff}
    desk = Desk(context=replace(desk.context, office=Office(Directory(people))))
    desk.client()
    answer(desk, "a.test", token=desk.token("deal-2", "brief"))
    desk.take(pressed(desk, asks(desk)[0], "answers-fine", Actor(ActorKind.PERSON, who)))
    assert bool(desk.kinds("button")) is counts


def test_an_answer_from_before_the_bridge_is_judged_by_nobody_when_it_is_bound(desk: Desk) -> None:
    response = desk.response(Сайт="a.test")
    long_ago = {**response.fields, "answered_at": "2025-01-10T10:00:00Z"}
    desk.take(replace(response, fields=long_ago), seen_up_to={"google_forms.brief": desk.now})
    desk.take(asked(desk, "/bind 1 Ромашка"))
    assert asks(desk) == []
