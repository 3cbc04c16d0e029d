"""The comparisons of conditions: each declared once, with the types of facts it fits and an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.model.fields import FieldType

_NAMES = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.PERSON})
_TEXT = frozenset({FieldType.TEXT})
_SIZES = frozenset({FieldType.NUMBER, FieldType.MONEY})
_SETS = frozenset({FieldType.SET})
_TIMES = frozenset({FieldType.MOMENT, FieldType.DATE})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What makes it true, an example as an admin writes it, and the types of facts it fits.

    `takes` is what stands behind it: a value of the fact, a list of values, a pair of them, true or false, or an age.
    """

    said: str
    example: str
    fits: frozenset[FieldType]
    takes: str = "value"


COMPARISONS: Mapping[str, Comparison] = {
    "is": Comparison(
        "equal; `field: value` means the same", "client.state: active", _NAMES | frozenset({FieldType.FLAG})
    ),
    "is_not": Comparison(
        "not equal, or empty", "brief.state: {is_not: received}", _NAMES | frozenset({FieldType.FLAG})
    ),
    "one_of": Comparison(
        "one of these; `field: [a, b]` means the same", "access.state: [received, checked]", _NAMES, "list"
    ),
    "none_of": Comparison("none of these, or empty", "deal.work_type: {none_of: [seo, smm]}", _NAMES, "list"),
    "contains": Comparison(
        "these words stand in it; capital letters do not matter", "client.wishes: {contains: терміново}", _TEXT
    ),
    "starts_with": Comparison("begins so; capital letters do not matter", 'client.phone: {starts_with: "+380"}', _TEXT),
    "like": Comparison("fits the pattern; `*` is anything", 'client.site: {like: "*.ua"}', _TEXT),
    "over": Comparison("more than", "deal.sum: {over: 0}", _SIZES),
    "under": Comparison("less than", "deal.sum: {under: 5000}", _SIZES),
    "at_least": Comparison("so much or more", "deal.sum: {at_least: 5000}", _SIZES),
    "at_most": Comparison("so much or less", "deal.sum: {at_most: 5000}", _SIZES),
    "between": Comparison(
        "from the first to the second, both included", "deal.sum: {between: [5000, 20000]}", _SIZES, "pair"
    ),
    "has": Comparison("the set holds it; `field: value` means the same", "card.labels: {has: VIP}", _SETS),
    "lacks": Comparison("the set does not hold it, or is empty", "card.labels: {lacks: VIP}", _SETS),
    "before": Comparison("earlier than a date, a moment or `now`", "brief.sent_at: {before: now}", _TIMES),
    "after": Comparison("later than a date, a moment or `now`", "brief.sent_at: {after: 2026-12-01}", _TIMES),
    "older_than": Comparison("so long ago or longer: `3d`, `36h`", "brief.sent_at: {older_than: 3d}", _TIMES, "age"),
    "filled": Comparison(
        "`true`: has a value, `false`: is empty", "client.phone: {filled: true}", frozenset(FieldType), "flag"
    ),
}
"""In the order in which they are offered."""
