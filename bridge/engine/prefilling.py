"""What stands filled in when a client opens a form: what they answered before, and what the bridge knows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bridge.model.answers import fact_of
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.judging import kept_as, read
from bridge.model.passwords import without_passwords
from bridge.model.planning import Fact, Subject
from bridge.model.values import NotKnown, Value
from bridge.store.rows import ClientState, StoredRecord

if TYPE_CHECKING:
    from bridge.engine.context import Context, FormLink

_NEVER = frozenset({FieldType.PERSON, FieldType.MONEY, FieldType.MOMENT, FieldType.FLAG})
"""Facts of the agency's own: no client is asked for them in these words."""


def with_answers_filled_in(subjects: Mapping[str, Subject], state: ClientState, context: Context) -> dict[str, Subject]:
    """The subjects, with links to forms that carry the answers known so far. `subjects` are all of one client."""
    filled = dict(subjects)
    for form in context.forms.values():
        field = fact_of(form.id, "link")
        for id, subject in subjects.items():
            link = subject.facts.get(field)
            if form.prefill and link is not None and isinstance(link.value, str):
                above = list(_with_those_above(subject, subjects))
                answers = answers_known(form, above, state.records, context.ruleset.fields)
                kept, _at = state.facts.get((id, kept_as(form.id)), (None, None))
                owed = state.facts.get((id, fact_of(form.id, "owed")), (None, None))[0]
                asked = {*read(kept).again, *(owed if isinstance(owed, (list, tuple)) else ())}
                answers = {one: text for one, text in answers.items() if one not in asked}
                facts = {**filled[id].facts, field: replace(link, value=form.fill(link.value, answers))}
                filled[id] = replace(filled[id], facts=facts)
    return filled


def answers_known(
    form: FormLink,
    above: Sequence[Subject],
    records: Mapping[str, Collection[StoredRecord]],
    fields: Mapping[str, FieldSpec],
) -> dict[str, str]:
    """The answer to each question of a form that can be filled in, as far as one is known.

    What was answered to this form counts most, then what was answered under the same title elsewhere, then the fact
    that the question is about. `above` is the deal and its client, in this order. Nothing that looks like a password
    is given, and nothing commercial.
    """
    responses = [one for subject in above for one in records.get(subject.id, ()) if _is_response(one)]
    responses.sort(key=lambda one: (one.fields.get("form") == form.id, str(one.fields.get("answered_at"))))
    given: dict[str, str] = {}
    for response in responses:
        given.update(_answers(response))
    facts = _facts(above)
    language = _language(facts)
    known: dict[str, str] = {}
    for question, key in form.prefill.items():
        spec = fields.get(key)
        text = given.get(question) or (_shown(spec, facts.get(key), language) if spec is not None else "")
        if text and without_passwords(f"{question}: {text}") == f"{question}: {text}":
            known[question] = text
    return known


def _with_those_above(subject: Subject, subjects: Mapping[str, Subject]) -> Iterator[Subject]:
    upper: Subject | None = subject
    while upper is not None:
        yield upper
        upper = subjects.get(upper.parent)


def _is_response(record: StoredRecord) -> bool:
    return record.ref.kind == "response" and not record.deleted


def _answers(response: StoredRecord) -> dict[str, str]:
    answers = response.fields.get("answers")
    return (
        {name: text for name, text in answers.items() if isinstance(text, str)} if isinstance(answers, Mapping) else {}
    )


def _facts(above: Iterable[Subject]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for subject in above:
        found = {**subject.facts, **found}
    return found


def _language(facts: Mapping[str, Fact]) -> str:
    fact = facts.get("client.language")
    return fact.value if fact is not None and isinstance(fact.value, str) else ""


def _shown(spec: FieldSpec, fact: Fact | None, language: str) -> str:
    """A fact as its owner would write it into the form; "" for what is not known or not theirs to read."""
    if fact is None or spec.commercial or spec.type in _NEVER:
        return ""
    return _written(spec, fact.value, language)


def _written(spec: FieldSpec, value: Value | NotKnown, language: str) -> str:
    match value:
        case None | NotKnown():
            return ""
        case tuple():
            return ", ".join(spec.called(str(one), language) for one in value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case _:
            return spec.called(str(value), language)
