"""One text for every reader: as Telegram, Trello and an e-mail show it, with names that try to be more than names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Money
from rules.markups import MARKUPS
from rules.texts import read_text
from tests.conftest import Golden

FIELDS = {
    key: FieldSpec(key, FieldType(kind), "x")
    for key, kind in (
        ("client.name", "text"),
        ("client.site", "text"),
        ("deal.sum", "money"),
        ("deal.hours", "number"),
        ("invoice.due", "date"),
        ("brief.sent_at", "moment"),
    )
}
TEXTS = {
    "uk": """\
Добрий день, {{ client.name|bold }}!
1. Бриф надіслано {{ brief.sent_at|day }} о {{ brief.sent_at|time }}: {{ client.site|link("відкрити *анкету*") }}.
{{ client.name }}
- Рахунок на {{ deal.sum|money }}, термін — {{ invoice.due|date }}.
{{ deal.hours|num("година|години|годин|години") }} разом.
{% for need in gate.missing %}
• {{ need.say }}
{% endfor %}
""",
    "ru": """\
Добрый день, {{ client.name|bold }}!
1. Бриф отправлен: {{ brief.sent_at|day }}, {{ brief.sent_at|time }}: {{ client.site|link("открыть *анкету*") }}.
{{ client.name }}
- Счёт на {{ deal.sum|money }}, срок — {{ invoice.due|date }}.
{{ deal.hours|num("час|часа|часов|часа") }} всего.
{% for need in gate.missing %}
• {{ need.say }}
{% endfor %}
""",
    "en": """\
Hello, {{ client.name|bold }}!
1. The brief was sent on {{ brief.sent_at|day }} at {{ brief.sent_at|time }}: {{ client.site|link("open *the form*") }}.
{{ client.name }}
- An invoice of {{ deal.sum|money }}, due {{ invoice.due|date }}.
{{ deal.hours|num("hour|hours") }} in all.
{% for need in gate.missing %}
• {{ need.say }}
{% endfor %}
""",
}
NAMES = {
    "plain": "ТОВ «Ромашка»",
    "tags": "<b>Ян</b> & \"Сини\" <script>alert('x')</script> &lt;",
    "marks": "*Ян_Марія* [тут](https://evil.example) `#1` ~~ні~~ > | \\",
    "mentions": "@olena, пошта olena@example.test 🌼👩‍👧",
    "lines": "- перший\n2) другий\n===\n# третій",
    "unseen": "Ян\u202eяірам\x00\x07",
}


def values(name: str) -> dict[str, Any]:
    return {
        "client": {"name": name, "site": "https://example.test/f?a=1&b=(2)_*x*"},
        "deal": {"sum": Money(Decimal("12345.50")), "hours": Decimal(21)},
        "invoice": {"due": date(2026, 12, 1)},
        "brief": {"sent_at": datetime(2026, 11, 24, 14, 5, tzinfo=UTC)},
        "gate": {"missing": [{"say": "доступи_до *кабінету*"}, {"say": name}]},
    }


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("markup", MARKUPS)
def test_a_text_reads_as_it_did_when_it_was_looked_at_last(language: str, markup: str, golden: Golden) -> None:
    text = read_text(TEXTS[language], language, FIELDS, ("gate.missing",))
    shown = (f"== {kind}\n{text.render(values(name), markup, 'Europe/Kyiv')}\n" for kind, name in NAMES.items())
    golden.check(f"renderings/{language}-{markup}.txt", "\n".join(shown))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("- a", "\\- a"),
        ("+ a", "\\+ a"),
        ("+380441234567", "+380441234567"),
        ("-5 °C", "-5 °C"),
        ("12. a", "12\\. a"),
        ("12.5", "12.5"),
        ("1) a", "1\\) a"),
        ("a\n---", "a\n\\---"),
        ("a\n==", "a\n\\=="),
        ("a - b = c 1. d", "a - b = c 1. d"),
        ("&lt; & co", "\\&lt; & co"),
        ("   - a", "   \\- a"),
    ],
)
def test_no_name_makes_a_list_or_a_heading_in_trello(given: str, written: str) -> None:
    assert MARKUPS["trello"].escape(given) == written


def test_bold_stays_bold_over_a_line_break_in_trello() -> None:
    assert MARKUPS["trello"].bold(" ФОП\n\nЯн ") == "**ФОП Ян**"


def test_what_nobody_sees_is_not_said() -> None:
    text = read_text("{{ client.name }}|{{ client.name|bold }}", "uk", FIELDS)
    assert text.render({"client": {"name": "а\x00б\u202eв\nг"}}, "telegram") == "абв\nг|<b>абв\nг</b>"


def test_a_currency_without_a_sign_stands_apart_from_its_sum() -> None:
    text = read_text("{{ deal.sum|money }}", "en", FIELDS)
    assert text.render({"deal": {"sum": Money(Decimal("1234.5"))}}, "plain") == "UAH\u00a01,234.50"
    assert text.render({"deal": {"sum": Money(Decimal(5), "EUR")}}, "plain") == "€5.00"
