"""One round of the daemon: it does what is due, and nothing when nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bridge.daemon import Daemon
from bridge.engine.clock import CLOCK_KEY
from bridge.model.decisions import SendMessage, WriteFields
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry, StoreError
from bridge.model.findings import Finding, Position
from bridge.model.menus import Menu
from bridge.model.records import Ref
from tests.engine.office import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.store.close()


def test_a_round_with_nothing_due_does_not_write(desk: Desk) -> None:
    daemon = Daemon(desk.engine, {})
    daemon.work()
    kept = desk.store.recall(CLOCK_KEY)
    desk.wait(seconds=1)
    daemon.work()
    assert kept is not None
    assert desk.store.recall(CLOCK_KEY) == kept


def test_a_round_plans_a_client_that_changed(desk: Desk) -> None:
    client, _deal = desk.client()
    with desk.store.intake(desk.now) as intake:
        intake.dirty(client)
    assert desk.store.due(desk.now).plans
    Daemon(desk.engine, {}).work()
    assert not desk.store.due(desk.now).plans


class Asked:
    """A system whose webhooks are looked after, well or not."""

    def __init__(self, error: ConnectorError | None = None) -> None:
        self.times, self.error = 0, error

    def keep_webhooks(self) -> list[Finding]:
        self.times += 1
        if self.error is not None:
            raise self.error
        return [Finding(Position("bridge.yaml"), "rival-webhook", "two bridges")]


def test_webhooks_of_every_system_are_looked_after(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = Daemon(desk.engine, {})
    systems = {"one": Asked(ConnectorError("one", "away", retry=Retry.PASSING)), "other": Asked()}
    monkeypatch.setattr(desk.engine, "connectors", {**systems, "third": object()})
    daemon.keep_webhooks()
    assert [system.times for system in systems.values()] == [1, 1]


class Shows:
    """A chat program that shows menus."""

    number = "1"

    def __init__(self) -> None:
        self.shown: list[Menu] = []

    def offer(self, menu: Menu) -> None:
        self.shown.append(menu)


def test_commands_are_offered_where_a_system_shows_any(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon, shows = Daemon(desk.engine, {}), Shows()
    monkeypatch.setattr(desk.engine, "connectors", {"chat": shows, "third": object()})
    daemon.keep_menus()
    assert [menu.language for menu in shows.shown] == ["", "uk", "ru", "en"]


def test_a_menu_that_cannot_be_remembered_is_no_failure_of_the_daemon(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_key: str) -> str:
        raise StoreError("locked")

    daemon = Daemon(desk.engine, {})
    monkeypatch.setattr(desk.engine, "connectors", {"chat": Shows()})
    monkeypatch.setattr(desk.store, "recall", locked)
    daemon.keep_menus()
    assert not daemon.stopped.is_set()


class NobodyWorks(ThreadPoolExecutor):
    def submit(self, *_work: Any, **_more: Any) -> Future[Any]:
        return Future()


def test_each_worker_has_a_next_delivery_at_hand_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.daemon.ThreadPoolExecutor", NobodyWorks)
    _client, deal = desk.client()
    for number in range(12):
        desk.want(SendMessage(f"person:{number}", "text"), deal, f"k{number}")
    daemon = Daemon(desk.engine, {})
    daemon.work()
    daemon.work()
    assert len(desk.store.deliveries(states=[State.CLAIMED])) == 8


def test_one_worker_of_planfix_is_kept_for_what_people_wait_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.daemon.ThreadPoolExecutor", NobodyWorks)
    desk.take(*(desk.task(f"t{number}") for number in range(6)))
    for number in range(6):
        deal = desk.local(Ref("planfix", "main", "task", f"t{number}"))
        desk.want(WriteFields("planfix.task", {"site": "b.test"}), deal, f"k{number}", background=number < 5)
    daemon = Daemon(desk.engine, {})
    daemon.work()
    desk.wait(seconds=1)
    daemon.work()
    claimed = [row.background for row in desk.store.deliveries(states=[State.CLAIMED])]
    assert sorted(claimed) == [False, True]
