"""The shapes of rule files: which keys each section has. What the names in them mean is checked on the way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bridge.model.checklists import misfit
from bridge.model.fields import FieldSpec, FieldType, parse_value
from bridge.model.findings import did_you_mean
from bridge.model.floods import Limit, Limits
from bridge.model.wording import worded
from rules import kinds
from rules.actions.action import Action, parse_actions
from rules.calendar_entries import parse_hours
from rules.flaws import Flaw, Flawed, Params, written
from rules.lengths import Length, declared_length
from rules.names import (
    ButtonName,
    Command,
    ConditionTree,
    FieldName,
    GateName,
    Id,
    Known,
    LastingText,
    LengthText,
    OptionalCondition,
    RoleName,
    TextName,
    TimeName,
    as_tuple,
    known,
    length_of,
)
from rules.triggers import Trigger, parse_triggers

_THE_ENGINES = frozenset({"gate", "loop", "step"})
"""First words of names that texts and conditions get from the engine."""
_FACT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")


_LONGEST_BUTTON = 53
"""In bytes: what a button carries is its name behind the name of its message, 64 bytes in all.

https://core.telegram.org/bots/api#inlinekeyboardbutton
"""


def check_button(name: str) -> None:
    """Refuses a button whose name does not fit behind that of a message: nobody could press it. Raises Flawed."""
    if len(name.encode()) > _LONGEST_BUTTON:
        what = worded('the button "{name}" has too long a name', name=name)
        raise Flawed([Flaw("bad-name", what, "name it in 53 Latin letters or 26 others at most", key=True)])


def texts_in_languages(value: object, names: Known) -> dict[str, str]:
    """One text for every language; a single text stands for all of them. Raises Flawed."""
    languages = names.languages
    if isinstance(value, str):
        return dict.fromkeys(languages, value)
    if not isinstance(value, dict):
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("expected a text in each language, got {given}", given=written(value)),
                    _each(languages),
                )
            ]
        )
    flaws = [
        Flaw("unknown-key", worded('unknown language "{key}"', key=key), did_you_mean(key, languages), (key,), key=True)
        for key in value
        if key not in languages
    ]
    flaws += [
        Flaw("missing-language", worded('no text in "{one}"', one=one), _each(languages))
        for one in languages
        if not value.get(one)
    ]
    flaws += [
        Flaw("wrong-type", worded("expected text, got {given}", given=written(text)), "put it in quotes", (key,))
        for key, text in value.items()
        if text and not isinstance(text, str)
    ]
    if flaws:
        raise Flawed(flaws)
    return dict(value)


def _each(languages: Collection[str]) -> str:
    return worded("write {{{keys}}}", keys=[f"{one}: …" for one in languages])


def _enabled(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value != "shadow":
        advice = did_you_mean(str(value), ["true", "false", "shadow"])
        raise Flawed([Flaw("bad-value", worded("{given} is not allowed here", given=written(value)), advice)])
    return "shadow"


def _plain_length(value: object) -> Length:
    try:
        length = declared_length(value if isinstance(value, str) else str(value))
    except ValueError as error:
        raise Flawed([Flaw("bad-length", error.args[0])]) from error
    if length.working or length.at is not None or length.count <= 0:
        raise Flawed(
            [Flaw("bad-length", worded("{length} does not fit here", length=length), "write elapsed time: 30m, 2h, 1d")]
        )
    return length


def _repeat(value: object, info: ValidationInfo) -> str | Length:
    if isinstance(value, dict):
        return NotWithin.model_validate(value, context=info.context).not_within
    if value not in ("each", "once"):
        advice = "write each, once or {not_within: 1h}"
        raise Flawed([Flaw("bad-value", worded("{given} is not allowed here", given=written(value)), advice)])
    return str(value)


def _rhythm(value: object) -> Length:
    """The length in "every 1wd"."""
    word, _, rest = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if word != "every" or not rest:
        raise Flawed(
            [
                Flaw(
                    "bad-value",
                    worded("{given} is not understood", given=written(value)),
                    "write every 1wd, or every 7d",
                )
            ]
        )
    length = length_of(rest.strip())
    if length.count <= 0 or length.at is not None:
        raise Flawed(
            [Flaw("bad-length", worded("{length} does not fit here", length=length), "write every 1wd, or every 7d")]
        )
    return length


def _actions(value: object, info: ValidationInfo) -> tuple[Action, ...]:
    return parse_actions(value, known(info))


Texts: TypeAlias = Annotated[
    Mapping[str, str], kinds.TEXTS, BeforeValidator(lambda value, info: texts_in_languages(value, known(info)))
]
Actions: TypeAlias = Annotated[tuple[Action, ...], kinds.ACTIONS, BeforeValidator(_actions)]
Triggers: TypeAlias = Annotated[
    tuple[Trigger, ...], kinds.TRIGGERS, BeforeValidator(lambda value, info: parse_triggers(value, known(info)))
]


class NotWithin(Params):
    """A rule that fires again only after that time."""

    not_within: LastingText = Field(description="how long it stays quiet after it fired")


class OverrideEntry(Params):
    """Who may let an event past a guard, and by which command."""

    role: RoleName = Field(description="who may")
    command: Command = Field(description="by which command; a reason follows it")


class StepEntry(Params):
    """Actions some time after the start."""

    id: Id | None = None
    after: LengthText = Field(description="how long after the start; all steps count from there")
    then: Actions = Field(description="what is done")


class RuleEntry(Params):
    """One entry of `rules:`."""

    id: Id
    name: str = Field(default="", description="what people call it, in any language")
    enabled: Annotated[str, kinds.ENABLED, BeforeValidator(_enabled)] = "true"
    when: Triggers = Field(description="what wakes it: one trigger, or a list of which any does")
    also_own: bool = Field(default=False, description="true: hears also what the bridge itself caused")
    if_: OptionalCondition = Field(default=None, alias="if", description="looked at when it wakes")
    per: Literal["client", "deal", "task", "invoice"] | None = Field(
        default=None, description="whose rule it is; left out: nobody's"
    )
    repeat: Annotated[str | Length, kinds.REPEAT, BeforeValidator(_repeat)] = "each"
    if_running: Literal["keep", "restart", "stack"] = Field(
        default="keep", description="what a new trigger does to steps under way"
    )
    from_: TimeName | None = Field(
        default=None, alias="from", description="the fact from which the steps count, and with which they move"
    )
    unless: OptionalCondition = Field(
        default=None, description="calls the steps off at once, and is read again before each"
    )
    pause_while: OptionalCondition = Field(default=None, description="while it holds, the clock of the steps stands")
    catch_up: Literal["late", "skip", "ask"] = Field(
        default="late", description="what becomes of a step that was missed: done late, left out, or a person is asked"
    )
    expect: Annotated[Length | None, kinds.RHYTHM, BeforeValidator(_rhythm)] = None
    steps: Annotated[tuple[StepEntry, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what is done later: each step with its length"
    )
    then: Actions = Field(default=(), description="what is done")
    else_: Actions = Field(default=(), alias="else", description="what is done when the condition is false")
    guard: bool = Field(default=False, description="true: runs first, and when it fires the others do not hear of it")
    override: OverrideEntry | None = Field(default=None, description="who may let an event past the guard")
    grace: LastingText | None = Field(
        default=None, description="for how long a guard remembers what it put back: filled in meanwhile, it goes on"
    )

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.then or self.steps or self.else_):
            raise Flawed([Flaw("empty-rule", worded('rule "{id}" does nothing', id=self.id), "add then: or steps:")])
        if self.else_ and self.if_ is None:
            raise Flawed(
                [
                    Flaw(
                        "else-without-if",
                        worded('rule "{id}" has else: and no if:', id=self.id),
                        path=("else",),
                        key=True,
                    )
                ]
            )
        if self.grace is not None and not self.guard:
            what = worded('rule "{id}" has grace: and is no guard', id=self.id)
            raise Flawed([Flaw("grace-without-guard", what, path=("grace",), key=True)])
        if "catch_up" in self.model_fields_set and not self.steps:
            what = worded('rule "{id}" has catch_up: and no steps: nothing of it can be late', id=self.id)
            raise Flawed([Flaw("catch-up-without-steps", what, path=("catch_up",), key=True)])
        return self


class NeedEntry(Params):
    """One thing a gate asks for."""

    if_: ConditionTree = Field(alias="if", description="true when it is there")
    say: Texts = Field(description="what it is called")
    owed_by: RoleName = Field(description="who must really bring it")


class ProfileEntry(Params):
    """What one kind of work asks for beside the rest; `like` another kind, and this."""

    like: str | None = Field(default=None, description="another kind: all that it asks for, too")
    needs: Annotated[tuple[NeedEntry, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what must be there"
    )


class ProfilesEntry(Params):
    """Needs by the value of a choice, such as the kind of work."""

    by: FieldName = Field(description="the choice that tells the kinds apart")
    of: Mapping[str, ProfileEntry] = Field(description="what each kind asks for beside the rest")

    @model_validator(mode="after")
    def _kinds_exist(self, info: ValidationInfo) -> Self:
        spec = known(info).fields[self.by]
        if spec.type is not FieldType.CHOICE:
            what = worded("{name} is no choice: it has no kinds", name=self.by)
            raise Flawed([Flaw("wrong-type", what, path=("by",))])
        flaws = [
            Flaw(
                "unknown-value",
                worded('"{given}" is not a value of {name}', given=kind, name=self.by),
                did_you_mean(kind, spec.choices or ()),
                ("of", kind),
                key=True,
            )
            for kind in self.of
            if kind not in (spec.choices or ())
        ]
        flaws += [
            Flaw(
                "unknown-profile",
                worded('there is no profile "{given}"', given=entry.like),
                did_you_mean(entry.like, self.of),
                ("of", kind, "like"),
            )
            for kind, entry in self.of.items()
            if entry.like is not None and entry.like not in self.of
        ]
        flaws += [
            Flaw("profile-cycle", worded('profile "{given}" is like itself', given=kind), path=("of", kind, "like"))
            for kind in self.of
            if not flaws and self.line(kind)[-1] in self.line(kind)[:-1]
        ]
        if flaws:
            raise Flawed(flaws)
        return self

    def line(self, kind: str) -> tuple[str, ...]:
        """A kind and those that it is like, one after another; the last one stands there twice in a circle."""
        found = [kind]
        while (like := self.of[found[-1]].like) is not None:
            found.append(like)
            if like in found[:-1]:
                break
        return tuple(found)


class GateEntry(Params):
    """One entry of `gates:`."""

    name: Texts = Field(description="what it is called")
    includes: Annotated[tuple[GateName, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="gates whose needs are needed here too"
    )
    needs: Annotated[tuple[NeedEntry, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what must be there"
    )
    profiles: ProfilesEntry | None = Field(default=None, description="more needs, by the kind of work")

    @property
    def all_needs(self) -> Iterator[NeedEntry]:
        """Its own needs and those of every kind of work."""
        yield from self.needs
        for profile in self.profiles.of.values() if self.profiles else ():
            yield from profile.needs


class TextEntry(Params):
    """What an entry of `templates:` has beside its languages."""

    asserts: OptionalCondition = Field(default=None, description="must hold at the moment of sending")
    otherwise: TextName | None = Field(default=None, description="what is said while it does not")
    buttons: Annotated[tuple[ButtonName, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="the buttons under it"
    )
    allows: Annotated[tuple[Literal["commercial"], ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="commercial: it may name a sum"
    )
    sms: bool = Field(default=False, description="true: it goes by SMS where neither a chat nor a letter reaches")
    for_: Literal["decides", "pays", "answers", "reads"] | None = Field(
        default=None,
        alias="for",
        description="who at the client reads it; without, who decides where it asks for approval, who pays where it "
        "may name a sum, and all who are to read for the rest",
    )


def _window(value: object) -> tuple[int, int]:
    try:
        hours = parse_hours(value)
    except ValueError as error:
        raise Flawed([Flaw("bad-hours", error.args[0])]) from error
    if len(hours) != 1:
        raise Flawed(
            [
                Flaw(
                    "bad-hours",
                    worded("contact hours {given} are not one interval", given=written(value)),
                    'write "09:00-19:00"',
                )
            ]
        )
    return hours[0]


def _a_day(value: object) -> int:
    found = re.fullmatch(r"([1-9][0-9]?) per day", value) if isinstance(value, str) else None
    if found is None:
        raise Flawed([Flaw("bad-value", worded("{given} is not understood", given=written(value)), "write 3 per day")])
    return int(found[1])


def _limit(value: object) -> Limit | None:
    if value == "off":
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4}) in ([1-9][0-9]{0,3})(m|h)", value) if isinstance(value, str) else None
    if found is None:
        what = worded("{given} is not understood", given=written(value))
        raise Flawed([Flaw("bad-value", what, "write 100 in 10m, or off")])
    length = timedelta(minutes=int(found[2])) if found[3] == "m" else timedelta(hours=int(found[2]))
    return Limit(int(found[1]), length)


AtMost: TypeAlias = Annotated[Limit | None, kinds.FLOOD, BeforeValidator(_limit)]


class FloodEntry(Params):
    """How much may leave the bridge in a while; more is held until a person says what becomes of it."""

    rule: AtMost = Field(default=Limits().rule, description="effects of one rule, for anybody")
    messages: AtMost = Field(default=Limits().messages, description="messages of one rule to clients")
    client: AtMost = Field(default=Limits().client, description="effects of all rules about one client")


class ClientMessages(Params):
    """When clients are written to, and how often."""

    window: Annotated[tuple[int, int], kinds.WINDOW, BeforeValidator(_window)] = (9 * 60, 19 * 60)
    at_most: Annotated[int, kinds.A_DAY, BeforeValidator(_a_day)] = 3


class WhenNotKnown(Params):
    """Who is told when a guard cannot decide, and after how long."""

    tell: RoleName = Field(default="pm", description="who is told which source is blind")
    after: Annotated[Length, kinds.ELAPSED, BeforeValidator(_plain_length)] = Length(30, "m")


class DefaultsEntry(Params):
    """The section `defaults:`."""

    language: str | None = Field(
        default=None, description="the language where a client or a person has none; as in bridge.yaml when left out"
    )
    calendar: str = Field(default="office", description="the calendar in which deadlines count")
    client_messages: ClientMessages = Field(
        default=ClientMessages(), description="when clients are written to, and how often"
    )
    not_known: WhenNotKnown = Field(default=WhenNotKnown(), description="who is told when a guard cannot decide")
    loop_limit: Annotated[int, Field(ge=1, le=100, description="a longer chain of rules is cut")] = 8
    late_after: Annotated[Length, kinds.ELAPSED, BeforeValidator(_plain_length)] = Field(
        default=Length(1, "h"), description="a step taken so much later has been missed"
    )
    flood: FloodEntry = Field(default=FloodEntry(), description="how much at once, before a person is asked")


def _type(value: object) -> FieldType:
    try:
        return FieldType(str(value))
    except ValueError as error:
        advice = did_you_mean(str(value), list(FieldType))
        raise Flawed([Flaw("bad-value", worded("{given} is not a type", given=written(value)), advice)]) from error


def _choice_names(value: object) -> object:
    if isinstance(value, list):
        flaws = [
            Flaw("wrong-type", worded("expected text, got {given}", given=written(item)), "put it in quotes", (place,))
            for place, item in enumerate(value)
            if not isinstance(item, str)
        ]
        if flaws:
            raise Flawed(flaws)
        return tuple(value)
    return value


class FieldEntry(Params):
    """One entry of `fields:`, in its short form or with titles and targets."""

    type: Annotated[FieldType, kinds.FIELD_TYPE, BeforeValidator(_type)]
    from_: str = Field(alias="from", description="where it is read: a mapping name, bridge, or event")
    of: Annotated[tuple[str, ...] | None, BeforeValidator(_choice_names)] = Field(
        default=None, description="what a choice or a set may be"
    )
    default: Any = Field(default=None, description="what it is while nobody says")
    by: Literal["people"] | None = Field(default=None, description="people: what the bridge itself does does not count")
    title: Texts | None = Field(default=None, description="what people call it")
    write_to: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="the mapping names it is written to"
    )
    commercial: bool = Field(default=False, description="true: kept out of a client's chat and off the card")
    words: Mapping[str, Texts] = Field(default_factory=dict, description="what people call the values of a choice")


def read_field(key: str, data: object, languages: tuple[str, ...]) -> FieldSpec:
    """The declared fact of that key. Raises Flawed, or ValidationError for a wrong shape."""
    if not _FACT.match(key):
        advice = "write subject.name in small Latin letters: client.website"
        raise Flawed([Flaw("bad-field-name", worded('"{key}" is not a field name', key=key), advice, key=True)])
    if key.partition(".")[0] in _THE_ENGINES:
        what = worded("{key} would hide what the engine itself calls so", key=key)
        raise Flawed([Flaw("reserved-name", what, "give it another first word", key=True)])
    entry = FieldEntry.model_validate(data, context=Known(languages=languages))
    spec = FieldSpec(
        key,
        entry.type,
        entry.from_,
        choices=entry.of,
        default=entry.default,
        titles=entry.title or {},
        write_to=entry.write_to,
        commercial=entry.commercial or entry.type is FieldType.MONEY,
        by_people=entry.by == "people",
        words=entry.words,
    )
    if entry.of is not None and entry.type not in (FieldType.CHOICE, FieldType.SET):
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("{key} is a {type}: of: fits choices and sets", key=key, type=entry.type),
                    path=("of",),
                    key=True,
                )
            ]
        )
    if wrong := misfit(spec):
        raise Flawed([Flaw("wrong-type", worded(wrong), "write type: choice, of: [none, open, done]", ("type",))])
    _check_default(spec)
    for value in sorted(entry.words.keys() - (entry.of or ())):
        what = worded('"{default}" is not a value of {key}', default=value, key=key)
        raise Flawed([Flaw("unknown-value", what, did_you_mean(value, entry.of or ()), ("words", value), key=True)])
    return spec


def _check_default(spec: FieldSpec) -> None:
    if spec.default is None:
        return
    try:
        if spec.type is FieldType.LENGTH:
            declared_length(str(spec.default))
        parse_value(spec, spec.default)
    except ValueError as error:
        raise Flawed([Flaw("wrong-type", str(error), path=("default",))]) from error
    if spec.type is FieldType.CHOICE and spec.choices and spec.default not in spec.choices:
        advice = did_you_mean(str(spec.default), spec.choices)
        raise Flawed(
            [
                Flaw(
                    "unknown-value",
                    worded('"{default}" is not a value of {key}', default=spec.default, key=spec.key),
                    advice,
                    ("default",),
                )
            ]
        )
