"""What people do in the simulation: by themselves, and when they hear something from the bridge."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Protocol

from bridge.model.correspondents import Role
from bridge.model.events import Actor
from bridge.model.records import Happening, Page, Ref
from bridge.model.values import Plain
from tests.simulation.drawing import DAY
from tests.simulation.trouble import TOOK_EFFECT
from tests.simulation.twins.trello import webhook
from tests.simulation.world import (
    FORM,
    LINK,
    STAFF,
    STAFF_CHAT,
    Chat,
    Said,
    Silence,
    Thing,
    World,
    colleague,
    guest,
    mailbox,
    person,
)

LISTS = ("Ліди", "Договір", "Ініціалізація", "Виробництво", "Очікування")
_LIKELY_LISTS = (*LISTS, "Ініціалізація", "Ініціалізація", "Договір")
_LIKELY_LABELS = ("Надіслати бриф", "Надіслати бриф", "Терміново", "VIP")
_WORDS = ("терміново!", "спокійно", "дзвонили")
_LATE = 5 * 3600.0
_ASKED = (
    ("unknown", ("again", "arrived")),
    ("missed", ("go", "skip")),
    ("flood", ("flood-send", "flood-send", "flood-drop")),
)
"""How what staff are asked begins, and what they may press."""
_BEHIND = {word: re.compile(rf"\b{word} (\S+)") for word, _buttons in _ASKED}
"""What is asked about. It may stand behind other news in the same message."""
_ANSWERS = frozenset({"approve", "comment", "refuse", "send", "by-hand"})
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

    def invite(self, deal: Thing, role: Role) -> str:
        """Staff make a link for somebody else at that deal's client: its code, "" where that was not possible."""

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
        self.started: set[int] = set()
        self.told_at = 0.0
        self.calm = False
        """From then on what is told is read for sure: no webhook is lost any more."""
        around.world.heard = self.heard

    def lead(self, client: int) -> None:
        name = f"Клієнт {client}"
        email = mailbox(client) if client % 2 else None
        contact = self._world.make("contact", {"name": name, "phone": None, "site": None, "email": email})
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
                self._block(self._chat(client), not self._chat(client).blocked, random)
            case "shut" if client % 2:  # whoever can be written a letter instead
                self._block(self._chat(client), True, random)
                self._in(random.uniform(600, 40 * 3600), f"open {client}", lambda: self._opens(client))
            case "mailbox":
                self._mailbox(contact, client, random)
            case "silence" if client in self.started and client % 3:
                self._asks_for_silence(client, random)
            case "colleague" if client in self.tokens:
                self._colleague_comes(client, random)
            case "migrate" if client % 3 == 0 and client in self.tokens:
                self._migrate(client)

    def _block(self, chat: Chat, blocked: bool, random: Random) -> None:
        """The bot is blocked in a chat, or let in again."""
        if chat.blocked != blocked and not chat.moved_to:
            chat.blocked = blocked
            kind = "chat.blocked" if blocked else "chat.open"
            self._world.update(kind, chat.id, guest(chat.client), {})
            self._told("telegram", random)

    def _opens(self, client: int) -> None:
        self._block(self._chat(client), False, Random(f"{self._seed}:open:{client}:{self._around.seconds}"))

    def _mailbox(self, contact: Thing, client: int, random: Random) -> None:
        """A mailbox is closed, or staff write down another address."""
        address = contact.fields.get("email")
        if isinstance(address, str) and address not in self._world.no_mailbox:
            self._world.no_mailbox.add(address)
            self._world.note(f"the mailbox {address} is no more")
        else:
            self._world.write(contact, "email", mailbox(client, random.randrange(1, 9)))
            self._told("planfix", random)

    def _asks_for_silence(self, client: int, random: Random) -> None:
        """A client writes /stop, and mostly /start some time later."""
        chat = self._chat(client)
        if chat.blocked or any(one.chat == chat.id and one.until is None for one in self._world.silent):
            return
        update = self._world.update("stop", chat.id, guest(client), {"text": "/stop", "content": "text"})
        silence = Silence(chat.id, update.number)
        self._world.silent.append(silence)
        self._told("telegram", random)
        if random.random() < 0.8:
            self._in(random.uniform(3600, 2 * DAY), f"resume {silence.update}", lambda: self._resumes(silence, client))

    def _resumes(self, silence: Silence, client: int) -> None:
        self._world.update("start", silence.chat, guest(client), {"payload": ""})
        silence.until = self._world.now()
        self._told("telegram", Random(f"{self._seed}:resume:{silence.update}"))

    def _colleague_comes(self, client: int, random: Random) -> None:
        """Somebody else at the client comes by a link of their own: to decide, or only to read."""
        chat = self._world.chats.setdefault(colleague(client).id, Chat(colleague(client).id, client))
        code = self._around.invite(self.clients[client][1], random.choice((Role.DECIDES, Role.READS)))
        if code and not chat.blocked:
            self._world.update("start", chat.id, colleague(client), {"payload": code})
            self._told("telegram", random)

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
        if said.buttons:
            self._will_press(said, random)
        if "@" in said.chat:
            self._will_write(said, Random(f"{self._seed}:letter:{said.delivery}:{said.number}"))
        link = _FORM_LINK.search(said.text)
        if link and said.to_client:
            self._will_answer(said, link[1], random)
        for word, buttons in _ASKED:
            asked = _BEHIND[word].findall(said.text)
            if asked and not said.to_client and set(buttons) <= set(said.buttons):
                button = random.choice(buttons)
                if word == "unknown":
                    there = self._world.doubts.get(asked[-1], "") in TOOK_EFFECT
                    button = "arrived" if there and random.random() < 0.9 else "again"
                again = asked[-1] if button == "again" else ""
                for number in range(random.choice((1, 1, 1, 2))):  # two colleagues at once are one answer
                    key = f"press {said.delivery} {number}"
                    self._in(random.uniform(60, 5 * 3600), key, partial(self._press, said, button, again))

    def _will_write(self, said: Said, random: Random) -> None:
        """A letter comes back hours later, at times told twice, or the client answers it, or neither."""
        luck = random.random()
        if luck < 0.25:
            nobodys = random.random() < 0.5
            data: dict[str, Plain] = {"delivery": said.delivery, "words": "550", "nobodys": nobodys}
            for number in range(random.choice((1, 1, 2))):
                back = partial(self._comes_back, said, data)
                self._in(random.uniform(5, 6 * 3600), f"letter {said.number} back {number}", back)
        elif luck < 0.6:
            answer: dict[str, Plain] = {"text": "", "subject": "Re:", "content": "letter", "answers": [said.delivery]}
            wait = random.uniform(60, DAY)
            self._in(wait, f"letter {said.number}", partial(self._mail_comes, "letter", said, answer))

    def _comes_back(self, said: Said, data: Mapping[str, Plain]) -> None:
        if data["nobodys"]:
            self._world.no_mailbox.add(said.chat)
        self._mail_comes("letter.returned", said, data)

    def _mail_comes(self, kind: str, said: Said, data: Mapping[str, Plain]) -> None:
        self._world.mail_comes(kind, said, data)
        self._told("email", Random(f"{self._seed}:mail:{said.number}:{self._around.seconds}"))

    def _will_press(self, said: Said, random: Random) -> None:
        """Whoever is asked answers, at times twice or after somebody else; others press what is not theirs."""
        known = [button for button in said.buttons if button in _ANSWERS]
        if not known or "@" in said.chat:
            return
        reader = colleague(said.client) if said.chat == colleague(said.client).id else guest(said.client)
        if said.to_client:
            theirs = [reader, reader, guest(said.client + 1), person("olena")]
        else:
            theirs = [person(key) for key in STAFF]
        for number in range(random.choice((0, 1, 1, 2, 3))):
            who, button = random.choice(theirs), random.choice(known)
            may = not said.to_client or who == reader or (said.chat.startswith("-") and who != person("olena"))
            delay = random.choice((random.uniform(5, 900), random.uniform(5, 900), random.uniform(900, DAY)))
            key = f"answer {said.chat} {said.number} {number}"
            self._in(delay, key, partial(self._presses, said, button, who, may))

    def _presses(self, said: Said, button: str, who: Actor, may: bool) -> None:
        chat = self._world.chats.get(said.chat)
        if chat is None or not (chat.blocked or chat.moved_to):
            self._world.person_presses(said, button, who, may=may)
            self._told("telegram", Random(f"{self._seed}:presses:{said.number}:{self._around.seconds}"))

    def _will_answer(self, said: Said, token: str, random: Random) -> None:
        client = said.client
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
        self.started.add(client)
        self._world.update("start", chat.id, guest(client), {"payload": self.tokens[client]})
        self._told("telegram", Random(f"{self._seed}:start:{client}"))

    def _press(self, said: Said, button: str, again: str) -> None:
        who = next((key for key, chat in STAFF.items() if chat == said.chat), "olena")
        if again and (said.delivery, "again") not in {(one.delivery, one.button) for one in self._world.presses}:
            self._world.again[again] += 1
        self._world.person_presses(said, button, person(who), may=True)
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
