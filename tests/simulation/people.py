"""What people do in the simulation: by themselves, and when they hear something from the bridge."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from bridge.model.records import Happening, Page, Ref
from tests.simulation.drawing import DAY
from tests.simulation.twins.trello import webhook
from tests.simulation.world import FORM, LINK, STAFF, STAFF_CHAT, Chat, Said, Thing, World, guest, person

LISTS = ("Ліди", "Договір", "Ініціалізація", "Виробництво", "Очікування")
_LIKELY_LISTS = (*LISTS, "Ініціалізація", "Ініціалізація", "Договір")
_LIKELY_LABELS = ("Надіслати бриф", "Надіслати бриф", "Терміново", "VIP")
_WORDS = ("терміново!", "спокійно", "дзвонили")
_LATE = 5 * 3600.0
_ASKED = (
    ("unknown ", ("again", "arrived")),
    ("missed ", ("go", "skip")),
    ("flood ", ("flood-send", "flood-send", "flood-drop")),
)
"""How what staff are asked begins, and what they may press."""
_LEAD = re.compile(rf"Клієнт (\d+)» {LINK}(\w+)")
_FORM_LINK = re.compile(rf"{FORM}(\w+)")


class Surroundings(Protocol):
    """What people need of the simulation around them."""

    seed: int
    world: World

    @property
    def seconds(self) -> float:
        """Seconds since the start."""

    def later(self, at: float, key: str, what: Callable[[], object]) -> None:
        """Something happens outside at that second."""

    def poll_soon(self, name: str, within: float) -> None:
        """The bridge reads that system within so many seconds."""

    def receive(self, name: str, page: Page) -> bool:
        """A call comes to the bridge. False: it was not stored."""


class People:
    """Everybody outside: leads and clients, and the staff at their cards, tasks and chats.

    `clients` are those who have come so far, with their contact and deal; `told_at` is when anybody last did anything.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._world = around.world
        self._seed = around.seed
        self.clients: dict[int, tuple[Thing, Thing]] = {}
        self.tokens: dict[int, str] = {}
        self.told_at = 0.0
        self.calm = False
        """From then on what is told is read for sure: no webhook is lost any more."""
        around.world.heard = self.heard

    def lead(self, client: int) -> None:
        name = f"Клієнт {client}"
        contact = self._world.make("contact", {"name": name, "phone": None, "site": None})
        deal = self._world.make("task", {"name": name, "project": None, "prepaid": False, "audience": None}, contact.id)
        self.clients[client] = (contact, deal)
        self._told("planfix", Random(f"{self._seed}:lead:{client}"))

    def act(self, kind: str, client: int, random: Random, what: str = "") -> None:
        """One act of a person about one client; nothing when what it is about is not there yet.

        `what` says where a card is moved, what is written or put on, or whether it is paid; without it chance does.
        """
        if client not in self.clients:
            return
        world, (contact, deal) = self._world, self.clients[client]
        card = world.card_of(deal.id)
        who = random.choice(("olena", "andrii"))
        match kind:
            case "move" if card:
                world.person_moves(card, what or random.choice(_LIKELY_LISTS), who)
                self._told("trello", random)
                if random.random() < 0.3:
                    self._webhook(len(world.actions) - 1, random)
            case "prepay":
                turned = not deal.fields["prepaid"] if random.random() < 0.8 else True
                world.write(deal, "prepaid", what == "yes" if what else turned)
                self._told("planfix", random)
            case "project":
                world.write(deal, "project", f"p{random.randrange(100)}" if what or random.random() < 0.9 else None)
                self._told("planfix", random)
            case "site":
                world.write(contact, "site", f"hand{random.randrange(100)}.test")
                self._told("planfix", random)
            case "label" if card and what not in card.labels:
                world.person_labels(card, what or random.choice(_LIKELY_LABELS))
                self._told("trello", random)
            case "tick" if card and card.lists:
                world.person_ticks(card, random.choice([line for one in card.lists for line in one.lines]), who)
                self._told("trello", random)
            case "comment" if card:
                world.person_comments(card, what or random.choice(_WORDS), who)
                self._told("trello", random)
            case "command" if card:
                world.person_comments(card, "/бриф", who)
                self._told("trello", random)
            case "message" if client in self.tokens:
                chat = self._chat(client)
                if not chat.blocked and not chat.moved_to:
                    world.update("message", chat.id, guest(client), {"text": f"слово {random.randrange(1000)}"})
                    self._told("telegram", random)
            case "press":
                self._scenario(deal, random)
            case "stray answer":
                self._answers(client, "", random)
            case "answer again":
                known = [row for row in world.rows if row.token]
                if known:
                    self._answers(client, random.choice(known).token, random)
            case "drop row" if len(world.rows) > 2:
                row = world.rows.pop(random.randrange(len(world.rows)))
                world.note(f"row {row.key} is deleted")
                world.answers = [answer for answer in world.answers if answer[0] != row.key]
            case "block":
                chat = self._chat(client)
                chat.blocked = not chat.blocked
                world.update("chat.blocked" if chat.blocked else "chat.open", chat.id, guest(client), {})
                self._told("telegram", random)
            case "migrate" if client % 3 == 0 and client in self.tokens:
                self._migrate(client)

    def _migrate(self, client: int) -> None:
        old = self._chat(client)
        if not old.moved_to and not old.blocked:
            new = Chat(f"-100888{client:03}", client)
            old.moved_to = new.id
            self._world.chats[new.id] = new
            self._world.update("chat.migrated", old.id, guest(client), {"from": old.id, "to": new.id})

    def _webhook(self, place: int, random: Random) -> None:
        """The payload of a webhook, at times twice and long after: what it tells is stored on receipt."""
        if place < 0:
            return
        action = self._world.actions[place]
        for number in range(random.choice((1, 2))):
            key = f"webhook {action.number} {number}"
            self._in(random.uniform(0.5, 90), key, lambda: self._around.receive("trello", webhook(action)))

    def _scenario(self, deal: Thing, random: Random) -> None:
        """A button in Planfix: its call comes until it was answered, so at times it comes twice."""
        press = Happening(
            ref=Ref("planfix", "main", "press", str(self._world.id())),
            kind="button",
            at=self._world.now(),
            about=Ref("planfix", "main", "task", deal.id),
            actor=person("olena"),
            data={"button": "send-brief"},
        )
        self._world.note(f"press in planfix of deal {deal.id}")
        self._world.facts.append(str(press.ref))
        self._call(press, 1)
        if random.random() < 0.2:
            self._in(random.uniform(1, 1000), f"press {press.ref} twice", lambda: self._call(press, 2))

    def _call(self, press: Happening, number: int) -> None:
        """One HTTP call of a scenario: without an answer it is repeated a quarter of an hour later."""
        done = False
        try:
            done = self._around.receive("press", Page(None, happenings=(press,)))
        finally:
            if not done:
                key = f"press {press.ref} {number}"
                self._in(900, key, lambda: self._call(press, number + 1))

    def change_beside(self, what: str) -> None:
        """A person changes the same card or task at this very moment."""
        random = Random(f"{self._seed}:beside:{what}:{len(self._world.effects)}")
        card = self._world.cards.get(what)
        if card is not None:
            self._world.person_moves(card, random.choice(LISTS), "andrii")
            return
        for thing in self._world.things.values():
            if thing.id == what:
                self._world.write(thing, "site", f"person-{random.randrange(1000)}.test")

    def somebody_acts(self, name: str, about: int | None) -> None:
        """An act about that client, mostly."""
        random = Random(f"{self._seed}:act:{name}:{len(self._world.effects)}")
        if self.clients:
            other = random.choice(sorted(self.clients))
            client = other if about is None or random.random() < 0.2 else about
            kind = random.choice(("prepay", "move", "label", "message", "answer again", "comment"))
            self.act(kind, client, random)

    # -- what people hear ---------------------------------------------------------------------------------------------

    def heard(self, said: Said) -> None:
        """Whoever reads a message may react to it later."""
        random = Random(f"{self._seed}:heard:{said.delivery}:{said.chat}:{len(self._world.again)}")
        lead = _LEAD.search(said.text)
        if lead and said.chat == STAFF_CHAT and int(lead[1]) not in self.tokens:
            client = int(lead[1])
            self.tokens[client] = lead[2]
            self._in(random.uniform(60, 6 * 3600), f"start {client}", lambda: self._start(client))
        link = _FORM_LINK.search(said.text)
        if link and said.to_client:
            self._will_answer(said, link[1], random)
        for word, buttons in _ASKED:
            if said.text.startswith(word) and not said.to_client:
                button = random.choice(buttons)
                if word == "unknown ":
                    doubtful = said.text.removeprefix(word)[:10]
                    there = any(one.delivery == doubtful for one in self._world.said)
                    button = "arrived" if there and random.random() < 0.9 else "again"
                self._in(random.uniform(60, 5 * 3600), f"press {said.delivery}", partial(self._press, said, button))

    def _will_answer(self, said: Said, token: str, random: Random) -> None:
        client = int(said.chat.removeprefix("-100")[-3:])
        if random.random() < 0.35:
            return
        near = 14 * 3600 + random.uniform(-240, 240)
        morning = (1 + (self._around.seconds + 2 * 3600) // DAY) * DAY + random.uniform(-120, 60) - self._around.seconds
        delay = random.choice((random.uniform(120, 7200), near, morning, random.uniform(3600, 2 * DAY)))
        self._in(delay, f"answer {token} {said.delivery}", lambda: self._answers(client, token, random))

    def _answers(self, client: int, token: str, random: Random) -> None:
        number = random.randrange(10_000)
        self._world.answer(token, {"Сайт": f"s{number}.test", "Аудиторія": f"a{number}"}, f"client {client}")
        self._told("google_forms", random)

    def _start(self, client: int) -> None:
        chat = self._chat(client)
        self._world.update("start", chat.id, guest(client), {"payload": self.tokens[client]})
        self._told("telegram", Random(f"{self._seed}:start:{client}"))

    def _press(self, said: Said, button: str) -> None:
        who = next((key for key, chat in STAFF.items() if chat == said.chat), "olena")
        if button == "again":
            self._world.again[said.text.removeprefix("unknown ")[:10]] += 1
        self._world.update("press", said.chat, person(who), {"data": f"{said.delivery}:{button}", "query": "1"})
        self._told("telegram", Random(f"{self._seed}:press:{said.delivery}"))

    def _chat(self, client: int) -> Chat:
        """The client's chat: a group for every third."""
        number = f"-100{client:03}" if client % 3 == 0 else f"9{client:03}"
        return self._world.chats.setdefault(number, Chat(number, client))

    def _in(self, delay: float, key: str, what: Callable[[], object]) -> None:
        """Something that happens so many seconds from now."""
        self._around.later(self._around.seconds + delay, key, what)

    def _told(self, system: str, random: Random) -> None:
        """Something happened there: the next poll sees it, a webhook wakes it, at times twice; or it is seen late."""
        luck = random.random()
        self.told_at = now = self._around.seconds
        wake = partial(self._around.poll_soon, system, 0.5)
        if self.calm:
            self._in(90, f"wake {system} {now}", wake)
        self._around.poll_soon(system, random.uniform(1, 70) if luck < 0.9 else random.uniform(70, _LATE))
        if luck < 0.2:
            self._in(random.uniform(1, 300), f"wake {system} {now}", wake)
