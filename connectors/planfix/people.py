"""Lists of people on a task or contact: who is named comes in, who leaves goes, everybody else stays. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from connectors.planfix.answers import People


def ids_of(people: People | None) -> list[str]:
    """The employees and contacts of a list, as Planfix calls them and in its order; groups are not among them."""
    return [person.id for person in people.users] if people else []


def first_put(wanted: str, leaving: str, held: Sequence[str]) -> list[str]:
    """The list with one person in front, in the place of another; "" for nobody."""
    rest = [id for id in held if id not in (wanted, leaving)]
    return [wanted, *rest] if wanted else rest


def set_to(wanted: Collection[str], before: Collection[str], held: Sequence[str]) -> list[str]:
    """The list with those that came and without those that went since `before`: others' changes of it stay.

    Who was there before and has left meanwhile does not come back.
    """
    came = [id for id in wanted if id not in before and id not in held]
    return [*(id for id in held if id in wanted or id not in before), *came]


def people_body(ids: Sequence[str], held: People | None) -> dict[str, Any]:
    """The written form of a list. Planfix replaces it whole, so the groups that were there go along."""
    groups = [{"id": int(group.id.rpartition(":")[2])} for group in held.groups] if held else []
    return {"users": [{"id": id} for id in ids], "groups": groups}
