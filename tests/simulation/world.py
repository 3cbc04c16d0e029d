"""The outside as it really is: cards, tasks, sheet rows and chats, what people did there and what the bridge did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Delivery
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Ref
from bridge.model.values import Plain
from tests.simulation.trouble import effect_of

STAFF_CHAT = "-1"
STAFF = {"olena": "1", "andrii": "2"}
PEOPLE = {"olena": "Олена", "andrii": "Андрій"}
LINK = "https://t.test/"
FORM = "https://forms.test/"


@dataclass
class Line:
    """A line of a checklist, and who ticked it."""

    id: str
    name: str
    by: str = ""


@dataclass
class TickList:
    """A checklist on a card. `made_by` is the delivery that began it."""

    id: str
    name: str
    made_by: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Card:
    """A Trello card. `by` is the delivery that made it, "" for a person."""

    id: str
    name: str
    stands_in: str
    created_at: datetime
    task: str = ""
    mark: str = ""
    labels: set[str] = field(default_factory=set)
    fields: dict[str, Plain] = field(default_factory=dict)
    closed: bool = False
    comments: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lists: list[TickList] = field(default_factory=list)


@dataclass(frozen=True)
class Action:
    """An entry of Trello's action list: a comment, or a move that says from where and to where."""

    number: int
    kind: str
    at: datetime
    card: str
    actor: Actor
    data: Mapping[str, Plain]
    mark: str = ""


@dataclass
class Thing:
    """A contact, deal or task in Planfix. Lists show a change once it is `visible`, and until then what was `shown`."""

    kind: str
    id: str
    fields: dict[str, Plain]
    created_at: datetime
    changed_at: datetime
    visible: datetime
    contact: str = ""
    mark: str = ""
    files: list[str] = field(default_factory=list)
    shown: tuple[dict[str, Plain], datetime] | None = None
    """The fields as lists last showed them, and when they had been changed; None for what no list has shown."""

    def listed(self, at: datetime) -> tuple[dict[str, Plain], datetime] | None:
        """What lists show at a moment: the fields, and when they were changed; None while they do not show it."""
        return (self.fields, self.changed_at) if self.visible <= at else self.shown


@dataclass
class Row:
    """A row of the response sheet. One that was overwritten shows what stood there before until `visible`."""

    token: str
    answers: dict[str, str]
    at: datetime
    visible: datetime
    key: str
    shown: tuple[dict[str, str], datetime] | None = None

    def listed(self, at: datetime) -> tuple[dict[str, str], datetime] | None:
        """What the sheet shows at a moment: the answers, and when they were given; None while it does not show them."""
        return (self.answers, self.at) if self.visible <= at else self.shown


@dataclass
class Chat:
    """A chat of the bot. A group that became a supergroup says where it went in `moved_to`."""

    id: str
    client: int
    blocked: bool = False
    moved_to: str = ""


@dataclass
class Said:
    """A message that arrived in a chat, or a letter in a mailbox: `chat` is an address then.

    `shows` and `buttons` are what stands there now; `text` is what arrived.
    """

    chat: str
    number: int
    delivery: str
    key: str
    text: str
    at: datetime
    to_client: bool
    buttons: tuple[str, ...] = ()
    document: str = ""
    shows: str = ""

    @property
    def client(self) -> int:
        """Whose chat or mailbox it is."""
        return client_of(self.chat)


@dataclass(frozen=True)
class Press:
    """Somebody pressed a button. `may` says whether the message was for them."""

    update: str
    delivery: str
    button: str
    may: bool


@dataclass
class Silence:
    """Somebody asked for no automatic messages in a chat: since when that is known to the bridge, and until when."""

    chat: str
    update: int
    known: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Effect:
    """Something the bridge changed outside, in the order in which it took place."""

    delivery: str
    kind: str
    about: str
    at: datetime


@dataclass(frozen=True)
class Update:
    """One update of Telegram, as its kind in the bridge's words."""

    number: int
    kind: str
    chat: str
    actor: Actor
    at: datetime
    data: Mapping[str, Plain]


@dataclass(frozen=True)
class Mail:
    """A letter that came into the agency's mailbox, as its kind in the bridge's words."""

    number: int
    kind: str
    address: str
    actor: Actor
    at: datetime
    data: Mapping[str, Plain]


class World:
    """Everything outside. Each method is something that a person or the bridge does there, at once."""

    def __init__(self, now: Callable[[], datetime], lag: Callable[[], float], owner_token: bool) -> None:
        self.now = now
        self._lag = lag
        self.own_actor = Actor(ActorKind.PERSON, "olena", "Олена") if owner_token else Actor()
        self.cards: dict[str, Card] = {}
        self.actions: list[Action] = []
        self.trello_version = 0
        self.things: dict[tuple[str, str], Thing] = {}
        self.history: dict[tuple[str, str], list[tuple[datetime, Plain]]] = {}
        self.rows: list[Row] = []
        self.answers: list[tuple[str, datetime, str]] = []
        self.updates: list[Update] = []
        self.confirmed = 0
        self.chats: dict[str, Chat] = {}
        self.said: list[Said] = []
        self.presses: list[Press] = []
        self.doubts: dict[str, str] = {}
        """Messages to clients of which nobody can tell whether they arrived, and how that came."""
        self.silent: list[Silence] = []
        self.no_mailbox: set[str] = set()
        self.mail: list[Mail] = []
        self.returned: set[str] = set()
        """The deliveries whose letters came back."""
        self.effects: list[Effect] = []
        self.log: list[str] = []
        self.again: Counter[str] = Counter()
        self.facts: list[str] = []
        self.moves: list[Action] = []
        self.heard: Callable[[Said], None] = lambda _said: None
        self._ids = 0

    def id(self) -> int:
        """A new number: no two things outside have the same."""
        self._ids += 1
        return self._ids

    def note(self, what: str) -> None:
        """One line of the world's own diary."""
        self.log.append(f"{self.now():%m-%d %H:%M:%S} {what}")

    def did(self, delivery: Delivery, about: str) -> None:
        """The bridge changed something."""
        self.effects.append(Effect(delivery.id, effect_of(delivery.decision), about, self.now()))
        self.note(f"bridge {effect_of(delivery.decision)} {about} by {delivery.id}")

    # -- Trello -------------------------------------------------------------------------------------------------

    def act(self, kind: str, card: str, actor: Actor, data: Mapping[str, Plain], mark: str = "") -> Action:
        """Adds to the action list."""
        self.trello_version += 1
        action = Action(self.id(), kind, self.now(), card, actor, data, mark)
        self.actions.append(action)
        return action

    def move(self, card: Card, to: str, actor: Actor) -> None:
        """A card goes into another list."""
        if card.stands_in != to:
            data: dict[str, Plain] = {"from": card.stands_in, "to": to, "from_id": card.stands_in, "to_id": to}
            card.stands_in = to
            self.act("card.moved", card.id, actor, data)

    def person_moves(self, card: Card, to: str, who: str) -> None:
        """A person drags a card."""
        if card.stands_in != to and not card.closed:
            self.move(card, to, person(who))
            self.moves.append(self.actions[-1])
            self.note(f"{who} moves {card.id} to {to}")

    def person_comments(self, card: Card, text: str, who: str) -> None:
        """A person writes on a card."""
        action = self.act("comment.added", card.id, person(who), {"text": text})
        self.facts.append(str(Ref("trello", "main", "action", str(action.number))))
        self.note(f"{who} comments {card.id}: {text}")

    def person_labels(self, card: Card, label: str) -> None:
        """A person puts a label on, or takes it off."""
        card.labels ^= {label}
        self.trello_version += 1
        self.note(f"a person toggles {label} on {card.id}")

    def person_ticks(self, card: Card, line: Line, who: str) -> None:
        """A person ticks a line, or takes the tick back."""
        line.by = "" if line.by else who
        data: dict[str, Plain] = {"checklist": "", "item": line.id, "line": line.name, "done": bool(line.by)}
        action = self.act("checklist.ticked", card.id, person(who), data)
        self.facts.append(str(Ref("trello", "main", "action", str(action.number))))
        self.note(f"{who} {'ticks' if line.by else 'unticks'} {line.name} on {card.id}")

    def card_of(self, task: str) -> Card | None:
        """The open card of a deal."""
        return next((card for card in self.cards.values() if card.task == task), None)

    # -- Planfix ------------------------------------------------------------------------------------------------

    def make(self, kind: str, fields: dict[str, Plain], contact: str = "", mark: str = "") -> Thing:
        """A new contact, deal (`task`) or task (`todo`)."""
        now = self.now()
        thing = Thing(kind, str(self.id()), fields, now, now, now + timedelta(seconds=self._lag()), contact, mark)
        self.things[kind, thing.id] = thing
        for name, value in fields.items():
            self.history.setdefault((thing.id, name), []).append((now, value))
        return thing

    def write(self, thing: Thing, name: str, value: Plain) -> bool:
        """A field gets a value. False: it had it."""
        if thing.fields.get(name) == value:
            return False
        listed = thing.listed(self.now())
        thing.shown = (dict(listed[0]), listed[1]) if listed else None
        thing.fields[name] = value
        thing.changed_at = self.now()
        thing.visible = self.now() + timedelta(seconds=self._lag())
        self.history.setdefault((thing.id, name), []).append((self.now(), value))
        return True

    def held(self, thing: str, name: str, since: datetime, until: datetime) -> list[Plain]:
        """Every value that a field had between two moments, both included."""
        told = self.history.get((thing, name), [])
        before = [value for at, value in told if at <= since][-1:]
        return [*before, *(value for at, value in told if since < at <= until)]

    # -- the form -----------------------------------------------------------------------------------------------

    def answer(self, token: str, answers: dict[str, str], who: str) -> None:
        """A client sends the form, or sends it again: then his row is overwritten."""
        now = self.now()
        known = next((row for row in self.rows if row.key == (token or who)), None)
        visible = now + timedelta(seconds=self._lag() / 2)
        if known is not None:
            known.shown = known.listed(now)
            known.answers, known.at, known.visible = dict(answers), now, visible
        else:
            self.rows.append(Row(token, dict(answers), now, visible, token or who))
        self.answers.append((token or who, now, answers["Сайт"]))
        self.note(f"{who} answers the form: {answers}")

    # -- Telegram -----------------------------------------------------------------------------------------------

    def update(self, kind: str, chat: str, actor: Actor, data: Mapping[str, Plain]) -> Update:
        """Something happens in a chat of the bot."""
        update = Update(self.id(), kind, chat, actor, self.now(), {"chat": chat, "name": actor.name, **data})
        self.updates.append(update)
        self.note(f"telegram {kind} in {chat} by {actor.id} {dict(data)}")
        if kind != "chat.migrated":
            self.facts.append(str(update_ref(update)))
        return update

    def say(self, chat: str, delivery: Delivery, message: SendMessage) -> Said:
        """A message arrives, and whoever reads it may react."""
        buttons = tuple(name for name, _title in message.buttons)
        number, at, text = self.id(), self.now(), message.text
        said = Said(
            chat, number, delivery.id, delivery.key, text, at, message.to_client, buttons, message.document, shows=text
        )
        self.said.append(said)
        self.did(delivery, f"chat {chat}")
        self.heard(said)
        return said

    def mail_comes(self, kind: str, said: Said, data: Mapping[str, Plain]) -> None:
        """A letter comes: a client answers one of ours, or a mail server gives it back."""
        actor = guest(said.client) if kind == "letter" else Actor()
        mail = Mail(self.id(), kind, said.chat, actor, self.now(), data)
        self.mail.append(mail)
        self.note(f"mail {kind} about {said.delivery}")
        if kind == "letter":
            self.facts.append(str(mail_ref(mail)))
        else:
            self.returned.add(said.delivery)

    def message(self, chat: str, number: int) -> Said | None:
        """The message of that number in a chat."""
        return next((one for one in self.said if (one.chat, one.number) == (chat, number)), None)

    def confirm(self, number: int) -> None:
        """Telegram forgets all updates before that number: what they tell is known to the bridge."""
        self.confirmed = max(self.confirmed, number)
        for one in self.silent:
            if one.known is None and one.update < self.confirmed:
                one.known = self.now()

    def person_presses(self, said: Said, button: str, actor: Actor, *, may: bool) -> None:
        """Somebody presses a button under a message; who may not, names it from a chat of their own."""
        own = STAFF.get(actor.id, actor.id)
        chat = said.chat if may or said.chat.startswith("-") else own
        update = self.update("press", chat, actor, {"data": f"{said.delivery}:{button}", "query": "1"})
        self.presses.append(Press(str(update_ref(update)), said.delivery, button, may))
        if not may:  # nothing comes of it
            self.facts.remove(str(update_ref(update)))


def person(key: str) -> Actor:
    """A member of staff as an actor."""
    return Actor(ActorKind.PERSON, key, PEOPLE[key])


def guest(client: int) -> Actor:
    """A client as an actor."""
    return Actor(ActorKind.CLIENT, f"9{client:03}", f"Клієнт {client}")


def colleague(client: int) -> Actor:
    """Somebody else at a client."""
    return Actor(ActorKind.CLIENT, f"7{client:03}", f"Колега {client}")


def mailbox(client: int, number: int = 0) -> str:
    """The address of a client; there may be a newer one."""
    return f"c{client:03}.{number}@mail.test"


def client_of(chat: str) -> int:
    """Whose a chat or a mailbox is, by its name."""
    return int(chat[1:4] if "@" in chat else chat[-3:])


def mail_ref(mail: Mail) -> Ref:
    """The identity of a letter that came."""
    return Ref("email", "main", "letter", str(mail.number))


def update_ref(update: Update) -> Ref:
    """The identity of what an update tells."""
    name = (
        f"migrated:{update.chat}:{update.data['to']}" if update.kind == "chat.migrated" else f"update:{update.number}"
    )
    return Ref("telegram", "bot", "update", name)


def names_in(values: Sequence[Plain]) -> list[str]:
    """Texts among plain values."""
    return [value for value in values if isinstance(value, str)]
