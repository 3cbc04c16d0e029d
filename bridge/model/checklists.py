"""Checklists on cards: what stands there, who ticked it, and what a fact about a list makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain

NONE, OPEN, DONE = "none", "open", "done"
STATES = (NONE, OPEN, DONE)
"""What a fact about a checklist may be: there is no such list; a line is open; every line is ticked, and counts."""


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line. `by` is who ticked it last: a key of people.yaml or a member's id, "" while nobody told."""

    id: str
    name: str
    done: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list on a card."""

    id: str
    name: str
    items: tuple[CheckItem, ...] = ()

    @property
    def ticked(self) -> bool:
        """Whether nothing is left to tick, whoever did it. A list without lines is not."""
        return bool(self.items) and all(item.done for item in self.items)


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody ticked a line (`done`), or took the tick back."""

    item: str
    done: bool
    by: str


@dataclass(frozen=True, slots=True)
class Put:
    """What is known of a list that rules put on a card.

    With `another` a tick counts only when it is of somebody else than `not_by`, and than whoever ticked the same line
    of another list of the card. `on_its_way`: it is wanted, and may not be there yet.
    """

    title: str
    another: bool = False
    not_by: str = ""
    on_its_way: bool = False


def parse_checklists(plain: Plain) -> tuple[Checklist, ...]:
    """The lists of a card's record."""
    return tuple(_parsed(one) for one in plain) if isinstance(plain, (list, tuple)) else ()


def plain_checklists(lists: Iterable[Checklist]) -> list[Plain]:
    """How a card's record holds its lists; `parse_checklists` gives them back."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "items": [
                {"id": item.id, "name": item.name, "done": item.done, **({"by": item.by} if item.by else {})}
                for item in one.items
            ],
        }
        for one in lists
    ]


def _parsed(plain: Any) -> Checklist:
    items = (
        CheckItem(item["id"], item["name"], bool(item["done"]), str(item.get("by", ""))) for item in plain["items"]
    )
    return Checklist(plain["id"], plain["name"], tuple(items))


def signed(lists: Iterable[Checklist], before: Iterable[Checklist], ticks: Iterable[Tick]) -> tuple[Checklist, ...]:
    """The lists with who ticked each line: as was known before, and as these ticks tell, oldest first."""
    hands = {item.id: item.by for one in before for item in one.items}
    hands.update({tick.item: tick.by if tick.done else "" for tick in ticks})
    return tuple(
        replace(one, items=tuple(replace(item, by=hands.get(item.id, item.by)) for item in one.items)) for one in lists
    )


def titles_of(spec: FieldSpec) -> tuple[str, ...] | None:
    """The titles of the lists that a fact is about, None for a fact of another kind.

    `from: trello.checklists.Запуск` names the list; with `from: trello.checklists` it is called as the fact is.
    """
    _system, _, rest = spec.source.partition(".")
    kind, _, title = rest.partition(".")
    if kind != "checklists":
        return None
    return (title,) if title else tuple(sorted(set(spec.titles.values()))) or (spec.key.partition(".")[2],)


def misfit(spec: FieldSpec) -> str:
    """What keeps a fact from being one about a checklist, "" when nothing does."""
    if titles_of(spec) is None or spec.type is FieldType.FLAG:
        return ""
    if spec.type is not FieldType.CHOICE:
        return "a fact from a checklist is a choice of none, open, done, or a flag"
    return "" if set(spec.choices or STATES) <= set(STATES) else "a checklist is none, open or done"


def value_of(spec: FieldSpec, lists: Sequence[Checklist], puts: Sequence[Put] = ()) -> Plain:
    """What a fact about checklists is: its state, or for a flag whether it is done."""
    state = state_of(titles_of(spec) or (), lists, puts)
    return state == DONE if spec.type is FieldType.FLAG else state


def state_of(titles: Sequence[str], lists: Sequence[Checklist], puts: Sequence[Put] = ()) -> str:
    """none, open or done. Of several lists with such a title all have to be done."""
    wanted = [one for one in lists if same_title(one.name) in set(map(same_title, titles))]
    if not wanted:
        on_its_way = any(put.on_its_way and same_title(put.title) in set(map(same_title, titles)) for put in puts)
        return OPEN if on_its_way else NONE
    counts = _counting(lists, puts)
    done = all(one.items and all(counts(one, item) for item in one.items) for one in wanted)
    return DONE if done else OPEN


def _counting(lists: Sequence[Checklist], puts: Sequence[Put]) -> Callable[[Checklist, CheckItem], bool]:
    """Whether a line counts as ticked. A second check by an unknown hand, or by the first one, does not."""
    second: Mapping[str, Put] = {same_title(put.title): put for put in puts if put.another}
    first: dict[str, set[str]] = {}
    for one in lists:
        if same_title(one.name) not in second:
            for item in one.items:
                if item.done and item.by:
                    first.setdefault(item.name, set()).add(item.by)

    def counts(one: Checklist, item: CheckItem) -> bool:
        put = second.get(same_title(one.name))
        if put is None or not item.done:
            return item.done
        return bool(item.by) and item.by != put.not_by and item.by not in first.get(item.name, ())

    return counts


def same_title(title: str) -> str:
    """A title or line as it is compared: services trim and fold spaces."""
    return " ".join(title.split())
