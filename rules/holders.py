"""Who holds a role for a client or a deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.model.people import Directory
from rules.facts import Facts
from rules.ruleset import RuleSet
from rules.whose_time import acting_now, office_calendar

HOLDERS: Mapping[str, Sequence[str]] = {
    "manager": ("client.manager", "deal.manager"),
    "specialist": ("card.specialist",),
}
"""The facts that name who holds a role for one subject, first one first."""


def holder_of(role: str, subject: str, facts: Facts, ruleset: RuleSet, directory: Directory) -> str:
    """Who holds a role for a subject, "" for nobody.

    The client's own manager, else the deal's; the card's specialist; else the first person with that role. While they
    are away it is who stands in for them.
    """
    for own in HOLDERS.get(role, ()):
        value = facts.value(own, subject) if own in ruleset.fields else None
        if isinstance(value, str) and value:
            return acting_now(value, facts, ruleset, directory)
    holder = directory.holder(role, office_calendar(ruleset).local(facts.now).date())
    return holder.key if holder else ""
