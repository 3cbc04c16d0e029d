"""What Telegram offers beside its field for writing: to each of the staff, and to clients, what they may give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.context import Context
from bridge.engine.desk.menus import keep_menus, menus
from bridge.model.errors import ConnectorError, Retry
from bridge.model.menus import Menu
from bridge.model.people import Directory, Person
from bridge.testing import MemoryStore
from rules.plan import Office
from tests.engine.office import agency, loaded_rules

GROUP = "-1001"
RULES = """\
rules:
  - {id: asked, name: Бриф, when: {command: /бриф}, per: deal, then: [{send: hello, to: pm}]}
  - {id: late, name: Запізнення, when: {command: /late}, per: deal, then: [{send: hello, to: pm}]}
"""
PEOPLE = {
    "olena": Person("olena", "Олена", ("manager",), ids={"telegram": "11"}),
    "maria": Person("maria", "Марія", ("head",), language="en", ids={"telegram": "12"}),
    "petro": Person("petro", "Петро", ("pm",)),
}


class Bot:
    """A chat program that shows what it is told to, and refuses one chat."""

    number = "4711"

    def __init__(self, refuses: str = "", retry: Retry = Retry.PERMANENT) -> None:
        self.offered: list[Menu] = []
        self.refuses, self._retry = refuses, retry

    def offer(self, menu: Menu) -> None:
        if self.refuses and menu.chat == self.refuses:
            raise ConnectorError("telegram", "chat not found", retry=self._retry)
        self.offered.append(menu)


def staffed(people: dict[str, Person] = PEOPLE) -> Context:
    return replace(agency(loaded_rules(RULES)), office=Office(Directory(people)), staff_chat=GROUP)


def in_chat(chat: str) -> dict[str, str]:
    [menu] = [menu for menu in menus(staffed()) if menu.chat == chat and not menu.language]
    return dict(menu.commands)


def test_a_client_is_offered_the_commands_of_clients_in_every_language() -> None:
    found = {menu.language: dict(menu.commands) for menu in menus(staffed()) if not menu.chat}
    assert [*found] == ["", "uk", "ru", "en"]
    assert {tuple(listed) for listed in found.values()} == {("start", "stop", "language", "help")}
    assert (found[""]["stop"], found["ru"]["stop"]) == ("Більше не нагадувати тут", "Больше не напоминать здесь")


def test_each_of_the_staff_is_offered_what_they_may_give_in_their_language() -> None:
    assert "go" not in in_chat("11")
    assert in_chat("12")["go"] == "all | NAME | rule RULE — let it go on"


def test_commands_of_rules_are_offered_in_latin_letters() -> None:
    assert (in_chat("11")["brief"], in_chat("11")["late"]) == ("ІМ’Я — надіслати бриф", "Запізнення")
    assert all(word.isascii() for word in in_chat("11"))


def test_who_has_no_telegram_has_no_menu() -> None:
    assert {menu.chat for menu in menus(staffed())} == {"", GROUP, "11", "12"}


def test_what_is_offered_already_is_not_offered_again() -> None:
    store, bot = MemoryStore(), Bot()
    keep_menus(store, staffed(), "telegram", bot)
    bot.offered.clear()
    keep_menus(store, staffed(), "telegram", bot)
    assert bot.offered == []


def test_only_the_menu_of_whose_role_changed_is_offered_anew() -> None:
    store, bot = MemoryStore(), Bot()
    keep_menus(store, staffed(), "telegram", bot)
    bot.offered.clear()
    keep_menus(store, staffed({**PEOPLE, "olena": replace(PEOPLE["olena"], roles=("head",))}), "telegram", bot)
    assert [menu.chat for menu in bot.offered] == ["11"]


def test_who_left_is_offered_what_clients_are() -> None:
    store, bot = MemoryStore(), Bot()
    keep_menus(store, staffed(), "telegram", bot)
    bot.offered.clear()
    for _time in range(2):
        keep_menus(store, staffed({"maria": PEOPLE["maria"]}), "telegram", bot)
    assert bot.offered == [Menu("11")]


@pytest.mark.parametrize(("retry", "others"), [(Retry.PERMANENT, ["12"]), (Retry.PASSING, [])])
def test_a_refused_menu_is_tried_again_and_stops_others_only_where_nobody_answers(
    retry: Retry, others: list[str]
) -> None:
    store, bot = MemoryStore(), Bot(refuses="11", retry=retry)
    keep_menus(store, staffed(), "telegram", bot)
    assert [menu.chat for menu in bot.offered if menu.chat.isdecimal()] == others
    bot.refuses = ""
    bot.offered.clear()
    keep_menus(store, staffed(), "telegram", bot)
    assert "11" in [menu.chat for menu in bot.offered]
