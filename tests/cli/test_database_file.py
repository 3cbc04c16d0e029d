"""A database that is not there: who only looks or decides refuses, who works makes it and says so."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from bridge.store.faults import store_error
from bridge.words import said
from tests.cli.conftest import Terminal


@pytest.mark.parametrize(
    "words",
    [("outbox", "list"), ("logs",), ("why", "Ромашка"), ("stop", "all"), ("db", "upgrade")],
)
def test_a_misspelt_database_is_refused_and_not_made(bridge: Terminal, words: tuple[str, ...]) -> None:
    bridge.set(DATABASE_URL="sqlite:///vra/bridge.db")
    answer = bridge(*words)
    where = f"бази {bridge.folder}/vra/bridge.db немає"
    assert (answer.code, answer.err) == (1, f"{where}; її створить bridge run, або перевірте BRIDGE_DATABASE_URL\n")
    assert not (bridge.folder / "vra").exists()


def test_the_shadow_names_the_command_that_makes_its_own(bridge: Terminal) -> None:
    answer = bridge("shadow", "report")
    assert answer.code == 1
    assert "var/bridge-shadow.db немає; її створить bridge run --shadow" in answer.err


def test_a_tick_says_once_that_it_made_the_database(bridge: Terminal) -> None:
    first = bridge("tick", "--at", "2026-11-30T10:00").err
    second = bridge("tick", "--at", "2026-11-30T10:01").err
    assert "new database made" in first
    assert f"{bridge.folder}/var/bridge.db" in first
    assert "new database made" not in second


@pytest.mark.parametrize("code", ["FULL", "READONLY_DBMOVED", "READONLY", "BUSY", "CORRUPT", "IOERR_WRITE", "CANTOPEN"])
@pytest.mark.parametrize("language", ["uk", "ru"])
def test_what_the_driver_finds_wrong_is_told_in_the_readers_language(code: str, language: str) -> None:
    error = sqlite3.OperationalError("file is not a database")
    error.sqlite_errorname = f"SQLITE_{code}"
    told = said(store_error(error, Path("/база.db"), 5).args[0], language)
    assert set(re.findall("[A-Za-z]+", told)) <= {"db", "SQLITE", "IOERR", "WRITE", "bridge", "restore", "FILE"}


def test_what_is_missing_is_told_in_the_language_that_was_asked_for(bridge: Terminal) -> None:
    bridge.set(DATABASE_URL="sqlite:///vra/bridge.db")
    assert bridge("status", "--language", "en").out.startswith("the bridge has never run here: there is no ")
