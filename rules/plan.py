"""Planning: events, due timers and facts of one client in; everything that is wanted, and why, out. Pure.

The order inside one plan: events as they were taken in, each to its end before the next; then conditions that became
true; then timers that are due. Guards see an event first. The `if` of every rule is asked as things stood when the
event was reached, before any rule acted on it.

A move that a guard refused or could not decide on is not seen by anybody: the card counts as standing where it was.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.fields import plain_value
from bridge.model.people import Directory
from bridge.model.planning import (
    ASKED,
    Blind,
    Edge,
    FactSet,
    MadeDocument,
    Outcome,
    Plan,
    Ran,
    Snapshot,
    Subject,
    Timer,
    Trace,
    Wanted,
)
from bridge.model.values import NotKnown, Plain, Value
from rules.actions import Action, Send
from rules.calendar_trail import because
from rules.calendars import Calendar
from rules.conditions import Condition, Verdict
from rules.deciding import CLIENT, decide
from rules.facts import LANGUAGES, Facts
from rules.ruleset import Rule, RuleSet, Step
from rules.triggers import Becomes

LIST_FIELD = "card.list"
CARD_EVENTS = frozenset({"card.created", "card.moved", "card.archived"})
"""Events of a card itself: a deal's rules hear those of its own card only, a campaign's of its."""


@dataclass(frozen=True, slots=True)
class Office:
    """What planning knows beside rules and facts: the staff, and the key a document would have.

    `document_key(template, data)` gives a key that changes exactly when template or data do, None for a template nobody
    has.
    """

    directory: Directory = field(default_factory=Directory)
    document_key: Callable[[str, Mapping[str, Plain]], str | None] = lambda _template, _data: None


def hears(rule: Rule, event: Event) -> bool:
    """Whether an event wakes a rule; for whom, and whether its condition holds then, is another matter."""
    if rule.enabled == "false":
        return False
    own = event.actor.kind is ActorKind.BRIDGE
    if event.kind == "becomes":
        return rule.id == event.data.get("rule")
    return any(trigger.matches(event) and (not own or trigger.hears_own or rule.also_own) for trigger in rule.when)


def plan(snapshot: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> Plan:
    """Decide what the rules want done for one client. Touches nothing; the same inputs give the same plan."""
    return _Planning(snapshot, ruleset, office, now).run()


@dataclass
class Firing:
    """One rule acting for one subject: what its actions may ask, and where they put what they want.

    `occurrence` names this firing for ever; with the rule, the subject and the action's id it makes the key.
    `overtaken_by` is the later step of the same rule that speaks to the client now, "" for none: after a long stop a
    client reads the last reminder, not all of them.
    """

    planning: _Planning
    rule: Rule
    subject: str
    event: Event
    occurrence: str
    step: Step | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    overtaken_by: str = ""

    @property
    def cause(self) -> Cause:
        """Why: the rule, its step, the event, and how long the chain is by now."""
        depth = self.event.cause.depth + 1 if self.event.cause else 1
        return Cause(self.rule.id, self.step.id if self.step else "", self.event.id, depth, self.event.trace)

    @property
    def moment(self) -> datetime:
        """The moment the actions speak of: when the event happened, or when the step was due."""
        return self.event.at

    @property
    def facts(self) -> Facts:
        """The facts as this plan sees them now."""
        return self.planning.facts

    def values(self, language: str = "") -> dict[str, object]:
        """Facts and extras for a text written in the action itself."""
        language = language or self.planning.ruleset.defaults.language
        return self.facts.for_text(self.subject, language, event=self.event, extra=self.extra)

    def title(self, field_key: str) -> str:
        """What people call a fact, in the language of the workspace."""
        return self.facts.title(field_key, self.planning.ruleset.defaults.language)

    def written(self, field_key: str) -> Plain:
        """What the bridge itself last wrote into a fact's source."""
        return self.facts.written(field_key, self.subject)

    def trace(self, outcome: Outcome, reason: str) -> None:
        """Notes what came of an action."""
        step = self.step.id if self.step else ""
        self.planning.trace(self.rule.id, self.subject, self.event.id, outcome, reason, step)

    def want(self, wanted: Wanted) -> None:
        """Queue an effect. A step's own is work that nobody waits for; long after its moment it is late."""
        late = self.planning.now - self.moment > self.planning.ruleset.defaults.late_after
        self.planning.wanted.append(replace(wanted, background=self.step is not None, late=late))

    def key(self, action: Action) -> str:
        """The idempotency key of one action of this firing."""
        step = f"{self.step.id}/" if self.step else ""
        return f"{self.rule.id}:{self.subject}:{self.occurrence}:{step}{action.id}"


class _Planning:
    def __init__(self, snapshot: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> None:
        self.snapshot = snapshot
        self.ruleset = ruleset
        self.office = office
        self.now = now
        self.facts = Facts(snapshot, ruleset, office.directory, now)
        self.wanted: list[Wanted] = []
        self.documents: dict[tuple[str, str], MadeDocument] = dict(snapshot.documents)
        self.sets: list[FactSet] = []
        self.traces: list[Trace] = []
        self._runs: dict[tuple[str, str], Ran] = dict(snapshot.runs)
        self._edges: dict[tuple[str, str], Edge] = dict(snapshot.edges)
        self._timers: dict[str, Timer] = {timer.key: timer for timer in snapshot.timers}
        self._stored = frozenset(self._timers)
        self._new_timers: dict[str, Timer] = {}
        self._ended: dict[str, str] = {}
        self._blind: list[Blind] = []
        self._planned: list[str] = []
        self._parked: dict[str, datetime] = {}
        self._born: list[Event] = []
        self._from_outside = {event.id for event in snapshot.events}
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._subjects = [snapshot.subjects[name] for name in sorted(snapshot.subjects)]
        self._becomes = [
            (rule, trigger, f"{rule.id}/{_fingerprint(trigger.condition)}")
            for rule in ruleset.rules
            for trigger in rule.when
            if isinstance(trigger, Becomes)
        ]

    # -- the whole ----------------------------------------------------------------------------------------------

    def run(self) -> Plan:
        """Events, edges, timers, calls off; then the plan."""
        self.facts.unplanned = set()
        self._renew_timers()
        for event in self.snapshot.events:
            if event.subject in self.facts.unplanned:
                continue  # an earlier event of this subject waits: this one waits behind it
            self._queue(deque([event]))
            if event.id in self._parked:
                self.facts.unplanned.add(event.subject)
        self._follow_edges(None)
        self._call_off_timers()
        self._fire_timers()
        return Plan(
            client=self.snapshot.client,
            version=self.snapshot.version,
            planned=tuple(self._planned),
            parked=self._parked,
            wanted=tuple(self.wanted),
            sets=tuple(self.sets),
            timers=tuple(self._new_timers.values()),
            timers_ended=self._ended,
            edges={key: edge for key, edge in self._edges.items() if self.snapshot.edges.get(key) != edge},
            runs={key: ran for key, ran in self._runs.items() if self.snapshot.runs.get(key) != ran},
            called_off=self._called_off(),
            traces=tuple(self.traces),
            blind=tuple(self._blind),
        )

    def _queue(self, queue: deque[Event]) -> None:
        """These events and everything that they cause at once, each in its own turn."""
        while queue:
            event = queue.popleft()
            if event.cause and event.cause.depth >= self.ruleset.defaults.loop_limit:
                self.trace(event.cause.rule, event.subject, event.id, Outcome.LOOP, f"chain of {event.cause.depth}")
                self._plan_no_more(event)
            elif self._event(event):
                queue.extend(self._caused(event))

    def _caused(self, event: Event) -> Iterator[Event]:
        """What an event has led to: facts that rules set, then conditions that became true."""
        yield from self._born
        self._born.clear()
        yield from self._risen(event)

    # -- one event ----------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> bool:
        """Plans one event; False when a guard parked it."""
        if event.kind == "card.moved":
            self.facts.forget(event.subject, LIST_FIELD)  # a move after a refused one: the card is where it is
        asked = [
            (rule, subject, self._ask(rule, subject, event))
            for rule in self.ruleset.rules
            if hears(rule, event)
            for subject in self._heard_by(rule, event)
        ]
        # A guard guards against what comes from outside: a condition that became true cannot be held up.
        guards = [entry for entry in asked if entry[0].guard and event.id in self._from_outside]
        refused = {subject: rule.id for rule, subject, verdict in reversed(guards) if verdict.answer and _acts(rule)}
        for rule, subject, verdict in guards:
            if verdict.answer is None and _acts(rule) and not self._refusal(subject, refused):
                self._park(rule, subject, event, verdict)
                return False
        self._plan_no_more(event)
        overtaken = self._overtaken(event)
        for rule, subject, verdict in asked:
            refusal = self._refusal(subject, refused)
            if rule.guard and overtaken:
                self._explain(rule, subject, event, verdict, Outcome.REPEAT, f"overtaken by {overtaken}")
            elif refusal and not rule.guard:
                self._explain(rule, subject, event, verdict, Outcome.REFUSED, f"refused by {refusal}")
            else:
                self._act(rule, subject, event, verdict)
        if refused:
            self._as_before(event)
        return True

    def _overtaken(self, event: Event) -> str:
        """A later move of the same card that is known already: a guard has nothing to say of where it no longer is."""
        if event.kind != "card.moved" or event.id not in self._from_outside:
            return ""
        same = [one.id for one in self.snapshot.events if one.kind == event.kind and one.subject == event.subject]
        return "" if same[-1] == event.id else same[-1]

    def _plan_no_more(self, event: Event) -> None:
        if event.id in self._from_outside:
            self._planned.append(event.id)

    def _refusal(self, subject: str, refused: Mapping[str, str]) -> str:
        """The guard that refused an event for a subject, or for one that belongs to it or that it belongs to."""
        return next((rule for other, rule in refused.items() if self.facts.is_kin(other, subject)), "")

    def _heard_by(self, rule: Rule, event: Event) -> Iterator[str]:
        """The subjects a rule acts for: the event's own, the one it belongs to, or all those below it."""
        found = list(self._subjects_for(rule, event))
        if not found:
            self.trace(rule.id, event.subject, event.id, Outcome.NO_SUBJECT, f"no {rule.per} is concerned")
        yield from found

    def _subjects_for(self, rule: Rule, event: Event) -> Iterator[str]:
        own = self.snapshot.subjects.get(event.subject)
        if not rule.per:
            yield event.subject
        elif own is None or self._counts_as(own, rule.per):
            yield from [own.id] if own is not None else []
        elif event.kind in CARD_EVENTS and {own.kind, rule.per} == {"deal", "task"}:
            return  # a campaign's card is not the deal's, nor the other way round
        else:
            above = [name for name in self.facts.line(own.id) if self.snapshot.subjects[name].kind == rule.per]
            below = (one.id for one in self._subjects if self._counts_as(one, rule.per))
            yield from above[:1] or [name for name in below if own.id in self.facts.line(name)]

    def _counts_as(self, subject: Subject, kind: str) -> bool:
        """Whether a subject is of a kind. A deal without tasks counts as one task, on its own card."""
        if kind != "task" or subject.kind != "deal":
            return subject.kind == kind
        return not any(other.kind == "task" and other.parent == subject.id for other in self._subjects)

    def _ask(self, rule: Rule, subject: str, event: Event) -> Verdict:
        """The rule's `if` at the event. A guard asks for sources that were read past the event."""
        if rule.condition is None:
            return Verdict(True, 0, 0)
        past = event.known_from if rule.guard else None
        return rule.condition.evaluate(self.facts.lookup(subject, past=past, event=event), self.now)

    def _park(self, rule: Rule, subject: str, event: Event, verdict: Verdict) -> None:
        since = self.snapshot.parked.get(event.id, self.now)
        sources = self.facts.blind(rule.condition, subject, event.known_from) if rule.condition else ()
        self._parked[event.id] = since
        self._blind.append(Blind(event.id, subject, sources, event.known_from, rule.id))
        if event.id not in self.snapshot.parked:
            self._explain(rule, subject, event, verdict, Outcome.NOT_KNOWN, f"waits for {', '.join(sources)}")
        self._as_before(event)

    def _act(self, rule: Rule, subject: str, event: Event, verdict: Verdict) -> None:
        if verdict.answer is None:
            sources = self.facts.blind(rule.condition, subject, None) if rule.condition else ()
            self._explain(rule, subject, event, verdict, Outcome.NOT_KNOWN, f"not read: {', '.join(sources)}")
            return
        if not verdict.answer:
            self._explain(rule, subject, event, verdict, Outcome.CONDITION_FALSE)
            if rule.otherwise and rule.enabled == "true":
                extra = {"why": self._why(rule, subject, verdict, event)}
                self._carry_out(rule.otherwise, Firing(self, rule, subject, event, f"{event.id}:else", extra=extra))
            return
        if held := self._held(rule, subject, event):
            self._explain(rule, subject, event, verdict, Outcome.REPEAT, held)
            return
        if rule.enabled == "shadow":
            self._explain(rule, subject, event, verdict, Outcome.SHADOW)
            return
        self._explain(rule, subject, event, verdict, Outcome.FIRED)
        before = self._runs.get((rule.id, subject))
        self._runs[(rule.id, subject)] = Ran((before.count if before else 0) + 1, event.at)
        occurrence = "once" if rule.repeat == "once" else event.id
        self._carry_out(rule.then, Firing(self, rule, subject, event, occurrence))
        self._start_steps(rule, subject, event, occurrence)

    def _held(self, rule: Rule, subject: str, event: Event) -> str:
        """Why `repeat` holds the rule back now; "" when it does not."""
        ran = self._runs.get((rule.id, subject))
        if ran is None or rule.repeat == "each":
            return ""
        if isinstance(rule.repeat, str):
            return f"ran on {ran.last_at:%Y-%m-%d %H:%M}Z, once is enough"
        free_at = self._calendar.add(ran.last_at, rule.repeat)
        return f"ran on {ran.last_at:%Y-%m-%d %H:%M}Z, not within {rule.repeat}" if event.at < free_at else ""

    def _as_before(self, event: Event) -> None:
        """A refused move is not seen by the rest of the plan: the card counts as standing where it came from."""
        back = event.data.get("from")
        if event.kind == "card.moved" and isinstance(back, str) and LIST_FIELD in self.ruleset.fields:
            self.facts.put(event.subject, LIST_FIELD, back)

    def _carry_out(self, actions: Sequence[Action], firing: Firing) -> None:
        for action in actions:
            decide(action, firing)

    def set_fact(self, firing: Firing, name: str, value: Value) -> None:
        """Sets a bridge-owned fact at once, for the rest of this plan and for ever."""
        owner = self.facts.owner(self.ruleset.fields[name], firing.subject)
        if owner is None:
            firing.trace(Outcome.NO_SUBJECT, f"nobody here has {name}")
            return
        before = self.facts.value(name, owner.id)
        self.facts.put(owner.id, name, value)
        self.sets.append(FactSet(owner.id, name, plain_value(value), firing.moment, firing.cause))
        if value != before:
            self._born.append(self._set_event(firing, owner.id, name, before, value))

    def _set_event(self, firing: Firing, owner: str, name: str, before: Value | NotKnown, value: Value) -> Event:
        """The change of a fact of our own: heard by rules with `also_own`, confirmed at once."""
        old = None if isinstance(before, NotKnown) else plain_value(before)
        return Event(
            id=f"set:{firing.rule.id}:{firing.subject}:{firing.event.id}:{name}",
            kind="field.changed",
            at=firing.moment,
            seen_at=self.now,
            actor=Actor(ActorKind.BRIDGE),
            source="bridge",
            subject=owner,
            data={"field": name, "old": old, "new": plain_value(value)},
            cause=firing.cause,
        )

    # -- conditions that become true ------------------------------------------------------------------------------

    def _follow_edges(self, cause: Event | None) -> None:
        """Carries out what an event (None: time and readings) made true."""
        self._queue(deque(self._caused(cause) if cause else self._risen(None)))

    def _risen(self, cause: Event | None) -> list[Event]:
        """Compares every `becomes` with its last value; each rise is an event. First sight only primes."""
        return [event for rule, trigger, name in self._becomes for event in self._edges_of(rule, trigger, name, cause)]

    def _edges_of(self, rule: Rule, trigger: Becomes, name: str, cause: Event | None) -> Iterator[Event]:
        """The rises of one trigger. A rule that is off keeps its values too, or turning it on would wake it for all."""
        for subject in self._subjects:
            if not self._counts_as(subject, rule.per):
                continue
            answer = trigger.condition.evaluate(self.facts.lookup(subject.id), self.now).answer
            if answer is None:
                continue
            before = self._edges.get((name, subject.id))
            if before is None:
                self._edges[(name, subject.id)] = Edge(answer)
            elif answer != before.value:
                flips = before.flips + answer
                self._edges[(name, subject.id)] = Edge(answer, flips)
                if answer:
                    yield self._rise(rule, name, subject.id, flips, cause)

    def _rise(self, rule: Rule, name: str, subject: str, flips: int, cause: Event | None) -> Event:
        depth = cause.cause.depth + 1 if cause and cause.cause else 1
        return Event(
            id=f"becomes:{name}:{subject}:{flips}",
            kind="becomes",
            at=cause.at if cause else self.now,
            seen_at=self.now,
            actor=cause.actor if cause else Actor(),
            source="bridge",
            subject=subject,
            data={"rule": rule.id},
            cause=Cause(rule.id, "", cause.id if cause else "", depth, cause.trace if cause else ""),
        )

    # -- steps and timers -----------------------------------------------------------------------------------------

    @property
    def zone(self) -> str:
        """The zone in which dates are written for people."""
        return self.ruleset.zone

    @property
    def _calendar(self) -> Calendar:
        return self.ruleset.calendars[self.ruleset.defaults.calendar]

    def _start_steps(self, rule: Rule, subject: str, event: Event, occurrence: str) -> None:
        if not rule.steps:
            return
        if rule.starts_from or rule.pause_while is not None:
            # Counting from the trigger instead would write to a client before anything is due.
            key = "from" if rule.starts_from else "pause_while"
            self.trace(rule.id, subject, event.id, Outcome.DISABLED, f"{key}: is not carried out by this version")
            return
        running = [timer for timer in self._timers.values() if timer.rule == rule.id and timer.subject == subject]
        if running and rule.if_running == "keep":
            return
        if rule.if_running == "restart":
            for timer in running:
                self._end(timer, "restarted")
        for step in rule.steps:
            timer = Timer(
                key=f"{rule.id}:{subject}:{occurrence}:{step.id}",
                rule=rule.id,
                subject=subject,
                step=step.id,
                start=event.at,
                due=self._calendar.add(event.at, step.after),
                formula=str(step.after),
                occurrence=occurrence,
                because=because(self._calendar, event.at, step.after),
                data={"event": event.id, "depth": event.cause.depth if event.cause else 0, "trace": event.trace},
            )
            self._keep(timer)

    def _keep(self, timer: Timer) -> None:
        self._timers[timer.key] = self._new_timers[timer.key] = timer

    def _renew_timers(self) -> None:
        """Timers of rules and steps that are gone end; changed lengths and calendars count from the stored start."""
        for timer in list(self._timers.values()):
            rule = self._rules.get(timer.rule)
            step = next((step for step in rule.steps if step.id == timer.step), None) if rule else None
            if rule is None or rule.enabled == "false":
                self._end(timer, "rule is gone")
            elif step is None:
                self._end(timer, "step is gone")
            else:
                due = self._calendar.add(timer.start, step.after)
                if due != timer.due:
                    trail = because(self._calendar, timer.start, step.after)
                    self._keep(replace(timer, due=due, formula=str(step.after), because=trail))

    def _end(self, timer: Timer, reason: str) -> None:
        self._timers.pop(timer.key, None)
        self._new_timers.pop(timer.key, None)
        if timer.key in self._stored:
            self._ended[timer.key] = reason

    def _call_off_timers(self) -> None:
        """`unless` cancels at once when it is true by what is known now."""
        for timer in list(self._timers.values()):
            rule = self._rules[timer.rule]
            if rule.unless is None:
                continue
            verdict = rule.unless.evaluate(self.facts.lookup(timer.subject), self.now)
            if verdict.answer:
                self._call_off(rule, timer, verdict)

    def _call_off(self, rule: Rule, timer: Timer, verdict: Verdict) -> None:
        self._end(timer, f"unless of {rule.id}")
        event = self._timer_event(timer)
        self._explain(rule, timer.subject, event, verdict, Outcome.CANCELLED, step=timer.step)

    def _fire_timers(self) -> None:
        """Steps that are due, oldest first; what one of them makes true may call the next ones off."""
        due = sorted(
            (timer for timer in self._timers.values() if timer.due <= self.now),
            key=lambda timer: (timer.due, timer.key),
        )
        for place, timer in enumerate(due):
            if timer.key in self._timers:
                self._fire(self._rules[timer.rule], self._step(timer), timer, self._overtaking(timer, due[place + 1 :]))

    def _step(self, timer: Timer) -> Step:
        return next(step for step in self._rules[timer.rule].steps if step.id == timer.step)

    def _is_late(self, timer: Timer) -> bool:
        return self.now - timer.due > self.ruleset.defaults.late_after

    def _overtaking(self, timer: Timer, later: Sequence[Timer]) -> str:
        """The later step, due as well, that speaks to the same client in the place of a late one; "" for none."""
        if not self._is_late(timer):
            return ""
        same = [self._step(other) for other in later if (other.rule, other.subject) == (timer.rule, timer.subject)]
        return next((step.id for step in reversed(same) if _speaks_to_client(step)), "")

    def _fire(self, rule: Rule, step: Step, timer: Timer, overtaken_by: str) -> None:
        event = self._timer_event(timer)
        verdict = Verdict(True, 0, 0)
        if rule.unless is not None:
            verdict = rule.unless.evaluate(self.facts.lookup(timer.subject, past=timer.due), self.now)
            if verdict.answer is None:
                sources = self.facts.blind(rule.unless, timer.subject, timer.due)
                self._blind.append(Blind(timer.key, timer.subject, sources, timer.due, rule.id))
                return
            if verdict.answer:
                self._call_off(rule, timer, verdict)
                return
        if self._is_late(timer) and self._missed(rule, timer, event):
            return
        self._end(timer, "done")
        if rule.enabled == "shadow":
            self._explain(rule, timer.subject, event, verdict, Outcome.SHADOW, step=timer.step)
            return
        self.trace(rule.id, timer.subject, event.id, Outcome.FIRED, f"{timer.formula}: {timer.because}", timer.step)
        extra = {"step.days": self._days(step, timer)}
        firing = Firing(self, rule, timer.subject, event, timer.occurrence, step, extra, overtaken_by)
        self._carry_out(step.then, firing)
        self._follow_edges(event)

    def _days(self, step: Step, timer: Timer) -> int:
        """How many days it has been: as many as the step says, or more when it comes late."""
        if not self._is_late(timer):
            return step.after.count
        working = self._calendar.working_days_between(timer.start, self.now)
        return max(step.after.count, working if step.after.working else (self.now - timer.start).days)

    def _missed(self, rule: Rule, timer: Timer, event: Event) -> bool:
        """Whether a step that comes late is left out: its rule skips it, or a person is asked first."""
        if rule.catch_up == "late" or timer.data.get("agreed") or rule.enabled != "true":
            return False
        reason = f"was due {timer.due:%Y-%m-%d %H:%M}Z"
        self._end(timer, ASKED if rule.catch_up == "ask" else f"missed: {reason}")
        said = f"{reason}; a person is asked" if rule.catch_up == "ask" else reason
        self.trace(rule.id, timer.subject, event.id, Outcome.MISSED, said, timer.step)
        return True

    def _timer_event(self, timer: Timer) -> Event:
        depth = timer.data.get("depth", 0)
        cause = Cause(
            timer.rule,
            timer.step,
            str(timer.data.get("event", "")),
            depth if isinstance(depth, int) else 0,
            str(timer.data.get("trace", "")),
        )
        return Event(
            id=f"timer:{timer.key}",
            kind="timer",
            at=timer.due,
            seen_at=self.now,
            actor=Actor(ActorKind.BRIDGE),
            source="bridge",
            subject=timer.subject,
            cause=cause,
        )

    def _called_off(self) -> Mapping[str, str]:
        """Deliveries that have not started and whose rule's `unless` has become true."""
        found: dict[str, str] = {}
        for waiting in self.snapshot.waiting:
            rule = self._rules.get(waiting.rule)
            if rule is None or rule.unless is None:
                continue
            if rule.unless.evaluate(self.facts.lookup(waiting.subject), self.now).answer:
                found[waiting.id] = f"unless of {rule.id}"
        return found

    # -- explanations -------------------------------------------------------------------------------------------

    def _explain(
        self,
        rule: Rule,
        subject: str,
        event: Event,
        verdict: Verdict,
        outcome: Outcome,
        reason: str = "",
        step: str = "",
    ) -> None:
        condition = rule.unless if outcome is Outcome.CANCELLED else rule.condition
        lines: tuple[tuple[int, str, str, str], ...] = ()
        change: tuple[str, ...] = ()
        if condition is not None:
            lookup = self.facts.lookup(subject, event=event)
            lines = tuple(condition.tree(verdict.true_mask, verdict.unknown_mask, lookup))
            if outcome in (Outcome.CONDITION_FALSE, Outcome.NOT_KNOWN):
                change = condition.smallest_change(verdict.true_mask, verdict.unknown_mask)
        self.traces.append(Trace(rule.id, subject, event.id, self.now, outcome, reason, step, lines, change))

    def trace(self, rule: str, subject: str, event: str, outcome: Outcome, reason: str = "", step: str = "") -> None:
        self.traces.append(Trace(rule, subject, event, self.now, outcome, reason, step))

    def _why(self, rule: Rule, subject: str, verdict: Verdict, event: Event) -> Mapping[str, str]:
        """The clauses that said no, in one line for people, in each language."""
        condition = rule.condition
        clauses = condition.missing(verdict.true_mask, verdict.unknown_mask) if condition else ()
        names = list(dict.fromkeys(clause.field for clause in clauses))
        return {
            language: "; ".join(self.facts.told(name, subject, language, event) for name in names)
            for language in sorted({*LANGUAGES, self.ruleset.defaults.language})
        }


def _acts(rule: Rule) -> bool:
    """Whether a rule may change anything: one in shadow only explains."""
    return rule.enabled == "true"


def _speaks_to_client(step: Step) -> bool:
    return any(isinstance(action, Send) and action.to == CLIENT for action in step.then)


@lru_cache(maxsize=1000)
def _fingerprint(condition: Condition) -> str:
    """Names a condition by its content: a changed one is another, and is primed again instead of fired."""
    lines = condition.tree(0, 0, lambda _field: None)
    text = "\n".join(f"{depth} {clause}" for depth, _mark, clause, _value in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
