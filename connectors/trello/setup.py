"""What the configuration wants of Trello beside what is there, and the making of what is missing.

Each making first looks whether the thing is there by now: a call whose answer was lost makes nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldType
from bridge.model.findings import did_you_mean
from bridge.model.setting_up import Does, FieldThere, Holds, Step, Thing, Wishes, alike
from bridge.model.wording import worded
from connectors.trello.api import TrelloApi
from connectors.trello.directory import find_board
from connectors.trello.foreign import Board, CustomField, Member
from connectors.trello.session import NAME
from connectors.trello.settings import TrelloMapping

_ID = re.compile(r"[0-9a-f]{24}")
_COLORS = ("green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black")
_TEXTS = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.PERSON, FieldType.LENGTH})
_SUMS = frozenset({FieldType.NUMBER, FieldType.MONEY})
_WRITES: Mapping[str, frozenset[FieldType]] = {
    "text": _TEXTS | _SUMS,
    "list": _TEXTS,
    "number": _SUMS,
    "checkbox": frozenset({FieldType.FLAG}),
    "date": frozenset({FieldType.DATE, FieldType.MOMENT}),
}
_KINDS: Mapping[str, str] = {
    "text": worded("text"),
    "list": worded("list of values"),
    "number": worded("number"),
    "checkbox": worded("checkbox"),
    "date": worded("date"),
}


def field_there(item: CustomField) -> FieldThere:
    """A custom field, and what it can hold. A type that is not known is taken for one that holds anything."""
    writes = _WRITES.get(item.type, frozenset(FieldType))
    reads = writes if item.type in ("checkbox", "date") else writes | {FieldType.TEXT}
    options = tuple(one.value.text or "" for one in item.all_options) if item.type == "list" else None
    return FieldThere(item.title, _KINDS.get(item.type, item.type), reads, writes, options)


def kind_for(holds: Holds) -> str:
    """The type of custom field for a fact, "" where none holds it."""
    if holds.type is FieldType.CHOICE and holds.options:
        return "list"
    if holds.type in _TEXTS:
        return "text"
    return next((kind for kind in ("number", "checkbox", "date") if holds.type in _WRITES[kind]), "")


class Setup:
    """Compares and makes. `callback` is where Trello is to call, "" for nowhere."""

    def __init__(self, api: TrelloApi, mapping: TrelloMapping, callback: str) -> None:
        self._api = api
        self._mapping = mapping
        self._callback = callback
        self._ids: dict[str, str] = {}

    def lacking(self, wishes: Wishes) -> list[Step]:
        """Everything that is wanted, and what becomes of it. Changes nothing."""
        live = self._api.own_boards()
        steps: list[Step] = []
        boards: dict[str, Board] = {}
        for wanted in self._mapping.boards:
            steps.append(step := _board(wanted, live))
            if step.does is Does.USE:
                self._ids[wanted] = find_board(wanted, live)
                boards[wanted] = self._api.board(self._ids[wanted])
        home = next((step.name for step in steps if step.does in (Does.USE, Does.CREATE)), "")
        if home:
            steps += [*_lists(wishes.lists, boards, home), *_labels(wishes.labels, boards, home)]
            steps += self._fields(wishes.fields, boards, home)
            me = self._api.me()
            steps += [*self._role(boards, me), *self._people(boards, home, me), *self._webhooks(steps, boards)]
        return steps

    def carry_out(self, step: Step) -> str:
        """Makes it, unless it is there by now; gives its id. Raises ConnectorError."""
        match step.thing:
            case Thing.BOARD:
                return self._make_board(step.name)
            case Thing.LIST:
                board = self._board(step.where)
                found = next((one.id for one in board.lists if one.name == step.name and not one.closed), "")
                return found or self._api.create_list(board.id, step.name).id
            case Thing.LABEL:
                board = self._board(step.where)
                found = next((one.id for one in board.labels if one.name == step.name), "")
                return found or self._api.create_label(board.id, step.name, step.kind).id
            case Thing.FIELD:
                return self._make_field(step)
            case Thing.OPTION:
                return self._make_options(self._field(step.key.rpartition(".")[2]), [step.name])
            case _:
                raise ConnectorError(NAME, f"the bridge makes no {step.thing}", retry=Retry.PERMANENT)

    # -- what is there ----------------------------------------------------------------------------------------------

    def _fields(self, wanted: Mapping[str, Holds], boards: Mapping[str, Board], home: str) -> Iterator[Step]:
        if self._mapping.keep_facts != "fields":
            return
        live = [(name, item) for name, board in boards.items() for item in board.customFields]
        taken = set(self._mapping.fields.values())
        for short, title in self._mapping.fields.items():
            key = f"trello.card.{short}"
            holds = wanted.get(key) or Holds(FieldType.TEXT)
            board, found = next(((name, one) for name, one in live if title in (one.id, one.title)), (home, None))
            if found is not None:
                yield from _found(key, board, found, wanted.get(key))
                continue
            kind = kind_for(holds)
            free = [one for _, one in live if not taken & {one.id, one.title}]
            others = alike(title, (one.title for one in free if field_there(one).fits(holds)))
            made = Does.BY_HAND if not kind or _ID.fullmatch(title) else Does.CREATE
            why = "" if made is Does.CREATE else worded("name a custom field of the board in bridge.yaml")
            options = holds.options if kind == "list" else ()
            yield Step(made, Thing.FIELD, title, home, kind, _KINDS.get(kind, ""), options, why, others, key)

    def _role(self, boards: Mapping[str, Board], me: Member) -> Iterator[Step]:
        """An observer sees everything, and would be refused at the first thing to be made."""
        for name, board in boards.items():
            roles = {one.idMember: one.memberType for one in self._api.memberships(board.id)}
            if roles.get(me.id) == "observer":
                why = worded("it only observes: make it a normal member of the board")
                yield Step(Does.BY_HAND, Thing.PEOPLE, me.username, name, why=why)

    def _people(self, boards: Mapping[str, Board], home: str, me: Member) -> Iterator[Step]:
        """Staff whom no board has; members who are nobody in people.yaml could be meant."""
        members = {one.id: one.username for board in boards.values() for one in board.members}
        known = {*members, *members.values()}
        missing = {id: person for id, person in self._mapping.people.items() if id not in known}
        others = tuple(
            sorted(
                name for id, name in members.items() if id != me.id and self._mapping.person(id, name) is None and name
            )
        )
        if missing and home not in boards:
            yield Step(Does.LATER, Thing.PEOPLE, ", ".join(missing.values()), home, why=worded("invite them in Trello"))
            return
        why = worded("invite them in Trello, or correct people.yaml")
        for person in missing.values():
            yield Step(Does.BY_HAND, Thing.PEOPLE, person, home, why=why, others=others, key=person)

    def _webhooks(self, steps: Sequence[Step], boards: Mapping[str, Board]) -> Iterator[Step]:
        if not self._callback:
            return
        known = {hook.idModel for hook in self._api.webhooks() if hook.callbackURL == self._callback and hook.active}
        for step in [one for one in steps if one.thing is Thing.BOARD and one.does is not Does.BY_HAND]:
            there = step.name in boards and boards[step.name].id in known
            why = "" if there else worded("`bridge run` makes it, as Trello tries the address at once")
            yield Step(Does.USE if there else Does.LATER, Thing.WEBHOOK, step.name, why=why)

    # -- what is made -----------------------------------------------------------------------------------------------

    def _board(self, wanted: str) -> Board:
        if wanted not in self._ids:
            self._ids[wanted] = find_board(wanted, self._api.own_boards())
        return self._api.board(self._ids[wanted])

    def _field(self, short: str) -> CustomField:
        wanted = self._mapping.fields[short]
        for board in self._mapping.boards:
            for item in self._board(board).customFields:
                if wanted in (item.id, item.title):
                    return item
        what = worded('no board has a custom field "{name}"', name=wanted)
        raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-name")

    def _make_board(self, name: str) -> str:
        found = next((one.id for one in self._api.own_boards() if one.name == name and not one.closed), "")
        self._ids[name] = found or self._api.create_board(name).id
        return self._ids[name]

    def _make_field(self, step: Step) -> str:
        board = self._board(step.where)
        found = next((one for one in board.customFields if one.title == step.name), None)
        found = found or self._api.create_field(board.id, step.name, step.kind)
        self._make_options(found, step.options)
        return found.id

    def _make_options(self, found: CustomField, wanted: Iterable[str]) -> str:
        there = {option.value.text: option.id for option in found.all_options}
        for text in wanted:
            if text not in there:
                self._api.create_option(found.id, text)
        return found.id


def _board(wanted: str, live: Sequence[Board]) -> Step:
    try:
        find_board(wanted, live)
    except ConnectorError as error:
        same = [board for board in live if board.name == wanted]
        several = tuple(board.id for board in same if not board.closed)
        if same or _ID.fullmatch(wanted):
            return Step(Does.BY_HAND, Thing.BOARD, wanted, why=error.what, others=several)
        open_ones = tuple(sorted(board.name for board in live if not board.closed))
        near = did_you_mean(wanted, open_ones) if open_ones else ""
        return Step(Does.CREATE, Thing.BOARD, wanted, why=near, others=open_ones)
    return Step(Does.USE, Thing.BOARD, wanted)


def _lists(wanted: Sequence[str], boards: Mapping[str, Board], home: str) -> Iterator[Step]:
    """Lists are named alone, or "Board / List"; what no board has is made on the first."""
    there = {one.name: name for name, board in boards.items() for one in board.lists if not one.closed}
    whole = {f"{board.name} / {one.name}" for board in boards.values() for one in board.lists if not one.closed}
    ids = {one.id for board in boards.values() for one in board.lists}
    free = [name for name in there if name not in wanted]
    for name in wanted:
        board, _, short = name.partition(" / ")
        if name in there or name in whole or name in ids:
            yield Step(Does.USE, Thing.LIST, name, there.get(name, board if short else home))
        elif short and board in boards:
            near = alike(short, (one for one in free if there[one] == board))
            yield Step(Does.CREATE, Thing.LIST, short, board, others=near)
        else:
            yield Step(Does.CREATE, Thing.LIST, name, home, others=alike(name, free))


def _labels(wanted: Sequence[str], boards: Mapping[str, Board], home: str) -> Iterator[Step]:
    there = {one.title: name for name, board in boards.items() for one in board.labels}
    used = {one.color for one in boards[home].labels if one.name} if home in boards else set()
    free = [color for color in _COLORS if color not in used] or list(_COLORS)
    unwanted = [title for title in there if title and title not in wanted]
    made = [name for name in wanted if name not in there]
    for name in wanted:
        if name in there:
            yield Step(Does.USE, Thing.LABEL, name, there[name])
        else:
            color = free[made.index(name) % len(free)]
            yield Step(Does.CREATE, Thing.LABEL, name, home, color, others=alike(name, unwanted))


def _found(key: str, board: str, found: CustomField, holds: Holds | None) -> Iterator[Step]:
    there = field_there(found)
    if holds is not None and not there.fits(holds):
        why = _misfit(there, holds, kind_for(holds))
        yield Step(Does.BY_HAND, Thing.FIELD, there.name, board, why=why, key=key)
        return
    yield Step(Does.USE, Thing.FIELD, there.name, board, key=key)
    for option in there.lacks(holds) if holds is not None else ():
        yield Step(Does.CREATE, Thing.OPTION, option, there.name, key=key)


def _misfit(there: FieldThere, holds: Holds, kind: str) -> str:
    """What is wrong with a field of the wrong type, and what helps."""
    words = "its type is {kind}, and that of the fact `{type}`: make a field of type {wanted}"
    return worded(words, kind=there.kind, type=holds.type.value, wanted=_KINDS.get(kind, "—"))
