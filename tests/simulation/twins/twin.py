"""What all twins share: the troubles around a call, a look and a reading, laid by the simulation around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bridge.model.decisions import Capability, LabelCard, MoveCard, SendMessage, WriteFields
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, DocumentError, Retry, SourceEmptied
from bridge.model.findings import Finding
from bridge.model.records import Cursor, Page, Record, Ref
from tests.simulation.trouble import CALLS, LOOKS, NOBODY_KNOWS, Crash, effect_of
from tests.simulation.world import World

LAG = timedelta(seconds=60)
"""How old the newest is that a list of Planfix or a sheet shows."""
_ON_THE_WAY = frozenset({"refused", "server error", "no answer, not done", "429", "crash before the call"})
"""Troubles that end an attempt before its last call."""


class Surroundings(Protocol):
    """What a twin asks of the simulation around it."""

    world: World

    def trouble_at(self, effect: str, columns: Sequence[str]) -> str:
        """The trouble that lies in wait, "" for none."""

    def weather(self, connector: str, *, reads: bool) -> ConnectorError | SourceEmptied | None:
        """The error that a whole system answers with just now, None when it works."""

    def meanwhile(self, length: timedelta) -> None:
        """A call takes that long, while everybody else goes on."""

    def beside(self, what: str) -> None:
        """Somebody does something at this very moment."""

    def called(self, connector: str) -> None:
        """A call goes out."""

    def brings(self, connector: str, *, news: bool) -> None:
        """A page was read, with something in it or not."""

    def slow_reading(self, connector: str) -> bool:
        """Whether the answer that was just read is under way for a while."""


class Twin:
    """What all twins share: the troubles around a call, a look and a reading."""

    name = ""
    capabilities: frozenset[Capability] = frozenset()
    sources: frozenset[str] = frozenset()

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.world = around.world

    @property
    def now(self) -> datetime:
        return self.world.now()

    def pull(self, cursor: Cursor | None) -> Page:
        """A page, unless the system is out of reach; at times it is under way so long that others write meanwhile."""
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=True)
        if error is not None:
            raise error
        page = self.read(cursor)
        self.around.brings(self.name, news=bool(page.records or page.happenings))
        if self.around.slow_reading(self.name):
            self.around.meanwhile(timedelta(seconds=20))
        return page

    def read(self, cursor: Cursor | None) -> Page:
        return Page(cursor)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=True)
        if isinstance(error, ConnectorError):  # an emptied source is seen by reading all of it
            raise error
        return Page(None, [record for ref in refs if (record := self.one(ref)) is not None])

    def one(self, ref: Ref) -> Record | None:
        return None

    def push(self, delivery: Delivery) -> Receipt:
        """The effect, and on the way whatever lies in wait for it."""
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=False)
        if isinstance(error, ConnectorError):
            raise error
        trouble = self.around.trouble_at(effect_of(delivery.decision, self.name), CALLS)
        if trouble in NOBODY_KNOWS and isinstance(delivery.decision, SendMessage) and delivery.decision.to_client:
            self.world.doubts[delivery.id] = trouble
        if trouble in _ON_THE_WAY:
            self.begin(delivery)
        match trouble:
            case "refused":
                raise ConnectorError(self.name, "connection refused", retry=Retry.PASSING)
            case "server error":
                raise ConnectorError(self.name, "502", retry=Retry.UNKNOWN, code="502")
            case "no answer, not done":
                raise ConnectorError(self.name, "no answer", retry=Retry.UNKNOWN)
            case "429":
                raise ConnectorError(self.name, "slow down", retry=Retry.PASSING, wait=timedelta(seconds=30))
            case "no rights":
                raise ConnectorError(self.name, "401", retry=Retry.ASK_ADMIN, code="401")
            case "refused for good":
                if self.name == "documents":
                    raise DocumentError("brief", "a fact is missing", missing=("client.name",))
                raise ConnectorError(self.name, "bad value", retry=Retry.PERMANENT, code="400")
            case "crash before the call":
                raise Crash("before the call")
            case "slow within the lease":
                self.around.meanwhile(timedelta(seconds=70))
        try:
            receipt = self.apply(delivery)
        except ConnectorError:
            self.world.doubts.pop(delivery.id, None)  # refused before it could get lost
            raise
        match trouble:
            case "no answer, done":
                raise ConnectorError(self.name, "no answer", retry=Retry.UNKNOWN)
            case "crash after the call":
                raise Crash("after the call")
            case "slow beyond the lease":
                self.around.meanwhile(timedelta(seconds=200))
        return receipt

    def begin(self, delivery: Delivery) -> None:
        """What stands outside when an effect of several calls breaks off in the middle."""

    def apply(self, delivery: Delivery) -> Receipt:
        raise ConnectorError(self.name, f"cannot carry out {delivery.decision.kind}", retry=Retry.PERMANENT)

    def look(self, delivery: Delivery) -> Receipt | None:
        self.around.called(self.name)
        error = self.around.weather(self.name, reads=False)
        if isinstance(error, ConnectorError):
            raise error
        match self.around.trouble_at(effect_of(delivery.decision, self.name), LOOKS):
            case "look fails":
                raise ConnectorError(self.name, "503", retry=Retry.PASSING, code="503")
            case "crash at the look":
                raise Crash("at the look")
        return self.find(delivery)

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def check(self) -> list[Finding]:
        return []

    def close(self) -> None:
        return


def briefly(delivery: Delivery) -> str:
    """What a delivery changes, for the list of what was done."""
    match delivery.decision:
        case MoveCard(list=name):
            return f"to {name}"
        case LabelCard(label=label, present=present):
            return f"{'+' if present else '-'}{label}"
        case WriteFields(values=values):
            return ",".join(f"{name}={value}" for name, value in sorted(values.items()))
        case _:
            return ""
