"""Past a guard by a person's word: whoever has the role says so, with a reason, and one move passes. Pure.

What was refused and what may pass is remembered by timers, so it survives restarts and ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.model.decisions import CommentCard, MoveCard
from bridge.model.events import ActorKind, Cause, Event
from bridge.model.planning import Outcome, Timer, Wanted
from bridge.model.reasons import LET_PAST
from bridge.model.values import Plain
from rules.conditions import Verdict
from rules.deciding import STAFF_CHAT
from rules.lengths import Length
from rules.ruleset import Rule
from rules.speaking import Said, say

if TYPE_CHECKING:
    from rules.plan import Planning

_REFUSED, _PASS = "refused", "pass"
_REFUSED_LASTS, _PASS_LASTS = Length(10, "wd"), Length(1, "wd")
"""How long after a refusal its move may still be let through, and for how long a word counts for the next move."""
_NO_STEP = ""


class Overrides:
    """Refused moves and passes of one client in one plan."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        stored = planning.snapshot.timers
        self._kept = {
            timer.key: timer for timer in stored if timer.occurrence in (_REFUSED, _PASS) and timer.due > planning.now
        }
        self._guards = list(planning.waking.overridden)

    def wakes(self) -> Iterator[Timer]:
        """What has to be remembered."""
        yield from self._kept.values()

    def hear(self, event: Event) -> None:
        """A person's word. Without the role it counts for nothing, and without a reason it is asked for."""
        if event.kind != "command" or event.actor.kind is not ActorKind.PERSON:
            return
        word = str(event.data.get("command", "")).casefold()
        meant = [rule for rule in self._guards if rule.override and rule.override.command.casefold() == word]
        if not meant:
            return
        person = self._planning.office.directory.people.get(event.actor.id)
        allowed = [rule for rule in meant if rule.override and person and rule.override.role in person.roles]
        reason = " ".join(str(event.data.get("text") or "").split())
        if not allowed:
            self._answer("system.override_role", event, meant[0])
        elif not reason:
            self._answer("system.override_reason", event, meant[0])
        else:
            for rule in self._concerned(allowed, event):
                self._let(rule, event, reason)

    def _concerned(self, rules: list[Rule], event: Event) -> list[Rule]:
        """The guards that refused something here; while none did, all that listen to the word."""
        line = self._planning.facts.line(event.subject)
        refused = [rule for rule in rules if any(f"{rule.id}:{one}:{_REFUSED}" in self._kept for one in line)]
        return refused or rules

    def _let(self, rule: Rule, event: Event, reason: str) -> None:
        """The move that was refused is made now; else the next one passes."""
        planning, subject = self._planning, event.subject
        by = event.actor.name or event.actor.id
        data: dict[str, Plain] = {"by": by, "reason": reason, "event": event.id, "trace": event.trace}
        due = planning.calendar.add(event.at, _PASS_LASTS)
        self._keep(rule, subject, _PASS, event, due, data)
        refused = self._kept.pop(f"{rule.id}:{subject}:{_REFUSED}", None)
        planning.trace(rule.id, subject, event.id, Outcome.OVERRIDDEN, LET_PAST.of(who=by, why=reason))
        if refused is not None:
            move = MoveCard(str(refused.data["to"]), only_from=str(refused.data["from"]))
            cause = Cause(rule.id, "", event.id, 1, event.trace)
            planning.wanted.append(Wanted(f"{rule.id}:{subject}:{event.id}:override", move, subject, cause))
        self._comment(rule, event, by, reason)

    def refused(self, rule: Rule, subject: str, event: Event) -> None:
        """A guard that people may override has refused a move."""
        came_from, to = event.data.get("from"), event.data.get("to")
        if rule.override is not None and event.kind == "card.moved" and came_from and to:
            data: dict[str, Plain] = {"from": came_from, "to": to, "event": event.id}
            due = self._planning.calendar.add(event.at, _REFUSED_LASTS)
            self._keep(rule, subject, _REFUSED, event, due, data)

    def passes(self, rule: Rule, subject: str, event: Event, verdict: Verdict) -> bool:
        """Whether a guard that would refuse or park this move has to let it by, this once."""
        key = f"{rule.id}:{subject}:{_PASS}"
        if event.kind != "card.moved" or verdict.answer is False or key not in self._kept:
            return False
        word = self._kept.pop(key)
        said = LET_PAST.of(who=str(word.data["by"]), why=str(word.data["reason"]))
        self._planning.trace(rule.id, subject, event.id, Outcome.OVERRIDDEN, said)
        return True

    def _keep(self, rule: Rule, subject: str, what: str, event: Event, due: datetime, data: dict[str, Plain]) -> None:
        key = f"{rule.id}:{subject}:{what}"
        self._kept[key] = Timer(key, rule.id, subject, _NO_STEP, event.at, due, "", what, data=data)

    # -- what people read -----------------------------------------------------------------------------------------

    def _comment(self, rule: Rule, event: Event, by: str, reason: str) -> None:
        names = {"override.by": by, "override.reason": reason, "override.rule": rule.name}
        ruleset = self._planning.ruleset
        template = "system.overridden"
        if template in ruleset.texts:
            language = ruleset.defaults.language
            said = say(ruleset, self._planning.facts, event.subject, template, language, markup="trello", extra=names)
            text = said.text if isinstance(said, Said) else ""
        else:
            text = f"{rule.name}: {by} — {reason}"
        cause = Cause(rule.id, "", event.id, 1, event.trace)
        key = f"{rule.id}:{event.subject}:{event.id}:overridden"
        self._planning.wanted.append(Wanted(key, CommentCard(text, template), event.subject, cause))

    def _answer(self, template: str, event: Event, rule: Rule) -> None:
        role = rule.override.role if rule.override else ""
        language = self._planning.ruleset.defaults.language
        names = {
            "override.command": str(event.data.get("command", "")),
            "override.role": self._planning.ruleset.roles.get(role, {}).get(language, role),
            "override.rule": rule.name,
        }
        to = f"person:{event.actor.id}" if event.actor.id in self._planning.office.directory.people else STAFF_CHAT
        self._planning.asking.tell(template, to, event.subject, names, f"{template}:{event.id}", event)
