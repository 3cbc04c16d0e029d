"""The filters of texts: each declared once, with what it takes, what it fits, and an example with what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bridge.model.fields import FieldType

_MANY = frozenset({FieldType.SET, FieldType.LIST})
_TIMES = frozenset({FieldType.MOMENT, FieldType.DATE})
_AMOUNTS = frozenset({FieldType.NUMBER, FieldType.MONEY})


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter does; `example` in uk gives `shows` where the name in it is `value`.

    `arguments` is how many it takes, at least and at most; `fits` the types of facts (none: all).
    """

    said: str
    example: str
    value: Any
    shows: str
    arguments: tuple[int, int] = (0, 0)
    fits: frozenset[FieldType] = frozenset()


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "bold": Filter("in bold; comes last", "{{ client.name|bold }}", "Зерно", "<b>Зерно</b>"),
        "link": Filter(
            "a link with that title; comes last",
            '{{ brief.link|link("анкета") }}',
            "https://example.test/f",
            '<a href="https://example.test/f">анкета</a>',
            (1, 1),
            frozenset({FieldType.TEXT}),
        ),
        "num": Filter(
            "the number with its noun, in the form it asks for",
            "{{ step.days|num('день|дні|днів') }}",
            2,
            "2 дні",
            (1, 1),
            frozenset({FieldType.NUMBER}),
        ),
        "plural": Filter(
            "only the noun, in the form the number asks for",
            "{{ step.days|plural('день|дні|днів') }}",
            5,
            "днів",
            (1, 1),
            frozenset({FieldType.NUMBER}),
        ),
        "money": Filter(
            "a sum with its currency", "{{ deal.sum|money }}", 12000, "12\u00a0000,00\u00a0₴", (0, 1), _AMOUNTS
        ),
        "number": Filter(
            "a number as the language writes it", "{{ deal.sum|number }}", 12000, "12\u00a0000", fits=_AMOUNTS
        ),
        "date": Filter("the date in words", "{{ invoice.due|date }}", "2026-12-24", "24 грудня 2026", fits=_TIMES),
        "day": Filter(
            "the day of the week and the date", "{{ invoice.due|day }}", "2026-12-24", "четвер, 24 грудня", fits=_TIMES
        ),
        "time": Filter(
            "the time of the day, in the agency's zone",
            "{{ brief.sent_at|time }}",
            "2026-12-24T10:05:00Z",
            "10:05",
            fits=frozenset({FieldType.MOMENT}),
        ),
        "default": Filter(
            "other words where it is empty", '{{ client.phone|default("немає") }}', None, "немає", (1, 1)
        ),
        "join": Filter(
            "a list in one line", '{{ card.labels|join(" і ") }}', ["VIP", "SEO"], "VIP і SEO", (0, 1), _MANY
        ),
        "count": Filter("how many there are", "{{ week.overdue|count }}", ["а", "б"], "2", fits=_MANY),
        "first": Filter("the first one", "{{ card.labels|first }}", ["VIP", "SEO"], "VIP", fits=_MANY),
        "sort": Filter("in order of the alphabet", "{{ card.labels|sort }}", ["VIP", "SEO"], "SEO, VIP", fits=_MANY),
        "limit": Filter(
            "cut after so many letters, or entries of a list",
            "{{ client.name|limit(6) }}",
            "Кав’ярня",
            "Кав’я…",
            (1, 1),
        ),
        "upper": Filter("in capital letters", "{{ client.name|upper }}", "зерно", "ЗЕРНО"),
        "lower": Filter("in small letters", "{{ client.name|lower }}", "Зерно", "зерно"),
        "title": Filter("each word with a capital letter", "{{ client.name|title }}", "олена коваль", "Олена Коваль"),
    }
)
"""In the order in which they are offered."""
