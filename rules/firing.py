"""One rule acting for one subject: what its actions may ask, and where they put what they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.model.events import Cause, Event
from bridge.model.planning import Outcome, Wanted
from bridge.model.reasons import Reason
from bridge.model.values import Plain
from rules.actions.action import Action
from rules.facts import Facts
from rules.ruleset import Rule, Step

if TYPE_CHECKING:
    from rules.plan import Planning

SHADOW = "shadow"
"""How the keys of what rules in shadow would do begin, and by what their events are known."""


@dataclass
class Firing:
    """One rule acting for one subject: what its actions may ask, and where they put what they want.

    `occurrence` names this firing for ever; with the rule, the subject and the action's id it makes the key.
    `overtaken_by` is the later step of the same rule that speaks to the client now, "" for none: after a long stop a
    client reads the last reminder, not all of them.
    """

    planning: Planning
    rule: Rule
    subject: str
    event: Event
    occurrence: str
    step: Step | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    overtaken_by: str = ""

    @property
    def cause(self) -> Cause:
        """Why: the rule, its step, the event, and how long the chain is by now."""
        depth = self.event.cause.depth + 1 if self.event.cause else 1
        return Cause(self.rule.id, self.step.id if self.step else "", self.event.id, depth, self.event.trace)

    @property
    def moment(self) -> datetime:
        """The moment the actions speak of: when the event happened, or when the step was due."""
        return self.event.at

    @property
    def facts(self) -> Facts:
        """The facts as this plan sees them now."""
        return self.planning.facts

    def values(self, language: str = "") -> dict[str, object]:
        """Facts and extras for a text written in the action itself."""
        language = language or self.planning.ruleset.defaults.language
        return self.facts.for_text(self.subject, language, event=self.event, extra=self.extra)

    def title(self, field_key: str) -> str:
        """What people call a fact, in the language of the workspace."""
        return self.facts.title(field_key, self.planning.ruleset.defaults.language)

    def written(self, field_key: str) -> Plain:
        """What the bridge itself last wrote into a fact's source."""
        return self.facts.written(field_key, self.subject)

    def trace(self, outcome: Outcome, reason: Reason) -> None:
        """Notes what came of an action."""
        step = self.step.id if self.step else ""
        self.planning.trace(self.rule.id, self.subject, self.event.id, outcome, reason, step)

    @property
    def in_shadow(self) -> bool:
        """Whether nothing of it is done: its rule only notes what it would do."""
        return self.rule.enabled == "shadow"

    def want(self, wanted: Wanted) -> None:
        """Queue an effect. A step's own is work that nobody waits for; long after its moment it is late.

        One in shadow is noted under a key of its own, and what it would lead to is heard by rules in shadow alone.
        """
        late = self.planning.now - self.moment > self.planning.ruleset.defaults.late_after
        wanted = replace(wanted, background=self.step is not None, late=late)
        if self.in_shadow:
            self.planning.would_do(replace(wanted, key=f"{SHADOW}:{wanted.key}"), self.event)
        else:
            self.planning.wanted.append(wanted)

    def key(self, action: Action) -> str:
        """The idempotency key of one action of this firing."""
        step = f"{self.step.id}/" if self.step else ""
        return f"{self.rule.id}:{self.subject}:{self.occurrence}:{step}{action.id}"
