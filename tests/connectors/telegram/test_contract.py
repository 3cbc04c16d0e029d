"""Every call is one that Telegram describes: checked against its own description where that is at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import EditMessage, SendMessage
from bridge.model.deliveries import StoredFile
from bridge.model.menus import Menu
from bridge.model.records import Ref
from sandbox.world import CLIENT, TEAM_CHAT
from tests.connectors.telegram.agency import Agency, message
from tests.contract import descriptions
from tests.contract.telegram_api import validate

pytestmark = pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")


def test_a_days_calls_are_as_described(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "/start")
    sent = world.connector.push(message("client", "<b>Бриф</b>", ("ok", "Так"), ("https://kava.example", "Сайт")))
    number = sent.details["message_id"]
    assert isinstance(number, int)
    world.sandbox.people.client_presses(CLIENT.id, number, "Так")
    world.connector.acknowledge(world.connector.pull(None).happenings[-1], "Дякуємо")
    for text in ("", "Готово"):
        wanted = EditMessage("0123456789", chat=str(CLIENT.id), message=number, text=text)
        world.connector.push(replace(message("client"), decision=wanted))
    along = SendMessage("client", "Договір", document="contract", document_key="k")
    world.connector.push(replace(message("client"), decision=along, file=StoredFile("a.pdf", "application/pdf", b"%")))
    world.connector.refresh([Ref("telegram", "bot", "chat", str(TEAM_CHAT))])
    world.connector.check()
    world.connector.offer(Menu("", "uk", (("stop", "Більше не нагадувати"),)))
    world.connector.offer(Menu(str(TEAM_CHAT)))
    calls = world.sandbox.journal.since()
    assert {call.operation for call in calls} >= {"getUpdates", "sendMessage", "answerCallbackQuery", "getWebhookInfo"}
    assert [fault for call in calls for fault in validate(call)] == []
