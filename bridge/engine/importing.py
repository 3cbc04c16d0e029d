"""Importing the past: what happened before the bridge came becomes history, page by page. No rule ever hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog

from bridge.engine.accounts import page_of, system_of
from bridge.engine.context import Context
from bridge.engine.engine import Engine
from bridge.engine.observe import meaning
from bridge.engine.pairing import PAIR
from bridge.model.canonical import same
from bridge.model.decisions import Capability
from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.events import Event
from bridge.model.protocols import Historical, Reader
from bridge.model.records import Cursor, Happening, Page, Ref
from bridge.model.values import Plain
from bridge.model.wording import Worded
from bridge.store.intake import Intake
from bridge.store.rows import InboxItem, StoredRecord

log = structlog.get_logger(__name__)

_TRIES = 8
_LONGEST_WAIT = timedelta(minutes=2)
_SEEN_ON_THE_CARD = frozenset(
    {"card.created", "card.moved", "card.archived", "card.restored", "card.left", "field.changed"}
)
"""What a poll may have told from the card itself, under a name that no action has."""


@dataclass
class Read:
    """What came of reading one connector's past.

    `news` and `known` count what was and what was not new to the bridge, `oldest` is when the first of it happened.
    `first` says that this connector had never been read before. `untold` is what its system cannot tell, `failed` why
    something could not be read.
    """

    name: str
    first: bool = False
    pages: int = 0
    news: int = 0
    known: int = 0
    oldest: datetime | None = None
    untold: tuple[str, ...] = ()
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Thing:
    """A card or deal as people know it."""

    ref: Ref
    name: str
    url: str


@dataclass(frozen=True)
class Imported:
    """What an import came to.

    `bound` counts cards with a deal or contact beside them, `proposed` are pairs that wait for a person's word. The
    other `cards` have neither, and `deals` have no card: nothing names what they belong to.
    """

    read: tuple[Read, ...]
    bound: int = 0
    proposed: tuple[InboxItem, ...] = ()
    cards: tuple[Thing, ...] = ()
    deals: tuple[Thing, ...] = ()


Told: TypeAlias = Callable[[Read], None]
Sleep: TypeAlias = Callable[[float], None]


def past_of(name: str) -> str:
    """Under this name the store keeps how far the past of a connector was read."""
    return f"{name}:past"


def historical(engine: Engine) -> list[str]:
    """The connectors that have a past, in the order in which they are read."""
    return [name for name, one in sorted(engine.connectors.items()) if isinstance(one, Historical)]


def import_past(
    engine: Engine, names: Iterable[str], since: datetime | None, sleep: Sleep, told: Told = lambda _read: None
) -> Imported:
    """Reads the past of these connectors, each page stored whole with its own checkpoint, and tells who is matched.

    One that was never read is first read as it is now, all of it as history: a poll goes on from there. A vendor that
    fails for a while is waited for; one that cannot be read is named, and the others are. `told` hears of every page.
    """
    read = tuple(_Import(engine, since, sleep, told).read(name) for name in names)
    found = _matched(engine)
    proposed = tuple(item for item in engine.store.inbox() if item.kind == PAIR)
    asked = {item.about for item in proposed}
    alone = tuple(card for card in found.cards if str(card.ref) not in asked)
    return Imported(read, found.bound, proposed, alone, found.deals)


class _Import:
    def __init__(self, engine: Engine, since: datetime | None, sleep: Sleep, told: Told) -> None:
        self._engine = engine
        self._store = engine.store
        self._since = since
        self._sleep = sleep
        self._told = told

    def read(self, name: str) -> Read:
        """All of one connector's past, as far as it can be read."""
        connector, made = self._engine.connectors[name], Read(name)
        if not isinstance(connector, Historical):
            return made
        made.untold = connector.untold
        try:
            pulled = self._store.cursor(name) or self._first_reading(connector, made)
            self._older(connector, pulled, made)
        except (ConnectorError, SourceEmptied) as error:
            made.failed.append(_why(error))
        return made

    def _first_reading(self, connector: Reader, made: Read) -> Cursor:
        """Reads how things stand now. Nothing of it is news: the first poll after this tells what changed since."""
        made.first = True
        cursor: Cursor | None = None
        while True:
            page = page_of(made.name, self._patiently(partial(connector.pull, cursor)))
            taken = self._engine.take_in(made.name, page, first=cursor is None, history=True)
            self._note(made, taken.events, page)
            cursor = page.cursor
            if cursor is None:
                raise ConnectorError(made.name, "a first reading without an end", retry=Retry.PASSING)
            if not page.more:
                return cursor

    def _older(self, connector: Historical, pulled: Cursor, made: Read) -> None:
        """Page by page back to the beginning, or to the day that was asked for."""
        cursor = self._store.cursor(past_of(made.name))
        while True:
            page = page_of(made.name, self._patiently(partial(connector.past, cursor, pulled, self._since)))
            with self._store.intake(self._engine.clock.now()) as intake:
                news, known = take_past(intake, page, made.name, self._engine.context)
                if page.cursor is not None:
                    intake.checkpoint(past_of(made.name), page.cursor)
            made.known += known
            if not page.more:
                return
            self._note(made, news, page)
            cursor = page.cursor

    def _note(self, made: Read, news: int, page: Page) -> None:
        made.pages += 1
        made.news += news
        moments = [one.at for one in page.happenings] + ([made.oldest] if made.oldest else [])
        made.oldest = min(moments, default=None)
        made.failed += map(_why, page.failed.values())
        self._told(made)

    def _patiently(self, ask: Callable[[], Page]) -> Page:
        """Asks again while the vendor fails for a while. Raises what does not pass."""
        for tried in range(_TRIES - 1):
            try:
                return ask()
            except ConnectorError as error:
                if error.retry is not Retry.PASSING:
                    raise
                wait = min(error.wait or timedelta(seconds=2**tried), _LONGEST_WAIT)
                log.warning("past not read, asked again", error=str(error), seconds=wait.total_seconds())
                self._sleep(wait.total_seconds())
        return ask()


def _why(error: ConnectorError | SourceEmptied) -> str:
    """What went wrong, in words that can be said in any language where the connector has such."""
    return error.what if isinstance(error, ConnectorError) and isinstance(error.what, Worded) else str(error)


def take_past(intake: Intake, page: Page, connector: str, context: Context) -> tuple[int, int]:
    """Keeps what a page tells as history; gives how many events are new, and how many were known.

    What the bridge did itself, what it saw on the cards themselves while it was there, and what was of erased clients
    is left out.
    """
    erased: set[Ref] | None = None
    since_when: dict[Ref, datetime | None] = {}
    news = known = 0
    for happening in page.happenings:
        about = happening.about
        if happening.mark and intake.delivery_subject(happening.mark):
            continue
        if about not in since_when:
            since_when[about] = _known_since(intake, about)
        if _is_told(happening, since_when[about]):
            continue
        subject = intake.local(about)
        if not subject:
            erased = intake.erased() if erased is None else erased
            if about in erased:
                continue
        for name, kind, data in _events(happening, context):
            event = Event(
                id=name,
                kind=kind,
                at=happening.at,
                seen_at=intake.now,
                actor=happening.actor,
                source=connector,
                subject=subject,
                data=data,
            )
            if intake.add_past(event, str(about)):
                news += 1
            else:
                known += 1
    return news, known


def _events(happening: Happening, context: Context) -> Iterator[tuple[str, str, Mapping[str, Plain]]]:
    """Id, kind and data of the events that a happening is. A field that changed is one for each fact that it holds."""
    if happening.kind != "field.changed":
        kind, data = meaning(happening)
        yield str(happening.ref), kind, data
        return
    old, new = happening.data.get("old"), happening.data.get("new")
    source = f"{happening.about.system}.{happening.about.kind}.{happening.data.get('field')}"
    for spec in context.ruleset.fields.values():
        if spec.source == source and not same(spec, old, new, context.customs):
            yield f"{happening.ref}:{spec.key}", happening.kind, {"field": spec.key, "old": old, "new": new}


def _is_told(happening: Happening, known_since: datetime | None) -> bool:
    """Whether a poll told it already, if in another way."""
    return happening.kind in _SEEN_ON_THE_CARD and known_since is not None and happening.at >= known_since


def _known_since(intake: Intake, ref: Ref) -> datetime | None:
    """Since when the bridge has watched a card; None for one that it does not know, or another thing.

    One that it made itself it has known from the beginning.
    """
    if ref.kind != "card":
        return None
    heard = intake.heard_at(f"{ref}:card")
    if heard is not None:
        return heard
    subject = intake.subject(intake.local(ref)) if intake.stored([ref]) else None
    return subject.created_at if subject is not None else None


# -- who belongs to whom --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Matched:
    """Which cards and deals belong together, and which stand alone."""

    bound: int = 0
    cards: tuple[Thing, ...] = ()
    deals: tuple[Thing, ...] = ()


def _matched(engine: Engine) -> _Matched:
    """Asked of what is kept. Where there are no cards, or no deals, nothing stands alone."""
    in_charge = engine.context.in_charge
    if not {Capability.CARDS, Capability.TASKS} <= in_charge.keys():
        return _Matched()
    with engine.store.intake(engine.clock.now()) as intake:
        cards = [one for one in intake.find_records(system_of(in_charge[Capability.CARDS]), "card") if _is_open(one)]
        deals = intake.find_records(system_of(in_charge[Capability.TASKS]), "task")
        alone = [one for one in cards if not _is_someones(intake, one.ref)]
        cardless = [one for one in deals if not intake.has_link(intake.local(one.ref), "card")]
    return _Matched(len(cards) - len(alone), _things(alone), _things(cardless))


def _is_open(card: StoredRecord) -> bool:
    return card.fields.get("closed") is not True


def _is_someones(intake: Intake, card: Ref) -> bool:
    """Whether the card has a deal or a client in the other system."""
    deal = intake.local(card)
    return intake.has_link(deal, "task") or intake.has_link(intake.client_of(deal), "contact")


def _things(records: Sequence[StoredRecord]) -> tuple[Thing, ...]:
    things = (Thing(one.ref, str(one.fields.get("name") or one.ref.id), one.url) for one in records)
    return tuple(sorted(things, key=lambda thing: (thing.name.casefold(), thing.ref)))
