"""What a rule file may name, and the types by which params check that it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules import kinds
from rules.conditions import Condition, read_condition
from rules.constants import unknown_choice
from rules.flaws import Flaw, Flawed, written
from rules.lengths import Length, declared_length
from rules.maps import FormMap
from rules.texts import Template, read_text

EACH = "each:"
"""How a recipient begins that is everybody who has the role after it."""
_ID = re.compile(r"[\w.-]+\Z")


@dataclass(frozen=True, slots=True)
class Known:
    """Every name that may be used while one set is read. None for what is not known here: then it is not checked.

    `lists` and `labels` come from live boards; without them the choices of `card.list` and `card.labels` count. `free`
    are names that texts may use beside the facts. `unchecked` collects what was named and could not be checked, as
    (kind, name). `titles` are those that each template of checklists gives its list.
    """

    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    gates: Collection[str] = ()
    texts: Collection[str] = ()
    roles: Collection[str] = ()
    """The keys of roles; where their titles are known, a map from key to titles by language."""
    calendars: Collection[str] | None = None
    language: str = "uk"
    languages: tuple[str, ...] = ("uk", "ru", "en")
    zone: str = "UTC"
    forms: Collection[str] | None = None
    maps: Mapping[str, FormMap] | None = None
    buttons: Collection[str] | None = None
    documents: Collection[str] | None = None
    webhooks: Collection[str] | None = None
    people: Collection[str] | None = None
    """The keys of people; where their names are known, a map from key to name."""
    lists: Collection[str] | None = None
    labels: Collection[str] | None = None
    checklists: Collection[str] | None = None
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    free: Collection[str] = ()
    unchecked: set[tuple[str, str]] = field(default_factory=set)


def known(info: ValidationInfo) -> Known:
    """What was handed to the reading of this element."""
    context = info.context
    return context if isinstance(context, Known) else Known()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Flawed(
            [Flaw("wrong-type", worded("expected text, got {given}", given=written(value)), "put it in quotes")]
        )
    return value


def _named(word: str, names: Callable[[Known], Collection[str] | None]) -> Any:
    """A check that a name is known: "unknown-form", `unknown form "breif"`."""

    def check(value: object, info: ValidationInfo) -> str:
        name, allowed = _text(value), names(known(info))
        if allowed is None:
            known(info).unchecked.add((word, name))
        elif name not in allowed:
            advice = did_you_mean(name, allowed)
            raise Flawed(
                [
                    Flaw(
                        f"unknown-{word.replace(' ', '-')}",
                        worded('unknown {kind} "{name}"', kind=worded(word), name=name),
                        advice,
                    )
                ]
            )
        return name

    return BeforeValidator(check)


def choice_of(key: str, value: object, names: Known) -> str:
    """A list or label of the live board, or of what that field may be while no board was read. Raises Flawed."""
    name, spec = _text(value), names.fields.get(key)
    live = {"card.list": names.lists, "card.labels": names.labels}[key]
    if live is None:
        names.unchecked.add(({"card.list": "list", "card.labels": "label"}[key], name))
    allowed = live if live is not None else spec.choices if spec else None
    if allowed is not None and name not in allowed:
        raise Flawed([unknown_choice(FieldSpec(key, FieldType.CHOICE, "", tuple(allowed)), name)])
    return name


def _choice(key: str) -> Any:
    return BeforeValidator(lambda value, info: choice_of(key, value, known(info)))


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise Flawed(
            [
                Flaw(
                    "bad-value",
                    worded("{given} is not an id", given=written(value)),
                    "write letters, digits, - _ and . only",
                )
            ]
        )
    return value


def _approvable(value: object, info: ValidationInfo) -> str:
    name, names = _text(value), known(info)
    if names.documents is None and name not in names.texts:
        names.unchecked.add(("document", name))
    elif name not in {*names.texts, *(names.documents or ())}:
        advice = did_you_mean(name, {*names.texts, *(names.documents or ())})
        raise Flawed([Flaw("unknown-template", worded('"{name}" is no template and no document', name=name), advice)])
    return name


def field_of(value: object, names: Known, *types: FieldType) -> str:
    """The key of a declared fact, of one of these types if any are given. Raises Flawed."""
    key = _text(value)
    spec = names.fields.get(key)
    if spec is None:
        raise Flawed([Flaw("unknown-field", worded('unknown field "{key}"', key=key), did_you_mean(key, names.fields))])
    if types and spec.type not in types:
        wanted = " or ".join(types)
        fitting = [other.key for other in names.fields.values() if other.type in types]
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("{key} is a {type}, not a {wanted}", key=key, type=spec.type, wanted=wanted),
                    did_you_mean(key, fitting),
                )
            ]
        )
    return key


def _field(*types: FieldType) -> Any:
    return BeforeValidator(lambda value, info: field_of(value, known(info), *types))


def _recipient(value: object, info: ValidationInfo) -> str:
    """A role, a person, the client or the staff chat. Who the people are may not be known here."""
    name, names = _text(value), known(info)
    allowed = {*names.roles, *(names.people or ()), "client", "staff-chat"}
    if name in allowed:
        return name
    role = _role_called(name, names.roles)
    advice = role or _person_called(name, names.people) or did_you_mean(name, allowed)
    if names.people is None and not role and not advice.startswith("did"):
        names.unchecked.add(("person", name))
        return name
    raise Flawed([Flaw("unknown-recipient", worded('unknown recipient "{name}"', name=name), advice)])


def _audience(value: object, info: ValidationInfo) -> str:
    """As a recipient; or everybody who has a role, {each: manager}, which is kept as "each:manager"."""
    if not isinstance(value, dict):
        return _recipient(value, info)
    roles = [role for role in known(info).roles if role != "client"]
    if list(value) != ["each"]:
        what = worded("expected a recipient, got {given}", given=written(value))
        raise Flawed([Flaw("wrong-type", what, "write to: manager, or to: {each: manager}")])
    role = _text(value["each"])
    if role not in roles:
        what = worded('unknown {kind} "{name}"', kind=worded("role"), name=role)
        called = _role_called(role, known(info).roles) if role != "client" else ""
        advice = called or did_you_mean(role, roles)
        raise Flawed([Flaw("unknown-role", what, advice, ("each",))])
    return f"{EACH}{role}"


def _role_called(name: str, roles: Collection[str]) -> str:
    """Advice for who writes what people call a role where its key stands."""
    called = roles.items() if isinstance(roles, Mapping) else ()
    keys = [key for key, titles in called if name.casefold() in {title.casefold() for title in titles.values()}]
    return worded("in rules this role is written {name}", name=keys[0]) if keys else ""


def _person_called(name: str, people: Collection[str] | None) -> str:
    """Advice for who writes a person's name where the key stands."""
    called = people.items() if isinstance(people, Mapping) else ()
    keys = [key for key, title in called if name.casefold() in (title.casefold(), *title.casefold().split())]
    return worded('did you mean "{name}"?', name=keys[0]) if keys else ""


def length_of(value: object) -> Length:
    """The length that is written there. Raises Flawed."""
    if isinstance(value, Length):
        return value
    try:
        return declared_length(str(value))
    except ValueError as error:
        raise Flawed([Flaw("bad-length", error.args[0])]) from error


def lasting(value: object) -> Length:
    """The length of something that takes time: over zero. Raises Flawed."""
    length = length_of(value)
    if length.count <= 0:
        what = worded("{length} takes no time: what lasts is longer than zero", length=written(str(length)))
        raise Flawed([Flaw("bad-length", what, worded("write it without the minus: 30m, 2h, 1wd"))])
    return length


def _condition(value: object, info: ValidationInfo) -> Condition:
    if isinstance(value, Condition):
        return value
    if value is None:
        raise Flawed([Flaw("empty-condition", "a condition with nothing in it", "leave the key out")])
    names = known(info)
    return read_condition(value, names.fields, names.gates, names.zone)


def inline_text(value: object, names: Known) -> Template:
    """A text written in the rule itself, in the set's own language. Raises Flawed."""
    if isinstance(value, Template):
        return value
    return read_text(_text(value), names.language, names.fields, names.free)


def as_tuple(value: object) -> object:
    """A list as a tuple, one value as a tuple of one."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


FieldName: TypeAlias = Annotated[str, kinds.FIELD, _field()]
MomentName: TypeAlias = Annotated[str, kinds.MOMENT, _field(FieldType.MOMENT)]
TimeName: TypeAlias = Annotated[str, kinds.TIME_FIELD, _field(FieldType.MOMENT, FieldType.DATE)]
PersonName: TypeAlias = Annotated[str, kinds.PERSON_FIELD, _field(FieldType.PERSON)]
GateName: TypeAlias = Annotated[str, kinds.GATE, _named("gate", lambda names: names.gates)]
TextName: TypeAlias = Annotated[str, kinds.TEMPLATE, _named("template", lambda names: names.texts)]
RoleName: TypeAlias = Annotated[str, kinds.ROLE, _named("role", lambda names: names.roles)]
Recipient: TypeAlias = Annotated[str, kinds.RECIPIENT, BeforeValidator(_recipient)]
Audience: TypeAlias = Annotated[str, kinds.AUDIENCE, BeforeValidator(_audience)]
CalendarName: TypeAlias = Annotated[str, kinds.CALENDAR, _named("calendar", lambda names: names.calendars)]
FormName: TypeAlias = Annotated[str, kinds.FORM, _named("form", lambda names: names.forms)]
MapName: TypeAlias = Annotated[str, kinds.MAP, _named("map", lambda names: names.maps)]
ButtonName: TypeAlias = Annotated[str, kinds.BUTTON, _named("button", lambda names: names.buttons)]
DocumentName: TypeAlias = Annotated[str, kinds.DOCUMENT, _named("document", lambda names: names.documents)]
ChecklistName: TypeAlias = Annotated[str, kinds.CHECKLIST, _named("checklist", lambda names: names.checklists)]
WebhookName: TypeAlias = Annotated[str, kinds.WEBHOOK, _named("webhook", lambda names: names.webhooks)]
ListName: TypeAlias = Annotated[str, kinds.LIST, _choice("card.list")]
LabelName: TypeAlias = Annotated[str, kinds.LABEL, _choice("card.labels")]
Approvable: TypeAlias = Annotated[str, kinds.APPROVABLE, BeforeValidator(_approvable)]
Id: TypeAlias = Annotated[str, kinds.ID, BeforeValidator(_id)]
LengthText: TypeAlias = Annotated[Length, kinds.LENGTH, BeforeValidator(length_of)]
LastingText: TypeAlias = Annotated[Length, kinds.LENGTH, BeforeValidator(lasting)]
ConditionTree: TypeAlias = Annotated[Condition, kinds.CONDITION, BeforeValidator(_condition)]
OptionalCondition: TypeAlias = Annotated[Condition | None, kinds.CONDITION, BeforeValidator(_condition)]
"""A condition that may be left out, but not left empty: an empty one would always hold."""
InlineText: TypeAlias = Annotated[
    Template, kinds.TEXT, BeforeValidator(lambda value, info: inline_text(value, known(info)))
]


def _command(value: str) -> str:
    if not value.startswith("/") or len(value.split()) != 1 or len(value) < 2:
        raise Flawed(
            [
                Flaw(
                    "bad-value",
                    worded('"{word}" is not a command', word=value),
                    "write one word after a slash: /бриф",
                )
            ]
        )
    return value


Command: TypeAlias = Annotated[str, kinds.COMMAND, AfterValidator(_command)]
