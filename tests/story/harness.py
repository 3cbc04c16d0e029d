"""One agency at work in a test: the sandbox over real HTTP, the real connectors, store and rules, a clock to set."""

from __future__ import annotations

import copyreg
import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from bridge.engine.clock import SetClock
from bridge.engine.engine import Done, Engine
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.planning import Timer
from bridge.store.rows import Row
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import assemble
from bridge.wiring.settings import Settings, load_settings
from sandbox import Sandbox
from sandbox.faults import Fault, FaultKind
from sandbox.planfix.model import Thing
from sandbox.server import Running
from sandbox.telegram import TOKEN
from sandbox.telegram.chats import Message
from sandbox.trello.model import Card
from sandbox.world import ANDRII, BORYS, CLIENT, IRYNA, MARIIA, OLENA, TEAM_CHAT
from tests.pace import FreePace
from tests.story.empty_accounts import emptied, set_up

KYIV = ZoneInfo("Europe/Kyiv")
ROOT = Path(__file__).parents[2]

NAME = "ТОВ «Ромашка»"
"""The client of the story; the card is called so too."""
ANSWERS = {
    "Назва компанії": NAME,
    "Сайт": "romashka.example",
    "Послуга": "Створення сайту",
    "Цільова аудиторія": "Ті, хто п’є каву",
    "Побажання": "Якнайшвидше",
    "Телефон": "+380441234567",
}
THE_PROMISE = "Ми отримали заповнений бриф. Тепер у нас є вся необхідна інформація, і ми можемо розпочати роботу."
REMINDER = "На жаль, Ви не заповнили Google-форму. Якісь складнощі? Як ми можемо допомогти?\nВідкрити анкету"
_MARK = re.compile(r"\s*‹міст [\w·]+›")


def moment(text: str) -> datetime:
    """A Kyiv wall-clock time such as "2026-12-03 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


def sandbox_settings(base_url: str, folder: Path, sandbox: Sandbox) -> Settings:
    """Settings that point every service at a sandbox."""
    key_file = folder / "google.json"
    key_file.write_text(json.dumps(sandbox.google.account.credentials(base_url)))
    return load_settings(
        env_file=None,
        given={
            "config_dir": ROOT / "config",
            "database_url": f"sqlite:///{folder}/bridge.db",
            "trello": {
                "key": "sandbox-trello-key",
                "token": "sandbox-trello-token",
                "secret": "sandbox-trello-secret",
                "base_url": f"{base_url}/trello",
            },
            "planfix": {
                "token": "sandbox-planfix-token",
                "base_url": f"{base_url}/planfix/rest",
                "scenario_secret": "sandbox-scenario-secret",
            },
            "google": {
                "credentials_file": key_file,
                "sheets_base_url": f"{base_url}/google",
                "drive_base_url": f"{base_url}/google",
                "forms_base_url": f"{base_url}/google",
                "pages_base_url": base_url,
            },
            "telegram": {"token": TOKEN, "base_url": f"{base_url}/telegram"},
        },
    )


@cache
def agency() -> Agency:
    """The pack in config/, read once; without the close of every day, which has a story of its own."""
    with TemporaryDirectory() as folder:
        pack = Path(shutil.copytree(ROOT / "config", Path(folder) / "config"))
        for name in ("60-day.yaml", "93-tests-day.yaml"):
            (pack / "rules" / name).unlink()
        whole = whole_pack()
        return replace(_read(pack), folder=whole.folder, templates=whole.templates)


@cache
def whole_pack() -> Agency:
    """The pack in config/ as it stands there."""
    return _read(ROOT / "config")


def _read(folder: Path) -> Agency:
    found, findings = load_agency(folder)
    assert found is not None, findings
    return found


class Story:
    """The agency in one test. People act through `people`; the bridge works when `tick` is called.

    `contact` and `task` are the numbers of the story's client and deal in Planfix, once they are made.
    """

    def __init__(self, running: Running, folder: Path, contact: int = 0, task: int = 0) -> None:
        self.sandbox = running.sandbox
        self.people = running.sandbox.people
        self.base_url = running.base_url
        self.folder = folder
        self.contact = contact
        self.task = task
        self.begins_at = self.sandbox.journal.last()
        self.settings = sandbox_settings(running.base_url, folder, self.sandbox)
        self.clock = SetClock(self.sandbox.clock.now())
        self.engine = self._assembled()

    def _assembled(self) -> Engine:
        return assemble(self.settings, agency(), self.clock, FreePace())

    # -- time ---------------------------------------------------------------------------------------------------

    def at(self, text: str) -> Story:
        """Moves both clocks there; the bridge sleeps on the way."""
        return self._to(moment(text))

    def later(self, **length: float) -> Story:
        """Moves both clocks on, by seconds=, minutes=, hours=."""
        return self._to(self.clock.now() + timedelta(**length))

    def _to(self, there: datetime) -> Story:
        self.sandbox.clock.set(there)
        self.clock.set(there)
        return self

    def tick(self, text: str = "") -> Done:
        """One tick of the bridge, at that time."""
        if text:
            self.at(text)
        return self.engine.tick()

    def soon(self) -> Done:
        """One tick, a minute later."""
        return self.later(minutes=1).engine.tick()

    def decide(self) -> None:
        """Everything of a tick up to the outbox: what is wanted now waits there."""
        for name in sorted(self.engine.connectors):
            self.engine.pull(name)
        self.engine.plan_due()
        self.engine.refresh()
        self.engine.plan_due()

    def work(self, minutes: float = 30) -> Story:
        """Ticks whenever something is due, until nothing more is due in so many minutes."""
        until = self.clock.now() + timedelta(minutes=minutes)
        self.engine.tick()
        while (due := self.engine.next_moment()) is not None and due <= until:
            self._to(max(due, self.clock.now() + timedelta(seconds=1)))
            self.engine.tick()
        return self

    def restart(self) -> Story:
        """The process ends and another one starts on the same database."""
        self.close()
        self.engine = self._assembled()
        return self

    def close(self) -> None:
        """Lets go of everything."""
        for connector in self.engine.connectors.values():
            connector.close()
        self.engine.store.close()

    # -- what people do -----------------------------------------------------------------------------------------

    def fill_deal(self, **others: Any) -> None:
        """Sales fills in what the door of production asks for."""
        self.set_deal(**{"Проєкт": "Сайт Ромашки", "Вид_роботи": "site", "Сума": 30000, **others})

    def set_deal(self, by: int = 1, **fields: Any) -> None:
        """Somebody fills fields of the deal's task; an underscore stands for a space."""
        for field, value in fields.items():
            self.people.set_planfix_field(self.task, field.replace("_", " "), value, by=by)

    def answer(self, **changed: str) -> None:
        """The client fills the form in through the link of the last message that had one."""
        self.people.fill_form({"Код клієнта": self.code, **ANSWERS, **changed})

    def press(self, reader: int, title: str, by: int | None = None) -> None:
        """Presses the button of that title under the newest message of a chat that has it."""
        found = [m for m in self.messages(reader) if any(title == b["text"] for b in buttons_under(m))]
        assert found, f"no message has the button {title}"
        self.people.staff_presses(by or reader, found[-1].id, title)

    @property
    def notes(self) -> list[str]:
        """What those who pressed a button read at once, oldest first."""
        queries = self.sandbox.telegram.chats.queries.values()
        return [str((query.answer or {}).get("text")) for query in queries]

    def goes_wrong(self, service: str, kind: FaultKind, **how: Any) -> Fault:
        """From now on something goes wrong with a service; see sandbox.faults.Fault."""
        return self.sandbox.faults.add(Fault(service, kind, **how))

    def mended(self) -> None:
        """Nothing goes wrong any more."""
        self.sandbox.faults.clear()

    # -- what people see ----------------------------------------------------------------------------------------

    def messages(self, chat: int) -> list[Message]:
        """The bot's messages in a chat, oldest first."""
        found = self.sandbox.telegram.chats.chats[chat]
        return [message for message in found.messages.values() if message.sender.is_bot]

    def says(self, chat: int) -> list[str]:
        """What the bot has written into a chat, oldest first."""
        return [message.body.text for message in self.messages(chat)]

    @property
    def client(self) -> list[str]:
        """What the client has read from the bot."""
        return self.says(CLIENT.id)

    @property
    def team(self) -> list[str]:
        """What the staff group has read."""
        return self.says(TEAM_CHAT)

    @property
    def pm(self) -> list[str]:
        """What the РМ has read."""
        return self.says(ANDRII.id)

    @property
    def manager(self) -> list[str]:
        """What the account manager has read."""
        return self.says(OLENA.id)

    @property
    def head(self) -> list[str]:
        """What the head has read."""
        return self.says(MARIIA.id)

    @property
    def chat_link(self) -> str:
        """The one-time link that sales passes on, from the message about the new lead."""
        found = [match for text in self.team for match in re.findall(r"https://t\.me/\S+", text)]
        return str(found[-1])

    @property
    def code(self) -> str:
        """The code in the link to the form, as the client's newest message carries it."""
        return parse_qs(urlsplit(self.form_link).query)["entry.1000000001"][0]

    @property
    def form_link(self) -> str:
        """The link to the form in the client's newest message that has one."""
        entities = [entity for message in self.messages(CLIENT.id) for entity in message.body.entities]
        return [str(entity["url"]) for entity in entities if entity["type"] == "text_link"][-1]

    # -- what stands in the systems -----------------------------------------------------------------------------

    @property
    def cards(self) -> list[Card]:
        """All cards."""
        return list(self.sandbox.trello.store.cards.values())

    @property
    def card(self) -> Card:
        """The card of the story's client."""
        (found,) = self.cards
        return found

    def list_of(self, card: Card | None = None) -> str:
        """The list a card is in."""
        shown = card or self.card
        return str(self.sandbox.trello.store.boards[shown.board_id].lists[shown.list_id].name)

    @property
    def moves(self) -> list[str]:
        """The lists the bridge has moved cards to, oldest first."""
        return [
            action.data["listAfter"]["name"] for action in self._by_bridge("updateCard") if "listAfter" in action.data
        ]

    @property
    def comments(self) -> list[str]:
        """What the bridge has written on cards, without the marks."""
        return [_MARK.sub("", action.data["text"]) for action in self._by_bridge("commentCard")]

    @property
    def attached(self) -> list[str]:
        """The files on the card, by name."""
        return [one.name for one in self.card.attachments.values()]

    @property
    def card_fields(self) -> dict[str, str]:
        """The card's filled custom fields by name."""
        named = self.sandbox.trello.store.boards[self.card.board_id].custom_fields
        return {named[key].name: next(iter((item.value or {}).values()), "") for key, item in self.card.fields.items()}

    @property
    def labels(self) -> list[str]:
        """The card's labels by name."""
        board = self.sandbox.trello.store.boards[self.card.board_id]
        return [board.labels[label].name for label in self.card.label_ids]

    @property
    def tasks(self) -> list[str]:
        """Tasks in Planfix that the bridge has made, as "title → person", oldest first."""
        things = self.sandbox.planfix.store.things["task"].values()
        return [f"{t.plain['name']} → {', '.join(t.people['assignees'])}" for t in things if t.source_object_id]

    @property
    def contact_fields(self) -> dict[str, Any]:
        """The custom fields of the client's contact by name, and the phone."""
        store = self.sandbox.planfix.store
        thing: Thing = store.thing("contact", self.contact)
        custom = {store.custom_fields[key].name: value for key, value in thing.values.items()}
        return {**custom, "Телефон": [phone["number"] for phone in thing.phones]}

    @property
    def deal_fields(self) -> dict[str, Any]:
        """The custom fields of the deal's task by name."""
        store = self.sandbox.planfix.store
        thing: Thing = store.thing("task", self.task)
        return {store.custom_fields[key].name: value for key, value in thing.values.items()}

    def _by_bridge(self, kind: str) -> list[Any]:
        actions = [action for board in self.sandbox.trello.store.boards.values() for action in board.actions]
        return [one for one in actions if one.type == kind and one.actor.member.username == "bridge_bot"]

    # -- what the bridge holds ----------------------------------------------------------------------------------

    def deliveries(self, *states: State) -> list[Row]:
        """Deliveries, oldest first."""
        return list(reversed(self.engine.store.deliveries(states=states, limit=500)))

    @property
    def timers(self) -> list[Timer]:
        """What is due some day."""
        return list(self.engine.store.timers())

    def blinded(self, connector: str) -> bool:
        """Whether reading a system fails at this moment."""
        try:
            self.engine.pull(connector)
        except (ConnectorError, SourceEmptied):
            return True
        return False

    def effects(self) -> Counter[str]:
        """Everything that the bridge has left in the systems and chats, each with how often it stands there."""
        seen = [f"card {card.name} in {self.list_of(card)}" for card in self.cards]
        seen += [f"label {name}" for name in self.labels] if len(self.cards) == 1 else []
        seen += [f"moved to {name}" for name in self.moves]
        seen += [f"comment {text}" for text in self.comments]
        seen += [f"file {one.name}" for card in self.cards for one in card.attachments.values()]
        seen += [f"task {title}" for title in self.tasks]
        if self.contact:
            seen += [f"contact {name}: {value}" for name, value in self.contact_fields.items()]
        chats = self.sandbox.telegram.chats.chats
        seen += [f"to {chat}: {text}" for chat in chats for text in self.says(chat)]
        return Counter(seen)


def buttons_under(message: Message) -> list[dict[str, Any]]:
    """The inline buttons of a message."""
    return [button for row in (message.markup or {}).get("inline_keyboard", []) for button in row]


# -- scenes -----------------------------------------------------------------------------------------------------------


def _morning(story: Story) -> None:
    """Monday 10:00: the agency is empty and was read for the first time."""
    story.tick()


def _lead(story: Story) -> None:
    """Monday 10:01: sales has made the contact and the task, the card is there, the team knows."""
    story.contact = story.people.create_contact(NAME, phone="+380441234567")
    story.task = story.people.create_task("Сайт для Ромашки", story.contact)
    story.tick("2026-11-30 10:01")


def _bound(story: Story) -> None:
    """Monday 10:02: the client has opened the one-time link."""
    story.people.client_opens_link(CLIENT.id, story.chat_link)
    story.tick("2026-11-30 10:02")


def _handed(story: Story) -> None:
    """Monday 10:15: the deal is complete and stands in «Ініціалізація»; the РМ has task and message."""
    story.fill_deal()
    story.tick("2026-11-30 10:10")
    story.people.drag_card(NAME, "Ініціалізація")
    story.tick("2026-11-30 10:15")


def _asked(story: Story) -> None:
    """Monday 10:20: the brief is with the client; it is due on Wednesday 02.12 at 18:00."""
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")
    story.tick("2026-11-30 10:20")


def _only_brief(story: Story) -> None:
    """Tuesday 10:00: talk, accesses and prepayment are there; only the brief is missing."""
    story.set_deal(by=2, Доступи="received", Розмову_проведено=True)
    story.set_deal(by=5, Передоплата_отримана=True)
    story.tick("2026-12-01 10:00")


def _answered(story: Story) -> None:
    """Monday 12:00: the client has answered in time, with document and thanks; the rest is missing."""
    story.at("2026-11-30 12:00").answer()
    story.tick()


def _only_payment(story: Story) -> None:
    """Tuesday 10:00: the brief is there, talk and accesses too; only the prepayment is missing."""
    story.set_deal(by=2, Доступи="received", Розмову_проведено=True)
    story.tick("2026-12-01 10:00")


def _started(story: Story) -> None:
    """Tuesday 11:00: the prepayment came last and work has begun."""
    story.set_deal(by=5, Передоплата_отримана=True)
    story.tick("2026-12-01 11:00")


def _set_up(story: Story) -> None:
    set_up(emptied(story.sandbox), story.settings, agency())
    _morning(story)


SCENES = {
    "morning": ("", _morning),
    "set_up": ("", _set_up),
    "lead": ("morning", _lead),
    "bound": ("lead", _bound),
    "handed": ("bound", _handed),
    "asked": ("handed", _asked),
    "only_brief": ("asked", _only_brief),
    "answered": ("asked", _answered),
    "only_payment": ("answered", _only_payment),
    "started": ("only_payment", _started),
}
"""Each scene: the one before it, and what happens in between."""


class Stage:
    """Plays a scene once and hands out copies of how everything stood at its end."""

    def __init__(self, running: Running, folder: Path) -> None:
        self.running = running
        self._folder = folder
        self._kept: dict[str, tuple[Sandbox, Path, int, int]] = {}

    @contextmanager
    def at(self, scene: str, folder: Path) -> Iterator[Story]:
        """A story of its own that goes on from the end of that scene."""
        kept, played, contact, task = self._end_of(scene)
        shutil.copytree(played, folder, dirs_exist_ok=True)
        self.running.serve(_copy(kept))
        story = Story(self.running, folder, contact, task)
        try:
            yield story
        finally:
            story.close()

    def _end_of(self, scene: str) -> tuple[Sandbox, Path, int, int]:
        if scene not in self._kept:
            before, happens = SCENES[scene]
            folder = self._folder / scene
            folder.mkdir(exist_ok=True)
            if before:
                with self.at(before, folder) as story:
                    happens(story)
            else:
                self.running.serve(Sandbox(world="demo", limits="off", start=moment("2026-11-30 10:00")))
                story = Story(self.running, folder)
                happens(story)
                story.close()
            self._kept[scene] = (story.sandbox, folder, story.contact, story.task)
        return self._kept[scene]


_FRESH: dict[type, Any] = {
    type(threading.Lock()): lambda _lock: (threading.Lock, ()),
    type(threading.RLock()): lambda _lock: (threading.RLock, ()),
    threading.Event: lambda _event: (threading.Event, ()),
}
"""What cannot be copied is made anew; nobody holds a lock between two requests."""


def _copy(sandbox: Sandbox) -> Sandbox:
    before = {kind: copyreg.dispatch_table[kind] for kind in _FRESH if kind in copyreg.dispatch_table}
    copyreg.dispatch_table.update(_FRESH)
    try:
        return deepcopy(sandbox)
    finally:
        for kind in _FRESH:
            del copyreg.dispatch_table[kind]
        copyreg.dispatch_table.update(before)


__all__ = ["ANDRII", "BORYS", "CLIENT", "IRYNA", "MARIIA", "NAME", "OLENA", "TEAM_CHAT", "Stage", "Story", "moment"]
