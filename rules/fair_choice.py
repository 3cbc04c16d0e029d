"""Who gets the work: by what they know, how much they have, and whether they are there. Pure, with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bridge.model.people import Person

FAIR = "fair-choice"
WORK_FIELD = "deal.work_type"
"""The fact that says which kind of work a deal is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The person chosen, "" for nobody, and what was weighed: one reason for each who was asked about."""

    person: str
    because: str


def fair_choice(
    candidates: Sequence[Person], *, holds: str, work: Collection[str], load: Mapping[str, int], day: date
) -> Choice:
    """The candidate with the fewest open deals who knows the work and is there on that day; the first of equals.

    Never whoever `holds` it now. Somebody of whom no kinds of work are told knows all of them.
    """
    weighed: list[str] = []
    fitting: list[tuple[int, Person]] = []
    for person in candidates:
        absence = person.away(day)
        lacks = sorted(set(work) - set(person.works)) if person.works else []
        if person.key == holds:
            weighed.append(f"{person.key} has it now")
        elif absence is not None:
            weighed.append(f"{person.key} is away until {absence.last:%Y-%m-%d}")
        elif lacks:
            weighed.append(f"{person.key} does not do {', '.join(lacks)}")
        else:
            fitting.append((load.get(person.key, 0), person))
            weighed.append(f"{person.key} has {load.get(person.key, 0)} open deals")
    chosen = min(fitting, key=lambda entry: entry[0])[1].key if fitting else ""
    said = "; ".join(weighed) or "nobody has the role"
    return Choice(chosen, f"{chosen or 'nobody'}: {said}")
