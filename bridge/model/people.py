"""The staff: who holds which role, and by which id each system knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff. `ids` is by system: a Trello member id or user name, "user:5", a Telegram chat id."""

    key: str
    name: str
    roles: tuple[str, ...] = ()
    language: str = "uk"
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Directory:
    """All staff of a workspace, in the order of people.yaml: the first holder of a role is asked first."""

    people: Mapping[str, Person] = field(default_factory=dict)

    def holder(self, role: str) -> Person | None:
        """The first person with that role, None when nobody has it."""
        return next((person for person in self.people.values() if role in person.roles), None)

    def name(self, key: str) -> str:
        """The person's name, or the key itself where people.yaml does not know it."""
        person = self.people.get(key)
        return person.name if person else key
