"""A webhook is believed only with its secret, and answered 2xx only after what it brought is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.engine.clock import SetClock
from bridge.engine.context import Context
from bridge.engine.engine import Engine
from bridge.model.errors import StoreError
from bridge.store import Store
from bridge.web.app import web_app
from bridge.web.server import AddressTaken, serving
from bridge.wiring.agency import load_agency
from bridge.wiring.hooks import Hooks, hooks
from bridge.wiring.settings import load_settings
from rules.plan import Office

NOW = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
SETTINGS = {
    "public_url": "https://bridge.example",
    "trello": {"secret": "sandbox-trello-secret"},
    "planfix": {"scenario_secret": "sandbox-scenario-secret", "base_url": "https://acme.planfix.com/rest"},
}
PRESS = {"task": 7, "button": "send-brief", "press": "p-1"}


def _hooks() -> Hooks:
    agency, findings = load_agency(Path("config"))
    assert agency is not None, findings
    return hooks(load_settings(env_file=None, given=SETTINGS), agency)


HOOKS = _hooks()


class DaemonSpy:
    """Notes what a webhook asks of the daemon."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.woken = 0
        self.still_for = 0.5

    def read_soon(self, name: str) -> None:
        self.read.append(name)

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    agency, findings = load_agency(Path("config"))
    assert agency is not None, findings
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    yield Engine(store, {}, Context(agency.ruleset, Office(agency.people), {}), SetClock(NOW))
    store.close()


@pytest.fixture
def daemon() -> DaemonSpy:
    return DaemonSpy()


class Web(requests.Session):
    """A client of the app at one port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 10)
        return super().request(method, f"http://127.0.0.1:{self._port}{url!s}", *args, **kwargs)


@pytest.fixture
def web(engine: Engine, daemon: DaemonSpy) -> Iterator[Web]:
    app = web_app(engine, daemon, HOOKS)  # type: ignore[arg-type]
    with serving(app, "127.0.0.1", 0) as port, Web(port) as client:
        yield client


def test_a_press_is_stored_before_it_is_answered(web: Web, engine: Engine, daemon: DaemonSpy) -> None:
    answer = web.post("/hooks/planfix/sandbox-scenario-secret", json=PRESS)
    stored = engine.store.events_since(0)
    assert answer.status_code == 200
    assert [(event.kind, event.data["button"]) for event in stored] == [("button", "send-brief")]
    assert daemon.woken == 1


def test_the_same_press_sent_again_is_one_event(web: Web, engine: Engine) -> None:
    for _again in range(3):
        web.post("/hooks/planfix/sandbox-scenario-secret", json=PRESS)
    assert len(engine.store.events_since(0)) == 1


@pytest.mark.parametrize("path", ["/hooks/planfix", "/hooks/planfix/wrong", "/hooks/planfix/sandbox-scenario-secreT"])
def test_a_press_without_the_secret_is_nothing(web: Web, engine: Engine, path: str) -> None:
    assert web.post(path, json=PRESS).status_code == 401
    assert engine.store.events_since(0) == []


def test_the_secret_may_come_in_a_header(web: Web) -> None:
    answer = web.post("/hooks/planfix", data=PRESS, headers={"X-Bridge-Secret": "sandbox-scenario-secret"})
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b'{"button": "send-brief"}', b'{"task": 7}'])
def test_a_press_that_cannot_be_read_says_what_is_missing(web: Web, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = web.post("/hooks/planfix/sandbox-scenario-secret", data=body, headers=headers)
    assert answer.status_code == 400
    assert "task" in answer.text or "button" in answer.text


def test_what_could_not_be_stored_is_asked_for_again(web: Web, engine: Engine) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StoreError("database or disk is full")

    engine.take_in = full  # type: ignore[method-assign, assignment]
    assert web.post("/hooks/planfix/sandbox-scenario-secret", json=PRESS).status_code == 503


def test_trello_is_let_in_to_check_the_address(web: Web) -> None:
    assert web.head("/hooks/trello").status_code == 200


def test_trello_wakes_the_poll_only_with_its_signature(web: Web, daemon: DaemonSpy) -> None:
    body = b'{"action": {}}'
    right = hmac.new(b"sandbox-trello-secret", body + b"https://bridge.example/hooks/trello", hashlib.sha1).digest()
    signed = {"X-Trello-Webhook": base64.b64encode(right).decode()}
    assert web.post("/hooks/trello", data=body, headers={"X-Trello-Webhook": "AAAA"}).status_code == 401
    assert daemon.read == []
    assert web.post("/hooks/trello", data=body, headers=signed).status_code == 200
    assert daemon.read == ["trello"]


def test_health_and_metrics_tell_of_the_outbox(web: Web) -> None:
    assert web.get("/health").json()["healthy"] is True
    assert 'bridge_deliveries{state="waiting"} 0.0' in web.get("/metrics").text


def test_a_daemon_that_stands_still_is_not_healthy(web: Web, daemon: DaemonSpy) -> None:
    daemon.still_for = 600.0
    assert web.get("/health").status_code == 503


def test_nobody_is_ready_before_everything_was_read(web: Web, engine: Engine) -> None:
    assert web.get("/ready").status_code == 200  # nothing is connected here
    with engine.store.intake(NOW) as intake:
        intake.seen({"trello.card": NOW})
    assert web.get("/ready").json() == {"ready": True, "blind": []}


def test_a_port_that_is_taken_is_told_before_anything_starts(engine: Engine, daemon: DaemonSpy) -> None:
    app = web_app(engine, daemon, HOOKS)  # type: ignore[arg-type]
    taken = pytest.raises(AddressTaken, match="BRIDGE_WEB__PORT")
    with serving(app, "127.0.0.1", 0) as port, taken, serving(app, "127.0.0.1", port):
        pass
