"""What deals tell of the time before they were first read: every comment once, however many there are at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page
from connectors.planfix import PlanfixConnector
from sandbox.planfix.model import Thing
from sandbox.planfix_world import EMPLOYEES
from tests.connectors.planfix.office import TALK, Office


def say(world: Office, deal: Thing, *texts: str, **wait: float) -> None:
    for text in texts:
        world.sandbox.clock.advance(timedelta(**wait or {"minutes": 5}))
        world.planfix.comments.add(deal, {"description": text}, EMPLOYEES[0])


def pages(
    connector: PlanfixConnector, pulled: Page, since: datetime | None = None, cursor: Cursor | None = None
) -> Iterator[Page]:
    """The pages of the past, to the end."""
    assert pulled.cursor is not None
    while True:
        page = connector.past(cursor, pulled.cursor, since)
        yield page
        cursor = page.cursor
        if not page.more:
            return


def told(
    connector: PlanfixConnector, pulled: Page, since: datetime | None = None, cursor: Cursor | None = None
) -> list[Happening]:
    return [one for page in pages(connector, pulled, since, cursor) for one in page.happenings]


def read(world: Office) -> tuple[PlanfixConnector, Page]:
    """A connector that has just read everything for the first time, an hour after the last word."""
    world.sandbox.clock.advance(timedelta(hours=1))
    connector = world.connector(comments=True)
    return connector, connector.pull(None)


@pytest.fixture
def small_pages() -> Iterator[None]:
    """Four comments a page, of which one may be asked for twice."""
    with (
        patch.multiple("connectors.planfix.past", PAGE=4, OVERLAP_ROWS=1),
        patch.multiple("connectors.planfix.api", PAGE=4, OVERLAP_ROWS=1),
    ):
        yield


def test_the_past_tells_who_said_what_and_when(world: Office) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, "Клієнт <b>згоден</b>")
    at = world.sandbox.clock.now()
    world.sandbox.clock.advance(timedelta(days=400))
    [one] = told(*read(world))
    assert (one.kind, one.data, one.about.kind) == ("comment.added", {"text": "Клієнт згоден"}, "task")
    assert one.actor == Actor(ActorKind.PERSON, "olena", "Олена Мельник")
    assert abs(one.at - at) < timedelta(minutes=1)


def test_comments_have_the_names_that_a_poll_gives_them(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector, first = read(world)
    say(world, deal, "Раз", "Два")
    polled = connector.pull(first.cursor)
    world.sandbox.clock.advance(timedelta(hours=1))
    assert told(connector, connector.pull(polled.cursor)) == list(polled.happenings)


def test_what_the_next_poll_reads_is_left_to_it(world: Office) -> None:
    deal = world.add_task("Сайт")
    connector, first = read(world)
    say(world, deal, "Ще не прочитано")
    assert told(connector, first) == []
    assert len(connector.pull(first.cursor).happenings) == 1


def test_comments_of_other_tasks_are_nobodys_business(world: Office) -> None:
    say(world, world.add_task("Подзвонити", TALK), "Дзвонили")
    say(world, world.add_task("Сайт"), "Готово")
    assert [one.data["text"] for one in told(*read(world))] == ["Готово"]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("wait", [{"minutes": 5}, {"seconds": 1}, {"seconds": 0}, {"days": 40}])
def test_no_comment_is_lost_between_two_pages(world: Office, wait: dict[str, float]) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, *(f"Крок {number}" for number in range(15)), **wait)
    found = told(*read(world))
    assert {one.data["text"] for one in found} == {f"Крок {number}" for number in range(15)}


@pytest.mark.usefixtures("small_pages")
def test_rows_that_come_in_another_order_than_asked_are_all_read(world: Office) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, *(f"Крок {number}" for number in range(15)))
    with patch("sandbox.planfix.service._descending", lambda _body: True):
        found = told(*read(world))
    assert {one.data["text"] for one in found} == {f"Крок {number}" for number in range(15)}


@pytest.mark.usefixtures("small_pages")
def test_another_process_goes_on_though_comments_were_deleted_meanwhile(world: Office) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, *(f"Крок {number}" for number in range(12)))
    connector, first = read(world)
    assert first.cursor is not None
    page = connector.past(None, first.cursor, None)
    for comment in list(world.planfix.store.comments_of(deal))[:3]:
        world.planfix.comments.delete(comment)
    rest = told(world.connector(comments=True), first, cursor=page.cursor)
    assert {one.data["text"] for one in [*page.happenings, *rest]} == {f"Крок {number}" for number in range(12)}


def test_an_import_goes_back_to_a_day_and_a_later_one_further(world: Office) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, "Давно")
    since = world.sandbox.clock.now() + timedelta(days=50)
    world.sandbox.clock.advance(timedelta(days=100))
    say(world, deal, "Недавно")
    connector, first = read(world)
    *_, last = newer = list(pages(connector, first, since))
    assert [one.data["text"] for page in newer for one in page.happenings] == ["Недавно"]
    assert "Давно" in [one.data["text"] for one in told(connector, first, cursor=last.cursor)]


def test_a_second_import_asks_nothing_of_an_account_that_was_read_whole(world: Office) -> None:
    say(world, world.add_task("Сайт"), "Готово")
    connector, first = read(world)
    *_, last = pages(connector, first)
    with world.requests() as asked:
        assert told(connector, first, cursor=last.cursor) == []
    assert asked == []


def test_many_comments_cost_one_request_a_page_and_the_list_of_deals(world: Office) -> None:
    deal = world.add_task("Сайт")
    say(world, deal, *(f"Крок {number}" for number in range(150)))
    connector, first = read(world)
    with world.requests() as asked:
        assert len({one.ref for one in told(connector, first)}) == 150
    assert asked == ["POST /comment/list", "POST /task/list", "POST /comment/list"]


def test_comments_are_asked_for_only_where_they_are_wanted(world: Office) -> None:
    say(world, world.add_task("Сайт"), "Готово")
    connector = world.connector()
    first = connector.pull(None)
    with world.requests() as asked:
        assert told(connector, first) == []
    assert asked == []
    assert any("comments: true" in gap for gap in connector.untold)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 429}, {"kind": "status"}, {"kind": "drop_after"}])
def test_a_page_that_was_lost_on_the_way_is_asked_for_again(world: Office, fault: dict[str, Any]) -> None:
    say(world, world.add_task("Сайт"), "Готово")
    connector, first = read(world)
    world.fails(path="/comment/list", **fault)
    with pytest.raises(ConnectorError) as raised:
        told(connector, first)
    assert raised.value.retry is Retry.PASSING
    assert [one.data["text"] for one in told(connector, first)] == ["Готово"]
