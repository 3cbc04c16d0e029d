"""Too much at once, before people: what the question says, what an answer does, and when nobody needs one any more."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.model.floods import Answer, Flood, Whose
from bridge.store.stops import Stop, stop_for
from rules.ruleset import RuleSet

BUTTONS = {"flood-send": Answer.SEND, "flood-drop": Answer.DROP, "flood-stop": Answer.STOP}
"""What the buttons under the question mean."""


def over(flood: Flood, held: int, ruleset: RuleSet, stops: Iterable[Stop]) -> str:
    """Why a flood needs no answer any more; "" while it does.

    Its rule is gone or off, people have stopped what it is about, or of what was held nothing is left to be decided.
    """
    about = (flood.about, "") if flood.whose is Whose.CLIENT else ("", flood.about)
    stop = stop_for([one for one in stops if one.about], *about)
    if stop is not None:
        return stop.because
    if flood.whose is Whose.RULE:
        rule = next((rule for rule in ruleset.rules if rule.id == flood.about), None)
        if rule is None or rule.enabled != "true":
            return f"rule {flood.about} is {'off' if rule else 'gone'}"
    return "" if held else "nothing of it is held any more"
