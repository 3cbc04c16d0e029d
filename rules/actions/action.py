"""What every action is: its base, the register by its verb, and how an entry of `then:` becomes one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError

from bridge.model.findings import did_you_mean
from bridge.model.values import Plain
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed, Params, flaws_of, written
from rules.names import Id, Known
from rules.registry import Registry
from rules.texts import Template

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
