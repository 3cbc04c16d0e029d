"""`bridge conflicts`: what two places held differently, whose it is, and what became of it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bridge.model.merging import Kept, Why
from bridge.model.planning import Plan
from bridge.store import Store
from tests.cli.conftest import Day, Terminal

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
HELD = (
    {"place": "planfix.contact.site", "ref": "planfix:main:contact:7", "value": "b.test", "at": None, "won": True},
    {
        "place": "trello.card.site",
        "ref": "trello:main:card:c1",
        "value": None,
        "at": "2026-12-01T11:58:00.000000Z",
        "won": False,
        "by": "Олена",
    },
)


def noted(*conflicts: tuple[str, Why]) -> str:
    """A client's conflicts in the database; gives the client."""
    store = Store("sqlite:///var/bridge.db", "agency")
    store.upgrade()
    with store.intake(AT) as intake:
        client = intake.new_subject("client", "", "test")
    note(store, client, *(Kept(key, client, "client.site", why, HELD) for key, why in conflicts))
    store.close()
    return client


def note(store: Store, client: str, *kept: Kept) -> None:
    version = store.load_client(client).version
    given = {"connector_of": lambda _wanted: "", "lane_of": lambda _wanted: ""}
    store.commit_plan(Plan(client, version, conflicts=kept), now=AT, ruleset="r", **given)


def test_every_value_is_shown_with_the_one_that_won(bridge: Terminal) -> None:
    noted(("k1", Why.OWNER))
    shown = " ".join(bridge("conflicts", "--language", "en").out.split())
    assert "✓ Planfix, contact: “b.test” (unknown who); Trello, card: — (Олена, 01.12 13:58)" in shown
    assert "the owner's value won" in shown


@pytest.mark.parametrize(
    ("language", "contact", "card"),
    [
        (
            "uk",
            "Planfix, контакт «ТОВ „Ромашка“»: «b.test»",
            "Trello, картка «ТОВ „Ромашка“» на дошці «Клієнти»",
        ),
        (
            "ru",
            "Planfix, контакт «ТОВ „Ромашка“»: «b.test»",
            "Trello, карточка «ТОВ „Ромашка“» на доске «Клієнти»",
        ),
        ("en", "Planfix, contact “ТОВ «Ромашка»”: “b.test”", "Trello, card “ТОВ «Ромашка»” on board “Клієнти”"),
    ],
)
def test_a_place_is_called_by_its_thing_its_board_and_the_facts_title(
    day: Day, language: str, contact: str, card: str
) -> None:
    day.lead()
    with closing(Store(f"sqlite:///{day.bridge.folder}/var/bridge.db", "agency")) as store:
        [client] = [one.id for one in store.subjects() if one.kind == "client"]
        records = [one for held in store.load_client(client).records.values() for one in held]
        refs = {one.ref.kind: str(one.ref) for one in records}
        held = [{**one, "ref": refs[str(one["place"]).split(".")[1]], "at": None} for one in HELD]
        note(store, client, Kept("k1", client, "client.site", Why.FIRST_SIGHT, tuple(held)))
    shown = " ".join(day.bridge("conflicts", "--language", language).out.split())
    assert (contact in shown, card in shown) == (True, True)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("uk", "розбіжностей немає: усе узгоджено\n"),
        ("ru", "расхождений нет: всё согласовано\n"),
        ("en", "no conflicts: everything in step agrees\n"),
    ],
)
def test_without_conflicts_it_says_so_in_the_readers_language(bridge: Terminal, language: str, told: str) -> None:
    noted()
    assert bridge("conflicts", "--language", language).out == told


def test_a_program_gets_every_value_and_whose_it_is(bridge: Terminal) -> None:
    client = noted(("k1", Why.FIRST_SIGHT), ("k1", Why.FIRST_SIGHT))
    [one] = cast("list[dict[str, Any]]", bridge("conflicts", client, "--json").json)
    assert (one["client"], one["field"], one["why"], one["settled_at"]) == (client, "client.site", "first_sight", None)
    assert one["held"] == list(HELD)


def test_a_client_nobody_knows_is_told_apart_from_one_without_conflicts(bridge: Terminal) -> None:
    noted()
    answer = bridge("conflicts", "Nobody", "--language", "en")
    assert answer.code == 2
    assert 'nobody is called "Nobody"' in answer.err


def test_keeping_facts_in_step_can_be_stopped_as_if_it_were_a_rule(bridge: Terminal) -> None:
    noted()
    assert bridge("stop", "rule", "sync", "--language", "en").out.startswith("rule sync is stopped: all of it waits\n")
    assert bridge("go", "rule", "sync").code == 0
