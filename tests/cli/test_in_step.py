"""A fact kept in step over real requests: a contact's site and its card's, whoever changes which."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.cli.conftest import Day

BEGIN = datetime(2026, 11, 30, 10, 5)  # noqa: DTZ001 - as people write it to --at, by the agency's clock


class Site:
    """The site of one client in Planfix and on the card."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._now = BEGIN
        self.contact = day.people.create_contact("ТОВ «Ромашка»", fields={"Сайт": "a.test"})
        self.task = day.people.create_task("Сайт", contact=self.contact)
        self.ticks()

    def ticks(self, times: int = 3) -> None:
        for _tick in range(times):
            self._now += timedelta(minutes=2)
            answer = self._day.tick(self._now.isoformat(timespec="minutes"))
            assert answer.code == 0, answer.err

    @property
    def both(self) -> tuple[Any, Any]:
        """What stands in the contact and on its card."""
        sandbox = self._day.sandbox
        contact = sandbox.planfix.store.thing("contact", self.contact).values.get(202)
        [card] = [one for one in sandbox.trello.store.cards.values() if "Ромашка" in one.name]
        values = [item.value for item in card.fields.values() if item.value]
        return contact, values[0].get("text") if values else None

    def in_planfix(self, value: str) -> None:
        self._day.people.set_contact_field(self.contact, "Сайт", value)

    def on_the_card(self, value: str | None) -> None:
        self._day.people.set_custom_field("ТОВ «Ромашка»", "Сайт", value)

    def conflicts(self) -> list[Any]:
        """The values of each conflict, the one that won first."""
        found = cast("list[dict[str, Any]]", self._day.bridge("conflicts", "--json").json)
        return [[held["value"] for held in one["held"]] for one in found]


@pytest.fixture
def site(day: Day) -> Site:
    return Site(day)


def test_a_site_stands_on_both_sides_whoever_changes_it(site: Site) -> None:
    assert site.both == ("a.test", "a.test")
    site.in_planfix("b.test")
    site.ticks()
    assert site.both == ("b.test", "b.test")
    site.on_the_card("c.test")
    site.ticks()
    assert site.both == ("c.test", "c.test")
    assert site.conflicts() == []


def test_changed_on_both_sides_between_two_readings_nothing_is_lost(site: Site) -> None:
    site.in_planfix("b.test")
    site.on_the_card("c.test")
    site.ticks()
    assert site.both == ("b.test", "b.test")
    assert site.conflicts() == [["b.test", "c.test"]]


def test_emptied_on_the_card_is_emptied_in_planfix(site: Site) -> None:
    site.on_the_card(None)
    site.ticks()
    assert site.both == (None, None)


def test_nothing_is_written_while_nothing_changes(site: Site, day: Day) -> None:
    before = len(day.sandbox.journal.writes())
    site.ticks(4)
    assert len(day.sandbox.journal.writes()) == before
