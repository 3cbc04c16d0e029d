"""Actions on the card of the subject: it is made, moved, marked, commented on, and given a checklist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from bridge.model.checklists import same_title, titles_of
from rules import kinds
from rules.actions.action import UNSURE, Action, Footprint, action
from rules.flaws import Params
from rules.names import (
    ChecklistName,
    GateName,
    InlineText,
    Known,
    LabelName,
    ListName,
    PersonName,
    RoleName,
    TextName,
    choice_of,
    inline_text,
    known,
)
from rules.texts import Template


class NewCard(Params):
    """The list and the name of a card."""

    list: ListName
    name: InlineText = Field(description="the name of the card")


class NewThing(Params):
    """What is made."""

    card: NewCard = Field(description="the card to make")


@action("create")
class Create(Action):
    """Makes the card of the subject, bound to it at birth.

    Example:
        create: {card: {list: Архів, name: "{{ client.name }}"}}
    """

    create: NewThing = Field(description="what is made")

    @property
    def card(self) -> NewCard:
        """The card to make."""
        return self.create.card

    @property
    def footprint(self) -> Footprint:
        return Footprint({"card.list": self.card.list, "card.name": UNSURE}, (("card.created", self.card.list),))

    @property
    def content(self) -> tuple[str, ...]:
        return ("card", self.card.list)

    @property
    def texts(self) -> tuple[Template, ...]:
        return (self.card.name,)


@action("deal.open")
class DealOpen(Action):
    """Makes a deal of that name in Planfix for a card that was made by hand, and the client's contact with it.

    The contact is looked for by the phone and e-mail on the card first. Where the deal stands in Planfix already,
    nothing is made. Only in a rule `per: deal`.

    Example:
        deal.open: "{{ client.name }}"
    """

    name: InlineText = Field(alias="deal.open")

    @property
    def footprint(self) -> Footprint:
        return Footprint({}, ())

    @property
    def content(self) -> tuple[str, ...]:
        return ("deal",)

    @property
    def texts(self) -> tuple[Template, ...]:
        return (self.name,)


def _list_or_back(value: object, info: ValidationInfo) -> str:
    return "back" if value == "back" else choice_of("card.list", value, known(info))


@action("move")
class Move(Action):
    """Moves the card to a list, or `back` to where it came from; a move back wakes nobody.

    Example:
        move: Архів
    """

    to: Annotated[str, kinds.LIST_OR_BACK, BeforeValidator(_list_or_back)] = Field(alias="move")

    @property
    def back(self) -> bool:
        """Whether it undoes the move that woke the rule."""
        return self.to == "back"

    @property
    def footprint(self) -> Footprint:
        if self.back:
            return Footprint({"card.list": UNSURE})
        return Footprint({"card.list": self.to}, (("card.moved", self.to),))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.to,)


class CommentText(Params):
    """A text of the set as a comment, with the gate whose needs it lists."""

    template: TextName
    gate: GateName | None = None


def _comment(value: object, info: ValidationInfo) -> Template | CommentText:
    if isinstance(value, dict):
        return CommentText.model_validate(value, context=info.context)
    return inline_text(value, known(info))


@action("comment")
class Comment(Action):
    """Comments on the card: in the words given, or with a text of the set.

    Example:
        comment: "Передано у роботу: {{ client.name }}"
    """

    comment: Annotated[
        Template | CommentText,
        kinds.COMMENT,
        BeforeValidator(_comment),
    ]

    @property
    def template(self) -> str:
        """The text of the set that is said, "" for words of its own."""
        return self.comment.template if isinstance(self.comment, CommentText) else ""

    @property
    def gate(self) -> str:
        """The gate whose needs the text lists, "" for none."""
        return (self.comment.gate or "") if isinstance(self.comment, CommentText) else ""

    @property
    def text(self) -> Template | None:
        """The words of its own."""
        return self.comment if isinstance(self.comment, Template) else None

    @property
    def footprint(self) -> Footprint:
        return Footprint(emits=(("comment.added", self.template),))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.template, self.gate) if self.text is None else (self.text.source,)

    @property
    def texts(self) -> tuple[Template, ...]:
        return () if self.text is None else (self.text,)


@action("label.add")
class LabelAdd(Action):
    """Puts a label on the card.

    Example:
        label.add: VIP
    """

    label: LabelName = Field(alias="label.add")

    @property
    def footprint(self) -> Footprint:
        return Footprint({"card.labels": UNSURE}, (("label.added", self.label),))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.label,)


@action("label.remove")
class LabelRemove(Action):
    """Takes a label off the card.

    Example:
        label.remove: VIP
    """

    label: LabelName = Field(alias="label.remove")

    @property
    def footprint(self) -> Footprint:
        return Footprint({"card.labels": UNSURE}, (("label.removed", self.label),))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.label,)


class NewChecklist(Params):
    """The template of a checklist, its title, the role that ticks it, and the person who must not.

    With `not` it is a second check: a line counts only when somebody else has ticked it than that person, and than
    whoever ticked the same line of another list of the card.
    """

    template: ChecklistName
    title: InlineText | None = Field(default=None, description="the title on the card; else the template's name")
    for_: RoleName | None = Field(default=None, alias="for", description="the role that ticks it")
    not_: PersonName | None = Field(default=None, alias="not", description="the person who must not tick it")


@action("checklist")
class Checklist(Action):
    """Puts a checklist on the card. A list of that title that is there already is completed, never doubled.

    Example:
        checklist: {template: launch-60, title: Запуск, for: specialist}
    """

    checklist: NewChecklist = Field(description="the checklist to put there")
    _targets: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _find_targets(self, info: ValidationInfo) -> Self:
        self._targets = tuple(_facts_of_list(self.checklist, known(info)))
        return self

    @property
    def footprint(self) -> Footprint:
        return Footprint(dict.fromkeys(self._targets, UNSURE))

    @property
    def content(self) -> tuple[str, ...]:
        title = self.checklist.title
        return (self.checklist.template, title.source if title is not None else "")

    @property
    def texts(self) -> tuple[Template, ...]:
        return () if self.checklist.title is None else (self.checklist.title,)


def _facts_of_list(new: NewChecklist, names: Known) -> Iterator[str]:
    """The facts that such a list changes: those about its title; all about lists while only the moment tells it."""
    title = new.title
    given = (title.source,) if title is not None and not title.names else names.titles.get(new.template, ())
    called = {same_title(one) for one in given} if title is None or not title.names else set()
    for key, spec in sorted(names.fields.items()):
        titles = titles_of(spec)
        told = titles is not None and (spec.source.count(".") > 1 or bool(spec.titles))
        if titles is not None and (not told or not called or called & set(map(same_title, titles))):
            yield key
