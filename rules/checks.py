"""What only a whole rule set can tell: whose facts a rule names, what its texts need, what a client must not read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from bridge.model.fields import FieldType
from bridge.model.wording import worded
from rules.actions.action import Action
from rules.actions.cards import Checklist, Comment, Create, DealOpen
from rules.actions.documents import Document
from rules.actions.facts import Assign, Fill, SetFields
from rules.actions.people import Propose, Send, Task
from rules.flaws import Flaw, Path
from rules.ruleset import Rule, RuleSet, Text
from rules.triggers import Approved, Becomes, FieldChanged, FormAnswered, Message, Silence

_UPWARDS: Mapping[str, frozenset[str]] = {
    "": frozenset(),
    "client": frozenset({"client"}),
    "deal": frozenset({"client", "deal"}),
    "task": frozenset({"client", "deal", "task"}),
    "invoice": frozenset({"client", "deal", "invoice"}),
}
_OWNED = frozenset({"client", "deal", "task", "invoice"})
COMMERCIAL = "commercial"
_CHATS = "telegram.chat"
"""Where clients write and press."""


def check_rule(rule: Rule, ruleset: RuleSet, engine_names: Collection[str]) -> list[Flaw]:
    """What is wrong with a rule that reads well by itself, with paths from the rule."""
    flaws = [*_facts_below(rule, ruleset), *_steps_before(rule)]
    for path, action in actions_of(rule):
        if not rule.per and isinstance(action, Send) and action.to == "client":
            what = "this rule is nobody's: there is no client to write to"
            flaws.append(Flaw("no-subject", what, "write per: client or per: deal", (*path, "to")))
        if rule.per != "deal" and isinstance(action, DealOpen):
            what = "deal.open makes the deal that its rule is about, and this rule is about none"
            flaws.append(Flaw("no-subject", what, "write per: deal", (*path, action.verb), key=True))
        flaws += [flaw.under(*path) for flaw in _what_texts_need(action, ruleset, engine_names)]
        flaws += [flaw.under(*path) for flaw in _what_is_commercial(action, ruleset)]
        flaws += [flaw.under(*path) for flaw in _known_elsewhere(action, str(path[0]), ruleset)]
    return flaws


def _steps_before(rule: Rule) -> Iterator[Flaw]:
    """What begins with an event has no time before it; a date that a fact names has."""
    for place, step in enumerate(rule.steps):
        if step.after.count < 0 and not rule.starts_from:
            what = worded("after {length} comes before the event that begins it", length=step.after)
            advice = worded(
                "name the fact with the date under from:, or write {length}",
                length=replace(step.after, count=-step.after.count),
            )
            yield Flaw("bad-length", what, advice, ("steps", place, "after"))


def actions_of(rule: Rule) -> Iterator[tuple[Path, Action]]:
    """Every action of a rule with its path, those behind a proposal too."""
    yield from _listed(rule.then, ("then",))
    yield from _listed(rule.otherwise, ("else",))
    for place, step in enumerate(rule.steps):
        yield from _listed(step.then, ("steps", place, "then"))


def _listed(actions: tuple[Action, ...], path: Path) -> Iterator[tuple[Path, Action]]:
    for place, action in enumerate(actions):
        yield (*path, place), action
        if isinstance(action, Propose):
            yield from _listed(action.propose.on_approve, (*path, place, "propose", "on_approve"))


def _facts_below(rule: Rule, ruleset: RuleSet) -> Iterator[Flaw]:
    """A rule per client cannot name a fact of a deal: which deal?"""
    allowed, told = _UPWARDS[rule.per], set()
    for path, name in _facts_named(rule, ruleset):
        spec = ruleset.fields.get(name)
        if spec is None or spec.subject not in _OWNED or spec.subject in allowed or name in told:
            continue
        told.add(name)
        whose = worded("this rule is per {per}", per=rule.per) if rule.per else worded("this rule is nobody's")
        advice = worded("write per: {subject}", subject=spec.subject)
        yield Flaw(
            "fact-below",
            worded(
                "{name} belongs to the {subject}, and {whose}: which {subject}?",
                name=name,
                subject=spec.subject,
                whose=whose,
            ),
            advice,
            path,
        )


def _facts_named(rule: Rule, ruleset: RuleSet) -> Iterator[tuple[Path, str]]:
    conditions = [("if", rule.condition), ("unless", rule.unless), ("pause_while", rule.pause_while)]
    conditions += [("when", trigger.condition) for trigger in rule.when if isinstance(trigger, Becomes)]
    for key, condition in conditions:
        if condition is not None:
            yield from (((key,), name) for name in sorted(_with_gates(condition.fields, ruleset)))
    if rule.starts_from:
        yield ("from",), rule.starts_from
    for trigger in rule.when:
        if isinstance(trigger, (FieldChanged, Silence)):
            yield from ((("when",), name) for name in sorted(trigger.watches))
    for path, action in actions_of(rule):
        names: set[str] = {name for text in action.texts for name in text.names}
        if isinstance(action, (SetFields, Fill, Assign)):
            names |= set(action.footprint.writes)
        names |= {name for text in texts_said(action, ruleset) for name in _names_of(text)}
        yield from ((path, name) for name in sorted(names))


def _with_gates(names: Collection[str], ruleset: RuleSet, above: frozenset[str] = frozenset()) -> set[str]:
    """The facts behind these names: a gate stands for what its needs look at."""
    found: set[str] = set()
    for name in names:
        gate = ruleset.gates.get(name[5:]) if name.startswith("gate.") else None
        if gate is None:
            found.add(name)
        elif gate.id not in above:
            inner = {other for need in gate.needs for other in need.fields}
            found |= _with_gates(inner, ruleset, above | {gate.id})
    return found


def texts_said(action: Action, ruleset: RuleSet) -> Iterator[Text]:
    """The texts of the set that an action may say, with those said otherwise."""
    match action:
        case Send() | Comment():
            name = action.template
        case Propose():
            name = action.propose.template
        case _:
            name = ""
    seen: set[str] = set()
    while name in ruleset.texts and name not in seen:
        seen.add(name)
        yield ruleset.texts[name]
        name = ruleset.texts[name].otherwise


def _names_of(text: Text) -> set[str]:
    return {name for template in text.by_language.values() for name in template.names}


def _what_texts_need(action: Action, ruleset: RuleSet, engine_names: Collection[str]) -> Iterator[Flaw]:
    given: set[str] = set(action.with_) if isinstance(action, Send) else set()
    gate = action.gate if isinstance(action, (Send, Comment)) else ""
    for text in texts_said(action, ruleset):
        for name in sorted(_names_of(text) - given):
            if name in ruleset.fields or _is_among(name, engine_names):
                continue
            if name.startswith("gate."):
                if not gate:
                    advice = "add gate: …" if isinstance(action, Comment) else "add with: {gate: …}"
                    yield Flaw(
                        "missing-gate",
                        worded('template "{id}" lists what a gate lacks, and no gate is named', id=text.id),
                        advice,
                    )
                continue
            advice = worded("add with: {{{name}: …}}", name=name)
            yield Flaw(
                "missing-with",
                worded('template "{id}" says {name}, which nothing here gives it', id=text.id, name=name),
                advice,
            )


def _is_among(name: str, names: Collection[str]) -> bool:
    return any(name == other or (other.endswith(".*") and name.startswith(other[:-1])) for other in names)


_ONLY_UNDER: Mapping[str, str] = {"why": "else", "step.days": "steps"}
"""Names that the engine hands to texts of one part of a rule only: elsewhere the text could never be said."""


def _known_elsewhere(action: Action, section: str, ruleset: RuleSet) -> Iterator[Flaw]:
    given: set[str] = set(action.with_) if isinstance(action, Send) else set()
    said = {name for text in action.texts for name in text.names}
    said |= {name for text in texts_said(action, ruleset) for name in _names_of(text)}
    for name, place in _ONLY_UNDER.items():
        if name in said - given and section != place:
            what = worded("{name} is known under {place}: only", name=name, place=place)
            yield Flaw("known-elsewhere", what, worded("leave it out, or move this under {place}:", place=place))


def _what_is_commercial(action: Action, ruleset: RuleSet) -> Iterator[Flaw]:
    """A sum reaches a client or a card only in a text that says so itself."""
    reader = _reader(action)
    if not reader:
        return
    for text in texts_said(action, ruleset):
        named = sorted(name for name in _names_of(text) if _commercial(name, ruleset))
        if named and COMMERCIAL not in text.allows:
            what = worded(
                'template "{id}" goes to {reader} and names {names}, which is commercial',
                id=text.id,
                reader=reader,
                names=named,
            )
            yield Flaw("commercial-field", what, "add allows: [commercial] to the template, or leave it out")
    if not isinstance(action, (Task, Document)):
        named = sorted({name for text in action.texts for name in text.names if _commercial(name, ruleset)})
        if named:
            yield Flaw(
                "commercial-field",
                worded("a text on the card names {names}, which is commercial", names=named),
                "leave it out",
            )


def _reader(action: Action) -> str:
    if isinstance(action, Send):
        return worded("the client") if action.to == "client" else ""
    return worded("the card") if isinstance(action, (Comment, Create, Checklist)) else ""


def _commercial(name: str, ruleset: RuleSet) -> bool:
    spec = ruleset.fields.get(name)
    return spec is not None and (spec.commercial or spec.type is FieldType.MONEY)


def sources_of_set_fields(ruleset: RuleSet) -> dict[str, frozenset[str]]:
    """For each fact of the bridge that rules set: the sources which those rules hang on.

    A form by its answers, a client's words and presses by the chat, `becomes` and `field.changed` by their facts; where
    such a fact is itself set by rules, by theirs. What staff press and the bridge's receipts hang on no source: nobody
    is reminded for want of them.
    """
    own = {name for name, spec in ruleset.fields.items() if spec.source == "bridge"}
    hangs_on: dict[str, set[str]] = {}
    """For each fact of the bridge that rules set: the sources and other such facts that wake these rules."""
    for rule in ruleset.rules:
        behind = _woken_by(rule, ruleset)
        for _path, action in actions_of(rule):
            if isinstance(action, (SetFields, Fill)):
                for name in own & action.footprint.writes.keys():
                    hangs_on.setdefault(name, set()).update(behind)
    found = {name: frozenset(_reached(name, hangs_on) - own) for name in sorted(hangs_on)}
    return {name: sources for name, sources in found.items() if sources}


def _woken_by(rule: Rule, ruleset: RuleSet) -> set[str]:
    """What a rule waits for: sources by name, facts of the bridge by key."""
    found: set[str] = set()
    for trigger in rule.when:
        if isinstance(trigger, FormAnswered):
            found.add(f"google_forms.{trigger.form}")
        elif isinstance(trigger, (Approved, Message)):
            found.add(_CHATS)
        elif isinstance(trigger, (Becomes, FieldChanged)):
            for name in _with_gates(trigger.watches, ruleset):
                spec = ruleset.fields.get(name)
                if spec is not None and spec.source != "event":
                    found.add(name if spec.source == "bridge" else spec.source_name)
    return found


def _reached(start: str, leads_to: Mapping[str, Collection[str]]) -> set[str]:
    """Everything that can be reached."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(leads_to.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found
