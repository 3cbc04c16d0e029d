"""The outbox's life of one wanted effect, and what a connector is handed and hands back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.model.decisions import Decision
from bridge.model.events import Cause
from bridge.model.files import Source
from bridge.model.records import Ref
from bridge.model.values import Plain


class State(StrEnum):
    """waiting -> claimed (lease) -> confirmed, or back to waiting with a later time, or one of the ends.

    unknown: it went out and nobody can tell whether it arrived: people decide, nothing repeats it.
    held: waits for a person to agree. dead: given up with a reason, replayable. shadow: would have been done.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    HELD = "held"
    DEAD = "dead"
    CANCELLED = "cancelled"
    SHADOW = "shadow"


def delivery_id(key: str) -> str:
    """The short id of a delivery: ten hex digits made from its idempotency key, so every attempt carries the same."""
    return hashlib.sha256(key.encode()).hexdigest()[:10]


OPEN = (State.WAITING, State.CLAIMED)
"""States that hold up later deliveries of the same lane: order is kept. One that waits for a person holds up none."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A made file, as kept in the store."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt at one effect, as a connector gets it.

    `id` is short (ten hex digits), derived from the idempotency `key`, the same for every attempt: it is the mark
    that connectors leave in what they create. `target` is the remote thing the effect is about, resolved just now;
    None when the effect creates the first thing of the subject. `related` holds other remote things of the subject by
    "system.kind" (the contact of a deal's task). `source` has another system's file that is to be copied. `known_as` is
    what the service called `file` when it was sent before, "" otherwise.
    `first_tried_at` is None on a first attempt. Nobody waits for `background` work: it lets that of people go first.
    """

    id: str
    key: str
    decision: Decision
    subject: str
    target: Ref | None
    related: Mapping[str, Ref] = field(default_factory=dict)
    attempt: int = 1
    first_tried_at: datetime | None = None
    file: StoredFile | None = None
    source: Source | None = None
    known_as: str = ""
    background: bool = False
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an effect is there. `remote` is what was created or changed; `already` when nothing had to be done.

    `details` are small facts worth keeping (message id, list id). `files` are what a document connector made.
    Of written fields `details["holds"]` has what the system says it holds by now, and `details["overtaken"]` what
    stands in those that were left alone, because somebody had changed them since.
    """

    at: datetime
    remote: Ref | None = None
    already: bool = False
    details: Mapping[str, Plain] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
