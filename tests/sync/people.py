"""What people do in Trello and Planfix. Whom and what an act is about is drawn apart from what is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model.decisions import WriteFields
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain, moment_text, parse_moment
from sandbox.planfix.model import Thing
from sandbox.trello.model import Board, Card
from tests.sync import agency
from tests.sync.world import START, VENDOR, World

_KYIV = ZoneInfo(agency.ZONE)
_TEXTS = ("a.test", "b.test", "c.test")
_ODD = ("Кав’ярня ☕", "1500,50", "рядок\nдругий", "Кафе\u0301", "- [ ] <b>ні</b> & так", "00", "‹ні›")


class People:
    """Acts by name. An act that finds nothing to act on does nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cards, self._boards = world.trello.cards, world.trello.boards

    def act(self, name: str, what: Random, content: Random) -> None:
        """One act of the table below."""
        if self._world.under_way is None:
            self._world.finish_queued()
        ACTS[name](self, what, content)

    # -- values -------------------------------------------------------------------------------------------------

    def edits_a_card(self, what: Random, content: Random) -> None:
        """Somebody changes a fact on a card."""
        card, spec = self._card(what), _fact(what)
        if card is not None:
            self._on_card(card, spec, _value(spec, content), content)

    def edits_planfix(self, what: Random, content: Random) -> None:
        """Somebody changes a fact in a task or contact."""
        spec = _fact(what)
        thing = self._thing(what, spec)
        if thing is not None:
            self._in_planfix(thing, spec, _value(spec, content), content)

    def edits_both(self, what: Random, content: Random) -> None:
        """Two people change the same fact of one deal, each on their side."""
        spec = _fact(what)
        card = self._card(what)
        task = self._task_of(card) if card is not None else None
        if card is None or task is None:
            return
        thing: Thing | None = task
        if spec.subject == "client":
            number = (task.person["counterparty"] or "").rpartition(":")[2]
            thing = self._world.planfix.store.things["contact"].get(int(number)) if number else None
        self._on_card(card, spec, _value(spec, content), content)
        if thing is not None:
            self._in_planfix(thing, spec, _value(spec, content), content)

    def edits_what_is_written(self, what: Random, content: Random) -> None:
        """Somebody changes, at the same moment, the very thing that the bridge is about to change."""
        delivery = self._world.under_way
        if delivery is None or not isinstance(delivery.decision, WriteFields):
            self.act(what.choice(("edits_a_card", "edits_planfix")), what, content)
            return
        record, (name, *_) = delivery.decision.record, delivery.decision.values
        kind = record.partition(".")[2]
        same = [spec for spec in agency.FACTS.values() if f"{record}.{name}" in (spec.source, *spec.also)]
        near = [
            spec for spec in agency.FACTS.values() if any(one.startswith(record) for one in (spec.source, *spec.also))
        ]
        spec = what.choice(same if what.random() < 0.7 else near)
        ref = next(one for one in (delivery.target, *delivery.related.values()) if one and one.kind == kind)
        if ref.system == "trello":
            card = self._world.trello.store.cards.get(ref.id)
            if card is not None:
                self._on_card(card, spec, _value(spec, content), content)
            return
        thing = self._world.planfix.store.things[ref.kind].get(int(ref.id))
        if thing is not None:
            self._in_planfix(thing, spec, _value(spec, content), content)

    def empties_a_card(self, what: Random, content: Random) -> None:
        """Somebody takes a fact off a card."""
        card, spec = self._card(what), _fact(what)
        if card is not None and spec.key != "deal.title":
            self._on_card(card, spec, _nothing(spec, content), content)

    def empties_planfix(self, what: Random, content: Random) -> None:
        """Somebody takes a fact away in Planfix."""
        spec = _fact(what)
        thing = self._thing(what, spec)
        if thing is not None and spec.key != "deal.title":
            self._in_planfix(thing, spec, _nothing(spec, content), content)

    def _on_card(self, card: Card, spec: FieldSpec, value: Plain, content: Random) -> None:
        world, by = self._world, self._world.actors[content.choice(sorted(agency.STAFF))]
        board = world.trello.store.boards[card.board_id]
        name = spec.also[0].rpartition(".")[2]
        if name == "labels":
            label = next(one for one in board.labels.values() if one.name == value)
            change = self._cards.remove_label if label.id in card.label_ids else self._cards.add_label
            change(card, label.id, by)
        elif name == "members":
            member = world.actors[str(value)].member.id
            if member not in board.member_ids:
                return
            put = self._cards.remove_member if member in card.member_ids else self._cards.add_member
            put(card, member, by)
        elif name in agency.ON_CARD:
            id = world.fields[board.id].get(agency.ON_CARD[name])
            if id is None:
                return
            self._cards.set_field(card, id, _item(spec, board, id, value, content), by)
        elif name == "description":
            ours = [line for line in card.desc.splitlines() if line.startswith("‹міст")]
            lines = [] if content.random() < 0.2 else ours  # a mark that somebody deletes with the rest
            self._cards.update(card, {"desc": "\n\n".join([str(value or ""), *lines]).strip()}, by)
        else:
            self._cards.update(card, {name: value}, by)
        world.person(f"{by.member.username} on card {card.id[-4:]}: {spec.key} = {value!r}")

    def _in_planfix(self, thing: Thing, spec: FieldSpec, value: Plain, content: Random) -> None:
        world = self._world
        who = content.choice(sorted(agency.STAFF))
        name = spec.source.rpartition(".")[2]
        body: dict[str, Any]
        if name == "assignees":
            here, one = thing.people["assignees"], f"user:{agency.STAFF[str(value)]}"
            now = [other for other in here if other != one] if one in here else [*here, one]
            body = {"assignees": {"users": [{"id": id} for id in now if id.startswith("user:")], "groups": []}}
        elif name == "tags":
            tags = list(thing.values.get(world.numbers[spec.key]) or [])
            tags = [tag for tag in tags if tag != value] if value in tags else [*tags, value]
            body = {"customFieldData": [{"field": {"id": world.numbers[spec.key]}, "value": tags}]}
        elif spec.key in world.numbers:
            shown = _in_planfix_words(spec, value)
            body = {"customFieldData": [{"field": {"id": world.numbers[spec.key]}, "value": shown}]}
        elif name == "due":
            body = {"endDateTime": _time_point(value)} if value else {"hasEndDate": False}
        else:
            body = {name: value}
        self._update(thing, body, who)
        world.person(f"{who} in {thing.kind} {thing.id}: {spec.key} = {value!r}")

    def _update(self, thing: Thing, body: Mapping[str, Any], who: str) -> None:
        world = self._world
        world.before_change(thing, thing.kind, thing.id)
        while world.planfix.changes.update(thing, body, world.planfix.store.employees[agency.STAFF[who]]):
            pass  # what is refused in part only so often: a person tries again
        world.do_queued()

    # -- things ---------------------------------------------------------------------------------------------------

    def makes_a_deal(self, what: Random, content: Random) -> None:
        """A new task, for a new contact or a known one, with some facts filled in."""
        contacts = self._world.contacts
        known = what.choice(contacts) if contacts and what.random() < 0.4 else None
        self.new_deal(content, known)

    def new_deal(self, content: Random, contact: Thing | None = None) -> Thing:
        """A task of the template of deals."""
        world, changes = self._world, self._world.planfix.changes
        olena = world.planfix.store.employees[1]
        if contact is None:
            contact, _ = changes.create(
                "contact", {"name": content.choice(("Ромашка", "Клен")), "template": {"id": 21}}, olena
            )
            world.before_change(None, "contact", contact.id)
        body: dict[str, Any] = {"name": content.choice(_TEXTS), "template": {"id": 11}}
        body["counterparty"] = {"id": f"contact:{contact.id}"}
        filled = [spec for key, spec in agency.FACTS.items() if key in ("deal.domain", "deal.budget", "deal.service")]
        values = [(spec, _value(spec, content)) for spec in filled if content.random() < 0.5]
        body["customFieldData"] = [
            {"field": {"id": world.numbers[spec.key]}, "value": _in_planfix_words(spec, value)}
            for spec, value in values
        ]
        task, _ = changes.create("task", body, olena)
        world.before_change(None, "task", task.id)
        world.person(f"olena makes task {task.id} for contact {contact.id}")
        return task

    def makes_a_card(self, what: Random, content: Random) -> None:
        """A card by hand, about a deal of which it names the task, or about nobody's."""
        tasks = self._world.tasks
        about = agency.TASK_LINK.format(id=what.choice(tasks).id) if tasks and what.random() < 0.5 else ""
        place = self._list(what, self._world.boards[what.choice(agency.BOARDS)])
        values = {"name": content.choice(_TEXTS), "desc": about, "idList": place}
        card = self._cards.create(values, self._world.actors["olena"])
        self._world.person(f"olena makes card {card.id[-4:]} {about}")

    def copies_a_card(self, what: Random, content: Random) -> None:
        """A copy of a card, with the mark and the address that stand in it."""
        card = self._card(what, closed=True)
        if card is not None:
            copy = self._cards.create({"idList": card.list_id, "idCardSource": card.id}, self._world.actors["andrii"])
            self._world.person(f"andrii copies card {card.id[-4:]} to {copy.id[-4:]}")

    def deletes_a_card(self, what: Random, content: Random) -> None:
        """A card is gone for ever."""
        card = self._card(what, closed=True)
        if card is not None and len(self._world.cards) > 2:
            self._cards.delete(card, self._world.actors["olena"])
            self._world.person(f"olena deletes card {card.id[-4:]}")

    def deletes_a_task(self, what: Random, content: Random) -> None:
        """A task is gone."""
        tasks = self._world.tasks
        if len(tasks) > 2:
            task = what.choice(tasks)
            self._update(task, {"isDeleted": True}, "olena")
            self._world.person(f"olena deletes task {task.id}")

    def archives_or_restores(self, what: Random, content: Random) -> None:
        """A card goes into the archive, or comes back."""
        card = self._card(what, closed=True)
        if card is not None:
            self._cards.update(card, {"closed": not card.closed}, self._world.actors["iryna"])
            self._world.person(f"iryna {'archives' if card.closed else 'restores'} card {card.id[-4:]}")

    def moves_a_card(self, what: Random, content: Random) -> None:
        """A card goes to another list of its board."""
        card = self._card(what)
        if card is not None:
            board = self._world.trello.store.boards[card.board_id]
            self._cards.update(card, {"idList": self._list(what, board)}, self._world.actors["andrii"])
            self._world.person(f"andrii moves card {card.id[-4:]}")

    def moves_to_a_board(self, what: Random, content: Random) -> None:
        """A card goes to another board, of the agency or of somebody else, and perhaps back; its fields stay behind."""
        card = self._card(what)
        if card is None:
            return
        board = self._world.boards[what.choice([*agency.BOARDS, *agency.BOARDS, agency.ELSEWHERE])]
        values = {"idBoard": board.id, "idList": self._list(what, board)}
        self._world.crossed.append((f"trello:main:card:{card.id}", self._world.n))
        self._cards.update(card, values, self._world.actors["andrii"])
        self._world.look(VENDOR)
        self._world.person(f"andrii moves card {card.id[-4:]} to {board.name}")

    def renames_a_field(self, what: Random, content: Random) -> None:
        """A custom field of a board, or a list, gets another name, or its old one back."""
        board = self._world.boards[what.choice(agency.BOARDS)]
        title = what.choice(sorted(self._world.fields[board.id]))
        field = board.custom_fields[self._world.fields[board.id][title]]
        field.name = f"{title} (новий)" if field.name == title else title
        self._world.person(f"olena renames field {title} on {board.name} to {field.name}")

    def renames_a_list(self, what: Random, content: Random) -> None:
        """A list gets another name; that of the list which the rules name is asked about when it is gone."""
        board = self._world.boards[what.choice(agency.BOARDS)]
        found = what.choice([one for one in board.lists.values() if one.name != "Ліди"])
        self._boards.update_list(found, {"name": f"{found.name}!"}, self._world.actors["olena"])
        self._world.person(f"olena renames a list to {found.name}")

    def comments(self, what: Random, content: Random) -> None:
        """A comment on a card."""
        card = self._card(what)
        if card is not None:
            self._cards.comment(card, content.choice(_TEXTS), self._world.actors["olena"])
            self._world.person(f"olena comments card {card.id[-4:]}")

    # -- whom -------------------------------------------------------------------------------------------------------

    def _card(self, what: Random, *, closed: bool = False) -> Card | None:
        found = [card for card in self._world.cards if closed or not card.closed]
        return what.choice(found) if found else None

    def _thing(self, what: Random, spec: FieldSpec) -> Thing | None:
        found = self._world.contacts if spec.subject == "client" else self._world.tasks
        return what.choice(found) if found else None

    def _task_of(self, card: Card) -> Thing | None:
        """The task whose address stands on a card."""
        return next((one for one in self._world.tasks if agency.TASK_LINK.format(id=one.id) in card.desc), None)

    def _list(self, what: Random, board: Board) -> str:
        return what.choice(sorted(one.id for one in board.lists.values()))


def _fact(what: Random) -> FieldSpec:
    return agency.FACTS[what.choice(sorted(agency.FACTS))]


def _value(spec: FieldSpec, content: Random) -> Plain:
    """A value that others have as well, or one of its own. Of a set: the element that comes or goes."""
    often = content.random() < 0.5
    own = content.randrange(10**9)
    match spec.type:
        case FieldType.FLAG:
            return content.random() < 0.5
        case FieldType.CHOICE:
            return content.choice(sorted(agency.SERVICES))
        case FieldType.SET:
            return content.choice(agency.TAGS if spec.key == "deal.tags" else sorted(agency.STAFF))
        case FieldType.NUMBER:
            return (
                content.choice(("0", "1500.5", "1500"))
                if often
                else f"{own % 10**6}.{own % 100:02}".rstrip("0").rstrip(".")
            )
        case FieldType.DATE:
            days = content.randrange(3) if often else own % 3000
            return (START.date() + timedelta(days=days)).isoformat()
        case FieldType.MOMENT:
            minutes = content.choice((0, 600, 1500)) if often else own % 10**6
            return moment_text(START + timedelta(minutes=minutes))
        case _:
            odd = content.random() < 0.1
            return content.choice(_ODD) if odd else content.choice(_TEXTS) if often else f"v{own}.test"


def _nothing(spec: FieldSpec, content: Random) -> Plain:
    return _value(spec, content) if spec.type is FieldType.SET else False if spec.type is FieldType.FLAG else None


def _item(spec: FieldSpec, board: Board, id: str, value: Plain, content: Random) -> dict[str, Any]:
    """What the card's form sends for a custom field, spelled as people do."""
    if value is None or value is False:
        return {"value": ""}
    match spec.type:
        case FieldType.CHOICE:
            options = board.custom_fields[id].options.values()
            return {"idValue": next(one.id for one in options if one.text == agency.SERVICES[str(value)])}
        case FieldType.FLAG:
            return {"value": {"checked": "true"}}
        case FieldType.NUMBER:
            return {"value": {"number": f"{value}{content.choice(('', '0')) if '.' in str(value) else ''}"}}
        case FieldType.DATE:
            day = datetime.combine(datetime.fromisoformat(str(value)).date(), time(content.choice((0, 12, 23))), _KYIV)
            return {"value": {"date": day.astimezone(START.tzinfo).isoformat().replace("+00:00", ".000Z")}}
        case _:
            return {"value": {"text": f"{value}{content.choice(('', ' '))}"}}


def _in_planfix_words(spec: FieldSpec, value: Plain) -> Any:
    if value is None:
        return None
    match spec.type:
        case FieldType.NUMBER:
            return float(str(value))
        case FieldType.DATE:
            return {"date": datetime.fromisoformat(str(value)).strftime("%d-%m-%Y")}
        case _:
            return value


def _time_point(value: Plain) -> dict[str, str]:
    local = parse_moment(str(value)).astimezone(_KYIV)
    return {"date": local.strftime("%d-%m-%Y"), "time": local.strftime("%H:%M")}


Act = Callable[[People, Random, Random], None]
ACTS: dict[str, Act] = {
    name: getattr(People, name)
    for name in (
        "edits_a_card",
        "edits_planfix",
        "edits_both",
        "edits_what_is_written",
        "empties_a_card",
        "empties_planfix",
        "makes_a_deal",
        "makes_a_card",
        "copies_a_card",
        "deletes_a_card",
        "deletes_a_task",
        "archives_or_restores",
        "moves_a_card",
        "moves_to_a_board",
        "renames_a_field",
        "renames_a_list",
        "comments",
    )
}
