"""`bridge conflicts`: what two places held differently, whose it is, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from bridge.model.merging import Kept, Why
from bridge.model.planning import Plan
from bridge.store import Store
from tests.cli.conftest import Terminal

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
    kept = tuple(Kept(key, client, "client.site", why, HELD) for key, why in conflicts)
    version = store.load_client(client).version
    given = {"connector_of": lambda _wanted: "", "lane_of": lambda _wanted: ""}
    store.commit_plan(Plan(client, version, conflicts=kept), now=AT, ruleset="r", **given)
    store.close()
    return client


def test_every_value_is_shown_with_the_one_that_won(bridge: Terminal) -> None:
    noted(("k1", Why.OWNER))
    shown = bridge("conflicts", "--language", "en").out
    assert "✓ planfix.contact.site: b.test (unknown who); trello.card.site: — (Олена, 01.12 13:58)" in " ".join(
        shown.split()
    )
    assert "the owner's value won" in " ".join(shown.split())


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
