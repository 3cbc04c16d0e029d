"""Everybody who has a role, when each of them is to read a message of their own: `to: {each: manager}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.model.fields import plain_value
from bridge.model.people import Person
from bridge.model.planning import Outcome
from bridge.model.reasons import IS_AWAY
from bridge.model.values import NotKnown, Plain
from rules.actions.people import Send
from rules.whose_time import calendar_of_person, office_calendar

if TYPE_CHECKING:
    from rules.firing import Firing

DAY, WHOSE = "day.", "day.whose"
"""How the facts begin that tell a person of a day; the one that says whose it is where it is not the reader's own."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message, and `of` whom it is: another one, while that one is away. `values` are what it tells."""

    person: str
    of: str
    values: Mapping[str, Plain] = field(default_factory=dict)


def readers(action: Send, firing: Firing) -> Iterator[Reader]:
    """Everybody with the role who works on the office's day of now, or who stands in for them then.

    Of somebody who is away and for whom nobody stands in, nobody reads; the trace tells.
    """
    planning = firing.planning
    directory, day = planning.office.directory, office_calendar(planning.ruleset).local(planning.now).date()
    for person in directory.people.values():
        if action.each not in person.roles:
            continue
        acting, absence = directory.people[directory.acting(person.key, day)], person.away(day)
        if absence is not None and acting is person:
            firing.trace(Outcome.NO_SUBJECT, IS_AWAY.of(person=person.key, day=absence.last))
        elif calendar_of_person(acting.key, planning.ruleset, directory).hours(day):
            yield Reader(acting.key, person.key, _told(acting, person, action, firing))


def _told(reader: Person, of: Person, action: Send, firing: Firing) -> Mapping[str, Plain]:
    """What the text tells of that person's day, as far as it asks for it. Where nobody knows it, what is declared."""
    planning = firing.planning
    by_language = planning.ruleset.texts[action.template].by_language
    language = reader.language if reader.language in by_language else planning.ruleset.defaults.language
    wanted = {name for name in by_language[language].names if name.startswith(DAY)}
    if not wanted or firing.rule.per:
        return {}
    told = planning.office.day(of.key, action.each, firing.moment, language)
    known = {name: firing.facts.value(name, firing.subject) for name in wanted if name in planning.ruleset.fields}
    kept = {name: plain_value(value) or [] for name, value in known.items() if not isinstance(value, NotKnown)}
    whose = {WHOSE: of.name if reader is not of else ""}
    values: dict[str, Plain] = {name: [] for name in wanted}
    values |= kept | whose | dict(told)
    return {name: value for name, value in values.items() if name in wanted}
