"""Connectors over the simulated world. They know what the vendors' services do, and meet the troubles laid for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bridge.model.checklists import CheckItem, Checklist, plain_checklists
from bridge.model.decisions import (
    AttachDocument,
    Capability,
    CommentCard,
    CreateCard,
    CreateTask,
    LabelCard,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
    WriteFields,
)
from bridge.model.deliveries import Delivery, Receipt, StoredFile
from bridge.model.errors import CannotTell, ConnectorError, DocumentError, Retry, SourceEmptied
from bridge.model.events import Actor, ActorKind
from bridge.model.findings import Finding
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text, parse_moment
from tests.simulation.trouble import CALLS, LOOKS, Crash, effect_of
from tests.simulation.world import (
    FORM,
    STAFF,
    STAFF_CHAT,
    Action,
    Card,
    Line,
    Thing,
    TickList,
    Update,
    World,
    update_ref,
)

LAG = timedelta(seconds=60)
_OVERLAP = timedelta(minutes=3)
_BATCH = 4
_ON_THE_WAY = frozenset({"refused", "server error", "no answer, not done", "429", "crash before the call"})
"""Troubles that end an attempt before its last call."""


class Surroundings(Protocol):
    """What a twin asks of the simulation around it."""

    world: World

    def trouble_at(self, effect: str, columns: Sequence[str]) -> str:
        """The trouble that lies in wait, "" for none."""

    def weather(self, connector: str, *, reads: bool) -> ConnectorError | SourceEmptied | None:
        """The error that a whole system answers with just now, None when it works."""

    def meanwhile(self, length: timedelta) -> None:
        """A call takes that long, while everybody else goes on."""

    def beside(self, what: str) -> None:
        """Somebody does something at this very moment."""

    def called(self, connector: str) -> None:
        """A call goes out."""

    def brings(self, connector: str, *, news: bool) -> None:
        """A page was read, with something in it or not."""

    def slow_reading(self, connector: str) -> bool:
        """Whether the answer that was just read is under way for a while."""


class Twin:
    """What all twins share: the troubles around a call, a look and a reading."""

    name = ""
    capabilities: frozenset[Capability] = frozenset()
    sources: frozenset[str] = frozenset()

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.world = around.world

    @property
    def now(self) -> datetime:
        return self.world.now()

    def pull(self, cursor: Cursor | None) -> Page:
        """A page, unless the system is out of reach; at times it is under way so long that others write meanwhile."""
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=True)
        if error is not None:
            raise error
        page = self.read(cursor)
        self.around.brings(self.name, news=bool(page.records or page.happenings))
        if self.around.slow_reading(self.name):
            self.around.meanwhile(timedelta(seconds=20))
        return page

    def read(self, cursor: Cursor | None) -> Page:
        return Page(cursor)

    def refresh(self, refs: Sequence[Ref]) -> Page:
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=True)
        if isinstance(error, ConnectorError):  # an emptied source is seen by reading all of it
            raise error
        return Page(None, [record for ref in refs if (record := self.one(ref)) is not None])

    def one(self, ref: Ref) -> Record | None:
        return None

    def push(self, delivery: Delivery) -> Receipt:
        """The effect, and on the way whatever lies in wait for it."""
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=False)
        if isinstance(error, ConnectorError):
            raise error
        trouble = self.around.trouble_at(effect_of(delivery.decision), CALLS)
        if trouble in _ON_THE_WAY:
            self.begin(delivery)
        match trouble:
            case "refused":
                raise ConnectorError(self.name, "connection refused", retry=Retry.PASSING)
            case "server error":
                raise ConnectorError(self.name, "502", retry=Retry.UNKNOWN, code="502")
            case "no answer, not done":
                raise ConnectorError(self.name, "no answer", retry=Retry.UNKNOWN)
            case "429":
                raise ConnectorError(self.name, "slow down", retry=Retry.PASSING, wait=timedelta(seconds=30))
            case "no rights":
                raise ConnectorError(self.name, "401", retry=Retry.ASK_ADMIN, code="401")
            case "refused for good":
                if self.name == "documents":
                    raise DocumentError("brief", "a fact is missing", missing=("client.name",))
                raise ConnectorError(self.name, "bad value", retry=Retry.PERMANENT, code="400")
            case "crash before the call":
                raise Crash("before the call")
            case "slow within the lease":
                self.around.meanwhile(timedelta(seconds=70))
        receipt = self.apply(delivery)
        match trouble:
            case "no answer, done":
                raise ConnectorError(self.name, "no answer", retry=Retry.UNKNOWN)
            case "crash after the call":
                raise Crash("after the call")
            case "slow beyond the lease":
                self.around.meanwhile(timedelta(seconds=200))
        return receipt

    def begin(self, delivery: Delivery) -> None:
        """What stands outside when an effect of several calls breaks off in the middle."""

    def apply(self, delivery: Delivery) -> Receipt:
        raise ConnectorError(self.name, f"cannot carry out {delivery.decision.kind}", retry=Retry.PERMANENT)

    def look(self, delivery: Delivery) -> Receipt | None:
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=False)
        if isinstance(error, ConnectorError):
            raise error
        match self.around.trouble_at(effect_of(delivery.decision), LOOKS):
            case "look fails":
                raise ConnectorError(self.name, "503", retry=Retry.PASSING, code="503")
            case "crash at the look":
                raise Crash("at the look")
        return self.find(delivery)

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def check(self) -> list[Finding]:
        return []

    def close(self) -> None:
        return


class TrelloTwin(Twin):
    """Cards and their actions, told separately; a label is told by the state of the card only."""

    name = "trello"
    capabilities = frozenset({Capability.CARDS})
    sources = frozenset({"trello.card"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        position = json.loads(cursor) if cursor else {"version": -1, "action": 0}
        seen_up_to = {"trello.card": at}
        if position["version"] == self.world.trello_version:
            return Page(cursor, seen_up_to=seen_up_to)
        actions = [action for action in self.world.actions if action.number > position["action"]]
        version = self.world.trello_version
        records = [self._record(card, at) for card in self.world.cards.values()]
        if actions and self.around.trouble_at("trello", ("actions come late",)):
            actions, version = actions[:-1], -1
        if cursor is None:
            position["action"] = max((action.number for action in self.world.actions), default=0)
        elif actions:
            position["action"] = actions[-1].number
        happenings = [_told(action) for action in actions] if cursor is not None else []
        after = json.dumps({**position, "version": version})
        whole = frozenset({("trello", "card")})
        return Page(Cursor(after), records, happenings, seen_up_to, whole)

    def one(self, ref: Ref) -> Record | None:
        card = self.world.cards.get(ref.id)
        return self._record(card, self.now) if card else Record(ref, {}, self.now, deleted=True)

    def _record(self, card: Card, at: datetime) -> Record:
        return Record(
            ref=_card(card.id),
            fields={
                "name": card.name,
                "list": card.stands_in,
                "list_id": card.stands_in,
                "labels": sorted(card.labels),
                "closed": card.closed,
                "created_at": moment_text(card.created_at),
                "stage": card.fields.get("stage"),
                "site": card.fields.get("site"),
                "service": card.fields.get("service"),
                **({"checklists": _lists_of(card)} if card.lists else {}),
            },
            read_at=at,
            url=f"https://trello.test/c/{card.id}",
            names=(Ref("planfix", "main", "task", card.task),) if card.task else (),
            mark=card.mark,
        )

    def begin(self, delivery: Delivery) -> None:
        if isinstance(delivery.decision, PutChecklist) and delivery.target and delivery.target.id in self.world.cards:
            self._list(self._target(delivery), delivery, delivery.decision, most=1)

    def _list(self, card: Card, delivery: Delivery, wanted: PutChecklist, most: int) -> TickList:
        """The list of that title with so many of its lines at most; lines that are there stay."""
        mine = next((one for one in card.lists if one.name == wanted.title), None)
        if mine is None:
            mine = TickList(f"l{self.world.id()}", wanted.title, delivery.id)
            card.lists.append(mine)
        there = {line.name for line in mine.lines}
        mine.lines += [Line(f"i{self.world.id()}", name) for name in wanted.items[:most] if name not in there]
        self.world.trello_version += 1
        return mine

    def _has_list(self, card: Card, wanted: PutChecklist) -> bool:
        mine = next((one for one in card.lists if one.name == wanted.title), None)
        return mine is not None and set(wanted.items) <= {line.name for line in mine.lines}

    def apply(self, delivery: Delivery) -> Receipt:
        match delivery.decision:
            case PutChecklist() as wanted:
                card = self._target(delivery)
                already = self._has_list(card, wanted)
                if not already:
                    self._list(card, delivery, wanted, most=len(wanted.items))
                    self.world.did(delivery, f"{card.id} {wanted.title}")
                return self._receipt(card, {"checklists": _lists_of(card)}, already=already)
            case CreateCard(list=name, name=title):
                task = delivery.related.get("planfix.task")
                card = Card(f"c{self.world.id()}", title, name, self.now, task.id if task else "", delivery.id)
                self.world.cards[card.id] = card
                self.world.trello_version += 1
                self.world.did(delivery, f"{card.id} for {card.task}")
                return self._receipt(card, {"list": name, "list_id": name, "url": ""})
            case CommentCard():
                card = self._target(delivery)
                card.comments.append(delivery.id)
                action = self.world.act("comment.added", card.id, Actor(ActorKind.BRIDGE), {"text": ""}, delivery.id)
                self.world.did(delivery, card.id)
                return Receipt(self.now, Ref("trello", "main", "action", str(action.number)))
            case AttachDocument(file_name=name):
                card = self._target(delivery)
                card.files.append(name)
                self.world.trello_version += 1
                self.world.did(delivery, f"{card.id} {name}")
                return Receipt(self.now, Ref("trello", "main", "attachment", str(self.world.id())))
            case _:
                card = self._target(delivery)
                so = self._as_wanted(card, delivery)
                if so is not None:
                    return so
                if self.around.trouble_at(effect_of(delivery.decision), ("a person at the same moment",)):
                    self.around.beside(card.id)
                return self._change(card, delivery)

    def find(self, delivery: Delivery) -> Receipt | None:
        match delivery.decision:
            case PutChecklist() as wanted:
                card = self.world.cards.get(delivery.target.id) if delivery.target else None
                there = card is not None and self._has_list(card, wanted)
                return self._receipt(card, {"checklists": _lists_of(card)}, already=True) if card and there else None
            case CreateCard():
                found = [card for card in self.world.cards.values() if card.mark == delivery.id]
                card = found[0] if found else None
                return (
                    self._receipt(card, {"list": card.stands_in, "list_id": card.stands_in}, already=True)
                    if card
                    else None
                )
            case CommentCard():
                card = self._target(delivery)
                return self._receipt(card, {}, already=True) if delivery.id in card.comments else None
            case AttachDocument(file_name=name):
                card = self._target(delivery)
                return self._receipt(card, {}, already=True) if name in card.files else None
            case _:
                target = delivery.target
                card_now = self.world.cards.get(target.id) if target else None
                return (self._as_wanted(card_now, delivery) or self._moved_on(card_now, delivery)) if card_now else None

    def _moved_on(self, card: Card, delivery: Delivery) -> Receipt | None:
        """A move that took place since the first attempt, after which somebody moved the card on."""
        since = delivery.first_tried_at
        for action in reversed(self.world.actions):
            if since is None or action.at < since:
                return None
            if action.card == card.id and action.data.get("to") == getattr(delivery.decision, "list", ""):
                details = {"list": card.stands_in, "list_id": card.stands_in, "from": action.data["from"]}
                return self._receipt(card, details, already=True)
        return None

    def _as_wanted(self, card: Card, delivery: Delivery) -> Receipt | None:
        match delivery.decision:
            case MoveCard(list=name, only_from=left):
                moved_on = bool(left) and card.stands_in not in (left, name)
                stands = card.stands_in if moved_on else name
                details: dict[str, Plain] = {"list": stands, "list_id": stands, "from": card.stands_in}
                return self._receipt(card, details, already=True) if card.stands_in == stands else None
            case LabelCard(label=label, present=present):
                so = (label in card.labels) is present
                return (
                    self._receipt(card, {"label": label, "labels": sorted(card.labels)}, already=True) if so else None
                )
            case WriteFields(values=values):
                so = all(card.fields.get(name) == value for name, value in values.items())
                return self._receipt(card, {}, already=True) if so else None
            case other:
                raise ConnectorError(self.name, f"cannot do {other.kind}", retry=Retry.PERMANENT)

    def _change(self, card: Card, delivery: Delivery) -> Receipt:
        self.world.did(delivery, f"{card.id} {_short(delivery)}")
        self.world.trello_version += 1
        match delivery.decision:
            case MoveCard(list=name):
                before = card.stands_in
                self.world.move(card, name, self.world.own_actor)
                return self._receipt(card, {"list": name, "list_id": name, "from": before})
            case LabelCard(label=label, present=present):
                card.labels = card.labels | {label} if present else card.labels - {label}
                return self._receipt(card, {"label": label, "labels": sorted(card.labels)})
            case WriteFields(values=values):
                card.fields.update(values)
                return self._receipt(card, {})
            case other:
                raise ConnectorError(self.name, f"cannot do {other.kind}", retry=Retry.PERMANENT)

    def _target(self, delivery: Delivery) -> Card:
        card = self.world.cards.get(delivery.target.id) if delivery.target else None
        if card is None:
            raise ConnectorError(self.name, "no such card", retry=Retry.PERMANENT, code="404")
        return card

    def _receipt(self, card: Card, details: dict[str, Plain], *, already: bool = False) -> Receipt:
        return Receipt(self.now, _card(card.id), already, details)


class PlanfixTwin(Twin):
    """Contacts, deals and tasks. Lists show a change up to a minute late, a single thing is shown as it is."""

    name = "planfix"
    capabilities = frozenset({Capability.TASKS})
    sources = frozenset({"planfix.task", "planfix.contact"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        since = parse_moment(cursor) - _OVERLAP if cursor else datetime.min.replace(tzinfo=UTC)
        listed = [(thing, *shown) for thing in self.world.things.values() if (shown := thing.listed(at)) is not None]
        records = [self._record(thing, fields, changed, at) for thing, fields, changed in listed if changed > since]
        seen = dict.fromkeys(sorted(self.sources), at - LAG)
        return Page(Cursor(moment_text(at)), records, seen_up_to=seen)

    def one(self, ref: Ref) -> Record | None:
        thing = self.world.things.get((ref.kind, ref.id))
        if thing is None:
            return Record(ref, {}, self.now, deleted=True)
        return self._record(thing, thing.fields, thing.changed_at, self.now)

    def _record(self, thing: Thing, fields: Mapping[str, Plain], changed_at: datetime, at: datetime) -> Record:
        return Record(
            ref=Ref("planfix", "main", thing.kind, thing.id),
            fields={**fields, "created_at": moment_text(thing.created_at)},
            read_at=at,
            changed_at=changed_at,
            names=(Ref("planfix", "main", "contact", thing.contact),) if thing.contact else (),
            mark=thing.mark,
        )

    def apply(self, delivery: Delivery) -> Receipt:
        match delivery.decision:
            case CreateTask(title=title):
                todo = self.world.make("todo", {"name": title}, mark=delivery.id)
                self.world.did(delivery, f"todo {todo.id} {title}")
                return Receipt(self.now, Ref("planfix", "main", "todo", todo.id))
            case WriteFields(values=values):
                thing = self._target(delivery)
                if self.around.trouble_at("write_planfix", ("a person at the same moment",)):
                    self.around.beside(thing.id)
                written = [self.world.write(thing, name, value) for name, value in values.items()]
                if any(written):
                    self.world.did(delivery, f"{thing.kind} {thing.id} {_short(delivery)}")
                return Receipt(self.now, Ref("planfix", "main", thing.kind, thing.id))
            case AttachDocument(file_name=name):
                thing = self._target(delivery)
                thing.files.append(name)
                self.world.did(delivery, f"task {thing.id} {name}")
                return Receipt(self.now, Ref("planfix", "main", "file", str(self.world.id())))
            case other:
                raise ConnectorError(self.name, f"cannot do {other.kind}", retry=Retry.PERMANENT)

    def find(self, delivery: Delivery) -> Receipt | None:
        match delivery.decision:
            case CreateTask():
                for thing in self.world.things.values():
                    if thing.mark == delivery.id:
                        return Receipt(self.now, Ref("planfix", "main", "todo", thing.id), already=True)
                return None
            case WriteFields(values=values):
                thing = self._target(delivery)
                so = all(thing.fields.get(name) == value for name, value in values.items())
                return Receipt(self.now, Ref("planfix", "main", thing.kind, thing.id), already=True) if so else None
            case AttachDocument(file_name=name):
                thing = self._target(delivery)
                there = name in thing.files
                return Receipt(self.now, Ref("planfix", "main", "file", name), already=True) if there else None
            case _:
                return None

    def _target(self, delivery: Delivery) -> Thing:
        target = delivery.target
        thing = self.world.things.get((target.kind, target.id)) if target else None
        if thing is None:
            raise ConnectorError(self.name, "no such thing", retry=Retry.PERMANENT, code="404")
        return thing


class FormsTwin(Twin):
    """The response sheet: rows are overwritten and deleted; a response is its token."""

    name = "google_forms"
    capabilities = frozenset({Capability.FORMS})
    sources = frozenset({"google_forms.brief"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        memory: dict[str, dict[str, Any]] = json.loads(cursor) if cursor else {}
        rows = [row for row in self.world.rows if row.visible <= at]
        if memory and not rows:
            raise SourceEmptied("google_forms.brief", len(memory))
        records = []
        for row in rows:
            content = hashlib.sha256(json.dumps(row.answers, sort_keys=True).encode()).hexdigest()[:12]
            known = memory.setdefault(row.key, {"seen": [], "shown": ""})
            if content == known["shown"]:
                continue
            if content not in known["seen"]:
                known["seen"].append(content)
            known["shown"] = content
            records.append(self._record(row.key, row.token, row.answers, known["seen"].index(content) + 1, row.at))
        seen = {"google_forms.brief": at - LAG}
        return Page(Cursor(json.dumps(memory)), records, seen_up_to=seen)

    def _record(self, key: str, token: str, answers: dict[str, str], revision: int, at: datetime) -> Record:
        return Record(
            ref=Ref("google_forms", "main", "response", f"brief:{key}"),
            fields={
                "form": "brief",
                "revision": revision,
                "answered_at": moment_text(at),
                "answers": dict(answers),
                "values": {"client.site": answers["Сайт"], "deal.audience": answers["Аудиторія"]},
                "token": token,
            },
            read_at=self.now,
            changed_at=at,
            token=token,
        )


class TelegramTwin(Twin):
    """Chats. What was sent cannot be read back, and asking with a position confirms everything before it for ever."""

    name = "telegram"
    capabilities = frozenset({Capability.CHAT})
    sources = frozenset({"telegram.chat"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        self.world.confirmed = max(self.world.confirmed, int(cursor or 0))
        waiting = [update for update in self.world.updates if update.number >= self.world.confirmed]
        batch = waiting[:_BATCH]
        more = len(waiting) > _BATCH
        following = str(batch[-1].number + 1) if batch else cursor or "0"
        touched = {update.chat: update for update in batch if update.kind != "chat.migrated"}
        return Page(
            cursor=Cursor(following),
            records=[self._chat(update, at) for update in touched.values()],
            happenings=[_happened(update) for update in batch],
            seen_up_to={} if more else {"telegram.chat": at},
            more=more,
        )

    def acknowledge(self, press: Happening, text: str = "") -> None:
        return

    def _chat(self, update: Update, at: datetime) -> Record:
        state = "blocked" if update.kind == "chat.blocked" else "open"
        return Record(_chat_ref(update.chat), {"title": "", "type": "private", "state": state, "username": ""}, at)

    def apply(self, delivery: Delivery) -> Receipt:
        decision = delivery.decision
        if not isinstance(decision, SendMessage):
            raise ConnectorError(self.name, f"cannot do {decision.kind}", retry=Retry.PERMANENT)
        number = self._number(delivery, decision)
        chat = self.world.chats.get(number)
        if chat is not None and chat.moved_to:
            raise ConnectorError(self.name, "moved", retry=Retry.PASSING, code="migrated", moved_to=chat.moved_to)
        if chat is not None and chat.blocked:
            raise ConnectorError(self.name, "blocked", retry=Retry.PERMANENT, code="blocked")
        message = self.world.say(number, delivery, decision.text, to_client=decision.to_client)
        details: dict[str, Plain] = {"message_id": message, "chat": number}
        return Receipt(self.now, Ref("telegram", "bot", "message", f"{number}:{message}"), details=details)

    def find(self, delivery: Delivery) -> Receipt | None:
        raise CannotTell(self.name, "a bot cannot read what it sent")

    def _number(self, delivery: Delivery, decision: SendMessage) -> str:
        if decision.to_client:
            return delivery.target.id if delivery.target else ""
        if decision.to == "staff-chat":
            return STAFF_CHAT
        return STAFF[decision.to.removeprefix("person:")]


class DocumentsTwin(Twin):
    """Makes files: the same bytes for the same data."""

    name = "documents"
    capabilities = frozenset({Capability.DOCUMENTS})

    def apply(self, delivery: Delivery) -> Receipt:
        decision = delivery.decision
        if not isinstance(decision, MakeDocument):
            raise ConnectorError(self.name, f"cannot do {decision.kind}", retry=Retry.PERMANENT)
        content = document_key(decision.template, decision.data) or ""
        files = [StoredFile(f"{decision.name}.{form}", "x", f"{content}.{form}".encode()) for form in decision.formats]
        return Receipt(self.now, files=tuple(files))


def document_key(template: str, data: Mapping[str, Plain]) -> str | None:
    """Changes exactly when the data do. None for a template nobody has."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12] if template == "brief" else None


def form_link(token: str) -> str:
    """The personal link of a respondent."""
    return f"{FORM}{token}"


def webhook(action: Action) -> Page:
    """The payload of Trello's webhook: the action alone."""
    return Page(None, happenings=[_told(action)])


def twins(around: Surroundings) -> dict[str, Twin]:
    """One of each, by name."""
    kinds: tuple[Callable[[Surroundings], Twin], ...] = (
        TrelloTwin,
        PlanfixTwin,
        FormsTwin,
        TelegramTwin,
        DocumentsTwin,
    )
    return {twin.name: twin for twin in (kind(around) for kind in kinds)}


def _card(card: str) -> Ref:
    return Ref("trello", "main", "card", card)


def _lists_of(card: Card) -> list[Plain]:
    """The lists of a card, as a reading shows them: it does not tell who ticked a line."""
    return plain_checklists(
        Checklist(one.id, one.name, tuple(CheckItem(line.id, line.name, bool(line.by)) for line in one.lines))
        for one in card.lists
    )


def _chat_ref(chat: str) -> Ref:
    return Ref("telegram", "bot", "chat", chat)


def _told(action: Action) -> Happening:
    ref = Ref("trello", "main", "action", str(action.number))
    return Happening(ref, action.kind, action.at, _card(action.card), action.actor, dict(action.data), action.mark)


def _happened(update: Update) -> Happening:
    at = replace(update).at
    return Happening(update_ref(update), update.kind, at, _chat_ref(update.chat), update.actor, dict(update.data))


def _short(delivery: Delivery) -> str:
    match delivery.decision:
        case MoveCard(list=name):
            return f"to {name}"
        case LabelCard(label=label, present=present):
            return f"{'+' if present else '-'}{label}"
        case WriteFields(values=values):
            return ",".join(f"{name}={value}" for name, value in sorted(values.items()))
        case _:
            return ""
