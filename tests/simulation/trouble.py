"""What goes wrong, and where: troubles lie in wait for one kind of effect at one place; what strikes is counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from bridge.model.decisions import AttachDocument, Decision, LabelCard, MoveCard, SendMessage, WriteFields

LETTERS = "email"
"""The connector that sends letters."""
LONG = ("plan.client", "plan.staff")
"""Texts that need more than one message."""


class Crash(BaseException):
    """The process ends here, and a call that is under way ends with it. No code of the bridge may catch it.

    `down` says for how many seconds no other one begins, None for a length that is drawn.
    """

    def __init__(self, where: str, down: float | None = None) -> None:
        super().__init__(where)
        self.down = down


EFFECTS = (
    "create_card",
    "move_card",
    "move_back",
    "comment_card",
    "label_add",
    "label_remove",
    "put_checklist",
    "write_trello",
    "write_planfix",
    "create_task",
    "send_client",
    "send_long",
    "send_letter",
    "send_staff",
    "edit_message",
    "make_document",
    "attach_trello",
    "attach_planfix",
)
CALLS = (
    "refused",
    "server error",
    "no answer, not done",
    "no answer, done",
    "429",
    "no rights",
    "refused for good",
    "slow within the lease",
    "slow beyond the lease",
    "crash before the call",
    "crash after the call",
)
TOOK_EFFECT = frozenset({"no answer, done", "crash after the call"})
"""Troubles of which nobody hears what the call did, and it did."""
NOBODY_KNOWS = TOOK_EFFECT | {"server error", "no answer, not done", "crash before the call"}
"""Troubles after which nobody can tell whether the call took effect."""
LOOKS = ("look fails", "crash at the look")
_STORED = ("crash before", "crash after", "disk full at", "database locked at")
POINTS = ("plan", "claim", "intent", "receipt")
STORES = tuple(f"{how} {point}" for point in POINTS for how in _STORED)
RACES = tuple(f"others at work at {point}" for point in ("plan", "intent", "receipt"))
COLUMNS = (*CALLS, *LOOKS, *STORES, *RACES)
SOURCES = ("trello", "planfix", "telegram", "google_forms", "email", "press")
PAGES = tuple(f"{how} page" for how in _STORED)
_IN_PROCESS = ("refused", "server error", "no answer, not done", "no answer, done", "429", "no rights", "look fails")

_NOT_READ_BACK = ("send_client", "send_long", "send_letter", "send_staff", "edit_message")

IMPOSSIBLE = {
    **{("make_document", column): "made inside the process: no call that could fail so" for column in _IN_PROCESS},
    **{(effect, "look fails"): "nothing to look at: a bot cannot read what it sent" for effect in _NOT_READ_BACK},
    **{
        ("send_letter", column): "planned as a message to a client: how it goes is found out when it goes"
        for column in COLUMNS
        if column.endswith(" plan")
    },
}
"""Cells that cannot be reached, and why."""
_OPEN_BY_DYING = ("crash after intent", "crash before the call", "crash after the call")
_OPEN_BY_SILENCE = ("no answer, not done", "no answer, done")
CELLS = (
    *((effect, column) for effect in EFFECTS for column in COLUMNS if (effect, column) not in IMPOSSIBLE),
    *((source, column) for source in SOURCES for column in PAGES),
)


def effect_of(decision: Decision, connector: str = "") -> str:
    """The kind of effect, finer than the kind of decision: each has its own way to be found again.

    `connector` carries it out, where that is known.
    """
    match decision:
        case MoveCard(back=back):
            return "move_back" if back else "move_card"
        case LabelCard(present=present):
            return "label_add" if present else "label_remove"
        case WriteFields(record=record):
            return f"write_{record.partition('.')[0]}"
        case SendMessage() if connector == LETTERS:
            return "send_letter"
        case SendMessage(template=template) if template in LONG:
            return "send_long"
        case SendMessage():
            return "send_client" if decision.to_client else "send_staff"
        case AttachDocument(to=system):
            return f"attach_{system}"
        case _:
            return decision.kind


def openers(effect: str) -> tuple[str, ...]:
    """The troubles after which nobody knows whether an effect took place, so that it is looked for."""
    told = effect in _NOT_READ_BACK or (effect, _OPEN_BY_SILENCE[0]) in IMPOSSIBLE
    return _OPEN_BY_DYING if told else (*_OPEN_BY_DYING, *_OPEN_BY_SILENCE)


@dataclass
class Trouble:
    """Troubles in wait, in the order they were laid. `reached` counts those that struck, by (effect, column)."""

    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    full_until: float = 0.0
    locked_until: float = 0.0
    _waiting: list[tuple[str, str]] = field(default_factory=list)
    _spared: Counter[tuple[str, str]] = field(default_factory=Counter)
    _around: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    def lay(self, effect: str, column: str, spared: int = 0) -> None:
        """From now on the next effect of that kind meets this trouble, once; so many before it are spared."""
        self._waiting.append((effect, column))
        self._spared[effect, column] += spared

    def sleep(self) -> None:
        """Nothing goes wrong any more."""
        self.full_until = self.locked_until = 0.0
        self._waiting.clear()

    def meet(self, effect: str, columns: Sequence[str]) -> str:
        """The trouble among these that waits for the effect; "" for none. It is used up."""
        if self._waiting:
            for column in columns:
                if (effect, column) in self._waiting:
                    if self._spared[effect, column]:
                        self._spared[effect, column] -= 1
                        continue
                    self._waiting.remove((effect, column))
                    self.reached[effect, column] += 1
                    return column
        return ""

    @contextmanager
    def around(self, point: str, effects: Sequence[str]) -> Iterator[None]:
        """A method of the store that commits something about these effects (or, at `page`, reads that source)."""
        self._around.append((point, effects))
        try:
            yield
        finally:
            self._around.pop()
        if self._strikes(f"crash after {point}", effects):
            raise Crash(f"after {point}")

    def waits_at(self, point: str) -> bool:
        """Whether any trouble waits at a place of the store."""
        return any(column.endswith(point) for _effect, column in self._waiting)

    def at_begin(self, now: float) -> None:
        """Called when a transaction that may write is about to begin, `now` in seconds."""
        if now < self.locked_until:
            raise locked()
        if self._around:
            point, effects = self._around[-1]
            if self._strikes(f"database locked at {point}", effects):
                raise locked()

    def at_commit(self, now: float) -> None:
        """Called when a transaction that wrote something is about to be committed, `now` in seconds."""
        if now < self.full_until:
            raise full()
        if not self._around:
            return
        point, effects = self._around[-1]
        if self._strikes(f"crash before {point}", effects):
            raise Crash(f"before {point}")
        if self._strikes(f"disk full at {point}", effects):
            raise full()

    def _strikes(self, column: str, effects: Sequence[str]) -> bool:
        return any(self.meet(effect, (column,)) for effect in effects)


def full() -> sa.exc.OperationalError:
    """What SQLAlchemy raises when SQLite finds no room."""
    return sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))


def locked() -> sqlite3.OperationalError:
    """What SQLite raises when another program holds the database longer than the bridge waits."""
    return sqlite3.OperationalError("database is locked")
