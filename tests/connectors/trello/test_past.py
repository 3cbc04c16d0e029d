"""What boards tell of the time before they were first read: page by page, with who and when, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page, Ref
from connectors.trello import TrelloConnector, TrelloMapping
from connectors.trello.foreign import Action
from connectors.trello.past import parse_past
from tests.connectors.trello.board import Agency

OLENA = Actor(ActorKind.PERSON, "olena", "Олена Коваль")


def pages(
    connector: TrelloConnector, pulled: Page, since: datetime | None = None, cursor: Cursor | None = None
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
    connector: TrelloConnector, pulled: Page, since: datetime | None = None, cursor: Cursor | None = None
) -> list[Happening]:
    found = [one for page in pages(connector, pulled, since, cursor) for one in page.happenings]
    return list({one.ref: one for one in found}.values())  # the engine keeps each once


@contextmanager
def small_pages(size: int = 2) -> Iterator[None]:
    """Few actions a page, as a long past has many pages."""
    with patch("connectors.trello.api.ACTIONS_IN_ONE_ANSWER", size), patch("connectors.trello.past.SMALLEST_PAGE", 2):
        yield


def test_the_past_tells_who_did_what_and_when(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.drag(card, "Договір")
    world.comment(card, "Клієнт згоден")
    world.edit(card, closed=True)
    world.edit(card, closed=False)
    done = world.sandbox.clock.now()
    world.sandbox.clock.advance(timedelta(days=400))
    connector = world.connector()
    found = told(connector, connector.pull(None))
    assert [one.kind for one in found] == [
        *("card.restored", "card.archived", "comment.added", "card.moved", "card.created")
    ]
    assert {one.actor for one in found} == {OLENA}
    assert found[0].at == done
    assert found[-1].data == {"list": "Ліди", "origin": "trello"}


def test_the_past_tells_what_a_card_was_called_and_when_it_was_due(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.edit(card, name="ТОВ «Ромашка»")
    world.edit(card, due="2026-12-24T16:30:00.000Z")
    world.edit(card, dueComplete=True, desc="Не факт")
    connector = world.connector()
    changes = [one.data for one in told(connector, connector.pull(None)) if one.kind == "field.changed"]
    assert changes == [
        {"field": "done", "old": False, "new": True},
        {"field": "due", "old": None, "new": "2026-12-24T16:30:00.000000Z"},
        {"field": "name", "old": "Ромашка", "new": "ТОВ «Ромашка»"},
    ]


@pytest.mark.parametrize(
    ("item", "old", "told"),
    [
        ({"value": {"number": "7.5"}}, {"value": {"number": "5"}}, ("5", "7.5")),
        ({"value": None}, {"value": {"number": "5"}}, ("5", None)),
        ({"value": "what nobody writes"}, {"value": 5}, None),
    ],
)
def test_custom_fields_are_told_where_lists_of_actions_have_them(
    world: Agency, item: dict[str, Any], old: dict[str, Any], told: tuple[str, str] | None
) -> None:
    """Whether a board's list has them is written nowhere; the stand-in's has not."""
    field = world.add_field("Сума", "number")
    connector = world.connector(fields={"sum": "Сума"})
    shown = {"card": {"id": "c1"}, "board": {"id": world.board.id}, "customField": {"id": field}}
    data = {**shown, "customFieldItem": item, "old": old}
    action = {"id": "a1", "type": "updateCustomFieldItem", "date": "2026-03-02T07:00:00Z", "data": data}
    mapping = TrelloMapping(boards=("Клієнти",), fields={"sum": "Сума"})
    found = list(parse_past(Action.model_validate(action), connector.names(), mapping))
    assert [(one.data["old"], one.data["new"]) for one in found] == ([told] if told else [])


def test_a_card_is_made_under_the_name_that_a_first_reading_gives_it(world: Agency) -> None:
    card = world.add_card("Ромашка")
    connector = world.connector()
    [made] = told(connector, connector.pull(None))
    assert str(made.ref) == f"trello:main:card:{card.id}:card"
    assert made.about == Ref("trello", "main", "card", card.id)


def test_comments_and_moves_have_the_names_that_a_poll_gives_them(world: Agency) -> None:
    card = world.add_card("Ромашка")
    connector = world.connector()
    first = connector.pull(None)
    world.drag(card, "Договір")
    world.comment(card, "Клієнт згоден")
    polled = connector.pull(first.cursor)
    later = told(connector, polled)
    assert all(one in later for one in polled.happenings)


def test_every_page_goes_on_where_the_one_before_ended(world: Agency) -> None:
    card = world.add_card("Ромашка")
    for number in range(5):
        world.comment(card, f"Крок {number}")
    first = world.connector().pull(None)
    with small_pages(), world.requests() as asked:
        found = told(world.connector(), first)
    assert [one.data.get("text") for one in found] == [*(f"Крок {number}" for number in (4, 3, 2, 1, 0)), None]
    assert len(asked) == 1 + 6  # the names of the board, and pages that overlap by one second


def test_another_process_goes_on_from_the_last_page_that_was_kept(world: Agency) -> None:
    card = world.add_card("Ромашка")
    for number in range(5):
        world.comment(card, f"Крок {number}")
    first = world.connector().pull(None)
    assert first.cursor is not None
    with small_pages():
        page = world.connector().past(None, first.cursor, None)
        rest = told(world.connector(), first, cursor=page.cursor)
    assert len({one.ref for one in [*page.happenings, *rest]}) == 6


def test_no_action_of_a_crowded_second_is_lost_between_two_pages(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.comment(card, "Раз")
    for text in ("Два", "Три"):
        world.trello.cards.comment(card, text, world.by_olena)
    world.board.actions[-3].id = world.board.actions[-3].id[:8] + "f" * 16  # ids of one second do not grow with time
    for text in ("Чотири", "П'ять"):
        world.comment(card, text)
    connector = world.connector()
    first = connector.pull(None)
    with small_pages(4):
        found = told(connector, first)
    assert {one.data.get("text") for one in found} == {None, "Раз", "Два", "Три", "Чотири", "П'ять"}


def test_an_action_that_is_listed_late_is_left_to_the_next_poll(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.comment(card, "Раз")
    late = world.board.actions.pop()
    world.comment(card, "Два")
    connector = world.connector()
    first = connector.pull(None)
    world.board.actions.insert(-1, late)
    assert "Раз" not in [one.data.get("text") for one in told(connector, first)]
    world.comment(card, "Три")
    assert [one.data["text"] for one in connector.pull(first.cursor).happenings] == ["Раз", "Три"]


def test_what_is_newer_than_the_last_poll_is_left_to_the_next_one(world: Agency) -> None:
    card = world.add_card("Ромашка")
    connector = world.connector()
    first = connector.pull(None)
    world.comment(card, "Ще не прочитано")
    assert [one.kind for one in told(connector, first)] == ["card.created"]
    assert [one.kind for one in connector.pull(first.cursor).happenings] == ["comment.added"]


def test_a_second_import_asks_nothing_of_a_board_that_was_read_to_its_beginning(world: Agency) -> None:
    world.add_card("Ромашка")
    connector = world.connector()
    first = connector.pull(None)
    *_, last = pages(connector, first)
    with world.requests() as asked:
        assert told(connector, first, cursor=last.cursor) == []
    assert asked == []


def test_an_import_goes_back_to_a_day_and_a_later_one_further(world: Agency) -> None:
    card = world.add_card("Ромашка")
    world.comment(card, "Давно")
    world.sandbox.clock.advance(timedelta(days=100))
    since = world.sandbox.clock.now()
    world.comment(card, "Недавно")
    connector = world.connector()
    first = connector.pull(None)
    *_, last = newer = list(pages(connector, first, since))
    assert [one.data["text"] for page in newer for one in page.happenings] == ["Недавно"]
    older = told(connector, first, cursor=last.cursor)
    assert [one.data.get("text") for one in older] == ["Недавно", "Давно", None]  # the first one again: its second


def test_a_board_that_cannot_be_read_is_named_and_the_others_are_read(world: Agency) -> None:
    archive = world.add_board("Архів")
    world.trello.cards.create({"name": "Пекарня", "idList": world.list_id("Ліди", archive)}, world.by_olena)
    world.add_card("Ромашка")
    connector = world.connector(boards=("Архів", "Клієнти"))
    first = connector.pull(None)
    world.fails("status", status=403, path="/actions")
    found = list(pages(connector, first))
    assert [page.failed.keys() for page in found if page.failed] == [{"trello.card"}]
    assert [one.kind for page in found for one in page.happenings] == ["card.created"]
    assert {one.kind for one in told(world.connector(boards=("Архів", "Клієнти")), first)} == {"card.created"}


def test_a_board_that_was_never_read_is_named(world: Agency) -> None:
    first = world.connector().pull(None)
    world.add_board("Нова")
    [failed, _end] = list(pages(world.connector(boards=("Нова", "Клієнти")), first))[:2]
    assert 'board "Нова" was never read' in str(failed.failed["trello.card"])


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 429}, {"kind": "status"}, {"kind": "drop_after"}])
def test_a_page_that_was_lost_on_the_way_is_asked_for_again(world: Agency, fault: dict[str, Any]) -> None:
    world.add_card("Ромашка")
    connector = world.connector()
    first = connector.pull(None)
    world.fails(path="/actions", **fault)
    with pytest.raises(ConnectorError) as raised:
        told(connector, first)
    assert raised.value.retry is Retry.PASSING
    assert [one.kind for one in told(connector, first)] == ["card.created"]
