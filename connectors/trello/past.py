"""What was done on the boards before they were first read, as far as their lists of actions go back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor, Happening, Page, Ref
from bridge.model.values import Plain, moment_text, parse_moment
from bridge.model.wording import worded
from connectors.trello.api import SMALLEST_PAGE, TrelloReading
from connectors.trello.cursors import LATE, BoardCursor, Position, frame_of
from connectors.trello.directory import Directory
from connectors.trello.edits import changes_of
from connectors.trello.foreign import Action, Board
from connectors.trello.mapping import action_ref, actor_of, card_ref, created_at, parse_action
from connectors.trello.names import Names
from connectors.trello.reading import SOURCE, is_of_one_board
from connectors.trello.session import NAME, is_not_found
from connectors.trello.settings import SYSTEM, TrelloMapping

UNTOLD = (
    worded("Trello keeps no actions of deleted cards"),
    worded("Trello tells nowhere who put a label on or took it off, edited a comment or renamed a line of a list"),
)
_MADE = frozenset({"createCard", "copyCard", "convertToCardFromCheckItem", "emailCard"})
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_A_SECOND = timedelta(seconds=1)


class _Board(BaseModel):
    """How far back one board was read.

    What was done before `until`, and the actions in `recent`, belong to the past: all else the bridge reads by itself.
    `before` is where the next page begins: at `second`, the end of the last second that was read, or behind an action
    where a whole page is of one second. `back_to` is from when on all was read, "" while something is missing.
    """

    until: str
    recent: tuple[str, ...] = ()
    before: str = ""
    second: str = ""
    back_to: str = ""

    def goes_back_to(self, moment: datetime) -> bool:
        """Whether all since that moment was read."""
        return bool(self.back_to) and parse_moment(self.back_to) <= moment

    def is_past(self, action: Action) -> bool:
        """Whether no poll will tell of an action any more, or has already."""
        return action.id in self.recent or action.date < parse_moment(self.until)

    def go_on(self, found: Sequence[Action]) -> bool:
        """Behind a page; False where it was the last one.

        Ids of one second do not grow with time: the next page has the last second of this one once more.
        """
        oldest = min(found, key=lambda action: (action.date, action.id), default=None)
        if oldest is None or oldest.id == self.before:
            return False
        second = f"{oldest.date.replace(microsecond=0) + _A_SECOND:%Y-%m-%dT%H:%M:%SZ}"
        self.before = oldest.id if second == self.second else second
        self.second = second
        return len(found) >= SMALLEST_PAGE


class _Boards(BaseModel):
    boards: dict[str, _Board] = {}
    """By id."""


class Past:
    """Reads boards backwards, a thousand actions a page, one board after the other."""

    def __init__(self, api: TrelloReading, directory: Directory, mapping: TrelloMapping) -> None:
        self._api = api
        self._directory = directory
        self._mapping = mapping
        self._left_out: set[str] = set()
        """Boards that could not be read: the next import tries them again."""

    def page(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """The next page; see `Historical.past`. A board that cannot be read is named, and the others are."""
        position = _Boards.model_validate_json(cursor) if cursor else _Boards()
        read = Position.model_validate_json(pulled)
        begins = since or _BEGINNING
        names = self._names(read)
        for wanted in self._mapping.boards:
            if wanted in self._left_out:
                continue
            if wanted not in read.boards:
                self._left_out.add(wanted)
                return _failed(position, _unread(wanted))
            known = read.boards[wanted]
            board = position.boards.setdefault(known.id, _begun(known))
            if board.goes_back_to(begins):
                continue
            try:
                told = self._older(known.id, board, begins, names)
            except ConnectorError as error:
                if error.retry is Retry.PASSING or not _is_of_this(error):
                    raise
                self._left_out.add(wanted)
                return _failed(position, error)
            return Page(Cursor(position.model_dump_json()), happenings=told, more=True)
        return Page(Cursor(position.model_dump_json()))

    def _older(self, id: str, board: _Board, begins: datetime, names: Names) -> tuple[Happening, ...]:
        """What the next page of a board tells, newest first."""
        since = f"{begins - _A_SECOND:%Y-%m-%dT%H:%M:%SZ}" if begins > _BEGINNING else ""
        found = self._api.older_actions(id, board.before, since) if board.until else ()
        if not board.go_on(found):
            board.back_to = moment_text(begins)
        past = (action for action in found if board.is_past(action))
        return tuple(happening for action in past for happening in parse_past(action, names, self._mapping))

    def _names(self, read: Position) -> Names:
        """The names as a reading knows them; asked for once where nothing was read in this process."""
        if self._directory.known is not None:
            return self._directory.known
        self._directory.know_boards({wanted: board.id for wanted, board in read.boards.items()})
        self._directory.know_fields(read.fields)
        boards: list[Board] = []
        for board in read.boards.values():
            try:
                boards.append(self._api.board(board.id))
            except ConnectorError as error:
                if not _is_of_this(error):
                    raise
                boards.append(frame_of(board))
        return self._directory.remember(boards)


def parse_past(action: Action, names: Names, mapping: TrelloMapping) -> Iterator[Happening]:
    """What an action of the past tells: what `pull` would, and what it takes from the cards themselves.

    That a card was made has the id that a first reading gives it: it cannot tell who made the card.
    """
    if action.type == "deleteCard":
        return  # all else of such a card is gone, too
    told = parse_action(action, names, mapping)
    if told is not None or not action.data.card.id:
        yield from () if told is None else (told,)
        return
    if action.type in _MADE:
        born = Ref(SYSTEM, mapping.account, "card", f"{action.data.card.id}:card")
        yield _happening(action, born, "card.created", {"origin": SYSTEM, **_in_list(action, names)}, names, mapping)
    old = action.data.old
    if action.type == "updateCard" and old is not None and old.closed is not None:
        kind, data = ("card.restored", {"from": "archive"}) if old.closed else ("card.archived", {})
        yield _happening(action, action_ref(action.id, mapping), kind, dict(data), names, mapping)
    for name, before, after in changes_of(action, names, mapping):
        changed: dict[str, Plain] = {"field": name, "old": before, "new": after}
        ref = action_ref(f"{action.id}:{name}", mapping)
        yield _happening(action, ref, "field.changed", changed, names, mapping)


def _begun(cursor: BoardCursor) -> _Board:
    """Where the past of a board ends, by how far polls have read it."""
    if not cursor.acted:
        return _Board(until=created_at(cursor.action) or "", recent=(cursor.action,))
    return _Board(until=moment_text(parse_moment(cursor.acted) - LATE), recent=cursor.recent)


def _in_list(action: Action, names: Names) -> dict[str, Plain]:
    """The list in which a card was made, as it is called now."""
    place = action.data.list
    if place is None:
        return {}
    return {"list": names.places[place.id].title if place.id in names.places else place.name}


def _happening(
    action: Action, ref: Ref, kind: str, data: dict[str, Plain], names: Names, mapping: TrelloMapping
) -> Happening:
    at, about = action.date.astimezone(UTC), card_ref(action.data.card.id, mapping)
    return Happening(ref, kind, at, about, actor_of(action, names, mapping), data)


def _failed(position: _Boards, error: ConnectorError) -> Page:
    return Page(Cursor(position.model_dump_json()), failed={SOURCE: error}, more=True)


def _is_of_this(error: ConnectorError) -> bool:
    """Whether other boards may be read all the same."""
    return is_not_found(error) or is_of_one_board(error)


def _unread(wanted: str) -> ConnectorError:
    what = worded('board "{name}" was never read: start the bridge once, then import again', name=wanted)
    return ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unread-board")
