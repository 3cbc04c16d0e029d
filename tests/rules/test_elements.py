"""Every element of the language is declared once, explained, and its example does what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bridge.model.fields import FieldSpec, FieldType
from rules.comparisons import COMPARISONS
from rules.conditions import read_condition
from rules.entries import read_field
from rules.field_types import FIELD_TYPES
from rules.filters import FILTERS
from rules.reader import read
from rules.texts import read_text

TYPES = {
    "client.state": ("choice", ("active",)),
    "brief.state": ("choice", ("received",)),
    "access.state": ("choice", ("received", "checked")),
    "deal.work_type": ("choice", ("seo", "smm")),
    "card.labels": ("set", ("VIP",)),
    "deal.sum": ("money", None),
    "brief.sent_at": ("moment", None),
    "invoice.due": ("date", None),
    "step.days": ("number", None),
    "week.overdue": ("list", None),
}
TEXTS = ("client.name", "card.list", "client.phone", "client.site", "client.wishes", "brief.link")
FIELDS = {
    **{key: FieldSpec(key, FieldType(kind), "bridge", choices) for key, (kind, choices) in TYPES.items()},
    **{key: FieldSpec(key, FieldType.TEXT, "bridge") for key in TEXTS},
}


def example(written: str) -> Mapping[str, Any]:
    data = read("example", written.encode()).data
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("word", COMPARISONS)
def test_the_example_of_every_comparison_is_a_condition_of_it(word: str) -> None:
    [clause] = read_condition(example(COMPARISONS[word].example), FIELDS).clauses
    assert clause.operator == word


@pytest.mark.parametrize("kind", FieldType)
def test_the_example_of_every_type_declares_a_fact_of_it(kind: FieldType) -> None:
    [(key, declared)] = example(FIELD_TYPES[kind].example).items()
    assert read_field(key, declared, ("uk", "ru", "en")).type is kind


@pytest.mark.parametrize("kind", FieldType)
def test_every_type_can_at_least_be_asked_whether_it_is_filled(kind: FieldType) -> None:
    assert kind in COMPARISONS["filled"].fits


@pytest.mark.parametrize("word", FILTERS)
def test_the_example_of_every_filter_gives_what_it_says(word: str) -> None:
    told = FILTERS[word]
    text = read_text(told.example, "uk", FIELDS)
    [name] = text.names
    head, _, tail = name.partition(".")
    assert text.render({head: {tail: told.value}}) == told.shows
