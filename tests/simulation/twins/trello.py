"""A twin of Trello: cards and their actions."""

from __future__ import annotations

import json
from datetime import datetime

from bridge.model.checklists import CheckItem, Checklist, plain_checklists
from bridge.model.decisions import (
    AttachDocument,
    Capability,
    CommentCard,
    CreateCard,
    LabelCard,
    MoveCard,
    PutChecklist,
    WriteFields,
)
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text
from tests.simulation.trouble import effect_of
from tests.simulation.twins.twin import Twin, briefly
from tests.simulation.world import Action, Card, Line, TickList


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
        self.world.did(delivery, f"{card.id} {briefly(delivery)}")
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


def webhook(action: Action) -> Page:
    """The payload of Trello's webhook: the action alone."""
    return Page(None, happenings=[_told(action)])


def _card(card: str) -> Ref:
    return Ref("trello", "main", "card", card)


def _lists_of(card: Card) -> list[Plain]:
    """The lists of a card, as a reading shows them: it does not tell who ticked a line."""
    return plain_checklists(
        Checklist(one.id, one.name, tuple(CheckItem(line.id, line.name, bool(line.by)) for line in one.lines))
        for one in card.lists
    )


def _told(action: Action) -> Happening:
    ref = Ref("trello", "main", "action", str(action.number))
    return Happening(ref, action.kind, action.at, _card(action.card), action.actor, dict(action.data), action.mark)
