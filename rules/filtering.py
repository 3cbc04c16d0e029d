"""What the filters of texts give, in one language and for one reader; `rules.filters` declares them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from bridge.model.quoting import inside
from bridge.model.values import Labelled, Money, NotKnown, aware
from rules.markups import Plain, cleaned
from rules.plurals import plural_form

_URL = re.compile(r"(?:https?|tg)://\S+\Z")
_EMPTY = "—"
_CODE_BEFORE = re.compile("[A-Z]{3}(?=[0-9])")
"""A currency's code right before the sum, as in UAH12: CLDR wants a space there, which Babel leaves out."""
_DIGITS = 24
"""A number of more digits is told as it is written: nobody means it, with its fraction Babel would refuse it, and
written out it could fill the memory."""
_WORDS = {
    "uk": {True: "так", False: "ні", None: "ще не прочитано", "more": "… ще {}"},
    "ru": {True: "да", False: "нет", None: "ещё не прочитано", "more": "… ещё {}"},
    "en": {True: "yes", False: "no", None: "not read yet", "more": "… {} more"},
}


class _Ready(str):
    """Text that already is markup."""

    __slots__ = ()


class Speech:
    """The filters of one language and one markup."""

    def __init__(self, language: str, markup: Plain) -> None:
        self.language, self.markup = language, markup
        self.words: Mapping[Any, str] = _WORDS.get(language, _WORDS["en"])

    @pass_context
    def finalize(self, context: Context, value: Any) -> str:
        return value if isinstance(value, _Ready) else self.markup.escape(self.said(context, value))

    def said(self, context: Context, value: Any) -> str:
        """A value without a filter, in the text's language."""
        match value:
            case Undefined():
                return str(value)
            case None | "" | () | []:
                return _EMPTY
            case Labelled():
                return cleaned(value.label)
            case bool():
                return self.words[value]
            case NotKnown():
                return self.words[None]
            case Money():
                return self._money(value)
            case int() | float() | Decimal():
                amount = _amount(value)
                return str(value) if amount is None else str(format_decimal(amount, locale=self.language))
            case datetime():
                return f"{self.date(context, value)}, {self.time(context, value)}"
            case date():
                return self.date(context, value)
            case list() | tuple():
                return ", ".join(self.said(context, item) for item in value)
            case _:
                return cleaned(str(value)) or _EMPTY

    @pass_context
    def bold(self, context: Context, value: Any) -> _Ready:
        return _Ready(self.markup.bold(self.said(context, value)))

    @pass_context
    def link(self, context: Context, url: Any, title: Any) -> _Ready:
        words = self.said(context, title)
        if not isinstance(url, str) or not _URL.match(url):
            str(url)
            return _Ready(self.markup.escape(words))
        return _Ready(self.markup.link(url, words))

    @pass_context
    def date(self, context: Context, value: Any) -> str:
        return self._dated(context, value, "d MMMM y")

    @pass_context
    def day(self, context: Context, value: Any) -> str:
        return self._dated(context, value, "EEEE, d MMMM")

    @pass_context
    def time(self, context: Context, value: Any) -> str:
        moment = _local(context, value)
        if isinstance(moment, datetime):
            return str(format_time(moment, "HH:mm", locale=self.language))
        return self.said(context, value) if moment is None else _EMPTY

    def _dated(self, context: Context, value: Any, pattern: str) -> str:
        moment = _local(context, value)
        return self.said(context, value) if moment is None else str(format_date(moment, pattern, locale=self.language))

    @pass_context
    def money(self, context: Context, value: Any, currency: str = "UAH") -> str:
        amount = _amount(value)
        if amount is None:
            return self.said(context, value)
        own = (
            value.currency if isinstance(value, Money) else value.get("currency") if isinstance(value, Mapping) else ""
        )
        return self._money(Money(amount, str(own or currency)))

    def _money(self, value: Money) -> str:
        if _amount(value.amount) is None:
            return f"{value.amount} {value.currency}"
        told = str(format_currency(value.amount, value.currency, locale=self.language))
        return _CODE_BEFORE.sub("\\g<0>\u00a0", told)

    @pass_context
    def number(self, context: Context, value: Any) -> str:
        amount = _amount(value)
        return self.said(context, value) if amount is None else str(format_decimal(amount, locale=self.language))

    @pass_context
    def plural(self, context: Context, value: Any, forms: str) -> str:
        amount = _amount(value)
        return self.said(context, value) if amount is None else plural_form(self.language, amount, forms)

    @pass_context
    def num(self, context: Context, value: Any, forms: str) -> str:
        amount = _amount(value)
        if amount is None:
            return self.said(context, value)
        return f"{self.number(context, value)} {plural_form(self.language, amount, forms)}"

    @pass_context
    def within(self, context: Context, value: Any, opening: str) -> str:
        """A value between quotation marks, with the inner ones in place of its own."""
        if isinstance(value, _Ready):
            return _Ready(inside(value, opening))
        return inside(self.said(context, value), opening)

    def more(self, whole: int, most: int, ends: str) -> str:
        return self.words["more"].format(whole - most) + ends

    def default(self, value: Any, other: Any) -> Any:
        return other if isinstance(value, (Undefined, NotKnown)) or value in (None, "", (), []) else value

    @pass_context
    def join(self, context: Context, value: Any, between: str = ", ") -> str:
        return between.join(self.said(context, item) for item in items(value)) or _EMPTY

    def count(self, value: Any) -> int:
        return len(items(value))

    def first(self, value: Any) -> Any:
        return next(iter(items(value)), None)

    def sort(self, value: Any) -> list[Any]:
        return sorted(items(value), key=lambda item: str(item).casefold())

    @pass_context
    def limit(self, context: Context, value: Any, most: int) -> Any:
        """A text cut with …, or a list cut with how many more there are."""
        if not isinstance(value, (list, tuple)):
            text = self.said(context, value)
            return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"
        if len(value) <= most:
            return value
        rest = (
            [] if any(isinstance(item, Mapping) for item in value) else [self.words["more"].format(len(value) - most)]
        )
        return [*value[:most], *rest]

    @pass_context
    def upper(self, context: Context, value: Any) -> str:
        return self.said(context, value).upper()

    @pass_context
    def lower(self, context: Context, value: Any) -> str:
        return self.said(context, value).lower()

    @pass_context
    def title(self, context: Context, value: Any) -> str:
        return self.said(context, value).title()


def items(value: Any) -> Sequence[Any]:
    if value is None or isinstance(value, NotKnown):
        return ()
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]


def _local(context: Context, value: Any) -> datetime | date | None:
    """A moment or a date, typed or written, on the reader's wall clock."""
    try:
        if isinstance(value, str) and value:
            value = date.fromisoformat(value) if len(value) == len("2026-01-05") else datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return aware(value).astimezone(ZoneInfo(str(context.resolve("_zone"))))
    except ValueError:
        return None  # words where a moment was promised: they are told as they are
    return value if isinstance(value, date) else None


def _amount(value: Any) -> Decimal | None:
    """A number, or that of a sum, typed or written; None for what is empty or none."""
    given = value.amount if isinstance(value, Money) else value.get("amount") if isinstance(value, Mapping) else value
    if not isinstance(given, (int, float, Decimal, str)):
        return None
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < _DIGITS else None
