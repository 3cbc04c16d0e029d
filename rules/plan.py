"""Planning: events, due timers and facts of one client in; everything that is wanted, and why, out. Pure.

The order inside one plan: events as they were taken in, each to its end before the next; then conditions that became
true; then timers that are due. Guards see an event first. The `if` of every rule is asked as things stood when the event
was reached, before any rule acted on it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.fields import plain_value
from bridge.model.people import Directory
from bridge.model.planning import (
    Blind,
    Edge,
    FactSet,
    MadeDocument,
    Outcome,
    Plan,
    Ran,
    Snapshot,
    Timer,
    Trace,
    Wanted,
)
from bridge.model.values import Plain, Value
from rules.actions import Action
from rules.calendars import Calendar
from rules.conditions import Verdict, shown
from rules.deciding import decide
from rules.facts import Facts
from rules.lengths import Length
from rules.ruleset import Rule, RuleSet, Step
from rules.triggers import Becomes


@dataclass(frozen=True, slots=True)
class Office:
    """What planning knows beside rules and facts: the staff, and the key a document would have.

    `document_key(template, data)` gives a key that changes exactly when template or data do, None for a template nobody
    has.
    """

    directory: Directory = Directory()
    document_key: Callable[[str, Mapping[str, Plain]], str | None] = lambda _template, _data: None


def plan(snapshot: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> Plan:
    """Decide what the rules want done for one client. Touches nothing; the same inputs give the same plan."""
    return _Planning(snapshot, ruleset, office, now).run()


@dataclass
class Firing:
    """One rule acting for one subject: what its actions may ask, and where they put what they want.

    `occurrence` names this firing for ever; with the rule, the subject and the action's id it makes the key.
    """

    planning: _Planning
    rule: Rule
    subject: str
    event: Event
    occurrence: str
    step: Step | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def cause(self) -> Cause:
        """Why: the rule, its step, the event, and how long the chain is by now."""
        depth = self.event.cause.depth + 1 if self.event.cause else 1
        return Cause(self.rule.id, self.step.id if self.step else "", self.event.id, depth)

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
        """What people call a fact."""
        return self.planning.title(field_key)

    def written(self, field_key: str) -> Plain:
        """What the bridge itself last wrote into a fact's source."""
        return self.facts.written(field_key, self.subject)

    def trace(self, outcome: Outcome, reason: str) -> None:
        """Notes what came of an action."""
        step = self.step.id if self.step else ""
        self.planning.trace(self.rule.id, self.subject, self.event.id, outcome, reason, step)

    def want(self, wanted: Wanted) -> None:
        """Queue an effect."""
        self.planning.wanted.append(wanted)

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
        self._new_timers: dict[str, Timer] = {}
        self._ended: dict[str, str] = {}
        self._blind: list[Blind] = []
        self._planned: list[str] = []
        self._parked: dict[str, datetime] = {}
        self._becomes = [
            (rule, trigger, f"{rule.id}/{_fingerprint(trigger)}")
            for rule in ruleset.rules
            if rule.enabled != "false"
            for trigger in rule.when
            if isinstance(trigger, Becomes)
        ]

    # -- the whole ----------------------------------------------------------------------------------------------

    def run(self) -> Plan:
        """Events, edges, timers, calls off; then the plan."""
        closed: set[str] = set()
        for event in self.snapshot.events:
            if event.subject in closed:
                continue  # an earlier event of this subject waits: this one waits behind it
            self._queue(event)
            if event.id in self._parked:
                closed.add(event.subject)
        self._follow_edges(deque(), None)
        self._call_off_timers()
        self._fire_timers()
        self._follow_edges(deque(), None)
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

    def _queue(self, first: Event) -> None:
        """One event and everything that becomes true because of it, each in its own turn."""
        queue = deque([first])
        while queue:
            event = queue.popleft()
            if event.cause and event.cause.depth >= self.ruleset.defaults.loop_limit:
                self.trace(event.cause.rule, event.subject, event.id, Outcome.LOOP, f"chain of {event.cause.depth}")
                self._planned.append(event.id)
                continue
            if not self._event(event):
                return
            self._follow_edges(queue, event)

    # -- one event ----------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> bool:
        """Plans one event; False when a guard parked it."""
        asked = [
            (rule, subject, self._ask(rule, subject, event))
            for rule in self.ruleset.rules
            if self._hears(rule, event)
            for subject in self._subjects(rule, event)
        ]
        guards = [entry for entry in asked if entry[0].guard]
        for rule, subject, verdict in guards:
            if verdict.answer is None and rule.condition is not None:
                self._park(rule, subject, event, verdict)
                return False
        if event.kind != "becomes":
            self._planned.append(event.id)
        refused = next((rule.id for rule, _subject, verdict in guards if verdict.answer), "")
        for rule, subject, verdict in asked:
            if refused and not rule.guard:
                self._explain(rule, subject, event, verdict, Outcome.REFUSED, f"refused by {refused}")
            else:
                self._act(rule, subject, event, verdict)
        if refused:
            self._as_before(event)
        return True

    def _hears(self, rule: Rule, event: Event) -> bool:
        if rule.enabled == "false":
            return False
        own = event.actor.kind is ActorKind.BRIDGE
        if event.kind == "becomes":
            return rule.id == event.data.get("rule")
        return any(trigger.matches(event) and (not own or trigger.hears_own or rule.also_own) for trigger in rule.when)

    def _subjects(self, rule: Rule, event: Event) -> Iterator[str]:
        """The subjects a rule acts for: the event's own, the one it belongs to, or all those below it."""
        if not rule.per:
            yield event.subject
            return
        here = self.snapshot.subjects.get(event.subject)
        while here is not None and here.kind != rule.per:
            here = self.snapshot.subjects.get(here.parent)
        if here is not None:
            yield here.id
            return
        for subject in self.snapshot.subjects.values():
            if subject.kind == rule.per and self._belongs(subject.id, event.subject):
                yield subject.id

    def _belongs(self, subject: str, above: str) -> bool:
        here = self.snapshot.subjects.get(subject)
        while here is not None:
            if here.id == above:
                return True
            here = self.snapshot.subjects.get(here.parent)
        return False

    def _ask(self, rule: Rule, subject: str, event: Event) -> Verdict:
        """The rule's `if` at the event. A guard asks for sources that were read past the event."""
        if rule.condition is None:
            return Verdict(True, 0, 0)
        past = event.known_from if rule.guard else None
        return rule.condition.evaluate(self.facts.lookup(subject, past=past, event=event), self.now)

    def _park(self, rule: Rule, subject: str, event: Event, verdict: Verdict) -> None:
        assert rule.condition is not None
        since = self.snapshot.parked.get(event.id, self.now)
        sources = self.facts.blind(rule.condition, subject, event.known_from)
        self._parked[event.id] = since
        self._blind.append(Blind(event.id, subject, sources, event.known_from, rule.id))
        if event.id not in self.snapshot.parked:
            self._explain(rule, subject, event, verdict, Outcome.NOT_KNOWN, f"waits for {', '.join(sources)}")

    def _act(self, rule: Rule, subject: str, event: Event, verdict: Verdict) -> None:
        if verdict.answer is None:
            sources = self.facts.blind(rule.condition, subject, None) if rule.condition else ()
            self._explain(rule, subject, event, verdict, Outcome.NOT_KNOWN, f"not read: {', '.join(sources)}")
            return
        if not verdict.answer:
            self._explain(rule, subject, event, verdict, Outcome.CONDITION_FALSE)
            if rule.otherwise and rule.enabled == "true":
                why = self._why(rule, subject, verdict, event)
                firing = Firing(self, rule, subject, event, f"{event.id}:else", extra={"why": why})
                self._carry_out(rule.otherwise, firing)
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
        if rule.repeat == "once":
            return f"ran on {ran.last_at:%Y-%m-%d %H:%M}Z, once is enough"
        assert isinstance(rule.repeat, Length)
        free_at = self._calendar.add(ran.last_at, rule.repeat)
        return f"ran on {ran.last_at:%Y-%m-%d %H:%M}Z, not within {rule.repeat}" if event.at < free_at else ""

    def _as_before(self, event: Event) -> None:
        """A refused move is not seen by the rest of the plan: the card counts as standing where it came from."""
        back = event.data.get("from")
        if event.kind == "card.moved" and isinstance(back, str) and "card.list" in self.ruleset.fields:
            self.facts.put(event.subject, "card.list", back)

    def _carry_out(self, actions: Sequence[Action], firing: Firing) -> None:
        for action in actions:
            decide(action, firing)

    def set_fact(self, firing: Firing, name: str, value: Value) -> None:
        """Sets a bridge-owned fact at once, for the rest of this plan and for ever."""
        owner = self.facts.owner(self.ruleset.fields[name], firing.subject)
        if owner is None:
            return
        self.facts.put(owner.id, name, value)
        self.sets.append(FactSet(owner.id, name, plain_value(value), firing.moment, firing.cause))

    # -- conditions that become true ------------------------------------------------------------------------------

    def _follow_edges(self, queue: deque[Event], cause: Event | None) -> None:
        """Compares every `becomes` with its last value; a rise puts an event into the queue. First sight only primes."""
        risen = [event for rule, trigger, name in self._becomes for event in self._edges_of(rule, trigger, name, cause)]
        queue.extend(risen)
        if cause is None:
            for event in risen:
                self._queue(event)

    def _edges_of(self, rule: Rule, trigger: Becomes, name: str, cause: Event | None) -> Iterator[Event]:
        for subject in self.snapshot.subjects.values():
            if subject.kind != rule.per:
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
                    yield self._risen(rule, name, subject.id, flips, cause)

    def _risen(self, rule: Rule, name: str, subject: str, flips: int, cause: Event | None) -> Event:
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
            cause=Cause(rule.id, "", cause.id if cause else "", depth),
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
                because=self._calendar.because(event.at, step.after),
                data={"event": event.id, "depth": event.cause.depth if event.cause else 0},
            )
            self._timers[timer.key] = timer
            self._new_timers[timer.key] = timer

    def _end(self, timer: Timer, reason: str) -> None:
        self._timers.pop(timer.key, None)
        if self._new_timers.pop(timer.key, None) is None:
            self._ended[timer.key] = reason

    def _rule(self, rule: str) -> Rule | None:
        return next((known for known in self.ruleset.rules if known.id == rule), None)

    def _call_off_timers(self) -> None:
        """`unless` cancels at once when it is true by what is known now."""
        for timer in list(self._timers.values()):
            rule = self._rule(timer.rule)
            if rule is None or rule.enabled == "false":
                self._end(timer, "rule is gone")
            elif rule.unless is not None:
                verdict = rule.unless.evaluate(self.facts.lookup(timer.subject), self.now)
                if verdict.answer:
                    self._end(timer, f"unless of {rule.id}")
                    event = self._timer_event(timer)
                    self._explain(rule, timer.subject, event, verdict, Outcome.CANCELLED, step=timer.step)

    def _fire_timers(self) -> None:
        due = [timer for timer in self._timers.values() if timer.due <= self.now]
        for timer in sorted(due, key=lambda timer: (timer.due, timer.key)):
            rule = self._rule(timer.rule)
            step = next((step for step in rule.steps if step.id == timer.step), None) if rule else None
            if rule is None or step is None:
                self._end(timer, "step is gone")
            elif timer.key in self._timers:
                self._fire(rule, step, timer)

    def _fire(self, rule: Rule, step: Step, timer: Timer) -> None:
        event = self._timer_event(timer)
        verdict = Verdict(True, 0, 0)
        if rule.unless is not None:
            verdict = rule.unless.evaluate(self.facts.lookup(timer.subject, past=timer.due), self.now)
            if verdict.answer is None:
                sources = self.facts.blind(rule.unless, timer.subject, timer.due)
                self._blind.append(Blind(timer.key, timer.subject, sources, timer.due, rule.id))
                return
            if verdict.answer:
                self._end(timer, f"unless of {rule.id}")
                self._explain(rule, timer.subject, event, verdict, Outcome.CANCELLED, step=timer.step)
                return
        self._end(timer, "done")
        if rule.enabled == "shadow":
            self._explain(rule, timer.subject, event, verdict, Outcome.SHADOW, step=timer.step)
            return
        self.trace(rule.id, timer.subject, event.id, Outcome.FIRED, f"{timer.formula}: {timer.because}", timer.step)
        extra = {"step.days": step.after.count}
        firing = Firing(self, rule, timer.subject, event, timer.occurrence, step, extra)
        self._carry_out(step.then, firing)
        self._queue_edges(event)

    def _queue_edges(self, event: Event) -> None:
        queue: deque[Event] = deque()
        self._follow_edges(queue, event)
        for risen in queue:
            self._queue(risen)

    def _timer_event(self, timer: Timer) -> Event:
        depth = timer.data.get("depth", 0)
        return Event(
            id=f"timer:{timer.key}",
            kind="timer",
            at=timer.due,
            seen_at=self.now,
            actor=Actor(ActorKind.BRIDGE),
            source="bridge",
            subject=timer.subject,
            cause=Cause(
                timer.rule, timer.step, str(timer.data.get("event", "")), depth if isinstance(depth, int) else 0
            ),
        )

    def _called_off(self) -> Mapping[str, str]:
        """Deliveries that have not started and whose rule's `unless` has become true."""
        found: dict[str, str] = {}
        for waiting in self.snapshot.waiting:
            rule = self._rule(waiting.rule)
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

    def _why(self, rule: Rule, subject: str, verdict: Verdict, event: Event) -> str:
        """The clauses that said no, in one line, with the facts' titles in the workspace's language."""
        if rule.condition is None:
            return ""
        lookup = self.facts.lookup(subject, event=event)
        said = [
            f"{self.title(clause.field)} — {shown(lookup(clause.field))}"
            for clause in rule.condition.missing(verdict.true_mask, verdict.unknown_mask)
        ]
        return "; ".join(said)

    def title(self, name: str) -> str:
        language = self.ruleset.defaults.language
        if name.startswith("gate."):
            return self.ruleset.gates[name[5:]].name.get(language, name)
        return self.ruleset.fields[name].titles.get(language, name)


def _fingerprint(trigger: Becomes) -> str:
    """Names a condition by its content: a changed one is another, and is primed again instead of fired."""
    lines = trigger.condition.tree(0, 0, lambda _field: None)
    text = "\n".join(f"{depth} {clause}" for depth, _mark, clause, _value in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
