"""Mistakes in a file while their place is still relative: what was found, and the path from where reading began."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.wording import worded

Path: TypeAlias = tuple[str | int, ...]


class Places(Protocol):
    """Where values stand in a file: a read document, or a part of one."""

    def position(self, path: Sequence[str | int], key: bool = False) -> Position:
        """The place of the value at `path`, or of its key."""

    def inside(self, path: Sequence[str | int], line: int, column: int = 1) -> Position:
        """The place of the line with that number (from 1) of the text at `path`, and of the column in it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One mistake. `path` leads to the value from where reading began; `key` means the key of it, not the value.

    `line` and `column` count from 1 inside a text of several lines; a line of 0 stands for the text as a whole.
    """

    code: str
    what: str
    advice: str = ""
    path: Path = ()
    key: bool = False
    line: int = 0
    column: int = 1
    level: Level = Level.ERROR

    def under(self, *steps: str | int) -> Flaw:
        """The same mistake seen from further up."""
        return replace(self, path=(*steps, *self.path))

    def finding(self, places: Places) -> Finding:
        """The mistake with its place in the file."""
        where = places.inside(self.path, self.line, self.column) if self.line else places.position(self.path, self.key)
        return Finding(where, self.code, self.what, self.advice, level=self.level)


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
            return worded("nothing")
        case str():
            return f'"{value}"'
        case list() | tuple():
            return worded("a list")
        case dict():
            return worded("a map")
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


_BOUNDS = {"ge": "at least {bound}", "gt": "over {bound}", "le": "at most {bound}", "lt": "under {bound}"}


def _told(kind: str, context: dict[str, Any], given: object, path: Path) -> Flaw:
    if kind == "missing":
        return Flaw("missing-key", worded('key "{key}" is missing', key=path[-1]), path=path[:-1])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return Flaw(
            "bad-value",
            worded("{given} is not allowed here", given=written(given)),
            did_you_mean(str(given), allowed),
            path,
        )
    code, expected, advice = _EXPECTED.get(kind, ("wrong-type", "", ""))
    if expected:
        what = worded("expected {expected}, got {given}", expected=worded(expected), given=written(given))
        return Flaw(code, what, advice, path)
    bounds = [worded(said, bound=context[name]) for name, said in _BOUNDS.items() if name in context]
    what = worded("{given} is not allowed here", given=written(given))
    return Flaw("bad-value", what, worded("{bounds}", bounds=bounds), path)


_ELSEWHERE = {"on": "when", "trigger": "when", "do": "then", "actions": "then", "condition": "if", "where": "if"}
"""What other tools call it."""
_TRANSLATED = {
    "коли": "when",
    "когда": "when",
    "якщо": "if",
    "если": "if",
    "тоді": "then",
    "тогда": "then",
    "інакше": "else",
    "иначе": "else",
    "хіба": "unless",
    "разве": "unless",
    "через": "after",
    "кроки": "steps",
    "шаги": "steps",
}
"""A key as `bridge explain` says it to people."""


def same_key(word: str) -> str:
    """The key of a rule that somebody means by what other tools, or the sentences told of rules, call it; or ""."""
    folded = word.strip().casefold()
    return _ELSEWHERE.get(folded) or _TRANSLATED.get(folded, "")


def _meant(key: str, known: Collection[str]) -> str:
    """Advice for a key that is not known here."""
    same = same_key(key)
    return worded('did you mean "{name}"?', name=same) if same in known else did_you_mean(key, known)


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
            advice = worded("write {keys}", keys=[f"{name}: …" for name in known])
            raise Flawed(
                [Flaw("wrong-type", worded("expected a map (key: value), got {given}", given=written(data)), advice)]
            )
        flaws = [
            Flaw("unknown-key", worded('unknown key "{key}"', key=key), _meant(str(key), known), (key,), key=True)
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
