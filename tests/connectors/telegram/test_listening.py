"""A bot that is only listened to: nothing is confirmed, nothing is sent, not even by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.errors import ConnectorError
from connectors.telegram import TelegramReader, TelegramSettings
from connectors.telegram.api import BATCH, BotReading
from sandbox.telegram import TOKEN
from sandbox.world import CLIENT
from tests.connectors.telegram.agency import MAPPING, Agency


@pytest.fixture
def settings(world: Agency) -> TelegramSettings:
    return TelegramSettings(token=TOKEN, base_url=f"{world.base_url}/telegram", long_poll=timedelta(0))


@pytest.fixture
def reader(world: Agency, settings: TelegramSettings) -> Iterator[TelegramReader]:
    made = TelegramReader(settings, replace(MAPPING, bot_username=""), world.sandbox.clock, world.pace)
    yield made
    made.close()


def test_what_was_shown_is_not_shown_again_and_still_waits(world: Agency, reader: TelegramReader) -> None:
    world.sandbox.people.client_types(CLIENT.id, "Раз")
    first = reader.pull(None)
    world.sandbox.people.client_types(CLIENT.id, "Два")
    second = reader.pull(first.cursor)
    assert [one.data["text"] for page in (first, second) for one in page.happenings] == ["Раз", "Два"]
    assert len(world.sandbox.telegram.chats.updates.pending()) == 2


def test_with_a_hundred_waiting_it_does_not_say_it_saw_all(world: Agency, reader: TelegramReader) -> None:
    for number in range(BATCH + 1):
        world.sandbox.people.client_types(CLIENT.id, f"{number}")
    page = reader.pull(None)
    assert (len(page.happenings), page.seen_up_to, page.more) == (BATCH, {}, False)


def test_the_kinds_of_updates_that_telegram_keeps_stay_as_they_are(world: Agency, reader: TelegramReader) -> None:
    before = list(world.sandbox.telegram.chats.updates.allowed)
    reader.pull(None)
    assert world.sandbox.telegram.chats.updates.allowed == before


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("sendMessage", {"chat_id": CLIENT.id, "text": "planted"}),
        ("answerCallbackQuery", {"callback_query_id": "1"}),
        ("deleteWebhook", {}),
        ("getUpdates", {"offset": 1}),
        ("getUpdates", {"allowed_updates": ["message"]}),
    ],
)
def test_what_would_write_is_refused_before_it_is_sent(
    world: Agency, settings: TelegramSettings, method: str, fields: dict[str, Any]
) -> None:
    bot, asked = BotReading(settings), world.sandbox.journal.last()
    with pytest.raises(ConnectorError) as refused:
        bot._wait_for(lambda: bot._post(1, method, fields, timedelta()), writes=True)
    bot.close()
    assert refused.value.code == "reads"
    assert world.sandbox.journal.last() == asked
