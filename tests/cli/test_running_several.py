"""`bridge run` for several agencies: each in a thread of its own, one web server, and none stops another."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO

import pytest
import requests

from bridge.cli.running_several import House
from bridge.store import Store
from bridge.web.server import serving
from bridge.web.several import several_app
from bridge.wiring.connect import trello_callback
from bridge.wiring.settings import load_settings
from bridge.wiring.workspaces import settings_of
from tests.cli.conftest import Terminal
from tests.cli.test_workspaces import NAMES, two

__all__ = ["two"]
_PATIENCE = 60.0


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


@pytest.fixture
def house(two: Terminal, said: StringIO) -> Iterator[House]:
    """Alpha is well; beta has worked before, and has lost its secrets."""
    with closing(Store(settings_of(load_settings(), "beta").database_url, "beta")) as store:
        store.upgrade()
    (two.folder / "beta" / ".env").write_text("")
    made = House(load_settings(), NAMES)
    yield made
    made.stop()


def until(true: Callable[[], object]) -> None:
    """Waits for what threads bring about."""
    for _look in range(int(_PATIENCE / 0.05)):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come about")


def test_a_broken_workspace_is_told_and_stops_no_other(house: House, two: Terminal, said: StringIO) -> None:
    alpha, beta = house.workspaces["alpha"], house.workspaces["beta"]
    with serving(several_app(house.workspaces), "127.0.0.1", 0) as port:
        house.start()
        until(lambda: (alpha.trouble or (alpha.engine and alpha.engine.store.sources())) and beta.trouble)
        assert not alpha.trouble
        ask = {
            path: requests.get(f"http://127.0.0.1:{port}{path}", timeout=30)
            for path in ("/health", "/ready", "/metrics", "/alpha/health", "/beta/health", "/beta/hooks/trello")
        }
    assert "BRIDGE_TRELLO__KEY is not set" in beta.trouble
    assert ask["/health"].json()["workspaces"]["beta"] == {"at_work": False, "error": beta.trouble}
    assert ask["/ready"].json()["workspaces"]["beta"]["ready"] is False
    assert [ask[path].status_code for path in ("/alpha/health", "/beta/health", "/beta/hooks/trello")] == [
        200,
        503,
        503,
    ]
    assert re.findall(r'bridge_workspace_up\{workspace="(\w+)"\} (\d)', ask["/metrics"].text) == [
        ("alpha", "1"),
        ("beta", "0"),
    ]
    assert 'bridge_inbox{workspace="alpha"}' in ask["/metrics"].text
    assert "it cannot begin: beta/bridge.yaml" in two("status", "--workspace", "beta", "--language", "en").out
    assert house.workspaces["alpha"].healthy
    assert not house.workspaces["beta"].healthy
    house.stop()
    lines = said.getvalue().splitlines()
    assert any("workspace not started" in line and "workspace=beta" in line for line in lines)
    assert all("workspace=alpha" in line for line in lines if "source not read" in line or "running" in line)


def test_each_workspace_is_called_under_its_own_name(two: Terminal) -> None:
    two.set(PUBLIC_URL="https://bridge.example")
    settings = settings_of(load_settings(), "alpha")
    assert trello_callback(settings) == "https://bridge.example/alpha/hooks/trello"
    assert settings.database_url == "sqlite:///var/bridge-alpha.db"
