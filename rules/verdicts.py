"""Verdicts told to people: a condition with the values seen, the kind of no, and what would change it. Pure.

Facts by their titles, values by their names, rules by theirs; no ids of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model.events import Event
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.planning import NEVER, Outcome, Timer, Trace
from bridge.model.quoting import filled
from bridge.model.reason_words import Names, told
from bridge.model.reasons import NOT_READ, WAITS_FOR, Kind, Reason
from rules.calendar_trail import retold
from rules.conditions import Clause, Condition, Group, Line
from rules.facts import CLOSED, Facts
from rules.holders import holder_of
from rules.lengths import parse_length
from rules.nearest import OPPOSITE, Change, nearest, told_before
from rules.ruleset import Need, Rule
from rules.telling import Teller, system_name
from rules.triggers import Becomes
from rules.verdict_words import VERDICTS

_YES, _NO, _SO = "✔", "✘", "○"
"""A clause that asks for a lack is never ticked: that it is so is a fact, and no achievement."""
_EVENTS: Mapping[str, tuple[str, ...]] = {
    "card.moved": ("from", "to"),
    "card.created": ("list",),
    "label.added": ("label",),
    "label.removed": ("label",),
    "command": ("command",),
    "button": ("button",),
    "form.answered": ("form",),
    "field.changed": ("field",),
    "delivered": ("text",),
    "undelivered": ("text",),
    "approved": ("what",),
    "rejected": ("what",),
    "document.ready": ("document",),
    "bound": ("channel",),
}
"""The kinds of events that are told in words, and what is told of each."""
_DONE_BY_PEOPLE = frozenset({"card.moved", "label.added", "button", "command", "message", "form.answered", "bound"})
_AT_ONCE = 6
"""So many things that would wake rules are told in short."""


@dataclass(frozen=True)
class Verdicts:
    """Tells verdicts in the language of a teller. With `facts`, what a gate lacks is told as of their moment.

    Of the gates `said_already` only those who owe something are named: what is lacking stands elsewhere.
    """

    teller: Teller
    facts: Facts | None = None
    said_already: frozenset[str] = frozenset()

    # -- one evaluation -----------------------------------------------------------------------------------------

    def told(self, trace: Trace, rule: Rule | None) -> Iterator[str]:
        """An evaluation as it was stored: when, which rule, what came of it; its tree; the smallest change."""
        yield f"{self.moment(trace.at)}  {self.stepped(trace.rule, trace.step)}: {self._what(trace)}"
        condition = _condition(trace, rule)
        masks = _masks(condition, trace.tree) if condition is not None else None
        if condition is None or masks is None:
            if trace.tree:
                yield f"  {self.say('then changed')}"
            yield from (self._raw(line) for line in trace.tree)
            return
        seen = {
            clause.bit: line[3]
            for clause, line in zip(_in_order(condition.root), _clause_lines(trace.tree), strict=True)
        }
        yield from self._tree(condition.root, trace.tree, seen)
        sources = _sources_in(trace.reason) if trace.outcome is Outcome.NOT_KNOWN else ()
        if sources:
            yield f"  {self.say('to read', sources=self._unread(sources))}"
        elif trace.outcome in (Outcome.CONDITION_FALSE, Outcome.NOT_KNOWN):
            yield f"  {self.change(self._changes(trace, condition, masks), trace.subject)}"
        else:
            yield from self._gates(condition, trace.subject)

    def in_short(self, trace: Trace, rule: Rule) -> Iterator[str]:
        """An evaluation that has just been made: which rule, what came of it, and what would change that."""
        yield f"{self.title(trace.rule)}: {self._what(trace)}"
        condition = _condition(trace, rule)
        masks = _masks(condition, trace.tree) if condition is not None else None
        if condition is not None and masks is not None and trace.outcome is Outcome.CONDITION_FALSE:
            yield self.change(self._changes(trace, condition, masks), trace.subject)

    def _what(self, trace: Trace) -> str:
        reason = self.reason(trace.reason) if trace.outcome is not Outcome.FIRED else ""
        return self.say(trace.outcome.value) + (f" ({reason})" if reason else "")

    def _changes(self, trace: Trace, condition: Condition, masks: tuple[int, int]) -> Sequence[Change] | None:
        """The smallest change of then: of gates that were taken apart as it was noted, for it hangs on their facts."""
        apart = self.teller.ruleset.gates_apart.of(condition)
        noted = told_before(apart, trace.change) if apart is not None else None
        return nearest(condition, *masks, trace.at) if noted is None else noted or None

    def _unread(self, sources: Sequence[str]) -> str:
        """The systems that have to be read first, each with how far it was; that is known as of the facts' moment."""
        oldest: dict[str, datetime | None] = {}
        for source in sources:
            seen, name = self.facts.read_up_to(source) if self.facts else None, system_name(source.partition(".")[0])
            before = oldest.get(name, seen)
            oldest[name] = min(before, seen) if before and seen else None
        return ", ".join(
            f"{name} ({self.say('read up to', at=self.moment(seen))})" if seen else name
            for name, seen in oldest.items()
        )

    def _gates(self, condition: Condition, subject: str) -> Iterator[str]:
        """Of the gates that a rule asked for as closed: what they lack now."""
        closed = dict.fromkeys(one.field for one in condition.clauses if one.constant == CLOSED)
        for name in closed if self.facts is not None else ():
            if name.removeprefix("gate.") in self.said_already:
                owing = dict.fromkeys(need.owed_by for need in self._wanting(name, subject))
                whom = ", ".join(self._owes(role, subject, "{role} ({name})") for role in owing)
                yield f"  {self.teller.title(name)}: {self.say('owing', whom=whom)}"
                continue
            lacks = self._lacks(name, subject)
            said = self.say("missing", needs=lacks) if lacks else self.say("nothing missing")
            yield f"  {self.teller.title(name)}: {said}"

    def steps(self, timers: Iterable[Timer], rule: Rule | None = None) -> Iterator[str]:
        """The steps that run, soonest first: when, which, and what will be done. Of all rules without one."""
        rules = {one.id: one for one in self.teller.ruleset.rules if rule is None or one.id == rule.id}
        running = [
            (timer, step)
            for timer in sorted(timers, key=lambda one: (one.due, one.key))
            if timer.rule in rules
            for step in rules[timer.rule].steps
            if step.id == timer.step
        ]
        if running:
            yield self.say("next steps")
        for timer, step in running:
            when = self.say("when known") if timer.due == NEVER else self.moment(timer.due)
            whose = f"{self.rule(timer.rule)}, " if rule is None else ""
            shadow = f" ({self.say('state shadow')})" if timer.in_shadow else ""
            yield f"  • {when}  {whose}{self.say('step', step=step.id)}{shadow}"
            for action in step.then:
                first, *more = self.teller.action(action)
                yield f"      • {first}"
                yield from (f"        {line}" for line in more)

    def never(self, rule: Rule, events: Sequence[Event], subject: str = "") -> Iterator[str]:
        """A rule that nothing has woken: what it waits for, and the nearest of what has happened (newest last).

        With a subject and facts also what the conditions that must turn true, and its `if`, say of it now.
        """
        yield f"{self.rule(rule.id)}: {self.say('off' if rule.enabled == 'false' else 'never')}"
        yield f"  {self.say('waits when')}"
        for trigger in rule.when:
            lines = self.teller.trigger(trigger)
            yield f"  • {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
        near = self._near(rule, events)
        if near:
            yield f"  {self.say('nearest', event=near)}"
        if self.facts is None or not subject:
            return
        for trigger in rule.when:
            if isinstance(trigger, Becomes):
                yield f"  {self.say('so now')}"
                yield from self.now(trigger.condition, subject)
                if trigger.condition.holds(self.facts.lookup(subject), self.facts.now):
                    yield f"  {self.say('so already')}"
        if rule.condition is not None:
            yield f"  {self.say('its if')}"
            yield from self.now(rule.condition, subject)

    def none_woken(self, who: str, events: Sequence[Event], command: str) -> Iterator[str]:
        """Somebody for whom nothing woke any rule: what happened last, and what would wake which rules, in short.

        `events` are newest last; `command` tells of one rule, whose id follows it.
        """
        yield self.say("none woken", who=who)
        if was := next((event for event in reversed(events) if event.kind in _EVENTS), None):
            yield f"  {self.say('was', event=f'{self.moment(was.at)}, {self.event(was)}')}"
        waking = self._waking()
        if not waking:
            return
        yield f"  {self.say('wakes')}"
        shown = list(waking.items())[:_AT_ONCE]
        yield from (f"  • {what} — {', '.join(rules)}" for what, rules in shown)
        named = {rule for _what, rules in shown for rule in rules}
        rest = self.say("one rule", command=f"{command} {next(iter(waking.values()))[0]}")
        more = len({rule for rules in waking.values() for rule in rules} - named)
        yield f"  {self.say('and more', count=more, rest=rest) if more else rest}"

    def _waking(self) -> dict[str, list[str]]:
        """What wakes rules, in words, with the ids of those rules: first what people do, then what follows of it."""
        pairs = [
            (trigger, rule.id) for rule in self.teller.ruleset.rules if rule.enabled != "false" for trigger in rule.when
        ]
        found: dict[str, list[str]] = {}
        for trigger, rule in sorted(pairs, key=lambda pair: pair[0].kind not in _DONE_BY_PEOPLE):
            first, *more = self.teller.trigger(trigger)
            what = f"{first} {'; '.join(line.strip(' •') for line in more)}".strip()
            found.setdefault(what, []).append(rule)
        return found

    def noted(self, field: str, value: Any) -> str:
        """That a rule set a fact of the bridge's own."""
        return self.say("fact set", fact=self.teller.say("is", field=self.teller.title(field), value=value))

    def _near(self, rule: Rule, events: Sequence[Event]) -> str:
        kinds = {trigger.kind for trigger in rule.when}
        found = next((event for event in reversed(events) if event.kind in kinds and event.kind in _EVENTS), None)
        return f"{self.moment(found.at)}, {self.event(found)}" if found is not None else ""

    def happened(self, event: Event) -> str:
        """What happened, in words, "" where there are none for it."""
        if event.kind in _EVENTS:
            return self.event(event)
        table = VERDICTS.get(self.teller.language, VERDICTS["en"])
        said = table.get(f"event {event.kind}") or self.teller.phrases.get(event.kind, "")
        return "" if "{" in said else said

    def event(self, event: Event) -> str:
        """What happened, in the words in which rules wait for it."""
        data: dict[str, Any] = {**event.data, "text": event.data.get("template", "")}
        given = {name: data.get(name) for name in _EVENTS.get(event.kind, ())}
        if "text" in given:
            given["text"] = self.teller.text(str(given["text"]))
        if event.kind == "field.changed":
            given["field"] = self.teller.title(str(data.get("field", "")))
        if "what" in given:
            given["what"] = self.teller.text(str(given["what"]))
        if "channel" in given:
            given["channel"] = system_name(str(given["channel"]))
        if event.kind == "button":
            given["button"] = self.teller.button(str(data.get("button", "")))
        words = [name for name in ("from", "to") if given.get(name)] if event.kind == "card.moved" else []
        words += ["in"] if event.kind == "card.created" and given.get("list") else []
        return self.teller.say(" ".join([event.kind, *words]), **given)

    def now(self, condition: Condition, subject: str, event: Event | None = None) -> Iterator[str]:
        """The tree of a condition with the values of now, and the smallest change; needs facts."""
        if self.facts is None:
            return
        lookup = self.facts.lookup(subject, event=event)
        verdict = condition.evaluate(lookup, self.facts.now)
        tree = condition.tree(verdict.true_mask, verdict.unknown_mask, lookup)
        values = {clause.bit: self.teller.value(clause.field, lookup(clause.field)) for clause in condition.clauses}
        yield from self._tree(condition.root, tree, values, told=True)
        if verdict.answer is not True:
            seen = self.teller.ruleset.gates_apart.seen(condition, verdict, lookup, self.facts.now)
            changes = nearest(*seen, self.facts.now)
            yield f"  {self.change(changes, subject)}"

    # -- trees ----------------------------------------------------------------------------------------------------

    def _tree(
        self, root: Clause | Group, lines: Sequence[Line], seen: Mapping[int, str], *, told: bool = False
    ) -> Iterator[str]:
        for (depth, mark, _clause, _value), node in zip(lines, _walked(root), strict=True):
            place = "  " * (depth + 1)
            if isinstance(node, Group):
                yield f"{place}{mark} {self.teller.say(node.kind)}"
                continue
            if mark == _YES:
                lacks = _asks_for_a_lack(node)
                so = f"   {self.say('seen', value=self.say('so it is'))}" if lacks else ""
                yield f"{place}{_SO if lacks else mark} {self.teller.clause(node)}{so}"
                continue
            value = seen[node.bit] if told else self._seen(node, seen[node.bit])
            yield f"{place}{mark} {self.teller.clause(node)}   {self.say('seen', value=value)}"

    def _seen(self, clause: Clause, text: str) -> str:
        """A value as a trace wrote it, in the reader's words."""
        if text == "empty":
            return self.teller.say("nothing")
        if text.startswith("not read ("):
            return self.teller.say("not read")
        try:
            return self.teller.value(clause.field, _read_back(clause, text))
        except ValueError:
            return text

    def _raw(self, line: Line) -> str:
        depth, mark, clause, value = line
        mark = _SO if mark == _YES and clause.endswith(_LACKS) else mark
        return f"{'  ' * (depth + 1)}{mark} {clause}" + (f"   {self.say('seen', value=value)}" if value else "")

    # -- changes ----------------------------------------------------------------------------------------------------

    def change(self, changes: Sequence[Change] | None, subject: str = "") -> str:
        """What would have to be otherwise, all of it together; of a gate also what it lacks."""
        if changes is None:
            return self.say("for want of nothing")
        return self.say("for want of", changes="; ".join(self._wish(change, subject) for change in changes))

    def _wish(self, change: Change, subject: str) -> str:
        both = f" {self.teller.say('and')} "
        said = both.join(self._turned(clause, want) for clause, want in change.clauses)
        lacks = self._lacks(change.field, subject)
        return f"{said} ({self.say('missing', needs=lacks)})" if lacks else said

    def _turned(self, clause: Clause, want: bool) -> str:
        if want:
            return self.teller.clause(clause)
        if clause.type is FieldType.FLAG and clause.operator in ("is", "is_not"):
            return self.teller.say("is", field=self.teller.title(clause.field), value=self._other_flag(clause))
        if clause.operator == "filled":
            word = "empty" if clause.constant else "filled"
            return self.teller.say(word, field=self.teller.title(clause.field))
        if clause.operator in OPPOSITE:
            return self.teller.clause(_with_operator(clause, OPPOSITE[clause.operator]))
        return self.teller.say("not", clause=self.teller.clause(clause))

    def _other_flag(self, clause: Clause) -> str:
        return self.teller.value(clause.field, clause.constant is (clause.operator == "is_not"))

    def _lacks(self, name: str, subject: str) -> str:
        if name.removeprefix("gate.") in self.said_already:
            return ""
        language, missing = self.teller.language, self._wanting(name, subject)
        return ", ".join(f"{need.say.get(language, '')} ({self._owes(need.owed_by, subject)})" for need in missing)

    def _wanting(self, name: str, subject: str) -> list[Need]:
        gate = name.removeprefix("gate.")
        if self.facts is None or gate == name or not subject:
            return []
        return [one.need for one in self.facts.gate(gate, subject) if one.answer is not True]

    def _owes(self, role: str, subject: str, both: str = "{role}: {name}") -> str:
        """A role as people call it, and who holds it for this subject."""
        people = self.teller.directory
        held = self.facts and holder_of(role, subject, self.facts, self.teller.ruleset, people)
        title = self.teller.role(role)
        return both.format(role=title, name=people.name(held)) if held else title

    # -- names ------------------------------------------------------------------------------------------------------

    def say(self, key: str, **given: Any) -> str:
        """A phrase with what belongs into it."""
        return filled(VERDICTS.get(self.teller.language, VERDICTS["en"])[key], given)

    def moment(self, moment: datetime) -> str:
        """A moment on the workspace's wall clock."""
        return f"{moment.astimezone(ZoneInfo(self.teller.ruleset.zone)):%d.%m.%Y %H:%M}"

    def rule(self, name: str) -> str:
        """A rule as people call it, with its id."""
        found = next((rule for rule in self.teller.ruleset.rules if rule.id == name), None)
        return self.teller.quoted(found.name) + f" ({name})" if found and found.name != name else name

    def stepped(self, name: str, step: str) -> str:
        """A rule as people call it, and which step of it."""
        return f"{self.rule(name)}, {self.say('step', step=step)}" if step else self.rule(name)

    def title(self, name: str) -> str:
        """A rule as people call it, in quotation marks; its id where it has no name."""
        title = self._title(name)
        return self.teller.quoted(title) if title != name else name

    def reason(self, reason: Reason) -> str:
        """A reason that the planner noted, in the reader's words; somebody's own as they stand."""
        return told(reason, self.teller.language, self._names())

    def _names(self) -> Names:
        """What people call that of which reasons speak."""
        teller = self.teller
        return {
            Kind.RULE: self._title,
            Kind.PERSON: teller.directory.name,
            Kind.FACT: teller.title,
            Kind.TEXT: teller.text,
            Kind.SUBJECT: lambda kind: teller.phrases.get(f"per {kind}", kind),
            Kind.BUTTON: teller.button,
            Kind.SOURCES: lambda source: system_name(source.partition(".")[0]),
            Kind.MOMENT: self.moment,
            Kind.DAY: lambda day: f"{day:%d.%m.%Y}",
            Kind.LENGTH: lambda length: teller.length(parse_length(length)),
            Kind.RHYTHM: lambda length: teller.rhythm(parse_length(length)),
            Kind.TRAIL: lambda trail: retold(trail, teller.language, teller.title),
        }

    def _title(self, name: str) -> str:
        return next((rule.name for rule in self.teller.ruleset.rules if rule.id == name), name)


def _sources_in(reason: Reason) -> Sequence[str]:
    """The sources that an evaluation waited for, as its reason names them."""
    return reason.params["sources"] if reason.code in (WAITS_FOR.code, NOT_READ.code) else ()


def _condition(trace: Trace, rule: Rule | None) -> Condition | None:
    """The condition that the trace tells of, None where the rule has none or is gone."""
    if rule is None:
        return None
    return rule.unless if trace.outcome is Outcome.CANCELLED else rule.condition


def _masks(condition: Condition, tree: Sequence[Line]) -> tuple[int, int] | None:
    """The masks of a stored tree; None when it is that of another condition."""
    ours = condition.tree(0, 0, lambda _field: None)
    if [(line[0], line[2]) for line in ours] != [(line[0], line[2]) for line in tree]:
        return None
    true = unknown = 0
    for clause, line in zip(_in_order(condition.root), _clause_lines(tree), strict=True):
        true |= (line[1] == _YES) << clause.bit
        unknown |= (line[1] not in (_YES, _NO)) << clause.bit
    return true, unknown


_LACKS = (f" is {CLOSED}", " is false", " is not true", " filled false")
"""How clauses end that ask for a lack, as traces write them."""


def _asks_for_a_lack(clause: Clause) -> bool:
    """Whether it is true of what is not there: a gate that is incomplete, an empty fact, a label that is missing."""
    match clause.operator:
        case "filled":
            return clause.constant is False
        case "is":
            return clause.constant is False or (clause.field.startswith("gate.") and clause.constant == CLOSED)
        case "is_not":
            return clause.constant is True or (clause.field.startswith("gate.") and clause.constant != CLOSED)
    return bool(clause.operator == "lacks")


def _walked(node: Clause | Group) -> Iterator[Clause | Group]:
    """The nodes in the order of the lines of a tree."""
    yield node
    if isinstance(node, Group):
        for item in node.inside:
            yield from _walked(item)


def _in_order(root: Clause | Group) -> list[Clause]:
    return [node for node in _walked(root) if isinstance(node, Clause)]


def _clause_lines(tree: Sequence[Line]) -> list[Line]:
    return [line for line in tree if line[2] not in ("all", "any", "none")]


def _read_back(clause: Clause, text: str) -> Any:
    """A value from the text in which traces write it. Raises ValueError."""
    match clause.type:
        case FieldType.FLAG:
            return text == "true"
        case FieldType.SET | FieldType.LIST:
            return tuple(text.split(", "))
        case FieldType.MONEY:
            amount, _, currency = text.partition(" ")
            return parse_value(_spec(clause), {"amount": amount, "currency": currency})
        case FieldType.MOMENT:
            return datetime.strptime(text, "%Y-%m-%d %H:%M%z")
        case _:
            return parse_value(_spec(clause), text)


def _spec(clause: Clause) -> FieldSpec:
    return FieldSpec(clause.field, clause.type, "")


def _with_operator(clause: Clause, operator: str) -> Clause:
    return replace(clause, operator=operator)
