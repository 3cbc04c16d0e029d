"""Immutable facts of what happened, and who did it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.model.values import Plain


class ActorKind(StrEnum):
    """Who did it. `unknown` is honest: a vendor often does not tell."""

    PERSON = "person"
    CLIENT = "client"
    BRIDGE = "bridge"
    ROBOT = "robot"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. `id` is the person's key in people.yaml where known, else the vendor's own id."""

    kind: ActorKind = ActorKind.UNKNOWN
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the bridge did something: the rule, its step, the event that woke it, and how long the chain already is.

    `trace` is the short id of the outside event (or timer) with which the chain began: one word that finds everything
    that came of it, from the event to the last effect. `ruleset` is the hash of the rules by which it was decided, ""
    where that is not kept.
    """

    rule: str
    step: str = ""
    event: str = ""
    depth: int = 0
    trace: str = ""
    ruleset: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One immutable fact.

    `id` is derived: (record, field, our record version) for observed state, the vendor's own id for happenings, the
    delivery id for receipts. `at` is the source's time, `seen_at` ours (both aware UTC). `subject` is a local id, ""
    while nothing is bound. `sequence` is the order of ingestion, given by the store: events are planned in it.
    """

    id: str
    kind: str
    at: datetime
    seen_at: datetime
    actor: Actor
    source: str
    subject: str = ""
    data: Mapping[str, Plain] = field(default_factory=dict)
    cause: Cause | None = None
    sequence: int = 0

    @property
    def known_from(self) -> datetime:
        """The moment past which a source must have been read to say something about the time of this event.

        The earlier of both clocks: a vendor's clock that runs ahead must not make every reading look stale.
        """
        return min(self.at, self.seen_at)

    @property
    def trace(self) -> str:
        """The short id of the chain this event belongs to: its cause's, else its own."""
        return (self.cause.trace if self.cause else "") or trace_id(self.id)


def trace_id(event_id: str) -> str:
    """The short id by which everything that an event led to is found: eight hex digits of its own id."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:8]
