"""What the engine is told of the agency: links, and who carries out what."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from bridge.model.decisions import Capability
from bridge.model.protocols import Connector
from bridge.wiring.agency import Agency
from bridge.wiring.connect import build_connectors
from bridge.wiring.context import engine_context
from bridge.wiring.settings import Settings
from sandbox import Running
from tests.wiring.conftest import NoPace


def test_the_engine_gets_links_and_learns_who_does_what(
    settings: Settings, agency: Agency, connectors: Mapping[str, Connector]
) -> None:
    context = engine_context(settings, agency, connectors)
    assert context.chat_link("abc123") == "https://t.me/agency_bridge_bot?start=abc123"
    assert context.forms["brief"].link("X7").endswith("/viewform?usp=pp_url&entry.1000000001=X7")
    assert context.in_charge[Capability.CARDS] == "trello"
    assert context.in_charge[Capability.DOCUMENTS] == "documents"
    assert context.office.document_key("brief", {}) is not None


def test_without_telegram_at_hand_there_is_no_link(
    settings: Settings, agency: Agency, connectors: Mapping[str, Connector], served: Running
) -> None:
    wrong = settings.telegram.model_copy(update={"token": SecretStr("1:planted-wrong")})
    made = build_connectors(settings.model_copy(update={"telegram": wrong}), agency, served.sandbox.clock, NoPace())
    try:
        assert engine_context(settings, agency, made).chat_link("abc123") == ""
    finally:
        for connector in made.values():
            connector.close()
