"""Trello's JSON into our records and happenings, and our values back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import phonenumbers

from bridge.model.checklists import CheckItem, Checklist, plain_checklists
from bridge.model.events import Actor, ActorKind
from bridge.model.files import FILES, plain_files
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import Plain, moment_text
from connectors.trello.attached import files_of
from connectors.trello.blocks import described, in_block, in_lists, is_facts
from connectors.trello.custom_fields import field_value
from connectors.trello.foreign import Action, Card, Member
from connectors.trello.foreign import Checklist as TrelloChecklist
from connectors.trello.names import Names, Unnamed
from connectors.trello.settings import SYSTEM, TrelloMapping
from connectors.trello.texts import is_cut, mark_in, without_mark

_ANY_TASK = re.compile(r"https?://[\w-]+\.planfix\.(?:com|ru)/task/(\d+)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^/]+/c/[A-Za-z0-9]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


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
