"""What the engine asks of the parts it is handed: connectors and a clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.files import Fetched
from bridge.model.findings import Finding
from bridge.model.menus import Menu
from bridge.model.records import Cursor, Happening, Heard, Page, Ref
from bridge.model.setting_up import Step, Wishes


class Clock(Protocol):
    """Now, as aware UTC. Never goes backwards."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""


class Pace(Protocol):
    """A vendor's rate limit, taken at the HTTP call. Blocks the calling thread until a call is allowed."""

    def take(self, *lanes: str) -> None:
        """Wait for one permit in each of the named buckets (a token, a chat)."""

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """The vendor said stop (429, flood control): no permit before `wait` is over."""


@runtime_checkable
class Measured(Protocol):
    """A pace that knows what it cost so far, by limit."""

    def waited(self) -> Mapping[str, float]:
        """Seconds that calls have waited."""

    def pauses(self) -> Mapping[str, int]:
        """How often a vendor said to slow down."""


class Reader(Protocol):
    """The reading half of a connector: all that a run in shadow is handed. Raises ConnectorError, SourceEmptied."""

    @property
    def name(self) -> str:
        """The first word of its mapping names: trello, planfix, google_forms, telegram."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What its system can be asked to carry out, so that effects are told apart even where nothing is written."""

    @property
    def sources(self) -> frozenset[str]:
        """The sources whose freshness it reports: `trello.card`, `google_forms.brief`."""

    def pull(self, cursor: Cursor | None) -> Page:
        """What changed since `cursor` (None: everything), with the next cursor. Changes nothing outside."""

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Reads just these records now; the page has no cursor and no `seen_up_to`. A gone one comes deleted.

        In the `background` nobody waits for it: people's actions may go first.
        """

    def check(self) -> list[Finding]:
        """Token, rights, names and webhooks, asked live. Changes nothing."""

    def close(self) -> None:
        """Lets go of connections and threads."""


@runtime_checkable
class Connector(Reader, Protocol):
    """One outside system. Raises ConnectorError only; `retry` on it decides what the engine does next."""

    def push(self, delivery: Delivery) -> Receipt:
        """Carries it out. An effect that is already there is a receipt with `already`, not a second effect."""

    def look(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt took effect: its receipt, or None for surely not. Raises CannotTell."""


@runtime_checkable
class Historical(Protocol):
    """A reader whose system still knows what happened before it was first read."""

    def past(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """One page of what happened before the reading that ended at `pulled`, back to `since`.

        `cursor` is that of the page before, also of an earlier import: what it brought is not read again, unless
        `since` goes further back. Happenings have the ids that `pull` gives them. Raises ConnectorError.
        """

    @property
    def untold(self) -> tuple[str, ...]:
        """What of the past the system cannot tell, in words for people."""


@runtime_checkable
class Recalling(Protocol):
    """A reader that knows things by id once it has read them, whatever people call them later."""

    def recall(self, cursor: Cursor) -> None:
        """Takes over what an earlier reading knew names of. Asks nothing of the network."""


@runtime_checkable
class Counting(Protocol):
    """A reader that remembers how many records a source had, and refuses one that shows none all at once."""

    def accept_empty(self, source: str) -> None:
        """The next reading takes it as it is: a person said that the records are gone on purpose."""


@runtime_checkable
class Forgetful(Protocol):
    """A system that keeps for a while only what nobody has fetched yet."""

    @property
    def keeps(self) -> timedelta:
        """For how long."""


@runtime_checkable
class Holding(Protocol):
    """A connector on whose things files hang."""

    def fetch(self, holder: Ref, file: Ref, most: int) -> AbstractContextManager[Fetched]:
        """A file of a thing, on disk while it is large; it is gone after the block.

        Raises ConnectorError: FileGone for one that is there no more, FileTooLarge for one of more than `most` bytes.
        """


@runtime_checkable
class Parting(Protocol):
    """A connector whose system takes so much in one message and no more."""

    def parts(self, message: SendMessage) -> tuple[str, ...]:
        """The texts, in their order, that say the message; a single one where it fits. Asks nothing of the network."""


@runtime_checkable
class Answering(Protocol):
    """A connector whose presses have somebody waiting in front of them."""

    def acknowledge(self, press: Happening, text: str = "") -> bool:
        """Tells the person what came of the press, once it was stored. False: it is too late to be read there."""


@runtime_checkable
class Offering(Protocol):
    """A connector whose system shows people the commands they may give."""

    @property
    def number(self) -> str:
        """What tells the bot from another one."""

    def offer(self, menu: Menu) -> None:
        """Shows the menu in place of the one before; doing it twice is no error. Raises ConnectorError."""


@runtime_checkable
class Subscribing(Protocol):
    """A connector whose system has to be told whom to call."""

    def keep_webhooks(self) -> list[Finding]:
        """Makes and revives what calls the bridge, as far as it can; what only a person can mend comes back."""


@runtime_checkable
class Preparing(Protocol):
    """A connector that can compare its system with what the configuration wants, and make what is missing."""

    def access(self) -> list[Finding]:
        """What is wrong with the access to it, and what cannot be known of it. Changes nothing."""

    def lacking(self, wishes: Wishes) -> list[Step]:
        """Everything that is wanted of it, and what becomes of it. Changes nothing. Raises ConnectorError."""

    def carry_out(self, step: Step) -> str:
        """Makes one thing, unless it is there by now; gives its id. Raises ConnectorError."""


@runtime_checkable
class Hearing(Protocol):
    """A connector whose system calls by itself when something changes."""

    @property
    def hears(self) -> bool:
        """Whether enough was read to understand a call."""

    def hear(self, body: bytes, sender: str = "") -> Heard:
        """What a call tells that was proven genuine. `sender` is the client that the system names as the cause.

        Asks nothing of the network. Raises ValueError for what is no such call, ConnectorError while too little was
        read to understand it.
        """
