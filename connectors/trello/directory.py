"""What the configured names mean in the live account: boards, lists, labels and fields, kept while the bridge runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from connectors.trello.api import TrelloReading
from connectors.trello.foreign import Board
from connectors.trello.mapping import Bound, Names, TrelloMapping, Unnamed, read_names
from connectors.trello.session import NAME

_T = TypeVar("_T")
_ID = re.compile(r"[0-9a-f]{24}")


class Directory:
    """Names and their ids. A list or option keeps the name it had when first read: a rename stops nothing that runs.

    That of a list which rules name outlives a restart. Another list that is given the name takes it over. A custom
    field stays the one that its configured name meant, until another one bears that name.
    """

    def __init__(self, api: TrelloReading, mapping: TrelloMapping) -> None:
        self._api = api
        self._mapping = mapping
        self._lock = threading.Lock()
        self._boards: dict[str, str] = {board: board for board in mapping.boards if _ID.fullmatch(board)}
        self._bound = Bound()
        self._names: Names | None = None

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

    def know_lists(self, names: Mapping[str, str]) -> None:
        """Take over what lists were called when they were first read, by id, as far as rules still call them so."""
        with self._lock:
            for id, name in names.items():
                if any(name in (wanted, wanted.rpartition(" / ")[2]) for wanted in self._mapping.lists):
                    self._bound.lists.setdefault(id, name)

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

    def _bind(self, board: Board) -> None:
        called = {item.name: item.id for item in board.lists if not item.closed}
        for item in board.lists:
            first = self._bound.lists.setdefault(item.id, item.name)
            if called.get(first, item.id) != item.id and item.name != first:
                self._bound.lists[item.id] = item.name
        fields = self._bound.fields.setdefault(board.id, {})
        for custom in board.customFields:
            for option in custom.all_options:
                self._bound.options.setdefault(option.id, option.value.text or "")
        for wanted in self._mapping.fields.values():
            bearing = [item.id for item in board.customFields if wanted in (item.id, item.title)]
            if bearing and fields.get(wanted) not in bearing:
                fields[wanted] = bearing[0]

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
