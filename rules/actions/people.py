"""Actions that reach people: a message, a task, a question with buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules import kinds
from rules.actions.action import Action, Footprint, action, parse_actions
from rules.flaws import Flaw, Flawed, Params, written
from rules.names import (
    EACH,
    Audience,
    ButtonName,
    InlineText,
    Known,
    LastingText,
    LengthText,
    Recipient,
    RoleName,
    TextName,
    as_tuple,
    known,
)
from rules.texts import Template

_BRACES = re.compile(r"\{[{%#]|[#%}]\}")


def _handed_in(key: str, value: object, names: Known) -> list[Flaw]:
    """Mistakes in one entry of `with:`: a gate, a document, or words in each language under a name that is no fact."""
    if key == "document" and isinstance(value, str):
        return _unknown_document(value, names)
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


def _unknown_document(name: str, names: Known) -> list[Flaw]:
    if names.documents is None:
        names.unchecked.add(("document", name))
    elif name not in names.documents:
        what = worded('unknown {kind} "{name}"', kind=worded("document"), name=name)
        return [Flaw("unknown-document", what, did_you_mean(name, names.documents), ("document",))]
    return []


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

    `to: {each: manager}` sends it to everybody who has the role, a message each, on days on which they work. While
    somebody is away it goes to whoever stands in for them. Of a rule without `per` each reads `day.*` about themselves.

    `with` hands the text what only this rule knows: `gate` for what a gate lacks, any other name with its words; and
    `document` sends the newest version of a made document along, as PDF where there is one.
    With `approve` it is held until somebody of that role has read it and pressed the button: what goes then is said
    once more, as it is true at that moment.

    With `renews` colleagues do not read almost the same twice: where the newest message in that chat is this text about
    the same thing, of the same day, and says all that this one says, it is changed and shows the time. A change rings
    no telephone: what is new comes as a message of its own.

    Example:
        send: greeting
        to: client
    """

    template: TextName = Field(alias="send")
    to: Audience
    approve: RoleName | None = Field(default=None, description="who reads it first and lets it go")
    renews: bool = Field(
        default=False, strict=True, description="whether an earlier message is changed where this one says nothing new"
    )
    with_: Annotated[Mapping[str, Any], kinds.GIVEN] = Field(default_factory=dict, alias="with")

    @model_validator(mode="after")
    def _what_is_handed_in(self, info: ValidationInfo) -> Self:
        flaws = [flaw for key, value in self.with_.items() for flaw in _handed_in(key, value, known(info))]
        if flaws:
            raise Flawed(flaw.under("with") for flaw in flaws)
        return self

    @model_validator(mode="after")
    def _who_reads_it_anew(self) -> Self:
        if self.renews and (self.to == "client" or self.approve is not None or self.document):
            advice = "leave renews out; it is for words to colleagues that say how things stand"
            what = worded("a message to a client, one that is approved first, or one with a document is never changed")
            raise Flawed([Flaw("not-allowed", what, advice, ("renews",), key=True)])
        return self

    @property
    def each(self) -> str:
        """The role of which everybody gets a message of their own, "" for one reader."""
        return self.to.removeprefix(EACH) if self.to.startswith(EACH) else ""

    @property
    def gate(self) -> str:
        """The gate whose needs the text lists, "" for none."""
        return str(self.with_.get("gate") or "")

    @property
    def document(self) -> str:
        """The document that goes along, "" for none."""
        return str(self.with_.get("document") or "")

    @property
    def footprint(self) -> Footprint:
        if self.to != "client":
            return Footprint()  # whether staff were reached, no rule hears
        return Footprint(emits=(("delivered", self.template), ("undelivered", self.template)))

    @property
    def content(self) -> tuple[str, ...]:
        return (self.template, self.to)


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


class Proposal(Params):
    """A question to staff, its buttons (approve, postpone, refuse), and what is done on yes.

    Put off, it comes again after `postpone`; without one five working days later, at the hour at which it was asked.
    """

    to: Recipient = Field(description="who is asked")
    template: TextName = Field(description="the question")
    buttons: Annotated[tuple[ButtonName, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="the answers to choose from"
    )
    postpone: LastingText | None = Field(default=None, description="how long it rests when it is put off")
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
