"""Answers to a form into facts: typed, never over what a person wrote; what differs or does not fit is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from bridge.model.answers import COMPLETED, WAITING
from bridge.model.decisions import CommentCard, WriteFields
from bridge.model.fields import FieldSpec, plain_value
from bridge.model.planning import Wanted
from bridge.model.values import NotKnown, Plain, Value
from rules.actions.facts import Fill, SetFields
from rules.answers import not_past, typed_answer, wanted_of
from rules.conditions import shown
from rules.maps import FormMap
from rules.owing import owe
from rules.ruleset import RuleSet
from rules.speaking import Said, say

if TYPE_CHECKING:
    from rules.firing import Firing

_LONGEST = 500
"""So much of an answer is told on the card; the whole stands in the sheet."""


@dataclass
class _Outcome:
    """What became of the answers: what is written, and what people are told of.

    `wanted` says in the client's language what each fact wants whose answer did not fit.
    """

    values: dict[str, Value] = field(default_factory=dict)
    because: dict[str, str] = field(default_factory=dict)
    differ: list[dict[str, str]] = field(default_factory=list)
    wanted: dict[str, str] = field(default_factory=dict)
    unfit: list[dict[str, str]] = field(default_factory=list)


def fill(action: Fill, firing: Firing) -> None:
    """Answers into facts. What a person or a rule wrote stays, and the difference is told on the card, once.

    An answer that says what the one before it said was weighed then: it is not told of again.
    """
    mapping = firing.planning.ruleset.maps[action.fill.map]
    language = firing.planning.ruleset.defaults.language
    before = _answers(firing.event.data.get("values_before"))
    given = _answers(firing.event.data.get("values"))
    made = _Outcome()
    theirs = _language_of_client(firing)
    coming = {mapping.answers[question] for question in mapping.not_past}
    answered_on = firing.planning.calendar.local(firing.moment).date()
    for name in dict.fromkeys(mapping.answers.values()):  # several questions may ask for one fact
        answer = given.get(name)
        if answer in (None, ""):
            continue
        again, told = before.get(name) == answer, {"title": firing.title(name), "given": str(answer)[:_LONGEST]}
        spec = firing.planning.ruleset.fields[name]
        try:
            value = typed_answer(spec, answer, firing.planning.office.region)
        except ValueError:
            made.wanted[name] = wanted_of(spec, theirs)
            if not again:
                made.unfit.append({**told, "wanted": wanted_of(spec, language)})
            continue
        if name in coming and _day_of(value, firing) < answered_on:
            made.wanted[name] = not_past(theirs)
            if not again:
                made.unfit.append({**told, "wanted": not_past(language)})
            continue
        now = firing.facts.value(name, firing.subject)
        if _stays(spec, now, value, before.get(name), firing):
            if not again:
                made.differ.append({**told, "kept": _readable(now)})
        elif spec.source == "bridge":
            firing.planning.set_fact(firing, name, value)
        else:
            made.values[name] = value
            questions = " / ".join(question for question, asked in mapping.answers.items() if asked == name)
            made.because[name] = f"form:{mapping.form} «{questions}» {firing.event.id}"
    write_down(made.values, made.because, firing, firing.key(action))
    skipped = _waiting(firing, mapping, given)
    owe(mapping, given, made.wanted, skipped, theirs, firing)
    _tell("system.conflict", "conflict", {"conflict.rows": made.differ}, firing, action)
    _tell("system.unfit_answer", "unfit", {"answer.unfit": made.unfit}, firing, action)


def _answers(values: Plain) -> Mapping[str, Plain]:
    return values if isinstance(values, Mapping) else {}


def _day_of(value: Value, firing: Firing) -> date:
    """The day of a date or a moment; the last of all for what is neither."""
    if isinstance(value, datetime):
        return firing.planning.calendar.local(value).date()
    return value if isinstance(value, date) else date.max


def _waiting(firing: Firing, mapping: FormMap, given: Mapping[str, Plain]) -> set[str]:
    """The facts of which this answer says nothing: their columns were not found, or it is only what followed later."""
    if firing.event.kind == COMPLETED:
        return set(mapping.answers.values()) - given.keys()
    waits = firing.event.data.get(WAITING)
    return set(map(str, waits)) if isinstance(waits, (list, tuple)) else set()


def _language_of_client(firing: Firing) -> str:
    planning = firing.planning
    known = "client.language" in planning.ruleset.fields
    spoken = firing.facts.value("client.language", firing.subject) if known else None
    return spoken if isinstance(spoken, str) else planning.ruleset.defaults.language


def _stays(spec: FieldSpec, now: Value | NotKnown, value: Value, before: Plain, firing: Firing) -> bool:
    """Whether somebody else's value may stand there: not empty, not the answer, and not what an answer put there.

    What was not read, or cannot be understood, may be a person's too. A fact of the bridge's own is somebody else's
    only where a rule sets it, too.
    """
    if now is None or now == value:
        return False
    if spec.source != "bridge":
        return isinstance(now, NotKnown) or plain_value(now) != firing.written(spec.key)
    return (
        now != _was_given(spec, before, firing)
        and now != spec.default
        and _is_set_by_rules(spec.key, firing.planning.ruleset)
    )


def _was_given(spec: FieldSpec, answer: Plain, firing: Firing) -> Value:
    try:
        return typed_answer(spec, answer, firing.planning.office.region)
    except ValueError:
        return None


def _is_set_by_rules(name: str, ruleset: RuleSet) -> bool:
    return any(
        isinstance(action, SetFields) and name in action.values
        for rule in ruleset.rules
        for action in (*rule.then, *rule.otherwise, *(one for step in rule.steps for one in step.then))
    )


def _readable(value: Value | NotKnown) -> str:
    return "?" if isinstance(value, NotKnown) else "" if value is None else shown(value)


def _tell(template: str, name: str, rows: Mapping[str, list[dict[str, str]]], firing: Firing, action: Fill) -> None:
    if not any(rows.values()):
        return
    ruleset = firing.planning.ruleset
    said = say(ruleset, firing.facts, firing.subject, template, ruleset.defaults.language, markup="trello", extra=rows)
    if isinstance(said, Said):
        decision = CommentCard(said.text, template)
        firing.want(Wanted(f"{firing.key(action)}/{name}", decision, firing.subject, firing.cause))


def write_down(values: Mapping[str, Value], because: Mapping[str, str], firing: Firing, key: str) -> None:
    """One write a record: the fields of each remote record together."""
    records: dict[str, tuple[dict[str, Plain], dict[str, str]]] = {}
    for name, value in values.items():
        spec = firing.planning.ruleset.fields[name]
        for target in spec.write_to or (spec.source,):
            record, _, place = target.rpartition(".")
            into, why = records.setdefault(record, ({}, {}))
            into[place] = plain_value(value)
            why[place] = because.get(name, f"rule:{firing.rule.id}")
    for record, (into, why) in sorted(records.items()):
        firing.want(Wanted(f"{key}>{record}", WriteFields(record, into, why), firing.subject, firing.cause))
