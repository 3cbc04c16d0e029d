"""Trello: cards of clients and deals are read, created, moved, commented, labelled and given documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Record, Ref
from connectors.http import VendorSession
from connectors.trello.api import LIMITS, NAME, TrelloApi, TrelloReading, TrelloSettings, raises_not_found
from connectors.trello.checking import Checker
from connectors.trello.directory import Directory
from connectors.trello.mapping import Names, TrelloMapping, gone_card, parse_card
from connectors.trello.reading import SOURCE, Reader
from connectors.trello.webhook import verify
from connectors.trello.writing import Writer

__all__ = ["LIMITS", "Names", "TrelloConnector", "TrelloMapping", "TrelloReader", "TrelloSettings", "verify"]


class TrelloReader:
    """One Trello account, only read: below it there is no call that writes. A token of scope `read` is enough.

    `lag` is how late its answers may be.
    """

    def __init__(
        self,
        settings: TrelloSettings,
        mapping: TrelloMapping,
        clock: Clock,
        pace: Pace,
        session: VendorSession | None = None,
        lag: timedelta = timedelta(0),
    ) -> None:
        self._use(TrelloReading(settings, pace, session), mapping, clock, lag)

    def _use(self, api: TrelloReading, mapping: TrelloMapping, clock: Clock, lag: timedelta) -> None:
        self._api = api
        self._mapping = mapping
        self._clock = clock
        self._lag = lag
        self._directory = Directory(api, mapping)
        self._reader = Reader(api, self._directory, mapping, clock)

    @property
    def name(self) -> str:
        return NAME

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset({Capability.CARDS})

    @property
    def sources(self) -> frozenset[str]:
        return frozenset({SOURCE})

    def pull(self, cursor: Cursor | None) -> Page:
        """What changed on the boards; see reading.py. People's actions go first."""
        with self._api.in_background():
            return self._reader.pull(cursor, self._lag)

    def refresh(self, refs: Sequence[Ref]) -> Page:
        """These cards now, a request each."""
        names = self._directory.names()
        records: list[Record] = []
        for ref in refs:
            read_at = self._clock.now()
            try:
                records.append(parse_card(self._api.whole_card(ref.id), names, self._mapping, read_at))
            except ConnectorError as error:
                if not raises_not_found(error):
                    raise
                records.append(gone_card(ref.id, self._mapping, read_at))
        if any(record.deleted for record in records):
            self._directory.read_again()  # 404 also means "no access": then this fails, and nothing is called deleted
        return Page(cursor=None, records=tuple(records))

    def check(self) -> list[Finding]:
        """The token, the boards and the custom fields, asked live."""
        return Checker(self._api, self._mapping, self._clock, writes=False).findings()

    def accept_empty(self, source: str) -> None:
        """The next `pull` takes a board that shows no cards any more as it is."""
        self._reader.accept_empty()

    def names(self) -> Names:
        """The live lists, labels, custom fields and members, for checking rules against them."""
        return self._directory.read_again()

    def close(self) -> None:
        """Lets go of connections."""
        self._api.close()


class TrelloConnector(TrelloReader):
    """One Trello account, read and written. `session` replaces the one made from the settings."""

    def __init__(
        self,
        settings: TrelloSettings,
        mapping: TrelloMapping,
        clock: Clock,
        pace: Pace,
        session: VendorSession | None = None,
        lag: timedelta = timedelta(0),
    ) -> None:
        api = TrelloApi(settings, pace, session)
        self._use(api, mapping, clock, lag)
        self._writer = Writer(api, self._directory, mapping, clock)

    def push(self, delivery: Delivery) -> Receipt:
        """Carries it out; see writing.py."""
        return self._writer.push(delivery)

    def look(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt took effect."""
        return self._writer.look(delivery)

    def check(self) -> list[Finding]:
        """The token's rights, the boards and the custom fields, asked live."""
        return Checker(self._api, self._mapping, self._clock, writes=True).findings()
