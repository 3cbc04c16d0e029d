"""Too much at once, around the counting: how rarely it has to be counted, what a button means, when a flood is over."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TypeAlias

from bridge.model.files import FILES
from bridge.model.floods import Answer, Flood, Limit, Limits, Sent, Whose
from bridge.model.merging import BLANKS, SYNC
from bridge.model.reasons import NO_REASON, NOTHING_HELD, RULE_GONE, RULE_OFF, Reason
from bridge.store.stops import Stop, stop_for
from rules.ruleset import RuleSet

BUTTONS = {"flood-send": Answer.SEND, "flood-drop": Answer.DROP, "flood-stop": Answer.STOP}
"""What the buttons under the question mean."""
_REMEMBERED = 10_000
_Name: TypeAlias = tuple[str, str, Limit]


class Room:
    """How many effects surely pass before it has to be counted again how much has gone.

    Counting costs as much as has gone lately. Only the one process at work sends anything, so that a limit of a
    hundred, of which thirty are used, is not reached by the next seventy. Whether something is too much is never
    decided by this: without room the store is asked.
    """

    def __init__(self) -> None:
        self._left: dict[_Name, int] = {}
        self._lock = threading.Lock()

    def take(self, limits: Limits, rule: str, client: str, *, to_client: bool) -> Limits:
        """The limits without room, which have to be counted for. Where none is, this one passes and counts as gone."""
        names = self._names(limits, rule, client, to_client)
        with self._lock:
            full = {kind: limit for kind, about, limit in names if self._left.get((kind, about, limit), 0) <= 0}
            if not full:
                self._gone(names)
        return Limits(full.get("rule"), full.get("messages"), full.get("client"))

    def counted(self, limits: Limits, full: Limits, rule: str, client: str, sent: Sent, *, to_client: bool) -> None:
        """So much has gone of what is `full`, and this one goes now."""
        gone = {"rule": sent.rule, "messages": sent.messages, "client": sent.client}
        with self._lock:
            if len(self._left) > _REMEMBERED:
                self._left.clear()
            for name in self._names(full, rule, client, to_client):
                kind, _about, limit = name
                self._left[name] = limit.count - gone[kind]
            self._gone(self._names(limits, rule, client, to_client))

    def _gone(self, names: Iterable[_Name]) -> None:
        for name in names:
            self._left[name] = self._left.get(name, 0) - 1

    @staticmethod
    def _names(limits: Limits, rule: str, client: str, to_client: bool) -> list[_Name]:
        named = [("rule", rule, limits.rule), ("client", client, limits.client if client else None)]
        if to_client:
            named.append(("messages", rule, limits.messages))
        return [(kind, about, limit) for kind, about, limit in named if limit is not None]


def over(flood: Flood, held: int, ruleset: RuleSet, stops: Iterable[Stop]) -> Reason:
    """Why a flood needs no answer any more; no reason while it does.

    Its rule is gone or off, people have stopped what it is about, or of what was held nothing is left to be decided.
    """
    about = (flood.about, "") if flood.whose is Whose.CLIENT else ("", flood.about)
    stop = stop_for([one for one in stops if one.about], *about)
    if stop is not None:
        return stop.because
    if flood.whose is Whose.RULE and flood.about not in (SYNC, BLANKS, FILES):
        rule = next((rule for rule in ruleset.rules if rule.id == flood.about), None)
        if rule is None or rule.enabled != "true":
            return (RULE_OFF if rule else RULE_GONE).of(rule=flood.about)
    return NO_REASON if held else NOTHING_HELD
