"""The staff: who holds which role, by which id each system knows them, and who is away when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Absence:
    """Leave from its first to its last day, and who stands in meanwhile ("" for nobody)."""

    first: date
    last: date
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff. `ids` is by system: a Trello member id or user name, "user:5", a Telegram chat id.

    `calendar` is the one their own time counts in, "" for the office's; they do not work while they are away. `works`
    are the kinds of work they know; without any, all.
    """

    key: str
    name: str
    roles: tuple[str, ...] = ()
    language: str = "uk"
    ids: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""
    absences: tuple[Absence, ...] = ()
    works: tuple[str, ...] = ()

    def away(self, day: date) -> Absence | None:
        """The leave they are on that day."""
        return next((absence for absence in self.absences if absence.first <= day <= absence.last), None)


@dataclass(frozen=True, slots=True)
class Directory:
    """All staff of a workspace, in the order of people.yaml: the first holder of a role is asked first."""

    people: Mapping[str, Person] = field(default_factory=dict)

    def holder(self, role: str, day: date | None = None) -> Person | None:
        """The first person with that role, None when nobody has it.

        On a `day` it is whoever stands in for them, or else the first holder who is there.
        """
        holders = [person for person in self.people.values() if role in person.roles]
        if not holders or day is None:
            return holders[0] if holders else None
        acting = [self.people.get(self.acting(person.key, day), person) for person in holders]
        return next((person for person in acting if person.away(day) is None), holders[0])

    def acting(self, key: str, day: date) -> str:
        """Who does a person's work that day: they themselves, or who stands in for them, as long as somebody does.

        The person's own key when nobody who is there stands in.
        """
        seen: set[str] = set()
        acting = key
        while (absence := self._away(acting, day)) is not None:
            seen.add(acting)
            acting = absence.substitute
            if not acting or acting in seen:
                return key
        return acting

    def _away(self, key: str, day: date) -> Absence | None:
        person = self.people.get(key)
        return person.away(day) if person else None

    def name(self, key: str) -> str:
        """The person's name, or the key itself where people.yaml does not know it."""
        person = self.people.get(key)
        return person.name if person else key
