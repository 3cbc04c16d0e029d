"""`bridge import`: an agency that worked for half a year before the bridge came, and what becomes of its past."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from unittest.mock import patch

import pytest

from bridge.store import Store
from bridge.store.database import Lock
from sandbox import Running, Sandbox
from sandbox.faults import Fault
from tests.cli.conftest import Terminal

BEGAN = datetime.now(UTC) - timedelta(days=200)


class Agency:
    """People who worked on cards and deals long before anybody thought of a bridge."""

    def __init__(self, bridge: Terminal, served: Running) -> None:
        self.bridge = bridge
        self.sandbox = Sandbox(world="demo", limits="off", start=BEGAN)
        served.serve(self.sandbox)
        key_file = bridge.folder / "service-account.json"
        key_file.write_text(json.dumps(self.sandbox.google.account.credentials(served.base_url)))
        self.people = self.sandbox.people
        self.planfix = f"{served.base_url}/planfix"

    def worked(self) -> None:
        """A client with a card that names its task, and a card of which nobody knows whose it is."""
        contact = self.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
        task = self.people.create_task("Сайт", contact=contact)
        self.people.create_card("Ромашка", "Ліди", desc=f"{self.planfix}/task/{task}")
        self.later(days=3)
        self.people.drag_card("Ромашка", "Договір")
        self.later(days=3)
        self.people.comment_card("Ромашка", "Клієнт згоден")
        self.people.create_card("Пекарня", "Ліди")
        self.later(days=10)

    def woke_every_rule(self) -> None:
        """What the rules of the default pack hear, while no bridge was there to hear it."""
        people, task = self.people, 1
        people.set_planfix_field(task, "Надіслати бриф", True)
        people.label_card("Ромашка", "Надіслати бриф")
        for place in ("Ініціалізація", "Виробництво", "Запущено", "Виробництво"):
            self.later(days=3)
            people.drag_card("Ромашка", place)
        people.set_planfix_field(task, "Передоплата отримана", True)
        people.comment_card("Ромашка", "/бриф")
        people.comment_card("Ромашка", "/чому brief-send")
        people.label_card("Ромашка", "Кампанія")
        people.archive_card("Пекарня")
        self.later(hours=1)

    def later(self, **length: float) -> None:
        self.sandbox.clock.advance(timedelta(**length))

    def imported(self, *words: str) -> dict[str, Any]:
        said = self.bridge("import", *words, "--json")
        assert said.code == 0, said.err
        return cast("dict[str, Any]", said.json)

    def events(self) -> list[tuple[str, str]]:
        store = Store("sqlite:///var/bridge.db", "agency")
        store.upgrade()
        found = [(event.kind, event.id) for event in store.events_since(0)]
        store.close()
        return found


@pytest.fixture
def agency(bridge: Terminal, served: Running) -> Agency:
    made = Agency(bridge, served)
    made.worked()
    return made


def test_the_report_tells_what_was_read_who_is_whose_and_what_cannot_be_had(agency: Agency) -> None:
    said = agency.bridge("import", "--language", "en")
    assert said.code == 0
    assert "Trello: 2 pages, 5 new events, back to " in said.out
    assert (
        "bound: 1 card with a deal or a client\nunmatched cards: 1; write the address of its Planfix task" in said.out
    )
    assert "\n  Пекарня  https://trello.com/c/" in said.out
    assert "not to be had: Planfix tells no changes of the past" in said.out
    assert "history is kept for 730 days from its import on" in said.out


def test_the_default_pack_does_nothing_because_of_the_past(agency: Agency) -> None:
    for name in ("60-day.yaml", "93-tests-day.yaml"):  # a day closes whatever was imported
        (agency.bridge.folder / "config" / "rules" / name).unlink()
    agency.woke_every_rule()
    agency.imported()
    now = datetime.now(UTC)
    ticks = [
        (),
        ("--at", f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}"),
        ("--at", f"{now + timedelta(days=30):%Y-%m-%dT%H:%M}"),
    ]
    done = [cast("dict[str, Any]", agency.bridge("tick", *words, "--json").json) for words in ticks]
    assert [one["wanted"] for one in done] == [0, 0, 0]
    assert agency.sandbox.journal.writes() == []


def test_history_is_told_where_it_happened(agency: Agency) -> None:
    agency.imported()
    lines = cast("list[dict[str, Any]]", agency.bridge("logs", "Ромашка", "--json").json)
    assert [line["at"][:10] for line in lines] == [
        f"{BEGAN + timedelta(days=days):%Y-%m-%d}" for days in (0, 0, 0, 3, 6)
    ]
    assert lines[-1]["outcome"] == "by Олена Мельник"


def test_a_dry_run_tells_the_same_and_keeps_nothing(agency: Agency) -> None:
    tried = agency.imported("--dry-run")
    assert agency.events() == []
    made = agency.imported()
    assert (tried.pop("kept"), made.pop("kept")) == (False, True)
    assert tried == made


def test_a_dry_run_where_there_is_no_database_leaves_nothing_behind(agency: Agency) -> None:
    before = set(agency.bridge.folder.rglob("*"))
    said = agency.bridge("import", "--dry-run", "--language", "en")
    assert (said.code, said.err) == (0, "")
    assert set(agency.bridge.folder.rglob("*")) == before


def test_only_the_systems_whose_past_is_read_need_their_credentials(agency: Agency) -> None:
    agency.bridge.unset("TELEGRAM__TOKEN")
    agency.bridge.unset("GOOGLE__CREDENTIALS_FILE")
    assert [read["name"] for read in agency.imported("--dry-run")["read"]] == ["planfix", "trello"]
    agency.bridge.unset("PLANFIX__TOKEN")
    assert [read["name"] for read in agency.imported("--dry-run", "--only", "trello")["read"]] == ["trello"]
    refused = agency.bridge("import", "--dry-run", "--language", "en")
    assert "BRIDGE_PLANFIX__TOKEN is not set" in refused.err
    assert "TELEGRAM" not in refused.err


def test_a_second_import_brings_nothing(agency: Agency) -> None:
    agency.imported()
    known = agency.events()
    assert [read["new"] for read in agency.imported()["read"]] == [0, 0]
    assert agency.events() == known


def test_one_system_may_be_imported_alone_and_from_a_day_on(agency: Agency) -> None:
    [read] = agency.imported("--only", "trello", "--since", f"{BEGAN + timedelta(days=5):%Y-%m-%d}")["read"]
    assert read["name"] == "trello"
    assert "card.moved" not in [kind for kind, _id in agency.events()]
    assert "comment.added" in [kind for kind, _id in agency.events()]


def test_a_day_to_come_is_no_past(agency: Agency) -> None:
    said = agency.bridge("import", "--since", "2199-01-01", "--language", "en")
    assert (said.code, "is still to come" in said.err) == (2, True)


def test_where_nothing_has_a_past_the_command_says_so(agency: Agency) -> None:
    with patch("bridge.cli.importing.historical", lambda _engine: []):
        said = agency.bridge("import", "--language", "en")
    assert (said.code, said.err.splitlines()[-1]) == (
        2,
        "nothing to import: of Trello and Planfix bridge.yaml says nothing",
    )


def test_who_stops_an_import_hears_that_it_goes_on_another_time(agency: Agency) -> None:
    with patch("bridge.cli.importing.import_past", side_effect=KeyboardInterrupt):
        said = agency.bridge("import", "--language", "en")
    assert (said.code, said.err.splitlines()[-1]) == (1, "stopped; import again: it goes on from there")


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_while_the_bridge_runs_an_import_says_to_stop_it(agency: Agency, words: tuple[str, ...]) -> None:
    with Lock("sqlite:///var/bridge.db").held():
        said = agency.bridge("import", *words, "--language", "en")
    assert (said.code, "another bridge works on this database" in said.err, "stop it first" in said.err) == (
        1,
        True,
        True,
    )
    assert agency.sandbox.journal.last() == 0


def test_what_could_not_be_read_is_named_and_the_next_import_goes_on(agency: Agency) -> None:
    agency.sandbox.faults.add(Fault("trello", "status", path="/actions", after=1, status=401))
    said = agency.bridge("import", "--language", "en")
    assert (said.code, "not read: Trello: " in said.err, "import again: it goes on from there" in said.err) == (
        1,
        True,
        True,
    )
    [_planfix, trello] = agency.imported()["read"]
    assert (trello["first"], trello["failed"]) == (False, [])
    assert "card.moved" in [kind for kind, _id in agency.events()]


def test_an_import_that_is_killed_goes_on_where_it_was(agency: Agency) -> None:
    fault = agency.sandbox.faults.add(Fault("trello", "hold_after", path="/actions", after=1, seconds=30))
    process = subprocess.Popen([sys.executable, "-m", "bridge", "import"], stdout=subprocess.DEVNULL)
    try:
        while not fault.struck and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
    finally:
        process.kill()
        process.wait()
        agency.sandbox.faults.release()
    killed = agency.events()
    assert (fault.struck, bool(killed)) == (1, True)
    agency.imported()
    assert agency.events()[: len(killed)] == killed
    assert sorted(kind for kind, _id in agency.events() if kind.startswith("c")) == [
        *("card.created", "card.created", "card.moved", "client.created", "comment.added")
    ]


def test_a_backtest_tells_that_the_imported_past_cannot_be_replayed(agency: Agency) -> None:
    agency.imported()
    since = f"{BEGAN:%Y-%m-%d}"
    said = agency.bridge("backtest", "lead-card", "--since", since, "--language", "en")
    assert (said.code, "the journal begins there" in said.out) == (0, True)
