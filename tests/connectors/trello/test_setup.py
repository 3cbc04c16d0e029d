"""Setting Trello up: what is wanted beside what is there, and what is missing made once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model.errors import ConnectorError
from bridge.model.fields import FieldType
from bridge.model.setting_up import Does, Holds, Step, Thing, Wishes
from connectors.trello import TrelloConnector, TrelloMapping
from tests.connectors.trello.board import SETTINGS, Agency

SITE, KIND = "trello.card.site", "trello.card.kind"
WISHES = Wishes(
    lists=("Ліди", "Архів"),
    labels=("VIP", "Бриф"),
    fields={SITE: Holds(FieldType.TEXT), KIND: Holds(FieldType.CHOICE, ("seo", "ads"))},
)


def told(connector: TrelloConnector, wishes: Wishes = WISHES) -> list[tuple[str, str, str]]:
    return [(step.does.value, step.thing.value, step.name) for step in connector.lacking(wishes)]


def make_all(connector: TrelloConnector, wishes: Wishes = WISHES) -> None:
    for step in connector.lacking(wishes):
        if step.does is Does.CREATE:
            connector.carry_out(step)


def test_what_is_there_is_used_and_what_is_missing_would_be_made(world: Agency) -> None:
    world.add_field("Сайт")
    connector = world.connector(fields={"site": "Сайт", "kind": "Послуга"})
    assert told(connector) == [
        ("use", "board", "Клієнти"),
        ("use", "list", "Ліди"),
        ("create", "list", "Архів"),
        ("use", "label", "VIP"),
        ("create", "label", "Бриф"),
        ("use", "field", "Сайт"),
        ("create", "field", "Послуга"),
    ]
    assert world.writes() == 0


def test_what_is_made_is_there_and_nothing_is_left(world: Agency) -> None:
    connector = world.connector(fields={"site": "Сайт", "kind": "Послуга"})
    make_all(connector)
    assert [name for does, _thing, name in told(connector) if does != "use"] == []
    kind = next(one for one in world.board.custom_fields.values() if one.name == "Послуга")
    assert (kind.type, [option.text for option in kind.options.values()]) == ("list", ["seo", "ads"])
    assert connector.check() == []


def test_an_account_without_any_board_gets_one_with_lists_in_order(world: Agency) -> None:
    connector = world.connector(boards=("Продажі",))
    make_all(connector, Wishes(lists=("Ліди", "Договір", "Архів")))
    board = next(one for one in world.trello.store.boards.values() if one.name == "Продажі")
    ordered = sorted(board.lists.values(), key=lambda one: one.pos)
    assert [one.name for one in ordered] == ["Ліди", "Договір", "Архів"]
    assert connector.check() == []


@pytest.mark.parametrize("thing", [Thing.BOARD, Thing.LIST, Thing.LABEL, Thing.FIELD, Thing.OPTION])
def test_a_lost_answer_makes_nothing_twice(world: Agency, thing: Thing) -> None:
    world.add_field("Послуга", "list", ("seo",))
    connector = world.connector(boards=("Клієнти", "Запуск"), fields={"site": "Сайт", "kind": "Послуга"})
    step = next(one for one in connector.lacking(WISHES) if (one.does, one.thing) == (Does.CREATE, thing))
    world.fails("drop_after", method="POST")
    with pytest.raises(ConnectorError):
        connector.carry_out(step)
    assert connector.carry_out(step)
    assert world.writes() == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_broken_off_anywhere_the_next_run_makes_the_rest_and_nothing_twice(world: Agency, kind: str) -> None:
    for broken in range(8):
        wanted: dict[str, Any] = {"boards": (f"Дошка {broken}",), "fields": {"kind": "Послуга"}}
        world.fails(kind, method="POST", after=broken)
        with pytest.raises(ConnectorError):
            make_all(world.connector(**wanted))
        make_all(world.connector(**wanted))
        [board] = [one for one in world.trello.store.boards.values() if one.name == f"Дошка {broken}"]
        assert [one.name for one in board.lists.values()] == ["Ліди", "Архів"]
        assert [one.name for one in board.labels.values()] == ["VIP", "Бриф"]
        assert [[one.text for one in field.options.values()] for field in board.custom_fields.values()] == [
            ["seo", "ads"]
        ]


def test_a_board_that_is_there_twice_is_a_persons_choice(world: Agency) -> None:
    other = world.add_board("Клієнти")
    step, *rest = world.connector().lacking(WISHES)
    assert (step.does, set(step.others), rest) == (Does.BY_HAND, {world.board.id, other.id}, [])


def test_a_missing_board_names_the_ones_that_could_be_meant(world: Agency) -> None:
    step = world.connector(boards=("Кліенти",)).lacking(Wishes())[0]
    assert (step.does, step.others) == (Does.CREATE, ("Клієнти",))
    assert 'did you mean "Клієнти"?' in step.why


def test_a_field_of_another_type_is_left_to_a_person(world: Agency) -> None:
    world.add_field("Сайт", "checkbox")
    step = next(one for one in world.connector(fields={"site": "Сайт"}).lacking(WISHES) if one.thing is Thing.FIELD)
    assert step.does is Does.BY_HAND
    assert step.why.endswith("that of the fact `text`: make a field of type text")


def test_a_workspace_without_custom_fields_gets_none(world: Agency) -> None:
    connector = world.connector(fields={"site": "Сайт"}, keep_facts="checklist")
    assert [step for step in connector.lacking(WISHES) if step.thing is Thing.FIELD] == []


def test_a_list_named_with_its_board_is_made_there(world: Agency) -> None:
    world.add_board("Запуск", ("План",))
    connector = world.connector(boards=("Клієнти", "Запуск"))
    make_all(connector, Wishes(lists=("Запуск / Ліди", "Запуск / План")))
    boards = world.trello.store.boards.values()
    made = next(board for board in boards if board.name == "Запуск")
    assert [one.name for one in made.lists.values()] == ["План", "Ліди"]


def test_staff_on_no_board_is_a_persons_matter_and_may_be_called_otherwise(world: Agency) -> None:
    connector = world.connector(people={"olia": "olena", "andrii": "andrii"})
    found = [one for one in connector.lacking(Wishes()) if one.thing is Thing.PEOPLE]
    assert [(one.does, one.key, one.where, one.others) for one in found] == [
        (Does.BY_HAND, "olena", "Клієнти", ("olena",)),
        (Does.BY_HAND, "andrii", "Клієнти", ("olena",)),
    ]


def test_people_are_invited_once_the_board_is_there(world: Agency) -> None:
    connector = world.connector(boards=("Продажі",), people={"olena": "olena", "andrii": "andrii"})
    (step,) = [one for one in connector.lacking(Wishes()) if one.thing is Thing.PEOPLE]
    assert step == Step(Does.LATER, Thing.PEOPLE, "olena, andrii", "Продажі", why="invite them in Trello")


def test_a_member_that_only_observes_is_found_before_it_is_refused(world: Agency) -> None:
    world.trello.boards.add_member(world.board, world.robot, "observer", world.by_olena)
    (step,) = [one for one in world.connector().lacking(Wishes()) if one.does is Does.BY_HAND]
    assert (step.name, step.where) == ("bridge_bot", "Клієнти")
    assert step.why.startswith("it only observes")


def test_webhooks_are_left_to_the_running_bridge(world: Agency) -> None:
    settings = replace(
        SETTINGS, base_url=f"{world.base_url}/trello", callback_url="https://bridge.example/hooks/trello"
    )
    mapping = TrelloMapping(("Клієнти", "Запуск"), {})
    connector = TrelloConnector(settings, mapping, world.sandbox.clock, world.pace)
    hooks = [step for step in connector.lacking(Wishes()) if step.thing is Thing.WEBHOOK]
    assert [(step.does, step.name) for step in hooks] == [(Does.LATER, "Клієнти"), (Does.LATER, "Запуск")]
    assert world.writes() == 0


def test_a_token_that_only_reads_is_found_before_anything_is_made(world: Agency) -> None:
    for token in world.trello.store.tokens.values():
        token.may_write = False
    assert [finding.code for finding in world.connector().access()] == ["token-read-only"]


def test_a_reader_tells_what_the_fields_of_all_boards_can_hold(world: Agency) -> None:
    world.add_field("Послуга", "list", ("seo", "ads"))
    connector = world.connector(fields={"kind": "Послуга", "site": "Сайт"})
    ((key, there),) = connector.fields_there()
    assert (key, there.options) == ("trello.card.kind", ("seo", "ads"))
    assert there.fits(Holds(FieldType.CHOICE, written=True))
    assert not there.fits(Holds(FieldType.FLAG))
