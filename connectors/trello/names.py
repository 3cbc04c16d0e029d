"""What lists, labels, fields and members are called: by the names that were bound first, whatever they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.model.findings import did_you_mean
from connectors.trello.foreign import Board, Card, CustomField, Label, Member, Option, TrelloList
from connectors.trello.settings import TrelloMapping


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


def _names_of(place: Place) -> tuple[str, ...]:
    whole = f"{place.board_name} / {place.name}"
    return (place.id, place.name, whole) if place.alone else (place.id, whole)


def _place(board: Board, item: TrelloList, name: str, *, alone: bool) -> Place:
    return Place(item.id, board.id, name, board.name, item.closed, alone, item.name)
