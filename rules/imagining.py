"""Events that never were, written as a rule names them (`card.moved: {to: Архів}`): read and checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from rules.flaws import Flawed, written
from rules.names import Known
from rules.registry import keys_of
from rules.ruleset import RuleSet
from rules.triggers import TRIGGERS, Approved, Button, CommandWord, FormAnswered, Trigger, parse_trigger

_TOLD_BY_TIME = frozenset({"becomes", "silence", "schedule"})
_CLIENTS_OWN: Mapping[str, str] = {"message": "text", "comment.added": "text"}
_MORE: Mapping[str, tuple[str, ...]] = {
    "message": ("text",),
    "comment.added": ("text",),
    "command": ("text",),
    "field.changed": ("old", "new"),
    "form.answered": ("answers", "values", "title", "answered_at", "revision"),
}
"""What may be said of an event beside that which rules ask for."""
_WHERE = frozenset({"card.moved"})
"""The events that say nothing without the list they lead to."""


def keys_of_event(trigger: type[Trigger]) -> frozenset[str]:
    """What may be said of an event of this kind: that which rules ask for, and what else comes with it."""
    return frozenset(keys_of(trigger)) | {*_MORE.get(trigger.kind, ())}


def read_event(given: object, ruleset: RuleSet) -> tuple[type[Trigger], dict[str, Plain]]:
    """The trigger whose kind an event is of, and what is said of it. Raises ValueError with a sentence for people."""
    kind, said = next(iter(given.items())) if isinstance(given, dict) and len(given) == 1 else (given, None)
    trigger = TRIGGERS.get(kind) if isinstance(kind, str) and kind not in _TOLD_BY_TIME else None
    if trigger is None:
        words = [word for word in TRIGGERS.words() if word not in _TOLD_BY_TIME]
        name = kind if isinstance(kind, str) else written(kind)
        raise ValueError(worded('unknown event "{kind}"; {advice}', kind=name, advice=did_you_mean(str(kind), words)))
    data = _data(trigger, said)
    own = keys_of(trigger)
    for key in data.keys() - keys_of_event(trigger):
        advice = did_you_mean(str(key), keys_of_event(trigger))
        raise ValueError(worded('{kind} has no key "{key}"; {advice}', kind=trigger.kind, key=key, advice=advice))
    if trigger.kind in _WHERE and "to" not in data:
        raise ValueError(worded("{kind}: say where to: {example}", kind=trigger.kind, example="card.moved: {to: …}"))
    try:
        read = parse_trigger({trigger.kind: {key: data[key] for key in data if key in own}}, _known(ruleset))
    except Flawed as error:
        flaw = error.flaws[0]
        raise ValueError(
            worded("{what}; {advice}", what=flaw.what, advice=flaw.advice) if flaw.advice else flaw.what
        ) from error
    _heard(read, ruleset)
    return trigger, data


def _data(trigger: type[Trigger], said: object) -> dict[str, Any]:
    if said is None or isinstance(said, dict):
        return dict(said or {})
    word = _CLIENTS_OWN.get(trigger.kind, trigger.short)
    if not word or isinstance(said, list):
        what = worded("{kind} cannot be {given}", kind=trigger.kind, given=written(said))
        raise ValueError(worded("{what}; {advice}", what=what, advice=worded("write its keys in braces")))
    return {word: said}


def _known(ruleset: RuleSet) -> Known:
    """The names that an event may bear."""
    heard = [trigger for rule in ruleset.rules for trigger in rule.when]
    return Known(
        fields=ruleset.fields,
        gates=ruleset.gates,
        texts=ruleset.texts,
        roles=ruleset.roles,
        calendars=ruleset.calendars,
        zone=ruleset.zone,
        forms={one.form for one in heard if isinstance(one, FormAnswered)}
        | {one.form for one in ruleset.maps.values()},
        buttons={one.button for one in heard if isinstance(one, Button)} | set(ruleset.buttons),
    )


def _heard(event: Trigger, ruleset: RuleSet) -> None:
    """Refuses what no rule can have heard of: a command, or a text or document to agree to, that none of them names."""
    heard = [trigger for rule in ruleset.rules for trigger in rule.when]
    if isinstance(event, CommandWord):
        words = {one.command for one in heard if isinstance(one, CommandWord)}
        words |= {rule.override.command for rule in ruleset.rules if rule.override is not None}
        if event.command.casefold() not in {word.casefold() for word in words}:
            advice = did_you_mean(event.command, words)
            raise ValueError(worded('no rule knows the command "{word}"; {advice}', word=event.command, advice=advice))
    if isinstance(event, Approved) and event.what not in ruleset.texts:
        kinds = {one.what for one in heard if isinstance(one, Approved)}
        if event.what not in kinds:
            advice = did_you_mean(event.what, {*kinds, *ruleset.texts})
            raise ValueError(
                worded('"{name}" is no template and no document; {advice}', name=event.what, advice=advice)
            )
