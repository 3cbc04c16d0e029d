"""People of a deal in two systems: each by themselves, and nobody leaves because a system does not know them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bridge.model.deliveries import Delivery, Receipt
from bridge.model.fields import FieldType
from bridge.model.people import Directory, Person
from rules.plan import Office
from tests.engine.test_syncing import Sync, spec

BOTH = {"planfix": "user:1", "trello": "m1"}
STAFF = {
    "olena": Person("olena", "Олена", ("manager",), ids=BOTH),
    "andrii": Person("andrii", "Андрій", ("pm",), ids=BOTH),
    "vira": Person("vira", "Віра", ids={"planfix": "user:3"}),
}
PEOPLE: dict[str, Any] = {
    "type": FieldType.SET,
    "source": "planfix.task.assignees",
    "also": ("trello.card.members",),
}


class Team(Sync):
    """Deals whose assignees in Planfix and members on the card are kept in step; Vira has no Trello."""

    def __init__(self, sync: str = "both") -> None:
        super().__init__(spec(sync, **PEOPLE))
        self.knows(STAFF)

    def knows(self, staff: dict[str, Person]) -> None:
        self.context = replace(self.context, office=Office(directory=Directory(staff)))
        self.engine.context = self.context

    def shows(self, task: str, card: str) -> tuple[str, str]:
        """What both hold after all is settled; people are named by words."""
        self.task_holds["assignees"], self.card_holds["members"] = sorted(task.split()), sorted(card.split())
        for _round in range(3):
            self.read()
            self.settle()
        return self.people()

    def people(self) -> tuple[str, str]:
        return " ".join(self.task_holds["assignees"] or ()), " ".join(self.card_holds["members"] or ())


@pytest.fixture
def team() -> Iterator[Team]:
    desk = Team()
    yield desk
    desk.store.close()


def test_who_comes_or_goes_on_one_side_comes_or_goes_on_the_other(team: Team) -> None:
    team.shows("olena", "olena")
    assert team.shows("olena", "andrii olena") == ("andrii olena", "andrii olena")
    assert team.shows("andrii", "andrii olena") == ("andrii", "andrii")


def test_who_came_on_one_side_while_somebody_left_on_the_other_is_no_conflict(team: Team) -> None:
    team.shows("olena", "olena")
    assert team.shows("", "andrii olena") == ("andrii", "andrii")
    assert team.store.conflicts() == []


def test_the_others_of_a_team_come_over_though_one_has_no_id_there(team: Team) -> None:
    team.shows("olena", "olena")
    assert team.shows("andrii olena vira", "olena") == ("andrii olena vira", "andrii olena")
    assert len(team.writes()) == 1


def test_who_leaves_while_another_is_put_there_leaves_the_card_too(team: Team) -> None:
    team.shows("andrii", "andrii")
    team.card_holds["members"] = ["andrii", "olena"]
    team.read()

    def beside(delivery: Delivery) -> None:
        team.task_holds["assignees"] = ["olena"]  # somebody has taken Andrii off; others' changes of the list stay
        team.planfix.outcomes.append(Receipt(team.now, delivery.target, details={"holds": {"assignees": ["olena"]}}))

    team.planfix.before = beside
    team.settle()
    team.read()
    team.settle()
    assert team.people() == ("olena", "olena")


def test_who_cannot_be_on_the_card_stays_when_the_card_changes(team: Team) -> None:
    team.shows("olena vira", "olena")
    assert team.shows("olena vira", "andrii olena") == ("andrii olena vira", "andrii olena")
    assert team.shows("andrii olena vira", "andrii") == ("andrii vira", "andrii")


def test_who_cannot_be_on_the_card_can_leave(team: Team) -> None:
    team.shows("olena vira", "olena")
    assert team.shows("olena", "olena") == ("olena", "olena")
    assert team.shows("olena", "andrii olena") == ("andrii olena", "andrii olena")


def test_a_member_nobody_knows_stays_on_the_card(team: Team) -> None:
    team.shows("olena", "guest olena")
    assert team.shows("andrii olena", "guest olena") == ("andrii olena", "andrii guest olena")


def test_who_gets_an_id_there_later_does_not_leave_where_they_are(team: Team) -> None:
    team.shows("olena vira", "olena")
    team.knows({**STAFF, "vira": replace(STAFF["vira"], ids=BOTH)})
    assert team.shows("olena vira", "andrii olena") == ("andrii olena vira", "andrii olena")
    assert team.shows("andrii olena", "andrii olena") == ("andrii olena", "andrii olena")
    assert team.shows("andrii olena vira", "andrii olena") == ("andrii olena vira", "andrii olena vira")


def test_one_way_the_card_gets_back_all_whom_it_may_hold() -> None:
    desk = Team("to")
    desk.shows("olena vira", "olena")
    assert desk.shows("olena vira", "andrii") == ("olena vira", "olena")
    desk.store.close()
