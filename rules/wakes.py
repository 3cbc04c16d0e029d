"""Which rule wakes which: the graph of a rule set, and the ways on which rules would run in a circle.

An edge stands where what one rule writes or causes may wake another, as far as that can be told without running them:
what the first needed, overwritten by what it writes, must be possible together with what the second needs. Values that
nobody writes persist on the way; nothing persists where time passes between the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bridge.model.fields import FieldSpec
from bridge.model.values import Plain
from rules.actions.action import UNSURE, Action
from rules.actions.cards import Move
from rules.actions.people import Propose, Send
from rules.boxes import ANY, MOST, Box, Possible, Worlds, after, both, kept, meet
from rules.ruleset import Rule, RuleSet
from rules.triggers import (
    Becomes,
    CardCreated,
    CardMoved,
    CommentAdded,
    FieldChanged,
    LabelAdded,
    LabelRemoved,
    Silence,
    Trigger,
)
from rules.waking import facts_behind

LIST, LABELS = "card.list", "card.labels"
SHORT, SEVERAL = 4, 20
"""Circles of so many rules are looked for, and so many told of rules that hang together."""
DENSE, WAYS = 10_000, 100_000
"""So many pairs of rules are looked at, and so many ways among them: tenths of a second. 500 real rules have 4,000."""
_ABOVE: Mapping[str, frozenset[str]] = {
    "client": frozenset({"client"}),
    "deal": frozenset({"client", "deal"}),
    "task": frozenset({"client", "deal", "task"}),
    "invoice": frozenset({"client", "deal", "invoice"}),
}
_ABOUT = {
    "delivered": "template",
    "undelivered": "template",
    "card.moved": "to",
    "card.created": "list",
    "label.added": "label",
    "label.removed": "label",
    "field.changed": "field",
    "approved": "what",
}
"""The name under which an event of each kind carries what it is about."""
_SENT = frozenset({"delivered", "undelivered"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a rule that acts at once: the worlds in which it does, and whether time passes before it."""

    part: str
    actions: tuple[Action, ...]
    worlds: Worlds
    later: bool = False

    @property
    def sends(self) -> str:
        """The first text that it sends to the client, "" for none."""
        return next((one.template for one in self.actions if isinstance(one, Send) and one.to == "client"), "")


@dataclass(frozen=True, slots=True)
class Edge:
    """One rule may wake another: from a part of it, and whether time passes before."""

    part: str
    to: str
    later: bool


class Wakes:
    """The graph over the rules of a set that act; those that are off or in shadow wake nobody."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.possible = Possible(ruleset)
        self.rules = {rule.id: rule for rule in ruleset.rules if rule.enabled == "true"}
        self._watching: dict[str, list[tuple[Rule, Becomes]]] = {}
        self._silences: dict[str, list[Rule]] = {}
        self._hearing: dict[str, list[tuple[Rule, Trigger, Worlds]]] = {}
        for rule in self.rules.values():
            for trigger, worlds in zip(rule.when, self.woken[rule.id], strict=True):
                self._enter(rule, trigger, worlds)

    def _enter(self, rule: Rule, trigger: Trigger, worlds: Worlds) -> None:
        if isinstance(trigger, Becomes):
            for name in facts_behind(trigger.watches, self.ruleset.gates):
                self._watching.setdefault(name, []).append((rule, trigger))
        elif isinstance(trigger, Silence):
            for name in trigger.watches:
                self._silences.setdefault(name, []).append(rule)
        elif trigger.hears_own or rule.also_own:
            self._hearing.setdefault(trigger.kind, []).append((rule, trigger, worlds))

    # -- worlds ---------------------------------------------------------------------------------------------------

    @cached_property
    def woken(self) -> Mapping[str, Sequence[Worlds]]:
        """For each rule, the worlds in which each of its triggers may wake it."""
        return {rule.id: [self._wakes_in(rule, trigger) for trigger in rule.when] for rule in self.rules.values()}

    def _wakes_in(self, rule: Rule, trigger: Trigger) -> Worlds:
        if isinstance(trigger, Becomes):
            return self.possible.worlds(trigger.condition)
        if rule.per not in ("deal", "task"):
            return ANY
        match trigger:
            case CardMoved(to=str(name)) | CardCreated(list=str(name)):
                return (self.possible.one_of(LIST, name),)
            case LabelRemoved(label=name):
                return ({LABELS: Box(lacks=frozenset({name}))},)
            case LabelAdded(label=name):
                return ({LABELS: Box(empty=False, has=frozenset({name}))},)
        return ANY

    @cached_property
    def acts(self) -> Mapping[str, Worlds]:
        """For each rule, the worlds in which it is woken and its `if` holds."""
        return {name: self._with_condition(name, True) for name in self.rules}

    def _with_condition(self, name: str, want: bool) -> Worlds:
        condition = self.possible.worlds(self.rules[name].condition, want)
        return [world for woken in self.woken[name] for world in both(woken, condition)]

    @cached_property
    def stages(self) -> Mapping[str, tuple[Stage, ...]]:
        """The parts of each rule."""
        return {rule.id: tuple(self._stages_of(rule)) for rule in self.rules.values()}

    def _stages_of(self, rule: Rule) -> Iterator[Stage]:
        yield from _parts("then", rule.then, self.acts[rule.id])
        if rule.otherwise:
            yield from _parts("else", rule.otherwise, self._with_condition(rule.id, False))
        # A step is not taken while its `unless` holds; that is all that is known of the time when it is due.
        still = self.possible.worlds(rule.unless, False) if rule.unless is not None else ANY
        for step in rule.steps:
            yield from _parts(step.id, step.then, still, later=True)

    @cached_property
    def dense(self) -> bool:
        """Whether so many rules may wake so many others that looking at each pair would take too long."""
        pairs = 0
        for stages in self.stages.values():
            for stage in stages:
                for action in stage.actions:
                    for kind, about in action.footprint.emits:
                        pairs += sum(
                            1 for _, trigger, _ in self._hearing.get(kind, ()) if _may_fit(trigger, kind, about)
                        )
                    pairs += sum(len(self._watching.get(name, ())) for name in action.footprint.writes)
                if pairs > DENSE:
                    return True
        return False

    # -- edges ----------------------------------------------------------------------------------------------------

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """For each rule those that it may wake."""
        found: dict[str, dict[Edge, None]] = {name: {} for name in self.rules}
        for name, stages in self.stages.items():
            for stage in stages:
                found[name].update(dict.fromkeys(edge for edge, _worlds in self._from(self.rules[name], stage)))
        return {name: tuple(edges) for name, edges in found.items()}

    def goes_round(self, circle: Sequence[str], slowly: bool) -> bool:
        """Whether rules that each may wake the next can go on so, with what each of them leaves behind kept in mind.

        Only `slowly` do ways count on which time passes.
        """
        stages: Sequence[Stage] = self.stages[circle[0]]
        for name, following in [*zip(circle, (*circle[1:], circle[0]), strict=True)] * 2:
            entering = [
                worlds
                for stage in stages
                for edge, worlds in self._from(self.rules[name], stage)
                if edge.to == following and (slowly or not edge.later)
            ]
            if not entering:
                return False
            stages = self._entered(following, [world for worlds in entering for world in worlds])
        return True

    def _entered(self, name: str, worlds: Worlds) -> list[Stage]:
        """The parts of a rule as they act when it is woken in these worlds."""
        if len(worlds) > MOST:
            return list(self.stages[name])
        asked = self.rules[name].condition
        holds = {"then": self.possible.worlds(asked), "else": self.possible.worlds(asked, False)}
        return [
            stage if stage.later else replace(stage, worlds=both(worlds, holds[stage.part]))
            for stage in self.stages[name]
        ]

    def _from(self, rule: Rule, stage: Stage) -> Iterator[tuple[Edge, Worlds]]:
        """Whom a part of a rule may wake, and in which worlds."""
        if not stage.worlds:
            return
        before = _Left(rule, stage.worlds, self.ruleset)
        then = _Left(rule, after(stage.worlds, self.writes(stage)), self.ruleset)
        for action in stage.actions:
            if isinstance(action, Move) and action.back and rule.guard:
                continue  # the move was refused: nobody has seen it
            yield from self._by_events(stage, action, then)
            for name, value in action.footprint.writes.items():
                if self._changes(name, value, stage.worlds):
                    yield from self._by_fact(stage, name, before, then)

    def writes(self, stage: Stage) -> dict[str, Box | None]:
        """What a part of a rule leaves behind; None for a fact that it writes in two ways, or of which nobody knows."""
        values: dict[str, list[Plain]] = {}
        for action in stage.actions:
            for name, value in action.footprint.writes.items():
                values.setdefault(name, []).append(value)
        sure = {name for name, given in values.items() if UNSURE not in given and given.count(given[0]) == len(given)}
        return {name: self.possible.box(name, given[0]) if name in sure else None for name, given in values.items()}

    def _by_events(self, stage: Stage, action: Action, then: _Left) -> Iterator[tuple[Edge, Worlds]]:
        for kind, about in action.footprint.emits:
            if not self._happens(kind, about, action, stage):
                continue
            sent = kind in _SENT  # a message may wait for the morning
            name = about if kind == "field.changed" else LIST if kind.startswith("card.") else ""
            for other, trigger, wakes_in in self._hearing.get(kind, ()):
                if not _may_fit(trigger, kind, about):
                    continue
                now = wakes_in if sent else both(then.found_by(other, name), wakes_in)
                if meet(now, self._asked(other)):
                    yield Edge(stage.part, other.id, stage.later), now

    def _by_fact(self, stage: Stage, name: str, before: _Left, then: _Left) -> Iterator[tuple[Edge, Worlds]]:
        for other in self._silences.get(name, ()):
            yield Edge(stage.part, other.id, True), ANY
        for other, trigger in self._watching.get(name, ()):
            if not meet(before.found_by(other, name), self.possible.worlds(trigger.condition, False)):
                continue  # it was true before, so it does not become so
            now = both(then.found_by(other, name), self.possible.worlds(trigger.condition))
            if meet(now, self._asked(other)):
                yield Edge(stage.part, other.id, stage.later), now

    def _asked(self, rule: Rule) -> Worlds:
        """The worlds in which a rule that is woken does anything."""
        return ANY if rule.otherwise else self.possible.worlds(rule.condition)

    def _happens(self, kind: str, about: str, action: Action, stage: Stage) -> bool:
        """Whether the event comes at all: a fact that is set to what it was has not changed, nor has a card moved."""
        if kind == "field.changed":
            return self._changes(about, action.footprint.writes.get(about), stage.worlds)
        return kind != "card.moved" or self._changes(LIST, about, stage.worlds)

    def _changes(self, name: str, value: Plain, before: Worlds) -> bool:
        return value == UNSURE or meet(before, self.possible.other_than(name, value))


class _Left:
    """What one rule leaves behind, as another one finds it.

    A fact of the client wakes the rules of all deals: what was true of the first one's deal is not of theirs.
    """

    def __init__(self, rule: Rule, worlds: Worlds, ruleset: RuleSet) -> None:
        self._rule, self._worlds, self._ruleset = rule, worlds, ruleset
        self._found: dict[tuple[str, str], Worlds] = {}

    def found_by(self, other: Rule, written: str) -> Worlds:
        """The worlds in which the other rule is woken, by a change of that fact."""
        spec = self._ruleset.fields.get(written)
        owner = spec.subject if spec is not None else ""
        if (other.per, owner) not in self._found:
            self._found[(other.per, owner)] = self._kept(other.per, owner)
        return self._found[(other.per, owner)]

    def _kept(self, per: str, owner: str) -> Worlds:
        fans_out = per in _ABOVE and owner in _ABOVE and owner != per and owner in _ABOVE[per]
        shared = _ABOVE.get(owner if fans_out else per, frozenset())
        alike = self._rule.per == per and not fans_out
        return kept(self._worlds, lambda name: _stays(self._ruleset.fields.get(name), shared, alike))


def _stays(spec: FieldSpec | None, shared: frozenset[str], alike: bool) -> bool:
    if spec is None or spec.source == "event":
        return False
    return alike if spec.subject == "card" else spec.subject in shared


def _parts(part: str, actions: Sequence[Action], worlds: Worlds, later: bool = False) -> Iterator[Stage]:
    """What is done at once, and apart from it what waits for a person: of that time nothing is known."""
    held = tuple(one for one in actions if isinstance(one, Send) and one.approve is not None)
    at_once = tuple(one for one in actions if one not in held and not isinstance(one, Propose))
    if at_once:
        yield Stage(part, at_once, worlds, later)
    if held:
        yield Stage(part, held, ANY, True)
    for action in actions:
        if isinstance(action, Propose) and action.propose.on_approve:
            yield from _parts(part, action.propose.on_approve, ANY, True)


def _may_fit(trigger: Trigger, kind: str, about: str) -> bool:
    """Whether an event of that kind, about that, may be the one a trigger waits for."""
    match trigger:
        case CommentAdded():
            return True  # the words are known only when it is written
        case CardMoved():
            return trigger.to in (None, about) and trigger.from_ != about
        case FieldChanged():
            return trigger.field == about
    return trigger.fits({_ABOUT[kind]: about}) if kind in _ABOUT else True


# -- circles ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """Rules that wake each other in a circle, the first one named again at the end."""

    rules: tuple[str, ...]
    slowed: bool

    def __str__(self) -> str:
        return " -> ".join(self.rules)


def loops(wakes: Wakes) -> list[Loop]:
    """Circles that nothing slows down first, then those in which a `repeat`, a step or a person does."""
    fast: dict[str, set[str]] = {}
    every: dict[str, set[str]] = {}
    for name, edges in wakes.edges.items():
        every[name] = {edge.to for edge in edges}
        quick = {edge.to for edge in edges if not edge.later and wakes.rules[edge.to].repeat == "each"}
        fast[name] = quick if wakes.rules[name].repeat == "each" else set()
    endless = list(_circles(fast))
    slowed = [circle for circle in _circles(every) if circle not in endless]
    found = [(circle, False) for circle in endless] + [(circle, True) for circle in slowed]
    return [Loop((*circle, circle[0]), slow) for circle, slow in found if wakes.goes_round(circle, slow)]


def _circles(leads_to: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Short circles, or the shortest one where there are none, of all that hang together."""
    for group in _together(leads_to):
        inside = {name: sorted(leads_to[name] & group) for name in group}
        found = []
        for circle in _short(inside):
            found.append(circle)
            if len(found) == SEVERAL:
                break
        yield from found or [_shortest(inside)]


def _together(leads_to: Mapping[str, set[str]]) -> list[set[str]]:
    """The groups in which each leads to each other; one alone leads to itself (Tarjan's algorithm, not recursive)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[set[str]] = []
    for root in sorted(leads_to):
        if root in number:
            continue
        ways = [(root, iter(sorted(leads_to[root])))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while ways:
            name, following = ways[-1]
            other = next(following, None)
            if other is None:
                ways.pop()
                if ways:
                    lowest[ways[-1][0]] = min(lowest[ways[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    place = stack.index(name)
                    group = set(stack[place:])
                    del stack[place:]
                    on_stack -= group
                    if len(group) > 1 or name in leads_to[name]:
                        found.append(group)
            elif other not in number:
                number[other] = lowest[other] = len(number)
                stack.append(other)
                on_stack.add(other)
                ways.append((other, iter(sorted(leads_to[other]))))
            elif other in on_stack:
                lowest[name] = min(lowest[name], number[other])
    return found


def _short(inside: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Circles of at most four, each once: it begins with the name that comes first in the alphabet.

    Where there are very many ways, not all of them are gone.
    """
    steps = 0
    for start in sorted(inside):
        ways: list[tuple[str, ...]] = [(start,)]
        while ways:
            way = ways.pop()
            steps += len(inside[way[-1]])
            if steps > WAYS:
                return
            for following in inside[way[-1]]:
                if following == start:
                    yield way
                elif following > start and following not in way and len(way) < SHORT:
                    ways.append((*way, following))


def _shortest(inside: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A shortest circle of a group that has no short one."""
    best: tuple[str, ...] = ()
    steps = 0
    for start in sorted(inside):
        if best and steps > WAYS:
            return best
        ways: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        for way in ways:  # grows on the way: first come the shorter ones
            if best and len(way) >= len(best):
                break
            steps += len(inside[way[-1]])
            for following in inside[way[-1]]:
                if following == start and (not best or len(way) < len(best)):
                    best = way
                elif following not in seen:
                    seen.add(following)
                    ways.append((*way, following))
    return best
