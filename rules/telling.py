"""Rules told in plain sentences, in the reader's language: facts by their titles, values by their names. Pure.

КОЛИ клієнт отримав повідомлення «brief.ask»
ЯКЩО Стан брифу — не «отримано»
ЧЕРЕЗ 2 робочі дні
  • надіслати повідомлення «brief.remind», кому: клієнт
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.opening import opening
from bridge.model.people import Directory
from bridge.model.quoting import filled, quoted
from bridge.model.values import Money, NotKnown
from rules import triggers as t
from rules.actions.action import Action
from rules.actions.calls import Call
from rules.actions.cards import Checklist, Comment, Create, DealOpen, LabelAdd, LabelRemove, Move
from rules.actions.documents import Attach, Document
from rules.actions.facts import Assign, Fill, SetFields
from rules.actions.people import Propose, Send, Task
from rules.conditions import Clause, Condition, Group
from rules.lengths import Length, parse_length
from rules.plurals import plural_form
from rules.ruleset import Rule, RuleSet, Step
from rules.telling_words import PHRASES
from rules.texts import Template

_BULLET, _INDENT = "• ", "  "
_NAMED_IN_TEXT = re.compile(r"{{\s*([\w.]+)[^}]*}}")
_TAG_OF_TEXT = re.compile(r"{%.*?%}\n?", re.DOTALL)


def tell_rule(rule: Rule, ruleset: RuleSet, language: str, directory: Directory | None = None) -> tuple[str, ...]:
    """The whole rule as lines to read from top to bottom; what stands under a line is indented by two spaces."""
    return tuple(Teller(ruleset, language, directory or Directory()).rule(rule))


@dataclass(frozen=True)
class Teller:
    """Tells parts of the rules of one set in one language: `uk`, `ru`, or else English."""

    ruleset: RuleSet
    language: str
    directory: Directory = field(default_factory=Directory)

    # -- a rule -------------------------------------------------------------------------------------------------

    def rule(self, rule: Rule) -> Iterator[str]:
        """Its name, when, if, then, else, its steps, and what holds it back."""
        yield f"{rule.name} ({rule.id})" if rule.name != rule.id else rule.id
        yield from self._state(rule)
        yield from self._whens(rule.when)
        if rule.condition is not None:
            yield from self._under(self.say("part if"), self.condition(rule.condition))
        yield from self._does(self.say("part then"), rule.then)
        yield from self._does(self.say("part else"), rule.otherwise)
        for step in rule.steps:
            yield from self._does(self._after(step), step.then)
        if rule.unless is not None:
            yield from self._under(self.say("part unless"), self.condition(rule.unless))
        if rule.pause_while is not None:
            yield from self._under(self.say("part pause"), self.condition(rule.pause_while))
        yield from self._manners(rule)

    def _state(self, rule: Rule) -> Iterator[str]:
        if rule.enabled != "true":
            yield self.say("off" if rule.enabled == "false" else "shadow")
        if rule.guard:
            yield self.say("guard")

    def _whens(self, triggers: Sequence[t.Trigger]) -> Iterator[str]:
        word = self.say("part when")
        for trigger in triggers:
            yield from self._under(word, self.trigger(trigger))
            word = f"{_INDENT}{self.say('or')}"

    def _does(self, title: str, actions: Sequence[Action]) -> Iterator[str]:
        if actions:
            yield title
            for action in actions:
                yield from self._listed(self.action(action))

    def _after(self, step: Step) -> str:
        if step.after.count == 0 and step.after.unit == "wd" and step.after.at is None:
            return self.say("part at once")
        return self.say("part before" if step.after.count < 0 else "part after", length=self.length(step.after))

    def _manners(self, rule: Rule) -> Iterator[str]:
        if rule.starts_from:
            yield self.say("from", field=self.title(rule.starts_from))
        if rule.steps and rule.if_running != "keep":
            yield self.say(rule.if_running)
        if rule.catch_up != "late":
            yield self.say(f"late {rule.catch_up}")
        if rule.per:
            yield self.say("per", subject=self.say(f"per {rule.per}"))
        if isinstance(rule.repeat, Length):
            yield self.say("not within", length=self.rhythm(rule.repeat))
        elif rule.repeat == "once":
            yield self.say("once")
        if rule.also_own:
            yield self.say("own")
        if rule.expect is not None:
            yield self.say("expect", length=self.length(rule.expect))
        if rule.grace is not None:
            yield self.say("grace", length=self.length(rule.grace))
        if rule.override is not None:
            yield self.say("override", role=self.role(rule.override.role), command=rule.override.command)

    # -- conditions ---------------------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> list[str]:
        """The condition as lines; several clauses stand under one another."""
        return self._node(condition.root)

    def _node(self, node: Clause | Group) -> list[str]:
        if isinstance(node, Clause):
            return [self.clause(node)]
        inside = [self._node(item) for item in node.inside]
        if node.kind == "none" and len(inside) == 1 and len(inside[0]) == 1:
            return [self.say("not", clause=inside[0][0])]
        return [self.say(node.kind), *(line for lines in inside for line in self._listed(lines))]

    def clause(self, clause: Clause) -> str:
        """One comparison as a sentence."""
        operator, constant = clause.operator, clause.constant
        title = self.title(clause.field)
        match operator:
            case "filled":
                return self.say("filled" if constant else "empty", field=title)
            case "between":
                low, high = (self.value(clause.field, item) for item in constant)
                return self.say(operator, field=title, low=low, high=high)
            case "older_than":
                return self.say(operator, field=title, length=self.length(constant))
            case "before" | "after" if constant == "now":
                return self.say(f"{operator} now", field=title)
            case "is_not" if isinstance(constant, bool):
                return self.say("not yes" if constant else "not no", field=title)
            case "one_of" | "none_of":
                named = [self.value(clause.field, item) for item in self._ordered(clause.field, constant)]
                return self.say(operator, field=title, values=self.either(named))
        return self.say(operator, field=title, value=self.value(clause.field, constant))

    def _ordered(self, name: str, values: Iterable[Any]) -> list[Any]:
        """In the order in which the fact declares its choices, not in that of a set."""
        spec = self.ruleset.fields.get(name)
        choices = list(spec.choices or ()) if spec else []
        return sorted(values, key=lambda one: (choices.index(one) if one in choices else len(choices), str(one)))

    def either(self, named: Sequence[str]) -> str:
        """«a», «b» or «c»."""
        *first, last = named
        return f"{', '.join(first)} {self.say('or')} {last}" if first else last

    # -- what wakes it ------------------------------------------------------------------------------------------

    @singledispatchmethod
    def trigger(self, trigger: t.Trigger) -> list[str]:
        """What wakes a rule, as lines."""
        return [self.say(trigger.kind)]

    @trigger.register
    def _(self, trigger: t.Button) -> list[str]:
        return [self.say(trigger.kind, button=self.button(trigger.button))]

    @trigger.register
    def _(self, trigger: t.CommandWord) -> list[str]:
        return [self.say(trigger.kind, command=trigger.command)]

    @trigger.register
    def _(self, trigger: t.LabelAdded) -> list[str]:
        return [self.say(trigger.kind, label=trigger.label)]

    @trigger.register
    def _(self, trigger: t.DealCreated) -> list[str]:
        return [self._with(trigger.kind, "in", origin=system_name(trigger.origin or ""))]

    @trigger.register
    def _(self, trigger: t.CardCreated) -> list[str]:
        return [self._with(trigger.kind, "in", list=trigger.list)]

    @trigger.register
    def _(self, trigger: t.CardMoved) -> list[str]:
        ends = [word for word, given in (("from", trigger.from_), ("to", trigger.to)) if given]
        return [self.say(" ".join([trigger.kind, *ends]), **{"from": trigger.from_, "to": trigger.to})]

    @trigger.register
    def _(self, trigger: t.CommentAdded) -> list[str]:
        return [self._with(trigger.kind, "with", words=trigger.contains)]

    @trigger.register
    def _(self, trigger: t.ChecklistDone) -> list[str]:
        return [self._with(trigger.kind, "of", checklist=trigger.checklist)]

    @trigger.register
    def _(self, trigger: t.FormAnswered) -> list[str]:
        return [self.say(trigger.kind, form=trigger.form)]

    @trigger.register
    def _(self, trigger: t.FieldChanged) -> list[str]:
        return [self.say(trigger.kind, field=self.title(trigger.field))]

    @trigger.register
    def _(self, trigger: t.Becomes) -> list[str]:
        root, lines = trigger.condition.root, self.condition(trigger.condition)
        all_of_them = isinstance(root, Group) and root.kind == "all"
        return [self.say(trigger.kind), *(lines[1:] if all_of_them else self._listed(lines))]

    @trigger.register
    def _(self, trigger: t.Delivered) -> list[str]:
        return [self.say(trigger.kind, text=self.text(trigger.template))]

    @trigger.register
    def _(self, trigger: t.Bound) -> list[str]:
        return [self.say(trigger.kind, channel=system_name(trigger.channel))]

    @trigger.register
    def _(self, trigger: t.Approved) -> list[str]:
        return [self.say(trigger.kind, what=self.text(trigger.what))]

    @trigger.register
    def _(self, trigger: t.DocumentReady) -> list[str]:
        return [self.say(trigger.kind, document=trigger.document)]

    @trigger.register
    def _(self, trigger: t.Silence) -> list[str]:
        title = self.title(trigger.of)
        if isinstance(trigger.for_, Length):
            silence = self.say("silence", length=self.length(trigger.for_), field=title)
        else:
            silence = self.say("silence of", length=self.title(trigger.for_), field=title)
        if trigger.protected_until:
            return [self.say("silence protected", silence=silence, until=self.title(trigger.protected_until))]
        return [silence]

    @trigger.register
    def _(self, trigger: t.Schedule) -> list[str]:
        day = self.phrases.get(str(trigger.day), str(trigger.day))
        return [self.say(f"schedule {trigger.every}", day=day, time=trigger.time)]

    @trigger.register
    def _(self, trigger: t.SourceBlind) -> list[str]:
        fields = ", ".join(self.title(name) for name in trigger.of)
        return [self.say(trigger.kind, length=self.length(trigger.for_), fields=fields)]

    def _with(self, key: str, more: str, **given: str | None) -> str:
        """The phrase for what is named, or the shorter one where nothing is."""
        return self.say(f"{key} {more}" if all(given.values()) else key, **given)

    # -- what it wants ------------------------------------------------------------------------------------------

    @singledispatchmethod
    def action(self, action: Action) -> list[str]:
        """What an action does, as lines."""
        return [" ".join((action.verb, *action.content))]

    @action.register
    def _(self, action: Send) -> list[str]:
        said = self.say(action.verb, text=self.text(action.template), to=self.readers(action))
        if action.document:
            return [f"{said}, {self.say('send with', document=action.document)}"]
        return [f"{said}, {self.say('send renewed')}" if action.renews else said]

    @action.register
    def _(self, action: SetFields) -> list[str]:
        each = (
            self.say("clear", field=self.title(name))
            if value is None
            else self.say("set", field=self.title(name), value=self.value(name, value))
            for name, value in action.values.items()
        )
        return ["; ".join(each)]

    @action.register
    def _(self, action: Fill) -> list[str]:
        return [self.say(action.verb, map=action.fill.map)]

    @action.register
    def _(self, action: Create) -> list[str]:
        return [self.say(action.verb, name=self.words_of(action.card.name), list=action.card.list)]

    @action.register
    def _(self, action: DealOpen) -> list[str]:
        return [self.say(action.verb, name=self.words_of(action.name))]

    @action.register
    def _(self, action: Move) -> list[str]:
        return [self.say("move back") if action.back else self.say("move", list=action.to)]

    @action.register
    def _(self, action: Comment) -> list[str]:
        if action.text is not None:
            return [self.say("comment", words=self.words_of(action.text))]
        return [self.say("comment text", text=self.text(action.template or ""))]

    @action.register
    def _(self, action: LabelAdd) -> list[str]:
        return [self.say(action.verb, label=action.label)]

    @action.register
    def _(self, action: LabelRemove) -> list[str]:
        return [self.say(action.verb, label=action.label)]

    @action.register
    def _(self, action: Task) -> list[str]:
        task = action.task
        said = self.say(action.verb, title=self.words_of(task.title), **{"for": self.role(task.for_)})
        return [f"{said}, {self.say('due', length=self.length(task.due))}" if task.due is not None else said]

    @action.register
    def _(self, action: Call) -> list[str]:
        facts = ", ".join(self.title(name) for name in action.facts)
        return [self._with(action.verb, "facts", webhook=action.call, facts=facts)]

    @action.register
    def _(self, action: Document) -> list[str]:
        return [self.say(action.verb, document=action.document.template)]

    @action.register
    def _(self, action: Attach) -> list[str]:
        systems = ", ".join(system_name(name) for name in action.attach.to)
        return [self.say(action.verb, document=action.attach.document, to=systems)]

    @action.register
    def _(self, action: Checklist) -> list[str]:
        new = action.checklist
        made = self.ruleset.checklists.get(new.template)
        named = made.name.get(self.language, new.template) if made is not None else new.template
        said = [self.say(action.verb, title=self.words_of(new.title) if new.title is not None else named)]
        if new.for_:
            said.append(self.say("checklist for", **{"for": self.role(new.for_)}))
        if new.not_:
            said.append(self.say("checklist not", **{"not": self.title(new.not_)}))
        return [", ".join(said)]

    @action.register
    def _(self, action: Assign) -> list[str]:
        return [
            self.say(action.verb, field=self.title(name), person=self._person(person))
            for name, person in action.assign.items()
        ]

    @action.register
    def _(self, action: Propose) -> list[str]:
        asked = action.propose
        lines = [self.say(action.verb, text=self.text(asked.template), to=self.role(asked.to))]
        if asked.buttons:
            buttons = ", ".join(f"[{self.button(name)}]" for name in asked.buttons)
            lines[0] += f"; {self.say('propose buttons', buttons=buttons)}"
        if asked.on_approve:
            lines.append(self.say("propose yes"))
            lines += [line for inner in asked.on_approve for line in self._listed(self.action(inner))]
        return lines

    # -- names and values ---------------------------------------------------------------------------------------

    def title(self, name: str) -> str:
        """What people call a fact or a gate; its key where it has no title in any language."""
        if name.startswith("gate.") and name[5:] in self.ruleset.gates:
            titles: Mapping[str, str] = self.ruleset.gates[name[5:]].name
        else:
            spec = self.ruleset.fields.get(name)
            titles = spec.titles if spec else {}
        return titles.get(self.language) or titles.get(self.ruleset.defaults.language) or name

    def role(self, name: str) -> str:
        """What people call a role, a recipient or a person."""
        if name in self.phrases and name == "staff-chat":
            return self.phrases[name]
        return self.ruleset.roles.get(name, {}).get(self.language) or self.directory.name(name)

    def readers(self, action: Send) -> str:
        """Who reads what is sent: one, or everybody who has a role."""
        return self.say("each", role=self.role(action.each)) if action.each else self.role(action.to)

    def text(self, name: str) -> str:
        """A text by its first words; its key where the set has no text of that name."""
        known = self.ruleset.texts.get(name)
        if known is None:
            return name
        said = known.by_language.get(self.language) or known.by_language[self.ruleset.defaults.language]
        return opening(_TAG_OF_TEXT.sub("", _NAMED_IN_TEXT.sub(self._stands_for, said.source)))

    def button(self, name: str) -> str:
        """What stands on a button."""
        return self.ruleset.buttons.get(name, {}).get(self.language, name)

    def value(self, name: str, value: Any) -> str:
        """A value of a fact in the reader's words; «» around what is a name, nothing around numbers and dates."""
        spec = self.ruleset.fields.get(name)
        if isinstance(value, NotKnown):
            return self.say("not read")
        if value is None or value == ():
            return self.say("nothing")
        if isinstance(value, bool):
            return self.say("true" if value else "false")
        if name.startswith("gate."):
            return self.say(str(value))
        match value:
            case Money():
                return str(format_currency(value.amount, value.currency, locale=self.language))
            case int() | float() | Decimal():
                return str(format_decimal(value, locale=self.language))
            case datetime():
                return f"{value.astimezone(ZoneInfo(self.ruleset.zone)):%d.%m.%Y %H:%M}"
            case date():
                return str(format_date(value, "dd.MM.yyyy", locale=self.language))
            case tuple() | list():
                return ", ".join(self.value(name, item) for item in value)
            case "now" if spec is not None and spec.type in (FieldType.MOMENT, FieldType.DATE):
                return self.say("now")
        if spec is not None and spec.type is FieldType.LENGTH:
            return self.length(parse_length(str(value)))
        return self.quoted(_called(spec, str(value), self.language, self.directory))

    def length(self, length: Length) -> str:
        """2 working days, at 10:00."""
        count = abs(length.count)
        said = f"{count} {plural_form(self.language, count, self.phrases[length.unit])}"
        if length.at is None:
            return said
        return self.say("length at", length=said, time=_clock(length.at))

    def span(self, length: Length) -> str:
        """A length that stands by itself, with the side on which it lies of what it is counted from."""
        said = self.length(replace(length, at=None))
        said = self.say("length back", length=said) if length.count < 0 else said
        return said if length.at is None else self.say("length at", length=said, time=_clock(length.at))

    def rhythm(self, length: Length) -> str:
        """A length behind "once in": a single one is said without its number where a language says it so."""
        said = self.length(length)
        return said if self.language not in ("uk", "ru") else said.removeprefix("1 ")

    def words_of(self, template: Template) -> str:
        """A text written in an action, with the titles of the facts that it names."""
        return _NAMED_IN_TEXT.sub(lambda found: f"[{self.title(found[1])}]", template.source).strip()

    def _stands_for(self, found: re.Match[str]) -> str:
        """What a value is called, where it has a name that people know."""
        title = self.title(found[1])
        return f"[{title}]" if title != found[1] else "…"

    def quoted(self, name: str) -> str:
        """A name in the reader's quotation marks."""
        return quoted(name, self.language)

    def _person(self, key: str) -> str:
        return self.say(key) if key == "fair-choice" else self.directory.name(key)

    # -- sentences ----------------------------------------------------------------------------------------------

    @property
    def phrases(self) -> Mapping[str, str]:
        """The table of the reader's language."""
        return PHRASES.get(self.language, PHRASES["en"])

    def say(self, key: str, **given: Any) -> str:
        """A phrase with what belongs into it."""
        return filled(self.phrases[key], given)

    def _under(self, word: str, lines: Sequence[str]) -> list[str]:
        """The word and the first line beside each other, the others below."""
        return [f"{word} {lines[0]}", *lines[1:]]

    def _listed(self, lines: Sequence[str]) -> list[str]:
        return [f"{_INDENT}{_BULLET}{lines[0]}", *(f"{_INDENT}{_INDENT}{line}" for line in lines[1:])]


def _clock(minutes: int) -> str:
    """Minutes from midnight as a time of the day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _called(spec: FieldSpec | None, value: str, language: str, directory: Directory) -> str:
    """What people call a choice or a person."""
    if spec is None:
        return value
    if spec.type is FieldType.PERSON:
        return directory.name(value)
    return spec.called(value, language)


_SYSTEMS = {
    "trello": "Trello",
    "planfix": "Planfix",
    "telegram": "Telegram",
    "google_forms": "Google Forms",
    "email": "E-mail",
}


def system_name(name: str) -> str:
    """A system by its own name; that of one of several accounts (`trello:second`) says which."""
    system, _, account = name.partition(":")
    return f"{_SYSTEMS.get(system, system)} ({account})" if account else _SYSTEMS.get(name, name)
