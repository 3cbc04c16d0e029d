"""What conditions and actions are given as values: read from YAML and typed by the declared fact."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed, written
from rules.lengths import Length, declared_length

_OPERATOR = re.compile(r"(?:[<>]=?|[=!]=|=)\s*(.+)", re.DOTALL)
_IN_QUOTES = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|‘([^‘’]+)’")


def clause_constant(spec: FieldSpec, operator: str, given: object, zone: str) -> Any:
    """What a clause compares with, typed. Raises Flawed with paths from the written value."""
    if operator == "filled":
        return _bool(given, "filled")
    if operator in ("one_of", "none_of"):
        return frozenset(_each(spec, given))
    if operator == "between":
        if not isinstance(given, list) or len(given) != 2:
            raise Flawed(
                [
                    Flaw(
                        "wrong-type",
                        worded('"between" needs two values, got {given}', given=written(given)),
                        "write [10, 20]",
                    )
                ]
            )
        low, high = _each(spec, given)
        return (low, high)
    if operator == "older_than":
        return _age(given)
    value = typed_constant(spec, given, zone)
    if operator in ("is", "is_not"):
        _refuse_signs(value)
    return value


def _each(spec: FieldSpec, given: object) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("expected a list of values, got {given}", given=written(given)),
                    "write [one, two]",
                )
            ]
        )
    values, flaws = [], []
    for place, item in enumerate(given):
        try:
            values.append(typed_constant(spec, item))
            _refuse_signs(values[-1])
        except Flawed as error:
            flaws += [flaw.under(place) for flaw in error.flaws]
    if flaws:
        raise Flawed(flaws)
    return values


def _bool(given: object, what: str) -> bool:
    if not isinstance(given, bool):
        raise Flawed(
            [Flaw("wrong-type", worded("{what} is true or false, got {given}", what=what, given=written(given)))]
        )
    return given


def _age(given: object) -> Length:
    try:
        length = declared_length(given if isinstance(given, str) else str(given))
    except ValueError as error:
        raise Flawed([Flaw("bad-length", error.args[0])]) from error
    if length.working or length.at is not None or length.count < 0:
        raise Flawed(
            [
                Flaw(
                    "bad-length",
                    worded('"older_than" cannot be {length}', length=length),
                    "write days or hours: 3d, 36h",
                )
            ]
        )
    return length


def typed_constant(spec: FieldSpec, given: object, zone: str = "UTC") -> Any:
    """A value written in a rule, as the type of its field. Raises Flawed.

    For moments and dates also the word `now`; a moment without a time is that date.
    """
    match spec.type:
        case FieldType.FLAG:
            return _bool(given, worded("{key} is a flag: it", key=spec.key))
        case FieldType.NUMBER | FieldType.MONEY:
            if isinstance(given, bool) or not isinstance(given, (int, float)):
                raise Flawed(
                    [
                        Flaw(
                            "wrong-type",
                            worded("{key} is a number, got {given}", key=spec.key, given=written(given)),
                            _as_digits(given),
                        )
                    ]
                )
            return Decimal(str(given))
        case FieldType.MOMENT | FieldType.DATE:
            return _when(spec, given, zone)
    if not isinstance(given, str):
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("{key} is {kind}, got {given}", key=spec.key, kind=_a(spec.type), given=written(given)),
                    "put it in quotes",
                )
            ]
        )
    if spec.choices is not None and given not in spec.choices:
        raise Flawed([unknown_choice(spec, given)])
    return given


def _refuse_signs(given: object) -> None:
    """What no text of a person is: an operator in front of it, or the quotes that were meant to stand around it."""
    if not isinstance(given, str):
        return
    if meant := _OPERATOR.fullmatch(given):
        what = worded("{given} is compared letter by letter, its signs too", given=written(given))
        advice = worded("write only {value}, or compare by over:, under: or not:", value=meant[1])
        raise Flawed([Flaw("bad-value", what, advice)])
    if _IN_QUOTES.fullmatch(given):
        what = worded("the quotes of {given} count as part of the value", given=given)
        raise Flawed([Flaw("bad-value", what, 'put straight quotes around it: "…"')])


def _as_digits(given: object) -> str:
    """How a number is written, that people wrote with spaces, a comma for the point, a currency or in quotes."""
    digits = re.sub(r"[\s']|(?<=\d),(?=\d{3}(?!\d))", "", str(given)).replace(",", ".")
    found = re.fullmatch(r"[^\d.-]*(-?\d+(?:\.\d+)?)[^\d]*", digits) if isinstance(given, str) else None
    return (
        worded("write {number}: digits only, without quotes", number=found[1])
        if found
        else "write it in digits, such as 30000"
    )


def unknown_choice(spec: FieldSpec, given: str) -> Flaw:
    """The finding for a value that a closed choice or set does not have."""
    word = worded({"card.list": "list", "card.labels": "label"}.get(spec.key, "value of {key}"), key=spec.key)
    code = {"card.list": "unknown-list", "card.labels": "unknown-label"}.get(spec.key, "unknown-value")
    known = offered_lists(given, spec.choices or ())
    return Flaw(code, worded('"{given}" is not a {word}', given=given, word=word), did_you_mean(given, known))


def offered_lists(given: str, known: Collection[str]) -> tuple[str, ...]:
    """Each list that may be meant once. They are known by their names, and by those of their boards besides."""
    if " / " in given:
        return tuple(known)
    return tuple(one for one in known if one.rpartition(" / ")[2] == one or one.rpartition(" / ")[2] not in known)


def _a(kind: FieldType) -> str:
    return worded({FieldType.TEXT: "text", FieldType.SET: "a set of texts"}.get(kind, "a {kind}"), kind=kind)


def _when(spec: FieldSpec, given: object, zone: str) -> datetime | date | str:
    if given == "now":
        return "now"
    try:
        if len(str(given)) == len("2026-01-05"):
            return date.fromisoformat(str(given))
        moment = datetime.fromisoformat(str(given))
    except ValueError as error:
        advice = "write now, 2026-01-05 or 2026-01-05 10:00"
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("{key} is a {type}, got {given}", key=spec.key, type=spec.type, given=written(given)),
                    advice,
                )
            ]
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
