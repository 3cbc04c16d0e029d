"""What clients write into forms, as the facts that it fills: a number with its spaces, a sum, a yes, a day. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.phones import answered_phone
from bridge.model.values import Money, Plain, Value

_NUMBER = re.compile(r"[-+]?\d[\d\s\u00a0\u202f'’]*(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"([-+]?[1-9]\d{0,2})((?:,\d{3})+|(?:\.\d{3}){2,})(?:[.,](\d+))?")
"""A number whose signs stand between thousands: 1,200,000 or 1,200.50."""
_CURRENCIES = {
    "UAH": ("uah", "грн", "гривень", "гривні", "гривен", "₴"),
    "USD": ("usd", "$", "дол", "долар", "доларів", "доллар", "долларов"),
    "EUR": ("eur", "€", "євро", "евро"),
    "PLN": ("pln", "zł", "злотих", "злотых"),
}
_YES = frozenset({"так", "да", "yes", "y", "true", "+", "є", "есть", "1"})
_NO = frozenset({"ні", "нет", "no", "n", "false", "-", "немає", "нема", "0"})
_DAYS = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y")
"""How people write a day in words of their own; a column of days is read as such."""
_EMAIL = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\".]{2,}")
_WANTED: dict[str, dict[str, str]] = {
    "number": {"uk": "число", "ru": "число", "en": "a number"},
    "money": {"uk": "сума, наприклад 12 500 грн", "ru": "сумма, например 12 500 грн", "en": "a sum such as 12,500 UAH"},
    "flag": {"uk": "«так» або «ні»", "ru": "«да» или «нет»", "en": "“yes” or “no”"},
    "date": {"uk": "дата, наприклад 30.11.2026", "ru": "дата, например 30.11.2026", "en": "a date such as 30.11.2026"},
    "moment": {
        "uk": "дата й година, наприклад 30.11.2026 14:00",
        "ru": "дата и время, например 30.11.2026 14:00",
        "en": "a date and time such as 30.11.2026 14:00",
    },
    "length": {"uk": "строк, наприклад 5d", "ru": "срок, например 5d", "en": "a length such as 5d"},
    "email": {"uk": "адреса пошти", "ru": "адрес почты", "en": "an e-mail address"},
    "phone": {"uk": "номер телефону", "ru": "номер телефона", "en": "a phone number"},
    "choice": {"uk": "один із варіантів: {of}", "ru": "один из вариантов: {of}", "en": "one of: {of}"},
    "set": {"uk": "варіанти з цих: {of}", "ru": "варианты из этих: {of}", "en": "some of: {of}"},
}

_NOT_PAST = {
    "uk": "дата, яка ще не минула",
    "ru": "дата, которая ещё не прошла",
    "en": "a date that has not passed yet",
}


def typed_answer(spec: FieldSpec, given: Plain, region: str = "UA") -> Value:
    """The value that a client's answer gives a fact; None for an empty one. Raises ValueError for what does not fit.

    A phone without a country code is one of `region`; of words around it nothing is kept. Days and moments come as ISO
    8601 where the sheet knows them as such. A choice is known by its name or by what people call it in any language.
    """
    if not isinstance(given, str):
        return parse_value(spec, given)
    said = " ".join(given.split())
    if not said:
        return None
    match spec.type:
        case FieldType.NUMBER:
            return _number(said)
        case FieldType.MONEY:
            return _money(said)
        case FieldType.FLAG:
            return _flag(said)
        case FieldType.DATE:
            return _day(said)
        case FieldType.CHOICE if spec.choices:
            return _choice(spec, said)
        case FieldType.SET:
            return _choices(spec, said)
        case FieldType.TEXT if _shape(spec) == "phone":
            return answered_phone(said, region)
        case FieldType.TEXT if _shape(spec) == "email" and not _EMAIL.fullmatch(said):
            raise ValueError(said)
    return parse_value(spec, given)


def wanted_of(spec: FieldSpec, language: str) -> str:
    """What an answer to such a question should be, in words."""
    words = _WANTED.get(_shape(spec), {})
    of = ", ".join(spec.called(one, language) for one in spec.choices or ())
    return words.get(language, words.get("en", "")).format(of=of)


def not_past(language: str) -> str:
    """What a day should be that must not have passed."""
    return _NOT_PAST.get(language, _NOT_PAST["en"])


def sample_answer(spec: FieldSpec) -> str:
    """Something that fits, for tests that do not care what was answered."""
    return {"email": "client@example.com", "phone": "+380440000000"}.get(_shape(spec), "відповідь")


def _shape(spec: FieldSpec) -> str:
    """What an answer is asked to be: its type, or what its place holds."""
    if spec.type is FieldType.TEXT:
        names = {place.rpartition(".")[2] for place in spec.places}
        return next((one for one in ("email", "phone") if one in names), "text")
    return spec.type.value


def _number(said: str) -> Decimal:
    if not _NUMBER.fullmatch(said):
        raise ValueError(said)
    bare = re.sub(r"[\s\u00a0\u202f'’]", "", said)
    grouped = _THOUSANDS.fullmatch(bare)
    if grouped:
        whole = f"{grouped[1]}{re.sub('[.,]', '', grouped[2])}"
        return Decimal(f"{whole}.{grouped[3] or 0}")
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        raise ValueError(said) from None


def _money(said: str) -> Money:
    found = _NUMBER.search(said)
    if found is None:
        raise ValueError(said)
    word = f"{said[: found.start()]}{said[found.end() :]}".strip(" .").casefold()
    amount = _number(found[0].strip())
    if not word:
        return Money(amount)
    currency = next((code for code, words in _CURRENCIES.items() if word in words), "")
    if not currency:
        raise ValueError(said)
    return Money(amount, currency)


def _flag(said: str) -> bool:
    word = said.casefold().strip(" .!")
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(said)


def _day(said: str) -> date:
    for form in _DAYS:
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(said)


def _choice(spec: FieldSpec, said: str) -> str:
    known = _called(spec)
    if said.casefold() not in known:
        raise ValueError(said)
    return known[said.casefold()]


def _choices(spec: FieldSpec, said: str) -> tuple[str, ...]:
    """The ticked options. A form joins them by commas, and an option may have commas of its own."""
    if not spec.choices:
        return tuple(part.strip() for part in said.split(",") if part.strip())
    known, left, found = _called(spec), said.casefold(), []
    while left:
        name = max((one for one in known if _begins(left, one)), key=len, default="")
        if not name:
            raise ValueError(said)
        found.append(known[name])
        left = left[len(name) :].lstrip(", ")
    return tuple(dict.fromkeys(found))


def _begins(text: str, name: str) -> bool:
    return text == name or text.startswith(f"{name},")


def _called(spec: FieldSpec) -> dict[str, str]:
    """Every name of each choice, in small letters."""
    named: Iterable[tuple[str, str]] = (
        (word, one) for one in spec.choices or () for word in (*spec.words.get(one, {}).values(), one)
    )
    return {" ".join(word.casefold().split()): one for word, one in named}
