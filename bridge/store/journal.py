"""The journal: what was read, bound and planned, in its order, each entry with what stood there before.

From what is known now and the journal, read backwards, follows what was known at any earlier moment. Only the earlier
value is written: an entry that is old enough can go, and nothing after it is harmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.model.planning import Plan
from bridge.model.records import Record, Ref
from bridge.model.values import Plain, moment_text
from bridge.store import statements as q
from bridge.store.rows import StoredRecord

PLANNED, RECORD, BOUND, FACT, CHANGED, MERGED = "planned", "record", "bound", "fact", "changed", "merged"
"""The kinds of entries: a plan; a record read or written; a binding; a fact not set by rules; what people's words
changed of timers and once-flags; two clients that became one, before which nothing can be told."""
TIMER_COLUMNS = ("rule", "subject", "step", "start", "due", "formula", "occurrence", "because", "data", "state")
_LATE = timedelta(minutes=1)
"""A source that was read less long ago counts as read just now: nobody has to write it down."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `about` is a client or the text of a Ref; `name` the hash of the rule set of a plan."""

    n: int
    kind: str
    about: str
    name: str
    at: datetime
    data: Mapping[str, Any]


class Journal:
    """Writes entries inside one transaction. Each is written before what it tells of."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._now = now

    def planned(self, plan: Plan, ruleset: str) -> None:
        """A plan is about to be written."""
        data = {
            "events": list(plan.planned),
            "parked": sorted(plan.parked),
            "blind": _blind(plan),
            "seen": self._seen(),
            "facts": self._facts((fact.subject, fact.field) for fact in plan.sets),
            "edges": self._marks(q.EDGES_OF, plan.edges),
            "runs": self._marks(q.RUNS_OF, plan.runs),
            "timers": self._timers([*(timer.key for timer in plan.timers), *plan.timers_ended]),
        }
        self._add(PLANNED, plan.client, data, ruleset)

    def record(self, before: StoredRecord | None, after: Record, by: str = "") -> None:
        """A record is about to be kept as it is now; `by` is the delivery whose receipt says so."""
        self.fields(after.ref, before, after.fields, by, deleted=after.deleted)

    def fields(
        self,
        ref: Ref,
        before: StoredRecord | None,
        after: Mapping[str, Plain],
        by: str = "",
        *,
        deleted: bool = False,
    ) -> None:
        """As `record`, told by its fields."""
        data: dict[str, Any] = {"by": by, "first": before is None or None}
        if before is not None:
            missing = object()
            data["was"] = {name: old for name, old in before.fields.items() if after.get(name, missing) != old}
            data["new"] = [name for name in after if name not in before.fields]
            data["deleted"] = before.deleted if before.deleted != deleted else None
        self._add(RECORD, str(ref), data)

    def bound(self, ref: Ref, before: str) -> None:
        """A remote thing is about to be bound to another local one than `before` ("" for none)."""
        self._add(BOUND, str(ref), {"was": before})

    def fact(self, client: str, subject: str, field: str) -> None:
        """A fact of our own is about to be set, not by a rule."""
        self._add(FACT, client, {"facts": self._facts([(subject, field)])})

    def changed(self, client: str, *, timers: Sequence[str] = (), runs: Sequence[tuple[str, str]] = ()) -> None:
        """A person's word is about to change timers or once-flags."""
        self._add(CHANGED, client, {"timers": self._timers(timers), "runs": self._marks(q.RUNS_OF, runs)})

    def merged(self, client: str) -> None:
        """A client took another one, or one of its things another, into itself."""
        self._add(MERGED, client, {})

    # -- what stands there before ---------------------------------------------------------------------------------

    def _seen(self) -> dict[str, str]:
        """How far sources were read, of those that were not read just now."""
        rows = self._c.execute(q.SEEN_BEFORE, {"workspace": self._workspace, "before": self._now - _LATE})
        return {row.source: moment_text(row.seen_up_to) for row in rows}

    def _facts(self, keys: Iterable[tuple[str, str]]) -> list[list[Any]]:
        wanted = sorted(set(keys))
        if not wanted:
            return []
        rows = self._c.execute(q.FACTS_OF, {"subjects": sorted({subject for subject, _field in wanted})})
        known = {(row.subject, row.field): row.value for row in rows}
        return [[*key, key in known, known.get(key)] for key in wanted]

    def _marks(self, query: sa.Select[Any], keys: Iterable[tuple[str, str]]) -> list[list[Any]]:
        """Edges or runs by (rule, subject), with their two values; None twice for what was not there."""
        wanted = sorted(set(keys))
        if not wanted:
            return []
        rows = self._c.execute(query, {"subjects": sorted({subject for _rule, subject in wanted})})
        known = {(row[0], row[1]): [_plain(row[2]), _plain(row[3])] for row in rows}
        return [[*key, *known.get(key, (None, None))] for key in wanted]

    def _timers(self, keys: Sequence[str]) -> list[list[Any]]:
        if not keys:
            return []
        rows = self._c.execute(q.TIMERS_AMONG, {"keys": sorted(set(keys))})
        known = {row.key: [_plain(getattr(row, name)) for name in TIMER_COLUMNS] for row in rows}
        return [[key, known.get(key)] for key in sorted(set(keys))]

    def _add(self, kind: str, about: str, data: Mapping[str, Any], name: str = "") -> None:
        row = {
            "workspace": self._workspace,
            "about": about,
            "kind": kind,
            "name": name,
            "at": self._now,
            "data": {key: value for key, value in data.items() if value or value is False},
        }
        self._c.execute(q.JOURNAL, row)


def _blind(plan: Plan) -> dict[str, str]:
    """The sources that something waits for, each with the moment it has to be read past."""
    found: dict[str, datetime] = {}
    for wait in plan.blind:
        for source in wait.sources:
            found[source] = min(found.get(source, wait.since), wait.since)
    return {source: moment_text(since) for source, since in sorted(found.items())}


def _plain(value: Any) -> Any:
    return moment_text(value) if isinstance(value, datetime) else value
