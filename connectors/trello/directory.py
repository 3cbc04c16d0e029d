"""What the configured names mean in the live account: boards, lists, labels and fields, kept while the bridge runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor
from bridge.model.findings import did_you_mean
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain, moment_text
from bridge.model.wording import worded
from connectors.trello.api import TrelloReading
from connectors.trello.foreign import Action, Board
from connectors.trello.mapping import actor_of
from connectors.trello.names import Bound, Names, Unnamed, read_names
from connectors.trello.session import NAME
from connectors.trello.settings import SYSTEM, TrelloMapping

_T = TypeVar("_T")
_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Called:
    """A board, list, label, field or option (`kind`) that the files call by `name`, and what people call it `now`.

    `board` is what they call the board that it is on.
    """

    kind: str
    id: str
    board: str
    name: str
    now: str


class Directory:
    """Names and their ids. A list or option keeps the name it had when first read: a rename stops nothing that runs.

    So does a label that rules name. What rules name outlives a restart. Another list, label or option that is given the
    name takes it over. A custom field stays the one that its configured name meant, until another one bears that name.
    """

    def __init__(self, api: TrelloReading, mapping: TrelloMapping) -> None:
        self._api = api
        self._mapping = mapping
        self._lock = threading.Lock()
        self._boards: dict[str, str] = {board: board for board in mapping.boards if _ID.fullmatch(board)}
        self._bound = Bound()
        self._names: Names | None = None
        self._called: dict[str, tuple[Called, ...]] = {}

    def know_boards(self, ids: Mapping[str, str]) -> None:
        """Take over board ids found earlier, by configured name: a renamed board stays the same board."""
        with self._lock:
            for wanted, board in ids.items():
                if wanted in self._mapping.boards:
                    self._boards.setdefault(wanted, board)

    def know_fields(self, ids: Mapping[str, Mapping[str, str]]) -> None:
        """Take over which custom fields the configured names meant, by board: a renamed field stays the same field."""
        with self._lock:
            for board, fields in ids.items():
                known = self._bound.fields.setdefault(board, {})
                for wanted in self._mapping.fields.values():
                    if wanted in fields:
                        known.setdefault(wanted, fields[wanted])

    def know_names(self, kind: str, names: Mapping[str, str]) -> None:
        """Take over what lists, labels or options were called first, by id, as far as rules still call them so."""
        with self._lock:
            for id, name in names.items():
                if self._mapping.calls(kind, name):
                    self._names_of(kind).setdefault(id, name)

    def _names_of(self, kind: str) -> dict[str, str]:
        return {"list": self._bound.lists, "label": self._bound.labels, "option": self._bound.options}[kind]

    def boards(self) -> dict[str, str]:
        """The id of each configured board, in order. Raises ConnectorError for the first that is not to be found."""
        found, missing = self.found_boards()
        for error in missing.values():
            raise error
        return found

    def found_boards(self) -> tuple[dict[str, str], dict[str, ConnectorError]]:
        """The ids of the configured boards, and why others have none. Asks for the board list when one is not known."""
        missing: dict[str, ConnectorError] = {}
        known = self.known_boards()
        if len(known) < len(self._mapping.boards):
            live = self._api.own_boards()
            for wanted in self._mapping.boards:
                if wanted not in known:
                    try:
                        known[wanted] = find_board(wanted, live)
                    except ConnectorError as error:
                        missing[wanted] = error
            self.know_boards(known)
        return {wanted: known[wanted] for wanted in self._mapping.boards if wanted in known}, missing

    def known_boards(self) -> dict[str, str]:
        """The ids of those configured boards that were found so far; asks nothing."""
        with self._lock:
            return {wanted: self._boards[wanted] for wanted in self._mapping.boards if wanted in self._boards}

    def remember(self, boards: Iterable[Board]) -> Names:
        """Bind what was just read, and give the names: the same object for as long as they are the same."""
        boards = tuple(boards)
        with self._lock:
            for board in boards:
                self._bind(board)
            names = read_names(boards, self._bound)
            if self._names is None or names != self._names:
                self._names = names
            return self._names

    def called(self, *boards: str) -> list[Called]:
        """These boards, and the lists, labels, fields and options on them that the files name, as last read."""
        with self._lock:
            return [one for board in boards for one in self._called.get(board, ())]

    def _called_on(self, board: Board) -> Iterator[Called]:
        for wanted, id in self._boards.items():
            if id == board.id and wanted != id:
                yield Called("board", id, board.name, wanted, board.name)
        titles = {item.id: item.title for item in board.customFields}
        for wanted, id in self._bound.fields.get(board.id, {}).items():
            if id in titles and wanted != id:
                yield Called("field", id, board.name, wanted, titles[id])
        closed = {item.id for item in board.lists if item.closed}
        for kind, names in _live_names(board):
            for id, now in names.items():
                first = self._names_of(kind).get(id)
                if first is not None and id not in closed and self._mapping.calls(kind, first):
                    yield Called(kind, id, board.name, first, now)

    def _bind(self, board: Board) -> None:
        for kind, names in _live_names(board):
            bound, by_name = self._names_of(kind), {name: id for id, name in names.items()}
            for id, name in names.items():
                if kind == "label" and not self._mapping.calls(kind, bound.get(id, name)):
                    bound.pop(id, None)
                    continue
                first = bound.setdefault(id, name)
                if name != first and by_name.get(first, id) != id:
                    bound[id] = name
        fields = self._bound.fields.setdefault(board.id, {})
        for wanted in self._mapping.fields.values():
            bearing = [item.id for item in board.customFields if wanted in (item.id, item.title)]
            if bearing and fields.get(wanted) not in bearing:
                fields[wanted] = bearing[0]
        self._called[board.id] = tuple(self._called_on(board))

    def names(self) -> Names:
        """The names as last read; read now when they never were."""
        return self.known or self.read_again()

    @property
    def known(self) -> Names | None:
        """The names as last read, None while they never were; asks nothing."""
        with self._lock:
            return self._names

    def read_again(self) -> Names:
        """Ask for all names now: one request a board."""
        return self.remember([self._api.board(board) for board in self.boards().values()])

    def find(self, ask: Callable[[Names], _T]) -> _T:
        """What `ask` finds in the names, in fresh ones when it finds nothing. Raises ConnectorError."""
        try:
            return ask(self.names())
        except Unnamed:
            pass  # made a minute ago, perhaps
        try:
            return ask(self.read_again())
        except Unnamed as error:
            raise ConnectorError(NAME, str(error), retry=Retry.ASK_ADMIN, code="unknown-name") from error


def renaming(
    called: Called, actions: Iterable[Action], names: Names, mapping: TrelloMapping, read_at: datetime
) -> Happening:
    """That something has the name `now`; Trello's actions tell who gave it, and when, of lists only."""
    told = [one for one in actions if one.type == "updateList" and one.data.list and one.data.list.id == called.id]
    last = next((one for one in reversed(told) if one.data.list and one.data.list.name == called.now), None)
    at = last.date.astimezone(UTC) if last else read_at
    about = Ref(SYSTEM, mapping.account, called.kind, called.id)
    data: dict[str, Plain] = {"name": called.name, "now": called.now, "board": called.board}
    actor = actor_of(last, names, mapping) if last else Actor()
    return Happening(
        replace(about, id=f"{called.id}@{moment_text(at)}"), f"{called.kind}.renamed", at, about, actor, data
    )


def _live_names(board: Board) -> Iterator[tuple[str, dict[str, str]]]:
    """What people call a board's lists, closed ones first, its labels, and the options of each custom field, by id."""
    yield "list", {item.id: item.name for item in sorted(board.lists, key=lambda item: not item.closed)}
    yield "label", {item.id: item.title for item in board.labels}
    for custom in board.customFields:
        yield "option", {item.id: item.value.text or "" for item in custom.all_options}


def find_board(wanted: str, live: Iterable[Board]) -> str:
    """The id of the open board of that name. Raises ConnectorError with what to do."""
    boards = tuple(live)
    found = [board.id for board in boards if wanted in (board.id, board.name) and not board.closed]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        words = '{count} boards are called "{name}": write the id of one ({options})'
        what = worded(words, count=len(found), name=wanted, options=", ".join(found))
    elif any(board.name == wanted for board in boards):
        what = worded('board "{name}" is closed: reopen it in Trello or take it out of the configuration', name=wanted)
    else:
        near = did_you_mean(wanted, (board.name for board in boards if not board.closed))
        near = near or worded("add its member to the board")
        what = worded('the token sees no board "{name}"; {near}', name=wanted, near=near)
    raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-board")
