"""What `bridge check` asks Trello: the token, the boards, and every configured name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.protocols import Clock
from bridge.model.wording import worded
from connectors.trello.api import TrelloReading
from connectors.trello.directory import Directory, find_board
from connectors.trello.foreign import Board, Member
from connectors.trello.settings import TrelloMapping
from connectors.trello.subscribing import findings

_WHERE = Position("bridge.yaml")
_MANUAL = "docs/reference/configuration.md"
_SOON = timedelta(days=14)


class Checker:
    """Asks live and changes nothing. `writes`: whether the token must be good for writing as well.

    `callback` is where Trello is to call, "" for nowhere.
    """

    def __init__(
        self,
        api: TrelloReading,
        directory: Directory,
        mapping: TrelloMapping,
        clock: Clock,
        *,
        writes: bool,
        callback: str = "",
    ) -> None:
        self._directory = directory
        self._callback = callback
        self._writes = writes
        self._api = api
        self._mapping = mapping
        self._clock = clock

    def findings(self) -> list[Finding]:
        """Every problem found; an unusable token hides all others."""
        try:
            me = self._api.me()
            return sorted([*self._member(me), *self._token(), *self._boards(me)])
        except ConnectorError as error:
            return [_unreachable(error)]

    def access(self) -> list[Finding]:
        """What is wrong with the token itself."""
        try:
            return sorted([*self._member(self._api.me()), *self._token()])
        except ConnectorError as error:
            return [_unreachable(error)]

    def _member(self, me: Member) -> Iterable[Finding]:
        person = self._mapping.person(me.id, me.username)
        if person is not None:
            what = worded('the Trello token belongs to "{name}", who is also a person of people.yaml', name=person)
            advice = "give the bridge a Trello member of its own, so that its moves and people's can be told apart"
            yield _finding("own-member-is-person", what, worded(advice), Level.WARNING)
        own = self._mapping.own_member
        if own is not None and own not in (me.id, me.username):
            what = worded('the token belongs to "{name}", not to "{own}"', name=me.username, own=own)
            yield _finding("own-member", what, worded("correct own_member"))

    def _token(self) -> Iterable[Finding]:
        try:
            token = self._api.token()
        except ConnectorError as error:
            if error.retry is not Retry.PERMANENT:
                raise
            return  # a server without this route: the boards will tell
        if self._writes and token.permissions and not any(right.write for right in token.permissions):
            what = worded("the Trello token may only read")
            yield _finding("token-read-only", what, worded("make one with scope read,write"))
        if token.dateExpires is not None and token.dateExpires < self._clock.now() + _SOON:
            what = worded("the Trello token ends on {day}", day=f"{token.dateExpires:%Y-%m-%d}")
            yield _finding("token-ends", what, worded("make one that never expires"), Level.WARNING)

    def _boards(self, me: Member) -> Iterable[Finding]:
        live = self._api.own_boards()
        found: dict[str, Board] = {}
        for wanted in self._mapping.boards:
            try:
                found[wanted] = self._api.board(self._board(wanted, live))
            except ConnectorError as error:
                yield _finding("unknown-board", error.what)
        boards = list(found.values())
        self._directory.know_boards({wanted: board.id for wanted, board in found.items()})
        self._directory.remember(boards)
        if self._callback:
            yield from findings(self._api, {wanted: board.id for wanted, board in found.items()}, self._callback)
        for board in boards if self._writes else ():
            yield from self._role(board, me)
        yield from _same_lists(boards)
        yield from self._fields(boards)

    def _board(self, wanted: str, live: Iterable[Board]) -> str:
        """The board that bears the name; else the one that bore it when the bridge read it, while it is open still."""
        known = self._directory.known_boards().get(wanted)
        try:
            return find_board(wanted, live)
        except ConnectorError:
            if any(board.id == known and not board.closed for board in live):
                return str(known)
            raise

    def _role(self, board: Board, me: Member) -> Iterable[Finding]:
        """An observer reads everything, so nothing but this tells before the first write."""
        roles = {one.idMember: one.memberType for one in self._api.memberships(board.id)}
        if roles.get(me.id) == "observer":
            what = worded(
                'the token\'s member only observes board "{name}", and changes nothing there', name=board.name
            )
            yield _finding("only-observes", what, worded("make it a normal member of the board"))

    def _fields(self, boards: list[Board]) -> Iterable[Finding]:
        known = [(item.id, item.title) for board in boards for item in board.customFields]
        titles = {title for _, title in known}
        renamed = {one.name for one in self._directory.called(*(board.id for board in boards)) if one.kind == "field"}
        for key, wanted in self._mapping.fields.items() if self._mapping.keep_facts == "fields" else ():
            if boards and wanted not in renamed and all(wanted not in names for names in known):
                what = worded('trello.card.{key}: no board has a custom field "{name}"', key=key, name=wanted)
                no_fields = worded(
                    "without custom fields (free plan) set keep_facts: checklist, see {page}", page=_MANUAL
                )
                yield _finding("unknown-field", what, did_you_mean(wanted, titles) if titles else no_fields)


def _same_lists(boards: Iterable[Board]) -> Iterable[Finding]:
    for board in boards:
        names = Counter(item.name for item in board.lists if not item.closed)
        for name, count in names.items():
            if count > 1:
                what = worded(
                    'board "{board}" has lists of one name: "{name}" ({count})',
                    board=board.name,
                    name=name,
                    count=count,
                )
                yield _finding("same-list-names", what, worded("rename one, or name lists by id"), Level.WARNING)


def _unreachable(error: ConnectorError) -> Finding:
    advice = worded("see BRIDGE_TRELLO__KEY and BRIDGE_TRELLO__TOKEN")
    if error.code == "401":
        return _finding("trello-refused", worded("Trello does not accept the key, or the token made with it"), advice)
    return _finding("trello-unreachable", error.what, advice)


def _finding(code: str, what: str, advice: str = "", level: Level = Level.ERROR) -> Finding:
    return Finding(_WHERE, code, what, advice, level=level)
