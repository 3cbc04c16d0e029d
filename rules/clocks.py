"""The timers of one plan: steps of rules that are due some time after their start, and what time alone brings about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.planning import NEVER, Blind, Outcome, Ran, Timer
from bridge.model.reasons import (
    ASKED_FIRST,
    BEGAN_IN_SHADOW,
    DID_NOT_ARRIVE,
    DONE,
    MISSED,
    MOVED,
    RESTARTED,
    RULE_NO_MORE,
    STEP_DUE,
    STEP_NO_MORE,
    UNLESS,
    WAS_DUE,
    WAS_DUE_ASKED,
    Reason,
)
from bridge.model.values import NotKnown, Plain, moment_text, parse_moment
from rules import pauses
from rules.actions.people import Send
from rules.calendar_trail import because
from rules.conditions import Tree, Verdict
from rules.deciding import CLIENT
from rules.lengths import Length, parse_length
from rules.ruleset import Rule, Step
from rules.snoozing import reminds
from rules.triggers import Silence
from rules.waking import fingerprint

if TYPE_CHECKING:
    from rules.plan import Planning

NO_STEP = ""
"""The step of a timer that belongs to a trigger: it wakes the plan, and nothing is done in its name."""
_DRAG = "drag"
_CALENDAR = "calendar"
"""The part of a timer's data that names the calendar by which it was counted, and the version of that calendar."""
_PAUSES = "pauses"
_SNOOZED = "snoozed"
"""The part that says until when people have put the rule's reminders off."""
_DELIVERY = "delivery"
"""The part that names the message with whose delivery the steps began to run."""
_BEGAN = "began"
"""The part that keeps the trigger's own time while the steps count from a date: the rule may lose its `from` again."""


class Clocks:
    """Starts, moves, ends and fires the timers of one client. `made` and `ended` are what has to be written down."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._ruleset = planning.ruleset
        self._now = planning.now
        stored = {timer.key: timer for timer in planning.snapshot.timers}
        self._stored = frozenset(stored)
        self._steps = {key: timer for key, timer in stored.items() if timer.step != NO_STEP}
        self._wakes = {key: timer for key, timer in stored.items() if timer.step == NO_STEP}
        self._drags = {key: timer for key, timer in self._wakes.items() if timer.occurrence == _DRAG}
        self._snoozes = tuple(pauses.Pause(one.since, one.until) for one in planning.snapshot.snoozes)
        self.made: dict[str, Timer] = {}
        self.ended: dict[str, Reason] = {}

    # -- steps ----------------------------------------------------------------------------------------------------

    def start(self, rule: Rule, subject: str, event: Event, occurrence: str) -> None:
        """The clocks of a rule's steps begin to run."""
        if not rule.steps:
            return
        running = [timer for timer in self._steps.values() if timer.rule == rule.id and timer.subject == subject]
        if running and rule.if_running == "keep":
            return
        if rule.if_running == "restart":
            for timer in running:
                self._end(timer, RESTARTED)
        depth = event.cause.depth if event.cause else 0
        data: dict[str, Plain] = {"event": event.id, "depth": depth, "trace": event.trace}
        if event.kind == "delivered":
            data[_DELIVERY] = event.data.get("delivery")
        name = rule.id
        if rule.enabled == "shadow":
            data["shadow"] = True
            name = f"shadow:{rule.id}"
        if rule.pause_while is not None:
            data[_PAUSES] = pauses.written(((fingerprint(rule.pause_while), ()),))
        for step in rule.steps:
            timer = Timer(
                key=f"{name}:{subject}:{occurrence}:{step.id}",
                rule=rule.id,
                subject=subject,
                step=step.id,
                start=event.at,
                due=NEVER,
                formula=str(step.after),
                occurrence=occurrence,
                data=data,
            )
            self._keep(self._counted(rule, step, timer, event.at))

    def take_back(self, event: Event) -> None:
        """A message did not arrive after all: what began to run with its delivery ends."""
        lost = event.data.get("delivery")
        for timer in [one for one in self._steps.values() if lost and one.data.get(_DELIVERY) == lost]:
            self._end(timer, DID_NOT_ARRIVE)

    def renew(self) -> None:
        """Timers of rules and steps that are gone end; changed lengths, calendars, dates and pauses count anew."""
        for timer in list(self._steps.values()):
            rule = self._planning.rules.get(timer.rule)
            step = next((step for step in rule.steps if step.id == timer.step), None) if rule else None
            if rule is None or rule.enabled == "false":
                self._end(timer, RULE_NO_MORE)
            elif step is None:
                self._end(timer, STEP_NO_MORE)
            elif timer.in_shadow and rule.enabled == "true":
                self._end(timer, BEGAN_IN_SHADOW)
            else:
                self._recount(rule, timer, self._counted(rule, step, timer, self._now))

    def _recount(self, rule: Rule, timer: Timer, counted: Timer) -> None:
        """Takes over what a timer comes to now, and says that it was moved. A calendar does not move what is over."""
        only_the_calendar = counted.due != NEVER and _but_for_the_calendar(counted) == _but_for_the_calendar(timer)
        if (counted.due, counted.data) == (timer.due, timer.data) or (only_the_calendar and timer.due <= self._now):
            return
        self._keep(counted)
        if NEVER not in (timer.due, counted.due) and counted.due != timer.due:
            reason = MOVED.of(at=timer.due, now=counted.due, trail=counted.because)
            self._planning.trace(rule.id, timer.subject, f"timer:{timer.key}", Outcome.LATER, reason, timer.step)

    def _counted(self, rule: Rule, step: Step, timer: Timer, now: datetime) -> Timer:
        """The timer with the moment it comes to by what is known now. A date that is not known leaves it as it is."""
        start = self._start_of(rule, timer)
        if isinstance(start, NotKnown):
            return timer
        history = self._stood_still(rule, timer, now)
        began = _began(timer)
        snoozes = [one for one in self._snoozes if reminds(rule, step) and one.until and one.until > began]
        still = pauses.joined(history[-1][1], snoozes)
        calendar = self._planning.calendar
        parts = {
            _CALENDAR: f"{calendar.name} {calendar.version}".strip() if start is not None else None,
            _PAUSES: pauses.written(history),
            _SNOOZED: pauses.told(snoozes[-1:], calendar) or None,
            _BEGAN: moment_text(began) if start not in (None, began) else None,
        }
        data = _noted(timer.data, parts)
        if start is None:
            waits = f"waits for {rule.starts_from}"
            return replace(timer, start=began, due=NEVER, formula=str(step.after), because=waits, data=data)
        due = pauses.end_of(calendar, start, step.after, still) if still else calendar.add(start, step.after)
        if due <= now and (over := pauses.after(now, snoozes)) > now:
            due = over  # it was due, and waited for something else when people put it off
        trail = because(calendar, start, step.after)
        if still:
            trail = f"{trail}; stood still {pauses.told(still, calendar)}"
        return replace(timer, start=start, due=due, formula=str(step.after), because=trail, data=data)

    def _start_of(self, rule: Rule, timer: Timer, past: datetime | None = None) -> datetime | NotKnown | None:
        """From when the steps count: the trigger's own time, or a fact's."""
        if not rule.starts_from:
            return _began(timer)
        value = self._planning.facts.value(rule.starts_from, timer.subject, past=past)
        if isinstance(value, datetime | NotKnown) or value is None:
            return value
        return self._planning.calendar.instant(value) if isinstance(value, date) else None

    def _stood_still(self, rule: Rule, timer: Timer, now: datetime) -> pauses.History:
        """When the clock stood still, under this rule's `pause_while` last."""
        condition, facts, given = rule.pause_while, self._planning.facts, timer.data.get(_PAUSES)
        if condition is None:
            return pauses.under(pauses.NONE, pauses.read(given, pauses.NONE), now)
        name = fingerprint(condition)
        history = pauses.under(name, pauses.read(given, name), now)
        answer = condition.evaluate(facts.lookup(timer.subject), now).answer
        if answer is None:
            return history
        until = facts.next_change(condition, timer.subject, now)
        return (*history[:-1], (name, pauses.followed(history[-1][1], answer, now, until)))

    def call_off(self) -> None:
        """`unless` cancels at once when it is true by what is known now."""
        for timer in list(self._steps.values()):
            rule = self._planning.rules[timer.rule]
            if rule.unless is None:
                continue
            verdict = rule.unless.evaluate(self._planning.facts.lookup(timer.subject), self._now)
            if verdict.answer:
                self._call_off(rule, timer, verdict)

    def _call_off(self, rule: Rule, timer: Timer, verdict: Verdict) -> None:
        self._end(timer, UNLESS.of(rule=rule.id))
        event = self._timer_event(timer)
        tree: Tree = ()
        if rule.unless is not None:
            lookup = self._planning.facts.lookup(timer.subject, event=event)
            tree = rule.unless.tree(verdict.true_mask, verdict.unknown_mask, lookup)
        self._planning.explain(rule, timer.subject, event, verdict, tree, Outcome.CANCELLED, step=timer.step)

    def fire(self) -> None:
        """Steps that are due, oldest first; what one of them makes true may call the next ones off."""
        due = sorted(
            (timer for timer in self._steps.values() if timer.due <= self._now),
            key=lambda timer: (timer.due, timer.key),
        )
        for place, timer in enumerate(due):
            if timer.key in self._steps:
                rule = self._planning.rules[timer.rule]
                self._fire(rule, self._step(timer), timer, self._overtaking(timer, due[place + 1 :]))

    def _step(self, timer: Timer) -> Step:
        return next(step for step in self._planning.rules[timer.rule].steps if step.id == timer.step)

    def _is_late(self, timer: Timer) -> bool:
        return self._now - timer.due > self._ruleset.defaults.late_after

    def _overtaking(self, timer: Timer, later: Sequence[Timer]) -> str:
        """The later step, due as well, that speaks to the same client in the place of a late one; "" for none."""
        if not self._is_late(timer):
            return ""
        same = [self._step(other) for other in later if (other.rule, other.subject) == (timer.rule, timer.subject)]
        return next((step.id for step in reversed(same) if _speaks_to_client(step)), "")

    def _fire(self, rule: Rule, step: Step, timer: Timer, overtaken_by: str) -> None:
        event = self._timer_event(timer)
        verdict = Verdict(True, 0, 0)
        if isinstance(start := self._start_of(rule, timer, past=timer.due), NotKnown):
            self._wait(timer, (start.source,), timer.due)
            return
        if rule.unless is not None:
            facts = self._planning.facts
            verdict = rule.unless.evaluate(facts.lookup(timer.subject, past=timer.due), self._now)
            if verdict.answer is None:
                self._wait(timer, facts.blind(rule.unless, timer.subject, timer.due), timer.due)
                return
            if verdict.answer:
                self._call_off(rule, timer, verdict)
                return
        if self._is_late(timer) and self._missed(rule, timer, event):
            return
        self._end(timer, DONE)
        reason = STEP_DUE.of(length=timer.formula, trail=timer.because)
        outcome = Outcome.SHADOW if rule.enabled == "shadow" else Outcome.FIRED
        self._planning.trace(rule.id, timer.subject, event.id, outcome, reason, timer.step)
        self._planning.take_step(rule, step, timer, event, self._days(step, timer), overtaken_by)

    def _wait(self, timer: Timer, sources: tuple[str, ...], past: datetime) -> None:
        """What was not read past its moment is not known: the timer waits for it."""
        found = self._planning.waited_for(sources, timer.subject, past)
        self._planning.blind.append(Blind(timer.key, timer.subject, found, past, timer.rule))

    def _days(self, step: Step, timer: Timer) -> int:
        """How many days it has been: as many as the step says, or more when it comes late."""
        if not self._is_late(timer):
            return step.after.count
        working = self._planning.calendar.working_days_between(timer.start, self._now)
        return max(step.after.count, working if step.after.working else (self._now - timer.start).days)

    def _missed(self, rule: Rule, timer: Timer, event: Event) -> bool:
        """Whether a step that comes late is left out: its rule skips it, or a person is asked first."""
        if rule.catch_up == "late" or timer.data.get("agreed") or rule.enabled != "true":
            return False
        asks = rule.catch_up == "ask"
        why = (WAS_DUE_ASKED if asks else WAS_DUE).of(at=timer.due)
        self._end(timer, ASKED_FIRST if asks else MISSED.of(why=why))
        self._planning.trace(rule.id, timer.subject, event.id, Outcome.MISSED, why, timer.step)
        return True

    def _timer_event(self, timer: Timer) -> Event:
        depth = timer.data.get("depth")
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
            seen_at=self._now,
            actor=Actor(ActorKind.BRIDGE),
            source="bridge",
            subject=timer.subject,
            cause=cause,
        )

    # -- what time alone brings about -----------------------------------------------------------------------------

    def silences(self) -> Iterator[Event]:
        """Silences that have lasted long enough, each once for each last sign of life."""
        for rule, trigger, subject in self._silent():
            since = self._planning.facts.value(trigger.of, subject)
            name = _silence_of(rule)
            ran = self._spoken(rule, subject)
            if since is None or (isinstance(since, datetime) and ran is not None and ran.last_at >= since):
                continue
            key = self._silence_key(rule, trigger, subject)
            stored = self._wakes.get(key)
            due = self._lasts_until(trigger, subject, since) if isinstance(since, datetime) else None
            moment = due or (stored.due if stored is not None else None)
            if moment is None or moment > self._now:
                continue
            sources = self._not_read(trigger, subject, moment)
            if sources:
                found = self._planning.waited_for(sources, subject, moment)
                self._planning.blind.append(Blind(key, subject, found, moment, rule.id))
            if sources or due is None or not isinstance(since, datetime):
                continue
            self._planning.runs[(name, subject)] = Ran((ran.count if ran else 0) + 1, since)
            yield Event(
                id=f"silence:{rule.id}:{subject}:{moment_text(since)}",
                kind="silence",
                at=due,
                seen_at=self._now,
                actor=Actor(),
                source="bridge",
                subject=subject,
                data={"rule": rule.id, "of": trigger.of},
            )

    def remember(self, rule: Rule, subject: str, event: Event) -> None:
        """A guard has put a card back: for the time of its grace the drag is remembered."""
        came_from, goes_to = event.data.get("from"), event.data.get("to")
        if rule.grace is None or not came_from or not goes_to:
            return
        data: dict[str, Plain] = {"event": event.id, "trace": event.trace, "from": came_from, "to": goes_to}
        due = self._planning.calendar.add(event.at, rule.grace)
        key = f"{rule.id}:{subject}:{_DRAG}"
        formula = str(rule.grace)
        self._drags[key] = Timer(key, rule.id, subject, NO_STEP, event.at, due, formula, _DRAG, data=data)

    def forget_drags(self, subject: str) -> None:
        """Somebody moved the card himself: what he wanted before does not count any more."""
        self._drags = {key: timer for key, timer in self._drags.items() if timer.subject != subject}

    def let_through(self) -> None:
        """Drags that were refused, and whose gate has opened within the grace: the card goes on by itself."""
        for key, timer in list(self._drags.items()):
            rule = self._planning.rules.get(timer.rule)
            if timer.due <= self._now:
                del self._drags[key]
            elif rule is None or rule.grace is None or rule.enabled != "true":
                del self._drags[key]
                self.ended[key] = RULE_NO_MORE
            elif rule.condition is not None:
                lookup = self._planning.facts.lookup(timer.subject, past=timer.start)
                if rule.condition.evaluate(lookup, self._now).answer is False:
                    del self._drags[key]
                    self._planning.let_through(rule, timer, self._timer_event(timer))

    def watch(self) -> None:
        """Sets the timers that wake the plan when time alone may make a rule speak, and ends those it does not need."""
        timers = (
            *self._silence_timers(),
            *self._turning(),
            *self._drags.values(),
            *self._planning.asking.wakes(),
            *self._planning.schedules.wakes(),
            *self._planning.overrides.wakes(),
        )
        wanted = {timer.key: timer for timer in timers}
        for key in self._wakes:
            if key not in wanted:
                self.ended.setdefault(key, DONE)
        for key, timer in wanted.items():
            if self._wakes.get(key) != timer:
                self.made[key] = timer

    def _silence_timers(self) -> Iterator[Timer]:
        for rule, trigger, subject in self._silent():
            since = self._planning.facts.value(trigger.of, subject)
            key = self._silence_key(rule, trigger, subject)
            if isinstance(since, NotKnown):
                yield from (self._wakes[key],) if key in self._wakes else ()
                continue
            ran = self._spoken(rule, subject)
            if not isinstance(since, datetime) or (ran is not None and ran.last_at >= since):
                continue
            due = self._lasts_until(trigger, subject, since)
            if due is not None:
                yield self._silence_timer(rule, trigger, subject, since, due)
            elif key in self._wakes:
                yield self._wakes[key]

    def _spoken(self, rule: Rule, subject: str) -> Ran | None:
        """For which sign of life the rule has spoken. What it would have said in shadow it does not say afterwards."""
        names = {_silence_of(rule), f"{rule.id}/silence/shadow"}
        found = [ran for name in names if (ran := self._planning.runs.get((name, subject))) is not None]
        return max(found, key=lambda ran: (ran.last_at, ran.count), default=None)

    def _silent(self) -> Iterator[tuple[Rule, Silence, str]]:
        for rule, trigger in self._planning.waking.silences:
            for subject in self._planning.subjects:
                if self._planning.counts_as(subject, rule.per):
                    yield rule, trigger, subject.id

    def _lasts_until(self, trigger: Silence, subject: str, since: datetime) -> datetime | None:
        """When the silence will have lasted long enough; None while its length or its protection is not known."""
        facts = self._planning.facts
        given = facts.value(trigger.for_, subject) if isinstance(trigger.for_, str) else trigger.for_
        protected = facts.value(trigger.protected_until, subject) if trigger.protected_until else None
        if isinstance(given, NotKnown) or isinstance(protected, NotKnown) or given is None:
            return None
        length = given if isinstance(given, Length) else parse_length(str(given))
        due = self._planning.calendar.add(since, length)
        return pauses.after(max(due, protected) if isinstance(protected, datetime) else due, self._snoozes)

    def _not_read(self, trigger: Silence, subject: str, due: datetime) -> tuple[str, ...]:
        names = [trigger.of, *([trigger.protected_until] if trigger.protected_until else [])]
        names += [trigger.for_] if isinstance(trigger.for_, str) else []
        values = [self._planning.facts.value(name, subject, past=due) for name in names]
        return tuple(sorted({value.source for value in values if isinstance(value, NotKnown)}))

    def _silence_key(self, rule: Rule, trigger: Silence, subject: str) -> str:
        return f"{rule.id}:{subject}:silence:{trigger.of}"

    def _silence_timer(self, rule: Rule, trigger: Silence, subject: str, since: datetime, due: datetime) -> Timer:
        return Timer(
            key=self._silence_key(rule, trigger, subject),
            rule=rule.id,
            subject=subject,
            step=NO_STEP,
            start=since,
            due=due,
            formula=str(trigger.for_),
            occurrence="silence",
        )

    def _turning(self) -> Iterator[Timer]:
        """When a `becomes` may turn by itself, because a moment passes."""
        for rule, trigger, name in self._planning.waking.turning:
            for subject in self._planning.subjects:
                if not self._planning.counts_as(subject, rule.per):
                    continue
                due = self._planning.facts.next_change(trigger.condition, subject.id, self._now)
                if due is not None:
                    key = f"{name}:{subject.id}:turns"
                    yield Timer(key, rule.id, subject.id, NO_STEP, due, due, "", "turns")

    # -- what is written down -------------------------------------------------------------------------------------

    def _keep(self, timer: Timer) -> None:
        self._steps[timer.key] = self.made[timer.key] = timer

    def _end(self, timer: Timer, reason: Reason) -> None:
        self._steps.pop(timer.key, None)
        self.made.pop(timer.key, None)
        if timer.key in self._stored:
            self.ended[timer.key] = reason


def _began(timer: Timer) -> datetime:
    """The time of the trigger, from which the steps of a rule without `from` count."""
    began = timer.data.get(_BEGAN)
    return timer.start if began is None else parse_moment(str(began))


def _noted(data: Mapping[str, Plain], parts: Mapping[str, Plain]) -> dict[str, Plain]:
    """The data of a timer with these parts; without those that are None."""
    kept = {name: value for name, value in data.items() if name not in parts or parts[name] is not None}
    return kept | {name: value for name, value in parts.items() if value is not None}


def _but_for_the_calendar(timer: Timer) -> tuple[object, ...]:
    """What a timer was counted from, all but the calendar."""
    return timer.start, timer.formula, {name: value for name, value in timer.data.items() if name != _CALENDAR}


def _silence_of(rule: Rule) -> str:
    """The name under which it is kept for which sign of life a rule has spoken already."""
    return f"{rule.id}/silence" if rule.enabled == "true" else f"{rule.id}/silence/{rule.enabled}"


def _speaks_to_client(step: Step) -> bool:
    return any(isinstance(action, Send) and action.to == CLIENT for action in step.then)
