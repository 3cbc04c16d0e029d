"""What wakes a rule. Each class is the whole declaration of one trigger: its keys, their checks, its manual page."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, model_validator

from bridge.model.events import Event
from bridge.model.fields import FieldType
from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from rules import kinds
from rules.calendars import DAYS
from rules.flaws import Flaw, Flawed, Params, flaws_of, written
from rules.lengths import Length
from rules.names import (
    Approvable,
    ButtonName,
    CalendarName,
    Command,
    ConditionTree,
    DocumentName,
    FieldName,
    FormName,
    Known,
    LabelName,
    LastingText,
    ListName,
    MomentName,
    TextName,
    as_tuple,
    field_of,
    known,
    lasting,
)
from rules.registry import Registry


class Trigger(Params):
    """The base. `short` is the key that a value without keys of its own stands for (`button: send-brief`).

    `hears_own` triggers also hear what the bridge itself did; the rest need `also_own: true` in the rule.
    """

    kind: ClassVar[str]
    short: ClassVar[str] = ""
    whole: ClassVar[bool] = False
    hears_own: ClassVar[bool] = False

    def matches(self, event: Event) -> bool:
        """Whether the event is the one it waits for. Who did it is not its matter."""
        return event.kind == self.kind and self.fits(event.data)

    @abstractmethod
    def fits(self, data: Mapping[str, Plain]) -> bool:
        """Whether what came with an event of its kind is what it waits for."""

    @property
    def watches(self) -> frozenset[str]:
        """The facts whose change wakes it."""
        return frozenset()


TRIGGERS: Registry[Trigger] = Registry("trigger")
_T = TypeVar("_T", bound=Trigger)


def trigger(word: str) -> Any:
    """Declares the class under this word, which is also the kind of its events."""

    def enter(cls: type[_T]) -> type[_T]:
        cls.kind = word
        TRIGGERS.declare(word)(cls)
        return cls

    return enter


def parse_trigger(data: object, names: Known) -> Trigger:
    """One entry of `when:`. Raises Flawed with paths from the entry."""
    if isinstance(data, str):
        data = {data: {}}
    if not isinstance(data, dict) or not data:
        raise Flawed(
            [
                Flaw(
                    "wrong-type",
                    worded("expected a trigger, got {given}", given=written(data)),
                    "write card.moved: {to: …}",
                )
            ]
        )
    word = next(iter(data))
    cls = TRIGGERS.get(word)
    if cls is None:
        raise Flawed(
            [
                Flaw(
                    "unknown-trigger",
                    worded('unknown trigger "{word}"', word=word),
                    did_you_mean(word, TRIGGERS.words()),
                    (word,),
                    key=True,
                )
            ]
        )
    if len(data) > 1:
        other = list(data)[1]
        advice = "write a list: each trigger on a line of its own, with a dash"
        raise Flawed(
            [
                Flaw(
                    "two-triggers",
                    worded('"{other}" stands beside "{word}"', other=other, word=word),
                    advice,
                    (other,),
                    key=True,
                )
            ]
        )
    value = data[word]
    bare = cls.whole or (cls.short and not isinstance(value, dict))
    try:
        return cls.model_validate({cls.short: value} if bare else value, context=names)
    except ValidationError as error:
        raise Flawed(flaw.under(word) for flaw in flaws_of(error)) from error


def parse_triggers(data: object, names: Known) -> tuple[Trigger, ...]:
    """The value of `when:`: one trigger, or a list of which any wakes the rule. Raises Flawed."""
    if not isinstance(data, list):
        return (parse_trigger(data, names),)
    made: list[Trigger] = []
    flaws: list[Flaw] = []
    for place, item in enumerate(data):
        try:
            made.append(parse_trigger(item, names))
        except Flawed as error:
            flaws += [flaw.under(place) for flaw in error.flaws]
    if not data:
        flaws.append(Flaw("empty-list", "nothing wakes this rule", "name a trigger"))
    if flaws:
        raise Flawed(flaws)
    return tuple(made)


def _same(wanted: str | None, given: Plain) -> bool:
    return wanted is None or wanted == given


@trigger("button")
class Button(Trigger):
    """A button of that name was pressed: in a staff chat, in a task, on a card.

    Example:
        button: send-brief
    """

    short = "button"
    button: ButtonName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("button") == self.button


@trigger("command")
class CommandWord(Trigger):
    """A member of staff wrote that word first in a comment or in the staff chat. Capital letters do not matter.

    Example:
        command: /бриф
    """

    short = "command"
    command: Command

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return str(data.get("command", "")).casefold() == self.command.casefold()


@trigger("label.added")
class LabelAdded(Trigger):
    """That label was put on the card.

    Example:
        label.added: VIP
    """

    short = "label"
    label: LabelName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("label") == self.label

    @property
    def watches(self) -> frozenset[str]:
        return frozenset({"card.labels"})


@trigger("label.removed")
class LabelRemoved(LabelAdded):
    """That label was taken off the card.

    Example:
        label.removed: VIP
    """


@trigger("deal.created")
class DealCreated(Trigger):
    """A deal appeared in that system.

    Example:
        deal.created: planfix
    """

    short = "origin"
    origin: str | None = Field(default=None, description="the system: planfix or trello")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return _same(self.origin, data.get("origin"))


@trigger("card.created")
class CardCreated(Trigger):
    """A card was made, in that list where one is named.

    Example:
        card.created: {list: Архів}
    """

    short = "list"
    list: ListName | None = Field(default=None, description="the list it was made in")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return _same(self.list, data.get("list"))


@trigger("card.moved")
class CardMoved(Trigger):
    """The card came to a list, from another where one is named; by a person or by the bridge.

    Example:
        card.moved: {to: Архів}
    """

    hears_own = True
    to: ListName | None = Field(default=None, description="the list it came to")
    from_: ListName | None = Field(default=None, alias="from", description="the list it came from")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return _same(self.to, data.get("to")) and _same(self.from_, data.get("from"))

    @property
    def watches(self) -> frozenset[str]:
        return frozenset({"card.list"})


@trigger("card.archived")
class CardArchived(Trigger):
    """The card was archived.

    Example:
        card.archived: {}
    """

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return True


@trigger("card.restored")
class CardRestored(CardArchived):
    """The card came back: from the archive, or from a board that the bridge does not look after.

    Example:
        card.restored: {}
    """


@trigger("comment.added")
class CommentAdded(Trigger):
    """Somebody commented on the card; with `contains`, in these words.

    Example:
        comment.added: {contains: терміново}
    """

    short = "contains"
    contains: str | None = Field(default=None, description="words that stand in it; capital letters do not matter")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return self.contains is None or self.contains.casefold() in str(data.get("text", "")).casefold()


@trigger("message")
class Message(CommentAdded):
    """The client wrote into the chat; with `contains`, in these words.

    Example:
        message: {contains: дякую}
    """


@trigger("talked")
class Talked(Trigger):
    """Somebody of the staff noted a talk with the client that no system saw: by telephone, in another messenger.

    Example:
        talked: {}
    """

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return True


@trigger("checklist.done")
class ChecklistDone(Trigger):
    """The last open item of that checklist was ticked.

    Example:
        checklist.done: Запуск
    """

    short = "checklist"
    checklist: str | None = Field(default=None, description="the title of the checklist")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return _same(self.checklist, data.get("checklist"))


@trigger("form.answered")
class FormAnswered(Trigger):
    """That form was filled in for the subject; also when an answer was changed.

    Example:
        form.answered: brief
    """

    short = "form"
    form: FormName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("form") == self.form


@trigger("field.changed")
class FieldChanged(Trigger):
    """That fact changed.

    Example:
        field.changed: client.name
    """

    short = "field"
    field: FieldName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("field") == self.field

    @property
    def watches(self) -> frozenset[str]:
        return frozenset({self.field})


@trigger("becomes")
class Becomes(Trigger):
    """The condition turned true, whichever source came last. It is not woken by an event: the planner compares edges.

    Example:
        becomes: {client.name: {filled: true}}
    """

    hears_own = True
    short = "condition"
    whole = True
    condition: ConditionTree

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return False

    @property
    def watches(self) -> frozenset[str]:
        return self.condition.fields


@trigger("delivered")
class Delivered(Trigger):
    """That text reached the client: the confirmed receipt, not the wish to send.

    Example:
        delivered: greeting
    """

    hears_own = True
    short = "template"
    template: TextName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("template") == self.template


@trigger("undelivered")
class Undelivered(Delivered):
    """That text failed for good: blocked, no such chat.

    Example:
        undelivered: greeting
    """


@trigger("bound")
class Bound(Trigger):
    """The client's chat in that channel was tied to him.

    Example:
        bound: telegram
    """

    short = "channel"
    channel: str = Field(description="where: telegram")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("channel") == self.channel


@trigger("approved")
class Approved(Trigger):
    """The client approved that text or document by its button; the first answer counts.

    Example:
        approved: greeting
    """

    short = "what"
    what: Approvable

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("what") == self.what


@trigger("rejected")
class Rejected(Approved):
    """The client did not accept that text or document: another button than approve. He is asked for a remark.

    Example:
        rejected: greeting
    """


@trigger("document.ready")
class DocumentReady(Trigger):
    """The document was made from that template and marked ready by a person.

    Example:
        document.ready: report.docx
    """

    hears_own = True
    short = "document"
    document: DocumentName

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("document") == self.document


def _for(value: object, info: ValidationInfo) -> Length | str:
    """A length, or the fact that holds one."""
    names = known(info)
    if isinstance(value, str) and "." in value and not value[:1].isdigit():
        return field_of(value, names, FieldType.LENGTH)
    return lasting(value)


@trigger("silence")
class Silence(Trigger):
    """Nothing happened for a while since the watched moment, and no protection holds.

    `for` is a length or the fact that holds one; due is the later of that and the moment in `protected_until`.

    Example:
        silence: {of: client.last_activity, for: 75d}
    """

    of: MomentName = Field(description="the moment that is watched")
    for_: Annotated[Length | str, kinds.LENGTH_OR_FIELD, BeforeValidator(_for)] = Field(alias="for")
    protected_until: MomentName | None = Field(default=None, description="until then nothing is missed")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return data.get("of") == self.of

    @property
    def watches(self) -> frozenset[str]:
        return frozenset({self.of, *({self.protected_until} if self.protected_until else ())})


def _time_of_day(value: object) -> str:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    if found is None:
        raise Flawed(
            [Flaw("bad-value", worded("{given} is not a time of the day", given=written(value)), 'write "09:30"')]
        )
    return f"{int(found[1]):02}:{found[2]}"


def _check_day(every: str, day: str | int | None) -> None:
    """Refuses a day that does not fit how often: a weekday for a week, 1 to 28 for a month, none for a day."""
    fits = {"day": day is None, "week": day in DAYS, "month": isinstance(day, int) and 1 <= day <= 28}[every]
    advice = {"day": "leave it out", "week": did_you_mean(str(day), DAYS), "month": "write 1 to 28"}[every]
    if not fits:
        raise Flawed(
            [
                Flaw(
                    "bad-value",
                    worded("every {every}: day {given} does not fit", every=every, given=written(day)),
                    advice,
                    ("day",),
                )
            ]
        )


@trigger("schedule")
class Schedule(Trigger):
    """A time of the day, the week or the month came. On a closed day of the calendar it moves to the next working day.

    Example:
        schedule: {every: week, day: mon, time: "09:30"}
    """

    every: Literal["day", "week", "month"] = Field(description="how often")
    day: str | int | None = Field(default=None, description="mon to sun for a week, 1 to 28 for a month")
    time: Annotated[str, kinds.CLOCK, BeforeValidator(_time_of_day)] = "09:00"
    calendar: CalendarName | None = Field(default=None, description="whose working days count")

    @model_validator(mode="after")
    def _day_fits(self) -> Self:
        _check_day(self.every, self.day)
        return self

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return (data.get("every"), data.get("day"), data.get("time")) == (self.every, self.day, self.time)


@trigger("source.blind")
class SourceBlind(Trigger):
    """What these facts are read from has not been read for so long.

    Example:
        source.blind: {of: [client.name], for: 2wh}
    """

    hears_own = True
    of: Annotated[tuple[FieldName, ...], BeforeValidator(as_tuple)] = Field(description="the facts that are read there")
    for_: LastingText = Field(alias="for", description="how long it has not been read")

    def fits(self, data: Mapping[str, Plain]) -> bool:
        return True
