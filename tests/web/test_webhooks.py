"""A webhook is believed only with its secret, and answered 2xx only after what it brought is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from bridge.engine.clock import SetClock
from bridge.engine.context import Context
from bridge.engine.engine import Engine
from bridge.model.decisions import Capability
from bridge.model.errors import ConnectorError, Retry, StoreError
from bridge.model.protocols import Reader
from bridge.model.records import Heard, Page, Record, Ref
from bridge.store import Store
from bridge.web.app import web_app
from bridge.web.server import AddressTaken, serving
from bridge.wiring.agency import load_agency
from bridge.wiring.hooks import Hooks, hooks
from bridge.wiring.settings import load_settings
from connectors.trello import Names, TrelloMapping
from connectors.trello.hearing import parse_call
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
        self.touched: list[Ref] = []
        self.woken = 0
        self.still_for = 0.5

    def heard(self, name: str, heard: Heard, clients: Collection[str]) -> None:
        self.touched += heard.touched
        self.read += [name] * heard.unclear

    def wake(self) -> None:
        self.woken += 1


class Ears:
    """A Trello that only hears; `names` are those of its boards, None before they were read."""

    name = "trello"
    capabilities: frozenset[Capability] = frozenset()
    sources: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.names: Names | None = Names(boards={"b-1": "Клієнти"})

    @property
    def hears(self) -> bool:
        return self.names is not None

    def hear(self, body: bytes, sender: str = "") -> Heard:
        if self.names is None:
            raise ConnectorError("trello", "the boards have not been read yet", retry=Retry.PASSING)
        return parse_call(body, self.names, TrelloMapping(boards=("Клієнти",)))


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def engine(tmp_path: Path, ears: Ears) -> Iterator[Engine]:
    agency, findings = load_agency(Path("config"))
    assert agency is not None, findings
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    store.upgrade()
    connectors = {"trello": cast("Reader", ears)}
    yield Engine(store, connectors, Context(agency.ruleset, Office(agency.people), {}), SetClock(NOW))
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
        kwargs.setdefault("timeout", 60)
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


def test_a_change_in_planfix_is_read_at_once_and_is_no_press(web: Web, engine: Engine, daemon: DaemonSpy) -> None:
    deal = Ref("planfix", "acme", "task", "7")
    engine.take_in("planfix", Page(None, [Record(deal, {"name": "Сайт"}, engine.clock.now())]))
    before = len(engine.store.events_since(0))
    answer = web.post("/hooks/planfix/sandbox-scenario-secret", json={"task": 7, "changed": "yes"})
    assert (answer.status_code, daemon.touched, daemon.read) == (200, [deal], [])
    assert len(engine.store.events_since(0)) == before


def test_a_change_of_something_new_in_planfix_wakes_the_poll(web: Web, daemon: DaemonSpy) -> None:
    web.post("/hooks/planfix/sandbox-scenario-secret", json={"contact": "contact:8", "changed": True})
    assert (daemon.touched, daemon.read) == ([], ["planfix"])


def test_a_change_of_nobody_knows_what_is_refused(web: Web) -> None:
    answer = web.post("/hooks/planfix/sandbox-scenario-secret", json={"changed": True})
    assert (answer.status_code, "send the number of what was changed" in answer.text) == (400, True)


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


def signed(body: bytes) -> dict[str, str]:
    """The header that proves a call to be Trello's."""
    right = hmac.new(b"sandbox-trello-secret", body + b"https://bridge.example/hooks/trello", hashlib.sha1).digest()
    return {"X-Trello-Webhook": base64.b64encode(right).decode()}


def call(action: str = "a-1", kind: str = "updateCard", **data: Any) -> bytes:
    """The body of a webhook's call: somebody dragged a card to production."""
    moved = {"listBefore": {"id": "l-1", "name": "Договір"}, "listAfter": {"id": "l-2", "name": "Виробництво"}}
    about = {"board": {"id": "b-1"}, "card": {"id": "c-1"}, **(moved if kind == "updateCard" else {}), **data}
    shown = {"id": action, "type": kind, "date": "2026-12-03T07:59:58.000Z", "data": about}
    return json.dumps({"action": shown, "model": {"id": "b-1"}}).encode()


def test_a_move_that_trello_tells_is_stored_before_it_is_answered(web: Web, engine: Engine, daemon: DaemonSpy) -> None:
    assert web.post("/hooks/trello", data=call(), headers=signed(call())).status_code == 200
    assert [(event.kind, event.data["to"]) for event in engine.store.events_since(0)] == [("card.moved", "Виробництво")]
    assert [ref.id for ref in daemon.touched] == ["c-1"]


def test_the_same_call_sent_again_is_one_event(web: Web, engine: Engine) -> None:
    for _again in range(3):
        web.post("/hooks/trello", data=call(), headers=signed(call()))
    assert len(engine.store.events_since(0)) == 1


def test_many_calls_at_once_are_each_stored_and_answered(web: Web, engine: Engine) -> None:
    bodies = [call(f"a-{number}", card={"id": f"c-{number}"}) for number in range(40)]
    with ThreadPoolExecutor(16) as people:
        answers = list(people.map(lambda body: web.post("/hooks/trello", data=body, headers=signed(body)), bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert {event.id.rpartition(":")[2] for event in engine.store.events_since(0)} == {
        f"a-{number}" for number in range(40)
    }


def test_a_call_without_the_signature_is_nothing(web: Web, engine: Engine, daemon: DaemonSpy) -> None:
    assert web.post("/hooks/trello", data=call(), headers={"X-Trello-Webhook": "AAAA"}).status_code == 401
    assert engine.store.events_since(0) == []
    assert daemon.touched == []


def test_a_call_that_could_not_be_stored_is_asked_for_again(web: Web, engine: Engine, daemon: DaemonSpy) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StoreError("database or disk is full")

    engine.take_in_all = full  # type: ignore[method-assign, assignment]
    assert web.post("/hooks/trello", data=call(), headers=signed(call())).status_code == 503
    assert daemon.touched == []


def test_a_call_before_the_boards_were_read_is_asked_for_again(web: Web, engine: Engine, ears: Ears) -> None:
    ears.names = None
    assert web.post("/hooks/trello", data=call(), headers=signed(call())).status_code == 503
    assert engine.store.events_since(0) == []
    assert web.get("/ready").json()["deaf"] == ["trello"]


def test_what_cannot_be_read_is_not_asked_for_again(web: Web) -> None:
    body = b'{"action": {}}'
    assert web.post("/hooks/trello", data=body, headers=signed(body)).status_code == 400


def test_a_change_of_the_board_itself_wakes_the_poll(web: Web, daemon: DaemonSpy) -> None:
    body = call(kind="updateList", card={})
    assert web.post("/hooks/trello", data=body, headers=signed(body)).status_code == 200
    assert daemon.read == ["trello"]


# -- several accounts -------------------------------------------------------------------------------------------------


@pytest.fixture
def web_of_two(engine: Engine, ears: Ears, daemon: DaemonSpy) -> Iterator[Web]:
    """A second account of Trello and of Planfix beside the first one."""
    [acme] = HOOKS.planfix
    south = replace(acme, connector="planfix:south", secret="sandbox-south-secret")
    second = {"second": lambda _body, header: header == "second"}
    engine.connectors = {
        **engine.connectors,
        "trello:second": cast("Reader", ears),
        "planfix:south": cast("Reader", ears),
    }
    both = Hooks({**HOOKS.from_trello, **second}, (acme, south))
    app = web_app(engine, daemon, both)  # type: ignore[arg-type]
    with serving(app, "127.0.0.1", 0) as port, Web(port) as client:
        yield client


def test_each_account_of_trello_is_called_at_its_own_address(web_of_two: Web, engine: Engine) -> None:
    second = {"X-Trello-Webhook": "second"}
    assert web_of_two.post("/hooks/trello", data=call(), headers=second).status_code == 401
    assert web_of_two.post("/hooks/trello/second", data=call(), headers=second).status_code == 200
    assert [event.source for event in engine.store.events_since(0)] == ["trello:second"]
    assert web_of_two.head("/hooks/trello/second").status_code == 200
    assert web_of_two.head("/hooks/trello/third").status_code == 404


def test_the_secret_tells_which_account_of_planfix_calls(web_of_two: Web, engine: Engine, daemon: DaemonSpy) -> None:
    assert web_of_two.post("/hooks/planfix/sandbox-south-secret", json=PRESS).status_code == 200
    assert [event.source for event in engine.store.events_since(0)] == ["planfix:south"]
    web_of_two.post("/hooks/planfix/sandbox-south-secret", json={"contact": 8, "changed": True})
    assert daemon.read == ["planfix:south"]


def test_health_and_metrics_tell_of_the_outbox(web: Web) -> None:
    assert web.get("/health").json()["healthy"] is True
    assert 'bridge_deliveries{state="waiting"} 0.0' in web.get("/metrics").text


def test_health_tells_of_rules_that_were_refused(web: Web, engine: Engine) -> None:
    assert "rules" not in web.get("/health").json()
    engine.faults.rules("rules/30-brief.yaml:5:9: [unknown-field] unknown field", NOW)
    told = web.get("/health")
    assert (told.status_code, told.json()["rules"].partition(":")[0]) == (
        200,
        "refused, the last good ones are in force",
    )
    engine.faults.rules_renewed()
    assert "rules" not in web.get("/health").json()


def test_a_daemon_that_stands_still_is_not_healthy(web: Web, daemon: DaemonSpy) -> None:
    daemon.still_for = 600.0
    assert web.get("/health").status_code == 503


def test_nobody_is_ready_before_everything_was_read(web: Web, engine: Engine) -> None:
    assert web.get("/ready").status_code == 200  # nothing is connected here
    with engine.store.intake(NOW) as intake:
        intake.seen({"trello.card": NOW})
    assert web.get("/ready").json() == {"ready": True, "blind": [], "deaf": []}


def test_a_port_that_is_taken_is_told_before_anything_starts(engine: Engine, daemon: DaemonSpy) -> None:
    app = web_app(engine, daemon, HOOKS)  # type: ignore[arg-type]
    taken = pytest.raises(AddressTaken, match="BRIDGE_WEB__PORT")
    with serving(app, "127.0.0.1", 0) as port, taken, serving(app, "127.0.0.1", port):
        pass
