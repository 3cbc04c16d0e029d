"""What a rule wants done. Each class is the whole declaration of one action, with what it changes and wakes."""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, ValidationInfo, model_validator

from bridge.model.checklists import same_title, titles_of
from bridge.model.fields import FieldType, parse_value
from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from rules import kinds
from rules.conditions import typed_constant
from rules.flaws import Flaw, Flawed, Params, flaws_of, written
from rules.names import (
    ButtonName,
    ChecklistName,
    DocumentName,
    GateName,
    Id,
    InlineText,
    Known,
    LabelName,
    LengthText,
    ListName,
    MapName,
    PersonName,
    Recipient,
    RoleName,
    TextName,
    as_tuple,
    choice_of,
    field_of,
    inline_text,
    known,
)
from rules.registry import Registry
from rules.texts import Template

_BRACES = re.compile(r"\{[{%#]|[#%}]\}")

UNSURE = "?"
"""The written value of a fact that only the moment itself will tell."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What an action changes: facts with the value written or "?", and events (kind, what about) that it causes."""

    writes: Mapping[str, Plain] = field(default_factory=dict)
    emits: tuple[tuple[str, str], ...] = ()


class Action(Params):
    """The base. `id` is the explicit one, or made from the content when the rule is read; never from the position."""

    verb: ClassVar[str]
    id: Id = ""

    @property
    @abstractmethod
    def footprint(self) -> Footprint:
        """What it changes and wakes. An action that cannot tell must not exist."""

    @property
    @abstractmethod
    def content(self) -> tuple[str, ...]:
        """Its identity within the rule beside the verb: target and text."""

    @property
    def texts(self) -> tuple[Template, ...]:
        """The texts written in the action itself."""
        return ()


ACTIONS: Registry[Action] = Registry("action")
_A = TypeVar("_A", bound=Action)


def action(word: str) -> Any:
    """Declares the class under this verb."""

    def enter(cls: type[_A]) -> type[_A]:
        if getattr(cls.footprint, "__isabstractmethod__", False):
            raise TypeError(f'action "{word}" does not say what it changes')
        cls.verb = word
        ACTIONS.declare(word)(cls)
        return cls

    return enter


def parse_action(data: object, names: Known) -> Action:
    """One entry of `then:`. Raises Flawed with paths from the entry."""
    if not isinstance(data, dict) or not data:
        raise Flawed(
            [Flaw("wrong-type", worded("expected an action, got {given}", given=written(data)), "write send: …")]
        )
    verbs = [key for key in data if ACTIONS.get(key)]
    if len(verbs) > 1:
        advice = "one action an entry: put a dash before the second"
        raise Flawed(
            [
                Flaw(
                    "two-actions",
                    worded('"{other}" stands beside "{word}"', other=verbs[1], word=verbs[0]),
                    advice,
                    (verbs[1],),
                    key=True,
                )
            ]
        )
    cls = ACTIONS.get(verbs[0]) if verbs else None
    if cls is None:
        word = next((key for key in data if key != "id"), "id")
        raise Flawed(
            [
                Flaw(
                    "unknown-action",
                    worded('unknown action "{word}"', word=word),
                    did_you_mean(word, ACTIONS.words()),
                    (word,),
                    key=True,
                )
            ]
        )
    try:
        return cls.model_validate(data, context=names)
    except ValidationError as error:
        raise Flawed(flaws_of(error)) from error


def parse_actions(data: object, names: Known) -> tuple[Action, ...]:
    """The value of `then:`. Raises Flawed."""
    if not isinstance(data, list):
        advice = "start each action with a dash"
        raise Flawed(
            [Flaw("wrong-type", worded("expected a list of actions, got {given}", given=written(data)), advice)]
        )
    made: list[Action] = []
    flaws: list[Flaw] = []
    for place, item in enumerate(data):
        try:
            made.append(parse_action(item, names))
        except Flawed as error:
            flaws += [flaw.under(place) for flaw in error.flaws]
    if not data:
        flaws.append(Flaw("empty-list", "nothing is done here", "name an action, or leave the key out"))
    if flaws:
        raise Flawed(flaws)
    return tuple(made)


def derived_id(action: Action, place: str = "") -> str:
    """A stable name made of verb and content: readable while short. `place` tells a step's length or "else".

    Never has a colon: that parts the words of an idempotency key.
    """
    words = "/".join((action.verb, *action.content))
    if len(words) > 60 or ":" in words or not words.isprintable():
        words = f"{action.verb}/{hashlib.sha256(words.encode()).hexdigest()[:12]}"
    place = place.replace(" ", "-").replace(":", "")
    return f"{words}@{place}" if place else words


def _handed_in(key: str, value: object, names: Known) -> list[Flaw]:
    """Mistakes in one entry of `with:`: a gate, or words in each language under a name that is no fact."""
    if key == "gate":
        unknown = [
            Flaw(
                "unknown-gate",
                worded("unknown gate {given}", given=written(value)),
                did_you_mean(str(value), names.gates),
                (key,),
            )
        ]
        return [] if isinstance(value, str) and value in names.gates else unknown
    if key in names.fields:
        advice = "a text finds facts by itself; hand in what is no fact"
        return [Flaw("bad-value", worded("{key} is a fact", key=key), advice, (key,), key=True)]
    if isinstance(value, dict):
        missing = [one for one in names.languages if not isinstance(value.get(one), str)]
        return [
            *(
                Flaw("missing-language", worded('{key} has no text in "{one}"', key=key, one=one), path=(key,))
                for one in missing
            ),
            *(flaw.under(key, one) for one, words in value.items() for flaw in _raw_braces(words)),
        ]
    if isinstance(value, str):
        return [flaw.under(key) for flaw in _raw_braces(value)]
    return [Flaw("wrong-type", worded("expected text, got {given}", given=written(value)), "put it in quotes", (key,))]


def _raw_braces(words: object) -> list[Flaw]:
    """What is handed in is put into the text as it stands: whoever reads it would see the braces of a template."""
    found = _BRACES.search(words) if isinstance(words, str) else None
    if found is None:
        return []
    what = worded('"{braces}" would be read as it stands: words that are handed in are no template', braces=found[0])
    return [Flaw("not-allowed", what, "put the braces into the template: a text finds facts by itself")]


@action("send")
class Send(Action):
    """Sends a text to the client, to whoever has a role, or to the staff chat.

    `with` hands the text what only this rule knows: `gate` for what a gate lacks, any other name with its words.
    With `approve` it is held until somebody of that role has read it and pressed the button: what goes then is said
    once more, as it is true at that moment.

    Example:
        send: greeting
        to: client
    """

    template: TextName = Field(alias="send")
    to: Recipient
    approve: RoleName | None = Field(default=None, description="who reads it first and lets it go")
    with_: Annotated[Mapping[str, Any], kinds.GIVEN] = Field(default_factory=dict, alias="with")

    @model_validator(mode="after")
    def _what_is_handed_in(self, info: ValidationInfo) -> Self:
        flaws = [flaw for key, value in self.with_.items() for flaw in _handed_in(key, value, known(info))]
        if flaws:
            raise Flawed(flaw.under("with") for flaw in flaws)
        return self

    @property
    def gate(self) -> str:
        """The gate whose needs the text lists, "" for none."""
        return str(self.with_.get("gate") or "")

    @property
    def footprint(self) -> Footprint:
        if self.to != "client":
            return Footprint()  # whether staff were reached, no rule hears
        return Footprint(emits=(("delivered", self.template), ("undelivered", self.template)))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.template, self.to)


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
        maps = known(info).maps
        self._targets = tuple(maps[self.fill.map].answers.values()) if maps is not None else ()
        return self

    @property
    def footprint(self) -> Footprint:
        return Footprint(dict.fromkeys(self._targets, UNSURE), tuple(("field.changed", key) for key in self._targets))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.fill.map,)


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


class NewTask(Params):
    """The words of a task, the role it is for, and when it is due, counted from now."""

    title: InlineText = Field(description="the words of the task")
    for_: RoleName = Field(alias="for", description="the role it is for")
    due: LengthText | None = Field(default=None, description="when it is due, counted from now")


@action("task")
class Task(Action):
    """Gives a task to whoever has a role.

    Example:
        task: {title: "Зателефонувати: {{ client.name }}", for: pm, due: 1wd}
    """

    task: NewTask = Field(description="the task to give")

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.task.for_, self.task.title.source)

    @property
    def texts(self) -> tuple[Template, ...]:
        return (self.task.title,)


class NewDocument(Params):
    """The template of a document and the name of the file."""

    template: DocumentName
    name: InlineText | None = Field(default=None, description="the name of the file")


@action("document")
class Document(Action):
    """Makes a document from a template. Refuses while a fact that it needs is empty.

    Example:
        document: {template: contract.docx, name: "Договір {{ client.name }}"}
    """

    document: NewDocument = Field(description="the document to make")

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.document.template,)

    @property
    def texts(self) -> tuple[Template, ...]:
        return () if self.document.name is None else (self.document.name,)


class Attachment(Params):
    """A document that was made, and the systems on whose records it hangs."""

    document: DocumentName
    to: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = Field(description="the systems: trello, planfix")


@action("attach")
class Attach(Action):
    """Hangs the newest version of a document on the subject's records.

    Example:
        attach: {document: contract.docx, to: [trello, planfix]}
    """

    attach: Attachment = Field(description="the document, and where it hangs")

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.attach.document, "+".join(sorted(self.attach.to)))


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


class Proposal(Params):
    """A question to staff, its buttons (approve, postpone, refuse), and what is done on yes.

    Put off, it comes again after `postpone`; without one five working days later, at the hour at which it was asked.
    """

    to: Recipient = Field(description="who is asked")
    template: TextName = Field(description="the question")
    buttons: Annotated[tuple[ButtonName, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="the answers to choose from"
    )
    postpone: LengthText | None = Field(default=None, description="how long it rests when it is put off")
    on_approve: Annotated[
        tuple[Action, ...],
        kinds.ACTIONS,
        BeforeValidator(lambda value, info: parse_actions(value, known(info))),
    ] = Field(default=(), description="what is done on yes")


@action("propose")
class Propose(Action):
    """Asks somebody by buttons, and acts on yes. Silence changes nothing.

    Example:
        propose: {to: head, template: greeting, buttons: [approve, refuse], on_approve: [{label.add: VIP}]}
    """

    propose: Proposal = Field(description="the question, to whom, and what follows on yes")

    @property
    def footprint(self) -> Footprint:
        inner = [action.footprint for action in self.propose.on_approve]
        writes = {key: value for one in inner for key, value in one.writes.items()}
        emits = tuple(event for one in inner for event in one.emits)
        return Footprint(writes, (("approved", self.propose.template), *emits))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.propose.template, self.propose.to)

    @property
    def texts(self) -> tuple[Template, ...]:
        return tuple(text for action in self.propose.on_approve for text in action.texts)
