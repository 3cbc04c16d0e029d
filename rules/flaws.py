"""Mistakes in a file while their place is still relative: what was found, and the path from where reading began."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from bridge.model.findings import Finding, Position, did_you_mean

Path: TypeAlias = tuple[str | int, ...]


class Places(Protocol):
    """Where values stand in a file: a read document, or a part of one."""

    def position(self, path: Sequence[str | int], key: bool = False) -> Position:
        """The place of the value at `path`, or of its key."""

    def inside(self, path: Sequence[str | int], line: int) -> Position:
        """The place of the line with that number (from 1) of the text at `path`."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One mistake. `path` leads to the value from where reading began; `key` means the key of it, not the value.

    `line` counts from 1 inside a text of several lines, 0 for the text as a whole.
    """

    code: str
    what: str
    advice: str = ""
    path: Path = ()
    key: bool = False
    line: int = 0

    def under(self, *steps: str | int) -> Flaw:
        """The same mistake seen from further up."""
        return replace(self, path=(*steps, *self.path))

    def finding(self, places: Places) -> Finding:
        """The mistake with its place in the file."""
        where = places.inside(self.path, self.line) if self.line else places.position(self.path, self.key)
        return Finding(where, self.code, self.what, self.advice)


class Flawed(ValueError):
    """What was read has mistakes, all of them collected."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(flaw.what for flaw in self.flaws))


def written(value: object) -> str:
    """A value as an admin would write it in YAML: "text" in quotes, true, 12."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str():
            return f'"{value}"'
        case list() | tuple():
            return "a list"
        case dict():
            return "a map"
        case _:
            return str(value)


def flaws_of(error: ValidationError) -> list[Flaw]:
    """The mistakes in a pydantic error, told by its type and never by its English text."""
    flaws: list[Flaw] = []
    for item in error.errors(include_url=False):
        path = tuple(item["loc"])
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, Flawed):
            flaws += [flaw.under(*path) for flaw in cause.flaws]
        else:
            flaws.append(_told(item["type"], item.get("ctx", {}), item["input"], path))
    return flaws


_EXPECTED = {
    "string_type": ("wrong-type", "text", "put it in quotes"),
    "bool_type": ("wrong-type", "true or false", ""),
    "int_type": ("wrong-type", "a whole number", "write it without quotes"),
    "dict_type": ("wrong-type", "a map (key: value)", ""),
    "mapping_type": ("wrong-type", "a map (key: value)", ""),
    "tuple_type": ("wrong-type", "a list", ""),
    "list_type": ("wrong-type", "a list", ""),
}


def _told(kind: str, context: dict[str, Any], given: object, path: Path) -> Flaw:
    if kind == "missing":
        return Flaw("missing-key", f'key "{path[-1]}" is missing', path=path[:-1])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return Flaw("bad-value", f"{written(given)} is not allowed here", did_you_mean(str(given), allowed), path)
    code, expected, advice = _EXPECTED.get(kind, ("wrong-type", "", ""))
    if expected:
        return Flaw(code, f"expected {expected}, got {written(given)}", advice, path)
    bound = ", ".join(f"{name} {value}" for name, value in context.items() if name in ("ge", "gt", "le", "lt"))
    return Flaw("bad-value", f"{written(given)} is not allowed here", bound, path)


class Params(BaseModel):
    """The declaration of one element of the language: frozen, and every key it does not know is a finding."""

    # Built when first read: a start reads half of them by themselves, and builds the others as parts of these.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        known = {field.alias or name: name for name, field in cls.model_fields.items()}
        if isinstance(data, cls):
            return data
        if not isinstance(data, dict):
            advice = "write " + ", ".join(f"{name}: …" for name in known)
            raise Flawed([Flaw("wrong-type", f"expected a map (key: value), got {written(data)}", advice)])
        flaws = [
            Flaw("unknown-key", f'unknown key "{key}"', did_you_mean(str(key), known), (key,), key=True)
            for key in data
            if key not in known
        ]
        try:
            made = handler({key: value for key, value in data.items() if key in known})
        except ValidationError as error:
            raise Flawed([*flaws, *flaws_of(error)]) from error
        if flaws:
            raise Flawed(flaws)
        return made
