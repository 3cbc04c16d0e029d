"""What another rule set would change for a client who waits: steps called off, moved and born, and messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bridge.model.decisions import SendMessage
from bridge.model.planning import Snapshot, Timer, Wanted
from rules.plan import Office
from rules.rehearsal import rehearse
from rules.ruleset import Rule, RuleSet
from rules.telling import tell_rule
from rules.waking import fingerprint


@dataclass(frozen=True, slots=True)
class Changed:
    """The rules that differ between two sets, by id. Those that are `woken` were in shadow, and are at work."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    woken: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.altered)


@dataclass(frozen=True, slots=True)
class Moved:
    """A step under way, and when it would be due instead."""

    timer: Timer
    due: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """What would come for one client of the other set, and would not of this one."""

    cancelled: tuple[Timer, ...] = ()
    moved: tuple[Moved, ...] = ()
    born: tuple[Timer, ...] = ()
    messages: tuple[Wanted, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cancelled or self.moved or self.born or self.messages)


def changed_rules(before: RuleSet, after: RuleSet) -> Changed:
    """Which rules are new, gone, or say something else than they did."""
    told = {rule.id: tell_rule(rule, before, "en") for rule in before.rules}
    shadows = {rule.id for rule in before.rules if rule.enabled == "shadow"}
    telling = {rule.id: tell_rule(rule, after, "en") for rule in after.rules}
    return Changed(
        tuple(name for name in telling if name not in told),
        tuple(name for name in told if name not in telling),
        tuple(name for name in telling if name in told and told[name] != telling[name]),
        tuple(rule.id for rule in after.rules if rule.enabled == "true" and rule.id in shadows),
    )


def stopped_otherwise(before: RuleSet, after: RuleSet) -> frozenset[str]:
    """The rules of both sets whose steps another `unless` stops, or the same one behind another gate."""
    stops = ({rule.id: _stop(rule, ruleset) for rule in ruleset.rules} for ruleset in (before, after))
    one, other = stops
    return frozenset(name for name in one.keys() & other.keys() if one[name] != other[name])


def _stop(rule: Rule, ruleset: RuleSet) -> tuple[str, ...]:
    if rule.unless is None:
        return ()
    behind = sorted(name.removeprefix("gate.") for name in rule.unless.fields if name.startswith("gate."))
    needs = [need for name in behind for need in ruleset.gates[name].needs]
    asked = [one for need in needs for one in (need.condition, need.only_if) if one is not None]
    return tuple(fingerprint(one) for one in (rule.unless, *asked))


def difference(client: Snapshot, before: RuleSet, after: RuleSet, office: Office, now: datetime) -> Difference:
    """What would change for a client if the other set were taken over at this moment."""
    here, there = (_outcome(client, ruleset, office, now) for ruleset in (before, after))
    known = {timer.key: timer for timer in client.timers if timer.step and not timer.in_shadow}
    return Difference(
        cancelled=tuple(known[key] for key in known if key in here.timers and key not in there.timers),
        moved=tuple(
            Moved(known[key], due)
            for key, due in ((key, there.timers[key].due) for key in known if key in there.timers)
            if key in here.timers and due != here.timers[key].due
        ),
        born=tuple(timer for key, timer in there.timers.items() if key not in known and key not in here.timers),
        messages=tuple(one for key, one in there.messages.items() if key not in here.messages),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    timers: dict[str, Timer]
    messages: dict[str, Wanted]


def _outcome(client: Snapshot, ruleset: RuleSet, office: Office, now: datetime) -> _Outcome:
    timers = {timer.key: timer for timer in client.timers if timer.step and not timer.in_shadow}
    messages: dict[str, Wanted] = {}
    for made in rehearse(client, ruleset, office, now):
        timers |= {timer.key: timer for timer in made.timers if timer.step and not timer.in_shadow}
        for key in made.timers_ended:
            timers.pop(key, None)
        messages |= {wanted.key: wanted for wanted in _to_clients(made.wanted)}
    return _Outcome(timers, messages)


def _to_clients(wanted: tuple[Wanted, ...]) -> Iterator[Wanted]:
    return (one for one in wanted if isinstance(one.decision, SendMessage) and one.decision.to_client)
