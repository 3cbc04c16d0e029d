"""The rule that an entry says, with an id for each step and action that stays when others come and go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bridge.model.findings import Position
from bridge.model.wording import worded
from rules.actions.action import Action
from rules.actions.people import Propose
from rules.entries import RuleEntry, StepEntry
from rules.flaws import Flaw, Flawed, Path
from rules.ruleset import Override, Rule, Step


def rule_of(said: RuleEntry, where: Position) -> Rule:
    """The rule, with its ids. Raises Flawed for an explicit id that is used twice."""
    ids = Ids()
    return Rule(
        id=said.id,
        name=said.name or said.id,
        when=said.when,
        where=where,
        enabled=said.enabled,
        condition=said.if_,
        per=said.per or "",
        repeat=said.repeat,
        if_running=said.if_running,
        unless=said.unless,
        then=ids.named(said.then, ("then",)),
        otherwise=ids.named(said.else_, ("else",), "else"),
        steps=tuple(ids.step(step, ("steps", place)) for place, step in enumerate(said.steps)),
        guard=said.guard,
        also_own=said.also_own,
        starts_from=said.from_ or "",
        pause_while=said.pause_while,
        catch_up=said.catch_up,
        expect=said.expect,
        override=Override(said.override.role, said.override.command) if said.override else None,
        grace=said.grace,
    )


class Ids:
    """Stable ids of steps and actions of one rule: explicit, or of the content; a counter only among exact twins."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def named(self, actions: Sequence[Action], path: Path, place: str = "") -> tuple[Action, ...]:
        """The actions with their ids. Raises Flawed for an explicit id that is used twice."""
        made = []
        for number, action in enumerate(actions):
            if isinstance(action, Propose):
                inner = self.named(action.propose.on_approve, (*path, number, "propose", "on_approve"), "on_approve")
                action = action.model_copy(update={"propose": action.propose.model_copy(update={"on_approve": inner})})
            name = self._unique(action.id, derived_id(action, place), (*path, number, "id"))
            made.append(action.model_copy(update={"id": name}))
        return tuple(made)

    def step(self, said: StepEntry, path: Path) -> Step:
        """The step with its id and those of its actions."""
        content = "\n".join(derived_id(action) for action in said.then)
        derived = (
            f"{str(said.after).replace(' ', '-').replace(':', '')}/{hashlib.sha256(content.encode()).hexdigest()[:8]}"
        )
        name = self._unique(said.id or "", derived, (*path, "id"))
        return Step(name, said.after, self.named(said.then, (*path, "then"), str(said.after)))

    def _unique(self, explicit: str, derived: str, path: Path) -> str:
        name = explicit or derived
        self._used[name] = count = self._used.get(name, 0) + 1
        if explicit and count > 1:
            raise Flawed(
                [
                    Flaw(
                        "duplicate-name",
                        worded('id "{explicit}" is used twice in this rule', explicit=explicit),
                        path=path,
                    )
                ]
            )
        return name if count == 1 else f"{name}#{count}"


def derived_id(action: Action, place: str = "") -> str:
    """A stable name made of verb and content: readable while short. `place` tells a step's length or "else".

    Never has a colon: that parts the words of an idempotency key.
    """
    words = "/".join((action.verb, *action.content))
    if len(words) > 60 or ":" in words or not words.isprintable():
        words = f"{action.verb}/{hashlib.sha256(words.encode()).hexdigest()[:12]}"
    place = place.replace(" ", "-").replace(":", "")
    return f"{words}@{place}" if place else words
