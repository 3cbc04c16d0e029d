"""Both systems as they really are: what every place holds, since when, and who put it there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bridge.engine.clock import SetClock
from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Delivery
from bridge.model.fields import FieldType
from bridge.model.values import Plain, moment_text, parse_moment
from sandbox import Sandbox
from sandbox.planfix import model as planfix_model
from sandbox.planfix.model import CustomField, Employee, Process, Status, Template, Thing
from sandbox.planfix.model import Token as PlanfixToken
from sandbox.trello import Actor
from sandbox.trello.model import Board, Card
from tests.secrets import PLANFIX_TOKEN, TRELLO_KEY, TRELLO_SECRET, TRELLO_TOKEN
from tests.sync import agency
from tests.sync.wire import Asked

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
_KYIV = ZoneInfo(agency.ZONE)
_OURS = re.compile(r"^‹міст.*›$", re.MULTILINE)
_TASK = re.compile(r"^Planfix: http\S+$", re.MULTILINE)
"""By this line a card that the bridge made names its task. What stands beside our mark like this is nobody's text."""
_ROBOT = 9
_TYPES = {
    FieldType.TEXT: ("text", planfix_model.TEXT),
    FieldType.NUMBER: ("number", planfix_model.NUMBER),
    FieldType.DATE: ("date", planfix_model.DATE),
    FieldType.FLAG: ("checkbox", planfix_model.CHECKBOX),
    FieldType.CHOICE: ("list", planfix_model.LIST),
    FieldType.SET: ("", planfix_model.SET_OF_VALUES),
}
_SLOWEST_LIST = 59.0

PERSON, BRIDGE, VENDOR = "a person", "the bridge", "the vendor"


@dataclass(frozen=True, order=True)
class Place:
    """One fact of one thing; of a set, one element: `deal.tags#VIP`."""

    ref: str
    fact: str

    @property
    def key(self) -> str:
        """The fact as fields.yaml calls it."""
        return self.fact.partition("#")[0]


@dataclass(eq=False)
class Held:
    """What a place holds from one moment on. `n` orders all of them; `sources` is where the bridge had it from."""

    n: int
    place: Place
    value: Plain
    by: str
    at: datetime
    sources: tuple[Held, ...] = ()


@dataclass
class Overwritten:
    """What a person had put there, and what the bridge put in its place."""

    lost: Held
    by: Held
    window: bool
    """Put there between the bridge's look and its own write: neither system tells of that."""


@dataclass
class Lists:
    """What lists of Planfix show of a thing until a moment: they run up to a minute late."""

    until: datetime
    thing: Thing | None


@dataclass
class World:
    """The agency's boards and account. People and requests of the bridge change them; `look` finds out what changed."""

    random: Random
    clock: SetClock = field(default_factory=lambda: SetClock(START))
    held: dict[Place, list[Held]] = field(default_factory=dict)
    overwritten: list[Overwritten] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    late: dict[tuple[str, int], Lists] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    n: int = 0
    edits: int = 0
    under_way: Delivery | None = None
    looked: int = 0
    """How much had happened when the bridge last read something."""
    reads: dict[str, list[tuple[int, datetime]]] = field(default_factory=dict)
    """By system: how much had happened, and when, whenever the bridge began to read all of it and kept what it read."""
    crossed: list[tuple[str, int]] = field(default_factory=list)
    """Cards that went to another board, with how much had happened before."""
    queued: list[tuple[Delivery, int]] = field(default_factory=list)
    """Writes that Planfix has taken and does later, with how much had happened when the bridge decided on them."""

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(world="empty", start=START)
        self.sandbox.journal.keep_answers = 0
        self.trello, self.planfix = self.sandbox.trello, self.sandbox.planfix
        self.trello.webhooks  # noqa: B018 - there as in the real thing, without subscribers
        self.fields: dict[str, dict[str, str]] = {}
        self._build_trello()
        self._build_planfix()

    # -- the agency -------------------------------------------------------------------------------------------------

    def _build_trello(self) -> None:
        robot = self.trello.add_member("bridge_bot", "Міст")
        members = {key: self.trello.add_member(key, key.title()) for key in agency.STAFF}
        self.actors = {key: Actor(member) for key, member in members.items()}
        app = self.trello.add_app("bridge", TRELLO_KEY, TRELLO_SECRET)
        self.trello.add_token(TRELLO_TOKEN, app, robot)
        self.boards = {name: self._board(name) for name in (*agency.BOARDS, agency.ELSEWHERE)}
        for name in agency.BOARDS:
            self.trello.boards.add_member(self.boards[name], robot, "normal", self.actors["olena"])

    def _board(self, name: str) -> Board:
        boards, olena = self.trello.boards, self.actors["olena"]
        board = boards.create({"name": name, "defaultLists": False}, olena)
        for key in ("andrii", "iryna"):
            boards.add_member(board, self.actors[key].member, "normal", olena)
        for title in agency.LISTS[name]:
            boards.create_list(board, {"name": title, "pos": "bottom"}, olena)
        for title in agency.TAGS:
            boards.create_label(board, {"name": title, "color": "red"}, olena)
        made = {}
        for spec in agency.FACTS.values():
            field_name = agency.ON_CARD.get(spec.also[0].rpartition(".")[2])
            if field_name is not None and field_name not in agency.NOT_THERE.get(name, ()):
                options = [{"value": {"text": text}, "pos": "bottom"} for text in agency.SERVICES.values()]
                wanted = {"name": field_name, "type": _TYPES[spec.type][0], "pos": "bottom"}
                listed = {"options": options} if spec.type is FieldType.CHOICE else {}
                made[field_name] = boards.create_field(board, wanted | listed, olena).id
        self.fields[board.id] = made
        return board

    def _build_planfix(self) -> None:
        store = self.planfix.store
        store.employees = {number: Employee(number, key.title()) for key, number in agency.STAFF.items()}
        store.employees[_ROBOT] = Employee(_ROBOT, "Міст", role="Robot")
        store.tokens[PLANFIX_TOKEN] = PlanfixToken(PLANFIX_TOKEN, store.employees[_ROBOT])
        store.statuses = {1: Status(1, "Нова"), 2: Status(2, "В роботі")}
        store.processes = {1: Process(1, "Продаж", [1, 2])}
        store.templates = {11: Template(11, "Продаж", "task", process_id=1), 21: Template(21, "Клієнт", "contact")}
        named = {"task": agency.IN_TASK, "contact": agency.IN_CONTACT}
        self.numbers: dict[str, int] = {}
        for spec in agency.FACTS.values():
            _, kind, name = spec.source.split(".")
            if name in named[kind]:
                number = 100 + len(self.numbers)
                choices = tuple(spec.choices or ())
                made = CustomField(number, named[kind][name], _TYPES[spec.type][1], kind, choices)
                store.custom_fields[number] = made
                self.numbers[spec.key] = number

    # -- what is there -----------------------------------------------------------------------------------------------

    @property
    def cards(self) -> list[Card]:
        """All cards, oldest first."""
        return list(self.trello.store.cards.values())

    @property
    def tasks(self) -> list[Thing]:
        """All tasks that are still there."""
        return [one for one in self.planfix.store.things["task"].values() if not one.plain["isDeleted"]]

    @property
    def contacts(self) -> list[Thing]:
        """All contacts that are still there."""
        return [one for one in self.planfix.store.things["contact"].values() if not one.plain["isDeleted"]]

    def is_ours(self, card: Card) -> bool:
        """Whether a card is on one of the boards that the bridge reads."""
        return self.trello.store.boards[card.board_id].name in agency.BOARDS

    def on_card(self, card: Card) -> Iterator[tuple[str, Plain]]:
        """What a card holds of each fact that it has a place for."""
        board = self.trello.store.boards[card.board_id]
        for spec in agency.FACTS.values():
            name = spec.also[0].rpartition(".")[2]
            if name == "labels":
                worn = {board.labels[one].name for one in card.label_ids}
                yield from ((f"{spec.key}#{tag}", tag in worn) for tag in agency.TAGS)
            elif name == "members":
                here = {self.trello.store.members[one].username for one in card.member_ids}
                yield from ((f"{spec.key}#{who}", who in here) for who in agency.STAFF)
            elif name in agency.ON_CARD:
                id = self.fields[board.id].get(agency.ON_CARD[name])
                if id is not None:
                    yield spec.key, self._in_field(card, id, spec.type)
            else:
                shown: Any = {"name": card.name, "description": _described(card.desc), "due": card.due}[name]
                yield spec.key, meaning(spec.type, shown)

    def _in_field(self, card: Card, id: str, kind: FieldType) -> Plain:
        item = card.fields.get(id)
        if kind is FieldType.FLAG:
            return item is not None and (item.value or {}).get("checked") == "true"
        if item is None:
            return None
        if kind is FieldType.CHOICE:
            text = self.trello.store.custom_fields[id].options[item.option_id or ""].text
            return next(ours for ours, theirs in agency.SERVICES.items() if theirs == text)
        return meaning(kind, next(iter((item.value or {}).values()), None))

    def in_planfix(self, thing: Thing) -> Iterator[tuple[str, Plain]]:
        """What a task or contact holds of each fact that it has a place for."""
        for spec in agency.FACTS.values():
            _, kind, name = spec.source.split(".")
            if kind != thing.kind:
                continue
            if name == "assignees":
                users = {f"user:{number}": key for key, number in agency.STAFF.items()}
                here = {users.get(one) for one in thing.people["assignees"]}
                yield from ((f"{spec.key}#{who}", who in here) for who in agency.STAFF)
            elif name == "tags":
                worn = thing.values.get(self.numbers[spec.key]) or []
                yield from ((f"{spec.key}#{tag}", tag in worn) for tag in agency.TAGS)
            elif spec.key in self.numbers:
                yield spec.key, meaning(spec.type, thing.values.get(self.numbers[spec.key]))
            else:
                shown = thing.dates["endDateTime"] if name == "due" else thing.plain["name"]
                yield spec.key, meaning(spec.type, shown)

    def places(self, system: str = "") -> Iterator[tuple[Place, Plain]]:
        """Everything that every place holds now, or every one of a system."""
        for card in self.cards if system != "planfix" else ():
            yield from ((Place(f"trello:main:card:{card.id}", fact), value) for fact, value in self.on_card(card))
        for thing in (*self.tasks, *self.contacts) if system != "trello" else ():
            ref = f"planfix:main:{thing.kind}:{thing.id}"
            yield from ((Place(ref, fact), value) for fact, value in self.in_planfix(thing))

    def now_at(self, place: Place) -> Held | None:
        """What a place holds, with its story."""
        known = self.held.get(place)
        return known[-1] if known else None

    # -- what happens ------------------------------------------------------------------------------------------------

    def look(self, by: str, system: str = "") -> list[Held]:
        """Writes down what is otherwise than before, and who did it."""
        found = []
        for place, value in self.places(system):
            before = self.now_at(place)
            if before is None or before.value != value:
                self.n += 1
                written = before is not None or value not in (
                    None,
                    False,
                )  # a new thing is empty without anybody's doing
                new = Held(self.n, place, value, by if written else VENDOR, self.clock.now())
                self.held.setdefault(place, []).append(new)
                found.append(new)
                if by == BRIDGE and before is not None:
                    self._bridge_wrote(before, new)
        return found

    def _bridge_wrote(self, before: Held, new: Held) -> None:
        spec = agency.FACTS[new.place.key]
        name = (spec.source if new.place.ref.startswith("planfix") else spec.also[0]).rpartition(".")[2]
        tried = [(self.under_way, self.looked)] if self.under_way is not None else []
        for delivery, looked in (*tried, *self.queued):
            decision = delivery.decision
            if isinstance(decision, WriteFields) and name in decision.values and self._is_about(delivery, new.place):
                new.sources = self._sources(decision.because[name].split(":", 2)[2], new)
                if before.by == PERSON:
                    self.overwritten.append(Overwritten(before, new, before.n > looked))
                return
        what = self.under_way.decision if self.under_way is not None else None
        self.strays.append(f"{new.place} from {before.value!r} to {new.value!r} by {what}")

    def _sources(self, ref: str, new: Held) -> tuple[Held, ...]:
        """Where this value is from: the place that the bridge names, of a set that it has put together any other."""
        refs = {ref} if ref != new.place.ref else {place.ref for place in self.held if place.fact == new.place.fact}
        stories = [self.held.get(Place(one, new.place.fact), []) for one in sorted(refs - {new.place.ref})]
        last = [next((one for one in reversed(story) if one.value == new.value), None) for story in stories]
        return tuple(one for one in last if one is not None)

    def _is_about(self, delivery: Delivery, place: Place) -> bool:
        """Whether a delivery is about the thing of a place."""
        return place.ref in {str(ref) for ref in (delivery.target, *delivery.related.values())}

    def do_queued(self) -> None:
        """Planfix does what it has queued."""
        for _request in range(8):
            self.planfix.changes.tick()

    def finish_queued(self) -> None:
        """What Planfix had queued is done before anybody goes on."""
        self.do_queued()
        self.look(BRIDGE)
        self.queued.clear()

    def person(self, words: str) -> None:
        """Somebody did something: `words` tell what."""
        self.edits += bool(self.look(PERSON))
        self.note(words)

    def note(self, words: str) -> None:
        """A line of the diary."""
        self.told.append(f"{self.clock.now():%H:%M:%S} {words}")

    # -- late lists --------------------------------------------------------------------------------------------------

    def before_change(self, thing: Thing | None, kind: str, number: int) -> None:
        """A thing in Planfix is about to change: lists go on showing what it was, for up to a minute."""
        now = self.clock.now()
        known = self.late.get((kind, number))
        shown = known.thing if known is not None and known.until > now else deepcopy(thing)
        until = now.timestamp() + self.random.uniform(0, _SLOWEST_LIST)
        self.late[kind, number] = Lists(datetime.fromtimestamp(until, UTC), shown)

    def show_late(self, asked: Asked) -> dict[int, Thing] | None:
        """Puts what lists still show in the place of what is; gives what is, to be put back."""
        kind = {"/planfix/rest/task/list": "task", "/planfix/rest/contact/list": "contact"}.get(asked.path)
        if kind is None:
            return None
        things = self.planfix.store.things
        true = things[kind]
        shown: dict[int, Thing] = {}
        for number, thing in true.items():
            late = self.late.get((kind, number))
            seen = thing if late is None or late.until <= self.clock.now() else late.thing
            if seen is not None:
                shown[number] = seen
        things[kind] = shown
        return true

    def put_back(self, asked: Asked, true: dict[int, Thing]) -> None:
        """The truth again, after `show_late`."""
        self.planfix.store.things["task" if "/task/" in asked.path else "contact"] = true


def meaning(kind: FieldType, shown: Any) -> Plain:
    """What is meant by what stands there, however it is spelled."""
    if kind is FieldType.FLAG:
        return shown is True
    if shown is None or shown == "":
        return None
    if kind is FieldType.NUMBER:
        return f"{Decimal(str(shown)).normalize():f}"
    if kind is FieldType.DATE and len(str(shown)) == len("2026-12-01"):
        return str(shown)
    if kind in (FieldType.DATE, FieldType.MOMENT):
        moment = shown if isinstance(shown, datetime) else parse_moment(str(shown))
        if kind is FieldType.DATE:
            return moment.astimezone(_KYIV).date().isoformat()
        return moment_text(moment.replace(second=0, microsecond=0))
    text = unicodedata.normalize("NFC", str(shown)).replace("\r\n", "\n").strip()
    return text or None


def _described(text: str) -> str:
    return _OURS.sub("", _TASK.sub("", text, count=1)) if _OURS.search(text) else text
