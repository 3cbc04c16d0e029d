"""Trello's JSON into our records and happenings, and our values back. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from bridge.model.checklists import CheckItem, Checklist, plain_checklists
from bridge.model.events import Actor, ActorKind
from bridge.model.files import FILES, plain_files
from bridge.model.findings import did_you_mean
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import Plain, moment_text, parse_moment
from connectors.trello.attached import files_of
from connectors.trello.blocks import described, in_block, in_lists, is_facts
from connectors.trello.foreign import Action, Board, Card, CustomField, FieldItem, Label, Member, Option, TrelloList
from connectors.trello.foreign import Checklist as TrelloChecklist
from connectors.trello.texts import is_cut, mark_in, without_mark

SYSTEM = "trello"
_DAY = len("2026-03-05")
_TYPES = frozenset({"text", "number", "date", "checkbox", "list"})
"""Of custom fields. What others hold is not known."""
_ANY_TASK = re.compile(r"https?://[\w-]+\.planfix\.(?:com|ru)/task/(\d+)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^/]+/c/[A-Za-z0-9]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class TrelloMapping:
    """What is what in this Trello.

    `boards` are names or ids. `fields` gives a custom field's name or id by mapping name. `people` gives the key in
    people.yaml by member id or user name. `account` stays the same wherever a card goes. A board with more cards than
    `large_board` is read by its actions, with all its cards every `rolling_seconds`. `task_link` is the address of a
    task of the connected Planfix, such as `https://acme.planfix.com/task/{id}`: it is written into cards the bridge
    makes and recognised in descriptions and attachments; without one, the address of any Planfix task is recognised.
    `further_tasks` are such addresses of further Planfix accounts, by their names.
    `zone` is where a day without a time is meant. `keep_facts` says where `fields` stand: in custom fields
    (`fields`), or as lines of these titles in a `block` of the description or in a `checklist`. `lists` are what
    facts and rules call lists: the list that bore such a name keeps it, whatever people call it later. So are `labels`
    and `options` of custom fields.
    """

    boards: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=lambda: {"site": "Сайт"})
    people: Mapping[str, str] = field(default_factory=dict)
    own_member: str | None = None
    large_board: int = 1000
    rolling_seconds: int = 300
    account: str = "main"
    region: str = "UA"
    zone: str = "UTC"
    keep_facts: str = "fields"
    task_link: str = ""
    planfix_account: str = "main"
    further_tasks: Mapping[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    largest_file: int = 250
    """In MB, as the workspace's plan has it; a larger one is not sent."""
    files: bool = False
    """Whether records tell what hangs on cards."""

    def calls(self, kind: str, name: str) -> bool:
        """Whether facts or rules call a list, a label or an option so."""
        if kind == "list":
            return any(name in (wanted, wanted.rpartition(" / ")[2]) for wanted in self.lists)
        return name in {"label": self.labels, "option": self.options}[kind]

    def person(self, member: str, username: str = "") -> str | None:
        """The key of a member in people.yaml."""
        return self.people.get(member) or self.people.get(username)


@dataclass(frozen=True, slots=True)
class Place:
    """A list with its bound name, what people call it now, and whether cards in it count as archived."""

    id: str
    board: str
    name: str
    board_name: str
    closed: bool
    alone: bool
    now: str = ""

    @property
    def title(self) -> str:
        """The name rules use: "Board / List" where lists of two boards share a name."""
        return self.name if self.alone else f"{self.board_name} / {self.name}"


class Unnamed(LookupError):
    """A name that no list, label or field has, or that several have. The text tells the admin which ones there are."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What was called how when it was first read: `fields` by board and wanted name, all else by id.

    Of labels only those that facts and rules name.
    """

    lists: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """The lists, labels, fields and members of the boards, with the names that were bound first."""

    places: Mapping[str, Place] = field(default_factory=dict)
    labels: Mapping[str, Sequence[Label]] = field(default_factory=dict)
    custom: Mapping[str, Sequence[CustomField]] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)
    boards: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By board and wanted name: the id of the custom field that bore it when it was first read."""
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By board: the ids of its members."""

    def place(self, wanted: str) -> Place:
        """The open list of that name, id or "Board / List"; else the one that people call so now. Raises Unnamed."""
        open_ones = [place for place in self.places.values() if not place.closed]
        found = [place for place in open_ones if wanted in _names_of(place)]
        found = found or [place for place in open_ones if wanted == place.now]
        if len(found) == 1:
            return found[0]
        if found:
            options = ", ".join(f"{place.board_name} / {place.name} ({place.id})" for place in found)
            raise Unnamed(f'several lists are called "{wanted}": write one of {options}')
        raise Unnamed(f'no list "{wanted}"; {did_you_mean(wanted, (place.title for place in open_ones))}')

    def has_place(self, wanted: str) -> bool:
        """Whether an open list has that name, id or "Board / List"."""
        return any(wanted in (*_names_of(place), place.now) for place in self.places.values() if not place.closed)

    def label(self, board: str, wanted: str) -> Label:
        """The label of that name or id on a board. Raises Unnamed."""
        labels = self.labels.get(board, ())
        for label in labels:
            if wanted in (label.id, label.title):
                return label
        advice = did_you_mean(wanted, (label.title for label in labels))
        raise Unnamed(f'board "{self.boards.get(board, board)}" has no label "{wanted}"; {advice}')

    def custom_field(self, board: str, wanted: str) -> CustomField:
        """The custom field of that name or id on a board, or that had the name. Raises Unnamed."""
        known = self.custom.get(board, ())
        bound = self.fields.get(board, {}).get(wanted, "")
        called = [item for item in known if wanted in (item.id, item.title)]
        for item in called:
            if item.id == bound:
                return item
        for item in called or (item for item in known if item.id == bound):
            return item
        advice = did_you_mean(wanted, (item.title for item in known))
        raise Unnamed(f'board "{self.boards.get(board, board)}" has no custom field "{wanted}"; {advice}')

    def member(self, board: str, wanted: str, mapping: TrelloMapping) -> str:
        """The id of a member of a board by key in people.yaml, user name or id. Raises Unnamed."""
        for id in sorted(self.teams.get(board, ())):
            username = self.members[id].username
            if wanted in (mapping.person(id, username), username, id):
                return id
        board_name = self.boards.get(board, board)
        raise Unnamed(
            f'board "{board_name}" has no member "{wanted}": invite them, or give their Trello in people.yaml'
        )

    def knows(self, card: Card) -> bool:
        """Whether the list, labels and chosen options of a card of these boards were there when the names were read."""
        options = {option.id for item in self.custom.get(card.idBoard, ()) for option in item.all_options}
        chosen = {item.idValue for item in card.customFieldItems if item.idValue}
        labels = {label.id for label in self.labels.get(card.idBoard, ())}
        return card.idList in self.places and labels.issuperset(card.idLabels) and options >= chosen


def read_names(boards: Iterable[Board], bound: Bound) -> Names:
    """The names on these boards; a list or option keeps the name in `bound`, whatever it is called today."""
    boards = tuple(boards)
    named = [(board, item, bound.lists.get(item.id, item.name)) for board in boards for item in board.lists]
    shared = Counter(name for name, _ in {(name, board.id) for board, item, name in named if not item.closed})
    return Names(
        places={item.id: _place(board, item, name, alone=shared[name] < 2) for board, item, name in named},
        labels={board.id: _with_first_names(board.labels, bound) for board in boards},
        custom={board.id: tuple(_with_first_texts(item, bound) for item in board.customFields) for board in boards},
        members={member.id: member for board in boards for member in board.members},
        boards={board.id: board.name for board in boards},
        fields={board.id: dict(bound.fields.get(board.id, {})) for board in boards},
        teams={board.id: frozenset(member.id for member in board.members) for board in boards},
    )


def _with_first_names(labels: Sequence[Label], bound: Bound) -> tuple[Label, ...]:
    """The labels, and behind them those that were called otherwise first, by that name: both are understood."""
    first = (label.model_copy(update={"name": bound.labels[label.id]}) for label in labels if label.id in bound.labels)
    return (*labels, *(label for label in first if label not in labels))


def _with_first_texts(item: CustomField, bound: Bound) -> CustomField:
    """The field with its options as they were first called, each behind what it is called now: both are understood."""
    first = tuple(
        Option.model_validate({"id": option.id, "value": {"text": bound.options[option.id]}})
        for option in item.all_options
        if bound.options.get(option.id, option.value.text or "") != (option.value.text or "")
    )
    return item.model_copy(update={"options": item.all_options + first}) if first else item


def address_of(card: Card) -> str:
    """The card's address without the words behind it, which change with the card's name; "" for a card without one."""
    short = _ADDRESS.match(card.url or "")
    return short[0] if short else card.url or ""


def parse_card(card: Card, names: Names, mapping: TrelloMapping, read_at: datetime) -> Record:
    """The record of a card."""
    text = card.desc or ""
    place = names.places.get(card.idList)
    found_in = "\n".join([text, *(item.url or "" for item in card.attachments)])
    custom, unknown = _custom(card, names, mapping)
    if is_cut(text):
        unknown |= {"description"}
    files = files_of(card) if mapping.files else None
    if mapping.files and files is None:
        unknown |= {FILES}
    return Record(
        ref=card_ref(card.id, mapping),
        fields={
            "name": card.name,
            "list": place.title if place else card.idList,
            "list_id": card.idList,
            "board": names.boards.get(card.idBoard, card.idBoard),
            "labels": sorted(labels_of(card, names)),
            "members": sorted(people_on(card, names, mapping)),
            "due": moment_text(card.due) if card.due else None,
            "done": bool(card.dueComplete),
            **({} if is_cut(text) else {"description": described(text)}),
            "closed": card.closed or (place is not None and place.closed),
            "url": address_of(card),
            "created_at": created_at(card.id),
            **({"checklists": plain_checklists(lists)} if (lists := read_checklists(card.checklists)) else {}),
            **({FILES: plain_files(files)} if files else {}),
            **custom,
        },
        read_at=read_at,
        changed_at=card.dateLastActivity,
        url=address_of(card),
        names=tasks_named_in(found_in, mapping),
        mark=mark_in(text),
        phones=phones_in(text, mapping.region),
        emails=tuple(sorted({found.lower() for found in _EMAIL.findall(text)})),
        unknown=unknown,
    )


def gone_card(card: str, mapping: TrelloMapping, read_at: datetime) -> Record:
    """The record of a card that is no more."""
    return Record(ref=card_ref(card, mapping), fields={}, read_at=read_at, deleted=True)


def parse_action(action: Action, names: Names, mapping: TrelloMapping) -> Happening | None:
    """A comment, a move, a tick in a checklist as a happening, or that a card came to a board of ours or went away.

    None for the rest.
    """
    data = action.data
    if action.type == "commentCard":
        text = data.text or ""
        return _happening(action, "comment.added", {"text": without_mark(text)}, names, mapping, mark_in(text))
    if action.type == "updateCard" and data.listBefore is not None and data.listAfter is not None:
        before, after = data.listBefore, data.listAfter
        moved: dict[str, Plain] = {
            "from": names.places[before.id].title if before.id in names.places else before.name,
            "to": names.places[after.id].title if after.id in names.places else after.name,
            "from_id": before.id,
            "to_id": after.id,
        }
        return _happening(action, "card.moved", moved, names, mapping, "")
    if action.type == "updateCheckItemStateOnCard" and not is_facts(data.checklist.name):
        done = data.checkItem.state == "complete"
        ticked: dict[str, Plain] = {
            "checklist": data.checklist.name,
            "item": data.checkItem.id,
            "line": data.checkItem.name,
            "done": done,
        }
        return _happening(action, "checklist.ticked", ticked, names, mapping, "")
    if action.type == "moveCardFromBoard" and data.boardTarget and data.boardTarget.id not in names.boards:
        return _happening(action, "card.left", {"from": names.boards.get(data.board.id, "")}, names, mapping, "")
    if action.type == "moveCardToBoard":
        return _happening(action, "card.carried", {"to": names.boards.get(data.board.id, "")}, names, mapping, "")
    if action.type == "deleteCard":
        return _happening(action, "card.deleted", {}, names, mapping, "")
    return None


def read_checklists(lists: Iterable[TrelloChecklist]) -> tuple[Checklist, ...]:
    """The lists of a card as they stand there from top to bottom, but for the one that the bridge keeps facts in."""
    return tuple(
        Checklist(
            one.id,
            one.name,
            tuple(
                CheckItem(item.id, item.name, item.state == "complete")
                for item in sorted(one.checkItems, key=lambda item: (item.pos, item.id))
            ),
        )
        for one in sorted(lists, key=lambda one: (one.pos, one.id))
        if not is_facts(one.name)
    )


def created_at(id: str) -> str | None:
    """When the thing of this id was made: the first eight digits are seconds."""
    try:
        return moment_text(datetime.fromtimestamp(int(id[:8], 16), UTC))
    except ValueError:
        return None


def card_ref(card: str, mapping: TrelloMapping) -> Ref:
    """The identity of a card: the same on every board."""
    return Ref(SYSTEM, mapping.account, "card", card)


def action_ref(action: str, mapping: TrelloMapping) -> Ref:
    """The identity of a comment or a move."""
    return Ref(SYSTEM, mapping.account, "action", action)


def tasks_named_in(text: str, mapping: TrelloMapping) -> tuple[Ref, ...]:
    """The Planfix tasks whose addresses stand in a text."""
    pattern = _link_pattern(mapping.task_link) if mapping.task_link else _ANY_TASK
    patterns = {mapping.planfix_account: pattern}
    patterns.update({account: _link_pattern(link) for account, link in mapping.further_tasks.items()})
    found = [(match.start(), account, match[1]) for account, one in patterns.items() for match in one.finditer(text)]
    return tuple(dict.fromkeys(Ref("planfix", account, "task", number) for _place, account, number in sorted(found)))


def task_url(task: Ref, mapping: TrelloMapping) -> str:
    """The address of a Planfix task, "" when nobody told what addresses look like."""
    return mapping.further_tasks.get(task.account, mapping.task_link).replace("{id}", task.id)


@lru_cache(maxsize=20_000)
def phones_in(text: str, region: str) -> tuple[str, ...]:
    """The valid phone numbers of a text, as E.164. Kept: cards rarely change and matching is slow."""
    matches = phonenumbers.PhoneNumberMatcher(text, region)
    shape = phonenumbers.PhoneNumberFormat.E164
    return tuple(sorted({phonenumbers.format_number(match.number, shape) for match in matches}))


def field_body(wanted: CustomField, value: Plain, zone: str = "UTC") -> Mapping[str, Any]:
    """The body that gives a custom field a value; None and "" take it away. Raises ValueError for what does not fit.

    https://developer.atlassian.com/cloud/trello/guides/rest-api/getting-started-with-custom-fields/
    """
    if wanted.type == "list":
        return {"idValue": _option(wanted, value) if value not in (None, "") else ""}
    if value is None or value == "":
        return {"value": ""}
    try:
        match wanted.type:
            case "checkbox" if isinstance(value, bool):
                return {"value": {"checked": True}} if value else {"value": ""}
            case "number":
                return {"value": {"number": _number(value)}}
            case "date":
                return {"value": {"date": sent_moment(str(value), zone)}}
            case "text":
                return {"value": {"text": _number(value) if isinstance(value, Mapping) else str(value)}}
    except ValueError:
        pass  # told below, with its place
    what = f'custom field "{wanted.title}" is of type {wanted.type} and takes no {value!r}'
    raise ValueError(f"{what}: correct the value, or make a field of another type on the board")


def field_value(item: FieldItem | None, wanted: CustomField) -> Plain:
    """What a custom field holds on a card: text, number as text, flag, moment, an option's text, or None.

    An option that nobody knows is its id. Raises ValueError for what no field of its type holds.
    """
    if item is None:
        return False if wanted.type == "checkbox" else None
    if wanted.type == "list":
        return wanted.choices.get(item.idValue or "", item.idValue or None)
    value = item.value or {}
    if isinstance(value, str) or wanted.type not in _TYPES:
        raise ValueError(f'custom field "{wanted.title}" of type "{wanted.type}" holds {item.value!r}')
    match wanted.type:
        case "checkbox":
            return str(value.get("checked", "false")).lower() == "true"
        case "date":
            raw = value.get("date")
            return moment_text(parse_moment(str(raw))) if raw else None
        case _:
            raw = value.get(wanted.type, value.get("text"))
            return None if raw is None else str(raw)


def same_value(wanted: CustomField, ours: Plain, theirs: Plain, zone: str = "UTC") -> bool:
    """Whether a custom field already holds a value, however either of them is written."""
    if ours in (None, "") or theirs in (None, ""):
        return (ours in (None, "", False)) and (theirs in (None, "", False))
    match wanted.type:
        case "list":
            return ours == theirs or _chosen(wanted, ours) == (_chosen(wanted, theirs) or theirs)
        case "number":
            return Decimal(_number(ours)) == Decimal(_number(theirs))
        case "date":
            return same_moment(ours, theirs, zone)
        case "checkbox":
            return bool(ours) == bool(theirs)
        case _:
            return same_text(_number(ours) if isinstance(ours, Mapping) else ours, theirs)


def same_moment(ours: Plain, theirs: Plain, zone: str) -> bool:
    """Whether two moments are one. A day of ours is any hour of it, in the agency's zone. Raises ValueError."""
    if not ours or not theirs:
        return not ours and not theirs
    there = parse_moment(str(theirs))
    if len(str(ours)) == _DAY:
        return there.astimezone(ZoneInfo(zone)).date() == date.fromisoformat(str(ours))
    return parse_moment(str(ours)) == there


def same_text(ours: Plain, theirs: Plain) -> bool:
    """Whether two texts differ by no more than ends of lines and what stands around them."""
    one, other = (str(text or "").replace("\r\n", "\n").strip() for text in (ours, theirs))
    return one == other


def _names_of(place: Place) -> tuple[str, ...]:
    whole = f"{place.board_name} / {place.name}"
    return (place.id, place.name, whole) if place.alone else (place.id, whole)


def _place(board: Board, item: TrelloList, name: str, *, alone: bool) -> Place:
    return Place(item.id, board.id, name, board.name, item.closed, alone, item.name)


def labels_of(card: Card, names: Names) -> Iterable[str]:
    """The titles of a card's labels. One that the board has no more is none."""
    titles = {label.id: label.title for label in names.labels.get(card.idBoard, ())}
    return (titles[label] for label in card.idLabels if label in titles)


def people_on(card: Card, names: Names, mapping: TrelloMapping) -> Iterable[str]:
    """The keys of a card's members in people.yaml; of others the user names."""
    for member in card.idMembers:
        known = names.members.get(member)
        username = known.username if known else ""
        yield mapping.person(member, username) or username or member


def _custom(card: Card, names: Names, mapping: TrelloMapping) -> tuple[dict[str, Plain], frozenset[str]]:
    """What the custom fields hold, and which of them are not on this board or hold an option that nobody knows."""
    if mapping.keep_facts != "fields":
        return facts_on(card, mapping), frozenset()
    items = {item.idCustomField: item for item in card.customFieldItems}
    found: dict[str, Plain] = {}
    for key, wanted in mapping.fields.items():
        try:
            definition = names.custom_field(card.idBoard, wanted)
        except Unnamed:
            continue  # another board of the same mapping may have it; `check` tells when none does
        item = items.get(definition.id)
        if item is None or not item.idValue or item.idValue in definition.choices:
            try:
                found[key] = field_value(item, definition)
            except ValueError:
                continue  # told as unknown: it holds something
    return found, frozenset(mapping.fields.keys() - found.keys())


def facts_on(card: Card, mapping: TrelloMapping) -> dict[str, Plain]:
    """What the block or checklist of facts says."""
    if mapping.keep_facts == "block":
        return in_block(card.desc or "", mapping.fields)
    return in_lists(card.checklists, mapping.fields)


def _happening(
    action: Action, kind: str, data: Mapping[str, Plain], names: Names, mapping: TrelloMapping, mark: str
) -> Happening:
    return Happening(
        ref=action_ref(action.id, mapping),
        kind=kind,
        at=action.date.astimezone(UTC),
        about=card_ref(action.data.card.id, mapping),
        actor=Actor(ActorKind.BRIDGE) if mark else actor_of(action, names, mapping),
        data=data,
        mark=mark,
    )


def actor_of(action: Action, names: Names, mapping: TrelloMapping) -> Actor:
    """A person of people.yaml, else unknown: a member may be a robot, and the token may be its owner's own."""
    id = action.idMemberCreator or ""
    member = action.memberCreator or names.members.get(id) or Member(id=id)
    person = mapping.person(id, member.username)
    if person is not None:
        return Actor(ActorKind.PERSON, person, member.fullName or member.username)
    return Actor(ActorKind.UNKNOWN, id, member.fullName or member.username)


@lru_cache(maxsize=64)
def _link_pattern(link: str) -> re.Pattern[str]:
    shape = re.escape(link).replace(re.escape("{id}"), r"(\d+)")
    return re.compile(re.sub("^https?://", "https?://", shape), re.IGNORECASE)


def _option(wanted: CustomField, value: Plain) -> str:
    found = _chosen(wanted, value)
    if found is not None:
        return found
    advice = did_you_mean(str(value), wanted.choices.values())
    raise ValueError(f'custom field "{wanted.title}" has no option "{value}"; {advice}')


def _chosen(wanted: CustomField, value: Plain) -> str | None:
    return next((one.id for one in wanted.all_options if value in (one.id, one.value.text or "")), None)


def _number(value: Plain) -> str:
    """Raises ValueError for what is no number; a long sum keeps its digits."""
    text = str(value["amount"]) if isinstance(value, Mapping) else str(value)
    try:
        known = Decimal(text).is_finite()
    except InvalidOperation:
        known = False
    if not known:
        raise ValueError(f"{text!r} is not a number")
    return text


def sent_moment(text: str, zone: str) -> str:
    """A moment, or the noon of a day where the agency is, the way Trello writes moments. Raises ValueError."""
    if len(text) == _DAY:
        noon = datetime.combine(date.fromisoformat(text), time(12), ZoneInfo(zone))
        return noon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return parse_moment(text).strftime("%Y-%m-%dT%H:%M:%S.000Z")
