"""Trello: cards of clients and deals are read, created, moved, commented, labelled and given documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.files import Fetched
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Heard, Page, Ref
from bridge.model.setting_up import FieldThere, Step, Wishes
from bridge.model.wording import worded
from connectors.http import VendorSession
from connectors.trello.api import TrelloApi, TrelloReading
from connectors.trello.checking import Checker
from connectors.trello.directory import Called, Directory
from connectors.trello.files import fetch
from connectors.trello.hearing import parse_call
from connectors.trello.listing import ChecklistWriter
from connectors.trello.mapping import gone_card, parse_card
from connectors.trello.names import Names
from connectors.trello.past import UNTOLD, Past
from connectors.trello.reading import SOURCE, Reader
from connectors.trello.session import BRIDGE, LIMITS, NAME, TrelloSettings
from connectors.trello.settings import TrelloMapping
from connectors.trello.setup import Setup, field_there
from connectors.trello.subscribing import keep, rival
from connectors.trello.webhook import verify
from connectors.trello.writing import Writer

_RIVAL_GONE = timedelta(days=1)
"""So long after its last write another bridge on our boards counts as stopped."""

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
        self._own = ""
        """How Trello names this bridge as the cause of a change; a reader causes none."""
        self._rival, self._rival_at = "", clock.now()
        """Another bridge that was heard to write on our boards, and when last."""
        self._directory = Directory(api, mapping)
        self._reader = Reader(api, self._directory, mapping, clock)
        self._past = Past(api, self._directory, mapping)

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
            page = self._reader.pull(cursor, self._lag)
        for installation, at in self._reader.others.items():
            self._notice(f"{BRIDGE}-{installation}", at)
        return page

    def _notice(self, bridge: str, at: datetime) -> None:
        """A bridge was heard or read to write on our boards at this moment."""
        if bridge != self._own and (not self._rival or at >= self._rival_at):
            self._rival, self._rival_at = bridge, at

    def recall(self, cursor: Cursor) -> None:
        """Takes over what an earlier reading knew names of; asks nothing."""
        self._reader.recall(cursor)

    def renamed(self) -> list[Called]:
        """What people call otherwise than the files do, as was last read, each list or label once."""
        boards = self._directory.known_boards().values()
        return [one for one in self._directory.called(*boards) if one.now != one.name]

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """These cards now, ten a request. One that left the configured boards comes deleted."""
        names = self._directory.names()
        read_at = self._clock.now()
        found = self._api.whole_cards([ref.id for ref in refs])
        if found.keys() != {ref.id for ref in refs}:
            self._directory.read_again()  # 404 also means "no access": then this fails, and nothing is called deleted
        ours = {id: card for id, card in found.items() if card.idBoard in names.boards and not card.isTemplate}
        if not all(names.knows(card) for card in ours.values()):
            names = self._directory.read_again()  # a list, label or option was made since
        return Page(
            cursor=None,
            records=tuple(
                parse_card(ours[ref.id], names, self._mapping, read_at)
                if ref.id in ours
                else gone_card(ref.id, self._mapping, read_at)
                for ref in refs
            ),
        )

    @property
    def hears(self) -> bool:
        """Whether the boards' names are known."""
        return self._directory.known is not None

    def hear(self, body: bytes, sender: str = "") -> Heard:
        """What a webhook tells; see hearing.py. Nothing when the bridge itself was the cause."""
        if sender and sender == self._own:
            return Heard()
        names = self._directory.known
        if names is None:
            raise ConnectorError(NAME, "the boards have not been read yet", retry=Retry.PASSING)
        heard = parse_call(body, names, self._mapping)
        if sender.startswith(f"{BRIDGE}-") and heard != Heard():
            self._notice(sender, self._clock.now())
        return heard

    def check(self) -> list[Finding]:
        """The token, the boards and the custom fields, asked live."""
        return Checker(self._api, self._directory, self._mapping, self._clock, writes=False).findings()

    def accept_empty(self, source: str) -> None:
        """The next `pull` takes a board that shows no cards any more as it is."""
        self._reader.accept_empty()

    def past(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """What was done on the boards before; see past.py. People's actions go first."""
        with self._api.in_background():
            return self._past.page(cursor, pulled, since)

    @property
    def untold(self) -> tuple[str, ...]:
        """What lists of actions do not tell."""
        return UNTOLD

    def names(self) -> Names:
        """The live lists, labels, custom fields and members, for checking rules against them."""
        return self._directory.read_again()

    def has_list(self, wanted: str) -> bool:
        """Whether one of the boards has the list of that name, as far as they were read; asks nothing."""
        names = self._directory.known
        return names is not None and names.has_place(wanted)

    def fields_there(self) -> list[tuple[str, FieldThere]]:
        """The custom fields behind mapping names, on every board that has them; as the names were last read."""
        names = self._directory.names()
        wanted = self._mapping.fields.items() if self._mapping.keep_facts == "fields" else ()
        return [
            (f"{SOURCE}.{key}", field_there(item))
            for key, title in wanted
            for items in names.custom.values()
            for item in items
            if title in (item.id, item.title)
        ]

    @contextmanager
    def fetch(self, holder: Ref, file: Ref, most: int) -> Iterator[Fetched]:
        """A file of a card. People's actions go first."""
        with self._api.in_background(), fetch(self._api, holder.id, file.id, most) as found:
            yield found

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
        self._own = settings.client_identifier
        self._callback = settings.callback_url
        self._keeper = api
        self._setup = Setup(api, mapping, settings.callback_url)
        lists = ChecklistWriter(api, self._reader.checklists)
        self._writer = Writer(api, self._directory, mapping, clock, lists, settings.installation)

    def push(self, delivery: Delivery) -> Receipt:
        """Carries it out; see writing.py. What nobody waits for lets people's actions go first.

        Of two bridges on the same boards one writes nothing until the other has been silent for a day.
        """
        if self._rival < self._own and self._hears_rival():
            what = worded("another bridge writes on the same boards: {name}", name=self._rival)
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="rival-bridge")
        with self._api.in_background() if delivery.background else nullcontext():
            return self._writer.push(delivery)

    def look(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt took effect."""
        return self._writer.look(delivery)

    def check(self) -> list[Finding]:
        """The token's rights, the boards, the custom fields and the webhooks, asked live."""
        return Checker(
            self._api, self._directory, self._mapping, self._clock, writes=True, callback=self._callback
        ).findings()

    def access(self) -> list[Finding]:
        """What is wrong with the token, asked live."""
        return Checker(self._api, self._directory, self._mapping, self._clock, writes=True).access()

    def lacking(self, wishes: Wishes) -> list[Step]:
        """What the configuration wants beside what is there; see setup.py."""
        return self._setup.lacking(wishes)

    def carry_out(self, step: Step) -> str:
        """Makes it, unless it is there by now."""
        return self._setup.carry_out(step)

    def keep_webhooks(self) -> list[Finding]:
        """Has Trello call for every board, and tells who else writes there; see subscribing.py."""
        found: list[Finding] = []
        if self._callback:
            with self._api.in_background():
                found = keep(self._keeper, self._directory.found_boards()[0], self._callback)
        return [*found, rival(self._rival)] if self._hears_rival() else found

    def _hears_rival(self) -> bool:
        return bool(self._rival) and self._clock.now() - self._rival_at < _RIVAL_GONE
