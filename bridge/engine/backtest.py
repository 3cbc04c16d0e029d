"""A rule tried on what is stored: how often it would have fired, for whom, what would have been said, against what was.

Every client is replayed under the whole rule set: other rules may stand in the way of this one, or lead to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.engine.context import Context
from bridge.engine.replay import Replayed, Would, replay
from bridge.model.decisions import SendMessage
from bridge.model.planning import Outcome, Trace
from bridge.store import Store
from bridge.store.past import Fired, Remembered
from bridge.store.rows import Row
from rules.ruleset import RuleSet
from rules.whose_time import office_calendar

WENT, NEW = "went", "new"
"""Whether a message that would have gone really went, or would have been a new one."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that the rule would have fired, or taken a step.

    `again`: it had fired for the same subject before, in this time. `day_off`: on a day on which the office is closed.
    """

    at: datetime
    client: str
    subject: str
    event: str
    step: str = ""
    again: bool = False
    day_off: bool = False


@dataclass(frozen=True, slots=True)
class NearMiss:
    """One time that a single clause kept the rule from firing, and what would have had to be otherwise."""

    at: datetime
    client: str
    subject: str
    change: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Message:
    """A message to the client that would have gone. `state` is what really became of it, "" for one that never was."""

    at: datetime
    client: str
    subject: str
    step: str
    decision: SendMessage
    verdict: str
    state: str = ""
    day_off: bool = False


@dataclass(frozen=True, slots=True)
class Blind:
    """A source that kept something waiting: how often, first and last."""

    source: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the history cannot tell. `begins`: it goes back no further, though more was asked for; None: far enough.

    `untold` are clients of whom nothing is stored, `later` those of whom it is stored from a later moment on (two
    clients became one), by client; `erased` how many were erased since. `sources` were blind while something waited.
    """

    begins: datetime | None = None
    untold: tuple[str, ...] = ()
    later: dict[str, datetime] = field(default_factory=dict)
    erased: int = 0
    sources: tuple[Blind, ...] = ()


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done, and what it really did.

    `lost` are messages of the rule that really were wanted and would not have been. `others` counts the effects of
    other rules that would have been wanted besides, and those that would not. `real` is when it really fired.
    """

    rule: str
    since: datetime
    until: datetime
    clients: int
    plans: int
    fired: tuple[Firing, ...]
    steps: tuple[Firing, ...]
    near: tuple[NearMiss, ...]
    messages: tuple[Message, ...]
    lost: tuple[Row, ...]
    others: tuple[int, int]
    real: tuple[Fired, ...]
    unknown: Unknown


def backtest(store: Store, context: Context, rule: str, since: datetime, until: datetime) -> Backtest:
    """Replays every client of the store between two moments, and gathers what the rule would have done."""
    tried = replace(context, ruleset=switched_on(context.ruleset, rule))
    gathered = _Gathered(tried.ruleset, rule, since)
    for client in sorted({subject.client for subject in store.subjects()}):
        remembered = store.remembered(client)
        gathered.take(remembered, replay(remembered, tried, since, until))
    begins = store.journal_begins()
    late = begins if begins is None or begins > since else None
    return gathered.result(until, late, store.erased_between(since, until), store.fired(rule, since, until))


def switched_on(ruleset: RuleSet, rule: str) -> RuleSet:
    """The rule set with a rule that acts, also where it stands off or in shadow."""
    rules = tuple(replace(one, enabled="true") if one.id == rule else one for one in ruleset.rules)
    return replace(ruleset, rules=rules)


class _Gathered:
    def __init__(self, ruleset: RuleSet, rule: str, since: datetime) -> None:
        self._rule, self._since = rule, since
        self._calendar = office_calendar(ruleset)
        self._clients = self._plans = 0
        self._fired: list[Firing] = []
        self._near: list[NearMiss] = []
        self._messages: list[Message] = []
        self._lost: list[Row] = []
        self._others = [0, 0]
        self._untold: list[str] = []
        self._later: dict[str, datetime] = {}
        self._blind: dict[str, list[datetime]] = {}

    def take(self, remembered: Remembered, replayed: Replayed) -> None:
        """Adds what came of one client."""
        client = replayed.client
        if replayed.since is None:
            self._untold.append(client)
            return
        if remembered.merged is not None and remembered.merged > self._since:
            self._later[client] = remembered.merged
        self._clients += 1
        self._plans += replayed.plans
        self._fired += self._firings(client, replayed.traces)
        self._near += (
            NearMiss(one.at, client, one.subject, one.change[0], one)
            for one in replayed.traces
            if one.rule == self._rule and one.outcome is Outcome.CONDITION_FALSE and len(one.change) == 1
        )
        for would in replayed.would:
            self._wanted(client, would)
        for row in replayed.besides:
            self._others[1] += row.cause.rule != self._rule
            if row.cause.rule == self._rule and isinstance(row.decision, SendMessage) and row.decision.to_client:
                self._lost.append(row)
        for one in replayed.blind:
            self._blind.setdefault(one.source, []).append(one.at)

    def _firings(self, client: str, traces: Iterable[Trace]) -> Iterator[Firing]:
        seen: set[str] = set()
        for one in traces:
            if one.rule == self._rule and one.outcome is Outcome.FIRED:
                again = not one.step and one.subject in seen
                seen |= set() if one.step else {one.subject}
                yield Firing(one.at, client, one.subject, one.event, one.step, again, self._is_off(one.at))

    def _wanted(self, client: str, would: Would) -> None:
        wanted, row = would.wanted, would.really
        if wanted.cause.rule != self._rule:
            self._others[0] += row is None
            return
        if isinstance(wanted.decision, SendMessage) and wanted.decision.to_client:
            at = max(would.at, wanted.not_before or would.at)
            state = row.state.value if row is not None else ""
            verdict = NEW if row is None else WENT
            place = (client, wanted.subject, wanted.cause.step)
            self._messages.append(Message(at, *place, wanted.decision, verdict, state, self._is_off(at)))

    def _is_off(self, moment: datetime) -> bool:
        return not self._calendar.hours(self._calendar.local(moment).date())

    def result(self, until: datetime, late: datetime | None, erased: int, real: Iterable[Fired]) -> Backtest:
        """Everything, in the order of time."""
        blind = (Blind(name, len(at), min(at), max(at)) for name, at in sorted(self._blind.items()))
        fired = sorted(self._fired, key=lambda one: (one.at, one.subject, one.step))
        return Backtest(
            rule=self._rule,
            since=self._since,
            until=until,
            clients=self._clients,
            plans=self._plans,
            fired=tuple(one for one in fired if not one.step),
            steps=tuple(one for one in fired if one.step),
            near=tuple(sorted(self._near, key=lambda one: (one.at, one.subject))),
            messages=tuple(sorted(self._messages, key=lambda one: (one.at, one.subject))),
            lost=tuple(sorted(self._lost, key=lambda row: row.created_at)),
            others=(self._others[0], self._others[1]),
            real=tuple(real),
            unknown=Unknown(late, tuple(self._untold), self._later, erased, tuple(blind)),
        )
