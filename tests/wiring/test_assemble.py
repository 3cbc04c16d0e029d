"""What the engine is told of the agency when it is put together: links, who carries out what, how long it tries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.engine.engine import Engine
from bridge.model.decisions import Capability
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import assemble, context_to_look, opened
from bridge.wiring.settings import Settings
from bridge.wiring.shapes import DeliveriesConfig
from connectors.trello import TrelloConnector
from sandbox import Running
from tests.pace import FreePace


@pytest.fixture
def at_home(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of the stand-ins, with a database of this test's own."""
    return settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/bridge.db"})


@pytest.fixture
def engine(at_home: Settings, agency: Agency, served: Running) -> Iterator[Engine]:
    tries = replace(agency, deliveries=DeliveriesConfig(attempts=3, lease=7))
    made = assemble(at_home, tries, served.sandbox.clock, FreePace())
    yield made
    close(made)


def close(engine: Engine) -> None:
    for connector in engine.connectors.values():
        connector.close()
    engine.store.close()


def test_links_lead_to_the_bot_and_to_the_form_with_the_code_filled_in(engine: Engine) -> None:
    engine.context.make_ready()
    assert engine.context.chat_link("abc123") == "https://t.me/agency_bridge_bot?start=abc123"
    assert engine.context.forms["brief"].link("X7").endswith("/viewform?usp=pp_url&entry.1000000001=X7")


def test_every_capability_has_its_connector(engine: Engine) -> None:
    assert engine.context.in_charge == {
        Capability.CARDS: "trello",
        Capability.TASKS: "planfix",
        Capability.CHAT: "telegram",
        Capability.FORMS: "google_forms",
        Capability.DOCUMENTS: "documents",
    }
    assert engine.context.office.document_key("brief", {}) is not None


def test_the_agency_says_how_long_a_delivery_is_tried(engine: Engine) -> None:
    assert (engine.context.give_up_after, engine.context.lease) == (3, timedelta(seconds=7))


@pytest.mark.parametrize(("workspace", "command"), [("", "bridge"), ("beta", "bridge --workspace beta")])
def test_what_people_are_told_to_type_names_one_of_several_agencies(
    at_home: Settings, agency: Agency, workspace: str, command: str
) -> None:
    assert context_to_look(at_home.model_copy(update={"workspace": workspace}), agency).command == command


def test_an_installation_keeps_its_name_and_shares_it_with_no_other(
    at_home: Settings, agency: Agency, served: Running, tmp_path: Path
) -> None:
    names = []
    for url in (at_home.database_url, at_home.database_url, f"sqlite:///{tmp_path}/other.db"):
        made = assemble(at_home.model_copy(update={"database_url": url}), agency, served.sandbox.clock, FreePace())
        trello = made.connectors["trello"]
        assert isinstance(trello, TrelloConnector)
        names.append(trello._own)
        close(made)
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("agency-bridge-") for name in names)


def test_while_the_bot_cannot_be_asked_there_is_no_link(at_home: Settings, agency: Agency, served: Running) -> None:
    wrong = at_home.telegram.model_copy(update={"token": SecretStr("1:planted-wrong")})
    made = assemble(at_home.model_copy(update={"telegram": wrong}), agency, served.sandbox.clock, FreePace())
    assert made.context.chat_link("abc123") == ""
    close(made)


def test_a_database_whose_beginning_breaks_may_be_opened_again(
    at_home: Settings, agency: Agency, served: Running
) -> None:
    class Breaks:
        times = 0

        def now(self) -> datetime:
            self.times += 1
            if self.times > 1:
                raise RuntimeError("nobody foresaw this")
            return served.sandbox.clock.now()

    with pytest.raises(RuntimeError):
        opened(at_home, agency, Breaks())
    opened(at_home, agency, served.sandbox.clock).close()
