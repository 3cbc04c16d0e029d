"""Blueprints: rules with blanks, filled in the loaded tree and never in text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed, Params, Path, written
from rules.names import Known

KINDS = ("text", "choice", "texts", "template", "length", "flag")
_BLANK = re.compile(r"\{input\.([a-z_]+)\}")


def _kind(value: object) -> str:
    if value not in KINDS:
        raise Flawed(
            [
                Flaw(
                    "bad-value",
                    worded("{given} is not a type of input", given=written(value)),
                    did_you_mean(str(value), KINDS),
                )
            ]
        )
    return str(value)


def _inputs(value: object) -> object:
    return {} if value is None else value


class Input(Params):
    """One blank: its type, what it may be, and what it is when nobody says."""

    type: Annotated[str, BeforeValidator(_kind)] = Field(description="text, choice, texts, template, length or flag")
    of: Any = Field(default=None, description="what a choice may be")
    of_field: str | None = Field(default=None, description="the fact whose values it may be")
    default: Any = Field(default=None, description="what it is when nobody says")


class Version(Params):
    """A blueprint under one of its numbers; an entry of `earlier:` tells how it was before."""

    version: Annotated[int, Field(strict=True, ge=1)] = Field(description="its number")
    inputs: Annotated[Mapping[str, Input], BeforeValidator(_inputs)] = Field(
        default_factory=dict, description="the blanks"
    )
    rule: dict[str, Any] = Field(description="the rule, with {input.NAME} where a blank is")


class Blueprint(Version):
    """One entry of `blueprints:`: its present version, and those before."""

    version: Annotated[int, Field(strict=True, ge=1)] = Field(default=1, description="a number that grows")
    name: str = Field(default="", description="what people call it")
    earlier: list[Version] = Field(default_factory=list, description="how it was before, while somebody uses it so")

    def versions(self) -> Mapping[int, tuple[Version, Path]]:
        """Every version by its number, each with where it stands in the blueprint. Raises Flawed for a number twice."""
        found: dict[int, tuple[Version, Path]] = {self.version: (self, ())}
        for place, one in enumerate(self.earlier):
            if one.version in found:
                what = worded("version {version} is there twice", version=one.version)
                raise Flawed([Flaw("duplicate-name", what, path=("earlier", place, "version"))])
            found[one.version] = one, ("earlier", place)
        return found


class Use(Params):
    """One entry of `use:`."""

    blueprint: str = Field(description="the blueprint")
    version: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        default=None, description="which version of it; the present one when nobody says"
    )
    id: str = Field(description="the id of the rule that is made")
    input: dict[str, Any] = Field(default_factory=dict, description="what stands in the blanks")


def expanded(blueprint: Version, use: Use, names: Known) -> dict[str, Any]:
    """The rule with its blanks filled. Raises Flawed with paths from the `use:` entry."""
    flaws = [
        Flaw(
            "unknown-key",
            worded('unknown input "{key}"', key=key),
            did_you_mean(key, blueprint.inputs),
            ("input", key),
            key=True,
        )
        for key in use.input
        if key not in blueprint.inputs
    ]
    values: dict[str, Any] = {}
    for name, blank in blueprint.inputs.items():
        value = use.input.get(name, blank.default)
        if value is None:
            flaws.append(Flaw("missing-key", worded('input "{name}" is missing', name=name), path=("input",)))
            continue
        flaws += [flaw.under("input", name) for flaw in _unfit(name, blank, value, names)]
        values[name] = value
    if flaws:
        raise Flawed(flaws)
    return {"id": use.id, **_filled(blueprint.rule, values)}


def _unfit(name: str, blank: Input, value: object, names: Known) -> list[Flaw]:
    if blank.type == "texts":
        missing = [one for one in names.languages if not (isinstance(value, dict) and value.get(one))]
        return [
            Flaw("missing-language", worded('{name} has no text in "{one}"', name=name, one=one)) for one in missing
        ]
    if blank.type == "flag":
        return (
            []
            if isinstance(value, bool)
            else [Flaw("wrong-type", worded("{name} is true or false, got {given}", name=name, given=written(value)))]
        )
    if not isinstance(value, str):
        return [
            Flaw(
                "wrong-type",
                worded("{name} is a {type}, got {given}", name=name, type=blank.type, given=written(value)),
                "put it in quotes",
            )
        ]
    allowed = _allowed(blank, names)
    if allowed is not None and value not in allowed:
        word = worded({"template": "template", "choice": "value of {key}"}.get(blank.type, "{key}"), key=name)
        code = "unknown-template" if blank.type == "template" else "unknown-value"
        return [Flaw(code, worded('"{given}" is not a {word}', given=value, word=word), did_you_mean(value, allowed))]
    return []


def _allowed(blank: Input, names: Known) -> list[str] | None:
    if blank.type == "template":
        return list(names.texts)
    if blank.of_field is not None:
        spec = names.fields.get(blank.of_field)
        live = {"card.list": names.lists, "card.labels": names.labels}.get(blank.of_field)
        return list(live) if live is not None else list(spec.choices) if spec and spec.choices else None
    return [str(item) for item in blank.of] if isinstance(blank.of, list) else None


def _filled(tree: Any, values: Mapping[str, Any]) -> Any:
    """The tree with `{input.x}` replaced: by the value itself where nothing stands beside it, else by its words."""
    if isinstance(tree, dict):
        return {key: _filled(value, values) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(item, values) for item in tree]
    if not isinstance(tree, str):
        return tree
    whole = _BLANK.fullmatch(tree)
    if whole:
        return values[whole[1]]
    return _BLANK.sub(lambda blank: str(values[blank[1]]), tree)


def blanks_of(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], str]]:
    """Every blank in a tree: where it stands and its name."""
    if isinstance(tree, dict):
        return [found for key, value in tree.items() for found in blanks_of(value, (*path, key))]
    if isinstance(tree, list):
        return [found for place, item in enumerate(tree) for found in blanks_of(item, (*path, place))]
    return [(path, name) for name in _BLANK.findall(tree)] if isinstance(tree, str) else []
