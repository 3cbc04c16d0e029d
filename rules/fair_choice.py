"""Who gets the work: by what they know, how much they have, and whether they are there. Pure, with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bridge.model.people import Person
from bridge.model.reasons import DOES_NOT_DO, HAS_DEALS, HAS_IT_NOW, IS_AWAY, NOBODY_HAS_ROLE, Reason

FAIR = "fair-choice"
WORK_FIELD = "deal.work_type"
"""The fact that says which kind of work a deal is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The person chosen, "" for nobody, and what was weighed: one reason for each who was asked about."""

    person: str
    because: tuple[Reason, ...]


def fair_choice(
    candidates: Sequence[Person], *, holds: str, work: Collection[str], load: Mapping[str, int], day: date
) -> Choice:
    """The candidate with the fewest open deals who knows the work and is there on that day; the first of equals.

    Never whoever `holds` it now. Somebody of whom no kinds of work are told knows all of them.
    """
    weighed: list[Reason] = []
    fitting: list[tuple[int, Person]] = []
    for person in candidates:
        absence = person.away(day)
        lacks = sorted(set(work) - set(person.works)) if person.works else []
        if person.key == holds:
            weighed.append(HAS_IT_NOW.of(person=person.key))
        elif absence is not None:
            weighed.append(IS_AWAY.of(person=person.key, day=absence.last))
        elif lacks:
            weighed.append(DOES_NOT_DO.of(person=person.key, works=tuple(lacks)))
        else:
            fitting.append((load.get(person.key, 0), person))
            weighed.append(HAS_DEALS.of(person=person.key, count=load.get(person.key, 0)))
    chosen = min(fitting, key=lambda entry: entry[0])[1].key if fitting else ""
    return Choice(chosen, tuple(weighed) or (NOBODY_HAS_ROLE,))
