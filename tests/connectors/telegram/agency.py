"""One agency with a bot in the sandbox, and the connector that speaks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Delivery
from bridge.model.records import Ref
from connectors.telegram import TelegramConnector, TelegramMapping, TelegramSettings
from sandbox import Sandbox, serve_in_thread
from sandbox.telegram import TOKEN
from sandbox.world import ANDRII, CLIENT, OLENA, TEAM_CHAT
from tests.pace import FreePace

MAPPING = TelegramMapping(
    people={OLENA.id: "olena", str(ANDRII.id): "andrii"}, person_chats={"olena": OLENA.id}, staff_chat=TEAM_CHAT
)


@dataclass
class Agency:
    """The sandbox behind a real address, and a connector to it."""

    sandbox: Sandbox
    base_url: str
    pace: FreePace
    connector: TelegramConnector

    def connect(self, token: str = TOKEN, mapping: TelegramMapping = MAPPING) -> TelegramConnector:
        settings = TelegramSettings(token, self.base_url + "/telegram")
        return TelegramConnector(settings, mapping, self.sandbox.clock, self.pace)

    def shown(self, chat: int) -> list[str]:
        """The texts of a chat, oldest first."""
        return [message.body.text for message in self.sandbox.telegram.chats.find(str(chat)).messages.values()]

    def calls(self, operation: str) -> int:
        """How often that method was called."""
        return self.sandbox.journal.count(service="telegram", operation=operation)


def message(to: str, text: str = "Добрий день!", *buttons: tuple[str, str], chat: int = CLIENT.id) -> Delivery:
    """A message on its way to a client's chat, a person or the staff chat."""
    decision = SendMessage(to=to, text=text, buttons=buttons)
    return Delivery("0123456789", "key", decision, "deal", Ref("telegram", "bot", "chat", str(chat)))


@contextmanager
def agency() -> Iterator[Agency]:
    """A fresh agency; the client has not pressed START yet."""
    sandbox = Sandbox()
    with serve_in_thread(sandbox) as running:
        pace = FreePace()
        settings = TelegramSettings(TOKEN, running.base_url + "/telegram")
        connector = TelegramConnector(settings, MAPPING, sandbox.clock, pace)
        try:
            yield Agency(sandbox, running.base_url, pace, connector)
        finally:
            connector.close()
