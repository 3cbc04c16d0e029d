"""The link to the bot is known whenever the bot ever said its name: no message goes out without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.store import Store
from bridge.wiring.chat_links import ChatLinks


class Bot:
    """A bot that says its name unless it is out of reach, and when it may."""

    number = "7001"

    def __init__(self) -> None:
        self.reached = True
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def bot_username(self) -> str:
        self.asked += 1
        self.may_answer.wait(10)
        if not self.reached:
            raise ConnectorError("telegram", "no connection", retry=Retry.PASSING)
        return "agency_bot"

    def deep_link(self, payload: str, *, name: str = "", group: bool = False) -> str:
        return f"https://t.me/{name}?{'startgroup' if group else 'start'}={payload}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = Store(f"sqlite:///{tmp_path}/bridge.db", "agency")
    kept.upgrade()
    yield kept
    kept.close()


def test_a_bot_that_says_its_name_is_asked_once(store: Store) -> None:
    bot = Bot()
    links = ChatLinks(bot, store)
    links.make_ready()
    links.make_ready()
    assert (links("k7"), bot.asked) == ("https://t.me/agency_bot?start=k7", 1)


def test_who_comes_while_the_bot_is_asked_waits_for_its_answer(store: Store) -> None:
    bot = Bot()
    bot.may_answer.clear()
    links = ChatLinks(bot, store)
    made: list[str] = []

    def plan() -> None:
        links.make_ready()
        made.append(links("k7"))

    planners = [threading.Thread(target=plan) for _ in range(2)]
    for planner in planners:
        planner.start()
    bot.may_answer.set()
    for planner in planners:
        planner.join()
    assert (made, bot.asked) == (["https://t.me/agency_bot?start=k7"] * 2, 1)


def test_after_a_start_while_the_bot_is_out_of_reach_its_name_is_remembered(store: Store) -> None:
    ChatLinks(Bot(), store).make_ready()
    lost = Bot()
    lost.reached = False
    links = ChatLinks(lost, store, iter((0.0, 60.0, 120.0)).__next__)
    links.make_ready()
    links.make_ready()
    assert (links("m2"), lost.asked) == ("https://t.me/agency_bot?start=m2", 1)


def test_a_link_is_made_without_asking_anybody(store: Store) -> None:
    bot = Bot()
    assert (ChatLinks(bot, store)("k7"), bot.asked) == ("", 0)


def test_a_bot_out_of_reach_is_asked_once_a_minute(store: Store) -> None:
    now, bot = [0.0], Bot()
    bot.reached = False
    links = ChatLinks(bot, store, lambda: now[0])
    links.make_ready()
    links.make_ready()
    assert (links("k7"), bot.asked) == ("", 1)
    now[0], bot.reached = 60.0, True
    links.make_ready()
    assert (links("k7"), bot.asked) == ("https://t.me/agency_bot?start=k7", 2)
