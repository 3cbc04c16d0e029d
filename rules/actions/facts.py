"""Actions on facts: one is set, copied from a form, or names who is responsible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from bridge.model.fields import FieldType, parse_value
from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from rules import kinds
from rules.actions.action import UNSURE, Action, Footprint, action
from rules.constants import typed_constant
from rules.flaws import Flaw, Flawed, Params, written
from rules.lengths import declared_length
from rules.names import Known, MapName, field_of, known


def _settable(data: object, info: ValidationInfo) -> dict[str, Plain]:
    """Facts and the values for them, each of its type. `now` for a moment is kept as that word."""
    if not isinstance(data, dict) or not data:
        raise Flawed([Flaw("wrong-type", worded("expected field: value, got {given}", given=written(data)))])
    made: dict[str, Plain] = {}
    flaws: list[Flaw] = []
    for key, value in data.items():
        try:
            made[key] = _set_value(key, value, known(info))
        except Flawed as error:
            flaws += [flaw.under(key) for flaw in error.flaws]
    if flaws:
        raise Flawed(flaws)
    return made


def _set_value(key: str, value: Plain, names: Known) -> Plain:
    try:
        field_of(key, names)
    except Flawed as error:
        raise Flawed(Flaw(flaw.code, flaw.what, flaw.advice, key=True) for flaw in error.flaws) from error
    spec = names.fields[key]
    if spec.source != "bridge" and not spec.write_to:
        advice = "add write_to: to the field, or set a field from: bridge"
        raise Flawed(
            [
                Flaw(
                    "not-writable",
                    worded("{key} is read from {source} and written nowhere", key=key, source=spec.source),
                    advice,
                    key=True,
                )
            ]
        )
    if value is None:
        return None
    if spec.type in (FieldType.SET, FieldType.LIST):
        try:
            parse_value(spec, value)
        except ValueError as error:
            raise Flawed([Flaw("wrong-type", str(error), "write a list")]) from error
        return value
    if spec.type is FieldType.LENGTH:
        try:
            declared_length(str(value))
        except ValueError as error:
            raise Flawed([Flaw("bad-length", error.args[0])]) from error
    typed_constant(spec, value, names.zone)
    return value


@action("set")
class SetFields(Action):
    """Sets facts: at once where the bridge owns them, through the outbox where another system does.

    Example:
        set: {client.state: active}
    """

    values: Annotated[Mapping[str, Any], kinds.VALUES, BeforeValidator(_settable)] = Field(alias="set")

    @property
    def footprint(self) -> Footprint:
        return Footprint(dict(self.values), tuple(("field.changed", key) for key in self.values))

    @property
    def content(self) -> tuple[str, ...]:
        return tuple(f"{key}={value}" for key, value in sorted(self.values.items()))


class FillSource(Params):
    """Where the answers come from, and the map that says which answer is which fact."""

    from_: Literal["form"] = Field(alias="from", description="form: the answers that woke the rule")
    map: MapName


@action("fill")
class Fill(Action):
    """Copies the answers of the form that woke the rule into facts. Never overwrites an approved value.

    Example:
        fill: {from: form, map: brief-to-contact}
    """

    fill: FillSource = Field(description="where the answers come from, and which is which fact")
    _targets: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _find_targets(self, info: ValidationInfo) -> Self:
        names = known(info)
        mapping = names.maps[self.fill.map] if names.maps is not None else None
        if mapping is not None:
            owed = (name for name in (mapping.owed, mapping.owed_words) if name in names.fields)
            self._targets = (*mapping.answers.values(), *owed)
        return self

    @property
    def footprint(self) -> Footprint:
        return Footprint(dict.fromkeys(self._targets, UNSURE), tuple(("field.changed", key) for key in self._targets))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.fill.map,)


def _assigned(data: object, info: ValidationInfo) -> dict[str, str]:
    if not isinstance(data, dict) or len(data) != 1:
        raise Flawed([Flaw("wrong-type", worded("expected one field: person, got {given}", given=written(data)))])
    names = known(info)
    [(key, value)] = data.items()
    try:
        field_of(key, names, FieldType.PERSON)
    except Flawed as error:
        raise Flawed(Flaw(flaw.code, flaw.what, flaw.advice, (key,), key=True) for flaw in error.flaws) from error
    if value != "fair-choice" and names.people is None:
        names.unchecked.add(("person", str(value)))
    elif value != "fair-choice" and not (isinstance(value, str) and value in (names.people or ())):
        advice = did_you_mean(str(value), ["fair-choice", *(names.people or ())])
        raise Flawed([Flaw("unknown-person", worded("unknown person {given}", given=written(value)), advice, (key,))])
    return {key: str(value)}


@action("assign")
class Assign(Action):
    """Makes somebody responsible: a person, or `fair-choice` by competence, load and leave.

    Example:
        assign: {client.manager: fair-choice}
    """

    assign: Annotated[Mapping[str, str], kinds.ASSIGNMENT, BeforeValidator(_assigned)]

    @property
    def footprint(self) -> Footprint:
        return Footprint(dict.fromkeys(self.assign, UNSURE), tuple(("field.changed", key) for key in self.assign))

    @property
    def content(self) -> tuple[str, ...]:
        return tuple(f"{key}={value}" for key, value in self.assign.items())
