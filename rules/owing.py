"""What a client owes to a form: obligatory answers that are empty, and answers that do not fit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bridge.model.events import ActorKind, Event
from bridge.model.passwords import without_passwords
from bridge.model.values import NotKnown, Plain, Value
from rules.answers import wanted_of
from rules.maps import FormMap

if TYPE_CHECKING:
    from rules.firing import Firing
    from rules.plan import Planning

_LONGEST = 100
"""So much of an answer is told back to the client."""
_INSTEAD = {
    "uk": "{question}: замість «{given}» — {wanted}",
    "ru": "{question}: вместо «{given}» — {wanted}",
    "en": "{question}: {wanted} instead of “{given}”",
}


def owe(
    mapping: FormMap,
    given: Mapping[str, Plain],
    unfit: Mapping[str, str],
    skipped: Collection[str],
    language: str,
    firing: Firing,
) -> None:
    """Notes which questions the client is asked once more, where the agency declares a fact for that.

    `unfit` says in the client's `language` what each fact wants whose answer did not fit; nothing new is known of the
    `skipped` facts. An obligatory answer is owed while nobody has entered its fact; one that a person has entered since
    is not owed anew for the same wrong answer.
    """
    fields = firing.planning.ruleset.fields
    if mapping.owed not in fields:
        return
    before = _owed(mapping, firing.subject, firing.planning)
    told = firing.event.data.get("values_before")
    weighed = told if isinstance(told, Mapping) else {}
    now: dict[str, str] = {}
    for question, name in mapping.answers.items():
        answer = given.get(name)
        if name in skipped:
            now |= {question: before[question]} if question in before else {}
        elif name in unfit and (question in before or weighed.get(name) != answer):
            now[question] = _asked(question, str(answer), unfit[name], language)
        elif (
            question in mapping.obligatory
            and answer in (None, "")
            and _is_empty(firing.facts.value(name, firing.subject))
        ):
            wanted = wanted_of(fields[name], language)
            now[question] = f"{question}: {wanted}" if wanted else question
    if now != before:
        firing.planning.set_fact(firing, mapping.owed, tuple(now) or None)
        if mapping.owed_words in fields:
            firing.planning.set_fact(firing, mapping.owed_words, tuple(now.values()) or None)


def entered(event: Event, deals: Sequence[str], planning: Planning) -> None:
    """What a person enters by hand is owed no more. While something is left, the client is not told of less."""
    if event.actor.kind is ActorKind.BRIDGE or event.data.get("new") in (None, "", []):
        return
    for mapping in planning.ruleset.maps.values():
        there = {question for question, name in mapping.answers.items() if name == event.data.get("field")}
        if there and mapping.owed in planning.ruleset.fields:
            for deal in deals:
                _owed_less(mapping, there, deal, event, planning)


def _owed_less(mapping: FormMap, there: Collection[str], deal: str, event: Event, planning: Planning) -> None:
    before = _owed(mapping, deal, planning)
    now = {question: words for question, words in before.items() if question not in there}
    if now == before:
        return
    for name, value in ((mapping.owed, tuple(now)), (mapping.owed_words, tuple(now.values()))):
        if name in planning.ruleset.fields:
            planning.settle_fact(event, deal, name, value or None, told=not now)


def _owed(mapping: FormMap, deal: str, planning: Planning) -> dict[str, str]:
    """What is owed so far: the words for the client by question."""
    questions = _texts(planning.facts.value(mapping.owed, deal))
    words = (
        _texts(planning.facts.value(mapping.owed_words, deal)) if mapping.owed_words in planning.ruleset.fields else ()
    )
    return dict(zip(questions, words, strict=False)) if len(words) == len(questions) else dict.fromkeys(questions, "")


def _texts(value: Value | NotKnown) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _is_empty(value: Value | NotKnown) -> bool:
    return value is None or value == ()


def _asked(question: str, given: str, wanted: str, language: str) -> str:
    """What stands there and what is asked for; nothing that looks like a password is told back."""
    said = " ".join(given.split())[:_LONGEST]
    if without_passwords(f"{question}: {said}") != f"{question}: {said}":
        return f"{question}: {wanted}"
    return _INSTEAD.get(language, _INSTEAD["en"]).format(question=question, given=said, wanted=wanted)
