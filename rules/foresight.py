"""What can be told about a whole rule set without running it: circles, rules that never act, quarrels, the unused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from bridge.model.findings import Level
from bridge.model.questions import APPROVE, COMMENT, REFUSE
from bridge.model.wording import worded
from rules.actions.action import UNSURE
from rules.actions.cards import Comment, LabelAdd, LabelRemove
from rules.actions.documents import Attach, Document
from rules.actions.facts import Assign
from rules.actions.people import Send
from rules.boxes import after, meet
from rules.checks import actions_of, texts_said
from rules.conditions import Condition
from rules.flaws import Flaw
from rules.ruleset import Rule, RuleSet, Text
from rules.triggers import Approved, Becomes, CardMoved, Delivered, DocumentReady, Rejected, Trigger
from rules.wakes import DENSE, LABELS, LIST, Loop, Stage, Wakes, loops

RULES, TEXTS, GATES = "rules", "templates", "gates"
_OFTEN = frozenset({"card.moved", "comment.added", "message", "field.changed", "label.removed", "checklist.done"})
"""What happens many times over without anybody meaning to write to the client."""
_QUARRELS = 200
"""So many pairs of rules that want different things are told: who has more will look at the rules, not at the list."""
_EITHER = frozenset({COMMENT, REFUSE})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One finding: in which section and under which name, with its path from there."""

    section: str
    name: str
    flaw: Flaw


def foresee(ruleset: RuleSet, said_elsewhere: Collection[str] = (), whole: bool = True) -> list[Foreseen]:
    """Everything that can be told. Without the `whole` set at hand nothing is called missing or unused.

    `said_elsewhere` are texts that the engine itself says ("system.*" for all that begin so).
    """
    wakes = Wakes(ruleset)
    found = [*_dead(wakes), *_conflicts(wakes), *_unlimited(wakes), *_odd_steps(wakes)]
    found += [_too_dense(wakes)] if wakes.dense else [*_loops(wakes), *_two_messages(wakes)]
    found += [Foreseen(RULES, rule.id, flaw) for rule in ruleset.rules for flaw in _never_answered(rule, ruleset)]
    if whole:
        found += [*_never_said(wakes, said_elsewhere), *_unused(ruleset, said_elsewhere)]
    return found


def unused_documents(ruleset: RuleSet, documents: Collection[str]) -> list[str]:
    """The kinds of documents that no rule names, in order of the alphabet."""
    named: set[str] = set()
    for rule in ruleset.rules:
        named |= {trigger.document for trigger in rule.when if isinstance(trigger, DocumentReady)}
        named |= {trigger.what for trigger in rule.when if isinstance(trigger, Approved)}
        for _path, action in actions_of(rule):
            if isinstance(action, Document):
                named.add(action.document.template)
            elif isinstance(action, Attach):
                named.add(action.attach.document)
            elif isinstance(action, Send):
                named.add(action.document)
    return sorted(set(documents) - named - {name.rpartition(".")[0] for name in named})


def _too_dense(wakes: Wakes) -> Foreseen:
    what = worded("not looked at, because too many rules may wake each other: circles, and two messages for one event")
    flaw = Flaw("too-dense", what, "bridge test and bridge simulate show what they do", level=Level.NOTE)
    return Foreseen(RULES, next(iter(wakes.rules)), flaw)


# -- circles ----------------------------------------------------------------------------------------------------------


def _loops(wakes: Wakes) -> Iterator[Foreseen]:
    order = {name: place for place, name in enumerate(wakes.rules)}
    for loop in loops(wakes):
        first = min(loop.rules, key=lambda name: order[name])
        yield Foreseen(RULES, first, _slowed(loop) if loop.slowed else _endless(loop))


def _endless(loop: Loop) -> Flaw:
    what = worded("these rules would wake each other for ever: {loop}", loop=str(loop))
    return Flaw("endless-loop", what, "give one of them repeat:, or an if: that is false once it has acted")


def _slowed(loop: Loop) -> Flaw:
    what = worded("these rules wake each other, slowed by repeat:, by steps or by people: {loop}", loop=str(loop))
    return Flaw("slowed-loop", what, level=Level.NOTE)


# -- rules and triggers that never act --------------------------------------------------------------------------------


def _dead(wakes: Wakes) -> Iterator[Foreseen]:
    for rule in wakes.rules.values():
        condition = wakes.possible.worlds(rule.condition)
        woken = list(zip(rule.when, wakes.woken[rule.id], strict=True))
        vain: list[tuple[int, str]] = []
        for place, (trigger, worlds) in enumerate(woken):
            if _contradicts_itself(trigger) or not worlds:
                yield _never(rule, place, worded("{trigger} can never come true", trigger=trigger.kind))
            elif not meet(worlds, condition):
                vain.append((place, worded("{trigger} wakes this rule in vain", trigger=trigger.kind)))
        if len(vain) == len(woken):
            reason = "its if: contradicts itself" if not condition else "its if: cannot hold when it wakes"
            what = worded("this rule never acts: {reason}", reason=worded(reason))
            advice = "correct the if:, or remove the rule"
            yield Foreseen(RULES, rule.id, Flaw("dead-rule", what, advice, ("if",), level=Level.WARNING))
        else:
            yield from (_never(rule, place, what) for place, what in vain)


def _contradicts_itself(trigger: Trigger) -> bool:
    return isinstance(trigger, CardMoved) and trigger.to is not None and trigger.to == trigger.from_


def _never(rule: Rule, place: int, what: str) -> Foreseen:
    advice = "correct it, or remove it"
    return Foreseen(RULES, rule.id, Flaw("never-true", what, advice, ("when", place), level=Level.WARNING))


def _never_said(wakes: Wakes, said_elsewhere: Collection[str]) -> Iterator[Foreseen]:
    """Triggers that wait for a text which nobody sends to a client."""
    sent = {
        action.template
        for rule in wakes.ruleset.rules
        for _path, action in actions_of(rule)
        if isinstance(action, Send) and action.to == "client"
    }
    for rule in wakes.rules.values():
        for place, trigger in enumerate(rule.when):
            text = _waited_for(trigger)
            if text in wakes.ruleset.texts and text not in sent and not _among(text, said_elsewhere):
                what = worded(
                    '{trigger}: no rule sends the text "{text}" to the client', trigger=trigger.kind, text=text
                )
                yield _never(rule, place, what)


def _waited_for(trigger: Trigger) -> str:
    """The text whose way to the client a trigger waits for, "" for none."""
    match trigger:
        case Delivered(template=text) | Approved(what=text):
            return text
    return ""


def _never_answered(rule: Rule, ruleset: RuleSet) -> Iterator[Flaw]:
    """A client approves and refuses by buttons: a text without them is never answered."""
    for place, trigger in enumerate(rule.when):
        if not isinstance(trigger, Approved) or trigger.what not in ruleset.texts:
            continue
        needed = _EITHER if isinstance(trigger, Rejected) else {APPROVE}
        if not any(needed & set(text.buttons) for text in _with_stand_ins(trigger.what, ruleset)):
            what = worded(
                '{trigger}: the text "{text}" has no button for that', trigger=trigger.kind, text=trigger.what
            )
            advice = worded("add buttons: [{names}] to the text", names=sorted(needed))
            yield Flaw("no-button", what, advice, ("when", place))


def _odd_steps(wakes: Wakes) -> Iterator[Foreseen]:
    """Steps that stand in another order than they come, and steps that begin called off."""
    for rule in wakes.rules.values():
        for place, (one, other) in enumerate(pairwise(step.after for step in rule.steps), 1):
            if other.comes_before(one):
                what = worded("after {later} stands below after {earlier} and comes first", later=other, earlier=one)
                path = ("steps", place, "after")
                flaw = Flaw("step-order", what, "each step counts from the beginning", path, level=Level.WARNING)
                yield Foreseen(RULES, rule.id, flaw)
        if rule.unless is not None and rule.steps and not rule.then:
            holds = wakes.acts[rule.id]
            if holds and not meet(holds, wakes.possible.worlds(rule.unless, False)):
                what = worded("unless: is true whenever the rule begins, so its steps are not taken until that changes")
                yield Foreseen(RULES, rule.id, Flaw("vain-unless", what, path=("unless",), level=Level.NOTE))


# -- quarrels ---------------------------------------------------------------------------------------------------------


def _conflicts(wakes: Wakes) -> Iterator[Foreseen]:
    """Two rules that one event wakes together, and that want different things of one fact."""
    by_fact: dict[str, list[tuple[Rule, Stage, Any]]] = defaultdict(list)
    for rule in wakes.rules.values():
        for stage in wakes.stages[rule.id] if not rule.guard else ():
            for fact, value in _wants(stage).items() if not stage.later else ():
                by_fact[fact].append((rule, stage, value))
    told: set[tuple[str, str]] = set()
    looked_at = 0
    for fact, entries in by_fact.items():
        for (one, here, mine), (other, there, theirs) in combinations(entries, 2):
            if mine == theirs or one is other or (one.id, other.id) in told or not _same_owner(fact, one, other, wakes):
                continue
            looked_at += 1
            if looked_at > DENSE or len(told) > _QUARRELS:
                what = worded("not looked at, because too many rules want {fact}: whether they quarrel", fact=fact)
                yield Foreseen(RULES, one.id, Flaw("too-dense", what, level=Level.NOTE))
                return
            if not any(_same_event(a, b) for a in one.when for b in other.when) or not meet(here.worlds, there.worlds):
                continue
            told.add((one.id, other.id))
            what = worded(
                "{one} and {other} act on the same event and want {fact} to be {mine} and {theirs}",
                one=one.id,
                other=other.id,
                fact=fact,
                mine=_plain(mine),
                theirs=_plain(theirs),
            )
            advice = "let their if: exclude each other, or leave it to one of them"
            yield Foreseen(RULES, other.id, Flaw("rule-conflict", what, advice, level=Level.WARNING))


def _wants(stage: Stage) -> dict[str, Any]:
    """What a part of a rule wants each fact to be, as far as it is known beforehand; labels one by one."""
    wants: dict[str, Any] = {}
    for action in stage.actions:
        if isinstance(action, LabelAdd | LabelRemove):
            wants[f"{LABELS} {action.label}"] = isinstance(action, LabelAdd)
        elif isinstance(action, Assign):
            wants.update(action.assign)
        else:
            wants.update({name: value for name, value in action.footprint.writes.items() if value != UNSURE})
    return wants


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return worded("empty") if value is None else str(value)


def _same_owner(fact: str, one: Rule, other: Rule, wakes: Wakes) -> bool:
    if one.per == other.per:
        return True
    spec = wakes.ruleset.fields.get(fact.split(" ")[0])
    return bool(spec is not None and spec.subject != "card" and one.per and other.per)


def _same_event(one: Trigger, other: Trigger) -> bool:
    """Whether one event may be what both triggers wait for."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Becomes) and isinstance(other, Becomes):
        return _written(one.condition) == _written(other.condition)
    for name in type(one).model_fields:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs and not (isinstance(one, CardMoved) and None in (mine, theirs)):
            return False
    return True


def _written(condition: Condition) -> list[tuple[int, str]]:
    return [(depth, clause) for depth, _mark, clause, _value in condition.tree(0, 0, lambda _name: None)]


def _two_messages(wakes: Wakes) -> Iterator[Foreseen]:
    """The client hears twice because of one event; one message may be enough."""
    for rule in wakes.rules.values():
        for stage in wakes.stages[rule.id]:
            texts = [one.template for one in stage.actions if isinstance(one, Send) and one.to == "client"]
            if stage.later or not texts or not stage.worlds:
                continue
            if len(texts) > 1:
                yield _twice(rule, f"{rule.id} ({', '.join(texts)})")
            for way, other in _ways_to_a_message(wakes, rule, stage):
                chain = " -> ".join([f"{way[0]} ({texts[0]})", *way[1:-1], f"{way[-1]} ({other.sends})"])
                yield _twice(rule, chain, later=other.later)


def _twice(rule: Rule, chain: str, later: bool = False) -> Foreseen:
    what = worded("one event may bring the client two messages: {chain}", chain=chain)
    if later:
        what = worded("one event may bring the client two messages, the second one later: {chain}", chain=chain)
    return Foreseen(RULES, rule.id, Flaw("two-messages", what, level=Level.NOTE))


def _ways_to_a_message(wakes: Wakes, rule: Rule, stage: Stage) -> Iterator[tuple[tuple[str, ...], Stage]]:
    """The shortest way from a part of a rule to each other rule that writes to the client, too."""
    ways: list[tuple[str, ...]] = [
        (rule.id, edge.to) for edge in wakes.edges[rule.id] if edge.part == stage.part and not edge.later
    ]
    seen = {rule.id, *(way[-1] for way in ways)}
    for way in ways:  # grows on the way
        sending = sorted((one for one in wakes.stages[way[-1]] if one.sends), key=lambda one: one.later)
        if sending and way[-1] != rule.id:
            yield way, sending[0]
            continue
        for edge in wakes.edges[way[-1]]:
            if not edge.later and edge.to not in seen:
                seen.add(edge.to)
                ways.append((*way, edge.to))


def _unlimited(wakes: Wakes) -> Iterator[Foreseen]:
    """A rule that may write to a client again and again: nothing but the daily cap holds it back."""
    for rule in wakes.rules.values():
        often = [place for place, trigger in enumerate(rule.when) if trigger.kind in _OFTEN]
        if rule.repeat != "each" or not often:
            continue
        for stage in wakes.stages[rule.id]:
            if stage.part != "then" or stage.later or not stage.sends or not _holds_again(wakes, rule, stage):
                continue
            what = worded(
                'each {trigger} sends the client "{text}" once more', trigger=rule.when[often[0]].kind, text=stage.sends
            )
            advice = "add repeat: once or repeat: {not_within: 2h}"
            yield Foreseen(RULES, rule.id, Flaw("unlimited-send", what, advice, level=Level.WARNING))


def _holds_again(wakes: Wakes, rule: Rule, stage: Stage) -> bool:
    """Whether the rule may act once more after it has acted; the card may be elsewhere by then."""
    writes = {name: box for name, box in wakes.writes(stage).items() if name not in (LIST, LABELS)}
    done = after(wakes.possible.worlds(rule.condition), writes)
    return meet(done, wakes.possible.worlds(rule.condition))


# -- what nobody uses -------------------------------------------------------------------------------------------------


def _unused(ruleset: RuleSet, said_elsewhere: Collection[str]) -> Iterator[Foreseen]:
    actions = [action for rule in ruleset.rules for _path, action in actions_of(rule)]
    said = {text.id for action in actions for text in texts_said(action, ruleset)}
    for name in ruleset.texts:
        if name not in said and not _among(name, said_elsewhere):
            what = worded('no rule says the text "{text}"', text=name)
            yield Foreseen(TEXTS, name, Flaw("unused-text", what, level=Level.NOTE, key=True))
    asked = _gates_asked(ruleset)
    for name in ruleset.gates:
        if name not in asked:
            what = worded('no rule asks for the gate "{gate}"', gate=name)
            yield Foreseen(GATES, name, Flaw("unused-gate", what, level=Level.NOTE, key=True))


def _gates_asked(ruleset: RuleSet) -> set[str]:
    """The gates that rules, texts and other gates ask for."""
    conditions = [text.asserts for text in ruleset.texts.values()]
    for rule in ruleset.rules:
        conditions += [rule.condition, rule.unless, rule.pause_while]
        conditions += [trigger.condition for trigger in rule.when if isinstance(trigger, Becomes)]
    asked = {name[5:] for one in conditions if one is not None for name in one.fields if name.startswith("gate.")}
    for gate in ruleset.gates.values():
        asked |= {name[5:] for need in gate.needs for name in need.fields if name.startswith("gate.")}
        asked |= set(gate.includes)
    for rule in ruleset.rules:
        asked |= {action.gate for _path, action in actions_of(rule) if isinstance(action, Send | Comment)}
    return asked


def _with_stand_ins(name: str, ruleset: RuleSet) -> Iterator[Text]:
    """A text, then what is said instead of it."""
    seen: set[str] = set()
    while name in ruleset.texts and name not in seen:
        seen.add(name)
        yield ruleset.texts[name]
        name = ruleset.texts[name].otherwise


def _among(name: str, names: Collection[str]) -> bool:
    return any(name == other or (other.endswith(".*") and name.startswith(other[:-1])) for other in names)
