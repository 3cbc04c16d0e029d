"""One form for what a fact holds, however a system writes it: so that two values can be compared. Pure.

A number comes back without the zeros that it was written with, a moment without its seconds, a day as a moment of it,
a choice in the words of a list that somebody made by hand. None of these is a change.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.phones import phone_of
from bridge.model.values import Plain, aware, moment_text, parse_moment

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Customs:
    """How things are written where the agency is: its zone, the country of phones without one, its currency."""

    zone: str = "UTC"
    region: str = "UA"
    currency: str = "UAH"


def canonical(spec: FieldSpec, plain: Plain, customs: Customs, system: str = "") -> Plain:
    """The one form of what a place of `system` holds. None for empty; a flag that nobody set is not set.

    What cannot be understood stays as it is written, and equals only itself.
    """
    if plain is None or plain in ("", [], ()):
        return False if spec.type is FieldType.FLAG else None
    match spec.type:
        case FieldType.FLAG:
            return plain
        case FieldType.NUMBER:
            return _number(plain) or _text(plain) or None
        case FieldType.MONEY:
            return _money(plain, customs)
        case FieldType.MOMENT:
            return _moment(plain, customs) or _text(plain) or None
        case FieldType.DATE:
            return _day(plain, customs) or _text(plain) or None
        case FieldType.SET:
            return sorted({_ours(spec, _text(one), system) for one in _each(plain)}) or None
        case FieldType.LIST:
            return [_text(one) for one in _each(plain)]
        case FieldType.CHOICE:
            return _ours(spec, _text(plain), system) or None
        case FieldType.TEXT if _is_phone(spec):
            return _phone(plain, customs)
        case _:
            return _text(plain) or None


def same(spec: FieldSpec, one: Plain, other: Plain, customs: Customs) -> bool:
    """Whether two values mean the same. Of a sum that one of them tells without its currency, the amount counts."""
    if one == other:
        return True
    if spec.type is FieldType.MONEY and isinstance(one, Mapping) is not isinstance(other, Mapping):
        one, other = _amount(one), _amount(other)
    return canonical(spec, one, customs) == canonical(spec, other, customs)


def as_written(spec: FieldSpec, value: Plain, system: str) -> Plain:
    """A value in its one form as a place of `system` writes it; `canonical` of it gives the value back."""
    theirs = spec.written.get(system, {})
    if isinstance(value, str) and spec.type is FieldType.CHOICE:
        return theirs.get(value, value)
    if isinstance(value, (list, tuple)) and spec.type is FieldType.SET:
        return [theirs.get(str(one), str(one)) for one in value]
    return value


def _text(plain: Plain) -> str:
    """Letters that look the same are the same; the ends of lines and of the text do not count."""
    return unicodedata.normalize("NFC", str(plain)).replace("\r\n", "\n").replace("\r", "\n").strip()


def _each(plain: Plain) -> Sequence[Plain]:
    return plain if isinstance(plain, Sequence) and not isinstance(plain, str) else [plain]


def _ours(spec: FieldSpec, text: str, system: str) -> str:
    """The value that a system's own words mean; a word nobody declared means itself."""
    return next((ours for ours, theirs in spec.written.get(system, {}).items() if theirs == text), text)


def _number(plain: Plain) -> str | None:
    """The number without the zeros and spaces it may be written with. A comma before three digits may be either."""
    if isinstance(plain, bool):
        return None
    text = _SPACES.sub("", str(plain))
    text = text.replace(",", ".") if _COMMA.fullmatch(text) else text
    try:
        number = Decimal(text) if _PLAIN_NUMBER.fullmatch(text) or isinstance(plain, (int, float)) else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite():
        return None
    written = f"{number:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    whole = written.lstrip("+-").lstrip("0")
    digits = f"0{whole}" if not whole or whole.startswith(".") else whole
    return f"-{digits}" if written.startswith("-") and digits != "0" else digits


def _amount(plain: Plain) -> Plain:
    return plain.get("amount") if isinstance(plain, Mapping) else plain


def _money(plain: Plain, customs: Customs) -> Plain:
    amount = _number(_amount(plain))
    if amount is None:
        return (_text(plain) or None) if not isinstance(plain, Mapping) else dict(plain)
    currency = str(plain.get("currency") or "") if isinstance(plain, Mapping) else ""
    return {"amount": amount, "currency": currency.upper() or customs.currency}


def _moment(plain: Plain, customs: Customs) -> str | None:
    """To the minute: not every system keeps seconds. A day is its beginning where the agency is."""
    text = str(plain).strip()
    try:
        moment = parse_moment(text)
    except ValueError:
        day = _written_day(text)
        if day is None:
            return None
        moment = aware(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(customs.zone)))
    return moment_text(moment.replace(second=0, microsecond=0))


def _day(plain: Plain, customs: Customs) -> str | None:
    text = str(plain).strip()
    day = _written_day(text)
    if day is None:
        try:
            day = parse_moment(text).astimezone(ZoneInfo(customs.zone)).date()
        except (ValueError, OverflowError):
            return None
    return day.isoformat()


def _written_day(text: str) -> date | None:
    """The day of `2026-12-01` or `01.12.2026`; None for anything else."""
    dotted = _DOTTED.fullmatch(text)
    try:
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        return date.fromisoformat(text) if len(text) == len("2026-12-01") else None
    except ValueError:
        return None


def _is_phone(spec: FieldSpec) -> bool:
    return "phone" in (spec.key.rpartition(".")[2], spec.source.rpartition(".")[2])


def _phone(plain: Plain, customs: Customs) -> str | None:
    text = _text(plain)
    return phone_of(text, customs.region) or text or None
