"""How far boards were read, as it is kept between two readings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel

from bridge.model.values import moment_text, parse_moment
from connectors.trello.api import CARDS_IN_ONE_ANSWER
from connectors.trello.foreign import Action, Board, TrelloList

LATE = timedelta(seconds=30)
"""So much later than its own moment an action may stand in the list."""


class Mode(StrEnum):
    """all: one answer with archived cards · visible: one answer without them · large: actions and a rolling read."""

    ALL = "all"
    VISIBLE = "visible"
    LARGE = "large"


class BoardCursor(BaseModel):
    """How far one board was read.

    `action` is the newest action's id, "" while there was none, `acted` its moment. `recent` are the actions of the
    last seconds before that: others may come in among them. `seen` changes with any card's content, `active` is the
    board's own time of the last activity. `complete` says that an answer as long as the vendor's cap was checked to
    be all, `page` is how many cards come in one. `roll_before` and `rolled_at` are the place and time of the rolling
    read. `name` and `lists` (open ones by id) are what it was called: names of other boards depend on them while it
    cannot be read. `labels` and `options` are what those that rules name were called first; `renamed` is what people
    call such a list, label or option by now, as far as that was told.
    """

    id: str
    name: str = ""
    lists: dict[str, str] = {}
    labels: dict[str, str] = {}
    options: dict[str, str] = {}
    renamed: dict[str, str] = {}
    action: str = ""
    acted: str = ""
    recent: tuple[str, ...] = ()
    seen: str = ""
    active: str = ""
    count: int = 0
    mode: Mode = Mode.ALL
    complete: bool = True
    page: int = CARDS_IN_ONE_ANSWER
    roll_before: str = ""
    roll_count: int = 0
    rolled_at: str = ""


class Position(BaseModel):
    """How far all boards were read."""

    boards: dict[str, BoardCursor] = {}
    owed: bool = False
    """Whether a page that names every living card is still due."""
    fields: dict[str, dict[str, str]] = {}
    """By board: which custom field a configured name meant."""


def frame_of(cursor: BoardCursor) -> Board:
    """What is known of a board that cannot be read now: without it, lists of other boards would get other names."""
    lists = tuple(TrelloList(id=id, name=name) for id, name in cursor.lists.items())
    return Board(id=cursor.id, name=cursor.name, lists=lists)


def note_read(cursor: BoardCursor, found: Sequence[Action]) -> None:
    """Keeps which actions were read last."""
    if not found:
        return
    newest = max(action.date for action in found)
    cursor.acted = max(cursor.acted, moment_text(newest))
    cursor.recent = tuple(action.id for action in found if action.date >= parse_moment(cursor.acted) - LATE)
    cursor.action = max(cursor.action, *(action.id for action in found))


def pages_of(cursor: BoardCursor) -> int:
    """Pages of a whole board, the empty last one included."""
    return math.ceil(cursor.count / cursor.page) + 1
