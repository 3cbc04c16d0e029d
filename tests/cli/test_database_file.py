"""A database that is not there: who only looks or decides refuses, who works makes it and says so."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal


@pytest.mark.parametrize(
    "words",
    [("status",), ("outbox", "list"), ("logs",), ("why", "Ромашка"), ("stop", "all"), ("erase", "Ромашка", "--yes")],
)
def test_a_misspelt_database_is_refused_and_not_made(bridge: Terminal, words: tuple[str, ...]) -> None:
    bridge.set(DATABASE_URL="sqlite:///vra/bridge.db")
    said = bridge(*words)
    where = f"бази {bridge.folder}/vra/bridge.db немає"
    assert (said.code, said.err) == (1, f"база: {where}; її створить bridge run, або перевірте BRIDGE_DATABASE_URL\n")
    assert not (bridge.folder / "vra").exists()


def test_the_shadow_names_the_command_that_makes_its_own(bridge: Terminal) -> None:
    said = bridge("shadow", "report")
    assert said.code == 1
    assert "var/bridge-shadow.db немає; її створить bridge run --shadow" in said.err


def test_a_tick_says_once_that_it_made_the_database(bridge: Terminal) -> None:
    first = bridge("tick", "--at", "2026-11-30T10:00").err
    second = bridge("tick", "--at", "2026-11-30T10:01").err
    assert "new database made" in first
    assert f"{bridge.folder}/var/bridge.db" in first
    assert "new database made" not in second
