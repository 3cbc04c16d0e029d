"""The filters that admins write after a field, in each language."""

from __future__ import annotations

import pytest
from jinja2.exceptions import FilterArgumentError, UndefinedError

from bridge.documents.environment import environment

MOMENT = "2026-11-24T22:30:00+00:00"
NBSP, NARROW = "\u00a0", "\u202f"

WRITTEN = [
    ("uk", "{{ 95300.5 | money }}", f"95{NBSP}300,50"),
    ("uk", "{{ '0.125' | money('UAH') }}", f"0,13{NBSP}₴"),
    ("ru", "{{ 1000001 | money('UAH') }}", f"1{NBSP}000{NBSP}001,00{NBSP}₴"),
    ("en", "{{ 95300.5 | money('EUR') }}", "€95,300.50"),
    ("uk", "{{ '2026-11-04' | date }}", "04.11.2026"),
    ("en", "{{ '2026-11-04' | date }}", "4 Nov 2026"),
    ("uk", "{{ '2026-11-22' | date('long') }}", f"22 листопада 2026{NARROW}р."),
    ("ru", "{{ '2026-11-22' | date('long') }}", f"22 ноября 2026{NARROW}г."),
    ("en", "{{ '2026-11-22' | date('long') }}", "22 November 2026"),
    ("uk", "{{ moment | date('short', 'Europe/Kyiv') }}", "25.11.2026"),
    ("uk", "{{ moment | time('Europe/Kyiv') }}", "00:30"),
    ("uk", "{{ moment | time('Europe/London') }}", "22:30"),
    ("uk", "{{ 'Europe/Kyiv' | city }}", "Київ"),
    ("ru", "{{ 'Europe/Warsaw' | city }}", "Варшава"),
    ("en", "{{ 'America/New_York' | city }}", "New York"),
    ("uk", "{{ 1 | plural('день', 'дні', 'днів') }}", "день"),
    ("uk", "{{ 22 | plural('день', 'дні', 'днів') }}", "дні"),
    ("ru", "{{ 11 | plural('день', 'дня', 'дней') }}", "дней"),
    ("uk", "{{ 1.5 | plural('день', 'дні', 'днів', 'дня') }}", "дня"),
    ("en", "{{ 5 | plural('day', 'days') }}", "days"),
    ("uk", "{{ '+380671234567' | phone }}", "+380 67 123 45 67"),
    ("uk", "{{ '+7 (916) 123-45-67' | phone }}", "+7 916 123 45 67"),
    ("uk", "{{ 'внутрішній 12' | phone }}", "внутрішній 12"),
    ("uk", "{{ nothing | default }}", "—"),
    ("uk", "{{ '  ' | default('немає') }}", "немає"),
    ("uk", "{{ 0 | default('немає') }}", "0"),
    ("uk", "{{ none }}", ""),
    ("uk", "{{ data.items }}", "рядки"),
    ("uk", "{% if data.gone.deeper %}так{% else %}ні{% endif %}", "ні"),
    ("uk", "{% if data.gone == 'a' %}так{% else %}ні{% endif %}", "ні"),
]
REFUSED = [
    "{{ 'багато' | money }}",
    "{{ 'NaN' | money }}",
    "{{ 'учора' | date }}",
    "{{ '2026-11-22' | date('full') }}",
    "{{ moment | date }}",
    "{{ '2026-11-22T10:00:00' | time('Europe/Kyiv') }}",
    "{{ '2026-11-22' | time('Europe/Kyiv') }}",
    "{{ moment | time('Europe/Nowhere') }}",
    "{{ moment | time('../../etc/passwd') }}",
    "{{ 2 | plural('день', 'дні') }}",
]


@pytest.mark.parametrize(("language", "text", "written"), WRITTEN)
def test_written_as(language: str, text: str, written: str) -> None:
    assert _render(language, text) == written


@pytest.mark.parametrize("text", REFUSED)
def test_refused_rather_than_guessed(text: str) -> None:
    with pytest.raises(FilterArgumentError):
        _render("uk", text)


def test_an_absent_field_is_not_printed_as_nothing() -> None:
    with pytest.raises(UndefinedError):
        _render("uk", "{{ data.gone }}")


def test_printed_values_are_escaped_for_a_word_file() -> None:
    assert environment("uk", for_xml=True).from_string("{{ a }}").render(a="A & <b>") == "A &amp; &lt;b&gt;"


def _render(language: str, text: str) -> str:
    return environment(language, for_xml=False).from_string(text).render(moment=MOMENT, data={"items": "рядки"})
