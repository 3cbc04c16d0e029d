"""What a report to the head says of the last seven days (`week.*`), put together from what is stored.

These facts belong to the workspace, on which rules without `per` are planned. They are made anew for each plan of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.engine.context import Context
from bridge.engine.snapshots import snapshot_of
from bridge.model.planning import Fact, Outcome, Snapshot, Trace
from bridge.model.reasons import LET_PAST, WAS_DUE, WAS_DUE_ASKED
from bridge.store import Store
from rules.facts import Facts
from rules.schedules import WORKSPACE

FORGOTTEN, OVERDUE, OVERRIDES = "week.forgotten", "week.overdue", "week.overrides"
_WEEK = timedelta(days=7)
_STATE, _IS_FORGOTTEN = "client.state", "forgotten"
_NAME = "client.name"


def with_week(snapshot: Snapshot, store: Store, context: Context, now: datetime) -> Snapshot:
    """The workspace with the facts about its week; anybody else as they are."""
    wanted = {name for name in (FORGOTTEN, OVERDUE, OVERRIDES) if name in context.ruleset.fields}
    here = next((one for one in snapshot.subjects.values() if one.kind == WORKSPACE), None)
    if here is None or not wanted:
        return snapshot
    found = {name: Fact(rows) for name, rows in _Week(store, context, now).rows().items() if name in wanted}
    return replace(snapshot, subjects={**snapshot.subjects, here.id: replace(here, facts={**here.facts, **found})})


class _Week:
    def __init__(self, store: Store, context: Context, now: datetime) -> None:
        self._store = store
        self._context = context
        self._now = now
        self._zone = ZoneInfo(context.ruleset.zone)
        self._rules = {rule.id: rule.name or rule.id for rule in context.ruleset.rules}
        self._names: dict[str, str] = {}

    def rows(self) -> Mapping[str, tuple[str, ...]]:
        """A line for each forgotten client, each step that came too late, each move past a guard."""
        traces = self._store.outcomes((Outcome.OVERRIDDEN, Outcome.MISSED), self._now - _WEEK)
        of_state = self._store.with_fact(_STATE, _IS_FORGOTTEN)
        return {
            FORGOTTEN: tuple(sorted(self._name(client) for client in of_state)),
            OVERDUE: _each_once(self._late(client, trace) for trace, client in traces if is_late(trace)),
            OVERRIDES: _each_once(
                self._override(client, trace) for trace, client in traces if trace.outcome is Outcome.OVERRIDDEN
            ),
        }

    def _late(self, client: str, trace: Trace) -> str:
        at = trace.reason.params["at"].astimezone(self._zone)
        return f"{self._name(client)}: {self._rule(trace)}, {at:%d.%m %H:%M}"

    def _override(self, client: str, trace: Trace) -> str:
        why = trace.reason
        said = "{who}: {why}".format_map(why.params) if why.code == LET_PAST.code else why
        return f"{self._name(client)}: {self._rule(trace)}. {said} ({trace.at.astimezone(self._zone):%d.%m})"

    def _rule(self, trace: Trace) -> str:
        return self._rules.get(trace.rule, trace.rule)

    def _name(self, client: str) -> str:
        if client not in self._names:
            snapshot = snapshot_of(self._store.load_client(client), self._context)
            facts = Facts(snapshot, self._context.ruleset, self._context.office.directory, self._now)
            value = facts.value(_NAME, client) if _NAME in self._context.ruleset.fields else None
            self._names[client] = value if isinstance(value, str) else client
        return self._names[client]


def is_late(trace: Trace) -> bool:
    """A step that was not taken in time; not one whose place a later one took."""
    return trace.outcome is Outcome.MISSED and trace.reason.code in (WAS_DUE.code, WAS_DUE_ASKED.code)


def _each_once(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
