"""The forms of a word beside a number, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel import Locale

FORMS: Mapping[str, tuple[str, ...]] = {
    "uk": ("one", "few", "many"),
    "ru": ("one", "few", "many"),
    "ro": ("one", "few", "other"),
    "en": ("one", "other"),
}
"""The plural forms that a text in each language gives; uk and ru may add a fourth, for fractions."""


def forms_of(language: str) -> tuple[str, ...]:
    """The names of the forms that a text in this language gives."""
    if language in FORMS:
        return FORMS[language]
    return (*sorted(Locale.parse(language).plural_form.tags), "other")


def plural_form(language: str, count: Any, forms: str) -> str:
    """The form of a word for a count, of "день|дні|днів": as many forms as FORMS has for the language."""
    each = [form.strip() for form in forms.split("|")]
    names = forms_of(language)
    category = str(Locale.parse(language).plural_form(Decimal(str(count))))
    if category in names:
        return each[names.index(category)]
    # A fraction in uk and ru: the fourth form, or the one that comes nearest.
    return each[len(names)] if len(each) > len(names) else each[names.index("few")]
