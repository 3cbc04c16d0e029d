"""The agency's story at speed: the pack with short polls, its daemon as a process, and people who never wait."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from bridge.wiring.settings import Settings, load_settings
from sandbox import Sandbox, planfix_world, telegram, trello_world
from sandbox.planfix.model import Thing
from sandbox.telegram import Chat, Message, User
from sandbox.trello.model import Card
from sandbox.world import ANDRII, TEAM_CHAT

ROOT = Path(__file__).parents[1]
FIRST_CLIENT = 530_000_001
GoogleKey: TypeAlias = Mapping[str, str]
CODE = "entry.1000000001"
SPEEDS = (
    ("bridge.yaml", r"^polls:.*$", "polls: {trello: 0.5, planfix: 0.5, google_forms: 0.5, telegram: 0.5}"),
    ("rules/00-agency.yaml", r'window: "[^"]+"', 'window: "00:00-23:59"'),
    ("rules/00-agency.yaml", r"at_most: \d+ per day", "at_most: 50 per day"),
    ("calendars/office.yaml", r"week: .*", 'week: {mon-sun: "00:00-23:59"}'),
)
PACES = """
paces:
  trello.token: {calls: 10000, seconds: 1}
  trello.key: {calls: 10000, seconds: 1}
  planfix.second: {calls: 10000, seconds: 1}
  google_forms: {calls: 10000, seconds: 1}
  telegram: {calls: 10000, seconds: 1}
  "telegram:chat": {calls: 10000, seconds: 1}
  "telegram:group": {calls: 10000, seconds: 1}
"""
"""The sandbox's limits are off, so the bridge need not keep under them."""


def fast_config(folder: Path) -> Path:
    """A copy of the pack that reads twice a second and may write to clients at any hour of any day."""
    made = folder / "config"
    shutil.copytree(ROOT / "config", made)
    for name, pattern, words in SPEEDS:
        file = made / name
        text, count = re.subn(pattern, words, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{name} has {count} places like {pattern}")
        file.write_text(text, encoding="utf-8")
    with (made / "bridge.yaml").open("a", encoding="utf-8") as choices:
        choices.write(PACES)
    return made


def bridge_settings(base_url: str, folder: Path, config: Path, key: GoogleKey) -> Settings:
    """Settings that point a bridge at a sandbox. `key` is the sandbox's own service account."""
    return load_settings(env_file=None, given=_given(base_url, folder, config, key))


def bridge_environment(base_url: str, folder: Path, config: Path, key: GoogleKey) -> dict[str, str]:
    """The same as the environment of a process. Other settings of the surroundings are left out."""
    made = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    made["PYTHONPATH"] = str(ROOT)
    made.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed bridge is compiled once, not at every start
    for name, value in _given(base_url, folder, config, key).items():
        if isinstance(value, dict):
            made |= {f"BRIDGE_{name}__{inner}".upper(): str(one) for inner, one in value.items()}
        else:
            made[f"BRIDGE_{name}".upper()] = str(value)
    return made


def _given(base_url: str, folder: Path, config: Path, key: GoogleKey) -> dict[str, Any]:
    key_file = folder / "google.json"
    key_file.write_text(json.dumps(key))
    return {
        "config_dir": config,
        "database_url": f"sqlite:///{folder}/bridge.db",
        "trello": {"key": trello_world.KEY, "token": trello_world.TOKEN, "base_url": f"{base_url}/trello"},
        "planfix": {"token": planfix_world.TOKEN, "base_url": f"{base_url}/planfix/rest"},
        "google": {
            "credentials_file": key_file,
            "sheets_base_url": f"{base_url}/google",
            "drive_base_url": f"{base_url}/google",
            "forms_base_url": f"{base_url}/google",
            "pages_base_url": base_url,
        },
        "telegram": {"token": telegram.TOKEN, "base_url": f"{base_url}/telegram"},
        "web": {"port": 0},
    }


class DaemonProcess:
    """`bridge run` as a process of its own. Its words go to `daemon.log` in `folder`."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it; does not wait until it works."""
        command = [sys.executable, "-m", "bridge", "run"]
        with (self._folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.starts += 1

    @property
    def pid(self) -> int:
        """Its number among the machine's processes; 0 before it was started."""
        return self._process.pid if self._process is not None else 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """`kill -9`: no handler runs, nothing is written down."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)


@dataclass
class ClientsWay:
    """One client from lead to start of work. `step` does what the people of the story would do next, if it is time."""

    sandbox: Sandbox
    number: int
    task: int = 0
    contact: int = 0
    code: str = ""
    stage: str = "new"
    since: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """No other client's name begins so: messages are told apart by it."""
        return f"Кав’ярня {self.number:03}"

    @property
    def user(self) -> int:
        return FIRST_CLIENT + self.number

    @property
    def done(self) -> bool:
        return self.stage == "started"

    def step(self) -> None:
        """One look at what everybody sees, and at most one stage forward."""
        with self.sandbox.lock:
            following: str = getattr(self, f"_{self.stage}")()
        if following:
            self.stage, self.since = following, time.monotonic()

    # -- stages, by what was done last ---------------------------------------------------------------------------

    def _new(self) -> str:
        people = self.sandbox.people
        self.sandbox.telegram.chats.add_user(User(self.user, self.name, language_code="uk"))
        self.contact = people.create_contact(self.name, phone=f"+38067{1000000 + self.number}")
        self.task = people.create_task(f"Продаж: {self.name}", contact=self.contact)
        return "lead"

    def _lead(self) -> str:
        """Sales pass on the one-time link once the bridge has written it to the group."""
        for message in _bot_says(self.sandbox, TEAM_CHAT):
            # One message may tell of several leads: each by name, then its link.
            _before, named, after = message.body.text.partition(self.name)
            link = re.search(r"https://t\.me/\S+", after)
            if named and link:
                self.sandbox.people.client_opens_link(self.user, link[0])
                return "invited"
        return ""

    def _invited(self) -> str:
        """The client was greeted, the card is there: the contract is signed and the deal goes to production."""
        if not self.card or not self.client_reads:
            return ""
        people = self.sandbox.people
        for name, value in (("Проєкт", f"Сайт {self.number:03}"), ("Вид роботи", "site"), ("Сума", 30000)):
            people.set_planfix_field(self.task, name, value)
        return "sold"

    def _sold(self) -> str:
        """A moment later, so that the bridge may have read the sum; when it has not, the card comes back."""
        card = self.card
        if card is None or time.monotonic() - self.since < 1.5:
            return ""
        self.sandbox.people.drag_card(card.id, "Договір")
        self.sandbox.people.drag_card(card.id, "Ініціалізація")
        return "handed_over"

    def _handed_over(self) -> str:
        """The РМ presses the button under the message about the new deal."""
        for message in _bot_says(self.sandbox, ANDRII.id):
            if self.name in message.body.text and _has_button(message, "Надіслати бриф"):
                self.sandbox.people.staff_presses(ANDRII.id, message.id, "Надіслати бриф")
                return "asked"
        return ""

    def _asked(self) -> str:
        """The client has the brief. The РМ drags the card on too early."""
        for message in self.client_messages:
            for entity in message.body.entities:
                code = parse_qs(urlsplit(entity.get("url", "")).query).get(CODE)
                if code and self.card:
                    self.code = code[0]
                    self.sandbox.people.drag_card(self.card.id, "Виробництво", by="andrii")
                    return "too_early"
        return ""

    def _too_early(self) -> str:
        """The bridge has put the card back and said why: now the client answers."""
        card = self.card
        if card is None or not card.comments or self.list_of(card) != "Ініціалізація":
            return ""
        answers = {
            "Код клієнта": self.code,
            "Назва компанії": self.name,
            "Сайт": f"kava{self.number:03}.example",
            "Послуга": "SEO",
            "Цільова аудиторія": "Усі, хто п’є каву",
            "Побажання": "Тепло й коротко",
        }
        self.sandbox.people.fill_form(answers)
        return "answered"

    def _answered(self) -> str:
        """The money, the accesses and the talk are there: the bridge may begin."""
        people = self.sandbox.people
        for name, value in (("Передоплата отримана", True), ("Доступи", "received"), ("Розмову проведено", True)):
            people.set_planfix_field(self.task, name, value)
        return "ready"

    def _ready(self) -> str:
        card = self.card
        begun = any(title.startswith("Почати роботу") for title in self.task_titles)
        return "started" if card is not None and self.list_of(card) == "Виробництво" and begun else ""

    def _started(self) -> str:
        return ""

    # -- what is there ------------------------------------------------------------------------------------------

    @property
    def cards(self) -> list[Card]:
        return [card for card in self.sandbox.trello.store.cards.values() if card.name == self.name]

    @property
    def card(self) -> Card | None:
        return next(iter(self.cards), None)

    def list_of(self, card: Card) -> str:
        return self.sandbox.trello.store.lists[card.list_id].name

    @property
    def chat(self) -> Chat:
        return self.sandbox.telegram.chats.chats[self.user]

    @property
    def client_messages(self) -> list[Message]:
        return _bot_says(self.sandbox, self.user)

    @property
    def client_reads(self) -> list[str]:
        return [message.body.text for message in self.client_messages]

    @property
    def tasks(self) -> list[Thing]:
        """What the bridge has given people to do about this client."""
        things = self.sandbox.planfix.store.things["task"].values()
        whose = f"contact:{self.contact}"
        return [one for one in things if one.id != self.task and one.person.get("counterparty") == whose]

    @property
    def task_titles(self) -> list[str]:
        return [str(task.plain["name"]) for task in self.tasks]


class ProjectManager:
    """Looks after doubtful messages: has one sent again where the client's chat shows that it never came."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._seen: set[int] = set()
        self.sent_again = 0

    def step(self, ways: list[ClientsWay]) -> None:
        """Read new notices about doubtful messages, and decide."""
        with self._sandbox.lock:
            for message in self.notices:
                if message.id in self._seen:
                    continue
                self._seen.add(message.id)
                whom = [way for way in ways if way.name in message.body.text]
                words = doubtful_words(message)
                if whom and not any(words in one_line(text) for text in whom[0].client_reads):
                    self._sandbox.people.staff_presses(ANDRII.id, message.id, "Надіслати ще раз")
                    self.sent_again += 1

    @property
    def notices(self) -> list[Message]:
        """What the bridge has told about messages that may not have arrived; a decided one has no buttons any more."""
        said = _bot_says(self._sandbox, ANDRII.id)
        return [one for one in said if one.id in self._seen or _has_button(one, "Надіслати ще раз")]


def doubtful_words(notice: Message) -> str:
    """The first words of the message a notice is about."""
    quoted = notice.body.text.partition("\n«")[2].partition("»\n")[0]
    return one_line(re.sub(r"<[^>]+>", "", quoted))[:30]


def one_line(text: str) -> str:
    """The text with single spaces and no line breaks."""
    return " ".join(text.split())


def _bot_says(sandbox: Sandbox, chat: int) -> list[Message]:
    found = sandbox.telegram.chats.chats.get(chat)
    return [message for message in found.messages.values() if message.sender.is_bot] if found else []


def _has_button(message: Message, words: str) -> bool:
    rows = (message.markup or {}).get("inline_keyboard", [])
    return any(button["text"] == words for row in rows for button in row)
