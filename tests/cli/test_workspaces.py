"""Several agencies in one installation: commands say which one they are about, and nothing of one shows in another."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from bridge.model.merging import Kept, Why
from bridge.store import Store
from sandbox import Running
from tests.cli.conftest import Day, Terminal
from tests.cli.test_conflicts import HELD, note

NAMES = ("alpha", "beta")


@pytest.fixture
def two(bridge: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Two agencies on the same stand-ins: every id outside is equal in both."""
    access = {
        name: value
        for name, value in bridge_variables()
        if name.startswith(("BRIDGE_TRELLO", "BRIDGE_PLANFIX", "BRIDGE_GOOGLE", "BRIDGE_TELEGRAM"))
    }
    for name in access:
        monkeypatch.delenv(name)
    for name in NAMES:
        folder = Path(shutil.copytree(bridge.folder / "config", bridge.folder / name))
        (folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in access.items()))
        bridge_yaml = (folder / "bridge.yaml").read_text(encoding="utf-8")
        (folder / "bridge.yaml").write_text(bridge_yaml.replace("workspace: agency", f"workspace: {name}"), "utf-8")
    bridge.set(WORKSPACES="alpha, beta")
    return bridge


def bridge_variables() -> list[tuple[str, str]]:
    return [(name, value) for name, value in os.environ.items() if name.startswith("BRIDGE_")]


class TwoDays(Day):
    """A day in which a command ticks one of the two."""

    def of(self, name: str, text: str) -> int:
        self.bridge.set(WORKSPACE=name)
        code = self.tick(text).code
        self.bridge.unset("WORKSPACE")
        return code


@pytest.fixture
def days(two: Terminal, served: Running) -> TwoDays:
    days = TwoDays(two, served)
    contact = days.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
    days.people.create_task("Сайт", contact=contact)
    for minute in ("05", "06"):
        for name in NAMES:
            assert days.of(name, f"2026-11-30T10:{minute}") == 0
    return days


def test_a_command_that_nobody_told_which_agency_asks_for_it(two: Terminal) -> None:
    said = two("stops")
    assert said.code == 1
    assert "--workspace alpha" in said.err
    assert two("stops", "--workspace", "gamma").code == 1


def test_check_and_status_tell_of_all_and_a_broken_one_hides_no_other(two: Terminal) -> None:
    (two.folder / "beta" / "bridge.yaml").write_text("version: 1\n")
    (two.folder / "beta" / ".env").write_text("")
    said = two("check", "--offline", "--language", "en")
    assert said.code == 1
    assert said.out.index("workspace alpha") < said.out.index("workspace beta")
    assert "beta/bridge.yaml" in said.err
    assert "alpha/bridge.yaml" not in said.err
    told = two("status", "--language", "en")
    assert (told.code, told.out.count("workspace ")) == (1, 2)
    alone = two("check", "--offline", "--workspace", "alpha", "--language", "en")
    assert (alone.code, "workspace beta" in alone.out) == (0, False)


def test_a_workspace_is_called_as_its_folder(two: Terminal) -> None:
    path = two.folder / "beta" / "bridge.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("workspace: beta", "workspace: agency"), "utf-8")
    assert "[workspace-name]" in two("check", "--offline", "--workspace=beta").err


def test_access_in_the_common_settings_reaches_no_workspace(two: Terminal) -> None:
    two.set(TELEGRAM__TOKEN="1:common")
    (two.folder / "alpha" / ".env").write_text("")
    said = two("check", "--workspace", "alpha", "--language", "en")
    assert "BRIDGE_TELEGRAM__… stands in the common settings" in said.err
    assert "BRIDGE_TELEGRAM__TOKEN is not set" in said.err


def test_two_workspaces_with_one_bot_are_told(two: Terminal) -> None:
    said = two("check", "--offline", "--workspace", "beta", "--language", "en")
    assert "BRIDGE_TELEGRAM__TOKEN is the same in alpha and in beta; each workspace needs its own" in said.err


def test_nothing_of_one_workspace_is_seen_in_another(days: TwoDays) -> None:
    """Equal ids outside in both: what is kept, told, handed over, stopped and erased is one workspace's own."""
    terminal, var = days.bridge, days.bridge.folder / "var"
    for name in NAMES:
        assert terminal("export", "Ромашка", "--to", f"{name}.json", "--workspace", name).code == 0
    assert terminal("erase", "ТОВ «Ромашка»", "--yes", "--workspace", "alpha").code == 0
    terminal("stop", "all", "--workspace", "alpha")
    assert [clients(terminal, name) for name in NAMES] == [0, 1]
    for command in ("why", "logs"):
        assert [bool(terminal(command, "Ромашка", "--workspace", name).code) for name in NAMES] == [True, False]
    assert [len(list_of(terminal, "stops", name)) for name in NAMES] == [1, 0]
    assert terminal("export", "Ромашка", "--to", "again.json", "--workspace", "beta").code == 0
    assert {path.name for path in var.glob("*.db")} == {"bridge-alpha.db", "bridge-beta.db"}


def clients(terminal: Terminal, name: str) -> object:
    """How many clients a workspace knows."""
    told = terminal("status", "--json", "--workspace", name).json
    return told["clients"] if isinstance(told, dict) else None


def list_of(terminal: Terminal, *words: str) -> list[object]:
    """What a command lists of the workspace named last."""
    *command, name = words
    said = terminal(*command, "--json", "--workspace", name)
    assert isinstance(said.json, list)
    return said.json


def test_conflicts_and_messages_of_one_never_show_in_the_other(days: TwoDays) -> None:
    with (days.bridge.folder / "beta" / ".env").open("a") as settings:  # one file for both: only the name parts them
        settings.write("BRIDGE_DATABASE_URL=sqlite:///var/bridge-alpha.db\n")
    with closing(Store("sqlite:///var/bridge-alpha.db", "alpha")) as store:
        [client] = [one.id for one in store.subjects() if one.kind == "client"]
        note(store, client, Kept("k1", client, "client.site", Why.OWNER, HELD))
    shown = {
        (name, words): len(cast("list[Any]", days.bridge(*words, "--workspace", name, "--json").json))
        for name in NAMES
        for words in (("conflicts",), ("outbox", "list", "--state", "confirmed"))
    }
    assert [count > 0 for count in shown.values()] == [True, True, False, False]
