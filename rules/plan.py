"""Planning: events, due timers and facts of one client in; everything that is wanted, and why, out. Pure.

The order inside one plan: events as they were taken in, each to its end before the next; then conditions that became
true; then timers that are due. Guards see an event first. The `if` of every rule is asked as things stood when the
event was reached, before any rule acted on it.

A move that a guard refused or could not decide on is not seen by anybody: the card counts as standing where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from bridge.model.answers import COMPLETED
from bridge.model.decisions import MoveCard, SendMessage
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.fields import plain_value
from bridge.model.people import Directory
from bridge.model.planning import (
    Blind,
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
from bridge.model.reasons import (
    CHAIN,
    COLUMN_FOUND,
    FILLED_IN,
    NO_REASON,
    NOBODY_CONCERNED,
    NOBODY_HAS,
    NOT_READ,
    OVERTAKEN,
    RAN_LATELY,
    RAN_ONCE,
    REFUSED_BY,
    UNLESS,
    WAITS_FOR,
    WOULD_SET,
    Reason,
)
from bridge.model.values import NotKnown, Plain, Value
from rules.actions.action import Action
from rules.actions.facts import Fill
from rules.calendars import Calendar
from rules.clocks import Clocks
from rules.conditions import Condition, Lookup, Tree, Verdict
from rules.deciding import decide
from rules.edges import Edges
from rules.facts import LANGUAGES, Facts
from rules.firing import SHADOW, Firing
from rules.nearest import nearest, nearest_told
from rules.overrides import Overrides
from rules.owing import entered
from rules.questions import Asking
from rules.ruleset import Rule, RuleSet, Step
from rules.schedules import Schedules
from rules.waking import NAMED

LIST_FIELD = "card.list"
CARD_EVENTS = frozenset({"card.created", "card.moved", "card.archived", "card.restored"})
"""Events of a card itself: a deal's rules hear those of its own card only, a campaign's of its."""


@dataclass(frozen=True, slots=True)
class Office:
    """What planning knows beside rules and facts: the staff and their load, and the key a document would have.

    `document_key(template, data)` gives a key that changes exactly when template or data do, None for a template nobody
    has. `load(field)` gives the open deals of everybody whom that fact may name. `day(person, role, moment, language)`
    tells, in words, of the day that somebody with a role closes at that moment: the values of `day.*`. Phones without a
    country code are of `region`.
    """

    directory: Directory = field(default_factory=Directory)
    document_key: Callable[[str, Mapping[str, Plain]], str | None] = lambda _template, _data: None
    load: Callable[[str], Mapping[str, int]] = lambda _field: {}
    region: str = "UA"
    day: Callable[[str, str, datetime, str], Mapping[str, Plain]] = lambda _person, _role, _moment, _language: {}


def hearing(rules: Iterable[Rule], event: Event) -> Iterator[Rule]:
    """Those of the rules that an event wakes; for whom, and whether their conditions hold then, is another matter."""
    own, in_shadow = event.actor.kind is ActorKind.BRIDGE, SHADOW in event.data
    named = event.data["rule"] if event.kind in NAMED and "rule" in event.data else None
    for rule in rules:
        if rule.enabled == "false" or (in_shadow and rule.enabled != "shadow"):
            continue
        if named is not None:
            if rule.id == named:
                yield rule
            continue
        for trigger in rule.when:
            if trigger.matches(event) and (not own or trigger.hears_own or rule.also_own):
                yield rule
                break


def plan(snapshot: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> Plan:
    """Decide what the rules want done for one client. Touches nothing; the same inputs give the same plan."""
    return Planning(snapshot, ruleset, office, now).run()


class Planning:
    """One plan in the making."""

    def __init__(self, snapshot: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> None:
        self.snapshot = snapshot
        self.ruleset = ruleset
        self.office = office
        self.now = now
        self.facts = Facts(snapshot, ruleset, office.directory, now)
        self.wanted: list[Wanted] = []
        self.would: list[Wanted] = []
        self.documents: dict[tuple[str, str], MadeDocument] = dict(snapshot.documents)
        self.sets: list[FactSet] = []
        self.traces: list[Trace] = []
        self.runs: dict[tuple[str, str], Ran] = dict(snapshot.runs)
        self.blind: list[Blind] = []
        self._planned: list[str] = []
        self._parked: dict[str, datetime] = {}
        self._born: list[Event] = []
        self._from_outside = {event.id for event in snapshot.events}
        self.waking = ruleset.waking
        self.rules = self.waking.rules
        self.subjects = [snapshot.subjects[name] for name in sorted(snapshot.subjects)]
        self._clocks = Clocks(self)
        self._edges = Edges(self)
        self.asking = Asking(self)
        self.schedules = Schedules(self)
        self.overrides = Overrides(self)

    # -- the whole ----------------------------------------------------------------------------------------------

    def run(self) -> Plan:
        """Events, edges, timers, calls off; then the plan."""
        self.facts.unplanned = set()
        self._clocks.renew()
        for event in self.snapshot.events:
            self.overrides.hear(event)  # before what waits for it: a card that is held up stands first in the row
        for event in self.snapshot.events:
            if event.subject in self.facts.unplanned:
                continue  # an earlier event of this subject waits: this one waits behind it
            self.take(deque([event, *self._activity(event)]))
            if event.id in self._parked:
                self.facts.unplanned.add(event.subject)
        self.follow_edges(None)
        self.take(deque(self._clocks.silences()))
        self.take(deque(self.schedules.events()))
        self._clocks.let_through()
        self._clocks.call_off()
        self.asking.settle()
        self._clocks.fire()
        if self.sets:
            self._clocks.renew()  # some count from what was set just now, and nothing else may wake them
        self._clocks.watch()
        return Plan(
            client=self.snapshot.client,
            version=self.snapshot.version,
            planned=tuple(self._planned),
            parked=self._parked,
            wanted=tuple(self.wanted),
            would=tuple(self.would),
            sets=tuple(self.sets),
            timers=tuple(self._clocks.made.values()),
            timers_ended=self._clocks.ended,
            edges=self._edges.made,
            runs={key: ran for key, ran in self.runs.items() if self.snapshot.runs.get(key) != ran},
            called_off={**self._called_off(), **self.asking.called_off},
            traces=tuple(self.traces),
            blind=tuple(self.blind),
            questions=tuple(self.asking.made.values()),
            released=self.asking.released,
        )

    def _activity(self, event: Event) -> Iterator[Event]:
        """A sign of life: people of either side did something, which moves the facts that the last one is kept in."""
        if event.actor.kind not in (ActorKind.PERSON, ActorKind.CLIENT):
            return
        for spec in self.ruleset.activity:
            owner = self.facts.owner(spec, event.subject)
            before = self.facts.value(spec.key, owner.id) if owner is not None else None
            if owner is None or (isinstance(before, datetime) and before >= event.at):
                continue
            cause = Cause("", "", event.id, event.cause.depth if event.cause else 0, event.trace)
            self.facts.put(owner.id, spec.key, event.at)
            self.sets.append(FactSet(owner.id, spec.key, plain_value(event.at), event.at, cause))
            yield self._change(f"activity:{event.id}:{spec.key}", owner.id, spec.key, before, event.at, event, cause)

    def take(self, queue: deque[Event]) -> None:
        """These events and everything that they cause at once, each in its own turn."""
        while queue:
            event = queue.popleft()
            if event.cause and event.cause.depth >= self.ruleset.defaults.loop_limit:
                chain = CHAIN.of(count=event.cause.depth)
                self.trace(event.cause.rule, event.subject, event.id, Outcome.LOOP, chain)
                self._plan_no_more(event)
            elif self._event(event):
                queue.extend(self._caused(event))

    def _caused(self, event: Event) -> Iterator[Event]:
        """What an event has led to: facts that rules set, then conditions that became true."""
        yield from self._born
        self._born.clear()
        yield from self._edges.risen(event)

    # -- one event ----------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> bool:
        """Plans one event; False when a guard parked it."""
        if event.kind == "card.moved" and SHADOW not in event.data:
            self.facts.forget(event.subject, LIST_FIELD)  # a move after a refused one: the card is where it is
        concerned: dict[str, Sequence[str]] = {}
        asked = []
        for rule in hearing(self.waking.may_hear(event), event):
            if rule.per not in concerned:
                concerned[rule.per] = self._subjects_for(event, rule.per)
            if not concerned[rule.per]:
                nobody = NOBODY_CONCERNED.of(subject=rule.per)
                self.trace(rule.id, event.subject, event.id, Outcome.NO_SUBJECT, nobody)
            asked += [(rule, subject, *self._ask(rule, subject, event)) for subject in concerned[rule.per]]
        # A guard guards against what comes from outside: a condition that became true cannot be held up.
        guards = [entry for entry in asked if entry[0].guard and event.id in self._from_outside]
        passed = [entry for entry in guards if _acts(entry[0]) and self.overrides.passes(*entry[:2], event, entry[2])]
        asked = [entry for entry in asked if entry not in passed]
        guards = [entry for entry in guards if entry not in passed]
        refused = {subject: rule.id for rule, subject, verdict, _ in reversed(guards) if verdict.answer and _acts(rule)}
        for rule, subject, verdict, tree in guards:
            if verdict.answer is None and _acts(rule) and not self._refusal(subject, refused):
                self._park(rule, subject, event, verdict, tree)
                return False
        self._plan_no_more(event)
        if event.kind == "card.moved" and event.actor.kind is not ActorKind.BRIDGE:
            self._clocks.forget_drags(event.subject)
        if event.kind == "undelivered":
            self._clocks.take_back(event)
        overtaken = self._overtaken(event)
        if event.kind == COMPLETED:
            self._complete(event)
        if event.kind == "field.changed":
            entered(event, self._subjects_for(event, "deal"), self)
        for rule, subject, verdict, tree in asked:
            refusal = self._refusal(subject, refused)
            if rule.guard and overtaken:
                self.explain(rule, subject, event, verdict, tree, Outcome.REPEAT, OVERTAKEN.of(event=overtaken))
            elif refusal and not rule.guard:
                self.explain(rule, subject, event, verdict, tree, Outcome.REFUSED, REFUSED_BY.of(rule=refusal))
            else:
                self._act(rule, subject, event, verdict, tree)
        self._born.extend(self.asking.hear(event))
        if refused:
            self._as_before(event)
            for subject, name in refused.items() if not overtaken else ():
                self._clocks.remember(self.rules[name], subject, event)
                self.overrides.refused(self.rules[name], subject, event)
        return True

    def _complete(self, event: Event) -> None:
        """Fills in the rest of an answer that rules have acted on without it. Nothing else of them is done again."""
        answer = replace(event, kind="form.answered")
        for rule in hearing(self.waking.may_hear(answer), answer):
            fills = [action for action in rule.then if isinstance(action, Fill)]
            for subject in self._subjects_for(event, rule.per) if fills else ():
                ran = self.runs.get((_run_of(rule), subject))
                if ran is not None and ran.last_at == event.at:
                    self.trace(rule.id, subject, event.id, Outcome.FIRED, COLUMN_FOUND.of())
                    self.carry_out(fills, Firing(self, rule, subject, event, event.id))

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

    def _subjects_for(self, event: Event, per: str) -> Sequence[str]:
        """The subjects a rule acts for: the event's own, the one it belongs to, or all those below it."""
        own = self.snapshot.subjects.get(event.subject)
        if not per:
            return (event.subject,)
        if own is None or self.counts_as(own, per):
            return (own.id,) if own is not None else ()
        if event.kind in CARD_EVENTS and {own.kind, per} == {"deal", "task"}:
            return ()  # a campaign's card is not the deal's, nor the other way round
        above = [name for name in self.facts.line(own.id) if self.snapshot.subjects[name].kind == per]
        below = (one.id for one in self.subjects if self.counts_as(one, per))
        return above[:1] or [name for name in below if own.id in self.facts.line(name)]

    def counts_as(self, subject: Subject, kind: str) -> bool:
        """Whether a subject is of a kind. A deal without tasks counts as one task, on its own card."""
        if kind != "task" or subject.kind != "deal":
            return subject.kind == kind
        return not any(other.kind == "task" and other.parent == subject.id for other in self.subjects)

    def _ask(self, rule: Rule, subject: str, event: Event) -> tuple[Verdict, Tree]:
        """The rule's `if` at the event, with the values it saw: rules that act before it may change them.

        A guard asks for sources that were read past the event.
        """
        if rule.condition is None:
            return Verdict(True, 0, 0), ()
        lookup = self._lookup(rule, subject, event)
        verdict = rule.condition.evaluate(lookup, self.now)
        return verdict, rule.condition.tree(verdict.true_mask, verdict.unknown_mask, lookup)

    def _lookup(self, rule: Rule, subject: str, event: Event) -> Lookup:
        """The facts as the rule's `if` asks for them: a guard only takes what was read past the event."""
        if rule.guard:
            return cache(self.facts.lookup(subject, past=event.known_from, event=event))
        return self.facts.lookup(subject, event=event)

    def _park(self, rule: Rule, subject: str, event: Event, verdict: Verdict, tree: Tree) -> None:
        since = self.snapshot.parked.get(event.id, self.now)
        sources = self.facts.blind(rule.condition, subject, event.known_from) if rule.condition else ()
        self._parked[event.id] = since
        self.blind.append(Blind(event.id, subject, sources, event.known_from, rule.id))
        if event.id not in self.snapshot.parked:
            self.explain(rule, subject, event, verdict, tree, Outcome.NOT_KNOWN, WAITS_FOR.of(sources=sources))
        self._as_before(event)

    def waited_for(self, sources: tuple[str, ...], subject: str, past: datetime) -> tuple[str, ...]:
        """What must be read before something can be known of a subject.

        Where all of `sources` were read past the moment, it is events that a guard has parked which keep it open: then
        what those wait for.
        """
        seen = self.snapshot.seen_up_to
        if any((at := seen.get(source)) is None or at < past for source in sources):
            return sources
        parked = (one for one in self.blind if one.what in self._parked and self.facts.is_kin(one.subject, subject))
        return tuple(sorted({source for one in parked for source in one.sources})) or sources

    def _act(self, rule: Rule, subject: str, event: Event, verdict: Verdict, tree: Tree) -> None:
        if verdict.answer is None:
            sources = self.facts.blind(rule.condition, subject, None) if rule.condition else ()
            self.explain(rule, subject, event, verdict, tree, Outcome.NOT_KNOWN, NOT_READ.of(sources=sources))
            return
        if not verdict.answer:
            self.explain(rule, subject, event, verdict, tree, Outcome.CONDITION_FALSE)
            if rule.otherwise:
                extra = {"why": self._why(rule, subject, verdict, event)}
                self.carry_out(rule.otherwise, Firing(self, rule, subject, event, f"{event.id}:else", extra=extra))
            return
        if held := self._held(rule, subject, event):
            self.explain(rule, subject, event, verdict, tree, Outcome.REPEAT, held)
            return
        in_shadow = rule.enabled == "shadow"
        self.explain(rule, subject, event, verdict, tree, Outcome.SHADOW if in_shadow else Outcome.FIRED)
        name = _run_of(rule)
        before = self.runs.get((name, subject))
        self.runs[(name, subject)] = Ran((before.count if before else 0) + 1, event.at)
        occurrence = "once" if rule.repeat == "once" else event.id
        self.carry_out(rule.then, Firing(self, rule, subject, event, occurrence))
        self._clocks.start(rule, subject, event, occurrence)

    def _held(self, rule: Rule, subject: str, event: Event) -> Reason:
        """Why `repeat` holds the rule back now; no reason when it does not."""
        ran = self.runs.get((_run_of(rule), subject))
        if ran is None or rule.repeat == "each":
            return NO_REASON
        if isinstance(rule.repeat, str):
            return RAN_ONCE.of(at=ran.last_at)
        free_at = self.calendar.add(ran.last_at, rule.repeat)
        return RAN_LATELY.of(at=ran.last_at, length=str(rule.repeat)) if event.at < free_at else NO_REASON

    def _as_before(self, event: Event) -> None:
        """A refused move is not seen by the rest of the plan: the card counts as standing where it came from."""
        back = event.data.get("from")
        if event.kind == "card.moved" and isinstance(back, str) and LIST_FIELD in self.ruleset.fields:
            self.facts.put(event.subject, LIST_FIELD, back)

    def would_do(self, wanted: Wanted, event: Event) -> None:
        """Notes what a rule in shadow would do. That it was said or moved is an event for rules in shadow only."""
        self.would.append(wanted)
        data: dict[str, Plain] = {SHADOW: True}
        match wanted.decision:
            case SendMessage(to="client", template=template):
                kind, data = "delivered", {**data, "template": template}
            case MoveCard(list=name, back=False):
                kind, data = "card.moved", {**data, "to": name}
            case _:
                return
        actor = Actor(ActorKind.BRIDGE)
        ident = f"{wanted.key}:{kind}"
        moment = max(event.at, wanted.not_before or event.at)
        self._born.append(
            Event(ident, kind, moment, self.now, actor, "bridge", wanted.subject, data, cause=wanted.cause)
        )

    def firing(self, rule: Rule, subject: str, event: Event, occurrence: str, step: Step | None) -> Firing:
        """A rule that acts once more in the name of an earlier firing."""
        return Firing(self, rule, subject, event, occurrence, step)

    def carry_out(self, actions: Sequence[Action], firing: Firing) -> None:
        for action in actions:
            decide(action, firing)

    def take_step(self, rule: Rule, step: Step, timer: Timer, event: Event, days: int, overtaken_by: str) -> None:
        """Carries out a step that is due, and what it makes true."""
        extra = {"step.days": days}
        self.carry_out(step.then, Firing(self, rule, timer.subject, event, timer.occurrence, step, extra, overtaken_by))
        self.follow_edges(event)

    def let_through(self, rule: Rule, timer: Timer, event: Event) -> None:
        """Carries out a drag that a guard had refused: what was missing is there."""
        to, came_from = str(timer.data["to"]), str(timer.data["from"])
        if any(isinstance(one.decision, MoveCard) and one.subject == timer.subject for one in self.wanted):
            return  # another rule moves it already
        firing = Firing(self, rule, timer.subject, event, str(timer.data["event"]))
        key = f"{rule.id}:{timer.subject}:{timer.data['event']}:through"
        self.trace(rule.id, timer.subject, event.id, Outcome.LET_THROUGH, FILLED_IN.of(length=timer.formula))
        firing.want(Wanted(key, MoveCard(to, only_from=came_from), timer.subject, firing.cause))

    def set_fact(self, firing: Firing, name: str, value: Value) -> None:
        """Sets a bridge-owned fact at once, for the rest of this plan and for ever."""
        owner = self.facts.owner(self.ruleset.fields[name], firing.subject)
        if owner is None:
            firing.trace(Outcome.NO_SUBJECT, NOBODY_HAS.of(fact=name))
            return
        if firing.in_shadow:
            firing.trace(Outcome.SHADOW, WOULD_SET.of(fact=name, value=str(plain_value(value))))
            return
        before = self.facts.value(name, owner.id)
        self.facts.put(owner.id, name, value)
        self.sets.append(FactSet(owner.id, name, plain_value(value), firing.moment, firing.cause))
        if value != before:
            ident = f"set:{firing.rule.id}:{firing.subject}:{firing.event.id}:{name}"
            by_bridge = replace(firing.event, at=firing.moment, actor=Actor(ActorKind.BRIDGE))
            self._born.append(self._change(ident, owner.id, name, before, value, by_bridge, firing.cause))

    def settle_fact(self, event: Event, owner: str, name: str, value: Value, *, told: bool) -> None:
        """What an event itself settles in a fact of our own, whatever rules there are; rules hear of it if `told`."""
        cause = Cause("", "", event.id, event.cause.depth + 1 if event.cause else 1, event.trace)
        before = self.facts.value(name, owner)
        self.facts.put(owner, name, value)
        self.sets.append(FactSet(owner, name, plain_value(value), event.at, cause))
        if told:
            self._born.append(
                self._change(f"settled:{event.id}:{owner}:{name}", owner, name, before, value, event, cause)
            )

    def _change(
        self,
        ident: str,
        owner: str,
        name: str,
        before: Value | NotKnown,
        value: Value,
        event: Event,
        cause: Cause,
    ) -> Event:
        """The change of a fact of our own, confirmed at once. Whose it is, is told by the event it came of."""
        old = None if isinstance(before, NotKnown) else plain_value(before)
        return Event(
            id=ident,
            kind="field.changed",
            at=event.at,
            seen_at=self.now,
            actor=event.actor,
            source="bridge",
            subject=owner,
            data={"field": name, "old": old, "new": plain_value(value)},
            cause=cause,
        )

    def follow_edges(self, cause: Event | None) -> None:
        """Carries out what an event (None: time and readings) made true."""
        self.take(deque(self._caused(cause) if cause else self._edges.risen(None)))

    @property
    def zone(self) -> str:
        """The zone in which dates are written for people."""
        return self.ruleset.zone

    @property
    def calendar(self) -> Calendar:
        """The calendar in which rules count."""
        return self.ruleset.calendars[self.ruleset.defaults.calendar]

    def _called_off(self) -> Mapping[str, Reason]:
        """Deliveries that have not started and whose rule's `unless` has become true."""
        found: dict[str, Reason] = {}
        for waiting in self.snapshot.waiting:
            rule = self.rules.get(waiting.rule)
            if rule is None or rule.unless is None:
                continue
            if rule.unless.evaluate(self.facts.lookup(waiting.subject), self.now).answer:
                found[waiting.id] = UNLESS.of(rule=rule.id)
        return found

    # -- explanations -------------------------------------------------------------------------------------------

    def explain(
        self,
        rule: Rule,
        subject: str,
        event: Event,
        verdict: Verdict,
        tree: Tree,
        outcome: Outcome,
        reason: Reason = NO_REASON,
        step: str = "",
    ) -> None:
        """Notes what came of a rule's `if`, or of its `unless` where a step is called off."""
        change: tuple[str, ...] = ()
        if rule.condition is not None and outcome in (Outcome.CONDITION_FALSE, Outcome.NOT_KNOWN):
            change = nearest_told(*self._changeable(rule, rule.condition, verdict, subject, event), self.now)
        self.traces.append(Trace(rule.id, subject, event.id, self.now, outcome, reason, step, tree, change))

    def _changeable(
        self, rule: Rule, condition: Condition, verdict: Verdict, subject: str, event: Event
    ) -> tuple[Condition, int, int]:
        """The rule's `if` in the form of which the smallest change is told, with its masks."""
        return self.ruleset.gates_apart.seen(condition, verdict, self._lookup(rule, subject, event), self.now)

    def trace(self, rule: str, subject: str, event: str, outcome: Outcome, reason: Reason, step: str = "") -> None:
        self.traces.append(Trace(rule, subject, event, self.now, outcome, reason, step))

    def _why(self, rule: Rule, subject: str, verdict: Verdict, event: Event) -> Mapping[str, str]:
        """The clauses that said no, in one line for people, in each language."""
        condition = rule.condition
        seen = self._changeable(rule, condition, verdict, subject, event) if condition else None
        changes = nearest(*seen, self.now) if seen else ()
        names = [change.field for change in changes or ()] or sorted(condition.fields if condition else ())
        return {
            language: "; ".join(self.facts.told(name, subject, language, event) for name in names)
            for language in sorted({*LANGUAGES, self.ruleset.defaults.language})
        }


def _acts(rule: Rule) -> bool:
    """Whether a rule may change anything: one in shadow only explains."""
    return rule.enabled == "true"


def _run_of(rule: Rule) -> str:
    """The name under which it is kept how often a rule has fired. What it did in shadow it has not done."""
    return f"{rule.id}/{SHADOW}" if rule.enabled == "shadow" else rule.id
