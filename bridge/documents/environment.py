"""The template language of admins: a small, closed, sandboxed Jinja, with filters in the document's language.

Runs in the child process only (see child.py): memory and loops are bounded there, not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from datetime import time as clock_time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bridge.documents.errors import DocumentRefused

LOCALES: Mapping[str, str] = {"uk": "uk", "ru": "ru", "en": "en_GB"}

# Day first in all three languages; the English one spells the month, as 04/05 is read in two ways.
_SHORT_DATES: Mapping[str, str] = {"uk": "dd.MM.yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}

_KEPT_FILTERS = (
    *("abs", "count", "first", "int", "join", "last", "length", "list", "lower", "map", "reject", "rejectattr"),
    *("replace", "round", "select", "selectattr", "sort", "trim", "unique", "upper"),
)

# National numbers are written in these groups after the country's code; a number of another shape stays as it is.
_PHONE_GROUPS: Mapping[str, tuple[int, ...]] = {"380": (2, 3, 2, 2), "48": (3, 3, 3), "7": (3, 3, 2, 2), "1": (3, 3, 4)}


class Absent(Undefined):
    """A field that is not there: false and empty in a condition, as are the fields of it; an error where printed."""

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: object) -> Absent:  # type: ignore[override]
        return self


class DocumentEnvironment(ImmutableSandboxedEnvironment):
    """Jinja in which `a.b` on a mapping is its key b and nothing else: `invoice.items` is a field, never a method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a mapping; anything else as the sandbox allows."""
        return self._key(obj, attribute) if isinstance(obj, dict) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The key of a mapping, the item of a list."""
        return self._key(obj, argument) if isinstance(obj, dict) else super().getitem(obj, argument)

    def _key(self, obj: dict[Any, Any], name: Any) -> Any:
        return obj[name] if name in obj else self.undefined(obj=obj, name=name)


def environment(language: str, *, for_xml: bool) -> DocumentEnvironment:
    """The template language with filters that speak `language` (uk, ru or en).

    `for_xml` escapes what is printed: without it a value with `&` or `<` loses its text in a Word file.
    """
    if language not in LOCALES:
        known = ", ".join(LOCALES)
        raise DocumentRefused("language-unknown", f"documents do not speak `{language}`", advice=f"use one of {known}")
    jinja = DocumentEnvironment(undefined=Absent, autoescape=for_xml, finalize=_printed)
    jinja.globals.clear()
    jinja.filters = {name: jinja.filters[name] for name in _KEPT_FILTERS} | _filters(language)
    return jinja


def _printed(value: Any) -> Any:
    return "" if value is None else value


def _filters(language: str) -> dict[str, Callable[..., Any]]:
    return {
        "default": _default,
        "d": _default,
        "money": partial(_money, language),
        "date": partial(_date, language),
        "time": _time,
        "city": partial(_city, language),
        "plural": partial(_plural, language),
        "phone": _phone,
    }


def _default(value: Any, instead: Any = "—") -> Any:
    """`instead` for what is absent, none, or an empty text; a zero stays a zero."""
    empty = isinstance(value, Undefined) or value is None or (isinstance(value, str) and not value.strip())
    return instead if empty else value


def _money(language: str, value: Any, currency: str | None = None) -> str:
    amount = _number("money", value).quantize(Decimal("0.01"), ROUND_HALF_UP)
    locale = LOCALES[language]
    if currency is None:
        return str(format_decimal(amount, "#,##0.00", locale))
    return str(format_currency(amount, currency, locale=locale))


def _date(language: str, value: Any, style: str = "short", zone: str | None = None) -> str:
    """A day: 24.11.2026, or with "long" 24 листопада 2026 р.; a moment is a day only in a zone."""
    if style not in ("short", "long"):
        raise FilterArgumentError('`date` is written "short" or "long"')
    moment = _moment("date", value, zone)
    day = moment.date() if isinstance(moment, datetime) else moment
    pattern = _SHORT_DATES[language] if style == "short" else "long"
    return str(format_date(day, pattern, locale=LOCALES[language]))


def _time(value: Any, zone: str | None = None) -> str:
    moment = _moment("time", value, zone)
    if not isinstance(moment, datetime):
        raise FilterArgumentError("`time` was given a day without a time")
    return f"{clock_time(moment.hour, moment.minute):%H:%M}"


def _city(language: str, zone: Any) -> str:
    """The city that a time zone is named after: Europe/Kyiv is Київ."""
    name = _zone("city", zone).key
    # Babel's aliases lead to the newest names, its translations stand under the old ones (Europe/Kiev).
    names = [name, *(old for old, new in get_global("zone_aliases").items() if new == name)]
    cities = Locale.parse(LOCALES[language]).time_zones
    written = (cities[each]["city"] for each in names if "city" in cities.get(each, ()))
    return str(next(written, name.rpartition("/")[2].replace("_", " ")))


def _plural(language: str, value: Any, *forms: str) -> str:
    """The form that goes with the number: (one, few, many[, fraction]) in uk and ru, (one, other) in en."""
    wanted = ("one", "other") if language == "en" else ("one", "few", "many")
    if len(forms) < len(wanted):
        raise FilterArgumentError(f"`plural` needs {len(wanted)} forms in {language}: {', '.join(wanted)}")
    by_tag = dict(zip(wanted, forms, strict=False))
    by_tag.setdefault("other", forms[3] if len(forms) > 3 else forms[1])
    return by_tag[Locale.parse(LOCALES[language]).plural_form(_number("plural", value))]


def _phone(value: Any) -> str:
    text = str(value)
    digits = re.sub(r"[\s().-]", "", text)
    for code, groups in _PHONE_GROUPS.items():
        national = digits.removeprefix(f"+{code}")
        if national != digits and national.isdecimal() and len(national) == sum(groups):
            return " ".join([f"+{code}", *_cut(national, groups)])
    return text


def _cut(digits: str, groups: tuple[int, ...]) -> list[str]:
    ends = [sum(groups[: count + 1]) for count in range(len(groups))]
    return [digits[end - size : end] for end, size in zip(ends, groups, strict=True)]


def _number(asked_by: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise FilterArgumentError(f"`{asked_by}` was given something that is no number") from None
    if not number.is_finite():
        raise FilterArgumentError(f"`{asked_by}` was given something that is no number")
    return number


def _moment(asked_by: str, value: Any, zone: str | None) -> date | datetime:
    try:
        text = str(value)
        found = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise FilterArgumentError(f"`{asked_by}` was given something that is no ISO date") from None
    if not isinstance(found, datetime):
        return found
    if found.tzinfo is None or zone is None:
        raise FilterArgumentError(f'`{asked_by}` of a moment needs its zone, as in date("long", brief.zone)')
    return found.astimezone(_zone(asked_by, zone))


def _zone(asked_by: str, name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise FilterArgumentError(f"`{asked_by}` was given a time zone that does not exist") from None
