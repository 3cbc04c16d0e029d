"""How long things are kept, and letting go of them once a day, in small pieces, without what truth rests on.

What stays for ever: that an effect was wanted (its key and how it ended, so that it is never wanted twice), the newest
facts and where they came from, once-flags, links, everything that has not ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.values import moment_text
from bridge.store import tables as t
from bridge.store.accesses import let_boxes_go
from bridge.store.base import Base
from bridge.store.database import reading, writing
from bridge.store.keeping import after_restoration
from bridge.store.statements import upsert

_PIECE = 200
"""Rows in one transaction: nobody waits longer for it than for a page."""
_EVERY = timedelta(days=1)
_ECHOES = timedelta(days=7)  # an echo comes back within the hour
_LET_GO = "let-go"
_SAID = (
    "text",
    "parts",
    "values",
    "data",
    "because",
    "title",
    "description",
    "name",
    "buttons",
    "file_name",
    "chat",
    "by",
)
"""What a decision says; the rest of it is what it did."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long each kind is kept after it ended; None for ever.

    `messages` and `deliveries` are the contents of ended ones, not the rows; `events` counts from when they were read,
    however long ago they happened; `lineage` are values that were replaced;
    `inbox` is what was settled; `documents` are versions that were replaced; `journal` is how far back rules can be
    tried on what happened, and how long conflicts are kept once all places agree again.
    """

    traces: timedelta | None = timedelta(days=180)
    timers: timedelta | None = timedelta(days=180)
    inbox: timedelta | None = timedelta(days=180)
    messages: timedelta | None = timedelta(days=365)
    deliveries: timedelta | None = timedelta(days=365)
    events: timedelta | None = timedelta(days=730)
    lineage: timedelta | None = timedelta(days=730)
    documents: timedelta | None = None
    journal: timedelta | None = timedelta(days=400)


class Retention(Base):
    """Letting go of what has been kept long enough."""

    def let_go(self, keep: Keep, now: datetime) -> dict[str, int]:
        """Lets go of what is older than `keep` says, at most once a day. Gives how many rows of what."""
        with reading(self._engine) as connection:
            last = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.key == _LET_GO)).scalar()
        if last is not None and last > moment_text(now - _EVERY):
            return {}
        gone = {
            table.name: self._in_pieces(table, rows)
            for table, rows in _old_rows(keep, now)
            if rows is not None  # kept for ever
        }
        gone["deliveries"] = self._empty(keep.deliveries, "deliveries", now) + self._empty(
            keep.messages, "messages", now
        )
        with writing(self._engine) as connection:
            gone["accesses"] = let_boxes_go(connection, self.workspace, now)
            after_restoration(connection, now)
            upsert(connection, t.meta, {"key": _LET_GO}, {"value": moment_text(now)})
        return {name: count for name, count in gone.items() if count}

    def _in_pieces(self, table: sa.Table, rows: sa.ColumnElement[bool]) -> int:
        keys = list(table.primary_key.columns)
        with reading(self._engine) as connection:
            old = connection.execute(sa.select(*keys).where(rows)).all()
        for piece in _pieces(old):
            with writing(self._engine) as connection:
                # Asked once more: what was settled or ended may have begun again since.
                connection.execute(table.delete().where(sa.tuple_(*keys).in_([tuple(row) for row in piece]), rows))
        return len(old)

    def _empty(self, kept: timedelta | None, what: str, now: datetime) -> int:
        """Empties ended deliveries of what they said. What was given up or is unknown waits for a person: it stays."""
        if kept is None:
            return 0
        d, until = t.deliveries, now - kept
        mark = f"{_LET_GO}:{what}"
        message = d.c.kind == "send_message"
        with reading(self._engine) as connection:
            done = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.key == mark)).scalar() or ""
            ended = sa.and_(
                d.c.state.in_((State.CONFIRMED.value, State.CANCELLED.value)),
                sa.type_coerce(d.c.ended_at, sa.String) > done,
                d.c.ended_at <= until,
                message if what == "messages" else ~message,
            )
            old = connection.execute(sa.select(d.c.n, d.c.decision, d.c.receipt).where(ended)).all()
        for piece in _pieces(old):
            with writing(self._engine) as connection:
                for row in piece:
                    values = {"decision": _emptied(row.decision), "receipt": _emptied_receipt(row.receipt)}
                    connection.execute(d.update().where(d.c.n == row.n).values(**values))
        with writing(self._engine) as connection:
            upsert(connection, t.meta, {"key": mark}, {"value": moment_text(until)})
        return len(old)


def _old_rows(keep: Keep, now: datetime) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool] | None]]:
    """Which rows of which table have been kept long enough; None for a table that is kept for ever."""

    def before(moment: sa.Column[Any], kept: timedelta | None, *also: sa.ColumnElement[bool]) -> Any:
        return None if kept is None else sa.and_(moment <= now - kept, *also)

    newer, version = t.lineage.alias("newer"), t.documents.alias("newer")
    replaced = sa.exists().where(
        newer.c.subject == t.lineage.c.subject,
        newer.c.field == t.lineage.c.field,
        newer.c.n > t.lineage.c.n,
        # The newest value that we wrote outside is compared with what stands there.
        sa.or_(t.lineage.c.delivery == "", newer.c.delivery != ""),
    )
    outdated = sa.exists().where(
        version.c.subject == t.documents.c.subject,
        version.c.template == t.documents.c.template,
        version.c.version > t.documents.c.version,
    )
    yield t.traces, before(t.traces.c.at, keep.traces)
    yield t.timers, before(t.timers.c.due, keep.timers, t.timers.c.state.in_(("done", "cancelled")))
    yield t.questions, before(t.questions.c.answered_at, keep.timers, t.questions.c.state != "open")
    yield t.inbox, before(t.inbox.c.settled_at, keep.inbox)
    yield t.events, before(t.events.c.seen_at, keep.events, t.events.c.state.in_(("planned", t.PAST)))
    yield t.lineage, before(t.lineage.c.at, keep.lineage, replaced)
    yield t.documents, before(t.documents.c.at, keep.documents, outdated)
    yield t.journal, before(t.journal.c.at, keep.journal)
    yield t.conflicts, before(t.conflicts.c.settled_at, keep.journal)
    yield t.expected, before(t.expected.c.at, _ECHOES)


def _pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _PIECE):
        yield rows[start : start + _PIECE]


def _emptied(decision: dict[str, Any]) -> dict[str, Any]:
    """A decision that says nothing any more and still tells what was done."""
    return {key: type(value)() if key in _SAID and value is not None else value for key, value in decision.items()}


def _emptied_receipt(receipt: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if receipt is None else {**receipt, "details": {}}
