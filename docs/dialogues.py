"""The main dialogues of an engagement, as the client and the team have them, played by the default pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from docs.scenes import Stage
from sandbox.telegram.chats import Message
from sandbox.world import ANDRII, CLIENT, QUESTIONS, TEAM_CHAT

_KYIV = ZoneInfo("Europe/Kyiv")
_LINK = re.compile(r"https://t\.me/\S+")
_CODE = next(question.entry for question in QUESTIONS if question.title == "Код клієнта")
_DOOR = "Ініціалізація"


class Engagement:
    """One deal with one client, from the lead on. It begins on Monday, 30 November 2026, at ten in Kyiv."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        stage.begin_a_deal()
        contact = min(stage.sandbox.planfix.store.things["contact"])
        stage.people.set_contact_field(contact, "Мова", stage.language)
        stage.work(minutes=2)
        self.card = stage.card_id()

    def opens_the_link(self) -> None:
        """The client opens the link that sales has passed on."""
        link = next(found[0] for one in reversed(self._said_in(TEAM_CHAT)) if (found := _LINK.search(one.body.text)))
        self.stage.people.client_opens_link(CLIENT.id, link)
        self.stage.work(minutes=1)

    def gets_the_brief(self) -> None:
        """The card goes through the first door, the talk is held, and the brief goes out."""
        self.stage.people.drag_card(self.card, _DOOR)
        self.stage.work(minutes=12)
        for line in self.stage.lines_on(self.card):
            self.stage.people.tick_item(self.card, line, "andrii")
        self.stage.people.label_card(self.card, "Надіслати бриф", "andrii")
        self.stage.work(minutes=3)

    def at(self, moment: str) -> None:
        """Time passes until then (in Kyiv), and the bridge does what is due."""
        there = datetime.fromisoformat(moment).replace(tzinfo=_KYIV)
        self.stage.work(seconds=(there - self.stage.now).total_seconds())

    def says(self, uk: str, ru: str, en: str) -> None:
        """The client writes."""
        self.stage.people.client_types(CLIENT.id, self.stage.text(uk, ru, en))
        self.stage.work(minutes=1)

    def asks(self, uk: str, ru: str, en: str) -> None:
        """The РМ writes to the bot."""
        self.stage.people.staff_types(ANDRII.id, self.stage.text(uk, ru, en))
        self.stage.work(minutes=1)

    def answers(self) -> None:
        """The client fills the form in."""
        given = {"Код клієнта": self._code(), "Назва компанії": self.stage.name, "Сайт": "romashka.example"}
        self.stage.people.fill_form({**given, "Послуга": "SEO"})
        self.stage.work(minutes=2)

    def pays_and_lets_in(self) -> None:
        """Prepayment and accesses are noted in Planfix; the card goes on by itself."""
        task = min(self.stage.sandbox.planfix.store.things["task"])
        self.stage.people.set_planfix_field(task, "Передоплата отримана", True)
        self.stage.people.set_planfix_field(task, "Доступи", "checked")
        self.stage.work(minutes=2)
        self.stage.work(minutes=2)

    def _code(self) -> str:
        """The code that the newest link to the form carries."""
        entities = [entity for message in self._said_in(CLIENT.id) for entity in message.body.entities]
        links = [str(entity["url"]) for entity in entities if entity["type"] == "text_link"]
        return parse_qs(urlsplit(links[-1]).query)[f"entry.{_CODE}"][0]

    def _said_in(self, chat: int) -> list[Message]:
        messages = self.stage.sandbox.telegram.chats.chats[chat].messages.values()
        return [message for message in messages if message.sender.is_bot]


def silence_and_answer(stage: Stage) -> str:
    """The client opens the chat, gets the brief, is silent for two working days, is reminded, and answers."""
    deal = Engagement(stage)
    deal.opens_the_link()
    deal.gets_the_brief()
    deal.at("2026-12-02 18:00")
    deal.at("2026-12-02 18:12")
    deal.says("Заповню завтра зранку", "Заполню завтра утром", "I will fill it in tomorrow morning")
    deal.at("2026-12-03 09:40")
    deal.answers()
    deal.at("2026-12-03 15:00")
    deal.pays_and_lets_in()
    return "phone"


def staff_asks(stage: Stage) -> str:
    """The РМ asks how the client stands, notes a talk elsewhere, and asks what else there is."""
    deal = Engagement(stage)
    deal.opens_the_link()
    deal.gets_the_brief()
    deal.at("2026-12-02 18:00")
    deal.at("2026-12-03 09:20")
    deal.asks("/стан Ромашка", "/состояние Ромашка", "/status Ромашка")
    deal.asks(
        "/говорили Ромашка телефон заповнить сьогодні",
        "/говорили Ромашка телефон заполнит сегодня",
        "/talked Ромашка phone will fill it in today",
    )
    deal.asks("/допомога", "/помощь", "/help")
    return "admin"


DIALOGUES: Mapping[str, Callable[[Stage], str]] = {"brief": silence_and_answer, "desk": staff_asks}
"""By the name of the picture. Each gives where it is to be looked at."""
