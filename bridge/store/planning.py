"""Writing a plan down, whole, in the transaction that its caller began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.planning import ASKED, Plan, Wanted
from bridge.model.questions import plain_question
from bridge.model.reasons import (
    ASKED_FIRST,
    BEGAN_IN_SHADOW,
    DONE,
    LET_GO,
    NEWER_VALUE,
    NO_SHADOW_IN,
    RULE_NO_MORE,
    RULE_NO_MORE_IN,
    STEP_NO_MORE,
    STEP_NO_MORE_IN,
    UNLESS,
    UNLESS_IN,
    Reason,
)
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.agreed import Agreements
from bridge.store.intake import Intake, insert_delivery
from bridge.store.journal import Journal
from bridge.store.rows import Wait, origin_of

GONE = {RULE_NO_MORE: RULE_NO_MORE_IN, STEP_NO_MORE: STEP_NO_MORE_IN, BEGAN_IN_SHADOW: NO_SHADOW_IN}
"""Why a timer ended that a change of the rules ended: taking the change back lets it run again."""
_ENDED_AS = {DONE: "done", ASKED_FIRST: ASKED}


def because_of_rules(reason: Reason, ruleset: str) -> str:
    """Why a timer ended, as it is stored; with the rule set that has no place for it or stopped it, if that is why."""
    if reason.code == UNLESS.code:
        return str(UNLESS_IN.of(rule=reason.params["rule"], ruleset=ruleset))
    return str(GONE[reason].of(ruleset=ruleset) if reason in GONE else reason)


class PlanWriter:
    """Writes one plan inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, plan: Plan, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._plan = plan
        self._now = now

    def write(self, ruleset: str, connector_of: Callable[[Wanted], str], lane_of: Callable[[Wanted], str]) -> int:
        """Writes it. Gives how many of the wanted effects are new."""
        Journal(self._c, self._workspace, self._now).planned(self._plan, ruleset)
        self._events()
        self._facts()
        self._timers(ruleset)
        edges = [
            {"rule": rule, "subject": subject, "value": edge.value, "flips": edge.flips}
            for (rule, subject), edge in self._plan.edges.items()
        ]
        q.put(self._c, t.edges, ("rule", "subject"), ("value", "flips"), edges)
        runs = [
            {"rule": rule, "subject": subject, "times": ran.count, "last_at": ran.last_at}
            for (rule, subject), ran in self._plan.runs.items()
        ]
        q.put(self._c, t.runs, ("rule", "subject"), ("times", "last_at"), runs)
        self._questions()
        self._traces(ruleset)
        self._waits()
        decided = [replace(one, cause=replace(one.cause, ruleset=ruleset)) for one in self._plan.wanted]
        new = sum(
            insert_delivery(
                self._c, self._workspace, self._plan.client, wanted, connector_of(wanted), lane_of(wanted), self._now
            )
            for wanted in decided
        )
        for one in self._plan.would:
            wanted = replace(one, cause=replace(one.cause, ruleset=ruleset))
            given = (self._plan.client, wanted, connector_of(wanted), lane_of(wanted), self._now)
            insert_delivery(self._c, self._workspace, *given, state=State.SHADOW)
        self._called_off()
        self._released()
        agreements = Agreements(self._c, self._workspace, self._now)
        self._withdrawn(agreements)
        agreements.agree(self._plan.agreed)
        agreements.share(self._plan.shared)
        agreements.note(self._plan.client, self._plan.conflicts)
        return new

    def _events(self) -> None:
        rows: list[dict[str, Any]] = [
            {"the_id": event, "state": "planned", "parked_since": None} for event in self._plan.planned
        ]
        rows += [
            {"the_id": event, "state": "parked", "parked_since": since} for event, since in self._plan.parked.items()
        ]
        if rows:
            self._c.execute(q.CHANGE_EVENT, rows)

    def _facts(self) -> None:
        rows = [
            {"subject": fact.subject, "field": fact.field, "value": fact.value, "at": fact.at}
            for fact in self._plan.sets
        ]
        if rows:
            q.put(self._c, t.facts, ("subject", "field"), ("value", "at"), rows)
            origins = [origin_of(fact.cause.rule, fact.cause.event) for fact in self._plan.sets]
            lineage = [{**row, "origin": origin, "delivery": ""} for row, origin in zip(rows, origins, strict=True)]
            self._c.execute(q.LINEAGE, lineage)

    def _timers(self, ruleset: str) -> None:
        rows = [
            {
                "key": timer.key,
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
            for timer in self._plan.timers
        ]
        if rows:
            q.put(self._c, t.timers, ("key",), tuple(rows[0])[1:], rows)
        ended = [
            {
                "the_key": key,
                "state": _ENDED_AS.get(reason, "cancelled"),
                "ended_because": because_of_rules(reason, ruleset),
            }
            for key, reason in self._plan.timers_ended.items()
        ]
        if ended:
            self._c.execute(q.CHANGE_TIMER, ended)

    def _called_off(self) -> None:
        for delivery, reason in self._plan.called_off.items():
            self._c.execute(q.CALL_OFF, {"the_id": delivery, "reason": str(reason), "ended_at": self._now})
            self._c.execute(q.WAIT_NO_MORE, {"what": delivery})

    def _withdrawn(self, agreements: Agreements) -> None:
        """A write that is not wanted any more; wanted again later it is another one."""
        for one in self._plan.withdrawn:
            ended = {"the_id": one.delivery, "reason": str(NEWER_VALUE), "ended_at": self._now}
            if self._c.execute(q.WITHDRAW, ended).rowcount:
                self._c.execute(q.WAIT_NO_MORE, {"what": one.delivery})
                agreements.withdrawn(one)

    def _released(self) -> None:
        """What was held goes now, because somebody said so."""
        for delivery, by in self._plan.released.items():
            self._c.execute(q.RELEASE, {"the_id": delivery, "reason": str(LET_GO.of(who=by))})

    def _questions(self) -> None:
        rows = [
            {
                "id": one.id,
                "workspace": self._workspace,
                "client": self._plan.client,
                "subject": one.subject,
                "kind": one.kind.value,
                "rule": one.rule,
                "state": one.state.value,
                "asked_at": one.asked_at,
                "answered_at": one.answered_at,
                "data": plain_question(one),
            }
            for one in self._plan.questions
        ]
        if rows:
            q.put(self._c, t.questions, ("id",), tuple(rows[0])[1:], rows)

    def _traces(self, ruleset: str) -> None:
        rows = [
            {
                "client": self._plan.client,
                "subject": trace.subject,
                "rule": trace.rule,
                "step": trace.step,
                "event": trace.event,
                "at": trace.at,
                "outcome": trace.outcome.value,
                "reason": str(trace.reason),
                "tree": trace.tree,
                "change": trace.change,
                "ruleset": ruleset,
            }
            for trace in self._plan.traces
        ]
        if rows:
            self._c.execute(q.TRACES, rows)

    def _waits(self) -> None:
        blind = {wait.what: wait for wait in self._plan.blind}
        known = self._c.execute(q.WAITS_OF_PLANNING, {"client": self._plan.client}).scalars().all()
        for what in known:
            if what not in blind:
                self._c.execute(q.WAIT_NO_MORE, {"what": what})
        for what, wait in blind.items():
            row = Wait(what, self._plan.client, wait.subject, wait.rule, wait.sources, wait.since, self._now)
            Intake(self._c, self._workspace, self._now).wait(what, row)
