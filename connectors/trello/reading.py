"""How boards are read: small ones whole in one answer, large ones by what was done and a slow read of everything."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Happening, Page, Record
from bridge.model.values import moment_text, parse_moment
from connectors.trello.api import CARDS_IN_ONE_ANSWER, ROUTES_IN_ONE_BATCH, TrelloReading
from connectors.trello.cursors import LATE, BoardCursor, Mode, Position, frame_of, note_read, pages_of
from connectors.trello.directory import Called, Directory, renaming
from connectors.trello.edits import parse_edits
from connectors.trello.foreign import Action, Board, Card, Checklist
from connectors.trello.mapping import gone_card, parse_action, parse_card
from connectors.trello.names import Names
from connectors.trello.session import NAME, ROLLING_LANE, TooManyCards, is_not_found
from connectors.trello.settings import TrelloMapping
from connectors.trello.texts import installation_in

SOURCE = "trello.card"
ROUND = 0.8
"""The part of `rolling_seconds` that a round takes: what a page shows is seen only when the next poll comes."""

_Failure = ConnectorError | SourceEmptied
_ROUND_NUMBER = 100
"""Answers with a multiple of so many cards may have been cut: by a thousand today, by less on another day."""
_BRINGING = frozenset({"createCard", "copyCard", "convertToCardFromCheckItem", "emailCard", "moveCardToBoard"})


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A card as its record, and what of it tells that something happened there."""

    card: Card
    names: Names
    record: Record
    content: str

    @property
    def look(self) -> str:
        """Changes with anything on the card, also with a comment or a move there and back within one instant."""
        card = self.card
        return f"{card.id} {self.content} {card.dateLastActivity} {card.badges.comments} {card.pos}"


@dataclass
class _Reading:
    """One board in the middle of a pull."""

    board: Board
    cursor: BoardCursor
    first: bool
    read_at: datetime
    cards: dict[str, Card] = field(default_factory=dict)
    actions: Sequence[Action] = ()
    listed: Sequence[Action] = ()
    """The actions with those that were read before."""
    asked: bool = False
    gone: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    """Cards that were read by themselves, after the names on the board."""
    changed: bool = False

    def take(self, cards: Iterable[Card]) -> None:
        self.cards.update((card.id, card) for card in cards)

    def is_template(self, card: str) -> bool:
        """Whether this is a card that people copy, and nobody's."""
        return card in self.cards and bool(self.cards[card].isTemplate)

    def ask(self, api: TrelloReading) -> None:
        """What was done since the last reading; asked once.

        Asked from a little before on: of what is done at the same time, by several people, some is listed later, and
        with a lower id.
        """
        if self.asked:
            return
        cursor, self.asked = self.cursor, True
        since = f"{parse_moment(cursor.acted) - LATE:%Y-%m-%dT%H:%M:%SZ}" if cursor.acted else cursor.action
        self.listed = api.actions(cursor.id, since, {*cursor.recent, cursor.action})
        self.actions = [action for action in self.listed if action.id not in cursor.recent]


class Reader:
    """Carries out `pull`. A cycle in which nothing happened costs one request a board, two for a large one."""

    def __init__(self, api: TrelloReading, directory: Directory, mapping: TrelloMapping, clock: Clock) -> None:
        self._api = api
        self._directory = directory
        self._mapping = mapping
        self._clock = clock
        self._answers: dict[str, tuple[Board, str]] = {}
        """By board: its last answer, and what its cards looked like in it."""
        self._parsed: dict[str, dict[str, _Parsed]] = {}
        """By board: the cards of its last answer. In the next one nearly all of them are the same."""
        self._joined: dict[str, tuple[Board, tuple[Card, ...]]] = {}
        """By board: its last answer, and its cards with their checklists."""
        self._templates: dict[str, tuple[Checklist, ...]] = {}
        """By template card of a large board: its checklists, as they were last seen."""
        self._may_be_empty = False
        self.others: dict[str, datetime] = {}
        """When other installations of the bridge were last seen to write on the boards."""

    def accept_empty(self) -> None:
        """The next `pull` takes a board that shows no cards any more as it is."""
        self._may_be_empty = True

    def recall(self, cursor: Cursor | None) -> Position:
        """Takes over how far a reading came, and what boards, lists, labels and fields were called by then."""
        position = Position.model_validate_json(cursor) if cursor else Position()
        self._directory.know_boards({wanted: board.id for wanted, board in position.boards.items()})
        self._directory.know_fields(position.fields)
        for board in position.boards.values():
            self._directory.know_names("list", board.lists)
            self._directory.know_names("label", board.labels)
            self._directory.know_names("option", board.options)
        return position

    def pull(self, cursor: Cursor | None, lag: timedelta) -> Page:
        """Everything that changed on the configured boards. Raises ConnectorError, SourceEmptied."""
        try:
            return self._pull(cursor, lag)
        finally:
            self._may_be_empty = False

    def _pull(self, cursor: Cursor | None, lag: timedelta) -> Page:
        started = self._clock.now()
        position = self.recall(cursor)
        readings, failed = self._read_boards(position)
        blind = [frame_of(position.boards[wanted]) for wanted in failed if wanted in position.boards]
        names = self._directory.remember([*(reading.board for reading in readings.values()), *blind])
        for reading in readings.values():
            self._compare(reading, names)
        names = self._with_new_names(readings, blind, names)
        return self._page(readings, failed, names, position, started - lag)

    def _with_new_names(self, read: Mapping[str, _Reading], blind: Sequence[Board], names: Names) -> Names:
        """The names with those of lists, labels and options that were made while the boards were being read."""
        alone = [reading.cards[id] for reading in read.values() for id in reading.alone & reading.cards.keys()]
        outdated = {card.idBoard for card in alone if not names.knows(card)}
        if not outdated:
            return names
        for reading in read.values():
            if reading.board.id in outdated:
                now = self._api.board(reading.board.id)
                fresh = {"lists": now.lists, "labels": now.labels, "customFields": now.customFields}
                reading.board = reading.board.model_copy(update=fresh)
        return self._directory.remember([*(reading.board for reading in read.values()), *blind])

    def _read_boards(self, position: Position) -> tuple[dict[str, _Reading], dict[str, _Failure]]:
        """The boards that could be read, and why others could not. Raises what stops all of them."""
        found, missing = self._directory.found_boards()
        failed: dict[str, _Failure] = dict(missing)
        readings: dict[str, _Reading] = {}
        for wanted, id in found.items():
            before = position.boards.get(wanted)
            try:
                readings[wanted] = self._read(wanted, before or BoardCursor(id=id), first=before is None)
            except (ConnectorError, SourceEmptied) as error:
                if not is_of_one_board(error):
                    raise
                failed[wanted] = error
        if not readings:
            raise _told_first(failed)
        return readings, failed

    def _read(self, wanted: str, before: BoardCursor, *, first: bool) -> _Reading:
        cursor = before.model_copy()
        if first:
            note_read(cursor, self._api.older_actions(cursor.id, "", ""))
        try:
            if cursor.mode is not Mode.LARGE:
                reading = self._read_whole(cursor, first=first)
                if reading is not None:
                    return self._checked(wanted, reading, before)
            return self._checked(wanted, self._read_large(before, cursor, first=first), before)
        except ConnectorError as error:
            if is_not_found(error):
                what = f'board "{wanted}" is gone or out of the token\'s sight: add its member, or name another'
                raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-board") from error
            raise

    def _checked(self, wanted: str, reading: _Reading, before: BoardCursor) -> _Reading:
        if reading.board.closed:
            what = f'board "{wanted}" is closed: reopen it in Trello or take it out of the configuration'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="closed-board")
        if before.count and not reading.cursor.count and not self._may_be_empty:
            raise SourceEmptied(SOURCE, before.count)
        return reading

    def _read_whole(self, cursor: BoardCursor, *, first: bool) -> _Reading | None:
        """One answer with all cards; None when the board is too large for that."""
        read_at = self._clock.now()
        try:
            board = self._api.board_with_cards(cursor.id, cursor.mode)
        except TooManyCards:
            return self._one_step_down(cursor, first=first)
        cards = {card.id: card for card in self._cards_of(board)}
        reading = _Reading(board, cursor, first, read_at, cards)
        if cards and len(cards) % _ROUND_NUMBER == 0 and (older := self._left_out(reading)):
            if len(_visible(board, cards.values())) + older > CARDS_IN_ONE_ANSWER:
                cursor.mode = Mode.VISIBLE  # and they would not all fit either
            return self._one_step_down(cursor, first=first)
        if len(cards) > self._mapping.large_board:
            return self._one_step_down(cursor, first=first)
        cursor.count, cursor.complete = len(cards), True
        return reading

    def _cards_of(self, board: Board) -> tuple[Card, ...]:
        """The cards of an answer with their checklists, which stand beside them; worked out once for equal answers."""
        last, cards = self._joined.get(board.id, (None, ()))
        if board is last:
            return cards
        lists: dict[str, list[Checklist]] = {}
        for one in board.checklists:
            lists.setdefault(one.idCard, []).append(one)
        cards = tuple(
            card.model_copy(update={"checklists": tuple(lists[card.id])}) if card.id in lists else card
            for card in board.cards
        )
        self._joined[board.id] = board, cards
        return cards

    def checklists(self) -> Iterator[Checklist]:
        """All lists of the boards that were read whole, and those of other boards' template cards, as last seen."""
        for lists in list(self._templates.values()):
            yield from lists
        for board, _cards in list(self._joined.values()):
            yield from board.checklists

    def _one_step_down(self, cursor: BoardCursor, *, first: bool) -> _Reading | None:
        if cursor.mode is Mode.ALL:
            cursor.mode, cursor.complete, cursor.count = Mode.VISIBLE, False, 0
            return self._read_whole(cursor, first=first)
        cursor.mode = Mode.LARGE
        return None

    def _left_out(self, reading: _Reading) -> int:
        """How many visible cards, at least, an answer that may have been cut left out; 0 when it holds all.

        Asked again when a card came to a full board.
        """
        cards, cursor = reading.cards, reading.cursor
        if len(cards) > CARDS_IN_ONE_ANSWER:
            return 0
        if cursor.complete and cursor.count == len(cards):
            if cursor.active != _active(reading.board):
                reading.ask(self._api)
            if not any(_brings_card(action) for action in reading.actions):
                return 0
        return len(next(self._api.card_pages(cursor.id, before=min(cards)), ()))

    def _read_large(self, before: BoardCursor, cursor: BoardCursor, *, first: bool) -> _Reading:
        """The board without cards, what was done since, the cards concerned, and a share of the rolling read."""
        read_at = self._clock.now()
        board = self._api.board(cursor.id)
        reading = _Reading(board, cursor, first, read_at, changed=True)
        fresh = first or before.mode is not Mode.LARGE
        if not first:
            reading.ask(self._api)
        touched = {action.data.card.id for action in reading.actions if action.data.card.id}
        if fresh or math.ceil(len(touched) / ROUTES_IN_ONE_BATCH) > pages_of(cursor):
            self._read_every_page(reading)
            touched -= reading.cards.keys()
        self._read_cards(reading, touched)
        if not fresh:
            self._roll(reading)
        return reading

    def _read_every_page(self, reading: _Reading) -> None:
        largest = 0
        for page in self._api.card_pages(reading.cursor.id):
            reading.take(page)
            largest = max(largest, len(page))
        reading.cursor.page = largest or CARDS_IN_ONE_ANSWER
        reading.cursor.count = len(reading.cards)
        reading.cursor.roll_before, reading.cursor.roll_count = "", 0
        reading.cursor.rolled_at = moment_text(reading.read_at)

    def _roll(self, reading: _Reading) -> None:
        """Read the pages that are due by now; after the last one the next round begins."""
        cursor = reading.cursor
        span = timedelta(seconds=self._mapping.rolling_seconds * ROUND / pages_of(cursor))
        rolled_at = parse_moment(cursor.rolled_at)
        due = (reading.read_at - rolled_at) // span
        if due <= 0:
            return
        cursor.rolled_at = moment_text(rolled_at + due * span)  # not this moment: each poll would lose a part of a span
        with self._api.in_background(ROLLING_LANE):
            pages = self._api.card_pages(cursor.id, before=cursor.roll_before)
            for _ in range(min(due, pages_of(cursor))):
                page = next(pages, None)
                if page is None:
                    self._end_round(cursor)
                    return
                for card in page:
                    reading.cards.setdefault(card.id, card)
                cursor.roll_before = min(card.id for card in page)
                cursor.roll_count += len(page)
                cursor.page = max(cursor.page, len(page))

    def _end_round(self, cursor: BoardCursor) -> None:
        cursor.count, cursor.roll_before, cursor.roll_count = cursor.roll_count, "", 0
        if 0 < cursor.count <= self._mapping.large_board * 0.8:
            cursor.mode, cursor.complete = Mode.VISIBLE, False

    def _compare(self, reading: _Reading, names: Names) -> None:
        """Find out what happened: only when a card or the board moved since the last read."""
        cursor, board = reading.cursor, reading.board
        if cursor.mode is Mode.LARGE:
            self._keep_templates(reading)
        if cursor.mode is not Mode.LARGE and not reading.changed:
            seen = self._seen(reading, names)
            reading.changed = seen != cursor.seen or _active(board) != cursor.active or bool(self._renamed(reading))
            cursor.seen = seen
            if reading.changed and not reading.first:
                reading.ask(self._api)
                self._settle(reading)
        cursor.active = _active(board)
        note_read(cursor, reading.listed)
        self._note_others(reading)

    def _note_others(self, reading: _Reading) -> None:
        """Marks of what was done since the last reading name who did it; what stood there before is history."""
        for action in reading.actions:
            text = action.data.text or "" if action.type == "commentCard" else ""
            if action.type == "createCard" and action.data.card.id in reading.cards:
                text = reading.cards[action.data.card.id].desc or ""
            installation = installation_in(text)
            if installation:
                self.others[installation] = max(action.date, self.others.get(installation, action.date))

    def _keep_templates(self, reading: _Reading) -> None:
        for card in reading.cards.values():
            if card.isTemplate:
                self._templates[card.id] = card.checklists
            else:
                self._templates.pop(card.id, None)
        for id in reading.gone:
            self._templates.pop(id, None)

    def _seen(self, reading: _Reading, names: Names) -> str:
        """What the cards look like. An answer equal to the last one is not looked through again.

        Only when the page made of that one was stored, which the cursor shows.
        """
        answer, before = reading.board, reading.cursor.seen
        last, seen = self._answers.get(reading.cursor.id, (None, ""))
        if seen == before and (answer is last or answer == last):
            return before
        known = self._parsed.get(reading.cursor.id, {})
        parsed = {card.id: self._parse(card, known.get(card.id), names, reading) for card in reading.cards.values()}
        seen = hashlib.sha256("\n".join(sorted(one.look for one in parsed.values())).encode()).hexdigest()[:16]
        self._parsed[reading.cursor.id] = parsed
        self._answers[reading.cursor.id] = answer, seen
        return seen

    def _parse(self, card: Card, known: _Parsed | None, names: Names, reading: _Reading) -> _Parsed:
        if known is not None and known.names is names and known.card == card:
            return replace(known, card=card)
        record = self._parse_new(card, names, reading)
        # The whole address tells of a new board as well: the card has another number there.
        return _Parsed(card, names, record, f"{record.content_hash} {card.url}")

    def _parse_new(self, card: Card, names: Names, reading: _Reading) -> Record:
        """A template card is nobody's: where it was a client's before, that one's is gone."""
        if card.isTemplate:
            return gone_card(card.id, self._mapping, reading.read_at)
        return parse_card(card, names, self._mapping, reading.read_at)

    def _record(self, card: Card, names: Names, reading: _Reading) -> Record:
        """The record of a card, of which all but the time of reading may be known."""
        known = self._parsed.get(reading.cursor.id, {}).get(card.id)
        if known is not None and known.card is card and known.names is names:
            return replace(known.record, read_at=reading.read_at)
        return self._parse_new(card, names, reading)

    def _settle(self, reading: _Reading) -> None:
        """Read again the cards that the answer with all cards shows otherwise than their last action does."""
        ends = {action.data.card.id: action for action in reading.actions if action.data.card.id}
        moves = dict(self._moves(reading.actions))
        late = {id for id, move in moves.items() if id in reading.cards and _goes_elsewhere(move, reading.cards[id])}
        absent = ends.keys() - reading.cards.keys()
        deleted = {id for id in absent if ends[id].type == "deleteCard"}
        reading.gone |= deleted
        self._read_cards(reading, late | (absent - deleted))

    def _moves(self, actions: Iterable[Action]) -> Iterable[tuple[str, Action]]:
        return ((action.data.card.id, action) for action in actions if action.data.listAfter is not None)

    def _read_cards(self, reading: _Reading, ids: Iterable[str]) -> None:
        ours = set(self._directory.known_boards().values())
        wanted = sorted(ids)
        found = self._api.whole_cards(wanted)
        for id in wanted:
            card = found.get(id)
            if card is not None and card.idBoard in ours:
                reading.take([card])
                reading.alone.add(id)
            else:
                reading.cards.pop(id, None)
                reading.gone.add(id)

    def _page(
        self,
        read: Mapping[str, _Reading],
        failed: Mapping[str, _Failure],
        names: Names,
        position: Position,
        seen_up_to: datetime,
    ) -> Page:
        readings = list(read.values())
        quiet = not any(reading.changed for reading in readings)
        listed = not failed and all(reading.cursor.mode is Mode.ALL for reading in readings)
        owed = position.owed or bool(failed)
        # A card may cross from a board not read yet to one read already: with several boards only a quiet cycle proves
        # that an absent card is gone.
        whole = listed and (len(readings) == 1 or quiet) and (owed or not quiet)
        records: dict[str, Record] = {}
        happenings: list[Happening] = []
        for reading in (reading for reading in readings if whole or reading.changed):
            records.update({id: gone_card(id, self._mapping, reading.read_at) for id in reading.gone})
        for reading in readings:
            for id, card in reading.cards.items() if whole or reading.changed else ():
                records[id] = self._record(card, names, reading)
            told = [action for action in reading.actions if not reading.is_template(action.data.card.id)]
            found = (parse_action(action, names, self._mapping) for action in told)
            happenings += [happening for happening in found if happening is not None]
            happenings += [edit for action in told for edit in parse_edits(action, names, self._mapping)]
            happenings += [
                renaming(one, reading.actions, names, self._mapping, reading.read_at) for one in self._renamed(reading)
            ]
        cursors = position.boards | {wanted: self._named(reading, names) for wanted, reading in read.items()}
        after = Position(
            boards={wanted: cursors[wanted] for wanted in self._mapping.boards if wanted in cursors},
            owed=bool(failed) or (listed and not whole and (owed or not quiet)),
            fields={board: dict(fields) for board, fields in names.fields.items()},
        )
        return Page(
            cursor=Cursor(after.model_dump_json()),
            records=tuple(records.values()),
            happenings=tuple(sorted(happenings, key=lambda one: one.at)),
            seen_up_to={} if failed else {SOURCE: seen_up_to},
            whole=frozenset({("trello", "card")}) if whole else frozenset(),
            failed={SOURCE: _told_first(failed)} if failed else {},
        )

    def _renamed(self, reading: _Reading) -> list[Called]:
        """What people have begun to call otherwise than rules do, or call again as they do."""
        known = reading.cursor.renamed
        return [one for one in self._directory.called(reading.board.id) if one.now != known.get(one.id, one.name)]

    def _named(self, reading: _Reading, names: Names) -> BoardCursor:
        """How far the board was read, with what it is called, and what is called there by rules."""
        lists = {item.id: names.places[item.id].name for item in reading.board.lists if not item.closed}
        called = self._directory.called(reading.board.id)
        more = {
            "labels": {one.id: one.name for one in called if one.kind == "label"},
            "options": {one.id: one.name for one in called if one.kind == "option"},
            "renamed": {one.id: one.now for one in called if one.now != one.name},
        }
        return reading.cursor.model_copy(update={"name": reading.board.name, "lists": lists, **more})


def is_of_one_board(error: _Failure) -> bool:
    """Whether other boards may be read all the same: not so with a bad token, a limit or a broken line."""
    if isinstance(error, SourceEmptied):
        return True
    return error.code in ("unknown-board", "closed-board", "unreadable", "403") or error.code.startswith("5")


def _told_first(failed: Mapping[str, _Failure]) -> _Failure:
    """Of several failures the one that a person has to answer."""
    return next((one for one in failed.values() if isinstance(one, SourceEmptied)), next(iter(failed.values())))


def _active(board: Board) -> str:
    return moment_text(board.dateLastActivity) if board.dateLastActivity else ""


def _visible(board: Board, cards: Iterable[Card]) -> list[Card]:
    closed = {one.id for one in board.lists if one.closed}
    return [card for card in cards if not card.closed and card.idList not in closed]


def _brings_card(action: Action) -> bool:
    """Whether a card came to the board, or back from the archive."""
    return action.type in _BRINGING or (action.data.old is not None and action.data.old.closed is True)


def _goes_elsewhere(move: Action, card: Card) -> bool:
    return move.data.listAfter is not None and move.data.listAfter.id != card.idList
