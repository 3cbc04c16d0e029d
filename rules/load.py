"""Rule files in, a checked rule set out, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding
from rules.flaws import Path, Places
from rules.ruleset import FormMap, RuleSet


@dataclass(frozen=True, slots=True)
class Context:
    """What is known outside the rule files. None for what is not known here: names of that kind are not checked.

    `fields` are declared elsewhere (fields.yaml); `lists` and `labels` come from live boards; `names` are names that
    texts may use beside the facts ("inbox.*" for all that begin so). `tzdata` is the version of the time zone data.
    """

    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    languages: tuple[str, ...] = ("uk", "ru", "en")
    forms: Collection[str] | None = None
    maps: Mapping[str, FormMap] | None = None
    buttons: Mapping[str, Mapping[str, str]] | None = None
    documents: Collection[str] | None = None
    people: Collection[str] | None = None
    lists: Collection[str] | None = None
    labels: Collection[str] | None = None
    names: Collection[str] = ()
    tzdata: str = ""


@dataclass(frozen=True, slots=True)
class RawTest:
    """One entry of `tests:` as it was read, and where it stands: `places.position((*path, "steps", 0))`."""

    data: Mapping[str, Any]
    places: Places
    path: Path


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of reading: no rule set while any finding is an error."""

    ruleset: RuleSet | None
    findings: list[Finding]
    tests: tuple[RawTest, ...] = ()


def load_rules(files: Sequence[tuple[str, bytes]], context: Context = Context()) -> Loaded:  # noqa: B008 - frozen
    """The rule set that these files (name, content) say together."""
    raise NotImplementedError
