"""Which fields tasks and contacts have, and of what sort each is (from the vendor's request schemas)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Shape:
    """The fields of one kind of thing, with what stands in the plain ones at first."""

    kind: str
    texts: dict[str, str]
    flags: dict[str, bool] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The plain fields of a new thing."""
        return {**self.texts, **self.flags}


TASK = Shape(
    kind="task",
    texts={"name": "", "description": "", "priority": "NotUrgent"},
    flags={
        "resultChecking": False,
        "inFavorites": False,
        "isSummary": False,
        "isSequential": False,
        "isDeleted": False,
    },
    choices={"priority": ("NotUrgent", "Urgent")},
    dates=("startDateTime", "endDateTime", "delayedTillDate"),
    person=("assigner", "counterparty"),
    people=("assignees", "participants", "auditors"),
    refs=("parent", "template", "object", "project"),
)

CONTACT = Shape(
    kind="contact",
    texts=dict.fromkeys(
        (
            "name",
            "midname",
            "lastname",
            "description",
            "address",
            "site",
            "email",
            "skype",
            "telegramId",
            "telegram",
            "facebook",
            "instagram",
            "viberId",
            "position",
            "communicationLanguageCode",
            "timezone",
        ),
        "",
    )
    | {"gender": "NotDefined", "languageCode": "Ru"},
    flags={"isCompany": False, "isDeleted": False},
    choices={
        "gender": ("NotDefined", "Female", "Male"),
        "languageCode": ("En", "Ru", "Pl", "Ka", "Ro", "Pt", "Es", "De", "Az", "Tr"),
    },
    dates=("birthDate",),
    person=("addedBy",),
    people=("supervisors",),
    refs=("template", "group"),
)
SHAPES = {shape.kind: shape for shape in (TASK, CONTACT)}
OBJECT_TYPES = {"task": 0, "contact": 1, "directory": 2, "datatag": 4}
"""What the vendor calls the things that carry a custom field."""
