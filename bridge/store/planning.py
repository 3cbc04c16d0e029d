"""Writing a plan down, whole, in the transaction that its caller began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.planning import ASKED, Plan, Wanted
from bridge.store import tables as t
from bridge.store.intake import Intake, insert_delivery, upsert
from bridge.store.rows import Wait


class PlanWriter:
    """Writes one plan inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, plan: Plan, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._plan = plan
        self._now = now

    def write(self, ruleset: str, connector_of: Callable[[Wanted], str], lane_of: Callable[[Wanted], str]) -> int:
        """Writes it. Gives how many of the wanted effects are new."""
        self._events()
        self._facts()
        self._timers()
        for (rule, subject), edge in self._plan.edges.items():
            keys = {"rule": rule, "subject": subject}
            upsert(self._c, t.edges, keys, {"value": edge.value, "flips": edge.flips})
        for (rule, subject), ran in self._plan.runs.items():
            upsert(self._c, t.runs, {"rule": rule, "subject": subject}, {"times": ran.count, "last_at": ran.last_at})
        self._called_off()
        self._traces(ruleset)
        self._waits()
        return sum(
            insert_delivery(
                self._c, self._workspace, self._plan.client, wanted, connector_of(wanted), lane_of(wanted), self._now
            )
            for wanted in self._plan.wanted
        )

    def _events(self) -> None:
        for event in self._plan.planned:
            self._c.execute(t.events.update().where(t.events.c.id == event).values(state="planned", parked_since=None))
        for event, since in self._plan.parked.items():
            self._c.execute(t.events.update().where(t.events.c.id == event).values(state="parked", parked_since=since))

    def _facts(self) -> None:
        for fact in self._plan.sets:
            keys = {"subject": fact.subject, "field": fact.field}
            upsert(self._c, t.facts, keys, {"value": fact.value, "at": fact.at})
            origin = f"rule:{fact.cause.rule} event:{fact.cause.event}"
            self._c.execute(
                t.lineage.insert().values(
                    subject=fact.subject, field=fact.field, value=fact.value, at=fact.at, origin=origin, delivery=""
                )
            )

    def _timers(self) -> None:
        for timer in self._plan.timers:
            values = {
                "workspace": self._workspace,
                "client": self._plan.client,
                "subject": timer.subject,
                "rule": timer.rule,
                "step": timer.step,
                "start": timer.start,
                "due": timer.due,
                "formula": timer.formula,
                "occurrence": timer.occurrence,
                "because": timer.because,
                "data": dict(timer.data),
                "state": "live",
                "ended_because": "",
            }
            upsert(self._c, t.timers, {"key": timer.key}, values)
        for key, reason in self._plan.timers_ended.items():
            state = reason if reason in ("done", ASKED) else "cancelled"
            self._c.execute(t.timers.update().where(t.timers.c.key == key).values(state=state, ended_because=reason))

    def _called_off(self) -> None:
        d = t.deliveries
        for delivery, reason in self._plan.called_off.items():
            self._c.execute(
                d.update()
                .where(
                    d.c.id == delivery,
                    d.c.attempts == 0,
                    d.c.doubt.is_(False),
                    d.c.state.in_((State.WAITING.value, State.HELD.value)),
                )
                .values(state=State.CANCELLED.value, reason=reason, ended_at=self._now)
            )
            self._c.execute(t.waits.delete().where(t.waits.c.what == delivery))

    def _traces(self, ruleset: str) -> None:
        for trace in self._plan.traces:
            self._c.execute(
                t.traces.insert().values(
                    client=self._plan.client,
                    subject=trace.subject,
                    rule=trace.rule,
                    step=trace.step,
                    event=trace.event,
                    at=trace.at,
                    outcome=trace.outcome.value,
                    reason=trace.reason,
                    tree=[list(line) for line in trace.tree],
                    change=list(trace.change),
                    ruleset=ruleset,
                )
            )

    def _waits(self) -> None:
        blind = {wait.what: wait for wait in self._plan.blind}
        kept = sa.select(t.deliveries.c.id).where(t.deliveries.c.client == self._plan.client)
        self._c.execute(
            t.waits.delete().where(
                t.waits.c.client == self._plan.client,
                t.waits.c.what.not_in(list(blind)),
                t.waits.c.what.not_in(kept),
            )
        )
        for what, wait in blind.items():
            row = Wait(what, self._plan.client, wait.subject, wait.rule, wait.sources, wait.since, self._now)
            Intake(self._c, self._workspace, self._now).wait(what, row)
