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
    named = _named(role, subject, facts, ruleset)
    if named:
        return acting_now(named, facts, ruleset, directory)
    holder = directory.holder(role, office_calendar(ruleset).local(facts.now).date())
    return holder.key if holder else ""


def own_holder(role: str, subject: str, facts: Facts, ruleset: RuleSet, directory: Directory) -> str:
    """As `holder_of`, whether they are away or not."""
    holder = directory.holder(role)
    return _named(role, subject, facts, ruleset) or (holder.key if holder else "")


def _named(role: str, subject: str, facts: Facts, ruleset: RuleSet) -> str:
    """Whom the facts of a subject name for a role, "" for nobody."""
    values = (facts.value(own, subject) for own in HOLDERS.get(role, ()) if own in ruleset.fields)
    return next((value for value in values if isinstance(value, str) and value), "")
